"""A modem, its network, and the plug between the modem and its ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .device import DEFAULT_IMEI, SimulatedModem
from .faults import Unplug
from .line import Line, LineConditions
from .network import SimulatedNetwork
from .profiles import GENERIC

if TYPE_CHECKING:
    from .faults import FaultPlan
    from .profile import SimulatorProfile
    from .scheduler import Scheduler, Timer
    from .sim_card import SimCard


class Simulator:
    """Everything that stands behind one simulated port.

    Args:
        scheduler: the time of all parts.
        name: the port's name, as in ``simulator://NAME``.
        network: shared with other simulators; None for one of its own.
        profile: the modem's family.
        sim: its card.
        imei: its identity.
        faults: what goes wrong, and when.
        line: how bytes travel.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        *,
        name: str = "modem0",
        network: SimulatedNetwork | None = None,
        profile: SimulatorProfile = GENERIC,
        sim: SimCard | None = None,
        imei: str = DEFAULT_IMEI,
        faults: FaultPlan | None = None,
        line: LineConditions | None = None,
    ) -> None:
        self.scheduler = scheduler
        self.network = network or SimulatedNetwork(scheduler)
        self.modem = SimulatedModem(
            scheduler, self.network, profile=profile, sim=sim, imei=imei, faults=faults
        )
        self.line = Line(scheduler, self.modem.receive, line or LineConditions())
        self.name = name
        self.is_plugged = True
        self._names = {name}
        self._returns: Timer | None = None
        self._returns_as = ""
        self.modem.output = self.line.write_from_modem
        self.modem.on_unplug = self._unplugged

    def had_name(self, name: str) -> bool:
        """The port has, or once had, this name."""
        return name in self._names

    def unplug(self, *, seconds: float | None = None, returns_as: str = "") -> None:
        """Pull the modem; it comes back after `seconds`, or when somebody calls `plug_in`.

        `returns_as` is its port's next name, if nobody gives it another one then.
        """
        if self.is_plugged:
            self.modem.unplug(Unplug(seconds=seconds, returns_as=returns_as))

    def plug_in(self, name: str = "") -> None:
        """Put the modem back, under another name if one is given; it boots."""
        if self.is_plugged:
            return
        if self._returns is not None:
            self._returns.cancel()
            self._returns = None
        self.is_plugged = True
        self.name = name or self._returns_as or self.name
        self._names.add(self.name)
        self.modem.switch_on()
        for end in tuple(self.line.ends):
            end.port_back(self.name)

    def close(self) -> None:
        """Switch the modem off and forget what was planned, also by others with the same scheduler."""
        self.unplug()
        self.line.ends.clear()
        self.scheduler.cancel_all()

    def _unplugged(self, effect: Unplug) -> None:
        self.is_plugged = False
        self._returns_as = effect.returns_as
        self.line.cut()
        for end in tuple(self.line.ends):
            end.port_gone()
        if effect.seconds is not None:
            self._returns = self.scheduler.call_later(effect.seconds, self.plug_in)
