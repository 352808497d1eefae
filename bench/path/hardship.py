"""A machine that has other things to do, and a disk that takes its time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from bench.path.extent import BOTH, LOADED, SLOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SLOW_SYNC = 0.06  # seconds more for each fsync: a worn SD card
SPINNERS_FOR_EACH_CORE = 2
_END = 10  # seconds for a program of ours to end
_ATTACH = 30  # the same until the tracer has every thread
_SPIN = "while True: pass"
_WRITE = """
import os, sys
handle = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY, 0o600)
number = 0
while True:
    os.pwrite(handle, bytes(65536), number % 1000 * 65536)
    os.fdatasync(handle)
    number += 1
"""


class HardshipError(Exception):
    """It cannot be had here; the text says why."""


@contextmanager
def under(circumstances: str, folder: Path, pid: int) -> Iterator[None]:
    """Let the process `pid` live under these circumstances."""
    with ExitStack() as stack:
        if circumstances in {LOADED, BOTH}:
            stack.enter_context(_load(folder))
        if circumstances in {SLOW, BOTH}:
            stack.enter_context(_slow_disk(folder, pid))
        yield


@contextmanager
def _load(folder: Path) -> Iterator[None]:
    """Twice as many busy programs as cores, and one that keeps the disk busy."""
    spinners = [(_SPIN,)] * (SPINNERS_FOR_EACH_CORE * (os.cpu_count() or 1))
    with ExitStack() as stack:
        for arguments in [*spinners, (_WRITE, str(folder / "load"))]:
            stack.enter_context(_running(sys.executable, "-c", *arguments))
        yield


@contextmanager
def _slow_disk(folder: Path, pid: int) -> Iterator[None]:
    """Every sync of this process takes longer, by the kernel's own means: the process does not know."""
    strace = shutil.which("strace")
    if strace is None:
        raise HardshipError("no slow disk without strace: install it")
    calls, told = "fdatasync,fsync", folder / "strace"
    slower = f"inject={calls}:delay_enter={round(1e6 * SLOW_SYNC)}"
    with (
        told.open("wb") as output,
        _running(
            strace,
            "-f",
            "-o",
            os.devnull,
            "-e",
            f"trace={calls}",
            "-e",
            slower,
            "-p",
            str(pid),
            output=output,
        ) as tracer,
    ):
        # It says so on standard error once it has all threads.
        _wait_until_attached(tracer, told)
        yield


def _wait_until_attached(tracer: subprocess.Popen[bytes], told: Path) -> None:
    for _ in range(_ATTACH * 20):
        if b"attached" in told.read_bytes():
            return
        try:
            tracer.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        break
    raise HardshipError(f"strace: {told.read_text(errors='replace').strip()}")


@contextmanager
def _running(*command: str, output: object = None) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=output if output is not None else subprocess.DEVNULL,  # type: ignore[call-overload]
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(_END)
