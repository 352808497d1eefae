"""Whoever looks after the alarms must know that one of the recipients hears nothing any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.decisions.consent import fewest_left
from alert_engine.decisions.supervision_alarms import SOURCE
from alert_engine.model import AlarmClear, AlarmRaise, Severity
from alert_engine.settings import BUILT_IN_POLICIES

from .alarms import clear, raise_alarm

if TYPE_CHECKING:
    from alert_engine.model import Person
    from alert_engine.work import Work


def look(work: Work) -> None:
    """Complain about numbers that said STOP before they were anybody's: people and settings change."""
    owners = {address.value: person for person in work.settings.people for address in person.addresses}
    for opt_out in work.tx.consent.all():
        person = owners.get(opt_out.address)
        if person is not None and opt_out.person != person.id:
            work.tx.consent.belongs(opt_out.address, person.id)
            complain(work, person)


def complain(work: Work, person: Person) -> None:
    """Raise the alarm about a person who opted out."""
    configured = {policy.name for policy in work.settings.policies}
    built_in = (policy for policy in BUILT_IN_POLICIES if policy.name not in configured)
    policies = (*work.settings.policies, *built_in)
    left = fewest_left(person, policies, work.settings.directory, work.tx.consent.addresses())
    raise_alarm(
        work,
        AlarmRaise(
            source=SOURCE,
            key=_key(person),
            severity=Severity.HIGH,
            title=f"{person.name} opted out",
            text="" if left is None else f"Policy {left.policy} has {_recipients(left.people)} left",
            policy=work.settings.supervision.policy,
        ),
    )


def settle(work: Work, person: Person) -> None:
    """The person is back."""
    clear(work, AlarmClear(source=SOURCE, key=_key(person)))


def _recipients(count: int) -> str:
    return "1 recipient" if count == 1 else f"{count} recipients"


def _key(person: Person) -> str:
    return f"person/{person.id}/opt-out"
