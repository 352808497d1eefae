"""What the hub and a modem show."""

from typing import TYPE_CHECKING

from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from alert_engine.model import AlarmAcknowledge, AlarmClear, AlarmRaise, SendRequest, Severity
from custom_components.alert_gateway.const import DOMAIN
from tests.component.entries import ANNA, hub_of, modem_of, set_up
from tests.component.waiting import until_state

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from gsm_driver.simulator import Simulator

ALARMS = "binary_sensor.alert_gateway_open_alarms"
CONNECTION = "binary_sensor.simulator_3809_connection"
SIGNAL = "sensor.simulator_3809_signal_strength"
OPERATOR = "sensor.simulator_3809_operator"


async def test_the_hub_shows_open_alarms(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    engine = hub.runtime_data.engine
    state = await until_state(hass, ALARMS, "off")
    assert state.attributes["open"] == 0
    assert state.attributes["highest"] is None

    await engine.raise_alarm(AlarmRaise(source="test", key="pump", severity=Severity.HIGH, text="Dry"))
    state = await until_state(hass, ALARMS, "on")
    assert state.attributes["open"] == state.attributes["unacknowledged"] == 1
    assert state.attributes["highest"] == "high"
    await until_state(hass, "sensor.alert_gateway_open_alarm_count", "1")
    await until_state(hass, "sensor.alert_gateway_queue", "2")

    await engine.acknowledge(AlarmAcknowledge(by="test", all_open=True))
    state = await until_state(hass, ALARMS, lambda state: state.attributes["unacknowledged"] == 0)
    assert state.state == "on"

    await engine.clear(AlarmClear(source="test", key="pump"))
    await until_state(hass, ALARMS, "off")


async def test_a_message_without_an_alarm_waits_too(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    await until_state(hass, "sensor.alert_gateway_queue", "0")
    await hub.runtime_data.engine.send(SendRequest(to=(ANNA["phone"],), text="Hello"))
    await until_state(hass, "sensor.alert_gateway_queue", "1")


async def test_the_hub_says_when_it_does_not_know(hass: HomeAssistant, broken_hub: MockConfigEntry) -> None:
    summary = broken_hub.runtime_data.summary
    await summary.async_refresh()
    assert hass.states.is_state(ALARMS, "unavailable")
    assert "The journal of Alert Gateway cannot be opened or read: the journal" in str(summary.last_exception)
    assert not hass.states.is_state("notify.anna", "unavailable")


async def test_a_modem_shows_whether_it_answers(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    state = hass.states.get(CONNECTION)
    assert state is not None
    assert state.attributes["device_class"] == "connectivity"
    await until_state(hass, OPERATOR, lambda state: state.state not in {"unknown", "unavailable"})

    simulator.unplug()
    state = await until_state(hass, CONNECTION, "off")
    assert state.attributes["reason"]
    assert hass.states.is_state(OPERATOR, "unavailable")


async def test_a_modem_that_is_missing_is_set_up_all_the_same(hass: HomeAssistant, tmp_path: Path) -> None:
    await set_up(hass, hub_of(ANNA))
    await set_up(hass, modem_of(str(tmp_path / "ttyUSB0")))

    state = await until_state(hass, CONNECTION, lambda state: "does not exist" in state.attributes["reason"])
    assert state.state == "off"


async def test_what_is_noisy_is_off_until_somebody_wants_it(
    hass: HomeAssistant, modem: MockConfigEntry
) -> None:
    entry = er.async_get(hass).async_get(SIGNAL)
    assert entry is not None
    assert entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    assert entry.entity_category == "diagnostic"

    er.async_get(hass).async_update_entity(SIGNAL, disabled_by=None)
    await hass.config_entries.async_reload(modem.entry_id)
    state = await until_state(hass, SIGNAL, lambda state: state.state.startswith("-"))
    assert state.attributes["unit_of_measurement"] == "dBm"


async def test_the_page_of_a_modem_has_the_firmware_of_today(
    hass: HomeAssistant, hub: MockConfigEntry, simulator: Simulator
) -> None:
    modem = modem_of("simulator://modem0")
    modem.add_to_hass(hass)
    hass.config_entries.async_update_entry(modem, data={**modem.data, "firmware": "0.9"})
    assert await hass.config_entries.async_setup(modem.entry_id)
    await until_state(hass, CONNECTION, "on")

    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), modem.entry_id)
    assert device.sw_version == modem.data["firmware"] == "1.0"
    assert device.serial_number == "…3809"


async def test_people_stand_below_the_hub_and_a_modem_stands_alone(
    hass: HomeAssistant, modem: MockConfigEntry
) -> None:
    hub = next(entry for entry in hass.config_entries.async_entries(DOMAIN) if entry.data["kind"] == "hub")
    registry = dr.async_get(hass)
    devices = {device.name: device for device in dr.async_entries_for_config_entry(registry, hub.entry_id)}

    assert set(devices) == {"Alert Gateway", "Anna", "Ben"}
    assert devices["Anna"].via_device_id == devices["Ben"].via_device_id == devices["Alert Gateway"].id
    assert all(device.entry_type is dr.DeviceEntryType.SERVICE for device in devices.values())

    (device,) = dr.async_entries_for_config_entry(registry, modem.entry_id)
    assert (device.manufacturer, device.model, device.serial_number) == ("Simulator", "SIM1", "…3809")
    assert device.via_device_id is None
