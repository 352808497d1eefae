"""The modem is pulled while nothing is to do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from lab.run import Outcome, Run

LONGEST_ABSENCE = 5.0  # seconds until it is plugged in again; the driver looks for it all the time

ROW = Row(
    number=1,
    fault="USB unplug, idle",
    expected="the route is failed within 20 s; it comes back with the modem, and what came meanwhile is sent",
    worlds={World.REAL: Extent(quick=1, full=20, alone=True)},
    limits=(
        Limit("t_report", at_most=20.0, unit="s", anchor="A5"),
        Limit("t_recover", at_most=20.0, unit="s"),
    ),
    needs=frozenset({Need.MOSQUITTO}),
)


async def play(run: Run) -> Outcome:
    """Pull it, raise an alarm meanwhile, plug it in."""
    plant = await run.use(a_plant(run.folder, ledger=run.ledger))
    radio = run.keep(a_radio(plant.modem))
    gateway = await run.use(plant.gateway())
    await running(gateway)

    pulled, heard = run.now(), len(plant.peer.messages)
    radio.unplug()
    await plant.route("failed", after=heard, within=60.0)
    run.note("t_report", run.now() - pulled)
    await plant.raise_alarm("pump", "Pump off")
    await asyncio.sleep(run.random.uniform(0.0, LONGEST_ABSENCE))

    plugged, heard = run.now(), len(plant.peer.messages)
    radio.plug_in()
    await plant.route("ok", after=heard, within=60.0)
    run.note("t_recover", run.now() - plugged)
    await plant.told("pump", "delivered")
    return run.outcome(plant.journal, radio.phones, foreseen=("route/*",))
