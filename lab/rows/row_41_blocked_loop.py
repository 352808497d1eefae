"""Another integration blocks the event loop of Home Assistant for half a minute, with an SMS in hand."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from alert_engine.model import AlarmChanged, Severity
from alert_engine.supervision.settings import SupervisionSettings
from lab.parts.house import a_house
from lab.parts.nuisances import invite
from lab.parts.plant import ONCE, a_plant, running
from lab.parts.radio import a_radio
from lab.parts.virtual import ANNA, a_clockwork, number_of
from lab.row import Extent, Limit, Need, Row, World
from tests.virtual_time import VirtualTimeLoop

if TYPE_CHECKING:
    from lab.run import Outcome, Run

BLOCKED = 30.0  # seconds
BLOCKED_QUICK = 8.0  # that the daemon is stopped: longer than any command of the modem in hand
IN_HAND = 1.0  # seconds that the network takes for an SMS
OVERDUE = 100.0  # seconds without a report; then people must hear of it
END = 1200.0  # seconds of a story

ROW = Row(
    number=41,
    fault="the event loop is blocked for 30 s by another integration",
    expected="the SMS in hand is not sent again, what came meanwhile leaves at once, overdue is still told",
    worlds={
        World.REAL: Extent(quick=1, full=10),
        World.VIRTUAL: Extent(quick=8, full=400, batch=100),
    },
    limits=(
        Limit("t_after", at_most=10.0, unit="s", anchor="A4"),
        Limit("t_overdue", at_most=OVERDUE + BLOCKED, unit="s", anchor="A6"),
    ),
    needs=frozenset({Need.MOSQUITTO, Need.HOME_ASSISTANT}),
    timeout=300.0,
    remark=(
        "t_after: from the end of the block until the phone has what came during it, in Home Assistant. "
        "t_overdue: until the gateway complains that nobody is proven told, blocked at any moment of that. "
        f"In the quick laboratory the daemon stands still for {BLOCKED_QUICK:g} s"
    ),
)


async def play(run: Run) -> Outcome:
    """In Home Assistant or the daemon; and the complaint, for which one has to wait, in virtual time."""
    if run.world is World.VIRTUAL:
        return await _block_the_wait(run)
    return await (_stop_the_daemon(run) if run.is_quick else _block_home_assistant(run))


async def _stop_the_daemon(run: Run) -> Outcome:
    """The same for a process of which no line runs meanwhile."""
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, policies=ONCE))
    radio = run.keep(a_radio(plant.modem))
    gateway = await run.use(plant.gateway())
    await running(gateway)
    radio.conditions(submit_latency=IN_HAND)
    await plant.raise_alarm("before", "Tank low, in hand")
    await asyncio.sleep(run.random.uniform(0.0, 2 * IN_HAND))
    gateway.signal(signal.SIGSTOP)
    await asyncio.sleep(BLOCKED_QUICK / 2)
    await plant.raise_alarm("during", "Pump off, meanwhile")
    await asyncio.sleep(BLOCKED_QUICK / 2)
    gateway.signal(signal.SIGCONT)
    freed = run.now()
    await radio.sms("meanwhile", within=60.0)
    run.note("t_after", run.now() - freed)
    await radio.sms("in hand")
    await plant.settled()
    return run.outcome(plant.journal, radio.phones)


async def _block_home_assistant(run: Run) -> Outcome:
    """One alarm in hand, one during it."""
    house = await run.use(a_house(run.folder / "house", run.ledger, prepare=invite))
    house.radio.conditions(submit_latency=IN_HAND)
    await house.publish("before", "Tank low, in hand")
    await asyncio.sleep(run.random.uniform(0.0, 2 * IN_HAND))
    block = asyncio.create_task(
        house.home_assistant.post("/api/services/nuisance/block", {"seconds": BLOCKED})
    )
    await asyncio.sleep(BLOCKED / 2)
    await house.publish("during", "Pump off, meanwhile")
    assert not block.done(), "it was to be blocked"
    await block
    freed = run.now()
    await house.radio.sms("meanwhile", within=60.0)
    run.note("t_after", max(0.0, run.now() - freed))
    await house.radio.sms("in hand")
    await house.settled()
    return run.outcome(house.journal, house.radio.phones)


async def _block_the_wait(run: Run) -> Outcome:
    """Nobody confirms; at some moment of the wait for it, half a minute is missing."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    work = await run.use(a_clockwork(run, people=(ANNA,), supervision=SupervisionSettings()))
    work.house.network.switch_off(number_of(ANNA))
    alarm = await work.raise_alarm("pump", Severity.CRITICAL, ANNA)
    await work.until(run.random.uniform(0.0, OVERDUE))
    loop._jumping.now += BLOCKED  # noqa: SLF001 - as a callback that takes so long
    await work.until(END)
    told = [
        at
        for at, event in work.events
        if isinstance(event, AlarmChanged) and event.alarm.key == f"undelivered/{alarm.code}"
    ]
    run.note("t_overdue", told[0])
    work.house.network.switch_on(number_of(ANNA))
    await work.until(END + OVERDUE)
    return run.outcome(run.folder / "journal.db", work.phones, foreseen=("route/*",))
