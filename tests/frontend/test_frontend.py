"""The page's own tests: in Node what needs no browser, in Chromium what does."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NODE = shutil.which("node")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 50  # seconds of real time; each takes a few
VIRTUAL_TIME = 20_000  # milliseconds of the browser's clock for all tests; they need little of it

BROWSER_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1200,900",
    f"--virtual-time-budget={VIRTUAL_TIME}",
    "--dump-dom",
)


@pytest.mark.skipif(NODE is None, reason="Node is not on this machine")
@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.mjs")), ids=lambda file: file.name)
def test_in_node(file: Path) -> None:
    ran = subprocess.run(
        [str(NODE), "--no-warnings", "--test", str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert ran.returncode == 0, ran.stdout
    passed = re.search(r"^# pass (\d+)$", ran.stdout, re.MULTILINE)
    assert passed is not None
    assert int(passed[1]) > 0


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not on this machine")
def test_in_chromium(address: str, tmp_path: Path) -> None:
    command = [str(CHROMIUM), *BROWSER_OPTIONS, f"--user-data-dir={tmp_path}", f"{address}/browser.html"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    found = re.search(r'<pre id="results">(.+?)</pre>', ran.stdout, re.DOTALL)
    assert found is not None, ran.stdout[-2000:] + ran.stderr[-2000:]
    results = json.loads(html.unescape(found[1]))
    assert len(results) >= 50
    assert [each for each in results if each["error"]] == []
