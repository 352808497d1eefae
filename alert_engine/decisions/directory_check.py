"""What makes no sense among people, groups and on-call schedules, in words for whoever wrote it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.model import Group, Person

from .directory import MAX_NESTING
from .schedule import LONGEST_STRETCH, ends_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from alert_engine.model import OnCall, Recipient

    from .directory import Directory

# Quiet hours are a matter of weekdays: any moment shows whether they ever end, in a zone that never jumps.
_ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)

_DAY = timedelta(days=1)

Path = tuple[str | int, ...]


class ProblemReason(StrEnum):
    """What is wrong."""

    DUPLICATE_ID = "duplicate_id"
    NO_ADDRESS = "no_address"
    ALWAYS_QUIET = "always_quiet"
    EMPTY_GROUP = "empty_group"
    EMPTY_ROTATION = "empty_rotation"
    UNKNOWN_RECIPIENT = "unknown_recipient"
    NOT_A_PERSON = "not_a_person"
    NOT_WHOLE_DAYS = "not_whole_days"
    ENDS_BEFORE_START = "ends_before_start"
    CYCLE = "cycle"
    TOO_DEEP = "too_deep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, and where."""

    path: Path  # in the directory, for example ``("groups", 0, "members", 2)``
    reason: ProblemReason
    text: str  # what is wrong and what to do
    values: Mapping[str, str] = field(default_factory=dict)  # what a text about the reason quotes


def validate(directory: Directory) -> list[Problem]:
    """All problems; where there is none, `resolve` does what the names say."""
    return [
        *_duplicates(directory),
        *_people(directory),
        *_groups(directory),
        *_on_calls(directory),
        *_nesting(directory),
    ]


def _entries(directory: Directory) -> Iterator[tuple[Path, Recipient]]:
    """Every recipient and where it is."""
    yield from ((("people", at), person) for at, person in enumerate(directory.people))
    yield from ((("groups", at), group) for at, group in enumerate(directory.groups))
    yield from ((("on_calls", at), schedule) for at, schedule in enumerate(directory.on_calls))


def _duplicates(directory: Directory) -> Iterator[Problem]:
    seen: set[str] = set()
    for path, recipient in _entries(directory):
        if recipient.id in seen:
            yield Problem(
                path=(*path, "id"),
                reason=ProblemReason.DUPLICATE_ID,
                text=f"{recipient.id} is there already: give each person, group and schedule its own",
            )
        seen.add(recipient.id)


def _people(directory: Directory) -> Iterator[Problem]:
    for at, person in enumerate(directory.people):
        if not person.addresses:
            yield Problem(
                path=("people", at, "addresses"),
                reason=ProblemReason.NO_ADDRESS,
                text=f"{person.id} has no address and cannot be told anything: add one",
            )
        if ends_at(person.quiet, _ANY_MOMENT, UTC) - _ANY_MOMENT >= LONGEST_STRETCH:
            yield Problem(
                path=("people", at, "quiet"),
                reason=ProblemReason.ALWAYS_QUIET,
                text=f"the quiet hours of {person.id} fill the whole week: leave a time for the digest",
            )


def _groups(directory: Directory) -> Iterator[Problem]:
    for at, group in enumerate(directory.groups):
        path = ("groups", at, "members")
        if not group.members:
            yield Problem(
                path=path,
                reason=ProblemReason.EMPTY_GROUP,
                text=f"{group.id} has no members: add one, or remove the group",
            )
        for number, member in enumerate(group.members):
            if directory.recipient(member) is None:
                yield _unknown((*path, number), member)


def _on_calls(directory: Directory) -> Iterator[Problem]:
    for at, schedule in enumerate(directory.on_calls):
        path = ("on_calls", at)
        yield from _turns(schedule, path)
        yield from _substitutions(schedule, path)
        named = [(("rotation", number), person) for number, person in enumerate(schedule.rotation)]
        stand_ins = enumerate(schedule.substitutions)
        named += [(("substitutions", number), each.person) for number, each in stand_ins]
        for place, person_id in named:
            yield from _not_a_person(directory, (*path, *place), person_id)
        if schedule.fallback is not None and directory.recipient(schedule.fallback) is None:
            yield _unknown((*path, "fallback"), schedule.fallback)


