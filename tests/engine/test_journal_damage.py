"""Journals that are damaged: put aside, and what can be read is taken over. Real files, real octets."""

from __future__ import annotations

import errno
import random
import sqlite3
import stat
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.errors import JournalError
from alert_engine.journal.reading_damaged import read_table
from alert_engine.journal.salvage import SALVAGED
from alert_engine.journal.store import Journal
from alert_engine.model import AlarmRaise, AlarmState, MessageState, Severity
from tests.engine.support import FAILED, CountedIds, inline_journal, telling
from tests.virtual_time import START, story

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = 4096
ALARMS = 60


def raise_of(number: int) -> AlarmRaise:
    # Of different length, so that rows lie on several pages.
    return AlarmRaise(
        source="plc",
        key=f"k{number}",
        title=f"Tank {number}.",
        severity=Severity.NORMAL,
        text="water " * (number % 40),
    )


def second_ids() -> CountedIds:
    ids = CountedIds(seed=2)
    ids.prefix = "second"
    return ids


async def fill(directory: Path) -> None:
    """Alarms whose messages wait."""
    async with telling(directory) as told:
        await told.route.become(FAILED)
        for number in range(ALARMS):
            await told.engine.raise_alarm(raise_of(number))
        await told.engine._ledger.write_snapshot()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    story(lambda: fill(tmp_path / "gateway"))()
    return tmp_path / "gateway"


def journal_in(directory: Path) -> Path:
    return directory / "journal.db"


def aside(directory: Path) -> list[Path]:
    return [
        each for each in directory.glob("journal.db.damaged-*") if not each.name.endswith(("-wal", "-shm"))
    ]


def overwrite(path: Path, offset: int, octets: bytes) -> bytes:
    content = bytearray(path.read_bytes())
    content[offset : offset + len(octets)] = octets
    path.write_bytes(content)
    return bytes(content)


def page_of(path: Path, table: str) -> int:
    """Where a leaf page of the table begins."""
    with closing(sqlite3.connect(path)) as rows:
        (root,) = rows.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    page = path.read_bytes()[(root - 1) * PAGE : root * PAGE]
    if page[0] == 0x05:  # an interior page; its first child (SQLite file format, 1.6)
        first_cell = int.from_bytes(page[12:14], "big")
        root = int.from_bytes(page[first_cell : first_cell + 4], "big")
    return (root - 1) * PAGE


def roots_of(path: Path, *tables: str) -> list[int]:
    """The first pages of the tables and of their indexes."""
    with closing(sqlite3.connect(path)) as rows:
        found = rows.execute("SELECT tbl_name, rootpage FROM sqlite_master WHERE rootpage > 0")
        return [root for table, root in found if table in tables]


def is_sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as rows:
        return not rows.execute("PRAGMA foreign_key_check").fetchall()


async def restart(directory: Path, check: Callable[[Any], Any] = lambda _: None) -> tuple[int, list[str]]:
    """Start again; how many alarms are open, and what is said of the journal."""
    async with telling(directory, ids=second_ids()) as told:
        await told.until(5)
        alarms = await told.engine.open_alarms()
        check(told)
        ours = [alarm for alarm in alarms if alarm.source == "plc"]
        return len(ours), [alarm.title for alarm in alarms if alarm.key == "journal/damaged"]


@story
async def test_a_page_of_alarms_is_gone(tmp_path: Path) -> None:
    await fill(tmp_path)
    path = journal_in(tmp_path)
    damaged = overwrite(path, page_of(path, "alarm"), b"\xa5" * PAGE)

    open_alarms, said = await restart(tmp_path)

    assert open_alarms == ALARMS  # what the page held is in the snapshot
    (title,) = said
    assert title == "the journal was damaged: 120 of 120 saved"
    assert is_sound(path)
    (kept,) = aside(tmp_path)
    assert kept.read_bytes() == damaged
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@story
async def test_without_a_snapshot_the_rest_is_saved(tmp_path: Path) -> None:
    await fill(tmp_path)
    path = journal_in(tmp_path)
    (tmp_path / "journal.db.snapshot").unlink()
    overwrite(path, page_of(path, "alarm"), b"\xa5" * PAGE)

    open_alarms, said = await restart(tmp_path)

    assert 0 < open_alarms < ALARMS
    assert is_sound(path)
    assert said == [f"the journal was damaged: {ALARMS + open_alarms} of {2 * ALARMS} saved"]


