"""An account at Vibes Connect: XML for one text to one number in the United States or Canada.

Source: developer-aggregation.vibes.com. Not in it, and so not relied on: which element holds the id in the
answer to a message. Connect does not know a message again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.errors import ConfigError
from alert_engine.model import Channel
from alert_engine.routes.base import Accepted, ErrorClass, Rejected, Unknown
from alert_engine.routes.providers.callbacks import check_secret_path, check_size, plain_answer
from alert_engine.routes.providers.exchange import ProviderRequest, basic_authorization
from alert_engine.routes.providers.generic_http.templates import in_xml
from alert_engine.routes.providers.meaning import elsewhere, refused_look
from alert_engine.routes.providers.provider import Pace, ProviderLimits
from alert_engine.routes.providers.reading import refused_by_status, rejected
from gsm_driver import count_segments, transliterated

from . import receipts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alert_engine.intake.http_request import HttpAnswer, HttpRequest
    from alert_engine.routes.base import OutboundMessage, Outcome
    from alert_engine.routes.providers.exchange import ProviderResponse
    from alert_engine.routes.providers.provider import Moment, Received

MAX_TEXT = 900  # characters that Connect splits
_MESSAGES = "https://messageapi.vibesapps.com/MessageApi/mt/messages"
_XML = "text/xml"
_SOURCE = re.compile(r"\+?[0-9]{3,15}")
_SOURCE_TYPE = re.compile(r"[A-Z]{2,4}")
_ID = re.compile(r"[A-Za-z0-9-]{4,64}")  # of a message
_NORTH_AMERICA = "+1"
_NOBODY = "00000000-0000-0000-0000-000000000000"  # the id of no message
_MOST_POLLS = 10  # messages that are asked after in one round, the newest first: Vibes wants few questions
_NOT_REACHED = elsewhere("Vibes Connect reaches numbers in the United States and Canada only (+1)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vibes:
    """An account at Vibes Connect.

    Raises:
        ConfigError: a setting makes no sense.
    """

    user: str  # HTTP Basic, as Vibes gave it
    password: str = field(repr=False)  # of user
    source: str  # the short code
    source_type: str = "SC"  # SC is a short code; Vibes documents no other
    company_id: str = ""  # of accounts that send for several companies
    alternate_delivery: bool = False  # by another code if the short code fails; Vibes must have set it up

    def __post_init__(self) -> None:
        """Refuse what the API would refuse."""
        for name in ("user", "password"):
            if not getattr(self, name):
                raise ConfigError(f"{name}: is missing: Vibes tells it with the contract", path=(name,))
        if ":" in self.user:
            raise ConfigError("user: has no colon (RFC 7617)", path=("user",))
        if not _SOURCE.fullmatch(self.source):
            raise ConfigError("source: must be the digits of a code, such as 98765", path=("source",))
        if not _SOURCE_TYPE.fullmatch(self.source_type):
            raise ConfigError("source_type: must be capital letters, such as SC", path=("source_type",))

    @property
    def limits(self) -> ProviderLimits:
        """SMS, of which it tells."""
        sms = frozenset({Channel.SMS})
        return ProviderLimits(channels=sms, reports=sms, pace=Pace(per_second=10.0))

    # --- sending ---------------------------------------------------------------------------------------

    def plan_segments(self, message: OutboundMessage) -> int:
        """As a network counts them. Raises ValueError for what is no SMS with text, or is too long."""
        if message.channel is not Channel.SMS or message.data is not None:
            raise ValueError("Vibes carries SMS with text")
        text = _text(message)
        if len(text) > MAX_TEXT:
            raise ValueError(f"Vibes takes texts of {MAX_TEXT} characters at most")
        return count_segments(text).segments

    def send_request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest | Rejected:
        """``mtMessage``."""
        if not message.address.startswith(_NORTH_AMERICA):
            return _NOT_REACHED.refusal("")
        try:
            self.plan_segments(message)
        except ValueError as error:
            return rejected(ErrorClass.MESSAGE, str(error))
        return ProviderRequest(
            method="POST",
            url=_MESSAGES,
            headers={**self._headers(), "Content-Type": _XML},
            body=self._document(message, moment).encode(),
        )

    def outcome(self, message: OutboundMessage, response: ProviderResponse, moment: Moment) -> Outcome:
        """By the HTTP status, and the first message id in the answer."""
        if not 200 <= response.status < 300:
            return refused_by_status(response, moment.now)
        reference = "" if response.is_cut else receipts.first_id(response.body)
        if not _ID.fullmatch(reference):
            return Unknown(reason="Vibes answered with success, in words that cannot be read")
        return Accepted(reference=reference, segments=self.plan_segments(message))

    def segment_reference(self, accepted: Accepted, segment: int) -> str:
        """Connect sends and reports each part of a split message as a message of its own."""
        return receipts.reference_of(accepted.reference, segment)

    # --- the account -----------------------------------------------------------------------------------

    def check_request(self, moment: Moment) -> ProviderRequest:  # noqa: ARG002 - no time is sent
        """A look after a message that there is not: the credentials come first."""
        return self._responses_of(_NOBODY)

    def checked(self, response: ProviderResponse) -> Rejected | None:
        """The credentials do. How Connect says "no such message" is not documented: 500 may be it."""
        if 200 <= response.status < 300 or response.status == 500:
            return None
        refused = refused_look(response, {}, "")
        return None if refused.error_class is ErrorClass.MESSAGE else refused

    # --- what Vibes has to tell ------------------------------------------------------------------------

    def poll_requests(self, references: Sequence[str], moment: Moment) -> Sequence[ProviderRequest]:  # noqa: ARG002 - no time is sent
        """One for each message; all parts of one are asked after together."""
        whole = dict.fromkeys(receipts.message_of(each) for each in references)
        known = [each for each in whole if _ID.fullmatch(each)][:_MOST_POLLS]
        return [self._responses_of(each) for each in known]

    def polled(self, response: ProviderResponse, moment: Moment) -> Received:
        """All that is known of one message."""
        return receipts.polled(response, moment)

    def receive(self, request: HttpRequest, moment: Moment) -> Received:
        """Receipts and inbound messages; the path is the secret. Raises CallbackRefusedError."""
        check_secret_path(request, moment)
        check_size(request)
        return receipts.receive(request, moment)

    def answer(self, request: HttpRequest, received: Received) -> HttpAnswer:  # noqa: ARG002 - always the same
        """200 ends the repetitions."""
        return plain_answer()

    # --- parts -----------------------------------------------------------------------------------------

    def _headers(self) -> dict[str, str]:
        return {"Authorization": basic_authorization(self.user, self.password), "Accept": _XML}

    def _responses_of(self, identifier: str) -> ProviderRequest:
        return ProviderRequest(
            method="GET", url=f"{_MESSAGES}/{identifier}/responses", headers=self._headers()
        )

    def _document(self, message: OutboundMessage, moment: Moment) -> str:
        alternate = ' alternateDelivery="true"' if self.alternate_delivery else ""
        company = f"<companyId>{in_xml(self.company_id)}</companyId>" if self.company_id else ""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<mtMessage submitterMessageId="{in_xml(message.uid)}" splitLongMessage="true"{alternate}>'
            f'<destination address="{in_xml(message.address)}" type="MDN"/>'
            f'<source address="{in_xml(self.source)}" type="{in_xml(self.source_type)}"/>'
            f"<text>{in_xml(_text(message))}</text>"
            f"{_receipts_wanted(message, moment)}{company}</mtMessage>"
        )


def _text(message: OutboundMessage) -> str:
    return transliterated(message.text, plain=True) if message.plain else message.text


def _receipts_wanted(message: OutboundMessage, moment: Moment) -> str:
    if not message.report_requested:
        return "<receiptOption>NONE</receiptOption>"
    where = f' callbackUrl="{in_xml(moment.callback_url)}"' if moment.callback_url else ""
    return f"<receiptOption{where}>ALL</receiptOption>"
