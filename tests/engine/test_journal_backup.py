"""Somebody else's backup copies the journal's folder while the gateway runs, and it is put back later."""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from alert_engine.errors import JournalError
from alert_engine.model import AlarmRaise, MessageState, SendRequest, Severity
from tests.engine.support import FAILED, OK, CountedIds, FakeRoute, Story, StoryClock, make_engine, telling
from tests.engine.test_journal import opened, put
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from alert_engine.journal.store import Journal

JOURNAL = "journal.db"
LEFT_OUT = "__pycache__"  # as Home Assistant and its Supervisor do, in every folder


def copy(source: Path, target: Path, names: Iterable[str] | None = None) -> None:
    """What a backup takes of a folder, or the files of these names."""
    target.mkdir(exist_ok=True)
    for file in sorted(source.iterdir()) if names is None else [source / name for name in names]:
        if file.is_file():
            (target / file.name).write_bytes(file.read_bytes())
        elif file.name != LEFT_OUT:
            copy(file, target / file.name)


def marks_in(folder: Path) -> int:
    """How many commits of a test a copy holds; it is whole."""
    with closing(sqlite3.connect(folder / JOURNAL)) as rows:
        assert rows.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (count,) = rows.execute("SELECT count(*) FROM note WHERE name LIKE 'mark-%'").fetchone()
    return int(count)


async def mark(journal: Journal, numbers: Iterable[int]) -> None:
    """One commit for each."""
    for number in numbers:
        await journal.write(lambda tx, name=f"mark-{number}": tx.notes.put(name, ["x"]))


@pytest.mark.parametrize("order", [(JOURNAL, f"{JOURNAL}-wal"), (f"{JOURNAL}-wal", JOURNAL)])
async def test_a_copy_is_whole_whichever_file_comes_first(tmp_path: Path, order: tuple[str, str]) -> None:
    source, target = tmp_path / "live", tmp_path / "copy"
    async with opened(source / JOURNAL) as journal:
        await mark(journal, range(150))
        await journal.begin_backup("token")
        copy(source, target, order[:1])
        await mark(journal, range(150, 400))  # the file would be moved twice, were it not held
        copy(source, target, order[1:])
        await journal.end_backup()
    assert 150 <= marks_in(target) <= 400


async def test_what_gathers_is_brought_into_the_file_afterwards(tmp_path: Path) -> None:
    log = tmp_path / f"{JOURNAL}-wal"
    async with opened(tmp_path / JOURNAL) as journal:
        await journal.begin_backup("token")
        held = (tmp_path / JOURNAL).read_bytes()
        await mark(journal, range(250))
        assert (tmp_path / JOURNAL).read_bytes() == held
        gathered = log.stat().st_size
        await journal.end_backup()
        await mark(journal, range(250))
        assert (tmp_path / JOURNAL).read_bytes() != held
        assert log.stat().st_size < 1.5 * gathered, "it begins anew instead of growing on"
    assert not list(tmp_path.rglob("*here*"))  # noqa: ASYNC240 - a test has time
    assert not (tmp_path / LEFT_OUT).exists()


async def test_it_does_not_gather_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alert_engine.journal.committing._MOST_HELD", 50)
    async with opened(tmp_path / JOURNAL) as journal:
        await journal.begin_backup("token")
        held = (tmp_path / JOURNAL).read_bytes()
        await mark(journal, range(150))
        assert (tmp_path / JOURNAL).read_bytes() != held


async def test_a_disk_that_takes_no_mark_refuses(tmp_path: Path) -> None:
    async with opened(tmp_path / JOURNAL) as journal:
        (tmp_path / LEFT_OUT / f"{JOURNAL}.here").mkdir(parents=True)
        with pytest.raises(JournalError, match="could not be marked for a backup"):
            await journal.begin_backup("token")
        assert await journal.write(put("1")) == "1"


async def test_a_journal_that_is_not_open_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path / JOURNAL) as journal:
        await journal.begin_backup("token")
    with pytest.raises(JournalError):
        await journal.end_backup()


# --- put back ---


def raise_of(key: str) -> AlarmRaise:
    return AlarmRaise(source="plc", key=key, severity=Severity.CRITICAL, title=f"{key} stands.")


def later_ids() -> CountedIds:
    ids = CountedIds(seed=2)
    ids.prefix = "life2"
    return ids


@asynccontextmanager
async def backed_up(live: Path) -> AsyncIterator[tuple[Story, Journal]]:
    """A gateway during a backup: one alarm was told, a text waits for its route."""
    clock, route = StoryClock(), FakeRoute()
    engine = make_engine(live, clock=clock)
    told = Story(engine=engine, route=route, clock=clock)
    await engine.start()
    await engine.add_route(route)
    await engine.raise_alarm(raise_of("pump"))
    await told.until(10)
    await route.become(FAILED)
    await engine.send(SendRequest(to=("anna",), text="lunch is ready"))
    await engine._journal.begin_backup("token")
    try:
        yield told, engine._journal
    finally:
        await engine.stop()


@story
async def test_a_copy_that_comes_back_within_the_hour_tells_nothing_again(tmp_path: Path) -> None:
    live, kept = tmp_path / "live", tmp_path / "kept"
    async with backed_up(live) as (told, journal):
        copy(live, kept)
        await journal.end_backup()
        await told.route.become(OK)
        await told.until(60)
        assert [text for _, text in told.route.texts].count("lunch is ready") == 1

    async with telling(kept, ids=later_ids(), offset=timedelta(minutes=30)) as again:
        await again.until(1800)
        (text,) = [text for _, text in again.route.texts]
        assert "restored, 1 open" in text
        messages = await again.engine.messages(limit=100)
        assert {each.state for each in messages if each.text == "lunch is ready"} == {MessageState.EXPIRED}


@story
async def test_a_gateway_that_died_during_a_backup_sends_what_waited(tmp_path: Path) -> None:
    async with backed_up(tmp_path):
        pass
    async with telling(tmp_path, ids=later_ids(), offset=timedelta(minutes=30)) as again:
        await again.until(60)
        texts = [text for _, text in again.route.texts]
        assert texts.count("lunch is ready") == 1
        assert not [text for text in texts if "restored" in text]


@story
async def test_a_copy_beside_the_mark_of_another_backup_is_a_copy_all_the_same(tmp_path: Path) -> None:
    live, kept = tmp_path / "live", tmp_path / "kept"
    async with backed_up(live) as (_, journal):
        copy(live, kept)
        await journal.end_backup()
        await journal.begin_backup("another token")
        (kept / LEFT_OUT).mkdir()
        copy(live / LEFT_OUT, kept / LEFT_OUT, [f"{JOURNAL}.here"])
    async with telling(kept, ids=later_ids(), offset=timedelta(minutes=30)) as again:
        await again.until(1800)
        assert "lunch is ready" not in [text for _, text in again.route.texts]
