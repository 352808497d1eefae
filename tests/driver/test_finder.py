"""One modem is found again: by place, by numbers, by IMEI; where it is no modem any more, that is said."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from gsm_driver import ModemFinder, PortUnavailableError
from tests import virtual_time
from tests.driver.fake_system import DEAD, FakeSystem, Interface, Lines
from tests.driver.scripted_modem import PLAIN, ScriptedModem, ok

if TYPE_CHECKING:
    from pathlib import Path

EC25 = (0x2C7C, 0x0125)
CP2102 = (0x10C4, 0xEA60)  # a bridge, for whatever its maker wants
IMEI = "356938035643809"
OTHER = {"AT+CGSN": ok("490154203237518")}


def ports(first: int) -> tuple[Interface, ...]:
    return tuple(Interface(number, f"ttyUSB{first + number}") for number in range(4))


def finder(
    system: FakeSystem, url: str, *, imei: str = "", **modems: ScriptedModem
) -> tuple[ModemFinder, Lines]:
    lines = Lines(**modems)
    find = ModemFinder(
        url, imei=imei, sys_root=system.sys_root, proc_root=system.proc_root, connect=lines.connect
    )
    return find, lines


async def missing(find: ModemFinder) -> str:
    """Why it is not found, in words."""
    with pytest.raises(PortUnavailableError) as caught:
        await find.find()
    return str(caught.value)


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
    assert await missing(find) == "the modem is not there any more"
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
    system.plug("1-2", *EC25, *ports(0), serial="B")
    assert "another device" in await missing(find)


@pytest.mark.parametrize(("usb_id", "serial"), [(EC25, "B"), ((0x1E0E, 0x9001), "A")])
@virtual_time.story
async def test_a_modem_that_was_exchanged_in_its_socket_is_used(
    *, tmp_path: Path, usb_id: tuple[int, int], serial: str
) -> None:
    """The supervisor says that it is another one."""
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *ports(0), serial="A")
    find, lines = finder(system, "/dev/ttyUSB2", imei=IMEI)
    await find.find()
    system.unplug("1-1")
    system.plug("1-1", *usb_id, *ports(0), serial=serial)
    assert [await find.find(), await find.find()] == ["/dev/ttyUSB2"] * 2
    assert lines.opened == []


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
    assert "another device" in await missing(find)
    assert lines.opened == ["ttyUSB2", "ttyUSB6", "ttyUSB10"]


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
    for _ in range(3):
        await missing(find)
    assert lines.opened == ["ttyUSB6"]  # once, not at each look
    system.unplug("1-2")
    await missing(find)
    system.plug("1-2", *EC25, *ports(4))  # who is it now?
    await missing(find)
    assert lines.opened == ["ttyUSB6"] * 2


@virtual_time.story
async def test_a_modem_that_does_not_answer_is_asked_again_ever_more_rarely(tmp_path: Path) -> None:
    """It may be booting, or nobody's business."""
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *ports(0))
    find, lines = finder(system, "/dev/ttyUSB2", imei=IMEI, ttyUSB6=DEAD)
    await find.find()
    system.unplug("1-1")
    system.plug("1-2", *EC25, *ports(4))
    for _ in range(60):
        await missing(find)
        await asyncio.sleep(5)
    assert lines.opened == ["ttyUSB6"] * 5
    lines.modems["ttyUSB6"] = ScriptedModem(PLAIN)
    await asyncio.sleep(600)
    assert await find.find() == "/dev/ttyUSB6"


@virtual_time.story
async def test_a_twin_that_another_program_uses_is_never_opened(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *ports(0))
    system.plug("1-2", *EC25, *ports(4))
    system.run(77, "gammu-smsd", "/dev/ttyUSB7")  # another port of it is enough
    find, lines = finder(system, "/dev/ttyUSB2", imei=IMEI)
    await find.find()
    system.unplug("1-1")
    for _ in range(3):
        await missing(find)
    assert lines.opened == []


@virtual_time.story
async def test_a_twin_that_this_program_uses_is_never_opened(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *ports(0))
    system.plug("1-2", *EC25, *ports(4))
    system.run(os.getpid(), "python", "/dev/ttyUSB6")
    find, lines = finder(system, "/dev/ttyUSB2", imei=IMEI)
    await find.find()
    system.unplug("1-1")
    await missing(find)
    assert lines.opened == []


@virtual_time.story
async def test_what_took_the_name_of_the_modem_is_left_alone(tmp_path: Path) -> None:
    """A Zigbee stick that got /dev/ttyUSB2 while the modem was away."""
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *ports(0))
    find, lines = finder(system, "/dev/ttyUSB2", imei=IMEI)
    await find.find()
    system.unplug("1-1")
    for place in ("1-3", "1-1"):
        system.plug(place, *CP2102, Interface(0, "ttyUSB2"), name="Zigbee stick")
        words = await missing(find)
        assert "another device (10c4:ea60 Zigbee stick)" in words
        assert "left alone" in words
        system.unplug(place)
    assert lines.opened == []


