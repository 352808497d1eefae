"""The gateway is away for ten minutes, in which fifty messages a second come to the broker."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from lab.parts.brokers import careful_mosquitto
from lab.parts.flood import publish_all
from lab.parts.names import ANNA, SOURCE, TOPICS
from lab.parts.plant import a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lab.run import Outcome, Run

RATE = 50  # messages a second
AWAY = (10, 600)  # seconds: quick, full
POINTS = 100  # that say again and again that they are on
EVENTS = 20  # one message in so many is about something that nobody heard of before
CONFIRMED_WITHIN = 300.0  # seconds for the broker to write all of it down
TAKEN_WITHIN = 900.0  # seconds; a gateway that is not faster than its sources would never have done

ROW = Row(
    number=30,
    fault="gateway down for 10 minutes at 50 messages a second",
    expected="all of them are taken on return, faster than they come, and people get digests",
    worlds={World.REAL: Extent(quick=1, full=3, alone=True)},
    limits=(
        Limit("confirmed and not taken", at_most=0, anchor="A1"),
        Limit("SMS", at_most=5, anchor="A8"),
        Limit("taken a second", at_least=RATE, unit="messages/s"),
    ),
    units={"waiting": "messages"},
    needs=frozenset({Need.MOSQUITTO}),
    timeout=2 * TAKEN_WITHIN,
    remark=(
        "published as fast as the broker takes it. The limits of SMS are those that are shipped; "
        f"the quick laboratory plays {AWAY[0]} seconds of it, and bundles for 8 seconds in place of 2 minutes"
    ),
)


async def play(run: Run) -> Outcome:
    """The broker knows the gateway; then it is away, and then it has to take everything."""
    bundling = {"sms": {"bundle": "8s"}} if run.is_quick else None
    policy = {"high": {"steps": [{"notify": ["anna"]}]}}  # once: nobody has to be reminded here
    plant = await run.use(
        a_plant(run.folder, careful_mosquitto, ledger=run.ledger, limits=bundling, policies=policy)
    )
    radio = run.keep(a_radio(plant.modem))
    async with plant.gateway() as gateway:
        await running(gateway)
        gateway.signal(signal.SIGTERM)
        assert await gateway.ends() == 0

    plant.peer.unsubscribe(f"{TOPICS}/#")
    seconds = AWAY[0] if run.is_quick else AWAY[1]
    keys = _keys(run, RATE * seconds)
    waiting = await publish_all(plant.broker_port, _flood(keys), within=CONFIRMED_WITHIN)
    for key in dict.fromkeys(keys):
        run.ledger.accept(f"raise-{key}", _title(key), ANNA, at=run.now())
    run.note("waiting", waiting)

    gateway = await run.use(plant.gateway())
    await gateway.says("MQTT: connected", within=60.0)
    took = await run.until(
        lambda: _taken(plant.journal) >= waiting, "everything", within=TAKEN_WITHIN, every=0.25
    )
    run.note("t_take", took)
    run.note("taken a second", waiting / took)
    await plant.settled(within=TAKEN_WITHIN)
    run.note("confirmed and not taken", waiting - _taken(plant.journal))
    run.note("SMS", len(radio.phone.texts))
    return run.outcome(plant.journal, radio.phones)


def _keys(run: Run, count: int) -> list[str]:
    """What each message is about."""
    points = [f"point{run.random.randrange(POINTS)}" for _ in range(count)]
    return [f"event{place}" if place % EVENTS == 0 else key for place, key in enumerate(points)]


def _title(key: str) -> str:
    return f"{key} is on."


def _flood(keys: list[str]) -> Iterator[tuple[str, str]]:
    for number, key in enumerate(keys):
        alarm = {"event": "raise", "severity": "high", "id": f"f{number}", "title": _title(key)}
        yield f"{TOPICS}/in/alarm/{SOURCE}/{key}", json.dumps(alarm)


def _taken(journal: Path) -> int:
    """How many messages the journal has answers for, each once."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as rows:
        (count,) = rows.execute(
            "SELECT count(DISTINCT message_id) FROM intake WHERE message_id LIKE 'raise:f%'"
        ).fetchone()
    return int(count)
