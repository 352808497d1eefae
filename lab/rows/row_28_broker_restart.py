"""The broker is restarted while alarms come in and while the gateway does not listen."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from lab.parts.brokers import careful_mosquitto
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from lab.run import Outcome, Run

ALARMS = 8  # in each third of the story

ROW = Row(
    number=28,
    fault="broker restart",
    expected="the session is resumed: what the broker had confirmed comes, also what it held for the gateway",
    worlds={World.REAL: Extent(quick=1, full=20)},
    limits=(Limit("t_recover", at_most=30.0, unit="s"),),
    needs=frozenset({Need.MOSQUITTO}),
    remark="mosquitto with persistence, as docs/mqtt.md asks for; row 29 is about a broker without it",
)


async def play(run: Run) -> Outcome:
    """Alarms before, while the gateway is stopped, and after; the broker restarts in between."""
    plant = await run.use(a_plant(run.folder, careful_mosquitto, ledger=run.ledger))
    radio = run.keep(a_radio(plant.modem))
    gateway = await run.use(plant.gateway())
    await running(gateway)

    for number in range(ALARMS):
        await plant.raise_alarm(f"before{number}", f"Tank {number} is low, before.")
    gateway.signal(signal.SIGSTOP)
    for number in range(ALARMS):
        await plant.raise_alarm(f"held{number}", f"Tank {number} is low, held.")
    await plant.broker.stop()
    gateway.signal(signal.SIGCONT)
    await gateway.says("MQTT: (?!connected)", after=len(gateway.lines))

    said = len(gateway.lines)
    began = run.now()
    await plant.broker.start()
    await plant.peer.reconnect()
    await plant.listen()
    await gateway.says("MQTT: connected", after=said, within=60.0)
    run.note("t_recover", run.now() - began)
    for number in range(ALARMS):
        await plant.raise_alarm(f"after{number}", f"Tank {number} is low, after.")
    await radio.until(lambda: len(radio.phone.texts) >= 3 * ALARMS, "all alarms", within=60.0)
    await plant.settled()
    return run.outcome(plant.journal, radio.phones)
