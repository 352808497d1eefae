"""The line garbles: echo, garbage, other line ends, lines in pieces or several at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from alert_engine.model import Severity
from gsm_driver import ModemError
from lab.parts.garbling import garbler
from lab.parts.names import MODEM
from lab.parts.phonesim import running_phonesim
from lab.parts.plant import a_plant, running
from lab.parts.second_way import SMS_ONCE
from lab.parts.virtual import ANNA, a_clockwork
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from lab.parts.virtual import Clockwork
    from lab.run import Outcome, Run

QUESTIONS = 300  # of a run, each with a known answer
ALARMS = 5
SETTLED = 400.0  # seconds
REAL_ALARMS = 3

ROW = Row(
    number=6,
    fault="echo on, garbage, CR CR LF or LF alone, lines split or merged",
    expected="no answer is misread; what is not understood is asked again",
    worlds={World.VIRTUAL: Extent(quick=2, full=600, batch=6), World.REAL: Extent(quick=1, full=20)},
    limits=(Limit("wrong results", at_most=0), Limit("questions without an answer", at_most=0.05)),
    needs=frozenset({Need.MOSQUITTO, Need.PHONESIM}),
    timeout=300.0,
    remark="in real time it is what phonesim says that is garbled; no garbage is made of digits, which no "
    "protocol could tell from an answer",
)


async def play(run: Run) -> Outcome:
    """Questions with known answers, and alarms in between; in real time, alarms by phonesim."""
    return await (_ask(run) if run.world is World.VIRTUAL else _alarms(run))


async def _ask(run: Run) -> Outcome:
    work = await run.use(a_clockwork(run, people=(ANNA,), family="generic", policies=SMS_ONCE))
    simulator = work.house.simulator
    garble = garbler(run.random)

    def say(data: bytes) -> None:
        for piece in garble(data):
            simulator.line.write_from_modem(piece)

    simulator.modem.output = say
    wrong = unanswered = 0
    for number in range(QUESTIONS):
        if number % (QUESTIONS // ALARMS) == 0:
            await work.raise_alarm(f"tank{number}", Severity.CRITICAL, ANNA)
        simulator.modem.settings.echo = run.random.random() < 0.5
        right = await _is_right(run, work)
        wrong += right is False
        unanswered += right is None
    simulator.modem.output = simulator.line.write_from_modem
    await work.until(work.seconds + SETTLED)
    run.note("wrong results", wrong)
    run.note("questions without an answer", unanswered / QUESTIONS)
    return run.outcome(run.folder / "journal.db", work.phones, foreseen=("route/*",))


async def _is_right(run: Run, work: Clockwork) -> bool | None:
    """Whether the answer is that of the modem; None: there was none."""
    modem, radio = work.house.messages.modem, work.house.simulator.modem.radio
    radio.rssi = run.random.randint(0, 31)
    radio.cell = f"{run.random.getrandbits(32):08X}"
    try:
        if modem is None:
            await work.until(work.seconds + 1.0)
            return None
        if run.random.random() < 0.5:
            return (await modem.network.signal()).dbm == -113 + 2 * radio.rssi
        return (await modem.network.registration()).cell == radio.cell
    except ModemError:
        return None


async def _alarms(run: Run) -> Outcome:
    plant = await run.use(a_plant(run.folder, ledger=run.ledger))
    folder = run.folder / "phonesim"
    folder.mkdir()
    phonesim = await run.use(running_phonesim(folder))
    garble = garbler(run.random)
    phonesim.disturb = lambda said: b"".join(garble(said))
    gateway = await run.use(plant.gateway(ports={MODEM: phonesim.url}))
    await running(gateway)
    for number in range(REAL_ALARMS):
        await plant.raise_alarm(f"pump{number}", f"Pump {number} is off")
        await plant.told(f"pump{number}", "delivered")
    await plant.settled()
    phonesim.note_messages(run.ledger)
    run.note(
        "wrong results", sum(re.search("Pump [0-9] is off", text) is None for _, text in phonesim.messages)
    )
    return run.outcome(plant.journal)
