"""The driver's values as the engine's, one way. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.errors import RouteReason
from alert_engine.model import Priority
from gsm_driver import (
    CallInProgressError,
    CallOutcome,
    CmeError,
    CmsError,
    CommandError,
    DeliveryStatus,
    LinkError,
    MessageKind,
    ModemTimeoutError,
    SendRejectedError,
    SendUnknownError,
    SimError,
    UsageError,
    UssdUnsupportedError,
)
from gsm_driver import ErrorClass as DriverErrorClass

from .base import (
    Accepted,
    ErrorClass,
    InboundReport,
    InboundSms,
    LateAcceptance,
    Rejected,
    ReportStatus,
    Unknown,
)

if TYPE_CHECKING:
    from datetime import datetime

    from gsm_driver import DeliveryReport, ModemError, ReceivedSms
    from gsm_driver import LateAcceptance as DriverAcceptance

# How long the network may keep trying (TP-VP), unless the message expires before. A critical one is better
# written anew, "still active", than delivered half a day late.
VALIDITY = {
    Priority.CRITICAL: timedelta(hours=1),
    Priority.REPLY: timedelta(hours=1),
    Priority.HIGH: timedelta(hours=6),
    Priority.NORMAL: timedelta(hours=24),
}
_SHORTEST_SUBSCRIBER = 7  # digits; shorter senders are services, which read no answer

# "Short message transfer rejected": some networks say so of a number, others of an account without credit.
_REJECTED_BY_NETWORK = "CMS 21"

_REPORT_STATUS = {
    DeliveryStatus.DELIVERED: ReportStatus.DELIVERED,
    # Handed on to another network, which will tell no more: not delivered for sure, and no reason to give up.
    DeliveryStatus.FORWARDED: ReportStatus.PENDING,
    DeliveryStatus.PENDING: ReportStatus.PENDING,
    DeliveryStatus.FAILED: ReportStatus.FAILED,
    DeliveryStatus.EXPIRED: ReportStatus.FAILED,
}


def inbound_of(message: ReceivedSms, received_at: datetime) -> InboundSms:
    """A received message."""
    digits = message.sender.removeprefix("+")
    return InboundSms(
        sender=message.sender,
        sender_can_be_answered=(
            not message.sender_is_alphanumeric and digits.isdigit() and len(digits) >= _SHORTEST_SUBSCRIBER
        ),
        text=message.text,
        received_at=received_at,
        service_centre_time=message.service_centre_time,
        is_text=message.kind is MessageKind.TEXT,
        segments=message.segments,
        missing_segments=message.missing,
    )


def report_of(report: DeliveryReport, now: datetime) -> InboundReport:
    """A delivery report; its reference is the TP-MR, as `SegmentProgress` told it."""
    return InboundReport(
        reference=str(report.message_reference),
        address=report.recipient,
        status=_REPORT_STATUS[report.status],
        reported_at=report.discharge_time or now,
        accepted_at=report.service_centre_time,
        code=f"TP-ST 0x{report.tp_status:02X}",
    )


def acceptance_of(late: DriverAcceptance, now: datetime, monotonic: float) -> LateAcceptance:
    """A segment that was taken after all; its reference is the TP-MR, too."""
    return LateAcceptance(
        address=late.recipient,
        segment=late.segment,
        reference=str(late.message_reference),
        left_at=None if late.left_at is None else now - timedelta(seconds=monotonic - late.left_at),
    )


def outcome_of(err: ModemError) -> Rejected | Unknown:
    """What a failed submission means."""
    if isinstance(err, SendUnknownError) or err.error_class is DriverErrorClass.UNKNOWN:
        return Unknown(reason=str(err))
    return Rejected(
        error_class=ErrorClass(err.error_class.value),
        reason=str(err),
        code=_code(err),
        certain=err.is_certain if isinstance(err, SendRejectedError) else True,
        this_route_only=_code(err) == _REJECTED_BY_NETWORK,
    )


def is_silent(err: ModemError) -> bool:
    """The modem has what was submitted, and says nothing more."""
    # Not a ResultLostError: then it said that it is idle again.
    return isinstance(err, SendUnknownError) and type(err.__cause__) is ModemTimeoutError


# --- calls ---

# Before the same number is rung again: whoever talks has a minute, and a network that failed has recovered.
BUSY_WAIT = timedelta(seconds=30)
_LINE_WAIT = timedelta(seconds=5)  # until a caller who came first has been refused

_CME_NOT_SUPPORTED = 4  # 3GPP TS 27.007 clause 9.2

_NOT_RUNG = {
    CallOutcome.BUSY: "the line was busy",
    CallOutcome.NO_CARRIER: "the network ended the call before anybody answered",
    CallOutcome.FAILED: "the network did not put the call through",
    CallOutcome.HUNG_UP: "the call was ended before anybody answered",
}


def call_outcome_of(outcome: CallOutcome, uid: str) -> Accepted | Rejected:
    """What a call that is over means. A phone that rang was reached: its owner may have refused the call."""
    reason = _NOT_RUNG.get(outcome)
    if reason is None:
        return Accepted(reference=uid, segments=1)
    return Rejected(
        error_class=ErrorClass.TEMPORARY, reason=reason, code=outcome.value, retry_after=BUSY_WAIT
    )


def call_refusal_of(err: ModemError) -> Rejected:
    """What a call means that could not be made, or whose modem was lost."""
    match err:
        case CallInProgressError():
            text = "somebody else rang the modem"
            return Rejected(error_class=ErrorClass.TEMPORARY, reason=text, retry_after=_LINE_WAIT)
        case UsageError():
            return Rejected(error_class=ErrorClass.RECIPIENT, reason="this number cannot be called")
        case CommandError() if _makes_no_calls(err):
            text = f"{err}: this modem or its SIM makes no voice calls; if so, switch them off (calls: false)"
            return Rejected(error_class=ErrorClass.ACCOUNT, reason=text, code=_code(err))
        case _:
            return Rejected(error_class=ErrorClass(err.error_class.value), reason=str(err), code=_code(err))


def _makes_no_calls(err: CommandError) -> bool:
    """It answered with a bare ERROR, or says so."""
    return not isinstance(err, CmeError | CmsError) or err.code == _CME_NOT_SUPPORTED


def _code(err: BaseException) -> str:
    """The modem's own code, of the error or of what caused it."""
    match err if isinstance(err, CommandError) else err.__cause__:
        case CmsError(code=int(code)):
            return f"CMS {code}"
        case CmeError(code=int(code)):
            return f"CME {code}"
        case CommandError(final=final):
            return final
        case _:
            return ""


def route_reason_of(error: ModemError) -> tuple[RouteReason, dict[str, str]]:
    """Why a modem did not do what a person asked of it, and what a text about that may quote."""
    match error:
        case UssdUnsupportedError():
            return RouteReason.NO_USSD, {}
        case CommandError():
            return RouteReason.COMMAND_REFUSED, {"answer": error.final}
        case ModemTimeoutError():
            return RouteReason.MODEM_SILENT, {}
        case LinkError():
            return RouteReason.MODEM_GONE, {}
        case SimError():
            return RouteReason.SIM_NOT_READY, {}
        case UsageError():
            return RouteReason.CODE_UNREADABLE, {}
        case _:
            return RouteReason.MODEM_FAILED, {}
