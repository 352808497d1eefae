"""The power fails: whatever the gateway did not sync is gone, wholly or in part."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

from alert_engine.errors import JournalError
from alert_engine.journal.store import Journal
from gsm_driver.simulator import NetworkEventKind
from lab.checker import read_journal
from lab.parts.drive import a_drive
from lab.parts.names import ANNA, MODEM
from lab.parts.plant import ONCE, a_plant, running
from lab.parts.power import Luck, Platter, files_of, put, recorded, recording
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gsm_driver.simulator import NetworkEvent
    from lab.parts.power import Call
    from lab.parts.radio import Radio
    from lab.run import Outcome, Run

ALARMS = 5
QUICK_MOMENTS = 60  # of some hundred; all of them in full
UNDER_WAY = 1.0  # seconds: an SMS that left so shortly before the cut may have no answer on the disk
MISSING, UNKNOWN = "promises not on the disk", "SMS that the disk does not know"
NO_START, DAMAGED = "disks that do not start", "journals taken for damaged"

ROW = Row(
    number=37,
    fault="power loss",
    expected="what was answered for is in the journal, and so is every SMS that left",
    worlds={World.REAL: Extent(quick=1, full=30)},
    limits=(
        Limit(MISSING, at_most=0, anchor="A1"),
        Limit(UNKNOWN, at_most=0, anchor="A2"),
        Limit(NO_START, at_most=0),
        Limit(DAMAGED, at_most=0),
    ),
    needs=frozenset({Need.MOSQUITTO, Need.STRACE, Need.DRIVE}),
    timeout=900.0,
    remark=(
        "once for real: ext4 is shut down without its log. And the recorded writes and syncs are put "
        "together as a disk may hold them at each moment: what was not synced is gone, there, or there in "
        "part. It stands for disks that keep what they called synced; one that does not is out of our power"
    ),
)


async def play(run: Run) -> Outcome:
    """Alarms and an answer; the power is cut, and comes back. Then the same for each moment before."""
    drive = run.keep(a_drive(run.folder / "drive"))
    plant = await run.use(a_plant(drive.place, ledger=run.ledger, has_http=True, policies=ONCE))
    ports = {MODEM: str(run.folder / "modem")}
    radio = run.keep(a_radio(run.folder / "modem"))
    left: list[tuple[float, NetworkEvent]] = []

    def on_event(event: NetworkEvent) -> None:
        if event.kind is NetworkEventKind.SUBMITTING:
            left.append((time.time(), event))

    radio.network.listen(on_event)
    async with plant.gateway(ports=ports, prefix=recording(run.folder / "calls")) as gateway:
        await running(gateway)
        for number in range(ALARMS):
            assert await plant.post(f"k{number}", f"Tank {number} is low.") == 202
            await asyncio.sleep(run.random.uniform(0.0, 0.3))
        if run.seed % 2:  # the others are cut while their texts leave
            await _taken_by_anna(run, radio)
        await asyncio.sleep(run.random.uniform(0.0, 1.5))
        gateway.signal(signal.SIGKILL)
        cut = time.time()
        await gateway.ends()
        held = files_of(plant.journal)
        drive.lose_power()
    drive.come_back()
    for event in (event for at, event in left if at > cut - UNDER_WAY):
        run.ledger.doubt(ANNA, event.text, event.segment, point="the power was cut")
    calls = await recorded(run.folder / "calls", plant.journal)
    clock = time.time() - run.now()
    promised = [(clock + (each.at or 0.0), each.words) for each in run.ledger.promises]
    sent = [(at, event.text) for at, event in left]

    gateway = await run.use(plant.gateway(ports=ports))
    await running(gateway)
    assert await plant.post("gate", "Gate open") == 202
    await radio.sms("Gate open")
    await plant.settled()

    found = Counter[str]({MISSING: 0, UNKNOWN: 0, NO_START: 0, DAMAGED: 0})
    for moment, files in _disks(run, calls, held):
        owed = [words for at, words in promised if at < moment]
        found += await _start_on(run, files, owed, [text for at, text in sent if at < moment])
    for figure in (MISSING, UNKNOWN, NO_START, DAMAGED):
        run.note(figure, found[figure])
    return run.outcome(plant.journal, radio.phones)


async def _taken_by_anna(run: Run, radio: Radio) -> None:
    """When she has them all: what is taken before it leaves need not leave."""
    for number in range(ALARMS):
        await radio.sms(f"Tank {number} is low.")
    run.ledger.commands[ANNA, "OK ALL"] += 1
    radio.network.deliver_sms(ANNA, "OK ALL")


def _disks(run: Run, calls: list[Call], held: dict[str, bytes]) -> Iterator[tuple[float, dict[str, bytes]]]:
    """What the disk may have held, at each moment that is wanted."""
    platter, known = Platter(), set[int]()
    moments = range(len(calls))
    wanted = {*run.random.sample(moments, min(QUICK_MOMENTS, len(calls)))} if run.is_quick else {*moments}
    for number, call in enumerate(calls):
        platter.apply(call)
        for luck in Luck if number in wanted else ():
            files = platter.after_cut(luck, run.random)
            if (state := hash(tuple(files.items()))) not in known:
                known.add(state)
                run.count("disks", of=luck.name.lower())
                yield call.at, files
    assert held.items() <= platter.after_cut(Luck.EVERYTHING, run.random).items(), (
        "something was not recorded"
    )


async def _start_on(run: Run, files: dict[str, bytes], owed: list[str], sent: list[str]) -> Counter[str]:
    """Let a gateway begin with this disk, and look at what it knows."""
    place = run.folder / "after"
    put(files, place)
    journal = Journal(place / "journal.db")
    try:
        await journal.open()
    except JournalError:
        return Counter({NO_START: 1})
    await journal.close()
    written = read_journal(place / "journal.db")
    texts = [text for _, text, _ in written.messages]
    begun = {text for _, text, state in written.messages if state != "queued"}
    return Counter(
        {
            MISSING: sum(not any(words in text for text in texts) for words in owed),
            UNKNOWN: sum(text not in begun for text in sent),
            DAMAGED: int(written.integrity != "ok" or any(place.glob("*.damaged-*"))),
        }
    )
