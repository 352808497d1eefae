"""The wall clock is wrong, is put right, jumps by a day; summer time begins and ends."""

from __future__ import annotations

import signal
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from alert_engine.model import AlarmRaise, Policy, Severity, Step, WeeklyPeriod
from lab.parts.clocks import a_wall_clock
from lab.parts.names import ANNA, SOURCE
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World
from tests.engine.support import ANNA as MARY
from tests.engine.support import BERT as OTTO
from tests.engine.support import EPOCH, FakeRoute, number_of, telling

if TYPE_CHECKING:
    from lab.parts.plant import Plant
    from lab.parts.radio import Radio
    from lab.run import Outcome, Run

BERT = "+436607654321"
DAY = 86400.0  # seconds
DEAD_CLOCK = -25 * 365 * DAY  # of a machine without a battery
STEP = 8.0  # seconds from the first step to the second, in real time
LATER = timedelta(minutes=30)  # the same in virtual time
POLICIES = {
    "critical": {
        "steps": [{"notify": ["anna"]}, {"after": f"{STEP:.0f}s", "notify": ["bert"]}],
    },
    "once": {"steps": [{"notify": ["anna"]}]},
}
PEOPLE = [{"id": "anna", "name": "Anna", "phone": ANNA}, {"id": "bert", "name": "Bert", "phone": BERT}]
HEARTBEAT = {"source": SOURCE, "key": "main", "period": "1h", "grace": "10min"}

VIENNA = ZoneInfo("Europe/Vienna")
EVENINGS = (  # before summer time begins, and before it ends
    datetime(2026, 3, 28, 20, tzinfo=VIENNA),
    datetime(2026, 10, 24, 20, tzinfo=VIENNA),
)
QUIET = WeeklyPeriod(start=time(22), end=time(6, 30))
NIGHT = 16 * 3600  # seconds of the story
BUNDLED = 180.0  # seconds after the end of quiet hours: what came together, and two minutes behind another
LOOK = 20  # seconds between two looks at when quiet hours are over


class Jump(StrEnum):
    """What the clock does while the gateway runs."""

    AHEAD = "a day ahead, and back"
    BACK = "a day back, and ahead"
    DEAD = "a start in 2001, then right"


CASES = tuple(Jump)

ROW = Row(
    number=45,
    fault="clock a day ahead or back, none at the start, both changes of summer time",
    expected="steps and waits go by the monotonic clock, quiet hours by the wall; nothing expires, nobody is "
    "told what is not so",
    worlds={
        World.REAL: Extent(quick=1, full=4 * len(CASES), alone=True),
        World.VIRTUAL: Extent(quick=4, full=2000, batch=12),
    },
    limits=(
        Limit("t_step", at_most=5.0, unit="s"),
        Limit("sent in quiet hours", at_most=0),
    ),
    needs=frozenset({Need.MOSQUITTO, Need.FAKETIME}),
    timeout=300.0,
    remark="t_step: how far the second step is from its time. The daemon's clock is set by libfaketime",
)


async def play(run: Run) -> Outcome:
    """A real process for jumps; thousands of nights in virtual time."""
    return await (_in_the_daemon(run) if run.world is World.REAL else _over_night(run))


async def _in_the_daemon(run: Run) -> Outcome:
    case = CASES[run.seed % len(CASES)]
    clock = a_wall_clock(run.folder)
    plant = await run.use(
        a_plant(run.folder, ledger=run.ledger, policies=POLICIES, people=PEOPLE, heartbeats=[HEARTBEAT])
    )
    radio = run.keep(a_radio(plant.modem))
    bert = radio.network.add_phone(BERT)
    if case is Jump.DEAD:
        async with plant.gateway(**clock.environment()) as gateway:
            await running(gateway)
            await _something_waits(plant, radio)
            gateway.signal(signal.SIGKILL)
            await gateway.ends()
    away = {Jump.AHEAD: DAY, Jump.BACK: -DAY, Jump.DEAD: DEAD_CLOCK}[case]
    clock.set(away if case is Jump.DEAD else 0.0)
    gateway = await run.use(plant.gateway(**clock.environment()))
    await gateway.says("MQTT: connected")
    if case is Jump.DEAD:
        radio.plug_in()
        await radio.sms("Tank low, waits")
    else:
        await running(gateway)
    await plant.publish(f"in/heartbeat/{SOURCE}/main", "")

    began = run.now()
    await plant.raise_alarm("steps", "Pump off, steps")
    run.ledger.accept("raise-steps to Bert", "Pump off, steps", BERT, at=began)
    await radio.sms("Pump off, steps")
    clock.set(0.0 if case is Jump.DEAD else away)
    await radio.until(lambda: bool(bert.inbox), "the second step", within=60.0)
    run.note("t_step", abs(bert.inbox[0].at - began - STEP))
    if case is not Jump.DEAD:
        await plant.settled()  # pulled before its answer, it would be in doubt
        await _something_waits(plant, radio)
        clock.set(0.0)
        radio.plug_in()
        await radio.sms("Tank low, waits", within=60.0)
    await plant.settled()
    run.note("sent in quiet hours", 0)
    return run.outcome(None, radio.phones)


