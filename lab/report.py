"""Writes ``docs/reliability.md`` from the kept sessions. The same JSON gives the same page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bench.record import ROOT

from .anchors import ANCHORS
from .fuzz.shown import fuzz_section
from .row import ROWS, Section
from .security.shown import security_section
from .tally import HARMS, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

RESULTS = ROOT / "lab" / "results"
PAGE = ROOT / "docs" / "reliability.md"
# A row is shown from the first of these that played it; the soak has a session of its own.
SESSIONS = ("soak", "full", "quick")
# What strangers send is no row: kept beside the sessions, each shown by a section of its own.
BESIDE: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "fuzz": fuzz_section,
    "security": security_section,
}

INTRODUCTION = """\
# Reliability

Written by `scripts/lab --report` from `lab/results/`; do not edit. [The laboratory](laboratory.md) says how
each figure is made, and how to make it again: `scripts/lab --row N --seed S`.

Every row plays one fault on the real parts, and one checker compares what the gateway had answered for (202,
PUBACK, an action that returned) with what phones and stand-ins for providers received. *Doubled* counts
copies that no doubt allows; a doubt is a crash while the modem had an SMS in hand. The numbers of standards
stand beside ours as a measure. They are no claim of conformity, and no category was certified.
"""


class ReportError(Exception):
    """There is nothing to report; the text says what to do."""


def read_sessions(folder: Path = RESULTS) -> dict[str, dict[str, Any]]:
    """The kept sessions by extent.

    Raises:
        ReportError: there is none.
    """
    found = {
        name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in SESSIONS
        if (folder / f"{name}.json").exists()
    }
    if not found:
        raise ReportError("there are no results: run scripts/lab --quick, or --full")
    return found


def write_page(folder: Path = RESULTS, file: Path = PAGE) -> Path:
    """Write the page; returns where it is."""
    file.write_text(page(read_sessions(folder), read_beside(folder)), encoding="utf-8")
    return file


def read_beside(folder: Path = RESULTS) -> dict[str, dict[str, Any]]:
    """What was kept beside the sessions, as far as it was."""
    return {
        name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in BESIDE
        if (folder / f"{name}.json").exists()
    }


def page(sessions: Mapping[str, dict[str, Any]], beside: Mapping[str, dict[str, Any]] | None = None) -> str:
    """The whole page."""
    rows = _rows(sessions)
    parts = [
        INTRODUCTION,
        _summary(sessions, rows),
        _anchors(rows),
        *(_section(section, rows) for section in Section),
        *(_by_point(row) for row in rows),
        *("\n".join(BESIDE[name](kept)) for name, kept in (beside or {}).items()),
        _broken(rows),
        _not_played(rows),
        _remarks(rows),
    ]
    return "\n".join(part for part in parts if part)


def _rows(sessions: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Each row from the greatest extent that played it."""
    found: dict[int, dict[str, Any]] = {}
    for extent in SESSIONS:
        for row in sessions.get(extent, {}).get("rows", ()):
            known = found.get(row["row"])
            if known is None or known["verdict"] == Verdict.NOT_PLAYED:
                found[row["row"]] = {**row, "extent": extent}
    return [found[number] for number in sorted(found)]


def _summary(sessions: Mapping[str, dict[str, Any]], rows: list[dict[str, Any]]) -> str:
    of = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in Verdict}
    played = [row for row in rows if row["verdict"] != Verdict.NOT_PLAYED]
    totals = {kind: sum(row[kind] for row in played) for kind in ("accepted", *HARMS, "doubts", "resent")}
    runs = sum(sum(row["runs"].values()) for row in played)
    lines = [
        "## Summary\n",
        (
            f"{len(rows)} of {len(ROWS)} rows: {of[Verdict.HELD]} held, {of[Verdict.BROKEN]} broken, "
            f"{of[Verdict.NOT_PLAYED]} not played. {runs:,} runs, {totals['accepted']:,} promises: "
            f"{totals['lost']} lost, {totals['duplicated']} doubled, {totals['late']} late, "
            f"{totals['unexpected']} unexpected; {totals['doubts']:,} doubts, "
            f"{totals['resent']:,} of them with one SMS more.\n"
        ),
        *(line for name, session in sessions.items() for line in _circumstances(name, session)),
    ]
    return "\n".join(lines) + "\n"


def _circumstances(extent: str, session: dict[str, Any]) -> Iterator[str]:
    """When and where, also for the rows that were played again later."""
    yield _circumstance(extent, session)
    for again in session.get("replayed", ()):
        numbers = ", ".join(map(str, again["rows"]))
        yield _circumstance(f"{extent}, {'row' if len(again['rows']) == 1 else 'rows'} {numbers}", again)


def _circumstance(name: str, session: dict[str, Any]) -> str:
    about = session["circumstances"]
    changed = " with changes that are not in it" if about["changed_since"] else ""
    part = f" (one run of {session['part']})" if session.get("part", 1) > 1 else ""
    return (
        f"- {name}{part}: {about['date'][:10]}, commit {about['commit']}{changed}, seed {session['seed']}, "
        f"{session['seconds']:,} s on {about['processor']}, {about['cores']} cores, {about['memory_gb']} GB, "
        f"{about['system']}, Python {about['python']}; load at the end {about['load'][0]:g}"
    )


