"""Opening a modem: what is asked, what is tolerated, how it ends."""

from __future__ import annotations

import asyncio

import pytest

from gsm_driver import (
    LateAcceptance,
    LinkLostError,
    Modem,
    ModemIdentity,
    NotAModemError,
    PortUnavailableError,
    ReceivedSms,
    SendUnknownError,
    UnknownUrc,
    UsageError,
)
from gsm_driver.simulator import PROFILES, LoopScheduler, Simulator, create_simulator, register_simulator
from tests import virtual_time
from tests.driver.scripted_modem import SILENCE, ScriptedModem, ok, scripted

NUMBER = "+436601234567"


@virtual_time.story
async def test_opening_asks_each_thing_once() -> None:
    modem, wire = scripted()
    async with modem:
        assert wire.written == [
            *("AT", "AT+CMEE?", "ATE0", "AT+CMEE=1"),
            *("AT+CGMI", "AT+CGMM", "AT+CGMR", "AT+CGSN"),
            *("AT+CPIN?", "AT+CFUN?", "AT+CSCA?", "AT+CMGF=0", "AT+CSMS=0"),
            *("AT+CPMS=?", 'AT+CPMS="SM","SM","SM"'),
            *("AT+CNMI=?", "AT+CNMI=2,1,0,1,0", "AT+CREG=2", "AT+COPS=3,0", "AT+CNMI?", "AT+CMEE?"),
            *("AT+CLIP=1", "AT+CTZR=1"),
        ]
        assert modem.identity == ModemIdentity(
            manufacturer="Maker", model="Model 1", firmware="Firmware 2", imei="356938035643809"
        )
        assert modem.identity.imei_tail == "3809"


@virtual_time.story
async def test_a_modem_that_refuses_everything_but_a_ready_sim_opens() -> None:
    """ofono-phonesim answers ERROR to AT itself."""
    wire = ScriptedModem({"AT+CMGF?": ok("+CMGF: 0"), "AT+CPIN?": ok("+CPIN: READY")})
    async with Modem("scripted", connect=wire.connect) as modem:
        assert modem.identity == ModemIdentity(manufacturer="", model="", firmware="", imei="")


@pytest.mark.parametrize("lost", [1, 2, 3])
@virtual_time.story
async def test_a_modem_that_sleeps_is_woken(lost: int) -> None:
    modem, wire = scripted(
        {"AT": [SILENCE, ok()], "AT+CMEE?": [*[SILENCE] * min(lost - 1, 1), ok("+CMEE: 0")]}
    )
    wire.answers["AT+CMGF?"] = [*[SILENCE] * (lost - 1), ok("+CMGF: 0")]
    wire.answers["ATQ0V1E0"] = ok()
    wire.answers["AT+CSMS?"] = ok("+CSMS: 0,1,1,1")
    async with modem:
        assert modem.identity.manufacturer == "Maker"


@virtual_time.story
async def test_an_answer_to_a_dead_program_is_not_taken_for_ours() -> None:
    """The last owner died after Ctrl-Z: its +CMGS and OK come while we say hello."""
    modem, wire = scripted()
    wire.answers["AT"] = b"\r\n+CMGS: 77\r\n\r\nOK\r\n\r\nOK\r\n"
    async with modem:
        assert modem.identity.manufacturer == "Maker"
        assert modem.identity.imei == "356938035643809"


@virtual_time.story
async def test_a_prompt_left_open_by_a_dead_program_is_left_with_escape() -> None:
    simulator = create_simulator("stuck")
    first = await Modem("simulator://stuck")._connect("simulator://stuck", 115200)
    first._line.write(b"AT+CMGS=20\r", "")
    await asyncio.sleep(1)
    await first.close()
    async with Modem("simulator://stuck") as modem:
        await modem.sms.send(NUMBER, "after all")
    assert simulator.network.phone(NUMBER).texts == ["after all"]


@virtual_time.story
async def test_silence_is_no_modem() -> None:
    wire = ScriptedModem(dict.fromkeys(("AT*",), SILENCE))
    with pytest.raises(NotAModemError, match="nobody answers"):
        await Modem("scripted", connect=wire.connect).open()
    assert asyncio.get_running_loop().time() - virtual_time.START < 30


