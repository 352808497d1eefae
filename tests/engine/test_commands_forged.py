"""Forged commands: any text of anybody is answered or dropped soon, and none is obeyed unproven."""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alert_engine.decisions.authorisation import DAY
from alert_engine.inbound.settings import CommandSettings
from alert_engine.inbound.words import WORDS
from alert_engine.model import (
    AlarmRaise,
    AlarmState,
    Keyword,
    KeywordReceived,
    Parameter,
    ParameterKind,
    Tier,
)
from tests.engine.support import ANNA, BERT, EPOCH, Story, number_of, telling
from tests.virtual_time import story

ADA = replace(ANNA, can_command=True)
PUMP = AlarmRaise(source="plc1", key="pump", title="Pump station")
NOTE = Parameter(name="note", kind=ParameterKind.TEXT, required=False)
COMMANDS = CommandSettings(
    keywords=(
        Keyword(name="garage", words=("GARAGE",), tier=Tier.PROVEN),
        Keyword(name="disarm", words=("DISARM",), parameters=(NOTE,), tier=Tier.CONFIRMED),
    )
)
BOUND = 0.05  # seconds for one text, the journal's commit and all

_WORDS = sorted({word for by_language in WORDS.values() for words in by_language.values() for word in words})
_PIECES = st.one_of(
    st.sampled_from([*_WORDS, "GARAGE", "DISARM", "ALL", "ON", "STOP", "START", "${open}", "{0}", "%s"]),
    st.from_regex(r"[0-9]{1,13}", fullmatch=True),
    st.text(max_size=12),
)
TEXTS = st.lists(_PIECES, max_size=8).map(" ".join)
SENDERS = st.one_of(
    st.sampled_from([number_of(ADA), number_of(BERT), number_of(ADA)[1:], "+447911123456"]),
    st.sampled_from(["Anna", "+43664111111", "+4366411111111", "12345", "", "?", "+436641111111 "]),
    st.text(max_size=15),
)


@given(
    letters=st.lists(st.tuples(SENDERS, TEXTS, st.booleans(), st.booleans(), st.integers(0, 2)), max_size=12)
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_from_anybody(letters: list[tuple[str, str, bool, bool, int]]) -> None:
    @story
    async def told() -> None:
        with tempfile.TemporaryDirectory() as directory:
            async with telling(Path(directory), people=(ADA, BERT), commands=COMMANDS) as told:
                for sender, text, can_be_answered, is_text, missing in letters:
                    began = time.perf_counter()
                    changes: dict[str, Any] = {"is_text": is_text, "missing_segments": missing}
                    await told.route.receive(sender, text, sender_can_be_answered=can_be_answered, **changes)
                    assert time.perf_counter() - began < 20 * BOUND  # a busy machine is no failure
                await told.until(600)
                assert not [each for each in keywords(told) if each.keyword in {"garage", "disarm", "TEST"}]
                strangers = [a for a, _ in told.route.texts if a not in {number_of(ADA), number_of(BERT)}]
                assert strangers == []
                assert await told.engine.access.verify_audit() is None

    told()


def keywords(told: Story) -> list[KeywordReceived]:
    return [event for event in told.events if isinstance(event, KeywordReceived)]


@pytest.mark.parametrize(
    "changes",
    [
        {"sender": "Anna", "sender_can_be_answered": False},
        {"sender": "ANNA"},
        {"sender": number_of(ADA)[-7:]},
        {"sender": number_of(ADA) + "0"},
        {"sender": "12345", "sender_can_be_answered": False},
        {"sender": number_of(ADA), "sender_can_be_answered": False},
        {"sender": number_of(ADA), "is_text": False},
        {"sender": number_of(ADA), "missing_segments": 1},
    ],
)
def test_who_never_commands(tmp_path: Path, changes: dict[str, Any]) -> None:
    @story
    async def told() -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            (pump,) = (await told.engine.raise_alarm(PUMP)).alarms
            await told.engine.access.set_pin("anna", "314159", by="test")
            await told.until(10)
            told.route.left.clear()
            fields = dict(changes)
            sender = fields.pop("sender")
            for text in (
                "OK",
                f"OK {pump.code}",
                "OK ALL",
                "SNOOZE",
                "GARAGE 314159",
                "DISARM",
                "HELP",
                "STATUS",
            ):
                await told.route.receive(sender, text, **fields)
            await told.until(60)
            assert keywords(told) == []
            assert told.route.left == []
            found = await told.engine.alarm(pump.id)
            assert found is not None
            assert (found.state, found.shelved_until) == (AlarmState.RAISED, None)

    told()


@story
async def test_four_days_of_guessing_open_nothing(tmp_path: Path) -> None:
    """Somebody writes in Ada's name, PINs and one-time codes and answers to challenges, day and night."""
    chance = random.Random(4711)
    async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
        await told.engine.access.set_pin("anna", "314159", by="test")
        await told.engine.access.set_totp("anna", by="test")
        tried = 0
        for hour in range(4 * 24):
            await told.until(3600 * hour)
            guess = f"{chance.randrange(10**6):06}"
            for text in (f"GARAGE {guess}", f"DISARM {guess}", "DISARM", guess):
                tried += 1
                await told.route.receive(ADA, text)
        assert tried == 384
        assert keywords(told) == []
        assert await told.engine._ledger.read(lambda tx: tx.commands.failures_of_all(EPOCH - DAY)) == 10
