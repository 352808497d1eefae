"""The list of modems: one entry each with all ports, in plain words, and nothing else is ever touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import serial.tools.list_ports

from gsm_driver import FoundModem, PortInfo, UsbMode, identify_modems, list_modems, modem_list
from tests import virtual_time
from tests.driver.fake_system import DEAD, FakeSystem, Interface, Lines
from tests.driver.scripted_modem import PLAIN, ScriptedModem, ok

if TYPE_CHECKING:
    from pathlib import Path

EC25 = (0x2C7C, 0x0125)
HUAWEI = (0x12D1, 0x1001)


@pytest.fixture
def system(tmp_path: Path) -> FakeSystem:
    return FakeSystem(tmp_path)


def listed(system: FakeSystem) -> tuple[FoundModem, ...]:
    return list_modems(
        sys_root=system.sys_root,
        proc_root=system.proc_root,
        by_id=system.by_id,
        by_path=system.by_path,
    )


def four_ports(first: int = 0) -> tuple[Interface, ...]:
    return tuple(Interface(number, f"ttyUSB{first + number}") for number in range(4))


def test_a_modem_with_its_ports_and_the_best_of_them(system: FakeSystem) -> None:
    system.plug("1-1", *EC25, *four_ports(), serial="1")
    system.plug("1-2", 0x10C4, 0xEA60, Interface(0, "ttyUSB4"), name="Zigbee")
    name = system.name(system.by_id, "usb-Quectel-if02", "/dev/ttyUSB2")
    (modem,) = listed(system)
    assert modem == FoundModem(
        name="Quectel EC25, EG25",
        usb_id="2c7c:0125",
        ports=("/dev/ttyUSB0", "/dev/ttyUSB1", name, "/dev/ttyUSB3"),
        at_ports=(name, "/dev/ttyUSB3"),
        port=name,
    )
    assert modem.is_usable


def test_twins_without_serial_number_get_the_names_of_their_sockets(system: FakeSystem) -> None:
    """Both claim the same name by id (chan_quectel)."""
    for place, first in (("1-1", 0), ("1-2", 3)):
        system.plug(place, *HUAWEI, *(Interface(n, f"ttyUSB{first + n}") for n in range(3)))
        system.name(system.by_path, f"{place}-if02", f"/dev/ttyUSB{first + 2}")
    system.name(system.by_id, "usb-HUAWEI-if02", "/dev/ttyUSB2")
    assert [modem.port.rpartition("/")[2] for modem in listed(system)] == ["1-1-if02", "1-2-if02"]


@pytest.mark.parametrize(
    ("ids", "mode", "words"),
    [
        ((0x12D1, 0x14DC), UsbMode.NETWORK, "HiLink"),
        ((0x12D1, 0x1F01), UsbMode.STORAGE, "usb-modeswitch"),
        ((0x12D1, 0x1446), UsbMode.STORAGE, "usb-modeswitch"),
        ((0x12D1, 0x14FE), UsbMode.STORAGE, "usb-modeswitch"),
        ((0x1199, 0x9070), UsbMode.BOOT, "firmware"),
        ((0x2C7C, 0x0125), UsbMode.MODEM, "no serial port"),
    ],
)
def test_a_modem_that_is_none_at_the_moment_says_so(
    system: FakeSystem, ids: tuple[int, int], mode: UsbMode, words: str
) -> None:
    system.plug(
        "1-1", *ids, Interface(0, kind=(0x08, 0x06, 0x50)) if mode is UsbMode.STORAGE else Interface(0)
    )
    (modem,) = listed(system)
    assert (modem.mode, modem.is_usable, modem.port) == (mode, False, "")
    assert words in modem.problem


def test_who_uses_it_is_named(system: FakeSystem) -> None:
    system.plug("1-1", *EC25, *four_ports())
    system.run(17, "ModemManager", "/dev/ttyUSB2", "/dev/ttyUSB3")
    (modem,) = listed(system)
    assert modem.held_by == ("ModemManager",)
    assert "in use by ModemManager" in modem.problem
    assert not modem.is_usable


def test_a_device_that_no_table_has_is_called_what_it_calls_itself(system: FakeSystem) -> None:
    system.plug("1-1", 0x19D2, 0x7777, Interface(0, "ttyUSB0"), name="Stick")
    system.plug("1-2", 0x19D2, 0x7778, Interface(0, "ttyUSB1"))
    assert [modem.name for modem in listed(system)] == ["Maker Stick", "USB device 19d2:7778"]
    assert [modem.port for modem in listed(system)] == ["/dev/ttyUSB0", "/dev/ttyUSB1"]


def test_without_sysfs_the_list_of_ports_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS and Windows tell vendor and product, but not the interface of a port."""
    ports = [
        PortInfo(device=device, stable_name=device, description="", vendor_id=vendor, product_id=0x0125)
        for device, vendor in (("COM3", 0x2C7C), ("COM4", 0x2C7C), ("COM5", None), ("COM6", 0x10C4))
    ]
    monkeypatch.setattr(modem_list, "list_ports", lambda: tuple(ports))
    (modem,) = list_modems(
        sys_root=tmp_path / "nowhere", proc_root=tmp_path, by_id=tmp_path, by_path=tmp_path
    )
    assert modem.ports == ("COM3", "COM4") or len(modem.ports) == 2
    assert modem.at_ports == ()


