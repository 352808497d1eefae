"""Who is told: people, groups, and whoever is on call.

Times of day are wall-clock times where the person lives; the two days a year that are longer or shorter are
the business of `decisions.schedule`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from .words import Severity

if TYPE_CHECKING:
    from datetime import date, datetime, time, timedelta, tzinfo

    from .words import Channel

EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One way to reach a person."""

    channel: Channel
    value: str = field(repr=False)  # E.164 with "+" for phones


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyPeriod:
    """A time of day on some days of the week. It ends on the next day when `end` is not after `start`."""

    start: time  # naive: the wall clock of whoever it is about
    end: time
    days: frozenset[int] = EVERY_DAY  # of the start; 0 is Monday


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A human being who is told, and may answer."""

    id: str  # stable: ``[a-z0-9_-]{1,64}``, or a subentry id
    name: str
    addresses: tuple[Address, ...]  # in order of preference
    can_acknowledge: bool = True
    can_command: bool = False  # keywords beyond acknowledging; each keyword asks for its own tier
    is_admin: bool = False  # hears of commands, opt-outs and lock-outs
    language: str = "en"
    time_zone: tzinfo | None = None  # None: the gateway's
    minimum_severity: Severity = Severity.INFO  # less is never sent to this person
    quiet: tuple[WeeklyPeriod, ...] = ()  # what is below `quiet_below` waits for the end, in a digest
    quiet_below: Severity = Severity.CRITICAL
    shifts: tuple[WeeklyPeriod, ...] = ()  # on duty; none: always
    plain: bool = False  # an alarm panel or pager: GSM 7 bit characters only


class GroupMode(StrEnum):
    """Who of a group is told."""

    ALL = "all"
    ROTATE = "rotate"  # one, another one each time
    FIRST = "first"  # the first who is on duty and not in quiet hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Several recipients under one name."""

    id: str
    name: str
    members: tuple[str, ...]  # ids of recipients of any kind
    mode: GroupMode = GroupMode.ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitution:
    """Somebody stands in for whoever would be on call."""

    person: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall:
    """Whoever is on call: people take turns, at a fixed time of day."""

    id: str
    name: str
    rotation: tuple[str, ...]  # person ids, in the order of their turns
    begins: date  # first day of the first person's first turn
    handover: time  # wall clock of `time_zone`
    turn: timedelta  # whole days
    fallback: str | None = None  # recipient id: who is told while nobody is on call; None: everybody
    hours: tuple[WeeklyPeriod, ...] = ()  # when anybody is on call at all; none: always
    substitutions: tuple[Substitution, ...] = ()
    time_zone: tzinfo | None = None  # None: the gateway's


Recipient = Person | Group | OnCall
