"""What a disk holds after the power was cut: every write is recorded, and what was never synced may be gone.

strace writes down each call that changes a file of the journal. From that, any moment can be made again as a
disk would have it that keeps what POSIX promises and nothing more:

- Octets are there for certain when a sync of their file has returned. Before that each sector is the old one
  or the new one.
- Names are there for certain when their folder was synced. Before that the last changes may be missing.
- What a sync had in hand that failed is gone for ever, whatever a later sync says: so does Linux.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Mapping

    Keep = Callable[[], bool]

SECTOR = 512  # octets that a disk writes whole or not at all
_CALLS = "pwrite64,write,ftruncate,fsync,fdatasync,rename,unlink"
_LONGEST = 1 << 20  # octets of one write: pages have 4096
_TRACER = 10.0  # seconds until strace has written down the end of the process
# SQLite makes the first anew, and to the second nobody writes.
_NOT_KEPT = ("-shm", ".reserve")

_LINE = re.compile(r"(\d+) +(\d+\.\d+) (\w+)\((.*)\) += (-?\d+)(.*)")
_BEGUN = re.compile(r"(\d+) +\d+\.\d+ (\w+\(.*) <unfinished \.\.\.>")
_ENDED = re.compile(r"(\d+) +(\d+\.\d+) <\.\.\. \w+ resumed>(.*)")
_HANDLE = re.compile(r"<((?:\\x[0-9a-f]{2})*)>")


class Luck(Enum):
    """What became of everything that was not synced."""

    NOTHING = auto()  # it is gone
    SOME = auto()  # a coin for each sector
    EVERYTHING = auto()  # it is there, as after the mere end of the process


def recording(log: Path, *injections: str) -> tuple[str, ...]:
    """What writes down the changes of files, to stand before a command: `Program` takes it as `prefix`.

    Args:
        log: the record.
        injections: calls that fail, as in `disks.failing`.
    """
    words = ["strace", "-D", "--quiet=attach,personality,thread-execve", "-f", "-y", "-ttt", "-xx"]
    words += ["-s", str(_LONGEST), "-o", str(log), "-e", f"trace={_CALLS}"]
    # What fails by injection is stopped at twice, which the filter of the kernel cannot do.
    words += [word for each in injections for word in ("-e", f"inject={each}")] or ["--seccomp-bpf"]
    return tuple(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One change of a file, or a sync of it."""

    at: float  # seconds of the wall clock, when it had returned
    name: str
    path: str
    octets: bytes = field(default=b"", repr=False)
    number: int = 0  # the offset of a write, -1: where the last one ended; the length of a file
    target: str = ""  # of a rename
    has_failed: bool = False

    @property
    def is_sync(self) -> bool:
        """It makes something certain."""
        return self.name in {"fsync", "fdatasync"}


async def recorded(log: Path, journal: Path) -> list[Call]:
    """All calls that touched the journal's files, when the process has ended and strace has seen it."""
    async with asyncio.timeout(_TRACER):
        while "+++ " not in _end_of(log):
            await asyncio.sleep(0.02)
    return [call for call in await asyncio.to_thread(_read, log) if _is_of(call, journal)]


def _end_of(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 100))
        return file.read().decode(errors="replace")


def _is_of(call: Call, journal: Path) -> bool:
    if call.path == str(journal.parent):
        return call.is_sync
    return call.path.startswith(str(journal)) and not call.path.endswith(_NOT_KEPT)


def _read(log: Path) -> list[Call]:
    with log.open(encoding="ascii", errors="replace") as file:
        return [call for line in _joined(file) if (call := _parse(line)) is not None]


def _joined(lines: Iterator[str]) -> Iterator[str]:
    """Calls during which another thread was heard of are told in two halves."""
    begun: dict[str, str] = {}
    for line in lines:
        if found := _BEGUN.match(line):
            begun[found[1]] = found[2]
        elif found := _ENDED.match(line):
            if first := begun.pop(found[1], ""):
                yield f"{found[1]} {found[2]} {first}{found[3]}"
        else:
            yield line


def _parse(line: str) -> Call | None:
    found = _LINE.match(line)
    if found is None:
        return None
    at, name, words = float(found[2]), found[3], found[4].split(", ")
    result = int(found[5])
    if result < 0:
        failed = name in {"fsync", "fdatasync"}
        return Call(at=at, name=name, path=_path(words[0]), has_failed=True) if failed else None
    match name:
        case "pwrite64" | "write":
            octets = _octets(words[1])[:result]
            number = int(words[3]) if name == "pwrite64" else -1
            return Call(at=at, name=name, path=_path(words[0]), octets=octets, number=number)
        case "rename":
            return Call(at=at, name=name, path=_octets(words[0]).decode(), target=_octets(words[1]).decode())
        case "unlink":
            return Call(at=at, name=name, path=_octets(words[0]).decode())
        case "ftruncate":
            return Call(at=at, name=name, path=_path(words[0]), number=int(words[1]))
        case _:
            return Call(at=at, name=name, path=_path(words[0]))