@virtual_time.story
async def test_a_loopback_plug_is_no_modem() -> None:
    """A device that echoes everything and answers nothing."""
    wire = ScriptedModem({"AT*": lambda text: f"{text}\r".encode()})
    with pytest.raises(NotAModemError):
        await Modem("scripted", connect=wire.connect).open()


@virtual_time.story
async def test_a_missing_port_is_told_in_words() -> None:
    with pytest.raises(PortUnavailableError, match="does not exist"):
        await Modem("/dev/does-not-exist").open()


@virtual_time.story
async def test_a_modem_is_opened_once_and_used_open() -> None:
    modem, _ = scripted()
    with pytest.raises(UsageError, match="not open"):
        _ = modem.sms
    with pytest.raises(UsageError, match="not open"):
        await modem.wait_lost()
    async with modem:
        with pytest.raises(UsageError, match="once"):
            await modem.open()
    with pytest.raises(UsageError, match="once"):
        await modem.open()


@virtual_time.story
async def test_events_end_with_close() -> None:
    modem, _ = scripted()
    async with modem:
        pass
    assert [event async for event in modem.events()] == []
    assert await modem.wait_lost() == "closed"
    await modem.close()


@virtual_time.story
async def test_events_raise_when_the_line_is_lost() -> None:
    modem, wire = scripted()
    async with modem:
        asyncio.get_running_loop().call_later(5, wire.unplug)
        with pytest.raises(LinkLostError, match="unplugged"):
            async for _ in modem.events():
                pass
        assert await modem.wait_lost() == "unplugged"


@pytest.mark.parametrize(
    ("line", "reason"),
    [("RDY", "restarted"), ("^SYSSTART", "restarted"), ("NORMAL POWER DOWN", "switched itself off")],
)
@virtual_time.story
async def test_a_restart_of_the_modem_ends_it(line: str, reason: str) -> None:
    """All settings are lost with it (quirks 5.3)."""
    modem, wire = scripted()
    async with modem:
        wire.say(line)
        with pytest.raises(LinkLostError, match=reason):
            async for _ in modem.events():
                pass
        assert reason in await modem.wait_lost()


@virtual_time.story
async def test_a_restart_while_opening_is_told_as_such() -> None:
    modem, _ = scripted({"AT+CGMI": b"\r\nRDY\r\n"})
    with pytest.raises(LinkLostError, match="restarted"):
        await modem.open()


@virtual_time.story
async def test_a_restart_before_the_first_answer_is_old_news() -> None:
    modem, _ = scripted({"AT": b"\r\nRDY\r\n\r\nOK\r\n"})
    async with modem:
        assert modem.identity.model == "Model 1"


@virtual_time.story
async def test_a_frozen_modem_is_noticed() -> None:
    """It neither answers nor goes away: the next sweep finds out."""
    modem, wire = scripted()
    async with modem:
        await asyncio.sleep(1)
        wire.answers = {"AT*": SILENCE}
        with pytest.raises(LinkLostError, match="does not answer any more"):
            async for _ in modem.events():
                pass
        assert asyncio.get_running_loop().time() - virtual_time.START < 60 + 30 + 30


@virtual_time.story
async def test_a_modem_that_is_deaf_for_a_while_is_kept() -> None:
    modem, wire = scripted()
    async with modem:
        await asyncio.sleep(1)
        answers, wire.answers = wire.answers, {"AT*": SILENCE}
        asyncio.get_running_loop().call_later(59 + 10, setattr, wire, "answers", answers)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(200):
                await modem.wait_lost()
        await modem.sms.send(NUMBER, "still here")


@virtual_time.story
async def test_an_unknown_urc_is_an_event() -> None:
    modem, wire = scripted()
    async with modem:
        wire.say("+NEVERSEEN: 1,2")
        assert await anext(modem.events()) == UnknownUrc(line="+NEVERSEEN: 1,2")


