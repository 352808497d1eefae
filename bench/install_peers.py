"""Installs the peers that are Debian packages: gammu and smstools. Elsewhere they are skipped."""

from __future__ import annotations

from bench.driver.daemons import find_program
from bench.instead.tools.spooled import has_sqlite_driver
from scripts.lib import debian
from scripts.lib.environment import tell

PEERS = {"gammu": "gammu", "gammu-smsd": "gammu-smsd", "smsd": "smstools"}  # program and package
SQLITE_DRIVER = "libdbd-sqlite3"  # gammu-smsd loads it when it is told to keep its outbox in SQLite


def install_peers() -> None:
    """Install what is missing, only as root, only on Debian. Their services are not needed, and stay off."""
    missing = [package for program, package in PEERS.items() if find_program(program) is None]
    if not has_sqlite_driver():
        missing.append(SQLITE_DRIVER)
    if not missing:
        return
    names = ", ".join(missing)
    if reason := debian.why_not_apt():
        tell(f"Not installed, and so not measured: {names} ({reason}).")
        return
    tell(f"Installing from Debian, to be measured: {names} (AGW_NO_APT=1 forbids this).")
    try:
        debian.update()
        debian.install(missing)
    except debian.AptError as err:
        tell(f"{err}\nNot measured: {names}.")
