"""The SIM has no service centre: another program took it, or nobody ever set it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from lab.run import Outcome, Run

CENTRE = "+43664000501"
CASES = ("lost while the gateway runs", "never there")

ROW = Row(
    number=20,
    fault="SMSC address unset",
    expected="one that the SIM had is put back; that there is none is told, and a person can set it",
    worlds={World.REAL: Extent(quick=len(CASES), full=10 * len(CASES), alone=True)},
    limits=(
        Limit("t_restore", at_most=20.0, unit="s"),
        Limit("t_report", at_most=20.0, unit="s", anchor="A5"),
        Limit("recovered", at_least=1),
    ),
    needs=frozenset({Need.MOSQUITTO}),
    remark="the gateway asks nobody for the number: only the operator knows it, so it has no setting for it",
)


async def play(run: Run) -> Outcome:
    """Take the number away, raise an alarm, and give it back where the gateway cannot."""
    is_lost = run.seed % len(CASES) == 0
    plant = await run.use(a_plant(run.folder, ledger=run.ledger))
    radio = run.keep(a_radio(plant.modem))
    card = radio.simulator.modem.sim
    if not is_lost:
        card.service_centre = ""
    gateway = await run.use(plant.gateway())
    if is_lost:
        await running(gateway)
        card.service_centre = ""
        began = run.now()
        await plant.raise_alarm("pump", "Pump off")
        run.note("t_restore", (await radio.sms("Pump off")).at - began)
    else:
        began = run.now()
        told = await plant.route("degraded")
        assert "service centre" in told["error"]
        run.note("t_report", run.now() - began)
        await plant.raise_alarm("pump", "Pump off")
        await gateway.says(r"sms to anna \(raise\) queued by")  # refused: +CMS ERROR 330
        radio.unplug()
        card.service_centre = CENTRE  # a person, who takes the card out for it
        radio.plug_in()
        mended = run.now()
        run.note("t_mended", (await radio.sms("Pump off", within=60.0)).at - mended)
    await plant.settled()
    run.note("recovered", card.service_centre == CENTRE)
    return run.outcome(plant.journal, radio.phones, foreseen=("route/*", "route-weak/*"))
