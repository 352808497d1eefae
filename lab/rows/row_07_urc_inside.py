"""Unsolicited lines come inside of answers: between header and PDU, before a final result code, anywhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gsm_driver.link import Link
from lab.parts.audit import segment_states
from lab.parts.names import MODEM
from lab.parts.phonesim import running_phonesim
from lab.parts.plant import a_plant, running
from lab.parts.urc_talk import Talker, events_of, exchanges, meaning_of, unsolicited
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from gsm_driver.at.exchange import AtCommand, Response
    from gsm_driver.link import LinkEvent
    from lab.run import Outcome, Run

INSIDE = {True: 20_000, False: 100_000}  # lines of a run, in quick and in full
AT_ONCE = 5  # of them inside of one answer, at most
ALARMS = 3
FINAL = b"\r\nOK\r\n"
CHATTER = (b"\r\n^RSSI: 17\r\n", b'\r\n+CIEV: "signal",3\r\n')
NOTICE = b'\r\n+CMTI: "SM",9\r\n'
NOTICE_EVERY = 10  # answers: each is looked after by commands, whose answers have lines inside again

ROW = Row(
    number=7,
    fault="unsolicited lines inside of an answer: +CMTI, RING, +CLIP, +CDS with its PDU, +CREG …",
    expected="each goes to whom it is for, and the answer is what it is without them",
    worlds={World.VIRTUAL: Extent(quick=1, full=10), World.REAL: Extent(quick=1, full=10)},
    limits=(
        Limit("mis-associations", at_most=0),
        Limit("unsolicited lines inside", at_least=20_000),
    ),
    needs=frozenset({Need.MOSQUITTO, Need.PHONESIM}),
    remark="100,000 in each run of the full laboratory. In real time it is phonesim, with a line in front of "
    "each of its final result codes",
)


async def play(run: Run) -> Outcome:
    """Any number of them on a line of our own; in real time, some alarms by phonesim."""
    return await (_talk(run) if run.world is World.VIRTUAL else _alarms(run))


async def _talk(run: Run) -> Outcome:
    """Command by command. The truth is what the same octets mean when they come one after the other."""
    link = Link()
    talker = Talker(link, run.random)
    link.attach(talker)
    heard: list[LinkEvent] = []
    listening = asyncio.create_task(_listen(link, heard))
    expected: list[object] = []
    wrong = inside = 0
    while inside < INSIDE[run.is_quick]:
        for command, answer in exchanges(run.random):
            between = [unsolicited(run.random) for _ in range(run.random.randint(1, AT_ONCE))]
            talker.next(command, answer, between)
            wrong += await _say(link, command) != meaning_of(command, answer)
            expected += [event for lines in between for event in events_of(lines)]
            inside += len(between)
    await link.close()
    await listening
    wrong += sum(one != other for one, other in zip(heard, expected, strict=False))
    run.count("mis-associations", wrong + abs(len(heard) - len(expected)))
    run.count("unsolicited lines inside", inside)
    return run.outcome()


async def _say(link: Link, command: AtCommand) -> Response:
    if command.payload is None:
        return await link.execute(command)
    return await link.submit(command, before_payload=_at_once)


async def _at_once() -> None:
    """Nothing has to be written down."""


async def _listen(link: Link, heard: list[LinkEvent]) -> None:
    heard.extend([event async for event in link.urcs()])


async def _alarms(run: Run) -> Outcome:
    plant = await run.use(a_plant(run.folder, ledger=run.ledger))
    folder = run.folder / "phonesim"
    folder.mkdir()
    phonesim = await run.use(running_phonesim(folder))
    inside = 0

    def disturb(said: bytes) -> bytes:
        nonlocal inside
        if FINAL not in said:
            return said
        inside += 1
        line = NOTICE if inside % NOTICE_EVERY == 0 else run.random.choice(CHATTER)
        return said.replace(FINAL, line + FINAL)

    phonesim.disturb = disturb
    gateway = await run.use(plant.gateway(ports={MODEM: phonesim.url}))
    await running(gateway)
    for number in range(ALARMS):
        await plant.raise_alarm(f"pump{number}", f"Pump {number} is off")
        await plant.told(f"pump{number}", "delivered")
    await plant.settled()
    phonesim.note_messages(run.ledger)
    states = segment_states(plant.journal)
    run.count("mis-associations", sum(each != ("delivered", "accepted") for each in states))
    run.count("unsolicited lines inside", inside)
    return run.outcome(plant.journal)
