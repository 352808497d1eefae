"""The process is killed, at every moment around every commit."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from alert_engine.failpoints import Moment
from gsm_driver.simulator import NetworkEvent, NetworkEventKind
from lab.crash import story
from lab.crash.world import Kill
from lab.parts.names import ANNA
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from lab.run import Outcome, Run

# Those that a single alarm comes by.
_MOMENTS = (Moment.RAISE, Moment.INFLIGHT, Moment.SUBMITTED, Moment.ACCEPTED, Moment.OUTCOME)
POINTS = tuple(name for moment in _MOMENTS for name in (moment.before, moment.after))

ROW = Row(
    number=36,
    fault="kill -9 at each failpoint",
    expected="what was answered for is sent; at most one SMS more for a crash with one in hand",
    worlds={
        World.FORKED: Extent(quick=40, full=2200, batch=20),
        World.REAL: Extent(quick=2, full=3 * len(POINTS), alone=True),
    },
    limits=(
        Limit("t_resume", at_most=10.0, unit="s", anchor="A9"),
        Limit("alarms lost", at_most=0, anchor="A1"),
    ),
    needs=frozenset({Need.MOSQUITTO}),
    timeout=300.0,
    remark="the crashes are aimed: in life few processes die in the very second of an SMS",
)


async def play(run: Run) -> Outcome:
    """Thousands in virtual time, a few in real time for the time to resume."""
    return await _kill_the_daemon(run) if run.world is World.REAL else _kill_forked(run)


def _kill_forked(run: Run) -> Outcome:
    """A story of several crashes; the process of this run has no threads and is forked."""
    result = story.play(run.seed, run.folder)
    run.count("alarms lost", len(result.findings.lost))
    for end in result.ends:
        if end.kill is not Kill.NONE:
            run.count("crashes", of=end.point)
    for point, doubts in result.findings.doubts.items():
        run.count("in doubt", doubts, of=point)
        run.count("one SMS more", result.findings.resent[point], of=point)
    return run.outcome(findings=result.findings, accepted=result.promises)


async def _kill_the_daemon(run: Run) -> Outcome:
    plant = await run.use(a_plant(run.folder, ledger=run.ledger))
    radio = run.keep(a_radio(plant.modem))
    point = POINTS[(run.seed * 7) % len(POINTS)]  # few runs come by different ones
    async with plant.gateway(failpoint=point) as gateway:
        await running(gateway)
        await plant.raise_alarm("pump", "Pump off")
        assert await gateway.ends() == -signal.SIGKILL
    if point == Moment.ACCEPTED.before:
        run.ledger.doubt(ANNA, radio.phone.raw[0].submit.user_data.text, point=point)

    seen: list[float] = []

    def on_event(event: NetworkEvent) -> None:
        if event.kind is NetworkEventKind.SUBMITTING:
            seen.append(run.now())

    radio.network.listen(on_event)
    started, had_left = run.now(), bool(radio.phone.raw)
    gateway = await run.use(plant.gateway())
    await running(gateway)
    await plant.raise_alarm("door", "Door open")
    await radio.sms("Door open")
    await plant.told("door", "delivered")
    await plant.settled()  # a doubt about the first may last longer
    if not had_left:
        run.note("t_resume", seen[0] - started)
    return run.outcome(plant.journal, radio.phones)
