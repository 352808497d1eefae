"""An account at Spryng: SMS by the API v2, reports and inbound messages by its webhooks or the older MO one.

Sources: developer.spryng.nl; of the MO webhook, Spryng's description of it. Spryng does not know a message
again.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.errors import ConfigError, not_one_of
from alert_engine.model import Channel
from alert_engine.routes.base import Accepted, ErrorClass, Rejected, Unknown
from alert_engine.routes.providers.addresses import checked_sender
from alert_engine.routes.providers.callbacks import check_basic, check_secret_path, check_size, plain_answer
from alert_engine.routes.providers.exchange import ProviderRequest
from alert_engine.routes.providers.meaning import refused_look
from alert_engine.routes.providers.provider import Pace, ProviderLimits
from alert_engine.routes.providers.reading import json_of, refused_by_status, rejected, text_at

from . import messages, mo, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alert_engine.intake.http_request import HttpAnswer, HttpRequest
    from alert_engine.routes.base import Credit, OutboundMessage, Outcome
    from alert_engine.routes.providers.exchange import ProviderResponse
    from alert_engine.routes.providers.provider import Moment, Received

_BASE = "https://api.spryng.nl/v2"
_JSON = "application/json"
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_ACCOUNT = re.compile(r"[A-Za-z0-9]{1,32}")
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")  # of a message
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_MOST_POLLS = 20  # messages that are asked after in one round, the newest first
# How many requests Spryng takes is not published; it asks for a pause of 5 s, which is what `Pace` has.
_PACE = Pace(per_second=5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spryng:
    """An account at Spryng.

    Raises:
        ConfigError: a setting makes no sense.
    """

    api_key: str = field(repr=False)  # portal, page "Developer Tools"
    account_reference: str  # SPNL0000000: the portal shows it
    sender: str = ""  # number with +, short code, or registered name; empty: the account's default
    character_set: str = "Auto"  # Auto, GSM or Unicode
    message_type: str = "NotificationsAndReminders"  # one of Spryng's words, for its statistics
    keep_brackets: bool = False  # sends [ and ] as they are; Spryng takes what is between for a variable
    callback_user: str = ""  # HTTP Basic of the webhooks, if Spryng was told so
    callback_password: str = field(default="", repr=False)  # of callback_user
    mo_keyword: str = ""  # the first word that makes a shared short code ours: it is taken off inbound texts
    mo_time_zone: str = ""  # of TIMESTAMP in the MO webhook: Europe/Amsterdam; empty: it is not known

    def __post_init__(self) -> None:
        """Refuse what the API would refuse."""
        if not _VISIBLE.fullmatch(self.api_key):
            raise ConfigError("api_key: is missing or has blanks: see Developer Tools", path=("api_key",))
        if not _ACCOUNT.fullmatch(self.account_reference):
            text = "account_reference: must be such as SPNL0000000: the portal shows it"
            raise ConfigError(text, path=("account_reference",))
        for name, known in (
            ("character_set", messages.CHARACTER_SETS),
            ("message_type", messages.MESSAGE_TYPES),
        ):
            if getattr(self, name) not in known:
                raise not_one_of(name, known)
        self._check_callbacks()
        checked_sender(self.sender)

    @property
    def limits(self) -> ProviderLimits:
        """SMS, of which it tells."""
        sms = frozenset({Channel.SMS})
        return ProviderLimits(channels=sms, reports=sms, pace=_PACE)

    # --- sending ---------------------------------------------------------------------------------------

    def plan_segments(self, message: OutboundMessage) -> int:
        """As a network counts them. Raises ValueError for what is no SMS with text."""
        return messages.plan_segments(self, message)

    def send_request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest | Rejected:
        """``POST /messages`` for one recipient."""
        try:
            self.plan_segments(message)
        except ValueError as error:
            return rejected(ErrorClass.MESSAGE, str(error))
        fields = messages.fields_of(self, message, moment)
        return ProviderRequest(
            method="POST",
            url=f"{_BASE}/messages",
            headers={"X-Api-Key": self.api_key, "Accept": _JSON, "Content-Type": _JSON},
            body=json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode(errors="replace"),
        )

    def outcome(self, message: OutboundMessage, response: ProviderResponse, moment: Moment) -> Outcome:
        """202 and an id for the one message."""
        if not 200 <= response.status < 300:
            return _refused(response, moment)
        reference = text_at(json_of(response), "data", "messageIds", 0)
        if not _ID.fullmatch(reference):
            return Unknown(reason="Spryng answered with success, in words that cannot be read")
        return Accepted(reference=reference, segments=self.plan_segments(message))

    # --- the account -----------------------------------------------------------------------------------

    def check_request(self, moment: Moment) -> ProviderRequest:  # noqa: ARG002 - no time is sent
        """The events that there are. Not the balance: accounts that pay later have none."""
        return self._get("/webhooks/events")

    def checked(self, response: ProviderResponse) -> Rejected | None:
        """The credentials do. A complaint about the question itself is no trouble of the account."""
        if 200 <= response.status < 300:
            return None
        refused = refused_look(response, {}, "")
        return None if refused.error_class is ErrorClass.MESSAGE else refused

    def credit_request(self, moment: Moment) -> ProviderRequest:  # noqa: ARG002 - no time is sent
        """``/balance``."""
        return self._get("/balance")

    def credit(self, response: ProviderResponse) -> Credit | None:
        """What is available, of a prepaid account. Spryng does not name the currency."""
        return told.credit_of(response)

    # --- what Spryng has to tell -----------------------------------------------------------------------

    def poll_requests(self, references: Sequence[str], moment: Moment) -> Sequence[ProviderRequest]:  # noqa: ARG002 - no time is sent
        """One for each message."""
        known = [each for each in references if _ID.fullmatch(each)][:_MOST_POLLS]
        return [self._get(f"/messages/{each}") for each in known]

    def polled(self, response: ProviderResponse, moment: Moment) -> Received:
        """The state of one message."""
        return told.polled(response, moment)

    def receive(self, request: HttpRequest, moment: Moment) -> Received:
        """Webhooks of the API v2 are JSON, the MO one is a form or a query. Raises CallbackRefusedError."""
        check_secret_path(request, moment)
        check_basic(request, self.callback_user, self.callback_password)
        check_size(request)
        if told.is_json(request):
            return told.receive(request, moment)
        return mo.receive(request, moment, keyword=self.mo_keyword, time_zone=self.mo_time_zone)

    def answer(self, request: HttpRequest, received: Received) -> HttpAnswer:  # noqa: ARG002 - the kind of call decides
        """200; the MO webhook reads ``TRUE``, and repeats its call once a minute until it does."""
        return plain_answer() if told.is_json(request) else plain_answer(mo.TAKEN)

    # --- parts -----------------------------------------------------------------------------------------

    def _get(self, path: str) -> ProviderRequest:
        headers = {
            "X-Api-Key": self.api_key,
            "AccountReference": self.account_reference,
            "Accept": _JSON,
        }
        return ProviderRequest(method="GET", url=_BASE + path, headers=headers)

    def _check_callbacks(self) -> None:
        if bool(self.callback_user) != bool(self.callback_password):
            text = "callback_password: goes together with callback_user"
            raise ConfigError(text, path=("callback_password",))
        if ":" in self.callback_user:
            raise ConfigError("callback_user: has no colon (RFC 7617)", path=("callback_user",))
        mo.check_settings(self.mo_keyword, self.mo_time_zone)


def _refused(response: ProviderResponse, moment: Moment) -> Rejected | Unknown:
    """By the status; Spryng's own code tells people more."""
    refused = refused_by_status(response, moment.now)
    code = text_at(json_of(response), "errors", 0, "errorCode")
    if (
        isinstance(refused, Unknown)
        or refused.error_class is ErrorClass.TEMPORARY
        or not _CODE.fullmatch(code)
    ):
        return refused
    return rejected(refused.error_class, refused.reason, code)
