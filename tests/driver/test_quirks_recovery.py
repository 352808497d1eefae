"""Quirks of a modem in trouble: what is written, and when, to it and to the network (quirks 5.9, 5.13)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gsm_driver import (
    GENERIC,
    LinkChanged,
    Modem,
    ModemSupervisor,
    RecoveryMeans,
    RecoveryRung,
    RecoveryStep,
    RegistrationStatus,
)
from gsm_driver.network_keeper import SILENCE_PAUSE
from gsm_driver.recovery import Rescuer
from gsm_driver.registration_watch import ASK_INTERVAL
from gsm_driver.simulator import LoopScheduler, Simulator, register_simulator
from tests import virtual_time
from tests.driver.scripted_modem import ERROR, PLAIN, SILENCE, ScriptedModem, ok, scripted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from gsm_driver import ModemEvent
    from gsm_driver.link import Link
    from gsm_driver.modem import Connect
    from gsm_driver.supervisor import ModemOpener

NUMBER = "+436601234567"
RUNG = RecoveryRung


def now() -> float:
    return asyncio.get_running_loop().time()


def opener(connect: Connect, **options: float) -> ModemOpener:
    """Of a supervisor: each life has a line of this kind."""

    async def open_modem() -> Modem:
        modem = Modem("scripted", connect=connect, **options)
        await modem.open()
        return modem

    return open_modem


async def steps_of(events: AsyncIterator[ModemEvent]) -> list[RecoveryRung]:
    """The rungs that are told until nothing is for two minutes."""
    rungs: list[RecoveryRung] = []
    try:
        while True:
            async with asyncio.timeout(120):
                event = await anext(events)
            rungs += [event.rung] if isinstance(event, RecoveryStep) else []
    except TimeoutError:
        return rungs


# --- Rungs 0 and 1 ---


class StuckModem(ScriptedModem):
    """Takes all that it hears for the text of a message, until ESC."""

    def fall_into_a_prompt(self) -> None:
        self._is_at_prompt = True


@virtual_time.story
async def test_three_times_at_then_escape_before_the_port_is_closed() -> None:
    wire = StuckModem(PLAIN)
    async with Modem("scripted", connect=wire.connect) as modem:
        await asyncio.sleep(5)
        wire.fall_into_a_prompt()
        assert await steps_of(modem.events()) == [RUNG.DRAIN, RUNG.ESCAPE]
        assert wire.pdus == []
        await modem.sms.send(NUMBER, "x")
        assert len(wire.pdus) == 1


@virtual_time.story
async def test_a_modem_that_swallowed_one_command_gets_at_and_the_command_again() -> None:
    modem, wire = scripted({"AT+CNMI?": [ok("+CNMI: 2,1,0,1,0"), SILENCE, ok("+CNMI: 2,1,0,1,0")]})
    async with modem:
        assert await steps_of(modem.events()) == [RUNG.DRAIN]
        first, *_, again = (place for place, line in enumerate(wire.written) if line == "AT+CNMI?")
        assert first < again
        assert "AT" in wire.written[first:again]


# --- Rung 2 ---


@virtual_time.story
async def test_a_line_that_went_is_opened_again_after_two_seconds_and_set_up_anew() -> None:
    """A stale handle (PavelVe#25: write error 11); it must be closed, and let go, before the next one."""
    wire = ScriptedModem(PLAIN)
    opened: list[float] = []
    lines: list[Link] = []

    async def connect(_url: str, _baudrate: int) -> Link:
        assert all(line.lost.done() for line in lines)
        opened.append(now())
        lines.append(await wire.connect())
        return lines[-1]

    supervisor = ModemSupervisor("scripted", opener=opener(connect))
    await supervisor.start()
    events = supervisor.events()
    assert isinstance(await anext(events), LinkChanged)
    await asyncio.sleep(100)
    lost = now()
    wire.written.clear()
    wire.unplug()
    changes = []
    while len(changes) < 2:
        event = await anext(events)
        changes += [event.connected] if isinstance(event, LinkChanged) else []
    assert changes == [False, True]
    assert 2 <= opened[1] - lost <= 5
    assert {"AT+CMGF=0", "AT+CNMI=2,1,0,1,0", 'AT+CPMS="SM","SM","SM"'} <= {*wire.written}
    await supervisor.stop()


# --- Rung 4: the radio ---


@pytest.mark.parametrize("off", [4, 0])
@virtual_time.story
async def test_the_radio_stays_off_for_ten_seconds(off: int) -> None:
    """SIM7600 and A76xx come back after so long; old modems know "minimum" only."""
    times: dict[str, float] = {}

    def switch(line: str) -> bytes:
        times[line] = now()
        return ok()

    refused = {"AT+CFUN=4": ERROR} if off == 0 else {}
    modem, _ = scripted({f"AT+CFUN={off}": switch, "AT+CFUN=1": switch}, refused)
    async with modem:
        await modem.cycle_radio()
    assert times["AT+CFUN=1"] - times[f"AT+CFUN={off}"] == 10


@virtual_time.story
async def test_a_question_that_is_not_answered_does_not_end_the_watch_over_the_network() -> None:
    """The first AT after a pause is swallowed: here AT+CREG?, after ten minutes; later the network goes."""
    wire = ScriptedModem(PLAIN, {"AT+CREG?": ok("+CREG: 2,1"), "AT+CFUN=4": ok(), "AT+CFUN=1": ok()})
    supervisor = ModemSupervisor("scripted", opener=opener(wire.connect, sweep_interval=10_000))
    await supervisor.start()
    assert isinstance(await anext(supervisor.events()), LinkChanged)
    await asyncio.sleep(ASK_INTERVAL - 10)
    wire.answers["AT+CREG?"] = SILENCE
    await asyncio.sleep(20 + SILENCE_PAUSE / 2)
    wire.answers["AT+CREG?"] = ok("+CREG: 2,0")
    await asyncio.sleep(200)
    assert wire.count("AT+CFUN=4") == 1
    await supervisor.stop()


# --- Rung 5: restart ---


@virtual_time.story
async def test_the_port_is_closed_as_soon_as_the_restart_is_written() -> None:
    """Else the modem comes back under another name (gammu#198). It need not say OK."""
    wire = ScriptedModem({"AT+CFUN=1,1": SILENCE})
    lines: list[Link] = []

    async def connect(_url: str, _baudrate: int) -> Link:
        lines.append(await wire.connect())
        return lines[-1]

    before = now()
    await Rescuer(RecoveryMeans(), connect=connect).perform(RUNG.RESET, "/dev/ttyUSB2", GENERIC)
    assert wire.written == ["AT+CFUN=1,1"]
    assert lines[0].lost.done()
    assert now() - before < 15


# --- Rung 7: power ---


@virtual_time.story
async def test_a_modem_that_left_the_bus_comes_back_when_its_power_was_off() -> None:
    """EC25 after hours without signal: "device descriptor read/64, error -110" (pcengines/coreboot#450)."""
    simulator = register_simulator(Simulator(LoopScheduler(), name="m"))
    simulator.network.add_phone(NUMBER)
    switched: list[float] = []

    async def switch() -> None:
        switched.append(now())
        simulator.plug_in()

    supervisor = ModemSupervisor("simulator://m", means=RecoveryMeans(power=switch))
    await supervisor.start()
    events = supervisor.events()
    assert isinstance(await anext(events), LinkChanged)
    simulator.unplug()
    gone = now()
    connected = False
    async with asyncio.timeout(300):
        while not connected:
            event = await anext(events)
            connected = isinstance(event, LinkChanged) and event.connected
    assert [at - gone for at in switched] == [pytest.approx(120, abs=3)]
    assert supervisor.modem is not None
    await supervisor.modem.sms.send(NUMBER, "x")
    await supervisor.stop()


# --- 5.9: what a modem says of its registration ---

HOME, ROAMING = RegistrationStatus.HOME, RegistrationStatus.ROAMING


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("+CREG: 2,1,4CA,81DE445", HOME),
        ('+CREG: 0,1,"5E25","605F",2', HOME),
        ('+CREG: 2,5,"2AF5","0B88E350",2', ROAMING),
        ('+CREG: 2,1,"0B,"0100701",7', HOME),  # a lost quote
        ('+CREG: 2,1,"5E25', HOME),  # cut off
        ("+CREG: ", HOME),  # empty: the packet domain knows
        ("+CREG:", HOME),
        ("+CREG: 0,6", RegistrationStatus.SMS_ONLY_HOME),
        ("+CREG: 0,7", RegistrationStatus.SMS_ONLY_ROAMING),
    ],
)
@virtual_time.story
async def test_every_shape_of_the_registration_is_read(*, answer: str, status: RegistrationStatus) -> None:
    modem, _ = scripted({"AT+CREG?": ok(answer), "AT+CEREG?": ok("+CEREG: 0,1")})
    async with modem:
        registration = await modem.network.registration()
        assert registration.status is status
        assert registration.status.can_send_sms


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("+CREG: 1", HOME),
        ('+CREG: 5,"2AF5","0B88E350",2', ROAMING),
        ("+CREG: 1,4CA,81DE445", HOME),
        ('+CREG: 1,"0B,"0100701",7', HOME),
        ("+CREG: 6", RegistrationStatus.SMS_ONLY_HOME),
    ],
)
@virtual_time.story
async def test_every_shape_of_its_change_is_read(*, code: str, status: RegistrationStatus) -> None:
    """Without <n>."""
    modem, wire = scripted({"AT+CREG?": ok("+CREG: 2,2")})
    async with modem:
        wire.say(code)
        await asyncio.sleep(1)
        assert modem.network.latest is not None
        assert modem.network.latest.status is status


def settings_of_another_program() -> dict[str, Callable[[str], bytes] | bytes]:
    """What its last user stored with AT&W: text mode, words for codes, a service that wants AT+CNMA."""
    return {
        "AT+CMEE?": ok("+CMEE: 2"),
        "AT+CMGF?": ok("+CMGF: 1"),
        "AT+CSMS?": ok("+CSMS: 1,1,1,1"),
        "AT+CNMI?": ok("+CNMI: 2,2,0,0,0"),
    }


@virtual_time.story
async def test_nothing_of_the_stored_settings_is_relied_upon() -> None:
    """SIM7600G-H sent nothing until AT&F (LilyGo-Modem-Series#340). All that a message needs is set here."""
    modem, wire = scripted(settings_of_another_program())
    async with modem:
        await modem.sms.send(NUMBER, "x")
        needed = ["AT+CMEE=1", "AT+CMGF=0", "AT+CSMS=0", 'AT+CPMS="SM","SM","SM"', "AT+CNMI=2,1,0,1,0"]
        assert [line for line in wire.written if line in needed] == needed
        first = int(wire.pdus[0][2:4], 16)  # of the SMS-SUBMIT: report, no validity; not from AT+CSMP
        assert first & 0b0011_1011 == 0b0010_0001
