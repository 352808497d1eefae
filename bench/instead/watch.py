"""When the modem was asked for each alarm, when it had all of it; and what strikes at a certain one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bench.instead.alarms import index_of
from gsm_driver.simulator import NetworkEventKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.driver.stand import Stand
    from gsm_driver.simulator import NetworkEvent

_PROMPT = b"> "  # the modem's answer to AT+CMGS, in the very moment in which the command has arrived


class Watch:
    """Listens to the modem and its network. All times are those of the loop.

    Args:
        stand: the modem.
        strike_at: that many alarms are on their way; the modem has not said so of the last one yet.
        strike: is called then, once.
    """

    def __init__(
        self, stand: Stand, *, strike_at: int | None = None, strike: Callable[[], None] | None = None
    ) -> None:
        self.asked: dict[int, float] = {}  # when AT+CMGS first came for an alarm
        self.taken: dict[int, float] = {}  # when the phone had an alarm, so the modem all its segments
        self.copies = 0  # alarms that the phone got again
        self.moved = 0.0  # when anything happened
        self._now = asyncio.get_running_loop().time
        self._prompted = 0.0
        self._strike_at = strike_at
        self._strike = strike
        self._changed = asyncio.Event()
        stand.simulator.line.ends.append(self)
        stand.network.listen(self._note)

    def data_from_modem(self, data: bytes) -> None:
        """It says something."""
        if data.endswith(_PROMPT):
            self._prompted = self._now()

    def port_gone(self) -> None:
        """Nothing to hear."""

    def port_back(self, name: str) -> None:
        """The same."""
        del name

    async def until(self, condition: Callable[[], bool], *, within: float) -> bool:
        """Wait until it is so; False: too long. It is looked at when something happens."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def _note(self, event: NetworkEvent) -> None:
        index = index_of(event.text)
        self.moved = self._now()
        match event.kind:
            case NetworkEventKind.SUBMITTING if index is not None and event.segment == 1:
                self.asked.setdefault(index, self._prompted)
            case NetworkEventKind.SUBMITTED if event.segment == 1:
                self._strike_if_due()
            case NetworkEventKind.DELIVERED if index is not None:
                self.copies += index in self.taken
                self.taken.setdefault(index, event.at)
            case _:
                pass
        self._changed.set()

    def _strike_if_due(self) -> None:
        """One less has arrived, and this one has left the modem, which does not say so before we return."""
        if self._strike is not None and len(self.taken) + 1 == self._strike_at:
            strike, self._strike = self._strike, None
            strike()
