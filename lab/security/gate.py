"""The gateway that cases attack: the daemon as its users run it, with a broker, a modem, and ways in."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alert_engine.daemon.control import socket_path
from alert_engine.daemon.control_client import ask
from lab.parts.audit import is_settled
from lab.parts.plant import ONCE, Plant, a_plant, running
from lab.parts.radio import Radio, a_radio

from .wire import Wire, at_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from lab.parts.program import Program
    from lab.run import Run

_MISTAKES = ("Traceback", "mistake of ours")  # lines that no input may cause


@dataclass(kw_only=True)
class Gate:
    """A gateway that runs, and all that is around it."""

    run: Run
    plant: Plant
    radio: Radio
    gateway: Program

    @property
    def wire(self) -> Wire:
        """Its HTTP server."""
        return Wire(at_loopback(self.plant.http_port))

    @property
    def mistakes(self) -> list[str]:
        """Lines that say that something unforeseen happened in the program."""
        return [line for words in _MISTAKES for line in self.gateway.said(words)]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the journal says."""
        return rows_of(self.plant.journal, query, *values)

    async def a_good_one(self, key: str, **fields: Any) -> dict[str, Any]:
        """An alarm of a source that may, on MQTT; returns its state when Anna's phone has it."""
        await self.plant.raise_alarm(key, f"{key} is low.", **fields)
        await self.radio.sms(f"{key} is low.")
        return await self.plant.alarm(key)

    def told(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """What the control socket says to a command. Blocks."""
        return next(iter(ask(self.plant.journal, dict(command), within=20.0)))

    async def heard_all(self, within: float = 60.0) -> None:
        """Every SMS that is under way to the modem has been read: the last one is a stranger's."""
        word = f"the last of {len(self.gateway.lines)}"
        self.radio.network.deliver_sms("+447911123456", word)
        query = "SELECT count(*) FROM inbound WHERE text = ?"
        await self.run.until(lambda: self.rows(query, word)[0][0] > 0, "all were read", within=within)

    async def settled(self) -> None:
        """Nothing is to be sent any more."""
        await self.run.until(lambda: is_settled(self.plant.journal), "nothing waits any more")

    @property
    def socket(self) -> Path:
        """Its control socket."""
        return socket_path(self.plant.journal)


def rows_of(journal: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What a journal says, by SQLite alone."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as base:
        return base.execute(query, values).fetchall()


async def a_gate(
    run: Run,
    *,
    http: Mapping[str, Any] | None = None,
    prefix: tuple[str, ...] = (),
    opens: Callable[[int], AbstractAsyncContextManager[None]] | None = None,
    **changes: Any,
) -> Gate:
    """Start it; it ends with the run.

    Args:
        run: the case.
        http: of the section, beside bind and port.
        prefix: a program that starts the gateway.
        opens: makes the port of the broker reachable where that program is.
        changes: of the configuration, by section.
    """
    sections: dict[str, Any] = {"policies": ONCE, **changes}
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, has_http=True, **sections))
    if http is not None:
        plant.changes["http"] = {"bind": "127.0.0.1", "port": plant.http_port, **http}
    radio = run.keep(a_radio(plant.modem))
    if opens is not None:
        await run.use(opens(plant.broker.port))
    gateway = await run.use(plant.gateway(prefix=prefix))
    await running(gateway)
    return Gate(run=run, plant=plant, radio=radio, gateway=gateway)


def alarm_of(key: str, **fields: Any) -> bytes:
    """The body of a raise, as sources post it."""
    return json.dumps({"key": key, "severity": "critical", "title": f"{key}.", **fields}).encode()
