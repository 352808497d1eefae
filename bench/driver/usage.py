"""What a process and its children use, read from /proc, so that every client is measured in the same way."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")  # a second
PAGE = os.sysconf("SC_PAGE_SIZE")  # bytes


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, its threads, its children, and those of its children that ended."""
    processes = family(pid)
    alive = sum(_on_cpu(process) for process in processes)
    return alive + sum(_of_ended_children(process) for process in processes)


def resident_bytes(pid: int) -> int:
    """Memory that a process and its children hold (RSS); what they share counts once for each."""
    return PAGE * sum(_resident_pages(process) for process in family(pid))


def family(pid: int) -> list[int]:
    """The process and all that descend from it and still run."""
    found = [pid]
    for process in found:
        for task in _tasks(process):
            found += map(int, _read(task / "children").split())
    return found


def _tasks(pid: int) -> list[Path]:
    try:
        return list((PROC / str(pid) / "task").iterdir())
    except OSError:
        return []


def _on_cpu(pid: int) -> float:
    nanoseconds = (_read(task / "schedstat").split() for task in _tasks(pid))
    return sum(int(fields[0]) for fields in nanoseconds if fields) / 1e9


def _of_ended_children(pid: int) -> float:
    fields = _read(PROC / str(pid) / "stat").rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / TICKS if len(fields) > 14 else 0.0


def _resident_pages(pid: int) -> int:
    fields = _read(PROC / str(pid) / "statm").split()
    return int(fields[1]) if fields else 0


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""  # the process, or the thread, has ended
