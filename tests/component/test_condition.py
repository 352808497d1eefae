"""Conditions, as automations and the editor use them."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import ConfigSubentry
from homeassistant.helpers import condition
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import parse_yaml
from pytest_homeassistant_custom_component.common import async_capture_events

from alert_engine.model import AlarmAcknowledge, AlarmClear, AlarmRaise, Severity
from alert_engine.routes.base import RouteHealth, RouteState
from alert_engine.supervision.figures import RouteFigures, SupervisionFigures
from custom_components.alert_gateway.condition import CONDITIONS
from custom_components.alert_gateway.host import DATA_HOST
from tests.component.entries import ROUTE
from tests.component.waiting import until, until_state

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry
    from pytest_homeassistant_custom_component.typing import WebSocketGenerator

    from alert_engine.model import Alarm
    from gsm_driver.simulator import Simulator

CONNECTION = "binary_sensor.simulator_3809_connection"


async def checker(hass: HomeAssistant, name: str, **options: Any) -> condition.ConditionChecker:
    """A condition, checked and made as an automation does it."""
    await async_setup_component(hass, "homeassistant", {})
    config = cv.CONDITION_SCHEMA({"condition": f"alert_gateway.{name}", "options": options})
    checked = await condition.async_validate_condition_config(hass, config)
    return await condition.async_from_config(hass, checked)


def pump(severity: Severity = Severity.HIGH) -> AlarmRaise:
    return AlarmRaise(source="plc1", key="pump/1", severity=severity, title="Pump")


async def test_alarms_are_open_as_soon_as_they_are(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    engine = hub.runtime_data.engine
    is_open = await checker(hass, "alarms_are_open", severity="high", key="pump/*")
    is_loose = await checker(hass, "alarms_are_open", unacknowledged=True)
    is_other = await checker(hass, "alarms_are_open", source=["plc2"])
    assert is_open.async_check() is is_loose.async_check() is False

    await engine.raise_alarm(pump(Severity.NORMAL))
    assert (is_open.async_check(), is_loose.async_check()) == (False, True)
    await engine.raise_alarm(pump(Severity.HIGH))
    assert (is_open.async_check(), is_other.async_check()) == (True, False)
    await engine.acknowledge(AlarmAcknowledge(by="test", all_open=True))
    assert (is_open.async_check(), is_loose.async_check()) == (True, False)
    await engine.clear(AlarmClear(source="plc1", key="pump/1"))
    assert is_open.async_check() is False


async def test_alarms_that_were_open_before_the_start(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    await hub.runtime_data.engine.raise_alarm(pump())
    is_open = await checker(hass, "alarms_are_open")
    assert await hass.config_entries.async_unload(hub.entry_id)
    assert is_open.async_check() is False, "nobody knows"

    assert await hass.config_entries.async_setup(hub.entry_id)
    await hass.async_block_till_done()
    assert is_open.async_check() is True


async def test_whoever_tracks_a_condition_hears_of_changes(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    is_open = await checker(hass, "alarms_are_open")
    calls: list[bool | None] = []
    end = await is_open.async_track_changes(lambda: calls.append(is_open.async_check()))
    await hub.runtime_data.engine.raise_alarm(pump())
    end()
    await hub.runtime_data.engine.clear(AlarmClear(source="plc1", key="pump/1"))
    assert set(calls) == {True}
    assert not is_open.needs_polling


async def test_whoever_tracks_a_condition_hears_of_an_engine_that_begins_or_ends(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    await hub.runtime_data.engine.raise_alarm(pump())
    is_open = await checker(hass, "alarms_are_open")
    calls: list[bool | None] = []
    end = await is_open.async_track_changes(lambda: calls.append(is_open.async_check()))
    assert await hass.config_entries.async_unload(hub.entry_id)
    assert calls[-1] is False
    assert await hass.config_entries.async_setup(hub.entry_id)
    await hass.async_block_till_done()
    assert calls[-1] is True
    end()
    assert await hass.config_entries.async_unload(hub.entry_id)
    assert calls[-1] is True


@pytest.mark.parametrize("meanwhile", ["cleared", "unloaded"])
async def test_an_alarm_that_ends_while_we_look_which_are_open_does_not_stay(
    hass: HomeAssistant, hub: MockConfigEntry, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    engine, news = hub.runtime_data.engine, hass.data[DATA_HOST].news
    await engine.raise_alarm(pump())
    is_open = await checker(hass, "alarms_are_open")
    look = engine.open_alarms

    async def slowly() -> tuple[Alarm, ...]:
        found: tuple[Alarm, ...] = await look()
        if meanwhile == "cleared":
            await engine.clear(AlarmClear(source="plc1", key="pump/1"))
        else:
            await hass.config_entries.async_unload(hub.entry_id)
        return found

    monkeypatch.setattr(engine, "open_alarms", slowly)
    await news._look_at_alarms(engine)
    assert is_open.async_check() is False


@pytest.fixture
async def night(hass: HomeAssistant, hub: MockConfigEntry) -> MockConfigEntry:
    """Ben has the nights, and this is one."""
    ben = next(key.lower() for key, person in hub.subentries.items() if person.title == "Ben")
    data = {
        "rotation": [ben],
        "begins": (dt_util.now() - timedelta(days=1)).date().isoformat(),
        "handover": "08:00",
    }
    schedule = ConfigSubentry(data=data, subentry_type="on_call", title="Night", unique_id=None)  # type: ignore[arg-type]  # MappingProxyType is what it makes of it
    assert hass.config_entries.async_add_subentry(hub, schedule)
    await hass.async_block_till_done()
    return hub


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, True),
        ({"person": "notify.ben"}, True),
        ({"person": ["Anna"]}, False),
        ({"schedule": "night"}, True),
        ({"schedule": ["Day"]}, False),
    ],
)
@pytest.mark.usefixtures("night")
async def test_somebody_is_on_call(hass: HomeAssistant, options: dict[str, Any], *, expected: bool) -> None:
    assert (await checker(hass, "is_on_call", **options)).async_check() is expected


async def test_nobody_is_on_call_without_a_schedule(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    assert (await checker(hass, "is_on_call")).async_check() is False


@pytest.mark.usefixtures("night")
async def test_who_is_on_call_is_shown(hass: HomeAssistant) -> None:
    state = await until_state(hass, "sensor.alert_gateway_on_call", "Ben")
    assert state.attributes["schedules"] == {"Night": "Ben"}


async def test_a_way_out_works(hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator) -> None:
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), modem.entry_id)
    anything, ours = await checker(hass, "route_is_ok"), await checker(hass, "route_is_ok", device=device.id)
    other = await checker(hass, "route_is_ok", device=["another device"])
    assert (anything.async_check(), ours.async_check(), other.async_check()) == (True, True, False)

    simulator.unplug()
    await until_state(hass, CONNECTION, "off")
    assert (anything.async_check(), ours.async_check()) == (False, False)
    for entry in hass.config_entries.async_entries("alert_gateway"):
        await hass.config_entries.async_unload(entry.entry_id)
    assert anything.async_check() is False
    assert anything.needs_polling, "the supervision finds faults without telling"


async def test_a_way_out_with_a_fault_does_not_work(
    hass: HomeAssistant, modem: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that all is well, and the supervision knows better."""
    engine, anything = modem.runtime_data.engine, await checker(hass, "route_is_ok")
    assert anything.async_check() is True
    faulty = RouteFigures(
        state=RouteState.FAILED, proof=None, last_proof=None, reason="nothing arrives", is_fault=True
    )
    monkeypatch.setattr(engine, "supervision", lambda: SupervisionFigures(routes={ROUTE: faulty}))
    assert anything.async_check() is False


