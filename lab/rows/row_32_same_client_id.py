"""Somebody else connects to the broker under the gateway's name: a copy of its machine, or any client."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.intake.settings import MqttSettings
from lab.parts.brokers import Peer
from lab.parts.names import ANNA, MODEM
from lab.parts.plant import ONCE, Plant, a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from lab.parts.radio import Radio
    from lab.run import Outcome, Run

CLIENT = MqttSettings(host="127.0.0.1", gateway="home").client_id
COMPLAINT = "Another gateway uses the same name"
WATCHED = 5.0  # seconds in which two that fight would have thrown each other out several times
SAID = 2.0  # seconds in which the gateway has told its first states
BUNDLED = 180.0  # seconds: what is less than critical waits two minutes behind another SMS
BACK_WITHIN = 90.0  # seconds: who was thrown out tries again after a minute


class Other(StrEnum):
    """Who has the name, too."""

    GATEWAY = "a second gateway with the same file"
    CLIENT = "a client of somebody else"


CASES = tuple(Other)

ROW = Row(
    number=32,
    fault="the same client id twice",
    expected="people hear of it at once; neither throws out the other for ever, and alarms go on",
    worlds={World.REAL: Extent(quick=1, full=5 * len(CASES), alone=True)},
    limits=(Limit("t_report", at_most=20.0, unit="s"), Limit("connections", at_most=4)),
    needs=frozenset({Need.MOSQUITTO}),
    timeout=300.0,
    remark=(
        "a client that takes the session gets the alarms in it, and confirms them: whoever has the name is "
        "the gateway for a broker. One that says why it closes the line sees 2 connections at most; "
        "mosquitto 2.0.11 just hangs up, and the third time is taken for a word. When the other has gone is "
        "waited for in the full laboratory only"
    ),
)


async def play(run: Run) -> Outcome:
    """The gateway is thrown out and complains; alarms reach people by whoever has the session."""
    case = CASES[run.seed % len(CASES)]
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, policies=ONCE))
    radio = run.keep(a_radio(plant.modem))
    gateway = await run.use(plant.gateway())
    await running(gateway)
    # Whoever is thrown out while it writes sees a broken line and no reason; then it throws out the other.
    await asyncio.sleep(SAID)
    run.ledger.accept("complaint", COMPLAINT, ANNA)
    if case is Other.GATEWAY:
        other, connected = await _a_copy_of(run, plant)
        await _reported(run, radio, connected)
        await plant.raise_alarm("meanwhile", "Pump off, meanwhile")
        await other.sms("Pump off, meanwhile")
        if not run.is_quick:  # the first one comes back, and now the copy is thrown out
            await gateway.says("MQTT: connected", after=len(gateway.lines), within=BACK_WITHIN)
            await other.sms(COMPLAINT, within=BUNDLED)
            run.ledger.accept("complaint of the copy", COMPLAINT, ANNA)
    else:
        other = radio
        async with Peer(plant.broker_port, client_id=CLIENT, comes_back=True):
            await _reported(run, radio, run.now())
            gone = run.now()
        if not run.is_quick:
            await gateway.says("MQTT: connected", after=len(gateway.lines), within=BACK_WITHIN)
            run.note("t_recover", run.now() - gone)
            await plant.raise_alarm("after", "Gate open, after")
            await radio.sms("Gate open, after")
    run.note("connections", len(gateway.said("MQTT: connected")))
    return run.outcome(None, {*radio.phones, *other.phones})


async def _a_copy_of(run: Run, plant: Plant) -> tuple[Radio, float]:
    """It has a journal and a modem of its own; both reach Anna. Its radio, and when it was connected."""
    folder = run.folder / "copy"
    folder.mkdir()
    copy = Plant(
        folder=folder, broker=plant.broker, peer=plant.peer, ledger=run.ledger, changes=plant.changes
    )
    radio = run.keep(a_radio(copy.modem))
    gateway = await run.use(copy.gateway())
    await gateway.says("MQTT: connected")
    connected = run.now()
    await gateway.says(rf"route {MODEM}: ok")
    return radio, connected


async def _reported(run: Run, radio: Radio, connected: float) -> None:
    told = await radio.sms(COMPLAINT, within=60.0)
    run.note("t_report", max(0.0, told.at - connected))
    await asyncio.sleep(WATCHED)
