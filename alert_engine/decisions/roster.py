"""Whom each name stands for now and how long that holds; how each person stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.model import (
    Address,
    Group,
    GroupMode,
    HeldUntil,
    NameKind,
    NameNow,
    OnCall,
    Person,
    PersonNow,
    Severity,
)

from .directory import Directory, Resolution, resolve
from .schedule import is_within, next_change, next_duty, on_call

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime, tzinfo

# How far and how often is looked for the moment at which others would be told.
LOOK_AHEAD = timedelta(days=7)
_MOST_LOOKS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the answers depend on."""

    directory: Directory
    zone: tzinfo  # the gateway's
    severity: Severity
    opted_out: Collection[Address] = field(default=(), repr=False)

    def resolve(self, recipient_id: str, now: datetime, turn: int = 0) -> Resolution:
        """Whom a name stands for then."""
        return resolve(
            (recipient_id,),
            self.directory,
            now,
            self.zone,
            severity=self.severity,
            opted_out=self.opted_out,
            turn=turn,
        )


def name_now(view: View, named: Group | OnCall, now: datetime) -> NameNow:
    """Whom a group or an on-call schedule stands for."""
    is_group = isinstance(named, Group)
    found = view.resolve(named.id, now)
    duty = None if isinstance(named, Group) else on_call(named, now, view.zone)
    following = None if isinstance(named, Group) else next_duty(named, now, view.zone)
    return NameNow(
        id=named.id,
        name=named.name,
        kind=NameKind.GROUP if is_group else NameKind.ON_CALL,
        mode=named.mode if isinstance(named, Group) else None,
        reached=_reached(view, named, now),
        held=tuple(HeldUntil(person=held.person.id, until=held.until) for held in found.held),
        notes=tuple(dict.fromkeys(note.reason.value for note in found.notes)),
        until=_holds_until(view, named, now),
        on_duty=None if duty is None else duty.person,
        duty_reason=None if duty is None else duty.reason.value,
        duty_until=None if duty is None else duty.until,
        next_on_duty=None if following is None else following.person,
    )


def person_now(view: View, person: Person, now: datetime, *, locked_out_until: datetime | None) -> PersonNow:
    """How a person stands."""
    zone = person.time_zone or view.zone
    alone = resolve(
        (person.id,),
        Directory(people=(person,)),
        now,
        view.zone,
        severity=view.severity,
        opted_out=view.opted_out,
    )
    on_shift = not person.shifts or is_within(person.shifts, now, zone)
    against = next((note.reason.value for note in alone.notes), None)
    skipped = next((each.reason.value for each in alone.skipped), None)
    return PersonNow(
        id=person.id,
        name=person.name,
        reached=bool(alone.persons) and on_shift,
        against=skipped or against,
        is_quiet=is_within(person.quiet, now, zone),
        is_on_shift=on_shift,
        changes_at=_change_of(person, now, view.zone),
        on_call=tuple(
            each.id for each in view.directory.on_calls if on_call(each, now, view.zone).person == person.id
        ),
        opted_out=bool(person.addresses) and all(each in view.opted_out for each in person.addresses),
        locked_out_until=locked_out_until,
    )


def _reached(view: View, named: Group | OnCall, now: datetime) -> tuple[str, ...]:
    """Who would be told at once; of a group that rotates, all to whom it may come."""
    rotates = isinstance(named, Group) and named.mode is GroupMode.ROTATE
    turns = range(max(1, len(named.members))) if rotates and isinstance(named, Group) else range(1)
    found = (person.id for turn in turns for person in view.resolve(named.id, now, turn).persons)
    return tuple(dict.fromkeys(found))


def _holds_until(view: View, named: Group | OnCall, now: datetime) -> datetime | None:
    """When others would be told."""
    reached, moment = _reached(view, named, now), now
    involved = tuple(_involved(view.directory, named.id, set()))
    for _ in range(_MOST_LOOKS):
        changes = [change for each in involved if (change := _change_of(each, moment, view.zone)) is not None]
        if not changes or (moment := min(changes)) - now > LOOK_AHEAD:
            return None
        if _reached(view, named, moment) != reached:
            return moment
    return moment


def _change_of(each: Person | OnCall, now: datetime, zone: tzinfo) -> datetime | None:
    """When the next thing begins or ends of a person or schedule."""
    if isinstance(each, OnCall):
        return on_call(each, now, zone).until
    there = each.time_zone or zone
    changes = (next_change(periods, now, there) for periods in (each.quiet, each.shifts))
    return min((change for change in changes if change is not None), default=None)


def _involved(directory: Directory, recipient_id: str, seen: set[str]) -> Iterator[Person | OnCall]:
    """All persons and schedules that this name may ever depend on."""
    found = directory.recipient(recipient_id)
    if found is None or recipient_id in seen:
        return
    seen.add(recipient_id)
    if isinstance(found, Person):
        yield found
        return
    if isinstance(found, OnCall):
        yield found
        names = (
            *found.rotation,
            *(each.person for each in found.substitutions),
            # Without a fallback everybody is told while nobody is on call.
            *([found.fallback] if found.fallback is not None else (each.id for each in directory.people)),
        )
    else:
        names = found.members
    for name in names:
        yield from _involved(directory, name, seen)
