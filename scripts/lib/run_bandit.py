"""Runs bandit over what is shipped: ``python -m scripts.lib.run_bandit`` in the environment ``check``.

bandit's B608 is ruff's S608, and so on. What a ``noqa`` with its reason excepts for ruff is excepted here,
too, so that each reason stands once, at its line. What ruff does not find has its reason in pyproject.toml,
``[tool.bandit-exceptions]``: one for each file and rule. An exception that nothing needs is a finding.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any

from scripts.lib.environment import ROOT, tell

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = ("gsm_driver", "alert_engine", "custom_components")
_NOQA = re.compile(r"# noqa: (?P<codes>[A-Z0-9, ]+?)\s+(?:-|#) (?P<reason>\S.*)")


def findings() -> list[dict[str, Any]]:
    """What bandit says, whatever the code says of it."""
    command = (sys.executable, "-m", "bandit", "-q", "-r", *FOLDERS, "-f", "json")
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    told: dict[str, Any] = json.loads(ran.stdout)
    if told["errors"]:
        raise SystemExit(f"bandit could not read {told['errors']}")
    return list(told["results"])


def is_excepted_by_line(finding: dict[str, Any], lines: list[str]) -> bool:
    """One of the lines of the statement says why it is right, for ruff."""
    wanted = f"S{finding['test_id'][1:]}"
    for number in finding["line_range"]:
        found = _NOQA.search(lines[number - 1])
        if found and wanted in {code.strip() for code in found["codes"].split(",")}:
            return True
    return False


def judged(found: list[dict[str, Any]], exceptions: dict[str, str], root: Path = ROOT) -> list[str]:
    """What no reason excepts, and the exceptions that nothing needs; a line each."""
    left, needed = [], set()
    for finding in found:
        file, rule = finding["filename"].removeprefix("./"), finding["test_id"]
        name = f"{file} {rule}"
        if is_excepted_by_line(finding, (root / file).read_text(encoding="utf-8").splitlines()):
            continue
        if exceptions.get(name):
            needed.add(name)
            continue
        left.append(f"{file}:{finding['line_number']}: {rule} {finding['issue_text']}")
    return [*left, *(f"pyproject.toml: nothing needs {name}" for name in sorted(set(exceptions) - needed))]


def main() -> int:
    """Tell what is wrong; 1 if anything is."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = findings()
    left = judged(found, pyproject["tool"]["bandit-exceptions"])
    for line in left:
        tell(line)
    tell(f"bandit: {len(found)} findings, {len(left)} without a reason")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
