"""Calls and USSD with a modem that nobody here wrote: ofono-phonesim and its packaged rules.

Its numbers: 155 is busy, 05123xx answers and hangs up after xx seconds, 06123xx rings xx seconds and answers,
199 calls back and rings on, 177 calls back and gives up after 5 seconds, 166 calls back as well; any other
number is dialled for ever. It announces states as *ECAV.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import pytest_socket

from gsm_driver import CallOutcome, CallState, IncomingCall, Modem, UssdReply, UssdStatus
from lab.parts.phonesim import REPORTED_NUMBER, Phonesim, missing_parts, running_phonesim

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

REASON = missing_parts()
pytestmark = [
    pytest.mark.skipif(bool(REASON), reason=f"ofono-phonesim: {REASON}"),
    pytest.mark.timeout(150),  # seconds; a Qt start on a busy machine may take 20
]
DEADLINE = 30.0  # seconds until anything here must have happened; phonesim calls back after 5
CALLER = "1234567"


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[Phonesim, Modem]]:
    pytest_socket.enable_socket()
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)  # out of its network namespace
    async with running_phonesim(folder) as simulator, Modem(simulator.url) as modem:
        async with asyncio.timeout(4 * DEADLINE):
            yield simulator, modem


async def caller_of(modem: Modem) -> str:
    async for event in modem.events():
        if isinstance(event, IncomingCall):
            return event.caller
    raise AssertionError("the events ended")


async def test_what_becomes_of_a_call(tmp_path: Path) -> None:
    async with opened(tmp_path) as (_, modem):
        busy = await modem.calls.dial("155")
        assert await busy.ended() is CallOutcome.BUSY
        talk = await modem.calls.dial("05123002")
        assert await talk.answered()
        assert await talk.ended() is CallOutcome.ANSWERED
        rings = await modem.calls.dial("06123002")
        assert await rings.answered()
        await rings.send_tones("1#")
        assert await rings.hang_up() is CallOutcome.ANSWERED
        short = await modem.calls.dial("06123020", ring_for=2)  # it would answer after 20 s
        assert await short.ended() is CallOutcome.NO_ANSWER
        endless = await modem.calls.dial("0664123")
        assert endless.state is CallState.DIALLING
        assert await endless.hang_up() is CallOutcome.HUNG_UP
        assert modem.calls.current is None


async def test_a_message_goes_out_while_it_rings(tmp_path: Path) -> None:
    async with opened(tmp_path) as (simulator, modem):
        call = await modem.calls.dial("06123010")
        began = asyncio.get_running_loop().time()
        await modem.sms.send(REPORTED_NUMBER, "Wasser im Keller")
        assert asyncio.get_running_loop().time() - began < 1
        assert len(simulator.submitted) == 1
        assert await call.hang_up() is CallOutcome.HUNG_UP


async def test_somebody_calls(tmp_path: Path) -> None:
    async with opened(tmp_path) as (_, modem):
        await (await modem.calls.dial("199")).ended()
        assert await caller_of(modem) == CALLER
        call = await modem.calls.answer()
        assert call.state is CallState.ACTIVE
        await call.send_tones("42")
        assert await call.hang_up() is CallOutcome.ANSWERED

        await (await modem.calls.dial("199")).ended()
        assert await caller_of(modem) == CALLER
        refused = modem.calls.current
        assert refused is not None
        await modem.calls.reject()
        assert await refused.ended() is CallOutcome.REJECTED

        await (await modem.calls.dial("177")).ended()
        assert await caller_of(modem) == CALLER
        missed = modem.calls.current
        assert missed is not None
        assert await missed.ended() is CallOutcome.NO_ANSWER


async def test_codes_are_answered(tmp_path: Path) -> None:
    """The reply comes before OK."""
    async with opened(tmp_path) as (simulator, modem):
        reply = await modem.ussd.request("*225#")
        assert reply.text.startswith("Thank you, your request is being processed.")
        assert reply.status is UssdStatus.CLOSED
        assert (await modem.ussd.request("response")).text == "Thank you."
        assert await modem.ussd.request("*123#") == UssdReply(text="", status=UssdStatus.NOT_SUPPORTED)
        assert await modem.ussd.request("*999#", wait=2) == UssdReply(text="", status=UssdStatus.TIMEOUT)
        assert simulator.written.decode("ascii").count("AT+CUSD=2\r") == 1
        assert await modem.clock.time() is None  # it has none
