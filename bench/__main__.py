"""``scripts/bench``: what is measured, in which extent."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from bench import record
from bench.codec.run import run_codec
from bench.driver.extent import FULL, SMOKE
from bench.driver.run import run_faults, run_idle, run_line
from bench.engine.run import run_engine
from bench.home.run import run_home
from bench.install_peers import install_peers
from bench.instead.run import run_instead
from bench.page import write_page
from bench.path.run import run_path
from bench.plots import draw_plots
from scripts.lib.environment import tell

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS: dict[str, Callable[[bool], dict[str, Any]]] = {
    "codec": lambda smoke: run_codec(quick=smoke),
    "line": lambda smoke: run_line(SMOKE if smoke else FULL),
    "idle": lambda smoke: run_idle(SMOKE if smoke else FULL),
    "faults": lambda smoke: run_faults(SMOKE if smoke else FULL),
    "home": lambda smoke: run_home(quick=smoke),
    "engine": lambda smoke: run_engine(smoke=smoke),
    "path": lambda smoke: run_path(smoke=smoke),
    "instead": lambda smoke: run_instead(smoke=smoke),
}
PAGE = "page"


def main(arguments: list[str]) -> int:
    """Measure the parts that are named, or all; then write the page."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, PAGE, []], help="default: all")
    parser.add_argument("--smoke", action="store_true", help="a little of everything; nothing is written")
    options = parser.parse_args(arguments)
    if not options.smoke:
        install_peers()
    for part in options.parts or PARTS:
        if part == PAGE:
            continue
        result = PARTS[part](options.smoke)
        if not options.smoke:
            tell(f"written: {record.write(part, result)}")
    if not options.smoke:
        for file in (*draw_plots(), write_page()):
            tell(f"written: {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
