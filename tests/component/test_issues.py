"""What only a person can put right is a repair issue until it is put right."""

from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
from homeassistant.config_entries import ConfigSubentry

from custom_components.alert_gateway.const import DOMAIN, SUBENTRY_PERSON
from custom_components.alert_gateway.pin_memory import DATA_PIN_NOTES
from gsm_driver.simulator import SimCard, create_simulator
from tests.component.entries import ANNA, PIN, hub_of, modem_of, set_up
from tests.component.waiting import until_state

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers import issue_registry as ir
    from pytest_homeassistant_custom_component.common import MockConfigEntry

CONNECTION = "binary_sensor.simulator_3809_connection"


async def modem_with(hass: HomeAssistant, card: SimCard, *, pin: str | None = None) -> MockConfigEntry:
    """A loaded modem with this card."""
    create_simulator("modem0").modem.sim = card
    await set_up(hass, hub_of(ANNA))
    return await set_up(hass, modem_of("simulator://modem0", pin=pin))


def issue_of(issue_registry: ir.IssueRegistry, modem: MockConfigEntry) -> ir.IssueEntry | None:
    """The issue of a modem's SIM."""
    return issue_registry.async_get_issue(DOMAIN, f"sim_{modem.entry_id}")


def locked_card() -> SimCard:
    """A card after three wrong PINs."""
    card = SimCard(pin=PIN)
    for _ in range(3):
        card.enter_pin("0000")
    return card


@pytest.mark.parametrize(
    ("card", "issue"),
    [
        (SimCard(pin=PIN), "pin_required"),
        (locked_card(), "puk_required"),
        (SimCard(present=False), "sim_failed"),
    ],
)
async def test_a_sim_that_needs_a_person(
    hass: HomeAssistant, issue_registry: ir.IssueRegistry, card: SimCard, issue: str
) -> None:
    modem = await modem_with(hass, card)
    await until_state(hass, CONNECTION, lambda state: "SIM" in state.attributes["reason"])

    shown = issue_of(issue_registry, modem)
    assert shown is not None
    assert shown.translation_key == issue
    assert shown.translation_placeholders is not None
    assert shown.translation_placeholders["modem"] == modem.title
    assert hass.states.is_state(CONNECTION, "off")

    await hass.config_entries.async_unload(modem.entry_id)
    assert issue_of(issue_registry, modem) is None


async def test_a_refused_pin_is_forgotten_so_that_no_restart_tries_it_again(
    hass: HomeAssistant, issue_registry: ir.IssueRegistry
) -> None:
    card = SimCard(pin=PIN)
    modem = await modem_with(hass, card, pin="0000")
    await until_state(hass, CONNECTION, lambda state: "PIN" in state.attributes["reason"])
    shown = issue_of(issue_registry, modem)
    assert shown is not None
    assert shown.translation_key == "pin_rejected"
    assert card.pin_tries == 2
    assert modem.data["pin"] is None

    await hass.config_entries.async_reload(modem.entry_id)
    await until_state(hass, CONNECTION, lambda state: "asks for its PIN" in state.attributes["reason"])
    assert card.pin_tries == 2

    hass.config_entries.async_update_entry(modem, data={**modem.data, "pin": PIN})
    await hass.config_entries.async_reload(modem.entry_id)
    await until_state(hass, CONNECTION, "on")
    assert issue_of(issue_registry, modem) is None
    assert modem.data["pin"] == PIN


async def test_a_refused_pin_is_not_tried_again_even_if_it_is_entered_again(
    hass: HomeAssistant, issue_registry: ir.IssueRegistry
) -> None:
    card = SimCard(pin=PIN)
    modem = await modem_with(hass, card, pin="0000")
    await until_state(hass, CONNECTION, lambda state: "PIN" in state.attributes["reason"])

    hass.data.pop(DATA_PIN_NOTES)  # as after a restart, with an entry that was not saved in time
    hass.config_entries.async_update_entry(modem, data={**modem.data, "pin": "0000"})
    await hass.config_entries.async_reload(modem.entry_id)
    await until_state(hass, CONNECTION, lambda state: "refused before" in state.attributes["reason"])
    assert card.pin_tries == 2


async def test_a_refused_pin_is_told_as_such_for_as_long_as_it_is(
    hass: HomeAssistant, issue_registry: ir.IssueRegistry
) -> None:
    modem = await modem_with(hass, SimCard(pin=PIN), pin="0000")
    await until_state(hass, CONNECTION, lambda state: "PIN" in state.attributes["reason"])
    modem.runtime_data.supervisor.retry()
    await until_state(hass, CONNECTION, lambda state: "refused before" in state.attributes["reason"])
    shown = issue_of(issue_registry, modem)
    assert shown is not None
    assert shown.translation_key == "pin_rejected"


async def test_nobody_to_tell_is_an_issue(hass: HomeAssistant, issue_registry: ir.IssueRegistry) -> None:
    hub = await set_up(hass, hub_of())
    assert issue_registry.async_get_issue(DOMAIN, "no_person") is not None

    anna = ConfigSubentry(
        data=MappingProxyType(ANNA), subentry_type=SUBENTRY_PERSON, title="Anna", unique_id=None
    )
    hass.config_entries.async_add_subentry(hub, anna)
    await hass.async_block_till_done()
    assert issue_registry.async_get_issue(DOMAIN, "no_person") is None

    modem = await set_up(hass, modem_of("simulator://modem0"))
    await hass.config_entries.async_remove(hub.entry_id)
    assert issue_registry.async_get_issue(DOMAIN, "no_person") is not None

    await hass.config_entries.async_remove(modem.entry_id)
    assert issue_registry.async_get_issue(DOMAIN, "no_person") is None
