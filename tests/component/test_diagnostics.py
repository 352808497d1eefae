"""A bug report tells what is wrong and nothing about people."""

import json
from typing import TYPE_CHECKING

from custom_components.alert_gateway.diagnostics import async_get_config_entry_diagnostics
from tests.component.entries import ANNA, PIN, hub_of, modem_of, set_up
from tests.component.waiting import until_state

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry


CONNECTION = "binary_sensor.simulator_3809_connection"


async def test_the_hub_tells_numbers_of_things_only(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    facts = await async_get_config_entry_diagnostics(hass, hub)

    assert facts == {
        "kind": "hub",
        "country": "AT",
        "people": 2,
        "people_who_can_acknowledge": 1,
        "open_alarms": 0,
        "unacknowledged_alarms": 0,
        "queue": 0,
        "in_doubt": 0,
        "routes": {},
        "mqtt_wanted": True,
        "mqtt_state": None,
    }
    assert ANNA["phone"] not in json.dumps(facts)


async def test_a_modem_tells_what_it_is_and_how_it_is(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    facts = await async_get_config_entry_diagnostics(hass, modem)

    assert facts["kind"] == "modem"
    assert facts["port"] == "simulator"
    assert facts["has_pin"] is False
    report = json.dumps(facts)
    assert PIN not in report
    assert str(modem.unique_id) not in report


async def test_the_name_of_a_port_is_not_told(hass: HomeAssistant, tmp_path: Path) -> None:
    await set_up(hass, hub_of(ANNA))
    port = str(tmp_path / "usb-Vendor_Stick_0123456789-if02")
    modem = await set_up(hass, modem_of(port))
    await until_state(hass, CONNECTION, lambda state: port in state.attributes["reason"])

    facts = await async_get_config_entry_diagnostics(hass, modem)

    assert facts["reason"].startswith("the port does not exist")
