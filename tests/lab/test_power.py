"""The record of writes: what a disk may hold after the power was cut, and what it must."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from lab.parts.drive import a_drive, why_no_drive
from lab.parts.power import SECTOR, Call, Luck, Platter, files_of, put, recorded, recording

if TYPE_CHECKING:
    from pathlib import Path

JOURNAL = "/place/journal.db"
CHANCE = random.Random(1)

PROGRAM = """
import os, signal, sqlite3, sys
rows = sqlite3.connect(sys.argv[1], isolation_level=None)
rows.execute("PRAGMA journal_mode = WAL")
rows.execute("PRAGMA synchronous = " + sys.argv[2])
rows.execute("CREATE TABLE t (a)")
for number in range(5):
    rows.execute("INSERT INTO t VALUES (?)", (number,))
os.kill(os.getpid(), signal.SIGKILL)
"""


def write(octets: bytes, offset: int = 0, path: str = JOURNAL) -> Call:
    return Call(at=0.0, name="pwrite64", path=path, octets=octets, number=offset)


def sync(path: str = JOURNAL, *, has_failed: bool = False) -> Call:
    return Call(at=0.0, name="fdatasync", path=path, has_failed=has_failed)


def after(*calls: Call, luck: Luck = Luck.NOTHING) -> dict[str, bytes]:
    platter = Platter()
    for call in calls:
        platter.apply(call)
    return platter.after_cut(luck, CHANCE)


def test_what_was_not_synced_is_gone_or_there() -> None:
    calls = (write(b"old"), sync(), sync("/place"), write(b"new"))
    assert after(*calls) == {"journal.db": b"old"}
    assert after(*calls, luck=Luck.EVERYTHING) == {"journal.db": b"new"}
    assert after(*calls, sync()) == {"journal.db": b"new"}


def test_or_there_in_part() -> None:
    calls = (write(b"a" * 4 * SECTOR), sync(), sync("/place"), write(b"b" * 4 * SECTOR))
    found = {after(*calls, luck=Luck.SOME)["journal.db"] for _ in range(50)}
    assert len(found) > 5
    assert all(len(set(each[i : i + SECTOR])) == 1 for each in found for i in range(0, len(each), SECTOR))


def test_a_name_needs_the_sync_of_its_folder() -> None:
    made = (write(b"x"), sync())
    assert after(*made) == {}
    assert after(*made, sync("/place")) == {"journal.db": b"x"}
    renamed = Call(at=0.0, name="rename", path=JOURNAL, target="/place/journal.db.old")
    assert after(*made, sync("/place"), renamed) == {"journal.db": b"x"}
    assert after(*made, sync("/place"), renamed, sync("/place")) == {"journal.db.old": b"x"}
    removed = Call(at=0.0, name="unlink", path=JOURNAL)
    assert after(*made, sync("/place"), removed) == {"journal.db": b"x"}
    assert after(*made, sync("/place"), removed, luck=Luck.EVERYTHING) == {}


def test_what_a_failed_sync_had_in_hand_never_comes_back() -> None:
    calls = (write(b"old"), sync(), sync("/place"), write(b"new"), sync(has_failed=True), sync())
    assert after(*calls) == {"journal.db": b"old"}


def test_a_file_that_is_cut_or_goes_on_where_it_ended() -> None:
    cut = Call(at=0.0, name="ftruncate", path=JOURNAL, number=2)
    further = Call(at=0.0, name="write", path=JOURNAL, octets=b"yz", number=-1)
    assert after(write(b"abcd"), cut, luck=Luck.EVERYTHING) == {"journal.db": b"ab"}
    assert after(write(b"abcd"), further, luck=Luck.EVERYTHING) == {"journal.db": b"abcdyz"}


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize(("manner", "is_kept"), [("FULL", True), ("NORMAL", False)])
def test_it_tells_a_journal_that_syncs_from_one_that_does_not(
    manner: str, *, is_kept: bool, tmp_path: Path
) -> None:
    """SQLite itself is the example: its commits are synced, or not, as it is told."""
    journal, log = tmp_path / "journal.db", tmp_path / "calls"
    words = [*recording(log), sys.executable, "-c", PROGRAM, str(journal), manner]
    done = subprocess.run(words, capture_output=True, timeout=60, check=False)
    if b"ptrace" in done.stderr:
        pytest.skip("no process may be traced here")
    platter = Platter()
    for call in asyncio.run(recorded(log, journal)):
        platter.apply(call)
    assert files_of(journal).items() <= platter.after_cut(Luck.EVERYTHING, CHANCE).items()

    put(platter.after_cut(Luck.NOTHING, CHANCE), tmp_path / "after")
    with closing(sqlite3.connect(tmp_path / "after" / "journal.db")) as rows:
        tables = rows.execute("SELECT count(*) FROM sqlite_master").fetchone()
        kept = rows.execute("SELECT count(*) FROM t").fetchone() if tables != (0,) else (0,)
    assert (kept == (5,)) is is_kept


def test_a_drive_that_loses_its_power_and_turns_read_only(tmp_path: Path) -> None:
    if why := why_no_drive():
        pytest.skip(why)
    with a_drive(tmp_path / "drive") as drive:
        (drive.place / "unsynced").write_text("x")
        drive.lose_power()
        with pytest.raises(OSError, match="Input/output error"):
            (drive.place / "more").write_text("x")
        drive.come_back()
        assert not (drive.place / "unsynced").exists()
        with (drive.place / "open").open("wb", buffering=0) as file:
            drive.turn_read_only()
            with pytest.raises(OSError, match="Read-only"):
                file.write(b"x")
