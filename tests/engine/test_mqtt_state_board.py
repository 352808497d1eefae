"""What lies retained on the broker follows the engine: hours of it, in virtual time."""

from __future__ import annotations

import json
import sqlite3
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Any

from alert_engine.intake.announcements import CAPABILITIES, Announcer, Publication
from alert_engine.intake.state_board import StateBoard
from alert_engine.intake.topics import Topics
from alert_engine.model import AlarmClear, AlarmRaise
from tests import virtual_time

from .support import FAILED, OK, FakeRoute, Story, telling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest

ROOT = "alert_gateway/test"
RAISE = AlarmRaise(source="plc", key="tank")
CLEAR = AlarmClear(source="plc", key="tank")


class Shown:
    """What a broker would hold, and everything that it was given."""

    def __init__(self) -> None:
        self.all: list[Publication] = []
        self.board: StateBoard | None = None

    def on(self, topic: str) -> list[Any]:
        return [json.loads(p.payload or "null") for p in self.all if p.topic == f"{ROOT}/{topic}"]


@asynccontextmanager
async def watched(directory: Path) -> AsyncIterator[tuple[Story, Shown]]:
    shown = Shown()
    async with telling(directory) as story:
        announcer = Announcer(Topics("alert_gateway", "test"))
        board = StateBoard(story.engine, announcer, shown.all.append, clock=story.clock, version="0.1.0")
        shown.board = board
        await board.start()
        yield story, shown
        await board.stop()


@virtual_time.story
async def test_an_alarm_is_shown_until_an_hour_after_its_end(tmp_path: Path) -> None:
    async with watched(tmp_path) as (story, shown):
        result = await story.engine.raise_alarm(RAISE)
        topic = f"out/alarm/{result.alarms[0].id}/state"
        await story.until(100)
        await story.engine.clear(CLEAR)
        await story.until(100 + 3599)
        assert shown.on(topic)[-1]["state"] == "closed"
        await story.until(100 + 3601)
        assert shown.on(topic)[-1] is None


@virtual_time.story
async def test_the_summary_grows_older_while_an_alarm_is_open_and_rests_afterwards(tmp_path: Path) -> None:
    async with watched(tmp_path) as (story, shown):
        await story.engine.raise_alarm(RAISE)
        await story.until(200)
        ages = [summary["oldest_s"] for summary in shown.on("out/summary") if summary["open"]]
        assert 180 <= ages[-1] <= 200
        assert ages == sorted(ages)
        await story.engine.clear(CLEAR)
        await story.until(300)
        before = len(shown.on("out/summary"))
        await story.until(3000)
        assert len(shown.on("out/summary")) == before
        assert shown.on("out/summary")[-1]["open"] == 0


@virtual_time.story
async def test_it_starts_with_what_is(tmp_path: Path) -> None:
    async with telling(tmp_path) as before:
        await before.engine.raise_alarm(RAISE)
        await before.until(5)
    async with watched(tmp_path) as (story, shown):
        await story.until(6)
        names = [p.topic.rsplit("/", 1)[-1] for p in shown.all]
        assert names[:2] == ["info", "state"]
        assert {"state", "summary"} <= set(names[2:])
        assert shown.on("info") == [
            {"v": 1, "version": "0.1.0", "schema": 1, "routes": ["modem"], "caps": list(CAPABILITIES)}
        ]
        assert shown.on("out/route/modem/state")[-1]["state"] == "ok"


@virtual_time.story
async def test_who_was_told_follows_the_messages(tmp_path: Path) -> None:
    async with watched(tmp_path) as (story, shown):
        result = await story.engine.raise_alarm(RAISE)
        await story.until(5)
        await story.route.deliver(story.route.left[0])
        await story.until(10)
        states = [state["recipients"] for state in shown.on(f"out/alarm/{result.alarms[0].id}/state")]
        assert states[-1] == [{"id": "anna", "channel": "sms", "state": "delivered"}]


@virtual_time.story
async def test_a_route_that_joins_is_told_once(tmp_path: Path) -> None:
    async with watched(tmp_path) as (story, shown):
        second = FakeRoute("second", health=FAILED)
        await story.engine.add_route(second)
        for health in (OK, FAILED):
            await second.become(health)
        await story.until(1)
        assert [info["routes"] for info in shown.on("info")] == [["modem"], ["modem", "second"]]


@virtual_time.story
async def test_a_route_that_is_removed_is_not_shown_any_more(tmp_path: Path) -> None:
    async with watched(tmp_path) as (story, shown):
        await story.engine.remove_route("modem")
        assert shown.on("out/route/modem/state")[-1] is None
        assert shown.on("info")[-1]["routes"] == []


@virtual_time.story
async def test_a_journal_that_cannot_be_read_at_the_start(tmp_path: Path) -> None:
    async with telling(tmp_path) as before:
        await before.engine.raise_alarm(RAISE)
        await before.until(5)
    with closing(sqlite3.connect(tmp_path / "journal.db")) as other:
        async with telling(tmp_path) as story:
            shown = Shown()
            announcer = Announcer(Topics("alert_gateway", "test"))
            board = StateBoard(story.engine, announcer, shown.all.append, clock=story.clock, version="0.1.0")
            other.execute("ALTER TABLE alarm RENAME TO elsewhere")
            await board.start()
            await story.until(7)
            other.execute("ALTER TABLE elsewhere RENAME TO alarm")
            await story.until(20)
            await board.stop()
    assert shown.on("out/summary")[-1]["open"] == 1
    assert [state for p in shown.all if p.topic.startswith(f"{ROOT}/out/alarm/") for state in [p.retain]]


@virtual_time.story
async def test_a_journal_that_cannot_be_read_for_a_while(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with watched(tmp_path) as (story, shown):
        result = await story.engine.raise_alarm(RAISE)
        await story.until(10)
        topic = f"out/alarm/{result.alarms[0].id}/state"
        shown.all.clear()
        assert shown.board is not None
        with closing(sqlite3.connect(tmp_path / "journal.db")) as other:
            other.execute("ALTER TABLE message RENAME TO elsewhere")
            shown.board.found_retained(result.alarms[0].id)
            await story.until(12)
            assert shown.on(topic) == []
            other.execute("ALTER TABLE elsewhere RENAME TO message")
        await story.until(20)
        assert shown.on(topic)[-1]["state"] == "raised"
        assert "Alarm states on MQTT are old" in caplog.text


@virtual_time.story
async def test_a_mistake_of_ours_does_not_end_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Choosy(Shown):
        def take(self, publication: Publication) -> None:
            if not self.all and publication.topic.endswith("/summary"):
                self.all.append(publication)
                raise RuntimeError("a mistake")
            self.all.append(publication)

    async with telling(tmp_path) as story:
        shown = Choosy()
        announcer = Announcer(Topics("alert_gateway", "test"))
        board = StateBoard(story.engine, announcer, shown.take, clock=story.clock, version="0.1.0")
        await board.start()
        shown.all.clear()
        await story.until(10)
        await board.stop()
    assert len(shown.on("out/summary")) == 2
    assert "An alarm state could not be published" in caplog.text


@virtual_time.story
async def test_what_the_broker_still_holds_of_a_closed_alarm_is_not_renewed_twice(tmp_path: Path) -> None:
    async with watched(tmp_path) as (story, shown):
        result = await story.engine.raise_alarm(RAISE)
        await story.engine.clear(CLEAR)
        await story.until(5)
        count = len(shown.all)
        assert shown.board is not None
        shown.board.found_retained(result.alarms[0].id)
        await story.until(10)
        assert len(shown.all) == count
