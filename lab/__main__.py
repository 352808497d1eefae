"""Plays the fault matrix: ``scripts/lab``. Ends with 1 if a row is broken, with 2 if one was not played.

A broken promise is told with the command that plays it again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.environment import SetupError, make_environment

from . import needs
from .catalogue import load
from .child import play_all
from .fuzz import session as fuzzing
from .report import RESULTS, write_page
from .row import World
from .runner import Plan, play
from .security import session as securing
from .tally import Verdict, session, with_rows, write

if TYPE_CHECKING:
    from .row import Row

NOT_PLAYED = 2  # exit code
_SHOWN = 400  # characters of what is broken


def main(arguments: list[str]) -> int:
    """Do what the arguments ask for."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.keep and options.runs is not None:
        parser.error("--keep is for rows in their own extent")
    if options.fuzz is not None:
        plan = fuzzing.plan_of(options.fuzz, options.executions, options.seed, keep=options.keep)
        return fuzzing.play(plan, _tell)
    if options.security is not None:
        return _secure(options)
    if options.child:
        number, world, seed, runs, folder = options.child
        play_all(int(number), World(world), int(seed), int(runs), Path(folder), is_quick=options.quick)
        return 0
    rows = [entry.row for entry in load().values() if not options.row or entry.row.number in options.row]
    if options.list:
        _tell("\n".join(_listed(row) for row in rows))
        return 0
    if options.report:
        _tell(f"written: {write_page()}")
        return 0
    if unknown := set(options.row) - {row.number for row in rows}:
        _tell(f"not written: {', '.join(f'row {number}' for number in sorted(unknown))}")
        return NOT_PLAYED
    return _play(rows, options)


def _secure(options: argparse.Namespace) -> int:
    plan = securing.plan_of(
        options.security,
        options.seed,
        is_quick=options.quick,
        strict=options.strict,
        keep=options.keep,
        folder=options.folder,
    )
    return securing.play(plan, _tell)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/lab", description=__doc__)
    parser.add_argument("--list", action="store_true", help="tell the rows, where they play, what they need")
    parser.add_argument(
        "--row", type=int, nargs="+", action="extend", default=[], metavar="N", help="default: all"
    )
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--quick", action="store_true", help="a few runs of each row: minutes; the default")
    extent.add_argument("--full", action="store_true", help="as many runs as the figures need: hours")
    parser.add_argument(
        "--part", type=int, default=1, metavar="N", help="of the full extent, one run of N: for want of hours"
    )
    parser.add_argument("--strict", action="store_true", help="a row that cannot be played is a failure")
    parser.add_argument("--runs", type=int, metavar="N", help="of each row, in place of its own number")
    parser.add_argument(
        "--seed", type=int, metavar="S", help="of the first run; default: another one each time"
    )
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes at once; default: 2")
    parser.add_argument("--folder", type=Path, help="keep what the runs write there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="write the results to lab/results, for the report; with --row, into the kept session",
    )
    parser.add_argument("--report", action="store_true", help="write docs/reliability.md from lab/results")
    parser.add_argument(
        "--fuzz", nargs="*", metavar="TARGET", help="no rows, but any octets for each parser; default: all"
    )
    parser.add_argument(
        "--executions", type=int, default=100_000, metavar="N", help="of each target; default: 100000"
    )
    parser.add_argument(
        "--security", nargs="*", metavar="CASE", help="no rows, but what strangers try; default: all cases"
    )
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    return parser


def _listed(row: Row) -> str:
    extents = ", ".join(f"{world} {extent.quick} or {extent.full:,}" for world, extent in row.worlds.items())
    why_not = needs.missing(row.needs)
    return f"{row.number:3}  {row.fault} ({extents})" + (f"\n     not here: {why_not}" if why_not else "")


def _play(rows: list[Row], options: argparse.Namespace) -> int:
    plan = Plan(
        is_quick=not options.full,
        part=max(1, options.part),
        seed=int(time.time()) if options.seed is None else options.seed,
        runs=options.runs,
        workers=options.workers,
        folder=options.folder,
    )
    _make_environments(rows)
    _tell(f"seed {plan.seed}")
    began = time.monotonic()
    played = play(rows, plan, _tell)
    found = session(played, plan, seconds=time.monotonic() - began)
    _tell(_told(found))
    if options.json:
        write(found, options.json)
    if options.keep:
        _keep(found, RESULTS / f"{found['extent']}.json", are_some=bool(options.row))
    verdicts = {row["verdict"] for row in found["rows"]}
    if Verdict.BROKEN in verdicts:
        return 1
    must_play = bool(options.row) or options.strict
    return NOT_PLAYED if must_play and Verdict.NOT_PLAYED in verdicts else 0


def _keep(found: dict[str, Any], file: Path, *, are_some: bool) -> None:
    """Some rows go into the session that was kept; where there is none, they are one."""
    if are_some and file.exists():
        found = with_rows(json.loads(file.read_text(encoding="utf-8")), found)
    write(found, file)


def _make_environments(rows: list[Row]) -> None:
    """What cannot be made is told by `needs`."""
    for name in sorted({row.environment for row in rows if row.environment}):
        try:
            make_environment(name)
        except SetupError as error:
            _tell(f"the environment {name} cannot be made: {error}")


def _told(found: dict[str, Any]) -> str:
    lines = []
    for row in found["rows"]:
        lines.append(f"{row['row']:3}  {row['verdict']:10}  {row['fault']}")
        if row["verdict"] == Verdict.NOT_PLAYED:
            lines.append(f"       {row['why_not']}")
            continue
        for name, each in row["figures"].items():
            lines.append(f"       {name} {each['median']:g}, at most {each['max']:g} {each['unit']}".rstrip())
        lines += [f"       {name}: {each['all']:,}" for name, each in row["counts"].items()]
        lines += [f"       NOT KEPT: {limit['limit']}" for limit in row["limits"] if not limit["kept"]]
        for each in row["broken"]:
            lines.append(f"       {each['kind']}: {each['what'][-_SHOWN:]}")
            lines.append(f"       again: scripts/lab --row {row['row']} --seed {each['seed']} --runs 1")
    lines.append(f"{found['seconds']} s")
    return "\n".join(lines)


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
