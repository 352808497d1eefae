"""What a transition of an alarm brings with it, in the same commit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from alert_engine.decisions.alarm_machine import Effect, Reason, Transition
from alert_engine.decisions.recipients import reached
from alert_engine.model import (
    Address,
    Alarm,
    AlarmChanged,
    Channel,
    MessageKind,
    MessageState,
    Priority,
    Severity,
)

from .messages import about_alarm, priority_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from alert_engine.outbox_entry import OutboxEntry
    from alert_engine.texts import Speaker
    from alert_engine.work import Work


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
    """Cancel raise messages that wait; those that a route has in hand are not sent again."""
    for entry in tuple(work.tx.messages.under_way(alarm.id, MessageKind.RAISE)):
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
    told = {entry.message.address for entry in work.tx.messages.told(alarm.id)}
    waiting = {
        (entry.message.channel, entry.message.address)
        for entry in work.tx.messages.under_way(alarm.id, MessageKind.RAISE)
        if not entry.withdrawn
    }
    for reach in reached(transition.steps, work.settings.people):
        address, person = reach.address, reach.person
        if (address.channel, address.value) in waiting:
            continue
        text = work.speaker(person).raised(
            alarm,
            reminder=transition.reason is Reason.STEP and address.value in told,
            may_acknowledge=person.can_acknowledge,
        )
        yield about_alarm(
            work,
            alarm,
            MessageKind.RAISE,
            to=(address, person.id),
            text=text,
            priority=priority_of(alarm.severity),
        )


def _tell(
    work: Work, alarm: Alarm, kind: MessageKind, say: Callable[[Speaker], str], *, but: str = ""
) -> Iterable[OutboxEntry]:
    """Write to all who may have got the raise, each address once, by the same channel; nobody is called."""
    urgent = kind is MessageKind.UPDATE and alarm.severity.rank >= Severity.HIGH.rank
    addressed: set[Address] = set()
    for told in tuple(work.tx.messages.told(alarm.id)):
        message = told.message
        address = Address(channel=message.channel, value=message.address)
        if address in addressed or address.channel is Channel.CALL or (but and message.recipient == but):
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
