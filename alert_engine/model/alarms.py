"""One episode of a key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

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
    next_due: datetime | None  # when the next one does, or the hold ends; None: nothing more to do
    raised_at: datetime
    acked_at: datetime | None = None
    acked_by: str | None = None
    cleared_at: datetime | None = None
    closed_at: datetime | None = None
    last_source_time: datetime | None = None  # older events are journalled, not applied
    steps_from: datetime | None = None  # where the steps count from: the raise, or when it became loud again
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
