"""When the modem was first asked to send, and when the message was on its way."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

from gsm_driver.simulator import NetworkEventKind
from lab.parts.names import DEADLINE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gsm_driver.simulator import NetworkEvent
    from lab.parts.radio import Radio

_PROMPT = b"> "  # the modem's answer to AT+CMGS, in the very moment in which the command has arrived


class Ear:
    """Listens to the modem's side of the line. All times are of `time.perf_counter`."""

    def __init__(self, radio: Radio) -> None:
        self._radio = radio
        self.prompted: list[float] = []
        self.arrived: list[float] = []
        radio.simulator.line.ends.append(self)
        radio.network.listen(self._note)

    def data_from_modem(self, data: bytes) -> None:
        """It says something."""
        if data.endswith(_PROMPT):
            self.prompted.append(time.perf_counter())

    def port_gone(self) -> None:
        """Nothing to hear."""

    def port_back(self, name: str) -> None:
        """The same."""
        del name

    def _note(self, event: NetworkEvent) -> None:
        if event.kind is NetworkEventKind.ARRIVED:
            self.arrived.append(time.perf_counter())

    async def sample(self, say: Callable[[], Awaitable[object]]) -> dict[str, float]:
        """Seconds from the moment at which a source begins to speak; waits for the phone to have it."""
        before, inbox = len(self.prompted), len(self._radio.phone.texts)
        began = time.perf_counter()
        await say()
        accepted = time.perf_counter()
        await self._radio.until(
            lambda: len(self._radio.phone.texts) > inbox, "the SMS of a sample", within=DEADLINE
        )
        asked = self.prompted[before]
        return {
            "to accepted": accepted - began,
            "to first AT octet": asked - began,
            # The answer may be on its way to the source when the modem is asked.
            "accepted to first AT octet": max(0.0, asked - accepted),
        }


async def samples(
    ear: Ear, say: Callable[[int], Awaitable[object]], count: int, *, pause: float = 0.0
) -> dict[str, list[float]]:
    """So many, one after the other, by figure; the first does not count. `pause`: seconds between two."""
    found: dict[str, list[float]] = {}
    for number in range(count + 1):
        row = await ear.sample(partial(say, number))
        if number:
            for name, seconds in row.items():
                found.setdefault(name, []).append(seconds)
        await asyncio.sleep(pause)
    return found
