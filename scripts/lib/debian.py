"""Packages from Debian, and from Debian's next release beside the installed one.

Used only where nothing else works, only as root, only on Debian, and never with ``AGW_NO_APT=1`` in the
environment. It runs on any Python from 3.9 on.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

NEXT_RELEASE = "forky"  # the first with Python 3.14 and ofono-phonesim
SOURCES = Path("/etc/apt/sources.list.d")
OLD_SOURCES = Path("/etc/apt/sources.list")
PREFERENCES = Path("/etc/apt/preferences.d")
DEFAULT_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

WHAT_THE_NEXT_RELEASE_CHANGES = f"""\
  About to add Debian's next release ({NEXT_RELEASE}) as a package source with low priority, and to install
  {{package}} from it. That also raises libc6 and OpenSSL on this machine to that release's versions.
  To forbid it, stop now and set AGW_NO_APT=1."""


class Archive(NamedTuple):
    """Where this machine gets Debian from."""

    uri: str
    signed_by: str


class AptError(Exception):
    """apt-get failed; its own words went to standard error."""


def why_not_apt() -> str:
    """Why Debian's packages must not or cannot be installed here; empty if they can."""
    if os.environ.get("AGW_NO_APT"):
        return "AGW_NO_APT is set"
    if shutil.which("apt-get") is None or "ID=debian" not in _os_release():
        return "this is not Debian"
    if os.geteuid() != 0:
        return "not root"
    return ""


def _os_release() -> list[str]:
    try:
        return Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def update() -> None:
    """Fetch the package lists."""
    _apt_get("update")


def install(packages: list[str], *, from_next_release: bool = False) -> None:
    """Install packages, asking nothing.

    Debian 12's libssl3 and the next release's openssl-provider-legacy share a file, hence --force-overwrite.
    """
    suite = ["-t", NEXT_RELEASE, "-o", "Dpkg::Options::=--force-overwrite"] if from_next_release else []
    _apt_get(
        "install", "-y", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", *suite, *packages
    )


def add_next_release() -> None:
    """Add the next release as a source of its own, pinned so low that only a named package comes from it."""
    if any(re.search(rf"\b{NEXT_RELEASE}\b", text) for text in _source_texts()):
        return
    archive = find_archive(_source_texts())
    SOURCES.joinpath(f"{NEXT_RELEASE}.sources").write_text(
        f"Types: deb\nURIs: {archive.uri}\nSuites: {NEXT_RELEASE}\nComponents: main\n"
        f"Signed-By: {archive.signed_by}\n"
    )
    PREFERENCES.joinpath(NEXT_RELEASE).write_text(
        f"Package: *\nPin: release n={NEXT_RELEASE}\nPin-Priority: 100\n"
    )


def _source_texts() -> list[str]:
    files = [OLD_SOURCES, *sorted(SOURCES.glob("*.sources")), *sorted(SOURCES.glob("*.list"))]
    return [file.read_text(encoding="utf-8") for file in files if file.is_file()]


def find_archive(sources: list[str]) -> Archive:
    """The archive in source lists of the new (deb822) or the old (one line) form; not that of security."""
    for text in sources:
        for uri, keyring in _deb822_archives(text) + _one_line_archives(text):
            if uri.rstrip("/").endswith("/debian"):
                return Archive(uri, keyring)
    raise AptError("no Debian archive is named in the apt sources of this machine")


def _deb822_archives(text: str) -> list[tuple[str, str]]:
    archives = []
    for stanza in re.split(r"\n\s*\n", text):
        fields = dict(re.findall(r"(?m)^([A-Za-z-]+):[ \t]*(\S+)", stanza))
        if "URIs" in fields:
            archives.append((fields["URIs"], fields.get("Signed-By", DEFAULT_KEYRING)))
    return archives


def _one_line_archives(text: str) -> list[tuple[str, str]]:
    lines = re.findall(r"(?m)^deb[ \t]+(?:\[([^\]]*)\][ \t]+)?(\S+)", text)
    return [
        (uri, found[1] if (found := re.search(r"signed-by=(\S+)", options)) else DEFAULT_KEYRING)
        for options, uri in lines
    ]


def _apt_get(*arguments: str) -> None:
    command = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120", *arguments]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if (
        subprocess.run(command, stdout=2, stdin=subprocess.DEVNULL, env=environment, check=False).returncode
        != 0
    ):
        raise AptError(f"apt-get {arguments[0]} failed; its last words are above")
