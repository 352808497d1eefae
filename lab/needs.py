"""Whether what a row needs is here; if not, why, and what would bring it."""

from __future__ import annotations

import ctypes.util
import shutil
import subprocess
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.lib.environment import is_made

from .parts.drive import why_no_drive
from .parts.phonesim import missing_parts
from .row import Need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PROBE_TIMEOUT = 20.0  # seconds for a program that only has to say whether it may
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
FAKETIME_PLACES = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime")


def missing(needs: Iterable[Need]) -> str:
    """Why a row cannot be played here; empty if it can."""
    return "; ".join(why for need in sorted(needs) if (why := _why_not(need)))


def faketime_library() -> Path | None:
    """What LD_PRELOAD has to name."""
    found = (
        library
        for place in FAKETIME_PLACES
        for library in sorted(Path("/").glob(f"{place.lstrip('/')}/libfaketimeMT.so.1"))
    )
    return next(found, None)


@cache
def _why_not(need: Need) -> str:
    return _PROBES[need]()


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=SYSTEM_PATH)
    return "" if found else f"the program {name} is not installed (scripts/install_test_parts)"


def _mount() -> str:
    with tempfile.TemporaryDirectory() as place:
        if not _is_allowed("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place):
            return "no file system may be mounted here: it takes root, outside of a container"
        subprocess.run(["umount", "--lazy", place], check=True)
    return ""


def _strace() -> str:
    if why := _program("strace"):
        return why
    return "" if _is_allowed("strace", "-o", "/dev/null", "true") else "no process may be traced here"


def _namespace() -> str:
    allowed = _is_allowed("unshare", "--net", "true")
    return "" if allowed else "a network namespace of our own is refused here: it takes root"


def _is_allowed(*command: str) -> bool:
    try:
        return (
            subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_TIMEOUT, check=False
            ).returncode
            == 0
        )
    except OSError:
        return False


def _iotcore() -> str:
    return "" if find_spec("iotcore") else "the package iotcore is not installed"


def _faketime() -> str:
    if faketime_library() or ctypes.util.find_library("faketimeMT"):
        return ""
    return "libfaketime is not installed (scripts/install_test_parts)"


def _home_assistant() -> str:
    return "" if is_made("demo") else "the environment demo is not made (scripts/demo makes it)"


_PROBES: dict[Need, Callable[[], str]] = {
    Need.MOSQUITTO: lambda: _program("mosquitto"),
    Need.IOTCORE: _iotcore,
    Need.PHONESIM: missing_parts,
    Need.MOUNT: _mount,
    Need.DRIVE: why_no_drive,
    Need.STRACE: _strace,
    Need.NAMESPACE: _namespace,
    Need.FAKETIME: _faketime,
    Need.HOME_ASSISTANT: _home_assistant,
}
