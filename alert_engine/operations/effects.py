"""What a transition of an alarm brings with it, in the same commit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from alert_engine.decisions.alarm_machine import Effect, Reason, Transition
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

from .messages import about_alarm, priority_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.texts import Speaker
    from alert_engine.work import Work


_GONE = "nobody has this number any more"


def carry_out(work: Work, transition: Transition, *, by: str = "", words: str = "") -> tuple[str, ...]:
    """Announce the transition and write its messages; their uids are returned.

    `by` is who caused it, if anybody did; `words` are the source's own about a clear. The alarm's row must be
    there already.
    """
    alarm, who = transition.alarm, work.name_of(by)
    if transition.reason.changed:
        work.announce(AlarmChanged(alarm=alarm, event=transition.reason, at=work.now))
    written: list[OutboxEntry] = []
    for effect in transition.effects:
        match effect:
            case Effect.WITHDRAW:
                withdraw(work, alarm)
            case Effect.NOTIFY:
                written += _notify(work, transition)
            case Effect.TELL_TAKEN:
                kind = MessageKind.UPDATE
                written += _tell(work, alarm, kind, lambda speaker: speaker.taken(alarm, who), but=by)
            case Effect.TELL_CLEARED:
                written += _tell(
                    work, alarm, MessageKind.CLEAR, lambda speaker: speaker.cleared(alarm, words)
                )
            case Effect.TELL_CLOSED:
                written += _tell(work, alarm, MessageKind.CLEAR, lambda speaker: speaker.closed(alarm, who))
            case _:
                assert_never(effect)
    return tuple(entry.message.uid for entry in written)


def withdraw(work: Work, alarm: Alarm) -> None:
    """Cancel what waits and is not true any more; what a route has in hand is not sent again.

    That it is over stays true, unless it is loud again: the news would come after the new raise.
    """
    for entry in tuple(work.tx.messages.under_way(alarm.id)):
        if entry.message.kind is MessageKind.CLEAR and alarm.state is not AlarmState.RAISED:
            continue
        if entry.message.state is MessageState.QUEUED:
            work.save(entry, entry.changed(state=MessageState.CANCELLED))
        else:
            work.save(entry, replace(entry, withdrawn=True))


def _notify(work: Work, transition: Transition) -> Iterable[OutboxEntry]:
    """Write the raise to everybody whom the due steps reach.

    Somebody whose last one still waits gets no second: a modem that was away for an hour sends one SMS, not
    twelve.
    """
    alarm = transition.alarm
    told, waiting = _told(work, alarm), _waiting(work, alarm)
    for reach in reached(transition.steps, work.settings.people):
        if reach.address not in waiting:
            is_reminder = transition.reason is Reason.STEP and reach.address in told
            yield _raise_to(work, alarm, reach, is_reminder=is_reminder)


def _raise_to(work: Work, alarm: Alarm, reach: Reach, *, is_reminder: bool) -> OutboxEntry:
    may_acknowledge = reach.person.can_acknowledge
    return about_alarm(
        work,
        alarm,
        MessageKind.RAISE,
        to=(reach.address, reach.person.id),
        text=work.speaker(reach.person).raised(alarm, reminder=is_reminder, may_acknowledge=may_acknowledge),
        priority=priority_of(alarm.severity),
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
    start = alarm.steps_from or alarm.raised_at
    informed = {*_waiting(work, alarm), *_told(work, alarm)}
    for reach in reached(look(alarm.policy, start, start, work.now).steps, work.settings.people):
        if reach.address not in informed:
            _raise_to(work, alarm, reach, is_reminder=False)


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


def _address(entry: OutboxEntry) -> Address:
    return Address(channel=entry.message.channel, value=entry.message.address)


def _tell(
    work: Work, alarm: Alarm, kind: MessageKind, say: Callable[[Speaker], str], *, but: str = ""
) -> Iterable[OutboxEntry]:
    """Write to all who may have got the raise, each address once, by the same channel; nobody is called."""
    urgent = kind is MessageKind.UPDATE and alarm.severity.rank >= Severity.HIGH.rank
    addressed: set[Address] = set()
    for told in tuple(work.tx.messages.told(alarm.id)):
        message, address = told.message, _address(told)
        if address in addressed or address.channel is Channel.CALL or (but and message.recipient == but):
            continue
        if is_gone(message, work.settings.people):
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
