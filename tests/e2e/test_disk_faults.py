"""Disks that are full, that fail, that become read-only: real ones, by a small file system and by the kernel.

Errors of single system calls are injected by strace, into a process that knows nothing of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.errors import JournalError
from alert_engine.journal.store import Journal
from alert_engine.model import AlarmAcknowledge, AlarmRaise, SendRequest, Severity
from alert_engine.supervision.settings import SupervisionSettings
from lab.parts.disks import Disk, MountError, a_disk, failing
from tests.engine.support import ANNA, FAILED, OK, CountedIds, telling
from tests.engine.test_journal import opened
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
STRACE = shutil.which("strace")


def raise_of(number: int) -> AlarmRaise:
    return AlarmRaise(
        source="plc", key=f"k{number}", title=f"Tank {number}.", severity=Severity.NORMAL, text="x" * 300
    )


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    try:
        with a_disk(tmp_path / "disk") as ready:
            yield ready
    except MountError:
        pytest.skip("no file system may be mounted here")


class TestFull:
    @story
    async def test_what_was_accepted_is_sent_and_nothing_else_is_accepted(self, disk: Disk) -> None:
        async with telling(disk.place / "gateway", supervision=SupervisionSettings()) as told:
            await told.route.become(FAILED)
            accepted = [raise_of(number) for number in range(20)]
            await told.engine.raise_alarms(accepted)
            disk.fill()

            refusals = 0
            for number in range(100, 160):
                try:
                    await told.engine.raise_alarm(raise_of(number))
                except JournalError as error:
                    refusals += "the disk is full: make room" in str(error)
                else:
                    assert refusals == 0  # once it is full nothing slips in
                    accepted.append(raise_of(number))
            assert refusals > 0
            with pytest.raises(JournalError, match="disk is full"):
                await told.engine.send(SendRequest(to=("anna",), text="hello"))

            await told.route.become(OK)
            await told.until(3600)
            assert is_told(told, accepted)
            open_alarms = await told.engine.open_alarms()
            open_alarms = [alarm for alarm in open_alarms if alarm.source == "plc"]
            assert len(open_alarms) == len(accepted)
            await told.engine.acknowledge(AlarmAcknowledge(by="anna", alarm_id=open_alarms[0].id))
            await told.route.receive(ANNA, f"OK {open_alarms[1].code}")
            acked = [alarm for alarm in await told.engine.open_alarms() if alarm.acked_by == "anna"]
            assert len(acked) == 2

            assert "the gateway takes no new alarms" in " ".join(text for _, text in told.route.texts)

            disk.free()
            await told.engine.raise_alarm(raise_of(500))
            await told.until(7200)
            assert is_told(told, [raise_of(500)])
            assert len([text for _, text in told.route.texts if "Tank 500." in text]) == 1

    @story
    async def test_a_copy_takes_no_room_that_alarms_need(self, disk: Disk) -> None:
        async with telling(disk.place / "gateway") as told:
            await told.until(60)
            snapshot = disk.place / "gateway" / "journal.db.snapshot"
            before = snapshot.stat().st_mtime_ns
            disk.fill(leave=2 * 1024 * 1024)
            with pytest.raises(JournalError, match="copied to its snapshot: the disk is full"):
                await told.engine._ledger.write_snapshot()
            assert snapshot.stat().st_mtime_ns == before
            disk.free()
            await told.engine._ledger.write_snapshot()
            assert snapshot.stat().st_mtime_ns > before

    @story
    async def test_full_from_the_start(self, disk: Disk) -> None:
        async with telling(disk.place / "gateway") as told:
            await told.route.become(FAILED)
            await told.engine.raise_alarm(raise_of(1))
        (disk.place / "gateway" / "journal.db-wal").unlink(missing_ok=True)
        disk.fill(leave=512 * 1024)  # a few blocks, not enough for the reserve
        ids = CountedIds(seed=2)
        ids.prefix = "second"
        async with telling(disk.place / "gateway", ids=ids) as told:
            with pytest.raises(JournalError, match="disk is full"):
                await told.engine.raise_alarm(raise_of(2))
            await told.until(60)
            assert is_told(told, [raise_of(1)])
            disk.free()
            await told.engine.raise_alarm(raise_of(3))


def is_told(told: Any, wanted: list[AlarmRaise]) -> bool:
    """Each was named, alone or in a digest."""
    texts = " ".join(text for _, text in told.route.texts)
    return all(request.title.rstrip(".") in texts for request in wanted)


PROGRAM = """
import asyncio, json, os, pathlib, sys
from alert_engine.errors import JournalError
from alert_engine.journal.store import Journal
from tests.engine.test_journal import get, put

