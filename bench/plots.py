"""Draws ``docs/plots/`` from the kept results. What is drawn is in the tables of the page, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

from bench import record
from bench.engine.shown import LABELS, PLOTS
from bench.instead.extent import Scenario
from bench.instead.shown import PLOT as INSTEAD_PLOT
from bench.path.shown import PLOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from matplotlib.axes import Axes

FOLDER = record.ROOT / "docs" / "plots"
SIZE = (7.5, 4.2)  # inches
GROWING = ("start_s", "memory_mb", "raise_ms", "open_alarms_ms", "summary_ms", "auditor_ms")
# The same figures give the same file, octet for octet: no date, no chance in the names of its parts.
_METADATA = {"Date": None, "Creator": None}
_STYLE = {"svg.hashsalt": "alert-gateway", "svg.fonttype": "none", "font.size": 9}


def draw_plots() -> list[Path]:
    """Draw all of which there are results; returns their paths."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(_STYLE):
        return [_saved(name, figure) for name, figure in _figures()]


def _figures() -> Iterator[tuple[str, Figure]]:
    if (engine := record.read("engine")) is not None:
        for name, sizes in (("histories", "messages of history"), ("open_alarms", "open alarms")):
            yield PLOTS[name], _growth(engine[name], sizes)
    if (path := record.read("path")) is not None:
        yield PLOT, _path(path["path"])
    if (instead := record.read("instead")) is not None:
        yield INSTEAD_PLOT, _instead(instead["rows"])


def _saved(name: str, figure: Figure) -> Path:
    file = FOLDER / name
    figure.savefig(file, metadata=_METADATA, bbox_inches="tight")
    # matplotlib ends lines with a blank here and there.
    file.write_text("\n".join(line.rstrip() for line in file.read_text().splitlines()) + "\n")
    return file


def _growth(rows: dict[str, dict[str, float]], sizes: str) -> Figure:
    """Each figure as a multiple of what it is at the smallest size; a grey line is linear growth."""
    figure = Figure(figsize=SIZE)
    axes = _axes(figure)
    numbers = [int(size) for size in rows]
    axes.plot(numbers, [size / numbers[0] for size in numbers], color="0.8", linewidth=4, label="linear")
    for name in GROWING:
        values = [row[name] for row in rows.values()]
        axes.plot(numbers, [value / values[0] for value in values], marker="o", label=LABELS[name])
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(sizes)
    axes.set_ylabel(f"times that of {numbers[0]:,}")
    axes.legend(frameon=False)
    return figure


def _path(path: dict[str, Any]) -> Figure:
    """Median and 99th percentile to the first octet or the event, by way and circumstances."""
    figure = Figure(figsize=SIZE)
    axes = _axes(figure)
    ways = list(dict.fromkeys(way for rows in path.values() for way in rows))
    width = 0.8 / len(ways)
    for number, way in enumerate(ways):
        rows = [_last(figures[way]) for figures in path.values()]
        places = [place + number * width for place in range(len(rows))]
        (bar, *_) = axes.bar(places, [row["p99_ms"] for row in rows], width, alpha=0.35)
        medians = [row["p50_ms"] for row in rows]
        axes.bar(places, medians, width, color=bar.get_facecolor()[:3], label=way)
    axes.set_xticks([place + 0.4 - width / 2 for place in range(len(path))], list(path))
    axes.set_yscale("log")
    axes.set_ylabel("ms; full colour p50, pale p99")
    axes.legend(frameon=False)
    return figure


def _instead(rows: dict[str, dict[str, Any]]) -> Figure:
    """On the left alarms a second on the paced line, on the right what went wrong when something did."""
    figure = Figure(figsize=(SIZE[0] * 1.4, SIZE[1]))
    speeds = {name: row["per_second"] for name, row in rows[Scenario.PACED].items() if "per_second" in row}
    left, right = (_axes(figure, place) for place in (121, 122))
    left.barh(list(speeds), list(speeds.values()), color="0.5")
    left.set_xscale("log")
    left.set_xlabel(f"alarms a second, {Scenario.PACED}")
    troubles = [(of, what) for of in (Scenario.KILLED, Scenario.REFUSING) for what in ("lost", "doubled")]
    for place, (scenario, what) in enumerate(troubles):
        counts = [row.get(what, 0) for row in _known(rows[scenario], speeds)]
        places = [number + 0.2 * (place - 1.5) for number in range(len(speeds))]
        right.barh(places, counts, 0.2, label=f"{what}, {scenario}")
    right.set_xscale("symlog", linthresh=1)
    right.set_yticks(range(len(speeds)), [""] * len(speeds))
    right.set_xlabel("alarms")
    right.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    for axes in (left, right):
        axes.invert_yaxis()
    return figure


def _known(rows: dict[str, Any], names: Iterable[str]) -> list[dict[str, Any]]:
    return [rows.get(name, {}) for name in names]


def _last(figures: dict[str, dict[str, float]]) -> dict[str, float]:
    return figures.get("to first AT octet") or figures["to event"]


def _axes(figure: Figure, place: int = 111) -> Axes:
    axes: Axes = figure.add_subplot(place)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return axes
