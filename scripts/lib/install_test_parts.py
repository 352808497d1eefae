"""Installs the programs that the end-to-end tests talk to: ``python3 -m scripts.lib.install_test_parts``.

Where they cannot be installed, the tests that need them are skipped and say so; that is no failure.
It runs on any Python from 3.9 on.
"""

from __future__ import annotations

import shutil
import sys
from typing import NamedTuple

from scripts.lib import debian
from scripts.lib.environment import tell

# Debian puts daemons where a user's PATH may not look.
WHERE = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Part(NamedTuple):
    """One program and the Debian package that has it."""

    program: str
    package: str
    from_next_release: bool = False


PARTS = (
    Part("mosquitto", "mosquitto"),
    Part("socat", "socat"),
    Part("ip", "iproute2"),
    Part("dbus-run-session", "dbus"),
    Part("ofono-phonesim", "ofono-phonesim", from_next_release=True),
)


def missing_parts() -> list[Part]:
    """The parts that are not on this machine."""
    return [
        part
        for part in PARTS
        if shutil.which(part.program) is None and shutil.which(part.program, path=WHERE) is None
    ]


def main() -> int:
    """Install what is missing."""
    missing = missing_parts()
    if not missing:
        tell("All parts of the end-to-end tests are here.")
        return 0
    names = ", ".join(part.package for part in missing)
    if reason := debian.why_not_apt():
        tell(f"Not installed: {names} ({reason}). The tests that need them will be skipped.")
        return 0
    tell(f"Installing from Debian, for the end-to-end tests: {names}.")
    try:
        install(missing)
    except debian.AptError as err:
        tell(f"{err}\nThe tests that need {names} will be skipped.")
    return 0


def install(parts: list[Part]) -> None:
    """Install parts, first those of the installed release."""
    of_the_next = [part.package for part in parts if part.from_next_release]
    of_this = [part.package for part in parts if not part.from_next_release]
    if of_the_next:
        tell(debian.WHAT_THE_NEXT_RELEASE_CHANGES.format(package=", ".join(of_the_next)))
        debian.add_next_release()
    debian.update()
    if of_this:
        debian.install(of_this)
    if of_the_next:
        debian.install(of_the_next, from_next_release=True)


if __name__ == "__main__":
    sys.exit(main())
