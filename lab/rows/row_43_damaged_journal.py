"""The file of the journal is damaged while the gateway does not run: pages, its header, its end, its log."""

from __future__ import annotations

import signal
from enum import StrEnum
from typing import TYPE_CHECKING

from lab.parts.plant import ONCE, a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, Statistic, World

if TYPE_CHECKING:
    from pathlib import Path

    from lab.parts.plant import Plant
    from lab.parts.radio import Radio
    from lab.run import Outcome, Run

TOLD, WAITING = 8, 8  # alarms: told and still open, and those that wait for the modem
MOVED = 1  # that waits in the snapshot, and was told since
PAGE = 4096  # octets
PAGES = 3  # that are overwritten
# That the journal was damaged is told by itself, and not two minutes later with others.
AT_ONCE = {"sms": {"windows": ["100 in 15min"], "reserve": ["100 in 15min"], "bundle": "0s"}}
SAID = "the journal was damaged"


class Case(StrEnum):
    """What is damaged."""

    PAGES = "some pages"
    HEADER = "the header"
    SHORT = "the end is missing"
    RUBBISH = "all of it"
    LOG_CUT = "the log is cut"
    LOG_BYTE = "a byte of the log"

    @property
    def is_silent(self) -> bool:
        """Nobody can know that there was more: so ends a log after every power cut."""
        return self in {Case.LOG_CUT, Case.LOG_BYTE}


CASES = tuple(Case)
QUICK = (Case.PAGES, Case.RUBBISH)

ROW = Row(
    number=43,
    fault="the journal is damaged: overwritten pages, a cut file, a cut log",
    expected="it starts, keeps the damaged file, says what was saved, sends what waits, and nothing twice",
    worlds={World.REAL: Extent(quick=len(QUICK), full=10 * len(CASES))},
    limits=(
        Limit("t_start", at_most=30.0, unit="s"),
        Limit("damage that nobody was told of", at_most=0),
        Limit("open alarms recovered: some pages", at_least=75, unit="%", of=Statistic.MEAN),
    ),
    units={f"open alarms recovered: {case}": "%" for case in CASES},
    needs=frozenset({Need.MOSQUITTO}),
    timeout=240.0,
    remark=(
        f"of {TOLD + MOVED + WAITING} open alarms, half are younger than the snapshot. What is lost is what "
        "the damage took; a log that ends too soon looks as after any crash. Neither is noticed, nor a "
        "letter that changed in a text"
    ),
)


async def play(run: Run) -> Outcome:
    """Alarms before the snapshot and after it; damage; see what is left."""
    cases = QUICK if run.is_quick else CASES
    case = cases[run.seed % len(cases)]
    plant = await run.use(
        a_plant(run.folder, ledger=run.ledger, has_http=True, policies=ONCE, limits=AT_ONCE)
    )
    radio = run.keep(a_radio(plant.modem))
    await _fill(run, plant, radio)
    _damage(run, case, plant.journal)
    radio.plug_in()

    began = run.now()
    gateway = await run.use(plant.gateway())
    await running(gateway)
    run.note("t_start", run.now() - began)
    assert await plant.post("gate", "Gate open") == 202
    await radio.sms("Gate open")
    await plant.settled()

    texts = "\n".join(radio.phone.texts)
    missing = [each for each in run.ledger.promises if each.words not in texts]
    for each in missing:
        run.ledger.excuse(each.name)
    run.note(f"open alarms recovered: {case}", 100.0 * (1 - len(missing) / (TOLD + MOVED + WAITING)))
    kept = list(run.folder.glob("journal.db.damaged-*"))
    run.count("damaged files kept", int(bool(kept)), of=str(case))
    is_told = SAID in texts if kept else not missing or case.is_silent
    run.note("damage that nobody was told of", int(not is_told))
    return run.outcome(plant.journal, radio.phones, foreseen=("route/*", "journal*"))


async def _fill(run: Run, plant: Plant, radio: Radio) -> None:
    """Alarms that are told and in the snapshot, one that waits in it and is told since, and younger ones."""
    snapshot = plant.journal.with_name("journal.db.snapshot")
    async with plant.gateway() as gateway:
        await running(gateway)
        for number in range(TOLD):
            assert await plant.post(f"told{number}", f"Tank {number} is low, told.") == 202
        await plant.settled()
        heard = len(plant.peer.messages)
        radio.unplug()
        await plant.route("failed", after=heard)
        assert await plant.post("moved", "Valve open, moved.") == 202
        gateway.signal(signal.SIGTERM)
        await gateway.ends()
    snapshot.unlink()  # the next start writes one at once
    async with plant.gateway() as gateway:
        await gateway.says("MQTT: connected")
        await run.until(snapshot.exists, "a snapshot")
        radio.plug_in()
        await plant.told("moved", "delivered")
        await plant.settled()
        radio.unplug()
        for number in range(WAITING):
            assert await plant.post(f"waits{number}", f"Pump {number} is off, waits.") == 202
        gateway.signal(signal.SIGKILL)
        await gateway.ends()


def _damage(run: Run, case: Case, journal: Path) -> None:
    log = journal.with_name("journal.db-wal")
    file = log if case.is_silent else journal
    content = bytearray(file.read_bytes())
    draw = run.random
    match case:
        case Case.PAGES:
            for page in draw.sample(range(1, len(content) // PAGE), PAGES):
                content[page * PAGE : (page + 1) * PAGE] = draw.randbytes(PAGE)
        case Case.HEADER:
            content[:100] = draw.randbytes(100)
        case Case.SHORT:
            del content[draw.randrange(PAGE, len(content)) :]
        case Case.RUBBISH:
            content[:] = draw.randbytes(len(content))
        case Case.LOG_CUT:
            del content[draw.randrange(len(content)) :]
        case Case.LOG_BYTE:
            content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    file.write_bytes(content)
