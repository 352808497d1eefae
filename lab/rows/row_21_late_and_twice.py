"""Reports hours late, segments out of order, and the network delivers the same SMS again."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.model import MessageChanged, MessageState, Severity
from lab.parts.spare import TOLD_ONCE
from lab.parts.virtual import ANNA, BERT, a_clockwork, number_of
from lab.row import Extent, Limit, Row, World

if TYPE_CHECKING:
    from lab.parts.virtual import Clockwork
    from lab.run import Outcome, Run

TWO_HOURS = 7200.0
WORDS = "The level of tank seven falls and nobody knows why. " * 4  # several segments
REPEATS = 3  # copies of one SMS to the modem
PAUSE = 600.0  # seconds between two things that people write
# Where a message may stand: never further to the left than before.
ORDER = (MessageState.QUEUED, MessageState.IN_FLIGHT, MessageState.ACCEPTED, MessageState.DELIVERED)
FINAL = frozenset({MessageState.DELIVERED, MessageState.FAILED, MessageState.EXPIRED, MessageState.CANCELLED})


class Case(StrEnum):
    """What the network does."""

    LATE = "the reports come two hours late"
    SHUFFLED = "segments overtake each other, both ways"
    TWICE = "what people write comes again and again"


ROW = Row(
    number=21,
    fault="report 2 h late, SMS out of order, duplicated by the network",
    expected="states only move forward, each word of people counts once",
    worlds={World.VIRTUAL: Extent(quick=3, full=600, batch=20)},
    limits=(
        Limit("wrong transitions", at_most=0),
        Limit("delivered in the end", at_least=100.0, unit="%"),
        Limit("acknowledgements", at_most=1),
    ),
)


async def play(run: Run) -> Outcome:
    """Two alarms to two people over such a network; both answer."""
    case = list(Case)[run.seed % len(Case)]
    conditions = {
        "submit_latency": 1.0,
        "report_latency": TWO_HOURS + run.random.uniform(0.0, 600.0) if case is Case.LATE else 1.0,
        "delivery_jitter": 60.0 if case is Case.SHUFFLED else 0.0,
    }
    work = await run.use(a_clockwork(run, conditions=conditions, policies=TOLD_ONCE))
    # A normal alarm: that it was accepted is proof enough, so nobody is told again while reports are late.
    for number, who in enumerate((ANNA, BERT)):
        await work.until((number + 1) * PAUSE)
        title = f"Tank {number} is low."
        alarm = await work.raise_alarm(f"tank{number}", Severity.NORMAL, ANNA, BERT, title=title, text=WORDS)
        await work.until((number + 1) * PAUSE + PAUSE / 2)
        _write(work, case, number_of(who), f"OK {alarm.code}")
    await work.until(1.5 * TWO_HOURS)
    _measure(run, work)
    return run.outcome(run.folder / "journal.db", work.phones)


def _write(work: Clockwork, case: Case, sender: str, text: str) -> None:
    """Somebody answers: in segments where they are shuffled, in copies where they come twice."""
    if case is Case.SHUFFLED:
        text = f"{text} {'and I go there now ' * 9}".strip()
    order = {Case.SHUFFLED: (1, 0), Case.TWICE: (0,) * REPEATS}.get(case)
    work.run.ledger.commands[sender, text] += 1
    work.house.network.deliver_sms(sender, text, order=order, interval=work.run.random.uniform(1.0, 30.0))


def _measure(run: Run, work: Clockwork) -> None:
    last: dict[str, MessageState] = {}
    wrong = 0
    taken = 0
    for _, event in work.events:
        if isinstance(event, MessageChanged):
            before, now = last.get(event.message.uid), event.message.state
            last[event.message.uid] = now
            wrong += before is not None and _is_backwards(before, now)
        elif getattr(event, "event", "") == "acknowledged":
            taken += 1
    run.note("wrong transitions", wrong)
    run.note("acknowledgements", taken / 2)
    run.note(
        "delivered in the end", 100.0 * sum(s is MessageState.DELIVERED for s in last.values()) / len(last)
    )


def _is_backwards(before: MessageState, now: MessageState) -> bool:
    if before in FINAL:
        return now is not before
    return before in ORDER and now in ORDER and ORDER.index(now) < ORDER.index(before)
