"""USB devices by their descriptors: which is a modem, in which mode, which port speaks AT (quirks 5.10)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from gsm_driver import PortUnavailableError, UsbMode
from gsm_driver.holders import holders_of
from gsm_driver.usb import attached_device, list_usb_devices, real_port, rebind
from gsm_driver.usb_table import ADVICE, KNOWN_USB, MODEM_VENDORS, at_ports, is_modem, mode_of
from tests import virtual_time
from tests.driver.fake_system import FakeSystem, Interface

if TYPE_CHECKING:
    from pathlib import Path

    from gsm_driver.usb import UsbDevice

FOUR_PORTS = tuple(Interface(number, f"ttyUSB{number}") for number in range(4))
STORAGE = Interface(0, kind=(0x08, 0x06, 0x50))


@pytest.fixture
def system(tmp_path: Path) -> FakeSystem:
    return FakeSystem(tmp_path)


def only_device(system: FakeSystem) -> UsbDevice:
    (device,) = list_usb_devices(system.sys_root)
    return device


def test_a_device_is_read_with_its_interfaces_and_ports(system: FakeSystem) -> None:
    system.plug("1-1.4", 0x2C7C, 0x0125, *reversed(FOUR_PORTS), serial="0123", name="EC25-E")
    device = only_device(system)
    assert (device.place, device.id, device.manufacturer, device.product) == (
        "1-1.4",
        "2c7c:0125",
        "Maker",
        "EC25-E",
    )
    assert device.ports == ("/dev/ttyUSB0", "/dev/ttyUSB1", "/dev/ttyUSB2", "/dev/ttyUSB3")
    assert device.interface_of("/dev/ttyUSB2").number == 2
    assert device.interface_of("/dev/ttyUSB9") is None
    assert "0123" not in repr(device)


def test_what_is_no_device_and_what_cannot_be_read_is_left_out(system: FakeSystem, tmp_path: Path) -> None:
    (system.sys_root / "bus/usb/devices/usb1").mkdir()
    system.plug("1-1", 0x2C7C, 0x0125, Interface(0, "ttyUSB0"))
    (system.sys_root / "bus/usb/devices/1-1:1.9").mkdir()  # vanishing at this moment
    assert only_device(system).ports == ("/dev/ttyUSB0",)
    assert list_usb_devices(tmp_path / "nowhere") == ()


def test_the_device_of_a_port_is_found_also_by_its_lasting_name(system: FakeSystem) -> None:
    system.plug("1-1", 0x12D1, 0x1506, Interface(0, "ttyACM0"))
    name = system.name(system.by_id, "usb-HUAWEI-if00", "/dev/ttyACM0")
    assert attached_device(name, system.sys_root) == only_device(system)
    assert attached_device("/dev/ttyS0", system.sys_root) is None
    assert real_port("socket://192.0.2.7:5000") == "socket://192.0.2.7:5000"


@pytest.mark.parametrize(
    ("ids", "interfaces", "mode", "best"),
    [
        # EC25, EG25: interface 2; 0 diagnosis, 1 NMEA, 3 dialling (PavelVe/home-assistant-addons#45)
        ((0x2C7C, 0x0125), FOUR_PORTS, UsbMode.MODEM, ("ttyUSB2", "ttyUSB3")),
        # MC7455: 0 diagnosis, 2 NMEA, 3 AT; its boot mode has one dead port
        (
            (0x1199, 0x9071),
            (Interface(0, "ttyUSB0"), Interface(2, "ttyUSB1"), Interface(3, "ttyUSB2")),
            UsbMode.MODEM,
            ("ttyUSB2",),
        ),
        ((0x1199, 0x9070), (Interface(0, "ttyUSB0"),), UsbMode.BOOT, ()),
        # Huawei: the one that announces comes first, the one for dialling next, diagnosis never
        (
            (0x12D1, 0x1506),
            (
                Interface(0, "ttyUSB0", (0xFF, 0x02, 0x10)),
                Interface(1, "ttyUSB1", (0xFF, 0x02, 0x13)),
                Interface(2, "ttyUSB2", (0xFF, 0x02, 0x12)),
            ),
            UsbMode.MODEM,
            ("ttyUSB2", "ttyUSB0"),
        ),
        ((0x12D1, 0x1001), FOUR_PORTS[:3], UsbMode.MODEM, ("ttyUSB2", "ttyUSB0")),
        ((0x12D1, 0x1442), (Interface(0, "ttyUSB0", (0xFF, 0x01, 0x02)),), UsbMode.MODEM, ("ttyUSB0",)),
        ((0x12D1, 0x14DC), (Interface(0, kind=(0x02, 0x06, 0)),), UsbMode.NETWORK, ()),
        ((0x12D1, 0x1F01), (STORAGE,), UsbMode.STORAGE, ()),
        ((0x12D1, 0x1446), (STORAGE,), UsbMode.STORAGE, ()),
        ((0x12D1, 0x14FE), (STORAGE,), UsbMode.STORAGE, ()),
        # Brovi keeps its number in all modes (gammu/gammu#908)
        ((0x3566, 0x2001), FOUR_PORTS[:3], UsbMode.MODEM, ()),
        ((0x3566, 0x2001), (STORAGE,), UsbMode.STORAGE, ()),
        # Not in the table: a CDC ACM interface that says AT (V.250) is one
        (
            (0x1E2D, 0x9999),
            (Interface(0, "ttyACM0", (0x02, 0x02, 0x01)), Interface(1, "ttyACM1", (0x02, 0x02, 0x00))),
            UsbMode.MODEM,
            ("ttyACM0",),
        ),
    ],
)
def test_mode_and_at_port_are_told_by_descriptor(
    system: FakeSystem,
    ids: tuple[int, int],
    interfaces: tuple[Interface, ...],
    mode: UsbMode,
    best: tuple[str, ...],
) -> None:
    system.plug("1-1", *ids, *interfaces)
    device = only_device(system)
    assert is_modem(device)
    assert mode_of(device) is mode
    assert at_ports(device) == tuple(f"/dev/{tty}" for tty in best)


@pytest.mark.parametrize(
    "ids",
    [
        (0x10C4, 0xEA60),  # Silicon Labs: Zigbee sticks, and anything else
        (0x1A86, 0x7523),  # CH340: the same
        (0x0403, 0x6001),  # FTDI
        (0x0658, 0x0200),  # Aeotec Z-Wave
        (0x1CF1, 0x0030),  # ConBee
        (0x1546, 0x01A7),  # u-blox GPS receiver, though u-blox makes modems
    ],
)
def test_what_is_no_modem_by_its_numbers_is_none(system: FakeSystem, ids: tuple[int, int]) -> None:
    system.plug("1-1", *ids, Interface(0, "ttyACM0", (0x02, 0x02, 0x01)))
    assert not is_modem(only_device(system))


def test_a_makers_device_without_ports_is_no_modem(system: FakeSystem) -> None:
    """A telephone of Huawei or ZTE that is being charged."""
    system.plug("1-1", 0x12D1, 0x107E, STORAGE)
    assert not is_modem(only_device(system))


@pytest.mark.parametrize(("ids", "known"), list(KNOWN_USB.items()), ids=lambda value: str(value)[:40])
def test_every_row_is_of_a_modem_maker_and_names_its_source(ids: tuple[int, int], known: object) -> None:
    assert ids[0] in MODEM_VENDORS
    assert known.name
    assert known.source
    assert known.mode is UsbMode.MODEM or (not known.interfaces and ADVICE[known.mode])


# --- who holds a port ---


def test_the_holder_of_a_port_is_named(system: FakeSystem) -> None:
    system.run(17, "ModemManager", "/dev/null", "/dev/ttyUSB2")
    system.run(18, "gammu-smsd", "/dev/ttyUSB2")
    system.run(19, "other", "/dev/ttyUSB3")
    (system.proc_root / "20").mkdir()  # of another user, or just ended
    (system.proc_root / "self").mkdir()
    assert holders_of("/dev/ttyUSB2", system.proc_root) == ("ModemManager", "gammu-smsd")
    name = system.name(system.by_id, "usb-if02", "/dev/ttyUSB3")
    assert holders_of(name, system.proc_root) == ("other",)


def test_a_holder_without_a_name_is_told_by_its_number(system: FakeSystem) -> None:
    system.run(17, "", "/dev/ttyUSB2")
    assert holders_of("/dev/ttyUSB2", system.proc_root) == ("process 17",)


def test_ourselves_and_what_is_no_file_is_held_by_nobody(system: FakeSystem, tmp_path: Path) -> None:
    system.run(os.getpid(), "python", "/dev/ttyUSB2")
    assert holders_of("/dev/ttyUSB2", system.proc_root) == ()
    assert holders_of("socket://192.0.2.7:5000", system.proc_root) == ()
    assert holders_of("/dev/ttyUSB2", tmp_path / "nowhere") == ()


# --- unplugged by software ---


@virtual_time.story
async def test_rebinding_switches_off_and_on(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", 0x2C7C, 0x0125)
    await rebind(only_device(system), system.sys_root)
    assert system.authorized("1-1").read_text() == "1"


@virtual_time.story
async def test_rebinding_without_the_right_says_so(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", 0x2C7C, 0x0125)
    device = only_device(system)
    system.unplug("1-1")
    with pytest.raises(PortUnavailableError, match=r"cannot be unplugged in software: .*No such file"):
        await rebind(device, system.sys_root)
    read_only = system.authorized("1-1")
    read_only.parent.mkdir()
    read_only.mkdir()
    with pytest.raises(PortUnavailableError, match="cannot be unplugged"):
        await rebind(device, system.sys_root)
