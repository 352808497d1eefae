"""Quirks of starting, of the SIM, of the network, and of what is inside a PDU (quirks 5.7, 5.9, 5.11)."""

from __future__ import annotations

import asyncio

import pytest

from gsm_driver import Modem, ReceivedSms, RegistrationStatus
from gsm_driver.families import PROFILES
from gsm_driver.profile import GENERIC, ModemProfile
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, PLAIN, ScriptedModem, cme, cms, ok, scripted

NUMBER = "+436601234567"
LOCKED = ok("+CPIN: SIM PIN")
READY = ok("+CPIN: READY")


# --- 5.11: PIN and boot ---


@pytest.mark.parametrize("profile", [GENERIC, *PROFILES], ids=lambda profile: profile.name)
@virtual_time.story
async def test_after_the_pin_the_sim_is_left_in_peace(profile: ModemProfile) -> None:
    """Huawei restarts if it is hurried; 3 s for most, 8 s for Sierra AC881."""
    entered: list[float] = []
    asked: list[float] = []

    def enter(_text: str) -> bytes:
        entered.append(asyncio.get_running_loop().time())
        return ok()

    def ask(_text: str) -> bytes:
        if not entered:
            return LOCKED
        asked.append(asyncio.get_running_loop().time())
        return READY

    wire = ScriptedModem(PLAIN, {"AT+CPIN?": ask, "AT+CPIN=*": enter})
    async with Modem("scripted", connect=wire.connect, pin="1234", profile=profile):
        assert asked[0] - entered[0] >= max(3.0, profile.pin_settle_time)


@pytest.mark.parametrize("seconds", [1, 3, 8, 30])
@virtual_time.story
async def test_after_the_pin_the_modem_may_be_busy_for_long(seconds: int) -> None:
    """SIM busy to CPIN?, then to CSCA: the set-up waits instead of going without."""
    modem, wire = scripted(
        {
            "AT+CPIN?": [LOCKED, LOCKED, *[cme(14)] * seconds, READY],
            "AT+CPIN=*": ok(),
            "AT+CSCA?": [*[cms(314)] * seconds, ok('+CSCA: "+43664000501",145')],
        },
        pin="1234",
    )
    async with modem:
        assert modem.sms.has_service_centre
        assert wire.count('AT+CPIN="1234"') == 1


@virtual_time.story
async def test_ready_alone_is_not_ready_for_messages() -> None:
    """+CPIN: READY, and only after SMS Ready the memories can be used."""
    modem, wire = scripted({'AT+CPMS="SM","SM","SM"': [*[cms(314)] * 6, ok("+CPMS: 0,10,0,10,0,10")]})
    asyncio.get_running_loop().call_later(6, wire.say, "SMS Ready")
    async with modem:
        assert wire.count('AT+CPMS="SM","SM","SM"') == 7
        await modem.sms.send(NUMBER, "x")


@pytest.mark.parametrize("refusal", [cme(23), ERROR, b"\r\n+CME ERROR: memory failure\r\n"])
@virtual_time.story
async def test_a_modem_that_has_lost_its_imei_is_used(refusal: bytes) -> None:
    """Huawei E153 (bg111/asterisk-chan-dongle#213)."""
    modem, _ = scripted({"AT+CGSN": refusal})
    async with modem:
        assert modem.identity.imei == ""
        await modem.sms.send(NUMBER, "x")


# --- 5.9: the network ---


@virtual_time.story
async def test_the_name_of_the_operator_proves_nothing() -> None:
    """Sierra forum: +COPS: 0,0,"Verizon",7 together with +CREG: 0,3."""
    modem, _ = scripted({"AT+CREG?": ok("+CREG: 0,3"), "AT+COPS?": ok('+COPS: 0,0,"Verizon",7')})
    async with modem:
        registration = await modem.network.registration()
        assert registration.operator == "Verizon"
        assert registration.status is RegistrationStatus.DENIED
        assert not registration.status.can_send_sms


# --- 5.7: segments ---

ADDRESS = "0C91346610325476"
HEAD = "00" + "44" + ADDRESS + "00" + "08" + "62111221000000"


def part(header: str, text: str) -> str:
    """A SMS-DELIVER in UCS2 with this user data header; written by hand (23.040 clause 9.2.3.24)."""
    data = f"{len(header) // 2:02X}{header}" + text.encode("utf-16-be").hex().upper()
    return f"{HEAD}{len(data) // 2:02X}{data}"


@pytest.mark.parametrize(
    "headers",
    [
        ("0003" + "00" + "02" + "01", "0003" + "00" + "02" + "02"),  # 8 bit, reference 0: legal
        ("0804" + "0000" + "02" + "01", "0804" + "0000" + "02" + "02"),  # 16 bit
        ("0804" + "1234" + "02" + "01", "0804" + "1234" + "02" + "02"),
    ],
)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@virtual_time.story
async def test_parts_are_joined_in_any_order_and_seconds_apart(
    headers: tuple[str, str], order: tuple[int, int]
) -> None:
    """chan-quectel#11: out of order; serialport-gsm#111: 10 s apart."""
    parts = [part(header, text) for header, text in zip(headers, ("Wasser ", "im Keller"), strict=True)]
    modem, wire = scripted()
    async with modem:
        for place, index in enumerate(order):
            pdu = parts[index]
            wire.answers[f"AT+CMGR={place}"] = ok(f"+CMGR: 0,,{len(pdu) // 2 - 1}\r\n{pdu}")
            wire.say(f'+CMTI: "SM",{place}')
            await asyncio.sleep(10)
        message = await anext(modem.events())
    assert isinstance(message, ReceivedSms)
    assert (message.text, message.missing) == ("Wasser im Keller", 0)


@virtual_time.story
async def test_a_part_that_never_comes_blocks_nothing_for_good() -> None:
    """Marked as partial after 600 s, as gammu does; until then it waits on the SIM."""
    pdu = part("0003" + "07" + "02" + "02", "im Keller")
    modem, wire = scripted({"AT+CMGR=1": ok(f"+CMGR: 0,,{len(pdu) // 2 - 1}\r\n{pdu}")})
    wire.answers["AT+CMGL=4"] = ok(f"+CMGL: 1,0,,{len(pdu) // 2 - 1}\r\n{pdu}")
    async with modem:
        before = asyncio.get_running_loop().time()
        message = await anext(modem.events())
        assert 600 <= asyncio.get_running_loop().time() - before < 700
        assert (message.text, message.segments, message.missing) == ("[…]im Keller", 2, 1)
        assert not any(line.startswith("AT+CMGD") for line in wire.written)