async def main():
    journal = Journal(pathlib.Path(sys.argv[1]))
    await journal.open()
    for number in range(120):
        for kind, can_wait in (("new", True), ("old", False)):
            try:
                await journal.write(put(f"{kind}-{number}"), can_wait=can_wait)
            except JournalError as error:
                print(json.dumps([kind, number, str(error)]))
            else:
                print(json.dumps([kind, number, ""]))
    print(json.dumps(["trouble", 0, journal.trouble]), flush=True)
    os._exit(0)  # as if it was killed

asyncio.run(main())
"""


@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
@pytest.mark.timeout(120)
class TestFailing:
    def run(self, journal: Path, *injections: str) -> list[tuple[str, int, str]]:
        """What became of each write: kind, number, why not."""
        done = subprocess.run(
            [*failing(*injections), sys.executable, "-c", PROGRAM, str(journal)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        if "ptrace" in done.stderr or "Operation not permitted" in done.stderr:
            pytest.skip("no process may be traced here")
        assert done.returncode == 0, done.stderr
        return [tuple(json.loads(line)) for line in done.stdout.splitlines()]

    def kept(self, journal: Path) -> set[str]:
        with closing(sqlite3.connect(journal)) as rows:
            assert rows.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            return {name for (name,) in rows.execute("SELECT message_id FROM intake")}

    @pytest.mark.parametrize("call", ["fdatasync", "fsync,fdatasync"])
    def test_a_sync_that_failed_is_not_tried_again(self, call: str, tmp_path: Path) -> None:
        """Three syncs fail, all later ones succeed, as they do on Linux although the data is gone."""
        told = self.run(tmp_path / "journal.db", f"{call}:error=EIO:when=50..52")

        answers = [(kind, number) for kind, number, error in told if not error and kind != "trouble"]
        errors = [error for _, _, error in told if error]
        first = next(place for place, (_, _, error) in enumerate(told) if error)
        assert first > 0
        assert all(error or kind == "old" for kind, _, error in told[first:-1])  # nothing new any more
        assert any(not error and kind == "old" for kind, _, error in told[first:-1])  # the rest goes on
        assert any("the disk reports an error" in error for error in errors)
        assert "until the gateway is started again" in told[-1][2]
        missing = {f"{kind}-{number}" for kind, number in answers} - self.kept(tmp_path / "journal.db")
        assert missing == set()  # no false acknowledgement

    def test_a_file_system_that_becomes_read_only(self, tmp_path: Path) -> None:
        told = self.run(tmp_path / "journal.db", "pwrite64:error=EROFS:when=900+")

        answered = {f"{kind}-{number}" for kind, number, error in told if not error and kind != "trouble"}
        assert any(error for _, _, error in told)
        assert answered
        assert answered <= self.kept(tmp_path / "journal.db")

    def test_writes_that_fail_for_want_of_room(self, tmp_path: Path) -> None:
        """The kernel says so for a while; then there is room again."""
        told = self.run(tmp_path / "journal.db", "pwrite64:error=ENOSPC:when=600..640")

        answered = {f"{kind}-{number}" for kind, number, error in told if not error and kind != "trouble"}
        assert any("the disk is full" in error for _, _, error in told)
        assert told[-2][2] == told[-1][2] == ""  # all is well in the end
        assert answered <= self.kept(tmp_path / "journal.db")


async def test_a_read_only_place(disk: Disk) -> None:
    async with opened(disk.place / "journal.db"):
        pass
    await asyncio.to_thread(disk.make_read_only)
    with pytest.raises(JournalError, match=r"could not be opened: .*Read-only file system"):
        await Journal(disk.place / "journal.db").open()
