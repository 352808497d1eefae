"""Whether weaknesses of the packages that we pin are known: pip-audit asks, if it reaches whom it asks.

What could not be asked is told as that. pip-audit itself says "no known vulnerabilities" of packages that it
skipped; here a skipped one was not asked.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scripts.lib.environment import SetupError, make_environment, requirements_file

if TYPE_CHECKING:
    from collections.abc import Iterable

ENVIRONMENT = "audit"
USES = ("run", "build")  # whose pinned packages are asked for: what is shipped, and what makes it
SERVICES = ("pypi", "osv")  # each is asked; the one that knew more packages counts
TIMEOUT = 180.0  # seconds for the packages of one use at one service: a second for each, and patience


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of it."""

    asked: int = 0  # packages
    weaknesses: tuple[str, ...] = ()
    not_asked: str = ""  # why; empty: all were

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"asked": self.asked, "weaknesses": list(self.weaknesses), "not_asked": self.not_asked}

    def __str__(self) -> str:
        """For people."""
        told = f"{self.asked} packages asked for, {len(self.weaknesses)} known weaknesses"
        return f"{told}; not asked: {self.not_asked}" if self.not_asked else told


def ask(uses: Iterable[str] = USES) -> Asked:
    """Ask for all packages of these uses."""
    try:
        python = str(make_environment(ENVIRONMENT))
    except SetupError as error:
        return Asked(not_asked=str(error))
    parts = []
    for use in uses:
        file = str(requirements_file(use))
        command = [python, "-m", "pip_audit", "-r", file, "--disable-pip", "--require-hashes", "-f", "json"]
        answers = (_answer([*command, "-s", service], use) for service in SERVICES)
        parts.append(max(answers, key=lambda each: each.asked))
    return _all(parts)


def read(told: str, use: str) -> Asked:
    """What pip-audit says in JSON; anything else is no answer."""
    try:
        packages = json.loads(told)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Asked(not_asked=f"{use}: the service cannot be reached")
    asked = [each for each in packages if "vulns" in each]
    skipped = len(packages) - len(asked)
    found = tuple(
        f"{use}: {each['name']} {each['version']}: {weakness['id']}"
        for each in asked
        for weakness in each["vulns"]
    )
    why = f"{use}: the service does not know {skipped} of {len(packages)} packages" if skipped else ""
    if not packages:
        why = f"{use}: no package was found"
    return Asked(asked=len(asked), weaknesses=found, not_asked=why)


def _answer(command: list[str], use: str) -> Asked:
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        return Asked(not_asked=f"{use}: the service did not answer within {TIMEOUT:g} s")
    return read(ran.stdout, use)


def _all(parts: Iterable[Asked]) -> Asked:
    each = list(parts)
    return Asked(
        asked=sum(part.asked for part in each),
        weaknesses=tuple(dict.fromkeys(one for part in each for one in part.weaknesses)),
        not_asked="; ".join(part.not_asked for part in each if part.not_asked),
    )
