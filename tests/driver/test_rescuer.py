"""The rungs that need a closed port: what is written to whom, and that a failure harms nobody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gsm_driver import GENERIC, RecoveryMeans, RecoveryRung
from gsm_driver.families import PROFILES
from gsm_driver.ladder import MILD
from gsm_driver.recovery import HOOK_TIMEOUT, Rescuer
from tests import virtual_time
from tests.driver.fake_system import FakeSystem, Interface, Lines
from tests.driver.scripted_modem import PLAIN, SILENCE, ScriptedModem, ok

if TYPE_CHECKING:
    from pathlib import Path

RUNG = RecoveryRung
PORT = "/dev/ttyUSB2"


def ec25(tmp_path: Path) -> FakeSystem:
    system = FakeSystem(tmp_path)
    system.plug("1-1", 0x2C7C, 0x0125, *(Interface(number, f"ttyUSB{number}") for number in range(4)))
    return system


def rescuer(system: FakeSystem, lines: Lines | None = None, **means: object) -> Rescuer:
    return Rescuer(RecoveryMeans(**means), sys_root=system.sys_root, connect=(lines or Lines()).connect)


@virtual_time.story
async def test_what_is_allowed_follows_from_means_place_and_family(tmp_path: Path) -> None:
    async def switch() -> None: ...

    system = ec25(tmp_path)
    (e173,) = (profile for profile in PROFILES if profile.name == "huawei-e173")
    unknown = rescuer(system, may_rebind=True)
    assert unknown.allowed(PORT, GENERIC) == MILD | {RUNG.RESET}
    everything = rescuer(system, may_rebind=True, power=switch)
    await everything.remember(PORT)
    assert everything.allowed(PORT, GENERIC) == MILD | {RUNG.SIBLING, RUNG.RESET, RUNG.REBIND, RUNG.POWER}
    assert RUNG.RESET not in everything.allowed(PORT, e173)
    nothing = rescuer(system, may_reset=False, may_use_siblings=False)
    await nothing.remember(PORT)
    assert nothing.allowed(PORT, GENERIC) == MILD
    await everything.remember("socket://192.0.2.7:5000")
    assert everything.allowed(PORT, GENERIC) == MILD | {RUNG.RESET, RUNG.POWER}


@virtual_time.story
async def test_without_the_right_to_unplug_that_is_no_way(tmp_path: Path) -> None:
    system = ec25(tmp_path)
    one = rescuer(system, may_rebind=True)
    await one.remember(PORT)
    system.authorized("1-1").unlink()  # to root, whom no right is denied, this is what is left to try
    assert RUNG.REBIND not in one.allowed(PORT, GENERIC)


@virtual_time.story
async def test_a_sibling_is_greeted_and_let_go(tmp_path: Path) -> None:
    """AT on another port woke a SIM7000 (botletics/SIM7000-LTE-Shield#298)."""
    system = ec25(tmp_path)
    sibling = ScriptedModem(PLAIN)
    lines = Lines(ttyUSB3=sibling)
    one = rescuer(system, lines)
    await one.remember(PORT)
    await one.perform(RUNG.SIBLING, PORT, GENERIC)
    assert (lines.opened, sibling.written) == (["ttyUSB3"], ["AT"])


@pytest.mark.parametrize("name", ["generic", "huawei", "simcom-lte", "sierra", "telit", "u-blox", "wavecom"])
@virtual_time.story
async def test_each_family_is_restarted_in_its_own_way(*, tmp_path: Path, name: str) -> None:
    profile = next(profile for profile in (GENERIC, *PROFILES) if profile.name == name)
    modem = ScriptedModem({profile.reset_command: ok()})
    await rescuer(ec25(tmp_path), Lines(ttyUSB2=modem)).perform(RUNG.RESET, PORT, profile)
    assert modem.written == [profile.reset_command]


@pytest.mark.parametrize("answer", [SILENCE, b"\r\nERROR\r\n"])
@virtual_time.story
async def test_a_modem_that_does_not_confirm_its_restart_is_let_go_all_the_same(
    *, tmp_path: Path, answer: bytes
) -> None:
    modem = ScriptedModem({"AT+CFUN=1,1": answer})
    began = asyncio.get_running_loop().time()
    await rescuer(ec25(tmp_path), Lines(ttyUSB2=modem)).perform(RUNG.RESET, PORT, GENERIC)
    assert asyncio.get_running_loop().time() - began < 15


@virtual_time.story
async def test_the_kernel_is_asked_to_unplug_it(tmp_path: Path) -> None:
    system = ec25(tmp_path)
    one = rescuer(system, may_rebind=True)
    await one.remember(PORT)
    system.authorized("1-1").write_text("changed by rebind")
    await one.perform(RUNG.REBIND, PORT, GENERIC)
    assert system.authorized("1-1").read_text() == "1"


@virtual_time.story
async def test_what_cannot_be_done_is_logged_and_no_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    system = ec25(tmp_path)
    one = rescuer(system, may_rebind=True)
    await one.perform(RUNG.RESET, PORT, GENERIC)
    assert "does not exist" in caplog.text
    await one.perform(RUNG.REBIND, PORT, GENERIC)  # not seen yet: nothing to unplug
    await one.perform(RUNG.POWER, PORT, GENERIC)  # no switch
    await one.perform(RUNG.SIBLING, PORT, GENERIC)
    await one.remember(PORT)
    system.unplug("1-1")
    await one.perform(RUNG.REBIND, PORT, GENERIC)
    assert "the modem is not where it was" in caplog.text
    await one.perform(RUNG.SIBLING, PORT, GENERIC)  # its port is gone, too


@virtual_time.story
async def test_a_switch_of_the_caller_may_hang_and_may_fail(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    async def fail() -> None:
        raise ZeroDivisionError

    began = asyncio.get_running_loop().time()
    await rescuer(ec25(tmp_path), power=hang).perform(RUNG.POWER, PORT, GENERIC)
    assert asyncio.get_running_loop().time() - began < HOOK_TIMEOUT + 10
    await rescuer(FakeSystem(tmp_path / "two"), power=fail).perform(RUNG.POWER, PORT, GENERIC)
    assert "ZeroDivisionError" in caplog.text


def zigbee(system: FakeSystem) -> None:
    """Another device in the modem's socket, and with the name of one of its ports."""
    system.unplug("1-1")
    system.plug("1-1", 0x10C4, 0xEA60, Interface(0, "ttyUSB3"), name="Zigbee stick")


@virtual_time.story
async def test_what_took_the_place_of_the_modem_is_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    system, lines = ec25(tmp_path), Lines()
    one = rescuer(system, lines, may_rebind=True)
    await one.remember(PORT)
    zigbee(system)
    system.authorized("1-1").write_text("untouched")
    for rung in (RUNG.SIBLING, RUNG.RESET, RUNG.REBIND):
        await one.perform(rung, "/dev/ttyUSB3", GENERIC)
    assert lines.opened == []
    assert system.authorized("1-1").read_text() == "untouched"
    assert caplog.text.count("the modem is not where it was") == 3


@virtual_time.story
async def test_a_twin_in_the_place_of_the_modem_is_left_alone(tmp_path: Path) -> None:
    system, lines = FakeSystem(tmp_path), Lines()
    four = [Interface(number, f"ttyUSB{number}") for number in range(4)]
    system.plug("1-1", 0x2C7C, 0x0125, *four, serial="A")
    one = rescuer(system, lines)
    await one.remember(PORT)
    system.unplug("1-1")
    system.plug("1-1", 0x2C7C, 0x0125, *four, serial="B")
    for rung in (RUNG.SIBLING, RUNG.RESET):
        await one.perform(rung, PORT, GENERIC)
    assert lines.opened == []


@virtual_time.story
async def test_a_modem_whose_ports_were_numbered_anew_is_helped_at_the_new_ones(tmp_path: Path) -> None:
    system = ec25(tmp_path)
    lines = Lines(ttyUSB7=ScriptedModem(PLAIN))
    one = rescuer(system, lines)
    await one.remember(PORT)
    system.unplug("1-1")
    system.plug("1-1", 0x2C7C, 0x0125, *(Interface(number, f"ttyUSB{number + 4}") for number in range(4)))
    await one.perform(RUNG.SIBLING, "/dev/ttyUSB6", GENERIC)
    assert lines.opened == ["ttyUSB7"]


@virtual_time.story
async def test_a_port_that_became_another_devices_is_not_restarted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The modem is in its socket, under other names than before."""
    caplog.set_level("INFO")
    system, lines = ec25(tmp_path), Lines()
    one = rescuer(system, lines)
    await one.remember(PORT)
    system.plug("1-3", 0x10C4, 0xEA60, Interface(0, "ttyUSB9"), name="Zigbee stick")
    await one.perform(RUNG.RESET, "/dev/ttyUSB9", GENERIC)
    assert lines.opened == []
    assert "another device's" in caplog.text
