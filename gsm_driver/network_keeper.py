"""Brings an open modem back to the network: by the rungs that need no closed port, then by a restart."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from .errors import LinkError, ModemTimeoutError
from .ladder import LOST_AFTER
from .models import ModemFault, RecoveryRung
from .registration_watch import RegistrationWatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from .climb import Climb
    from .modem import Modem

_LOGGER = logging.getLogger(__name__)

STABLE_AFTER = 60.0  # seconds registered, after which a trouble is over and the ladder begins anew
SILENCE_PAUSE = 10.0  # seconds to the next question after one that was not answered: longer than a command


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
                try:
                    await self._keep_registered()
                except ModemTimeoutError as err:
                    _LOGGER.debug("watching the network: %s", err)
                    await self._modem.note_silence()
                    await asyncio.sleep(SILENCE_PAUSE)
        except LinkError:
            return  # whoever reads the modem's events learns of it
        except Exception:
            _LOGGER.exception("a defect in the driver")

    async def _keep_registered(self) -> None:
        """Wait for the network, then for its loss."""
        if not await self._watch.wait_registered(LOST_AFTER):
            await self._regain()
        if self._registered_at is None:
            self._registered_at = asyncio.get_running_loop().time()
        await self._watch.wait_lost()
        if self.registered_for >= STABLE_AFTER:
            self._climb.well()
        self._registered_at = None

    @property
    def _fault(self) -> ModemFault:
        return ModemFault.REGISTRATION_DENIED if self._watch.was_denied else ModemFault.NOT_REGISTERED

    async def _regain(self) -> None:
        """Climb until the modem is registered, or was restarted."""
        while True:
            fault = self._fault
            self._climb.note(fault, was_open=True)
            step = self._climb.next_step(fault, self._allowed())
            is_new = fault is not ModemFault.REGISTRATION_DENIED
            if await self._watch.wait_registered(step.delay, denial_ends=is_new):
                return
            if self._fault is not fault:
                continue
            self._climb.take(step)
            if step.rung is RecoveryRung.CYCLE_RADIO:
                await self._modem.cycle_radio()
            elif step.rung is RecoveryRung.RESET:
                await self._modem.reset()
