"""Setting up a modem and the hub, and every way in which a port is refused."""

import asyncio
import errno
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import SOURCE_IMPORT, SOURCE_USER, ConfigEntryState, FlowType
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr

from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.flows.modem_form import refusal_of
from gsm_driver import ModemTimeoutError, PortUnavailableError
from gsm_driver.simulator import Fail, Fault, Moment, SimCard, Simulator, Unplug, create_simulator, run_pty
from tests.component.entries import ANNA, IMEI, PIN, hub_of, modem_of, set_up

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant

SIMULATOR = "simulator://modem0"


def form(device: str, *, pin: str = "", baudrate: str = "115200") -> dict[str, Any]:
    """The filled-in form of a modem."""
    return {"device": device, "advanced": {"pin": pin, "baudrate": baudrate}}


async def start(hass: HomeAssistant, step: str | None = None) -> Any:
    """Begin to add something; `step` chooses from the menu."""
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    if step is None:
        return flow
    assert flow["type"] is FlowResultType.MENU
    return await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": step})


async def fill(hass: HomeAssistant, flow: Any, values: dict[str, Any]) -> Any:
    """Send a form."""
    return await hass.config_entries.flow.async_configure(flow["flow_id"], values)


async def add(hass: HomeAssistant, flow: Any, values: dict[str, Any]) -> Any:
    """Send the form of a modem that answers, and go on without a trial message."""
    offered = await fill(hass, flow, values)
    assert (offered["type"], offered["step_id"]) == (FlowResultType.FORM, "trial")
    return await fill(hass, offered, {})


def entry_of(hass: HomeAssistant, kind: str) -> Any:
    """The entry of this kind."""
    return next(entry for entry in hass.config_entries.async_entries(DOMAIN) if entry.data["kind"] == kind)


def simulator_with(hass: HomeAssistant, card: SimCard) -> Simulator:
    """A modem at ``simulator://modem0`` with this card."""
    simulator = create_simulator("modem0")
    simulator.modem.sim = card
    return simulator


# --- the first modem ---


async def test_the_first_modem_brings_the_hub_and_leads_on_to_the_first_person(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    hass.config.country = "AT"
    flow = await start(hass, "modem")
    assert flow["step_id"] == "modem"

    result = await add(hass, flow, form(SIMULATOR))
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    modem, hub = entry_of(hass, "modem"), entry_of(hass, "hub")
    assert result["result"] is modem
    assert modem.unique_id == IMEI
    assert modem.title.endswith("(…3809)")
    assert modem.data["device"] == SIMULATOR
    assert modem.data["baudrate"] == 115200
    assert modem.data["pin"] is None
    assert modem.data["route"] == "modem_3809"
    assert (hub.unique_id, hub.title, dict(hub.options)) == ("hub", "Home", {"country": "AT"})
    assert modem.state is hub.state is ConfigEntryState.LOADED

    kind, flow_id = result["next_flow"]
    assert kind is FlowType.CONFIG_SUBENTRIES_FLOW
    person = await hass.config_entries.subentries.async_configure(flow_id, ANNA)
    await hass.async_block_till_done()
    assert person["type"] is FlowResultType.CREATE_ENTRY
    assert [subentry.title for subentry in hub.subentries.values()] == ["Anna"]
    assert hass.states.get("notify.anna") is not None


async def test_only_the_end_of_the_imei_is_shown(hass: HomeAssistant, simulator: Simulator) -> None:
    await add(hass, await start(hass, "modem"), form(SIMULATOR))
    await hass.async_block_till_done()

    modem = entry_of(hass, "modem")
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), modem.entry_id)
    assert device.serial_number == "…3809"
    assert IMEI not in f"{device.name}{modem.title}"


