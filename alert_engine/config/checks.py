"""One part of the configuration against another: what cannot work is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.decisions.directory_check import ProblemReason, validate
from alert_engine.errors import ConfigReason

from .shapes import error_at

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from alert_engine.decisions.directory import Directory
    from alert_engine.decisions.directory_check import Problem

    from .shapes import ConfigPath

# Where the words of the file differ from those of the directory.
_KEYS = {"on_calls": "on_call", "end": "to"}

_REASONS = {
    ProblemReason.CYCLE: ConfigReason.CYCLE,
    ProblemReason.ENDS_BEFORE_START: ConfigReason.END_BEFORE_START,
    ProblemReason.TOO_DEEP: ConfigReason.TOO_DEEP,
}

# Everybody is still told, only not as somebody may have thought: that is for `advice`.
_BEARABLE = frozenset({ProblemReason.ALWAYS_QUIET, ProblemReason.EMPTY_GROUP})


def refuse_problems(directory: Directory) -> None:
    """Raise ConfigError at the first thing among people, groups and schedules that cannot work."""
    for problem in validate(directory):
        if problem.reason not in _BEARABLE:
            reason = _REASONS.get(problem.reason)
            raise error_at(path_of(problem), problem.text, reason, **problem.values)


def bearable_problems(directory: Directory) -> Iterator[Problem]:
    """What is odd among them, and works."""
    return (problem for problem in validate(directory) if problem.reason in _BEARABLE)


def path_of(problem: Problem) -> ConfigPath:
    """Its place in the file."""
    return tuple(_KEYS.get(step, step) if isinstance(step, str) else step for step in problem.path)


def refuse_unknown_routes(names: Iterable[str], routes: Collection[str], path: ConfigPath) -> None:
    """Raise ConfigError if something is said of a route that there is not."""
    for name in names:
        if name not in routes:
            there = ", ".join(sorted(routes)) or "none"
            raise error_at((*path, name), f"there is no such route; there are: {there}")
