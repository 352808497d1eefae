"""Runs every check that needs no test run: ``python -m scripts.lib.run_checks`` in the environment ``check``.

All of them run even if one fails; the last lines say which did.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from typing import NamedTuple

from scripts.lib.environment import ROOT, tell

PYTHON = (sys.executable, "-m")
SHELL_SYNTAX = 'for file; do bash -n "$file" || exit 1; done'


class Check(NamedTuple):
    """One check and its command."""

    name: str
    command: tuple[str, ...]


def shell_programs() -> list[str]:
    """Every Bash program of the repository."""
    candidates = [*ROOT.glob("scripts/*"), *ROOT.glob("scripts/lib/*.sh"), ROOT / ".ci" / "run"]
    return sorted(
        str(file.relative_to(ROOT))
        for file in candidates
        if file.is_file() and (file.suffix == ".sh" or file.read_bytes().startswith(b"#!/usr/bin/env bash"))
    )


def checks() -> list[Check]:
    """All checks, the quick ones first."""
    tests = ("tests/test_architecture.py", "tests/test_docs.py")
    found = [
        Check("ruff check", (*PYTHON, "ruff", "check", ".")),
        Check("ruff format", (*PYTHON, "ruff", "format", "--check", ".")),
        Check("spelling", (*PYTHON, "codespell_lib", ".")),
        Check("shell syntax", ("bash", "-c", SHELL_SYNTAX, "-", *shell_programs())),
        Check("bandit", (*PYTHON, "scripts.lib.run_bandit")),
        Check("integration", (*PYTHON, "scripts.lib.validate")),
        Check(
            "types of the libraries",
            (*PYTHON, "mypy", "--python-version", "3.11", "-p", "gsm_driver", "-p", "alert_engine"),
        ),
        Check("types of the integration", (*PYTHON, "mypy", "-p", "custom_components.alert_gateway")),
        Check("types of the scripts", (*PYTHON, "mypy", "-p", "scripts.lib", "-p", "bench", "-p", "lab")),
        Check("architecture and docs", (*PYTHON, "pytest", "-q", *tests)),
    ]
    if shellcheck := shutil.which("shellcheck"):
        found.insert(
            4,
            Check(
                "shellcheck", (shellcheck, "--external-sources", "--source-path=SCRIPTDIR", *shell_programs())
            ),
        )
    return found


def main() -> int:
    """Run all; returns 1 if any failed."""
    failed = []
    for check in checks():
        started = time.monotonic()
        tell(f"--- {check.name}")
        if subprocess.run(check.command, cwd=ROOT, check=False).returncode != 0:
            failed.append(check.name)
        tell(f"    {time.monotonic() - started:.1f} s")
    tell(f"FAILED: {', '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
