"""An account at the Common platform of LINK: SMS by a node that LINK assigns.

Source: SMS REST API MT/DLR and MO. It cannot be asked what became of a message, for the credit, or whether
the credentials do. It does not know a message again.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from alert_engine.errors import ConfigError, is_missing
from alert_engine.model import Channel, Priority
from alert_engine.routes.base import Accepted, ErrorClass, ReportStatus, Unknown
from alert_engine.routes.providers.addresses import SenderKind, checked_sender, sender_kind
from alert_engine.routes.providers.callbacks import check_basic, check_secret_path, check_size, plain_answer
from alert_engine.routes.providers.exchange import ProviderRequest, basic_authorization
from alert_engine.routes.providers.provider import Pace, ProviderLimits
from alert_engine.routes.providers.reading import (
    at,
    json_of,
    refused_by_status,
    rejected,
    retry_after,
    text_at,
)
from gsm_driver import count_segments, transliterated

from . import common_reports
from .common_codes import REFUSALS, STATES

if TYPE_CHECKING:
    from alert_engine.intake.http_request import HttpAnswer, HttpRequest
    from alert_engine.routes.base import OutboundMessage, Outcome, Rejected
    from alert_engine.routes.providers.exchange import ProviderResponse
    from alert_engine.routes.providers.provider import Moment, Received

_JSON = "application/json"
_BASE = re.compile(r"https://(wsx\.sp247\.net|[a-z0-9-]{1,32}\.linkmobility\.io)/sms/?")
_NAME = re.compile(r"[A-Za-z].{1,10}")  # alphanumeric senders have 2 to 11 characters here
_TYPES = {
    SenderKind.INTERNATIONAL: "MSISDN",
    SenderKind.ALPHANUMERIC: "ALPHANUMERIC",
    SenderKind.SHORT_CODE: "SHORTNUMBER",
}
_LAST_OF_BMP = "\uffff"
MIN_VALIDITY, MAX_VALIDITY = 900_000, 172_800_000  # milliseconds: 15 minutes to 48 hours
_TAKEN = frozenset(code for code, status in STATES.items() if status is not ReportStatus.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCommon:
    """An account at the Common platform.

    Raises:
        ConfigError: a setting makes no sense.
    """

    base_url: str  # the one that LINK assigned, such as https://n-eu.linkmobility.io/sms
    user: str
    password: str = field(repr=False)
    platform_id: str  # LINK's support tells it
    platform_partner_id: str  # the same
    sender: str  # number with +, short code, or name of 2 to 11 characters that begins with a letter
    gates: tuple[str, ...] = ()  # ids of the gates that report here; none: LINK tells nothing
    callback_user: str = ""  # HTTP Basic of the gates; empty: the secret path alone
    callback_password: str = field(default="", repr=False)  # of callback_user
    callback_answer: str = ""  # what a gate wants to read, if LINK has set that up

    def __post_init__(self) -> None:
        """Refuse what the API would refuse."""
        if not _BASE.fullmatch(self.base_url):
            text = "base_url: must be the one that LINK assigned, such as https://n-eu.linkmobility.io/sms"
            raise ConfigError(text, path=("base_url",))
        for name in ("user", "password", "platform_id", "platform_partner_id"):
            if not getattr(self, name):
                raise ConfigError(f"{name}: is missing: LINK's support tells it", path=(name,))
        if ":" in self.user:
            raise ConfigError("user: has no colon (RFC 7617)", path=("user",))
        if bool(self.callback_user) != bool(self.callback_password):
            text = "callback_password: goes together with callback_user"
            raise ConfigError(text, path=("callback_password",))
        self._check_sender()

    @property
    def limits(self) -> ProviderLimits:
        """It tells of SMS where there is a gate to tell it by."""
        sms = frozenset({Channel.SMS})
        reports = sms if self.gates else frozenset[Channel]()
        return ProviderLimits(channels=sms, reports=reports, pace=Pace(per_second=10.0))

    # --- sending ---------------------------------------------------------------------------------------

    def plan_segments(self, message: OutboundMessage) -> int:
        """As a network counts them. Raises ValueError for what is no text, or has emoji."""
        if message.channel is not Channel.SMS or message.data is not None:
            raise ValueError("the Common platform carries SMS with text")
        text = _text(message)
        if any(character > _LAST_OF_BMP for character in text):
            raise ValueError("the Common platform takes no emoji and other characters beyond U+FFFF")
        return count_segments(text).segments

    def send_request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest | Rejected:  # noqa: ARG002 - no time is sent
        """``/send``."""
        try:
            self.plan_segments(message)
        except ValueError as error:
            return rejected(ErrorClass.MESSAGE, str(error))
        fields = json.dumps(self._fields(message), ensure_ascii=False, separators=(",", ":"))
        return ProviderRequest(
            method="POST",
            url=f"{self.base_url.rstrip('/')}/send",
            headers={
                "Authorization": basic_authorization(self.user, self.password),
                "Accept": _JSON,
                "Content-Type": _JSON,
            },
            body=fields.encode(errors="replace"),
        )

    def outcome(self, message: OutboundMessage, response: ProviderResponse, moment: Moment) -> Outcome:
        """By ``resultCode``, also in refusals."""
        data = json_of(response)
        code = text_at(data, "resultCode")
        if meaning := REFUSALS.get(code):
            return meaning.refusal(code, retry_after(response, moment.now))
        if not 200 <= response.status < 300:
            return refused_by_status(response, moment.now)
        reference = text_at(data, "messageId")
        if code not in _TAKEN or not reference:
            return Unknown(reason="LINK answered with success, in words that its description does not name")
        count = at(data, "smsCount")
        counted = count if type(count) is int and 0 < count < 256 else self.plan_segments(message)
        return Accepted(reference=reference, segments=counted)

    def segment_reference(self, accepted: Accepted, segment: int) -> str:
        """Each part is reported for itself; if LINK made fewer than planned, some stand for two of ours."""
        return common_reports.reference_of(accepted.reference, segment % accepted.segments)

    # --- what LINK has to tell -------------------------------------------------------------------------

    def receive(self, request: HttpRequest, moment: Moment) -> Received:
        """Reports and inbound messages; the path is the secret. Raises CallbackRefusedError."""
        check_secret_path(request, moment)
        check_basic(request, self.callback_user, self.callback_password)
        check_size(request)
        return common_reports.receive(request, moment)

    def answer(self, request: HttpRequest, received: Received) -> HttpAnswer:  # noqa: ARG002 - always the same
        """200, with the words that the gate wants."""
        return plain_answer(self.callback_answer)

    # --- parts -----------------------------------------------------------------------------------------

    def _fields(self, message: OutboundMessage) -> dict[str, Any]:
        """Unless told otherwise LINK answers without an id, so it is told."""
        wants_report = bool(self.gates) and message.report_requested
        options = {"replySmsCount": "true"}
        if message.flash:
            options["flash.sms"] = "true"
        fields: dict[str, Any] = {
            "source": self.sender,
            "sourceTON": _TYPES[sender_kind(self.sender)],
            "destination": message.address,
            "destinationTON": "MSISDN",
            "dcs": "TEXT",
            "userData": _text(message),
            "useDeliveryReport": wants_report,
            "priority": "NORMAL" if message.priority is Priority.NORMAL else "HIGH",
            "platformId": self.platform_id,
            "platformPartnerId": self.platform_partner_id,
            "refId": message.uid,
            "ignoreResponse": False,
            "customParameters": options,
        }
        if wants_report:
            fields["deliveryReportGates"] = list(self.gates)
        if message.validity is not None:
            wait = int(message.validity.total_seconds() * 1000)
            fields["relativeValidityTime"] = min(max(wait, MIN_VALIDITY), MAX_VALIDITY)
        return fields

    def _check_sender(self) -> None:
        kind = checked_sender(self.sender)
        if kind is SenderKind.ACCOUNT:
            raise is_missing("sender")
        if kind is SenderKind.ALPHANUMERIC and not _NAME.fullmatch(self.sender):
            text = "sender: a name has 2 to 11 characters and begins with a letter"
            raise ConfigError(text, path=("sender",))


def _text(message: OutboundMessage) -> str:
    return transliterated(message.text, plain=True) if message.plain else message.text