@virtual_time.story
async def test_a_report_that_comes_while_the_modem_is_set_up_is_kept() -> None:
    """It cannot be read again: +CDS is all there is of it."""
    report = "07914366040005010607" + "0C91346610325476" + "62111221000000" * 2 + "00"
    cds = f"\r\n+CDS: 25\r\n{report}\r\n".encode()
    modem, _ = scripted({"AT+CSCA?": cds + ok('+CSCA: "+43664000501",145')})
    async with modem:
        event = await anext(modem.events())
        assert event.message_reference == 7


@virtual_time.story
async def test_a_defect_in_the_driver_ends_the_modem_loudly(caplog: pytest.LogCaptureFixture) -> None:
    """A task that dies must not leave a deaf modem behind."""
    modem, wire = scripted()
    async with modem:
        modem.inbox._decoder = None
        wire.answers["AT+CMGL=4"] = ok("+CMGL: 1,0,,1", "00")
        with pytest.raises(LinkLostError, match="defect"):
            async for _ in modem.events():
                pass
    assert "defect" in caplog.text


@pytest.mark.parametrize("family", PROFILES)
@virtual_time.story
async def test_every_family_sends_and_receives(family: str) -> None:
    simulator = Simulator(LoopScheduler(), name=family, profile=PROFILES[family])
    register_simulator(simulator)
    simulator.network.add_phone(NUMBER)
    await asyncio.sleep(20)  # it boots
    async with Modem(f"simulator://{family}") as modem:
        receipt = await modem.sms.send(NUMBER, "Wasser im Keller € " * 12)
        assert len(receipt.segments) == 2
        reported = receipt.message_references if PROFILES[family].cnmi[3] != {0} else ()  # some give none
        simulator.network.deliver_sms(NUMBER, "OK 4711")
        seen = []
        async with asyncio.timeout(130):
            async for event in modem.events():
                if not hasattr(event, "slots"):
                    continue
                seen.append(event)
                await modem.inbox.accept(event)
                if len(seen) == 1 + len(reported):
                    break
        assert [event.text for event in seen if isinstance(event, ReceivedSms)] == ["OK 4711"]
        reports = {event.message_reference for event in seen if not isinstance(event, ReceivedSms)}
        assert reports == set(reported)
    assert len(simulator.network.phone(NUMBER).texts) == 1
    assert simulator.network.waiting == 0


@virtual_time.story
async def test_urcs_that_were_dropped_lead_to_a_look() -> None:
    """More than 64 KiB of rubbish in a line: what it hid must be asked for."""
    modem, wire = scripted()
    async with modem:
        await asyncio.sleep(5)
        before = wire.count("AT+CMGL=4")
        wire.send(b"x" * 200_000 + b"\r\n")
        await asyncio.sleep(1)
        assert wire.count("AT+CMGL=4") == before + 1


@virtual_time.story
async def test_an_empty_identity_is_tolerated() -> None:
    modem, _ = scripted({"AT+CGMI": ok(), "AT+CSCA?": ok()})
    async with modem:
        assert modem.identity.manufacturer == ""
        assert modem.sms.has_service_centre is None


@virtual_time.story
async def test_closing_lets_go_of_the_port_also_when_it_is_cancelled() -> None:
    """In the middle of hanging up a call that the modem does not let go of."""
    modem, wire = scripted({"ATD*": ok(), "AT+CHUP": SILENCE, "AT+CLCC": ok("+CLCC: 1,0,0,0,0")})
    await modem.open()
    await modem.calls.dial(NUMBER)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await modem.close()
    assert not wire.is_open
    await asyncio.sleep(1)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    with pytest.raises(LinkLostError):
        await modem.network.registration()


@virtual_time.story
async def test_a_late_acceptance_is_told_however_much_the_modem_chatters() -> None:
    modem, wire = scripted({"Ctrl-Z": [SILENCE, ok("+CMGS: 3")]})
    async with modem:
        with pytest.raises(SendUnknownError):
            await modem.sms.send(NUMBER, "x")
        for number in range(300):
            wire.say(f"+FOO: {number}")
        await asyncio.sleep(1)
        wire.say("+CMGS: 7", "OK")
        async with asyncio.timeout(10):
            async for event in modem.events():
                if isinstance(event, LateAcceptance):
                    break
