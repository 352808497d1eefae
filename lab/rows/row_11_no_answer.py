"""The modem has the SMS, and its +CMGS never comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alert_engine.model import MessageChanged, MessageState, RouteChanged, Severity
from alert_engine.routes.base import RouteState
from gsm_driver.simulator import NetworkEvent, NetworkEventKind
from gsm_driver.simulator.faults import deaf_at_submit, final_lost
from lab.parts.audit import copies
from lab.parts.names import MODEM
from lab.parts.phonesim import running_phonesim
from lab.parts.plant import a_plant, running
from lab.parts.second_way import SMS_ONCE
from lab.parts.virtual import ANNA, a_clockwork, number_of
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from gsm_driver.simulator import Fault
    from lab.parts.virtual import Clockwork
    from lab.run import Outcome, Run

TEXT = "Pump off"
END = 1_800.0  # seconds
IN_FLIGHT, SETTLED = MessageState.IN_FLIGHT, {MessageState.ACCEPTED, MessageState.DELIVERED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the modem does, and whether the network took the SMS and tells so."""

    deaf: float = 0.0  # seconds; 0: only the answer is lost
    is_sent: bool = True
    reported_after: float | None = None  # seconds; None: no report comes

    def __str__(self) -> str:
        """For the report."""
        what = f"deaf for {self.deaf:g} s" if self.deaf else "the answer is lost"
        report = "no report" if self.reported_after is None else f"reported after {self.reported_after:g} s"
        return f"{what}, {'sent' if self.is_sent else 'not sent'}, {report}"

    @property
    def is_doubtful(self) -> bool:
        """It was sent, and no report says so before it is sent again."""
        return self.is_sent and (self.deaf > 0 or self.reported_after is None)

    @property
    def fault(self) -> Fault:
        """For the modem."""
        return deaf_at_submit(self.deaf, sent=self.is_sent, at=(1,)) if self.deaf else final_lost(at=(1,))


CASES = (
    Case(reported_after=0.5),
    Case(reported_after=20.0),
    Case(),
    Case(deaf=70.0, reported_after=100.0),
    Case(deaf=70.0),
    Case(deaf=70.0, is_sent=False),
    Case(deaf=600.0),
    Case(deaf=600.0, is_sent=False),
)

ROW = Row(
    number=11,
    fault="no +CMGS within 60 s",
    expected="in doubt, the route degraded; a delivery report ends the doubt, else it is sent once more",
    worlds={
        World.VIRTUAL: Extent(quick=len(CASES), full=100 * len(CASES), batch=len(CASES)),
        World.REAL: Extent(quick=1, full=20),
    },
    limits=(
        Limit("copies too many", at_most=1, anchor="A2"),
        Limit("copies too many where nobody can doubt", at_most=0, anchor="A2"),
        Limit("t_outcome", at_most=61.0, unit="s"),
        Limit("t_degraded", at_most=90.0, unit="s", anchor="A5"),
        Limit("t_settle", at_most=130.0, unit="s"),
    ),
    needs=frozenset({Need.MOSQUITTO, Need.PHONESIM}),
    timeout=300.0,
    remark="in real time it is phonesim whose +CMGS is swallowed, and whose report ends the doubt; "
    "t_settle is from when the modem speaks again",
)


async def play(run: Run) -> Outcome:
    """All cases in virtual time; in real time, one that a report ends."""
    return await (_lose(run) if run.world is World.VIRTUAL else _lose_of_phonesim(run))


async def _lose(run: Run) -> Outcome:
    case = CASES[run.seed % len(CASES)]
    conditions = {
        "submit_latency": run.random.choice((0.5, 4.0)),
        "report_latency": case.reported_after or 0.0,
        "report_loss_rate": float(case.reported_after is None),
    }
    work = await run.use(
        a_clockwork(run, case.fault, people=(ANNA,), conditions=conditions, policies=SMS_ONCE)
    )
    left: list[float] = []

    def on_event(event: NetworkEvent) -> None:
        if event.kind is NetworkEventKind.SUBMITTING and not left:
            left.append(work.seconds)
            if case.is_doubtful:
                run.ledger.doubt(number_of(ANNA), event.text, event.segment, point="ctrl_z")

    work.house.network.listen(on_event)
    await work.until(run.random.uniform(1.0, 30.0))
    await work.raise_alarm("pump", Severity.CRITICAL, ANNA, title=TEXT)
    await work.until(END)
    _measure(run, work, case, left[0])
    return run.outcome(run.folder / "journal.db", work.phones, foreseen=("route/*",))


def _measure(run: Run, work: Clockwork, case: Case, left: float) -> None:
    states = [(at, event.message.state) for at, event in work.events if isinstance(event, MessageChanged)]
    begun = next(place for place, (_, state) in enumerate(states) if state is IN_FLIGHT)
    run.note("t_outcome", next(at for at, state in states[begun:] if state is not IN_FLIGHT) - left)
    speaks = left + case.deaf
    run.note("t_settle", next(at for at, state in states if state in SETTLED) - speaks)
    unwell = (
        at
        for at, event in work.events
        if at >= left and isinstance(event, RouteChanged) and event.health.state is not RouteState.OK
    )
    if case.deaf:
        run.note("t_degraded", next(unwell) - left)
    extra = copies(work.house.phone(ANNA), TEXT) - 1
    run.note("copies too many", extra)
    if not case.is_doubtful:
        run.note("copies too many where nobody can doubt", extra)
    run.count("one SMS more", extra, of=str(case))


async def _lose_of_phonesim(run: Run) -> Outcome:
    plant = await run.use(a_plant(run.folder, ledger=run.ledger))
    folder = run.folder / "phonesim"
    folder.mkdir()
    phonesim = await run.use(running_phonesim(folder))
    phonesim.disturb = lambda said: b"" if b"+CMGS:" in said else said
    gateway = await run.use(plant.gateway(ports={MODEM: phonesim.url}, doubt_wait="15s"))
    await running(gateway)
    began = run.now()
    await plant.raise_alarm("pump", TEXT)
    await plant.told("pump", "delivered")
    run.note("t_settle", run.now() - began)
    await plant.settled()
    phonesim.note_messages(run.ledger)
    run.note("copies too many where nobody can doubt", len(phonesim.messages) - 1)
    return run.outcome(plant.journal)