async def test_the_calls_of_a_modem_that_is_gone_are_no_way_out(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    engine, anything = modem.runtime_data.engine, await checker(hass, "route_is_ok")
    calls = next(name for name, health in engine.routes().items() if health.companion_of == ROUTE)
    simulator.unplug()
    await until_state(hass, CONNECTION, "off")
    await engine.health(calls, RouteHealth(state=RouteState.OK, companion_of=ROUTE))
    assert anything.async_check() is False


async def test_in_an_automation(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    """The alarm that triggers it is open already, and the last one that is over is not."""
    yaml = """
        automation:
          triggers:
            - trigger: alert_gateway.alarm_cleared
          conditions:
            - not:
                - condition: alert_gateway.alarms_are_open
          actions:
            - event: quiet_again
    """
    quiet = async_capture_events(hass, "quiet_again")
    assert await async_setup_component(hass, "automation", parse_yaml(yaml))
    await hass.async_block_till_done()
    engine = hub.runtime_data.engine
    for key in ("pump/1", "pump/2"):
        await engine.raise_alarm(AlarmRaise(source="plc1", key=key, title="Pump"))
    await engine.clear(AlarmClear(source="plc1", key="pump/1"))
    await hass.async_block_till_done()
    assert quiet == []

    await engine.clear(AlarmClear(source="plc1", key="pump/2"))
    await until(lambda: bool(quiet), lambda listener: hass.bus.async_listen("quiet_again", listener))


@pytest.mark.parametrize("name", CONDITIONS)
async def test_it_is_false_while_the_integration_is_not_set_up(hass: HomeAssistant, name: str) -> None:
    """As after the last entry was removed; an automation that names it goes on to work."""
    assert (await checker(hass, name)).async_check() is False


@pytest.mark.parametrize("name", CONDITIONS)
async def test_the_editor_takes_it_while_no_entry_is_loaded(
    hass: HomeAssistant, hub: MockConfigEntry, hass_ws_client: WebSocketGenerator, name: str
) -> None:
    assert await hass.config_entries.async_unload(hub.entry_id)
    client = await hass_ws_client(hass)
    wanted = [{"condition": f"alert_gateway.{name}", "options": {}}]
    await client.send_json_auto_id({"type": "validate_config", "conditions": wanted})
    assert (await client.receive_json())["result"]["conditions"] == {"valid": True, "error": None}


async def test_the_editor_offers_all_with_their_fields(
    hass: HomeAssistant, hub: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "condition_platforms/subscribe"})
    offered: dict[str, Any] = {}
    while "alert_gateway.route_is_ok" not in offered:
        offered |= (await client.receive_json()).get("event") or {}

    ours = {name: text for name, text in offered.items() if name.startswith("alert_gateway.")}
    assert set(ours) == {f"alert_gateway.{name}" for name in CONDITIONS}
    for name, kind in CONDITIONS.items():
        assert set(ours[f"alert_gateway.{name}"]["fields"]) == {str(key.schema) for key in kind.schema}
