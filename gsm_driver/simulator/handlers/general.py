"""Basic commands (ITU-T V.250) and those of the equipment as a whole (3GPP TS 27.007 clauses 5, 8 and 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsm_driver.simulator.answers import Answer, UnknownCommandError
from gsm_driver.simulator.command import Command, CommandKind
from gsm_driver.simulator.profile import CallPhase
from gsm_driver.simulator.settings import Settings

from .setting import accept, number_setting, one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsm_driver.simulator.device import SimulatedModem

    from .setting import Handler

_CHARACTER_SETS = ("GSM", "IRA", "UCS2")
_FUNCTIONALITY = frozenset({0, 1, 4})  # <fun>: minimum, full, radio off


def _switch(attribute: str) -> Handler:
    """E, V, Q: 0 or nothing is off, 1 is on."""

    def handle(modem: SimulatedModem, command: Command) -> Answer:
        setattr(modem.settings, attribute, one_of(command, (0, 1)) == 1)
        return Answer()

    return handle


def _defaults(modem: SimulatedModem, _command: Command) -> Answer:
    """Z and &F: the settings of the factory, power and radio as they are."""
    cfun = modem.settings.cfun
    modem.settings = Settings.after_power_up(modem.profile)
    modem.settings.cfun = cfun
    modem.router.cnmi_changed()
    return Answer()


def _cfun(modem: SimulatedModem, command: Command) -> Answer:
    """+CFUN (27.007 clause 8.2): <fun>[,<rst>]."""
    profile = modem.profile
    is_range = command.kind is CommandKind.READ and profile.functionality_is_range
    if command.kind is CommandKind.TEST or is_range:
        return Answer(lines=("+CFUN: (0,1,4),(0,1)",))
    if command.kind is CommandKind.READ:
        return Answer(lines=(f"+CFUN: {modem.settings.cfun}",))
    restarting = profile.restarting_functionality
    functionality = one_of(command, _FUNCTIONALITY | {restarting or 0}, default=1)
    if one_of(command, (0, 1), 1) == 1 or functionality == restarting:
        return Answer(then=modem.reboot)
    is_switched_on = functionality == 1 and modem.settings.cfun != 1
    modem.settings.cfun = functionality
    if is_switched_on:
        modem.radio_cycled()
    modem.registration_may_have_changed()
    return Answer()


def _reset(modem: SimulatedModem, command: Command) -> Answer:
    """What a family has for it: ^RESET, +CRESET."""
    if modem.profile.reset_command != command.name:
        raise UnknownCommandError
    return Answer(then=modem.reboot)


def _cscs(modem: SimulatedModem, command: Command) -> Answer:
    """+CSCS (27.007 clause 5.5)."""
    if command.kind is CommandKind.TEST:
        sets = ",".join(f'"{name}"' for name in _CHARACTER_SETS)
        return Answer(lines=(f"+CSCS: ({sets})",))
    if command.kind is CommandKind.READ:
        return Answer(lines=(f'+CSCS: "{modem.settings.cscs}"',))
    name = command.string(0).upper()
    if name not in _CHARACTER_SETS:
        raise UnknownCommandError
    modem.settings.cscs = name
    return Answer()


def _register(_modem: SimulatedModem, command: Command) -> Answer:
    """S0, S3, S4, S5: shown with the values of V.250; setting them changes nothing."""
    if command.kind is CommandKind.READ:
        return Answer(lines=({"S0": "000", "S3": "013", "S4": "010", "S5": "008"}[command.name],))
    return Answer()


def _capabilities(_modem: SimulatedModem, _command: Command) -> Answer:
    return Answer(lines=("+GCAP: +CGSM",))


def _activity(modem: SimulatedModem, _command: Command) -> Answer:
    """+CPAS (27.007 clause 8.1): ready, ringing, in a call."""
    call = modem.voice.call
    state = 0 if call is None else 3 if call.phase is CallPhase.INCOMING else 4
    return Answer(lines=(f"+CPAS: {state}",))


HANDLERS: Mapping[str, Handler] = {
    "E": _switch("echo"),
    "V": _switch("verbose"),
    "Q": _switch("quiet"),
    "Z": _defaults,
    "&F": _defaults,
    "&C": accept,
    "&D": accept,
    "&K": accept,
    "&W": accept,
    "X": accept,
    "S0": _register,
    "S3": _register,
    "S4": _register,
    "S5": _register,
    "+CFUN": _cfun,
    "+CRESET": _reset,
    "^RESET": _reset,
    "!RESET": _reset,
    "#REBOOT": _reset,
    "+CMEE": number_setting("+CMEE", "cmee", (0, 1, 2)),
    "+CPAS": _activity,
    "+CSCS": _cscs,
    "+GCAP": _capabilities,
    "+IFC": accept,
    "+IPR": accept,
}
