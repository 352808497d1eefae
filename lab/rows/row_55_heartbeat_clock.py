"""A source whose clock is wrong sends its signs of life, early and late, never as it should."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from alert_engine.model import AlarmChanged, Heartbeat, Policy, Severity, Step
from alert_engine.supervision.settings import HeartbeatSettings
from lab.parts.names import SOURCE
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.parts.virtual import ANNA, a_clockwork
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from datetime import datetime

    from lab.parts.virtual import Clockwork
    from lab.run import Outcome, Run

PERIOD, GRACE = 300.0, 60.0  # seconds
REAL_PERIOD, REAL_GRACE = 2.0, 1.0
BEATS = {True: 15, False: 600}  # in quick, in full: an hour, two days
REAL_BEATS = {True: 2, False: 30}
KEY = "alive"


class Clocks(Enum):
    """Whose clock is wrong, and how."""

    RIGHT = auto()
    YEARS_BEHIND = auto()  # of the source, which has no battery
    YEARS_AHEAD = auto()
    DRIFTS = auto()  # a second in ten
    JUMPS = auto()  # back and forth at each beat
    OURS_JUMPS = auto()  # the gateway's own is set, an hour to and fro


ROW = Row(
    number=55,
    fault="the clock of a heartbeat's source is wrong, its beats jitter, the gateway's own clock is set",
    expected="only the time of reception counts: no false alarm, and silence is told after period and grace",
    worlds={
        World.VIRTUAL: Extent(quick=len(Clocks), full=100 * len(Clocks), batch=30),
        World.REAL: Extent(quick=1, full=10, alone=True),
    },
    limits=(
        Limit("false alarms", at_most=0),
        Limit("silence not told", at_most=0),
        Limit("t_over_grace", at_most=2.0, unit="s"),
    ),
    needs=frozenset({Need.MOSQUITTO}),
    remark="t_over_grace: from the end of the grace to the alarm; beats come as late as just fits",
    timeout=300.0,
)
ONCE = (Policy(name=Severity.HIGH, steps=(Step(after=timedelta(0), notify=()),)),)


async def play(run: Run) -> Outcome:
    """Beats with jitter for a while, then silence, then one more."""
    return await (_play_virtual(run) if run.world is World.VIRTUAL else _play_real(run))


async def _play_virtual(run: Run) -> Outcome:
    clocks = list(Clocks)[run.seed % len(Clocks)]
    watched = HeartbeatSettings(
        source=SOURCE,
        key=KEY,
        period=timedelta(seconds=PERIOD),
        grace=timedelta(seconds=GRACE),
        title="No sign of life.",
    )
    work = await run.use(a_clockwork(run, people=(ANNA,), policies=ONCE, heartbeats=(watched,)))
    for number in range(BEATS[run.is_quick]):
        if clocks is Clocks.OURS_JUMPS and number % 7 == 3:
            work.story.clock.offset += timedelta(seconds=run.random.uniform(-3600.0, 3600.0))
            await work.until(work.seconds + 61.0)  # it is seen within a minute
        told = _source_time(run, work.story.clock.now(), clocks, number)
        await work.engine.apply([Heartbeat(source=SOURCE, key=KEY, source_time=told)])
        last = work.seconds
        await work.until(
            last
            + run.random.uniform(
                1.0, PERIOD + GRACE - 62.0 if clocks is Clocks.OURS_JUMPS else PERIOD + GRACE - 1.0
            )
        )
    run.note("false alarms", len(_raised(work)))
    await work.until(last + PERIOD + GRACE + 600.0)
    raised = _raised(work)
    run.note("silence not told", int(len(raised) != 1))
    run.note("t_over_grace", min(raised, default=work.seconds) - last - PERIOD - GRACE)
    run.ledger.accept("silence", "No sign of life.", ANNA.addresses[0].value)
    await work.engine.apply([Heartbeat(source=SOURCE, key=KEY)])
    await work.until(work.seconds + 120.0)
    run.note("silence not told", len(await work.engine.open_alarms()))
    return run.outcome(run.folder / "journal.db", work.phones)


def _raised(work: Clockwork) -> list[float]:
    changes = [(at, event) for at, event in work.events if isinstance(event, AlarmChanged)]
    return [at for at, event in changes if event.event == "raised" and event.alarm.key == f"hb/{KEY}"]


def _source_time(run: Run, now: datetime, clocks: Clocks, number: int) -> datetime:
    """What the source believes."""
    match clocks:
        case Clocks.YEARS_BEHIND:
            return now - timedelta(days=56 * 365)
        case Clocks.YEARS_AHEAD:
            return now + timedelta(days=12 * 365)
        case Clocks.DRIFTS:
            return now + timedelta(seconds=number * PERIOD / 10)
        case Clocks.JUMPS:
            return now + timedelta(seconds=run.random.uniform(-86_400.0, 86_400.0))
        case _:
            return now


async def _play_real(run: Run) -> Outcome:
    """Over MQTT: the payload has a time of its own."""
    watched = {
        "source": SOURCE,
        "key": KEY,
        "period": f"{REAL_PERIOD:g}s",
        "grace": f"{REAL_GRACE:g}s",
        "severity": "critical",
        "title": "No sign of life.",
    }
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, heartbeats=[watched]))
    radio = run.keep(a_radio(plant.modem))
    await running(await run.use(plant.gateway()))
    last = run.now()
    for _ in range(REAL_BEATS[run.is_quick]):
        year = run.random.choice((1970, 2000, 2099))
        await plant.publish(f"in/heartbeat/{SOURCE}/{KEY}", json.dumps({"ts": f"{year}-01-01T00:00:00Z"}))
        last = run.now()
        await asyncio.sleep(run.random.uniform(0.5, REAL_PERIOD + REAL_GRACE - 1.0))
    run.note("false alarms", len(radio.phone.inbox))
    missed = await radio.sms("No sign of life.")
    run.ledger.accept("silence", "No sign of life.", radio.phone.number)
    run.note("t_over_grace", missed.at - last - REAL_PERIOD - REAL_GRACE)
    await plant.publish(f"in/heartbeat/{SOURCE}/{KEY}", "alive")
    await radio.sms("CLEARED")
    run.note("silence not told", 0)
    await plant.settled()
    return run.outcome(plant.journal, radio.phones)
