"""The demo in a real browser: what a person does in Home Assistant can be done, and the pictures show it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
LIMIT = 600.0  # seconds; the story ends by itself before that, its environment was made before the tests
LARGEST_PICTURE = 100_000  # octets

pytestmark = [
    pytest.mark.timeout(LIMIT + 30),
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"),
        reason="Chromium is not on this machine (scripts/install_test_parts brings it)",
    ),
]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The story is played once; each test looks at another side of it."""
    report = tmp_path_factory.mktemp("browser") / "report.json"
    played = subprocess.run(
        [str(ROOT / "scripts" / "screenshots"), "--check", "--report", str(report)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert report.exists(), played.stdout
    content: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return content


def test_the_phone_gets_what_each_step_sends(seen: dict[str, Any]) -> None:
    trial, test, well, told = seen["texts"][:4]
    assert trial == "Test message of Alert Gateway. If you can read this, sending works."
    assert test.startswith("TEST")
    assert well.startswith(f"TEST {test[-4:]} is yours")
    assert told.startswith("CRITICAL Water in the cellar: Pump 2 does not start.")


def test_the_alarm_is_taken_in_the_name_of_the_user(seen: dict[str, Any]) -> None:
    assert seen["acknowledged_by"] == "home_assistant:Demo"


def test_axe_finds_nothing_in_what_is_ours(seen: dict[str, Any]) -> None:
    assert seen["violations"] == []


def test_the_pictures_of_the_documentation_are_those_of_the_story(seen: dict[str, Any]) -> None:
    """Another step, another picture: then scripts/screenshots was forgotten."""
    assert {file.name for file in IMAGES.iterdir()} == set(seen["pictures"])


def test_every_picture_is_shown_somewhere_and_is_small() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    shown = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    assert [file.name for file in IMAGES.iterdir() if f"images/{file.name}" not in shown] == []
    assert [file.name for file in IMAGES.iterdir() if file.stat().st_size > LARGEST_PICTURE] == []
