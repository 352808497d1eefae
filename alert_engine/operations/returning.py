"""The gateway was away for long, or its journal was put back or mended: one message, instead of old ones.

Whatever waited is too old to be sent: it would be taken for news. What was open is named once, and is silent
for a while, so that its sources and people can say how it stands.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.alarm_events import Effect, Shelve
from alert_engine.decisions.alarm_machine import apply
from alert_engine.decisions.ordering import MAX_CLOCK_LEAD
from alert_engine.decisions.supervision_alarms import SOURCE
from alert_engine.journal.salvage import SALVAGED
from alert_engine.journal.snapshot import PUT_BACK
from alert_engine.journal.tables.columns import from_time
from alert_engine.model import AlarmRaise, AlarmState, MessageState, Policy, Severity, Step

from .alarms import raise_alarm
from .effects import withdraw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alert_engine.journal.transaction import Transaction
    from alert_engine.model import Alarm
    from alert_engine.work import Work

# The note that tells until when the gateway was there; renewed every hour.
_ALIVE = "alive"

# Longer, and people have looked for themselves; shorter than any night's power cut that is worth a message.
AWAY = timedelta(hours=6)

# How long open alarms are silent after that. A critical one that nobody takes is loud again then.
_SILENT_FOR = timedelta(hours=1)

# The message has said it; nobody has to do anything about it.
_LIFE = timedelta(days=1)
_ONCE = Policy(name="once", steps=(Step(after=timedelta(0), notify=()),))
_MAX_NAMED = 5
_DAMAGED = "journal/damaged"
_UNKNOWN = "an unknown time"


def note_alive(work: Work) -> None:
    """The gateway is there. A clock that begins each life in the past does not set it back."""
    known = _last_seen(work.tx)
    if known is None or known < work.now:
        work.tx.notes.put(_ALIVE, (from_time(work.now),))


def follow_clock(work: Work) -> None:
    """The clock was set: from now on it is right."""
    work.tx.notes.put(_ALIVE, (from_time(work.now),))


def is_clock_behind(tx: Transaction, now: datetime) -> bool:
    """The clock shows less than it did when the gateway was last there: it cannot be right."""
    last = _last_seen(tx)
    return last is not None and last - now > MAX_CLOCK_LEAD


def come_back(work: Work) -> None:
    """At start, after what was in flight is settled."""
    last = _last_seen(work.tx)
    is_put_back = bool(work.tx.notes.get(PUT_BACK))
    if is_put_back or (last is not None and work.now - last > AWAY):
        _begin_anew(work, last)
    _tell_of_salvage(work)
    work.tx.notes.put(PUT_BACK, ())
    work.tx.notes.put(SALVAGED, ())
    note_alive(work)


def tell_of_damage(work: Work) -> None:
    """The file was found broken while the gateway runs."""
    raise_alarm(
        work,
        AlarmRaise(
            source=SOURCE,
            key=_DAMAGED,
            severity=Severity.HIGH,
            title="the journal is damaged",
            text="start the gateway again: it saves what can be read. Check the disk",
            policy=work.settings.supervision.policy,
            ttl=_LIFE,
        ),
    )


def _last_seen(tx: Transaction) -> datetime | None:
    words = tx.notes.get(_ALIVE)
    return datetime.fromisoformat(words[0]) if words else None


def _begin_anew(work: Work, last: datetime | None) -> None:
    _expire_waiting(work)
    work.tx.held.remove(work.tx.held.all())
    still_open = [alarm for alarm in work.tx.alarms.all_open() if alarm.source != SOURCE]
    for alarm in still_open:
        _silence(work, alarm)
    if still_open:
        _tell_of_open(work, still_open, last)


def _expire_waiting(work: Work) -> None:
    """All that waited, but what was planned for a time to come."""
    for state in (MessageState.QUEUED, MessageState.IN_DOUBT):
        for entry in tuple(work.tx.messages.in_state(state)):
            if entry.message.attempts or entry.message.due_at <= work.now:
                reason = "the gateway was away when it was to be sent"
                work.save(entry, entry.changed(state=MessageState.EXPIRED, reason=reason))


def _silence(work: Work, alarm: Alarm) -> None:
    """Whoever has taken it knows of it; the others hear of it in the one message."""
    if alarm.state is AlarmState.ACKED or alarm.is_silenced:
        return
    shelved = apply(alarm, Shelve(by=SOURCE, until=work.now + _SILENT_FOR), work.now)
    work.tx.alarms.save(shelved.alarm)
    if Effect.WITHDRAW in shelved.effects:
        withdraw(work, shelved.alarm)


def _tell_of_open(work: Work, still_open: Sequence[Alarm], last: datetime | None) -> None:
    named = ", ".join(f"{alarm.code} {alarm.title or alarm.key}" for alarm in still_open[:_MAX_NAMED])
    more = f" and {len(still_open) - _MAX_NAMED} more" if len(still_open) > _MAX_NAMED else ""
    since = last.astimezone(work.settings.time_zone).strftime("%d %b %H:%M") if last else _UNKNOWN
    raise_alarm(
        work,
        AlarmRaise(
            source=SOURCE,
            key="journal/restored",
            severity=max((alarm.severity for alarm in still_open), key=lambda severity: severity.rank),
            title=f"restored, {len(still_open)} open from {since}",
            text=f"{named}{more}. What waited to be sent then was not sent",
            ttl=_LIFE,
        ),
        policy=_ONCE,
    )


def _tell_of_salvage(work: Work) -> None:
    words = work.tx.notes.get(SALVAGED)
    if not words:
        return
    saved, found, kept_as = words
    if found:
        extent = f"{saved} of {found} saved"
    else:
        extent = "nothing could be read" if saved == "0" else f"{saved} saved, and nobody knows of how many"
    raise_alarm(
        work,
        AlarmRaise(
            source=SOURCE,
            key=_DAMAGED,
            severity=Severity.HIGH,
            title=f"the journal was damaged: {extent}",
            text=f"alarms and messages. Check the disk. The damaged file is kept as {kept_as}",
            policy=work.settings.supervision.policy,
            ttl=_LIFE,
        ),
    )
