"""Changing a modem that is set up: another port, and the PIN of its SIM."""

import asyncio
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_USER, ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir

from custom_components.alert_gateway import usb_modems
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.pin_memory import async_pin_attempts
from gsm_driver import FoundModem
from gsm_driver.simulator import SimCard, Simulator, create_simulator, run_pty
from tests.component.entries import ANNA, PIN, hub_of, modem_of, set_up
from tests.component.waiting import until, until_state

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

SIMULATOR = "simulator://modem0"
CONNECTION = "binary_sensor.simulator_3809_connection"


def form(device: str, *, pin: str = "", baudrate: str = "115200") -> dict[str, Any]:
    """The filled-in form of a modem."""
    return {"device": device, "advanced": {"pin": pin, "baudrate": baudrate}}


async def fill(hass: HomeAssistant, flow: Any, values: dict[str, Any]) -> Any:
    """Send a form."""
    return await hass.config_entries.flow.async_configure(flow["flow_id"], values)


# --- another port ---


async def reconfigure(hass: HomeAssistant, entry: MockConfigEntry, values: dict[str, Any]) -> Any:
    """Go through the form that changes a modem."""
    flow = await entry.start_reconfigure_flow(hass)
    assert flow["step_id"] == "reconfigure"
    result = await fill(hass, flow, values)
    await hass.async_block_till_done()
    return result


