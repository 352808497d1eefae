"""The network refuses an SMS for good: a number that nobody has. The others must not wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.model import Severity
from gsm_driver.simulator import UnknownNumber
from gsm_driver.simulator.faults import submit_error
from lab.parts.names import ANNA as ANNA_PHONE
from lab.parts.names import MODEM
from lab.parts.phonesim import REPORTED_NUMBER, running_phonesim
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.parts.second_way import SMS_ONCE
from lab.parts.virtual import ANNA, BERT, a_clockwork
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.parts.phonesim import Phonesim
    from lab.parts.plant import Plant
    from lab.run import Outcome, Run

FOR_GOOD = (1, 21, 30, 195, 196)
BARRED = (8, 10, 28, 29, 50, 69)  # what these say is said of the SIM, not of a number
CODES = (*FOR_GOOD, *BARRED)
NOBODY = "+436609999999"
END = 1_800.0  # seconds
REFUSAL = b"\r\n+CMS ERROR: 1\r\n"

ROW = Row(
    number=10,
    fault="SMS refused for good: a number that nobody has",
    expected="this one has failed at once, and the next leaves without delay",
    worlds={
        World.VIRTUAL: Extent(quick=len(BARRED) + 1, full=20 * len(CODES), batch=len(CODES)),
        World.REAL: Extent(quick=1, full=20, alone=True),
    },
    limits=(
        Limit("t_next", at_most=1.0, unit="s"),
        Limit("t_delay", at_most=1.0, unit="s"),
        Limit("tries of the refused one", at_most=1),
    ),
    needs=frozenset({Need.MOSQUITTO, Need.PHONESIM}),
    remark="codes about the SIM (8, 10, 28, 29, 50, 69) let the route rest for 15 min: t_next_barred",
)


async def play(run: Run) -> Outcome:
    """All codes in virtual time; in real time, a network that knows no such number, and phonesim."""
    if run.world is World.VIRTUAL:
        return await _refuse_the_first(run)
    people = [
        {"id": "bert", "name": "Bert", "phone": NOBODY},
        {"id": "anna", "name": "Anna", "phone": ANNA_PHONE},
    ]
    policies = {"high": {"notify": ["anna"]}, "critical": {"notify": ["bert", "anna"]}}
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, people=people, policies=policies))
    return await (_refused_by_phonesim(run, plant) if run.seed % 2 else _refused(run, plant))


async def _refuse_the_first(run: Run) -> Outcome:
    """Bert's is refused; Anna's has to follow at once."""
    code = CODES[run.seed % len(CODES)]
    refusal = submit_error(code, at=(1,))
    work = await run.use(a_clockwork(run, refusal, people=(BERT, ANNA), policies=SMS_ONCE))
    await work.until(run.random.uniform(1.0, 30.0))
    began = work.run.now()
    barred = code in BARRED
    await work.raise_alarm("pump", Severity.HIGH, *((BERT, ANNA) if barred else (ANNA,)))
    await work.until(END)
    came = work.house.phone(ANNA).inbox[0].at - began
    run.note("t_next_barred" if barred else "t_next", came)
    if not barred:
        run.note("tries of the refused one", 1 + len(work.house.phone(BERT).raw))
    return run.outcome(run.folder / "journal.db", work.phones)


async def _refused(run: Run, plant: Plant) -> Outcome:
    radio = run.keep(a_radio(plant.modem))
    radio.conditions(unknown_number=UnknownNumber.REFUSE)
    gateway = await run.use(plant.gateway())
    await running(gateway)
    began = run.now()
    await plant.raise_alarm("alone", "Alone", severity="high")
    await radio.sms("Alone")
    alone, began = run.now() - began, run.now()
    await plant.raise_alarm("behind", "Behind")
    await radio.sms("Behind")
    run.note("t_delay", run.now() - began - alone)
    await _bert_has_failed(plant)
    run.note("tries of the refused one", radio.network.counters.refused)
    return run.outcome(plant.journal, radio.phones)


async def _refused_by_phonesim(run: Run, plant: Plant) -> Outcome:
    folder = run.folder / "phonesim"
    folder.mkdir()
    phonesim = await run.use(running_phonesim(folder))
    phonesim.disturb = _refusing(phonesim)
    gateway = await run.use(plant.gateway(ports={MODEM: phonesim.url}))
    await running(gateway)
    began = run.now()
    await plant.raise_alarm("alone", "Alone", severity="high")
    await plant.told("alone", "delivered")
    alone, began = run.now() - began, run.now()
    await plant.raise_alarm("behind", "Behind")
    await plant.peer.until(lambda: any(("anna", "delivered") in each for each in _told(plant, "behind")))
    run.note("t_delay", run.now() - began - alone)
    await _bert_has_failed(plant)
    for number, text in phonesim.messages:
        if number == REPORTED_NUMBER:
            run.ledger.receive(number, text)
    run.note("tries of the refused one", sum(number == NOBODY for number, _ in phonesim.messages))
    return run.outcome(plant.journal)


def _refusing(phonesim: Phonesim) -> Callable[[bytes], bytes]:
    """What goes to nobody is refused, and no report is told of it."""

    def disturb(said: bytes) -> bytes:
        if not phonesim.messages or phonesim.messages[-1][0] != NOBODY:
            return said
        if b"+CMGS:" in said:
            return REFUSAL
        return b"" if b"+CDS:" in said else said

    return disturb


async def _bert_has_failed(plant: Plant) -> None:
    await plant.peer.until(lambda: any(("bert", "failed") in each for each in _told(plant, "behind")))
    await plant.settled()


def _told(plant: Plant, key: str) -> list[set[tuple[str, str]]]:
    """Person and state of the message, of each state of this alarm."""
    states = [each for each in plant.heard("out/alarm/", "/state") if each["key"] == key]
    return [{(each["id"], each["state"]) for each in state["recipients"]} for state in states]