async def _something_waits(plant: Plant, radio: Radio) -> None:
    """An alarm that cannot leave: the modem is gone."""
    heard = len(plant.peer.messages)
    radio.unplug()
    await plant.route("failed", after=heard, within=60.0)
    await plant.raise_alarm("waits", "Tank low, waits", policy="once")
    await plant.told("waits", "queued")


async def _over_night(run: Run) -> Outcome:
    """Alarms all night long; on every other night the clock is set meanwhile, too."""
    draw = run.random
    evening = EVENINGS[run.seed % len(EVENINGS)].astimezone(UTC)
    is_set = run.seed % 4 >= 2
    jumps = {draw.randrange(NIGHT): draw.choice((DAY, -DAY)) for _ in range(draw.randint(1, 2) * is_set)}
    alarms = {draw.randrange(NIGHT): draw.choice((Severity.HIGH, Severity.CRITICAL)) for _ in range(4)}
    aimed = {max(0, at - draw.randrange(60, 1700)): Severity.CRITICAL for at in jumps}
    alarms.update(aimed)  # their second step is still to come when the clock is set
    route = FakeRoute()
    mary = replace(MARY, time_zone=VIENNA, quiet=(QUIET,))
    at_once = Step(after=timedelta(0), notify=("anna",))
    policies = (
        Policy(name=Severity.CRITICAL, steps=(at_once, Step(after=LATER, notify=("bert",)))),
        Policy(name=Severity.HIGH, steps=(at_once,)),
    )
    night = telling(run.folder, people=(mary, OTTO), route=route, policies=policies, offset=evening - EPOCH)
    story = await run.use(night)
    begin = run.now()
    wall = _Wall(evening, jumps)
    for second in sorted({*jumps, *alarms}):
        await story.until(second)
        story.clock.offset += timedelta(seconds=jumps.get(second, 0.0))
        if second in alarms:
            severity, title = alarms[second], f"{alarms[second]} at {second}."
            asked = AlarmRaise(source=SOURCE, key=str(second), severity=severity, title=title)
            await story.engine.raise_alarm(asked)
            wait = 0.0 if severity is Severity.CRITICAL else wall.quiet_from(second) - second
            number = number_of(mary)
            run.ledger.accept(title, title, number, at=begin + second, within=wait + BUNDLED)
    await story.until(NIGHT + DAY / 2)
    _measure(run, route, wall, begin)
    return run.outcome(run.folder / "journal.db")


class _Wall:
    """What the clock in Vienna shows at a second of the story; not by any code of the gateway."""

    def __init__(self, evening: datetime, jumps: dict[int, float]) -> None:
        self._evening = evening
        self._jumps = jumps

    def is_quiet(self, second: float) -> bool:
        """It shows a time at which nobody is to be woken."""
        set_by = sum(jump for at, jump in self._jumps.items() if at <= second)
        shown = (self._evening + timedelta(seconds=second + set_by)).astimezone(VIENNA).time()
        return shown >= QUIET.start or shown < QUIET.end

    def quiet_from(self, second: float) -> float:
        """The first second from this one on at which somebody may be told."""
        while self.is_quiet(second):
            second += LOOK
        return second


def _measure(run: Run, route: FakeRoute, wall: _Wall, begin: float) -> None:
    """What left, when, and whether the clock on the wall allowed it."""
    in_quiet = 0
    for left in route.left:
        run.ledger.receive(left.address, left.text, at=begin + left.at)
        if left.address == number_of(OTTO):
            raised = int(left.text.partition(" at ")[2].partition(".")[0])
            run.note("t_step", abs(left.at - raised - LATER.total_seconds()))
        elif "critical" not in left.text.lower():
            in_quiet += wall.is_quiet(left.at)
    run.note("sent in quiet hours", in_quiet)
