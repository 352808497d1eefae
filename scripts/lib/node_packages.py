"""Puts the npm packages that tests talk to under ``.venv/node``: those of a lock file, by version and hash.

The lock file names no registry, so npm asks the one that this machine has set. npm compares the hashes.
It runs on any Python from 3.9 on.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from scripts.lib.environment import ENVIRONMENTS, ROOT, STAMP

if TYPE_CHECKING:
    from pathlib import Path

LOCKED = ROOT / "tests" / "engine" / "smpp" / "node"
FILES = ("package.json", "package-lock.json")
HOME = ENVIRONMENTS / "node"

# Nothing of a package is run, and where no registry answers this is known soon.
NPM_CI = (
    "npm",
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--loglevel=error",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",  # milliseconds, and so the next
    "--fetch-timeout=20000",
)
TIMEOUT = 120.0  # seconds for all of it; it takes one


class NodePackagesError(Exception):
    """They could not be installed; the text says why."""


def modules(home: Path = HOME) -> Path:
    """What ``NODE_PATH`` must name for Node to find them."""
    return home / "node_modules"


def are_installed(home: Path = HOME, locked: Path = LOCKED) -> bool:
    """They are there, and are those of the lock file as it is now."""
    stamp = home / STAMP
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == _digest(locked)


def install(home: Path = HOME, locked: Path = LOCKED) -> None:
    """Install them anew.

    Raises:
        NodePackagesError: npm is not here, reaches no registry, or got something else than what is locked.
    """
    npm = shutil.which(NPM_CI[0])
    if npm is None:
        raise NodePackagesError("npm is not on this machine")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    for name in FILES:
        shutil.copyfile(locked / name, home / name)
    try:
        ended = subprocess.run(
            [npm, *NPM_CI[1:]], cwd=home, stdin=subprocess.DEVNULL, stdout=2, check=False, timeout=TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired) as err:
        raise NodePackagesError(f"npm did not end well: {type(err).__name__}") from None
    if ended.returncode != 0:
        raise NodePackagesError(f"npm ended with code {ended.returncode}; its last words are above")
    (home / STAMP).write_text(_digest(locked), encoding="utf-8")


def surroundings(home: Path = HOME) -> dict[str, str]:
    """The environment in which Node finds them."""
    others = os.environ.get("NODE_PATH", "")
    return {**os.environ, "NODE_PATH": os.pathsep.join(filter(None, (str(modules(home)), others)))}


def _digest(locked: Path) -> str:
    return hashlib.sha256(b"".join((locked / name).read_bytes() for name in FILES)).hexdigest()
