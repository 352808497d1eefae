"""A SIM that needs a person is mended where its issue is shown."""

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component

from custom_components.alert_gateway.const import DOMAIN
from gsm_driver.simulator import SimCard, create_simulator
from tests.component.entries import ANNA, PIN, hub_of, modem_of, set_up
from tests.component.waiting import until_state

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers import issue_registry as ir
    from pytest_homeassistant_custom_component.common import MockConfigEntry

CONNECTION = "binary_sensor.simulator_3809_connection"


async def modem_with(hass: HomeAssistant, card: SimCard) -> MockConfigEntry:
    """A loaded modem with this card; its issue is there."""
    create_simulator("modem0").modem.sim = card
    assert await async_setup_component(hass, "repairs", {})
    await set_up(hass, hub_of(ANNA))
    modem = await set_up(hass, modem_of("simulator://modem0"))
    await until_state(hass, CONNECTION, lambda state: "SIM" in state.attributes["reason"])
    return modem


async def begin(hass: HomeAssistant, modem: MockConfigEntry) -> Any:
    """A person opens the issue."""
    return await flows(hass).async_init(DOMAIN, context={"issue_id": f"sim_{modem.entry_id}"})


def flows(hass: HomeAssistant) -> Any:
    """Home Assistant's own manager: it deletes the issue when a flow is done."""
    return hass.data["repairs"]["flow_manager"]


async def test_the_pin_is_entered_in_the_issue(hass: HomeAssistant, issue_registry: ir.IssueRegistry) -> None:
    card = SimCard(pin=PIN)
    modem = await modem_with(hass, card)
    shown = await begin(hass, modem)
    assert shown["description_placeholders"]["modem"] == modem.title

    wrong = await flows(hass).async_configure(shown["flow_id"], {"pin": "0000"})
    assert (wrong["type"], wrong["errors"]) == (FlowResultType.FORM, {"base": "refused"})
    assert "refused this PIN" in wrong["description_placeholders"]["objection"]
    assert card.pin_tries == 2
    flows_left = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert [flow for flow in flows_left if flow["context"]["source"] == "reconfigure"] == []

    done = await flows(hass).async_configure(shown["flow_id"], {"pin": PIN})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await until_state(hass, CONNECTION, "on")
    assert modem.data["pin"] == PIN
    assert issue_registry.async_get_issue(DOMAIN, f"sim_{modem.entry_id}") is None


@pytest.mark.parametrize("pin", ["12", "12345678x"])
async def test_what_is_no_pin_is_not_tried(hass: HomeAssistant, pin: str) -> None:
    card = SimCard(pin=PIN)
    shown = await begin(hass, await modem_with(hass, card))
    result = await flows(hass).async_configure(shown["flow_id"], {"pin": pin})
    assert result["description_placeholders"]["objection"] == "A SIM PIN has 4 to 8 digits."
    assert card.pin_tries == 3


async def test_a_card_that_was_seen_to_is_looked_at_again(
    hass: HomeAssistant, issue_registry: ir.IssueRegistry
) -> None:
    card = SimCard(present=False)
    modem = await modem_with(hass, card)
    shown = await begin(hass, modem)
    done = await flows(hass).async_configure(shown["flow_id"], {})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    await until_state(hass, CONNECTION, lambda state: "SIM" in state.attributes["reason"])
    assert issue_registry.async_get_issue(DOMAIN, f"sim_{modem.entry_id}") is not None, "nothing was done"

    card.present = True
    shown = await begin(hass, modem)
    await flows(hass).async_configure(shown["flow_id"], {})
    await until_state(hass, CONNECTION, "on")
    assert issue_registry.async_get_issue(DOMAIN, f"sim_{modem.entry_id}") is None
