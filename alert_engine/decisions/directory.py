"""Whom a name stands for now: persons, groups and on-call schedules, down to the persons who are told.

The order of the rules: a name that nobody has is skipped; a person who has no address, or has opted out of
all of them, cannot be told; one who wants to hear of worse only is not told; one who is off duty is told only
if nobody else is left; one in quiet hours is told when they end. When nobody of those named can be told,
everybody is: better the wrong person than nobody. Whatever is not as the names say is in the notes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from alert_engine.model import Group, GroupMode, OnCall, Person, Recipient, Severity

from .schedule import DutyReason, ends_at, is_within, on_call

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from alert_engine.model import Address

    from .schedule import Duty

# Groups within groups; more is a mistake, and it must not stop an alarm.
MAX_NESTING = 16


class ResolutionReason(StrEnum):
    """Why somebody is told, later, or not at all."""

    # Of a person:
    QUIET = "quiet"  # held until the quiet hours end; without a name: all of them are
    OFF_DUTY = "off_duty"  # skipped; without a name: nobody is on duty, and they are told all the same
    BELOW_MINIMUM = (
        "below_minimum"  # wants to hear of worse only; without a name: so do all, and nobody is told
    )
    OPTED_OUT = "opted_out"
    NO_ADDRESS = "no_address"
    # Of a name:
    UNKNOWN_RECIPIENT = "unknown_recipient"
    CYCLE = "cycle"  # a group that holds itself: skipped there
    TOO_DEEP = "too_deep"  # nested deeper than `MAX_NESTING`: skipped there
    EMPTY_GROUP = "empty_group"
    # Nobody is on call who can be told: the fallback is, or everybody. Out of hours only without a fallback.
    EMPTY_ON_CALL = "empty_on_call"
    # Of all:
    ALL_OPTED_OUT = "all_opted_out"
    EVERYBODY = "everybody"  # in place of those named
    NOBODY = "nobody"  # there is nobody at all who can be told


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that is not as the names say."""

    reason: ResolutionReason
    recipient: str | None = None  # the name it is about; None: all together


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A person who is told later."""

    person: Person
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A person who was meant and is not told."""

    person: Person
    reason: ResolutionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Who is told. No person is in two of the three."""

    persons: tuple[Person, ...]  # now, in the order of the names
    held: tuple[Held, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Everybody who can be named. Where an id is there twice, the first one counts; see `directory_check`."""

    people: tuple[Person, ...]
    groups: tuple[Group, ...] = ()
    on_calls: tuple[OnCall, ...] = ()

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """All of all kinds."""
        return (*self.people, *self.groups, *self.on_calls)

    def recipient(self, recipient_id: str) -> Recipient | None:
        """Whoever has this id."""
        return next((each for each in self.recipients if each.id == recipient_id), None)

    def person(self, person_id: str) -> Person | None:
        """The person with this id."""
        return next((person for person in self.people if person.id == person_id), None)


def resolve(
    ids: Sequence[str],
    directory: Directory,
    now: datetime,
    default_zone: tzinfo,
    *,
    severity: Severity,
    opted_out: Collection[Address] = (),
    turn: int = 0,
) -> Resolution:
    """Whom `ids` stand for; no id means everybody.

    `turn` counts the times before: rotating groups begin one further each time. `default_zone` is the
    gateway's. `opted_out` are the addresses that have said STOP.

    As long as any person has an address that has not, somebody is told of what is critical, now. Of the rest
    nobody is told only if those who are meant want to hear of worse only.
    """
    look = _Look(now=now, zone=default_zone, severity=severity, opted_out=opted_out)
    names = _Names(directory=directory, look=look, turn=turn)
    everybody = [_Named(person, by_duty=False) for person in directory.people]
    meant = _each_once(names.expand(ids) if ids else everybody)
    chosen = _choose(meant, look, names.notes)
    standings = {look.standing(named) for named in meant}
    if not chosen and ResolutionReason.BELOW_MINIMUM not in standings and len(meant) < len(everybody):
        if ResolutionReason.OPTED_OUT in standings:
            names.note(ResolutionReason.ALL_OPTED_OUT)
        names.note(ResolutionReason.EVERYBODY)
        meant = _each_once([*meant, *everybody])
        chosen = _choose(meant, look, names.notes)
    return _resolution(chosen, _each_once([*meant, *names.passed_over]), look, names.notes)