async def test_a_modem_moves_to_another_port_and_keeps_its_pin(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await set_up(hass, hub_of(ANNA))
    entry = await set_up(hass, modem_of("simulator://before", pin=PIN))

    result = await reconfigure(hass, entry, form(SIMULATOR))

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert (entry.data["device"], entry.data["pin"]) == (SIMULATOR, PIN)
    assert entry.state is ConfigEntryState.LOADED


async def test_the_port_in_use_by_the_entry_itself_can_be_asked(
    hass: HomeAssistant, modem: MockConfigEntry
) -> None:
    result = await reconfigure(hass, modem, form(SIMULATOR, pin="1234"))
    assert result["reason"] == "reconfigure_successful"
    assert modem.data["pin"] == "1234"


async def test_another_modem_is_not_taken_for_this_one(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    other = create_simulator("other")
    other.modem.imei = "356938030001111"

    result = await reconfigure(hass, modem, form("simulator://other"))

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "unique_id_mismatch")
    assert modem.data["device"] == SIMULATOR
    assert modem.state is ConfigEntryState.LOADED


async def test_a_refused_port_leaves_the_modem_as_it_was(
    hass: HomeAssistant, modem: MockConfigEntry, tmp_path: Path
) -> None:
    flow = await modem.start_reconfigure_flow(hass)
    result = await fill(hass, flow, form(str(tmp_path / "ttyUSB0")))

    assert result["errors"] == {"base": "port_missing"}
    assert modem.state is ConfigEntryState.LOADED
    assert modem.data["device"] == SIMULATOR


async def test_a_modem_that_is_not_loaded_can_be_moved(hass: HomeAssistant, simulator: Simulator) -> None:
    await set_up(hass, hub_of(ANNA))
    entry = modem_of("simulator://before")
    entry.add_to_hass(hass)

    result = await reconfigure(hass, entry, form(SIMULATOR))

    assert result["reason"] == "reconfigure_successful"
    assert entry.data["device"] == SIMULATOR


async def test_a_modem_that_keeps_its_imei_to_itself_can_be_moved(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.modem.imei = ""
    await set_up(hass, hub_of(ANNA))
    entry = await set_up(hass, modem_of("simulator://before", imei="no-imei"))

    result = await reconfigure(hass, entry, form(SIMULATOR))

    assert result["reason"] == "reconfigure_successful"
    assert (entry.unique_id, entry.data["device"]) == ("no-imei", SIMULATOR)


async def test_the_wrong_port_of_the_same_modem_leads_to_the_right_one(
    hass: HomeAssistant, simulator: Simulator, silent_ports: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up(hass, hub_of(ANNA))
    entry = await set_up(hass, modem_of("simulator://before"))
    silent = silent_ports[0]
    async with run_pty(simulator) as pty:
        found = FoundModem(name="Quectel EC25", ports=(silent, str(pty.path)), at_ports=(str(pty.path),))
        monkeypatch.setattr(usb_modems, "list_modems", lambda: (found,))
        result = await reconfigure(hass, entry, form(silent))
        assert result["reason"] == "reconfigure_successful"
        assert entry.data["device"] == str(pty.path)
        await hass.config_entries.async_unload(entry.entry_id)


async def test_the_port_of_another_modem_of_ours_is_not_opened(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    other = await set_up(hass, modem_of("simulator://before", imei="356938030001111"))
    result = await fill(hass, await other.start_reconfigure_flow(hass), form(SIMULATOR))
    assert result["errors"] == {"base": "port_in_use_by"}
    assert result["description_placeholders"]["holder"] == modem.title
    assert other.state is modem.state is ConfigEntryState.LOADED


async def test_the_speeds_that_the_old_integration_knew_can_be_kept(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await set_up(hass, hub_of(ANNA))
    entry = await set_up(hass, modem_of(SIMULATOR))
    result = await reconfigure(hass, entry, form(SIMULATOR, baudrate="4800"))
    assert (result["reason"], entry.data["baudrate"]) == ("reconfigure_successful", 4800)


# --- the PIN ---


async def asked(
    hass: HomeAssistant, simulator: Simulator, card: SimCard, pin: str | None
) -> tuple[MockConfigEntry, Any]:
    """A loaded modem with this card and this stored PIN, and the question for a PIN."""
    simulator.modem.sim = card
    await set_up(hass, hub_of(ANNA))
    modem = await set_up(hass, modem_of(SIMULATOR, pin=pin))
    await until(lambda: bool(questions(hass)), lambda wake: hass.bus.async_listen(NEWS, wake))
    await hass.async_block_till_done()
    (flow,) = questions(hass)
    assert (flow["step_id"], flow["context"]["entry_id"]) == ("modem_pin", modem.entry_id)
    return modem, flow


NEWS = ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED


def questions(hass: HomeAssistant) -> list[Any]:
    """The flows that ask for a PIN."""
    return [
        flow
        for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        if flow["context"]["source"] == SOURCE_REAUTH
    ]


async def test_a_refused_pin_is_asked_for_and_the_right_one_ends_it(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    card = SimCard(pin=PIN)
    modem, flow = await asked(hass, simulator, card, "0000")

    result = await fill(hass, flow, {"pin": "0000"})
    assert result["errors"] == {"base": "pin_not_tried"}
    assert card.pin_tries == 2
    assert modem.state is ConfigEntryState.LOADED
    result = await fill(hass, flow, {"pin": f" {PIN} "})

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "pin_accepted")
    await until_state(hass, CONNECTION, "on")
    assert modem.data["pin"] == PIN
    assert questions(hass) == []


async def test_another_wrong_pin_costs_one_try_and_is_told(hass: HomeAssistant, simulator: Simulator) -> None:
    card = SimCard(pin=PIN)
    modem, flow = await asked(hass, simulator, card, None)
    result = await fill(hass, flow, {"pin": "1111"})
    assert result["errors"] == {"base": "pin_rejected"}
    assert (card.pin_tries, modem.data["pin"]) == (2, None)
    assert len(questions(hass)) == 1


async def test_nothing_is_asked_once_the_card_works_again(hass: HomeAssistant, simulator: Simulator) -> None:
    card = SimCard(pin=PIN)
    modem, _ = await asked(hass, simulator, card, None)
    assert card.enter_pin(PIN), "in a phone"
    modem.runtime_data.supervisor.retry()
    await until_state(hass, CONNECTION, "on")
    assert questions(hass) == []


async def test_with_one_try_left_no_pin_is_asked_for(hass: HomeAssistant, simulator: Simulator) -> None:
    card = SimCard(pin=PIN)
    card.enter_pin("0000")
    card.enter_pin("0001")
    simulator.modem.sim = card
    await set_up(hass, hub_of(ANNA))
    await set_up(hass, modem_of(SIMULATOR, pin=PIN))
    await until_state(hass, CONNECTION, lambda state: "one PIN try" in state.attributes["reason"])
    assert questions(hass) == []
    assert card.pin_tries == 1


async def test_another_modem_at_the_port_does_not_get_the_pin_stored(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    modem, flow = await asked(hass, simulator, SimCard(pin=PIN), None)
    simulator.modem.imei = "356938030001111"
    result = await fill(hass, flow, {"pin": PIN})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "unique_id_mismatch")
    assert modem.data["pin"] is None


# --- by no path is a refused PIN entered twice ---


async def to_the_form(hass: HomeAssistant) -> Any:
    """Begin to add a modem."""
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    return await fill(hass, flow, {"next_step_id": "modem"})


async def test_two_dialogs_at_once_cost_one_try(hass: HomeAssistant, simulator: Simulator) -> None:
    simulator.modem.sim = card = SimCard(pin=PIN)
    flows = [await to_the_form(hass), await to_the_form(hass)]
    results = await asyncio.gather(*(fill(hass, flow, form(SIMULATOR, pin="0000")) for flow in flows))
    assert sorted(result["errors"]["base"] for result in results) == ["pin_not_tried", "pin_rejected"]
    assert card.pin_tries == 2


async def test_a_card_without_a_number_is_known_by_its_modem_under_each_name(
    hass: HomeAssistant, simulator: Simulator, tmp_path: Path
) -> None:
    simulator.modem.sim = card = SimCard(pin=PIN, iccid="")
    async with run_pty(simulator) as pty:
        lasting = tmp_path / "by-id"
        lasting.symlink_to(pty.path)
        flow = await to_the_form(hass)
        for name, word in ((pty.path, "pin_rejected"), (lasting, "pin_not_tried")):
            flow = await fill(hass, flow, form(str(name), pin="0000"))
            assert flow["errors"] == {"base": word}
    assert card.pin_tries == 2


async def test_a_card_without_a_number_is_known_at_each_port_of_its_modem(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = FoundModem(name="Quectel EC25", ports=("/dev/ttyUSB2", "/dev/ttyUSB3"))
    monkeypatch.setattr(usb_modems, "list_modems", lambda: (found,))
    (await async_pin_attempts(hass, "/dev/ttyUSB2")).refused("", "0000")
    assert (await async_pin_attempts(hass, "/dev/ttyUSB3")).is_spent("", "0000")
    assert not (await async_pin_attempts(hass, "/dev/ttyUSB4")).is_spent("", "0000"), "another modem"
