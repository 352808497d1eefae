"""What a transition of an alarm brings with it, in the same commit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from alert_engine.decisions.alarm_events import Effect, Reason, Transition
from alert_engine.decisions.alarm_ladder import start_of
from alert_engine.decisions.escalation import look
from alert_engine.decisions.recipients import Reach, is_gone, reached
from alert_engine.model import (
    Address,
    Alarm,
    AlarmChanged,
    AlarmState,
    Channel,
    MessageKind,
    MessageState,
    Priority,
    Severity,
)
from alert_engine.texts import Manner

from .messages import about_alarm, priority_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from alert_engine.model import Person
    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.texts import Speaker
    from alert_engine.work import Work


_GONE = "nobody has this number any more"

# How people who were told before are told again.
_MANNERS = {
    Reason.STEP: Manner.REMINDER,
    Reason.SHELVE_OVER: Manner.REMINDER,
    Reason.UNSHELVED: Manner.REMINDER,
    Reason.UNSUPPRESSED: Manner.REMINDER,
    Reason.CALMED: Manner.REMINDER,
    Reason.REOPENED: Manner.AGAIN,
}


def carry_out(work: Work, transition: Transition, *, by: str = "", words: str = "") -> tuple[str, ...]:
    """Announce the transition and write its messages; their uids are returned.

    `by` is who caused it, if anybody did; `words` are the source's own about a clear. The alarm's row must be
    there already.
    """
    if transition.reason.changed:
        work.announce(AlarmChanged(alarm=transition.alarm, event=transition.reason, at=work.now))
    written: list[OutboxEntry] = []
    for effect in transition.effects:
        written += _do(work, effect, transition, by=by, words=words)
    return tuple(entry.message.uid for entry in written)


def _do(work: Work, effect: Effect, transition: Transition, *, by: str, words: str) -> Iterable[OutboxEntry]:
    alarm, who = transition.alarm, work.name_of(by)
    match effect:
        case Effect.WITHDRAW:
            withdraw(work, alarm)
        case Effect.SPARE:
            withdraw(work, alarm, of=alarm.acked_people)
        case Effect.NOTIFY | Effect.NOTIFY_FLAPPING:
            return _notify(work, transition, flapping=effect is Effect.NOTIFY_FLAPPING)
        case Effect.REMIND:
            return _remind(work, alarm)
        case Effect.TELL_TAKEN:
            return _tell(work, alarm, MessageKind.UPDATE, lambda to: to.taken(alarm, who), but=by)
        case Effect.TELL_SHELVED:
            return _tell(work, alarm, MessageKind.UPDATE, lambda to: to.shelved(alarm, who), but=by)
        case Effect.TELL_CLEARED:
            return _tell(work, alarm, MessageKind.CLEAR, lambda to: to.cleared(alarm, words))
        case Effect.TELL_CLOSED:
            return _tell(work, alarm, MessageKind.CLEAR, lambda to: to.closed(alarm, who))
        case _:
            assert_never(effect)
    return ()


def withdraw(work: Work, alarm: Alarm, *, of: Collection[str] | None = None) -> None:
    """Cancel what waits and is not true any more; what a route has in hand is not sent again.

    That it is over stays true, unless it is loud again: the news would come after the new raise. With `of`,
    only what is for these persons is cancelled.
    """
    for entry in tuple(work.tx.messages.under_way(alarm.id)):
        message = entry.message
        if message.kind is MessageKind.CLEAR and alarm.state is not AlarmState.RAISED:
            continue
        if of is not None and message.recipient not in of:
            continue
        if message.state is MessageState.QUEUED:
            work.save(entry, entry.changed(state=MessageState.CANCELLED))
        else:
            work.save(entry, replace(entry, withdrawn=True))


def _notify(work: Work, transition: Transition, *, flapping: bool) -> Iterable[OutboxEntry]:
    """Write the raise to everybody whom the due steps reach, but not to whoever has taken it.

    Somebody whose last one still waits gets no second: a modem that was away for an hour sends one SMS, not
    twelve.
    """
    alarm = transition.alarm
    taken_by = alarm.acked_people if alarm.state is AlarmState.RAISED else ()
    told, waiting = _told(work, alarm), _waiting(work, alarm)
    for reach in reached(transition.steps, work.settings.people):
        if reach.address in waiting or reach.person.id in taken_by:
            continue
        manner = _MANNERS.get(transition.reason, Manner.FIRST) if reach.address in told else Manner.FIRST
        yield _raise_to(work, alarm, reach, Manner.FLAPPING if flapping else manner)


def _raise_to(work: Work, alarm: Alarm, reach: Reach, manner: Manner) -> OutboxEntry:
    text = work.speaker(reach.person).raised(
        alarm,
        may_acknowledge=reach.person.can_acknowledge,
        manner=manner,
        who=work.name_of(alarm.acked_by),
    )
    return about_alarm(
        work,
        alarm,
        MessageKind.RAISE,
        to=(reach.address, reach.person.id),
        text=text,
        priority=priority_of(alarm.severity),
    )


def _remind(work: Work, alarm: Alarm) -> Iterable[OutboxEntry]:
    """Tell whoever took it that it is still on; all who were told, if that is no person who was."""
    takers = set(alarm.acked_people)
    if any(person.id in takers for person in told_people(work, alarm)):
        return _tell(work, alarm, MessageKind.UPDATE, lambda to: to.still_yours(alarm), only=takers)
    who = work.name_of(alarm.acked_by)
    return _tell(
        work,
        alarm,
        MessageKind.UPDATE,
        lambda to: to.raised(alarm, may_acknowledge=False, manner=Manner.REMINDER, who=who),
    )


def readdress(work: Work, entry: OutboxEntry) -> None:
    """Cancel a message whose address is nobody's any more.

    A raise goes to whoever its policy reaches today and did not get it yet: no alarm is lost with a person.
    """
    message = entry.message
    work.save(entry, entry.changed(state=MessageState.CANCELLED, reason=_GONE))
    alarm = work.tx.alarms.get(message.alarm_id) if message.alarm_id else None
    if alarm is None or message.kind is not MessageKind.RAISE or alarm.state is not AlarmState.RAISED:
        return
    start = start_of(alarm)
    informed = {*_waiting(work, alarm), *_told(work, alarm)}
    for reach in reached(look(alarm.policy, start, start, work.now).steps, work.settings.people):
        if reach.address not in informed:
            _raise_to(work, alarm, reach, Manner.FIRST)


def _waiting(work: Work, alarm: Alarm) -> set[Address]:
    """Where a raise is on its way to."""
    under_way = work.tx.messages.under_way(alarm.id)
    return {
        _address(entry)
        for entry in under_way
        if entry.message.kind is MessageKind.RAISE and not entry.withdrawn
    }


def _told(work: Work, alarm: Alarm) -> set[Address]:
    """Where a raise may have arrived."""
    return {_address(entry) for entry in work.tx.messages.told(alarm.id)}


def told_people(work: Work, alarm: Alarm) -> tuple[Person, ...]:
    """Those of today's people who may have got the raise."""
    ids = {entry.message.recipient for entry in work.tx.messages.told(alarm.id)}
    return tuple(person for person in work.settings.people if person.id in ids)


def _address(entry: OutboxEntry) -> Address:
    return Address(channel=entry.message.channel, value=entry.message.address)


def _tell(
    work: Work,
    alarm: Alarm,
    kind: MessageKind,
    say: Callable[[Speaker], str],
    *,
    but: str = "",
    only: Collection[str] | None = None,
) -> Iterable[OutboxEntry]:
    """Write to all who may have got the raise, each address once, by the same channel; nobody is called."""
    urgent = kind is MessageKind.UPDATE and alarm.severity.rank >= Severity.HIGH.rank
    addressed: set[Address] = set()
    for told in tuple(work.tx.messages.told(alarm.id)):
        message, address = told.message, _address(told)
        if address in addressed or address.channel is Channel.CALL or (but and message.recipient == but):
            continue
        if is_gone(message, work.settings.people) or (only is not None and message.recipient not in only):
            continue
        addressed.add(address)
        person = work.settings.person(message.recipient) if message.recipient else None
        yield about_alarm(
            work,
            alarm,
            kind,
            to=(address, message.recipient),
            text=say(work.speaker(person)),
            priority=Priority.HIGH if urgent else Priority.NORMAL,
        )
