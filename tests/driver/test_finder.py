"""One modem is found again: by place, by numbers, by IMEI; where it is no modem any more, that is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gsm_driver import ModemFinder, PortUnavailableError
from tests import virtual_time
from tests.driver.fake_system import DEAD, FakeSystem, Interface, Lines
from tests.driver.scripted_modem import PLAIN, ScriptedModem, ok

if TYPE_CHECKING:
    from pathlib import Path

EC25 = (0x2C7C, 0x0125)
IMEI = "356938035643809"
OTHER = {"AT+CGSN": ok("490154203237518")}


def ports(first: int) -> tuple[Interface, ...]:
    return tuple(Interface(number, f"ttyUSB{first + number}") for number in range(4))


def finder(
    system: FakeSystem, url: str, *, imei: str = "", **modems: ScriptedModem
) -> tuple[ModemFinder, Lines]:
    lines = Lines(**modems)
    return ModemFinder(url, imei=imei, sys_root=system.sys_root, connect=lines.connect), lines


@virtual_time.story
async def test_a_modem_in_its_place_is_where_it_was(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *ports(0))
    name = system.name(system.by_id, "usb-if02", "/dev/ttyUSB2")
    find, lines = finder(system, name)
    assert [await find.find(), await find.find()] == [name, name]
    assert lines.opened == []


@virtual_time.story
async def test_the_old_handle_was_still_open_and_the_port_got_the_next_name(tmp_path: Path) -> None:
    """ttyUSB2 came back as ttyUSB3 (gammu#198)."""
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *ports(0))
    find, lines = finder(system, "/dev/ttyUSB2")
    await find.find()
    system.unplug("1-1")
    assert await find.find() is None
    system.plug("1-1", *EC25, *ports(1))
    assert await find.find() == "/dev/ttyUSB3"
    assert await find.find() == "/dev/ttyUSB3"
    assert lines.opened == []


@virtual_time.story
async def test_another_socket_is_no_obstacle(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *ports(0))
    find, _ = finder(system, "/dev/ttyUSB2")
    await find.find()
    system.unplug("1-1")
    system.plug("2-1", *EC25, *ports(0))
    assert await find.find() == "/dev/ttyUSB2"


@virtual_time.story
async def test_two_of_a_kind_are_told_apart_by_place_and_by_serial_number(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *ports(0))
    find, _ = finder(system, "/dev/ttyUSB2")
    await find.find()
    system.unplug("1-1")
    system.plug("1-2", *EC25, *ports(0))  # the other one was quicker, and has the old name now
    system.plug("1-1", *EC25, *ports(4))
    assert await find.find() == "/dev/ttyUSB6"


@virtual_time.story
async def test_serial_numbers_that_differ_are_two_modems(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *ports(0), serial="A")
    find, _ = finder(system, "/dev/ttyUSB2")
    await find.find()
    system.unplug("1-1")
    system.plug("1-1", *EC25, *ports(0), serial="B")
    assert await find.find() is None


@virtual_time.story
async def test_two_that_changed_places_are_told_apart_by_imei(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *ports(0))
    find, lines = finder(
        system,
        "/dev/ttyUSB2",
        imei=IMEI,
        ttyUSB2=ScriptedModem(PLAIN, OTHER),
        ttyUSB6=ScriptedModem(PLAIN),
        ttyUSB10=DEAD,
    )
    await find.find()
    system.unplug("1-1")
    system.plug("1-2", *EC25, *ports(0))
    system.plug("1-3", *EC25, *ports(4))
    system.plug("1-4", *EC25, *ports(8))
    assert await find.find() == "/dev/ttyUSB6"
    system.unplug("1-3")
    assert await find.find() is None
    assert lines.opened == ["ttyUSB2", "ttyUSB6", "ttyUSB2", "ttyUSB10"]


@virtual_time.story
async def test_a_twin_in_another_socket_is_not_taken_for_it(tmp_path: Path) -> None:
    """Ours is unplugged; the other one of its kind has a supervisor of its own."""
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *ports(0))
    system.plug("1-2", *EC25, *ports(4))
    find, lines = finder(system, "/dev/ttyUSB2", ttyUSB6=ScriptedModem(PLAIN, OTHER))
    await find.find()
    find.imei = IMEI  # as the supervisor learns it
    system.unplug("1-1")
    assert await find.find() is None
    assert lines.opened == ["ttyUSB6"]


@virtual_time.story
async def test_a_modem_that_was_never_seen_is_found_by_its_imei_only(tmp_path: Path) -> None:
    """After a restart of the machine the ports are numbered anew."""
    system = FakeSystem(tmp_path)
    system.plug("1-1", 0x10C4, 0xEA60, Interface(0, "ttyUSB0"))
    system.plug("1-2", 0x12D1, 0x1F01, Interface(0))
    system.plug("1-3", *EC25, *ports(1))
    nobody, lines = finder(system, "/dev/ttyUSB9", ttyUSB3=ScriptedModem(PLAIN))
    assert await nobody.find() is None
    assert lines.opened == []
    somebody, lines = finder(system, "/dev/ttyUSB9", imei=IMEI, ttyUSB3=ScriptedModem(PLAIN))
    assert await somebody.find() == "/dev/ttyUSB3"
    assert lines.opened == ["ttyUSB3"]


@virtual_time.story
async def test_a_modem_that_came_back_as_storage_is_told(tmp_path: Path) -> None:
    """E173 after AT+CFUN=1,1 (gammu#687)."""
    system = FakeSystem(tmp_path)
    system.plug("1-1", 0x12D1, 0x1001, *ports(0)[:3])
    find, _ = finder(system, "/dev/ttyUSB2")
    await find.find()
    system.unplug("1-1")
    system.plug("1-1", 0x12D1, 0x1446, Interface(0, kind=(0x08, 0x06, 0x50)))
    with pytest.raises(PortUnavailableError, match=r"storage mode.*usb-modeswitch"):
        await find.find()


@virtual_time.story
async def test_what_is_no_device_file_is_not_looked_for(tmp_path: Path) -> None:
    find, _ = finder(FakeSystem(tmp_path), "socket://192.0.2.7:5000")
    assert await find.find() is None


@virtual_time.story
async def test_a_port_that_is_not_on_usb_is_not_looked_for(tmp_path: Path) -> None:
    find, _ = finder(FakeSystem(tmp_path), "/dev/ttyS0")
    assert await find.find() is None
