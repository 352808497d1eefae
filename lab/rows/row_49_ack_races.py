"""Several people answer at once, the alarm ends meanwhile, a phone still rings."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from alert_engine.model import AlarmAcknowledge, AlarmChanged, Severity
from gsm_driver.simulator import CallManner, NetworkEvent, NetworkEventKind
from lab.parts.virtual import ANNA, BERT, a_clockwork
from lab.row import Extent, Limit, Row, Statistic, World
from tests import virtual_time
from tests.engine.routes.modem_house import SMS_THEN_CALL

if TYPE_CHECKING:
    from lab.parts.virtual import Clockwork
    from lab.run import Outcome, Run

CALLED = 60.0  # seconds after the raise: the second step calls
SPREAD = 8.0  # seconds around that, in which everything happens at once
END = 600.0  # seconds: whatever would still be sent has been sent by then


class Race(Enum):
    """Who runs against whom."""

    TWO_ANSWERS = auto()
    ANSWER_AND_ACTION = auto()
    ANSWER_AND_CLEAR = auto()
    ANSWER_WHILE_RINGING = auto()


ROW = Row(
    number=49,
    fault="acknowledgements race: two at once, one against a clear, one while the phone rings",
    expected="one winner, the call is hung up, nothing is sent after it, the text says who has it",
    worlds={World.VIRTUAL: Extent(quick=24, full=4000, batch=100)},
    limits=(
        Limit("sends after the acknowledgement", at_most=0, anchor="A7"),
        Limit("winners", at_most=1),
        Limit("t_taken", at_most=1.0, unit="s", of=Statistic.P99, anchor="A7"),
        Limit("t_hang_up", at_most=1.0, unit="s"),
    ),
    timeout=300.0,
)


async def play(run: Run) -> Outcome:
    """One alarm to two people, and a race around the moment at which the phones are called."""
    draw = run.random
    race = list(Race)[run.seed % len(Race)]
    conditions = {"submit_latency": draw.choice((0.05, 2.0)), "delivery_latency": draw.choice((0.0, 1.0))}
    work = await run.use(a_clockwork(run, conditions=conditions, policies=(SMS_THEN_CALL,)))
    work.house.when_called(ANNA, CallManner.IGNORE)
    starts: list[tuple[float, NetworkEvent]] = []
    work.house.network.listen(lambda event: starts.append((work.seconds, event)))
    alarm = await work.raise_alarm("pump", Severity.CRITICAL, ANNA, BERT, within=30.0)
    first = CALLED + (SPREAD / 2 if race is Race.ANSWER_WHILE_RINGING else draw.uniform(-SPREAD, SPREAD))
    await work.until(first)
    work.writes(ANNA, f"OK {alarm.code}")
    await work.until(first + draw.choice((0.0, 0.0, draw.uniform(0.0, 2.0))))
    second = work.seconds
    await _run_against(work, race, alarm.code)
    await work.until(END)
    came = [at for at, event in starts if event.kind is NetworkEventKind.ARRIVED]
    is_direct = race in {Race.ANSWER_AND_ACTION, Race.ANSWER_AND_CLEAR}
    _measure(run, work, starts, min([*came, second]) if is_direct else min(came))
    return run.outcome(run.folder / "journal.db", work.phones)


async def _run_against(work: Clockwork, race: Race, code: str) -> None:
    if race is Race.TWO_ANSWERS:
        work.writes(BERT, f"OK {code}")
    elif race is Race.ANSWER_AND_ACTION:
        await work.engine.apply([AlarmAcknowledge(by="bert", code=code)])
    elif race is Race.ANSWER_AND_CLEAR:
        await work.clear_alarm("pump")


def _measure(run: Run, work: Clockwork, starts: list[tuple[float, NetworkEvent]], first: float) -> None:
    told = [
        (at, event.event)
        for at, event in work.events
        if isinstance(event, AlarmChanged) and event.alarm.key == "pump"
    ]
    ends = [at for at, what in told if what in {"acknowledged", "cleared", "closed"}]
    run.note("winners", sum(what == "acknowledged" for _, what in told))
    run.note("t_taken", ends[0] - first)
    late = [
        event
        for at, event in starts
        if at > ends[0] and (_is_a_raise(event) or event.kind is NetworkEventKind.RINGING)
    ]
    run.note("sends after the acknowledgement", len(late))
    taken = virtual_time.START + ends[0]
    for call in (call for phone in work.phones for call in phone.calls):
        if call.at <= taken and (call.ended_at is None or call.ended_at >= taken):
            run.note("t_hang_up", (call.ended_at or run.now()) - taken)


def _is_a_raise(event: NetworkEvent) -> bool:
    return event.kind is NetworkEventKind.SUBMITTING and "CRITICAL" in event.text and "OK" in event.text
