"""What comes in by calls: keys that were pressed in ours, and people who ring."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.recipients import is_gone
from alert_engine.model import AlarmShelve, AlarmState, Authorisation, CallReceived, Channel, Verdict
from alert_engine.phone.canonical import canonical_phone
from alert_engine.phone.masking import mask_number
from alert_engine.routes.base import KeyAnswer

from .alarms import command, take

if TYPE_CHECKING:
    from alert_engine.model import Alarm, Message, Person
    from alert_engine.routes.base import KeyPress, Ring
    from alert_engine.settings import EngineSettings
    from alert_engine.work import Work

TAKE, HANG_UP, SNOOZE = "1", "2", "3"
SNOOZE_FOR = timedelta(hours=1)

_TAKEN_OR_OVER = frozenset({AlarmState.ACKED, AlarmState.CLOSED})


def press(work: Work, pressed: KeyPress) -> KeyAnswer:
    """Do what a key means. The call went to the person's own number: that proves as much as an SMS from it.

    It means the alarm that the call was about, and only to whoever may acknowledge.
    """
    if pressed.key == HANG_UP:
        return KeyAnswer.HANG_UP
    message = _message(work, pressed.uid)
    alarm = work.tx.alarms.get(message.alarm_id) if message and message.alarm_id else None
    person = work.settings.person(message.recipient) if message and message.recipient else None
    if message is None or alarm is None or person is None or is_gone(message, work.settings.people):
        return KeyAnswer.IGNORED
    if pressed.key not in {TAKE, SNOOZE} or not person.can_acknowledge:
        return KeyAnswer.IGNORED
    done = _take(work, alarm, person) if pressed.key == TAKE else _snooze(work, alarm, person)
    word = "acknowledge" if pressed.key == TAKE else "snooze"
    work.tx.audit.add(work.now, person.id, "pressed", f"{message.uid} {word} {Authorisation.KNOWN}")
    return KeyAnswer.DONE if done else KeyAnswer.IGNORED


def received(settings: EngineSettings, route: str, ring: Ring) -> CallReceived:
    """The event about somebody who rang."""
    try:
        number = canonical_phone(ring.caller, default_country=settings.default_country)
    except ValueError:
        number = ring.caller
    caller = next((person for person in settings.people if _has(person, number)), None)
    return CallReceived(
        route=route,
        person=caller.id if caller else None,
        number=mask_number(number) if number else "",
        at=ring.at,
    )


def _message(work: Work, uid: str) -> Message | None:
    try:
        return work.tx.messages.get(uid).message
    except KeyError:
        return None


def _take(work: Work, alarm: Alarm, person: Person) -> bool:
    """Whoever presses it too late may hang up as well."""
    return take(work, alarm, person.id) or alarm.state in _TAKEN_OR_OVER


def _snooze(work: Work, alarm: Alarm, person: Person) -> bool:
    request = AlarmShelve(by=person.id, alarm_id=alarm.id, until=work.now + SNOOZE_FOR)
    return command(work, request).verdict is Verdict.APPLIED


def _has(person: Person, number: str) -> bool:
    phones = {Channel.SMS, Channel.CALL}
    return any(address.channel in phones and address.value == number for address in person.addresses)
