"""The simulated modem and its network in the process of the run, behind a pseudo-terminal.

The other side of the line is the gateway in a process of its own. Because the network lives here, a row can
act at the very moment of a network event: what it does then comes before anything else that the modem does.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gsm_driver.simulator import (
    PROFILES,
    LoopScheduler,
    NetworkConditions,
    PhoneMessage,
    PtyPort,
    SimulatedNetwork,
    SimulatedPhone,
    Simulator,
    SimulatorProfile,
    run_pty,
)

from .names import ANNA, DEADLINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Radio:
    """A modem, its SMSC and one phone.

    Args:
        link: where the serial port appears when the modem is plugged in.
        profile: the modem's family.
    """

    def __init__(self, link: Path, profile: SimulatorProfile = PROFILES["generic"]) -> None:
        scheduler = LoopScheduler()
        self.network = SimulatedNetwork(scheduler, conditions=NetworkConditions(submit_latency=0.05))
        self.phone: SimulatedPhone = self.network.add_phone(ANNA)
        self.simulator = Simulator(scheduler, name=link.name, network=self.network, profile=profile)
        self.link = link
        self._port: PtyPort | None = None
        self._changed = asyncio.Event()
        self.network.listen(lambda _: self._changed.set())

    @property
    def phones(self) -> tuple[SimulatedPhone, ...]:
        """For the checker."""
        return self.network.phones

    def plug_in(self, name: str = "") -> None:
        """Let the port appear, or come back, under another name if one is given."""
        if self._port is None:
            self._port = run_pty(self.simulator, self.link)
        else:
            self.simulator.plug_in(name)

    def unplug(self) -> None:
        """Pull it, until somebody calls `plug_in`."""
        self.simulator.unplug()

    def close(self) -> None:
        """End everything, timers included."""
        if self._port is not None:
            self._port.close()
        self.simulator.close()

    def conditions(self, **changes: Any) -> None:
        """Change how the network behaves."""
        self.network.conditions = replace(self.network.conditions, **changes)

    async def until(self, condition: Callable[[], bool], what: str, *, within: float = DEADLINE) -> None:
        """Wait until it is so, at most so many seconds; looks again at each event of the network."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"{what}: it did not come; the phone has {self.phone.texts}") from None

    async def sms(self, words: str, *, within: float = DEADLINE) -> PhoneMessage:
        """The first SMS in the phone's inbox with these words; waits for it."""
        what = f"an SMS with {words!r}"
        await self.until(lambda: any(words in text for text in self.phone.texts), what, within=within)
        return next(message for message in self.phone.inbox if words in message.text)


@contextmanager
def a_radio(link: Path, profile: SimulatorProfile = PROFILES["generic"]) -> Iterator[Radio]:
    """A modem that is plugged in at `link`, with its network and the phone of `ANNA`."""
    radio = Radio(link, profile)
    radio.plug_in()
    try:
        yield radio
    finally:
        radio.close()
