"""What arrives at a modem becomes an event."""

from typing import TYPE_CHECKING

from tests.component.entries import ANNA, BEN
from tests.component.waiting import until_state

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, State
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from gsm_driver.simulator import Simulator

ENTITY = "event.simulator_3809_inbound_message"
STRANGER = "+436809999999"


async def arrived(hass: HomeAssistant, text: str) -> State:
    """The state of the entity when this text came."""
    return await until_state(hass, ENTITY, lambda state: state.attributes.get("text") == text)


async def test_a_text_of_somebody_we_know(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    simulator.network.deliver_sms(ANNA["phone"], "I am on my way")

    state = await arrived(hass, "I am on my way")
    assert state.attributes["event_type"] == "received"
    assert state.attributes["person"] == "Anna"
    assert state.attributes["sender"] == ANNA["phone"]
    assert state.attributes["authorisation"] == "known"
    assert state.attributes["keyword"] is None
    assert state.attributes["segments"] == 1
    assert state.attributes["message_id"]


async def test_a_command_of_a_stranger_is_only_a_text(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    simulator.network.deliver_sms(STRANGER, "OK")

    state = await arrived(hass, "OK")
    assert state.attributes["event_type"] == "received"
    assert state.attributes["person"] is None
    assert state.attributes["authorisation"] == "none"


async def test_a_command_of_somebody_who_may_not_give_it_is_only_a_text(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    simulator.network.deliver_sms(BEN["phone"], "OK")

    state = await arrived(hass, "OK")
    assert state.attributes["event_type"] == "received"
    assert state.attributes["person"] == "Ben"


async def test_what_came_while_home_assistant_was_down_is_told_when_it_is_back(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    await hass.config_entries.async_unload(modem.entry_id)
    simulator.network.deliver_sms(ANNA["phone"], "Anybody there?")

    await hass.config_entries.async_setup(modem.entry_id)

    assert (await arrived(hass, "Anybody there?")).attributes["person"] == "Anna"


async def test_texts_and_numbers_stay_out_of_the_history(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    component = hass.data["entity_components"]["event"]
    entity = component.get_entity(ENTITY)
    assert {"sender", "text"} <= entity._unrecorded_attributes
