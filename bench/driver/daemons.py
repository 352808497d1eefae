"""gammu-smsd and smstools3: configured for speed, driven through their spool folders.

Their processes run in the foreground as children of the referee; what they spool lies in a temporary folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.driver.client import ClientError, end_process

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOK = 0.02  # seconds between looks into the folder of received messages; their times are those of the files
SET_UP = 90.0  # seconds for the daemon to have the modem ready: smstools sleeps several times on the way
SBIN = "/usr/sbin:/usr/bin:/sbin:/bin"


def find_program(name: str) -> str | None:
    """Debian puts daemons where a user's PATH may not look."""
    return shutil.which(name) or shutil.which(name, path=SBIN)


class SpoolDaemon:
    """A daemon that takes files to send from one folder and puts what it received into another."""

    program = ""
    log_says_ready = ""

    def __init__(self) -> None:
        self.pid = 0
        self.outcomes: dict[int, str] = {}
        self.received: dict[str, float] = {}
        self.repeats = 0
        self.unknown = 0
        self._folder = tempfile.TemporaryDirectory(prefix="bench-spool-")
        self._process: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._seen: set[str] = set()
        self._texts: list[str] = []
        self._serial = 0  # no two orders have the same file name
        for name in ("out", "checked", "in", "sent", "failed"):
            self.spool(name).mkdir()

    def spool(self, name: str) -> Path:
        """One of the folders and files."""
        return Path(self._folder.name) / name

    def configuration(self, port: str) -> str:
        """The daemon's configuration file."""
        raise NotImplementedError

    def arguments(self) -> list[str]:
        """The daemon's arguments."""
        raise NotImplementedError

    def write_order(self, number: str, serial: int, text: str) -> None:
        """Put one text into the folder to send from, as a whole."""
        raise NotImplementedError

    def read_text(self, file: Path) -> str:
        """The text of a received message, or of one to send."""
        raise NotImplementedError

    async def start(self, port: str) -> None:
        """Start it and wait until its log says that the modem is set up."""
        program = find_program(self.program)
        if program is None:
            raise ClientError(f"{self.program} is not installed")
        self.spool("configuration").write_text(self.configuration(port))
        self._process = await asyncio.create_subprocess_exec(
            program,
            *self.arguments(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        self.pid = self._process.pid
        await self._wait_until_ready()
        self._watcher = self._watcher or asyncio.create_task(self._watch())

    async def _wait_until_ready(self) -> None:
        until = time.monotonic() + SET_UP
        while not self.is_ready():
            if time.monotonic() > until:
                await self.stop()
                raise ClientError(f"{self.program} was not ready within {SET_UP:g} s")
            await asyncio.sleep(0.1)

    def is_ready(self) -> bool:
        """The log has the line that ends the set-up."""
        log = self.spool("log")
        return log.exists() and self.log_says_ready in log.read_text(errors="replace")

    async def send(self, number: str, texts: Sequence[str]) -> None:
        """Spool the texts."""
        self._texts = list(texts)
        self.outcomes.clear()
        for text in texts:
            self._serial += 1
            self.write_order(number, self._serial, text)

    async def collect(self) -> None:
        """What lies in the folders of sent and failed messages."""
        places = {text: index for index, text in enumerate(self._texts)}
        for folder, outcome in (("failed", "failed"), ("sent", "accepted")):
            for file in self.spool(folder).iterdir():
                index = places.get(self.read_text(file))
                if index is not None:
                    self.outcomes[index] = outcome

    async def stop(self) -> None:
        """End it and forget its folders."""
        if self._watcher is not None:
            self._watcher.cancel()
        if self._process is not None:
            await end_process(self._process)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, 9)  # its own session: what it forked, and nothing else
        self._folder.cleanup()

    async def _watch(self) -> None:
        while True:
            for file in list(os.scandir(self.spool("in"))):
                if file.name not in self._seen and (text := self._whole_text(Path(file.path))):
                    self._seen.add(file.name)
                    self.repeats += text in self.received
                    age = time.time() - file.stat().st_mtime
                    self.received.setdefault(text, time.monotonic() - age)
            await asyncio.sleep(LOOK)

    def _whole_text(self, file: Path) -> str:
        with contextlib.suppress(OSError):
            return self.read_text(file)
        return ""


class GammuSmsd(SpoolDaemon):
    """gammu-smsd with the files service."""

    program = "gammu-smsd"
    log_says_ready = "Starting phone communication"

    def configuration(self, port: str) -> str:
        """No polling of battery, signal and security; the shortest times that it takes."""
        return f"""\
[gammu]
device = {port}
connection = at115200

[smsd]
service = files
logfile = {self.spool("log")}
inboxpath = {self.spool("in")}/
outboxpath = {self.spool("out")}/
sentsmspath = {self.spool("sent")}/
errorsmspath = {self.spool("failed")}/
inboxformat = unicode
outboxformat = unicode
transmitformat = auto
commtimeout = 1
receivefrequency = 1
statusfrequency = 0
loopsleep = 1
checkbattery = 0
checksignal = 0
checksecurity = 0
checknetwork = 0
deliveryreport = no
"""

    def arguments(self) -> list[str]:
        """In the foreground."""
        return ["--config", str(self.spool("configuration"))]

    def write_order(self, number: str, serial: int, text: str) -> None:
        """``OUTA<date>_<time>_<serial>_<number>_<note>.txt``, UTF-16 with a mark."""
        temporary = self.spool("order")
        temporary.write_bytes(text.encode("utf-16"))
        name = f"OUTA20260101_{serial:06}_00_{number}_sms0.txt"  # the time of day is any six digits
        temporary.rename(self.spool("out") / name)

    def read_text(self, file: Path) -> str:
        """UTF-16 with a mark, also where it wrote the file itself."""
        data = file.read_bytes()
        return (
            data.decode("utf-16") if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else data.decode(errors="replace")
        )


class Smstools(SpoolDaemon):
    """smsd of SMS Server Tools 3."""

    program = "smsd"
    log_says_ready = "Using check_memory_method"

    def configuration(self, port: str) -> str:
        """The shortest times that it takes; no user, so that it stays who it is."""
        return f"""\
devices = GSM1
logfile = {self.spool("log")}
loglevel = 7
infofile = {self.spool("info")}
pidfile = {self.spool("pid")}
outgoing = {self.spool("out")}
checked = {self.spool("checked")}
incoming = {self.spool("in")}
sent = {self.spool("sent")}
failed = {self.spool("failed")}
delaytime = 1
delaytime_mainprocess = 1
errorsleeptime = 1
blocktime = 1
autosplit = 3
incoming_utf8 = yes
stats_interval = 0

[GSM1]
device = {port}
incoming = yes
baudrate = 115200
rtscts = no
report = no
"""

    def arguments(self) -> list[str]:
        """In the foreground."""
        return ["-t", f"-c{self.spool('configuration')}"]

    def write_order(self, number: str, serial: int, text: str) -> None:
        """Header lines, an empty one, the text."""
        temporary = self.spool("order")
        temporary.write_text(f"To: {number.lstrip('+')}\n\n{text}")
        temporary.rename(self.spool("out") / f"order{serial:05}")

    def read_text(self, file: Path) -> str:
        """What follows the first empty line."""
        return re.split(r"\n\n", file.read_text(errors="replace"), maxsplit=1)[-1].rstrip("\n")
