"""The file system turns read-only, every write fails, or a sync fails once and the kernel forgets it."""

from __future__ import annotations

import signal
from enum import StrEnum
from typing import TYPE_CHECKING

from gsm_driver.simulator import NetworkEventKind
from lab.parts.drive import a_drive
from lab.parts.names import ANNA, MODEM
from lab.parts.plant import ONCE, a_plant, running
from lab.parts.power import Luck, Platter, put, recorded, recording
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from gsm_driver.simulator import NetworkEvent
    from lab.parts.plant import Plant
    from lab.run import Outcome, Run

BEFORE = 6  # alarms before the disk fails
MOST = 150  # alarms until a failing sync must have met one of them
AFTER = 5  # tries of a source that was refused
START_SYNCS = 30  # of the gateway's start and of its first alarm
UNDER_WAY = 1.0  # seconds: an SMS that left so shortly before may have no answer on the disk


class Case(StrEnum):
    """What the disk does."""

    READ_ONLY = "the file system turns read-only"
    WRITES = "every write fails"
    SYNC = "a sync fails, later ones succeed, and the power is cut"


CASES = tuple(Case)

ROW = Row(
    number=44,
    fault="read-only file system, EIO on write and sync",
    expected="the intake says 503 from then on, and nothing that it said 202 to is missing after the restart",
    worlds={World.REAL: Extent(quick=1, full=10 * len(CASES))},
    limits=(
        Limit("taken after the fault", at_most=0),
        Limit("false acknowledgements", at_most=0, anchor="A1"),
        Limit("t_refuse", at_most=1.0, unit="s"),
    ),
    needs=frozenset({Need.MOSQUITTO, Need.STRACE, Need.DRIVE}),
    remark=(
        "ext4 that the kernel turns read-only, or that gives EIO for all. The failing sync is strace's; what "
        "it had in hand is taken from the disk, as Linux does, and the power is cut after it"
    ),
)


async def play(run: Run) -> Outcome:
    """Raise until it is refused; start again on what is really there."""
    case = CASES[run.seed % len(CASES)]
    drive = run.keep(a_drive(run.folder / "drive"))
    plant = await run.use(a_plant(drive.place, ledger=run.ledger, has_http=True, policies=ONCE))
    ports = {MODEM: str(run.folder / "modem")}
    radio = run.keep(a_radio(run.folder / "modem"))
    left: list[tuple[float, NetworkEvent]] = []

    def on_event(event: NetworkEvent) -> None:
        if event.kind is NetworkEventKind.SUBMITTING:
            left.append((run.now(), event))

    radio.network.listen(on_event)
    first = START_SYNCS + run.random.randrange(60)
    failing = (f"fdatasync:error=EIO:when={first}..{first + 2}",) if case is Case.SYNC else ()
    async with plant.gateway(ports=ports, prefix=recording(run.folder / "calls", *failing)) as gateway:
        await running(gateway)
        if case is not Case.SYNC:
            assert len(await _raise(run, plant, "before", BEFORE)) == BEFORE
            drive.turn_read_only() if case is Case.READ_ONLY else drive.lose_power()
        failed = run.now()
        taken = await _raise(run, plant, "full", MOST)
        if case is Case.SYNC:
            taken.clear()
        await plant.raise_alarm("held", "Pump off, held by the broker")  # confirmed by the broker, not by us
        taken += [await plant.post(f"late{number}", f"Gate {number} is open.") for number in range(AFTER)]
        gateway.signal(signal.SIGKILL)
        ended = run.now()
        await gateway.ends()
    run.note("taken after the fault", taken.count(202))
    fault = ended if case is Case.SYNC else failed
    for event in (event for at, event in left if at > fault - UNDER_WAY):
        run.ledger.doubt(ANNA, event.text, event.segment, point="the disk failed")
    if case is Case.SYNC:
        platter = Platter()
        for call in await recorded(run.folder / "calls", plant.journal):
            platter.apply(call)
        put(platter.after_cut(Luck.NOTHING, run.random), plant.folder)
    else:
        drive.come_back()

    gateway = await run.use(plant.gateway(ports=ports))
    await running(gateway)
    assert await plant.post("gate", "Everything is open") == 202
    await radio.sms("Everything is open")
    await radio.sms("Pump off")
    await plant.settled()
    outcome = run.outcome(plant.journal, radio.phones, foreseen=("route/*", "journal*"))
    run.note("false acknowledgements", len(outcome.findings.lost))
    return run.outcome(findings=outcome.findings)


async def _raise(run: Run, plant: Plant, name: str, most: int) -> list[int]:
    """One alarm after the other until one is refused; the answers to those before."""
    taken: list[int] = []
    while len(taken) < most:
        began, number = run.now(), len(taken)
        status = await plant.post(f"{name}{number}", f"Tank {number} is low, {name}.")
        if status != 202:
            assert status == 503
            run.note("t_refuse", run.now() - began)
            break
        taken.append(status)
    assert most < MOST or len(taken) < MOST, "the disk never failed"
    return taken
