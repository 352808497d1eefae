"""Message centres that we did not write: `smpp34` (Rust) and the npm package `smpp`, driven alike."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from scripts.lib import node_packages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

PASSWORD = "secret"
_NODE_CENTRE = Path(__file__).with_name("node_centre.cjs")
_NODE = shutil.which("node") or ""


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """A submit_sm as the message centre understood it."""

    source: str
    destination: str
    esm_class: int
    data_coding: int
    registered_delivery: int
    header: bytes  # without its length
    text: str
    key: Any = field(repr=False)


class Centre(Protocol):
    """What the tests ask of a message centre."""

    port: int

    async def bound(self) -> None: ...
    async def submitted(self) -> Submitted: ...
    async def accept(self, submitted: Submitted, message_id: str) -> None: ...
    async def refuse(self, submitted: Submitted, status: int) -> None: ...
    async def deliver(
        self, octets: bytes, *, source: str, esm_class: int = 0, data_coding: int = 0, message_id: str = ""
    ) -> int: ...
    async def drop(self) -> None: ...


# --- smpp34 -------------------------------------------------------------------------------------------------


@dataclass
class RustCentre:
    """`smpp34`: its server has neither passwords nor TLS."""

    port: int
    server: Any
    esmes: dict[str, Any] = field(default_factory=dict)
    last: str = ""

    async def _next(self, kind: str) -> Any:
        while True:
            event = await asyncio.wait_for(self.server.next(), 20)
            name = type(event).__name__
            if name == "Esme":
                self.esmes[event.session_id] = event
                self.last = event.session_id
            if name == kind:
                return event

    async def bound(self) -> None:
        await self._next("Esme")

    async def submitted(self) -> Submitted:
        event = await self._next("SubmitSmEvent")
        octets = bytes(event.short_message)
        length = octets[0] + 1 if event.esm_class & 0x40 else 0
        text = octets[length:]
        return Submitted(
            source=event.source_addr,
            destination=event.destination_addr,
            esm_class=event.esm_class,
            data_coding=event.data_coding,
            registered_delivery=event.registered_delivery,
            header=octets[1:length],
            text=text.decode("utf-16-be" if event.data_coding == 8 else "ascii"),
            key=event,
        )

    async def accept(self, submitted: Submitted, message_id: str) -> None:
        submitted.key.accept(message_id)

    async def refuse(self, submitted: Submitted, status: int) -> None:
        submitted.key.reject(status)

    async def deliver(
        self, octets: bytes, *, source: str, esm_class: int = 0, data_coding: int = 0, message_id: str = ""
    ) -> int:
        import smpp34  # noqa: PLC0415 - only where it is installed

        parameters = (
            [smpp34.Tlv(0x1E, message_id.encode() + b"\0"), smpp34.Tlv(0x427, b"\x02")] if message_id else []
        )
        answer = await self.esmes[self.last].deliver_sm(
            "43123",
            octets,
            source_addr=source,
            source_addr_ton=1,
            source_addr_npi=1,
            esm_class=esm_class,
            data_coding=data_coding,
            tlvs=parameters,
        )
        return int(answer.command_status)

    async def drop(self) -> None:
        await self.esmes[self.last].unbind()


@asynccontextmanager
async def rust_centre() -> AsyncIterator[RustCentre]:
    smpp34 = pytest.importorskip("smpp34")
    port = _free_port()
    server = smpp34.Server("127.0.0.1", port, system_id="rust")
    await server.start()
    try:
        yield RustCentre(port, server)
    finally:
        await server.stop()


def _free_port() -> int:
    import socket  # noqa: PLC0415 - this peer wants to be told its port

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- node ---------------------------------------------------------------------------------------------------


@dataclass
class NodeCentre:
    """The npm package `smpp` in a process of its own."""

    port: int
    process: asyncio.subprocess.Process

    async def _next(self, kind: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        while True:
            line = await asyncio.wait_for(self.process.stdout.readline(), 20)
            event: dict[str, Any] = json.loads(line)
            if event["event"] == kind:
                return event

    def _order(self, **order: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")

    async def bound(self) -> None:
        await self._next("bound")

    async def submitted(self) -> Submitted:
        event = await self._next("submit")
        names = ("source", "destination", "esm_class", "data_coding", "registered_delivery", "key")
        return Submitted(
            header=bytes.fromhex(event["header"]),
            text=event.get("text", ""),
            **{name: event[name] for name in names},
        )

    async def accept(self, submitted: Submitted, message_id: str) -> None:
        self._order(do="accept", key=submitted.key, message_id=message_id)

    async def refuse(self, submitted: Submitted, status: int) -> None:
        self._order(do="refuse", key=submitted.key, status=status)

    async def deliver(
        self, octets: bytes, *, source: str, esm_class: int = 0, data_coding: int = 0, message_id: str = ""
    ) -> int:
        order = {"source": source, "esm_class": esm_class, "data_coding": data_coding, "state": 2}
        self._order(do="deliver", octets=octets.hex(), message_id=message_id, **order)
        return int((await self._next("answered"))["status"])

    async def drop(self) -> None:
        self._order(do="drop")


@cache
def why_no_node_centre() -> str:
    """Empty if Node is here and finds the package."""
    if not _NODE:
        return "node is not on this machine"
    asked = subprocess.run(
        [_NODE, "-e", "require('smpp')"],
        env=node_packages.surroundings(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    return "" if asked.returncode == 0 else "node does not find the npm package smpp"


@asynccontextmanager
async def node_centre(certificate: Path | None = None, key: Path | None = None) -> AsyncIterator[NodeCentre]:
    if reason := why_no_node_centre():
        pytest.skip(f"{reason} (scripts/install_test_parts brings it)")
    files = [] if certificate is None else [str(certificate), str(key)]
    process = await asyncio.create_subprocess_exec(
        _NODE,
        str(_NODE_CENTRE),
        PASSWORD,
        *files,
        env=node_packages.surroundings(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    centre = NodeCentre(0, process)
    try:
        centre.port = (await centre._next("listening"))["port"]
        yield centre
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 20)


CENTRES: dict[str, Callable[[], AbstractAsyncContextManager[Centre]]] = {
    "smpp34": rust_centre,
    "node": node_centre,
}
