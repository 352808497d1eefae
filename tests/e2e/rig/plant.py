"""A broker, a source of alarms, and the gateway as its users run it: a process with a file."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.daemon.cli import FAILPOINT_VARIABLE
from tests.engine.brokers import Mosquitto, Peer, Rumqttd, allow_sockets, needs_mosquitto
from tests.engine.program import Program

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

TOPICS = "alert_gateway/home"
BROKERS = [
    pytest.param(Rumqttd, id="iotcore"),
    pytest.param(Mosquitto, id="mosquitto", marks=needs_mosquitto),
]


@dataclass(kw_only=True)
class Plant:
    """Where alarms come from and where their states are seen."""

    folder: Path
    peer: Peer
    broker_port: int
    raised: list[str] = field(default_factory=list)  # titles of the raises that the broker confirmed

    @property
    def journal(self) -> Path:
        """The gateway's journal."""
        return self.folder / "journal.db"

    @property
    def modem(self) -> Path:
        """Where the configuration looks for the modem, if it is told no other place."""
        return self.folder / "modem"

    def gateway(
        self, *, ports: Mapping[str, str] | None = None, doubt_wait: str = "1s", failpoint: str = ""
    ) -> Program:
        """The gateway.

        Args:
            ports: of its modems, by name; default: one, "stick", at `modem`.
            doubt_wait: how long it waits for a delivery report that ends a doubt.
            failpoint: where it dies, a name of `alert_engine.failpoints`.
        """
        file = self.folder / "gateway.yaml"
        settings = self._settings(ports or {"stick": str(self.modem)}, doubt_wait)
        file.write_text(json.dumps(settings), encoding="utf-8")
        return Program("alert_engine.daemon", "run", str(file), **{FAILPOINT_VARIABLE: failpoint})

    def _settings(self, ports: Mapping[str, str], doubt_wait: str) -> dict[str, Any]:
        return {
            "gateway": "home",
            "journal": self.journal.name,
            "mqtt": {"host": "127.0.0.1", "port": self.broker_port},
            "modems": [{"name": name, "port": port} for name, port in ports.items()],
            "people": [{"id": "anna", "name": "Anna", "phone": "+43 660 1234567"}],
            "policies": {"critical": {"notify": ["anna"]}},
            # More in a few seconds than anybody would want to get in a quarter of an hour.
            "limits": {"sms": {"windows": ["100 in 15min"], "reserve": ["100 in 15min"]}},
            "in_doubt_wait": {"critical": doubt_wait, "other": doubt_wait},
        }

    async def publish(self, topic: str, payload: bytes | str) -> None:
        """Publish below the gateway's root; returns when the broker has it."""
        await self.peer.publish(f"{TOPICS}/{topic}", payload)

    async def raise_alarm(self, key: str, title: str, **fields: Any) -> None:
        """A source says that it is on; returns when the broker has it."""
        alarm = {"event": "raise", "severity": "critical", "id": f"raise-{key}", "title": title, **fields}
        await self.publish(f"in/alarm/plc/{key}", json.dumps(alarm))
        self.raised.append(title)

    async def alarm(self, key: str, **wanted: Any) -> dict[str, Any]:
        """The newest state of an alarm on MQTT that has the wanted fields; waits for it."""

        def states() -> list[dict[str, Any]]:
            found = [m for m in self.peer.messages if m.topic.startswith(f"{TOPICS}/out/alarm/")]
            return [json.loads(m.payload) for m in found if m.topic.endswith("/state") and m.payload]

        def fitting() -> list[dict[str, Any]]:
            return [state for state in states() if {"key": key, **wanted}.items() <= state.items()]

        await self.peer.until(lambda: bool(fitting()))
        return fitting()[-1]

    async def told(self, key: str, state: str) -> dict[str, Any]:
        """The alarm whose message to Anna is in this state."""
        return await self.alarm(key, recipients=[{"id": "anna", "channel": "sms", "state": state}])


@asynccontextmanager
async def a_plant(folder: Path, broker_class: type[Rumqttd | Mosquitto]) -> AsyncIterator[Plant]:
    """A broker that runs, and a client that sees all that the gateway publishes."""
    allow_sockets()
    async with broker_class(folder) as broker, Peer(broker.port) as peer:
        await peer.subscribe(f"{TOPICS}/#")
        yield Plant(folder=folder, peer=peer, broker_port=broker.port)


async def running(gateway: Program) -> None:
    """Wait until the gateway has broker and modem."""
    await gateway.says(r"MQTT: connected")
    await gateway.says(r"route stick: ok")
