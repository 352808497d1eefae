"""The modem is pulled when it has the whole SMS, and before it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsm_driver.simulator import Fault as ModemFault
from gsm_driver.simulator import Moment, NetworkEvent, NetworkEventKind, Unplug
from lab.parts.audit import copies
from lab.parts.names import ANNA
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from lab.run import Outcome, Run

ABSENCE = 2.0  # seconds until it is plugged in again
TEXT = "Pump off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What became of the SMS, and of its delivery report."""

    is_sent: bool
    is_reported: bool = False  # when the modem is back: the phone was off until then

    def __str__(self) -> str:
        """For the report."""
        if not self.is_sent:
            return "the network never got it"
        return "taken, the report comes when the modem is back" if self.is_reported else "taken, no report"

    @property
    def doubt_wait(self) -> str:
        """Where a report comes it must end the doubt; where none can come, nobody need wait for it."""
        return "30s" if self.is_reported else "3s"


CASES = (Case(is_sent=True, is_reported=True), Case(is_sent=True), Case(is_sent=False))

ROW = Row(
    number=3,
    fault="unplug after Ctrl-Z, before the answer",
    expected="in doubt: a delivery report ends it, else it is sent once more",
    worlds={World.REAL: Extent(quick=len(CASES), full=10 * len(CASES))},
    limits=(Limit("copies too many", at_most=1, anchor="A2"),),
    needs=frozenset({Need.MOSQUITTO}),
)


async def play(run: Run) -> Outcome:
    """Pull it at Ctrl-Z; the seed says what became of the SMS."""
    case = CASES[run.seed % len(CASES)]
    plant = await run.use(a_plant(run.folder, ledger=run.ledger))
    radio = run.keep(a_radio(plant.modem))
    radio.conditions(report_loss_rate=float(not case.is_reported))
    if case.is_reported:
        radio.network.switch_off(ANNA)
    pull = Unplug(seconds=ABSENCE, sent=case.is_sent)
    radio.simulator.modem.faults.replace([ModemFault(moment=Moment.SUBMIT, effect=pull, at=(1,))])
    gateway = await run.use(plant.gateway(doubt_wait=case.doubt_wait))
    await running(gateway)
    pulled: list[float] = []

    def on_event(event: NetworkEvent) -> None:
        if event.kind is NetworkEventKind.SUBMITTING and not pulled:
            pulled.append(run.now())
            run.ledger.doubt(ANNA, event.text, event.segment, point="ctrl_z")

    radio.network.listen(on_event)
    heard = len(plant.peer.messages)
    await plant.raise_alarm("pump", TEXT)
    await plant.route("failed", after=heard)
    await plant.route("ok", after=len(plant.peer.messages))
    radio.network.switch_on(ANNA)
    await plant.told("pump", "delivered" if case.is_reported else "accepted")
    run.note("t_settle", run.now() - pulled[0])
    extra = copies(radio.phone, TEXT) - 1
    run.note("copies too many", extra)
    run.count("ended by a report", int(case.is_reported and extra == 0), of=str(case))
    run.count("one SMS more", extra, of=str(case))
    return run.outcome(plant.journal, radio.phones, foreseen=("route/*",))
