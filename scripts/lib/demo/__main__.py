"""``python -m scripts.lib.demo [--check] [--fresh]`` in the environment ``demo``."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from typing import TYPE_CHECKING

from scripts.lib.environment import ROOT
from scripts.lib.vendoring import VendoringError

from .child import DemoError
from .place import fresh_place, usual_place
from .proof import require_clean_log
from .stage import USER, set_up
from .story import Story
from .telling import Telling
from .visitor import Visitor

if TYPE_CHECKING:
    from .place import Place

CHECK_TIMEOUT = 420.0  # seconds for the whole check; 25 on an idle machine of two cores


async def check(place: Place) -> None:
    """Play the story once, without a person."""
    tell = Telling()
    async with asyncio.timeout(CHECK_TIMEOUT), set_up(place, tell) as stage:
        await Story(stage, tell).play(_at_once)
    require_clean_log(place.log("home_assistant"))
    tell.act("The story was played to its end.")


async def _at_once(expected: str) -> str:
    return expected


async def show(place: Place) -> None:
    """Play the story for a person, and go on until Ctrl-C."""
    tell = Telling()
    tell.act("Setting the stage")
    async with set_up(place, tell) as stage:
        tell.act(
            f"Home Assistant: {stage.home_assistant.url}\n"
            f"log in as:      {USER}, password {stage.facts.password}\n"
            f"its log:        {place.log('home_assistant').relative_to(ROOT)}"
        )
        visitor = Visitor(tell)
        story = Story(stage, tell)
        await story.play(visitor.choose_reply)
        await visitor.play(stage, story)


async def _run(options: argparse.Namespace) -> None:
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel if task else loop.stop)
    if options.check:
        await check(fresh_place())
        return
    place = usual_place()
    if options.fresh:
        place.clear()
    await show(place)


def main() -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description="The story of one alarm, on this machine."
    )
    parser.add_argument("--check", action="store_true", help="play it in a fresh configuration; exit 0 or 1")
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier demo set up")
    options = parser.parse_args()
    started = time.monotonic()
    try:
        asyncio.run(_run(options))
    except asyncio.CancelledError:
        print("\nEnded; nothing is left running.")
        return 1 if options.check else 0
    except (DemoError, VendoringError, TimeoutError) as err:
        print(f"\nThe demo stopped after {time.monotonic() - started:.0f} s: {err}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
