"""From a message to a file, ready to be put on a server. Pure: values in, octets out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.model import Channel
from alert_engine.routes.base import ErrorClass
from alert_engine.routes.not_carried import NotCarriedError, counted
from alert_engine.routes.providers.generic_http.numbers import international
from gsm_driver import transliterated

from .account import LineEnd
from .escaping import FileFormat, escaping, in_file_name

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.routes.base import OutboundMessage

    from .account import FileDropAccount

_ENDS = {LineEnd.CRLF: "\r\n", LineEnd.LF: "\n"}
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class DropFile:
    """One message as a file."""

    path: str  # once it is whole
    temporary_path: str  # until then
    segments: int
    content: bytes = field(repr=False)


def file_of(account: FileDropAccount, message: OutboundMessage, now: datetime) -> DropFile:
    """The file that carries a message; its name is the same for each attempt.

    Raises:
        NotCarriedError: it cannot be carried.
    """
    if message.channel != account.channel or message.data is not None or message.media is not None:
        raise NotCarriedError(ErrorClass.MESSAGE, "this file drop does not carry messages of this kind")
    text = transliterated(message.text, plain=True) if message.plain else message.text
    values = _values(account, message, text, message.first_tried_at or now)
    file_format = FileFormat(account.format)
    escape = escaping(file_format, account.separator)
    errors = "xmlcharrefreplace" if file_format is FileFormat.XML else "strict"
    template = _LINE_END.sub("\n", account.content_template.fill(values, escape))
    try:
        content = template.replace("\n", _ENDS[LineEnd(account.line_end)]).encode(account.charset, errors)
    except UnicodeError:
        raise NotCarriedError(
            ErrorClass.MESSAGE, f"the text has characters that {account.charset} lacks"
        ) from None
    name = account.name_template.fill(values, in_file_name)
    folder = account.directory.rstrip("/")
    path = f"{folder}/{name}" if account.directory else name
    return DropFile(
        path=path,
        temporary_path=f"{path}{account.temporary_suffix}",
        segments=counted(text).segments if message.channel is Channel.SMS else 1,
        content=content,
    )


def _values(
    account: FileDropAccount, message: OutboundMessage, text: str, moment: datetime
) -> dict[str, str]:
    minutes = "" if message.validity is None else str(max(1, round(message.validity.total_seconds() / 60)))
    return {
        "number": international(message.address, account.number_form),
        "text": text,
        "uid": message.uid,
        "sender": account.sender,
        "stamp": f"{moment:%Y%m%d%H%M%S}",
        "date": f"{moment:%Y-%m-%d}",
        "time": f"{moment:%H:%M:%S}",
        "validity_minutes": minutes,
        "priority": message.priority.name.lower(),
    }
