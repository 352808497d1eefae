"""The modem is not registered any more, or the network refuses it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.model import AlarmChanged, RouteChanged, Severity
from alert_engine.routes.base import RouteState
from alert_engine.supervision.settings import SupervisionSettings
from gsm_driver import RegistrationStatus
from lab.parts.plant import a_plant, running
from lab.parts.providers import a_provider
from lab.parts.radio import a_radio
from lab.parts.spare import TOLD_ONCE, a_spare
from lab.parts.virtual import ANNA, a_clockwork
from lab.row import Extent, Limit, Need, Row, World
from tests import virtual_time

if TYPE_CHECKING:
    from gsm_driver.simulator import SimulatedModem
    from lab.parts.virtual import Clockwork
    from lab.run import Outcome, Run

QUIET = 600.0  # seconds in which all is well: what a modem says when it starts is over
AWAY = 900.0  # seconds without a network, where nothing of ours brings it back
# Seconds: the patience of the driver, the radio off and on, until it has the network, a look every 30 s.
CYCLED = 90.0 + 5.0 + 10.0 + 30.0
ROUTE = "modem"


class Loss(StrEnum):
    """What +CREG says."""

    SEARCHING = "2"
    NOT_REGISTERED = "0"
    DENIED = "3"
    UNTIL_CYCLED = "2, until the radio is switched off and on"


ROW = Row(
    number=17,
    fault="not registered, searching, denied (CREG 0, 2, 3)",
    expected="told within 90 s, the radio is switched off and on, others carry what waits",
    worlds={
        World.VIRTUAL: Extent(quick=4, full=400, batch=20),
        World.REAL: Extent(quick=0, full=8, alone=True),
    },
    limits=(
        Limit("t_report", at_most=90.0, unit="s", anchor="A5"),
        Limit("t_fallback", at_most=20.0, unit="s", anchor="A6"),
        Limit("t_cycled", at_most=CYCLED, unit="s"),
    ),
    needs=frozenset({Need.MOSQUITTO}),
    timeout=300.0,
    remark="no operator is chosen by hand: a SIM at home has one, and roaming finds another by itself",
)


async def play(run: Run) -> Outcome:
    """Take the network away, raise an alarm, wait until somebody is told; give it back."""
    loss = list(Loss)[run.seed % len(Loss)]
    return await (_in_real_time(run, loss) if run.world is World.REAL else _in_virtual_time(run, loss))


def _lose(modem: SimulatedModem, loss: Loss) -> None:
    if loss is Loss.UNTIL_CYCLED:
        modem.lose_registration_until_cycled()
    else:
        modem.set_registration(RegistrationStatus[loss.name])


async def _in_virtual_time(run: Run, loss: Loss) -> Outcome:
    work = await run.use(a_clockwork(run, supervision=SupervisionSettings(), policies=TOLD_ONCE))
    await a_spare(work)
    lost = QUIET + run.random.uniform(0.0, 60.0)
    await work.until(lost)
    _lose(work.house.simulator.modem, loss)
    await work.until(lost + run.random.uniform(0.0, 120.0))
    raised = work.seconds
    await work.raise_alarm("pump", Severity.CRITICAL, ANNA, within=20.0)
    await work.until(lost + AWAY)
    told = min(piece.at or 0.0 for piece in run.ledger.pieces if "pump" in piece.text)
    run.note("t_fallback", told - virtual_time.START - raised)
    run.note("t_report", _told(work) - lost)
    if loss is Loss.UNTIL_CYCLED:
        run.note("t_cycled", _well(work, lost) - lost)
    else:
        work.house.simulator.modem.set_registration(RegistrationStatus.HOME)
    await work.until(lost + 2 * AWAY)
    await work.raise_alarm("door", Severity.CRITICAL, ANNA, within=20.0)
    await work.until(lost + 3 * AWAY)
    return run.outcome(run.folder / "journal.db", work.phones, foreseen=(f"route/{ROUTE}",))


def _told(work: Clockwork) -> float:
    """When the gateway raised its own alarm about it."""
    return next(
        at
        for at, event in work.events
        if isinstance(event, AlarmChanged) and event.alarm.key == f"route/{ROUTE}" and event.event == "raised"
    )


def _well(work: Clockwork, after: float) -> float:
    return next(
        at
        for at, event in work.events
        if at > after
        and isinstance(event, RouteChanged)
        and event.route == ROUTE
        and event.health.state is RouteState.OK
    )


async def _in_real_time(run: Run, loss: Loss) -> Outcome:
    provider = await run.use(a_provider(run.ledger))
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, providers=[provider.section()]))
    radio = run.keep(a_radio(plant.modem))
    gateway = await run.use(plant.gateway())
    await running(gateway)
    await gateway.says("route provider: ok")
    lost, heard = run.now(), len(plant.peer.messages)
    _lose(radio.simulator.modem, loss)
    await plant.raise_alarm("pump", "Pump off", within=20.0)
    await run.until(lambda: bool(provider.asked), "a message by the provider")
    run.note("t_fallback", provider.asked[0].at - lost)
    await plant.route("failed", after=heard, within=120.0)
    run.note("t_report", run.now() - lost)
    if loss is not Loss.UNTIL_CYCLED:
        radio.simulator.modem.set_registration(RegistrationStatus.HOME)
    await plant.route("ok", after=len(plant.peer.messages), within=180.0)
    if loss is Loss.UNTIL_CYCLED:
        run.note("t_cycled", run.now() - lost)
    await plant.settled()
    return run.outcome(plant.journal, radio.phones, foreseen=("route/*",))
