"""The modem hangs: it hears nothing and says nothing, and its port is there all the time."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.model import RouteChanged, Severity
from alert_engine.routes.base import RouteState
from gsm_driver import RecoveryMeans
from gsm_driver.simulator import Fault, Moment, Silence
from lab.parts.names import MODEM
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.parts.second_way import SECOND_WAY, SMS_ONCE, a_second_way, note_texts
from lab.parts.virtual import ANNA, a_clockwork
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from lab.parts.virtual import Clockwork
    from lab.run import Outcome, Run

END = 3_600.0  # seconds
SWITCHING = 5.0  # seconds that the power switch takes
ESC = b"\x1b"
RESET = b"AT+CRESET"


class Case(StrEnum):
    """When it hangs in real time."""

    SENDING = "while an alarm is sent"
    IDLE = "while nothing is to do"


CASES = tuple(Case)

ROW = Row(
    number=5,
    fault="modem silent (it hangs)",
    expected="ESC, AT, a restart by command, the power switch; the route is failed and others are used",
    worlds={
        World.VIRTUAL: Extent(quick=4, full=600, batch=12),
        World.REAL: Extent(quick=0, full=2 * 10, alone=True),
    },
    limits=(
        Limit("t_report", at_most=90.0, unit="s", anchor="A5"),
        Limit("t_fallback", at_most=30.0, unit="s"),
        Limit("t_reset", at_most=180.0, unit="s"),
        Limit("t_power", at_most=1_200.0, unit="s"),
        Limit("t_recover", at_most=60.0, unit="s"),
        Limit("power cycles", at_most=1),
    ),
    needs=frozenset({Need.MOSQUITTO}),
    timeout=300.0,
    remark="virtual: times of the ladder from the hang on, with a power switch as the only thing that helps; "
    "t_recover is from there. It takes minutes in real time, so it is not in the quick laboratory there",
)


async def play(run: Run) -> Outcome:
    """The whole ladder in virtual time; in real time, what people notice of it."""
    return await (_climb(run) if run.world is World.VIRTUAL else _hang(run))


async def _climb(run: Run) -> Outcome:
    """It hangs at any moment; an alarm comes a little later, and leaves by another way."""
    switched: list[float] = []

    async def power() -> None:
        switched.append(work.seconds)
        work.house.simulator.modem.switch_off()
        await work.until(work.seconds + SWITCHING)
        work.house.simulator.modem.switch_on()

    means = RecoveryMeans(power=power)
    work = await run.use(a_clockwork(run, people=(ANNA,), policies=SMS_ONCE, means=means))
    other = await a_second_way(work)
    await work.until(run.random.uniform(1.0, 100.0))
    hung, written = work.seconds, _written(work)
    work.house.simulator.modem.fall_silent()
    await work.until(hung + run.random.uniform(0.0, 60.0))
    raised = work.seconds
    await work.raise_alarm("pump", Severity.CRITICAL, ANNA)
    await work.until(hung + END)
    note_texts(work, other)
    run.note("t_fallback", min(left.at for left in other.left) - raised)
    run.note("t_escape", _first(written, ESC, hung) - hung)
    run.note("t_reset", _first(written, RESET, hung) - hung)
    run.note("t_power", switched[0] - hung)
    run.note("power cycles", len(switched))
    health = [
        (at, event.health.state)
        for at, event in work.events
        if isinstance(event, RouteChanged) and event.route == "modem" and at > hung
    ]
    run.note("t_report", next(at for at, state in health if state is RouteState.FAILED) - hung)
    run.note("t_recover", next(at for at, state in health if state is RouteState.OK) - switched[0])
    return run.outcome(run.folder / "journal.db", work.phones, foreseen=("route/*",))


def _written(work: Clockwork) -> list[tuple[float, bytes]]:
    """What the host writes from now on, and when."""
    line, found = work.house.simulator.line, list[tuple[float, bytes]]()
    write = line.write_from_host

    def noted(data: bytes) -> None:
        found.append((work.seconds, data))
        write(data)

    line.write_from_host = noted  # type: ignore[method-assign]  # a tap on the cable
    return found


def _first(written: list[tuple[float, bytes]], words: bytes, after: float) -> float:
    return next(at for at, data in written if at >= after and words in data)


async def _hang(run: Run) -> Outcome:
    case = CASES[run.seed % len(CASES)]
    plant = await run.use(a_plant(run.folder, ledger=run.ledger))
    radio = run.keep(a_radio(plant.modem))
    spare = run.keep(a_radio(run.folder / SECOND_WAY))
    gateway = await run.use(plant.gateway(ports={MODEM: str(radio.link), SECOND_WAY: str(spare.link)}))
    await running(gateway)
    await gateway.says(f"route {SECOND_WAY}: ok")
    heard = len(plant.peer.messages)
    hung = run.now()
    if case is Case.SENDING:
        hang = Fault(moment=Moment.COMMAND, effect=Silence(), command="+CMGS", at=(1,))
        radio.simulator.modem.faults.replace([hang])
        await plant.raise_alarm("pump", "Pump off")
        await spare.sms("Pump off", within=60.0)
        run.note("t_fallback", run.now() - hung)
    else:
        radio.simulator.modem.fall_silent()
    await plant.route("failed", after=heard, within=120.0)
    run.note("t_report", run.now() - hung)
    await plant.raise_alarm("door", "Door open")
    await spare.sms("Door open")
    await plant.told("door", "delivered")
    return run.outcome(plant.journal, (*radio.phones, *spare.phones), foreseen=("route/*",))
