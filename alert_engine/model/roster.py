"""Who would be told now, and how people stand: for whoever looks at the gateway."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from .people import GroupMode
    from .words import Severity


class NameKind(StrEnum):
    """What stands for several people."""

    GROUP = "group"
    ON_CALL = "on_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldUntil:
    """Somebody who would be told later."""

    person: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NameNow:
    """Whom a group or an on-call schedule stands for now."""

    id: str
    name: str
    kind: NameKind
    mode: GroupMode | None  # of a group; of one that rotates, each alarm reaches one of `reached`
    reached: tuple[str, ...]  # ids of persons who would be told at once, in order
    held: tuple[HeldUntil, ...]  # and when their quiet hours end
    notes: tuple[str, ...]  # words of `decisions.directory.ResolutionReason`: what is not as the name says
    until: datetime | None  # then it will be others; None: not within a week
    on_duty: str | None = None  # of an on-call schedule: whose turn it is, whether they can be told or not
    duty_reason: str | None = None  # a word of `decisions.schedule.DutyReason`
    duty_until: datetime | None = None  # None: without end
    next_on_duty: str | None = None  # None: nobody else within a year


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonNow:
    """How a person stands now."""

    id: str
    name: str
    reached: bool  # would be told at once, if named
    against: str | None  # else why not: a word of `decisions.directory.ResolutionReason`
    is_quiet: bool  # quiet hours; whether they matter is a question of the severity
    is_on_shift: bool  # True also for whoever has no shifts
    changes_at: datetime | None  # when quiet hours or shifts begin or end next; None: not within a week
    on_call: tuple[str, ...]  # ids of the schedules whose turn is this person's
    opted_out: bool  # of all addresses
    locked_out_until: datetime | None  # no command with a proof is taken until then


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Everybody at one moment, for one severity."""

    at: datetime
    severity: Severity
    names: tuple[NameNow, ...]
    people: tuple[PersonNow, ...]
    commands_off_since: datetime | None  # no command with a proof is taken of anybody
