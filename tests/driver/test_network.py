"""Where the modem stands with the network, in all the shapes that modems say it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gsm_driver import Modem, Registration, RegistrationStatus, Signal
from gsm_driver.simulator import create_simulator
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, ok, scripted

if TYPE_CHECKING:
    from tests.driver.scripted_modem import Table


@virtual_time.story
async def test_registration_with_operator_and_cell() -> None:
    modem, _ = scripted({"AT+CREG?": ok('+CREG: 2,1,"5E25","605F",2'), "AT+COPS?": ok('+COPS: 0,0,"A1",2')})
    async with modem:
        assert modem.network.latest is None
        registration = await modem.network.registration()
        assert registration == Registration(
            status=RegistrationStatus.HOME,
            technology="UTRAN",
            operator="A1",
            location_area="5E25",
            cell="605F",
        )
        assert registration.status.can_send_sms
        assert modem.network.latest == registration


@pytest.mark.parametrize(
    ("stat", "packet", "status", "can_send"),
    [
        (0, {}, RegistrationStatus.NOT_REGISTERED, False),
        (
            2,
            {"AT+CEREG?": ok("+CEREG: 0,2"), "AT+CGREG?": ok("+CGREG: 0,0")},
            RegistrationStatus.SEARCHING,
            False,
        ),
        (3, {}, RegistrationStatus.DENIED, False),
        (3, {"AT+CEREG?": ok("+CEREG: 0,1")}, RegistrationStatus.DATA_ONLY, False),
        (3, {"AT+CGREG?": ok("+CGREG: 0,5")}, RegistrationStatus.DATA_ONLY, False),
        (5, {}, RegistrationStatus.ROAMING, True),
        (6, {}, RegistrationStatus.SMS_ONLY_HOME, True),
        (7, {}, RegistrationStatus.SMS_ONLY_ROAMING, True),
    ],
)
@virtual_time.story
async def test_data_only_is_told_apart_from_denied(
    *, stat: int, packet: Table, status: RegistrationStatus, can_send: bool
) -> None:
    """CREG=3 with CEREG=1: the operator name proves nothing, SMS needs IMS (quirks 5.9)."""
    modem, _ = scripted({"AT+CREG?": ok(f"+CREG: 0,{stat}")}, packet)
    async with modem:
        registration = await modem.network.registration()
        assert (registration.status, registration.status.can_send_sms) == (status, can_send)
        assert registration.operator is None


@virtual_time.story
async def test_an_announced_registration_is_remembered_with_the_operator() -> None:
    modem, wire = scripted({"AT+CREG?": ok("+CREG: 2,1"), "AT+COPS?": ok('+COPS: 0,0,"A1",7')})
    async with modem:
        wire.say("+CREG: 2")
        await asyncio.sleep(1)
        assert modem.network.latest == Registration(status=RegistrationStatus.SEARCHING)
        await modem.network.registration()
        wire.say('+CREG: 5,"00C3","0031A5F2",7')
        await asyncio.sleep(1)
        assert modem.network.latest == Registration(
            status=RegistrationStatus.ROAMING,
            technology="E-UTRAN",
            operator="A1",
            location_area="00C3",
            cell="0031A5F2",
        )


@pytest.mark.parametrize(
    ("answer", "signal"),
    [
        ("+CSQ: 20,0", Signal(dbm=-73, bit_error_rate=0)),
        ("+CSQ: 99,99", Signal(dbm=None, bit_error_rate=None)),
        ("+csq: 18,99", Signal(dbm=-77, bit_error_rate=None)),
    ],
)
@virtual_time.story
async def test_signal(answer: str, signal: Signal) -> None:
    """99 is unknown, not zero; Sierra writes in lower case."""
    modem, _ = scripted({"AT+CSQ": ok(answer)})
    async with modem:
        assert await modem.network.signal() == signal


@pytest.mark.parametrize(("answer", "name"), [('+COPS: 0,0,"A1"', "A1"), ("+COPS: 0", None)])
@virtual_time.story
async def test_operator(answer: str, name: str | None) -> None:
    modem, _ = scripted({"AT+COPS?": ok(answer)})
    async with modem:
        assert await modem.network.operator() == name


@virtual_time.story
async def test_a_modem_that_announces_no_cells_announces_changes() -> None:
    modem, wire = scripted({"AT+CREG=2": ERROR, "AT+CREG=1": ok()})
    async with modem:
        assert wire.count("AT+CREG=1") == 1


@pytest.mark.parametrize("answer", [ok("+CFUN: 4"), ok("+CFUN: 0")])
@virtual_time.story
async def test_a_radio_that_is_off_is_switched_on(answer: bytes) -> None:
    modem, wire = scripted({"AT+CFUN?": answer, "AT+CFUN=1": ok()})
    async with modem:
        assert wire.count("AT+CFUN=1") == 1


@pytest.mark.parametrize("answer", [ok("+CFUN: 1"), ok("+CFUN: (0,1)"), ERROR])
@virtual_time.story
async def test_a_radio_that_is_on_or_will_not_say_is_left_alone(answer: bytes) -> None:
    modem, wire = scripted({"AT+CFUN?": answer})
    async with modem:
        assert wire.count("AT+CFUN=1") == 0


@virtual_time.story
async def test_losing_the_network_is_seen() -> None:
    simulator = create_simulator("m")
    async with Modem("simulator://m") as modem:
        assert (await modem.network.registration()).status is RegistrationStatus.HOME
        assert await modem.network.operator() == "Simulated"
        simulator.modem.radio.status = RegistrationStatus.DENIED
        assert (await modem.network.registration()).status is RegistrationStatus.DATA_ONLY
