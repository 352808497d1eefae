"""What the operator's page is answered over Home Assistant's websocket, on a journal that is there.

Home Assistant runs with the release zip; the journal is put into its folder before the first start.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.path.socket import connected
from bench.spread import spread
from lab.ledger import Ledger
from lab.parts.house import a_house

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.path.socket import Socket

PERSON = "p7"
ASKED: Mapping[str, Mapping[str, Any]] = {
    "overview": {"kind": "subscribe"},
    "open alarms": {"kind": "open_alarms"},
    "alarms": {"kind": "alarms"},
    "alarms that are loud": {"kind": "alarms", "states": ["raised"]},
    "alarms that are over": {"kind": "alarms", "states": ["closed"]},
    "messages": {"kind": "messages"},
    "messages that failed": {"kind": "messages", "states": ["failed", "expired"]},
    "messages of a person": {"kind": "messages", "person": PERSON},
    "who wrote": {"kind": "senders"},
    "inbox": {"kind": "inbox"},
    "conversation with a person": {"kind": "conversation", "person": PERSON},
    "routes": {"kind": "routes"},
    "people": {"kind": "people"},
}


async def ask_all(folder: Path, journal: Path, *, times: int) -> dict[str, dict[str, float]]:
    """Each question so many times, after once that does not count."""

    def prepare(config: Path) -> None:
        place = config / "alert_gateway"
        place.mkdir(parents=True)
        shutil.move(journal, place / "journal.db")

    async with (
        a_house(folder / "house", Ledger(), prepare) as house,
        connected(house.home_assistant) as socket,
    ):
        return {name: await _asked(socket, dict(fields), times) for name, fields in ASKED.items()}


async def _asked(socket: Socket, fields: dict[str, Any], times: int) -> dict[str, float]:
    kind = f"alert_gateway/{fields.pop('kind')}"
    seconds = []
    for _ in range(times + 1):
        began = time.perf_counter()
        if kind == "alert_gateway/subscribe":
            await socket.follow(kind)
        else:
            await socket.ask(kind, **fields)
        seconds.append(time.perf_counter() - began)
    return spread(seconds[1:])


if __name__ == "__main__":
    given = json.loads(sys.argv[2])
    found = ask_all(Path(given["folder"]), Path(given["journal"]), times=given["times"])
    print(json.dumps(asyncio.run(found)))
