"""The signal is so weak that three of ten SMS are refused."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from alert_engine.model import Severity
from gsm_driver.simulator import NetworkEventKind, faults
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.parts.spare import TOLD_ONCE
from lab.parts.virtual import ANNA, a_clockwork
from lab.row import Extent, Limit, Need, Row, Statistic, World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gsm_driver.simulator import Fault, NetworkEvent
    from lab.run import Outcome, Run

RATE = 0.3  # of the submissions
CODES = (38, 41, 42, 331)  # what modems say then: "now it does not go"; 332 leaves a doubt, as row 11 does
ALARMS = 20
APART = 60.0  # seconds from one alarm to the next
END = 1800.0  # seconds after the last: whatever would still be sent has been sent by then
AT_ONCE = 10  # alarms in real time

ROW = Row(
    number=18,
    fault="signal fades, 30 % of the submissions fail",
    expected="all are delivered, by trying again",
    worlds={
        World.VIRTUAL: Extent(quick=2, full=1000, batch=20),
        World.REAL: Extent(quick=0, full=12),
    },
    limits=(
        Limit("delivered", at_least=100.0, unit="%"),
        Limit(
            "tries", at_most=2.0, unit="a message", of=Statistic.MEAN
        ),  # 1 / 0.7 is 1.43, and chance is in it
    ),
    needs=frozenset({Need.MOSQUITTO}),
    timeout=300.0,
)


async def play(run: Run) -> Outcome:
    """Raise alarms over a network that refuses."""
    return await (_in_real_time(run) if run.world is World.REAL else _in_virtual_time(run))


def _weak(run: Run) -> list[Fault]:
    return [faults.submit_error(CODES[run.seed % len(CODES)], rate=RATE)]


async def _in_virtual_time(run: Run) -> Outcome:
    work = await run.use(a_clockwork(run, conditions={"submit_latency": 2.0}, policies=TOLD_ONCE))
    work.house.simulator.modem.faults.replace(_weak(run), seed=run.seed)
    tried = _tries(work.house.network.listen)
    for number in range(ALARMS):
        await work.until((number + 1) * APART)
        await work.raise_alarm(f"tank{number}", Severity.HIGH, ANNA, title=f"Tank {number} is low.")
    await work.until(ALARMS * APART + END)
    texts = work.house.phone(ANNA).texts
    _note(run, ALARMS, texts, tried)
    return run.outcome(run.folder / "journal.db", work.phones)


def _tries(listen: Callable[[Callable[[NetworkEvent], None]], object]) -> list[tuple[str, str]]:
    """The numbers and texts that the modem was given, as they come."""
    tried: list[tuple[str, str]] = []

    def on_event(event: NetworkEvent) -> None:
        if event.kind is NetworkEventKind.SUBMITTING:
            tried.append((event.number, event.text))

    listen(on_event)
    return tried


def _note(run: Run, alarms: int, texts: Sequence[str], tried: Sequence[tuple[str, str]]) -> None:
    found = sum(any(f"Tank {number} is low" in text for text in texts) for number in range(alarms))
    run.note("delivered", 100.0 * found / alarms)
    run.note("tries", *(float(count) for count in Counter(tried).values()))


async def _in_real_time(run: Run) -> Outcome:
    plant = await run.use(a_plant(run.folder, ledger=run.ledger))
    radio = run.keep(a_radio(plant.modem))
    radio.simulator.modem.faults.replace(_weak(run), seed=run.seed)
    tried = _tries(radio.network.listen)
    gateway = await run.use(plant.gateway())
    await running(gateway)
    for number in range(AT_ONCE):
        await plant.raise_alarm(f"tank{number}", f"Tank {number} is low.")
    for number in range(AT_ONCE):
        await radio.sms(f"Tank {number} is low", within=100.0)
    await plant.settled()
    _note(run, AT_ONCE, radio.phone.texts, tried)
    return run.outcome(plant.journal, radio.phones)
