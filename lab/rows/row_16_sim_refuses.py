"""The SIM wants a PIN that is not the configured one, is locked, or is not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsm_driver.simulator import SimCard
from lab.parts.names import MODEM
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from lab.parts.plant import Plant
    from lab.run import Outcome, Run

RIGHT, WRONG, PUK = "4711", "0000", "12345678"
TRIES = 3  # that a card gives
RESTARTS = 2  # of the gateway with the wrong PIN: a service is started again and again


@dataclass(frozen=True, slots=True)
class Case:
    """What is wrong with the card, and what the gateway must say of it."""

    words: str
    is_locked: bool = False
    is_absent: bool = False

    def card(self) -> SimCard:
        """As it lies in the modem at first."""
        card = SimCard(pin=RIGHT, puk=PUK, number="+43660000001", present=not self.is_absent)
        card.pin_tries = 0 if self.is_locked else TRIES
        return card

    def mend(self, card: SimCard) -> None:
        """What a person does, besides writing the right PIN into the configuration."""
        card.present = True
        if self.is_locked:
            card.enter_puk(PUK, RIGHT)


CASES = (Case("PIN"), Case("enter its PUK", is_locked=True), Case("there is no SIM", is_absent=True))

ROW = Row(
    number=16,
    fault="SIM PIN wrong, SIM locked by PUK, SIM removed",
    expected="one try and no more, over restarts; the text says what a person must do",
    worlds={World.REAL: Extent(quick=1, full=10 * len(CASES), alone=True)},
    limits=(
        Limit("t_report", at_most=20.0, unit="s", anchor="A5"),
        Limit("PIN tries", at_most=1),
        Limit("PUK tries", at_most=0),
        Limit("says what to do", at_least=1),
    ),
    needs=frozenset({Need.MOSQUITTO}),
    remark="t_report counts from the start of the gateway",
)


async def play(run: Run) -> Outcome:
    """Start it again and again with the wrong PIN; then mend card and configuration."""
    case = CASES[run.seed % len(CASES)]
    plant = await run.use(a_plant(run.folder, ledger=run.ledger))
    radio = run.keep(a_radio(plant.modem))
    card = radio.simulator.modem.sim = case.card()
    plant.changes["modems"] = [_modem(plant, WRONG)]
    for number in range(RESTARTS):
        heard, began = len(plant.peer.messages), run.now()
        async with plant.gateway() as gateway:
            told = await plant.route("failed", after=heard, within=100.0)
            run.note("t_report", run.now() - began)
            run.note("says what to do", case.words in told["error"])
            await gateway.says("MQTT: connected")
            await plant.raise_alarm(f"pump{number}", f"Pump {number} off")
            await plant.alarm(f"pump{number}", state="raised")
    run.note("PIN tries", 0 if case.is_locked else TRIES - card.pin_tries)
    run.note("PUK tries", 10 - card.puk_tries)

    case.mend(card)
    plant.changes["modems"] = [_modem(plant, RIGHT)]
    gateway = await run.use(plant.gateway())
    await running(gateway)
    for number in range(RESTARTS):
        await radio.sms(f"Pump {number} off")
    await plant.settled()
    return run.outcome(plant.journal, radio.phones, foreseen=("route/*",))


def _modem(plant: Plant, pin: str) -> dict[str, str]:
    return {"name": MODEM, "port": str(plant.modem), "pin": pin}
