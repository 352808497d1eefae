"""The modem is pulled between its prompt and Ctrl-Z: it has nothing yet, and the gateway cannot be sure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from gsm_driver.simulator import Fault, Moment, Unplug
from lab.parts.audit import copies
from lab.parts.names import MODEM
from lab.parts.phonesim import running_phonesim
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.parts.phonesim import Phonesim
    from lab.parts.plant import Plant
    from lab.run import Outcome, Run

ABSENCE = 1.0  # seconds until it is plugged in again
TEXT = "Pump off"
PROMPT = b"> "


class Case(StrEnum):
    """Where the line ends."""

    PROMPT_LOST = "the prompt never came"
    TEXT_LOST = "the prompt came, the SMS went nowhere"
    CUT = "the same by phonesim, whose line is cut"


CASES = tuple(Case)

ROW = Row(
    number=2,
    fault="unplug between the prompt and Ctrl-Z",
    expected="it is sent when the modem is back, once",
    worlds={World.REAL: Extent(quick=1, full=10 * len(CASES))},
    limits=(Limit("copies too many", at_most=0, anchor="A2"), Limit("t_resend", at_most=30.0, unit="s")),
    needs=frozenset({Need.MOSQUITTO, Need.PHONESIM}),
    remark="the gateway waits 1 s here for a delivery report that could end its doubt; 15 s as shipped",
)


async def play(run: Run) -> Outcome:
    """Pull it at the prompt; the seed says how."""
    case = CASES[run.seed % len(CASES)]
    plant = await run.use(a_plant(run.folder, ledger=run.ledger))
    return await (_cut_a_stranger(run, plant) if case is Case.CUT else _pull(run, plant, case))


async def _pull(run: Run, plant: Plant, case: Case) -> Outcome:
    radio = run.keep(a_radio(plant.modem))
    moment = Moment.PROMPT if case is Case.PROMPT_LOST else Moment.BODY
    pull = Fault(moment=moment, effect=Unplug(seconds=ABSENCE), command="+CMGS", at=(1,))
    radio.simulator.modem.faults.replace([pull])
    gateway = await run.use(plant.gateway())
    await running(gateway)
    heard = len(plant.peer.messages)
    await plant.raise_alarm("pump", TEXT)
    await plant.route("failed", after=heard)
    assert not radio.phone.raw  # the network never had it
    await _is_sent_again(run, plant)
    run.note("copies too many", copies(radio.phone, TEXT) - 1)
    return run.outcome(plant.journal, radio.phones, foreseen=("route/*",))


async def _cut_a_stranger(run: Run, plant: Plant) -> Outcome:
    folder = run.folder / "phonesim"
    folder.mkdir()
    phonesim = await run.use(running_phonesim(folder))
    gateway = await run.use(plant.gateway(ports={MODEM: phonesim.url}))
    await running(gateway)
    phonesim.disturb = _cutting(phonesim)
    heard = len(plant.peer.messages)
    await plant.raise_alarm("pump", TEXT)
    await plant.route("failed", after=heard)
    assert not phonesim.submitted
    await _is_sent_again(run, plant)
    phonesim.note_messages(run.ledger)
    run.note("copies too many", len(phonesim.submitted) - 1)
    return run.outcome(plant.journal, foreseen=("route/*",))


def _cutting(phonesim: Phonesim) -> Callable[[bytes], bytes | None]:
    """Cut the line in place of the next prompt."""

    def disturb(said: bytes) -> bytes | None:
        if PROMPT not in said:
            return said
        phonesim.disturb = lambda said: said
        return None

    return disturb


async def _is_sent_again(run: Run, plant: Plant) -> None:
    lost = run.now()
    await plant.route("ok", after=len(plant.peer.messages))
    await plant.told("pump", "delivered")
    run.note("t_resend", run.now() - lost)
    await plant.settled()
