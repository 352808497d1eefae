"""STOP, START and HELP in many languages, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.decisions.consent import CONSENT_WORDS, Consent, Remaining, consent_of, fewest_left, folded
from alert_engine.model import Policy, Step
from tests.engine.support import ANNA, BERT, CARL, number_of


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
def test_fewest_left(policies: tuple[Policy, ...], opted_out: tuple[object, ...], left: object) -> None:
    numbers = {number_of(person) for person in opted_out}  # type: ignore[arg-type]  # persons
    assert fewest_left(ANNA, policies, (ANNA, BERT, CARL), numbers) == left
