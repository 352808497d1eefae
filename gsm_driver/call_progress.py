"""One call as a state machine: what is known of it, what to do about it, and when. No modem, no clock.

Modems tell of a call in three ways, and each leaves something out: state announcements of the vendor, the
words that end a call, and the list that they give when asked (AT+CLCC). All are taken; a list is asked for
only as often as the modem's own announcements make necessary.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING

from gsm_driver.at.calls import CAUSE_BUSY, CAUSE_NO_ANSWER, CAUSE_NO_RESPONSE, CAUSE_REJECTED

from .models import CallOutcome, CallState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gsm_driver.at.calls import CallChange
    from gsm_driver.at.responses import CurrentCall

SET_UP_TIME = 10.0  # seconds from dialling to the first ring, where the modem does not tell when that is
LOOK_INTERVAL = 2.0  # seconds between lists, for a modem that announces no states
CHECK_INTERVAL = 10.0  # the same for one that does, and in an active call: an announcement may be lost
RING_GAP = 10.0  # seconds without RING, which comes every 3 to 6, after which the caller may be gone
RELEASE_TIME = 1.0  # seconds from a hang-up that was accepted to the look whether it worked
HANG_UP_INTERVAL = 5.0  # seconds to the next try of one that did not
MISSES_TO_END = 2  # lists without a call that was never listed: it may not have begun yet

VOICE = 0  # <mode> of +CLCC

_ORDER = (CallState.DIALLING, CallState.ALERTING, CallState.ACTIVE, CallState.ENDED)  # of a call we made
_OUTCOMES = {
    None: CallOutcome.NO_CARRIER,
    CAUSE_BUSY: CallOutcome.BUSY,
    CAUSE_NO_RESPONSE: CallOutcome.NO_ANSWER,
    CAUSE_NO_ANSWER: CallOutcome.NO_ANSWER,
    CAUSE_REJECTED: CallOutcome.REJECTED,
    16: CallOutcome.NO_CARRIER,  # normal call clearing
    31: CallOutcome.NO_CARRIER,  # normal, unspecified
}


class CallTask(Enum):
    """What is due."""

    LOOK = "look"  # ask for the list of calls
    HANG_UP = "hang up"


class CallProgress:
    """One call. All times are seconds of one clock that only goes forward.

    Args:
        is_incoming: somebody calls us.
        now: when it began.
        ring_for: seconds that it may ring at the far end before we hang up.
        talk_for: seconds that it may be active before we hang up.
    """

    def __init__(
        self, *, is_incoming: bool, now: float, ring_for: float = math.inf, talk_for: float = math.inf
    ) -> None:
        self.is_incoming = is_incoming
        self.state = CallState.INCOMING if is_incoming else CallState.DIALLING
        self.index: int | None = None  # <id> of +CLCC
        self.was_active = False
        self.hang_ups = 0  # tries so far
        self.talk_for = talk_for
        self._ring_for = ring_for
        self._cause: int | None = None
        self._ending: CallOutcome | None = None  # why we hang up
        self._announces = False  # the modem tells states by itself
        self._was_seen = False
        self._misses = 0
        self._hang_up_at = math.inf if is_incoming else now + SET_UP_TIME + ring_for
        self._look_at = now + (RING_GAP if is_incoming else LOOK_INTERVAL)

    @property
    def is_over(self) -> bool:
        """The call has ended."""
        return self.state is CallState.ENDED

    @property
    def needs_cause(self) -> bool:
        """Nobody said why it ended, and it matters."""
        ours = self.was_active or self.is_incoming or self._ending is not None
        return self.is_over and not ours and self._cause is None

    @property
    def outcome(self) -> CallOutcome | None:
        """What became of it; None while it goes on."""
        if not self.is_over:
            return None
        if self.was_active:
            return CallOutcome.ANSWERED
        if self._ending is not None:
            return self._ending
        if self.is_incoming:
            return CallOutcome.NO_ANSWER
        return _OUTCOMES.get(self._cause, CallOutcome.FAILED)

    # --- What is due ---

    @property
    def next_due(self) -> float:
        """When to call `due`; infinity: when something is noted."""
        return min(self._look_at, self._hang_up_at)

    def due(self, now: float) -> CallTask | None:
        """What to do now; it is not due again at once."""
        if self.is_over or now < self.next_due:
            return None
        if now >= self._hang_up_at:
            if self._ending is None:
                self._ending = CallOutcome.NO_ANSWER
            self.hang_ups += 1
            self._hang_up_at = now + HANG_UP_INTERVAL
            return CallTask.HANG_UP
        self._look_again(now)
        return CallTask.LOOK

    def _look_again(self, now: float) -> None:
        told = self._announces or self.state in {CallState.ACTIVE, CallState.INCOMING}
        hurry = not told or self._ending is not None
        self._look_at = now + (LOOK_INTERVAL if hurry else CHECK_INTERVAL)

    # --- What happened ---

    def note(self, change: CallChange, now: float) -> None:
        """The modem announced something, perhaps of another call."""
        if not self._concerns(change):
            return
        self._cause = self._cause or change.cause
        if change.state is not CallState.ENDED:
            self._announces = self._was_seen = True
            self.index = self.index if change.index is None else change.index
            self._look_again(now)
        self._enter(change.state, now)

    def _concerns(self, change: CallChange) -> bool:
        other_way = change.is_incoming not in {None, self.is_incoming}
        other_index = None not in {change.index, self.index} and change.index != self.index
        return not (other_way or other_index)

    def note_list(self, calls: Iterable[CurrentCall], now: float) -> None:
        """The modem listed its calls."""
        mine = [call for call in calls if call.mode == VOICE and call.is_incoming is self.is_incoming]
        listed = next((call for call in mine if call.index == self.index), mine[0] if mine else None)
        if listed is None:
            self._misses += 1
            if self._was_seen or self.is_incoming or self._ending or self._misses >= MISSES_TO_END:
                self._enter(CallState.ENDED, now)
            return
        self._was_seen = True
        self.index = listed.index
        if listed.status in set(CallState):
            self._enter(CallState(listed.status), now)

    def note_no_list(self) -> None:
        """The modem lists no calls: what it announces is all there is."""
        self._look_at = math.inf
        is_taken = self._ending is not None and self.hang_ups > 0
        if is_taken or self.state is CallState.INCOMING:
            self.state = CallState.ENDED  # it took our word for it, or rings no more

    def rang(self, now: float) -> None:
        """RING."""
        if self.state is CallState.INCOMING:
            self._look_at = now + RING_GAP

    def hang_up(self, now: float) -> None:
        """We want it to end."""
        if self.is_over:
            return
        if self._ending is None:
            self._ending = CallOutcome.REJECTED if self.is_incoming else CallOutcome.HUNG_UP
        self._hang_up_at = min(self._hang_up_at, now)

    def note_released(self, now: float) -> None:
        """The modem took a hang-up: see whether it means it."""
        self._look_at = now + RELEASE_TIME

    def explain(self, cause: int | None) -> None:
        """The modem said afterwards why it ended."""
        self._cause = self._cause or cause

    def _enter(self, state: CallState, now: float) -> None:
        if self.is_over or state is self.state or self._is_step_back(state):
            return
        self.state = state
        if state is CallState.ALERTING and self._ending is None:
            self._hang_up_at = now + self._ring_for
        if state is CallState.ACTIVE and not self.was_active:
            self.was_active = True
            if self._ending is None:
                self._hang_up_at = now + self.talk_for
            self._look_again(now)

    def _is_step_back(self, state: CallState) -> bool:
        """A stale announcement, or a state that a call of this kind does not have."""
        if self.state in _ORDER and state in _ORDER:
            return _ORDER.index(state) < _ORDER.index(self.state)
        return state not in {*_ORDER, CallState.HELD}
