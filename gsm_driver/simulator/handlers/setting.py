"""Commands that keep a number, and the check whether the SIM can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsm_driver.simulator.answers import (
    Answer,
    CmeRefusalError,
    CmsRefusalError,
    Result,
    UnknownCommandError,
)
from gsm_driver.simulator.command import Command, CommandKind
from gsm_driver.simulator.sim_card import SimState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gsm_driver.simulator.device import SimulatedModem

    Handler = Callable[[SimulatedModem, Command], Result]

CME_NOT_SUPPORTED = 4  # 27.007 clause 9.2
CME_SIM_BUSY = 14
CMS_SIM_BUSY = 314  # 27.005 clause 3.2.5

_CME_OF_SIM = {SimState.ABSENT: 10, SimState.PIN: 11, SimState.PUK: 12, SimState.DEAD: 13}
_CMS_OF_SIM = {SimState.ABSENT: 310, SimState.PIN: 311, SimState.PUK: 316, SimState.DEAD: 313}


def number_setting(name: str, attribute: str, allowed: Collection[int]) -> Handler:
    """A handler for a command that keeps one number in the settings."""

    def handle(modem: SimulatedModem, command: Command) -> Answer:
        match command.kind:
            case CommandKind.TEST:
                return Answer(lines=(f"{name}: {number_range(allowed)}",))
            case CommandKind.READ:
                return Answer(lines=(f"{name}: {getattr(modem.settings, attribute)}",))
            case _:
                setattr(modem.settings, attribute, one_of(command, allowed))
                return Answer()

    return handle


def one_of(command: Command, allowed: Collection[int], position: int = 0, default: int | None = 0) -> int:
    """A parameter that must be one of these numbers."""
    value = command.integer(position, default)
    if value not in allowed:
        raise CmeRefusalError(CME_NOT_SUPPORTED)
    return value


def number_range(allowed: Collection[int]) -> str:
    """``(0-2)`` for consecutive numbers, ``(0,1,3)`` for others (V.250 clause 5.7.3.1)."""
    numbers = sorted(allowed)
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"({numbers[0]}-{numbers[-1]})"
    return f"({','.join(map(str, numbers))})"


def accept(_modem: SimulatedModem, _command: Command) -> Answer:
    """A command that changes nothing here."""
    return Answer()


def only(command: Command, *kinds: CommandKind) -> None:
    """Refuse the other kinds."""
    if command.kind not in kinds:
        raise UnknownCommandError


def require_sim(modem: SimulatedModem) -> None:
    """Refuse with +CME ERROR while the SIM cannot be used."""
    if (code := _CME_OF_SIM.get(modem.sim.state)) is not None:
        raise CmeRefusalError(code)
    if not modem.power.is_ready:
        raise CmeRefusalError(CME_SIM_BUSY)


def require_sim_for_sms(modem: SimulatedModem) -> None:
    """Refuse with +CMS ERROR while the SIM cannot be used."""
    if (code := _CMS_OF_SIM.get(modem.sim.state)) is not None:
        raise CmsRefusalError(code)
    if not modem.power.is_ready:
        raise CmsRefusalError(CMS_SIM_BUSY)
