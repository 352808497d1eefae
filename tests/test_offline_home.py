"""The release zip on a Home Assistant without any network: it is set up, and it sends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scripts.lib.environment import environment_python
from scripts.lib.offline_folder import PROGRAM, write_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

RUN_TIMEOUT = 400  # seconds; 5 on an idle machine, minutes on one that does much else
# Seconds of CPU, so that what other programs take is not counted; that nothing waits there, Home Assistant's
# own detection of blocking calls tells.
MOST_LOOP_TIME = 0.5  # of the event loop for the whole set-up; 0.03 on an idle machine
LONGEST_HOLD = 0.05  # of one callback

# A network of its own, in which nothing is but this machine; not every machine lets us make one.
ALONE = ("unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


def alone() -> Sequence[str]:
    """What goes before a command, so that the kernel itself knows of no network."""
    try:
        tried = subprocess.run([*ALONE, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return ()
    return ALONE if tried.returncode == 0 else ()


def newest_home_assistant() -> Path:
    """The environment of the demo has the newest release; it is made by scripts/demo."""
    python = environment_python("demo")
    if not python.exists():
        pytest.skip("the environment of the demo is not there: scripts/demo makes it")
    return python


def run(python: Path, folder: Path) -> dict[str, Any]:
    """What came of it."""
    config = write_folder(folder)
    ran = subprocess.run(
        [*alone(), python, "-I", PROGRAM, config],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=RUN_TIMEOUT,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    result: dict[str, Any] = json.loads(ran.stdout)
    return result


@pytest.mark.timeout(RUN_TIMEOUT + 10)
@pytest.mark.parametrize("which", ["tested", "newest"])
def test_it_is_set_up_and_sends_without_a_network(tmp_path: Path, which: str) -> None:
    result = run(Path(sys.executable) if which == "tested" else newest_home_assistant(), tmp_path)

    assert result["texts"] == ["Sent without a network"]
    assert result["complaints"] == []
    assert result["refused"] == [], "nobody is to ask for an address outside"
    assert result["start"]["cpu"] < MOST_LOOP_TIME
    assert result["longest_cpu"] < LONGEST_HOLD
