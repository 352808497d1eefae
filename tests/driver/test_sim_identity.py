"""Whose SIM it is, in the shapes of all families; and where its messages go, the SMSC."""

from __future__ import annotations

import pytest

from gsm_driver import CommandError, Modem, SendRejectedError, SimIdentity, UsageError
from gsm_driver.simulator import create_simulator
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, cms, ok, scripted

NUMBER = "+436601234567"


@virtual_time.story
async def test_the_card_says_who_it_is_and_nobody_logs_it() -> None:
    create_simulator("m")
    async with Modem("simulator://m") as modem:
        identity = await modem.sim.identity()
    assert identity == SimIdentity(
        iccid="8943010000000000017", imsi="232010000000001", numbers=("+43660000001",)
    )
    assert identity.home_network == "23201"
    assert repr(identity) == "SimIdentity()"


@pytest.mark.parametrize(
    ("manufacturer", "model", "command", "answer"),
    [
        ("Maker", "Model", "AT+CCID", "+CCID: 8943010000000000017"),
        ("Maker", "Model", "AT+CCID", '+CCID: "8943010000000000017"'),
        ("Maker", "Model", "AT+CCID", "8943010000000000017F"),
        ("SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H", "AT+CICCID", "+ICCID: 8943010000000000017"),
        ("Quectel", "EC25", "AT+QCCID", "+QCCID: 8943010000000000017F"),
        ("huawei", "E3372", "AT^ICCID?", "^ICCID: 8943010000000000017"),
        ("ZTE", "MF190", "AT+ZGETICCID", "+ZGETICCID: 8943010000000000017"),
        ("Sierra Wireless", "MC7455", "AT!ICCID?", "!ICCID: 8943010000000000017"),
        ("Telit", "LE910C1-EU", "AT#CCID", "#CCID: 8943010000000000017"),
        ("Cinterion", "MC75i", "AT^SCID", "^SCID: 8943010000000000017"),
    ],
)
@virtual_time.story
async def test_the_number_of_the_card(*, manufacturer: str, model: str, command: str, answer: str) -> None:
    modem, _ = scripted({"AT+CGMI": ok(manufacturer), "AT+CGMM": ok(model), command: ok(answer)})
    async with modem:
        assert await modem.sim.iccid() == "8943010000000000017"


@virtual_time.story
async def test_a_card_that_keeps_all_to_itself() -> None:
    modem, _ = scripted({"AT+CNUM": ERROR, "AT+CIMI": ok("no digits")})
    async with modem:
        identity = await modem.sim.identity()
    assert identity == SimIdentity(iccid="", imsi="", numbers=())
    assert identity.home_network == ""


# --- SMSC ---


@virtual_time.story
async def test_the_service_centre_is_read_and_set() -> None:
    create_simulator("m")
    async with Modem("simulator://m") as modem:
        assert await modem.sms.service_centre() == "+43664000501"
        await modem.sms.set_service_centre("+43664000502")
        assert await modem.sms.service_centre() == "+43664000502"


@virtual_time.story
async def test_what_was_set_is_put_back_when_the_modem_loses_it() -> None:
    """AT+CSMP of another program clears it on Qualcomm and ZTE."""
    modem, wire = scripted(
        {
            'AT+CSCA="0664000502",129': ok(),
            "Ctrl-Z": [cms(330), ok("+CMGS: 7")],
        }
    )
    async with modem:
        await modem.sms.set_service_centre("0664000502")
        assert (await modem.sms.send(NUMBER, "x")).message_references == (7,)
    assert wire.count('AT+CSCA="0664000502",129') == 2


@virtual_time.story
async def test_what_was_there_at_the_start_is_put_back_otherwise() -> None:
    modem, wire = scripted({'AT+CSCA="+43664000501",145': ok(), "Ctrl-Z": [cms(330), ok("+CMGS: 7")]})
    async with modem:
        await modem.sms.send(NUMBER, "x")
    assert wire.count('AT+CSCA="+43664000501",145') == 1


@virtual_time.story
async def test_what_cannot_be_set_is_not_kept() -> None:
    modem, wire = scripted({"Ctrl-Z": cms(330)})
    async with modem:
        with pytest.raises(UsageError, match="digits"):
            await modem.sms.set_service_centre("mobilkom")
        with pytest.raises(CommandError):
            await modem.sms.set_service_centre("+43664000502")
        with pytest.raises(SendRejectedError):
            await modem.sms.send(NUMBER, "x")
    assert wire.count('AT+CSCA="+43664000502",145') == 1
