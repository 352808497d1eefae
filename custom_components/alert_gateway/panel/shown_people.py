"""People, who is on call, and what a text would do, as the page gets them."""

from typing import TYPE_CHECKING, Any

from .shown import fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from alert_engine.journal.tables.rehearsals import Rehearsal
    from alert_engine.model import Deed, DryRun, NameNow, Person, PersonNow, Roster
    from custom_components.alert_gateway.viewer import Lens


def shown_people(people: Iterable[Person], roster: Roster, lens: Lens) -> dict[str, Any]:
    """Return everybody, and whom the names stand for now."""
    now = {person.id: person for person in roster.people}
    return {
        **fields(roster, "severity", "commands_off_since"),
        "people": [_shown_person(person, now[person.id], lens) for person in people if person.id in now],
        "names": [_shown_name(name) for name in roster.names],
    }


def _shown_person(person: Person, now: PersonNow, lens: Lens) -> dict[str, Any]:
    return {
        **fields(person, "id", "name", "can_acknowledge", "can_command", "minimum_severity"),
        **fields(now, "reached", "against", "is_quiet", "is_on_shift", "changes_at"),
        **fields(now, "opted_out", "locked_out_until"),
        "addresses": [
            {"channel": address.channel, "value": lens.number(address.value)} for address in person.addresses
        ],
        "on_call": list(now.on_call),
    }


def _shown_name(name: NameNow) -> dict[str, Any]:
    return {
        **fields(name, "id", "name", "kind", "mode", "until"),
        **fields(name, "on_duty", "duty_reason", "duty_until", "next_on_duty"),
        "reached": list(name.reached),
        "held": [fields(held, "person", "until") for held in name.held],
        "notes": list(name.notes),
    }


def shown_tests(newest: Iterable[Rehearsal]) -> Mapping[str, list[dict[str, Any]]]:
    """Return the tests of people, by person."""
    found: dict[str, list[dict[str, Any]]] = {}
    for test in newest:
        found.setdefault(test.person, []).append(_shown_test(test))
    return found


def _shown_test(test: Rehearsal) -> dict[str, Any]:
    moments = fields(test, "started_at", "accepted_at", "delivered_at", "answered_at")
    return {"message": test.message_uid, **fields(test, "channel", "route"), **moments}


def shown_dry_run(run: DryRun, lens: Lens) -> dict[str, Any]:
    """Return what would happen."""
    return {
        **fields(run, "person", "meaning", "command", "usage", "tier", "proof", "refusal"),
        "words": lens.text(run.words),
        "arguments": [lens.text(word) for word in run.arguments],
        "values": {name: lens.text(str(value)) for name, value in run.values.items()},
        "allowed": [lens.who(person) for person in run.allowed],
        "answer": None if run.answer is None else lens.text(run.answer),
        "deeds": [_shown_deed(deed, lens) for deed in run.deeds],
    }


def _shown_deed(deed: Deed, lens: Lens) -> dict[str, Any]:
    return {
        **fields(deed, "kind", "code", "event", "channel"),
        "words": lens.text(deed.words),
        "name": lens.who(deed.person),
        "text": None if deed.text is None else lens.text(deed.text),
    }
