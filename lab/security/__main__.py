"""The process of a case: ``python -m lab.security --child NUMBER WORLD SEED RUNS FOLDER``, by the runner.

People start cases by ``scripts/lab --security``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lab.child import play_all
from lab.row import World

from .catalogue import load_one


def main(arguments: list[str]) -> None:
    """Play it."""
    parser = argparse.ArgumentParser(prog="python -m lab.security")
    parser.add_argument("--child", nargs=5, required=True)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    number, world, seed, runs, folder = options.child
    play_all(
        int(number),
        World(world),
        int(seed),
        int(runs),
        Path(folder),
        is_quick=options.quick,
        load_one=load_one,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
