"""What is wrong with people, groups and on-call schedules: met while somebody was to be told of an alarm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alert_engine.model import Severity

from .directory import ResolutionReason
from .supervision_alarms import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from alert_engine.model import Group, OnCall, Policy

    from .directory import Note

KEY = "people/"
NOBODY_KEY = f"{KEY}nobody"
_EVERYBODY = "everybody"

# Notes about a name; the others that matter are about all together.
_OF_A_NAME: Mapping[ResolutionReason, tuple[str, str]] = {
    ResolutionReason.UNKNOWN_RECIPIENT: (
        "recipient {name} does not exist",
        "an alarm was for it, and the others were told: correct the policy, group or schedule that names it",
    ),
    ResolutionReason.CYCLE: (
        "group {name} holds itself",
        "its other members were told: take it out of the groups that it holds",
    ),
    ResolutionReason.TOO_DEEP: (
        "group {name} is nested too deep",
        "it was left out there: name its members directly",
    ),
    ResolutionReason.EMPTY_GROUP: (
        "group {name} is empty",
        "an alarm was for it: give it members, or take it out of the policy",
    ),
    ResolutionReason.EMPTY_ON_CALL: (
        "nobody is on call for {name}",
        "an alarm went to the fallback instead: look at the schedule, and whether that person can be told",
    ),
}
_OF_ALL: Mapping[ResolutionReason, tuple[str, str]] = {
    ResolutionReason.ALL_OPTED_OUT: (
        "all of {name} want no messages",
        "they wrote STOP, and everybody else is told instead: they can undo it with START, or name others",
    ),
    ResolutionReason.NOBODY: (
        "nobody can be told of an alarm",
        "no person has an address that is open to us: give people addresses, and look at the open alarms",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that was met."""

    key: str  # of its alarm
    reason: ResolutionReason
    names: tuple[str, ...]  # recipients to look at again; none: everybody

    @property
    def fault(self) -> Fault:
        """In words for people."""
        title, text = {**_OF_A_NAME, **_OF_ALL}[self.reason]
        name = " and ".join(self.names) or _EVERYBODY
        return Fault(severity=Severity.HIGH, title=title.format(name=name), text=text)


def troubles(notes: Iterable[Note], names: Sequence[str]) -> Iterator[Trouble]:
    """What is wrong, by the notes of a resolution of `names`."""
    for note in notes:
        if note.reason in _OF_A_NAME and note.recipient is not None:
            key = f"{KEY}{note.recipient}"
            yield Trouble(key=key, reason=note.reason, names=(note.recipient,))
        elif note.reason is ResolutionReason.NOBODY:
            yield nobody(names)
        elif note.reason in _OF_ALL:
            key = f"{KEY}{'+'.join(names) or _EVERYBODY}"
            yield Trouble(key=key, reason=note.reason, names=tuple(names))


def nobody(names: Sequence[str]) -> Trouble:
    """An alarm was for these, and not one of anybody could be told."""
    return Trouble(key=NOBODY_KEY, reason=ResolutionReason.NOBODY, names=tuple(names))


def lasts(trouble: Trouble, notes: Iterable[Note], in_use: frozenset[str]) -> bool:
    """It is still so, by the notes of a new resolution. A name that nobody uses is not missed."""
    if trouble.names and in_use.isdisjoint(trouble.names):
        return False
    about = {None, *trouble.names}
    return any(note.reason is trouble.reason and note.recipient in about for note in notes)


def names_in_use(
    policies: Iterable[Policy], groups: Iterable[Group], on_calls: Iterable[OnCall]
) -> frozenset[str]:
    """Every name by which somebody may be told."""
    return frozenset(
        (
            *(name for policy in policies for step in policy.steps for name in step.notify),
            *(member for group in groups for member in group.members),
            *(name for each in on_calls for name in (*each.rotation, each.fallback) if name is not None),
            *(stand_in.person for each in on_calls for stand_in in each.substitutions),
        )
    )
