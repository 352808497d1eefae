"""The blueprints, each loaded as Home Assistant loads it and driven to its end."""

import asyncio
import re
import shutil
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EVENT_CALL_SERVICE, EVENT_HOMEASSISTANT_STARTED, MATCH_ALL
from homeassistant.core import callback
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict
from pytest_homeassistant_custom_component.common import async_capture_events, async_fire_time_changed

from alert_engine.model import Alarm, Message, Severity
from custom_components.alert_gateway.host import DATA_HOST
from tests.component.acting import act
from tests.component.entries import ANNA, BEN, hub_of, modem_of, set_up
from tests.component.waiting import until, until_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import Event, HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from gsm_driver.simulator import SimulatedPhone, Simulator

FOLDER = Path(__file__).parents[2] / "blueprints" / "automation" / "alert_gateway"
FILES = sorted(FOLDER.glob("*.yaml"))
PLACE = "https://github.com/alert-gateway/alert-gateway/blob/main/blueprints/automation/alert_gateway/"
OPEN_IT = "open_it"


async def automation(hass: HomeAssistant, blueprint: str, **inputs: Any) -> None:
    """Make an automation of a blueprint."""
    folder = Path(hass.config.path("blueprints/automation/alert_gateway"))
    await hass.async_add_executor_job(partial(shutil.copytree, FOLDER, folder, dirs_exist_ok=True))
    use = {"path": f"alert_gateway/{blueprint}.yaml", "input": inputs}
    config = {"automation": {"id": "ours", "alias": "ours", "use_blueprint": use}}
    assert await async_setup_component(hass, "automation", config)
    await hass.async_block_till_done()
    assert hass.states.is_state("automation.ours", "on")


def keyword_of(name: str, tier: int) -> ConfigSubentry:
    """A keyword as a subentry."""
    data = MappingProxyType({"name": name, "words": [name.upper()], "tier": tier})
    return ConfigSubentry(data=data, subentry_type="keyword", title=name, unique_id=f"keyword:{name}")


async def open_alarms(hass: HomeAssistant) -> tuple[Alarm, ...]:
    """What is open, once the automation has done what it does."""
    await hass.async_block_till_done()
    alarms: tuple[Alarm, ...] = await hass.data[DATA_HOST].engine.open_alarms()
    return alarms


async def messages(hass: HomeAssistant) -> tuple[Message, ...]:
    """What was written, the newest first."""
    await hass.async_block_till_done()
    found: tuple[Message, ...] = await hass.data[DATA_HOST].engine.messages()
    return found


