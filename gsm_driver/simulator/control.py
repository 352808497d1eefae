"""The control channel: JSON, one object per line, for other processes.

A request is ``{"id": 1, "do": "text", "number": "+43…", "text": "OK 4711"}``; its answer has the same ``id``
and either ``result`` or ``error``. After ``{"do": "listen"}`` each event of the network comes as
``{"event": "delivered", …}``. The words are in `control_commands`. Only loopback and Unix sockets are
offered: whoever can connect may do everything.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from gsm_driver.errors import PduError

from .control_commands import CONTROL_COMMANDS

if TYPE_CHECKING:
    from types import TracebackType

    from .events import NetworkEvent
    from .simulator import Simulator

MAX_REQUEST = 1 << 20  # bytes of one line; a plan with thousands of faults fits
LOOPBACK = "127.0.0.1"

ControlAddress = int | Path  # a TCP port of the loopback address, or a Unix socket


class ControlServer:
    """Serves any number of clients; use as ``async with await ControlServer.start(simulator, 0) as server``.

    Attributes:
        address: where clients connect.
    """

    def __init__(self, simulator: Simulator) -> None:
        self.address: ControlAddress = 0
        self._simulator = simulator
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @classmethod
    async def start(cls, simulator: Simulator, address: ControlAddress) -> Self:
        """Listen; port 0 takes a free one.

        Raises:
            OSError: the address is in use.
        """
        control = cls(simulator)
        if isinstance(address, Path):
            server = await asyncio.start_unix_server(control._serve, address, limit=MAX_REQUEST)
            control.address = address
        else:
            server = await asyncio.start_server(control._serve, LOOPBACK, address, limit=MAX_REQUEST)
            control.address = server.sockets[0].getsockname()[1]
        control._server = server
        return control

    async def close(self) -> None:
        """Let all clients go."""
        if self._server is None:
            return
        self._server.close()
        for writer in tuple(self._writers):
            writer.close()
        await self._server.wait_closed()
        self._server = None
        if isinstance(self.address, Path):
            self.address.unlink(missing_ok=True)

    async def __aenter__(self) -> Self:
        """It listens already."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it."""
        await self.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = _Conversation(self._simulator, writer)
        self._writers.add(writer)
        try:
            while line := await reader.readline():
                conversation.answer(line)
                await writer.drain()
        except (ConnectionError, ValueError):
            pass  # the client went away, or its line was longer than MAX_REQUEST
        finally:
            conversation.end()
            self._writers.discard(writer)
            writer.close()


class _Conversation:
    """One client."""

    def __init__(self, simulator: Simulator, writer: asyncio.StreamWriter) -> None:
        self._simulator = simulator
        self._writer = writer
        self._stop_listening = _nothing

    def answer(self, line: bytes) -> None:
        """Do what one line asks and answer it."""
        try:
            request = json.loads(line)
        except ValueError as error:
            self._send({"error": f"not a request: {error}"})
            return
        if not isinstance(request, dict):
            self._send({"error": "not a request: a JSON object is wanted"})
            return
        reply: dict[str, Any] = {"id": request.pop("id", None)}
        try:
            reply["result"] = self._do(**request)
        except (LookupError, OSError, PduError, TypeError, ValueError) as error:
            reply["error"] = str(error)
        self._send(reply)

    def end(self) -> None:
        """The client is gone."""
        self._stop_listening()

    def _do(self, *, do: str, **arguments: Any) -> Any:
        if do == "listen":
            self._stop_listening()
            self._stop_listening = self._simulator.network.listen(self._tell)
            return None
        if do not in CONTROL_COMMANDS:
            raise ValueError(f"unknown word {do!r}; known: listen, {', '.join(CONTROL_COMMANDS)}")
        return CONTROL_COMMANDS[do](self._simulator, **arguments)

    def _tell(self, event: NetworkEvent) -> None:
        values = event.as_dict()
        self._send({"event": values.pop("kind"), **values})

    def _send(self, message: dict[str, Any]) -> None:
        self._writer.write(json.dumps(message).encode() + b"\n")


def _nothing() -> None:
    """Nobody listens."""
