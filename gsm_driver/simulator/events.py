"""What the network tells its listeners."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gsm_driver.pdu.tpdu import SmsDeliver, SmsStatusReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from .air import Delivery, Submission


class NetworkEventKind(StrEnum):
    """What happened. `number` is always that of the phone."""

    SUBMITTING = "submitting"  # the modem has PDU and Ctrl-Z of one segment; no answer yet
    SUBMITTED = "submitted"  # the SMSC took one segment
    REFUSED = "refused"  # the SMSC, or the modem, refused one segment: `code` is the CMS error
    DELIVERED = "delivered"  # a whole message is in the phone's inbox
    LOST = "lost"  # one segment to or from the modem was lost on the way
    REPORTED = "reported"  # the modem took one delivery report: `code` is TP-ST
    REPLIED = "replied"  # a phone sent a text towards the modem
    ARRIVED = "arrived"  # the modem took one segment from a phone
    RINGING = "ringing"  # a phone rings, or calls the modem
    ANSWERED = "answered"  # a call was taken
    CALL_ENDED = "call_ended"  # `code` is the cause; None: the modem hung up


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkEvent:
    """One event, with the clock of the scheduler."""

    kind: NetworkEventKind
    at: float
    number: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    segment: int = 1
    segments: int = 1
    message_reference: int | None = None  # TP-MR
    code: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON of the control channel."""
        return asdict(self)


@dataclass(slots=True, kw_only=True)
class NetworkCounters:
    """For checkers. Segments, if not said otherwise."""

    attempted: int = 0  # reached the SMSC from the modem
    accepted: int = 0
    refused: int = 0
    delivered: int = 0  # whole messages in inboxes of phones
    doubled: int = 0  # of these: equal to an earlier one of the same phone
    lost: int = 0  # by the network, both ways
    reports: int = 0  # delivery reports that the modem took
    reports_lost: int = 0
    sent: int = 0  # towards the modem
    arrived: int = 0  # of these: the modem took
    memory_full: int = 0  # times the modem refused one because its storage was full

    def as_dict(self) -> dict[str, int]:
        """As JSON of the control channel."""
        return asdict(self)


class EventLog:
    """Counters and listeners of one network."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.counters = NetworkCounters()
        self._now = now
        self._listeners: list[Callable[[NetworkEvent], None]] = []

    def listen(self, listener: Callable[[NetworkEvent], None]) -> Callable[[], None]:
        """Call `listener` with each event; the returned function ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell_text(self, kind: NetworkEventKind, number: str, text: str, segments: int) -> None:
        """An event of a whole message."""
        self._tell(NetworkEvent(kind=kind, at=self._now(), number=number, text=text, segments=segments))

    def tell_call(self, kind: NetworkEventKind, number: str, *, code: int | None = None) -> None:
        """An event of a call."""
        self._tell(NetworkEvent(kind=kind, at=self._now(), number=number, code=code))

    def tell_submission(
        self, kind: NetworkEventKind, submission: Submission, *, code: int | None = None
    ) -> None:
        """An event of one segment from a modem."""
        self._tell(
            NetworkEvent(
                kind=kind,
                at=self._now(),
                number=submission.destination,
                text=submission.submit.user_data.text,
                segment=submission.segment,
                segments=submission.segments,
                message_reference=submission.submit.message_reference,
                code=code,
            )
        )

    def tell_delivery(self, kind: NetworkEventKind, delivery: Delivery) -> None:
        """An event of one segment or report towards a modem; without details if it cannot be read."""
        event = NetworkEvent(kind=kind, at=self._now())
        match delivery.decode():
            case SmsDeliver() as message:
                user_data = message.user_data
                event = replace(event, number=message.originating_address.number, text=user_data.text)
                if (concatenation := user_data.concatenation) is not None:
                    event = replace(event, segment=concatenation.sequence, segments=concatenation.total)
            case SmsStatusReport() as report:
                event = replace(
                    event,
                    number=report.recipient_address.number,
                    message_reference=report.message_reference,
                    code=report.status,
                )
            case _:
                pass
        self._tell(event)

    def _tell(self, event: NetworkEvent) -> None:
        for listener in tuple(self._listeners):
            listener(event)
