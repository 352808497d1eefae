"""One tool, one scenario: all alarms, a burst after the other, and what became of them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from bench.driver.client import ClientError
from bench.driver.stand import Stand
from bench.driver.usage import cpu_seconds, resident_bytes
from bench.instead.alarms import Alarm, in_bursts
from bench.instead.extent import Pauses, Scenario
from bench.instead.tools.tool import kill
from bench.instead.watch import Watch
from bench.spread import spread
from gsm_driver.simulator import faults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bench.instead.tools.tool import Tool

REFUSED_EVERY = 20  # segments
SOURCES = 10  # that hand over at the same time; each waits for its answer
WARM_UP_WITHIN = 60.0  # seconds for the first text
TRY_AGAIN = 0.2  # seconds until a source tries again when nobody took its alarm
NOBODY_WITHIN = 240.0  # seconds after which it leaves it
LOOK = 0.1  # seconds between looks at memory
LOOK_FOR_GIVEN_UP = 0.5  # seconds between looks at what a tool has given up
WARM_UP = Alarm(index=99_999, text="first")  # imports, caches, AT+CMMS: it does not count


async def play(tool: Tool, scenario: Scenario, sizes: tuple[int, ...], pauses: Pauses) -> dict[str, Any]:
    """One row. Raises `ClientError` if the tool does not start or sends nothing at all."""
    report_latency = pauses.report if scenario is Scenario.KILLED else 0.0
    async with Stand(baud=scenario.baud, report_latency=report_latency) as stand:
        try:
            await tool.start(stand.path)
            await asyncio.sleep(pauses.settle)
            await tool.give(WARM_UP.index, WARM_UP.text)
            if not await stand.until(delivered=1, within=WARM_UP_WITHIN):
                raise ClientError(f"it sent nothing within {WARM_UP_WITHIN:g} s")
            await asyncio.sleep(pauses.settle)
            if scenario is Scenario.REFUSING:
                stand.simulator.modem.faults.replace((faults.submit_error(every=REFUSED_EVERY),))
            return await Run(tool, stand, scenario, sizes).play(pauses)
        finally:
            await tool.stop()


class Run:
    """A tool that is ready, on its stand."""

    def __init__(self, tool: Tool, stand: Stand, scenario: Scenario, sizes: tuple[int, ...]) -> None:
        halfway = sum(sizes) // 2 if scenario is Scenario.KILLED else None
        self._tool = tool
        self._port = stand.path
        self._is_calm = scenario.is_calm
        self._bursts = in_bursts(sizes)
        self._given: dict[int, float] = {}
        self._gave_up: set[int] = set()
        self._peak = 0
        self._sources = asyncio.Semaphore(SOURCES)
        self._restart: asyncio.Task[None] | None = None
        self._now = asyncio.get_running_loop().time
        self._watch = Watch(stand, strike_at=halfway, strike=self._kill)

    async def play(self, pauses: Pauses) -> dict[str, Any]:
        """Hand over everything, and wait for the last."""
        before = cpu_seconds(self._tool.pid)
        async with self._weighed():
            for burst in self._bursts:
                await asyncio.gather(*map(self._give, burst))
                await self._through(burst)
            used = cpu_seconds(self._tool.pid) - before
            if self._restart is not None:
                await self._restart
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pauses.done):
                    await self._tool.settle()
        await asyncio.sleep(pauses.afterwards)
        calm = {"cpu_s": used, "memory_mb": self._peak / 1e6, **self._times()} if self._is_calm else {}
        return {**self._counts(), **calm}

    async def _give(self, alarm: Alarm) -> None:
        """A source hands over, and tries again while nobody takes it; from its first try on it counts."""
        async with self._sources:
            self._given[alarm.index] = began = self._now()
            while not await self._tool.give(alarm.index, alarm.text):
                if self._now() - began > NOBODY_WITHIN:
                    return
                await asyncio.sleep(TRY_AGAIN)

    async def _through(self, burst: list[Alarm]) -> None:
        """All are sent or given up, or nothing happens any more."""
        self._watch.moved = max(self._watch.moved, self._now())
        while self._now() - self._watch.moved < self._tool.patience:
            if await self._watch.until(lambda: self._missing(burst) == 0, within=LOOK_FOR_GIVEN_UP):
                return
            self._gave_up = await self._tool.gave_up()
            if self._restart is not None and not self._restart.done():
                self._watch.moved = self._now()

    def _missing(self, burst: list[Alarm]) -> int:
        return sum(
            alarm.index not in self._watch.taken and alarm.index not in self._gave_up for alarm in burst
        )

    def _kill(self) -> None:
        kill(self._tool.pid)
        self._restart = asyncio.create_task(self._tool.start(self._port))

    @contextlib.asynccontextmanager
    async def _weighed(self) -> AsyncIterator[None]:
        """Note the most memory that it holds meanwhile."""

        async def weigh() -> None:
            while True:
                self._peak = max(self._peak, resident_bytes(self._tool.pid))
                await asyncio.sleep(LOOK)

        scale = asyncio.create_task(weigh())
        try:
            yield
        finally:
            scale.cancel()

    def _counts(self) -> dict[str, Any]:
        count = sum(map(len, self._bursts))
        return {
            "alarms": count,
            "lost": count - len(self._watch.taken),
            "doubled": self._watch.copies,
            "seconds": max(self._watch.taken.values(), default=0.0) - min(self._given.values()),
        }

    def _times(self) -> dict[str, float]:
        watch, taken = self._watch, self._watch.taken
        lasted = max(taken.values()) - min(self._given.values())
        alone = [burst[0].index for burst in self._bursts if len(burst) == 1 and burst[0].index in taken]
        return {
            "per_second": len(taken) / lasted,
            **self._spread("alone", {index: watch.asked[index] for index in alone}),
            **self._spread("asked", watch.asked),
            **self._spread("taken", taken),
        }

    def _spread(self, name: str, moments: Mapping[int, float]) -> dict[str, float]:
        found = spread([moment - self._given[index] for index, moment in moments.items()])
        return {f"{name}_p50_ms": found["p50_ms"], f"{name}_p99_ms": found["p99_ms"]}
