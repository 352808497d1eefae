"""Bytes from the host: command lines, and the body after a prompt (ITU-T V.250 clause 5.2)."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LINE = 4096  # bytes; the longest sensible line is a few hundred
MAX_BODY = 4096

_BACKSPACE = 0x08  # S5
_BODY_END = re.compile(rb"[\x1a\x1b]")  # Ctrl-Z, Escape
_PREFIX = re.compile(rb"[Aa][Tt]")


class InputMode(Enum):
    """What the next byte is."""

    COMMAND = "command"  # of a command line
    BODY = "body"  # of what a prompt asked for
    BUSY = "busy"  # ignored: a command is being executed


class CommandInput:
    """Cuts what the host writes, and echoes it.

    Args:
        echo: called with each piece that a host with echo on shall see again.
        on_line: called with what follows ``AT`` in a complete line.
        on_body: called with a body without its Ctrl-Z; with None after Escape.
    """

    def __init__(
        self,
        *,
        echo: Callable[[bytes], None],
        on_line: Callable[[str], None],
        on_body: Callable[[str | None], None],
    ) -> None:
        self.mode = InputMode.COMMAND
        self.ignored = 0  # bytes that came while a command was executed
        self._echo = echo
        self._on_line = on_line
        self._on_body = on_body
        self._buffer = bytearray()
        self._last_line = ""  # for A/
        self._last_body = b""

    @property
    def awaits_body(self) -> bool:
        """A prompt was given and nothing came yet."""
        return self.mode is InputMode.BODY and not self._buffer

    def reset(self) -> None:
        """Wait for a command line; forget what came of one."""
        self.mode = InputMode.COMMAND
        self._buffer.clear()

    def wait_for_body_again(self) -> None:
        """Take the last body as if its end had not come."""
        self.mode = InputMode.BODY
        self._buffer[:] = self._last_body

    def receive(self, data: bytes) -> None:
        """Take bytes, in pieces of any size."""
        while data:
            if self.mode is InputMode.BUSY:
                self.ignored += len(data)
                return
            take = self._take_body if self.mode is InputMode.BODY else self._take_line
            data = take(data)

    def _take_line(self, data: bytes) -> bytes:
        end = data.find(b"\r") + 1
        piece = data[:end] if end else data
        self._echo(piece)
        self._append(piece, MAX_LINE)
        if end:
            line = _edited(bytes(self._buffer[:-1]))
            self._buffer.clear()
            self._line(line)
        elif self._buffer.strip().upper() == b"A/":
            self._buffer.clear()
            self._line(b"AT" + self._last_line.encode("latin-1"))
        return data[len(piece) :]

    def _line(self, line: bytes) -> None:
        prefix = _PREFIX.search(line)
        if prefix is None:
            return  # V.250 clause 5.2.1: what does not begin with AT is no command line
        self._last_line = line[prefix.end() :].decode("latin-1")
        self.mode = InputMode.BUSY
        self._on_line(self._last_line)

    def _take_body(self, data: bytes) -> bytes:
        match = _BODY_END.search(data)
        piece = data[: match.start()] if match else data
        self._echo(piece)
        self._append(piece, MAX_BODY)
        if match is None:
            return b""
        self._last_body = bytes(self._buffer)
        self._buffer.clear()
        self.mode = InputMode.BUSY
        self._on_body(self._last_body.decode("latin-1") if match[0] == b"\x1a" else None)
        return data[match.end() :]

    def _append(self, piece: bytes, limit: int) -> None:
        self._buffer += piece
        del self._buffer[:-limit]


def _edited(line: bytes) -> bytes:
    """The line after its backspaces (V.250 clause 5.2.2)."""
    if _BACKSPACE not in line:
        return line
    edited = bytearray()
    for octet in line:
        if octet == _BACKSPACE:
            del edited[-1:]
        else:
            edited.append(octet)
    return bytes(edited)
