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

from alert_engine.errors import ConfigError
from alert_engine.model import Channel
from alert_engine.routes.base import Accepted, ErrorClass, Unknown
from gsm_driver import count_segments

from .addresses import sender_kind
from .exchange import ProviderRequest
from .provider import Pace, ProviderLimits
from .reading import json_of, refused_by_status, rejected, text_at

if TYPE_CHECKING:
    from alert_engine.routes.base import OutboundMessage, Outcome, Rejected

    from .exchange import ProviderResponse
    from .provider import Moment

_URL = "https://www.openvoip.it/sms_send_soa.php"
_CODE = re.compile(r"(?<![0-9])(?:000|020|099)(?![0-9])")
_ENCODINGS = ("utf-8", "iso-8859-1")
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
        if self.encoding not in _ENCODINGS:
            raise ConfigError(f"encoding: must be one of {', '.join(_ENCODINGS)}", path=("encoding",))
        try:
            sender_kind(self.sender)
        except ValueError as error:
            raise ConfigError(f"sender: {error}", path=("sender",)) from None

    @property
    def limits(self) -> ProviderLimits:
        """SMS, without reports."""
        return _LIMITS

    def plan_segments(self, message: OutboundMessage) -> int:
        """As a network counts them. Raises ValueError for characters that the encoding lacks."""
        message.text.encode(self.encoding)
        return count_segments(message.text).segments

    def send_request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest | Rejected:  # noqa: ARG002 - no time is sent
        """``sms_send_soa.php`` with its ``verify`` digest."""
        if not message.address.startswith("+39"):
            return rejected(ErrorClass.RECIPIENT, "openvoip reaches Italian mobile numbers only (+39)")
        try:
            query = self._query(message)
        except UnicodeEncodeError:
            return rejected(ErrorClass.MESSAGE, f"the text has characters that {self.encoding} lacks")
        return ProviderRequest(method="GET", url=f"{_URL}?{query}")

    def outcome(self, message: OutboundMessage, response: ProviderResponse, moment: Moment) -> Outcome:
        """By the code in ``exit_status`` or ``exit_string``; the description does not say in which."""
        if response.status != 200:
            return refused_by_status(response, moment.now)
        data = json_of(response)
        status, words = text_at(data, "exit_status"), text_at(data, "exit_string")
        found = _CODE.search(status) or _CODE.search(words)
        code = found.group() if found else status
        if code == "000":
            return Accepted(reference=moment.nonce, segments=self.plan_segments(message))
        if code == "020":
            return rejected(ErrorClass.RECIPIENT, "openvoip takes no messages for this number", code)
        if code == "099":
            return rejected(ErrorClass.TEMPORARY, "openvoip reports an error without saying which", code)
        if code == "-1" or "security error" in words.lower():
            return rejected(ErrorClass.ACCOUNT, "openvoip refuses the secret or the caller group", code)
        return Unknown(reason="openvoip answered in words that its description does not name")

    def _query(self, message: OutboundMessage) -> str:
        plus = "%2B" if self.encode_plus_twice else "+"
        fields = {
            "archivia": "1" if self.archive else "0",
            "id_call_gr": self.caller_group,
            "sms_text": message.text,
            "sms_destination": message.address.replace("+", plus),
            "sms_sender": self.sender,
            "verify": self._verify(message),
        }
        return urlencode(fields, quote_via=quote, safe="", encoding=self.encoding)

    def _verify(self, message: OutboundMessage) -> str:
        """MD5 over the SHA-1 in hex of everything that is sent, none of it percent-encoded."""
        parts = (self.sender, message.text, message.address, self.secret, self.caller_group)
        inner = hashlib.sha1("".join(parts).encode(self.encoding), usedforsecurity=False).hexdigest()
        return hashlib.md5(inner.encode("ascii"), usedforsecurity=False).hexdigest()
