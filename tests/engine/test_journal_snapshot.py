"""The daily copy of the journal, and the upgrades that are interrupted."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from alert_engine.errors import JournalError
from alert_engine.journal.schema import MIGRATIONS
from tests.crowd import crowded_executor
from tests.engine.support import inline_journal, telling
from tests.engine.test_journal import get, opened, put, version_of
from tests.virtual_time import story

ROOT = Path(__file__).parents[2]
HOUR = 3600.0


def count_in(snapshot: Path) -> int:
    with closing(sqlite3.connect(snapshot)) as rows:
        assert rows.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (count,) = rows.execute("SELECT count(*) FROM note WHERE name LIKE 'mark-%'").fetchone()
    return int(count)


@story
async def test_at_once_and_then_every_day(tmp_path: Path) -> None:
    snapshot = tmp_path / "journal.db.snapshot"
    async with telling(tmp_path) as told:
        await told.until(1)
        assert count_in(snapshot) == 0
        await told.engine.notes.write("mark-1", ["x"])
        await told.until(20 * HOUR)
        assert count_in(snapshot) == 0
        await told.until(25 * HOUR)
        assert count_in(snapshot) == 1
    async with telling(tmp_path) as told:
        await told.engine.notes.write("mark-2", ["x"])
        await told.until(25.5 * HOUR)
        assert count_in(snapshot) == 1  # there is one: it has time
        await told.until(27 * HOUR)
        assert count_in(snapshot) == 2


async def test_one_that_cannot_be_written_leaves_the_last_one(tmp_path: Path) -> None:
    async with opened(tmp_path / "journal.db") as journal:
        await journal.write_snapshot()
        before = (tmp_path / "journal.db.snapshot").read_bytes()
        (tmp_path / "journal.db.snapshot.new").mkdir()
        with pytest.raises(JournalError, match="could not be copied to its snapshot"):
            await journal.write_snapshot()
        assert (tmp_path / "journal.db.snapshot").read_bytes() == before
        assert await journal.write(put("1")) == "1"


async def test_an_executor_that_others_have_filled_holds_up_no_copy(tmp_path: Path) -> None:
    """The steps of all alarms wait for it."""
    async with opened(tmp_path / "journal.db") as journal, asyncio.timeout(10):
        with crowded_executor():
            await journal.write_snapshot()
            await journal.begin_backup("token")
            await journal.end_backup()
    assert (tmp_path / "journal.db.snapshot").exists()


async def test_a_copy_that_nobody_waits_for_any_more_ends_before_the_journal_does(tmp_path: Path) -> None:
    """Else the folder of a removed journal comes back."""

    def copies() -> int:
        return sum(thread.name.startswith("blocking-call") for thread in threading.enumerate())

    async with opened(tmp_path / "journal.db") as journal:
        for number in range(20):
            await journal.write(put("x" * 500_000 + str(number)))
        copying = asyncio.ensure_future(journal.write_snapshot())
        async with asyncio.timeout(10):
            while not copies():  # noqa: ASYNC110 - no event tells of a thread
                await asyncio.sleep(0)
        copying.cancel()
    assert copies() == 0


UPGRADE = """
import asyncio, os, pathlib, signal, sqlite3, sys
from alert_engine.journal import opening
from alert_engine.journal.schema import MIGRATIONS
from alert_engine.journal.store import Journal

left = int(sys.argv[2])
migrate = opening._apply

def trace(statement):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def apply(connection, script, number):
    connection.set_trace_callback(trace)
    migrate(connection, script, number)

opening._apply = apply
NEXT = "ALTER TABLE intake ADD COLUMN one TEXT; CREATE TABLE two (id INTEGER); DROP TABLE rehearsal"
asyncio.run(Journal(pathlib.Path(sys.argv[1]), migrations=(*MIGRATIONS, NEXT)).open())
print("whole", flush=True)
os._exit(0)
"""


@pytest.mark.timeout(120)
async def test_an_upgrade_that_is_killed_is_all_or_nothing(tmp_path: Path) -> None:
    """At every statement of it; the old program goes on, or the new one has everything."""
    for statement in range(1, 61, 3):
        path = tmp_path / f"at-{statement}" / "journal.db"
        async with opened(path) as journal:
            await journal.write(put("1"))
        done = subprocess.run(  # noqa: ASYNC221 - nothing else waits here
            [sys.executable, "-c", UPGRADE, str(path), str(statement)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
        if done.returncode == 0:
            assert done.stdout == b"whole\n"
            assert statement > 5
            return
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert version_of(path) in {len(MIGRATIONS), len(MIGRATIONS) + 1}
        if version_of(path) == len(MIGRATIONS):
            journal = inline_journal(path)
            await journal.open()
            assert await journal.read(get("1"))
            await journal.close()
    raise AssertionError("it has more statements than that")
