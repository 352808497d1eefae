"""What became of the segments that left for the modem, as far as reports tell. Pure: time is passed in.

A report names a TP-MR and a recipient. That of an accepted segment is known. One that is not known can only
belong to a segment whose own TP-MR never came: its answer was lost, or was an error that says nothing of the
network. Where several may own it, the order of the TP-MRs decides (each is the one before plus one, 3GPP TS
23.040 clause 9.2.3.6), or that there are as many reports as segments. Else the caller is told nothing: to
send again may double a message, to believe the wrong one would lose it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .models import LateAcceptance

if TYPE_CHECKING:
    from gsm_driver.pdu.tpdu import SmsSubmit

# Seconds that a doubt is remembered. Reports of phones that are on come within 30, or with the SMSC's next
# try in a minute or five; a caller with an alarm to tell has long decided by then.
DOUBT_LASTS = 600.0
MAX_DOUBTS = 64  # of a caller that sends on and settles none
KNOWN_REFERENCES = (
    192  # TP-MRs remembered: fewer than the 256 there are, so that one used again is no old one
)
_REFERENCES = 256
COMPARED_DIGITS = 7  # at the end of two numbers; shorter ones are services, and must be equal


@dataclass(slots=True, eq=False, kw_only=True)
class Submission:
    """One try to send one segment."""

    tpdu: SmsSubmit
    segment: int  # index from 0
    at: float = 0.0  # seconds; when it left
    is_pending: bool = True  # the modem's answer is awaited
    is_replaced: bool = False  # the caller sent the same again: a report of this one is no news
    after: int | None = None  # the TP-MR that was given before it …
    before: int | None = None  # … and the next one after it

    @property
    def recipient(self) -> str:
        """TP-DA."""
        return self.tpdu.destination_address.number

    def is_in_order(self, reference: int) -> bool:
        """This TP-MR lies where its own must be, as far as known."""
        if self.after is None or self.after == self.before:
            return True
        end = _REFERENCES // 2 if self.before is None else (self.before - self.after) % _REFERENCES
        return 0 < (reference - self.after) % _REFERENCES < end

    def late_acceptance(self, reference: int) -> LateAcceptance:
        """It was taken, as this TP-MR."""
        return LateAcceptance(
            recipient=self.recipient,
            segment=self.segment,
            message_reference=reference,
            left_at=self.at,
        )


@dataclass(slots=True, kw_only=True)
class _Accepted:
    recipient: str
    awaits_report: bool


class Submissions:
    """Keep one for all lives of a modem: a report may come when the modem has restarted."""

    def __init__(self) -> None:
        self._open: list[Submission] = []  # pending or in doubt, in order
        self._accepted: OrderedDict[int, _Accepted] = OrderedDict()  # by TP-MR
        self._stray: dict[int, str] = {}  # TP-MR to recipient, of reports that an open one may own
        self._unanswered: Submission | None = None  # whose +CMGS may still come
        self._last: int | None = None  # the TP-MR given last

    @property
    def awaits_reports(self) -> bool:
        """Reports of accepted segments are due."""
        return any(accepted.awaits_report for accepted in self._accepted.values())

    @property
    def is_open(self) -> bool:
        """A report may tell something new."""
        return any(submission.tpdu.report_requested for submission in self._open)

    @property
    def is_reported(self) -> bool:
        """A report came that the pending segment may own."""
        return any(self._reports_for(submission) for submission in self._open if submission.is_pending)

    def begin(self, submission: Submission, now: float) -> None:
        """A segment leaves. If it left before, the caller has given up its doubt about that."""
        submission.at, submission.after = now, self._last
        self._expire(now)
        for old in self._open:
            old.is_replaced |= old.tpdu == submission.tpdu
        del self._open[: 1 - MAX_DOUBTS]
        self._open.append(submission)

    def accept(self, submission: Submission, reference: int) -> tuple[LateAcceptance, ...]:
        """+CMGS came. Returns what that tells of older ones."""
        self._unanswered = None  # no older answer can come any more
        self._last = reference
        for old in self._open:
            old.before = reference if old.before is None else old.before
        self._know(submission, reference)
        return self._settle()

    def doubt(self, submission: Submission, *, is_answered: bool) -> tuple[LateAcceptance, ...]:
        """It may have been taken, if it left. Returns what a report has told already."""
        submission.is_pending = False
        if not is_answered:
            self._unanswered = submission
        return self._settle()

    def refuse(self, submission: Submission) -> tuple[LateAcceptance, ...]:
        """It was not taken, for certain."""
        self._close(submission)
        return self._settle()

    def note_report(self, recipient: str, reference: int, now: float) -> tuple[LateAcceptance, ...]:
        """A delivery report came, also one that came before."""
        known = self._accepted.get(reference)
        if known is not None and is_same_number(known.recipient, recipient):
            known.awaits_report = False
            return ()
        self._expire(now)
        self._stray[reference] = recipient
        return self._settle()

    def note_late(self, reference: int) -> tuple[LateAcceptance, ...]:
        """A +CMGS came that nobody waited for."""
        submission, self._unanswered = self._unanswered, None
        if submission is None or submission not in self._open:
            return ()
        self._know(submission, reference)
        return (submission.late_acceptance(reference), *self._settle())

    def _know(self, submission: Submission, reference: int) -> None:
        self._close(submission)
        was_reported = self._stray.pop(reference, None) is not None
        self._accepted.pop(reference, None)
        self._accepted[reference] = _Accepted(
            recipient=submission.recipient,
            awaits_report=submission.tpdu.report_requested and not was_reported,
        )
        if len(self._accepted) > KNOWN_REFERENCES:
            self._accepted.popitem(last=False)

    def _close(self, submission: Submission) -> None:
        if submission in self._open:
            self._open.remove(submission)

    def _expire(self, now: float) -> None:
        self._open = [old for old in self._open if old.is_pending or now - old.at < DOUBT_LASTS]

    def _reports_for(self, submission: Submission) -> list[int]:
        """The TP-MRs of the reports that it may own."""
        if not submission.tpdu.report_requested:
            return []
        return [mr for mr, number in self._stray.items() if is_same_number(number, submission.recipient)]

    def _settle(self) -> tuple[LateAcceptance, ...]:
        """Give each report to the segment that must own it."""
        settled: list[LateAcceptance] = []
        for reference in tuple(self._stray):
            owner = self._owner(reference)
            if owner is not None:
                self._know(owner, reference)
                settled += [] if owner.is_replaced else [owner.late_acceptance(reference)]
        owned = {reference for submission in self._open for reference in self._reports_for(submission)}
        self._stray = {mr: number for mr, number in self._stray.items() if mr in owned}
        return tuple(settled)

    def _owner(self, reference: int) -> Submission | None:
        """Whose report it is; None: nobody's here, or that cannot be told (yet)."""
        fitting = [submission for submission in self._open if reference in self._reports_for(submission)]
        if not fitting or any(submission.is_pending for submission in fitting):
            return None
        likely = [submission for submission in fitting if submission.is_in_order(reference)] or fitting
        is_one_text = all(submission.tpdu == likely[0].tpdu for submission in likely)
        if not is_one_text and len(self._reports_for(fitting[0])) < len(fitting):
            return None
        return min(likely, key=lambda submission: submission.is_replaced)


def is_same_number(one: str, other: str) -> bool:
    """Two spellings of a number: the network may write +43660… where we wrote 0660…."""
    one, other = one.lstrip("+0"), other.lstrip("+0")
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) >= COMPARED_DIGITS and longer.endswith(shorter))
