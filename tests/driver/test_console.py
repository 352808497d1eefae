"""Commands of a person: what is allowed, what is refused and why, and what the answer is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver import CommandAnswer, CommandError, Modem, ModemTimeoutError, UsageError
from gsm_driver.at.permission import MAX_LENGTH, objection
from gsm_driver.simulator import LoopScheduler, Simulator, register_simulator
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, SILENCE, ok, scripted

if TYPE_CHECKING:
    from tests.driver.scripted_modem import Table

ALLOWED = (
    *("ATI", "ATI3", "AT+CSQ", "AT+CFUN?", "AT+CMGD=?", "at+cops?", "AT+QNWINFO", "AT^SYSINFOEX", "AT+CPIN?"),
    *('AT+QCFG="nwscanmode",1', "AT#RFSTS", "AT!GSTATUS?", "AT*CNTI=0", "AT+CGSMS=3", "AT^SYSCFGEX=?"),
    'AT^SCFG="Radio/Band"',
)
REFUSED = (
    *[("AT+IPR=9600", "talks"), ("AT+CMGF=1", "talks"), ("AT+CNMI=0,0", "talks"), ("AT+CSCA=1", "talks")],
    *[
        ("AT+CFUN=1,1", "restarts"),
        ("AT^RESET", "restarts"),
        ("at#reboot", "restarts"),
        ("AT+CPOF", "restarts"),
    ],
    *[("AT+CSCLK=2", "sleep"), ("AT+UPSV=1", "sleep"), ("AT^SETPORT=1", "another device")],
    *[('AT+QCFG="usbnet",1', "another device"), ('AT^SCFG="Serial/USB/DDD"', "another device")],
    *[
        ("AT+CMGD=1,4", "messages"),
        ("AT+CMGS=10", "messages"),
        ("AT+CMGL", "messages"),
        ("AT+CMGR=1", "messages"),
    ],
    *[("AT+CPIN=1234", "SIM"), ("AT+CLCK=1", "SIM"), ("AT+CSIM=1", "SIM"), ("AT+EGMR=1", "SIM")],
    *[("AT+CUSD=1", "actions"), ("AT+CHUP", "actions"), ("AT+COPS=2", "network"), ("AT+COPS=?", "network")],
    *[("AT+QFOTADL=1", "firmware"), ("ATD1;", "semicolon"), ("AT+CSQ;+CPOF", "semicolon")],
    *[(text, "only ATI") for text in ("", "AT", "ATZ", "AT&F", "ATE1", "A/", "+++", "CSQ", "ATH", "ATS0=1")],
    *[("AT+CSQ\r", "one line"), ("AT+CSQ\x1a", "one line"), ("AT+Ü", "one line"), ("AT+X" * 100, "one line")],
)


@pytest.mark.parametrize("text", ALLOWED)
def test_what_is_allowed(text: str) -> None:
    assert objection(text) is None


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_what_is_refused_and_why(text: str, why: str) -> None:
    assert why in (objection(text) or "")


@given(st.text(max_size=MAX_LENGTH + 10))
def test_nothing_but_one_line_of_one_command_ever_passes(text: str) -> None:
    if objection(text) is None:
        assert text.isascii()
        assert text.isprintable()
        assert len(text) <= MAX_LENGTH
        assert text[:2].upper() == "AT"
        assert ";" not in text


ANSWERS: Table = {
    "AT+QNWINFO": ok('+QNWINFO: "FDD LTE"', "two"),
    "ATI": ok("Quectel", "EC25"),
    "AT+BAD": ERROR,
    "AT+SLOW": SILENCE,
}


@virtual_time.story
async def test_the_answer_is_its_lines() -> None:
    modem, _ = scripted(ANSWERS)
    async with modem:
        answer = await modem.console.run("AT+QNWINFO")
        assert answer == CommandAnswer(lines=('+QNWINFO: "FDD LTE"', "two"))
        assert "LTE" not in repr(answer)
        assert (await modem.console.run("ATI")).lines == ("Quectel", "EC25")


@virtual_time.story
async def test_a_refusal_and_silence() -> None:
    modem, _ = scripted(ANSWERS)
    async with modem:
        with pytest.raises(CommandError):
            await modem.console.run("AT+BAD")
        with pytest.raises(ModemTimeoutError):
            await modem.console.run("AT+SLOW", wait=1)
        for wait in (0, 61):
            with pytest.raises(UsageError, match="at most 60"):
                await modem.console.run("ATI", wait=wait)


@virtual_time.story
async def test_nothing_refused_is_written() -> None:
    modem, wire = scripted(ANSWERS)
    async with modem:
        before = list(wire.written)
        with pytest.raises(UsageError, match="messages"):
            await modem.console.run("AT+CMGD=1,4")
        assert wire.written == before


@virtual_time.story
async def test_looking_at_the_memories_takes_nothing() -> None:
    simulator = register_simulator(Simulator(LoopScheduler(), name="look"))
    async with Modem("simulator://look") as modem:
        simulator.network.deliver_sms("+436601234567", "hello")
        await asyncio.sleep(10)
        for _ in range(2):
            assert sum(memory.used for memory in await modem.inbox.look()) == 1
