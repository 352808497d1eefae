"""What the shell makes repair issues of, beside the gateway's own alarms."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.config.advice import policies_for_nobody
from alert_engine.model import Group, Policy, Step
from alert_engine.settings import EngineSettings
from tests.engine.support import ANNA, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

DAY = timedelta(days=1)


@story
async def test_a_clock_that_begins_in_the_past_is_known_to_be_wrong(tmp_path: Path) -> None:
    async with telling(tmp_path, offset=3 * DAY) as told:
        await told.until(10)
        assert not told.engine.supervision().is_clock_behind
    async with telling(tmp_path) as told:
        await told.until(20)
        assert told.engine.supervision().is_clock_behind
        told.clock.offset = 3 * DAY + timedelta(hours=1)  # a time server answered
        await told.until(600)
        assert not told.engine.supervision().is_clock_behind


def settings_with(*policies: Policy, people: tuple[object, ...] = (ANNA,)) -> EngineSettings:
    groups = (Group(id="crew", name="Crew", members=()), Group(id="all", name="All", members=("anna",)))
    return EngineSettings(gateway="test", people=people, groups=groups, policies=policies)  # type: ignore[arg-type]


def policy(name: str, *notify: str) -> Policy:
    return Policy(name=name, steps=(Step(after=timedelta(0), notify=notify),))


def test_a_policy_with_a_step_for_nobody() -> None:
    those = (
        policy("high", "crew"),
        policy("low", "all"),
        policy("everybody"),
        policy("both", "crew", "anna"),
    )
    assert policies_for_nobody(settings_with(*those)) == ("high",)


def test_without_people_no_policy_is_blamed() -> None:
    assert policies_for_nobody(settings_with(policy("high", "crew"), people=())) == ()
