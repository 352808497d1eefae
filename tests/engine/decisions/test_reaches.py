"""By which of their addresses people are told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alert_engine.decisions.escalation import runs_before
from alert_engine.decisions.recipients import reaches
from alert_engine.model import Address, Channel, Person, Policy, Step

SMS, CALL, PUSH, EMAIL = Channel.SMS, Channel.CALL, Channel.PUSH, Channel.EMAIL
ALL = frozenset(Channel)
MINUTE = timedelta(minutes=1)


def person(name: str, *channels: Channel) -> Person:
    addresses = tuple(
        Address(channel=channel, value=f"{name}-{channel}-{number}")
        for number, channel in enumerate(channels)
    )
    return Person(id=name, name=name, addresses=addresses)


ANNA = person("anna", SMS, CALL, SMS)
BERT = person("bert", PUSH, SMS)
CARL = person("carl", CALL, EMAIL)


@pytest.mark.parametrize(
    ("channels", "persons", "carried", "expected"),
    [
        ((SMS,), (ANNA, BERT), ALL, ["anna-sms-0", "bert-sms-1"]),
        ((SMS, CALL), (ANNA, BERT), ALL, ["anna-sms-0", "bert-sms-1", "anna-call-1"]),
        ((), (ANNA, BERT), ALL, ["anna-sms-0", "bert-push-0"]),
        # Nobody is called where no route calls; before the routes are known, anybody may be.
        ((SMS, CALL), (ANNA,), {SMS}, ["anna-sms-0"]),
        ((CALL,), (ANNA, BERT), {SMS}, []),
        ((CALL,), (ANNA, BERT), (), ["anna-call-1"]),
        # Who has none of the channels is told by another, with a call if that is all there is.
        ((SMS,), (CARL,), ALL, ["carl-email-1"]),
        ((SMS,), (CARL,), {SMS, CALL}, ["carl-call-0"]),
        ((SMS,), (CARL,), {SMS}, ["carl-email-1"]),
        ((), (CARL,), ALL, ["carl-call-0"]),
        ((), (BERT,), {SMS}, ["bert-sms-1"]),
        ((SMS,), (person("dora"),), ALL, []),
        # The same address twice is one message.
        ((SMS,), (ANNA, ANNA), ALL, ["anna-sms-0"]),
    ],
)
def test_who_is_told_where(
    channels: tuple[Channel, ...],
    persons: tuple[Person, ...],
    carried: frozenset[Channel],
    expected: list[str],
) -> None:
    found = reaches(channels, persons, (), carried)
    assert [reach.address.value for reach in found] == expected


def test_an_address_that_opted_out_is_passed_over() -> None:
    first, call, second = ANNA.addresses
    assert [r.address for r in reaches((SMS,), (ANNA,), (first,), ALL)] == [second]
    assert [r.address for r in reaches((SMS,), (ANNA,), (first, second), ALL)] == [call]
    assert reaches((SMS,), (ANNA,), ANNA.addresses, ALL) == ()


@pytest.mark.parametrize(("minutes", "runs"), [(0, 0), (1, 0), (2, 0), (5, 0), (7, 1), (12, 2), (60, 2)])
def test_how_often_a_step_ran_before(minutes: int, runs: int) -> None:
    step = Step(after=2 * MINUTE, notify=(), repeat=2, every=5 * MINUTE)
    assert runs_before(Policy(name="p", steps=(step,)), step, minutes * MINUTE) == runs
