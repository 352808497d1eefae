"""Who else on the machine may read what a daemon writes, however careless the umask is."""

from __future__ import annotations

import asyncio
import signal
import stat
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from alert_engine.daemon.control_client import ask
from gsm_driver.simulator import SimCard
from lab.parts.plant import ONCE, a_plant, running
from lab.parts.radio import a_radio
from lab.security.case import Case

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lab.run import Run
    from lab.security.case import Book

CASE = Case(
    name="files_private",
    tries="looks at every file, folder and socket of a daemon that was started with umask 022, 002 and 000",
    expected="files are for their owner only, 0600; folders 0700, from the moment they are there",
    is_quick=True,
)
UMASKS = ("022", "002", "000")
OTHERS = stat.S_IRWXG | stat.S_IRWXO
PIN = "7391"
_LOOK = 0.005  # seconds between two looks


async def play(run: Run, book: Book) -> None:
    """A start, a life with a PIN and a crash, a second start, an end; looked at all the time."""
    for umask in UMASKS[2:] if run.is_quick else UMASKS:
        folder = run.folder / umask
        folder.mkdir()
        await _with(run, book, folder, umask)


async def _with(run: Run, book: Book, folder: Path, umask: str) -> None:
    made = folder / "state" / "deeper"  # by the gateway
    prefix = ("sh", "-c", f'umask {umask}; exec "$@"', "sh")
    async with a_plant(folder, ledger=run.ledger, has_http=True, policies=ONCE) as plant:
        plant.changes["journal"] = str(made.relative_to(folder) / "journal.db")
        plant.changes["modems"] = [{"name": "stick", "port": str(plant.modem), "pin": PIN}]
        with a_radio(plant.modem) as radio:
            radio.simulator.modem.sim = SimCard(pin=PIN, number="+436640000099")
            seen: dict[Path, int] = {}
            with _looking(made, seen):
                for title in ("Pump 1 is off.", "Pump 2 is off."):
                    async with plant.gateway(prefix=prefix) as gateway:
                        await running(gateway)
                        await asyncio.to_thread(_set_pin, made)
                        await plant.raise_alarm(title[:6].lower().replace(" ", ""), title)
                        await radio.sms(title)
                        if title.startswith("Pump 2"):
                            gateway.signal(signal.SIGTERM)
                            await gateway.ends()
    _judge(book, folder, seen, umask)


def _set_pin(made: Path) -> None:
    list(ask(made / "journal.db", {"do": "pin", "person": "anna", "pin": "739104"}, within=20.0))


@contextmanager
def _looking(folder: Path, seen: dict[Path, int]) -> Iterator[None]:
    """Every mode that anything has, all the time: what is made wide and narrowed later was open meanwhile."""
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_LOOK):
            for path in (folder.parent, folder, *folder.rglob("*")):
                with suppress(OSError):
                    mode = path.lstat().st_mode
                    # A socket is narrowed before it listens: until then nobody is let in.
                    seen[path] = mode if stat.S_ISSOCK(mode) else seen.get(path, 0) | mode

    looker = threading.Thread(target=look, name="looks at modes")
    looker.start()
    try:
        yield
    finally:
        ended.set()
        looker.join()


def _judge(book: Book, folder: Path, seen: dict[Path, int], umask: str) -> None:
    for path, mode in sorted(seen.items()):
        book.attempt("folder" if stat.S_ISDIR(mode) else "socket" if stat.S_ISSOCK(mode) else "file")
        if mode & OTHERS:
            book.find(f"umask {umask}: {path.relative_to(folder)} had {stat.filemode(mode)}")
    names = {path.name for path in seen}
    for name in ("journal.db", "journal.db-wal", "journal.db-shm", "journal.db.lock", "journal.db.socket",
                 "journal.db.pins", "journal.db.reserve", "journal.db.generation"):  # fmt: skip
        book.must(f"{name} was there to be looked at", is_so=name in names)
