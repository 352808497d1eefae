"""What a transition of an alarm brings with it, in the same commit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from alert_engine.decisions.alarm_events import Effect, Reason, Transition
from alert_engine.decisions.recipients import is_gone
from alert_engine.model import Address, Alarm, AlarmChanged, AlarmState, Channel, MessageKind, MessageState
from alert_engine.texts import Manner

from .digests import dissolve
from .telling import News, address_of, notify, quiet_for, retell, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

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

# What a source says again is counted; what people are told again by itself, their messages show.
_NOT_NOTED = frozenset({Reason.REPEATED, Reason.STEP, Reason.REMINDED, Reason.DIGEST})


def carry_out(work: Work, transition: Transition, *, by: str = "", words: str = "") -> tuple[str, ...]:
    """Announce the transition and write or hold its news; the uids of what is written are returned.

    `by` is who caused it, if anybody did; `words` are the source's own about a clear. The alarm's row must be
    there already.
    """
    if transition.reason.changed:
        work.announce(AlarmChanged(alarm=transition.alarm, event=transition.reason, at=work.now))
        if transition.reason not in _NOT_NOTED:
            work.tx.alarm_notes.add(transition.alarm.id, work.now, transition.reason, by or None)
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
            again = _MANNERS.get(transition.reason, Manner.FIRST)
            flapping = effect is Effect.NOTIFY_FLAPPING
            return notify(work, alarm, transition.steps, again, flapping=flapping)
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
        if not _is_withdrawn(alarm, message.kind, message.recipient, of):
            continue
        if message.state is MessageState.QUEUED:
            work.save(entry, entry.changed(state=MessageState.CANCELLED))
        else:
            work.save(entry, replace(entry, withdrawn=True))
    dissolve(work, alarm, of)
    work.tx.held.remove(
        item for item in work.tx.held.of_alarm(alarm.id) if _is_withdrawn(alarm, item.kind, item.person, of)
    )


def _is_withdrawn(alarm: Alarm, kind: MessageKind, person: str | None, of: Collection[str] | None) -> bool:
    if kind is MessageKind.CLEAR and alarm.state is not AlarmState.RAISED:
        return False
    return of is None or person in of


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


def readdress(work: Work, entry: OutboxEntry, reason: str = _GONE) -> None:
    """Cancel a message whose address is nobody's any more, or wants none.

    A raise goes to whoever its policy reaches today and did not get it yet: no alarm is lost with a person.
    """
    message = entry.message
    work.save(entry, entry.changed(state=MessageState.CANCELLED, reason=reason))
    if message.kind is MessageKind.RAISE:
        alarm_ids = [each for each, _ in work.tx.digests.contents(message.uid)]
        for alarm_id in [message.alarm_id] if message.alarm_id else alarm_ids:
            if (alarm := work.tx.alarms.get(alarm_id)) is not None:
                retell(work, alarm)


def told_people(work: Work, alarm: Alarm) -> tuple[Person, ...]:
    """Those of today's people who may have got the raise."""
    ids = {entry.message.recipient for entry in work.tx.messages.told(alarm.id)}
    return tuple(person for person in work.settings.people if person.id in ids)


def _tell(
    work: Work,
    alarm: Alarm,
    kind: MessageKind,
    say: Callable[[Speaker], str],
    *,
    but: str = "",
    only: Collection[str] | None = None,
) -> tuple[OutboxEntry, ...]:
    """Tell all who may have got the raise, each address once, by the same channel; nobody is called."""
    written: list[OutboxEntry] = []
    for address, told in _informed(work, alarm):
        recipient = told.message.recipient
        if (but and recipient == but) or (only is not None and recipient not in only):
            continue
        person = work.settings.person(recipient) if recipient else None
        text = say(work.speaker(person, channel=address.channel))
        news = News(alarm=alarm, kind=kind, address=address, person=recipient, text=text)
        quiet = quiet_for(work, person, alarm, kind, told.message.created_at)
        written += tell(work, news, quiet)
    return tuple(written)


def _informed(work: Work, alarm: Alarm) -> Iterator[tuple[Address, OutboxEntry]]:
    """Addresses that can be written to and may have got the raise, each with the newest one that told it."""
    newest = {address_of(entry): entry for entry in work.tx.messages.told(alarm.id)}
    for address, entry in newest.items():
        if address.channel is not Channel.CALL and not is_gone(entry.message, work.settings.people):
            yield address, entry
