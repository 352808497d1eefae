"""Raises that lie retained on topics for events: nobody says them now."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from alert_engine.intake.settings import MqttSettings
from lab.parts.brokers import Peer
from lab.parts.names import SOURCE, TOPICS
from lab.parts.plant import ONCE, a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from lab.parts.plant import Plant
    from lab.run import Outcome, Run

CLIENT = MqttSettings(host="127.0.0.1", gateway="home").client_id
STALE = (  # what lies there, by the key: of yesterday, of nobody knows when, of a device that says ON
    '{"event": "raise", "severity": "critical", "title": "stale pump", "ts": "2020-02-02T02:02:02Z"}',
    '{"event": "raise", "severity": "critical", "title": "stale tank"}',
    '{"event": "raise", "severity": "critical", "title": "stale door", "id": "e1"}',
    "ON",
)
COMMANDS = {  # an order that lies there is as old
    "in/send": {"request_id": "s", "to": "anna", "text": "stale text"},
    "in/cmd/test": {"request_id": "t", "by": "panel", "severity": "critical"},
}
REFUSED = "MQTT: a message was not used: a retained message may be old"

ROW = Row(
    number=31,
    fault="retained stale raise on a topic for events",
    expected="ignored and counted, at each new session with the broker; nobody is told",
    worlds={World.REAL: Extent(quick=1, full=20)},
    limits=(
        Limit("false alarms", at_most=0),
        Limit("ignored and counted", at_least=100.0, unit="%"),
    ),
    needs=frozenset({Need.MOSQUITTO}),
    remark="an edge that is published with retain while the gateway listens is live: it counts once",
)


async def play(run: Run) -> Outcome:
    """They lie there before the first start, and after the broker forgot the gateway's session."""
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, has_http=True, policies=ONCE))
    radio = run.keep(a_radio(plant.modem))
    keys = [f"stale{number}" for number in range(len(STALE))]
    for key in run.random.sample(keys, len(keys)):
        await _retain(plant, f"in/alarm/{SOURCE}/{key}", STALE[keys.index(key)])
    for topic, command in COMMANDS.items():
        await _retain(plant, topic, json.dumps(command))

    async with plant.gateway() as gateway:
        await gateway.says(REFUSED)
        await running(gateway)
        await _count(run, plant, len(STALE) + len(COMMANDS))
        live = {"event": "raise", "severity": "critical", "id": "l", "title": "Pump off, live"}
        await _retain(plant, f"in/alarm/{SOURCE}/live", json.dumps(live))
        run.ledger.accept("raise-live", "Pump off, live", radio.phone.number, at=run.now())
        await radio.sms("Pump off, live")
        await plant.clear_alarm("live")
        await plant.alarm("live", state="closed")
        gateway.signal(signal.SIGTERM)
        assert await gateway.ends() == 0

    async with Peer(plant.broker_port, client_id=CLIENT):
        pass  # begins anew: the broker forgets what it knew of the gateway
    gateway = await run.use(plant.gateway())
    await gateway.says(REFUSED)
    await running(gateway)
    await _count(run, plant, len(STALE) + len(COMMANDS) + 1)  # what was live then is old now
    await plant.raise_alarm("door", "Door open")
    await radio.sms("Door open")
    await plant.settled()
    run.note("false alarms", _false_alarms(plant))
    return run.outcome(plant.journal, radio.phones)


async def _count(run: Run, plant: Plant, lying: int) -> None:
    """So many lie there, and the gateway was just given all of them."""
    counted = await plant.figure("mqtt_unused", 'reason="retained"')
    run.note("ignored and counted", 100.0 * counted / lying)


async def _retain(plant: Plant, topic: str, payload: str) -> None:
    await plant.peer.publish(f"{TOPICS}/{topic}", payload, retain=True)


def _false_alarms(plant: Plant) -> int:
    """Episodes and messages that nobody asked for now; the live alarm came once, the door once."""
    with closing(sqlite3.connect(f"file:{plant.journal}?mode=ro", uri=True)) as rows:
        (alarms,) = rows.execute(
            "SELECT count(*) FROM alarm WHERE source <> 'gateway' AND key <> 'door'"
        ).fetchone()
        (texts,) = rows.execute("SELECT count(*) FROM message WHERE alarm_id IS NULL").fetchone()
    return int(alarms) - 1 + int(texts)
