"""Notices that the network is gone and that it is back, with as few questions as the modem's URCs allow."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from .errors import CommandError, ResponseError
from .models import RegistrationStatus

if TYPE_CHECKING:
    from .network import Network

ASK_INTERVAL = 600.0  # seconds between questions while all is well: +CREG may be lost, or not be sent at all

# DATA_ONLY is not among them: no rung of the ladder gives a SIM the right to short messages.
LOST = frozenset(
    {
        RegistrationStatus.NOT_REGISTERED,
        RegistrationStatus.SEARCHING,
        RegistrationStatus.DENIED,
        RegistrationStatus.UNKNOWN,
        RegistrationStatus.EMERGENCY_ONLY,
    }
)


class RegistrationWatch:
    """Waits for the network of one open modem to go or to come.

    A modem that does not tell its registration counts as registered: silence about it is no fault.

    Attributes:
        was_denied: the network refused the SIM since the modem was registered last. It may search on, and
            then says so instead.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self.was_denied = False

    async def wait_lost(self) -> None:
        """Return when the modem is not registered.

        Raises:
            LinkError: the line.
        """
        while not self._is_lost():
            if not await self._network.wait_changed(ASK_INTERVAL):
                await self._ask()

    async def wait_registered(self, within: float = math.inf, *, denial_ends: bool = False) -> bool:
        """Return True when the modem is registered, False when it is still not after so many seconds.

        With `denial_ends` also False as soon as the network refuses the SIM.

        Raises:
            LinkError: the line.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        is_told = await self._ask()
        while is_told and self._is_lost():
            self.was_denied |= self._status is RegistrationStatus.DENIED
            left = deadline - loop.time()
            if left <= 0 or (denial_ends and self.was_denied):
                return False
            # Asked once more when the time is up: a +CREG may have been lost.
            if not await self._network.wait_changed(min(ASK_INTERVAL, left)):
                is_told = await self._ask()
        self.was_denied = False
        return True

    @property
    def _status(self) -> RegistrationStatus | None:
        latest = self._network.latest
        return None if latest is None else latest.status

    def _is_lost(self) -> bool:
        return self._status in LOST

    async def _ask(self) -> bool:
        """Ask; False: the modem does not tell."""
        try:
            await self._network.registration()
        except (CommandError, ResponseError):
            return False
        return True
