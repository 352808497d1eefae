"""A gateway on a broker, and a client that watches it: what the tests of the MQTT intake share."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from alert_engine.clock import SystemClock
from alert_engine.engine import AlertEngine
from alert_engine.errors import JournalError
from alert_engine.failpoints import disarmed
from alert_engine.ids import RandomIds
from alert_engine.intake.mqtt import MqttIntake, Pace, SessionState
from alert_engine.intake.settings import MqttSettings
from alert_engine.journal.store import Journal
from alert_engine.model import Address, Channel, Person, Policy, Step
from alert_engine.settings import EngineSettings

from .brokers import DEADLINE, Message, Peer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from alert_engine.model import EngineEvent

QUICK = Pace(first=0.01, longest=0.05, taken_over=0.3, steady=60.0, commit=0.01)
ROOT = "alert_gateway/home"
ANNA = "+436601234567"
SETTINGS = EngineSettings(
    gateway="home",
    people=(Person(id="anna", name="Anna", addresses=(Address(channel=Channel.SMS, value=ANNA),)),),
    policies=(Policy(name="latching", steps=(Step(after=timedelta(0), notify=()),), latch=True),),
)


@dataclass
class FullDisk:
    """A failpoint: while the disk is full, no commit comes about."""

    is_full: bool = True

    def __call__(self, name: str) -> None:
        """In the thread of the journal."""
        if self.is_full and name.endswith("_before_commit"):
            raise JournalError("no room on the disk")


@dataclass
class House:
    """A gateway on a broker, and a client that watches it."""

    engine: AlertEngine
    intake: MqttIntake
    peer: Peer
    root: str
    events: list[EngineEvent] = field(default_factory=list)

    async def say(self, topic: str, payload: bytes | str | dict[str, Any], **properties: Any) -> None:
        text = json.dumps(payload) if isinstance(payload, dict) else payload
        await self.peer.publish(f"{self.root}/{topic}", text, **properties)

    async def hears(self, topic: str, **wanted: Any) -> dict[str, Any]:
        """The JSON on `topic` that has the wanted fields."""

        def fits(message: Message) -> bool:
            data = json.loads(message.payload) if message.payload else {}
            return wanted.items() <= data.items()

        message = await self.peer.message(f"{self.root}/{topic}", fits)
        data: dict[str, Any] = json.loads(message.payload)
        return data

    async def state_of(self, key: str, **wanted: Any) -> dict[str, Any]:
        """A published state of the alarm with this key that has the wanted fields."""
        found: list[dict[str, Any]] = []

        def look() -> bool:
            states = [m for m in self.peer.messages if m.topic.endswith("/state") and m.payload]
            all_states = [json.loads(m.payload) for m in states]
            found[:] = [s for s in all_states if s.get("key") == key and wanted.items() <= s.items()]
            return bool(found)

        await self.peer.until(look)
        return found[-1]


@asynccontextmanager
async def an_engine(
    folder: Path,
    settings: EngineSettings = SETTINGS,
    clock: SystemClock | None = None,
    failpoint: Callable[[str], None] = disarmed,
) -> AsyncIterator[AlertEngine]:
    with ThreadPoolExecutor(1) as writer, ThreadPoolExecutor(1) as reader:  # waited for at the end
        journal = Journal(folder / "journal.db", writer=writer, reader=reader)
        engine = AlertEngine(
            settings, journal, clock=clock or SystemClock(), ids=RandomIds(), failpoint=failpoint
        )
        await engine.start()
        try:
            yield engine
        finally:
            await engine.stop()


@asynccontextmanager
async def on_line(
    engine: AlertEngine, port: int, clock: SystemClock | None = None, **changes: Any
) -> AsyncIterator[MqttIntake]:
    """The intake of this engine, connected."""
    settings = MqttSettings(**{"host": "127.0.0.1", "port": port, "gateway": "home", **changes})
    intake = MqttIntake(engine, settings, clock=clock or SystemClock(), version="0.1.0", pace=QUICK)
    online = asyncio.Event()
    intake.add_listener(lambda status: online.set() if status.state is SessionState.ONLINE else None)
    await intake.start()
    try:
        async with asyncio.timeout(DEADLINE):
            await online.wait()
        yield intake
    finally:
        await intake.stop()


@asynccontextmanager
async def a_house(
    port: int,
    folder: Path,
    *,
    settings: EngineSettings = SETTINGS,
    clock: SystemClock | None = None,
    failpoint: Callable[[str], None] = disarmed,
    **changes: Any,
) -> AsyncIterator[House]:
    root = f"{changes.get('prefix', 'alert_gateway')}/{changes.get('gateway', 'home')}"
    async with an_engine(folder, settings, clock, failpoint) as engine, Peer(port, "watcher") as peer:
        await peer.subscribe(f"{root}/#")
        events: list[EngineEvent] = []
        engine.subscribe(events.append)
        async with on_line(engine, port, clock, **changes) as intake:
            yield House(engine=engine, intake=intake, peer=peer, root=root, events=events)


async def counts(engine: AlertEngine) -> Counter[str]:
    """How often each open alarm was raised, by its key."""
    return Counter({alarm.key: alarm.count for alarm in await engine.open_alarms()})
