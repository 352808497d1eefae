"""The journal on real files: what it promises, and what it says when it cannot."""

# ruff: noqa: ASYNC240 - a test may wait for its own small files

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.errors import InvalidRequestError, JournalError
from alert_engine.journal.schema import MIGRATIONS
from alert_engine.journal.store import Journal
from alert_engine.journal.tables.intake import IntakeRecord
from alert_engine.model import Channel, Verdict
from tests.engine.support import EPOCH, InlineExecutor, inline_journal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from alert_engine.journal.transaction import Transaction

ROOT = Path(__file__).parents[2]


def record(message_id: str) -> IntakeRecord:
    return IntakeRecord(
        kind="raise",
        source="plc",
        key="pump",
        message_id=message_id,
        source_time=None,
        received_at=EPOCH,
        verdict=Verdict.APPLIED,
    )


def put(message_id: str) -> Callable[[Transaction], str]:
    def operation(tx: Transaction) -> str:
        tx.intake.add(record(message_id))
        return message_id

    return operation


def put_many(tx: Transaction) -> None:
    for number in range(2000):
        tx.intake.add(record(str(number)))


def get(message_id: str) -> Callable[[Transaction], bool]:
    since = EPOCH.replace(year=2020)
    return lambda tx: tx.intake.find("raise", "plc", "pump", message_id, since) is not None


def connection_of(journal: Journal) -> sqlite3.Connection:
    assert journal._write_connection is not None
    return journal._write_connection


@asynccontextmanager
async def opened(path: Path, **options: Any) -> AsyncIterator[Journal]:
    journal = Journal(path, **options)
    await journal.open()
    try:
        yield journal
    finally:
        await journal.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gateway" / "journal.db"


async def test_what_was_written_is_there_after_a_restart(path: Path) -> None:
    async with opened(path) as journal:
        assert await journal.write(put("1")) == "1"
    async with opened(path) as journal:
        assert await journal.read(get("1"))
        assert not await journal.read(get("2"))


async def test_only_its_owner_reads_it(path: Path) -> None:
    async with opened(path) as journal:
        await journal.write(put("1"))
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert modes == dict.fromkeys(
            (
                *("journal.db", "journal.db-wal", "journal.db-shm", "journal.db.lock"),
                *("journal.db.generation", "journal.db.reserve"),
            ),
            0o600,
        )
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_nobody_can_put_a_folder_in_the_place_of_its_own(tmp_path: Path) -> None:
    """A folder above it that others may write to would give them the journal's name."""
    before = os.umask(0)
    try:
        async with opened(tmp_path / "state" / "gateway" / "journal.db"):
            pass
    finally:
        os.umask(before)
    for made in (tmp_path / "state", tmp_path / "state" / "gateway"):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700


async def test_it_syncs_every_commit(path: Path) -> None:
    async with opened(path) as journal:
        ((mode,), (sync,)) = (
            tuple(connection_of(journal).execute(f"PRAGMA {name}").fetchone())
            for name in ("journal_mode", "synchronous")
        )
        assert (mode, sync) == ("wal", 2)


