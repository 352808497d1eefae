"""The demo is a promise of the README: it plays its story on any machine, with the release zip installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIMIT = 480.0  # seconds; the check ends by itself before that, its environment was made before the tests


@pytest.mark.timeout(LIMIT + 30)
def test_the_demo_plays_its_story_to_the_end() -> None:
    """Raised on MQTT, told by SMS, acknowledged by a reply, cleared; each part is a process of its own."""
    played = subprocess.run(
        [str(ROOT / "scripts" / "demo"), "--check"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert played.returncode == 0, played.stdout
