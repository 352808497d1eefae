"""Who is measured, and how to start each."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.driver.client import PythonClient
from bench.driver.clients.wire import Outcomes
from bench.driver.daemons import GammuSmsd, Smstools, find_program

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.driver.client import Client

OURS = "gsm_driver"
BARE = "bare line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One client.

    Attributes:
        start: makes a client for the measurements without faults.
        in_trouble: makes a client for the fault table.
        is_quick: it sends as fast as the modem allows; the others sleep between messages.
        missing: why it cannot be measured here; empty if it can.
    """

    name: str
    version: str
    start: Callable[[], Client]
    in_trouble: Callable[[], Client]
    is_quick: bool = False
    missing: str = ""


def roster() -> list[Entry]:
    """All clients, ours first, those too that are not here."""
    return [
        Entry(
            name=OURS,
            version="this commit",
            start=lambda: PythonClient("ours"),
            in_trouble=lambda: PythonClient("ours_in_trouble"),
            is_quick=True,
        ),
        _library("python-gsmmodem-new", "python_gsmmodem", is_quick=True),
        _library("python-gammu", "python_gammu", is_quick=False),
        _daemon("gammu-smsd", GammuSmsd, "--version"),
        _daemon("smstools3", Smstools, "-V"),
    ]


def bare_line() -> Entry:
    """No client: what the stand itself can do."""
    return Entry(
        name=BARE,
        version="",
        start=lambda: PythonClient("bare"),
        in_trouble=lambda: PythonClient("bare"),
        is_quick=True,
    )


def _library(name: str, module: str, *, is_quick: bool) -> Entry:
    return Entry(
        name=name,
        version=importlib.metadata.version(name),
        start=lambda: PythonClient(module),
        in_trouble=lambda: PythonClient(module, Outcomes.EACH),
        is_quick=is_quick,
    )


def _daemon(name: str, start: Callable[[], GammuSmsd | Smstools], version_option: str) -> Entry:
    program = find_program(start().program)
    if program is None:
        missing = f"{name} is not installed; see bench/install_peers.py"
        return Entry(name=name, version="", start=start, in_trouble=start, missing=missing)
    told = subprocess.run([program, version_option], capture_output=True, text=True, check=False).stdout
    version = found[0] if (found := re.search(r"\d+\.\d+[.\d]*", told)) else ""
    return Entry(name=name, version=version, start=start, in_trouble=start)
