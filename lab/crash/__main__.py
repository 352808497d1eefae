"""Kill the gateway many times and tell what came of it: ``bench/crash --runs 100000``.

Ends with code 1 if a promise was broken. Each broken one is told with the command that plays it again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from alert_engine.failpoints import NAMES

from .flaws import Flaw
from .harness import run
from .story import play
from .world import Kill

if TYPE_CHECKING:
    from .harness import Tally

_SHOWN = 20  # broken promises


def main(arguments: list[str]) -> int:
    """Play, and print the table."""
    parser = argparse.ArgumentParser(prog="bench/crash", description=__doc__)
    parser.add_argument("--runs", type=int, default=2000, help="processes to kill, at least; default: 2000")
    parser.add_argument("--seed", type=int, help="of the first story; default: another one each time")
    parser.add_argument("--story", type=int, metavar="SEED", help="play this one story only")
    parser.add_argument("--workers", type=int, default=2, help="stories at the same time; default: 2")
    parser.add_argument("--folder", type=Path, help="for the journals, on the disk that is meant")
    parser.add_argument("--flaw", type=Flaw, choices=list(Flaw), help="build this mistake in")
    parser.add_argument("--json", action="store_true", help="the figures for a program")
    options = parser.parse_args(arguments)
    if options.story is not None:
        return _tell_story(options.story, options.folder, options.flaw)
    seed = int(time.time()) if options.seed is None else options.seed
    tally = run(options.runs, seed=seed, workers=options.workers, folder=options.folder, flaw=options.flaw)
    _tell(json.dumps(vars(tally)) if options.json else _table(tally, seed))
    return 1 if tally.broken else 0


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _tell_story(seed: int, folder: Path | None, flaw: Flaw | None) -> int:
    result = play(seed, folder, flaw=flaw)
    for number, end in enumerate(result.ends, start=1):
        _tell(f"life {number}: ended at {end.point}")
    _tell(f"promises {result.promises}, messages {result.messages}")
    for kind, found in result.findings.faults.items():
        for each in found:
            _tell(f"{kind}: {each}")
    _tell("clean" if result.findings.is_clean else "NOT clean")
    return 0 if result.findings.is_clean else 1


def _table(tally: Tally, seed: int) -> str:
    points = [*NAMES, *(kill for kill in Kill if kill not in {Kill.FAILPOINT, Kill.NONE})]
    rows = [f"{'point':28} {'killed':>7} {'in doubt':>9} {'one more':>9}"] + [
        f"{point:28} {tally.kills[point]:7} {tally.doubts[point]:9} {tally.resent[point]:9}"
        for point in points
    ]
    total = (
        f"{tally.crashes} crashes in {tally.stories} stories from seed {seed}, {tally.seconds:.0f} s; "
        f"{tally.promises} promises, {tally.messages} messages, "
        f"{tally.doubts.total()} doubts, {tally.resent.total()} messages more than one"
    )
    faults = ", ".join(f"{kind} {count}" for kind, count in tally.faults.items())
    broken = [f"{found}\n    again: bench/crash --story {story}" for story, found in tally.broken[:_SHOWN]]
    return "\n".join([*rows, total, faults, *broken])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
