"""Brings an open modem back to the network: by the rungs that need no closed port, then by a restart."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from .errors import LinkError
from .ladder import LOST_AFTER
from .models import ModemFault, RecoveryRung
from .registration_watch import RegistrationWatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from .climb import Climb
    from .modem import Modem

_LOGGER = logging.getLogger(__name__)

STABLE_AFTER = 60.0  # seconds registered, after which a trouble is over and the ladder begins anew


class NetworkKeeper:
    """Watches the registration of one open modem.

    Args:
        modem: open.
        climb: the ladder of this modem.
        allowed: the rungs that can be used.
    """

    def __init__(self, modem: Modem, climb: Climb, allowed: Callable[[], frozenset[RecoveryRung]]) -> None:
        self._modem = modem
        self._climb = climb
        self._allowed = allowed
        self._watch = RegistrationWatch(modem.network)
        self._registered_at: float | None = None

    @property
    def registered_for(self) -> float:
        """Seconds since the modem was registered; 0 while it is not."""
        since = self._registered_at
        return 0.0 if since is None else asyncio.get_running_loop().time() - since

    async def run(self) -> None:
        """Watch until the line is lost."""
        try:
            while True:
                if not await self._watch.wait_registered(LOST_AFTER):
                    await self._regain()
                self._registered_at = asyncio.get_running_loop().time()
                await self._watch.wait_lost()
                if self.registered_for >= STABLE_AFTER:
                    self._climb.well()
                self._registered_at = None
        except LinkError:
            return  # whoever reads the modem's events learns of it
        except Exception:
            _LOGGER.exception("a defect in the driver")

    async def _regain(self) -> None:
        """Climb until the modem is registered, or was restarted."""
        fault = ModemFault.NOT_REGISTERED
        self._climb.note(fault, was_open=True)
        while True:
            step = self._climb.next_step(fault, self._allowed())
            if await self._watch.wait_registered(step.delay):
                return
            self._climb.take(step)
            if step.rung is RecoveryRung.CYCLE_RADIO:
                await self._modem.cycle_radio()
            elif step.rung is RecoveryRung.RESET:
                await self._modem.reset()
