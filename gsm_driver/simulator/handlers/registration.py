"""Registration, operator, signal (3GPP TS 27.007 clauses 7.2, 7.3, 8.5, 10.1.9, 10.1.20, 10.1.22)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsm_driver.models import RegistrationStatus
from gsm_driver.simulator.answers import Answer
from gsm_driver.simulator.command import Command, CommandKind
from gsm_driver.simulator.radio import STAT_OF

from .setting import number_range, one_of, only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsm_driver.simulator.device import SimulatedModem

    from .setting import Handler

_REPORTING = (0, 1, 2)  # <n>: no code, code, code with the place
_REGISTERED = frozenset(
    {
        RegistrationStatus.HOME,
        RegistrationStatus.ROAMING,
        RegistrationStatus.SMS_ONLY_HOME,
        RegistrationStatus.SMS_ONLY_ROAMING,
    }
)


def _registration(name: str, attribute: str, *, packet: bool) -> Handler:
    """+CREG, +CGREG, +CEREG."""

    def handle(modem: SimulatedModem, command: Command) -> Answer:
        if command.kind is CommandKind.TEST:
            return Answer(lines=(f"{name}: {number_range(_REPORTING)}",))
        if command.kind is CommandKind.READ:
            reporting: int = getattr(modem.settings, attribute)
            place = _place(modem) if reporting == 2 else ""
            return Answer(lines=(f"{name}: {reporting},{_stat(modem, packet=packet)}{place}",))
        only(command, CommandKind.SET)
        setattr(modem.settings, attribute, one_of(command, _REPORTING))
        return Answer()

    return handle


def _stat(modem: SimulatedModem, *, packet: bool) -> int:
    usable = modem.registration is modem.radio.status
    return STAT_OF[modem.radio.packet_status if packet and usable else modem.registration]


def _place(modem: SimulatedModem) -> str:
    if modem.registration not in _REGISTERED:
        return ""
    radio = modem.radio
    return f',"{radio.location_area}","{radio.cell}",{radio.technology}'


def _cops(modem: SimulatedModem, command: Command) -> Answer:
    """+COPS (clause 7.3): one operator, chosen by itself."""
    radio = modem.radio
    if command.kind is CommandKind.TEST:
        listed = f'(2,"{radio.operator}","{radio.operator}","{radio.operator_code}",{radio.technology})'
        return Answer(lines=(f"+COPS: {listed},,(0,1,2,3,4),(0,1,2)",))
    if command.kind is CommandKind.READ:
        return Answer(lines=(f"+COPS: 0{_operator(modem)}",))
    only(command, CommandKind.SET)
    if one_of(command, (0, 1, 2, 3, 4)) == 3:
        modem.settings.cops_format = one_of(command, (0, 1, 2), 1)
    return Answer()


def _operator(modem: SimulatedModem) -> str:
    if modem.registration not in _REGISTERED:
        return ""
    radio, form = modem.radio, modem.settings.cops_format
    name = radio.operator_code if form == 2 else radio.operator
    return f',{form},"{name}",{radio.technology}'


def _csq(modem: SimulatedModem, command: Command) -> Answer:
    """+CSQ (clause 8.5)."""
    if command.kind is CommandKind.TEST:
        return Answer(lines=("+CSQ: (0-31,99),(0-7,99)",))
    only(command, CommandKind.EXECUTE)
    return Answer(lines=(f"+CSQ: {modem.radio.rssi},{modem.radio.bit_error_rate}",))


def _cgatt(modem: SimulatedModem, command: Command) -> Answer:
    """+CGATT (clause 10.1.9): attached to the packet service, or not."""
    if command.kind is CommandKind.TEST:
        return Answer(lines=("+CGATT: (0,1)",))
    attached = _stat(modem, packet=True) in {
        STAT_OF[RegistrationStatus.HOME],
        STAT_OF[RegistrationStatus.ROAMING],
    }
    return Answer(lines=(f"+CGATT: {int(attached)}",) if command.kind is CommandKind.READ else ())


HANDLERS: Mapping[str, Handler] = {
    "+CGATT": _cgatt,
    "+CREG": _registration("+CREG", "creg", packet=False),
    "+CGREG": _registration("+CGREG", "cgreg", packet=True),
    "+CEREG": _registration("+CEREG", "cereg", packet=True),
    "+COPS": _cops,
    "+CSQ": _csq,
}
