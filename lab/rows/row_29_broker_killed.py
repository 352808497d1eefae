"""The broker is killed while it holds alarms for a gateway that is away."""

from __future__ import annotations

import asyncio
import signal
from enum import StrEnum
from typing import TYPE_CHECKING

from lab.parts.brokers import Mosquitto, careful_mosquitto
from lab.parts.plant import ONCE, a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from pathlib import Path

    from lab.run import Outcome, Run

ALARMS = (12, 80)  # quick, full
WRITTEN_WITHIN = 1.0  # seconds: what docs/mqtt.md says of the lines that it asks for


class Broker(StrEnum):
    """How it is configured; what a broker with its defaults loses, nobody behind it can know."""

    CAREFUL = "as docs/mqtt.md asks for"
    DEFAULT = "with persistence and its defaults"

    def start(self, folder: Path) -> Mosquitto:
        """Not started yet."""
        if self is Broker.CAREFUL:
            return careful_mosquitto(folder)
        return Mosquitto(folder, "persistence true", f"persistence_location {folder}/")


CASES = tuple(Broker)

ROW = Row(
    number=29,
    fault="broker kill -9 while it holds alarms",
    expected="nothing is lost with the lines of docs/mqtt.md; what is lost with the defaults is measured",
    worlds={World.REAL: Extent(quick=1, full=10 * len(CASES))},
    limits=(
        Limit("t_recover", at_most=30.0, unit="s"),
        Limit("lost with the lines of docs/mqtt.md", at_most=0, anchor="A1"),
    ),
    needs=frozenset({Need.MOSQUITTO}),
    remark=(
        "what is lost with the defaults is the broker's: it confirmed, and wrote nothing down. "
        f"It is killed {WRITTEN_WITHIN:g} s after its last PUBACK"
    ),
)


async def play(run: Run) -> Outcome:
    """Alarms while the gateway is stopped, the broker is killed and started, the gateway comes back."""
    case = Broker.CAREFUL if run.is_quick else CASES[run.seed % len(CASES)]
    plant = await run.use(a_plant(run.folder, case.start, ledger=run.ledger, policies=ONCE))
    radio = run.keep(a_radio(plant.modem))
    async with plant.gateway() as gateway:
        await running(gateway)
        gateway.signal(signal.SIGTERM)
        assert await gateway.ends() == 0

    names = [f"held{number}" for number in range(ALARMS[0] if run.is_quick else ALARMS[1])]
    for name in names:
        await plant.raise_alarm(name, f"{name} is low.")
    await asyncio.sleep(WRITTEN_WITHIN)
    assert isinstance(plant.broker, Mosquitto)
    await plant.broker.kill()
    began = run.now()
    await plant.broker.start()
    await plant.peer.reconnect()
    await plant.listen()
    gateway = await run.use(plant.gateway())
    await running(gateway)
    run.note("t_recover", run.now() - began)
    await plant.raise_alarm("after", "Gate open")  # it comes after all that the broker still had
    await radio.sms("Gate open", within=60.0)
    await plant.settled()

    lost = [name for name in names if not any(f"{name} is low." in text for text in radio.phone.texts)]
    if case is Broker.DEFAULT:
        for name in lost:
            run.ledger.excuse(f"raise-{name}")
        run.count("confirmed, and lost by the broker", len(lost), of=case)
        run.count("held by a broker with its defaults", len(names))
    run.count("lost with the lines of docs/mqtt.md", len(lost) if case is Broker.CAREFUL else 0)
    return run.outcome(plant.journal, radio.phones)
