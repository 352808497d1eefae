"""One episode of a key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from .policies import Policy
    from .words import AlarmState, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One episode of a key."""

    id: str
    source: str
    key: str
    code: str  # four digits, unique among open alarms
    severity: Severity
    state: AlarmState
    title: str = field(repr=False)
    text: str = field(repr=False)
    count: int  # raises in this episode
    policy: Policy
    step: int  # how many steps and repeats have come due since `steps_from`
    next_due: datetime | None  # when anything of it comes due by itself; None: nothing does
    raised_at: datetime
    acked_at: datetime | None = None
    acked_by: str | None = None
    acked_people: tuple[str, ...] = ()  # who has taken it so far; `acked_by` is the last one of them
    cleared_at: datetime | None = None  # since when the cause is gone; None: it lasts
    closed_at: datetime | None = None
    last_source_time: datetime | None = None  # older events are journalled, not applied
    # Where the hold, then the steps count from: the raise, or when it became loud again. None: of an episode
    # that is over, nobody was told.
    steps_from: datetime | None = None
    ttl: timedelta | None = None  # for how long the source's word is good
    ends_at: datetime | None = None  # the source's word is good until then, unless it says so again
    remind_at: datetime | None = None  # when whoever took it hears of it next
    shelved_until: datetime | None = None
    shelved_by: str | None = None
    suppressed_by: str | None = None  # "maintenance/…", "alarm/…": why nobody is told
    parent: str | None = None  # key of the alarm of the same source that would explain it
    reopened_at: tuple[datetime, ...] = ()  # the last few times, as long as they count
    calm_at: datetime | None = None  # while it chatters: when that is over, if nothing changes till then
    digest_at: datetime | None = None  # while it chatters and nobody took it: when people hear of it next
    is_test: bool = False
    url: str | None = field(default=None, repr=False)  # where the source shows more
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_active(self) -> bool:
        """The cause lasts, as far as its source has told."""
        return self.state.is_open and self.cleared_at is None

    @property
    def is_chattering(self) -> bool:
        """It comes and goes; people get a digest now and then."""
        return self.calm_at is not None

    @property
    def is_silenced(self) -> bool:
        """It is open and counts, but nobody is told that it is loud."""
        return self.shelved_until is not None or self.suppressed_by is not None
