"""The SMSC's work on what the modem submits: take it, deliver it, report (3GPP TS 23.040 clause 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .air import Delivery, Submission, forward_tpdu, report_tpdu, service_centre_octets
from .conditions import NetworkConditions, UnknownNumber
from .events import EventLog, NetworkEventKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from random import Random

    from .directory import Directory
    from .phone import PhoneMessage, SimulatedPhone
    from .scheduler import Scheduler

CMS_UNASSIGNED_NUMBER = 1  # 3GPP TS 24.011 annex E-2
CMS_SERVICE_CENTRE_UNKNOWN = 330  # 27.005 clause 3.2.5

# TP-ST (23.040 clause 9.2.3.15)
ST_RECEIVED = 0x00
ST_NO_RESPONSE_YET = 0x22  # temporary, the SC still tries
ST_NOT_OBTAINABLE = 0x43  # permanent
ST_VALIDITY_EXPIRED = 0x46


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accepted:
    """A segment that has to be delivered."""

    submission: Submission
    sender: str
    at: datetime  # TP-SCTS

    @property
    def wants_report(self) -> bool:
        return self.submission.submit.report_requested


class ServiceCentre:
    """Takes SMS-SUBMITs, brings them to phones, sends SMS-STATUS-REPORTs.

    Args:
        scheduler: its time.
        wall: date and time for TP-SCTS and TP-DT, aware.
        random: draws jitter and losses.
        directory: who has which number.
        log: who is told.
        on_delivered: a phone has a whole message.
    """

    def __init__(
        self,
        *,
        scheduler: Scheduler,
        wall: Callable[[], datetime],
        random: Random,
        directory: Directory,
        log: EventLog,
        on_delivered: Callable[[SimulatedPhone, PhoneMessage], None],
    ) -> None:
        self.conditions = NetworkConditions()
        self.number = "+43664000501"
        self._scheduler = scheduler
        self._wall = wall
        self._random = random
        self._directory = directory
        self._log = log
        self._on_delivered = on_delivered
        self._held: dict[str, list[_Accepted]] = {}  # by number of a phone that is switched off

    def submit(self, sender: str, submission: Submission, on_result: Callable[[int | None], None]) -> None:
        """Decide about one SMS-SUBMIT after the latency; `on_result` gets None or the CMS error."""
        self._log.counters.attempted += 1
        self._scheduler.call_later(
            self.conditions.submit_latency, lambda: on_result(self._decide(sender, submission))
        )

    def release(self, phone: SimulatedPhone) -> None:
        """Deliver what was held for a phone that is on again."""
        for accepted in self._held.pop(phone.number, []):
            self._hand_over(phone, accepted)

    # --- taking -------------------------------------------------------------------------------------------

    def _decide(self, sender: str, submission: Submission) -> int | None:
        error = self._refusal(submission)
        if error is not None:
            self._log.counters.refused += 1
            self._log.tell_submission(NetworkEventKind.REFUSED, submission, code=error)
            return error
        self._log.counters.accepted += 1
        self._log.tell_submission(NetworkEventKind.SUBMITTED, submission)
        accepted = _Accepted(submission=submission, sender=sender, at=self._wall())
        self._scheduler.call_later(self._delivery_time(), lambda: self._route(accepted))
        return None

    def _refusal(self, submission: Submission) -> int | None:
        if not submission.service_centre:
            return CMS_SERVICE_CENTRE_UNKNOWN
        if self._knows(submission.destination):
            return None
        if self.conditions.unknown_number is UnknownNumber.REFUSE:
            return CMS_UNASSIGNED_NUMBER
        if self.conditions.unknown_number is UnknownNumber.ADOPT:
            self._directory.add_phone(submission.destination, ())
        return None

    def _knows(self, dialled: str) -> bool:
        return (self._directory.phone(dialled) or self._directory.mailbox(dialled)) is not None

    def _delivery_time(self) -> float:
        return self.conditions.delivery_latency + self._random.random() * self.conditions.delivery_jitter

    # --- delivering ---------------------------------------------------------------------------------------

    def _route(self, accepted: _Accepted) -> None:
        submission = accepted.submission
        if self._random.random() < self.conditions.loss_rate:
            self._log.counters.lost += 1
            self._log.tell_submission(NetworkEventKind.LOST, submission)
        elif (phone := self._directory.phone(submission.destination)) is not None:
            act = self._hand_over if phone.is_on else self._hold
            act(phone, accepted)
        elif (mailbox := self._directory.mailbox(submission.destination)) is not None:
            mailbox.put(self._delivery(forward_tpdu(submission, accepted.sender, accepted.at)))
            self._report(accepted, ST_RECEIVED)
        else:
            self._report(accepted, ST_NOT_OBTAINABLE)

    def _hand_over(self, phone: SimulatedPhone, accepted: _Accepted) -> None:
        doubled = phone.doubled
        message = phone.receive(accepted.sender, accepted.submission, self._scheduler.now())
        if message is not None:
            self._log.counters.delivered += 1
            self._log.counters.doubled += phone.doubled - doubled
            self._log.tell_text(NetworkEventKind.DELIVERED, phone.number, message.text, len(message.segments))
            self._on_delivered(phone, message)
        self._report(accepted, ST_RECEIVED)

    def _hold(self, phone: SimulatedPhone, accepted: _Accepted) -> None:
        held = self._held.setdefault(phone.number, [])
        held.append(accepted)
        self._report(accepted, ST_NO_RESPONSE_YET)
        expires = accepted.submission.expires_at(accepted.at)
        if expires is not None:
            remaining = (expires - self._wall()).total_seconds()
            self._scheduler.call_later(remaining, lambda: self._expire(held, accepted))

    def _expire(self, held: list[_Accepted], accepted: _Accepted) -> None:
        if accepted in held:
            held.remove(accepted)
            self._report(accepted, ST_VALIDITY_EXPIRED)

    # --- reporting ----------------------------------------------------------------------------------------

    def _report(self, accepted: _Accepted, status: int) -> None:
        mailbox = self._directory.mailbox(accepted.sender)
        if not accepted.wants_report or mailbox is None:
            return
        if self._random.random() < self.conditions.report_loss_rate:
            self._log.counters.reports_lost += 1
            return
        tpdu = report_tpdu(accepted.submission, status, accepted=accepted.at, discharged=self._wall())
        delivery = self._delivery(tpdu)
        self._scheduler.call_later(self.conditions.report_latency, lambda: mailbox.put(delivery))

    def _delivery(self, tpdu: bytes) -> Delivery:
        return Delivery(service_centre=service_centre_octets(self.number), tpdu=tpdu)
