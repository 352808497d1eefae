"""From an error to the fault of the modem behind it, and what a person can do about a fault."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from .errors import (
    CmsError,
    LinkLostError,
    LossCause,
    ModemError,
    NotAModemError,
    PduError,
    PortUnavailableError,
    SendError,
    SimError,
    SimNotReadyError,
    UsageError,
)
from .models import ModemFault

if TYPE_CHECKING:
    from collections.abc import Mapping

_HELD = frozenset({errno.EBUSY, errno.EAGAIN, errno.EACCES, errno.EPERM})
_DEAD = frozenset({errno.EIO})  # the port is there, the device behind it is not

_BY_CAUSE: Mapping[LossCause, ModemFault] = {
    LossCause.PORT: ModemFault.PORT_GONE,
    LossCause.SILENT: ModemFault.SILENT,
    LossCause.RESTARTED: ModemFault.RESTARTED,
    LossCause.CLOSED: ModemFault.OTHER,
    LossCause.DEFECT: ModemFault.OTHER,
}

ADVICE: Mapping[ModemFault, str] = {
    ModemFault.PORT_GONE: "see whether the modem is plugged in and its lamp is on; try another cable",
    ModemFault.PORT_HELD: "end the other program, or give this one the right to use the port",
    ModemFault.SILENT: "take the modem off its power for ten seconds; is this its port for AT commands?",
    ModemFault.INIT_FAILED: "take the modem off its power for ten seconds; `gsm-driver doctor` says more",
    ModemFault.RESTARTED: "see whether the modem has enough power",
    ModemFault.REBOOT_LOOP: (
        "the modem restarts again and again, mostly for want of power: use a powered hub, a shorter cable"
        " or a stronger supply"
    ),
    ModemFault.NOT_REGISTERED: (
        "look at antenna and reception, and ask whether the operator still has the modem's kind of network"
        " (2G, 3G)"
    ),
    ModemFault.REGISTRATION_DENIED: (
        "ask the operator whether the SIM is active, paid, and allowed in this modem and in this network"
    ),
    ModemFault.SIM_NOT_READY: "see whether the SIM is in the modem and the right way round",
    ModemFault.SIM_LOCKED: "see to the SIM; `gsm-driver doctor` says how many tries are left",
    ModemFault.REFUSED: "`gsm-driver doctor` says more",
    ModemFault.OTHER: "look into the log; if it says defect, please report it",
}
"""What a person can do, without a full stop."""


def fault_of(error: Exception) -> ModemFault:
    """What an error that came while opening or using a modem says of the modem itself."""
    match error:
        case PortUnavailableError():
            return _fault_of_port(error)
        case NotAModemError():
            return ModemFault.SILENT
        case LinkLostError():
            return _BY_CAUSE[error.cause]
        case SimNotReadyError():
            return ModemFault.SIM_NOT_READY
        case SimError():
            return ModemFault.SIM_LOCKED
        case CmsError() | SendError() | PduError() | UsageError():
            return ModemFault.REFUSED
        case ModemError():
            return ModemFault.INIT_FAILED
        case _:
            return ModemFault.OTHER


def _fault_of_port(error: PortUnavailableError) -> ModemFault:
    """What the operating system said, is in the cause."""
    cause = error.__cause__
    code = cause.errno if isinstance(cause, OSError) else None
    if code in _HELD:
        return ModemFault.PORT_HELD
    return ModemFault.SILENT if code in _DEAD else ModemFault.PORT_GONE