@pytest.mark.parametrize("product", ["", "Zigbee stick"])
@virtual_time.story
async def test_a_bridge_is_known_by_its_place_only(*, tmp_path: Path, product: str) -> None:
    """A modem behind a CP2102, which Zigbee sticks have, too; all with the serial number 0001."""
    system = FakeSystem(tmp_path)
    system.plug("1-1", *CP2102, Interface(0, "ttyUSB0"), serial="0001", name="CP2102")
    find, lines = finder(system, "/dev/ttyUSB0", imei=IMEI)
    await find.find()
    system.unplug("1-1")
    system.plug("1-3", *CP2102, Interface(0, "ttyUSB0"), serial="0001", name=product)
    assert "another device" in await missing(find)
    system.plug("1-1", *CP2102, Interface(0, "ttyUSB1"), serial="0001", name="CP2102")
    assert await find.find() == "/dev/ttyUSB1"
    assert lines.opened == []


@virtual_time.story
async def test_a_bridge_with_a_lasting_name_may_move(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", *CP2102, Interface(0, "ttyUSB0"), serial="0001", name="CP2102")
    name = system.name(system.by_id, "usb-CP2102-if00", "/dev/ttyUSB0")
    find, lines = finder(system, name, imei=IMEI)
    await find.find()
    system.unplug("1-1")
    system.plug("1-3", *CP2102, Interface(0, "ttyUSB0"), serial="0001", name="CP2102")
    assert await find.find() == name
    assert lines.opened == []


@virtual_time.story
async def test_being_plugged_in_anew_shows(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *ports(0))
    find, lines = finder(system, "/dev/ttyUSB2")
    seen = [await find.plugging()]
    await find.find()
    seen += [await find.plugging(), await find.plugging()]
    assert len(set(seen)) == 1
    system.plug("1-2", *CP2102, Interface(0, "ttyUSB9"))  # of no interest
    assert await find.plugging() == seen[0]
    system.unplug("1-1")
    seen.append(await find.plugging())
    system.plug("1-1", *EC25, *ports(0))
    seen.append(await find.plugging())
    assert len(set(seen)) == 3
    assert lines.opened == []
    assert await finder(system, "socket://192.0.2.7:5000")[0].plugging() == frozenset()


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
async def test_a_modem_that_was_never_seen_is_looked_for_among_known_modems_only(tmp_path: Path) -> None:
    """The maker of a modem makes other things, too: this is the diagnosis port of a phone."""
    system = FakeSystem(tmp_path)
    system.plug("1-2", 0x05C6, 0x90DB, Interface(0, "ttyUSB0"))
    find, lines = finder(system, "/dev/serial/by-id/usb-EC25", imei=IMEI)
    assert await find.find() is None
    assert lines.opened == []


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


@virtual_time.story
async def test_a_modem_that_hangs_in_its_place_is_not_given_up_for_its_twin(tmp_path: Path) -> None:
    """It came back under other names, and tells no IMEI; only a restart will help."""
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *ports(0))
    system.plug("1-2", *EC25, *ports(4))
    find, _ = finder(system, "/dev/ttyUSB2", imei=IMEI, ttyUSB6=ScriptedModem(PLAIN, OTHER), ttyUSB10=DEAD)
    await find.find()
    system.unplug("1-1")
    system.plug("1-1", *EC25, *ports(8))
    assert await find.find() == "/dev/ttyUSB10"


@virtual_time.story
async def test_a_modem_whose_ports_are_not_there_yet_is_told(tmp_path: Path) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *ports(0))
    find, _ = finder(system, "/dev/ttyUSB2")
    await find.find()
    system.unplug("1-1")
    system.plug("1-1", *EC25, Interface(0))
    assert "no serial port" in await missing(find)


@virtual_time.story
async def test_two_twins_in_each_others_sockets_are_told_apart_although_one_hangs(tmp_path: Path) -> None:
    """What is in our socket says that it is the other one; ours does not answer by now."""
    system = FakeSystem(tmp_path)
    system.plug("1-1", *EC25, *ports(0))
    find, _ = finder(system, "/dev/ttyUSB2", imei=IMEI, ttyUSB6=ScriptedModem(PLAIN, OTHER), ttyUSB10=DEAD)
    await find.find()
    system.unplug("1-1")
    system.plug("1-1", *EC25, *ports(4))
    system.plug("1-2", *EC25, *ports(8))
    assert await missing(find) == "the modem is not there any more"
