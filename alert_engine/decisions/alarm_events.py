"""What may happen to an alarm, and what comes of it: the words of `alarm_machine`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from alert_engine.model import Alarm, Policy, Severity, Step


class Reason(StrEnum):
    """What became of an event."""

    RAISED = "raised"
    HELD = "held"  # raised, and nobody is told before the hold is over
    HOLD_OVER = "hold_over"
    REPEATED = "repeated"
    SEVERITY_ROSE = "severity_rose"
    REOPENED = "reopened"  # raised again after a latched clear, or shortly after any
    STEP = "step"  # a step or a repeat ran
    REMINDED = "reminded"  # whoever took it hears that it is still on
    ACKNOWLEDGED = "acknowledged"
    PARTLY_ACKNOWLEDGED = "partly_acknowledged"  # somebody took it, and others have to
    UNACKNOWLEDGED = "unacknowledged"
    CLEARED = "cleared"
    CLEARED_UNSENT = "cleared_unsent"  # within the hold: nobody was told
    LAPSED = "lapsed"  # cleared: the source did not say it again in time
    CLOSED = "closed"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    SHELVE_OVER = "shelve_over"  # its time is up
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "unsuppressed"
    CHATTERING = "chattering"  # reopened too often: people get a digest from now on
    DIGEST = "digest"  # still chattering
    CALMED = "calmed"  # not chattering any more
    # Nothing changed:
    NOTHING_DUE = "nothing_due"
    ALREADY_ACKNOWLEDGED = "already_acknowledged"
    ALREADY_CLEARED = "already_cleared"
    ALREADY_SHELVED = "already_shelved"
    ALREADY_SUPPRESSED = "already_suppressed"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    NOT_SHELVED = "not_shelved"
    NOT_SUPPRESSED = "not_suppressed"
    OVER = "over"

    @property
    def changed(self) -> bool:
        """The alarm is another than before."""
        return self not in _UNCHANGED


_UNCHANGED = frozenset(
    {
        Reason.NOTHING_DUE,
        Reason.ALREADY_ACKNOWLEDGED,
        Reason.ALREADY_CLEARED,
        Reason.ALREADY_SHELVED,
        Reason.ALREADY_SUPPRESSED,
        Reason.NOT_ACKNOWLEDGED,
        Reason.NOT_SHELVED,
        Reason.NOT_SUPPRESSED,
        Reason.OVER,
    }
)


class Effect(StrEnum):
    """What must happen in the same commit, in this order."""

    WITHDRAW = "withdraw"  # messages that no route has taken and that are not true any more
    SPARE = "spare"  # the same, of those only who have taken it
    NOTIFY = "notify"  # write messages for `Transition.steps`
    NOTIFY_FLAPPING = "notify_flapping"  # tell the same people that it comes and goes
    REMIND = "remind"  # whoever took it
    TELL_TAKEN = "tell_taken"  # those who got the raise hear who took it
    TELL_SHELVED = "tell_shelved"  # the same, who shelved it, and until when
    TELL_CLEARED = "tell_cleared"  # those who got the raise hear that it is over
    TELL_CLOSED = "tell_closed"  # the same, closed by a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """A source says: it is on."""

    severity: Severity
    policy: Policy  # of that severity: it replaces the alarm's when the severity rises
    title: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    source_time: datetime | None = None
    ttl: timedelta | None = None
    url: str | None = field(default=None, repr=False)
    is_test: bool = False  # of a new episode only
    parent: str | None = None
    suppressed_by: str | None = None  # what keeps people from being told of an alarm so severe


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """A source says: it is over."""

    source_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """Somebody takes it. `needed` are those who must, where the policy asks for all of them."""

    by: str
    needed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unacknowledge:
    """Whoever took it gives it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelve:
    """Nobody is told before `until`, unless it becomes more severe."""

    by: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unshelve:
    """People are told again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppress:
    """Something explains it: nobody is told."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsuppress:
    """What explained it, or whatever did, is over."""

    by: str | None = None  # None: whatever it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """A person ends the episode, whatever the source says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """`next_due` may have come."""


Event = (
    Raise | Clear | Acknowledge | Unacknowledge | Shelve | Unshelve | Suppress | Unsuppress | Close | Deadline
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """What an event made of an alarm."""

    alarm: Alarm
    reason: Reason
    effects: tuple[Effect, ...] = ()
    steps: tuple[Step, ...] = ()  # for NOTIFY and NOTIFY_FLAPPING
