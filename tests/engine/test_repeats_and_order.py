"""Ids and times of sources: a repeat is one only if it says the same, and no clock silences a source."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from alert_engine.model import (
    AlarmAcknowledge,
    AlarmClear,
    AlarmRaise,
    AlarmState,
    Channel,
    KeyAcknowledge,
    MaintenanceStart,
    SendRequest,
    Severity,
    Verdict,
)
from tests.engine.support import ANNA, BERT, EPOCH, number_of, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

PUMP = AlarmRaise(source="plc1", key="pump", title="Pump")
PUMP_OVER = AlarmClear(source="plc1", key="pump")
GATE = replace(PUMP, key="gate", title="Gate")
TEXT = SendRequest(to=("anna",), text="tank full", request_id="mqtt:1")


class TestRepeats:
    @story
    async def test_one_id_for_two_keys_is_two_alarms(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            for request in (PUMP, GATE):
                first = await told.engine.raise_alarm(replace(request, message_id="1"))
                assert first.verdict is Verdict.APPLIED
            for request in (PUMP, GATE):
                again = await told.engine.raise_alarm(replace(request, message_id="1"))
                assert again.verdict is Verdict.DUPLICATE
                assert [alarm.key for alarm in again.alarms] == [request.key]
            over = replace(PUMP_OVER, message_id="2")
            assert (await told.engine.clear(over)).verdict is Verdict.APPLIED
            assert (await told.engine.clear(replace(over, key="gate"))).verdict is Verdict.APPLIED

    @story
    async def test_one_id_for_two_commands_does_both(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            alarms = [(await told.engine.raise_alarm(request)).alarms[0] for request in (PUMP, GATE)]
            takes = [AlarmAcknowledge(by="panel", code=alarm.code, message_id="1") for alarm in alarms]
            for expected in (Verdict.APPLIED, Verdict.DUPLICATE):
                for each in takes:
                    assert (await told.engine.acknowledge(each)).verdict is expected
            assert {alarm.state for alarm in await told.engine.open_alarms()} == {AlarmState.ACKED}

    @story
    async def test_one_id_for_two_keys_that_a_source_takes(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await told.engine.apply([PUMP, GATE])
            takes = [
                KeyAcknowledge(source="plc1", key=key, by="plc", message_id="1") for key in ("pump", "gate")
            ]
            results = await told.engine.apply(takes)
            assert [result.verdict for result in results] == [Verdict.APPLIED, Verdict.APPLIED]

    @story
    async def test_one_id_for_two_maintenances(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            start = MaintenanceStart(by="panel", source="plc1", message_id="1")
            for each in (start, replace(start, keys="pump*"), replace(start, source="plc2")):
                assert (await told.engine.start_maintenance(each)).verdict is Verdict.APPLIED
                assert (await told.engine.start_maintenance(each)).verdict is Verdict.DUPLICATE
            assert len(await told.engine.maintenances()) == 3

    @pytest.mark.parametrize(
        "other",
        [
            replace(TEXT, to=("bert",)),
            replace(TEXT, text="fire in hall 3"),
            replace(TEXT, title="Hall 3"),
            replace(TEXT, channel=Channel.SMS),
        ],
    )
    def test_one_id_for_two_texts_sends_both(self, tmp_path: Path, other: SendRequest) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path, people=(ANNA, BERT)) as told:
                uids = []
                for each in (TEXT, other):
                    sent = await told.engine.send(each)
                    assert sent.verdict is Verdict.APPLIED
                    assert (await told.engine.send(each)).verdict is Verdict.DUPLICATE
                    uids += [message.uid for message in sent.messages]
                await told.until(60)
                assert len(told.route.texts) == 2
                found = await told.engine.sent("mqtt:1")
                assert [message.uid for message in found["mqtt:1"]] == uids

        told()

    @story
    async def test_a_repeat_that_lives_longer_is_one(self, tmp_path: Path) -> None:
        """It was told anew how long it may wait, counted from now."""
        async with telling(tmp_path) as told:
            await told.engine.send(replace(TEXT, expires_at=EPOCH + timedelta(minutes=5)))
            again = await told.engine.send(replace(TEXT, expires_at=EPOCH + timedelta(minutes=6)))
            assert again.verdict is Verdict.DUPLICATE
            await told.until(60)
            assert [address for address, _ in told.route.texts] == [number_of(ANNA)]


class TestOrder:
    @pytest.mark.parametrize("back", [timedelta(minutes=6), timedelta(days=1)])
    def test_a_clock_that_was_set_back_silences_no_source(self, tmp_path: Path, back: timedelta) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path) as told:
                await told.engine.raise_alarm(replace(PUMP, source_time=told.clock.now()))
                await told.until(60)
                await told.engine.clear(replace(PUMP_OVER, source_time=told.clock.now()))
                told.clock.offset = -back
                await told.until(70)
                fire = replace(PUMP, severity=Severity.CRITICAL, source_time=told.clock.now())
                assert (await told.engine.raise_alarm(fire)).verdict is Verdict.APPLIED
                over = replace(PUMP_OVER, source_time=told.clock.now() - timedelta(seconds=1))
                assert (await told.engine.clear(over)).verdict is Verdict.STALE
                after = replace(PUMP_OVER, source_time=told.clock.now())
                assert (await told.engine.clear(after)).verdict is Verdict.APPLIED

        told()

    @story
    async def test_a_raise_that_comes_once_more_after_its_end_is_as_old_as_it_says(
        self, tmp_path: Path
    ) -> None:
        """A queue on the way hands it over again, when it is no repeat any more by its id alone."""
        async with telling(tmp_path) as told:
            raised = replace(PUMP, message_id="1", source_time=EPOCH)
            await told.engine.raise_alarm(raised)
            await told.until(60)
            await told.engine.clear(replace(PUMP_OVER, source_time=told.clock.now()))
            await told.until(3600)
            assert (await told.engine.raise_alarm(raised)).verdict is Verdict.DUPLICATE
            begins_again = replace(raised, source_time=told.clock.now())
            assert (await told.engine.raise_alarm(begins_again)).verdict is Verdict.APPLIED
