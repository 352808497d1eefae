"""Buttons of the hub, of people and of ways out."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockUser

from alert_engine.model import AlarmRaise, MessageKind
from alert_engine.supervision.settings import RouteSupervision
from custom_components.alert_gateway.host import DATA_HOST
from tests.component.entries import ROUTE
from tests.component.texts import TEXTS
from tests.component.waiting import until_state

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from gsm_driver.simulator import Simulator

CONNECTION = "binary_sensor.simulator_3809_connection"


async def press(hass: HomeAssistant, entity_id: str, context: Context | None = None) -> None:
    """Press a button, and wait for it."""
    await hass.services.async_call(
        "button", "press", {"entity_id": entity_id}, blocking=True, context=context
    )


@pytest.mark.parametrize(("name", "by"), [("Paula", "home_assistant:Paula"), (None, "home_assistant")])
async def test_all_alarms_are_taken_by_whoever_pressed(
    hass: HomeAssistant, hub: MockConfigEntry, name: str | None, by: str
) -> None:
    engine = hub.runtime_data.engine
    for key in ("pump", "valve"):
        await engine.raise_alarm(AlarmRaise(source="plc1", key=key))
    await until_state(hass, "binary_sensor.alert_gateway_unacknowledged_alarms", "on")
    user = MockUser(name=name, is_owner=True).add_to_hass(hass) if name else None
    context = Context(user_id=user.id) if user else None

    await press(hass, "button.alert_gateway_acknowledge_all_alarms", context)

    assert {alarm.acked_by for alarm in await engine.open_alarms()} == {by}
    await until_state(hass, "binary_sensor.alert_gateway_unacknowledged_alarms", "off")


async def test_a_person_is_tested_once_at_a_time(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    await press(hass, "button.anna_send_test")
    engine = hub.runtime_data.engine
    anna = next(person.id for person in engine.people if person.name == "Anna")
    assert {result.person for result in await engine.rehearsing.results()} == {anna}

    with pytest.raises(ServiceValidationError, match="under way"):
        await press(hass, "button.anna_send_test")


async def test_people_who_are_added_later_have_a_button(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    anna = next(person for person in hub.subentries.values() if person.title == "Anna")
    assert hass.states.get("button.anna_send_test") is not None
    hass.config_entries.async_remove_subentry(hub, anna.subentry_id)
    await hass.async_block_till_done()
    assert er.async_get(hass).async_get("button.anna_send_test") is None

    hass.config_entries.async_add_subentry(hub, anna)
    await hass.async_block_till_done()
    assert hass.states.get("button.anna_send_test") is not None


async def test_a_modem_writes_to_itself(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    with pytest.raises(ServiceValidationError, match=f"the number of {ROUTE} is not known"):
        await press(hass, "button.simulator_3809_test")

    engine = hass.data[DATA_HOST].engine
    settings = engine._ledger.settings
    watched = replace(
        settings.supervision, routes=(RouteSupervision(route=ROUTE, own_number="+436641110000"),)
    )
    engine.update_settings(replace(settings, supervision=watched))
    await press(hass, "button.simulator_3809_test")
    tests = [message for message in await engine.messages() if message.kind is MessageKind.TEST]
    assert {message.address for message in tests} == {"+436641110000"}


async def test_a_modem_restarts_and_says_why_it_does_not(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    await press(hass, "button.simulator_3809_restart")
    simulator.unplug()
    await until_state(hass, CONNECTION, "off")
    assert hass.states.is_state("button.simulator_3809_test", "unavailable")
    with pytest.raises(HomeAssistantError) as caught:
        await press(hass, "button.simulator_3809_restart")
    assert caught.value.translation_key == "modem_refused"
    assert caught.value.translation_placeholders == {"reason": TEXTS["common"]["not_done_modem_missing"]}
