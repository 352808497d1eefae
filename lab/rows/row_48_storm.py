"""A thousand alarms in a minute for one phone, and contacts that bounce among them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alert_engine.decisions.throttle import DEFAULT_LIMITS
from alert_engine.model import Severity
from gsm_driver.simulator import NetworkEventKind
from lab.parts.names import ANNA as ANNA_PHONE
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.parts.virtual import ANNA, SOURCE, a_clockwork
from lab.row import Extent, Limit, Need, Row, World
from tests import virtual_time

if TYPE_CHECKING:
    from gsm_driver.simulator import SimulatedNetwork
    from lab.run import Outcome, Run

ALARMS = 1000
FLAPPING = 0.1  # of the keys
CHANGES = 7  # of each of those within the minute
MINUTE, QUARTER = 60.0, 900.0
QUICK_ALARMS = 300  # in real time, in the quick laboratory
UNTIL_TOLD = 300.0  # seconds: two bundles of two minutes, and some
CRITICAL, CRITICAL_TITLE = "critical", "The critical one."
WITHIN = 20.0  # seconds
# As shipped, but for the two minutes in which more is gathered: in quick nobody waits so long.
SOON = {
    "sms": {
        "windows": ["5 in 15min", "11 in 1h", "21 in 3h"],
        "reserve": ["3 in 15min"],
        "bundle": "20s",
    }
}

ROW = Row(
    number=48,
    fault="a storm: 1,000 alarms within a minute for one phone, 100 keys flapping, one critical in between",
    expected="at most 5 SMS in 15 min, digests name all, the critical one leaves within 20 s",
    worlds={
        World.VIRTUAL: Extent(quick=1, full=200, batch=10),
        World.REAL: Extent(quick=1, full=5, alone=True),
    },
    limits=(
        Limit("SMS in 15 min", at_most=5, anchor="A8"),
        Limit("t_critical", at_most=WITHIN, unit="s", anchor="A8"),
        Limit("not taken by OK ALL", at_most=0),
    ),
    needs=frozenset({Need.MOSQUITTO}),
    timeout=420.0,
    remark=(
        "with the limits and policies that are shipped; in real time the alarms come as fast as the broker "
        "takes them, and SMS are counted as long as the run lasts"
    ),
)


async def play(run: Run) -> Outcome:
    """In virtual time with the whole quarter of an hour; in real time for the critical one."""
    return await (_play_virtual(run) if run.world is World.VIRTUAL else _play_real(run))


class _Sent:
    """The segments that left, with their seconds."""

    def __init__(self, run: Run, network: SimulatedNetwork) -> None:
        self.at: list[float] = []
        self.critical_at: float | None = None
        self._run = run
        network.listen(lambda event: self._note(event.kind, event.text))

    def _note(self, kind: NetworkEventKind, text: str) -> None:
        if kind is NetworkEventKind.SUBMITTED:
            self.at.append(self._run.now())
            if self.critical_at is None and CRITICAL_TITLE in text:
                self.critical_at = self._run.now()

    def measure(self, run: Run, *, began: float, critical: float) -> None:
        """Write down what the row is about."""
        run.note("SMS in 15 min", sum(at < began + QUARTER for at in self.at))
        run.note("t_critical", (self.critical_at or run.now()) - critical)


@dataclass(frozen=True, slots=True, order=True)
class _Edge:
    """A contact closes, or opens."""

    at: float  # seconds from the beginning of the storm
    key: str
    is_on: bool
    is_last: bool = True  # it stays so


def _storm(run: Run, alarms: int) -> list[_Edge]:
    """Every key is on in the end; the first ones flap before."""
    draw = run.random
    edges = []
    for number in range(alarms - 1):
        changes = CHANGES if number < alarms * FLAPPING else 1
        times = sorted(draw.uniform(0.0, MINUTE) for _ in range(changes))
        edges += [
            _Edge(at, f"key-{number}", place % 2 == 0, place == changes - 1) for place, at in enumerate(times)
        ]
    return sorted([*edges, _Edge(draw.uniform(0.0, MINUTE), CRITICAL, is_on=True)])


async def _play_virtual(run: Run) -> Outcome:
    """The whole quarter of an hour; then one text takes them all."""
    conditions = {"submit_latency": run.random.uniform(0.05, 6.0)}
    work = await run.use(a_clockwork(run, people=(ANNA,), conditions=conditions, limits=DEFAULT_LIMITS))
    sent, critical = _Sent(run, work.house.network), 0.0
    for edge in _storm(run, ALARMS):
        await work.until(edge.at)
        if edge.key == CRITICAL:
            critical = run.now()
            await work.raise_alarm(CRITICAL, Severity.CRITICAL, ANNA, within=WITHIN, title=CRITICAL_TITLE)
        elif not edge.is_on:
            await work.clear_alarm(edge.key)
        else:
            told = (ANNA,) if edge.is_last else ()
            await work.raise_alarm(edge.key, Severity.HIGH, *told, title=f"{edge.key} of many.")
    await work.until(QUARTER)
    sent.measure(run, began=virtual_time.START, critical=critical)
    work.writes(ANNA, "OK ALL")
    await work.until(QUARTER + 600.0)
    run.note("not taken by OK ALL", (await work.engine.summary()).unacknowledged)
    return run.outcome(run.folder / "journal.db", work.phones)


async def _play_real(run: Run) -> Outcome:
    """As fast as the broker takes them; in the full laboratory until the digests have told them all."""
    limits = SOON if run.is_quick else None
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, limits=limits))
    radio = run.keep(a_radio(plant.modem))
    sent = _Sent(run, radio.network)
    await running(await run.use(plant.gateway()))
    edges, critical, began = _storm(run, QUICK_ALARMS if run.is_quick else ALARMS), 0.0, run.now()
    for number, edge in enumerate(edges):
        if edge.key == CRITICAL:
            critical = run.now()
            await plant.raise_alarm(CRITICAL, CRITICAL_TITLE, within=WITHIN)
        elif not edge.is_on:
            clear = {"event": "clear", "id": f"edge-{number}"}
            await plant.publish(f"in/alarm/{SOURCE}/{edge.key}", json.dumps(clear))
        else:
            title = f"{edge.key} of many."
            await plant.raise_alarm(edge.key, title, severity="high", id=f"edge-{number}")
    run.note("t_storm", run.now() - began)
    await radio.sms(CRITICAL_TITLE)
    radio.network.deliver_sms(ANNA_PHONE, "OK ALL")
    await radio.sms(" yours")  # one or many: as many as she was told of
    if run.is_quick:
        for name in {f"raise-{edge.key}" for edge in edges if edge.key != CRITICAL}:
            run.ledger.excuse(name)  # somebody takes them before the digest of the second minute
    else:
        await asyncio.sleep(UNTIL_TOLD)
    await plant.publish("in/cmd/ack", json.dumps({"all": True, "request_id": "all", "by": "shift"}))
    await plant.settled()
    sent.measure(run, began=began, critical=critical)
    return run.outcome(plant.journal, radio.phones)
