"""Which other program has a port open, as far as /proc tells. Linux only; others' programs only for root."""

from __future__ import annotations

import os
from pathlib import Path

from .usb import real_port

PROC_ROOT = Path("/proc")
MAX_NAME = 32  # characters of a program's name that are shown; the kernel keeps 15


def holders_of(port: str, proc_root: Path = PROC_ROOT, *, with_own: bool = False) -> tuple[str, ...]:
    """The names of the programs that have a port open; blocks for many file reads.

    This one is not among them, unless `with_own` is true.
    """
    if "://" in port or not proc_root.is_dir():
        return ()
    wanted = real_port(port)
    processes = _processes(proc_root, with_own=with_own)
    return tuple(sorted({_name(process) for process in processes if wanted in _open_files(process)}))


def _processes(proc_root: Path, *, with_own: bool) -> list[Path]:
    own = "" if with_own else str(os.getpid())
    return [entry for entry in proc_root.iterdir() if entry.name.isdigit() and entry.name != own]


def _open_files(process: Path) -> set[str]:
    try:
        return {str(entry.readlink()) for entry in (process / "fd").iterdir()}
    except OSError:
        return set()  # it ended, or is somebody else's


def _name(process: Path) -> str:
    try:
        name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        name = ""
    return name[:MAX_NAME] or f"process {process.name}"
