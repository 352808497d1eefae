"""Exit codes: what a script can tell apart."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from gsm_driver.errors import (
    LinkError,
    PduEncodeError,
    SendUnknownError,
    SimError,
    UsageError,
)

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
    INTERRUPTED = 130  # as shells have it for Ctrl-C


MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "the modem or the network said no, or `doctor` found something that stops messages",
    ExitCode.USAGE: "wrong arguments, or a text that cannot be sent",
    ExitCode.PORT: "no port, no modem, or the line was lost",
    ExitCode.SIM: "the SIM needs a person",
    ExitCode.UNKNOWN: "the message may have been sent",
    ExitCode.UNDELIVERED: "sent, but no report in time or one that says failed; called, but not answered",
    ExitCode.INTERRUPTED: "ended by Ctrl-C",
}


def exit_code_of(err: ModemError) -> ExitCode:
    """The code for an error."""
    match err:
        case SendUnknownError():
            return ExitCode.UNKNOWN
        case SimError():
            return ExitCode.SIM
        case LinkError():
            return ExitCode.PORT
        case UsageError() | PduEncodeError():
            return ExitCode.USAGE
        case _:
            return ExitCode.FAILED
