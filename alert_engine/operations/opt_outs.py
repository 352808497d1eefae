"""Whoever looks after the alarms must know that one of the recipients hears nothing any more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.consent import fewest_left
from alert_engine.decisions.routing import has_alternative
from alert_engine.decisions.supervision_alarms import SOURCE
from alert_engine.model import Address, AlarmClear, AlarmRaise, MessageState, Severity
from alert_engine.settings import BUILT_IN_POLICIES

from .alarms import clear, raise_alarm
from .effects import readdress
from .messages import CLOSED
from .route_facts import closed, of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from alert_engine.model import Person
    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.work import Work

_BARRED = "/barred"  # ends the key of an alarm about somebody to whom no provider lets us write

# The routes come one after the other at a start and at a reload: the last of them may be open.
_ROUTES_COME = timedelta(seconds=30)


def note(work: Work, address: str, route: str) -> None:
    """The provider of this route says that the address told it to stop.

    What waits, and no other route may carry, is not sent; its alarms go to others.
    """
    if not work.tx.consent.stop_route(address, route, work.now):
        return
    work.tx.audit.add(work.now, route, "opted_out_there", "-")
    shut = closed(work)
    for entry in tuple(work.tx.messages.under_way_to(address)):
        message = entry.message
        is_closed = Address(channel=message.channel, value=address) in shut
        if message.state is MessageState.QUEUED and is_closed and entry.only_route is None:
            readdress(work, entry, CLOSED)
    _look_at_providers(work)


def take_back(work: Work, address: str, route: str, *, sent_at: datetime | None = None) -> bool:
    """The provider of this route lets us write there again; False if it always did.

    `sent_at` is when something was taken that arrived, if that is how it is known.
    """
    if not work.tx.consent.start_route(address, route, sent_at=sent_at):
        return False
    work.tx.audit.add(work.now, route, "opted_in_there", "-")
    _look_at_providers(work)
    return True


def take_all_back(work: Work, addresses: Iterable[str]) -> int:
    """A person says so, of all routes; how many marks that were."""
    lifted = sum(work.tx.consent.start_routes(address) for address in set(addresses))
    _look_at_providers(work)
    return lifted


def has_another_route(work: Work, entry: OutboxEntry, route: str) -> bool:
    """A route other than this one, not given up yet and open to the address, could take the message now."""
    return has_alternative(
        entry.message.channel,
        route,
        entry.given_up,
        of(work),
        excluded={*entry.excluded, *work.tx.consent.stopped_routes(entry.message.address)},
        urgent=entry.is_urgent,
    )


def look(work: Work) -> None:
    """Complain about numbers that said STOP before they were anybody's: people and settings change."""
    _look_at_providers(work)
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
    left = fewest_left(person, policies, work.settings.directory, closed(work))
    raise_alarm(
        work,
        AlarmRaise(
            source=SOURCE,
            key=_key(person),
            severity=Severity.HIGH,
            title=f"{person.name} opted out{_of(work, person)}",
            text="" if left is None else f"Policy {left.policy} has {_recipients(left.people)} left",
            policy=work.settings.supervision.policy,
        ),
    )


def settle(work: Work, person: Person) -> None:
    """The person is back, by one way at least; what is stopped still is still complained about."""
    if work.tx.consent.addresses().isdisjoint(person.addresses):
        clear(work, AlarmClear(source=SOURCE, key=_key(person)))


def _look_at_providers(work: Work) -> None:
    """Complain about whoever only has addresses where no provider lets us write, as long as it is so."""
    if not work.routes:
        return  # not known yet
    complained = {alarm.key for alarm in work.tx.alarms.open_of_source(SOURCE) if alarm.key.endswith(_BARRED)}
    stopped = work.tx.consent.all_stopped_routes()
    if not (complained or stopped):
        return
    shut = closed(work)
    barred = {
        f"person/{person.id}{_BARRED}": person
        for person in work.settings.people
        if shut.issuperset(person.addresses) and any(each.value in stopped for each in person.addresses)
    }
    for key in sorted(complained - barred.keys()):
        clear(work, AlarmClear(source=SOURCE, key=key))
    for key in sorted(barred.keys() - complained):
        _complain_of_providers(work, key, barred[key], stopped)


def _complain_of_providers(
    work: Work, key: str, person: Person, stopped: Mapping[str, Collection[str]]
) -> None:
    routes = sorted({route for each in person.addresses for route in stopped.get(each.value, ())})
    raise_alarm(
        work,
        AlarmRaise(
            source=SOURCE,
            key=key,
            severity=Severity.HIGH,
            title=f"{person.name} cannot be reached",
            text=(
                f"the provider of {' and '.join(routes)} was told to stop: {person.name} writes START to its "
                "number, or give another address or route"
            ),
            policy=work.settings.supervision.policy,
            hold=_ROUTES_COME,
        ),
    )


def _of(work: Work, person: Person) -> str:
    """Of what, if another way to the person is left."""
    shut = closed(work)
    if shut.issuperset(person.addresses):
        return ""
    return f" of {' and '.join(sorted({each.channel for each in person.addresses if each in shut}))}"


def _recipients(count: int) -> str:
    return "1 recipient" if count == 1 else f"{count} recipients"


def _key(person: Person) -> str:
    return f"person/{person.id}/opt-out"
