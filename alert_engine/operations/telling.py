"""The one gate to people: who is told of an alarm, and whether that leaves now or is held for a digest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from alert_engine.decisions.alarm_ladder import start_of
from alert_engine.decisions.directory import ResolutionReason, resolve
from alert_engine.decisions.escalation import look, runs_before
from alert_engine.decisions.people_troubles import nobody, troubles
from alert_engine.decisions.recipients import Reach, reaches
from alert_engine.decisions.telling import HoldReason, gate, quiet_until, weight
from alert_engine.decisions.throttle import DEFAULT_LIMITS, Hold, Limits, longest
from alert_engine.journal.tables.held import HeldItem
from alert_engine.model import (
    Address,
    Alarm,
    AlarmState,
    Channel,
    GroupMode,
    MessageKind,
    Priority,
    Severity,
)
from alert_engine.texts import Manner

from .messages import about_alarm, barred, priority_of
from .route_facts import closed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from alert_engine.decisions.directory import Resolution
    from alert_engine.decisions.people_troubles import Trouble
    from alert_engine.model import Person, Step
    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What one address is to be told of one alarm."""

    alarm: Alarm
    kind: MessageKind
    address: Address = field(repr=False)
    person: str | None  # None: the number is nobody's
    manner: Manner = Manner.FIRST  # of a raise
    text: str = field(default="", repr=False)  # of anything else


class _Meant(NamedTuple):
    """Somebody whom a step reaches."""

    reach: Reach
    quiet_until: datetime | None


def notify(
    work: Work,
    alarm: Alarm,
    steps: Sequence[Step],
    again: Manner,
    *,
    flapping: bool = False,
    only_new: bool = False,
) -> tuple[OutboxEntry, ...]:
    """Tell the raise to everybody whom `steps` reach, but not to whoever has taken it.

    Somebody whose last one still waits gets no second: a modem that was away for an hour sends one SMS, not
    twelve. Whoever was told before is told `again`, or not at all with `only_new`.
    """
    taken_by = alarm.acked_people if alarm.state is AlarmState.RAISED else ()
    told, informed = told_addresses(work, alarm), _waiting(work, alarm)
    written: list[OutboxEntry] = []
    for reach, until in _meant(work, alarm, steps):
        if reach.address in informed or reach.person.id in taken_by:
            continue
        informed.add(reach.address)
        was_told = reach.address in told
        if was_told and only_new:
            continue
        manner = Manner.FLAPPING if flapping else again if was_told else Manner.FIRST
        news = News(
            alarm=alarm,
            kind=MessageKind.RAISE,
            address=reach.address,
            person=reach.person.id,
            manner=manner,
        )
        written += tell(work, news, until)
    if steps and not (informed or told or taken_by) and not _nobody_wants(work, alarm, steps):
        _note(work, nobody(steps[0].notify))
    return tuple(written)


def retell(work: Work, alarm: Alarm) -> tuple[OutboxEntry, ...]:
    """Tell a loud alarm to those whom its policy reaches today and who did not get it yet.

    No alarm is lost with a person.
    """
    if alarm.state is not AlarmState.RAISED or alarm.is_silenced:
        return ()
    return notify(work, alarm, _steps_so_far(work, alarm), Manner.FIRST, only_new=True)


def is_unwanted(work: Work, alarm: Alarm) -> bool:
    """Whoever its policy means by now wants to hear of worse only."""
    return _nobody_wants(work, alarm, _steps_so_far(work, alarm))


def _steps_so_far(work: Work, alarm: Alarm) -> tuple[Step, ...]:
    start = start_of(alarm)
    return look(alarm.policy, start, start, work.now).steps


def tell(work: Work, news: News, quiet: datetime | None = None) -> tuple[OutboxEntry, ...]:
    """Write it, or hold it: until the quiet hours end, others leave too, or the address bears more."""
    policy = news.alarm.policy
    if news.alarm.is_test or barred(work, news.address):
        return (write_news(work, news),)
    if quiet is not None:
        hold(work, news, HoldReason.QUIET, quiet)
    elif policy.digest_within:
        hold(work, news, HoldReason.COMPANY, work.now + policy.digest_within)
    else:
        answer = ask_gate(
            work,
            news.address,
            alarm_id=news.alarm.id,
            severity=weight(news.alarm, news.kind),
            others_held=work.tx.held.any_in_line(news.address),
        )
        if answer is None:
            return (write_news(work, news),)
        hold(work, news, HoldReason.LIMIT, answer)
    return ()


def ask_gate(
    work: Work, address: Address, *, alarm_id: str | None, severity: Severity, others_held: bool = False
) -> datetime | None:
    """When to ask again; None: it may leave now."""
    limits = limits_of(work, address.channel)
    answer = gate(
        work.tx.digests.sent(address, work.now - longest(limits), work.now),
        alarm_id=alarm_id,
        severity=severity,
        others_held=others_held,
        now=work.now,
        limits=limits,
    )
    return answer.until if isinstance(answer, Hold) else None


