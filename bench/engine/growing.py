"""What becomes slower or larger with the number of open alarms and with the history.

A journal is measured as a crash leaves it: alarms were just raised, messages are in the hands of a route that
has not answered, and the write-ahead log was not moved into the file.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from alert_engine.model import AlarmAcknowledge
from alert_engine.operations.timers import next_deadline
from alert_engine.supervision.auditor import look
from bench.engine.accepting import a_raise
from bench.engine.life import UNLIMITED, PromptRoute, everybody, make_engine
from bench.spread import spread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from alert_engine.engine import AlertEngine
    from alert_engine.routes.base import OutboundMessage, Outcome, SegmentProgress

CRASHED = 50  # alarms that were raised right before the crash
LOOKS = 5  # at each question of all open alarms; the median counts


class SilentRoute(PromptRoute):
    """Takes a message in hand and never answers; the process dies when it has one."""

    async def send(
        self, message: OutboundMessage, progress: Callable[[SegmentProgress], Awaitable[None]]
    ) -> Outcome:
        """Die as by a power cut."""
        del message, progress
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


async def crash(journal: Path) -> None:
    """Raise some alarms, begin to send, die; no limit may hold the sending back after a full history."""
    engine = make_engine(journal, everybody(), limits=UNLIMITED)
    await engine.start()
    await engine.raise_alarms([a_raise("crash", f"key-{number}") for number in range(CRASHED)])
    await engine.add_route(SilentRoute())
    await asyncio.Event().wait()


async def measure(journal: Path, *, single: int) -> dict[str, Any]:
    """Start on what a crash left, then do one of everything."""
    octets = sum(file.stat().st_size for file in journal.parent.glob(f"{journal.name}*"))
    empty = _resident()
    engine = make_engine(journal, everybody())
    began, cpu = time.perf_counter(), time.process_time()
    await engine.start()
    started, used = time.perf_counter() - began, time.process_time() - cpu
    memory = _resident() - empty
    try:
        return {
            "disk_mb": octets / 1e6,
            "start_s": started,
            "start_cpu_s": used,
            "memory_mb": memory / 1e6,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
            **await _operations(engine, single),
        }
    finally:
        await engine.stop()


async def _operations(engine: AlertEngine, single: int) -> dict[str, Any]:
    ledger = engine._ledger  # noqa: SLF001 - what the engine asks itself has no other door
    now = ledger.clock.now()
    alarms = [await _timed(partial(_raise, engine, number)) for number in range(single)]
    taken = [await _timed(partial(_take, engine, number)) for number in range(single)]
    return {
        "raise_ms": spread(alarms)["p50_ms"],
        "raise_p99_ms": spread(alarms)["p99_ms"],
        "acknowledge_ms": spread(taken)["p50_ms"],
        "open_alarms_ms": await _looked(engine.open_alarms),
        "summary_ms": await _looked(engine.summary),
        "auditor_ms": await _looked(
            lambda: ledger.read(partial(look, now=now, in_hand=frozenset(), cursor=""))
        ),
        "next_deadline_ms": await _looked(lambda: ledger.read(next_deadline)),
    }


async def _raise(engine: AlertEngine, number: int) -> None:
    await engine.raise_alarm(a_raise("single", f"key-{number}"))


async def _take(engine: AlertEngine, number: int) -> None:
    (alarm,) = (await engine.raise_alarm(a_raise("single", f"key-{number}"))).alarms
    await engine.acknowledge(AlarmAcknowledge(by="p3", alarm_id=alarm.id))


async def _timed(work: Callable[[], Awaitable[Any]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def _looked(ask: Callable[[], Awaitable[Any]]) -> float:
    return 1000 * median([await _timed(ask) for _ in range(LOOKS)])


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
