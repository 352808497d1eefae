"""What no error and no URC tells: a modem that forgot its settings, or restarted silently."""

from __future__ import annotations

import asyncio

import pytest

from gsm_driver import LinkLostError
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, SILENCE, ok, scripted

ARMED = ok("+CNMI: 2,1,0,1,0")
FORGOTTEN = ok("+CNMI: 0,0,0,0,0")


@virtual_time.story
async def test_a_modem_that_knows_its_settings_is_asked_once_a_sweep() -> None:
    modem, wire = scripted()
    async with modem:
        await asyncio.sleep(190)
        assert wire.count("AT+CNMI?") == 1 + 3
        assert wire.count("AT+CNMI=2,1,0,1,0") == 1


@virtual_time.story
async def test_what_was_forgotten_is_set_again() -> None:
    """E3372h after a call."""
    modem, wire = scripted({"AT+CNMI?": [ARMED, FORGOTTEN, ARMED]})
    async with modem:
        await asyncio.sleep(130)
        assert wire.count("AT+CNMI=2,1,0,1,0") == 2


@virtual_time.story
async def test_a_modem_that_forgot_everything_has_restarted() -> None:
    modem, _ = scripted(
        {
            "AT+CNMI?": [ARMED, FORGOTTEN],
            "AT+CMEE?": [ok("+CMEE: 0"), ok("+CMEE: 1"), ok("+CMEE: 0")],
        }
    )
    async with modem:
        with pytest.raises(LinkLostError, match="restarted"):
            async for _ in modem.events():
                pass
    assert asyncio.get_running_loop().time() - virtual_time.START == pytest.approx(60)


@pytest.mark.parametrize("answer", [ERROR, ok(), ok("+CNMI: 2,1,0,0,0")])
@virtual_time.story
async def test_a_modem_that_describes_its_settings_in_its_own_way_is_believed(answer: bytes) -> None:
    modem, wire = scripted({"AT+CNMI?": answer})
    async with modem:
        await asyncio.sleep(130)
        assert wire.count("AT+CNMI=2,1,0,1,0") == 1


@virtual_time.story
async def test_a_modem_that_took_no_announcements_is_not_asked_to_take_them_again() -> None:
    modem, wire = scripted({"AT+CNMI=*": ERROR, "AT+CNMI=2,1,0,1,0": ERROR, "AT+CNMI?": [FORGOTTEN, ARMED]})
    async with modem:
        tried = [line for line in wire.written if line.startswith("AT+CNMI=")]
        await asyncio.sleep(130)
        assert [line for line in wire.written if line.startswith("AT+CNMI=")] == tried


@virtual_time.story
async def test_a_short_silence_is_survived() -> None:
    modem, wire = scripted({"AT+CNMI?": [ARMED, SILENCE, ARMED]})
    async with modem:
        await asyncio.sleep(130)
        assert wire.count("AT+CMGL=4") >= 2
