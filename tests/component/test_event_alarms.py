"""Alarms, calls and the fate of messages as events."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_capture_events

from alert_engine.model import (
    AlarmAcknowledge,
    AlarmClear,
    AlarmRaise,
    AlarmShelve,
    MessageChanged,
    MessageState,
    SendRequest,
    Severity,
)
from alert_engine.routes.base import Ring
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.news import SIGNAL_NEWS
from tests.component.entries import ANNA, ROUTE
from tests.component.waiting import until_state

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, State
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from gsm_driver.simulator import Simulator

ALARM = "event.alert_gateway_alarm"
CALL = "event.simulator_3809_incoming_call"
OUTBOUND = "event.simulator_3809_sent_message"


async def told(hass: HomeAssistant, kind: str, entity_id: str = ALARM) -> State:
    """The state once the newest event is of this kind."""
    return await until_state(hass, entity_id, lambda state: state.attributes.get("event_type") == kind)


async def test_the_life_of_an_alarm(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    engine = hub.runtime_data.engine
    anna = next(person.id for person in engine.people if person.name == "Anna")
    pump = AlarmRaise(source="plc1", key="pump", title="Pump", text="Dry")
    (alarm,) = (await engine.raise_alarm(pump)).alarms
    attributes = (await told(hass, "raised")).attributes
    assert attributes["alarm_id"] == alarm.id
    assert attributes["code"] == alarm.code
    assert (attributes["source"], attributes["key"], attributes["state"]) == ("plc1", "pump", "raised")
    assert (attributes["title"], attributes["text"], attributes["is_test"]) == ("Pump", "Dry", False)

    await engine.raise_alarm(AlarmRaise(source="plc1", key="pump", severity=Severity.CRITICAL))
    assert (await told(hass, "worsened")).attributes["severity"] == "critical"
    later = dt_util.utcnow() + timedelta(hours=1)
    await engine.shelve(AlarmShelve(by=anna, alarm_id=alarm.id, until=later))
    await told(hass, "shelved")
    await engine.acknowledge(AlarmAcknowledge(by=anna, alarm_id=alarm.id))
    assert (await told(hass, "acknowledged")).attributes["acknowledged_by"] == "Anna"
    await engine.clear(AlarmClear(source="plc1", key="pump"))
    await told(hass, "cleared")


@pytest.mark.parametrize(
    ("entity_id", "hidden"),
    [(ALARM, {"code", "title", "text"}), (CALL, {"number"})],
)
async def test_what_stays_out_of_the_history(
    hass: HomeAssistant, modem: MockConfigEntry, entity_id: str, hidden: set[str]
) -> None:
    entity = hass.data["entity_components"]["event"].get_entity(entity_id)
    assert entity._unrecorded_attributes >= hidden


async def test_a_call(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    engine = hass.data[DATA_HOST].engine
    await engine.rung("another", Ring(caller=ANNA["phone"], at=dt_util.utcnow()))
    assert hass.states.is_state(CALL, "unknown")
    await engine.rung(ROUTE, Ring(caller=ANNA["phone"], at=dt_util.utcnow()))
    state = await told(hass, "received", CALL)
    assert state.attributes["person"] == "Anna"
    assert ANNA["phone"] not in state.attributes["number"]


async def test_what_became_of_a_message(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    er.async_get(hass).async_update_entity(OUTBOUND, disabled_by=None)
    await hass.config_entries.async_reload(modem.entry_id)
    await until_state(hass, "binary_sensor.simulator_3809_connection", "on")
    simulator.network.add_phone(ANNA["phone"])
    engine = hass.data[DATA_HOST].engine
    anna = next(person.id for person in engine.people if person.name == "Anna")
    sent = await engine.send(SendRequest(to=(anna,), text="Hello"))

    state = await told(hass, "delivered", OUTBOUND)
    assert state.attributes["message_id"] == sent.messages[0].uid
    assert (state.attributes["person"], state.attributes["channel"]) == ("Anna", "sms")
    assert "Hello" not in str(state.attributes)


async def test_the_fate_of_each_message_is_told_once(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    """A message that was delivered and is read later is not delivered again, whatever came between."""
    er.async_get(hass).async_update_entity(OUTBOUND, disabled_by=None)
    await hass.config_entries.async_reload(modem.entry_id)
    engine = hass.data[DATA_HOST].engine
    later = dt_util.utcnow() + timedelta(hours=1)
    people = tuple(person.id for person in engine.people)
    written = (await engine.send(SendRequest(to=people, text="Hello", not_before=later))).messages
    first, second = (
        replace(message, state=MessageState.DELIVERED, route=ROUTE)
        for message in await engine.messages()
        if message.uid in {each.uid for each in written}
    )
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    for message in (first, second, first, replace(second, state=MessageState.FAILED)):
        async_dispatcher_send(hass, SIGNAL_NEWS, MessageChanged(message=message, at=dt_util.utcnow()))

    told = [event.data["new_state"].attributes for event in changes if event.data["entity_id"] == OUTBOUND]
    assert [(each["message_id"], each["event_type"]) for each in told] == [
        (first.uid, "delivered"),
        (second.uid, "delivered"),
        (second.uid, "failed"),
    ]
