"""The credit of the SIM is used up: the network refuses, or takes everything and delivers nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from alert_engine.model import AlarmChanged, Severity
from alert_engine.supervision.settings import RouteSupervision, SupervisionSettings
from gsm_driver.simulator import faults
from gsm_driver.simulator.device import DEFAULT_NUMBER
from lab.parts.plant import a_plant, running
from lab.parts.providers import a_provider
from lab.parts.radio import a_radio
from lab.parts.spare import TOLD_ONCE, a_spare
from lab.parts.virtual import ANNA, a_clockwork
from lab.row import Extent, Limit, Need, Row, World
from tests import virtual_time

if TYPE_CHECKING:
    from lab.run import Outcome, Run

ROUTE = "modem"
EMPTY = 1200.0  # seconds from the start until the credit is used up: the modem has proven itself by then
ALARMS, APART = 3, 300.0
END = 8 * 3600.0  # seconds: the next SMS of the modem to itself is due after six hours


@dataclass(frozen=True, slots=True)
class Case:
    """What the operator does."""

    code: int = 0  # of +CMS ERROR; 0: nothing is said, and nothing is delivered
    t_fallback: str = "t_fallback"  # where there is no refusal a report has to be waited for


SILENT = Case(t_fallback="t_fallback without a word")
REFUSALS = (Case(21), Case(38), Case(50))  # operators differ
CASES = (*REFUSALS, SILENT)

ROW = Row(
    number=19,
    fault="credit empty: CMS 21, 38 or 50, or accepted and never delivered",
    expected="the next way tells; what is silent is found by the missing report and by the SMS to itself",
    worlds={
        World.VIRTUAL: Extent(quick=4, full=400, batch=20),
        World.REAL: Extent(quick=0, full=9, alone=True),
    },
    limits=(
        Limit("t_fallback", at_most=20.0, unit="s", anchor="A6"),
        Limit("t_fallback without a word", at_most=100.0, unit="s", anchor="A6"),
        Limit("t_report", at_most=6 * 3600.0 + 600.0 + 60.0, unit="s"),
    ),
    needs=frozenset({Need.MOSQUITTO}),
    remark="t_report is that of the silent operator: six hours to the next SMS to itself, and ten minutes",
)


async def play(run: Run) -> Outcome:
    """Let the credit end, raise alarms, see who brings them."""
    return await (_in_real_time(run) if run.world is World.REAL else _in_virtual_time(run))


async def _in_virtual_time(run: Run) -> Outcome:
    case = CASES[run.seed % len(CASES)]
    watched = SupervisionSettings(routes=(RouteSupervision(route=ROUTE, own_number=DEFAULT_NUMBER),))
    work = await run.use(a_clockwork(run, policies=TOLD_ONCE, supervision=watched))
    await a_spare(work)
    await work.until(EMPTY)
    network = work.house.network
    if case.code:
        work.house.simulator.modem.faults.replace([faults.submit_error(case.code)], seed=run.seed)
    else:
        network.conditions = replace(network.conditions, loss_rate=1.0)
    for number in range(ALARMS):
        await work.until(EMPTY + number * APART + run.random.uniform(0.0, APART / 2))
        began, title = work.seconds, f"Tank {number} is low."
        await work.raise_alarm(f"tank{number}", Severity.CRITICAL, ANNA, title=title, within=100.0)
        await work.until(EMPTY + (number + 1) * APART)
        told = min(piece.at or 0.0 for piece in run.ledger.pieces if title in piece.text)
        run.note(case.t_fallback, told - virtual_time.START - began)
    if case is SILENT:
        await work.until(END)
        found = (
            at
            for at, event in work.events
            if isinstance(event, AlarmChanged) and event.alarm.key == f"route/{ROUTE}"
        )
        run.note("t_report", next(found) - EMPTY)
    return run.outcome(run.folder / "journal.db", work.phones, foreseen=("route/*", "route-weak/*"))


async def _in_real_time(run: Run) -> Outcome:
    case = REFUSALS[run.seed % len(REFUSALS)]
    provider = await run.use(a_provider(run.ledger))
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, providers=[provider.section()]))
    radio = run.keep(a_radio(plant.modem))
    radio.simulator.modem.faults.replace([faults.submit_error(case.code)], seed=run.seed)
    gateway = await run.use(plant.gateway())
    await running(gateway)
    await gateway.says("route provider: ok")
    began = run.now()
    await plant.raise_alarm("pump", "Pump off", within=20.0)
    await run.until(lambda: bool(provider.asked), "a message by the provider")
    run.note("t_fallback", provider.asked[0].at - began)
    await plant.settled()
    return run.outcome(plant.journal, radio.phones, foreseen=("route/*",))
