"""Exit codes: what a script can tell apart."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from gsm_driver.errors import (
    LinkError,
    PduEncodeError,
    SendRejectedError,
    SendUnknownError,
    SimError,
    UsageError,
)

from .interruption import Interruption

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsm_driver.errors import ModemError


class ExitCode(IntEnum):
    """How a command ended."""

    OK = 0
    FAILED = 1
    USAGE = 2
    PORT = 3
    SIM = 4
    UNKNOWN = 5
    UNDELIVERED = 6
    TERMINAL_CLOSED = 129  # this and the next two as shells have it: 128 and the signal's number
    INTERRUPTED = 130
    TERMINATED = 143


MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.OK: "done",
    ExitCode.FAILED: (
        "the modem or the network said no, `doctor` found something that stops messages, or `simulate` could"
        " not start"
    ),
    ExitCode.USAGE: "wrong arguments, or a text that cannot be sent; nothing was opened",
    ExitCode.PORT: "no port, no modem, or the line was lost",
    ExitCode.SIM: "the SIM needs a person",
    ExitCode.UNKNOWN: "the message, or a part of it, may have been sent: do not send it again blindly",
    ExitCode.UNDELIVERED: "sent, but no report in time or one that says failed; called, but not answered",
    ExitCode.TERMINAL_CLOSED: "ended by SIGHUP: its terminal was closed",
    ExitCode.INTERRUPTED: "ended by Ctrl-C (SIGINT)",
    ExitCode.TERMINATED: "ended by SIGTERM",
}

_SIGNAL_BASE = 128


def exit_code_of(err: ModemError | Interruption) -> ExitCode:
    """The code for an error."""
    match err:
        case Interruption():
            return ExitCode(_SIGNAL_BASE + err.number)
        case SendUnknownError() | SendRejectedError(is_certain=False):
            return ExitCode.UNKNOWN
        case SimError():
            return ExitCode.SIM
        case LinkError():
            return ExitCode.PORT
        case UsageError() | PduEncodeError():
            return ExitCode.USAGE
        case _:
            return ExitCode.FAILED
