"""Signs of life: taken, missed, and come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.decisions.heartbeat import HeartbeatState
from alert_engine.errors import ConfigError
from alert_engine.model import Heartbeat, Severity, Verdict
from alert_engine.operations import heartbeats
from alert_engine.supervision.settings import HeartbeatSettings
from tests.engine.acceptance import DAY, HOUR, MINUTE, acceptance
from tests.engine.support import ANNA, EPOCH, FakeRoute, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.engine.support import Story

PLC = HeartbeatSettings(
    source="plc1", key="alive", period=timedelta(minutes=1), severity=Severity.NORMAL, title="PLC is silent"
)
BEAT = Heartbeat(source="plc1", key="alive")


def beats(beat: Heartbeat = BEAT) -> Callable[[Story], Any]:
    return lambda told: told.engine.apply((beat,))


async def beat(told: Story, beat: Heartbeat = BEAT) -> Verdict:
    (result,) = await told.engine.apply((beat,))
    return result.verdict


async def only(told: Story) -> heartbeats.HeartbeatStanding:
    (standing,) = await told.engine.heartbeats()
    return standing


@story
async def test_a_missed_one_raises_and_the_next_one_clears(tmp_path: Path) -> None:
    async with acceptance(tmp_path, heartbeats=(PLC,)) as plan:
        for second in range(10, 600, 60):
            plan.at(second).does(beats())
        # The last one came at 550; its period and its grace are a minute each.
        plan.between(670, 672).want(ANNA, "NORMAL PLC is silent", "should come every 60 s", "last came")
        plan.at(HOUR).does(beats())
        plan.between(HOUR, HOUR + 2).want(ANNA, "CLEARED", "PLC is silent")
        plan.at(HOUR + 30).does(beats())
        plan.until(HOUR + 100)


@story
async def test_a_short_one_is_missed_at_once(tmp_path: Path) -> None:
    """Nothing else has to happen meanwhile for its deadline to be seen."""
    short = replace(PLC, period=timedelta(seconds=2), grace=timedelta(seconds=1))
    async with acceptance(tmp_path, heartbeats=(short,)) as plan:
        plan.at(70).does(beats())
        plan.between(73, 74).want(ANNA, "NORMAL PLC is silent")
        plan.until(MINUTE * 3)


@story
async def test_the_alarm_has_the_key_of_the_heartbeat(tmp_path: Path) -> None:
    async with telling(tmp_path, heartbeats=(replace(PLC, title=""),)) as told:
        assert await beat(told) is Verdict.APPLIED
        await told.until(119)
        assert (await only(told)).state is HeartbeatState.LATE
        await told.until(3 * MINUTE)
        (alarm,) = await told.engine.open_alarms()
        assert (alarm.source, alarm.key, alarm.title) == ("plc1", "hb/alive", "no sign of life: alive")
        standing = await only(told)
        assert (standing.state, standing.last_at, standing.never_seen) == (
            HeartbeatState.MISSED,
            EPOCH,
            False,
        )


@story
async def test_one_that_never_came_is_no_alarm_but_shows(tmp_path: Path) -> None:
    async with telling(tmp_path, heartbeats=(PLC,)) as told:
        await told.until(DAY - 1)
        assert (await only(told)).never_seen is False
        await told.until(DAY)
        standing = await only(told)
        assert (standing.state, standing.never_seen, standing.last_at) == (HeartbeatState.NEW, True, None)
        assert await told.engine.open_alarms() == ()


@story
async def test_the_clock_of_the_source_never_matters(tmp_path: Path) -> None:
    async with telling(tmp_path, heartbeats=(PLC,)) as told:
        for second in range(0, 3600, 60):
            await told.until(second)
            wrong = EPOCH + timedelta(days=(second % 7) * 100 - 300)
            assert await beat(told, replace(BEAT, source_time=wrong)) is Verdict.APPLIED
        assert told.names() == []


@story
async def test_one_that_nobody_watches_is_unknown(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        assert await beat(told) is Verdict.UNKNOWN
        assert await beat(told, replace(BEAT, period=timedelta(0))) is Verdict.UNKNOWN
        assert await told.engine.heartbeats() == ()


@story
async def test_a_source_may_announce_its_own_and_end_it(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        announced = replace(BEAT, period=timedelta(seconds=30), grace=timedelta(seconds=5))
        assert await beat(told, announced) is Verdict.APPLIED
        await told.until(20)
        assert await beat(told) is Verdict.APPLIED  # as it was announced
        await told.until(54)
        assert told.names() == []
        await told.until(56)
        assert told.names() == ["raised"]
        assert await beat(told, replace(BEAT, period=timedelta(0))) is Verdict.APPLIED
        await told.until(HOUR)
        assert told.names() == ["raised", "cleared"]
        assert await told.engine.heartbeats() == ()


@story
async def test_an_announced_one_ends_quietly_while_it_is_well(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        await beat(told, replace(BEAT, period=timedelta(0.001)))
        assert (await only(told)).grace == heartbeats.DEFAULT_GRACE
        assert await beat(told, replace(BEAT, period=timedelta(0))) is Verdict.APPLIED
        await told.until(HOUR)
        assert told.names() == []


@story
async def test_what_is_configured_stays_as_configured(tmp_path: Path) -> None:
    async with telling(tmp_path, heartbeats=(PLC,)) as told:
        await beat(told, replace(BEAT, period=timedelta(hours=1)))
        await beat(told, replace(BEAT, period=timedelta(0)))
        assert (await only(told)).period == timedelta(minutes=1)


@story
async def test_sources_cannot_announce_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "MAX_ANNOUNCED", 2)
    async with telling(tmp_path) as told:
        verdicts = [
            await beat(told, Heartbeat(source="wild", key=str(number), period=timedelta(minutes=1)))
            for number in range(4)
        ]
    assert verdicts == [Verdict.APPLIED, Verdict.APPLIED, Verdict.UNKNOWN, Verdict.UNKNOWN]


@story
async def test_after_the_gateway_was_away_each_has_its_full_time(tmp_path: Path) -> None:
    async with telling(tmp_path, heartbeats=(PLC,)) as told:
        await beat(told)
    async with telling(tmp_path, route=FakeRoute(), heartbeats=(PLC,), offset=timedelta(hours=3)) as told:
        start = told.clock.monotonic() - 1000
        await told.until(start + 119)
        assert told.names() == []
        await told.until(start + 121)
        assert told.names() == ["raised"]


@story
async def test_a_missed_one_stays_missed_over_a_restart(tmp_path: Path) -> None:
    async with telling(tmp_path, heartbeats=(PLC,)) as told:
        await beat(told)
        await told.until(HOUR)
    async with telling(tmp_path, heartbeats=(replace(PLC, period=timedelta(minutes=2)),)) as told:
        await told.until(2 * HOUR)
        standing = await only(told)
        assert (standing.state, standing.period) == (HeartbeatState.MISSED, timedelta(minutes=2))
        await beat(told)
        assert told.names() == ["cleared"]


@story
async def test_settings_may_change_while_it_runs(tmp_path: Path) -> None:
    async with telling(tmp_path, heartbeats=(PLC,)) as told:
        await beat(told)
        settings = told.engine._ledger.settings
        quicker, other = replace(PLC, period=timedelta(seconds=5)), replace(PLC, key="other")
        told.engine.update_settings(replace(settings, heartbeats=(quicker, other)))
        await told.until(70)
        assert told.names() == ["raised"]
        assert [each.key for each in await told.engine.heartbeats()] == ["alive", "other"]
        told.engine.update_settings(replace(settings, heartbeats=()))
        await told.until(80)
        assert told.names() == ["raised", "cleared"]
        assert await told.engine.heartbeats() == ()


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)])
def test_a_jump_of_the_clock_misses_none(tmp_path: Path, jump: timedelta) -> None:
    @story
    async def play() -> None:
        async with telling(tmp_path, heartbeats=(PLC,)) as told:
            await beat(told)
            await told.until(30)
            told.clock.offset = jump
            await told.until(119)
            assert told.names() == []
            await told.until(190)
            assert told.names() == ["raised"]

    play()


@pytest.mark.parametrize(
    "fields", [{"period": timedelta(0)}, {"grace": timedelta(days=40)}, {"source": "gateway"}]
)
def test_settings_that_make_no_sense_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        replace(PLC, **fields)
