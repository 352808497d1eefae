"""People who ring the modem: their number is read, they are refused, and the engine is told.

Refusing costs the caller nothing, and leaves the modem free for the next alarm. SMS go on meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

from gsm_driver import ModemError

from .base import Ring

if TYPE_CHECKING:
    from alert_engine.clock import Clock
    from gsm_driver import Modem

    from .base import RouteSink

_LOGGER = logging.getLogger(__name__)

TOLD = 10  # callers in a span; a machine that redials all night is refused, and not told of each time
SPAN = 60.0  # seconds


class Callers:
    """Refuses whoever rings one modem.

    Args:
        route: the name of its route.
        clock: all time.
    """

    def __init__(self, route: str, *, clock: Clock) -> None:
        self._route = route
        self._clock = clock
        self._told: deque[float] = deque(maxlen=TOLD)
        self._is_flooded = False
        self._refusing: asyncio.Task[None] | None = None

    async def take(self, sink: RouteSink, modem: Modem | None, caller: str) -> None:
        """Somebody rings; `caller` is empty when withheld. Does not wait for the modem."""
        if modem is not None and (self._refusing is None or self._refusing.done()):
            self._refusing = asyncio.create_task(self._refuse(modem), name=f"{self._route}: caller")
        if self._may_tell():
            await sink.rung(self._route, Ring(caller=caller, at=self._clock.now()))

    async def stop(self) -> None:
        """Let whoever rings now ring on."""
        if self._refusing is not None:
            self._refusing.cancel()
            await asyncio.wait([self._refusing])

    async def _refuse(self, modem: Modem) -> None:
        try:
            await modem.calls.reject()
        except ModemError as err:  # gone already, or a second caller during a call of ours
            _LOGGER.debug("%s: a caller could not be refused: %s", self._route, err)

    def _may_tell(self) -> bool:
        now = self._clock.monotonic()
        is_flooded = len(self._told) == TOLD and now - self._told[0] < SPAN
        if is_flooded and not self._is_flooded:
            _LOGGER.warning("%s: somebody rings again and again; all are refused", self._route)
        self._is_flooded = is_flooded
        if not is_flooded:
            self._told.append(now)
        return not is_flooded
