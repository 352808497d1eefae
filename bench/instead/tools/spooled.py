"""gammu-smsd with files and with SQLite, and smstools3: configured for speed, as beside the driver."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from bench.driver.client import ClientError
from bench.driver.daemons import GammuSmsd, Smstools, find_program
from bench.driver.stand import PHONE
from bench.instead.alarms import index_of

if TYPE_CHECKING:
    from bench.driver.daemons import SpoolDaemon

SQLITE_DRIVERS = ("usr/lib/*/dbd/libdbdsqlite3.so", "usr/lib/dbd/libdbdsqlite3.so")
TABLES = Path("/usr/share/doc/gammu-smsd/examples/sqlite.sql")  # as the package brings them
INJECT = "gammu-smsd-inject"
LONGEST = 1000  # characters that are split over several messages
LOOK = 0.5  # seconds between looks


class Spooled:
    """Alarms are files in a folder; those that failed are in another."""

    patience = 40.0
    kind: type[SpoolDaemon]

    def __init__(self) -> None:
        self.daemon = self.kind()
        self.pid = 0

    async def start(self, port: str) -> None:
        """Wait until its log says that it has the modem."""
        self.daemon.spool("log").unlink(missing_ok=True)
        self.daemon.spool("pid").unlink(missing_ok=True)
        await self.daemon.start(port)
        self.pid = self.daemon.pid

    async def give(self, index: int, text: str) -> bool:
        """One file: it lies there whoever runs."""
        self.daemon.write_order(PHONE, index, text)
        return True

    async def gave_up(self) -> set[int]:
        """What lies in the folder of failed messages."""
        found = (index_of(self.daemon.read_text(file)) for file in self.daemon.spool("failed").iterdir())
        return {index for index in found if index is not None}

    async def settle(self) -> None:
        """Until nothing lies there to be sent, or sent again."""
        while self.waits():  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(LOOK)

    def waits(self) -> bool:
        """Something is to be sent, or is being sent."""
        return any(any(self.daemon.spool(name).iterdir()) for name in ("out", "checked"))

    async def stop(self) -> None:
        """End it and forget its folders."""
        await self.daemon.stop()


class GammuFiles(Spooled):
    """gammu-smsd with its files service."""

    kind = GammuSmsd


class _Unicode(Smstools):
    """With what it must be told for texts that are not plain ASCII."""

    def write_order(self, number: str, serial: int, text: str) -> None:
        """It chooses the alphabet of the SMS by itself, once it knows that of the file."""
        temporary = self.spool("order")
        temporary.write_text(f"To: {number.lstrip('+')}\nAlphabet: UTF-8\n\n{text}")
        temporary.rename(self.spool("out") / f"order{serial:05}")


class SmstoolsFiles(Spooled):
    """smstools3."""

    kind = _Unicode


class _WithSqlite(GammuSmsd):
    """The same daemon with its SQL service."""

    def configuration(self, port: str) -> str:
        """The same times."""
        lines = super().configuration(port).splitlines()
        files = ("service", "inbox", "outbox", "sentsms", "error")
        kept = [line for line in lines if not line.startswith(files)]
        service = (
            "service = sql",
            "driver = sqlite3",
            "database = smsd.db",
            f"dbdir = {self.spool('')}/",
            "",
        )
        return "\n".join([*kept, *service])


class GammuSqlite(Spooled):
    """gammu-smsd with its SQL service on SQLite; alarms come by its own program for that."""

    kind = _WithSqlite

    async def start(self, port: str) -> None:
        """Make the tables first, unless they are there."""
        self._make_tables()
        await super().start(port)

    def _make_tables(self) -> None:
        if not self._database.exists():
            with closing(sqlite3.connect(self._database)) as rows:
                rows.executescript(TABLES.read_text())

    @property
    def _database(self) -> Path:
        return self.daemon.spool("smsd.db")

    async def give(self, index: int, text: str) -> bool:
        """As its users do, from a shell."""
        del index
        program = find_program(INJECT)
        if program is None:
            raise ClientError(f"{INJECT} is not installed")
        configuration = str(self.daemon.spool("configuration"))
        arguments = ("-c", configuration, "TEXT", PHONE, "-autolen", str(LONGEST))
        process = await asyncio.create_subprocess_exec(
            program,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await process.communicate(text.encode())
        return process.returncode == 0

    async def gave_up(self) -> set[int]:
        """The rows with an error."""
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as rows:
            query = "SELECT TextDecoded FROM sentitems WHERE Status = 'SendingError'"
            found = (index_of(text) for (text,) in rows.execute(query))
            return {index for index in found if index is not None}

    def waits(self) -> bool:
        """The same of its table."""
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as rows:
            (count,) = rows.execute("SELECT count(*) FROM outbox").fetchone()
        return bool(count)


def has_sqlite_driver() -> bool:
    """The library that gammu-smsd loads for SQLite is here."""
    return any(list(Path("/").glob(pattern)) for pattern in SQLITE_DRIVERS)


def why_no_sqlite() -> str:
    """Why gammu-smsd cannot use SQLite here; empty if it can."""
    if find_program(INJECT) is None:
        return f"{INJECT} is not installed"
    if not has_sqlite_driver():
        return "its driver is not installed: Debian's libdbd-sqlite3"
    return "" if TABLES.exists() else f"{TABLES.name}, the tables that it needs, is not here"
