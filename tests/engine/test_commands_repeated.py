"""A message that is reported twice is one; the same words written again are two; what was held up is old."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from alert_engine.inbound.settings import CommandSettings
from alert_engine.model import (
    AlarmAcknowledge,
    AlarmClear,
    AlarmState,
    Keyword,
    Parameter,
    ParameterKind,
    Tier,
)
from tests.engine.support import ANNA, FakeRoute, now, number_of, telling
from tests.engine.test_commands import (
    ADA,
    COMMANDS,
    GATE,
    PIN,
    PUMP,
    alarm_of,
    audited,
    inbound,
    keywords,
    later,
    raised,
    said,
)
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.support import Story

VALVE = Keyword(
    name="valve",
    words=("VALVE",),
    parameters=(Parameter(name="litres", kind=ParameterKind.TEXT, required=False),),
    tier=Tier.CONFIRMED,
)


class TestWithoutATimeOfTheServiceCentre:
    @story
    async def test_the_same_words_for_the_next_alarm_are_another_message(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            (pump,) = await raised(told, PUMP)
            await said(told, ANNA, "OK", service_centre_time=None)
            await later(told, 900)
            (gate,) = await raised(told, GATE)
            await said(told, ANNA, "OK", service_centre_time=None)
            assert (await alarm_of(told, pump)).state is AlarmState.ACKED
            assert (await alarm_of(told, gate)).state is AlarmState.ACKED

    @pytest.mark.parametrize(("seconds", "messages"), [(3, 1), (299, 1), (300, 2)])
    def test_a_callback_is_repeated_over_the_full_hour(
        self, tmp_path: Path, seconds: int, messages: int
    ) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
                await told.engine.access.set_pin("anna", PIN, by="test")
                await told.until(53 * 60 - 1)  # 14:59:59
                await told.route.receive(ADA, f"GARAGE OPEN {PIN}", service_centre_time=None)
                await later(told, seconds)
                await told.route.receive(ADA, f"GARAGE OPEN {PIN}", service_centre_time=None)
                assert len(inbound(told)) == len(keywords(told)) == messages

        told()

    @story
    async def test_a_clock_that_was_ahead_hides_nothing(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            ahead = now() + timedelta(days=1)
            await told.route.receive(ANNA, "STATUS", service_centre_time=None, received_at=ahead)
            await told.route.receive(ANNA, "STATUS", service_centre_time=None)
            assert len(inbound(told)) == 2

    @story
    async def test_the_id_of_a_provider_tells_messages_apart(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            for reference in ("SM1", "SM2", "SM1"):
                await told.route.receive(ANNA, "STATUS", service_centre_time=None, reference=reference)
                await later(told, 3600)
            await told.route.receive(ANNA, "STATUS", service_centre_time=None, reference="SM2")
            assert len(inbound(told)) == 2


class TestCommandsThatCountOnce:
    @story
    async def test_a_proof_does_not_make_it_another_one(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            await said(told, ADA, f"GARAGE OPEN {PIN}")
            assert await said(told, ADA, f"GARAGE OPEN {PIN}") == []
            assert len(keywords(told)) == 1
            assert (await audited(told))[-1] == "refused_repeated"
            await later(told, 60)
            assert await said(told, ADA, f"GARAGE OPEN {PIN}") == ["Done: GARAGE OPEN"]

    @story
    async def test_the_sim_moves_to_another_modem(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            other = FakeRoute("stick2")
            await told.engine.add_route(other)
            written = now()
            await told.route.receive(ADA, f"GARAGE OPEN {PIN}", service_centre_time=written)
            await later(told, 300)
            await other.receive(ADA, f"GARAGE OPEN {PIN}", service_centre_time=written)
            await later(told)
            assert len(keywords(told)) == 1

    @story
    async def test_what_is_confirmed_is_what_was_asked(self, tmp_path: Path) -> None:
        settings = CommandSettings(keywords=(VALVE,))
        async with telling(tmp_path, people=(ADA,), commands=settings) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            await said(told, ADA, f"VALVE 250000 {PIN}")
            await said(told, ADA, await challenge_of(told))
            (event,) = keywords(told)
            assert dict(event.values) == {"litres": "250000"}


class TestWhatWasHeldUp:
    @pytest.mark.parametrize("text", ["OK", "OK ALL", "SNOOZE"])
    def test_it_is_not_about_what_was_sent_after_it(self, tmp_path: Path, text: str) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path) as told:
                await raised(told, PUMP)
                written = now()
                await later(told, 60)
                await told.engine.clear(AlarmClear(source="plc1", key="pump"))
                await later(told, 660)
                (gate,) = await raised(told, GATE)
                (answer,) = await said(told, ANNA, text, service_centre_time=written)
                assert answer.startswith("Which one? Reply OK")
                assert gate.code in answer
                after = await alarm_of(told, gate)
                assert (after.state, after.shelved_until) == (AlarmState.RAISED, None)

        told()

    @pytest.mark.parametrize("text", ["OK", "OK ALL"])
    def test_it_is_about_what_was_known_by_then(self, tmp_path: Path, text: str) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path) as told:
                (pump,) = await raised(told, PUMP)
                written = now()
                await later(told, 600)
                (gate,) = await raised(told, GATE)
                (answer,) = await said(told, ANNA, text, service_centre_time=written)
                assert answer == f"{pump.code} is yours: Pump station"
                assert (await alarm_of(told, gate)).state is AlarmState.RAISED

        told()

    @pytest.mark.parametrize(
        ("minutes", "state"), [(2, AlarmState.ACKED), (2.5, AlarmState.RAISED), (-60, AlarmState.ACKED)]
    )
    def test_the_clock_of_the_service_centre_may_differ_a_little(
        self, tmp_path: Path, minutes: float, state: AlarmState
    ) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path) as told:
                (pump,) = await raised(told, PUMP)
                written = now() - timedelta(minutes=minutes)
                await said(told, ANNA, "OK", service_centre_time=written)
                assert (await alarm_of(told, pump)).state is state

        told()

    @story
    async def test_a_code_says_which(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            (pump,) = await raised(told, PUMP)
            written = now() - timedelta(hours=2)
            await said(told, ANNA, f"OK {pump.code}", service_centre_time=written)
            assert (await alarm_of(told, pump)).state is AlarmState.ACKED


class TestOneIsLeft:
    @story
    async def test_of_several_the_one_that_nobody_has_is_meant(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            pump, gate = await raised(told, PUMP, GATE)
            await told.engine.acknowledge(AlarmAcknowledge(by="bert", code=gate.code))
            await later(told)
            told.route.left.clear()
            assert await said(told, ANNA, "OK") == [f"{pump.code} is yours: Pump station"]

    @story
    async def test_of_three_it_is_asked(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await raised(told, PUMP, GATE, replace(PUMP, key="third"))
            (answer,) = await said(told, ANNA, "OK")
            assert answer.startswith("Which one?")


async def challenge_of(told: Story) -> str:
    """The code that waits for Ada."""
    pending = await told.engine._ledger.read(lambda tx: tx.commands.pending(number_of(ADA)))
    assert pending is not None
    return pending.challenge.code
