"""What is spent waiting, side by side: ``python -m bench.instead.slow``; tells rows as JSON.

Each tool and scenario has a modem of its own. Together they use a few hundredths of a core.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from bench.driver.client import ClientError
from bench.driver.exact import run_exactly
from bench.instead.extent import FULL, Extent, Scenario
from bench.instead.play import play
from bench.instead.roster import Entry, roster

STARTED = "started"  # a line, when all of them have started and the machine is quiet again
WITHIN = 660.0  # seconds for all; a row that takes longer is not told
START = 45.0  # seconds in which all of them start: four times Home Assistant is the slowest


async def side_by_side(extent: Extent) -> dict[str, dict[str, Any]]:
    """Rows by scenario and tool; a row that was not to be had says why."""
    found: dict[str, dict[str, Any]] = {}

    async def one(entry: Entry, scenario: Scenario) -> None:
        sizes = extent.bursts if entry.takes_all else extent.fewer_bursts
        try:
            async with asyncio.timeout(WITHIN):
                row = await play(entry.make(), scenario, sizes, extent.pauses)
        except TimeoutError:
            row = {"missing": f"not done within {WITHIN:g} s"}
        except ClientError as err:
            row = {"missing": str(err)}
        found.setdefault(scenario, {})[entry.name] = row

    async with asyncio.TaskGroup() as group:
        for entry in roster():
            for scenario in extent.scenarios:
                if (scenario.is_waiting or not entry.is_quick) and not entry.missing:
                    group.create_task(one(entry, scenario))
        await asyncio.sleep(START)
        tell(STARTED)
    return found


def tell(line: str) -> None:
    """To whoever started this."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    tell(json.dumps(run_exactly(side_by_side(FULL))))
