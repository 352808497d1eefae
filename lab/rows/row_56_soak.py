"""Thirty days of mixed life, with faults from a plan."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from lab.row import Extent, Limit, Row, World
from lab.soak.lives import CLOUD, MODEM
from lab.soak.measure import growth, slope
from lab.soak.month import a_month
from lab.soak.plan import plan

if TYPE_CHECKING:
    from lab.run import Outcome, Run
    from lab.soak.month import Month

DAYS = {True: 0.5, False: 30.0}  # in quick, in full; everything of the plan happens in both
ANY_WAY = "a way out, of all time"
KEPT = "a way out, while the plan left one"

ROW = Row(
    number=56,
    fault="30 days of mixed life; modem, network, provider, broker, gateway and clock fail by a plan",
    expected="nothing lost or doubled, the auditor has nothing to do, memory and files stay flat",
    worlds={World.VIRTUAL: Extent(quick=1, full=4)},
    limits=(
        Limit(KEPT, at_least=99.8, unit="%", anchor="A10"),
        Limit("put right by the auditor", at_most=0),
        Limit("false heartbeat alarms", at_most=0),
        Limit("memory, second half over first", at_most=8.0, unit="MiB"),
        Limit("descriptors, second half over first", at_most=2),
        Limit("journal", at_most=64.0, unit="MiB"),
    ),
    units={
        "modem, of all time": "%",
        "cloud, of all time": "%",
        "memory a day": "KiB",
        "journal a day": "KiB",
    },
    timeout=7200.0,
    remark=(
        "a crash is played within the process: from one moment on nothing is committed; rows 36 to 38 kill "
        "processes. A way counts while nothing is broken there and the gateway holds it for usable"
    ),
)


async def play(run: Run) -> Outcome:
    """All of the plan, and then what waits comes to its end."""
    days = DAYS[run.is_quick]
    events = plan(run.random, days)
    month = await run.use(a_month(run.folder, run.random))
    await month.play(events, days)
    for what, number in Counter(event.what for event in events).items():
        run.count("events", number, of=what)
    _measure(run, month)
    return run.outcome(findings=month.books.findings(month.journal), accepted=month.books.accepted)


def _measure(run: Run, month: Month) -> None:
    shares = month.availability.shares(run.now())
    run.note(KEPT, month.availability.kept(run.now()))
    run.note(ANY_WAY, shares[""])
    for route in (MODEM, CLOUD):
        run.note(f"{route}, of all time", shares[route])
        run.note(f"t_repair {route}", *month.availability.repairs[route])
    engine = month.gateway.engine
    now = engine.supervision().violations if engine is not None else 0
    run.note("put right by the auditor", month.gateway.violations + now)
    run.note("false heartbeat alarms", month.false_beats)
    run.note("memory, second half over first", growth(month.samples, "memory"))
    run.note("descriptors, second half over first", growth(month.samples, "descriptors"))
    run.note("journal", max(each.journal for each in month.samples))
    if not run.is_quick:  # hours say nothing of days
        run.note("memory a day", 1024 * slope(month.samples, "memory"))
        run.note("journal a day", 1024 * slope(month.samples, "journal"))
