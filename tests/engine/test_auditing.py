"""The auditor: it finds nothing, unless a promise was forgotten; then it is kept, counted and told."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from alert_engine.decisions.auditor import Finding, Neglect
from alert_engine.failpoints import Moment
from alert_engine.model import (
    AlarmAcknowledge,
    AlarmRaise,
    MessageState,
    SendRequest,
    Severity,
    WeeklyPeriod,
)
from alert_engine.supervision import auditor
from alert_engine.supervision.settings import SupervisionSettings
from tests.engine.acceptance import HOUR, MINUTE
from tests.engine.support import ANNA, EPOCH, FAILED, OK, FakeRoute, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest

    from alert_engine.work import Work
    from tests.engine.support import Story

WATCHED = SupervisionSettings()
LONG_AGO = "2026-03-01T13:00:00.000000+00:00"


@asynccontextmanager
async def neglected(directory: Path, violations: int, **settings: Any) -> AsyncIterator[Story]:
    """A story in which so many promises are forgotten, and kept in the end."""
    async with telling(directory, **settings) as told:
        yield told
        watched = told.engine._supervision._auditor
        assert told.engine.supervision().violations == violations
        watched.violations = 0


async def forget(told: Story, statement: str) -> None:
    """Change rows behind the engine's back, and keep its timers from noticing."""
    await told.engine._timers.stop()
    told.engine._timers._task = None

    def run(work: Work) -> None:
        work.tx.alarms._connection.execute(statement)

    await told.engine._ledger.commit(Moment.TIMER, run)


async def queued(told: Story) -> str:
    """A message that waits, because its route is away."""
    await told.route.become(FAILED)
    sent = await told.engine.send(SendRequest(to=("anna",), text="hello"))
    return sent.messages[0].uid


@story
async def test_an_alarm_that_lost_its_next_step_gets_it_back(tmp_path: Path) -> None:
    async with neglected(tmp_path, 1) as told:
        (alarm,) = (await told.engine.raise_alarm(_critical())).alarms
        await forget(told, "UPDATE alarm SET next_due = NULL")
        await told.until(61)
        found = await told.engine.alarm(alarm.id)
        assert found is not None
        assert found.next_due == EPOCH + timedelta(minutes=5)
        await told.until(70)


@story
async def test_a_step_that_was_not_run_is_run(tmp_path: Path) -> None:
    async with neglected(tmp_path, 1) as told:
        await told.engine.raise_alarm(_critical())
        await told.until(10)
        await forget(told, f"UPDATE alarm SET next_due = '{LONG_AGO}', steps_from = '{LONG_AGO}'")
        await told.until(61)
        assert len(told.route.texts) == 1  # it may be a clock that has just jumped
        await told.until(130)
        assert len(told.route.texts) == 2


@story
async def test_a_message_without_an_end_gets_one(tmp_path: Path) -> None:
    async with neglected(tmp_path, 1) as told:
        uid = await queued(told)
        await forget(told, "UPDATE message SET expires_at = NULL")
        await told.until(70)
        assert (await told.message(uid)).expires_at == EPOCH + timedelta(hours=4, seconds=60)


@story
async def test_a_message_that_should_have_expired_does(tmp_path: Path) -> None:
    async with neglected(tmp_path, 1) as told:
        uid = await queued(told)
        await forget(told, f"UPDATE message SET expires_at = '{LONG_AGO}'")
        await told.until(130)
        assert (await told.message(uid)).state is MessageState.EXPIRED


@story
async def test_a_doubt_that_should_have_ended_does(tmp_path: Path) -> None:
    async with neglected(tmp_path, 1) as told:
        uid = await queued(told)
        await forget(told, f"UPDATE message SET state = 'in_doubt', route = 'modem', due_at = '{LONG_AGO}'")
        await told.until(130)
        assert (await told.message(uid)).state is not MessageState.IN_DOUBT or (
            (await told.message(uid)).due_at > EPOCH
        )


