"""What a session of the laboratory came to, as JSON: counts by row, figures, the verdict of each limit."""

from __future__ import annotations

import json
import math
from collections import Counter
from enum import StrEnum
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from bench.record import circumstances

from .row import Statistic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from .row import Limit, Row
    from .runner import Plan, Played

FORMAT = 1  # of the JSON
HARMS = ("lost", "duplicated", "late", "unexpected")  # in the tables by themselves; all others are added up
PRODUCT = ("alert_engine", "gsm_driver", "custom_components", "lab")  # what a result depends on
_SHOWN = 5  # broken promises of a row that are kept; the seeds play the others again
_DIGITS = 4  # of a figure


class Verdict(StrEnum):
    """Of a row."""

    HELD = "held"
    BROKEN = "broken"
    NOT_PLAYED = "not played"


def session(played: Iterable[Played], plan: Plan, *, seconds: float) -> dict[str, Any]:
    """Everything about one session."""
    return {
        "format": FORMAT,
        "extent": "quick" if plan.is_quick else "full",
        "part": plan.part,
        "seed": plan.seed,
        "seconds": round(seconds),
        "circumstances": circumstances(PRODUCT),
        "rows": [tally(each) for each in sorted(played, key=lambda each: each.row.number)],
    }


def with_rows(kept: dict[str, Any], again: dict[str, Any]) -> dict[str, Any]:
    """A kept session with the rows of another one, of the same extent, in place of its own; it says so.

    Args:
        kept: the session that played all rows.
        again: the later one, which played some of them.
    """
    fresh = {row["row"]: row for row in again["rows"]}
    replayed = [
        {**earlier, "rows": left}
        for earlier in kept.get("replayed", ())
        if (left := [number for number in earlier["rows"] if number not in fresh])
    ]
    about = {name: again[name] for name in ("part", "seed", "seconds", "circumstances")}
    return {
        **kept,
        "rows": [fresh.get(row["row"], row) for row in kept["rows"]],
        "replayed": [*replayed, {**about, "rows": sorted(fresh)}],
    }


def tally(played: Played) -> dict[str, Any]:
    """One row."""
    row, runs = played.row, played.runs
    told = {
        "row": row.number,
        "section": str(row.section),
        "fault": row.fault,
        "expected": row.expected,
        "remark": row.remark,
    }
    if played.why_not:
        return {**told, "verdict": str(Verdict.NOT_PLAYED), "why_not": played.why_not}
    counts = _counts(runs)
    limits = [_judged(limit, _values(runs, limit.figure), counts) for limit in row.limits]
    broken = _broken(runs)
    is_held = bool(runs) and not broken and all(limit["kept"] for limit in limits)
    seeds = sorted({run["seed"] for run in runs})
    return {
        **told,
        "verdict": str(Verdict.HELD if is_held else Verdict.BROKEN),
        "runs": dict(sorted(Counter(run["world"] for run in runs).items())),
        "seeds": [seeds[0], seeds[-1]] if seeds else [],
        "seconds": round(sum(run["seconds"] for run in runs), 1),
        "accepted": sum(run.get("accepted", 0) for run in runs),
        **_harm(runs),
        "figures": _figures(row, runs),
        "counts": counts,
        "limits": limits,
        "broken": broken[:_SHOWN],
        "broken_in_all": len(broken),
    }


def statistic(values: Sequence[float], which: Statistic) -> float:
    """Of at least one value. Percentiles are values that were measured: the nearest rank."""
    ordered = sorted(values)
    match which:
        case Statistic.MIN:
            return ordered[0]
        case Statistic.MEDIAN:
            return median(ordered)
        case Statistic.MEAN:
            return fmean(ordered)
        case Statistic.MAX:
            return ordered[-1]
        case Statistic.SUM:
            return math.fsum(ordered)
        case Statistic.P95 | Statistic.P99:
            return ordered[max(0, math.ceil(len(ordered) * int(which[1:]) / 100) - 1)]


def write(content: dict[str, Any], file: Path) -> None:
    """Keep a session."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _values(runs: Iterable[dict[str, Any]], figure: str) -> list[float]:
    return [value for run in runs for value in run.get("figures", {}).get(figure, ())]


def _figures(row: Row, runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = dict.fromkeys(name for run in runs for name in run.get("figures", {}))
    found: dict[str, Any] = {}
    for name in names:
        if not (values := _values(runs, name)):
            continue
        shown = (Statistic.MIN, Statistic.MEDIAN, Statistic.P95, Statistic.MAX, Statistic.SUM)
        numbers = {str(which): _short(statistic(values, which)) for which in shown}
        found[name] = {"n": len(values), "unit": row.unit(name), **numbers}
    return found


def _counts(runs: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What was counted, in all and by what it was of."""
    found: dict[str, Counter[str]] = {}
    for run in runs:
        for name, each in run.get("counts", {}).items():
            found.setdefault(name, Counter()).update(each)
    return {
        name: {"all": each.total(), "by": {of: each[of] for of in sorted(each) if of}}
        for name, each in found.items()
    }


def _judged(limit: Limit, values: Sequence[float], counts: dict[str, Any]) -> dict[str, Any]:
    """A figure that nobody measured keeps nothing; of a count, it is the sum that has to."""
    if limit.figure in counts:
        value: float | None = counts[limit.figure]["all"]
    else:
        value = statistic(values, limit.statistic) if values else None
    return {
        "figure": limit.figure,
        "limit": str(limit),
        "anchor": limit.anchor,
        "value": None if value is None else _short(value),
        "unit": limit.unit,
        "kept": value is not None and limit.is_kept_by(value),
    }


def _harm(runs: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """How much of each kind there was, and the copies that doubts allowed."""
    kinds: Counter[str] = Counter()
    for run in runs:
        for kind, found in run.get("findings", {}).items():
            kinds[kind] += sum(found.values()) if isinstance(found, dict) else len(found)
    counted = {kind: kinds.pop(kind, 0) for kind in (*HARMS, "doubts", "resent")}
    return {**counted, "other": {kind: count for kind, count in kinds.items() if count}}


def _broken(runs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What must not be, with the seed that plays it again."""
    found: list[dict[str, Any]] = []
    for run in runs:
        where = {"world": run["world"], "seed": run["seed"]}
        if "error" in run:
            found.append({**where, "kind": "error", "what": run["error"]})
        for kind, harms in run.get("findings", {}).items():
            if isinstance(harms, list):
                found += [{**where, "kind": kind, "what": harm} for harm in harms]
    return found


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
