"""The control socket: how commands on this machine reach the gateway that runs (adr/0009).

A Unix socket beside the journal, for its owner only. A request is one line of JSON, the answer one or more:

``{"do": "state"}``
    ``{"state": "running", "routes": {"stick": {"state": "ok", "reason": ""}}}``
``{"do": "test", "to": "anna"}``
    One line for each change of the message, ``{"state": "accepted", "route": "stick", …}``, until nothing
    more can happen to it.

``{"error": "…", "unknown": true}`` is a refusal; `unknown` says that the recipient is nobody. What is about
PINs and one-time codes is in `control_access`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from alert_engine.errors import EngineError, UnknownRecipientError
from alert_engine.model import MessageChanged, SendRequest, Severity

from .control_access import WORDS, change_access

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from alert_engine.engine import AlertEngine
    from alert_engine.model import EngineEvent, Message

    from .readiness import Readiness

_LOGGER = logging.getLogger(__name__)

MAX_LINE = 4096  # octets of a request
READ_LIMIT = 5.0  # seconds for a request to come
TEST_LIMIT = 600.0  # seconds that a test is followed; a delivery report that takes longer is in the journal
MAX_CLIENTS = 8  # at once; more than one person who tries things

TEST_TITLE = "TEST"
TEST_TEXT = "Alert Gateway can reach you. Nothing has happened, and there is nothing to do."


def socket_path(journal: Path) -> Path:
    """Where the socket of the gateway with this journal is."""
    return journal.with_name(f"{journal.name}.socket")


class ControlServer:
    """Listens for commands of this machine's owner.

    Args:
        path: of the socket. Whoever starts this holds the journal's lock, so what lies there is a leftover.
        readiness: whether there is an engine.
    """

    def __init__(self, path: Path, readiness: Readiness) -> None:
        self._path = path
        self._readiness = readiness
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen. A gateway without it works all the same, so a failure is only told."""
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            self._path.unlink(missing_ok=True)
            channel.bind(str(self._path))
            self._path.chmod(0o600)  # before it listens, so nobody else ever gets in
            self._server = await asyncio.start_unix_server(self._accept, sock=channel, limit=MAX_LINE)
        except OSError as err:
            channel.close()
            _LOGGER.warning(
                "no control socket at %s (%s): `test`, `pin` and the like will not work",
                self._path,
                err.strerror or err,
            )

    async def stop(self) -> None:
        """Hang up on everybody."""
        if self._server is None:
            return
        self._server.close()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        self._path.unlink(missing_ok=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - streams run this as a task
        self._clients.add(task)
        try:
            with suppress(ConnectionError):
                if len(self._clients) <= MAX_CLIENTS:
                    await self._serve(reader, writer)
                else:
                    await _say(writer, {"error": "too many commands at once: try again in a moment"})
        finally:
            self._clients.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(READ_LIMIT):
                request = json.loads(await reader.readline())
        except (TimeoutError, ValueError, RecursionError):
            request = None
        async for answer in self._answers(request if isinstance(request, dict) else {}):
            await _say(writer, answer)

    async def _answers(self, request: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        engine = self._readiness.engine
        match request:
            case {"do": "state"}:
                yield state_data(self._readiness)
            case {"do": "test", "to": str(to)} if engine is not None:
                async for answer in _test(engine, to):
                    yield answer
            case {"do": str(word)} if word in WORDS and engine is not None:
                yield await change_access(engine, request)
            case {"do": str(word)} if word in {*WORDS, "test"} and engine is None:
                yield {"error": f"the gateway is {self._readiness.phase}: try again in a moment"}
            case _:
                yield {"error": "this is no request that the gateway knows"}


async def _say(writer: asyncio.StreamWriter, answer: dict[str, Any]) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")
    await writer.drain()


def state_data(readiness: Readiness) -> dict[str, Any]:
    """Phase and routes."""
    healths = {} if readiness.engine is None else readiness.engine.routes()
    routes = {name: {"state": each.state.value, "reason": each.reason} for name, each in healths.items()}
    return {"state": readiness.phase.value, "gateway": readiness.gateway, "routes": routes}


async def _test(engine: AlertEngine, to: str) -> AsyncIterator[dict[str, Any]]:
    """Send a text, and tell what becomes of it."""
    changes: asyncio.Queue[Message] = asyncio.Queue()

    def on_event(event: EngineEvent) -> None:
        if isinstance(event, MessageChanged):
            changes.put_nowait(event.message)

    end = engine.subscribe(on_event)
    try:
        # Critical, because whoever tries it waits for it, whatever the hour and the budget.
        request = SendRequest(to=(to,), title=TEST_TITLE, text=TEST_TEXT, severity=Severity.CRITICAL)
        sent = await engine.send(request)
        left = {message.uid for message in sent.messages}
        yield {"messages": len(left)}
        async with asyncio.timeout(TEST_LIMIT):
            while left:
                message = await changes.get()
                if message.uid in left:
                    yield _progress(message)
                    left -= {message.uid} if message.state.is_final else set()
    except UnknownRecipientError as err:
        yield {"error": str(err), "unknown": True}
    except EngineError as err:
        yield {"error": str(err)}
    except TimeoutError:
        return
    finally:
        end()


def _progress(message: Message) -> dict[str, Any]:
    return {
        "uid": message.uid,
        "recipient": message.recipient,
        "channel": message.channel.value,
        "state": message.state.value,
        "route": message.route,
        "reason": message.reason,
    }
