"""The disk of the journal becomes full while alarms wait to be sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lab.parts.disks import a_disk
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from lab.run import Outcome, Run

WAITING = 5  # alarms that are accepted before
MOST = 500  # tries until the intake must have refused one: its file has a little room in itself
PAUSE = 0.1  # seconds between the tries of a source that was refused

ROW = Row(
    number=42,
    fault="disk full",
    expected="the intake says 503, what was accepted is sent, and all goes on when there is room",
    worlds={World.REAL: Extent(quick=1, full=20)},
    limits=(Limit("t_recover", at_most=10.0, unit="s"),),
    needs=frozenset({Need.MOSQUITTO, Need.MOUNT}),
)


async def play(run: Run) -> Outcome:
    """Fill it while the modem is away; plug the modem in; make room."""
    disk = run.keep(a_disk(run.folder / "disk"))
    plant = await run.use(a_plant(disk.place, ledger=run.ledger, has_http=True))
    radio = run.keep(a_radio(plant.modem))
    gateway = await run.use(plant.gateway())
    await running(gateway)
    radio.unplug()
    await plant.route("failed", within=60.0)
    for number in range(WAITING):
        assert await plant.post(f"waits{number}", f"Tank {number} is low, waits.") == 202

    disk.fill()
    full = run.now()
    for number in range(MOST):
        if (status := await plant.post(f"full{number}", f"Door {number} is open.", severity="normal")) != 202:
            break
    assert status == 503
    run.note("t_refuse", run.now() - full)
    await plant.raise_alarm("held", "Pump off, held by the broker")  # confirmed by the broker, not by us
    radio.plug_in()
    for number in range(WAITING):
        await radio.sms(f"Tank {number} is low", within=60.0)

    freed = run.now()
    disk.free()
    async with asyncio.timeout(60.0):
        while await plant.post("gate", "Gate open") != 202:
            await asyncio.sleep(PAUSE)
    run.note("t_recover", run.now() - freed)
    await radio.sms("Pump off", within=60.0)
    await radio.sms("Gate open")
    await plant.settled()
    return run.outcome(plant.journal, radio.phones, foreseen=("route/*", "journal*"))
