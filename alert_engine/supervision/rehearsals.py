"""The weekly test of the whole way to a person, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.alarm_events import Close
from alert_engine.decisions.rehearsals import is_due, is_overdue, slot_after, slot_before
from alert_engine.decisions.supervision_alarms import REHEARSAL, SOURCE, Fault
from alert_engine.errors import InvalidRequestError, RequestReason, UnknownRecipientError
from alert_engine.journal.tables.rehearsals import Rehearsal
from alert_engine.model import AlarmRaise, AlarmState, Channel, MessageState, Policy, Severity, Step
from alert_engine.operations.alarms import apply_event, raise_alarm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from alert_engine.journal.transaction import Transaction
    from alert_engine.model import Alarm, Message, Person
    from alert_engine.settings import EngineSettings
    from alert_engine.work import Work

_KEY = "rehearsal/"
# Whoever does not answer within this has not answered. Shorter than a test alarm's own life, at the end of
# which people would be told that it is over.
ANSWER_TIME = timedelta(minutes=50)


def is_rehearsal(alarm: Alarm) -> bool:
    """The alarm is such a test."""
    return alarm.source == SOURCE and alarm.key.startswith(_KEY)


def due_people(tx: Transaction, settings: EngineSettings, now: datetime) -> tuple[Person, ...]:
    """Those whose test has come due."""
    wanted = settings.supervision.rehearsals
    if wanted is None:
        return ()
    slot = slot_before(now, wanted.day, wanted.at, settings.time_zone)
    trusts = ((person, tx.rehearsals.trust(person.id)) for person in _tested(settings))
    return tuple(
        person for person, trust in trusts if is_due(slot, trust.last_started if trust else None, now)
    )


def next_start(settings: EngineSettings, now: datetime) -> datetime | None:
    """When tests begin next; None: never."""
    wanted = settings.supervision.rehearsals
    return None if wanted is None else slot_after(now, wanted.day, wanted.at, settings.time_zone)


def begin_now(work: Work, *, person_id: str) -> tuple[Rehearsal, ...]:
    """The same at any time, because somebody asks for it.

    Raises:
        UnknownRecipientError: there is no such person.
        InvalidRequestError: a test of this person is under way.
    """
    person = work.settings.person(person_id)
    if person is None:
        raise UnknownRecipientError("person: there is no person with this id", RequestReason.PERSON_UNKNOWN)
    if work.tx.alarms.open_of_key(SOURCE, f"{_KEY}{person.id}") is not None:
        minutes = int(ANSWER_TIME.total_seconds() // 60)
        raise InvalidRequestError(
            f"person: a test is under way; it ends with the answer, or {minutes} min after it began",
            RequestReason.TEST_UNDER_WAY,
            {"minutes": str(minutes)},
        )
    return begin(work, person)


def begin(work: Work, person: Person) -> tuple[Rehearsal, ...]:
    """Send the person a test by each channel of theirs."""
    channels = tuple(dict.fromkeys(address.channel for address in person.addresses))
    step = Step(after=timedelta(0), notify=(person.id,), channels=channels)
    request = AlarmRaise(
        source=SOURCE,
        key=f"{_KEY}{person.id}",
        severity=Severity.NORMAL,
        title=f"{work.settings.gateway}: is it well with you?",
        is_test=True,
    )
    result = raise_alarm(work, request, policy=Policy(name="rehearsal", steps=(step,)))
    alarm_id = result.alarms[0].id
    sent = [(uid, work.tx.messages.get(uid).message.channel) for uid in result.message_uids]
    # A test that reaches nobody is a result, too.
    begun = tuple(
        Rehearsal(message_uid=uid, alarm_id=alarm_id, person=person.id, channel=channel, started_at=work.now)
        for uid, channel in sent or [(alarm_id, (*channels, Channel.SMS)[0])]
    )
    for each in begun:
        work.tx.rehearsals.put(each)
    return begun


def note_message(work: Work, message: Message, at: datetime) -> None:
    """A message was taken, or arrived: if it is of a test, that is a result."""
    known = work.tx.rehearsals.of_message(message.uid)
    if known is None:
        return
    noted = replace(known, route=message.route, accepted_at=known.accepted_at or at)
    if message.state is MessageState.DELIVERED:
        noted = replace(noted, delivered_at=known.delivered_at or at)
    work.tx.rehearsals.put(noted)


def note_answer(work: Work, alarm: Alarm, at: datetime) -> None:
    """The person answered: that is a result, and the end of the test."""
    for known in work.tx.rehearsals.of_alarm(alarm.id):
        work.tx.rehearsals.put(replace(known, answered_at=known.answered_at or at))
    _end(work, alarm)


def end_unanswered(work: Work) -> None:
    """Whoever has not answered by now has not answered."""
    for alarm in work.tx.alarms.open_of_source(SOURCE):
        if is_rehearsal(alarm) and _is_unanswered(alarm, work.now):
            _end(work, alarm)


def any_unanswered(tx: Transaction, now: datetime) -> bool:
    """There is such a test."""
    alarms = tx.alarms.open_of_source(SOURCE)
    return any(is_rehearsal(alarm) and _is_unanswered(alarm, now) for alarm in alarms)


def overdue(tx: Transaction, settings: EngineSettings, now: datetime) -> Iterator[tuple[str, Fault]]:
    """The alarms about people who have not answered for too long."""
    wanted = settings.supervision.rehearsals
    if wanted is None:
        return
    for person in _tested(settings):
        trust = tx.rehearsals.trust(person.id)
        if trust is None or not person.can_acknowledge:
            continue
        if is_overdue(trust.first_started, trust.last_answered, wanted.overdue_after, now):
            yield (
                f"{REHEARSAL}{person.id}",
                Fault(
                    severity=Severity.NORMAL,
                    title=f"{person.name} has not answered a test",
                    text=f"for more than {wanted.overdue_after.days} days: check the number, and ask",
                ),
            )


def _tested(settings: EngineSettings) -> Iterator[Person]:
    wanted = settings.supervision.rehearsals
    for person in settings.people:
        if wanted is not None and (not wanted.people or person.id in wanted.people):
            yield person


def _is_unanswered(alarm: Alarm, now: datetime) -> bool:
    return alarm.state is AlarmState.ACKED or now - alarm.raised_at >= ANSWER_TIME


def _end(work: Work, alarm: Alarm) -> None:
    """Without a word: the person knows."""
    current = work.tx.alarms.get(alarm.id)
    if current is None or not current.state.is_open:
        return
    for uid in apply_event(work, current, Close(), by=SOURCE).message_uids:
        entry = work.tx.messages.get(uid)
        work.save(entry, entry.changed(state=MessageState.CANCELLED, reason="only a test"))
