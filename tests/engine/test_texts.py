"""What people read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest

from alert_engine.model import AcknowledgeBy, Alarm, AlarmState, Policy, Severity
from alert_engine.texts import ENGLISH, Manner, Speaker, direct, texts_for
from tests.engine.support import EPOCH

VIENNA = timezone(timedelta(hours=1))
FIRST, REMINDER, AGAIN, FLAPPING = Manner.FIRST, Manner.REMINDER, Manner.AGAIN, Manner.FLAPPING
FOR_ALL = Policy(name="all", steps=(), acknowledge_by=AcknowledgeBy.ALL)
SPEAKER = Speaker(texts=ENGLISH, now=EPOCH, time_zone=VIENNA)


def alarm(**changes: Any) -> Alarm:
    fields: dict[str, Any] = {
        "id": "a",
        "source": "plc",
        "key": "cellar/pump",
        "code": "4711",
        "severity": Severity.CRITICAL,
        "state": AlarmState.RAISED,
        "title": "Pump station",
        "text": "water in the cellar",
        "count": 1,
        "policy": Policy(name="p", steps=()),
        "step": 1,
        "next_due": None,
        "raised_at": EPOCH,
    }
    return Alarm(**(fields | changes))


@pytest.mark.parametrize(
    ("changes", "manner", "may", "text"),
    [
        ({}, FIRST, True, "CRITICAL Pump station: water in the cellar. Reply OK 4711"),
        ({}, REMINDER, True, "STILL CRITICAL Pump station: water in the cellar. Reply OK 4711"),
        ({}, FIRST, False, "CRITICAL Pump station: water in the cellar. Code 4711"),
        ({"text": ""}, FIRST, True, "CRITICAL Pump station. Reply OK 4711"),
        ({"text": "", "title": ""}, FIRST, True, "CRITICAL cellar/pump. Reply OK 4711"),
        ({"text": "Water!"}, FIRST, True, "CRITICAL Pump station: Water! Reply OK 4711"),
        ({"text": "two\nlines\t here "}, FIRST, True, "CRITICAL Pump station: two lines here. Reply OK 4711"),
        ({"severity": Severity.INFO, "text": ""}, FIRST, True, "INFO Pump station. Reply OK 4711"),
        (
            {"state": AlarmState.CLEARED},
            REMINDER,
            True,
            "CLEARED, but nobody took it: Pump station. Reply OK 4711",
        ),
        ({}, AGAIN, True, "AGAIN CRITICAL Pump station: water in the cellar. Reply OK 4711"),
        ({"policy": FOR_ALL, "text": ""}, FIRST, True, "CRITICAL Pump station. Everybody: reply OK 4711"),
        ({"policy": FOR_ALL, "text": ""}, FIRST, False, "CRITICAL Pump station. Code 4711"),
        ({"is_test": True, "text": ""}, FIRST, True, "TEST CRITICAL Pump station. Reply OK 4711"),
        (
            {"state": AlarmState.ACKED, "text": ""},
            REMINDER,
            True,
            "STILL CRITICAL Pump station. Anna has it. Code 4711",
        ),
        (
            {"count": 4},
            FLAPPING,
            True,
            "FLAPPING CRITICAL Pump station: on 4 times, now ON. Reply OK 4711",
        ),
        (
            {"count": 4, "state": AlarmState.CLEARED, "cleared_at": EPOCH},
            FLAPPING,
            True,
            "FLAPPING CRITICAL Pump station: on 4 times, now off. Reply OK 4711",
        ),
    ],
)
def test_raised(*, changes: dict[str, Any], manner: Manner, may: bool, text: str) -> None:
    assert SPEAKER.raised(alarm(**changes), manner=manner, may_acknowledge=may, who="Anna") == text


def test_a_talkative_source_is_cut_and_the_code_stays_in_sight() -> None:
    text = SPEAKER.raised(alarm(title="T" * 500, text="w " * 5000), manner=FIRST, may_acknowledge=True)
    assert len(text) == 459  # three segments
    assert text.endswith("... Reply OK 4711")


def test_others_hear_who_took_it_and_when() -> None:
    taken = alarm(acked_at=EPOCH)
    assert SPEAKER.taken(taken, "Anna") == "4711 taken by Anna 15:07: Pump station"


def test_a_time_of_another_day_has_its_date() -> None:
    taken = alarm(acked_at=EPOCH - timedelta(days=1))
    assert SPEAKER.taken(taken, "Anna") == "4711 taken by Anna 28 Feb 15:07: Pump station"


def test_all_clear() -> None:
    cleared = alarm(cleared_at=EPOCH)
    assert SPEAKER.cleared(cleared, "") == "CLEARED 4711 Pump station 15:07"
    assert SPEAKER.cleared(cleared, "dry\nagain") == "CLEARED 4711 Pump station 15:07: dry again"


def test_shelved_until_a_time_of_another_day() -> None:
    shelved = alarm(shelved_until=EPOCH + timedelta(hours=12))
    assert SPEAKER.shelved(shelved, "Anna") == "4711 shelved by Anna until 02 Mar 03:07: Pump station"


def test_whoever_took_it_is_reminded() -> None:
    taken = alarm(state=AlarmState.ACKED, raised_at=EPOCH - timedelta(hours=1))
    assert SPEAKER.still_yours(taken) == "4711 is yours and still on since 14:07: Pump station"
    assert SPEAKER.still_yours(replace(taken, is_test=True)).startswith("TEST 4711")


def test_closed_by_a_person() -> None:
    assert SPEAKER.closed(alarm(closed_at=EPOCH), "Anna") == "CLOSED 4711 Pump station by Anna 15:07"


def test_answers() -> None:
    closed = alarm(state=AlarmState.CLOSED, closed_at=EPOCH)
    acked = alarm(state=AlarmState.ACKED, acked_at=EPOCH)
    assert SPEAKER.confirmed(alarm()) == "4711 is yours: Pump station"
    assert SPEAKER.state(acked, "Anna") == "4711 already taken by Anna 15:07: Pump station"
    assert SPEAKER.state(closed, "Anna") == "4711 is over since 15:07, taken by Anna: Pump station"
    assert SPEAKER.state(closed, "") == "4711 is over since 15:07: Pump station"
    assert SPEAKER.unknown_code("4712") == "There is no alarm 4712"


def test_which_one_names_a_few() -> None:
    alarms = [replace(alarm(), code=str(code), title="A long name of a pump") for code in range(4711, 4718)]
    assert SPEAKER.which(alarms[:2]) == (
        "Which one? Reply OK and its code: 4711 A long name of a..., 4712 A long name of a..."
    )
    assert SPEAKER.which(alarms).endswith("4715 A long name of a..., ...")


def test_direct() -> None:
    assert direct("", "hello") == "hello"
    assert direct("Garden", "hello") == "Garden: hello"


@pytest.mark.parametrize("language", ["en", "en-GB", "xx"])
def test_english_where_there_is_nothing_else(language: str) -> None:
    assert texts_for(language) is ENGLISH


def test_short_alarms_fit_one_sms() -> None:
    text = SPEAKER.raised(alarm(title="T" * 60, text="w" * 60), manner=REMINDER, may_acknowledge=True)
    assert len(text) <= 160
