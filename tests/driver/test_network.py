"""Where the modem stands with the network, in all the shapes that modems say it."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

import pytest

from gsm_driver import (
    CommandError,
    LinkLostError,
    LossCause,
    Modem,
    Registration,
    RegistrationStatus,
    Signal,
)
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
            circuit=RegistrationStatus.HOME,
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
async def test_the_domains_are_asked_only_where_the_first_does_not_do() -> None:
    modem, wire = scripted({"AT+CREG?": ok("+CREG: 0,1"), "AT+CEREG?": ok("+CEREG: 0,5,,,7")})
    async with modem:
        await modem.network.registration()
        assert wire.count("AT+CEREG?") == wire.count("AT+CGREG?") == 0
        complete = await modem.network.registration(complete=True)
        assert (complete.circuit, complete.packet, complete.eps) == (
            RegistrationStatus.HOME,
            None,
            RegistrationStatus.ROAMING,
        )
        assert complete.status is RegistrationStatus.HOME


@pytest.mark.parametrize(
    ("packets", "status"),
    [
        ({"AT+CEREG?": ok("+CEREG: 0,1,,,9")}, RegistrationStatus.HOME),
        ({"AT+CGREG?": ok("+CGREG: 0,5")}, RegistrationStatus.ROAMING),
        ({"AT+CEREG?": ok("+CEREG: 0,2"), "AT+CGREG?": ERROR}, RegistrationStatus.SEARCHING),
        ({"AT+CEREG?": ok("+CEREG: nonsense"), "AT+CGREG?": ok("+CGREG: 0,1")}, RegistrationStatus.HOME),
    ],
)
@virtual_time.story
async def test_a_modem_that_knows_no_circuit_switching_is_asked_for_the_rest(
    *, packets: Table, status: RegistrationStatus
) -> None:
    """LTE only: nothing speaks against short messages."""
    modem, _ = scripted(packets)
    async with modem:
        registration = await modem.network.registration()
        assert (registration.status, registration.circuit) == (status, None)


@virtual_time.story
async def test_a_modem_that_tells_nothing_says_so() -> None:
    modem, _ = scripted()
    async with modem:
        with pytest.raises(CommandError):
            await modem.network.registration()


@virtual_time.story
async def test_a_change_is_waited_for() -> None:
    modem, wire = scripted()
    async with modem:
        asyncio.get_running_loop().call_later(5, wire.say, "+CREG: 2")
        assert await modem.network.wait_changed(60)
        assert modem.network.latest is not None
        assert modem.network.latest.status is RegistrationStatus.SEARCHING
        assert not await modem.network.wait_changed(60)


@virtual_time.story
async def test_an_announced_registration_is_remembered_with_the_operator() -> None:
    modem, wire = scripted({"AT+CREG?": ok("+CREG: 2,1"), "AT+COPS?": ok('+COPS: 0,0,"A1",7')})
    async with modem:
        wire.say("+CREG: 2")
        await asyncio.sleep(1)
        searching = RegistrationStatus.SEARCHING
        assert modem.network.latest == Registration(status=searching, circuit=searching)
        await modem.network.registration()
        wire.say('+CREG: 5,"00C3","0031A5F2",7')
        await asyncio.sleep(1)
        assert modem.network.latest == Registration(
            status=RegistrationStatus.ROAMING,
            technology="E-UTRAN",
            operator="A1",
            location_area="00C3",
            cell="0031A5F2",
            circuit=RegistrationStatus.ROAMING,
        )


HOME, DENIED, NOWHERE = (
    RegistrationStatus.HOME,
    RegistrationStatus.DENIED,
    RegistrationStatus.NOT_REGISTERED,
)


@pytest.mark.parametrize(
    ("asked", "announced", "status"),
    [
        # A packet domain says nothing of short messages while the circuit switched one takes them.
        ({"AT+CREG?": ok("+CREG: 2,1")}, ["+CGREG: 0"], HOME),
        ({"AT+CREG?": ok("+CREG: 2,1")}, ["+CEREG: 2", '+CGREG: 3,"5E25","605F",7'], HOME),
        ({"AT+CREG?": ok("+CREG: 2,5")}, ["+CGREG: 1"], RegistrationStatus.ROAMING),
        ({"AT+CREG?": ok("+CREG: 2,1")}, ["+CGREG: 1", "+CREG: 0"], NOWHERE),  # the rest is old, too: ask
        ({"AT+CREG?": ok("+CREG: 2,3")}, ["+CEREG: 1"], RegistrationStatus.DATA_ONLY),
        ({"AT+CREG?": ok("+CREG: 2,3"), "AT+CEREG?": ok("+CEREG: 0,1")}, ["+CEREG: 0"], DENIED),
        ({"AT+CREG?": ok("+CREG: 2,3"), "AT+CEREG?": ok("+CEREG: 0,1")}, ["+CREG: 1"], HOME),
        # One that knows packets only: then they count.
        ({"AT+CEREG?": ok("+CEREG: 0,1")}, ["+CEREG: 0"], NOWHERE),
        ({"AT+CEREG?": ok("+CEREG: 0,1")}, ["+CGREG: 0"], HOME),
        ({"AT+CEREG?": ok("+CEREG: 0,1")}, ["+CEREG: 0", "+CEREG: 1"], HOME),
    ],
)
@virtual_time.story
async def test_what_one_domain_announces_is_joined_with_the_others(
    *, asked: Table, announced: list[str], status: RegistrationStatus
) -> None:
    modem, wire = scripted(asked)
    async with modem:
        await modem.network.registration()
        wire.say(*announced)
        await asyncio.sleep(1)
        assert modem.network.latest is not None
        assert modem.network.latest.status is status


@virtual_time.story
async def test_a_packet_domain_alone_says_nothing_before_anybody_asked() -> None:
    modem, wire = scripted({"AT+CREG?": ok("+CREG: 2,1")})
    async with modem:
        wire.say("+CGREG: 0")
        await asyncio.sleep(1)
        assert modem.network.latest is None


@virtual_time.story
async def test_an_operator_stays_known_while_a_packet_domain_changes() -> None:
    modem, wire = scripted(
        {"AT+CREG?": ok('+CREG: 2,1,"5E25","605F",2'), "AT+COPS?": ok('+COPS: 0,0,"A1",2')}
    )
    async with modem:
        before = await modem.network.registration()
        wire.say("+CGREG: 0")
        await asyncio.sleep(1)
        assert modem.network.latest == dataclasses.replace(before, packet=NOWHERE)


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


@virtual_time.story
async def test_the_levels_of_all_technologies_where_they_are_wanted() -> None:
    modem, wire = scripted({"AT+CSQ": ok("+CSQ: 20,99"), "AT+CESQ": ok("+CESQ: 99,99,255,255,20,51")})
    async with modem:
        assert await modem.network.signal() == Signal(dbm=-73, bit_error_rate=None)
        assert wire.count("AT+CESQ") == 0
        assert await modem.network.signal(quality=True) == Signal(
            dbm=-73, bit_error_rate=None, rsrp=-90, rsrq=-10.0
        )


@pytest.mark.parametrize(
    ("answer", "signal"),
    [
        ("+CESQ: 99,99,255,255,20,51", Signal(dbm=-90, bit_error_rate=None, rsrp=-90, rsrq=-10.0)),
        ("+CESQ: 99,99,40,30,255,255", Signal(dbm=-81, bit_error_rate=None, rscp=-81)),
        ("+CESQ: 30,0,255,255,255,255", Signal(dbm=-81, bit_error_rate=None)),
        ("+CESQ: 99,99,255,255,255,255", Signal(dbm=None, bit_error_rate=None)),
        ("+CESQ: 99,99,255,255,0,0,130,40,60", Signal(dbm=-141, bit_error_rate=None, rsrp=-141, rsrq=-20.0)),
        ("+CESQ: 99,99", Signal(dbm=None, bit_error_rate=None)),
    ],
)
@virtual_time.story
async def test_where_csq_does_not_know_the_serving_technology_does(*, answer: str, signal: Signal) -> None:
    modem, _ = scripted({"AT+CSQ": ok("+CSQ: 99,99"), "AT+CESQ": ok(answer)})
    async with modem:
        assert await modem.network.signal() == signal


@virtual_time.story
async def test_a_modem_without_quality_is_asked_once() -> None:
    modem, wire = scripted({"AT+CSQ": ok("+CSQ: 99,99")})
    async with modem:
        for _ in range(3):
            assert (await modem.network.signal(quality=True)).dbm is None
        assert wire.count("AT+CESQ") == 1


@pytest.mark.parametrize(
    ("answers", "written"),
    [
        ({"AT+CFUN=4": ok(), "AT+CFUN=1": ok()}, ["AT+CFUN=4", "AT+CFUN=1"]),
        ({"AT+CFUN=0": ok(), "AT+CFUN=1": ok()}, ["AT+CFUN=4", "AT+CFUN=0", "AT+CFUN=1"]),
        ({}, ["AT+CFUN=4", "AT+CFUN=0"]),
    ],
)
@virtual_time.story
async def test_the_radio_is_switched_off_and_on(*, answers: Table, written: list[str]) -> None:
    modem, wire = scripted(answers)
    async with modem:
        await modem.cycle_radio()
        assert [line for line in wire.written if line.startswith("AT+CFUN=")] == written
        assert wire.written[-1] == "AT+CNMI=2,1,0,1,0"  # it may have been forgotten


@virtual_time.story
async def test_a_radio_is_never_left_off() -> None:
    modem, wire = scripted({"AT+CFUN=4": ok(), "AT+CFUN=1": ok()})
    async with modem:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await modem.cycle_radio()
        assert wire.count("AT+CFUN=1") == 1


@virtual_time.story
async def test_a_pin_that_is_asked_for_again_is_entered_again() -> None:
    states = [ok("+CPIN: READY"), *[ok("+CPIN: SIM PIN")] * 2, ok("+CPIN: READY")]
    answers = {"AT+CPIN?": states, "AT+CFUN=4": ok(), "AT+CFUN=1": ok(), "AT+CPIN=*": ok()}
    modem, wire = scripted(answers, pin="1234")
    async with modem:
        await modem.cycle_radio()
        assert wire.count('AT+CPIN="1234"') == 1


@virtual_time.story
async def test_a_reset_ends_this_modem_and_says_why() -> None:
    modem, wire = scripted({"AT+CFUN=1,1": ok()})
    async with modem:
        await modem.reset()
        with pytest.raises(LinkLostError, match="restarted") as caught:
            async for _ in modem.events():
                pass
        assert caught.value.cause is LossCause.RESTARTED
    assert wire.count("AT+CFUN=1,1") == 1


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
