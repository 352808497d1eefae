"""Voice calls (ITU-T V.250 clause 6.3, 3GPP TS 27.007 clauses 6.3, 6.5, 6.10, 6.20, 7.6, 7.18, C.2.11)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gsm_driver.simulator.answers import Answer, UnknownCommandError
from gsm_driver.simulator.command import Command, CommandKind, ParameterError

from .setting import number_setting, one_of, only, require_sim

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsm_driver.simulator.answers import Pending
    from gsm_driver.simulator.device import SimulatedModem

    from .setting import Handler

_TONE = re.compile(r'"?([0-9*#A-D])"?')


def _dial(modem: SimulatedModem, command: Command) -> Answer | Pending:
    """D: with a semicolon a voice call; data calls find nobody here."""
    require_sim(modem)
    number, semicolon, _ = command.text.strip().partition(";")
    if not semicolon:
        return Answer(final="NO CARRIER")
    return modem.voice.dial(number.strip())


def _answer(modem: SimulatedModem, _command: Command) -> Answer:
    """A."""
    return modem.voice.answer()


def _hang_up_basic(modem: SimulatedModem, _command: Command) -> Answer:
    """H: ends a voice call if +CVHU is 0; where it is not, it says OK all the same."""
    if modem.settings.cvhu == 0:
        modem.voice.hang_up()
    return Answer()


def _hang_up(modem: SimulatedModem, command: Command) -> Answer:
    """+CHUP."""
    if command.kind is not CommandKind.TEST:
        only(command, CommandKind.EXECUTE)
        modem.voice.hang_up()
    return Answer()


def _list(modem: SimulatedModem, command: Command) -> Answer:
    """+CLCC; SIMCom's +CLCC=1 announces states."""
    if command.kind is CommandKind.SET and modem.profile.call_urc_command == "+CLCC":
        return _announce_calls(modem, command)
    return Answer(lines=modem.voice.lines() if command.kind is CommandKind.EXECUTE else ())


def _announce_calls(modem: SimulatedModem, command: Command) -> Answer:
    """What a family has for it: ^DSCI=1, +CLCC=1, #ECAM=1."""
    if modem.profile.call_urc_command != command.name:
        raise UnknownCommandError
    modem.settings.announces_calls = one_of(command, (0, 1)) == 1
    return Answer()


def _detect_tones(modem: SimulatedModem, command: Command) -> Answer:
    """What a family has for it: +DDET=1, +QTONEDET=1."""
    if modem.profile.tone_urc_command != command.name:
        raise UnknownCommandError
    modem.settings.detects_tones = one_of(command, (0, 1)) == 1
    return Answer()


def _tone(position: int) -> Handler:
    def handle(modem: SimulatedModem, command: Command) -> Answer:
        if modem.profile.tone_command != command.name:
            raise UnknownCommandError
        if command.kind is CommandKind.TEST:
            return Answer()
        match = _TONE.fullmatch(command.string(position))
        if match is None:
            raise ParameterError("no such tone")
        modem.voice.send_tone(match[1])
        return Answer()

    return handle


def _cause(modem: SimulatedModem, _command: Command) -> Answer:
    """+CEER: free text."""
    words = {0: "No cause information available", 16: "Normal call clearing", 17: "User busy"}
    words |= {1: "Unassigned number", 18: "No user responding", 19: "No answer", 21: "Call rejected"}
    return Answer(lines=(f"+CEER: {words.get(modem.voice.last_cause, modem.voice.last_cause)}",))


HANDLERS: Mapping[str, Handler] = {
    "D": _dial,
    "A": _answer,
    "H": _hang_up_basic,
    "+CHUP": _hang_up,
    "+CLCC": _list,
    "+CLIP": number_setting("+CLIP", "clip", (0, 1)),
    "+CVHU": number_setting("+CVHU", "cvhu", (0, 1, 2)),
    "+CEER": _cause,
    "+VTS": _tone(0),
    "^DTMF": _tone(1),
    **dict.fromkeys(("^DSCI", "#ECAM", "+UCALLSTAT"), _announce_calls),
    "+DDET": _detect_tones,
    "+QTONEDET": _detect_tones,
}
