"""A slow disk holds nobody up: no call of the journal and no file of ours is touched on the event loop."""

import asyncio
import sqlite3
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.model import AlarmRaise, SendRequest, Severity
from custom_components.alert_gateway.backup import async_post_backup, async_pre_backup
from custom_components.alert_gateway.const import DOMAIN
from tests.component.entries import ANNA, hub_of, modem_of, set_up
from tests.component.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homeassistant.core import HomeAssistant

    from gsm_driver.simulator import Simulator

SLOW = 0.06  # seconds for a commit: more than an event loop may be held


class SlowConnection(sqlite3.Connection):
    """A connection to a disk that takes its time, and that knows who waits for it."""

    waited: set[int]

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        """Note who waits; a commit waits for the disk."""
        type(self).waited.add(threading.get_ident())
        if arguments[0].startswith("COMMIT"):
            _DISK.wait(SLOW)
        return super().execute(*arguments)


_DISK = threading.Event()  # never set: a wait of the thread, as for a disk


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Every connection of SQLite is slow; returns the threads that waited."""
    SlowConnection.waited = waited = set()
    connect = sqlite3.connect

    def slowly(*arguments: Any, **more: Any) -> sqlite3.Connection:
        waited.add(threading.get_ident())
        return connect(*arguments, **more, factory=SlowConnection)

    monkeypatch.setattr(sqlite3, "connect", slowly)
    return waited


class _Files:
    """Who opens files in a folder. An audit hook stays for good, so there is one that can sleep."""

    def __init__(self) -> None:
        self.folder = ""
        self.opened: set[tuple[int, str]] = set()

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note an opened file of the folder."""
        if event == "open" and self.folder and str(arguments[0]).startswith(self.folder):
            self.opened.add((threading.get_ident(), str(arguments[0])))


_FILES = _Files()
sys.addaudithook(_FILES.hook)


@pytest.fixture
def files(hass: HomeAssistant) -> Iterator[_Files]:
    """Who opens what in our folder."""
    _FILES.folder, _FILES.opened = hass.config.path(DOMAIN), set()
    yield _FILES
    _FILES.folder = ""


@pytest.fixture
def cpu_of_callbacks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds of CPU of each callback: what other programs take does not count."""

    spent: list[float] = []
    run = asyncio.Handle._run

    def counted(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run(handle)
        spent.append(time.thread_time() - began)

    monkeypatch.setattr(asyncio.Handle, "_run", counted)
    return spent


async def test_a_slow_disk_never_holds_the_event_loop(
    hass: HomeAssistant,
    simulator: Simulator,
    slow_disk: set[int],
    files: _Files,
    cpu_of_callbacks: list[float],
) -> None:
    phone = simulator.network.add_phone(ANNA["phone"])
    hub = await set_up(hass, hub_of(ANNA))
    modem = await set_up(hass, modem_of("simulator://modem0"))
    cpu_of_callbacks.clear()  # the set-up has its own test
    engine = hub.runtime_data.engine
    await engine.raise_alarm(AlarmRaise(source="plc", key="pump", text="Dry", severity=Severity.HIGH))
    await engine.send(SendRequest(to=(ANNA["phone"],), text="Hello"))
    await until(lambda: len(phone.texts) == 2, simulator.network.listen)
    await async_pre_backup(hass)
    await async_post_backup(hass)
    for entry in (modem, hub):
        assert await hass.config_entries.async_unload(entry.entry_id)

    here = threading.get_ident()
    assert slow_disk, "the disk was used"
    assert here not in slow_disk
    assert {path for thread, path in files.opened if thread == here} == set()
    assert max(cpu_of_callbacks) < 0.05
