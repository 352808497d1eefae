"""The process dies while it upgrades an old journal; an old release meets a new journal."""

from __future__ import annotations

import hashlib
import shutil
import signal
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from alert_engine.daemon.exits import ExitCode
from alert_engine.journal.schema import MIGRATIONS
from lab.parts.disks import failing
from lab.parts.plant import ONCE, a_plant, running
from lab.parts.radio import a_radio
from lab.row import Extent, Limit, Need, Row, World

if TYPE_CHECKING:
    from pathlib import Path

    from lab.parts.plant import Plant
    from lab.parts.program import Program
    from lab.parts.radio import Radio
    from lab.run import Outcome, Run

ALARMS = 5  # that wait for the modem in the old journal
DEATHS = (1, 6)  # quick, full
LAST_WRITE = 160  # of a start: from the first schema on it makes 250, from the last but one 70
NEWER = f"ALTER TABLE intake ADD COLUMN later TEXT; PRAGMA user_version = {len(MIGRATIONS) + 1}"
REFUSED = "it was written by a newer release"

ROW = Row(
    number=47,
    fault="schema upgrade interrupted, downgrade",
    expected="each step all or nothing, what waited is sent; a newer journal is refused and left as it is",
    worlds={World.REAL: Extent(quick=1, full=30)},
    limits=(
        Limit("rows lost", at_most=0, anchor="A1"),
        Limit("files changed by a release that is too old", at_most=0),
    ),
    needs=frozenset({Need.MOSQUITTO, Need.STRACE}),
    timeout=300.0,
    remark="killed by SIGKILL at a write of the upgrade, by strace",
)


async def play(run: Run) -> Outcome:
    """Alarms wait; their journal becomes an old one; the daemon dies again and again, then it runs."""
    plant = await run.use(a_plant(run.folder, ledger=run.ledger, policies=ONCE))
    radio = run.keep(a_radio(plant.modem))
    async with plant.gateway() as gateway:
        await running(gateway)
        heard = len(plant.peer.messages)
        radio.unplug()
        await plant.route("failed", after=heard, within=60.0)
        for number in range(ALARMS):
            await plant.raise_alarm(f"waits{number}", f"Tank {number} is low, waits.")
            await plant.told(f"waits{number}", "queued")
        gateway.signal(signal.SIGTERM)
        assert await gateway.ends() == ExitCode.OK

    first = run.random.randint(1, len(MIGRATIONS) - 1)
    _make_old(plant.journal, first)
    before = _rows(plant.journal, run.folder)
    for _ in range(DEATHS[0] if run.is_quick else DEATHS[1]):
        writes = run.random.randint(1, LAST_WRITE)
        kill = failing(f"pwrite64:signal=SIGKILL:when={writes}", calls="pwrite64")
        async with plant.gateway(prefix=kill) as gateway:
            if await _dies(run, gateway):
                version = _version(plant.journal, run.folder)
                run.count("killed", of="whole" if version == len(MIGRATIONS) else f"at schema {version:02}")
        after = _rows(plant.journal, run.folder)
        run.note("rows lost", sum(max(0, count - after.get(table, 0)) for table, count in before.items()))

    async with plant.gateway() as gateway:
        await gateway.says("MQTT: connected", within=60.0)
        radio.plug_in()
        for number in range(ALARMS):
            await radio.sms(f"Tank {number} is low, waits.", within=60.0)
        await plant.settled()
    await _meet_a_newer_one(run, plant, radio)
    return run.outcome(plant.journal, radio.phones, foreseen=("route/*",))


def _make_old(journal: Path, first: int) -> None:
    """The same rows in the schema of that release, as far as it had their columns."""
    old = journal.with_name("old.db")
    with closing(sqlite3.connect(old, isolation_level=None)) as rows:
        for script in MIGRATIONS[:first]:
            rows.executescript(script)
        rows.execute(f"PRAGMA user_version = {first}")
        rows.execute("ATTACH ? AS now", (str(journal),))
        for table in _tables(rows):
            shared = ", ".join(sorted(_columns(rows, "main", table) & _columns(rows, "now", table)))
            rows.execute(f"INSERT INTO main.{table} ({shared}) SELECT {shared} FROM now.{table}")  # noqa: S608 - names of our own schema
    for leftover in journal.parent.glob(f"{journal.name}-*"):
        leftover.unlink()
    old.replace(journal)


def _tables(rows: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [name for (name,) in rows.execute(query)]


def _columns(rows: sqlite3.Connection, schema: str, table: str) -> set[str]:
    found = rows.execute("SELECT name FROM pragma_table_info(?, ?)", (table, schema))
    return {f'"{name}"' for (name,) in found}


def _rows(journal: Path, folder: Path) -> dict[str, int]:
    """How many rows each table has: of a copy, because looking would tidy up what the daemon must find."""
    with closing(sqlite3.connect(_copy(journal, folder))) as rows:
        assert rows.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        query = "SELECT count(*) FROM {}"
        return {table: int(rows.execute(query.format(table)).fetchone()[0]) for table in _tables(rows)}


def _version(journal: Path, folder: Path) -> int:
    with closing(sqlite3.connect(_copy(journal, folder))) as rows:
        (version,) = rows.execute("PRAGMA user_version").fetchone()
    return int(version)


def _copy(journal: Path, folder: Path) -> Path:
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for name in (journal.name, f"{journal.name}-wal"):
        if (source := journal.with_name(name)).exists():
            shutil.copy(source, copy / name)
    return copy / journal.name


async def _dies(run: Run, gateway: Program) -> bool:
    """Whether it is killed before it says that it runs."""
    await run.until(lambda: gateway.has_ended or bool(gateway.said("running")), "its end or its start")
    return gateway.has_ended


async def _meet_a_newer_one(run: Run, plant: Plant, radio: Radio) -> None:
    """This release is the old one now; then the new one is installed again."""
    with closing(sqlite3.connect(plant.journal)) as rows:
        rows.executescript(NEWER)
    before = _files(plant.journal)
    async with plant.gateway() as gateway:
        assert await gateway.ends() == ExitCode.JOURNAL
        assert gateway.said(REFUSED)
    after = _files(plant.journal)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    run.note("files changed by a release that is too old", len(changed))
    with closing(sqlite3.connect(plant.journal)) as rows:
        rows.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    gateway = await run.use(plant.gateway())
    await running(gateway)
    await plant.raise_alarm("after", "Gate open, after")
    await radio.sms("Gate open, after")
    await plant.settled()


def _files(journal: Path) -> dict[str, str]:
    """What lies there, by its contents; all but the room that is kept free."""
    files = (each for each in journal.parent.glob(f"{journal.name}*") if each.is_file())
    return {
        each.name: hashlib.sha256(each.read_bytes()).hexdigest()
        for each in files
        if each.suffix != ".reserve"
    }