class TestGroupCommit:
    async def test_what_gathers_is_committed_together_and_in_order(self, path: Path) -> None:
        async with opened(path) as journal:
            commits: list[str] = []
            trace = commits.append
            connection_of(journal).set_trace_callback(lambda sql: trace(sql) if sql == "COMMIT" else None)
            gate, busy = threading.Event(), threading.Event()

            def block(_tx: Transaction) -> None:
                busy.set()
                gate.wait(10)

            first = asyncio.create_task(journal.write(block))
            await asyncio.to_thread(busy.wait, 10)
            order: list[str] = []
            writes = [
                asyncio.create_task(journal.write(put(str(number)), on_commit=order.append))
                for number in range(100)
            ]
            await asyncio.sleep(0)
            assert await journal.read(get("0")) is False  # reading does not wait for the writer
            gate.set()
            await asyncio.gather(first, *writes)
            assert order == [str(number) for number in range(100)]
            assert len(commits) == 2

    async def test_one_that_fails_takes_nothing_with_it(self, path: Path) -> None:
        def fail(tx: Transaction) -> None:
            tx.intake.add(record("bad"))
            raise InvalidRequestError("no")

        def contradict(tx: Transaction) -> None:
            tx.alarms._connection.execute("INSERT INTO alarm (id) VALUES ('x')")

        async with opened(path) as journal:
            results = await asyncio.gather(
                journal.write(put("1")),
                journal.write(fail),
                journal.write(contradict),
                journal.write(put("2")),
                return_exceptions=True,
            )
            assert (results[0], results[3]) == ("1", "2")
            assert isinstance(results[1], InvalidRequestError)
            assert isinstance(results[2], JournalError)
            assert await journal.read(get("1"))
            assert not await journal.read(get("bad"))

    async def test_what_follows_a_commit_happens_although_the_caller_left(self, path: Path) -> None:
        async with opened(path) as journal:
            followed = asyncio.Event()
            task = asyncio.create_task(journal.write(put("1"), on_commit=lambda _: followed.set()))
            await asyncio.sleep(0)
            task.cancel()
            await followed.wait()
            assert await journal.read(get("1"))

    async def test_what_follows_may_fail_without_harm(
        self, path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(_result: str) -> None:
            raise ZeroDivisionError

        async with opened(path) as journal:
            assert await journal.write(put("1"), on_commit=fail) == "1"
        assert "the commit stands" in caplog.text


class TestTrouble:
    async def test_full(self, path: Path) -> None:
        async with opened(path) as journal:
            connection = connection_of(journal)
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")
            with pytest.raises(JournalError, match="disk is full"):
                await journal.write(put_many)
            connection.execute("PRAGMA max_page_count = 100000")
            assert await journal.write(put("1")) == "1"
            assert not await journal.read(get("0"))

    async def test_read_only(self, path: Path) -> None:
        async with opened(path) as journal:
            connection_of(journal).execute("PRAGMA query_only = ON")
            with pytest.raises(JournalError, match="read-only"):
                await journal.write(put("1"))
            connection_of(journal).execute("PRAGMA query_only = OFF")
            assert await journal.write(put("1")) == "1"

    async def test_locked_by_a_foreign_program(self, path: Path) -> None:
        async with opened(path) as journal:
            connection_of(journal).execute("PRAGMA busy_timeout = 0")
            stranger = sqlite3.connect(path, isolation_level=None)
            stranger.execute("BEGIN IMMEDIATE")
            with pytest.raises(JournalError, match="another program"):
                await journal.write(put("1"))
            stranger.execute("ROLLBACK")
            stranger.close()
            assert await journal.write(put("1")) == "1"

    async def test_everybody_in_a_failed_batch_is_told(self, path: Path) -> None:
        def break_disk(_tx: Transaction) -> None:
            raise sqlite3.OperationalError("disk I/O error")

        async with opened(path) as journal:
            results = await asyncio.gather(
                journal.write(put("1")),
                journal.write(break_disk),
                journal.write(put("2")),
                return_exceptions=True,
            )
            failed = [isinstance(result, JournalError) for result in results]
            there = [await journal.read(get(name)) for name in ("1", "2")]
            # Whether they shared its batch is chance; that nobody was told otherwise is not.
            assert failed[1]
            assert there == [not failed[0], not failed[2]]

    async def test_a_reader_cannot_write(self, path: Path) -> None:
        async with opened(path) as journal:
            with pytest.raises(JournalError, match=r"could not be read: .*read-only"):
                await journal.read(put("1"))

    async def test_a_reader_raises_what_its_operation_raised(self, path: Path) -> None:
        async with opened(path) as journal:
            with pytest.raises(ZeroDivisionError):
                await journal.read(lambda _: 1 / 0)

    async def test_not_open(self, path: Path) -> None:
        journal = inline_journal(path)
        with pytest.raises(JournalError, match="not open"):
            await journal.write(put("1"))
        with pytest.raises(JournalError, match="not open"):
            await journal.read(get("1"))

    async def test_closed(self, path: Path) -> None:
        async with opened(path) as journal:
            pass
        with pytest.raises(JournalError, match="closed"):
            await journal.write(put("1"))
        with pytest.raises(JournalError, match="closed"):
            await journal.read(get("1"))

    async def test_a_disk_that_takes_no_more(self, path: Path) -> None:
        """A real write error: the kernel refuses to let the file grow."""
        program = (
            "import asyncio, pathlib, resource, sys\n"
            "from tests.engine.test_journal import opened, put, get\n"
            "from alert_engine.errors import JournalError\n"
            "async def main():\n"
            "    async with opened(pathlib.Path(sys.argv[1])) as journal:\n"
            "        resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))\n"
            "        kept = []\n"
            "        try:\n"
            "            for number in range(10000):\n"
            "                kept.append(await journal.write(put(str(number))))\n"
            "        except JournalError as error:\n"
            "            print(error)\n"
            "        print(len(kept) > 0, all([await journal.read(get(name)) for name in kept]))\n"
            "asyncio.run(main())\n"
        )
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", program, str(path)],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        complaint, kept = done.stdout.splitlines()
        assert complaint.startswith("the journal could not be written: the disk ")
        assert kept == "True True"


class TestOpening:
    async def test_one_process_at_a_time(self, path: Path) -> None:
        async with opened(path):
            with pytest.raises(JournalError, match="used by another process"):
                await Journal(path).open()
        async with opened(path) as journal:
            assert await journal.write(put("1")) == "1"

    async def test_a_file_that_is_no_journal(self, path: Path) -> None:
        path.parent.mkdir()
        path.write_bytes(b"This is a letter, and not a journal at all. " * 100)
        before = path.read_bytes()
        with pytest.raises(JournalError, match="no journal"):
            await Journal(path).open()
        assert path.read_bytes() == before

    async def test_a_place_where_no_file_can_be(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(JournalError, match=r"could not be opened: .*check its directory"):
            await Journal(tmp_path / "file" / "journal.db").open()
        with pytest.raises(JournalError, match="could not be opened"):
            await Journal(tmp_path).open()

    async def test_a_file_that_vanishes_before_the_reader_opens_it(self, path: Path) -> None:
        class Vanishing(InlineExecutor):
            def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
                path.unlink()
                path.mkdir()
                return super().submit(fn, *args, **kwargs)

        with pytest.raises(JournalError, match="could not be opened: the file cannot be opened"):
            await Journal(path, writer=InlineExecutor(), reader=Vanishing()).open()
        path.rmdir()
        async with opened(path) as journal:  # nobody holds it
            assert await journal.write(put("1")) == "1"

    async def test_one_that_was_never_opened_can_be_closed(self, path: Path) -> None:
        await Journal(path).close()
        assert not path.exists()


def version_of(path: Path) -> int:
    connection = sqlite3.connect(path)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(version)


class TestMigrations:
    NEXT = "ALTER TABLE intake ADD COLUMN note TEXT NOT NULL DEFAULT ''; CREATE TABLE more (id INTEGER)"

    async def test_an_older_journal_is_brought_up_with_its_rows(self, path: Path) -> None:
        async with opened(path) as journal:
            await journal.write(put("1"))
        assert version_of(path) == len(MIGRATIONS)
        async with opened(path, migrations=(*MIGRATIONS, self.NEXT)) as journal:
            assert await journal.read(get("1"))
        assert version_of(path) == len(MIGRATIONS) + 1
        async with opened(path, migrations=(*MIGRATIONS, self.NEXT)) as journal:
            assert await journal.write(put("2")) == "2"

    async def test_who_had_said_stop_by_sms_has_said_it_for_the_phone(self, path: Path) -> None:
        by_channel = 11  # the migration
        async with opened(path, migrations=MIGRATIONS[: by_channel - 1]) as journal:
            connection_of(journal).execute(
                "INSERT INTO consent (address, since, word, language, person) "
                "VALUES ('+436641111111', '2026-03-01T14:07:00.000000+00:00', 'STOP', 'en', 'anna')"
            )
        async with opened(path) as journal:
            (opt_out,) = await journal.read(lambda tx: tx.consent.all())
        assert (opt_out.channels, opt_out.word, opt_out.person) == (
            {Channel.SMS, Channel.CALL, Channel.WHATSAPP},
            "STOP",
            "anna",
        )

    async def test_a_migration_that_fails_leaves_everything_as_it_was(self, path: Path) -> None:
        async with opened(path) as journal:
            await journal.write(put("1"))
        with pytest.raises(JournalError, match="could not be opened"):
            await Journal(path, migrations=(*MIGRATIONS, self.NEXT, f"{self.NEXT}; nonsense")).open()
        assert version_of(path) == len(MIGRATIONS) + 1
        connection = sqlite3.connect(path)
        columns = [row[1] for row in connection.execute("PRAGMA table_info(intake)")]
        connection.close()
        assert columns.count("note") == 1

    async def test_a_newer_journal_is_refused_and_kept(self, path: Path) -> None:
        async with opened(path, migrations=(*MIGRATIONS, self.NEXT)) as journal:
            await journal.write(put("1"))
        before = path.read_bytes()
        with pytest.raises(JournalError, match=r"newer release.*Nothing was changed"):
            await Journal(path).open()
        assert path.read_bytes() == before

    async def test_the_tables_are_those_of_the_code(self, path: Path) -> None:
        async with opened(path) as journal:
            rows = connection_of(journal).execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            names = {name for (name,) in rows if not name.startswith("sqlite_")}
        assert names == {
            *("intake", "alarm", "maintenance", "message", "attempt", "segment", "inbound", "report"),
            *("audit", "consent", "secret", "command_failure", "commands_off", "challenge", "answer"),
            *("heartbeat", "rehearsal", "loopback", "credit", "note"),
            *("held", "digest", "turn", "trouble", "overdue", "waiting_keyword", "route_opt_out"),
            *("alarm_note", "inbound_answer"),
        }


WRITER = """
import asyncio, os, pathlib, sys
from datetime import datetime, timezone
from alert_engine.journal.store import Journal
from alert_engine.model import Verdict
from alert_engine.journal.tables.intake import IntakeRecord

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)

async def promise(journal, lane):
    for number in range(100000):
        record = IntakeRecord(
            kind="raise", source="plc", key="pump", message_id=f"{lane}-{number}",
            source_time=None, received_at=NOW, verdict=Verdict.APPLIED,
        )
        await journal.write(lambda tx: tx.intake.add(record))
        os.write(1, f"{lane}-{number}\\n".encode())

async def main():
    journal = Journal(pathlib.Path(sys.argv[1]))
    await journal.open()
    await asyncio.gather(*(promise(journal, f"{sys.argv[2]}-{lane}") for lane in range(8)))

asyncio.run(main())
"""


RUNS = 8  # the laboratory kills a whole gateway thousands of times: scripts/lab --row 36 --full


@pytest.mark.timeout(120)
async def test_sigkill_loses_no_promise(path: Path) -> None:
    """The same journal, killed again and again at another moment: what was promised is there."""
    promised: list[str] = []
    for run in range(RUNS):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITER, str(path), str(run), stdout=subprocess.PIPE, cwd=ROOT
        )
        assert process.stdout is not None
        # It is killed after so many promises, in the middle of the next batch.
        promised += [(await process.stdout.readline()).decode().strip() for _ in range(1 + 7 * run)]
        process.kill()
        rest = await process.stdout.read()
        promised += [line.decode() for line in rest.split(b"\n")[:-1]]
        await process.wait()
    async with opened(path) as journal:
        missing = [name for name in promised if not await journal.read(get(name))]
        assert missing == []
        assert len(promised) > RUNS
        (verdict,) = connection_of(journal).execute("PRAGMA integrity_check").fetchone()
        assert verdict == "ok"
