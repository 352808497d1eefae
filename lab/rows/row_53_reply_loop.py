"""Machines that answer: a holiday note, an echo, a second gateway."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from alert_engine.model import AlarmChanged, Policy, Severity, Step
from alert_engine.routes.gsm_modem import GsmModemRoute
from gsm_driver import ModemSupervisor
from gsm_driver.simulator import (
    LoopScheduler,
    NetworkEventKind,
    SimCard,
    Simulator,
    register_simulator,
)
from lab.parts.virtual import a_clockwork, number_of
from lab.row import Extent, Limit, Row, World
from tests.engine.routes.modem_house import person
from tests.engine.support import make_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gsm_driver.simulator import NetworkEvent
    from lab.parts.virtual import Clockwork
    from lab.run import Outcome, Run

HOUR = 3600.0
ALARMS = {True: 8, False: 18}  # in quick, in full: the machine answers each
BETWEEN = 600.0  # seconds between two
LAST = 600.0  # seconds in which the machine keeps silent: what is on the way arrives
MACHINE = person("Machine", "+436645555555")
US = person("Us", "+43660000001")


class Machine(Enum):
    """Who answers every text that we send."""

    HOLIDAY_NOTE = auto()  # the same words each time
    ECHO = auto()  # what it was sent, with words before it
    COUNTER = auto()  # other words each time
    HELP = auto()  # a word that we answer
    STATUS = auto()  # a question: whoever asks is a person, and is answered ten times an hour
    GATEWAY = auto()  # a second one of ours, each with the other among its people


ROW = Row(
    number=53,
    fault="a loop of answers: a vacation bot, an echo, two gateways that know each other's numbers",
    expected="the gateway falls silent after 5 answers, and no machine takes an alarm by what it repeats",
    worlds={World.VIRTUAL: Extent(quick=len(Machine), full=100 * len(Machine), batch=30)},
    limits=(
        Limit("answers to the machine", at_most=5),
        Limit("answers in an hour to a machine that asks", at_most=10),
        Limit("alarms taken by a machine", at_most=0),
    ),
    remark="there is an alarm every ten minutes for three hours, in quick for 80 minutes: the machine always "
    "has something to answer",
    timeout=300.0,
)
ONCE = (Policy(name=Severity.CRITICAL, steps=(Step(after=timedelta(0), notify=()),)),)


async def play(run: Run) -> Outcome:
    """Hours with a machine among the people."""
    machine = list(Machine)[run.seed % len(Machine)]
    conditions = {
        "submit_latency": run.random.uniform(0.05, 4.0),
        "delivery_latency": run.random.uniform(0, 5),
    }
    phones = () if machine is Machine.GATEWAY else (MACHINE,)
    work = await run.use(
        a_clockwork(run, people=(MACHINE,), phones=phones, conditions=conditions, policies=ONCE)
    )
    left: list[NetworkEvent] = []
    work.house.network.listen(lambda event: _note(run, event, left, is_heard=machine is Machine.GATEWAY))
    if machine is Machine.GATEWAY:
        await run.use(_another_gateway(run, work))
    else:
        _answering(run, work, machine)
    for number in range(ALARMS[run.is_quick]):
        await work.raise_alarm(f"pump-{number}", Severity.CRITICAL, MACHINE)
        await work.until((number + 1) * BETWEEN)
    await work.until(ALARMS[run.is_quick] * BETWEEN + LAST)
    answers = [event.at for event in left if "CRITICAL" not in event.text]
    if machine is Machine.STATUS:
        in_an_hour = (sum(at <= each < at + HOUR - 60.0 for each in answers) for at in answers)
        run.note("answers in an hour to a machine that asks", max(in_an_hour))
    else:
        run.note("answers to the machine", len(answers))
    taken = [
        event for _, event in work.events if isinstance(event, AlarmChanged) and event.event == "acknowledged"
    ]
    run.note("alarms taken by a machine", len(taken))
    return run.outcome(run.folder / "journal.db", work.phones)


def _note(run: Run, event: NetworkEvent, left: list[NetworkEvent], *, is_heard: bool) -> None:
    """What leaves for the machine; a second gateway has no phone in which it could be looked up."""
    if event.kind is not NetworkEventKind.SUBMITTED or event.number != number_of(MACHINE):
        return
    left.append(event)
    if is_heard:
        run.ledger.receive(event.number, event.text, at=event.at)


def _answering(run: Run, work: Clockwork, machine: Machine) -> None:
    """Whoever has this phone lets a program answer."""
    delay = run.random.uniform(1.0, 300.0)
    answered = 0

    def answer(event: NetworkEvent) -> None:
        nonlocal answered
        if event.kind is not NetworkEventKind.DELIVERED or work.seconds >= ALARMS[run.is_quick] * BETWEEN:
            return
        answered += 1
        words = {
            Machine.HOLIDAY_NOTE: "I am away until the 20th. In urgent cases write to my office.",
            Machine.ECHO: f"Automatic answer, I am away. You wrote: {event.text}",
            Machine.COUNTER: f"I am away. This is note {answered}",
            Machine.HELP: "HELP",
        }.get(machine, "STATUS")
        scheduler = work.house.simulator.scheduler
        scheduler.call_later(delay, lambda: work.house.network.deliver_sms(number_of(MACHINE), words))

    work.house.network.listen(answer)


@asynccontextmanager
async def _another_gateway(run: Run, work: Clockwork) -> AsyncIterator[None]:
    """With a modem of its own in the same network, and with us among its people."""
    folder = run.folder / "other"
    folder.mkdir()
    engine = make_engine(folder, people=(US,), clock=work.story.clock, policies=ONCE)
    card = SimCard(number=number_of(MACHINE))
    register_simulator(Simulator(LoopScheduler(), name="other", network=work.house.network, sim=card))
    await engine.start()
    try:
        await engine.add_route(
            GsmModemRoute("modem", ModemSupervisor("simulator://other"), clock=work.story.clock)
        )
        yield
    finally:
        await engine.stop()
