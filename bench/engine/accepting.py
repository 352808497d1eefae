"""How many alarms a second are accepted durably, beside what the disk can do at all.

Nobody sends: there is no route. Each source waits for its answer before it raises again.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from alert_engine.model import AlarmRaise, Severity
from bench.engine.life import everybody, make_engine
from bench.spread import spread

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.engine import AlertEngine

_BLOCK = bytes(4096)
_ROW = "x" * 2000  # about what a raise writes


async def accept(folder: Path, *, at_a_time: int, raises: int) -> dict[str, Any]:
    """So many sources raise so many alarms together, on a new journal."""
    engine = make_engine(folder / f"accept-{at_a_time}.db", everybody())
    await engine.start()
    try:
        return await _measured(engine, at_a_time, raises)
    finally:
        await engine.stop()


async def _measured(engine: AlertEngine, at_a_time: int, raises: int) -> dict[str, Any]:
    seconds: list[float] = []

    async def source(name: str) -> None:
        for number in range(raises // at_a_time):
            began = time.perf_counter()
            await engine.raise_alarm(a_raise(name, f"key-{number}"))
            seconds.append(time.perf_counter() - began)

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(source(f"plc{number}") for number in range(at_a_time)))
    lasted, used = time.perf_counter() - began, time.process_time() - cpu
    return {
        "per_second": len(seconds) / lasted,
        "cpu_ms_for_one": 1000 * used / len(seconds),
        **spread(seconds),
    }


def a_raise(source: str, key: str) -> AlarmRaise:
    """An alarm as a controller raises it."""
    return AlarmRaise(
        source=source, key=key, severity=Severity.HIGH, title="Pump stopped", text="Hall 3, tank B runs dry"
    )


def bare_syncs(folder: Path, count: int) -> dict[str, float]:
    """A block is appended to a file and synced, and nothing else."""
    handle = os.open(folder / "bare", os.O_CREAT | os.O_WRONLY, 0o600)
    seconds = []
    try:
        for number in range(count):
            began = time.perf_counter()
            os.pwrite(handle, _BLOCK, number * len(_BLOCK))
            os.fdatasync(handle)
            seconds.append(time.perf_counter() - began)
    finally:
        os.close(handle)
    return spread(seconds)


def bare_commits(folder: Path, count: int) -> dict[str, float]:
    """One row, one commit, in SQLite with the settings of the journal, and nothing else."""
    seconds = []
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as connection:
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("DROP TABLE IF EXISTS row")
        connection.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT)")
        for _ in range(count):
            began = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO row (text) VALUES (?)", (_ROW,))
            connection.execute("COMMIT")
            seconds.append(time.perf_counter() - began)
    return spread(seconds)
