"""Writes ``docs/performance.md`` from the kept results: ratios first, and every target with what came out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bench import record
from bench.codec.codecs import IN_C
from bench.driver.roster import BARE, OURS
from bench.engine.shown import engine_section
from bench.instead.shown import floor_section, instead_section
from bench.markdown import number, table, told
from bench.path.hardship import SLOW_SYNC, SPINNERS_FOR_EACH_CORE
from bench.path.shown import path_section
from bench.targets import verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

PAGE = record.ROOT / "docs" / "performance.md"

INTRODUCTION = """\
# Performance

Written by `scripts/bench` from `bench/results/`; do not edit. The ratios are what is claimed: times differ
from machine to machine. Every table was measured in one run, the clients in turns.
"""
REPEAT = """\
## How to repeat it

```sh
scripts/bench
scripts/bench --smoke
```

The first takes about an hour and writes `bench/results/`, this page and its plots; parts can be named
(`codec`, `line`, `idle`, `faults`, `home`, `engine`, `path`, `instead`; `page` only writes). The second
measures a little of everything in about two minutes and writes nothing. Both make their own environments
from pinned packages. gammu, gammu-smsd, its SQLite driver and smstools come from Debian; where they cannot
be installed they are left out, and the program says so. `path` needs mosquitto, and its slow disk needs
strace.
"""
CODEC = """\
## Codec

Microseconds of CPU time for one message, median. Encode: number and text to the PDUs in hex, with a report
asked for. Decode: the PDUs in hex to number, text and time. Fifty different numbers and texts, so that no
cache helps. Each codec runs in a process of its own, in turns. In brackets: how many times ours.
"""
LINE = """\
## Sending and receiving

Every client has a strict simulated modem (`generic`) of its own on a pseudo-terminal, no SMSC latency, 60
slots on the SIM. Bytes and turns are counted by the modem; a turn is a write after an answer. CPU is that
of the client's processes. No delivery reports. The clients that sleep between messages send fewer messages,
once.

*{bare}* is no client: a loop that writes ready-made bytes as soon as the modem allows. More is not to be
had on this stand. The stand itself used {share} of one core meanwhile.
"""
IDLE = """\
## Idle

{seconds:g} s in which nothing happens.
"""
FAULTS = """\
## Faults

{count} messages to send, every tenth hit by the fault (silence: every twentieth; unplugged: once, at the
40th), at most {within:g} s for each cell. A cell says how many were delivered, then what went wrong: *x2*
delivered twice, *false* delivered but told failed, *lost* told accepted but not delivered, *in doubt* told
unknown and settled, then the seconds; *stuck*: not done in time.

The libraries report a failure and go on with the next message: what their caller should do is not to be
known from their errors. The daemons try again by themselves. Ours is used with its supervisor and a caller
that does what the outcome says: after a rejection it looks for a report for two seconds and sends again, in
doubt it waits ten seconds for the report first.
"""
HOME = """\
## Start in Home Assistant

