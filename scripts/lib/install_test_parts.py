"""Installs the programs and npm packages that tests talk to: ``python3 -m scripts.lib.install_test_parts``.

Where something cannot be installed, the tests that need it are skipped and say so; that is no failure.
It runs on any Python from 3.9 on.
"""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, NamedTuple

from scripts.lib import debian, node_packages
from scripts.lib.environment import tell

if TYPE_CHECKING:
    from pathlib import Path

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
    Part("strace", "strace"),
    Part("faketime", "faketime"),
    Part("ip", "iproute2"),
    Part("dbus-run-session", "dbus"),
    Part("chromium", "chromium"),
    Part("ofono-phonesim", "ofono-phonesim", from_next_release=True),
)
# By themselves: other makers' packages of Node bring npm along, and then Debian's does not go beside them.
NODE_PARTS = (Part("node", "nodejs"), Part("npm", "npm"))


def missing_parts(parts: tuple[Part, ...]) -> list[Part]:
    """Those that are not on this machine."""
    return [
        part
        for part in parts
        if shutil.which(part.program) is None and shutil.which(part.program, path=WHERE) is None
    ]


def main() -> int:
    """Install what is missing."""
    for parts in (PARTS, NODE_PARTS):
        if missing := missing_parts(parts):
            install_or_tell(missing)
    install_node_packages_or_tell()
    return 0


def install_or_tell(missing: list[Part]) -> None:
    """Install parts, or say why not."""
    names = ", ".join(part.package for part in missing)
    if reason := debian.why_not_apt():
        tell(f"Not installed: {names} ({reason}). The tests that need them will be skipped.")
        return
    tell(f"Installing from Debian, for the tests: {names}.")
    try:
        install(missing)
    except debian.AptError as err:
        tell(f"{err}\nThe tests that need {names} will be skipped.")


def install_node_packages_or_tell(home: Path = node_packages.HOME) -> None:
    """Install the npm packages, or say why not."""
    if node_packages.are_installed(home):
        return
    tell("Installing the npm packages of the tests.")
    try:
        node_packages.install(home)
    except node_packages.NodePackagesError as err:
        tell(f"Not installed: {err}. The tests that need them will be skipped.")


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
