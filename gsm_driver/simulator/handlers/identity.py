"""Who the modem is (3GPP TS 27.007 clauses 5.1 to 5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsm_driver.simulator.answers import Answer, UnknownCommandError
from gsm_driver.simulator.command import Command, CommandKind

from .setting import only

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gsm_driver.simulator.answers import Result
    from gsm_driver.simulator.device import SimulatedModem

    from .setting import Handler


def _shows(read: Callable[[SimulatedModem], tuple[str, ...]]) -> Handler:
    def handle(modem: SimulatedModem, command: Command) -> Answer:
        only(command, CommandKind.EXECUTE, CommandKind.TEST)
        return Answer(lines=read(modem) if command.kind is CommandKind.EXECUTE else ())

    return handle


_MANUFACTURER = _shows(lambda modem: (modem.profile.manufacturer,))
_MODEL = _shows(lambda modem: (modem.profile.model,))
_FIRMWARE = _shows(lambda modem: (modem.profile.firmware,))
_SHOW_IMEI = _shows(lambda modem: (modem.imei,) if modem.imei else ())


def _serial_number(modem: SimulatedModem, command: Command) -> Result:
    """+CGSN."""
    if modem.profile.hides_imei:
        raise UnknownCommandError
    return _SHOW_IMEI(modem, command)


HANDLERS: Mapping[str, Handler] = {
    "I": _shows(
        lambda modem: (modem.profile.manufacturer, modem.profile.model, modem.profile.firmware),
    ),
    "+CGMI": _MANUFACTURER,
    "+CGMM": _MODEL,
    "+CGMR": _FIRMWARE,
    "+CGSN": _serial_number,
    "+GMI": _MANUFACTURER,
    "+GMM": _MODEL,
    "+GMR": _FIRMWARE,
    "+GSN": _serial_number,
}
