"""Signs of life: taken, missed, and come back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.heartbeat import Expectation, HeartbeatState, judge
from alert_engine.journal.tables.heartbeats import HeartbeatRecord
from alert_engine.model import AlarmClear, AlarmRaise, AlarmResult, Severity, Verdict

from .alarms import clear, raise_alarm

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.journal.transaction import Transaction
    from alert_engine.model import Heartbeat
    from alert_engine.settings import EngineSettings
    from alert_engine.supervision.settings import HeartbeatSettings
    from alert_engine.work import Work

# Where a source announces its own heartbeat and says nothing of grace.
DEFAULT_GRACE = timedelta(minutes=1)
# A second is the smallest promise that a loaded machine can keep.
_SHORTEST_PERIOD = timedelta(seconds=1)
# Sources may announce heartbeats; so many, and a source gone wild cannot fill the journal.
MAX_ANNOUNCED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatStanding:
    """How one heartbeat stands, for people."""

    source: str
    key: str
    state: HeartbeatState
    period: timedelta
    grace: timedelta
    last_at: datetime | None
    never_seen: bool  # it is awaited for a day, and never came


def beat(work: Work, heartbeat: Heartbeat) -> AlarmResult:
    """Take a sign of life. UNKNOWN: nobody watches this key, so nobody will miss it.

    A source may announce a heartbeat of its own by naming a period, and end it with a period of zero. What is
    configured stays as configured.
    """
    known = work.tx.heartbeats.get(heartbeat.source, heartbeat.key)
    if known is None or not known.is_configured:
        if heartbeat.period == timedelta(0):
            return _end(work, known)
        known = _announced(work, heartbeat, known)
        if known is None:
            return AlarmResult(verdict=Verdict.UNKNOWN, alarms=())
    alive = replace(known, counts_from=work.now, last_at=work.now, is_missed=False)
    dated = _dated(alive, work.now)
    work.tx.heartbeats.put(dated)
    work.expect(dated.due_at)
    return _clear(work, known) if known.is_missed else AlarmResult(verdict=Verdict.APPLIED, alarms=())


def watch(work: Work) -> None:
    """Wait for what is configured, and no more for what is not."""
    wanted = {(each.source, each.key): each for each in work.settings.heartbeats}
    for known in work.tx.heartbeats.every():
        configured = wanted.pop((known.source, known.key), None)
        if configured is not None:
            _adopt(work, known, configured)
        elif known.is_configured:
            _end(work, known)
    for each in wanted.values():
        work.tx.heartbeats.put(
            HeartbeatRecord(
                source=each.source,
                key=each.key,
                period=each.period,
                grace=each.grace,
                is_configured=True,
                known_since=work.now,
            )
        )


def resume(work: Work) -> None:
    """The gateway was away and heard nobody: all have their full time from now on."""
    for known in work.tx.heartbeats.every():
        if known.counts_from is not None and not known.is_missed:
            work.tx.heartbeats.put(_dated(replace(known, counts_from=work.now), work.now))


def miss_overdue(work: Work, limit: int) -> int:
    """Raise an alarm for each that did not come in time; how many that were."""
    missed = work.tx.heartbeats.due(work.now, limit)
    for known in missed:
        work.tx.heartbeats.put(replace(known, is_missed=True, due_at=None))
        configured = _configured(work.settings, known)
        raise_alarm(
            work,
            AlarmRaise(
                source=known.source,
                key=alarm_key(known.key),
                severity=configured.severity if configured else Severity.HIGH,
                title=(configured.title if configured else "") or f"no sign of life: {known.key}",
                text=_since(known),
                policy=configured.policy if configured else None,
            ),
        )
    return len(missed)


def follow_clock(work: Work, jump: timedelta) -> None:
    """The wall clock jumped: whoever has a minute left has a minute left."""
    for known in work.tx.heartbeats.every():
        if known.counts_from is not None:
            moved = replace(
                known,
                counts_from=known.counts_from + jump,
                due_at=None if known.due_at is None else known.due_at + jump,
            )
            work.tx.heartbeats.put(moved)


def standings(tx: Transaction, now: datetime) -> tuple[HeartbeatStanding, ...]:
    """How all of them stand."""
    return tuple(_standing(known, now) for known in tx.heartbeats.every())


def alarm_key(key: str) -> str:
    """The key of the alarm about a heartbeat."""
    return f"hb/{key}"


def _standing(known: HeartbeatRecord, now: datetime) -> HeartbeatStanding:
    pulse = judge(_expectation(known), now)
    return HeartbeatStanding(
        source=known.source,
        key=known.key,
        state=HeartbeatState.MISSED if known.is_missed else pulse.state,
        period=known.period,
        grace=known.grace,
        last_at=known.last_at,
        never_seen=pulse.never_seen,
    )


def _adopt(work: Work, known: HeartbeatRecord, configured: HeartbeatSettings) -> None:
    """Wait for it as configured now; one that is missed stays so until it comes."""
    adopted = replace(known, period=configured.period, grace=configured.grace, is_configured=True)
    if not known.is_missed:
        adopted = _dated(adopted, work.now)
    if adopted != known:
        work.tx.heartbeats.put(adopted)
        work.expect(adopted.due_at)


def _announced(work: Work, heartbeat: Heartbeat, known: HeartbeatRecord | None) -> HeartbeatRecord | None:
    """What the source says of its own heartbeat, or said before; None: nobody ever did."""
    period = heartbeat.period
    if known is not None:
        return replace(
            known,
            period=known.period if period is None else max(period, _SHORTEST_PERIOD),
            grace=known.grace if heartbeat.grace is None else heartbeat.grace,
        )
    if period is None or work.tx.heartbeats.count() >= MAX_ANNOUNCED:
        return None
    return HeartbeatRecord(
        source=heartbeat.source,
        key=heartbeat.key,
        period=max(period, _SHORTEST_PERIOD),
        grace=DEFAULT_GRACE if heartbeat.grace is None else heartbeat.grace,
        is_configured=False,
        known_since=work.now,
    )


def _end(work: Work, known: HeartbeatRecord | None) -> AlarmResult:
    if known is None:
        return AlarmResult(verdict=Verdict.UNKNOWN, alarms=())
    work.tx.heartbeats.remove(known.source, known.key)
    return _clear(work, known) if known.is_missed else AlarmResult(verdict=Verdict.APPLIED, alarms=())


def _clear(work: Work, known: HeartbeatRecord) -> AlarmResult:
    result = clear(work, AlarmClear(source=known.source, key=alarm_key(known.key)))
    return replace(result, verdict=Verdict.APPLIED)


def _dated(known: HeartbeatRecord, now: datetime) -> HeartbeatRecord:
    """With the moment when it is missed; at once, if that has passed."""
    return replace(known, due_at=judge(_expectation(known), now).missed_at)


def _expectation(known: HeartbeatRecord) -> Expectation:
    return Expectation(
        period=known.period,
        grace=known.grace,
        known_since=known.known_since,
        counts_from=known.counts_from,
    )


def _configured(settings: EngineSettings, known: HeartbeatRecord) -> HeartbeatSettings | None:
    wanted = (known.source, known.key)
    return next((each for each in settings.heartbeats if (each.source, each.key) == wanted), None)


def _since(known: HeartbeatRecord) -> str:
    every = f"It should come every {known.period.total_seconds():g} s"
    if known.last_at is None:
        return every
    return f"{every}, and last came {known.last_at:%Y-%m-%d %H:%M:%S} UTC"