def limits_of(work: Work, channel: Channel) -> Limits:
    """What one address bears of a channel."""
    return work.settings.limits.get(channel, DEFAULT_LIMITS[channel])


def hold(work: Work, news: News, reason: HoldReason, until: datetime) -> None:
    """Keep it for a digest, in place of whatever waits there of the same alarm."""
    work.tx.held.put(
        HeldItem(
            id=work.ids.uid(),
            person=news.person,
            address=news.address,
            alarm_id=news.alarm.id,
            kind=news.kind,
            manner=news.manner.name,
            text=news.text,
            reason=reason,
            held_at=work.now,
            due_at=until,
        )
    )


def write_news(work: Work, news: News) -> OutboxEntry:
    """Put it into the outbox as a message of its own."""
    alarm, is_raise = news.alarm, news.kind is MessageKind.RAISE
    urgent = news.kind is MessageKind.UPDATE and alarm.severity.rank >= Severity.HIGH.rank
    priority = priority_of(alarm.severity) if is_raise else Priority.HIGH if urgent else Priority.NORMAL
    return about_alarm(
        work,
        alarm,
        news.kind,
        to=(news.address, news.person),
        text=_raised(work, news) if is_raise else news.text,
        priority=priority,
    )


def _raised(work: Work, news: News) -> str:
    person = work.settings.person(news.person) if news.person else None
    return work.speaker(person, channel=news.address.channel).raised(
        news.alarm,
        may_acknowledge=person is None or person.can_acknowledge,
        manner=news.manner,
        who=work.name_of(news.alarm.acked_by),
    )


def told_addresses(work: Work, alarm: Alarm) -> set[Address]:
    """Where a raise may have arrived."""
    return {address_of(entry) for entry in work.tx.messages.told(alarm.id)}


def address_of(entry: OutboxEntry) -> Address:
    """Where a message goes."""
    return Address(channel=entry.message.channel, value=entry.message.address)


def quiet_for(
    work: Work, person: Person | None, alarm: Alarm, kind: MessageKind, told_at: datetime | None = None
) -> datetime | None:
    """When the quiet hours end that hold this; None: they do not."""
    if person is None:
        return None
    return quiet_until(person, alarm, kind, work.now, work.settings.time_zone, told_at=told_at)


def resolution_of(work: Work, names: Sequence[str], severity: Severity, turn: int = 0) -> Resolution:
    """Whom these names stand for now."""
    return resolve(
        names,
        work.settings.directory,
        work.now,
        work.settings.time_zone,
        severity=severity,
        opted_out=closed(work),
        turn=turn,
    )


def _meant(work: Work, alarm: Alarm, steps: Iterable[Step]) -> Iterator[_Meant]:
    """Everybody whom `steps` reach, in order; an address may come twice."""
    opted_out = closed(work)
    carried = {channel for route in work.routes for channel in route.channels}
    for step in steps:
        resolution = _resolved(work, alarm, step)
        for trouble in troubles(resolution.notes, step.notify):
            _note(work, trouble)
        for reach in reaches(step.channels, resolution.persons, opted_out, carried):
            yield _Meant(reach, None)
        # Nobody is called about it hours later: a text is enough by then.
        later = tuple(channel for channel in step.channels if channel is not Channel.CALL)
        for held in resolution.held:
            for reach in reaches(later, (held.person,), opted_out, carried):
                yield _Meant(reach, held.until)


def _resolved(work: Work, alarm: Alarm, step: Step) -> Resolution:
    """Whom the step names; a test is for whoever it names, whatever the time."""
    severity = Severity.CRITICAL if alarm.is_test else alarm.severity
    return resolution_of(work, step.notify, severity, _turn(work, alarm, step))


def _turn(work: Work, alarm: Alarm, step: Step) -> int:
    """One further for each alarm of a policy, and for each time that the step is repeated."""
    groups = work.settings.groups
    if not step.notify or not any(group.mode is GroupMode.ROTATE for group in groups):
        return 0
    repeated = runs_before(alarm.policy, step, work.now - start_of(alarm))
    return work.tx.turns.of_alarm(alarm.id, alarm.policy.name) + repeated


def _waiting(work: Work, alarm: Alarm) -> set[Address]:
    """Where a raise is on its way to, or held."""
    messages = (
        *work.tx.messages.under_way(alarm.id),
        *work.tx.messages.get_all(work.tx.digests.under_way(alarm.id)),
    )
    on_the_way = {
        address_of(entry)
        for entry in messages
        if entry.message.kind is MessageKind.RAISE and not entry.withdrawn
    }
    items = work.tx.held.of_alarm(alarm.id)
    return on_the_way | {item.address for item in items if item.kind is MessageKind.RAISE}


def _nobody_wants(work: Work, alarm: Alarm, steps: Iterable[Step]) -> bool:
    """Those who are meant want to hear of worse only."""
    notes = (note for step in steps for note in _resolved(work, alarm, step).notes)
    return any(note.reason is ResolutionReason.BELOW_MINIMUM for note in notes)


def _note(work: Work, trouble: Trouble) -> None:
    if work.settings.supervision.raises_alarms:
        work.tx.troubles.note(trouble, work.now)
