"""The user's own texts: what is taken, what is refused and how that is said, and that none can fail later."""

from __future__ import annotations

from string import Formatter
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from alert_engine.errors import ConfigError
from alert_engine.model import AlarmState
from alert_engine.settings import EngineSettings
from alert_engine.texts import ENGLISH, LANGUAGES, MAX_SEGMENTS, Speaker, segments_of, texts_for
from alert_engine.texts.forms import FIELDS, FORMS
from alert_engine.texts.templates import problem_of
from tests.engine.support import EPOCH
from tests.engine.test_texts_languages import VIENNA, alarm, said


def settings(**templates: Any) -> EngineSettings:
    return EngineSettings(gateway="test", templates=templates)


def test_a_template_replaces_a_text() -> None:
    own = settings(de={"raised": "ALARM! {title}", "severity_high": "WICHTIG"}).templates
    german = Speaker(texts=texts_for("de-AT", own), now=EPOCH, time_zone=VIENNA)
    assert german.raised(alarm(), may_acknowledge=True) == "ALARM! Pumpe. Mit OK 4711 antworten"
    assert german.digest_texts.severities == ("INFO", "NORMAL", "WICHTIG", "KRITISCH")
    assert texts_for("en", own) is ENGLISH


def test_a_language_of_the_users_own_is_english_where_it_says_nothing() -> None:
    own = settings(fr={"raised": "ALARME {words}", "call_to_answer": "Répondre OK {code}"}).templates
    french = Speaker(texts=texts_for("fr-CH", own), now=EPOCH, time_zone=VIENNA)
    assert french.raised(alarm(), may_acknowledge=True) == "ALARME Pumpe. Répondre OK 4711"
    assert french.confirmed(alarm()) == "4711 is yours: Pumpe"


def test_months_of_the_users_own() -> None:
    months = "janv févr mars avr mai juin juil août sept oct nov déc"
    own = settings(
        fr={"months": months, "date": "{day} {month_name} {year}, {time}", "time": "{hour}h{minute}"}
    )
    french = Speaker(texts=texts_for("fr", own.templates), now=EPOCH.replace(day=2), time_zone=VIENNA)
    assert french.time(EPOCH) == "01 mars 2026, 15h07"


def test_braces_can_be_written() -> None:
    own = settings(en={"raised": "{{{severity}}} {words}"}).templates
    english = Speaker(texts=texts_for("en", own), now=EPOCH, time_zone=VIENNA)
    assert english.raised(alarm(), may_acknowledge=True) == "{CRITICAL} Pumpe. Reply OK 4711"


FIELDS_OF_TAKEN = "Fields are: {code}, {title}, {who}, {time}"


@pytest.mark.parametrize(
    ("name", "pattern", "problem"),
    [
        ("taken", "by {who}", f"it needs {{code}}. {FIELDS_OF_TAKEN}"),
        ("taken", "{code} {whom}", f"{{whom}} is no field of it. {FIELDS_OF_TAKEN}"),
        ("taken", "{code.__class__}", f"{{code.__class__}} is no field of it. {FIELDS_OF_TAKEN}"),
        ("taken", "{code[0]}", f"{{code[0]}} is no field of it. {FIELDS_OF_TAKEN}"),
        ("taken", "{0}", f"{{0}} is no field of it. {FIELDS_OF_TAKEN}"),
        ("taken", "{}", f"{{}} is no field of it. {FIELDS_OF_TAKEN}"),
        ("taken", "{code!r}", f"{{code}} is written without ! and : here. {FIELDS_OF_TAKEN}"),
        ("taken", "{code:>999999999}", f"{{code}} is written without ! and : here. {FIELDS_OF_TAKEN}"),
        ("taken", "{code:{who}}", f"{{code}} is written without ! and : here. {FIELDS_OF_TAKEN}"),
        ("taken", "{code", f"a brace has no other: {{name}} is a field, {{{{ a brace. {FIELDS_OF_TAKEN}"),
        ("taken", "}{code}", f"a brace has no other: {{name}} is a field, {{{{ a brace. {FIELDS_OF_TAKEN}"),
        ("taken", f"{{code}} {'x' * 160}", "is 7 characters too long"),
        ("taken", f"{{code}}{'😀' * 78}", "is 2 characters too long"),
        ("taken", "{code}" * 30, "is 20 characters too long"),
        ("taken", "{code}\x00", "has a control character: leave it out"),
        ("taken", 4711, 'is no text: write it in quotes, "..."'),
        ("raised", "{severity}", "it needs {words} or {title}. Fields are: {severity}, {words}, {title}, "),
        ("call_to_answer", "Reply OK", "it needs {code}. Fields are: {code}"),
        ("test", "TEST", "it needs {text}. Fields are: {text}"),
        ("severity_high", "{high}", "has no fields: leave the braces out"),
        ("severity_high", "x" * 17, "is 1 characters too long"),
        ("months", "a b c", "must be twelve words of at most 10 letters, with blanks between"),
        ("months", f"{'a ' * 11}{'b' * 11}", "must be twelve words of at most 10 letters"),
        ("rased", "{words}", "there is no such text. Texts are: severity_info, severity_normal, "),
    ],
)
def test_what_is_refused(name: str, pattern: Any, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        settings(de={name: pattern})
    assert str(refused.value).startswith(f"templates, de, {name}: {problem}")
    assert refused.value.path == ("templates", "de", name)


@pytest.mark.parametrize("language", ["deutsch", "DE", "de-AT", ""])
def test_what_is_no_language(language: str) -> None:
    with pytest.raises(ConfigError, match="is no language: two letters") as refused:
        settings(**{language: {"raised": "{words}"}})
    assert refused.value.path == ("templates", language)


PIECES = st.sampled_from(
    ["{", "}", "{{", "}}", "!r", ":", ".x", "[0]", "ж", "😀", "e\u0301", " ", *map("{{{}}}".format, FIELDS)]
)
PATTERNS = st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join)


@given(name=st.sampled_from(sorted(FORMS)), pattern=PATTERNS)
@example(name="help_status", pattern="}")
def test_what_is_taken_can_be_formatted(name: str, pattern: str) -> None:
    if problem_of(name, pattern):
        return
    fields = dict.fromkeys(FORMS[name].fields, "{0.x}!")
    text = pattern.format(**fields)
    literal = "".join(part for part, *_ in Formatter().parse(pattern))
    assert len(text) >= len(literal)


@profile(deadline=None)  # forty texts each
@given(
    given_texts=st.dictionaries(st.sampled_from(sorted(FORMS)), PATTERNS, max_size=6),
    base=st.sampled_from(sorted(LANGUAGES)),
    title=st.text(max_size=100),
    is_test=st.booleans(),
)
@example(
    given_texts={
        "raised": "ж" * 64 + "{severity}{words}{title}",
        "severity_critical": "ж" * 16,
        "call_to_answer": "ж" * 54 + "{code}",
        "test": "ж" * 20 + "{text}",
    },
    base="de",
    title="ж" * 100,
    is_test=True,
)
def test_what_is_taken_keeps_the_code_and_the_limit(
    *, given_texts: dict[str, str], base: str, title: str, is_test: bool
) -> None:
    own = {name: pattern for name, pattern in given_texts.items() if not problem_of(name, pattern)}
    to = Speaker(texts=texts_for(base, {base: own}), now=EPOCH, time_zone=VIENNA)
    told = alarm(title=title, text=title * 5, is_test=is_test, state=AlarmState.RAISED)
    for name, text in said(to, told).items():
        assert "4711" in text, name
        assert segments_of(text, plain=False) <= MAX_SEGMENTS, name
