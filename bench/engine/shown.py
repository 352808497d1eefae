"""The section of the engine in ``docs/performance.md``."""

from __future__ import annotations

from typing import Any

from bench.markdown import number, table, told, verdict

QUESTION_LIMIT = 50.0  # ms
MOST_EXPONENT = 1.1  # linear, and a little for what a machine is up to meanwhile

ENGINE = """\
## The engine

Alarms are raised by sources that wait for each answer, on the disk of the repository; what was answered is
synced. Nobody sends: there is no route. *Bare commit* and *bare fsync* are measured right before, on the same
disk: one row in SQLite with the settings of the journal, one block appended to a file.
"""
GROWTH = """\
### Growth

Each journal is filled in bulk with copies of rows that a real engine wrote (an alarm told to two people,
taken and cleared, with its messages, attempts, segments and reports; texts of people), over 80 of the 90 days
that are kept. Then {crashed} alarms are raised, the process is killed with a message in hand, and a new one
starts. A file of more than 64 MiB is looked over beside the work, and the raises bear it. Exponents are by
least squares over the logarithms: 1 is linear, 0 does not grow. Operations are medians, with what the disk
was doing in them.
"""
QUESTIONS = """\
### What the operator's page asks

At {messages:,} messages of history and {open_alarms:,} open alarms, {asked} times each, the calls of the
engine that the page makes. The target is a 99th percentile of {limit:g} ms: {word}.
"""
ANSWERS = """\
The same through Home Assistant's websocket, from the question to the answer that has arrived:
"""
LABELS = {
    "disk_mb": "on the disk, MB",
    "memory_mb": "memory after the start, MB",
    "start_s": "start after a crash, s",
    "raise_ms": "raise, ms",
    "acknowledge_ms": "raise again and acknowledge, ms",
    "open_alarms_ms": "all open alarms, ms",
    "summary_ms": "summary, ms",
    "auditor_ms": "a look of the auditor, ms",
    "next_deadline_ms": "what comes due next, ms",
}
PLOTS = {"histories": "engine-history.svg", "open_alarms": "engine-open-alarms.svg"}


def engine_section(result: dict[str, Any]) -> str:
    """The whole section."""
    extent = result["extent"]
    parts = [ENGINE, told(result["circumstances"]), _accepting(result["accepting"])]
    parts.append(GROWTH.format(crashed=50))
    for name, sizes in (("histories", "messages"), ("open_alarms", "open alarms")):
        parts += [_growth(result, name, sizes), f"![Growth with {sizes}](plots/{PLOTS[name]})\n"]
    slow = missed(result["questions"])
    parts.append(
        QUESTIONS.format(
            messages=extent["messages"][-1],
            open_alarms=extent["open_alarms"][0],
            asked=extent["asked"],
            limit=QUESTION_LIMIT,
            word=f"{verdict(reached=not slow)}{': ' if slow else ''}{', '.join(slow)}",
        )
    )
    parts.append(_times("question", result["questions"]))
    if result["answers"]:
        parts += [ANSWERS, _times("answer", result["answers"])]
    return "\n".join(parts)


def missed(questions: dict[str, dict[str, float]]) -> list[str]:
    """Questions that take too long."""
    return [name for name, row in questions.items() if row["p99_ms"] > QUESTION_LIMIT]


def _accepting(rows: dict[str, Any]) -> str:
    head = [
        "at a time",
        "alarms a second",
        "for each bare commit",
        "p50, ms",
        "p99, ms",
        "bare commit, ms",
        "bare fsync, ms",
        "fsync's share of p50",
        "CPU for one, ms",
    ]
    return table(
        head,
        [
            [
                size,
                number(row["per_second"]),
                number(row["of_commits"]),
                number(row["p50_ms"]),
                number(row["p99_ms"]),
                number(row["disk"]["commit"]["p50_ms"]),
                number(row["disk"]["fsync"]["p50_ms"]),
                f"{row['fsync_share']:.0%}",
                number(row["cpu_ms_for_one"]),
            ]
            for size, row in rows.items()
        ],
    )


def _growth(result: dict[str, Any], name: str, sizes: str) -> str:
    rows, exponents = result[name], result["exponents"][name]
    return table(
        [sizes, *(f"{int(size):,}" for size in rows), "exponent", ""],
        [
            [label, *(number(row[figure]) for row in rows.values()), *_exponent(exponents[figure])]
            for figure, label in LABELS.items()
        ],
    )


def _exponent(value: float | None) -> list[str]:
    if value is None:
        return ["-", ""]
    return [f"{value:.2f}", verdict(reached=value <= MOST_EXPONENT)]


def _times(head: str, rows: dict[str, dict[str, float]]) -> str:
    return table(
        [head, "p50, ms", "p99, ms"],
        [[name, number(row["p50_ms"]), number(row["p99_ms"])] for name, row in rows.items()],
    )
