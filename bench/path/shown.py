"""The section of the whole path in ``docs/performance.md``."""

from __future__ import annotations

from typing import Any

from bench.markdown import number, table, told, verdict
from bench.path.extent import IDLE

FIRST_OCTET_LIMIT = 250.0  # ms from accepted to the first octet at the modem, p99, on an idle machine
PATH = """\
## The whole path

From outside: a source publishes, posts or calls an action, and a simulated modem says when AT+CMGS has
arrived; an SMS is announced by the modem, and a client of Home Assistant's websocket says when it has the
event. *Accepted* is the broker's PUBACK, the answer 202, the return of the action; the last two come after
the commit. {samples} times each, one after the other. *Loaded*: {spinners} busy programs for each core and
one that keeps the disk busy. *Slow disk*: each fsync of the gateway takes {slow:g} ms more.
"""
TARGET = """\
The target is {limit:g} ms from accepted to the first octet, 99th percentile, on an idle machine: {word}.
"""
PLOT = "path.svg"


def path_section(result: dict[str, Any], *, slow: float, spinners: int) -> str:
    """The whole section."""
    words = PATH.format(samples=result["extent"]["samples"], spinners=spinners, slow=1000 * slow)
    late = missed(result["path"])
    target = TARGET.format(limit=FIRST_OCTET_LIMIT, word=verdict(reached=not late) + _named(late))
    rows = [
        [circumstances, way, figure, number(row["p50_ms"]), number(row["p99_ms"])]
        for circumstances, ways in result["path"].items()
        for way, figures in ways.items()
        for figure, row in figures.items()
    ]
    shown = table(["machine", "way", "", "p50, ms", "p99, ms"], rows)
    plot = f"![The whole path](plots/{PLOT})\n"
    return "\n".join([words, told(result["circumstances"]), shown, target, plot])


def missed(path: dict[str, Any]) -> list[str]:
    """Ways that take too long on an idle machine."""
    return [
        way
        for way, figures in path.get(IDLE, {}).items()
        if figures.get("accepted to first AT octet", {}).get("p99_ms", 0.0) > FIRST_OCTET_LIMIT
    ]


def _named(late: list[str]) -> str:
    return f": {', '.join(late)}" if late else ""