@story
async def test_messages_of_the_snapshot_are_not_sent_again(tmp_path: Path) -> None:
    await fill(tmp_path)
    path = journal_in(tmp_path)
    overwrite(path, page_of(path, "message"), b"\xa5" * PAGE)

    async with telling(tmp_path, ids=second_ids()) as told:
        messages = await told.engine.messages(limit=1000)
        expired = [each for each in messages if each.state is MessageState.EXPIRED]
        waiting = [each for each in messages if each.alarm_id and each.state is not MessageState.EXPIRED]
    assert expired
    assert waiting
    assert {each.reason for each in expired} == {"the journal was damaged"}


@story
async def test_everything_is_rubbish(tmp_path: Path) -> None:
    await fill(tmp_path)
    path = journal_in(tmp_path)
    path.write_bytes(random.Random(1).randbytes(path.stat().st_size))

    open_alarms, said = await restart(tmp_path)

    assert open_alarms == ALARMS  # of the snapshot
    assert len(said) == 1


@story
async def test_rubbish_and_no_snapshot(tmp_path: Path) -> None:
    await fill(tmp_path)
    (tmp_path / "journal.db.snapshot").unlink()
    journal_in(tmp_path).write_bytes(b"\x00" * 100_000)

    assert await restart(tmp_path) == (0, ["the journal was damaged: nothing could be read"])


@story
async def test_rubbish_that_the_snapshot_replaces_says_that_more_may_be_lost(tmp_path: Path) -> None:
    await fill(tmp_path)
    journal_in(tmp_path).write_bytes(b"\x00" * 100_000)
    title = "the journal was damaged: 120 saved, and nobody knows of how many"
    assert await restart(tmp_path) == (ALARMS, [title])


@story
async def test_the_roots_of_the_tables_of_alarms_and_messages_are_gone(tmp_path: Path) -> None:
    await fill(tmp_path)
    (tmp_path / "journal.db.snapshot").unlink()
    path = journal_in(tmp_path)
    for root in roots_of(path, "alarm", "message"):
        overwrite(path, (root - 1) * PAGE, b"\xa5" * PAGE)
    assert await restart(tmp_path) == (0, ["the journal was damaged: nothing could be read"])


@story
async def test_the_roots_of_the_table_of_alarms_alone_are_gone(tmp_path: Path) -> None:
    await fill(tmp_path)
    (tmp_path / "journal.db.snapshot").unlink()
    path = journal_in(tmp_path)
    for root in roots_of(path, "alarm"):
        overwrite(path, (root - 1) * PAGE, b"\xa5" * PAGE)
    (title,) = (await restart(tmp_path))[1]
    assert title.endswith("saved, and nobody knows of how many")


@story
async def test_a_damaged_empty_journal_lost_nothing(tmp_path: Path) -> None:
    async with telling(tmp_path):
        pass
    path = journal_in(tmp_path)
    for root in roots_of(path, "audit"):
        overwrite(path, (root - 1) * PAGE, b"\xa5" * PAGE)
    assert await restart(tmp_path) == (0, ["the journal was damaged: 0 of 0 saved"])


@story
async def test_the_log_of_a_start_says_that_the_journal_was_damaged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(tmp_path)
    await restart(tmp_path)
    assert not [record for record in caplog.records if "damaged" in record.message]
    overwrite(journal_in(tmp_path), 0, b"\x00" * PAGE)
    await restart(tmp_path)
    (warning,) = [record for record in caplog.records if "damaged" in record.message]
    assert warning.levelname == "WARNING"
    assert aside(tmp_path)[0].name in warning.message
    caplog.clear()
    await restart(tmp_path)
    assert not [record for record in caplog.records if "damaged" in record.message]


@story
async def test_a_number_in_the_header_that_nobody_writes(tmp_path: Path) -> None:
    await fill(tmp_path)
    overwrite(journal_in(tmp_path), 44, b"\0\0\0\x99")  # the schema format (SQLite file format, 1.3)
    open_alarms, said = await restart(tmp_path)
    assert open_alarms == ALARMS
    assert len(said) == 1


