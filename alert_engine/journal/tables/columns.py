"""How values lie in columns."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, overload

from alert_engine.model import AcknowledgeBy, Channel, Policy, Proof, Step, Until

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping


@overload
def from_time(value: datetime) -> str: ...
@overload
def from_time(value: datetime | None) -> str | None: ...
def from_time(value: datetime | None) -> str | None:
    """UTC with six decimals, always: text that sorts by time."""
    return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")


def to_time(value: str) -> datetime:
    """The inverse of `from_time`."""
    return datetime.fromisoformat(value)


def to_optional_time(value: str | None) -> datetime | None:
    """The inverse of `from_time`, for a column that may be empty."""
    return None if value is None else datetime.fromisoformat(value)


def from_policy(policy: Policy) -> str:
    """The snapshot that an alarm keeps."""
    return json.dumps(
        {
            "name": policy.name,
            "latch": policy.latch,
            "hold": from_duration(policy.hold),
            "rounds": policy.rounds,
            "round_every": from_duration(policy.round_every),
            "until": policy.until,
            "proof": policy.proof,
            "fallback_after": from_duration(policy.fallback_after),
            "acknowledge_by": policy.acknowledge_by,
            "remind_every": from_duration(policy.remind_every),
            "digest_within": from_duration(policy.digest_within),
            "reopen_within": from_duration(policy.reopen_within),
            "steps": [
                {
                    "after": from_duration(step.after),
                    "notify": step.notify,
                    "channels": step.channels,
                    "repeat": step.repeat,
                    "every": from_duration(step.every),
                }
                for step in policy.steps
            ],
        }
    )


@lru_cache(maxsize=256)
def to_policy(text: str) -> Policy:
    """The inverse of `from_policy`. What an older release did not know has its default.

    Read once: a thousand open alarms have a handful of policies, and nothing in one can be changed.
    """
    data = json.loads(text)
    known = {name: read(data[name]) for name, read in _READ_POLICY.items() if data.get(name) is not None}
    return Policy(name=data["name"], steps=tuple(_step(step) for step in data["steps"]), **known)


def _step(data: Mapping[str, Any]) -> Step:
    return Step(
        after=timedelta(seconds=data["after"]),
        notify=tuple(data["notify"]),
        channels=tuple(Channel(channel) for channel in data["channels"]),
        repeat=data["repeat"],
        every=to_duration(data["every"]),
    )


def insert(
    connection: sqlite3.Connection, table: str, values: Mapping[str, Any], *, verb: str = "INSERT"
) -> None:
    """Write a new row. `table`, `verb` and all names are ours, never from outside."""
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    statement = f"{verb} INTO {table} ({names}) VALUES ({marks})"
    connection.execute(statement, _storable(values))


def update(
    connection: sqlite3.Connection, table: str, values: Mapping[str, Any], key: Mapping[str, Any]
) -> None:
    """Change the row with this key. `table` and all names are ours, never from outside."""
    changes = ", ".join(f"{name} = ?" for name in values)
    where = " AND ".join(f"{name} = ?" for name in key)
    statement = f"UPDATE {table} SET {changes} WHERE {where}"  # noqa: S608 - no name comes from outside
    connection.execute(statement, _storable(values) + _storable(key))


def _storable(values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Half characters (lone surrogates, which JSON can write) become "?": no alarm is lost for them."""
    return tuple(
        value.encode("utf-8", "replace").decode() if isinstance(value, str) and not value.isascii() else value
        for value in values.values()
    )


def from_duration(value: timedelta | None) -> float | None:
    """Seconds."""
    return None if value is None else value.total_seconds()


def to_duration(value: float | None) -> timedelta | None:
    """The inverse of `from_duration`."""
    return None if value is None else timedelta(seconds=value)


_READ_POLICY: Mapping[str, Callable[[Any], Any]] = {
    "latch": bool,
    "hold": to_duration,
    "rounds": int,
    "round_every": to_duration,
    "until": Until,
    "proof": Proof,
    "fallback_after": to_duration,
    "acknowledge_by": AcknowledgeBy,
    "remind_every": to_duration,
    "digest_within": to_duration,
    "reopen_within": to_duration,
}