What the event loop of Home Assistant {version} spends on setting up the hub and one modem, from the release
zip, without a network; median of {runs} runs. Imports run in another thread. The target is {target:g} s.
"""


def write_page() -> Path:
    """Write the page; returns its path."""
    parts = [
        INTRODUCTION,
        *_with(("codec", "line", "idle", "faults"), verdicts),
        *_with(("codec",), _codec),
        *_with(("line",), _line),
        *_with(("idle",), _idle),
        *_with(("faults",), _faults),
        *_with(("home",), _home),
        *_with(("engine",), engine_section),
        *_with(("path",), partial(path_section, slow=SLOW_SYNC, spinners=SPINNERS_FOR_EACH_CORE)),
        *_with(("instead",), instead_section),
        *_with(("instead",), floor_section),
        REPEAT,
    ]
    PAGE.write_text("\n".join(parts))
    return PAGE


def _with(names: tuple[str, ...], write: Callable[..., str]) -> Iterable[str]:
    """What `write` makes of these results, if they are all there."""
    results = [record.read(name) for name in names]
    return [] if None in results else [write(*results)]


# --- codec ---


def _codec(result: dict[str, Any]) -> str:
    parts = [CODEC, told(result["circumstances"])]
    peers = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    parts.append(f"Peers: {peers}.\n")
    for python, cases in result["microseconds"].items():
        names = list(next(iter(cases.values()))["encode"])
        head = [f"Python {python}", *(f"{name} (C)" if name in IN_C else name for name in names)]
        rows = [
            [f"{case}, {direction}", *(_codec_cell(times, name) for name in names)]
            for case, directions in cases.items()
            for direction, times in directions.items()
        ]
        parts.append(table(head, rows))
    return "\n".join(parts)


def _codec_cell(times: dict[str, float | None], name: str) -> str:
    time, ours = times[name], times[OURS]
    if time is None or ours is None:
        return "-"
    return number(time) if name == OURS else f"{number(time)} ({number(time / ours, 2)})"


# --- line ---

LINE_COLUMNS = {
    "one_segment": {
        "messages a second": "messages_per_second",
        "turns": "turns",
        "bytes": "bytes",
        "CPU s for 1,000": "cpu_per_1000",
        "memory, MB": "memory_mb",
    },
    "five_segments": {"messages a second": "messages_per_second", "turns": "turns", "bytes": "bytes"},
    "latency": {
        "received": "received",
        "of": "of",
        "latency, ms": "latency_ms",
        "p99, ms": "latency_p99_ms",
        "turns": "turns",
        "bytes": "bytes",
    },
    "burst": {"received": "received", "of": "of", "seconds": "seconds", "turns for each": "turns"},
}
LINE_TITLES = {
    "one_segment": "160 characters, sent",
    "five_segments": "five segments, sent",
    "latency": "8 characters, received one by one",
    "burst": "a burst",
}
PACES = {"usb": "As fast as the modem answers", "paced": "At 115,200 baud"}


def _line(result: dict[str, Any]) -> str:
    share = max(result[pace]["one_segment"][BARE]["stand_cpu_share"] for pace in PACES)
    parts = [LINE.format(bare=BARE, share=f"{share:.0%}"), told(result["circumstances"])]
    for pace, title in PACES.items():
        parts.append(f"### {title}\n")
        for kind, columns in LINE_COLUMNS.items():
            names = list(columns)
            rows = [
                [name, *(number(row[key]) for key in columns.values()), *_share(result, pace, kind, row)]
                for name, row in result[pace][kind].items()
            ]
            extra = (
                ["of what the line allows"] if _share(result, pace, kind, {"messages_per_second": 1}) else []
            )
            parts.append(table([LINE_TITLES[kind], *names, *extra], rows))
    return "\n".join(parts)


def _share(result: dict[str, Any], pace: str, kind: str, row: dict[str, Any]) -> list[str]:
    if (pace, kind) != ("paced", "one_segment"):
        return []
    return [f"{row['messages_per_second'] / result['line_limit']:.1%}"]


def _idle(result: dict[str, Any]) -> str:
    rows = [
        [name, f"{row['cpu_percent']:.3f}", number(row["bytes_per_minute"]), number(row["memory_mb"])]
        for name, row in result["idle"].items()
    ]
    return "\n".join(
        [
            IDLE.format(seconds=result["seconds"]),
            told(result["circumstances"]),
            table(["client", "CPU, %", "bytes a minute", "memory, MB"], rows),
        ]
    )


# --- faults ---


def _faults(result: dict[str, Any]) -> str:
    names = list(result["versions"])
    rows = [
        [trouble, *(fault_cell(clients.get(name)) for name in names)]
        for trouble, clients in result["faults"].items()
    ]
    return "\n".join(
        [
            FAULTS.format(count=result["count"], within=result["within"]),
            told(result["circumstances"]),
            table(["fault", *names], rows),
        ]
    )


def fault_cell(row: dict[str, Any] | None) -> str:
    """One cell of the fault table."""
    if row is None:
        return "-"
    words = {
        "doubled": "{} x2",
        "told_failed_though_delivered": "{} false",
        "told_accepted_though_not": "{} lost",
        "told_unknown": "{} in doubt",
    }
    said = [text.format(row[key]) for key, text in words.items() if row.get(key)]
    end = f"{number(row['seconds'])} s" if row["ended"] else "stuck"
    return ", ".join([str(row["delivered"]), *said, end])


# --- home ---


def _home(result: dict[str, Any]) -> str:
    spent = result["seconds"]
    rows = [
        ["loop time, all callbacks", f"{1000 * spent['wall']:.0f}"],
        ["CPU of the loop's thread", f"{1000 * spent['cpu']:.0f}"],
        ["CPU of the longest callback", f"{1000 * spent['longest_cpu']:.0f}"],
    ]
    words = HOME.format(version=result["home_assistant"], runs=result["runs"], target=result["target"])
    return "\n".join([words, told(result["circumstances"]), table(["", "ms"], rows)])
