"""The recovery ladder on a simulated modem, in virtual time: what is done, in which order, when it ends."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from gsm_driver import (
    LinkChanged,
    Modem,
    ModemFault,
    ModemFinder,
    ModemSupervisor,
    NotAModemError,
    PortUnavailableError,
    RecoveryMeans,
    RecoveryReason,
    RecoveryRung,
    RecoveryStep,
    RegistrationStatus,
    SendRejectedError,
    SupervisorState,
)
from gsm_driver.families import PROFILES
from gsm_driver.recovery import Rescuer
from gsm_driver.simulator import (
    Fault,
    FaultPlan,
    LoopScheduler,
    Moment,
    SimCard,
    Simulator,
    register_simulator,
)
from gsm_driver.simulator.faults import Fail, Lose
from tests import virtual_time
from tests.driver.fake_system import FakeSystem, Interface, Lines
from tests.driver.scripted_modem import PLAIN, SILENCE, ScriptedModem, ok

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from typing import Any

NUMBER = "+436601234567"
RUNG = RecoveryRung


def simulated(**options: Any) -> Simulator:
    simulator = register_simulator(Simulator(LoopScheduler(), name="m", **options))
    simulator.network.add_phone(NUMBER)
    return simulator


class Watcher:
    """Reads all events of a supervisor."""

    def __init__(self, supervisor: ModemSupervisor) -> None:
        self.supervisor = supervisor
        self.steps: list[RecoveryStep] = []
        self.changes: list[LinkChanged] = []

    @property
    def rungs(self) -> list[RecoveryRung]:
        return [step.rung for step in self.steps]

    async def read(self) -> None:
        async for event in self.supervisor.events():
            if isinstance(event, RecoveryStep):
                self.steps.append(event)
            elif isinstance(event, LinkChanged):
                self.changes.append(event)

    async def until(self, *, connected: bool, within: float = 300.0) -> float:
        """Wait for a change to this; returns the seconds it took."""
        loop = asyncio.get_running_loop()
        began, seen = loop.time(), len(self.changes)
        while not any(change.connected is connected for change in self.changes[seen:]):
            assert loop.time() - began < within, self.changes
            await asyncio.sleep(0.25)
        return loop.time() - began


@asynccontextmanager
async def watched(**options: Any) -> AsyncIterator[Watcher]:
    supervisor = ModemSupervisor(options.pop("url", "simulator://m"), **options)
    await supervisor.start()
    watcher = Watcher(supervisor)
    reading = asyncio.create_task(watcher.read())
    try:
        yield watcher
    finally:
        await supervisor.stop()
        await reading


@virtual_time.story
async def test_a_modem_that_returns_under_another_name_is_found() -> None:
    simulator = simulated()

    async def find_port() -> str:
        return f"simulator://{simulator.name}"

    async with watched(find_port=find_port) as watcher:
        await watcher.until(connected=True)
        simulator.unplug(seconds=3, returns_as="n")
        await watcher.until(connected=False)
        assert await watcher.until(connected=True) < 13
        assert watcher.supervisor.port == "simulator://n"
        assert "another modem" not in watcher.supervisor.reason
        await watcher.supervisor.modem.sms.send(NUMBER, "still here")
    assert set(watcher.rungs) == {RUNG.REOPEN}
    assert simulator.network.phone(NUMBER).texts == ["still here"]


@virtual_time.story
async def test_without_a_finder_the_modem_is_awaited_under_its_old_name() -> None:
    simulator = simulated()
    async with watched() as watcher:
        await watcher.until(connected=True)
        simulator.unplug(seconds=3, returns_as="n")
        await watcher.until(connected=False)
        await asyncio.sleep(200)
        assert watcher.supervisor.state is SupervisorState.WAITING
        assert "plugged in" in watcher.supervisor.reason
    assert watcher.steps[-1] == RecoveryStep(
        rung=RUNG.HUMAN,
        fault=ModemFault.PORT_GONE,
        reason=RecoveryReason.EXHAUSTED,
        delay=watcher.steps[-1].delay,
    )


@virtual_time.story
async def test_a_finder_may_say_why_there_is_no_port() -> None:
    simulator = simulated()

    async def find_port() -> str | None:
        if simulator.is_plugged:
            return None
        raise PortUnavailableError("the modem has no port any more: it is in storage mode")

    async with watched(find_port=find_port) as watcher:
        await watcher.until(connected=True)
        simulator.unplug()
        await watcher.until(connected=False)
        await asyncio.sleep(10)
        assert "storage mode" in watcher.supervisor.reason


@virtual_time.story
async def test_silence_climbs_in_order_and_stops_at_what_helps() -> None:
    """A modem that hears nothing but the switch of its supply."""
    simulator = simulated()

    async def switch() -> None:
        simulator.modem.reboot()

    async with watched(means=RecoveryMeans(power=switch)) as watcher:
        await watcher.until(connected=True)
        simulator.modem.fall_silent()
        await watcher.until(connected=False)
        await watcher.until(connected=True, within=1_200)
        climbed = list(watcher.rungs)
        await asyncio.sleep(7_200)
        assert watcher.rungs == climbed
        assert watcher.supervisor.state is SupervisorState.CONNECTED
    assert [rung for rung in climbed if rung is not RUNG.REOPEN] == [
        RUNG.DRAIN,
        RUNG.ESCAPE,
        RUNG.RESET,
        RUNG.POWER,
    ]
    assert watcher.steps[2].rung is RUNG.REOPEN
    assert {step.fault for step in watcher.steps} == {ModemFault.SILENT}


@virtual_time.story
async def test_a_reset_brings_back_a_modem_that_hears_but_says_nothing() -> None:
    """The command is written blindly; the port is closed before the modem goes."""
    simulator = simulated()
    async with watched() as watcher:
        await watcher.until(connected=True)
        simulator.modem.faults.replace([Fault(moment=Moment.ANSWER, effect=Lose())])
        await watcher.until(connected=False)
        while RUNG.RESET not in watcher.rungs:
            assert simulator.modem.settings.cmee == 1  # not restarted yet
            await asyncio.sleep(1)
        simulator.modem.faults.replace([])
        await watcher.until(connected=True, within=60)
    assert [rung for rung in watcher.rungs if rung is not RUNG.REOPEN][-1] is RUNG.RESET


@virtual_time.story
async def test_a_modem_that_hangs_in_one_command_is_restarted() -> None:
    """AT+CMGL for good, while AT is answered (gammu#4)."""
    wire = ScriptedModem(PLAIN, {"AT+CMGL=4": SILENCE, "AT+CREG?": ok("+CREG: 2,1"), "AT+CFUN=1,1": ok()})

    async def opener() -> Modem:
        modem = Modem("scripted", connect=wire.connect)
        await modem.open()
        return modem

    rescuer = Rescuer(RecoveryMeans(), connect=wire.connect)
    async with watched(opener=opener, rescuer=rescuer) as watcher:
        while RUNG.RESET not in watcher.rungs:
            await asyncio.sleep(1)
            assert asyncio.get_running_loop().time() - virtual_time.START < 3_600
        wire.answers["AT+CMGL=4"] = ok()
        await watcher.until(connected=True)
        climbed = len(watcher.steps)
        await asyncio.sleep(3_600)
        assert len(watcher.steps) <= climbed + 1
    assert any("hangs" in change.reason for change in watcher.changes)


@virtual_time.story
async def test_a_short_silence_is_over_before_the_line_is_given_up() -> None:
    simulator = simulated()
    async with watched(sweep_interval=10.0) as watcher:
        await watcher.until(connected=True)
        await asyncio.sleep(5)
        simulator.modem.fall_silent(9)
        await asyncio.sleep(60)
    assert watcher.rungs == [RUNG.DRAIN]
    assert [change.connected for change in watcher.changes] == [True]


@virtual_time.story
async def test_a_lost_network_gets_the_radio_switched_off_and_on() -> None:
    """SIM7600 and A76xx do not find back otherwise (quirks 5.9)."""
    simulator = simulated()
    async with watched() as watcher:
        await watcher.until(connected=True)
        await asyncio.sleep(100)
        simulator.modem.lose_registration_until_cycled()
        await asyncio.sleep(85)
        assert watcher.steps == []
        await asyncio.sleep(30)
        assert watcher.rungs == [RUNG.CYCLE_RADIO]
        assert simulator.modem.registration is RegistrationStatus.HOME
        await asyncio.sleep(3_600)
        assert watcher.rungs == [RUNG.CYCLE_RADIO]
        simulator.network.deliver_sms(NUMBER, "hello", to=simulator.modem.number)
        await watcher.supervisor.modem.sms.send(NUMBER, "hello")
    assert [change.connected for change in watcher.changes] == [True]


@virtual_time.story
async def test_a_network_that_stays_away_is_climbed_for_and_told() -> None:
    simulator = simulated()
    async with watched() as watcher:
        await watcher.until(connected=True)
        simulator.modem.lose_registration()
        await asyncio.sleep(1_200)
        assert [rung for rung in watcher.rungs if rung is not RUNG.REOPEN] == [
            RUNG.CYCLE_RADIO,
            RUNG.RESET,
            RUNG.HUMAN,
        ]
        assert watcher.supervisor.state is SupervisorState.CONNECTED
        simulator.modem.set_registration(RegistrationStatus.HOME)
        await asyncio.sleep(7_200)
    assert len([rung for rung in watcher.rungs if rung is not RUNG.REOPEN]) == 3


@virtual_time.story
async def test_a_sim_that_the_network_refuses_is_told_and_the_modem_not_restarted() -> None:
    """Not paid, not activated, locked after theft: one gentle try, then it is a person's."""
    simulator = simulated()
    async with watched() as watcher:
        await watcher.until(connected=True)
        simulator.modem.set_registration(RegistrationStatus.DENIED)
        await asyncio.sleep(4 * 3_600)
        assert [(step.rung, step.fault) for step in watcher.steps] == [
            (RUNG.CYCLE_RADIO, ModemFault.REGISTRATION_DENIED),
            (RUNG.HUMAN, ModemFault.REGISTRATION_DENIED),
        ]
        assert watcher.supervisor.state is SupervisorState.CONNECTED
        simulator.modem.set_registration(RegistrationStatus.HOME)
        await asyncio.sleep(700)
        simulator.modem.lose_registration_until_cycled()  # another trouble, treated as ever
        await asyncio.sleep(200)
        assert watcher.steps[-1].fault is ModemFault.NOT_REGISTERED
        assert simulator.modem.registration is RegistrationStatus.HOME


@pytest.mark.parametrize("at", [30, 300])
@virtual_time.story
async def test_a_refusal_between_searches_is_remembered(*, at: float) -> None:
    """The modem goes on searching after +CREG: 3; that is no reason to restart it."""
    simulator = simulated()
    async with watched() as watcher:
        await watcher.until(connected=True)
        simulator.modem.set_registration(RegistrationStatus.SEARCHING)
        await asyncio.sleep(at)
        for _ in range(200):
            simulator.modem.set_registration(RegistrationStatus.DENIED)
            await asyncio.sleep(2)
            simulator.modem.set_registration(RegistrationStatus.SEARCHING)
            await asyncio.sleep(30)
        assert RUNG.RESET not in watcher.rungs
        assert watcher.rungs.count(RUNG.CYCLE_RADIO) == 1
        told = [step for step in watcher.steps if step.rung is RUNG.HUMAN]
    assert [step.fault for step in told] == [ModemFault.REGISTRATION_DENIED]


@virtual_time.story
async def test_what_took_the_name_of_an_unplugged_modem_hears_nothing(tmp_path: Path) -> None:
    """A Zigbee stick becomes /dev/ttyUSB2: neither AT nor AT+CFUN=1,1 is written to it."""
    system = FakeSystem(tmp_path)
    four = [Interface(number, f"ttyUSB{number}") for number in range(4)]
    system.plug("1-1", 0x2C7C, 0x0125, *four)
    modem, zigbee = ScriptedModem(PLAIN), ScriptedModem()
    lines = Lines(ttyUSB2=modem)
    where = {"sys_root": system.sys_root, "connect": lines.connect}

    async def opener() -> Modem:
        modem = Modem("/dev/ttyUSB2", connect=lines.connect)
        await modem.open()
        return modem

    async with watched(
        url="/dev/ttyUSB2",
        opener=opener,
        finder=ModemFinder("/dev/ttyUSB2", proc_root=system.proc_root, **where),
        rescuer=Rescuer(RecoveryMeans(), **where),
    ) as watcher:
        await asyncio.sleep(100)
        system.unplug("1-1")
        system.plug("1-3", 0x10C4, 0xEA60, Interface(0, "ttyUSB2"), name="Zigbee stick")
        lines.modems["ttyUSB2"] = zigbee
        modem.unplug()
        await asyncio.sleep(3_600)
        assert zigbee.writes == 0
        assert "Zigbee stick" in watcher.supervisor.reason
        system.unplug("1-3")
        system.plug("1-1", 0x2C7C, 0x0125, *four)
        lines.modems["ttyUSB2"] = modem
        await watcher.until(connected=True, within=60)


@virtual_time.story
async def test_a_modem_is_not_restarted_where_it_is_not_any_more() -> None:
    """It never answered; before it was restarted its name became another device's."""
    wire, where = ScriptedModem(), []

    async def opener() -> Modem:
        raise NotAModemError("nobody answers")

    async def find_port() -> str | None:
        where.append(asyncio.get_running_loop().time() - virtual_time.START)
        if where[-1] >= 29:
            raise PortUnavailableError("the modem is not there any more")
        return None

    rescuer = Rescuer(RecoveryMeans(), connect=wire.connect)
    async with watched(opener=opener, find_port=find_port, rescuer=rescuer) as watcher:
        await asyncio.sleep(200)
        assert RUNG.RESET in watcher.rungs
        assert "not there" in watcher.supervisor.reason
    assert wire.writes == 0


@virtual_time.story
async def test_a_finder_of_the_callers_may_have_a_defect(caplog: pytest.LogCaptureFixture) -> None:
    simulator, asked = simulated(), 0

    async def find_port() -> str | None:
        nonlocal asked
        asked += 1
        if asked > 1:
            raise ZeroDivisionError
        return None

    async with watched(find_port=find_port, back_off=(1_000,)) as watcher:
        await watcher.until(connected=True)
        simulator.modem.fall_silent()
        await watcher.until(connected=False)
        await asyncio.sleep(100)
        assert RUNG.RESET in watcher.rungs
        assert watcher.supervisor.state is SupervisorState.WAITING
    assert "ZeroDivisionError" in caplog.text


@virtual_time.story
async def test_data_only_is_nothing_that_the_ladder_cures() -> None:
    simulator = simulated()
    async with watched() as watcher:
        await watcher.until(connected=True)
        simulator.modem.set_registration(RegistrationStatus.DENIED, RegistrationStatus.HOME)
        await asyncio.sleep(3_600)
    assert watcher.steps == []


@virtual_time.story
async def test_a_modem_that_tells_no_registration_is_left_alone() -> None:
    wire = ScriptedModem(PLAIN)

    async def opener() -> Modem:
        modem = Modem("scripted", connect=wire.connect)
        await modem.open()
        return modem

    async with watched(opener=opener) as watcher:
        await asyncio.sleep(3_600)
    assert watcher.steps == []


@virtual_time.story
async def test_what_the_network_says_of_a_message_never_climbs() -> None:
    """A bad number, CMS 500 at each send: the modem is well."""
    simulator = simulated(
        faults=FaultPlan([Fault(moment=Moment.SUBMIT, effect=Fail(final="+CMS ERROR: 500"))])
    )
    async with watched() as watcher:
        await watcher.until(connected=True)
        for _ in range(50):
            with pytest.raises(SendRejectedError):
                await watcher.supervisor.modem.sms.send(NUMBER, "no")
            await asyncio.sleep(10)
    assert watcher.steps == []
    assert simulator.modem.power.is_on


@virtual_time.story
async def test_a_sim_that_asks_for_its_pin_is_told_once_and_left_alone() -> None:
    simulated(sim=SimCard(pin="1234"))
    async with watched() as watcher:
        await asyncio.sleep(7_200)
        assert watcher.supervisor.state is SupervisorState.BLOCKED
    assert [(step.rung, step.reason) for step in watcher.steps] == [
        (RUNG.HUMAN, RecoveryReason.PERSON),
        (RUNG.REOPEN, RecoveryReason.FIRST),
        (RUNG.REOPEN, RecoveryReason.AGAIN),
    ]
    assert len(watcher.changes) == 1


@virtual_time.story
async def test_a_missing_sim_is_told_and_found_when_it_is_put_in() -> None:
    simulator = simulated(sim=SimCard(present=False))
    async with watched() as watcher:
        await asyncio.sleep(100)
        assert watcher.supervisor.state is SupervisorState.WAITING
        assert "no SIM" in watcher.supervisor.reason
        simulator.modem.sim.present = True
        await watcher.until(connected=True, within=200)
    assert RUNG.RESET not in watcher.rungs


@virtual_time.story
async def test_a_modem_that_restarts_again_and_again_wants_power() -> None:
    simulator = simulated()
    async with watched() as watcher:
        await watcher.until(connected=True)
        for _ in range(3):
            await asyncio.sleep(70)
            simulator.modem.reboot()
            await watcher.until(connected=False)
            await watcher.until(connected=True)
        told = [step for step in watcher.steps if step.rung is RUNG.HUMAN]
    assert [(step.fault, step.reason) for step in told] == [
        (ModemFault.REBOOT_LOOP, RecoveryReason.POWER_SUPPLY)
    ]
    assert any("power" in change.reason for change in watcher.changes)
    assert RUNG.RESET not in watcher.rungs


@virtual_time.story
async def test_a_family_that_must_not_be_restarted_is_not() -> None:
    """E173 would come back as storage (gammu#687)."""
    (e173,) = (profile for profile in PROFILES if profile.name == "huawei-e173")
    simulator = simulated()
    async with watched(profile=e173) as watcher:
        await watcher.until(connected=True)
        simulator.modem.fall_silent()
        await asyncio.sleep(1_000)
    assert [rung for rung in watcher.rungs if rung is not RUNG.REOPEN] == [
        RUNG.DRAIN,
        RUNG.ESCAPE,
        RUNG.HUMAN,
    ]


@virtual_time.story
async def test_the_modem_that_was_meant_is_known_by_its_imei() -> None:
    simulated(imei="490154203237518")
    async with watched(imei="356938035643809") as watcher:
        await watcher.until(connected=True)
        assert "another modem than before" in watcher.supervisor.reason


@virtual_time.story
async def test_a_radio_that_does_not_come_back_ends_this_life_only() -> None:
    wire = ScriptedModem(
        PLAIN,
        {"AT+CREG?": ok("+CREG: 2,0"), "AT+CFUN=4": ok(), "AT+CFUN=1": SILENCE},
    )

    async def opener() -> Modem:
        modem = Modem("scripted", connect=wire.connect)
        await modem.open()
        return modem

    async with watched(opener=opener) as watcher:
        await watcher.until(connected=True)
        await watcher.until(connected=False, within=400)
        assert "radio" in watcher.changes[-1].reason
        await watcher.until(connected=True)


@virtual_time.story
async def test_a_modem_without_such_a_switch_is_restarted_instead() -> None:
    wire = ScriptedModem(PLAIN, {"AT+CREG?": ok("+CREG: 2,2"), "AT+CFUN=1,1": ok()})

    async def opener() -> Modem:
        modem = Modem("scripted", connect=wire.connect)
        await modem.open()
        return modem

    async with watched(opener=opener) as watcher:
        await asyncio.sleep(1_000)
        assert wire.count("AT+CFUN=1,1") == 1
    assert watcher.rungs[:3] == [RUNG.CYCLE_RADIO, RUNG.RESET, RUNG.REOPEN]
    assert watcher.steps[2].reason is RecoveryReason.SETTLING


@virtual_time.story
async def test_a_defect_in_watching_the_network_is_logged_and_no_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    simulator = simulated()
    async with watched() as watcher:
        await watcher.until(connected=True)
        with suppress(AttributeError):
            watcher.supervisor.modem.network.registration = None
        simulator.modem.lose_registration(5)
        await asyncio.sleep(120)
        assert watcher.supervisor.state is SupervisorState.CONNECTED
    assert "defect" in caplog.text