@story
async def test_a_file_that_was_cut(tmp_path: Path) -> None:
    await fill(tmp_path)
    path = journal_in(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2 // PAGE * PAGE])

    open_alarms, said = await restart(tmp_path)

    assert open_alarms == ALARMS
    assert len(said) == 1


@story
async def test_a_letter_that_changed_in_a_value(tmp_path: Path) -> None:
    """SQLite cannot know; the engine would stumble over it at each start."""
    await fill(tmp_path)
    path = journal_in(tmp_path)
    content = path.read_bytes()
    at = content.index(b"normalraised")
    overwrite(path, at + 6, b"rXised")

    open_alarms, said = await restart(tmp_path)

    assert open_alarms == ALARMS
    assert said == ["the journal was damaged: 120 of 120 saved"]


@story
async def test_octets_in_a_value_that_are_no_text(tmp_path: Path) -> None:
    await fill(tmp_path)
    path = journal_in(tmp_path)
    overwrite(path, path.read_bytes().index(b'"name": "normal"') + 9, b"\xff\xfe")
    assert await restart(tmp_path) == (ALARMS, ["the journal was damaged: 120 of 120 saved"])


class TestWriteAheadLog:
    async def test_its_end_is_missing(self, tmp_path: Path) -> None:
        """As after a power cut: whole commits are kept, and it is no damage."""
        source = await self.left_open(tmp_path)
        content = source.read_bytes()
        source.write_bytes(content[: len(content) * 2 // 3])
        assert 0 < await self.count(tmp_path) < 50
        assert aside(tmp_path) == []

    async def test_its_middle_is_rubbish(self, tmp_path: Path) -> None:
        source = await self.left_open(tmp_path)
        overwrite(source, source.stat().st_size // 2, b"\xa5" * 100)
        assert 0 < await self.count(tmp_path) < 50

    async def left_open(self, directory: Path) -> Path:
        """A journal whose process was killed: its log holds everything."""
        living = directory / "living"
        journal = inline_journal(living / "journal.db")
        await journal.open()
        for number in range(50):
            await journal.write(lambda tx, number=number: tx.notes.put(f"n{number}", ["x" * 2000]))
        for suffix in ("", "-wal", ".lock"):
            name = f"journal.db{suffix}"
            (directory / name).write_bytes((living / name).read_bytes())
        await journal.close()
        return directory / "journal.db-wal"

    async def count(self, directory: Path) -> int:
        journal = inline_journal(directory / "journal.db")
        await journal.open()
        found = [await journal.read(lambda tx, n=n: tx.notes.get(f"n{n}")) for n in range(50)]
        await journal.close()
        return sum(bool(each) for each in found)


@story
async def test_interrupted_at_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends while it saves; the next start goes on, and nothing is lost by it."""
    await fill(tmp_path / "whole")
    path = journal_in(tmp_path / "whole")
    damaged = overwrite(path, page_of(path, "alarm"), b"\xa5" * PAGE)
    for step in range(20):
        here = tmp_path / f"at-{step}"
        here.mkdir()
        for file in (tmp_path / "whole").iterdir():
            (here / file.name).write_bytes(file.read_bytes())
        with monkeypatch.context() as patch:
            done = _stop_at(patch, step)
            journal = inline_journal(journal_in(here))
            with suppress(JournalError):
                await journal.open()
            await journal.close()
        assert (await restart(here))[0] == ALARMS, step
        (kept,) = aside(here)
        assert kept.read_bytes() == damaged
        if done[0] < step:
            return
    raise AssertionError("it has more steps than that")


def _stop_at(patch: pytest.MonkeyPatch, step: int) -> list[int]:
    """Let the so-many-th change of a file's name be the last thing that happens."""
    done = [0]
    for name in ("rename", "replace", "unlink"):
        real = getattr(Path, name)

        def act(*given: Any, real: Any = real, **named: Any) -> Any:
            if done[0] == step:
                raise OSError(errno.EIO, "stopped here")
            done[0] += 1
            return real(*given, **named)

        patch.setattr(Path, name, act)
    return done


@pytest.mark.timeout(300)
def test_wherever_octets_change_the_gateway_starts(tmp_path: Path) -> None:
    """Never worse than this: it starts, says so if it noticed, and what it says of alarms can be read."""
    story(lambda: fill(tmp_path / "whole"))()
    noticed = 0
    for seed in range(40):
        draw = random.Random(seed)
        here = tmp_path / f"seed-{seed}"
        here.mkdir()
        for file in (tmp_path / "whole").iterdir():
            (here / file.name).write_bytes(file.read_bytes())
        path = journal_in(here)
        for _ in range(draw.choice((1, 5, 50))):
            overwrite(path, draw.randrange(path.stat().st_size), draw.randbytes(draw.choice((1, 16, 600))))

        found: list[tuple[int, list[str]]] = []

        @story
        async def again(here: Path = here, found: list[tuple[int, list[str]]] = found) -> None:
            found.append(await restart(here))

        again()
        noticed += bool(found[0][1])
        assert found[0][0] > 0, seed
    assert noticed > 10


@story
async def test_a_newer_one_is_refused_even_if_it_is_damaged(tmp_path: Path) -> None:
    await fill(tmp_path)
    path = journal_in(tmp_path)
    with closing(sqlite3.connect(path)) as rows:
        rows.execute("PRAGMA user_version = 99")
    overwrite(path, page_of(path, "alarm"), b"\xa5" * PAGE)
    before = path.read_bytes()
    with pytest.raises(JournalError, match="newer release"):
        await Journal(path).open()
    assert path.read_bytes() == before
    assert aside(tmp_path) == []


@story
async def test_an_older_one_is_saved_too(tmp_path: Path) -> None:
    """Columns that it lacks have their defaults."""
    await fill(tmp_path)
    path = journal_in(tmp_path)
    with closing(sqlite3.connect(path)) as rows:
        rows.execute("DROP INDEX message_proof")
        rows.execute("ALTER TABLE message DROP COLUMN proof_look_at")
        rows.execute("PRAGMA user_version = 7")
        rows.commit()
    overwrite(path, page_of(path, "intake"), b"\xa5" * PAGE)
    assert (await restart(tmp_path))[0] == ALARMS


@story
async def test_only_its_owner_reads_any_of_the_files(tmp_path: Path) -> None:
    for number in range(2):
        await fill(tmp_path / "gateway") if number == 0 else await restart(tmp_path / "gateway")
        path = journal_in(tmp_path / "gateway")
        overwrite(path, page_of(path, "message"), b"\xa5" * PAGE)
    await restart(tmp_path / "gateway")
    files = {each.name: stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "gateway").iterdir()}
    assert len(aside(tmp_path / "gateway")) == 2
    assert {"journal.db", "journal.db.snapshot", "journal.db.generation"} <= set(files)
    assert set(files.values()) == {0o600}


@story
async def test_it_is_told_once(tmp_path: Path) -> None:
    await fill(tmp_path)
    path = journal_in(tmp_path)
    overwrite(path, page_of(path, "alarm"), b"\xa5" * PAGE)
    await restart(tmp_path)
    third = CountedIds(seed=3)
    third.prefix = "third"
    async with telling(tmp_path, ids=third) as told:
        (about,) = [each for each in await told.engine.open_alarms() if each.key == "journal/damaged"]
        assert (about.count, about.state) == (1, AlarmState.RAISED)
        assert await told.engine.notes.read(SALVAGED) == ()
        assert told.clock.monotonic() >= START


def test_a_page_that_leads_back_is_not_read_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "loop.db"
    with closing(sqlite3.connect(path)) as rows, rows:
        rows.execute("CREATE TABLE note (number INTEGER PRIMARY KEY, text TEXT)")
        rows.executemany("INSERT INTO note VALUES (?, ?)", ((number, "x" * 100) for number in range(300)))
        (root,) = rows.execute("SELECT rootpage FROM sqlite_master WHERE name = 'note'").fetchone()
    interior = (root - 1) * PAGE
    page = path.read_bytes()[interior : interior + PAGE]
    assert page[0] == 0x05  # a table's interior page; where its right-most child is named, and its first cell
    first_cell = int.from_bytes(page[12:14], "big")
    overwrite(path, interior + 8, page[first_cell : first_cell + 4])
    with closing(sqlite3.connect(path)) as old:
        old.row_factory = sqlite3.Row
        reading = read_table(old, "note")
    assert reading.has_gaps
    assert 200 < len(reading.rows) == len(reading.rowids) < 300
