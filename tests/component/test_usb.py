"""A modem is plugged in: one offer for all of its ports, and nobody else's device is disturbed."""

import fcntl
import json
import os
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components import usb
from homeassistant.components.usb import USBDevice, usb_device_matches_matcher
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_USB,
    SOURCE_USER,
    ConfigEntryState,
    FlowType,
)
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

import custom_components.alert_gateway as integration
from custom_components.alert_gateway import modem_link, usb_modems
from custom_components.alert_gateway.const import DOMAIN
from gsm_driver import FoundModem, ModemSupervisor, PortInfo, UsbMode
from gsm_driver.simulator import SimCard, run_pty
from gsm_driver.usb_table import KNOWN_USB
from tests.component.entries import ANNA, IMEI, PIN, hub_of, modem_of, set_up
from tests.component.waiting import until, until_state

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from homeassistant.core import HomeAssistant

    from gsm_driver.simulator import Simulator

MATCHERS = json.loads((Path(integration.__file__).parent / "manifest.json").read_text(encoding="utf-8"))[
    "usb"
]
CONNECTION = "binary_sensor.simulator_3809_connection"


@pytest.fixture
async def port(simulator: Simulator) -> AsyncIterator[str]:
    """The simulated modem at a serial port."""
    async with run_pty(simulator) as pty:
        yield str(pty.path)


def plugged_in(monkeypatch: pytest.MonkeyPatch, *modems: FoundModem) -> None:
    """Let the system list these modems on USB."""
    monkeypatch.setattr(usb_modems, "list_modems", lambda: modems)


def device_at(port: str, **more: Any) -> USBDevice:
    """A port of a Quectel EC25, as Home Assistant lists it."""
    known = {"vid": "2C7C", "pid": "0125", "serial_number": None, "manufacturer": "Quectel"}
    return USBDevice(device=port, **(known | {"description": "EC25-E"} | more))


async def discover(hass: HomeAssistant, port: str, **more: Any) -> Any:
    """Home Assistant comes with one port."""
    info = usb.usb_service_info_from_device(device_at(port, **more))
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USB}, data=info)


async def configure(hass: HomeAssistant, flow: Any, values: dict[str, Any]) -> Any:
    """Send a form."""
    return await hass.config_entries.flow.async_configure(flow["flow_id"], values)


@asynccontextmanager
async def scanned(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, *ports: str) -> AsyncIterator[None]:
    """Let Home Assistant find these ports in its own scan, in whatever order."""
    monkeypatch.setattr(usb, "scan_serial_ports", lambda: [device_at(port) for port in ports])
    await async_setup_component(hass, usb.DOMAIN, {})
    yield
    await hass.async_block_till_done(wait_background_tasks=True)


# --- what is offered ---


def test_each_modem_that_the_driver_knows_is_discovered() -> None:
    for (vendor, product), known in KNOWN_USB.items():
        if known.mode is UsbMode.MODEM:
            device = device_at("/dev/ttyUSB0", vid=f"{vendor:04X}", pid=f"{product:04X}", description=None)
            assert any(usb_device_matches_matcher(device, matcher) for matcher in MATCHERS), known.name


@pytest.mark.parametrize(
    ("vid", "pid", "description", "is_offered"),
    [
        ("10C4", "EA60", "CP2102N USB to UART Bridge Controller", False),
        ("10C4", "EA60", "Sonoff Zigbee 3.0 USB Dongle Plus", False),
        ("1A86", "7523", "USB Serial", False),
        ("0403", "6001", "FT232R USB UART", False),
        ("0403", "6001", "MultiTech GSM/GPRS", True),
        ("10C4", "EA60", "SIM800 Modem", True),
        ("1546", "01A8", "u-blox 8 GNSS receiver", False),
        ("05C6", "9008", "QHSUSB_DLOAD", False),
    ],
)
def test_bridges_and_others_are_left_alone(vid: str, pid: str, description: str, is_offered: bool) -> None:  # noqa: FBT001 - a column of the table
    device = device_at("/dev/ttyUSB0", vid=vid, pid=pid, description=description)
    assert any(usb_device_matches_matcher(device, matcher) for matcher in MATCHERS) is is_offered


async def test_all_ports_of_a_modem_make_one_offer(
    hass: HomeAssistant, port: str, silent_ports: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = (silent_ports[0], port, silent_ports[1])
    plugged_in(monkeypatch, FoundModem(name="Quectel EC25", ports=ports, at_ports=(port,)))
    async with scanned(hass, monkeypatch, *ports):
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)

    (flow,) = hass.config_entries.flow.async_progress()
    assert (flow["handler"], flow["step_id"]) == (DOMAIN, "usb_confirm")
    assert flow["context"]["unique_id"] == IMEI
    assert flow["context"]["title_placeholders"]["name"].endswith("(…3809)")

    offered = await configure(hass, flow, {})
    assert offered["step_id"] == "trial"
    result = await configure(hass, offered, {})
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (result["result"].unique_id, result["data"]["device"]) == (IMEI, port)
    assert result["next_flow"][0] is FlowType.CONFIG_SUBENTRIES_FLOW
    await hass.config_entries.async_unload(result["result"].entry_id)