def later(hass: HomeAssistant, **time: float) -> None:
    """Let the time of Home Assistant go on."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(**time))


@pytest.fixture
async def house(hass: HomeAssistant, simulator: Simulator) -> SimulatedPhone:
    """A modem, and Anna who may command: her phone."""
    phone = simulator.network.add_phone(ANNA["phone"])
    hub = await set_up(hass, hub_of({**ANNA, "can_command": True}, BEN))
    for name, tier in (("door", 3), ("weak", 1), ("panel", 1)):
        hass.config_entries.async_add_subentry(hub, keyword_of(name, tier))
    await set_up(hass, modem_of("simulator://modem0"))
    await until_state(hass, "binary_sensor.simulator_3809_connection", "on")
    return phone


# --- all of them ---


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_is_a_blueprint_that_can_be_imported(file: Path) -> None:
    blueprint = Blueprint(
        load_yaml_dict(file), expected_domain="automation", schema=AUTOMATION_BLUEPRINT_SCHEMA
    )
    assert blueprint.validate() is None, "it is for this release of Home Assistant"
    assert blueprint.metadata["source_url"] == PLACE + file.name
    assert blueprint.metadata["homeassistant"] == {"min_version": "2026.9.0"}
    assert blueprint.metadata["description"].endswith(".")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_input_is_used_and_has_a_name(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    blueprint = Blueprint(
        load_yaml_dict(file), expected_domain="automation", schema=AUTOMATION_BLUEPRINT_SCHEMA
    )
    for name, about in blueprint.inputs.items():
        assert about["name"]
        assert about["selector"]
        assert re.search(rf"!input {name}$", text, re.MULTILINE)


# --- one by one ---


async def test_internet_down(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    hass.states.async_set("binary_sensor.internet", "on")
    await automation(hass, "internet_down", connection="binary_sensor.internet")

    hass.states.async_set("binary_sensor.internet", "off")
    assert await open_alarms(hass) == (), "it may be back in a moment"
    later(hass, minutes=5, seconds=1)
    (alarm,) = await open_alarms(hass)
    assert (alarm.title, alarm.severity) == ("The internet is down", Severity.HIGH)

    hass.states.async_set("binary_sensor.internet", "on")
    assert await open_alarms(hass) == ()


def started(hass: HomeAssistant) -> None:
    """Home Assistant has started: the automation was there before."""
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)


async def started_and_waits(hass: HomeAssistant, done: Callable[[], bool] = lambda: True) -> None:
    """Home Assistant has started, this is done, and the automation waits for the clock."""
    started(hass)
    await until_state(hass, "automation.ours", lambda state: state.attributes["current"] == 1)
    await until(done, lambda listener: hass.bus.async_listen(MATCH_ALL, listener))
    for _ in range(20):  # steps of a script that need nobody else
        await asyncio.sleep(0)


async def raised(hass: HomeAssistant, key: str) -> None:
    """An alarm that was raised before a restart."""
    await act(hass, "raise_alarm", key=key, severity="high")


@pytest.mark.parametrize("before", [True, False])
async def test_internet_that_changed_while_home_assistant_was_down(
    hass: HomeAssistant, hub: MockConfigEntry, *, before: bool
) -> None:
    if before:
        await raised(hass, "internet/binary_sensor.internet")
    hass.states.async_set("binary_sensor.internet", "on" if before else "off")
    await automation(hass, "internet_down", connection="binary_sensor.internet")

    if before:
        started(hass)
        assert await open_alarms(hass) == ()
    else:
        await started_and_waits(hass)
        later(hass, minutes=5, seconds=1)
        (alarm,) = await open_alarms(hass)
        assert alarm.key == "internet/binary_sensor.internet"


async def test_a_sensor_that_is_away_says_nothing(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    await raised(hass, "internet/binary_sensor.internet")
    hass.states.async_set("binary_sensor.internet", "unavailable")
    await automation(hass, "internet_down", connection="binary_sensor.internet")
    await started_and_waits(hass)
    later(hass, minutes=5, seconds=1)
    assert len(await open_alarms(hass)) == 1


async def test_power_back(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    hass.states.async_set("binary_sensor.mains", "on")
    await automation(hass, "power_back", power=["binary_sensor.mains"], patience={"seconds": 5})

    hass.states.async_set("binary_sensor.mains", "off")
    await hass.async_block_till_done()
    later(hass, seconds=6)
    (alarm,) = await open_alarms(hass)
    assert alarm.title == "The power is gone"

    asked = async_capture_events(hass, EVENT_CALL_SERVICE)
    hass.states.async_set("binary_sensor.mains", "on")
    assert await open_alarms(hass) == ()
    assert asked[-1].data["service_data"]["message"] == "The power is back after 0 min"

    hass.states.async_set("binary_sensor.mains", "off")
    hass.states.async_set("binary_sensor.mains", "on")
    await hass.async_block_till_done()
    assert asked[-1].data["service"] == "get_alarms", "nobody was told, so there is nothing to take back"


@pytest.mark.parametrize("patience", [{"minutes": 3}, "00:03:00"])
async def test_power_that_came_back_after_the_battery_was_empty(
    hass: HomeAssistant, hub: MockConfigEntry, patience: Any
) -> None:
    """Home Assistant was down meanwhile: the alarm knows since when."""
    for sensor in ("mains", "shed"):
        await raised(hass, f"power/binary_sensor.{sensor}")
    hass.states.async_set("binary_sensor.mains", "on")
    hass.states.async_set("binary_sensor.shed", "off")
    power = ["binary_sensor.mains", "binary_sensor.shed"]
    await automation(hass, "power_back", power=power, patience=patience)
    asked = async_capture_events(hass, EVENT_CALL_SERVICE)

    await started_and_waits(hass)
    later(hass, minutes=3, seconds=1)
    (left,) = await open_alarms(hass)
    assert left.key == "power/binary_sensor.shed"
    (cleared,) = (event.data["service_data"] for event in asked if event.data["service"] == "clear_alarm")
    assert cleared["message"] == "The power is back after 3 min"


async def test_power_back_without_a_sensor(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    await automation(hass, "power_back", start_recipients=["notify.anna"])
    assert await messages(hass) == ()

    started(hass)
    (message,) = await messages(hass)
    assert (message.address, message.text) == (
        ANNA["phone"],
        "The power is back, Home Assistant has started",
    )


LEAKS = {"sensors": ["binary_sensor.bath", "binary_sensor.cellar"], "when_wet": [{"event": "close_valve"}]}


async def test_leak(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    closed = async_capture_events(hass, "close_valve")
    hass.states.async_set("binary_sensor.cellar", "off", {"friendly_name": "Cellar"})
    await automation(hass, "leak", **LEAKS)

    hass.states.async_set("binary_sensor.cellar", "on", {"friendly_name": "Cellar"})
    (alarm,) = await open_alarms(hass)
    assert (alarm.title, alarm.severity) == ("Water: Cellar", Severity.CRITICAL)
    assert alarm.labels["entity"] == "binary_sensor.cellar"
    assert len(closed) == 1

    hass.states.async_set("binary_sensor.bath", "on")
    assert len(await open_alarms(hass)) == 2
    hass.states.async_set("binary_sensor.cellar", "off")
    await hass.async_block_till_done()
    later(hass, minutes=5, seconds=1)
    (left,) = await open_alarms(hass)
    assert left.labels["entity"] == "binary_sensor.bath"


async def test_a_leak_that_began_or_ended_while_home_assistant_was_down(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    closed = async_capture_events(hass, "close_valve")
    await raised(hass, "leak/binary_sensor.bath")
    hass.states.async_set("binary_sensor.bath", "off")
    hass.states.async_set("binary_sensor.cellar", "on")
    await automation(hass, "leak", **LEAKS)

    await started_and_waits(hass, lambda: len(closed) == 1)
    alarms = await hass.data[DATA_HOST].engine.open_alarms()
    assert {alarm.key for alarm in alarms} == {"leak/binary_sensor.bath", "leak/binary_sensor.cellar"}
    later(hass, minutes=5, seconds=1)
    (left,) = await open_alarms(hass)
    assert left.key == "leak/binary_sensor.cellar"
    assert len(closed) == 1


async def test_a_leak_closes_the_valve_even_if_the_alarm_cannot_be_saved(
    hass: HomeAssistant, broken_hub: MockConfigEntry
) -> None:
    closed = async_capture_events(hass, "close_valve")
    hass.states.async_set("binary_sensor.bath", "off")
    await automation(hass, "leak", **LEAKS)
    hass.states.async_set("binary_sensor.bath", "on")
    await hass.async_block_till_done()
    assert len(closed) == 1


async def test_alarm_panel(hass: HomeAssistant, house: SimulatedPhone, simulator: Simulator) -> None:
    panel = "alarm_control_panel.home"
    hass.states.async_set(panel, "armed_away", {"friendly_name": "House"})
    await automation(hass, "alarm_panel", panel=panel)

    simulator.network.deliver_sms(ANNA["phone"], "panel")
    await until(lambda: any(text.startswith("House: ") for text in house.texts), simulator.network.listen)

    hass.states.async_set(panel, "triggered", {"changed_by": "Window"})
    (alarm,) = await open_alarms(hass)
    assert (alarm.title, alarm.text) == ("Burglar alarm", "Window")
    hass.states.async_set(panel, "unavailable")
    assert len(await open_alarms(hass)) == 1
    hass.states.async_set(panel, "disarmed")
    assert await open_alarms(hass) == (), "it was away, and has not forgotten"


@pytest.mark.parametrize("state", ["triggered", "disarmed", "unavailable"])
async def test_a_panel_after_a_restart(hass: HomeAssistant, hub: MockConfigEntry, state: str) -> None:
    panel = "alarm_control_panel.home"
    if state != "triggered":
        await raised(hass, f"panel/{panel}")
    hass.states.async_set(panel, state)
    await automation(hass, "alarm_panel", panel=panel)
    started(hass)
    assert len(await open_alarms(hass)) == (0 if state == "disarmed" else 1)


@pytest.mark.parametrize("opens", [True, False])
async def test_door_by_sms(
    hass: HomeAssistant, house: SimulatedPhone, simulator: Simulator, *, opens: bool
) -> None:
    hass.states.async_set("lock.front", "locked")

    @callback
    def open_it(_event: Event) -> None:
        hass.states.async_set("lock.front", "unlocked")

    if opens:
        hass.bus.async_listen(OPEN_IT, open_it)
    action = [{"event": OPEN_IT}] if opens else [{"action": "lock.not_there"}]
    limit = {"milliseconds": 100}
    await automation(hass, "door_by_sms", open_door=action, door="lock.front", time_limit=limit)

    simulator.network.deliver_sms(ANNA["phone"], "DOOR")
    await until(lambda: bool(house.texts), simulator.network.listen)
    assert hass.states.is_state("lock.front", "locked")
    code = re.search(r"\b\d{6}\b", house.texts[0])
    assert code is not None
    simulator.network.deliver_sms(ANNA["phone"], code[0])

    expected = "The door is open" if opens else "The door did not open"
    await until(lambda: expected in house.texts, simulator.network.listen)
    assert hass.states.is_state("lock.front", "unlocked" if opens else "locked")


async def test_no_door_opens_without_a_code(
    hass: HomeAssistant, house: SimulatedPhone, simulator: Simulator
) -> None:
    opened = async_capture_events(hass, OPEN_IT)
    heard = async_capture_events(hass, "alert_gateway_keyword")
    await automation(hass, "door_by_sms", keyword="weak", open_door=[{"event": OPEN_IT}], door="lock.front")

    simulator.network.deliver_sms(ANNA["phone"], "WEAK")
    await until(
        lambda: bool(heard), lambda listener: hass.bus.async_listen("alert_gateway_keyword", listener)
    )
    await hass.async_block_till_done()
    assert opened == []


async def test_daily_alive(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    await automation(hass, "daily_alive", recipients=["notify.anna", "notify.ben"])
    await hass.services.async_call(
        "alert_gateway", "raise_alarm", {"key": "freezer", "severity": "info"}, blocking=True
    )
    eight = dt_util.now().replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=1)

    for days in (0, 1):  # the day of the engine is the same: one message
        async_fire_time_changed(hass, eight + timedelta(days=days))
        await hass.async_block_till_done()

    written = [message for message in await messages(hass) if message.alarm_id is None]
    assert {(message.address, message.text) for message in written} == {
        (person["phone"], "Sign of life. Open alarms: 1") for person in (ANNA, BEN)
    }
    assert len(written) == 2
    await hass.services.async_call("automation", "turn_off", {"entity_id": "automation.ours"}, blocking=True)