class _Named(NamedTuple):
    """A person, and whether an on-call schedule says so: then shifts of their own do not matter."""

    person: Person
    by_duty: bool


# The better somebody's standing, the smaller; None can be told now.
_RANKS: Mapping[ResolutionReason | None, int] = {
    None: 0,
    ResolutionReason.QUIET: 1,
    ResolutionReason.OFF_DUTY: 2,
    ResolutionReason.BELOW_MINIMUM: 3,
    ResolutionReason.OPTED_OUT: 4,
    ResolutionReason.NO_ADDRESS: 5,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """How persons stand, at one moment, to a severity."""

    now: datetime
    zone: tzinfo
    severity: Severity
    opted_out: Collection[Address]
    _standings: dict[tuple[str, bool], ResolutionReason | None] = field(default_factory=dict)  # asked often

    def standing(self, named: _Named) -> ResolutionReason | None:
        """What speaks against telling them now."""
        key = (named.person.id, named.by_duty)
        if key not in self._standings:
            self._standings[key] = self._against(named)
        return self._standings[key]

    def rank(self, named: _Named) -> int:
        """The better the standing, the smaller."""
        return _RANKS[self.standing(named)]

    def can_be_told(self, named: _Named) -> bool:
        """There is an address that is open to us."""
        return self.standing(named) not in {ResolutionReason.OPTED_OUT, ResolutionReason.NO_ADDRESS}

    def held_until(self, person: Person) -> datetime | None:
        """The end of the person's quiet hours, None if they do not matter now."""
        if not self._is_quiet(person):
            return None
        return ends_at(person.quiet, self.now, self._zone_of(person))

    def _against(self, named: _Named) -> ResolutionReason | None:
        person, by_duty = named
        if not person.addresses:
            return ResolutionReason.NO_ADDRESS
        if all(address in self.opted_out for address in person.addresses):
            return ResolutionReason.OPTED_OUT
        if self.severity.rank < person.minimum_severity.rank:
            return ResolutionReason.BELOW_MINIMUM
        on_duty = by_duty or not person.shifts or is_within(person.shifts, self.now, self._zone_of(person))
        if not on_duty:
            return ResolutionReason.OFF_DUTY
        return ResolutionReason.QUIET if self._is_quiet(person) else None

    def _is_quiet(self, person: Person) -> bool:
        matters = self.severity.rank < person.quiet_below.rank
        return matters and is_within(person.quiet, self.now, self._zone_of(person))

    def _zone_of(self, person: Person) -> tzinfo:
        return person.time_zone or self.zone


@dataclass(slots=True, kw_only=True)
class _Names:
    """Turns names into persons, and keeps what there is to say about that."""

    directory: Directory
    look: _Look
    turn: int
    notes: dict[Note, None] = field(default_factory=dict)  # in order, each once
    passed_over: list[_Named] = field(default_factory=list)
    _known: dict[str, list[_Named]] = field(default_factory=dict)  # what is nested in many ways is done once

    def note(self, reason: ResolutionReason, recipient: str | None = None) -> None:
        self.notes[Note(reason=reason, recipient=recipient)] = None

    def expand(self, ids: Iterable[str], path: tuple[str, ...] = ()) -> list[_Named]:
        """The persons behind `ids`, in order; `path` are the names on the way to them."""
        return [named for recipient_id in ids for named in self._expand_one(recipient_id, path)]

    def _expand_one(self, recipient_id: str, path: tuple[str, ...]) -> list[_Named]:
        recipient = self.directory.recipient(recipient_id)
        if recipient is None:
            self.note(ResolutionReason.UNKNOWN_RECIPIENT, recipient_id)
            return []
        if isinstance(recipient, Person):
            return [_Named(recipient, by_duty=False)]
        if recipient_id in path or len(path) >= MAX_NESTING:
            too_deep = recipient_id not in path
            self.note(ResolutionReason.TOO_DEEP if too_deep else ResolutionReason.CYCLE, recipient_id)
            return []
        if recipient_id not in self._known:
            here = (*path, recipient_id)
            self._known[recipient_id] = _each_once(
                self._group(recipient, here)
                if isinstance(recipient, Group)
                else self._on_call(recipient, here)
            )
        return self._known[recipient_id]

    def _group(self, group: Group, path: tuple[str, ...]) -> list[_Named]:
        if not group.members:
            self.note(ResolutionReason.EMPTY_GROUP, group.id)
        if group.mode is GroupMode.ALL:
            return self.expand(group.members, path)
        first = self.turn % len(group.members) if group.members and group.mode is GroupMode.ROTATE else 0
        members = (*group.members[first:], *group.members[:first])
        return self._best([found for each in members if (found := self.expand([each], path))])

    def _best(self, members: list[list[_Named]]) -> list[_Named]:
        """The first of those who can be told best."""
        if not members:
            return []
        best = min(range(len(members)), key=lambda at: min(map(self.look.rank, members[at])))
        self.passed_over += [named for member in members[:best] for named in member]
        return members[best]

    def _on_call(self, schedule: OnCall, path: tuple[str, ...]) -> list[_Named]:
        duty = on_call(schedule, self.look.now, self.look.zone)
        on_duty = self._on_duty(duty)
        if on_duty is not None and self.look.can_be_told(on_duty):
            return [on_duty]
        self.passed_over += [on_duty] if on_duty else []
        fallback = self.expand([schedule.fallback] if schedule.fallback is not None else [], path)
        is_covered = any(map(self.look.can_be_told, fallback))
        if not (is_covered and duty.reason is DutyReason.OUT_OF_HOURS):  # that is as configured
            self.note(ResolutionReason.EMPTY_ON_CALL, schedule.id)
        if is_covered:
            return fallback
        self.note(ResolutionReason.EVERYBODY, schedule.id)
        return [_Named(person, by_duty=False) for person in self.directory.people]

    def _on_duty(self, duty: Duty) -> _Named | None:
        if duty.person is None:
            return None
        person = self.directory.person(duty.person)
        if person is None:
            self.note(ResolutionReason.UNKNOWN_RECIPIENT, duty.person)
            return None
        return _Named(person, by_duty=True)


def _each_once(meant: Iterable[_Named]) -> list[_Named]:
    """Each person once, where they are named first; on duty if any name says so."""
    found: dict[str, _Named] = {}
    for person, by_duty in meant:
        known = found.get(person.id)
        found[person.id] = _Named(person, by_duty=by_duty or (known is not None and known.by_duty))
    return list(found.values())


def _choose(meant: Sequence[_Named], look: _Look, notes: dict[Note, None]) -> list[_Named]:
    """Those of `meant` who are told, now or later."""
    on_duty = [named for named in meant if look.standing(named) in {None, ResolutionReason.QUIET}]
    off_duty = [named for named in meant if look.standing(named) is ResolutionReason.OFF_DUTY]
    if off_duty and not on_duty:
        notes[Note(reason=ResolutionReason.OFF_DUTY)] = None
    return on_duty or off_duty


def _resolution(
    chosen: Sequence[_Named], considered: Sequence[_Named], look: _Look, notes: dict[Note, None]
) -> Resolution:
    """Whom of the chosen to tell now, and what to say about the others."""
    ids = {named.person.id for named in chosen}
    held = {person.id: until for person, _ in chosen if (until := look.held_until(person)) is not None}
    skipped = {
        person.id: Skipped(person=person, reason=reason)
        for person, by_duty in considered
        if person.id not in ids and (reason := look.standing(_Named(person, by_duty))) is not None
    }
    reasons = {each.reason for each in skipped.values()}
    if not ids:
        below = ResolutionReason.BELOW_MINIMUM
        notes[Note(reason=below if below in reasons else ResolutionReason.NOBODY)] = None
    elif len(held) == len(ids):
        notes[Note(reason=ResolutionReason.QUIET)] = None
    return Resolution(
        persons=tuple(named.person for named in chosen if named.person.id not in held),
        held=tuple(Held(person=person, until=held[person.id]) for person, _ in chosen if person.id in held),
        skipped=tuple(skipped.values()),
        notes=tuple(notes),
    )
