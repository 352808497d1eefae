"""Alarms from the broker of Home Assistant's MQTT integration, by a connection of our own."""

import json
from typing import TYPE_CHECKING

import pytest

from alert_engine.intake.mqtt import SessionState
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.host import DATA_HOST
from tests.component.entries import ANNA, BEN, hub_of, modem_of, mqtt_entry, set_up
from tests.component.waiting import until, until_state
from tests.engine.brokers import Peer, Rumqttd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers import issue_registry as ir
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from alert_engine.intake.mqtt import MqttIntake
    from gsm_driver.simulator import Simulator

ALARMS = "binary_sensor.alert_gateway_open_alarms"
INBOUND = "event.simulator_3809_inbound_message"

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture
async def broker(hass: HomeAssistant, tmp_path: Path) -> AsyncIterator[Rumqttd]:
    """A broker on this machine."""
    async with Rumqttd(tmp_path) as running:
        yield running
        await hass.async_stop(force=True)


def intake_of(hass: HomeAssistant) -> MqttIntake | None:
    """What takes alarms from MQTT now."""
    return hass.data[DATA_HOST].intake


async def online(hass: HomeAssistant) -> MqttIntake:
    """The intake, when it is connected."""
    intake = intake_of(hass)
    assert intake is not None
    await until(lambda: intake.status.state is SessionState.ONLINE, intake.add_listener)
    return intake


async def test_an_alarm_goes_out_the_answer_comes_back_and_the_all_clear_ends_it(
    hass: HomeAssistant, broker: Rumqttd, simulator: Simulator
) -> None:
    anna = simulator.network.add_phone(ANNA["phone"])
    ben = simulator.network.add_phone(BEN["phone"])
    mqtt_entry(broker.port).add_to_hass(hass)
    await set_up(hass, hub_of(ANNA, BEN))
    await set_up(hass, modem_of("simulator://modem0"))
    await online(hass)

    async with Peer(broker.port) as plc:
        await plc.subscribe("alert_gateway/home/out/#")
        alarm = {"v": 1, "event": "raise", "severity": "high", "title": "Freezer", "text": "Too warm"}
        await plc.publish("alert_gateway/home/in/alarm/plc/freezer", json.dumps(alarm))

        await until(lambda: bool(anna.texts and ben.texts), simulator.network.listen)
        assert "Freezer" in anna.texts[0]
        state = await until_state(hass, ALARMS, "on")
        assert state.attributes["unacknowledged"] == 1

        (alarm_now,) = await hass.data[DATA_HOST].engine.open_alarms()
        assert alarm_now.code in anna.texts[0]
        simulator.network.deliver_sms(ANNA["phone"], f"ok {alarm_now.code}")

        state = await until_state(hass, ALARMS, lambda state: state.attributes["unacknowledged"] == 0)
        assert state.state == "on"
        event = await until_state(
            hass, INBOUND, lambda state: state.attributes.get("event_type") == "keyword"
        )
        assert event.attributes["keyword"] == "OK"
        assert event.attributes["person"] == "Anna"
        assert event.attributes["authorisation"] == "code"
        told = await plc.message(
            f"alert_gateway/home/out/alarm/{alarm_now.id}/state",
            lambda message: json.loads(message.payload)["state"] == "acked",
        )
        assert told.retained or told.payload

        before = len(ben.texts)
        await plc.publish("alert_gateway/home/in/alarm/plc/freezer", json.dumps({"v": 1, "event": "clear"}))
        await until_state(hass, ALARMS, "off")
        await until(lambda: len(ben.texts) > before, simulator.network.listen)


async def test_the_intake_comes_and_goes_with_the_entry(
    hass: HomeAssistant, hub: MockConfigEntry, broker: Rumqttd
) -> None:
    assert intake_of(hass) is None

    entry = mqtt_entry(broker.port)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, title="Broker")
    await hass.async_block_till_done()
    first = await online(hass)

    hass.config_entries.async_update_entry(entry, title="The same broker")
    await hass.async_block_till_done()
    assert intake_of(hass) is first

    hass.config_entries.async_update_entry(entry, data={**entry.data, "username": "agw"})
    await hass.async_block_till_done()
    assert intake_of(hass) is not first
    assert first.status.state is SessionState.STOPPED

    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert intake_of(hass) is None


async def test_the_settings_of_the_hub_switch_it_and_name_its_topics(
    hass: HomeAssistant, broker: Rumqttd
) -> None:
    mqtt_entry(broker.port).add_to_hass(hass)
    hub = await set_up(hass, hub_of(ANNA, options={"mqtt": False}))
    assert intake_of(hass) is None

    async with Peer(broker.port) as dashboard:
        await dashboard.subscribe("#")
        hass.config_entries.async_update_entry(
            hub, title="Cottage", options={"mqtt": True, "mqtt_prefix": "site/alarms"}
        )
        await hass.async_block_till_done()
        status = await dashboard.message("site/alarms/cottage/status")
        assert status.payload == b"online"


async def test_without_the_broker_everything_else_works(hass: HomeAssistant) -> None:
    mqtt_entry(1).add_to_hass(hass)
    await set_up(hass, hub_of(ANNA))

    intake = intake_of(hass)
    assert intake is not None
    assert intake.status.state is not SessionState.ONLINE
    assert hass.states.is_state(ALARMS, "off")


async def test_a_broker_behind_web_sockets_is_a_repair_issue(
    hass: HomeAssistant, issue_registry: ir.IssueRegistry
) -> None:
    entry = mqtt_entry(1)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "transport": "websockets"})
    hub = await set_up(hass, hub_of(ANNA))
    assert intake_of(hass) is None
    assert issue_registry.async_get_issue(DOMAIN, "mqtt_websockets") is not None

    hass.config_entries.async_update_entry(hub, options={"mqtt": False})
    await hass.async_block_till_done()
    assert issue_registry.async_get_issue(DOMAIN, "mqtt_websockets") is None
