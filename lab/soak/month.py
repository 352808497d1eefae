"""The soak: the plan is played, everything is booked, and every hour somebody looks."""

from __future__ import annotations

import asyncio
import gc
import re
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from alert_engine.model import AlarmChanged, RouteChanged
from alert_engine.routes.base import RouteState
from gsm_driver.simulator import (
    PROFILES,
    CallBehaviour,
    CallManner,
    LoopScheduler,
    NetworkEventKind,
    SimulatedNetwork,
    Simulator,
    close_simulators,
    register_simulator,
)
from lab.parts.audit import is_settled
from tests import virtual_time
from tests.engine.support import StoryClock, now

from .books import Books
from .broker import SessionBroker
from .lives import CLOUD, MODEM, Gateway
from .measure import Availability, Sample, sample
from .people import NUMBERS, OWN_NUMBER, PATIENCE, SETTINGS
from .plan import DAY, HOUR, MINUTE, Event, Happening
from .provider import TROUBLES, Account, a_codec
from .sources import Sources
from .troubles import CONDITIONS, Troubles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
    from pathlib import Path
    from random import Random

    from alert_engine.model import EngineEvent
    from gsm_driver.simulator import NetworkEvent

LAST = 5 * HOUR  # in which nothing happens any more: all limits and ladders come to their end
WORDS = ("STATUS", "HELP", "Thank you!", "Who is on call tonight?", "SNOOZE", "OK 0000")
ANSWERS_TESTS = 0.95
ANSWERS_AFTER = 4 * MINUTE  # in the mean, and 10 s at least

_CODE = re.compile(r"OK (\d{4}|ALL)\b")
_USABLE = frozenset({RouteState.OK, RouteState.DEGRADED})
_WEATHER = (Happening.WEAK, Happening.NO_REPORTS, Happening.SLOW)


