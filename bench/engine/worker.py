"""One measurement in a process of its own: ``python -m bench.engine.worker PART JSON``; tells JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.engine import accepting, growing, history, questions

if TYPE_CHECKING:
    from collections.abc import Callable


def _disk(folder: str, count: int) -> dict[str, Any]:
    place = Path(folder)
    return {"fsync": accepting.bare_syncs(place, count), "commit": accepting.bare_commits(place, count)}


PARTS: dict[str, Callable[..., Any]] = {
    "accept": lambda folder, **how: asyncio.run(accepting.accept(Path(folder), **how)),
    "disk": _disk,
    "build": lambda journal, **how: history.build(Path(journal), **how),
    "crash": lambda journal: asyncio.run(growing.crash(Path(journal))),
    "measure": lambda journal, **how: asyncio.run(growing.measure(Path(journal), **how)),
    "ask": lambda journal, **how: asyncio.run(questions.ask_all(Path(journal), **how)),
}


if __name__ == "__main__":
    print(json.dumps(PARTS[sys.argv[1]](**json.loads(sys.argv[2]))))
