"""Voice calls in the simulated network: a switch between modems and phones. Only tones are heard."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Protocol

from .conditions import UnknownNumber
from .events import NetworkEventKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conditions import NetworkConditions
    from .directory import Directory
    from .events import EventLog
    from .phone import SimulatedPhone
    from .scheduler import Scheduler, Timer

# 24.008 clause 10.5.4.11
CAUSE_UNASSIGNED = 1
CAUSE_NORMAL = 16
CAUSE_BUSY = 17
CAUSE_NO_RESPONSE = 18
CAUSE_NO_ANSWER = 19
CAUSE_REJECTED = 21


class CallManner(StrEnum):
    """What a person does when the phone rings."""

    ANSWER = "answer"
    IGNORE = "ignore"  # lets it ring
    REJECT = "reject"
    BUSY = "busy"  # talks to somebody else


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBehaviour:
    """How a phone takes a call. Times in seconds."""

    manner: CallManner = CallManner.ANSWER
    after: float = 3.0  # of ringing, until it is answered or rejected
    tones: str = field(default="", repr=False)  # pressed after the answer, one a second
    talks_for: float | None = None  # after the answer; None: until the other side hangs up


@dataclass(slots=True, kw_only=True)
class PhoneCall:
    """A call as a phone remembers it."""

    other: str = field(repr=False)  # number
    is_incoming: bool  # at the phone
    at: float  # clock of the scheduler
    answered_at: float | None = None
    ended_at: float | None = None
    tones: str = field(default="", repr=False)  # that it heard


class CallEnd(Protocol):
    """The modem's side of a call."""

    def alerting(self) -> None:
        """It rings at the far end."""

    def answered(self) -> None:
        """The far end took it."""

    def released(self, cause: int) -> None:
        """It is over, and it was not us."""

    def tone(self, digit: str) -> None:
        """The far end pressed a key."""


class NetworkCall:
    """One call between a modem and a number, which may be a phone's."""

    def __init__(
        self, scheduler: Scheduler, log: EventLog, end: CallEnd, *, number: str, phone: SimulatedPhone | None
    ) -> None:
        self._scheduler = scheduler
        self._log = log
        self._end = end
        self._number = number
        self._phone = phone
        self._behaviour = CallBehaviour() if phone is None else phone.on_call
        self._record: PhoneCall | None = None
        self._timers: list[Timer] = []

    def later(self, seconds: float, act: Callable[[], object]) -> None:
        """Do something then, unless the call is over."""
        self._timers.append(self._scheduler.call_later(seconds, act))

    def ring_phone(self, caller: str, give_up_after: float) -> None:
        """The phone rings, if there is one."""
        if self._phone is None:
            self.fail(CAUSE_UNASSIGNED)
        elif not self._phone.is_on:
            self.fail(CAUSE_NO_RESPONSE)
        elif self._behaviour.manner is CallManner.BUSY:
            self.fail(CAUSE_BUSY)
        else:
            self._ring(self._phone, caller, give_up_after)

    def _ring(self, phone: SimulatedPhone, caller: str, give_up_after: float) -> None:
        self._remember(phone, caller, is_incoming=True)
        self._end.alerting()
        if self._behaviour.manner is CallManner.ANSWER:
            self.later(self._behaviour.after, self.phone_answers)
        elif self._behaviour.manner is CallManner.REJECT:
            self.later(self._behaviour.after, lambda: self.fail(CAUSE_REJECTED))
        self.later(give_up_after, lambda: self.fail(CAUSE_NO_ANSWER))

    def phone_calls(self, phone: SimulatedPhone, modem: str, give_up_after: float) -> None:
        """The phone calls the modem."""
        self._remember(phone, modem, is_incoming=False)
        self.later(give_up_after, lambda: self.fail(CAUSE_NORMAL))

    def modem_answers(self) -> None:
        """The modem took it."""
        self._answered()

    def phone_answers(self) -> None:
        """The phone took it."""
        self._answered()
        self._end.answered()

    def release(self) -> None:
        """The modem hangs up."""
        self._over()

    def fail(self, cause: int) -> None:
        """The network or the phone ends it."""
        self._over(cause)
        self._end.released(cause)

    def hear(self, digit: str) -> None:
        """The modem sends a tone."""
        if self._record is not None and self._record.answered_at is not None:
            self._record.tones += digit

    def _remember(self, phone: SimulatedPhone, other: str, *, is_incoming: bool) -> None:
        self._record = PhoneCall(other=other, is_incoming=is_incoming, at=self._scheduler.now())
        phone.calls.append(self._record)
        self._log.tell_call(NetworkEventKind.RINGING, self._number)

    def _answered(self) -> None:
        self._cancel()
        if self._record is not None:
            self._record.answered_at = self._scheduler.now()
        self._log.tell_call(NetworkEventKind.ANSWERED, self._number)
        for place, digit in enumerate(self._behaviour.tones):
            self.later(place + 1.0, partial(self._end.tone, digit))
        if self._behaviour.talks_for is not None:
            self.later(self._behaviour.talks_for, lambda: self.fail(CAUSE_NORMAL))

    def _over(self, cause: int | None = None) -> None:
        self._cancel()
        if self._record is not None:
            self._record.ended_at = self._scheduler.now()
        self._log.tell_call(NetworkEventKind.CALL_ENDED, self._number, code=cause)

    def _cancel(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()


class Switch:
    """Puts calls through.

    Args:
        scheduler: its time.
        directory: who has which number.
        log: what happens is told there.
        conditions: how the network behaves now.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        directory: Directory,
        log: EventLog,
        conditions: Callable[[], NetworkConditions],
    ) -> None:
        self._scheduler = scheduler
        self._directory = directory
        self._log = log
        self._conditions = conditions

    def dial(self, caller: str, number: str, end: CallEnd) -> NetworkCall:
        """A modem calls a number."""
        conditions = self._conditions()
        phone = self._directory.phone(number)
        if phone is None and conditions.unknown_number is UnknownNumber.ADOPT:
            phone = self._directory.add_phone(number, ())
        call = NetworkCall(self._scheduler, self._log, end, number=number, phone=phone)
        call.later(conditions.call_set_up, lambda: call.ring_phone(caller, conditions.no_answer_after))
        return call

    def ring(self, phone: SimulatedPhone, modem: str, end: CallEnd, *, give_up_after: float) -> NetworkCall:
        """A phone calls a modem."""
        call = NetworkCall(self._scheduler, self._log, end, number=phone.number, phone=phone)
        call.phone_calls(phone, modem, give_up_after)
        return call
