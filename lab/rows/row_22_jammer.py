"""The modem is registered, the network takes everything, and nothing arrives: a jammer, or a false cell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alert_engine.model import AlarmChanged, Severity
from alert_engine.supervision.settings import RouteSupervision, SupervisionSettings
from gsm_driver.simulator import NetworkEvent, NetworkEventKind
from gsm_driver.simulator.device import DEFAULT_NUMBER
from lab.parts.spare import TOLD_ONCE, a_spare
from lab.parts.virtual import ANNA, a_clockwork
from lab.row import Extent, Limit, Row, World

if TYPE_CHECKING:
    from lab.parts.virtual import Clockwork
    from lab.run import Outcome, Run

HOUR = 3600.0
EVERY = 6 * HOUR  # the SMS of the modem to itself, as it is shipped
LASTS = 8 * HOUR  # one of them falls into it for certain
ROUTE = "modem"

ROW = Row(
    number=22,
    fault="jammer: registered, but nothing is delivered",
    expected="found by the SMS to itself, ten minutes after it was due; alarms go by the next way meanwhile",
    worlds={World.VIRTUAL: Extent(quick=1, full=200, batch=10)},
    limits=(
        Limit("t_report", at_most=601.0, unit="s"),
        Limit("t_recover", at_most=HOUR + 700.0, unit="s"),
    ),
    remark="t_report counts from when the SMS to itself was due, every six hours; so the time is virtual",
)


async def play(run: Run) -> Outcome:
    """Jam, raise alarms, wait for the report; stop jamming, and wait until the modem has proven itself."""
    watched = SupervisionSettings(routes=(RouteSupervision(route=ROUTE, own_number=DEFAULT_NUMBER),))
    work = await run.use(a_clockwork(run, policies=TOLD_ONCE, supervision=watched))
    await a_spare(work)
    due: list[float] = []

    def on_event(event: NetworkEvent) -> None:
        if event.kind is NetworkEventKind.SUBMITTING and event.number == DEFAULT_NUMBER:
            due.append(work.seconds)

    work.house.network.listen(on_event)
    jammed = run.random.uniform(0.5, 6.0) * HOUR
    await work.until(jammed)
    _lose(work, 1.0)
    await work.until(jammed + run.random.uniform(0.0, LASTS / 2))
    await work.raise_alarm("pump", Severity.CRITICAL, ANNA, within=100.0)
    await work.until(jammed + LASTS)
    _lose(work, 0.0)
    over = work.seconds
    await work.until(over + 1.5 * HOUR)
    told = _moments(work, "raised")
    run.note("t_report", told[0] - min(at for at in due if at >= jammed))
    run.note("t_recover", max(0.0, _moments(work, "cleared")[-1] - over))
    await work.raise_alarm("door", Severity.CRITICAL, ANNA, within=20.0)
    await work.until(over + 1.6 * HOUR)
    return run.outcome(run.folder / "journal.db", work.phones, foreseen=("route/*",))


def _lose(work: Clockwork, rate: float) -> None:
    work.house.network.conditions = replace(work.house.network.conditions, loss_rate=rate)


def _moments(work: Clockwork, event: str) -> list[float]:
    """When the gateway's own alarm about the route went through this."""
    return [
        at
        for at, told in work.events
        if isinstance(told, AlarmChanged) and told.alarm.key == f"route/{ROUTE}" and told.event == event
    ]