async def test_a_port_that_comes_late_makes_no_second_offer(
    hass: HomeAssistant,
    simulator: Simulator,
    port: str,
    silent_ports: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ports = (silent_ports[0], port)
    plugged_in(monkeypatch, FoundModem(name="Quectel EC25", ports=ports, at_ports=(port,)))
    async with scanned(hass, monkeypatch, *ports):
        first = await discover(hass, port)
        assert first["step_id"] == "usb_confirm"
        asked = simulator.line.counters.from_host
        late = await discover(hass, silent_ports[0])
    assert (late["type"], late["reason"]) == (FlowResultType.ABORT, "already_in_progress")
    assert simulator.line.counters.from_host == asked, "it is not asked once more"


async def test_the_port_that_answers_is_taken(
    hass: HomeAssistant, port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = (str(tmp_path / "ttyUSB0"), port)
    plugged_in(monkeypatch, FoundModem(name="unknown", ports=ports))
    async with scanned(hass, monkeypatch, *ports):
        flow = await discover(hass, ports[0])
    assert flow["description_placeholders"]["device"] == port


async def test_the_pin_is_asked_for_when_the_sim_asks(
    hass: HomeAssistant, simulator: Simulator, port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.modem.sim = card = SimCard(pin=PIN)
    plugged_in(monkeypatch, FoundModem(name="Quectel EC25", ports=(port,), at_ports=(port,)))
    async with scanned(hass, monkeypatch, port):
        flow = await discover(hass, port)
    assert list(flow["data_schema"].schema) == []

    flow = await configure(hass, flow, {})
    assert flow["errors"] == {"base": "pin_required"}
    assert list(flow["data_schema"].schema) == ["pin"]
    flow = await configure(hass, flow, {"pin": "0000"})
    assert (flow["errors"], card.pin_tries) == ({"base": "pin_rejected"}, 2)
    flow = await configure(hass, flow, {"pin": PIN})
    assert flow["step_id"] == "trial"
    result = await configure(hass, flow, {})
    assert result["data"]["pin"] == PIN
    await hass.config_entries.async_unload(result["result"].entry_id)


async def test_a_modem_that_is_still_starting_is_offered_by_its_name(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = str(tmp_path / "ttyUSB0")
    plugged_in(monkeypatch, FoundModem(name="Quectel EC25", ports=(port,), at_ports=(port,)))
    async with scanned(hass, monkeypatch, port):
        flow = await discover(hass, port)
    assert (flow["step_id"], flow["description_placeholders"]["name"]) == ("usb_confirm", "Quectel EC25")
    flow = await configure(hass, flow, {})
    assert flow["errors"] == {"base": "port_missing"}


# --- what is known ---


async def test_a_modem_in_use_by_us_is_not_disturbed(
    hass: HomeAssistant,
    simulator: Simulator,
    port: str,
    silent_ports: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await set_up(hass, hub_of(ANNA))
    entry = await set_up(hass, modem_of(port))
    await until_state(hass, CONNECTION, "on")
    plugged_in(monkeypatch, FoundModem(name="Quectel EC25", ports=(silent_ports[0], port)))
    async with scanned(hass, monkeypatch, silent_ports[0], port):
        result = await discover(hass, silent_ports[0])

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.data["device"] == port
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_modem_that_was_moved_is_found_at_its_new_port(
    hass: HomeAssistant, port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up(hass, hub_of(ANNA))
    entry = await set_up(hass, modem_of(str(tmp_path / "gone")))
    await until_state(hass, CONNECTION, "off")
    plugged_in(monkeypatch, FoundModem(name="Quectel EC25", ports=(port,), at_ports=(port,)))
    async with scanned(hass, monkeypatch, port):
        result = await discover(hass, port)

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.data["device"] == port
    await until_state(hass, CONNECTION, "on")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_silence_is_no_new_modem_while_one_is_missing(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up(hass, hub_of(ANNA))
    await set_up(hass, modem_of(str(tmp_path / "gone")))
    port = str(tmp_path / "ttyUSB0")
    plugged_in(monkeypatch, FoundModem(name="Quectel EC25", ports=(port,), at_ports=(port,)))
    async with scanned(hass, monkeypatch, port):
        result = await discover(hass, port)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_an_ignored_modem_stays_ignored_and_breaks_nothing(
    hass: HomeAssistant, port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged_in(monkeypatch, FoundModem(name="Quectel EC25", ports=(port,), at_ports=(port,)))
    async with scanned(hass, monkeypatch, port):
        flow = await discover(hass, port)
        await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_IGNORE}, data={"unique_id": IMEI, "title": "Modem"}
        )
        again = await discover(hass, port)

    (ignored,) = hass.config_entries.async_entries(DOMAIN)
    assert not ignored.supports_options
    assert ignored.supported_subentry_types == {}
    assert (again["type"], again["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert flow["flow_id"] not in {each["flow_id"] for each in hass.config_entries.flow.async_progress()}


async def test_where_the_supervisor_found_its_modem_is_kept(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def find() -> str:
        return "simulator://modem0"

    monkeypatch.setattr(modem_link, "ModemSupervisor", partial(ModemSupervisor, find_port=find))
    await set_up(hass, hub_of(ANNA))
    entry = await set_up(hass, modem_of("/dev/ttyUSB7"))
    await until_state(hass, CONNECTION, "on")
    assert entry.data["device"] == "simulator://modem0"


async def test_an_ignored_modem_is_not_written_to(
    hass: HomeAssistant, port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_IGNORE}, data={"unique_id": IMEI, "title": "Modem"}
    )
    plugged_in(monkeypatch, FoundModem(name="Quectel EC25", ports=(port,), at_ports=(port,)))
    async with scanned(hass, monkeypatch, port):
        await discover(hass, port)
    (ignored,) = hass.config_entries.async_entries(DOMAIN)
    assert ignored.data == {}


async def test_a_modem_without_an_imei_is_known_at_whichever_of_its_ports_it_was_set_up(
    hass: HomeAssistant,
    simulator: Simulator,
    port: str,
    silent_ports: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulator.modem.imei = ""
    modem_of(silent_ports[0], imei=silent_ports[0]).add_to_hass(hass)
    plugged_in(monkeypatch, FoundModem(name="Huawei E153", ports=(silent_ports[0], port), at_ports=(port,)))
    async with scanned(hass, monkeypatch, silent_ports[0], port):
        result = await discover(hass, port)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_what_waits_for_firmware_is_not_offered(
    hass: HomeAssistant, simulator: Simulator, port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged_in(monkeypatch, FoundModem(name="Sierra MC7455", mode=UsbMode.BOOT, ports=(port,)))
    async with scanned(hass, monkeypatch, port):
        result = await discover(hass, port)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "no_modem_now")
    assert simulator.line.counters.from_host == 0


async def test_it_is_kept_under_the_name_that_lasts(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def find() -> str:
        return "simulator://modem0"

    known = PortInfo(device="simulator://modem0", stable_name="/dev/serial/by-id/usb-2", description="EC25")
    monkeypatch.setattr(modem_link, "ModemSupervisor", partial(ModemSupervisor, find_port=find))
    monkeypatch.setattr(modem_link, "list_ports", lambda: (known,))
    await set_up(hass, hub_of(ANNA))
    entry = await set_up(hass, modem_of("/dev/ttyUSB7"))
    await until_state(hass, CONNECTION, "on")
    assert entry.data["device"] == "/dev/serial/by-id/usb-2"


# --- what belongs to others ---


async def test_a_port_in_use_by_a_program_is_not_opened(
    hass: HomeAssistant, simulator: Simulator, port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = FoundModem(name="Quectel EC25", ports=(port,), at_ports=(port,), held_by=("ModemManager",))
    plugged_in(monkeypatch, held)
    async with scanned(hass, monkeypatch, port):
        result = await discover(hass, port)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "port_in_use_by")
    assert result["description_placeholders"] == {"holder": "ModemManager"}


def zigbee_at(hass: HomeAssistant, port: str) -> None:
    """Another integration uses the port."""
    entry = MockConfigEntry(domain="zha", title="Zigbee of the house", data={"device": {"path": port}})
    entry.add_to_hass(hass)
    entry.mock_state(hass, ConfigEntryState.SETUP_RETRY)


async def test_a_stick_of_another_integration_is_not_opened(
    hass: HomeAssistant, port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    zigbee_at(hass, port)
    plugged_in(monkeypatch)
    async with scanned(hass, monkeypatch, port):
        result = await discover(hass, port, vid="10C4", pid="EA60", description="SIM800 Modem")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "port_in_use_by")
    assert result["description_placeholders"] == {"holder": "Zigbee of the house"}


async def test_a_bridge_is_asked_only_after_a_person_said_so(
    hass: HomeAssistant, simulator: Simulator, port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged_in(monkeypatch)
    async with scanned(hass, monkeypatch, port):
        flow = await discover(hass, port, vid="10C4", pid="EA60", description="SIM800 Modem")
    assert flow["description_placeholders"]["name"] == "SIM800 Modem"
    assert simulator.line.counters.from_host == 0

    offered = await configure(hass, flow, {})
    assert offered["step_id"] == "trial"


# --- what a person is told who types a port ---


async def typed(hass: HomeAssistant, port: str) -> Any:
    """Type a port into the form."""
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    if flow["type"] is FlowResultType.MENU:
        flow = await configure(hass, flow, {"next_step_id": "modem"})
    return await configure(hass, flow, {"device": port, "advanced": {"pin": "", "baudrate": "115200"}})


async def test_a_typed_port_of_another_integration_names_it(
    hass: HomeAssistant, simulator: Simulator, port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    zigbee_at(hass, port)
    async with scanned(hass, monkeypatch, port):
        result = await typed(hass, port)
    assert result["errors"] == {"base": "port_in_use_by"}
    assert result["description_placeholders"]["holder"] == "Zigbee of the house"
    assert simulator.line.counters.from_host == 0


async def test_an_integration_that_is_not_loaded_holds_no_port(
    hass: HomeAssistant, port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    MockConfigEntry(domain="zha", title="Zigbee", data={"device": {"path": port}}).add_to_hass(hass)
    async with scanned(hass, monkeypatch, port):
        result = await typed(hass, port)
    assert result["step_id"] == "trial"


async def test_an_address_of_another_integration_names_it(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    zigbee_at(hass, "socket://192.0.2.10:2000")
    async with scanned(hass, monkeypatch):
        result = await typed(hass, "socket://192.0.2.10:2000")
    assert result["errors"] == {"base": "port_in_use_by"}


async def test_a_port_that_is_locked_names_the_program(
    hass: HomeAssistant, port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged_in(monkeypatch, FoundModem(name="Quectel EC25", ports=(port,), held_by=("gammu-smsd",)))
    descriptor = os.open(port, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    result = await typed(hass, port)
    os.close(descriptor)
    assert result["errors"] == {"base": "port_in_use_by"}
    assert result["description_placeholders"]["holder"] == "gammu-smsd"


async def test_the_wrong_port_of_a_modem_leads_to_the_right_one(
    hass: HomeAssistant, port: str, silent_ports: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged_in(monkeypatch, FoundModem(name="Quectel EC25", ports=(silent_ports[0], port), at_ports=(port,)))
    result = await typed(hass, silent_ports[0])
    assert result["step_id"] == "trial"
    result = await configure(hass, result, {})
    assert result["data"]["device"] == port
    await hass.config_entries.async_unload(result["result"].entry_id)


async def test_a_port_beside_a_modem_that_is_set_up_is_not_opened(
    hass: HomeAssistant, port: str, silent_ports: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up(hass, hub_of(ANNA))
    entry = await set_up(hass, modem_of(port))
    await until_state(hass, CONNECTION, "on")
    plugged_in(monkeypatch, FoundModem(name="Quectel EC25", ports=(silent_ports[0], port)))
    result = await typed(hass, silent_ports[0])
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("mode", "word"),
    [(UsbMode.NETWORK, "hilink"), (UsbMode.STORAGE, "storage_mode"), (UsbMode.BOOT, "boot_mode")],
)
async def test_a_stick_without_a_port_is_explained_before_anybody_searches_for_one(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, mode: UsbMode, word: str
) -> None:
    plugged_in(monkeypatch, FoundModem(name="Huawei E3372h, E303", mode=mode))
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    flow = await configure(hass, flow, {"next_step_id": "modem"})
    assert flow["errors"] == {"base": word}
    assert flow["description_placeholders"]["modem"] == "Huawei E3372h, E303"


# --- ports that other integrations lend ---

LENT = "esphome-hass://esphome/0123456789ABCDEF?port_name=uart"


async def test_a_lent_port_that_is_not_there_yet_is_told(hass: HomeAssistant) -> None:
    await async_setup_component(hass, usb.DOMAIN, {})
    result = await typed(hass, LENT)
    assert result["errors"] == {"base": "port_unavailable"}
    assert result["description_placeholders"]["reason"]


async def test_a_modem_at_a_lent_port_waits_for_it(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    hub = await set_up(hass, hub_of(ANNA))
    entry = await set_up(hass, modem_of(LENT))
    supervisor = entry.runtime_data.supervisor
    await until_state(hass, CONNECTION, "off")
    await until(lambda: "ESPHome" in supervisor.reason, hub.runtime_data.engine.subscribe)
    assert "defect" not in caplog.text
