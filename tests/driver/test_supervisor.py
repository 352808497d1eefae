"""The modem comes back: after unplugging, restarts and silence, and never against a person's SIM."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import pytest

from gsm_driver import (
    DeliveryReport,
    LinkChanged,
    Modem,
    ModemFinder,
    ModemSupervisor,
    PinAttempts,
    PortUnavailableError,
    ReceivedSms,
    SupervisorState,
    UsageError,
)
from gsm_driver.ladder import LOST_AFTER
from gsm_driver.registration_watch import ASK_INTERVAL
from gsm_driver.simulator import LoopScheduler, SimCard, Simulator, register_simulator
from gsm_driver.supervisor import STOP_TIMEOUT
from tests import virtual_time
from tests.driver.fake_system import FakeSystem, Interface, Lines
from tests.driver.scripted_modem import PLAIN, SILENCE, ScriptedModem, ok

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from typing import Any

T = TypeVar("T")

NUMBER = "+436601234567"


def simulated(**options: Any) -> Simulator:
    simulator = register_simulator(Simulator(LoopScheduler(), name="m", **options))
    simulator.network.add_phone(NUMBER)
    return simulator


@asynccontextmanager
async def supervised(**options: Any) -> AsyncIterator[ModemSupervisor]:
    supervisor = ModemSupervisor(options.pop("url", "simulator://m"), **options)
    await supervisor.start()
    try:
        yield supervisor
    finally:
        await supervisor.stop()


async def wait_for(supervisor: ModemSupervisor, kind: type[T], *, within: float = 300.0) -> T:
    """The next event of a kind; messages and reports are accepted on the way."""
    async with asyncio.timeout(within):
        async for event in supervisor.events():
            if isinstance(event, ReceivedSms | DeliveryReport) and supervisor.modem is not None:
                await supervisor.modem.inbox.accept(event)
            if isinstance(event, kind):
                return event
    raise AssertionError("the events ended")


async def wait_until(supervisor: ModemSupervisor, *, connected: bool, within: float = 300.0) -> LinkChanged:
    """The next change to this; why it is still down may be told more than once."""
    async with asyncio.timeout(within):
        while (change := await wait_for(supervisor, LinkChanged)).connected is not connected:
            pass
    return change


async def changes(supervisor: ModemSupervisor) -> list[LinkChanged]:
    """What was told and not yet read, without the steps of the ladder."""
    told = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.01):
            async for event in supervisor.events():
                told += [event] if isinstance(event, LinkChanged) else []
    return told


@virtual_time.story
async def test_from_start_to_stop() -> None:
    simulated()
    supervisor = ModemSupervisor("simulator://m")
    assert (supervisor.state, supervisor.modem, supervisor.identity) == (SupervisorState.STOPPED, None, None)
    await supervisor.start()
    with pytest.raises(UsageError):
        await supervisor.start()
    change = await wait_for(supervisor, LinkChanged)
    assert change == LinkChanged(connected=True, reason="connected to Simulated Generic")
    assert supervisor.state is SupervisorState.CONNECTED
    assert supervisor.modem is not None
    assert supervisor.identity == supervisor.modem.identity
    await supervisor.stop()
    assert (supervisor.state, supervisor.modem) == (SupervisorState.STOPPED, None)
    assert [event async for event in supervisor.events()] == []
    async with Modem("simulator://m"):  # the port is free
        pass


@virtual_time.story
async def test_stopping_what_was_not_started_is_fine() -> None:
    await ModemSupervisor("simulator://m").stop()


@virtual_time.story
async def test_a_modem_that_was_unplugged_is_back_within_ten_seconds_of_its_return() -> None:
    simulator = simulated()
    async with supervised() as supervisor:
        await wait_for(supervisor, LinkChanged)
        simulator.unplug(seconds=3)
        simulator.network.deliver_sms(NUMBER, "meanwhile")
        lost = await wait_for(supervisor, LinkChanged)
        assert not lost.connected
        assert "unplugged" in lost.reason
        assert supervisor.modem is None
        returned = asyncio.get_running_loop().time() + 3
        await wait_until(supervisor, connected=True)
        assert asyncio.get_running_loop().time() - returned < 10
        message = await wait_for(supervisor, ReceivedSms)
        assert message.text == "meanwhile"


@virtual_time.story
async def test_a_restart_of_the_modem_is_survived_and_its_settings_are_made_again() -> None:
    simulator = simulated()
    async with supervised() as supervisor:
        await wait_for(supervisor, LinkChanged)
        await supervisor.modem.sms.send(NUMBER, "before")
        simulator.unplug()
        simulator.plug_in()
        await wait_for(supervisor, LinkChanged)
        await wait_for(supervisor, LinkChanged)
        simulator.network.deliver_sms(NUMBER, "after")
        assert (await wait_for(supervisor, ReceivedSms, within=5)).text == "after"


@virtual_time.story
async def test_tries_are_capped_and_backed_off() -> None:
    moments = []

    async def refuse() -> Modem:
        moments.append(asyncio.get_running_loop().time() - virtual_time.START)
        raise PortUnavailableError("the port does not exist")

    async with supervised(opener=refuse, back_off=(2, 5, 15, 30)) as supervisor:
        await asyncio.sleep(119)
        assert moments == [0, 2, 7, 22, 52, 82, 112]
        assert supervisor.state is SupervisorState.WAITING
        assert supervisor.reason == "the port does not exist"
        assert await changes(supervisor) == [LinkChanged(connected=False, reason="the port does not exist")]
        await asyncio.sleep(3600)  # told once, not at each try; after two minutes with what to do
        (told,) = await changes(supervisor)
        assert told.reason.startswith("the port does not exist; see whether the modem is plugged in")
        assert supervisor.reason == told.reason


@virtual_time.story
async def test_retry_shortens_the_pause() -> None:
    tries = 0

    async def refuse() -> Modem:
        nonlocal tries
        tries += 1
        raise PortUnavailableError("gone")

    async with supervised(opener=refuse, back_off=(1000,)) as supervisor:
        await asyncio.sleep(1)
        supervisor.retry()
        await asyncio.sleep(1)
        assert tries == 2


@virtual_time.story
async def test_a_modem_that_dies_at_once_is_not_hammered() -> None:
    """Each life shorter than a minute counts as a failure."""
    wire = ScriptedModem(PLAIN)
    opened = []

    async def open_dying() -> Modem:
        opened.append(asyncio.get_running_loop().time() - virtual_time.START)
        modem = Modem("scripted", connect=wire.connect)
        await modem.open()
        asyncio.get_running_loop().call_later(0.5, wire.unplug)
        return modem

    async with supervised(opener=open_dying, back_off=(2, 5, 15)):
        await asyncio.sleep(60)
    assert [round(b - a, 1) for a, b in itertools.pairwise(opened)] == [2.5, 5.5, 15.5, 15.5, 15.5]


@virtual_time.story
async def test_after_a_long_life_the_first_pause_is_short_again() -> None:
    simulator = simulated()
    async with supervised(back_off=(2, 500)) as supervisor:
        for _ in range(3):
            assert (await wait_for(supervisor, LinkChanged, within=20)).connected
            await asyncio.sleep(100)
            simulator.unplug()
            assert not (await wait_for(supervisor, LinkChanged, within=20)).connected
            simulator.plug_in()


@virtual_time.story
async def test_a_sim_that_needs_a_person_stops_the_tries_until_told() -> None:
    simulator = simulated(sim=SimCard(pin="1234"))
    async with supervised(pin="9999") as supervisor:
        change = await wait_for(supervisor, LinkChanged)
        assert not change.connected
        assert "PIN" in change.reason
        await asyncio.sleep(3600)
        assert supervisor.state is SupervisorState.BLOCKED
        supervisor.retry()
        await asyncio.sleep(60)
        assert supervisor.state is SupervisorState.BLOCKED
        assert "refused before" in supervisor.reason
    assert simulator.modem.sim.pin_tries == 2


@virtual_time.story
async def test_a_sim_that_was_swapped_is_noticed_without_being_told() -> None:
    simulator = simulated(sim=SimCard(pin="1234"))
    refused = simulator.modem.sim
    async with supervised(pin="9999") as supervisor:
        await asyncio.sleep(7_200)
        assert supervisor.state is SupervisorState.BLOCKED
        assert refused.pin_tries == 2  # looked at every five minutes, entered once
        simulator.modem.sim = SimCard(pin="9999", iccid="8943010000000000025")
        await wait_until(supervisor, connected=True, within=330)
    assert simulator.modem.sim.pin_tries == 3


@pytest.mark.parametrize("pause", [0, 12])
@virtual_time.story
async def test_a_stick_that_was_plugged_in_anew_is_looked_at_soon(*, tmp_path: Path, pause: float) -> None:
    """Somebody took the SIM out, switched its PIN off in a phone, and put the stick back."""
    system = FakeSystem(tmp_path)
    four = [Interface(number, f"ttyUSB{number}") for number in range(4)]
    system.plug("1-1", 0x2C7C, 0x0125, *four)
    wire = ScriptedModem(PLAIN, {"AT+CPIN?": ok("+CPIN: SIM PIN")})
    lines = Lines(ttyUSB2=wire)
    finder = ModemFinder(
        "/dev/ttyUSB2", sys_root=system.sys_root, proc_root=system.proc_root, connect=lines.connect
    )

    async def opener() -> Modem:
        modem = Modem("/dev/ttyUSB2", connect=lines.connect)
        await modem.open()
        return modem

    async with supervised(url="/dev/ttyUSB2", finder=finder, opener=opener) as supervisor:
        await asyncio.sleep(60)
        assert supervisor.state is SupervisorState.BLOCKED
        looked = len(lines.opened)
        system.unplug("1-1")
        await asyncio.sleep(pause)
        wire.answers["AT+CPIN?"] = ok("+CPIN: READY")
        system.plug("1-1", 0x2C7C, 0x0125, *four)
        await asyncio.sleep(20)
        assert supervisor.state is SupervisorState.CONNECTED
    assert len(lines.opened) == looked + 1


# --- nobody reads, nobody waits ---


async def pile_up(supervisor: ModemSupervisor) -> None:
    """More reports than the queues of supervisor and modem hold."""
    await asyncio.sleep(10)
    for number in range(600):
        await supervisor.modem.sms.send(NUMBER, f"{number}")
        await asyncio.sleep(5)


@virtual_time.story
async def test_a_program_that_reads_no_events_keeps_its_modem() -> None:
    """It only sends; the reports pile up. The modem is unplugged for a moment."""
    simulator = simulated()
    async with supervised() as supervisor:
        await pile_up(supervisor)
        simulator.unplug(seconds=5)
        await asyncio.sleep(2)
        assert supervisor.modem is None
        await asyncio.sleep(18)
        assert supervisor.state is SupervisorState.CONNECTED
        await supervisor.modem.sms.send(NUMBER, "alarm")
    assert simulator.network.phone(NUMBER).texts[-1] == "alarm"


@virtual_time.story
async def test_a_modem_that_falls_silent_while_nobody_reads_is_noticed() -> None:
    simulator = simulated()
    async with supervised() as supervisor:
        await pile_up(supervisor)
        simulator.modem.fall_silent()
        await asyncio.sleep(ASK_INTERVAL + 60)
        assert supervisor.modem is None


@virtual_time.story
async def test_a_slow_reader_gets_everything_of_a_life_that_is_over() -> None:
    simulator = simulated()
    async with supervised() as supervisor:
        await pile_up(supervisor)
        simulator.unplug(seconds=5)
        await asyncio.sleep(60)
        simulator.network.deliver_sms(NUMBER, "afterwards")
        changed, reported = [], set()
        while True:
            async with asyncio.timeout(3_600):
                event = await anext(supervisor.events())
            if isinstance(event, LinkChanged):
                changed.append(event.connected)
            elif isinstance(event, DeliveryReport):
                reported.add(event.message_reference)
                await supervisor.modem.inbox.accept(event)
            elif isinstance(event, ReceivedSms):
                break
        assert [connected for connected, _ in itertools.groupby(changed)] == [True, False, True]
        assert reported == set(range(256))


# --- stopping ---


def never_registered() -> ScriptedModem:
    """The radio is switched off and on; switching it on takes for ever."""
    return ScriptedModem(
        PLAIN, {"AT+CREG?": ok("+CREG: 2,0"), "AT+CFUN=4": ok(), "AT+CFUN=1": SILENCE, "ATD*": ok()}
    )


@asynccontextmanager
async def in_a_radio_cycle(wire: ScriptedModem) -> AsyncIterator[ModemSupervisor]:
    async def opener() -> Modem:
        modem = Modem("scripted", connect=wire.connect)
        await modem.open()
        return modem

    supervisor = ModemSupervisor("scripted://x", opener=opener)
    await supervisor.start()
    await asyncio.sleep(LOST_AFTER + 1)
    assert wire.count("AT+CFUN=4") == 1
    yield supervisor
    assert not wire.is_open
    assert wire.count("AT+CFUN=1") == 1  # the radio is not left off
    assert supervisor.modem is None
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("seconds", [0, 20])
@virtual_time.story
async def test_stopping_in_a_radio_cycle_takes_seconds(*, seconds: float) -> None:
    async with in_a_radio_cycle(never_registered()) as supervisor:
        await asyncio.sleep(seconds)
        began = asyncio.get_running_loop().time()
        await supervisor.stop()
        assert asyncio.get_running_loop().time() - began < 10
        assert supervisor.state is SupervisorState.STOPPED


@virtual_time.story
async def test_stopping_can_be_cut_short() -> None:
    async with in_a_radio_cycle(never_registered()) as supervisor:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await supervisor.stop()
        await asyncio.sleep(1)


@virtual_time.story
async def test_whoever_stops_it_can_be_cancelled() -> None:
    async with in_a_radio_cycle(never_registered()) as supervisor:
        stopping = asyncio.create_task(supervisor.stop())
        await asyncio.sleep(0.5)
        stopping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopping
        await supervisor.stop()
        assert supervisor.state is SupervisorState.STOPPED


@virtual_time.story
async def test_what_does_not_let_itself_be_stopped_does_not_hold_up_its_caller(
    caplog: pytest.LogCaptureFixture,
) -> None:
    over = asyncio.Event()

    async def stubborn() -> Modem:
        while not over.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await over.wait()
        raise PortUnavailableError("gone")

    supervisor = ModemSupervisor("scripted://x", opener=stubborn)
    await supervisor.start()
    await asyncio.sleep(1)
    began = asyncio.get_running_loop().time()
    await supervisor.stop()
    assert asyncio.get_running_loop().time() - began <= STOP_TIMEOUT
    assert "does not stop" in caplog.text
    over.set()
    await asyncio.sleep(1)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


@virtual_time.story
async def test_tries_are_remembered_longer_than_a_supervisor_where_wanted() -> None:
    simulator = simulated(sim=SimCard(pin="1234"))
    attempts = PinAttempts()
    for _ in range(3):
        async with supervised(pin="9999", pin_attempts=attempts) as supervisor:
            await wait_for(supervisor, LinkChanged)
    assert simulator.modem.sim.pin_tries == 2


@virtual_time.story
async def test_the_right_pin_is_entered_at_each_return() -> None:
    simulator = simulated(sim=SimCard(pin="1234"))
    async with supervised(pin="1234") as supervisor:
        for _ in range(4):
            assert (await wait_for(supervisor, LinkChanged)).connected
            simulator.unplug(seconds=1)
            assert not (await wait_for(supervisor, LinkChanged)).connected
    assert simulator.modem.sim.pin_tries == 3


@virtual_time.story
async def test_another_modem_on_the_port_is_told() -> None:
    wires = [ScriptedModem(PLAIN), ScriptedModem(PLAIN, {"AT+CGSN": ok("490154203237518")})]
    waiting = list(wires)

    async def open_next() -> Modem:
        modem = Modem("scripted", connect=waiting.pop(0).connect)
        await modem.open()
        return modem

    async with supervised(opener=open_next) as supervisor:
        await wait_for(supervisor, LinkChanged)
        assert not supervisor.is_another
        wires[0].unplug()
        await wait_for(supervisor, LinkChanged)
        change = await wait_for(supervisor, LinkChanged)
        assert change.connected
        assert "another modem than before" in change.reason
        assert supervisor.is_another
        assert supervisor.identity.imei_tail == "7518"


@virtual_time.story
async def test_a_defect_does_not_end_the_supervision(caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> Modem:
        raise ZeroDivisionError

    async with supervised(opener=broken) as supervisor:
        await asyncio.sleep(1)
        assert supervisor.state is SupervisorState.WAITING
        assert "defect" in supervisor.reason
    assert "ZeroDivisionError" in caplog.text


@virtual_time.story
async def test_a_modem_that_somebody_closes_is_opened_again() -> None:
    simulated()
    async with supervised() as supervisor:
        await wait_for(supervisor, LinkChanged)
        await supervisor.modem.close()
        assert (await wait_for(supervisor, LinkChanged)).reason == "the modem was closed"
        assert (await wait_for(supervisor, LinkChanged)).connected


@virtual_time.story
async def test_the_same_failure_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    async def missing() -> Modem:
        raise PortUnavailableError("the port does not exist")

    async with supervised(opener=missing):
        await asyncio.sleep(600)
    assert caplog.text.count("the port does not exist") == 1
