"""The promises to people, as a schedule of what happens and windows of what is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from alert_engine.model import Severity
from tests.engine.acceptance import DAY, HOUR, MINUTE, acceptance
from tests.engine.support import ANNA, BERT, FAILED, OK
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path


@story
async def test_an_alarm_is_repeated_until_somebody_takes_it(tmp_path: Path) -> None:
    async with acceptance(tmp_path, people=(ANNA, BERT)) as plan:
        plan.at(0).raises("pump")
        plan.between(0, 2).want(ANNA, "CRITICAL pump", "OK {pump}")
        plan.between(0, 4).want(BERT, "CRITICAL pump", "OK {pump}")
        plan.between(5 * MINUTE, 5 * MINUTE + 2).want(ANNA, "STILL CRITICAL")
        plan.between(5 * MINUTE, 5 * MINUTE + 4).want(BERT, "STILL CRITICAL")
        plan.at(400).replies(BERT, "OK {pump}")
        plan.between(400, 404).want(BERT, "{pump} is yours")
        plan.between(400, 404).want(ANNA, "taken by Bert")
        plan.at(2 * HOUR).clears("pump")
        plan.between(2 * HOUR, 2 * HOUR + 4).want(ANNA, "CLEARED {pump}").want(BERT, "CLEARED {pump}")
        plan.until(7 * DAY)


@story
async def test_a_modem_that_was_away_sends_one_message_not_all_that_came_due(tmp_path: Path) -> None:
    async with acceptance(tmp_path) as plan:
        plan.at(0).route_becomes(FAILED)
        plan.at(1).raises("pump")
        plan.at(40 * MINUTE + 30).route_becomes(OK)
        plan.between(40 * MINUTE + 30, 40 * MINUTE + 32).want(ANNA, "CRITICAL pump")
        plan.at(40 * MINUTE + 40).replies(ANNA, "OK")
        plan.between(40 * MINUTE + 40, 40 * MINUTE + 42).want(ANNA, "is yours")


@story
async def test_the_judge_sees_what_was_missed_and_what_nobody_wanted(tmp_path: Path) -> None:
    async def play() -> None:
        async with acceptance(tmp_path, people=(ANNA, BERT)) as plan:
            plan.at(0).raises("pump", Severity.NORMAL)
            plan.between(0, 2).want(ANNA, "pump")
            plan.between(10, 20).want(BERT, "pump")
            plan.until(MINUTE)

    with pytest.raises(AssertionError) as caught:
        await play()
    problems = str(caught.value).splitlines()
    assert problems[0] == "missed: 10 to 20 s: sms to +436642222222 with 'pump'"
    assert problems[1].startswith("not wanted: 1.000 s: sms by modem to +436642222222: NORMAL pump.")
    assert problems[2] == "it went so:"
