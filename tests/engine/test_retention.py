"""How long what was is kept is a setting, within bounds."""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from alert_engine.config.document import gateway_settings_from
from alert_engine.errors import ConfigError
from alert_engine.model import AlarmClear, AlarmRaise, SendRequest
from alert_engine.retention import LEAST, MOST, Retention
from tests.engine.support import ANNA, telling
from tests.virtual_time import story

DAY = 86400.0


def configured(**retention: str) -> Retention:
    data: dict[str, Any] = {"gateway": "home", "journal": "j.db", "retention": retention}
    return gateway_settings_from(data, folder=Path(), time_zone=UTC).engine.retention


def test_what_is_said_and_what_is_built_in() -> None:
    assert configured() == Retention()
    assert configured(inbound="7d", audit="3650d") == Retention(
        inbound=timedelta(days=7), audit=timedelta(days=3650)
    )


@pytest.mark.parametrize("name", LEAST)
@pytest.mark.parametrize("days", [0, "least", "most"])
def test_bounds(name: str, days: object) -> None:
    beyond = {"least": LEAST[name].days - 1, "most": MOST.days + 1}.get(str(days), 1)
    with pytest.raises(ConfigError, match=rf"retention.{name}: must be {LEAST[name].days}d to 3650d"):
        configured(**{name: f"{beyond}d"})
    with pytest.raises(ConfigError, match=f"{name} must be"):
        Retention(**{name: timedelta(days=beyond)})


def test_a_key_that_nobody_knows() -> None:
    with pytest.raises(ConfigError, match="known here are: alarms, messages, inbound, audit"):
        configured(everything="7d")


@story
async def test_each_goes_in_its_time(tmp_path: Path) -> None:
    keep = Retention(
        alarms=timedelta(days=20),
        messages=timedelta(days=10),
        inbound=timedelta(days=7),
        audit=timedelta(days=30),
    )
    async with telling(tmp_path, people=(ANNA,), retention=keep) as told:
        await told.engine.raise_alarm(AlarmRaise(source="plc1", key="pump"))
        await told.engine.clear(AlarmClear(source="plc1", key="pump"))
        await told.engine.send(SendRequest(to=("anna",), text="Hi"))
        await told.until(60)
        await told.route.receive(ANNA, "OK")
        await told.engine.access.set_pin("anna", "314159", by="test")

        async def left() -> tuple[int, int, int, int]:
            history = told.engine.history
            alarms = await history.alarms()
            messages = [each for each in await history.messages() if each.alarm_id is None]
            audit = [each for each in await told.engine.access.audit() if each.action == "pin_set"]
            return len(alarms), len(messages), len(await history.inbox()), len(audit)

        await told.until(6.9 * DAY)
        assert await left() == (1, 2, 1, 1)
        await told.until(7.1 * DAY)
        assert await left() == (1, 2, 0, 1)
        await told.until(10.1 * DAY)
        assert await left() == (1, 0, 0, 1)
        await told.until(20.1 * DAY)
        assert await left() == (0, 0, 0, 1)
