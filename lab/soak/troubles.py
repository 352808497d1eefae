"""What fails: the modem, its network, the provider, the broker, the gateway, the clock."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from gsm_driver.simulator import NetworkConditions, NetworkEventKind

from .lives import CLOUD, MODEM
from .plan import HOUR, Happening

if TYPE_CHECKING:
    from gsm_driver.simulator import NetworkEvent, Simulator
    from tests.engine.support import StoryClock

    from .books import Books
    from .broker import SessionBroker
    from .lives import Gateway
    from .measure import Availability
    from .plan import Event
    from .provider import Account

CONDITIONS = NetworkConditions(submit_latency=3.0, delivery_latency=2.0, delivery_jitter=1.0)
WRITTEN_DOWN = 1.0  # seconds after the network's answer: then the gateway has it on the disk
BOOTS = 20.0  # seconds
_WEAK, _STRONG = 2, 20  # of 31
_ANSWERED = frozenset({NetworkEventKind.SUBMITTED, NetworkEventKind.REFUSED})


class Doubts:
    """Knows which segment is under way; what is broken off meanwhile is a doubt."""

    def __init__(self, simulator: Simulator, books: Books) -> None:
        self._books = books
        self._event: NetworkEvent | None = None
        self._until = float("inf")
        simulator.network.listen(self._on_air)

    def arise(self, point: str) -> None:
        """Something breaks off here."""
        event = self._event
        if event is not None and asyncio.get_running_loop().time() < self._until:
            self._books.doubt(event.number, event.text, event.segment, point)

    def _on_air(self, event: NetworkEvent) -> None:
        if event.kind is NetworkEventKind.SUBMITTING:
            self._event, self._until = event, float("inf")
        elif event.kind in _ANSWERED:
            self._until = event.at + WRITTEN_DOWN


class Troubles:
    """Does to the world what the plan says, and tells the availability what is broken."""

    def __init__(
        self,
        simulator: Simulator,
        books: Books,
        *,
        account: Account,
        broker: SessionBroker,
        clock: StoryClock,
        availability: Availability,
    ) -> None:
        self._simulator = simulator
        self._doubts = Doubts(simulator, books)
        self._account = account
        self._broker = broker
        self._clock = clock
        self._availability = availability
        self._restarting, self._restarting_broker = asyncio.Lock(), asyncio.Lock()

    async def provider(self, event: Event) -> None:
        """Of two at a time the later one counts."""
        self._account.trouble = event.what
        await self._break(CLOUD, event.lasts)
        if self._account.trouble is event.what:
            self._account.trouble = None

    async def broker(self, event: Event) -> None:
        """It is restarted."""
        async with self._restarting_broker:
            await self._broker.stop()
            await asyncio.sleep(event.lasts)
            await self._broker.start()

    async def clock(self, event: Event) -> None:
        """It is wrong by up to two hours, and put right."""
        by = timedelta(seconds=(event.chance - 0.5) * 4 * HOUR)
        self._clock.offset += by
        await asyncio.sleep(event.lasts)
        self._clock.offset -= by

    async def gateway(self, event: Event, gateway: Gateway) -> None:
        """It is restarted, or dies and is started again."""
        async with self._restarting:
            if event.what is Happening.CRASH:
                self._doubts.arise("crash")
                await gateway.crash()
                self._doubts.arise("crash")  # what left while it died was not written down either
            else:
                await gateway.stop()
            self._availability.gone(_now())
            await asyncio.sleep(event.lasts)
            await gateway.start()

    async def modem(self, event: Event) -> None:
        """It is gone, or deaf, or without a network."""
        self._doubts.arise(event.what)
        lasts = event.lasts
        match event.what:
            case Happening.UNPLUGGED:
                self._simulator.unplug(seconds=lasts)
            case Happening.HANGING:
                self._simulator.modem.fall_silent(lasts)
            case Happening.REBOOTING:
                self._simulator.modem.reboot()
                lasts = BOOTS
            case _:
                self._simulator.modem.lose_registration(lasts)
        await self._break(MODEM, lasts)

    async def weather(self, event: Event) -> None:
        """What makes a way worse, and does not break it."""
        if event.what is Happening.WEAK:
            self._simulator.modem.radio.rssi = _WEAK
            await asyncio.sleep(event.lasts)
            self._simulator.modem.radio.rssi = _STRONG
            return
        network, is_slow = self._simulator.network, event.what is Happening.SLOW
        worse = {"submit_latency": 20.0} if is_slow else {"report_loss_rate": 1.0}
        network.conditions = replace(network.conditions, **worse)  # type: ignore[arg-type]  # both are numbers
        await asyncio.sleep(event.lasts)
        usual = {name: getattr(CONDITIONS, name) for name in worse}
        network.conditions = replace(network.conditions, **usual)

    async def _break(self, route: str, lasts: float) -> None:
        self._availability.fault(route, 1, _now())
        await asyncio.sleep(lasts)
        self._availability.fault(route, -1, _now())


def _now() -> float:
    return asyncio.get_running_loop().time()
