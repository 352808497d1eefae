"""The other end of the control socket, for the commands."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any

from .control import socket_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STATE_LIMIT = 2.0  # seconds; a gateway that runs answers at once
MAX_ANSWER = 65_536  # octets of one line


class NotRunningError(Exception):
    """No gateway answers."""


def ask_state(journal: Path) -> dict[str, Any] | None:
    """What the gateway with this journal says of itself; None if none runs."""
    try:
        return next(ask(journal, {"do": "state"}, within=STATE_LIMIT), None)
    except (NotRunningError, TimeoutError):
        return None


def ask(journal: Path, request: dict[str, Any], *, within: float) -> Iterator[dict[str, Any]]:
    """The answers to a request as they come, for at most so many seconds.

    Raises:
        NotRunningError: no gateway with this journal runs, or it belongs to somebody else.
        TimeoutError: it has not said everything by then.
    """
    path = socket_path(journal)
    if not path.exists():
        raise NotRunningError("there is no control socket")
    deadline = time.monotonic() + within
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        channel.settimeout(within)
        try:
            channel.connect(str(path))
            channel.sendall(json.dumps(request).encode() + b"\n")
        except TimeoutError:
            raise
        except OSError as err:
            raise NotRunningError(err.strerror or str(err)) from err
        with channel.makefile("rb") as lines:
            while True:
                channel.settimeout(max(0.001, deadline - time.monotonic()))
                line = lines.readline(MAX_ANSWER)
                if not line:
                    return
                yield json.loads(line)
