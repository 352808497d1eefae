"""A gateway that was away for long, or whose journal was put back from a backup: one message, no old ones."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.model import AlarmRaise, MessageState, SendRequest, Severity
from tests.engine.support import ANNA, EPOCH, FAILED, CountedIds, Story, telling
from tests.virtual_time import START, story

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def raise_of(key: str, severity: Severity = Severity.CRITICAL) -> AlarmRaise:
    return AlarmRaise(source="plc", key=key, severity=severity, title=f"{key} stands.")


def later_ids(number: int) -> CountedIds:
    ids = CountedIds(seed=number)
    ids.prefix = f"life{number}"
    return ids


async def begin(directory: Path) -> None:
    """One alarm was told, one waits; so do a text for now and one for next week. Then it is killed."""
    async with telling(directory) as told:
        await told.engine.raise_alarm(raise_of("pump"))
        await told.until(10)
        await told.route.become(FAILED)
        await told.engine.raise_alarm(raise_of("gate"))
        await told.engine.send(SendRequest(to=("anna",), text="lunch is ready"))
        await told.engine.send(
            SendRequest(
                to=("anna",), text="happy birthday", not_before=EPOCH + 7 * DAY, expires_at=EPOCH + 8 * DAY
            )
        )


def texts(told: Story) -> list[str]:
    return [text for _, text in told.route.texts]


@story
async def test_three_days_old(tmp_path: Path) -> None:
    await begin(tmp_path)
    async with telling(tmp_path, ids=later_ids(2), offset=3 * DAY) as told:
        await told.until(1800)
        (text,) = texts(told)
        assert "restored, 2 open from 01 Mar 14:07: " in text
        assert "pump stands" in text
        assert "gate stands" in text
        messages = await told.engine.messages(limit=100)
        assert [each.text for each in messages if each.state is MessageState.QUEUED] == ["happy birthday"]
        assert {each.reason for each in messages if each.state is MessageState.EXPIRED} == {
            "the gateway was away when it was to be sent"
        }

        await told.until(2 * 3600)  # nobody took them: what is critical is loud again
        again = " ".join(texts(told)[1:])
        assert "pump stands" in again
        assert "gate stands" in again


@story
async def test_who_acknowledges_in_time_is_left_in_peace(tmp_path: Path) -> None:
    await begin(tmp_path)
    async with telling(tmp_path, ids=later_ids(2), offset=3 * DAY) as told:
        await told.until(60)
        for alarm in await told.engine.open_alarms():
            if alarm.source == "plc":
                await told.route.receive(ANNA, f"OK {alarm.code}")
        await told.until(3 * 3600)
        assert not [text for text in texts(told)[1:] if "CRITICAL" in text]


@story
async def test_nothing_was_open(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        await told.until(10)
    async with telling(tmp_path, ids=later_ids(2), offset=3 * DAY) as told:
        await told.until(3600)
        assert texts(told) == []


@story
async def test_a_short_absence_changes_nothing(tmp_path: Path) -> None:
    await begin(tmp_path)
    async with telling(tmp_path, ids=later_ids(2), offset=HOUR) as told:
        await told.until(60)
        assert any("gate stands" in text for text in texts(told))
        assert not any("restored" in text for text in texts(told))


@story
async def test_put_back_from_a_backup_of_an_hour_ago(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Too young to be told by its age: the count beside the journal tells it."""
    backup = tmp_path / "backup.db"
    await begin(tmp_path / "gateway")
    shutil.copy(tmp_path / "gateway" / "journal.db", backup)
    async with telling(tmp_path / "gateway", ids=later_ids(2), offset=HOUR / 2) as told:
        await told.until(60)
        assert any("gate stands" in text for text in texts(told))
    shutil.copy(backup, tmp_path / "gateway" / "journal.db")
    assert "put back" not in caplog.text

    async with telling(tmp_path / "gateway", ids=later_ids(3), offset=HOUR) as told:
        await told.until(600)
        (text,) = texts(told)
        assert "restored, 2 open from " in text
    (warning,) = [record for record in caplog.records if "put back" in record.message]
    assert warning.levelname == "WARNING"
    caplog.clear()
    async with telling(tmp_path / "gateway", ids=later_ids(4), offset=HOUR + HOUR / 2) as told:
        await told.until(1200)
        assert not any("restored" in text for text in texts(told))
    assert "put back" not in caplog.text


@story
async def test_a_machine_that_begins_each_life_in_the_past(tmp_path: Path) -> None:
    """Without a battery clock: it boots in January, and learns the time a minute later."""
    await begin(tmp_path)
    async with telling(tmp_path, ids=later_ids(2), offset=-60 * DAY) as told:
        await told.until(60)
        told.clock.offset = HOUR
        await told.until(300)
        assert any("gate stands" in text for text in texts(told))
        assert any("lunch is ready" in text for text in texts(told))
        assert not any("restored" in text for text in texts(told))
    async with telling(tmp_path, ids=later_ids(3), offset=HOUR + HOUR / 2) as told:
        await told.until(600)
        assert not any("restored" in text for text in texts(told))


@story
async def test_a_clock_that_jumps_a_day_and_back_while_it_runs(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        await told.route.become(FAILED)
        await told.engine.raise_alarm(raise_of("pump"))
        for offset in (DAY, -DAY, timedelta(0)):
            told.clock.offset = offset
            await told.until(told.clock.monotonic() - START + 120)
        messages = await told.engine.messages(limit=100)
        assert [each.state for each in messages if "pump" in each.text][-1] is MessageState.QUEUED
    async with telling(tmp_path, ids=later_ids(2), offset=HOUR / 2) as told:
        await told.until(600)
        assert any("pump stands" in text for text in texts(told))
        assert not any("restored" in text for text in texts(told))
