"""A command was read from the SIM, and what should delete it there dies first: it will be read again."""

from __future__ import annotations

import signal
from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.failpoints import Moment
from gsm_driver.simulator import Fault, Unplug
from gsm_driver.simulator import Moment as ModemMoment
from lab.parts.audit import copies
from lab.parts.names import ANNA
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from lab.parts.radio import Radio
    from lab.run import Outcome, Run

ANSWER = "The pump is on."
KEYWORD = {"name": "pump", "words": ["PUMP"], "tier": 1, "answer": ANSWER}
PERSON = {"id": "anna", "name": "Anna", "phone": ANNA, "can_command": True}
ABSENCE = 1.0  # seconds until the modem is plugged in again


class Case(StrEnum):
    """What dies, and when."""

    BEFORE = "the process, before the commit"
    AFTER = "the process, between commit and deletion"
    MODEM = "the modem, at the deletion"


CASES = tuple(Case)

ROW = Row(
    number=13,
    fault="a message is read, and the process or the modem dies before it is deleted",
    expected="it is read again, known again, and done once",
    worlds={World.REAL: Extent(quick=1, full=10 * len(CASES))},
    limits=(
        Limit("commands done", at_most=1),
        Limit("answers", at_most=1),
        Limit("messages left on the SIM", at_most=0),
    ),
    needs=frozenset({Need.MOSQUITTO}),
)


async def play(run: Run) -> Outcome:
    """Somebody writes a keyword; the seed says who dies meanwhile."""
    case = CASES[run.seed % len(CASES)]
    commands = {"keywords": [KEYWORD]}
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, people=[PERSON], commands=commands))
    radio = run.keep(a_radio(plant.modem))
    if case is Case.MODEM:
        pull = Fault(moment=ModemMoment.COMMAND, command="+CMGD", effect=Unplug(seconds=ABSENCE), at=(1,))
        radio.simulator.modem.faults.replace([pull])
        await run.use(plant.gateway())
        await plant.route("ok")
        _write(run, radio)
    else:
        async with plant.gateway(failpoint=_FAILPOINTS[case]) as gateway:
            await running(gateway)
            _write(run, radio)
            assert await gateway.ends() == -signal.SIGKILL
        await run.use(plant.gateway())
    await radio.sms(ANSWER)
    await run.until(lambda: not _stored(radio), "the SIM is empty")
    await plant.settled()
    done = plant.heard("out/keyword/")
    assert done
    run.note("commands done", len({each["id"] for each in done}))
    run.note("answers", copies(radio.phone, ANSWER))
    run.note("messages left on the SIM", _stored(radio))
    return run.outcome(plant.journal, radio.phones, foreseen=("route/*",))


_FAILPOINTS = {Case.BEFORE: Moment.INBOUND.before, Case.AFTER: Moment.INBOUND.after}


def _write(run: Run, radio: Radio) -> None:
    run.ledger.commands[ANNA, "PUMP"] += 1
    radio.network.deliver_sms(ANNA, "PUMP")


def _stored(radio: Radio) -> int:
    return sum(storage.used for storage in radio.simulator.modem.storages.values())
