"""Each language says everything, in the GSM 7 bit alphabet, and within one SMS where the source is brief."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from alert_engine.decisions.digest import DigestItem, compose
from alert_engine.inbound.words import ALL
from alert_engine.inbound.words import LANGUAGES as COMMAND_LANGUAGES
from alert_engine.model import AcknowledgeBy, Alarm, AlarmState, Policy, Severity
from alert_engine.texts import DEFAULT_LANGUAGE, LANGUAGES, Manner, Speaker, Texts, has_texts, texts_for
from alert_engine.texts.forms import FIELDS, FORMS
from alert_engine.texts.templates import problem_of
from gsm_driver import Alphabet, count_segments
from tests.engine.support import EPOCH

VIENNA = timezone(timedelta(hours=1))
FOR_ALL = Policy(name="all", steps=(), acknowledge_by=AcknowledgeBy.ALL)
CASES = [(language, name) for language in LANGUAGES for name in FORMS]


def alarm(**changes: Any) -> Alarm:
    given: dict[str, Any] = {
        "id": "a",
        "source": "plc",
        "key": "cellar/pump",
        "code": "4711",
        "severity": Severity.CRITICAL,
        "state": AlarmState.RAISED,
        "title": "Pumpe",
        "text": "",
        "count": 3,
        "policy": Policy(name="p", steps=()),
        "step": 1,
        "next_due": None,
        "raised_at": EPOCH,
    }
    return Alarm(**(given | changes))


def speaker(language: str, **changes: Any) -> Speaker:
    given: dict[str, Any] = {"texts": LANGUAGES[language], "now": EPOCH, "time_zone": VIENNA}
    return Speaker(**(given | changes))


def said(to: Speaker, told: Alarm) -> dict[str, str]:
    """Everything that can be said about an alarm, by the name of the method."""
    later = EPOCH + timedelta(days=2)
    texts = {
        f"raised {manner.name} {may} {state}": to.raised(
            replaced(told, state=state), may_acknowledge=may, manner=manner, who="Anna"
        )
        for manner in Manner
        for may in (True, False)
        for state in (AlarmState.RAISED, AlarmState.ACKED, AlarmState.CLEARED)
    }
    texts |= {
        name: getattr(to, name)(told, "Anna")
        for name in ("taken", "shelved", "closed", "delivered", "not_delivered", "state")
    }
    texts |= {name: getattr(to, name)(told) for name in ("still_yours", "confirmed", "not_snoozed")}
    closed = replaced(told, state=AlarmState.CLOSED, closed_at=EPOCH)
    return texts | {
        "cleared": to.cleared(told, ""),
        "over": to.state(closed, ""),
        "over and taken": to.state(closed, "Anna"),
        "partly": to.partly(told, have=1, needed=3),
        "snoozed": to.snoozed(told, later),
        "which": to.which([told]),
        "who": to.who([(told, "")]),
    }


def replaced(told: Alarm, **changes: Any) -> Alarm:
    return alarm(**({each.name: getattr(told, each.name) for each in fields(told)} | changes))


def test_every_text_has_a_form() -> None:
    assert [field.name for field in fields(Texts)] == list(FORMS)


def test_every_field_of_a_form_is_explained() -> None:
    assert {field for form in FORMS.values() for field in form.fields} == set(FIELDS)
    assert all(set(needed) <= set(form.fields) for form in FORMS.values() for needed in form.needs)


@pytest.mark.parametrize(("language", "name"), CASES)
def test_a_text_of_ours_would_be_taken_from_a_user(language: str, name: str) -> None:
    assert problem_of(name, getattr(LANGUAGES[language], name)) == ""


@pytest.mark.parametrize(("language", "name"), CASES)
def test_a_text_of_ours_is_gsm_7_bit(language: str, name: str) -> None:
    form = FORMS[name]
    text = getattr(LANGUAGES[language], name).format(**dict.fromkeys(form.fields, ""))
    assert count_segments(text).alphabet is Alphabet.GSM7


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("policy", [Policy(name="p", steps=()), FOR_ALL], ids=["any", "all"])
def test_a_typical_alarm_is_one_segment(language: str, policy: Policy) -> None:
    told = alarm(title="T" * 40, text="w" * 60, policy=policy)
    assert [text for text in said(speaker(language), told).values() if len(text) > 160] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_about_an_alarm_has_its_code_and_the_mark_of_a_test(language: str) -> None:
    real, test = (said(speaker(language), alarm(is_test=is_test)) for is_test in (False, True))
    assert [name for name, text in real.items() if "4711" not in text] == []
    marked = {name: text for name, text in test.items() if name not in {"which", "who"}}
    assert all(text == f"TEST {real[name]}" for name, text in marked.items())


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "de",
            {
                "raised FIRST True raised": "KRITISCH Pumpe. Mit OK 4711 antworten",
                "raised REMINDER True raised": "NOCH IMMER KRITISCH Pumpe. Mit OK 4711 antworten",
                "raised REMINDER True acked": "NOCH IMMER KRITISCH Pumpe. Anna hat übernommen. Code 4711",
                "raised FLAPPING True acked": (
                    "FLATTERT KRITISCH Pumpe: 3-mal ausgelöst, jetzt AN. Code 4711"
                ),
                "taken": "4711 übernommen von Anna (15:07): Pumpe",
                "not_delivered": "4711: kein Nachweis, dass Anna ihn bekommen hat: Pumpe",
                "partly": "4711: 1 von 3 haben übernommen, andere fehlen noch: Pumpe",
                "snoozed": "4711 ist ruhig bis 03.03. 15:07: Pumpe",
                "who": "4711 Pumpe: niemand",
            },
        ),
        (
            "it",
            {
                "raised FIRST True raised": "CRITICO Pumpe. Rispondere OK 4711",
                "taken": "4711 preso in carico da Anna (15:07): Pumpe",
                "delivered": "4711 ricevuto da Anna (15:07): Pumpe",
                "partly": "4711: preso in carico da 1 su 3, mancano altri: Pumpe",
                "snoozed": "4711 silenziato (fine 03/03 15:07): Pumpe",
            },
        ),
        (
            "en",
            {
                "delivered": "4711 reached Anna 15:07: Pumpe",
                "not_delivered": "4711: no proof that Anna got it: Pumpe",
                "partly": "4711: 1 of 3 have it, still waiting for others: Pumpe",
                "snoozed": "4711 is quiet until 03 Mar 15:07: Pumpe",
                "who": "4711 Pumpe: nobody",
            },
        ),
    ],
)
def test_wording(language: str, texts: dict[str, str]) -> None:
    spoken = said(speaker(language), alarm())
    assert {name: spoken[name] for name in texts} == texts


@pytest.mark.parametrize(
    ("language", "today", "another_day"),
    [
        ("en", "14:05", "22 Nov 14:05"),
        ("de", "14:05", "22.11. 14:05"),
        ("it", "14:05", "22/11 14:05"),
    ],
)
def test_moments(language: str, today: str, another_day: str) -> None:
    at = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)
    assert speaker(language, now=at).time(at) == today
    assert speaker(language).time(at) == another_day


def test_the_last_moment_of_the_calendar_has_a_text() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    assert speaker("de").time(last) == "31.12. 23:59"


def test_who_names_a_few_with_an_end_in_sight() -> None:
    takers = [(alarm(code=str(code), title="t" * 40), "Anna") for code in range(4711, 4718)]
    text = speaker("en").who(takers)
    assert text.startswith("4711 ttttttttttttttttttttttttttt...: Anna, 4712 ")
    assert text.endswith(": Anna, ...")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_digest_is_one_segment_and_says_how_to_take_it_all(language: str) -> None:
    items = [
        DigestItem(id=str(code), code=str(code), severity=Severity.HIGH, title="Pumpe", over=code > 4740)
        for code in range(4711, 4750)
    ]
    to = speaker(language)
    digest = compose(items, to.digest_texts, 1, to.segments)
    assert to.segments(digest.text) == 1
    assert digest.text == to.letters(digest.text)
    assert digest.text.endswith(f"OK {ALL[language][0]}" + (" antworten" if language == "de" else ""))


def test_commands_and_texts_know_the_same_languages() -> None:
    assert set(COMMAND_LANGUAGES) == set(LANGUAGES)


def test_languages_by_their_names() -> None:
    assert texts_for("de-AT") is texts_for("DE") is LANGUAGES["de"]
    assert texts_for("xx") is LANGUAGES[DEFAULT_LANGUAGE]
    assert has_texts("it-CH")
    assert not has_texts("fr")
    assert has_texts("fr-BE", {"fr": {"raised": "ALARME {words}"}})
