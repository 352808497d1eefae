"""What arrives at a modem becomes an event."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from alert_engine.inbound.settings import CommandSettings
from alert_engine.model import Keyword, Parameter, ParameterKind, Tier
from custom_components.alert_gateway.host import DATA_HOST
from tests.component.entries import ANNA, BEN
from tests.component.waiting import until_state

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, State
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from gsm_driver.simulator import Simulator

ENTITY = "event.simulator_3809_inbound_message"
KEYWORD_EVENT = "alert_gateway_keyword"
STRANGER = "+436809999999"
HEAT = Keyword(
    name="heat",
    words=("HEAT",),
    parameters=(
        Parameter(name="degrees", kind=ParameterKind.NUMBER, minimum=5, maximum=30),
        Parameter(name="boost", kind=ParameterKind.ON_OFF),
        Parameter(name="room", kind=ParameterKind.TEXT, required=False),
    ),
    tier=Tier.LISTED,
)


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


@pytest.fixture
def heat(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    """Everybody may write how warm it shall be."""
    engine = hass.data[DATA_HOST].engine
    settings = engine._ledger.settings
    engine.update_settings(replace(settings, commands=CommandSettings(keywords=(HEAT,))))


@pytest.mark.usefixtures("heat")
async def test_a_keyword_of_ours_comes_with_its_values(hass: HomeAssistant, simulator: Simulator) -> None:
    told = async_capture_events(hass, KEYWORD_EVENT)
    simulator.network.deliver_sms(ANNA["phone"], "heat 21.5 on the cellar")

    state = await arrived(hass, "heat 21.5 on the cellar")
    values = {"degrees": 21.5, "boost": True, "room": "the cellar"}
    assert state.attributes["event_type"] == "keyword"
    assert state.attributes["keyword"] == "heat"
    assert state.attributes["values"] == values
    assert state.attributes["arguments"] == ["21.5", "on", "the", "cellar"]
    (event,) = told
    assert event.data == {
        "keyword": "heat",
        "person": "Anna",
        "authorisation": "known",
        "values": values,
        "arguments": ["21.5", "on", "the", "cellar"],
        "message_id": state.attributes["message_id"],
    }


@pytest.mark.usefixtures("heat")
@pytest.mark.parametrize(("sender", "text"), [(STRANGER, "heat 21 on"), (ANNA["phone"], "heat 99 on")])
async def test_what_is_no_command_has_no_values(
    hass: HomeAssistant, simulator: Simulator, sender: str, text: str
) -> None:
    told = async_capture_events(hass, KEYWORD_EVENT)
    simulator.network.deliver_sms(sender, text)

    state = await arrived(hass, text)
    assert (state.attributes["event_type"], state.attributes["values"]) == ("received", {})
    assert told == []


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
    assert {"sender", "text", "arguments", "values"} <= entity._unrecorded_attributes


@pytest.mark.usefixtures("heat")
async def test_strict_privacy_shows_neither_numbers_nor_words(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    hub = hass.config_entries.async_entry_for_domain_unique_id("alert_gateway", "hub")
    assert hub is not None
    hass.config_entries.async_update_entry(hub, options={**hub.options, "privacy": "strict"})
    await hass.async_block_till_done()
    engine = hass.data[DATA_HOST].engine
    engine.update_settings(replace(engine._ledger.settings, commands=CommandSettings(keywords=(HEAT,))))
    told = async_capture_events(hass, KEYWORD_EVENT)
    simulator.network.deliver_sms(ANNA["phone"], "heat 21.5 on secret")

    state = await until_state(hass, ENTITY, lambda state: state.attributes.get("keyword") == "heat")
    shown = str(state.as_dict()) + str(told[0].as_dict())
    assert ANNA["phone"] not in shown
    assert "secret" not in shown
    assert "21.5" not in shown
    assert state.attributes["sender"].endswith(ANNA["phone"][-3:])
    assert (state.attributes["person"], state.attributes["text"]) == ("Anna", None)
    assert (told[0].data["arguments"], told[0].data["values"]) == ([], {})
