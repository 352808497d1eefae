"""STOP, START and HELP in many languages, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.decisions.consent import CONSENT_WORDS, Consent, Remaining, consent_of, fewest_left, folded
from alert_engine.decisions.directory import Directory
from alert_engine.model import Address, Channel, Group, GroupMode, OnCall, Policy, Step, Substitution
from tests.engine.support import ANNA, BERT, CARL

if TYPE_CHECKING:
    from alert_engine.model import Person


@pytest.mark.parametrize("word", CONSENT_WORDS, ids=lambda word: word.word)
def test_each_word_in_any_case_with_blanks_around(word: object) -> None:
    text = word.word  # type: ignore[attr-defined]  # pytest hides the type
    for written in (text, text.lower(), text.capitalize(), f"  {text}\n"):
        assert consent_of(written) == word


@pytest.mark.parametrize(
    ("text", "meaning", "language"),
    [
        ("Stop", Consent.STOP, "en"),
        ("halt", Consent.STOP, "de"),
        ("ferma", Consent.STOP, "it"),
        ("arrêt", Consent.STOP, "fr"),
        ("detener", Consent.STOP, "es"),
        ("parar", Consent.STOP, "pt"),
        ("yes", Consent.START, "en"),
        ("hulp", Consent.HELP, "nl"),
    ],
)
def test_meanings(text: str, meaning: Consent, language: str) -> None:
    word = consent_of(text)
    assert word is not None
    assert (word.meaning, word.language) == (meaning, language)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "STOP it",
        "please stop",
        "STOP.",
        "S T O P",
        "STOPPED",
        "NO",
        "\u017ftop",
        "\u0130nfo",
        "x" * 10_000,
    ],
)
def test_no_consent_word(text: str) -> None:
    assert consent_of(text) is None


@pytest.mark.parametrize(
    ("text", "same"),
    [("ok", "OK"), ("über", "ÜBER"), ("straße", "STRAßE"), ("\u212a", "\u212a"), ("\u0131", "\u0131")],
)
def test_folded(text: str, same: str) -> None:
    assert folded(text) == same


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def policy(name: str, *notify: str) -> Policy:
    return Policy(name=name, steps=(Step(after=timedelta(0), notify=notify),))


@pytest.mark.parametrize(
    ("policies", "opted_out", "left"),
    [
        ((policy("all"),), (ANNA,), Remaining(policy="all", people=2)),
        ((policy("all"), policy("two", "anna", "bert")), (ANNA,), Remaining(policy="two", people=1)),
        ((policy("two", "anna", "bert"),), (ANNA, BERT), Remaining(policy="two", people=0)),
        ((policy("others", "bert"),), (ANNA,), None),
        ((), (ANNA,), None),
    ],
)
def test_fewest_left(policies: tuple[Policy, ...], opted_out: tuple[Person, ...], left: object) -> None:
    closed = {address for person in opted_out for address in person.addresses}
    directory = Directory(people=(ANNA, BERT, CARL))
    assert fewest_left(ANNA, policies, directory, closed) == left


FAMILY = Group(id="family", name="Family", members=("anna", "bert", "family", "nobody"))
CREW = Group(id="crew", name="Crew", members=("night", "carl"), mode=GroupMode.FIRST)
NIGHT = OnCall(
    id="night",
    name="Night",
    rotation=("bert",),
    begins=date(2026, 1, 5),
    handover=time(8),
    turn=timedelta(days=7),
    substitutions=(
        Substitution(
            person="anna",
            start=datetime(2026, 3, 1, tzinfo=UTC),
            end=datetime(2026, 3, 2, tzinfo=UTC),
        ),
    ),
)
STAND_IN = replace(NIGHT, id="stand-in", substitutions=(), fallback="family")


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("family", Remaining(policy="p", people=1)),
        ("night", Remaining(policy="p", people=1)),  # stands in some day
        ("crew", Remaining(policy="p", people=2)),
        ("stand-in", Remaining(policy="p", people=1)),
        ("nobody", Remaining(policy="p", people=2)),  # then everybody is told
    ],
)
def test_who_is_left_behind_other_names(name: str, left: Remaining) -> None:
    directory = Directory(people=(ANNA, BERT, CARL), groups=(FAMILY, CREW), on_calls=(NIGHT, STAND_IN))
    assert fewest_left(ANNA, (policy("p", name),), directory, set(ANNA.addresses)) == left


def test_another_address_that_is_open_keeps_a_recipient() -> None:
    push = Address(channel=Channel.PUSH, value="token")
    reachable = replace(ANNA, addresses=(*ANNA.addresses, push))
    directory = Directory(people=(reachable, BERT))
    assert fewest_left(ANNA, (policy("p", "anna"),), directory, set(ANNA.addresses)) == Remaining(
        policy="p", people=1
    )