def _turns(schedule: OnCall, path: Path) -> Iterator[Problem]:
    if not schedule.rotation:
        yield Problem(
            path=(*path, "rotation"),
            reason=ProblemReason.EMPTY_ROTATION,
            text=f"nobody takes turns in {schedule.id}: add a person",
        )
    if schedule.turn < _DAY or schedule.turn % _DAY:
        yield Problem(
            path=(*path, "turn"),
            reason=ProblemReason.NOT_WHOLE_DAYS,
            text=f"a turn of {schedule.id} must last one or more whole days",
        )


def _substitutions(schedule: OnCall, path: Path) -> Iterator[Problem]:
    for number, each in enumerate(schedule.substitutions):
        if each.end <= each.start:
            yield Problem(
                path=(*path, "substitutions", number, "end"),
                reason=ProblemReason.ENDS_BEFORE_START,
                text=f"{each.person} would stand in until before it begins: correct the end",
                values={"person": each.person},
            )


def _not_a_person(directory: Directory, path: Path, person_id: str) -> Iterator[Problem]:
    if directory.person(person_id) is not None:
        return
    if directory.recipient(person_id) is None:
        yield _unknown(path, person_id)
        return
    yield Problem(
        path=path,
        reason=ProblemReason.NOT_A_PERSON,
        text=f"{person_id} is not a person: only persons are on call",
    )


def _unknown(path: Path, recipient_id: str) -> Problem:
    return Problem(
        path=path,
        reason=ProblemReason.UNKNOWN_RECIPIENT,
        text=f"nobody is called {recipient_id}: correct it, or add a person, group or on-call schedule",
    )


def _nesting(directory: Directory) -> Iterator[Problem]:
    """Each cycle once; where there is none, what is nested too deep."""
    places = {recipient.id: path for path, recipient in _first_entries(directory)}
    nested = {
        recipient.id: _inner(recipient)
        for _, recipient in _first_entries(directory)
        if not isinstance(recipient, Person)
    }
    cycles: set[frozenset[str]] = set()
    for start, inner in nested.items():
        way = _way_back(start, nested)
        if way and frozenset(way) not in cycles:
            cycles.add(frozenset(way))
            yield Problem(
                path=_place(places[start], inner, way[1]),
                reason=ProblemReason.CYCLE,
                text=f"{' > '.join(way)}: nothing can hold itself, take one of them out",
                values={"way": " > ".join(way)},
            )
    for start in nested if not cycles else ():
        if _is_too_deep(start, nested):
            yield Problem(
                path=places[start],
                reason=ProblemReason.TOO_DEEP,
                text=f"{start} holds groups within groups deeper than {MAX_NESTING}: make it flatter",
            )


def _first_entries(directory: Directory) -> Iterator[tuple[Path, Recipient]]:
    """Without those whose id is there already."""
    return (entry for entry in _entries(directory) if directory.recipient(entry[1].id) is entry[1])


def _inner(recipient: Group | OnCall) -> tuple[str, ...]:
    """The names that it stands for, apart from the persons who take turns."""
    if isinstance(recipient, Group):
        return recipient.members
    return (recipient.fallback,) if recipient.fallback is not None else ()


def _place(path: Path, inner: Sequence[str], name: str) -> Path:
    return (*path, "members", inner.index(name)) if path[0] == "groups" else (*path, "fallback")


def _way_back(start: str, nested: Mapping[str, Sequence[str]]) -> list[str]:
    """The shortest way from `start` through what is nested back to `start`; empty if there is none."""
    came_from: dict[str, str] = {}
    todo = deque([start])
    while todo:
        name = todo.popleft()
        for inner in nested.get(name, ()):
            if inner not in came_from:
                came_from[inner] = name
                todo.append(inner)
    if start not in came_from:
        return []
    way = [start, came_from[start]]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return way[::-1]


def _is_too_deep(start: str, nested: Mapping[str, Sequence[str]]) -> bool:
    level = {start}
    for _ in range(MAX_NESTING):
        level = {inner for name in level for inner in nested[name] if inner in nested}
    return bool(level)
