"""Delivery reports are lost, late, out of order, or about what nobody sent; TP-MR wraps."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.model import AlarmRaise, Channel, Policy, Proof, Severity, Step
from lab.parts.audit import segment_states
from lab.parts.names import MODEM
from lab.parts.phonesim import running_phonesim
from lab.parts.plant import a_plant, running
from lab.parts.second_way import a_second_way, note_texts
from lab.parts.virtual import ANNA, BERT, a_clockwork, number_of
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from pathlib import Path

    from lab.parts.virtual import Clockwork
    from lab.run import Outcome, Run

MESSAGES = 300  # more than TP-MR has values
EVERY = 6.0  # seconds between two
OFF_FROM, LOST_FROM, ON_FROM = 15, 272, 285  # of the messages
SKIP_AT = 45  # of the messages: in quick somebody else sends so many here …
SKIPPED = {True: 192, False: 0}  # … and we that many fewer
PROOF_AFTER = 75.0  # seconds until a message without a report counts as not delivered
SETTLED = 1_500.0  # seconds after the last one
ONLY_ANNA, ONLY_BERT = (
    Policy(name=severity, steps=(Step(after=timedelta(0), notify=(who.id,), channels=(Channel.SMS,)),))
    for severity, who in ((Severity.HIGH, ANNA), (Severity.CRITICAL, BERT))
)
WATCHED = Policy(
    name=Severity.CRITICAL,
    steps=(Step(after=timedelta(0), notify=("anna",), channels=(Channel.SMS,)),),
    proof=Proof.DELIVERED,
    fallback_after=timedelta(seconds=PROOF_AFTER),
)
KNOWN, UNKNOWN = b"000607", b"0006FE"  # how the reports of phonesim begin: TP-MR 7
READ_AFTER = 2.0  # seconds

ROW = Row(
    number=14,
    fault="delivery report lost, late, for an unknown TP-MR; TP-MR wraps from 255 to 0",
    expected="nothing counts as delivered that no phone has; without a report the next way is used in time",
    worlds={World.VIRTUAL: Extent(quick=2, full=80, batch=2), World.REAL: Extent(quick=1, full=10)},
    limits=(
        Limit("reports taken for another's", at_most=0),
        Limit("t_next_way", at_most=100.0, unit="s", anchor="A6"),
    ),
    needs=frozenset({Need.MOSQUITTO, Need.PHONESIM}),
    remark="in real time it is phonesim, which reports on a reference that nobody was given",
)


async def play(run: Run) -> Outcome:
    """By turns: three hundred messages to two phones; one that is never reported on."""
    if run.world is World.REAL:
        return await _unknown_to_phonesim(run)
    return await (_many(run) if run.seed % 2 else _never_reported(run))


async def _many(run: Run) -> Outcome:
    """To Anna and Bert as chance will have it. Bert's phone is off for long: his reports come after the wrap.

    What bears the same references then is lost on the way: no report of an older one must be taken for its.
    """
    draw = run.random
    conditions = {
        "report_latency": draw.choice((0.0, 3.0, 40.0)),
        "delivery_jitter": draw.choice((0.0, 20.0)),
    }
    work = await run.use(a_clockwork(run, conditions=conditions, policies=(ONLY_ANNA, ONLY_BERT)))
    network, skipped = work.house.network, SKIPPED[run.is_quick]
    for number in range(MESSAGES - skipped):
        if number == OFF_FROM:
            network.switch_off(number_of(BERT))
        elif number == SKIP_AT:
            work.house.simulator.modem.submitter.last_reference += skipped
        elif number == LOST_FROM - skipped:
            network.conditions = replace(network.conditions, loss_rate=1.0)
        elif number == ON_FROM - skipped:
            network.conditions = replace(network.conditions, loss_rate=0.0)
            network.switch_on(number_of(BERT))
        severity = draw.choice((Severity.HIGH, Severity.CRITICAL))
        request = AlarmRaise(source="plc", key=f"tank{number}", severity=severity, title=f"Tank {number}.")
        await work.engine.raise_alarm(request)
        await work.until(work.seconds + EVERY)
    await work.until(work.seconds + SETTLED)
    run.count("reports taken for another's", _taken_wrongly(run.folder / "journal.db", work))
    run.count("messages", MESSAGES - skipped)
    return run.outcome()


def _taken_wrongly(journal: Path, work: Clockwork) -> int:
    """Delivered by the journal and on no phone, or on a phone and given up."""
    there = {(phone.number, text) for phone in work.phones for text in phone.texts}
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as rows:
        messages = rows.execute("SELECT address, text, state FROM message").fetchall()
    return sum(
        (address, text) in there if state == "failed" else (address, text) not in there
        for address, text, state in messages
        if state in {"delivered", "failed"}
    )


async def _never_reported(run: Run) -> Outcome:
    work = await run.use(
        a_clockwork(run, people=(ANNA,), conditions={"report_loss_rate": 1.0}, policies=(WATCHED,))
    )
    other = await a_second_way(work)
    await work.until(run.random.uniform(1.0, 60.0))
    began = work.seconds
    await work.raise_alarm("pump", Severity.CRITICAL, ANNA)
    await work.until(began + SETTLED)
    note_texts(work, other)
    run.note("t_next_way", other.left[0].at - began)
    return run.outcome(run.folder / "journal.db", work.phones)


async def _unknown_to_phonesim(run: Run) -> Outcome:
    plant = await run.use(a_plant(run.folder, ledger=run.ledger))
    folder = run.folder / "phonesim"
    folder.mkdir()
    phonesim = await run.use(running_phonesim(folder))
    told: list[float] = []

    def disturb(said: bytes) -> bytes:
        if KNOWN in said:
            told.append(run.now())
        return said.replace(KNOWN, UNKNOWN)

    phonesim.disturb = disturb
    gateway = await run.use(plant.gateway(ports={MODEM: phonesim.url}))
    await running(gateway)
    await plant.raise_alarm("pump", "Pump off")
    await plant.told("pump", "accepted")
    await run.until(lambda: bool(told) and run.now() - told[0] > READ_AFTER, "the report was read")
    phonesim.note_messages(run.ledger)
    run.count(
        "reports taken for another's", sum(state == "delivered" for state, _ in segment_states(plant.journal))
    )
    return run.outcome(plant.journal)
