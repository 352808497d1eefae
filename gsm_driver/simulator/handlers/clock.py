"""The clock (3GPP TS 27.007 clauses 8.15, 8.40, 8.41): always set, by the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsm_driver.simulator.answers import Answer, UnknownCommandError
from gsm_driver.simulator.command import Command, CommandKind

from .setting import number_setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsm_driver.simulator.device import SimulatedModem

    from .setting import Handler


def _clock(form: str, kind: CommandKind) -> Handler:
    """Local time and zone, in the form that a family has for it."""

    def handle(modem: SimulatedModem, command: Command) -> Answer:
        if command.name not in {"+CCLK", modem.profile.clock_command}:
            raise UnknownCommandError
        return Answer(lines=(form.format(modem.clock_text()),) if command.kind is kind else ())

    return handle


HANDLERS: Mapping[str, Handler] = {
    "+CCLK": _clock('+CCLK: "{}"', CommandKind.READ),
    "+QLTS": _clock('+QLTS: "20{},0"', CommandKind.SET),
    "^NWTIME": _clock("^NWTIME: {},00", CommandKind.READ),
    "+CTZR": number_setting("+CTZR", "ctzr", (0, 1)),
    "+CTZU": number_setting("+CTZU", "ctzu", (0, 1)),
}
