"""What a gateway process and the world around it tell each other: tuples of plain values over a socket.

The socket stands for everything that survives a SIGKILL: bytes that were written to it have left the process.
"""

from __future__ import annotations

import marshal
import struct
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

_LENGTH = struct.Struct("!I")
_READ_SIZE = 65536


class Wire:
    """One end. Sending is safe from several threads; only one receives."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._lock = threading.Lock()
        self._unread = bytearray()

    def send(self, *words: Any) -> None:
        """Let a tuple leave, whole. What the other side does not read any more is dropped."""
        body = marshal.dumps(words)
        try:
            with self._lock:
                self._end.sendall(_LENGTH.pack(len(body)) + body)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def receive(self) -> tuple[Any, ...] | None:
        """The next tuple; None when the other side has ended. Blocks."""
        while (words := self._cut()) is None:
            try:
                data = self._end.recv(_READ_SIZE)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self._unread += data
        return words

    def close(self) -> None:
        """No more."""
        self._end.close()

    def _cut(self) -> tuple[Any, ...] | None:
        if len(self._unread) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._unread)
        end = _LENGTH.size + length
        if len(self._unread) < end:
            return None
        words: tuple[Any, ...] = marshal.loads(bytes(self._unread[_LENGTH.size : end]))  # noqa: S302 - our own process wrote it
        del self._unread[:end]
        return words
