"""``python -m scripts.lib.browser [--check] [--report FILE]`` in the environment ``browser``.

Plays the story and puts its pictures into ``docs/images``, if nothing went wrong; with ``--check`` nowhere.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from playwright.async_api import Error

from scripts.lib.demo.child import DemoError
from scripts.lib.demo.place import Place
from scripts.lib.demo.proof import require_clean_log
from scripts.lib.demo.stage import set_up
from scripts.lib.demo.telling import Telling
from scripts.lib.environment import ROOT
from scripts.lib.vendoring import VendoringError

from .camera import Camera
from .chromium import open_browser
from .stage import BareBuilder
from .story import Story

IMAGES = ROOT / "docs" / "images"
STOPPED = ROOT / ".cache" / "browser-stopped.png"  # what was seen when the story could not go on
PLAY_TIMEOUT = 540.0  # seconds for all of it; 60 on an idle machine of two cores


async def play(folder: Path, images: Path) -> dict[str, Any]:
    """Play the story on a stage in a folder; returns what was seen."""
    place, tell = Place(folder / "house"), Telling()
    async with (
        asyncio.timeout(PLAY_TIMEOUT),
        set_up(place, tell, BareBuilder) as stage,
        open_browser() as page,
    ):
        camera = Camera(images)
        story = Story(page, stage, camera, tell)
        try:
            await story.play()
        except (Error, DemoError):
            STOPPED.parent.mkdir(exist_ok=True)
            await page.screenshot(path=STOPPED)
            raise
    require_clean_log(place.log("home_assistant"))
    return {**asdict(story.seen), "pictures": camera.names}


async def _run(folder: Path, images: Path) -> dict[str, Any]:
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel if task else loop.stop)
    return await play(folder, images)


def main() -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="scripts/screenshots", description="Plays the demo in a browser, and takes its pictures."
    )
    parser.add_argument("--check", action="store_true", help="leave docs/images as it is; exit 0 or 1")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what was seen as JSON")
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="alert-gateway-") as folder:
        images = Path(folder) / "images"
        try:
            seen = asyncio.run(_run(Path(folder), images))
        except asyncio.CancelledError:
            return 1
        except (DemoError, VendoringError, TimeoutError, Error) as err:
            print(f"\nThe story stopped after {time.monotonic() - started:.0f} s: {err}", file=sys.stderr)
            print(f"{STOPPED.relative_to(ROOT)} shows where, if a page was open", file=sys.stderr)
            return 1
        if options.report:
            options.report.write_text(json.dumps(seen, indent=1, ensure_ascii=False), encoding="utf-8")
        if not options.check:
            shutil.rmtree(IMAGES, ignore_errors=True)
            shutil.copytree(images, IMAGES)
    for found in seen["violations"]:
        print(f"{found['place']}: {found['rule']}: {found['help']} {found['at']}", file=sys.stderr)
    print(f"{len(seen['pictures'])} pictures, {time.monotonic() - started:.0f} s")
    return 1 if seen["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())
