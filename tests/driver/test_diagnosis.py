"""What a look at a modem finds, in words; each text says what is wrong, and its advice what to do."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from gsm_driver import (
    GENERIC,
    ModemIdentity,
    PortUnavailableError,
    Registration,
    RegistrationStatus,
    Signal,
    SimStatus,
)
from gsm_driver.at.responses import SimState
from gsm_driver.diagnosis import Diagnosis
from gsm_driver.findings import (
    Check,
    Finding,
    Verdict,
    announcements_finding,
    modem_finding,
    network_finding,
    service_centre_finding,
    signal_finding,
    sim_finding,
    storage_findings,
)
from gsm_driver.self_test import self_test_finding
from gsm_driver.stored import MemoryContents
from tests import virtual_time
from tests.driver.fake_system import FakeSystem, Interface, Lines
from tests.driver.scripted_modem import ERROR, PLAIN, SILENCE, ScriptedModem, ok

if TYPE_CHECKING:
    from pathlib import Path

    from gsm_driver.link import Link
    from tests.driver.scripted_modem import Table


@pytest.mark.parametrize("status", list(RegistrationStatus))
def test_every_registration_has_words_and_what_stops_messages_has_advice(status: RegistrationStatus) -> None:
    finding = network_finding(Registration(status=status))
    assert finding.text
    assert (finding.verdict is Verdict.BAD) is not status.can_send_sms
    assert bool(finding.advice) is (finding.verdict is not Verdict.GOOD)


@pytest.mark.parametrize("state", list(SimState))
def test_every_state_of_a_sim_has_words(state: SimState) -> None:
    finding = sim_finding(SimStatus(state=state, pin_tries=3, puk_tries=10))
    usable = state in {SimState.READY, SimState.SIM_PIN2, SimState.SIM_PUK2}
    assert (finding.verdict is Verdict.GOOD) is usable
    assert bool(finding.advice) is not usable
    assert finding.text.endswith("; PIN tries left: 3")


def test_a_last_try_is_told_while_all_is_well() -> None:
    finding = sim_finding(SimStatus(state=SimState.READY, pin_tries=1, puk_tries=None))
    assert (finding.verdict, "in a phone" in finding.advice) == (Verdict.NOTICE, True)


@pytest.mark.parametrize(
    ("signal", "verdict", "text"),
    [
        (Signal(dbm=-73, bit_error_rate=None), Verdict.GOOD, "good: RSSI -73 dBm"),
        (Signal(dbm=-95, bit_error_rate=None), Verdict.GOOD, "fair: RSSI -95 dBm"),
        (Signal(dbm=-107, bit_error_rate=None), Verdict.NOTICE, "weak: RSSI -107 dBm"),
        # An RSRP is of one carrier in hundreds: the same number is a better signal.
        (
            Signal(dbm=-80, bit_error_rate=None, rsrp=-107, rsrq=-10.5),
            Verdict.GOOD,
            "fair: RSSI -80 dBm, RSRP -107 dBm, RSRQ -10.5 dB",
        ),
        (
            Signal(dbm=-85, bit_error_rate=None, rsrp=-120, rsrq=None),
            Verdict.NOTICE,
            "weak: RSSI -85 dBm, RSRP -120 dBm",
        ),
        (
            Signal(dbm=-81, bit_error_rate=None, rscp=-81),
            Verdict.GOOD,
            "good: RSSI -81 dBm, RSCP -81 dBm",
        ),
        (Signal(dbm=None, bit_error_rate=None), Verdict.NOTICE, "the modem does not tell its signal"),
    ],
)
def test_a_signal_is_judged_by_its_technology(signal: Signal, verdict: Verdict, text: str) -> None:
    finding = signal_finding(signal)
    assert (finding.verdict, finding.text) == (verdict, text)
    assert bool(finding.advice) is text.startswith("weak")


@pytest.mark.parametrize(
    ("used", "total", "complete", "verdict"),
    [
        (0, 20, True, Verdict.GOOD),
        (16, 20, True, Verdict.NOTICE),
        (20, 20, True, Verdict.BAD),
        (0, 20, False, Verdict.NOTICE),
        (7, None, True, Verdict.GOOD),
    ],
)
def test_how_full_a_memory_may_be(*, used: int, total: int | None, complete: bool, verdict: Verdict) -> None:
    (finding,) = storage_findings([MemoryContents(memory="SM", used=used, total=total, complete=complete)])
    assert finding.verdict is verdict
    assert f"{used} of {total or 'unknown'} slots" in finding.text


def test_a_modem_without_memories() -> None:
    (finding,) = storage_findings([])
    assert finding.verdict is Verdict.NOTICE


@pytest.mark.parametrize(
    ("indications", "verdict"),
    [
        ((2, 1, 0, 1, 0), Verdict.GOOD),
        ((2, 1, 0, 0, 0), Verdict.NOTICE),
        ((2, 1), Verdict.NOTICE),
        (None, Verdict.NOTICE),
    ],
)
def test_what_is_announced(indications: tuple[int, ...] | None, verdict: Verdict) -> None:
    assert announcements_finding(indications).verdict is verdict


@pytest.mark.parametrize(
    ("address", "verdict"), [("+43664000501", Verdict.GOOD), ("", Verdict.BAD), (None, Verdict.NOTICE)]
)
def test_the_service_centre(address: str | None, verdict: Verdict) -> None:
    assert service_centre_finding(address).verdict is verdict


def test_a_modem_that_hides_its_name() -> None:
    finding = modem_finding(ModemIdentity(manufacturer="", model="", firmware="", imei=""), GENERIC)
    assert finding.text == (
        "a modem that does not say its name, firmware not told, IMEI not told, family generic"
    )


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        ({"received": 3.0, "report: delivered": 5.0}, Verdict.GOOD),
        ({"received": 3.0}, Verdict.NOTICE),
        ({"report: delivered": 5.0}, Verdict.BAD),
        ({}, Verdict.BAD),
    ],
)
def test_what_came_back(seen: dict[str, float], verdict: Verdict) -> None:
    assert self_test_finding(seen).verdict is verdict


# --- on the wire ---


async def looked_at(url: str, system: FakeSystem, lines: Lines, **options: str) -> dict[Check, Finding]:
    diagnosis = Diagnosis(
        url, connect=lines.connect, sys_root=system.sys_root, proc_root=system.proc_root, **options
    )
    return {finding.check: finding async for finding in diagnosis.run()}


async def of(tmp_path: Path, *tables: Table, **options: str) -> dict[Check, Finding]:
    lines = Lines(ttyUSB2=ScriptedModem(PLAIN, *tables))
    return await looked_at("/dev/ttyUSB2", FakeSystem(tmp_path), lines, **options)


@virtual_time.story
async def test_a_modem_that_tells_little_is_looked_at_to_the_end(tmp_path: Path) -> None:
    silent = dict.fromkeys(("AT+CSCA?", "AT+CPMS=?", 'AT+CPMS="SM","SM","SM"', "AT+CPIN?"), ERROR)
    found = await of(tmp_path, silent, {"AT+CSQ": ok("+CSQ: 99,99")})
    assert list(found) == [check for check in Check if check is not Check.SELF_TEST]
    assert not [finding for finding in found.values() if finding.verdict is Verdict.BAD]
    assert "does not tell how the SIM stands" in found[Check.SIM].text


@virtual_time.story
async def test_a_memory_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    answers = {"AT+CSQ": ok("+CSQ: 20,0"), "AT+CMGL=4": b"\r\n+CMS ERROR: 500\r\n"}
    found = await of(tmp_path, answers)
    assert "could not be read completely" in found[Check.STORAGE].text


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (errno.EBUSY, "in use by ModemManager: end it"),
        (errno.EAGAIN, "in use by ModemManager: end it"),
        (errno.EACCES, ""),  # who has it open is not why
        (errno.ENOTTY, ""),
    ],
)
@virtual_time.story
async def test_a_port_that_another_program_holds_is_told_with_its_name(
    *, tmp_path: Path, code: int, advice: str
) -> None:
    system = FakeSystem(tmp_path)
    system.run(17, "ModemManager", "/dev/ttyUSB2")

    async def connect(url: str, _: int) -> Link:
        raise PortUnavailableError(f"{url} cannot be opened") from OSError(code, os.strerror(code))

    diagnosis = Diagnosis(
        "/dev/ttyUSB2", connect=connect, sys_root=system.sys_root, proc_root=system.proc_root
    )
    (finding,) = [found async for found in diagnosis.run()]
    assert (finding.check, finding.advice) == (Check.PORT, advice)


@pytest.mark.parametrize(
    ("ids", "interfaces", "words"),
    [
        (
            (0x2C7C, 0x0125),
            (Interface(0, "ttyUSB0"), Interface(2, "ttyUSB2")),
            "the port of this modem for AT commands is /dev/ttyUSB2",
        ),
        ((0x19D2, 0x7777), (Interface(0, "ttyUSB0"), Interface(1, "ttyUSB1")), "try another of its ports"),
        ((0x1199, 0x9070), (Interface(0, "ttyUSB0"),), "boot mode"),
        ((0x2C7C, 0x0125), (Interface(2, "ttyUSB0"),), "take the modem off its power"),
        ((0x19D2, 0x7777), (Interface(0, "ttyUSB0"),), "take the modem off its power"),
    ],
)
@virtual_time.story
async def test_the_wrong_port_of_a_modem_names_the_right_one(
    *, tmp_path: Path, ids: tuple[int, int], interfaces: tuple[Interface, ...], words: str
) -> None:
    system = FakeSystem(tmp_path)
    system.plug("1-1", *ids, *interfaces)
    found = await looked_at("/dev/ttyUSB0", system, Lines(ttyUSB0=ScriptedModem({"AT*": SILENCE})))
    assert words in found[Check.MODEM].advice
