"""The options of a modem: what may be asked of it."""

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.data_entry_flow import FlowResultType

from gsm_driver.simulator import UssdMenu
from tests.component.acting import act
from tests.component.entries import modem_of, set_up
from tests.component.waiting import until_state

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from gsm_driver.simulator import Simulator

CONNECTION = "binary_sensor.simulator_3809_connection"


async def filled_in(hass: HomeAssistant, modem: MockConfigEntry, **values: Any) -> Any:
    """Fill in the form of the options."""
    form = await hass.config_entries.options.async_init(modem.entry_id)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "modem")
    return await hass.config_entries.options.async_configure(form["flow_id"], values)


async def test_the_credit_is_asked_by_the_code_at_once_and_after_a_reload(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    simulator.network.add_ussd("*100#", UssdMenu(text="12.50"))
    supervisor = modem.runtime_data.supervisor

    result = await filled_in(hass, modem, credit_code=" *100# ", credit_currency="EUR", at_commands=False)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert modem.runtime_data.supervisor is supervisor, "the modem stays connected"
    told = await act(hass, "balance")
    assert (told["amount"], told["currency"]) == (12.5, "EUR")
    assert await hass.config_entries.async_reload(modem.entry_id)
    await until_state(hass, CONNECTION, "on")
    assert (await act(hass, "balance"))["amount"] == 12.5
    simulator.close()


async def test_the_amount_is_looked_for_where_the_pattern_says(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    simulator.network.add_ussd("*100#", UssdMenu(text="Account 3809, 20 SMS free. Credit: 7.25 EUR"))
    await filled_in(hass, modem, credit_code="*100#", credit_pattern=r"Credit: ([0-9.]+)", at_commands=False)
    assert (await act(hass, "balance"))["amount"] == 7.25


@pytest.mark.parametrize("pattern", ["Credit: [0-9]+", "Credit: ([0-9]+"])
async def test_a_pattern_that_finds_no_amount_is_refused(
    hass: HomeAssistant, modem: MockConfigEntry, pattern: str
) -> None:
    form = await filled_in(hass, modem, credit_pattern=pattern, at_commands=False)
    assert form["errors"] == {"credit_pattern": "credit_pattern_invalid"}
    again = await hass.config_entries.options.async_configure(form["flow_id"], {"at_commands": False})
    assert again["type"] is FlowResultType.CREATE_ENTRY


async def test_a_modem_that_may_call_nobody_has_no_route_for_calls(
    hass: HomeAssistant, modem: MockConfigEntry
) -> None:
    runtime = modem.runtime_data
    calls = f"{runtime.route}-calls"
    supervisor = runtime.supervisor
    assert calls in runtime.engine.routes()

    await filled_in(hass, modem, calls=False, at_commands=False)
    assert calls not in runtime.engine.routes()
    assert runtime.route in runtime.engine.routes()
    assert await hass.config_entries.async_reload(modem.entry_id)
    assert calls not in modem.runtime_data.engine.routes()

    await filled_in(hass, modem, calls=True, ring_for=40, at_commands=False)
    assert calls in modem.runtime_data.engine.routes()
    assert modem.runtime_data.supervisor is not supervisor, "only the reload dropped the link"


async def test_how_long_it_rings_changes_without_dropping_the_link(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    runtime = modem.runtime_data
    supervisor = runtime.supervisor
    await filled_in(hass, modem, ring_for=5, at_commands=False)
    assert modem.runtime_data.supervisor is supervisor
    assert runtime.engine._outbox._routes[f"{runtime.route}-calls"]._ring_for == 5


async def test_commands_are_allowed(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    await filled_in(hass, modem, at_commands=True)
    assert (await act(hass, "run_at_command", command="AT+CSQ"))["lines"]
    await filled_in(hass, modem, at_commands=False)
    assert modem.options["at_commands"] is False


@pytest.mark.parametrize("code", ["100", "*100", "AT+CUSD", "*#"])
async def test_what_is_no_code_is_refused(hass: HomeAssistant, modem: MockConfigEntry, code: str) -> None:
    form = await filled_in(hass, modem, credit_code=code, at_commands=False)
    assert form["errors"] == {"credit_code": "credit_code_invalid"}
    again = await hass.config_entries.options.async_configure(form["flow_id"], {"at_commands": True})
    assert again["type"] is FlowResultType.CREATE_ENTRY


async def test_the_options_can_be_changed_while_the_entry_is_not_loaded(
    hass: HomeAssistant, hub: MockConfigEntry, simulator: Simulator
) -> None:
    modem = await set_up(hass, modem_of("simulator://modem0"))
    assert await hass.config_entries.async_unload(modem.entry_id)
    result = await filled_in(hass, modem, credit_code="*100#", at_commands=False)
    assert result["type"] is FlowResultType.CREATE_ENTRY
