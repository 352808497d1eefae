"""Mail intake: an envelope and its mail (RFC 5321, RFC 5322) in, requests to the engine out. No server here.

For a NAS, a UPS or a camera that can do no more. The local part of an address says what is wanted; its domain
is not looked at:

====================  ====================================================
``anna``              a text to this person, group or duty
``+436641234567``     a text to this number
``alarm+tank``        raises the alarm ``tank`` of the source ``mail``
``clear+tank``        clears it
====================  ====================================================
"""

from __future__ import annotations

import email
import email.headerregistry
import email.policy
import re
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from alert_engine.errors import InvalidRequestError, JournalError, UnknownRecipientError
from alert_engine.model import AlarmClear, AlarmRaise, SendRequest, Severity

from .formats.reading import MAX_KEY, MAX_TEXT, MAX_TITLE, id_of, text_of
from .http_limits import is_allowed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage, MIMEPart

    from alert_engine.model import Ask

    from .http_limits import Network

SOURCE = "mail"
MAX_RECIPIENTS = 100  # of one mail (RFC 5321 section 4.5.3.1.8 asks for as many)
_MAX_LOCAL_PART = 128  # characters; RFC 5321 asks for 64, a long key needs more
_RAISE, _CLEAR = "alarm+", "clear+"
# Octets of a mail that are read: what is for people comes first, and 10 MB of it would take seconds.
_MAX_READ = 256 * 1024
_MAX_HEADER = 2048  # characters of a header field; RFC 5322 section 2.1.1 allows 998 in a line
_MAX_HEADERS = 8192  # characters of all different ones: the standard library needs 5 us for each
_SIGNATURE = re.compile(r"^-- $.*", re.MULTILINE | re.DOTALL)
_BLANKS = re.compile(r"[ \t\u00a0]+")
_EMPTY_LINES = re.compile(r"\n\s*\n+")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRules:
    """Who may send, and to whom."""

    allowed: tuple[Network, ...]  # clients
    senders: tuple[str, ...] = ()  # lower case; "@example.org" is all of a domain; none: any
    recipients: tuple[str, ...] = ()  # whom texts may be for, as the address names them; none: anybody
    severity: Severity = Severity.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A mail as it was handed over."""

    sender: str = field(repr=False)
    recipients: tuple[str, ...] = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAnswer:
    """An SMTP reply with an enhanced status code (RFC 5321 section 4.2, RFC 3463)."""

    code: int
    status: str
    text: str

    def __str__(self) -> str:
        """One line, in ASCII."""
        line = f"{self.code} {self.status} {' '.join(self.text.split())}"
        return line.encode("ascii", "replace").decode()


ACCEPTED = MailAnswer(code=250, status="2.0.0", text="accepted, people will be told")
NOT_READY = MailAnswer(code=451, status="4.3.2", text="the gateway is starting or stopping: send it again")
TOO_OFTEN = MailAnswer(code=451, status="4.7.1", text="too many mails: send fewer")
MISTAKE = MailAnswer(
    code=451, status="4.3.0", text="the gateway made a mistake: send it again, and report it"
)


class MailRefusedError(Exception):
    """It is not taken; `answer` says why."""

    def __init__(self, answer: MailAnswer) -> None:
        super().__init__(answer.text)
        self.answer = answer


def check_client(rules: MailRules, remote: str) -> None:
    """Raise MailRefusedError unless this address may send."""
    if not is_allowed(remote, rules.allowed):
        raise _refused("5.7.1", "this address may not send mail here: add it to mail.allowed")


def check_sender(rules: MailRules, address: str) -> None:
    """Raise MailRefusedError unless this sender may. Senders are easily forged."""
    known = address.lower()
    domain = "@" + known.rpartition("@")[2]
    if rules.senders and known not in rules.senders and domain not in rules.senders:
        raise _refused("5.7.1", "this sender may not send mail here: add it to mail.senders")


def check_recipient(rules: MailRules, address: str) -> None:
    """Raise MailRefusedError unless mail for this address means something. People are looked up later."""
    local = _local_part(address)
    names_alarm = local.lower().startswith((_RAISE, _CLEAR))
    has_key = _alarm_key(local, _RAISE) is not None or _alarm_key(local, _CLEAR) is not None
    if not local or len(local) > _MAX_LOCAL_PART or names_alarm is not has_key:
        raise _refused("5.1.3", "write to a person, a group, a number, alarm+KEY or clear+KEY")
    if has_key:
        return
    if rules.recipients and local not in rules.recipients:
        raise _refused("5.7.1", "no text may be sent to this recipient: add it to mail.recipients")


def asks_of(rules: MailRules, envelope: Envelope) -> tuple[Ask, ...]:
    """What a mail asks for. Everything in it may be hostile; it was bounded by whoever read it.

    Raises:
        MailRefusedError: it cannot be read, or says nothing.
    """
    message = _parsed(envelope.content)
    title, text = _header(message, "Subject", MAX_TITLE), text_of(_body(message), MAX_TEXT)
    if not title and not text:
        raise _refused("5.6.0", "the mail has no subject and no text")
    message_id = _header(message, "Message-ID", MAX_TEXT)
    wanted = tuple(dict.fromkeys(map(_local_part, envelope.recipients)))
    people = tuple(local for local in wanted if not local.lower().startswith((_RAISE, _CLEAR)))
    asks = tuple(_alarms(rules, wanted, title, text, message_id))
    return (*asks, _text_for(rules, people, title, text, message_id)) if people else asks


def answer_to(error: Exception) -> MailAnswer:
    """What the client is told when nothing was committed."""
    match error:
        case UnknownRecipientError():
            return MailAnswer(code=550, status="5.1.1", text=str(error))
        case InvalidRequestError():
            return MailAnswer(code=550, status="5.6.0", text=str(error))
        case JournalError():
            text = "the gateway could not write it down, so nobody was told: send it again"
            return MailAnswer(code=451, status="4.3.0", text=text)
        case MailRefusedError():
            return error.answer
        case _:
            return MISTAKE


def _alarms(
    rules: MailRules, wanted: tuple[str, ...], title: str, text: str, message_id: str
) -> Iterator[AlarmRaise | AlarmClear]:
    for local in wanted:
        if key := _alarm_key(local, _RAISE):
            given = id_of(message_id, key) if message_id else None
            yield AlarmRaise(
                source=SOURCE, key=key, severity=rules.severity, title=title, text=text, message_id=given
            )
        elif key := _alarm_key(local, _CLEAR):
            given = id_of(message_id, key) if message_id else None
            yield AlarmClear(source=SOURCE, key=key, message_id=given, text=text)


def _text_for(
    rules: MailRules, people: tuple[str, ...], title: str, text: str, message_id: str
) -> SendRequest:
    return SendRequest(
        to=people,
        text=text or title,
        title=title if text else "",
        severity=rules.severity,
        request_id=id_of(SOURCE, message_id, *people) if message_id else None,
    )


def _local_part(address: str) -> str:
    """What stands before the last ``@``, without the quotes of RFC 5321 section 4.1.2."""
    bare = address.strip().strip("<>")
    local = bare.rpartition("@")[0] if "@" in bare else bare
    if len(local) >= 2 and local[0] == local[-1] == '"':
        local = local[1:-1].replace("\\", "")
    return local


def _alarm_key(local: str, prefix: str) -> str | None:
    key = local[len(prefix) :]
    if not local.lower().startswith(prefix) or not 1 <= len(key) <= MAX_KEY or not key.isprintable():
        return None
    return key


def _parsed(content: bytes) -> EmailMessage:
    try:
        policy = email.policy.default.clone(header_factory=_Headers())
        return email.message_from_bytes(content[:_MAX_READ], policy=policy)
    except Exception:  # noqa: BLE001 - the standard library's parser fails in many ways on rubbish
        raise _refused("5.6.0", "the mail cannot be read") from None


class _Headers:
    """Reads the header fields of one mail, each once, and as much of them as a mail for people needs."""

    def __init__(self) -> None:
        self._read = email.headerregistry.HeaderRegistry()
        self._known: dict[tuple[str, str], Any] = {}
        self._left = _MAX_HEADERS

    def __call__(self, name: str, value: str) -> Any:
        """The field as the standard library has it."""
        key = name.lower(), value[:_MAX_HEADER]
        if key not in self._known:
            given = key[1][: self._left]
            self._left -= len(given)
            self._known[key] = self._read(name, given)
        return self._known[key]


def _header(message: EmailMessage, name: str, limit: int) -> str:
    """One header as text; empty if it is not there or cannot be read."""
    with suppress(Exception):
        return text_of(str(message[name] or ""), limit)
    return ""


def _body(message: EmailMessage) -> str:
    """The text for people, without signature; HTML is read where there is nothing else."""
    try:
        part = message.get_body(preferencelist=("plain", "html"))
        if part is None:
            return ""
        text = _content(part)
        if part.get_content_subtype() == "html":
            text = _text_of_html(text)
    except Exception:  # noqa: BLE001 - the same; a subject alone is worth sending
        return ""
    text = _SIGNATURE.sub("", text.replace("\r\n", "\n"))
    lines = (_BLANKS.sub(" ", line).strip() for line in text.splitlines())
    return _EMPTY_LINES.sub("\n", "\n".join(lines)).strip()


def _content(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except LookupError:  # a charset that nobody knows
        payload = part.get_payload(decode=True)
        return payload.decode("latin-1") if isinstance(payload, bytes) else ""


class _Reader(HTMLParser):
    """Collects what a person would see."""

    _HIDDEN = frozenset({"script", "style", "head", "title"})
    _BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "table"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the base's
        """Begin a line, or something that is not seen."""
        self._hidden += tag in self._HIDDEN
        if tag in self._BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End a line, or something that is not seen."""
        self._hidden -= tag in self._HIDDEN and self._hidden > 0
        if tag in self._BREAKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep what is seen; a line break in HTML is a blank."""
        if not self._hidden:
            self.pieces.append(data.replace("\n", " "))


def _text_of_html(html: str) -> str:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.pieces)


def _refused(status: str, text: str) -> MailRefusedError:
    return MailRefusedError(MailAnswer(code=550, status=status, text=text))