async def test_with_a_hub_and_people_nothing_follows_a_modem(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await set_up(hass, hub_of(ANNA))

    flow = await start(hass, "modem")
    result = await add(hass, flow, form(f" {SIMULATOR} "))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["device"] == SIMULATOR
    assert "next_flow" not in result
    assert len(hass.config_entries.async_entries(DOMAIN)) == 2


async def test_the_same_modem_is_not_added_twice(hass: HomeAssistant, simulator: Simulator) -> None:
    modem_of("/dev/ttyUSB7").add_to_hass(hass)
    result = await fill(hass, await start(hass, "modem"), form(SIMULATOR))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_a_port_that_is_set_up_is_not_opened_again(hass: HomeAssistant) -> None:
    modem_of("/dev/ttyUSB7").add_to_hass(hass)
    result = await fill(hass, await start(hass, "modem"), form("/dev/ttyUSB7"))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_a_modem_that_keeps_its_imei_to_itself_is_known_by_its_port(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.modem.imei = ""
    result = await add(hass, await start(hass, "modem"), form(SIMULATOR))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == SIMULATOR
    assert result["data"]["route"] == "modem"
    assert "…" not in result["title"]


async def test_two_modems_have_routes_of_their_own(hass: HomeAssistant, simulator: Simulator) -> None:
    modem_of("simulator://other", imei="356938030003809").add_to_hass(hass)
    result = await add(hass, await start(hass, "modem"), form(SIMULATOR))
    assert result["data"]["route"] == "modem_3809_2"


# --- ports that are refused ---


async def refused(hass: HomeAssistant, device: str, **more: str) -> str:
    """What the form says of this port."""
    result = await fill(hass, await start(hass, "modem"), form(device, **more))
    assert result["type"] is FlowResultType.FORM
    word: str = result["errors"]["base"]
    return word


async def test_a_port_that_is_not_there(hass: HomeAssistant, tmp_path: Path) -> None:
    assert await refused(hass, str(tmp_path / "ttyUSB0")) == "port_missing"


async def test_a_port_that_another_program_holds(hass: HomeAssistant, simulator: Simulator) -> None:
    async with run_pty(simulator) as port:
        holder = await asyncio.create_subprocess_exec(
            "python3",
            "-c",
            HOLD_PORT,
            str(port.path),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert holder.stdout is not None
        await holder.stdout.readline()
        assert await refused(hass, str(port.path)) == "port_in_use"
        await holder.communicate()


# Locks the port as serial programs do, says so, and holds it until its standard input ends.
HOLD_PORT = """
import fcntl, sys
port = open(sys.argv[1], "rb+", buffering=0)
fcntl.flock(port, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


async def test_a_file_that_is_no_port(hass: HomeAssistant, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.touch()
    result = await fill(hass, await start(hass, "modem"), form(str(file)))
    assert result["errors"] == {"base": "port_unavailable"}
    assert result["description_placeholders"]["reason"]


async def test_an_address_that_is_no_address(hass: HomeAssistant) -> None:
    assert await refused(hass, "socket://nowhere") == "port_unavailable"


async def test_a_port_at_which_no_modem_answers(hass: HomeAssistant, silent_ports: list[str]) -> None:
    assert await refused(hass, silent_ports[0]) == "not_a_modem"


async def test_a_modem_on_a_real_port_is_found(hass: HomeAssistant, simulator: Simulator) -> None:
    async with run_pty(simulator) as port:
        result = await add(hass, await start(hass, "modem"), form(str(port.path), baudrate="9600"))
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert result["data"]["baudrate"] == 9600
        await hass.config_entries.async_unload(result["result"].entry_id)


async def test_a_wrong_entry_can_be_corrected_and_is_still_there(
    hass: HomeAssistant, simulator: Simulator, tmp_path: Path
) -> None:
    flow = await start(hass, "modem")
    result = await fill(hass, flow, form(str(tmp_path / "ttyUSB0")))
    device = next(key for key in result["data_schema"].schema if key == "device")
    assert device.description == {"suggested_value": str(tmp_path / "ttyUSB0")}

    result = await add(hass, result, form(SIMULATOR))
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("effect", "word"), [(Unplug(), "link_lost"), (Fail(final="+CME ERROR: 100"), "modem_failed")]
)
async def test_a_modem_that_fails_in_the_middle(
    hass: HomeAssistant, simulator: Simulator, effect: Unplug | Fail, word: str
) -> None:
    simulator.modem.faults.replace([Fault(moment=Moment.COMMAND, effect=effect, command="+CPIN")])
    assert await refused(hass, SIMULATOR) == word


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (errno.ENOENT, "port_missing"),
        (errno.EBUSY, "port_in_use"),
        (errno.EAGAIN, "port_in_use"),
        (errno.EACCES, "port_no_rights"),
        (errno.EPERM, "port_no_rights"),
        (errno.ENOTTY, "port_unavailable"),
    ],
)
def test_what_the_system_says_of_a_port(code: int, word: str) -> None:
    error = PortUnavailableError("it cannot be opened")
    error.__cause__ = OSError(code, "")
    assert refusal_of(error).word == word


def test_silence_is_told_from_a_wrong_port() -> None:
    assert refusal_of(ModemTimeoutError("AT+CPIN", 5.0)).word == "no_answer"


# --- the SIM ---


async def test_a_sim_that_asks_for_its_pin(hass: HomeAssistant) -> None:
    simulator_with(hass, SimCard(pin=PIN))
    assert await refused(hass, SIMULATOR) == "pin_required"


async def test_a_wrong_pin_costs_one_try_and_the_right_one_is_kept(hass: HomeAssistant) -> None:
    card = SimCard(pin=PIN)
    simulator_with(hass, card)

    flow = await start(hass, "modem")
    result = await fill(hass, flow, form(SIMULATOR, pin="0000"))
    assert result["errors"] == {"base": "pin_rejected"}
    assert card.pin_tries == 2

    result = await add(hass, result, form(SIMULATOR, pin=PIN))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["pin"] == PIN


async def test_a_pin_that_was_refused_is_not_tried_again(hass: HomeAssistant) -> None:
    card = SimCard(pin=PIN)
    simulator_with(hass, card)
    assert await refused(hass, SIMULATOR, pin="0000") == "pin_rejected"
    assert await refused(hass, SIMULATOR, pin="0000") == "pin_not_tried"
    assert card.pin_tries == 2


async def test_the_last_try_is_left_to_a_person(hass: HomeAssistant) -> None:
    card = SimCard(pin=PIN)
    card.enter_pin("0000")
    card.enter_pin("0001")
    simulator_with(hass, card)
    assert await refused(hass, SIMULATOR, pin=PIN) == "pin_last_try"
    assert card.pin_tries == 1


@pytest.mark.parametrize("pin", ["12", "123456789", "12a4"])
async def test_what_cannot_be_a_pin_is_not_tried(hass: HomeAssistant, pin: str) -> None:
    card = SimCard(pin=PIN)
    simulator_with(hass, card)
    assert await refused(hass, SIMULATOR, pin=pin) == "pin_format"
    assert card.pin_tries == 3


async def test_a_locked_sim_asks_for_its_puk(hass: HomeAssistant) -> None:
    card = SimCard(pin=PIN)
    for _ in range(3):
        card.enter_pin("0000")
    simulator_with(hass, card)
    assert await refused(hass, SIMULATOR, pin=PIN) == "puk_required"


async def test_a_modem_without_a_sim(hass: HomeAssistant) -> None:
    simulator_with(hass, SimCard(present=False))
    result = await fill(hass, await start(hass, "modem"), form(SIMULATOR))
    assert result["errors"] == {"base": "no_sim"}
    assert "SIM" in result["description_placeholders"]["reason"]


# --- the hub ---


async def test_the_hub_can_come_first(hass: HomeAssistant) -> None:
    hass.config.country = "DE"
    flow = await start(hass, "hub")
    assert flow["step_id"] == "hub"
    country = next(key for key in flow["data_schema"].schema if key == "country")
    assert country.description == {"suggested_value": "DE"}

    result = await fill(hass, flow, {"country": "CH"})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].options == {"country": "CH"}
    assert result["next_flow"][0] is FlowType.CONFIG_SUBENTRIES_FLOW


async def test_a_hub_without_a_country_takes_international_numbers_only(hass: HomeAssistant) -> None:
    result = await fill(hass, await start(hass, "hub"), {})
    assert result["result"].options == {}


async def test_there_is_one_hub(hass: HomeAssistant) -> None:
    flow = await start(hass, "hub")
    await set_up(hass, hub_of())
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_IMPORT}, data={})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "hub_exists")
    hass.config_entries.flow.async_abort(flow["flow_id"])


async def test_a_modem_that_comes_first_ends_the_form_for_the_hub(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await start(hass, "hub")

    await set_up(hass, modem_of(SIMULATOR))

    assert entry_of(hass, "hub").state is ConfigEntryState.LOADED
    assert not hass.config_entries.flow.async_progress()