def _path(word: str) -> str:
    found = _HANDLE.search(word)
    return "" if found is None else _octets(found[1]).decode(errors="replace")


def _octets(word: str) -> bytes:
    return bytes.fromhex(word.strip('"').replace("\\x", ""))


@dataclass(slots=True)
class _File:
    certain: bytearray = field(default_factory=bytearray)
    changes: list[tuple[int, bytes | None]] = field(default_factory=list)  # None: that is its length now
    end: int = 0  # of the last write

    def content(self, keep: Keep) -> bytes:
        found = bytearray(self.certain)
        for number, octets in self.changes:
            if octets is not None:
                _write(found, number, octets, keep)
            elif keep():
                del found[number:]
                found.extend(bytes(number - len(found)))
        return bytes(found)

    def sync(self, *, has_failed: bool) -> None:
        if not has_failed:
            self.certain = bytearray(self.content(_certainly))
        self.changes.clear()


def _write(content: bytearray, offset: int, octets: bytes, keep: Keep) -> None:
    begin = 0
    while begin < len(octets):
        end = min(len(octets), begin + SECTOR - (offset + begin) % SECTOR)
        if keep():
            content.extend(bytes(max(0, offset + begin - len(content))))
            content[offset + begin : offset + end] = octets[begin:end]
        begin = end


def _certainly() -> bool:
    return True


class Platter:
    """The disk under a journal, brought forward call by call."""

    def __init__(self) -> None:
        self._names: dict[str, _File] = {}
        self._certain_names: dict[str, _File] = {}
        self._name_changes: list[dict[str, _File | None]] = []

    def apply(self, call: Call) -> None:
        """The process did this."""
        match call.name:
            case "rename":
                self._rename({call.path: None, call.target: self._names.get(call.path)})
            case "unlink":
                self._rename({call.path: None})
            case "fsync" | "fdatasync":
                self._sync(call)
            case _:
                self._change(call)

    def after_cut(self, luck: Luck, chance: random.Random) -> dict[str, bytes]:
        """The files as they are found when the power is back; by name, without the folder."""
        keep: Mapping[Luck, Keep] = {
            Luck.NOTHING: lambda: False,
            Luck.SOME: lambda: chance.random() < 0.5,
            Luck.EVERYTHING: _certainly,
        }
        names: dict[str, _File | None] = {**self._certain_names}
        for change in self._name_changes:
            if not keep[luck]():
                break  # they come in their order, or not
            names |= change
        found = {name: file for name, file in names.items() if file is not None}
        return {Path(name).name: file.content(keep[luck]) for name, file in found.items()}

    def _rename(self, change: dict[str, _File | None]) -> None:
        self._name_changes.append(change)
        for name, file in change.items():
            self._names.pop(name, None)
            if file is not None:
                self._names[name] = file

    def _sync(self, call: Call) -> None:
        if (file := self._names.get(call.path)) is not None:
            file.sync(has_failed=call.has_failed)
        elif not call.has_failed:  # the folder
            self._name_changes.clear()
            self._certain_names = dict(self._names)

    def _change(self, call: Call) -> None:
        if call.path not in self._names:  # that it was made is seen when it is written to
            self._rename({call.path: _File()})
        file = self._names[call.path]
        if call.name == "ftruncate":
            file.changes.append((call.number, None))
            return
        offset = file.end if call.number < 0 else call.number
        file.changes.append((offset, call.octets))
        file.end = offset + len(call.octets)


def put(files: Mapping[str, bytes], folder: Path) -> None:
    """Let a folder hold these files, and of the journal no others but its lock, which is made before them."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("journal.db*"):
        old.unlink()
    (folder / "journal.db.lock").touch(mode=0o600)
    for name, content in files.items():
        handle = folder / name
        handle.touch(mode=0o600)
        handle.write_bytes(content)


def files_of(journal: Path) -> dict[str, bytes]:
    """A journal and its log, as they are now."""
    found = (journal.with_name(f"{journal.name}{suffix}") for suffix in ("", "-wal"))
    return {each.name: each.read_bytes() for each in found if each.exists()}
