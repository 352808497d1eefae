"""What was held leaves: alone, or with others in one digest. Nothing of it is ever dropped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alert_engine.decisions.digest import DigestItem, compose
from alert_engine.decisions.telling import HoldReason, weight
from alert_engine.model import (
    Address,
    Channel,
    MessageKind,
    MessageState,
    Priority,
    Severity,
)
from alert_engine.texts import Manner

from .messages import Draft, barred, priority_of, write
from .telling import News, address_of, ask_gate, hold, quiet_for, retell, write_news

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, timedelta

    from alert_engine.journal.tables.held import HeldItem
    from alert_engine.model import Alarm, Person
    from alert_engine.work import Work

# An SMS that many alarms share is one segment: how many there are matters more than their names. Others bear
# more, in SMS lengths.
_SEGMENTS_OF_SMS = 1
_SEGMENTS = 4

_DISSOLVED = "written anew: not all of it is true any more"


def leave_due(work: Work, limit: int) -> int:
    """Let leave what may, for so many addresses; for how many something had come due."""
    due = work.tx.held.due(work.now, limit)
    for address in due:
        leave(work, address)
    return len(due)


def leave(work: Work, address: Address) -> None:
    """Let all leave that is held for an address and may be told now; the rest waits on.

    It is looked at as if it was new: whoever it is for may be gone, have opted out, or be asleep by now.
    """
    ready: list[tuple[HeldItem, Alarm]] = []
    for item in work.tx.held.of_address(address):
        alarm = work.tx.alarms.get(item.alarm_id)
        if alarm is None:  # its row goes with it
            continue
        person = work.settings.person(item.person) if item.person else None
        if not _can_be_told(work, item, person):
            _redirect(work, item, alarm, person)
        elif (until := quiet_for(work, person, alarm, item.kind, _told_at(work, item))) is not None:
            work.tx.held.put(replace(item, reason=HoldReason.QUIET, due_at=until))
        else:
            ready.append((item, alarm))
    if ready and _is_time(work, [item for item, _ in ready]):
        _leave_together(work, address, ready)


def _told_at(work: Work, item: HeldItem) -> datetime | None:
    """When the address heard of the alarm, of whose further news this is."""
    if item.kind is MessageKind.RAISE:
        return None
    told = (entry for entry in work.tx.messages.told(item.alarm_id) if address_of(entry) == item.address)
    return max((entry.message.created_at for entry in told), default=None)


def _is_time(work: Work, items: Sequence[HeldItem]) -> bool:
    """Not all of it is only there for company."""
    return any(item.reason is not HoldReason.COMPANY or item.due_at <= work.now for item in items)


def _can_be_told(work: Work, item: HeldItem, person: Person | None) -> bool:
    known = item.person is None or (person is not None and item.address in person.addresses)
    return known and not barred(work, item.address)


def _redirect(work: Work, item: HeldItem, alarm: Alarm, person: Person | None) -> None:
    """The address is not this person's any more, or wants no messages.

    A raise goes to whoever its policy reaches today. Other news goes to the next address of the person.
    """
    work.tx.held.remove((item,))
    if item.kind is MessageKind.RAISE:
        retell(work, alarm)
        return
    left = [each for each in person.addresses if not barred(work, each)] if person else []
    address = next((each for each in left if each.channel is not Channel.CALL), None)
    if address is not None:
        news = replace(_news(item, alarm), address=address)
        hold(work, news, HoldReason.LIMIT, work.now)


def _leave_together(work: Work, address: Address, ready: Sequence[tuple[HeldItem, Alarm]]) -> None:
    only = ready[0] if len(ready) == 1 else None
    worst = max((weight(alarm, item.kind) for item, alarm in ready), key=lambda severity: severity.rank)
    until = ask_gate(work, address, alarm_id=only[1].id if only else None, severity=worst)
    if until is not None:
        for item, _ in ready:
            work.tx.held.put(replace(item, reason=HoldReason.LIMIT, due_at=until))
        return
    work.tx.held.remove(item for item, _ in ready)
    if only:
        write_news(work, _news(*only))
    else:
        _write_digest(work, address, ready, worst)


def _news(item: HeldItem, alarm: Alarm) -> News:
    return News(
        alarm=alarm,
        kind=item.kind,
        address=item.address,
        person=item.person,
        manner=Manner[item.manner],
        text=item.text,
    )


def _write_digest(
    work: Work, address: Address, ready: Sequence[tuple[HeldItem, Alarm]], worst: Severity
) -> None:
    """Tell all of it in one message, and keep which alarms that were."""
    kinds = [item.kind for item, _ in ready]
    kind = min(kinds, key=(MessageKind.RAISE, MessageKind.UPDATE, MessageKind.CLEAR).index)
    recipient = ready[0][0].person
    is_raise = kind is MessageKind.RAISE
    draft = Draft(
        kind=kind,
        address=address,
        recipient=recipient,
        text=_text(work, address.channel, recipient, ready),
        priority=priority_of(worst) if is_raise else Priority.NORMAL,
        expires_at=work.now + _life(work, [alarm.severity for _, alarm in ready]),
    )
    entry = write(work, draft)
    work.tx.digests.add(entry.message.uid, ((alarm.id, item.kind) for item, alarm in ready))


def _life(work: Work, severities: Sequence[Severity]) -> timedelta:
    return max(work.settings.expiry[severity] for severity in severities)


def _text(
    work: Work, channel: Channel, recipient: str | None, ready: Sequence[tuple[HeldItem, Alarm]]
) -> str:
    person = work.settings.person(recipient) if recipient else None
    items = [
        DigestItem(
            id=item.id,
            code=alarm.code,
            severity=alarm.severity,
            title=alarm.title or alarm.key,
            over=item.kind is not MessageKind.RAISE,
        )
        for item, alarm in ready
    ]
    speaker = work.speaker(person, channel=channel)
    texts = speaker.digest_texts
    if person is not None and not person.can_acknowledge:
        texts = replace(texts, answer="")
    most = _SEGMENTS_OF_SMS if channel is Channel.SMS else _SEGMENTS
    return speaker.letters(compose(items, texts, most, speaker.segments).text.strip())


def dissolve(work: Work, alarm: Alarm, of: Collection[str] | None = None) -> None:
    """Take an alarm out of the digests that wait: what else is in them is held again, and leaves at once.

    With `of`, only out of those for these persons. One that a route has in hand is not written anew.
    """
    for entry in work.tx.messages.get_all(work.tx.digests.under_way(alarm.id)):
        message = entry.message
        if message.state is not MessageState.QUEUED or (of is not None and message.recipient not in of):
            continue
        work.save(entry, entry.changed(state=MessageState.CANCELLED, reason=_DISSOLVED))
        for other_id, kind in work.tx.digests.contents(message.uid):
            other = work.tx.alarms.get(other_id)
            if other is None or other.id == alarm.id:
                continue
            person = work.settings.person(message.recipient) if message.recipient else None
            news = News(
                alarm=other,
                kind=kind,
                address=address_of(entry),
                person=message.recipient,
                text=work.speaker(person, channel=message.channel).state(other, work.name_of(other.acked_by)),
            )
            hold(work, news, HoldReason.LIMIT, work.now)


def follow_clock(work: Work, jump: timedelta) -> None:
    """The wall clock jumped: what waits, waits as long as before; quiet hours end when the clock says so."""
    for item in work.tx.held.all():
        due_at = work.now if item.reason is HoldReason.QUIET else item.due_at + jump
        work.tx.held.put(replace(item, held_at=item.held_at + jump, due_at=due_at))


def resume(work: Work) -> None:
    """After a restart: what was held later than now was held by another clock, and is looked at now."""
    for item in work.tx.held.all():
        if item.held_at > work.now:
            work.tx.held.put(replace(item, held_at=work.now, due_at=work.now))