def _anchors(rows: list[dict[str, Any]]) -> str:
    """The published figures, as far as a row measures them."""
    lines = [
        "## Published figures\n",
        "| | Figure | Target | Ours | Beside it |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, anchor in ANCHORS.items():
        found = [
            _value(limit)
            + f" (row {row['row']}{_sample(row, limit)})"
            + ("" if limit["kept"] else " **not kept**")
            for row in rows
            for limit in row.get("limits", ())
            if limit["anchor"] == name
        ]
        ours = "<br>".join(found) or anchor.elsewhere or "not measured"
        lines.append(f"| {name} | {anchor.figure} | {anchor.target} | {ours} | {anchor.beside} |")
    return "\n".join(lines) + "\n"


def _sample(row: dict[str, Any], limit: dict[str, Any]) -> str:
    """How many values stand behind it; what was counted has the promises of the row behind it."""
    figure = row["figures"].get(limit["figure"])
    return f", n = {figure['n']:,}" if figure else f", {row['accepted']:,} promises"


def _value(limit: dict[str, Any]) -> str:
    if limit["value"] is None:
        return f"{limit['figure']}: not measured"
    return f"{limit['figure']} {limit['value']:g} {limit['unit']}".rstrip()


def _section(section: Section, rows: Iterable[dict[str, Any]]) -> str:
    mine = [row for row in rows if row["section"] == section and row["verdict"] != Verdict.NOT_PLAYED]
    if not mine:
        return ""
    lines = [
        f"## {section}\n",
        (
            "| # | Fault | Runs | Seeds | Promises | Lost | Doubled | Late | Unexpected "
            "| Figures: median, most | |"
        ),
        "| --: | --- | --: | --- | --: | --: | --: | --: | --: | --- | --- |",
        *(_line(row) for row in mine),
    ]
    return "\n".join(lines) + "\n"


def _line(row: dict[str, Any]) -> str:
    runs = "<br>".join(f"{count:,} {world}" for world, count in row["runs"].items())
    figures = "<br>".join(
        [
            *(_figure(name, each, row["limits"]) for name, each in row["figures"].items()),
            *(_count(name, each, row["limits"]) for name, each in row["counts"].items()),
        ]
    )
    harms = " | ".join(str(row[kind]) for kind in HARMS)
    verdict = "held" if row["verdict"] == Verdict.HELD else "**broken**"
    return (
        f"| {row['row']} | {row['fault']} | {runs} | {_seeds(row)} | {row['accepted']:,} | {harms} | "
        f"{figures or '-'} | {verdict} |"
    )


def _seeds(row: dict[str, Any]) -> str:
    first, last = row["seeds"]
    return str(first) if first == last else f"{first} to {last}"


def _figure(name: str, found: dict[str, Any], limits: Iterable[dict[str, Any]]) -> str:
    return f"{name} {found['median']:g}, {found['max']:g} {found['unit']}".rstrip() + _bound(name, limits)


def _count(name: str, found: dict[str, Any], limits: Iterable[dict[str, Any]]) -> str:
    return f"{name}: {found['all']:,}{_bound(name, limits)}"


def _bound(name: str, limits: Iterable[dict[str, Any]]) -> str:
    words = "; ".join(limit["limit"].removeprefix(f"{name} ") for limit in limits if limit["figure"] == name)
    return f" ({words})" if words else ""


def _by_point(row: dict[str, Any]) -> str:
    """What a row counted by something, one line for each."""
    counts = {name: each["by"] for name, each in row.get("counts", {}).items() if each["by"]}
    if not counts:
        return ""
    points = sorted({point for by in counts.values() for point in by})
    lines = [
        f"## Row {row['row']} in detail\n",
        f"{row['fault']}\n",
        f"| | {' | '.join(counts)} |",
        f"| --- | {' | '.join('--:' for _ in counts)} |",
        *(
            f"| {point} | {' | '.join(f'{by.get(point, 0):,}' for by in counts.values())} |"
            for point in points
        ),
    ]
    return "\n".join(lines) + "\n"


def _broken(rows: Iterable[dict[str, Any]]) -> str:
    """What a reader must know first, if there is any."""
    lines = []
    for row in rows:
        if row["verdict"] != Verdict.BROKEN:
            continue
        missed = [f"{limit['limit']}: {_value(limit)}" for limit in row["limits"] if not limit["kept"]]
        harm = [
            f"{each['kind']}, seed {each['seed']}: {each['what'].strip().splitlines()[-1]}"
            for each in row["broken"]
        ]
        lines += [f"- row {row['row']}, {row['fault']}: {what}" for what in [*missed, *harm]]
    return "\n".join(["## Broken\n", *lines]) + "\n" if lines else ""


def _not_played(rows: Iterable[dict[str, Any]]) -> str:
    lines = [
        f"- row {row['row']}, {row['fault']}: {row['why_not']}"
        for row in rows
        if row["verdict"] == Verdict.NOT_PLAYED
    ]
    return "\n".join(["## Not played\n", *lines]) + "\n" if lines else ""


def _remarks(rows: Iterable[dict[str, Any]]) -> str:
    lines = [f"- row {row['row']}: {row['remark']}" for row in rows if row["remark"]]
    return "\n".join(["## Remarks\n", *lines]) + "\n" if lines else ""