@story
async def test_an_attempt_in_nobodys_hand_is_settled(tmp_path: Path) -> None:
    async with neglected(tmp_path, 1) as told:
        uid = await queued(told)
        await forget(told, "UPDATE message SET state = 'in_flight', route = 'modem', attempts = 1")
        await told.until(70)
        assert (await told.message(uid)).state is MessageState.IN_FLIGHT
        await told.until(130)
        assert (await told.message(uid)).state is MessageState.QUEUED


@story
async def test_news_that_was_held_for_too_long_leaves(tmp_path: Path) -> None:
    sleeper = replace(ANNA, quiet=(WeeklyPeriod(start=time(14), end=time(15)),))
    async with neglected(tmp_path, 1, people=(sleeper,)) as told:
        await told.engine.raise_alarm(replace(_critical(), severity=Severity.NORMAL))
        await told.until(1)
        assert await told.engine.messages() == ()
        told.engine.update_settings(replace(told.engine._ledger.settings, people=(ANNA,)))
        await forget(told, f"UPDATE held SET due_at = '{LONG_AGO}'")
        await told.until(130)
        assert [left.text[:6] for left in told.route.left] == ["NORMAL"]


@story
async def test_what_was_put_right_meanwhile_is_none(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        uid = await queued(told)
        (alarm,) = (await told.engine.raise_alarm(_critical())).alarms

        def nothing(work: Work) -> list[bool]:
            wrong = [Finding(neglect=neglect, id=uid) for neglect in Neglect if "message" not in neglect]
            wrong += [Finding(neglect=neglect, id="gone") for neglect in Neglect]
            wrong += [Finding(neglect=Neglect.ALARM_OVERDUE, id=alarm.id)]
            return [auditor.repair(work, each) for each in wrong]

        assert not any(await told.engine._ledger.commit(Moment.TIMER, nothing))


@story
async def test_people_hear_that_something_was_forgotten(tmp_path: Path) -> None:
    async with telling(tmp_path, supervision=WATCHED) as told:
        await told.engine.raise_alarm(_critical())
        await forget(told, "UPDATE alarm SET next_due = NULL")
        await told.until(70)
        assert "the gateway had forgotten something" in told.route.texts[1][1]
        assert not told.engine.supervision().is_content
        told.engine._timers.start()
        await told.until(150)
        assert told.engine.supervision().is_content
        await told.until(2 * HOUR)
        assert any("CLEARED" in text for _, text in told.route.texts)
        told.engine._supervision._auditor.violations = 0


@story
async def test_what_cannot_be_put_right_is_counted_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> bool:
        raise ValueError("a defect")

    async with neglected(tmp_path, 3) as told:
        await told.engine.raise_alarm(_critical())
        await forget(told, "UPDATE alarm SET next_due = NULL")
        with monkeypatch.context() as patched:
            patched.setattr(auditor, "repair", fail)
            await told.until(130)
        await told.until(190)


@story
async def test_a_thousand_quiet_alarms_are_seen_in_rounds(tmp_path: Path) -> None:
    async with telling(tmp_path, people=()) as told:
        for number in range(450):
            await told.engine.raise_alarm(_critical(f"k{number:03}", Severity.NORMAL))
        cursor, sizes = "", []
        for _ in range(4):
            look = partial(auditor.look, now=EPOCH, in_hand=(), cursor=cursor)
            found = await told.engine._ledger.read(look)
            assert found.findings == ()
            cursor = found.cursor
            sizes.append(bool(cursor))
        assert sizes == [True, True, False, True]


@story
async def test_an_eventful_hour_has_nothing_to_find(tmp_path: Path) -> None:
    route = FakeRoute()
    async with telling(tmp_path, route=route) as told:
        for number in range(20):
            await told.until(number * 3 * MINUTE)
            result = await told.engine.raise_alarm(_critical(f"k{number}"))
            if number % 3 == 0:
                request = AlarmAcknowledge(by="anna", alarm_id=result.alarms[0].id)
                await told.engine.acknowledge(request)
            if number % 5 == 0:
                await route.become(FAILED)
            if number % 5 == 2:
                await route.become(OK)
        await told.until(3 * HOUR)
        assert told.engine.supervision().violations == 0


def _critical(key: str = "pump", severity: Severity = Severity.CRITICAL) -> AlarmRaise:
    return AlarmRaise(source="plc1", key=key, severity=severity, title=key)
