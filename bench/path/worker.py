"""One world in a process of its own: ``python -m bench.path.worker daemon|home JSON``; tells JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any


def main(world: str, how: dict[str, Any]) -> None:
    """Each world has an environment of its own: what the other needs is not here."""
    measure = import_module(f"bench.path.{world}").measure
    with tempfile.TemporaryDirectory(prefix="bench-", dir=how.pop("folder")) as place:
        print(json.dumps(asyncio.run(measure(Path(place), **how))))


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
