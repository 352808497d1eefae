"""A broker, a source of alarms, and the gateway as its users run it: a process with a file."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp

from alert_engine.daemon.cli import FAILPOINT_VARIABLE
from alert_engine.intake.http import PREFIX
from lab.ledger import Ledger

from .audit import is_settled
from .brokers import Mosquitto, Peer, Rumqttd, free_port
from .names import ANNA, DEADLINE, MODEM, SOURCE, TOPICS
from .program import Program

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

HTTP_TOKEN = "a-token-of-the-laboratory-0123456789"  # noqa: S105 - it opens a gateway that lives for seconds
HTTP_TIMEOUT = aiohttp.ClientTimeout(total=30.0)  # seconds; the intake itself answers within 10
ONCE = {"critical": {"steps": [{"after": "0s", "notify": ["anna"]}]}}
"""Policies for stories of any length: one SMS, and neither calls nor reminders."""
_LOOK = 0.05  # seconds between two looks at the journal


@dataclass(kw_only=True)
class Plant:
    """Where alarms come from and where their states are seen.

    Attributes:
        folder: the configuration, the journal and the modem's port are there.
        broker: runs; it can be stopped, killed and started again on its port.
        peer: sees everything below `TOPICS`.
        ledger: what the broker or the intake confirmed goes there.
        changes: of the configuration file, by section; a value of None takes a section out.
        http_port: where the gateway listens for `post`; 0: nowhere.
    """

    folder: Path
    broker: Mosquitto | Rumqttd
    peer: Peer
    ledger: Ledger = field(default_factory=Ledger)
    changes: dict[str, Any] = field(default_factory=dict)
    http_port: int = 0

    @property
    def broker_port(self) -> int:
        """Where the gateway is told that the broker is, unless `changes` say another place."""
        return self.broker.port

    @property
    def journal(self) -> Path:
        """The gateway's journal."""
        return self.folder / "journal.db"

    @property
    def modem(self) -> Path:
        """Where the configuration looks for the modem, if it is told no other place."""
        return self.folder / "modem"

    def gateway(
        self,
        *,
        ports: Mapping[str, str] | None = None,
        doubt_wait: str = "1s",
        failpoint: str = "",
        prefix: tuple[str, ...] = (),
        **environment: str,
    ) -> Program:
        """The gateway: started on entry, killed on exit.

        Args:
            ports: of its modems, by name; default: one, `MODEM`, at `modem`.
            doubt_wait: how long it waits for a delivery report that ends a doubt.
            failpoint: where it dies, a name of `alert_engine.failpoints`.
            prefix: a program that starts it: ``("strace", …)``, ``("unshare", …)``.
            environment: more of it, for example `clocks.at`.
        """
        file = self.folder / "gateway.yaml"
        settings = self._settings(ports or {MODEM: str(self.modem)}, doubt_wait)
        file.write_text(json.dumps(settings), encoding="utf-8")
        environment[FAILPOINT_VARIABLE] = failpoint
        return Program("alert_engine.daemon", "run", str(file), prefix=prefix, **environment)

    def _settings(self, ports: Mapping[str, str], doubt_wait: str) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "gateway": "home",
            "journal": self.journal.name,
            "mqtt": {"host": "127.0.0.1", "port": self.broker_port},
            "modems": [{"name": name, "port": port} for name, port in ports.items()],
            "people": [{"id": "anna", "name": "Anna", "phone": ANNA}],
            "policies": {"critical": {"notify": ["anna"]}},
            # More in a few seconds than anybody would want to get in a quarter of an hour.
            "limits": {"sms": {"windows": ["100 in 15min"], "reserve": ["100 in 15min"]}},
            "in_doubt_wait": {"critical": doubt_wait, "other": doubt_wait},
        }
        if self.http_port:
            settings["http"] = {
                "bind": "127.0.0.1",
                "port": self.http_port,
                "endpoints": [
                    {"name": SOURCE, "format": "generic", "auth": {"type": "bearer", "secret": HTTP_TOKEN}}
                ],
            }
        merged = {**settings, **self.changes}
        return {section: value for section, value in merged.items() if value is not None}

    # --- sources -------------------------------------------------------------------------------------------

    async def publish(self, topic: str, payload: bytes | str) -> None:
        """Publish below the gateway's root; returns when the broker has it."""
        await self.peer.publish(f"{TOPICS}/{topic}", payload)

    async def raise_alarm(self, key: str, title: str, *, within: float | None = None, **fields: Any) -> None:
        """A source says that it is on; returns when the broker has it, which is a promise."""
        alarm = {"event": "raise", "severity": "critical", "id": f"raise-{key}", "title": title, **fields}
        await self.publish(f"in/alarm/{SOURCE}/{key}", json.dumps(alarm))
        self.ledger.accept(f"raise-{key}", title, ANNA, at=_now(), within=within)

    async def clear_alarm(self, key: str) -> None:
        """A source says that it is over; returns when the broker has it."""
        await self.publish(f"in/alarm/{SOURCE}/{key}", json.dumps({"event": "clear", "id": f"clear-{key}"}))

    async def post(self, key: str, title: str, *, within: float | None = None, **fields: Any) -> int:
        """A source raises over HTTP; the status, and 202 is a promise. 0: nobody took the connection."""
        alarm = {"event": "raise", "severity": "critical", "id": f"raise-{key}", "title": title, **fields}
        url = f"http://127.0.0.1:{self.http_port}{PREFIX}/{SOURCE}"
        headers = {"Authorization": f"Bearer {HTTP_TOKEN}"}
        try:
            async with (
                aiohttp.ClientSession(timeout=HTTP_TIMEOUT) as session,
                session.post(url, json={"key": key, **alarm}, headers=headers) as response,
            ):
                status = response.status
        except (aiohttp.ClientError, TimeoutError):
            return 0
        if status == 202:
            self.ledger.accept(f"raise-{key}", title, ANNA, at=_now(), within=within)
        return status

    # --- what is seen --------------------------------------------------------------------------------------

    async def alarm(self, key: str, *, within: float = DEADLINE, **wanted: Any) -> dict[str, Any]:
        """The newest state of an alarm on MQTT that has the wanted fields; waits for it."""

        def fitting() -> list[dict[str, Any]]:
            states = self.heard("out/alarm/", "/state")
            return [state for state in states if {"key": key, **wanted}.items() <= state.items()]

        await self.peer.until(lambda: bool(fitting()), within=within)
        return fitting()[-1]

    async def told(self, key: str, state: str) -> dict[str, Any]:
        """The alarm whose message to Anna is in this state."""
        return await self.alarm(key, recipients=[{"id": "anna", "channel": "sms", "state": state}])

    async def route(
        self, state: str, name: str = MODEM, *, after: int = 0, within: float = 30.0
    ) -> dict[str, Any]:
        """The first state of a route on MQTT that is this one; `after` so many messages of `peer`."""

        def fitting() -> list[dict[str, Any]]:
            states = self.heard(f"out/route/{name}", "/state", after=after)
            return [each for each in states if each.get("state") == state]

        await self.peer.until(lambda: bool(fitting()), within=within)
        return fitting()[0]

    async def settled(self, *, within: float = 180.0) -> None:
        """Wait until the journal holds nothing any more that is to be sent. A digest waits two minutes."""
        async with asyncio.timeout(within):
            while not is_settled(self.journal):
                await asyncio.sleep(_LOOK)

    async def figure(self, name: str, label: str = "") -> float:
        """What ``/metrics`` says of it, where HTTP is on; 0 for nothing. `label`: ``reason="retained"``."""
        wanted = f"alert_gateway_{name}" + (f"{{{label}}}" if label else "")
        url = f"http://127.0.0.1:{self.http_port}/metrics"
        async with aiohttp.ClientSession(timeout=HTTP_TIMEOUT) as session, session.get(url) as response:
            lines = (await response.text()).splitlines()
        return next((float(line.split()[-1]) for line in lines if line.rpartition(" ")[0] == wanted), 0.0)

    async def listen(self) -> None:
        """See all that the gateway publishes; again after `peer` had to reconnect."""
        await self.peer.subscribe(f"{TOPICS}/#")

    def heard(self, begins: str, ends: str = "", *, after: int = 0) -> list[dict[str, Any]]:
        """The objects that were published so far below `TOPICS`; an emptied topic is none."""
        return [
            json.loads(message.payload)
            for message in self.peer.messages[after:]
            if message.payload
            and message.topic.startswith(f"{TOPICS}/{begins}")
            and message.topic.endswith(ends)
        ]


def _now() -> float:
    return asyncio.get_running_loop().time()


@asynccontextmanager
async def a_plant(
    folder: Path,
    broker: Callable[[Path], Mosquitto | Rumqttd] = Mosquitto,
    *,
    ledger: Ledger | None = None,
    has_http: bool = False,
    **changes: Any,
) -> AsyncIterator[Plant]:
    """A broker that runs, and a client that sees all that the gateway publishes. The gateway is not started.

    Args:
        folder: for everything that is written.
        broker: which one, by its class or by what makes it.
        ledger: of the run.
        has_http: the gateway takes alarms over HTTP, too.
        changes: of the configuration file, by section.
    """
    async with broker(folder) as started, Peer(started.port) as peer:
        plant = Plant(
            folder=folder,
            broker=started,
            peer=peer,
            ledger=ledger or Ledger(),
            changes=changes,
            http_port=free_port() if has_http else 0,
        )
        await plant.listen()
        yield plant


async def running(gateway: Program, *, after: int = 0) -> None:
    """Wait until the gateway has broker and modem; `after` so many lines of its output."""
    await gateway.says(r"MQTT: connected", after=after)
    await gateway.says(rf"route {MODEM}: ok", after=after)
