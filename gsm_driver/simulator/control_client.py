"""The other side of the control channel, for tests and for the demonstration."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from .control import LOOPBACK, MAX_REQUEST

if TYPE_CHECKING:
    from types import TracebackType

    from .control import ControlAddress

CALL_TIMEOUT = 10.0  # seconds; a command answers at once unless the simulator hangs
MAX_EVENTS = 10_000  # the oldest are dropped when nobody reads them


class ControlError(Exception):
    """The simulator refused a command, or is gone; the text says why."""


class ControlClient:
    """One connection; use as ``async with await ControlClient.connect(address) as client``."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ids = count(1)
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._events: deque[dict[str, Any]] = deque(maxlen=MAX_EVENTS)
        self._changed = asyncio.Event()
        self._gone = False
        self._task = asyncio.create_task(self._read(), name="simulator control client")

    @classmethod
    async def connect(cls, address: ControlAddress) -> Self:
        """Connect to a TCP port of the loopback address or to a Unix socket.

        Raises:
            OSError: nobody listens there.
        """
        if isinstance(address, Path):
            reader, writer = await asyncio.open_unix_connection(address, limit=MAX_REQUEST)
        else:
            reader, writer = await asyncio.open_connection(LOOPBACK, address, limit=MAX_REQUEST)
        return cls(reader, writer)

    async def call(self, do: str, /, **arguments: Any) -> Any:
        """Have one command executed; its result.

        Raises:
            ControlError: it was refused, or nobody answered.
        """
        number = next(self._ids)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._calls[number] = future
        try:
            if self._gone:
                raise ControlError("the simulator is gone")
            self._writer.write(json.dumps({"id": number, "do": do, **arguments}).encode() + b"\n")
            async with asyncio.timeout(CALL_TIMEOUT):
                return await future
        except TimeoutError as error:
            raise ControlError(f"{do} was not answered within {CALL_TIMEOUT:g} s") from error
        finally:
            self._calls.pop(number, None)

    async def listen(self) -> None:
        """Have events sent from now on."""
        await self.call("listen")

    async def next_event(
        self, *kinds: str, number: str | None = None, within: float | None
    ) -> dict[str, Any]:
        """The oldest unread event of these kinds, or of any if none is given; what came before it is dropped.

        Raises:
            TimeoutError: none came within so many seconds; None waits for ever.
            ControlError: the simulator is gone.
        """
        async with asyncio.timeout(within):
            while True:
                while self._events:
                    event = self._events.popleft()
                    if (not kinds or event["event"] in kinds) and number in {None, event["number"]}:
                        return event
                if self._gone:
                    raise ControlError("the simulator is gone")
                self._changed.clear()
                await self._changed.wait()

    async def close(self) -> None:
        """End the connection."""
        self._writer.close()
        await self._task

    async def __aenter__(self) -> Self:
        """It is connected already."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it."""
        await self.close()

    async def _read(self) -> None:
        try:
            while line := await self._reader.readline():
                self._take(json.loads(line))
        except (ConnectionError, ValueError):
            pass  # gone, or no longer making sense: the same for the caller
        self._gone = True
        self._changed.set()
        for future in self._calls.values():
            if not future.done():
                future.set_exception(ControlError("the simulator is gone"))

    def _take(self, message: dict[str, Any]) -> None:
        if "event" in message:
            self._events.append(message)
            self._changed.set()
            return
        future = self._calls.get(message.get("id", 0))
        if future is None or future.done():
            return
        if "error" in message:
            future.set_exception(ControlError(message["error"]))
        else:
            future.set_result(message["result"])