class Month:
    """One soak.

    Attributes:
        books: what was promised, and what came of it.
        gateway: in its lives.
        availability: of the ways out.
        samples: once an hour.
        false_beats: alarms about a heartbeat that had come in time.
    """

    def __init__(self, folder: Path, draw: Random) -> None:
        self.journal = folder / "journal.db"
        self.books = Books(folder / "books.db")
        self.samples: list[Sample] = []
        self.false_beats = 0
        self.availability = Availability(routes=(MODEM, CLOUD), began=virtual_time.START)
        self._draw = draw
        self._clock = StoryClock()
        self._broker = SessionBroker()
        scheduler = LoopScheduler()
        self._network = SimulatedNetwork(
            scheduler, wall=now, conditions=CONDITIONS, seed=draw.getrandbits(32)
        )
        simulator = Simulator(scheduler, name="m", network=self._network, profile=PROFILES["sim7600"])
        doubt = partial(self.books.doubt, segment=1, point="provider")
        self._account = Account(draw, deliver=self._delivered_by_account, doubt=doubt)
        self._sources = Sources(self.books, self._broker, draw)
        self._troubles = Troubles(
            register_simulator(simulator),
            self.books,
            account=self._account,
            broker=self._broker,
            clock=self._clock,
            availability=self.availability,
        )
        self._second, self._written = now(), set[tuple[str, str]]()  # by whom and what, in this second
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: BaseException | None = None  # a mistake of the soak itself
        for number in NUMBERS:
            self._network.add_phone(number).on_call = CallBehaviour(manner=CallManner.IGNORE)
        self._network.listen(self._on_air)

    async def start(self) -> None:
        """Broker and gateway."""
        await self._broker.start()
        self.gateway = Gateway(
            self.journal,
            SETTINGS,
            clock=self._clock,
            draw=self._draw,
            broker_port=self._broker.port,
            account=self._account,
            codec=a_codec(),
            hear=self._on_event,
        )
        await self.gateway.start()
        self._begin(self._sources.beat())
        gc.collect()
        gc.freeze()  # what is there for good need not be looked at every hour

    async def play(self, events: list[Event], days: float) -> None:
        """The whole plan, then a time in which nothing happens."""
        self._begin(self._look_hourly(days))
        acts = self._acts()
        for event in events:
            await self._until(event.at)
            self._begin(acts.get(event.what, self._troubles.modem)(event))
        await self._until(days * DAY)
        await self._calm_down()

    async def stop(self) -> None:
        """End everything."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.gateway.stop()
        await self._broker.stop()
        close_simulators()
        self.books.close()
        gc.unfreeze()

    def _acts(self) -> Mapping[Happening, Callable[[Event], Coroutine[Any, Any, None]]]:
        """Who does what; the rest is done to the modem."""
        restart = partial(self._troubles.gateway, gateway=self.gateway)
        return {
            Happening.ALARM: self._sources.contact,
            Happening.FLAPPING: self._sources.flap,
            Happening.STORM: self._sources.storm,
            Happening.SEND: self._sources.send,
            Happening.SILENCE: self._sources.fall_silent,
            Happening.WRITING: self._say_something,
            Happening.BROKER: self._troubles.broker,
            Happening.RESTART: restart,
            Happening.CRASH: restart,
            Happening.CLOCK: self._troubles.clock,
            **dict.fromkeys(TROUBLES, self._troubles.provider),
            **dict.fromkeys(_WEATHER, self._troubles.weather),
        }

    async def _until(self, seconds: float) -> None:
        """Of the story."""
        await self._clock.sleep_until(virtual_time.START + seconds)
        if self._failed is not None:
            raise self._failed

    # --- people ---------------------------------------------------------------------------------------------

    def _on_air(self, event: NetworkEvent) -> None:
        if event.kind is NetworkEventKind.DELIVERED:
            self._hears(event.number, event.text)
        elif event.kind is NetworkEventKind.SUBMITTED and event.number == OWN_NUMBER:
            self.books.receive(event.number, event.text, event.at)  # a loopback has no phone

    def _delivered_by_account(self, number: str, text: str) -> None:
        self.books.receive(number, text, asyncio.get_running_loop().time())
        self._hears(number, text)

    def _hears(self, number: str, text: str) -> None:
        """Somebody reads it, and perhaps answers."""
        if number == NUMBERS[0]:
            self._sources.hears(text)
        found = _CODE.search(text)
        patience = ANSWERS_TESTS if "TEST" in text else PATIENCE[number]
        if found is not None and self._draw.random() < patience:
            delay = 10.0 + self._draw.expovariate(1 / ANSWERS_AFTER)
            asyncio.get_running_loop().call_later(delay, self._write, number, f"OK {found[1]}")

    async def _say_something(self, _event: Event) -> None:
        self._write(self._draw.choice(NUMBERS), self._draw.choice(WORDS))

    def _write(self, number: str, text: str) -> None:
        """Not the same twice in a second: with one time of the service centre they would be one text."""
        second = now().replace(microsecond=0)
        if second != self._second:
            self._second, self._written = second, set()
        if (number, text) in self._written:
            return
        self._written.add((number, text))
        self.books.command(number, text)
        self._network.deliver_sms(number, text)

    # --- what the gateway tells -----------------------------------------------------------------------------

    def _on_event(self, event: EngineEvent) -> None:
        if isinstance(event, RouteChanged):
            at = asyncio.get_running_loop().time()
            self.availability.tell(event.route, usable=event.health.state in _USABLE, now=at)
        elif isinstance(event, AlarmChanged):
            if event.event == "acknowledged":
                self._sources.taken(event.alarm.title)
            elif event.event == "raised" and event.alarm.key == "hb/alive":
                self.false_beats += self._sources.beats

    # --- looks ----------------------------------------------------------------------------------------------

    async def _look_hourly(self, days: float) -> None:
        for hour in range(1, round(days * 24) + 1):
            await asyncio.sleep(HOUR)
            self.books.empty(self._network.phones)
            if hour % 24 == 0:
                self.books.copy(self.journal)
            self.samples.append(sample(hour / 24, self.journal))

    async def _calm_down(self) -> None:
        """What is open is closed by a person, and what waits comes to its end."""
        ends = asyncio.get_running_loop().time() + LAST
        await asyncio.sleep(2 * HOUR)
        while asyncio.get_running_loop().time() < ends and not is_settled(self.journal):
            if (engine := self.gateway.engine) is not None:
                for alarm in await engine.open_alarms():
                    self._sources.taken(alarm.title)
                    await engine.close_alarm(alarm.id, by="anna")
            await asyncio.sleep(10 * MINUTE)
        self.books.copy(self.journal)
        self.books.empty(self._network.phones)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed = self._failed or error


@asynccontextmanager
async def a_month(folder: Path, draw: Random) -> AsyncIterator[Month]:
    """World and gateway; everything ends with it."""
    month = Month(folder, draw)
    await month.start()
    try:
        yield month
    finally:
        await month.stop()
