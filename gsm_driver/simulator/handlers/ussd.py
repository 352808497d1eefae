"""USSD (3GPP TS 27.007 clause 7.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsm_driver.simulator.answers import Answer
from gsm_driver.simulator.command import Command, CommandKind

from .setting import one_of, only, require_sim

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsm_driver.simulator.device import SimulatedModem

    from .setting import Handler

_CANCEL = 2


def _cusd(modem: SimulatedModem, command: Command) -> Answer:
    if command.kind is CommandKind.TEST:
        return Answer(lines=("+CUSD: (0-2)",))
    if command.kind is CommandKind.READ:
        return Answer(lines=("+CUSD: 1",))
    only(command, CommandKind.SET)
    if one_of(command, (0, 1, _CANCEL)) == _CANCEL:
        modem.ussd.cancel()
    elif text := command.string(1, ""):
        require_sim(modem)
        return modem.ussd.request(text)
    return Answer()


HANDLERS: Mapping[str, Handler] = {"+CUSD": _cusd}
