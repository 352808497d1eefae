"""The network refuses each SMS for now: 38, 41, 42, 331, 332, 500."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

from alert_engine.model import Severity
from alert_engine.settings import DeliveryRules
from gsm_driver.simulator import NetworkEvent, NetworkEventKind
from gsm_driver.simulator.faults import submit_error
from lab.parts.names import MODEM
from lab.parts.phonesim import running_phonesim
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.parts.second_way import SECOND_WAY, SMS_ONCE, a_second_way, note_texts
from lab.parts.virtual import ANNA, a_clockwork
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from lab.run import Outcome, Run

WAITS = (2.0, 5.0, 15.0, 30.0, 60.0)  # seconds between two tries, as promised
NOT_FOR_CERTAIN = frozenset({332, 500})  # the SMS may have been sent all the same: a report is waited for
IN_DOUBT = 332  # each try may be a copy, so there are few: then the message has failed, and it is told
MOST_REFUSALS, MOST_DOUBTS = 5, DeliveryRules().max_resends
END, END_OF_DOUBTS = 900.0, 3_600.0  # seconds; the doubts of one message grow longer
REFUSAL = b"\r\n+CMS ERROR: 38\r\n"


@dataclass(frozen=True, slots=True)
class Case:
    """What is refused, how urgent it is, and whether there is another way."""

    code: int
    severity: Severity
    has_other_way: bool


# In such an order that any half of them, one after the other, has each figure in it.
CASES = tuple(
    Case(*each)
    for each in product((38, 332, 41, 42, 500, 331), (Severity.CRITICAL, Severity.HIGH), (False, True))
)

ROW = Row(
    number=9,
    fault="SMS refused for now: 38, 41, 42, 331, 332, 500",
    expected="tried again after 2, 5, 15, 30 s …; by another way, if there is one, and critical ones sooner",
    worlds={
        World.VIRTUAL: Extent(quick=len(CASES) // 2, full=50 * len(CASES), batch=len(CASES)),
        World.REAL: Extent(quick=0, full=20, alone=True),
    },
    limits=(
        Limit("t_skew", at_most=1.0, unit="s"),
        Limit("t_fallback", at_most=20.0, unit="s", anchor="A6"),
        Limit("t_fallback_not_certain", at_most=40.0, unit="s"),
        Limit("t_fallback_high", at_most=200.0, unit="s"),
    ),
    units={"tries": "tries"},
    needs=frozenset({Need.MOSQUITTO, Need.PHONESIM}),
    remark="in real time phonesim refuses, and another modem is the other way; 332 and 500 leave it open "
    "whether the SMS was sent, so a delivery report is waited for, 15 s or 90 s; after four times 332 the "
    "message has failed, which is told",
)


async def play(run: Run) -> Outcome:
    """All codes in virtual time, for the waits; in real time, 38 and another modem."""
    return await (_refuse(run) if run.world is World.VIRTUAL else _refuse_by_phonesim(run))


async def _refuse(run: Run) -> Outcome:
    case = CASES[run.seed % len(CASES)]
    most = MOST_DOUBTS if case.code == IN_DOUBT else MOST_REFUSALS
    refusals = None if case.has_other_way else run.random.randint(1, most)
    fault = submit_error(case.code, limit=refusals)
    work = await run.use(a_clockwork(run, fault, people=(ANNA,), policies=SMS_ONCE))
    other = await a_second_way(work) if case.has_other_way else None
    tries: list[float] = []

    def on_event(event: NetworkEvent) -> None:
        if event.kind is NetworkEventKind.SUBMITTING:
            tries.append(work.seconds)

    work.house.network.listen(on_event)
    await work.until(run.random.uniform(1.0, 30.0))
    began = work.seconds
    await work.raise_alarm("pump", case.severity, ANNA)
    await work.until(END_OF_DOUBTS if case.code == IN_DOUBT else END)
    run.note("tries", len(tries))
    if other is not None:
        note_texts(work, other)
        run.note(_figure_of(case), min(left.at for left in other.left) - began)
    elif case.code not in NOT_FOR_CERTAIN:
        gaps = [later - earlier for earlier, later in pairwise(tries)]
        run.note("t_skew", *(abs(gap - wait) for gap, wait in zip(gaps, WAITS, strict=False)))
    return run.outcome(run.folder / "journal.db", work.phones)


def _figure_of(case: Case) -> str:
    if case.severity is not Severity.CRITICAL:
        return "t_fallback_high"
    return "t_fallback_not_certain" if case.code in NOT_FOR_CERTAIN else "t_fallback"


async def _refuse_by_phonesim(run: Run) -> Outcome:
    plant = await run.use(a_plant(run.folder, ledger=run.ledger))
    folder = run.folder / "phonesim"
    folder.mkdir()
    phonesim = await run.use(running_phonesim(folder))
    phonesim.disturb = _refusing
    radio = run.keep(a_radio(run.folder / SECOND_WAY))
    gateway = await run.use(plant.gateway(ports={MODEM: phonesim.url, SECOND_WAY: str(radio.link)}))
    await running(gateway)
    await gateway.says(f"route {SECOND_WAY}: ok")
    began = run.now()
    await plant.raise_alarm("pump", "Pump off")
    await radio.sms("Pump off", within=60.0)
    run.note("t_fallback", run.now() - began)
    run.note("tries", len(phonesim.submitted))
    await plant.told("pump", "delivered")
    return run.outcome(plant.journal, radio.phones)


def _refusing(said: bytes) -> bytes:
    if b"+CMGS:" in said:
        return REFUSAL
    return b"" if b"+CDS:" in said else said
