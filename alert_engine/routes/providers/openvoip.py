"""openvoip.it: a GET with a digest, for Italian mobile numbers. It tells nothing of what became of a message.

Source: the interface description of the maker. Not in it, and so a setting: the character set of the text,
and whether the plus sign of the number is percent-encoded twice, as one of its examples shows.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from alert_engine.errors import ConfigError, not_one_of
from alert_engine.model import Channel
from alert_engine.routes.base import Accepted, ErrorClass, Unknown
from gsm_driver import count_segments, transliterated

from .addresses import checked_sender
from .exchange import ProviderRequest
from .meaning import elsewhere
from .provider import Pace, ProviderLimits
from .reading import json_of, refused_by_status, rejected, text_at

if TYPE_CHECKING:
    from alert_engine.routes.base import OutboundMessage, Outcome, Rejected

    from .exchange import ProviderResponse
    from .provider import Moment

_URL = "https://www.openvoip.it/sms_send_soa.php"
_CODE = re.compile(r"(?<![0-9])(?:000|020|099)(?![0-9])")
_ENCODINGS = ("utf-8", "iso-8859-1")
_ITALY = "+39"
_ELSEWHERE = elsewhere("openvoip reaches Italian mobile numbers only (+39)")
# It may be a number of a network that openvoip does not serve: its one code does not tell.
_NO_SUCH = elsewhere("openvoip takes no messages for this number")
_LIMITS = ProviderLimits(channels=frozenset({Channel.SMS}), pace=Pace(per_second=5.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Openvoip:
    """An account at openvoip.it.

    Raises:
        ConfigError: a setting makes no sense.
    """

    secret: str = field(repr=False)  # the shared secret of the contract
    caller_group: str  # ``id_call_gr``: account page "Servizi > Contratto"
    sender: str = ""  # a name of at most 11 characters, or a number
    archive: bool = False  # keep messages in the archive of the account
    encoding: str = "utf-8"  # of the text; not documented: utf-8 or iso-8859-1
    encode_plus_twice: bool = False  # for a server that wants %252B before the number

    def __post_init__(self) -> None:
        """Refuse what the API would refuse."""
        if not self.secret:
            raise ConfigError("secret: is missing: see the page Servizi > Contratto", path=("secret",))
        if not self.caller_group:
            text = "caller_group: is missing: see the page Servizi > Contratto"
            raise ConfigError(text, path=("caller_group",))
        if self.encoding not in _ENCODINGS:
            raise not_one_of("encoding", _ENCODINGS)
        checked_sender(self.sender)

    @property
    def limits(self) -> ProviderLimits:
        """SMS, without reports."""
        return _LIMITS

    def plan_segments(self, message: OutboundMessage) -> int:
        """As a network counts them. Raises ValueError for what is no SMS with text in the encoding."""
        if message.channel is not Channel.SMS or message.data is not None:
            raise ValueError("openvoip carries SMS with text")
        text = _text(message)
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            raise ValueError(f"the text has characters that {self.encoding} lacks") from None
        return count_segments(text).segments

    def send_request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest | Rejected:  # noqa: ARG002 - no time is sent
        """``sms_send_soa.php`` with its ``verify`` digest."""
        if not message.address.startswith(_ITALY):
            return _ELSEWHERE.refusal("")
        try:
            self.plan_segments(message)
        except ValueError as error:
            return rejected(ErrorClass.MESSAGE, str(error))
        return ProviderRequest(method="GET", url=f"{_URL}?{self._query(message)}")

    def outcome(self, message: OutboundMessage, response: ProviderResponse, moment: Moment) -> Outcome:
        """By the code in ``exit_status`` or ``exit_string``; the description does not say in which."""
        if response.status != 200:
            return refused_by_status(response, moment.now)
        data = json_of(response)
        status, words = text_at(data, "exit_status"), text_at(data, "exit_string")
        found = _CODE.search(status) or _CODE.search(words)
        code = found.group() if found else status
        if status == "-1" or "security error" in words.lower():
            return rejected(ErrorClass.ACCOUNT, "openvoip refuses the secret or the caller group", status)
        if code == "000":
            return Accepted(reference=moment.nonce, segments=self.plan_segments(message))
        if code == "020":
            return _NO_SUCH.refusal(code)
        if code == "099":
            return rejected(ErrorClass.TEMPORARY, "openvoip reports an error without saying which", code)
        return Unknown(reason="openvoip answered in words that its description does not name")

    def _query(self, message: OutboundMessage) -> str:
        plus = "%2B" if self.encode_plus_twice else "+"
        fields = {
            "archivia": "1" if self.archive else "0",
            "id_call_gr": self.caller_group,
            "sms_text": _text(message),
            "sms_destination": message.address.replace("+", plus),
            "sms_sender": self.sender,
            "verify": self._verify(message),
        }
        return urlencode(fields, quote_via=quote, safe="", encoding=self.encoding)

    def _verify(self, message: OutboundMessage) -> str:
        """MD5 over the SHA-1 in hex of everything that is sent, none of it percent-encoded."""
        parts = (self.sender, _text(message), message.address, self.secret, self.caller_group)
        inner = hashlib.sha1("".join(parts).encode(self.encoding), usedforsecurity=False).hexdigest()
        return hashlib.md5(inner.encode("ascii"), usedforsecurity=False).hexdigest()


def _text(message: OutboundMessage) -> str:
    return transliterated(message.text, plain=True) if message.plain else message.text
