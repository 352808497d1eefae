"""A start that does not wait for years of history, and the look over all of it that follows."""

from __future__ import annotations

import random
import re
import sqlite3
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import pytest

from alert_engine.errors import JournalError
from alert_engine.journal.opening import GROWING, connect, migrate, unreadable
from alert_engine.journal.schema import MIGRATIONS
from alert_engine.journal.soundness import look_over
from tests.engine.support import inline_journal, telling
from tests.engine.test_journal_damage import (
    PAGE,
    aside,
    fill,
    journal_in,
    overwrite,
    page_of,
    raise_of,
    restart,
    roots_of,
    second_ids,
)
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from alert_engine.journal.store import Journal
    from alert_engine.journal.transaction import Transaction

HOUR, DAY = 3600.0, 86_400.0
RUBBISH = b"\xa5" * PAGE


@asynccontextmanager
async def large(directory: Path) -> AsyncIterator[Journal]:
    """The journal, which its start holds for a large one."""
    journal = inline_journal(journal_in(directory), whole_at_start=0)
    await journal.open()
    try:
        yield journal
    finally:
        await journal.close()


def note(transaction: Transaction) -> None:
    """Anything that has to be written."""
    transaction.notes.put("word", ["said"])


def damage_history(directory: Path) -> None:
    """All that sources handed in, and the indexes of it."""
    path = journal_in(directory)
    for root in roots_of(path, "intake"):
        overwrite(path, (root - 1) * PAGE, RUBBISH)


class TestStart:
    @story
    async def test_a_small_one_is_read_whole(self, tmp_path: Path) -> None:
        await fill(tmp_path)
        journal = inline_journal(journal_in(tmp_path))
        await journal.open()
        assert journal.is_looked_over
        await journal.close()

    @story
    async def test_the_history_of_a_large_one_is_not_read(self, tmp_path: Path) -> None:
        await fill(tmp_path)
        damage_history(tmp_path)
        async with large(tmp_path) as journal:
            assert not journal.is_looked_over
            assert aside(tmp_path) == []
            await journal.write(note)

    @story
    async def test_what_is_open_is_read_all_the_same(self, tmp_path: Path) -> None:
        await fill(tmp_path)
        path = journal_in(tmp_path)
        overwrite(path, page_of(path, "alarm"), RUBBISH)
        async with large(tmp_path):
            assert len(aside(tmp_path)) == 1

    @story
    async def test_a_letter_that_changed_in_a_message_that_waits(self, tmp_path: Path) -> None:
        await fill(tmp_path)
        path = journal_in(tmp_path)
        content = path.read_bytes()
        overwrite(path, content.index(b"queued", page_of(path, "message")), b"quXued")
        async with large(tmp_path):
            assert len(aside(tmp_path)) == 1

    @pytest.mark.parametrize("table", ["note", "held", "overdue", "heartbeat", "turn"])
    @story
    async def test_a_table_that_does_not_grow_is_read_whole(self, tmp_path: Path, table: str) -> None:
        await fill(tmp_path)
        path = journal_in(tmp_path)
        for root in roots_of(path, table):
            overwrite(path, (root - 1) * PAGE, RUBBISH)
        async with large(tmp_path):
            assert len(aside(tmp_path)) == 1

    @pytest.mark.parametrize("octets", [b"", b"\0" * 100_000, random.Random(1).randbytes(100_000)])
    @story
    async def test_rubbish(self, tmp_path: Path, octets: bytes) -> None:
        await fill(tmp_path)
        journal_in(tmp_path).write_bytes(octets)
        async with large(tmp_path) as journal:
            await journal.write(note)
        assert len(aside(tmp_path)) == bool(octets)


def test_what_is_open_is_found_by_indexes() -> None:
    """However many are over, no row of them is read."""
    questions: list[str] = []
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as rows:
        rows.row_factory = sqlite3.Row
        migrate(rows, MIGRATIONS)
        rows.set_trace_callback(questions.append)
        assert list(unreadable(rows, whole=False)) == []
        rows.set_trace_callback(None)
        plans = [plan["detail"] for each in questions for plan in rows.execute(f"EXPLAIN QUERY PLAN {each}")]
    read_whole = [
        plan
        for plan in plans
        if re.match(r"SCAN (?!\w+ USING (COVERING )?INDEX (alarm_open|message_proof))", plan)
    ]
    assert read_whole == []


