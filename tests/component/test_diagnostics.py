"""A bug report tells what is wrong and nothing about people."""

import json
import re
from typing import TYPE_CHECKING, Any

from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.json import ExtendedJSONEncoder
from homeassistant.setup import async_setup_component

from alert_engine.model import AlarmRaise, SendRequest
from custom_components.alert_gateway.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from tests.component.entries import ANNA, BEN, IMEI, PIN, hub_of, modem_of, mqtt_entry, set_up
from tests.component.providers import TWILIO, account_of, unreachable
from tests.component.waiting import until_state

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from gsm_driver.simulator import Simulator

CONNECTION = "binary_sensor.simulator_3809_connection"
BROKER = {"username": "broker-user", "password": "broker-password"}
SECRETS = ("Anna", "Ben", "Pump of Anna", "meet at noon", "broker-password", "broker-user", IMEI, PIN)


def secrets_of(value: Any) -> set[str]:
    """Every text that an entry holds, but the words of the configuration itself."""
    if isinstance(value, dict):
        return {each for inner in value.values() for each in secrets_of(inner)}
    if isinstance(value, list | tuple):
        return {each for inner in value for each in secrets_of(inner)}
    return {value} if isinstance(value, str) and re.search(r"\d{4}|://|@", value) else set()


async def dump_of(hass: HomeAssistant, devices: dr.DeviceRegistry, entry: Any) -> str:
    """Everything that a person can download of an entry."""
    facts: list[Any] = [await async_get_config_entry_diagnostics(hass, entry)]
    of_entry = dr.async_entries_for_config_entry(devices, entry.entry_id)
    facts += [await async_get_device_diagnostics(hass, entry, device) for device in of_entry]
    return json.dumps(facts, cls=ExtendedJSONEncoder)


async def test_nothing_of_a_full_installation_gets_out(
    hass: HomeAssistant,
    simulator: Simulator,
    device_registry: dr.DeviceRegistry,
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,
) -> None:
    broker = mqtt_entry(1)
    broker.add_to_hass(hass)
    hass.config_entries.async_update_entry(broker, data={**broker.data, "transport": "websockets", **BROKER})
    hub = await set_up(hass, hub_of(ANNA, BEN))
    modem = await set_up(hass, modem_of("simulator://modem0", pin=PIN))
    await until_state(hass, CONNECTION, "on")
    engine = hub.runtime_data.engine
    await engine.raise_alarm(AlarmRaise(source="plc", key="pump", title="Pump of Anna", text="is dry"))
    await engine.send(SendRequest(to=(ANNA["phone"],), text="meet at noon"))
    async with unreachable(monkeypatch):
        account = await set_up(hass, account_of("twilio", TWILIO))
        entries = (hub, modem, account)
        dump = "".join([await dump_of(hass, device_registry, entry) for entry in entries])
        assert await hass.config_entries.async_unload(account.entry_id)

    known = {*SECRETS, ANNA["phone"], BEN["phone"], hass.config.config_dir}
    known |= {secret for entry in (*entries, broker) for secret in secrets_of(dict(entry.data))}
    assert [secret for secret in known if secret in dump] == []


async def test_what_is_downloaded_names_nobody_either(
    hass: HomeAssistant, hass_client: Any, modem: MockConfigEntry
) -> None:
    """Home Assistant adds the ids of all our issues to it."""
    assert await async_setup_component(hass, "diagnostics", {})
    engine = modem.runtime_data.engine
    for key in ("route/annas_stick", "people/annas_crew", "credit/annas_stick"):
        await engine.raise_alarm(AlarmRaise(source="gateway", key=key, title="Anna"))
    client = await hass_client()
    answer = await client.get(f"/api/diagnostics/config_entry/{modem.entry_id}")
    told = await answer.json()
    assert len([each for each in told["issues"] if each["issue_id"].startswith("alarm/")]) == 3
    text = json.dumps(told).lower()
    assert "annas" not in text
    assert IMEI not in text


async def test_of_an_entry_that_is_not_loaded(
    hass: HomeAssistant, device_registry: dr.DeviceRegistry, modem: MockConfigEntry, hub: MockConfigEntry
) -> None:
    """That is when somebody writes a report."""
    for entry in (modem, hub):
        assert await hass.config_entries.async_unload(entry.entry_id)
        facts = await async_get_config_entry_diagnostics(hass, entry)
        assert (facts["kind"], facts["entry_state"]) == (entry.data["kind"], "not_loaded")
        assert facts["journal_octets"] > 0
        assert IMEI not in await dump_of(hass, device_registry, entry)


async def test_a_route_that_is_not_there_yet(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    await modem.runtime_data.engine.remove_route(modem.runtime_data.route)
    facts = await async_get_config_entry_diagnostics(hass, modem)
    assert facts["state"] == "unknown"


async def test_the_hub_tells_numbers_of_things_only(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    facts = await async_get_config_entry_diagnostics(hass, hub)

    assert facts["kind"] == "hub"
    assert (facts["people"], facts["people_who_can_acknowledge"]) == (2, 1)
    assert facts["subentries"] == {"person": 2}
    assert (facts["open_alarms"], facts["queue"], facts["in_doubt"]) == (0, 0, 0)
    assert (facts["refused_settings"], facts["orphaned_settings"]) == (0, 0)
    assert facts["routes"] == {}
    assert facts["journal_octets"] > 0
    assert facts["journal_readable"]


async def test_a_journal_that_cannot_be_read_is_said_to_be_so(
    hass: HomeAssistant, broken_hub: MockConfigEntry
) -> None:
    facts = await async_get_config_entry_diagnostics(hass, broken_hub)
    assert facts["journal_readable"] is False


async def test_routes_have_no_names(
    hass: HomeAssistant, hub: MockConfigEntry, modem: MockConfigEntry
) -> None:
    facts = await async_get_config_entry_diagnostics(hass, hub)
    assert {name.partition(" ")[0] for name in facts["routes"]} <= {"route", "calls"}
    assert {each["state"] for each in facts["routes"].values()} == {"ok"}


async def test_a_modem_tells_what_it_is_and_how_it_is(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    facts = await async_get_config_entry_diagnostics(hass, modem)

    assert facts["kind"] == "modem"
    assert facts["port"] == "simulator"
    assert facts["has_pin"] is False
    assert facts["state"] == "ok"


async def test_the_name_of_a_port_is_not_told(hass: HomeAssistant, tmp_path: Path) -> None:
    await set_up(hass, hub_of(ANNA))
    port = str(tmp_path / "usb-Vendor_Stick_0123456789-if02")
    modem = await set_up(hass, modem_of(port))
    await until_state(hass, CONNECTION, lambda state: port in state.attributes["reason"])

    facts = await async_get_config_entry_diagnostics(hass, modem)

    assert facts["reason"].startswith("the port does not exist")