# --- asked ---


@virtual_time.story
async def test_asking_begins_at_the_known_port_and_ends_at_the_first_answer(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *four_ports())
    lines = Lines(ttyUSB2=ScriptedModem(PLAIN), ttyUSB3=ScriptedModem(PLAIN))
    (modem,) = await identify_modems(listed(system), connect=lines.connect)
    assert lines.opened == ["ttyUSB2"]
    assert (modem.name, modem.port, modem.identity.imei_tail) == ("Maker Model 1", "/dev/ttyUSB2", "3809")


@virtual_time.story
async def test_where_no_table_helps_its_ports_are_tried_in_order(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", 0x19D2, 0x7777, *four_ports())
    lines = Lines(ttyUSB0=DEAD, ttyUSB1=ScriptedModem(PLAIN))
    (modem,) = await identify_modems(listed(system), connect=lines.connect)
    assert (lines.opened, modem.port) == (["ttyUSB0", "ttyUSB1"], "/dev/ttyUSB1")


@virtual_time.story
async def test_a_modem_that_answers_nowhere_says_why(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *four_ports())
    (modem,) = await identify_modems(listed(system), connect=Lines(ttyUSB2=DEAD).connect)
    assert modem.identity is None
    assert "nobody answers AT" in modem.problem


@virtual_time.story
async def test_what_is_no_modem_or_is_in_use_is_never_opened(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *four_ports())
    system.plug("1-2", 0x10C4, 0xEA60, Interface(0, "ttyUSB4"))
    system.plug("1-3", 0x12D1, 0x1F01, Interface(0))
    system.run(17, "ModemManager", "/dev/ttyUSB2")
    lines = Lines()
    modems = listed(system)
    assert await identify_modems(modems, connect=lines.connect) == modems
    assert lines.opened == []


@virtual_time.story
async def test_a_port_that_the_user_names_is_asked_whatever_it_is(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *four_ports())
    lines = Lines(
        ttyUSB2=ScriptedModem(PLAIN), ttyS0=ScriptedModem(PLAIN, {"AT+CGSN": ok("490154203237518")})
    )
    found = await identify_modems(listed(system), named=["/dev/ttyS0", "/dev/ttyUSB2"], connect=lines.connect)
    assert [modem.port for modem in found] == ["/dev/ttyUSB2", "/dev/ttyS0"]


@virtual_time.story
async def test_one_modem_is_one_entry_however_many_ways_lead_to_it(tmp_path: Path) -> None:
    """USB and the serial line of the same module: one IMEI."""
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, Interface(2, "ttyUSB2"))
    lines = Lines(ttyUSB2=ScriptedModem(PLAIN), ttyS0=ScriptedModem(PLAIN))
    (modem,) = await identify_modems(listed(system), named=["/dev/ttyS0"], connect=lines.connect)
    assert modem.ports == ("/dev/ttyUSB2", "/dev/ttyS0")


@virtual_time.story
async def test_modems_that_hide_their_imei_stay_apart(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    silent = {"AT+CGSN": b"\r\n+CME ERROR: memory failure\r\n"}
    for place, port in (("1-1", 0), ("1-2", 1)):
        system.plug(place, *EC25, Interface(2, f"ttyUSB{port}"))
    lines = Lines(ttyUSB0=ScriptedModem(PLAIN, silent), ttyUSB1=ScriptedModem(PLAIN, silent))
    assert len(await identify_modems(listed(system), connect=lines.connect)) == 2


def test_the_list_of_the_real_machine_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial.tools.list_ports, "comports", list)
    assert isinstance(list_modems(), tuple)