def test_the_tables_that_grow_are_there() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as rows:
        migrate(rows, MIGRATIONS)
        tables = {name for (name,) in rows.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert tables > GROWING


class TestLook:
    @story
    async def test_nothing_is_wrong(self, tmp_path: Path) -> None:
        await fill(tmp_path)
        async with large(tmp_path) as journal:
            await journal.look_over()
            assert journal.damage == ""

    @story
    async def test_what_it_finds_is_saved_by_the_next_start(self, tmp_path: Path) -> None:
        await fill(tmp_path)
        damage_history(tmp_path)
        async with large(tmp_path) as journal:
            await journal.look_over()
            assert "start the gateway again" in journal.damage
            await journal.write(note)  # what is not damaged goes on
        async with large(tmp_path) as journal:
            assert journal.is_looked_over
            assert journal.damage == ""
            await journal.look_over()
            assert journal.damage == ""
        assert len(aside(tmp_path)) == 1
        async with large(tmp_path) as journal:
            assert not journal.is_looked_over  # that was needed once

    @story
    async def test_a_damaged_one_takes_nobody_the_last_copy(self, tmp_path: Path) -> None:
        await fill(tmp_path)
        damage_history(tmp_path)
        snapshot = tmp_path / "journal.db.snapshot"
        before = snapshot.read_bytes()
        async with large(tmp_path) as journal:
            await journal.look_over()
            with pytest.raises(JournalError, match="damaged"):
                await journal.write_snapshot()
        assert snapshot.read_bytes() == before

    @story
    async def test_damage_that_an_operation_meets_counts_too(self, tmp_path: Path) -> None:
        for act in ("read", "write"):
            here = tmp_path / act
            await fill(here)
            damage_history(here)
            async with large(here) as journal:
                with pytest.raises(JournalError, match="damaged"):
                    await getattr(journal, act)(lambda tx: tx.intake.find("a", "b", "c", "d", None))
                assert journal.damage
            async with large(here):
                assert len(aside(here)) == 1

    @story
    async def test_one_that_nobody_wants_any_more_says_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "many.db"
        with closing(connect(path)) as rows:
            rows.execute("CREATE TABLE many (number INTEGER PRIMARY KEY, text TEXT NOT NULL)")
            rows.execute(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
                "INSERT INTO many SELECT i, hex(randomblob(20)) FROM n"
            )
        asked: list[bool] = []

        def is_unwanted() -> bool:
            asked.append(len(asked) >= 2)
            return asked[-1]

        assert look_over(path, is_unwanted) is None
        assert asked[:3] == [False, False, True]
        assert look_over(path, lambda: False)

    @story
    async def test_a_journal_that_is_closed_meanwhile(self, tmp_path: Path) -> None:
        await fill(tmp_path)
        journal = inline_journal(journal_in(tmp_path), whole_at_start=0)
        await journal.open()
        look = journal.look_over()
        await journal.close()
        with pytest.raises(JournalError, match="closed"):
            await look

    async def test_one_that_is_gone(self, tmp_path: Path) -> None:
        with pytest.raises(JournalError, match="could not be looked over"):
            look_over(tmp_path / "none" / "journal.db", lambda: False)


async def a_few(directory: Path) -> None:
    """What came in long ago, and nothing that is open: so that days pass quickly."""
    async with telling(directory) as told:
        for number in range(20):
            await told.engine.raise_alarm(raise_of(number))
        for alarm in await told.engine.open_alarms():
            await told.engine.close_alarm(alarm.id, by="anna")


class TestTold:
    @story
    async def test_damage_while_it_runs_is_told_and_saved_by_the_next_start(self, tmp_path: Path) -> None:
        await a_few(tmp_path)
        snapshot = tmp_path / "journal.db.snapshot"
        async with telling(tmp_path, ids=second_ids()) as told:
            await told.until(2 * HOUR)
            before = snapshot.read_bytes()
            damage_history(tmp_path)
            await told.until(26 * HOUR)
            (about,) = await told.engine.open_alarms()
            assert (about.key, about.title, about.count) == ("journal/damaged", "the journal is damaged", 1)
            assert "start the gateway again" in about.text
        assert snapshot.read_bytes() == before
        (said,) = (await restart(tmp_path))[1]
        assert said.startswith("the journal was damaged: ")
        assert len(aside(tmp_path)) == 1

    @story
    async def test_a_sound_one_raises_nothing(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await told.until(2 * DAY)
            assert await told.engine.open_alarms() == ()
