"""Clock, ids, settings, failpoints: what is handed to the engine."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from alert_engine import failpoints
from alert_engine.clock import SystemClock
from alert_engine.errors import ConfigError
from alert_engine.ids import RandomIds
from alert_engine.model import Policy, Priority, Severity
from alert_engine.settings import DeliveryRules, EngineSettings
from tests.engine.support import ANNA, BERT
from tests.virtual_time import START, story

ROOT = Path(__file__).parents[2]


class TestClock:
    @story
    async def test_sleeps_to_a_time(self) -> None:
        clock = SystemClock()
        await clock.sleep_until(START + 3600)
        assert clock.monotonic() == START + 3600
        await clock.sleep_until(START)
        assert clock.monotonic() == START + 3600

    @story
    async def test_waits_for_an_event_or_a_time(self) -> None:
        clock, event = SystemClock(), asyncio.Event()
        assert not await clock.wait(event, START + 5)
        asyncio.get_running_loop().call_later(2, event.set)
        assert await clock.wait(event, START + 60)
        assert await clock.wait(event)
        assert clock.monotonic() == START + 7

    def test_wall_time_is_utc(self) -> None:
        assert SystemClock().now().tzinfo is UTC


def test_random_ids() -> None:
    ids = RandomIds()
    assert len({ids.uid() for _ in range(100)}) == 100
    assert {ids.draw(3) for _ in range(200)} == {0, 1, 2}


class TestSettings:
    def test_a_severity_means_a_policy(self) -> None:
        settings = EngineSettings(gateway="g")
        for severity in Severity:
            assert settings.policy_for(severity).name == severity

    def test_a_configured_policy_comes_first(self) -> None:
        own = Policy(name="critical", steps=())
        night = Policy(name="night", steps=())
        settings = EngineSettings(gateway="g", policies=(own, night))
        assert settings.policy_for(Severity.CRITICAL) is own
        assert settings.policy_for(Severity.CRITICAL, "night") is night
        assert settings.policy_for(Severity.CRITICAL, "no such") is own
        assert settings.policy("no such") is None

    def test_people_by_id(self) -> None:
        settings = EngineSettings(gateway="g", people=(ANNA, BERT))
        assert settings.person("bert") is BERT
        assert settings.person("nobody") is None

    @pytest.mark.parametrize(
        "twice",
        [{"people": (ANNA, ANNA)}, {"policies": (Policy(name="p", steps=()), Policy(name="p", steps=()))}],
    )
    def test_names_are_given_once(self, twice: dict[str, object]) -> None:
        with pytest.raises(ConfigError, match="same name"):
            EngineSettings(gateway="g", **twice)  # type: ignore[arg-type] # a table of any fields

    def test_critical_doubts_end_sooner(self) -> None:
        rules = DeliveryRules()
        assert rules.doubt_wait_of(Priority.CRITICAL) == timedelta(seconds=15)
        assert rules.doubt_wait_of(Priority.NORMAL) == timedelta(seconds=90)

    def test_later_doubts_of_a_message_take_longer(self) -> None:
        waits = [
            DeliveryRules().doubt_wait_of(Priority.CRITICAL, resends).total_seconds() for resends in range(4)
        ]
        assert waits == [15, 15, 300, 300]


class TestFailpoints:
    def test_names(self) -> None:
        assert "raise_before_commit" in failpoints.NAMES
        assert "submitted_after_commit" in failpoints.NAMES
        assert len(set(failpoints.NAMES)) == 2 * len(failpoints.Moment)

    def test_an_unknown_name_is_refused(self) -> None:
        with pytest.raises(ValueError, match="raise_after_commit"):
            failpoints.kill_at("raise")

    def test_kills_at_its_name_only(self) -> None:
        program = (
            "from alert_engine.failpoints import kill_at, disarmed\n"
            "point = kill_at('clear_after_commit')\n"
            "disarmed('clear_after_commit')\n"
            "point('raise_after_commit')\n"
            "print('alive', flush=True)\n"
            "point('clear_after_commit')\n"
            "print('still alive', flush=True)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT
        )
        assert (done.stdout, done.returncode) == ("alive\n", -signal.SIGKILL)
