"""Where the plan of faults meets the modem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .faults import Delay, Fail, Inject, LoseRegistration, Reboot, Replace, Silence, Unplug

if TYPE_CHECKING:
    from .faults import Effect, FaultPlan, Moment


class FaultTarget(Protocol):
    """What a fault can do to a modem."""

    def write_later(self, seconds: float, data: bytes) -> None:
        """Bytes come, but later."""

    def end_command(self, final: str) -> None:
        """The command ends with this final result code."""

    def fall_silent(self, seconds: float) -> None:
        """It hears and says nothing."""

    def reboot(self) -> None:
        """It restarts."""

    def unplug(self, effect: Unplug) -> None:
        """Its port disappears."""

    def lose_registration(self, seconds: float) -> None:
        """It is not registered."""


class FaultGate:
    """Every step that a fault may disturb goes through here."""

    def __init__(self, plan: FaultPlan, target: FaultTarget) -> None:
        self._plan = plan
        self._target = target

    def strike(self, moment: Moment, command: str, data: bytes = b"") -> bytes | None:
        """What to write now for `data`; None: do nothing more of this step."""
        for effect in self._plan.due(moment, command):
            struck = self.apply(effect, data)
            if struck is None:
                return None
            data = struck
        return data

    def apply(self, effect: Effect, data: bytes = b"") -> bytes | None:
        """Let one effect happen; what remains to be written, or None."""
        match effect:
            case Replace(data=other):
                return other
            case Inject():
                return effect.into(data)
            case LoseRegistration(seconds=seconds):
                self._target.lose_registration(seconds)
                return data
            case Delay(seconds=seconds):
                self._target.write_later(seconds, data)
            case Fail(final=final):
                self._target.end_command(final)
            case Silence(seconds=seconds):
                self._target.fall_silent(seconds)
            case Reboot():
                self._target.reboot()
            case Unplug():
                self._target.unplug(effect)
            case _:
                return None  # Lose: that is all
        return None
