"""Pins requirements/*.in, with hashes, to requirements/*.txt; one file serves Linux and macOS.

``python3 -m scripts.lib.compile_requirements [--upgrade] [USE …]``; without --upgrade what is pinned stays
if it can.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile

from scripts.lib.environment import HOME_ASSISTANT_PYTHON, ROOT, SetupError, find_python, find_uv, run, tell

REQUIREMENTS = ROOT / "requirements"
PYTHON_VERSIONS = {  # the oldest Python that each file must fit
    "uv": "3.9",
    "run": "3.11",
    "libs": "3.11",
    "bench": "3.11",
    "fuzz": "3.14.2",
    "audit": "3.14.2",
    "test": "3.14.2",
    "check": "3.14.2",
    "build": "3.14.2",
    "demo": "3.14.2",
    "browser": "3.14.2",
}
RUNTIME_NOTE = """\
# Written by scripts/compile_requirements: what Home Assistant {version} would fetch when it starts
# with the demo's configuration. Left out, because demo.in asks for newer ones: {left_out}.
"""
# The releases that Home Assistant pins have no wheel for Python 3.14 and would be compiled for minutes.
LEFT_OUT = {"pymicro-vad", "pyspeex-noise"}


def compile_use(uv: str, use: str, *, upgrade: bool) -> None:
    """Pin one use."""
    tell(f"pinning requirements/{use}.txt")
    command = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-annotate"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--python-version", PYTHON_VERSIONS[use]]
    command += ["--custom-compile-command", "scripts/compile_requirements"]
    command += ["--upgrade"] if upgrade else []
    run([*command, str(REQUIREMENTS / f"{use}.in"), "--output-file", str(REQUIREMENTS / f"{use}.txt")])


def write_runtime_requirements(uv: str) -> None:
    """Ask the Home Assistant that the demo pins what it would fetch at its start."""
    pinned = re.search(r"(?m)^homeassistant==(\S+)", (REQUIREMENTS / "demo.in").read_text())
    if pinned is None:
        raise SetupError("requirements/demo.in must pin homeassistant==VERSION")
    version = pinned[1]
    tell(f"asking Home Assistant {version} what it fetches at its start")
    with tempfile.TemporaryDirectory() as folder:
        python = find_python(uv, HOME_ASSISTANT_PYTHON)
        run([uv, "venv", "--quiet", "--no-project", "--python", python, folder])
        inside = f"{folder}/bin/python"
        run([uv, "pip", "install", "--quiet", "--python", inside, f"homeassistant=={version}"])
        asked = [inside, str(ROOT / "scripts/lib/home_assistant_runtime.py"), *sorted(LEFT_OUT)]
        lines = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    note = RUNTIME_NOTE.format(version=version, left_out=", ".join(sorted(LEFT_OUT)))
    (REQUIREMENTS / "demo-runtime.in").write_text(note + lines)


def main(arguments: list[str]) -> int:
    """Pin all uses, or those that are named."""
    parser = argparse.ArgumentParser(prog="scripts/compile_requirements", description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    parser.add_argument("uses", nargs="*", metavar="USE", help=", ".join(PYTHON_VERSIONS))
    options = parser.parse_args(arguments)
    if unknown := set(options.uses) - set(PYTHON_VERSIONS):
        parser.error(f"no such use: {', '.join(sorted(unknown))}")
    uv = find_uv()
    uses = options.uses or list(PYTHON_VERSIONS)
    if "demo" in uses:
        write_runtime_requirements(uv)
    for use in uses:
        compile_use(uv, use, upgrade=options.upgrade)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SetupError as err:
        sys.exit(str(err))
