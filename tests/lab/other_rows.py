"""Rows for the tests of the runner: ``python -m tests.lab.other_rows --child …`` plays one, as `lab` does."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

from lab import child
from lab.catalogue import Entry
from lab.row import Extent, Row, World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lab.run import Outcome, Run

DAY = 86400.0
FOR_EVER = ("sleep", "3600")


class Behaviour(IntEnum):
    """What a row does; the number is that of the row."""

    DRAWS = 1
    HANGS = 2
    LEAVES = 3
    FAILS = 4
    DIES = 5
    LOSES = 6


async def _draws(run: Run) -> Outcome:
    began = run.now()
    if run.world is World.VIRTUAL:
        await asyncio.sleep(DAY)
        run.note("slept", run.now() - began)
    run.note("drawn", run.random.random())
    return run.outcome()


async def _hangs(run: Run) -> Outcome:
    _start(run.folder / "group", own_session=False)
    _start(run.folder / "session", own_session=True)
    await asyncio.Event().wait()
    return run.outcome()


async def _leaves(run: Run) -> Outcome:
    _start(run.folder, own_session=True)
    return run.outcome()


async def _fails(run: Run) -> Outcome:
    assert run.seed != 5, "seed 5"
    return run.outcome()


async def _dies(_run: Run) -> Outcome:
    os._exit(3)


async def _loses(run: Run) -> Outcome:
    run.ledger.accept("raise-1", "Pump", "+436641111111")
    return run.outcome()


def _start(folder: Path, *, own_session: bool) -> None:
    folder.mkdir(exist_ok=True)
    program = subprocess.Popen(FOR_EVER, start_new_session=own_session)
    (folder / "pid").write_text(str(program.pid))


_PLAYS: dict[Behaviour, Callable[[Run], Awaitable[Outcome]]] = {
    Behaviour.DRAWS: _draws,
    Behaviour.HANGS: _hangs,
    Behaviour.LEAVES: _leaves,
    Behaviour.FAILS: _fails,
    Behaviour.DIES: _dies,
    Behaviour.LOSES: _loses,
}
_ONE = {World.REAL: Extent()}
ROWS = {
    behaviour: Row(number=behaviour, fault=behaviour.name, expected="", worlds=_ONE)
    for behaviour in Behaviour
} | {
    Behaviour.DRAWS: Row(
        number=Behaviour.DRAWS,
        fault="draws",
        expected="the same",
        worlds={World.REAL: Extent(), World.VIRTUAL: Extent(quick=3, batch=3)},
    )
}


def _load_one(number: int) -> Entry:
    return Entry(row=ROWS[Behaviour(number)], play=_PLAYS[Behaviour(number)])


if __name__ == "__main__":
    number, world, seed, runs, folder = sys.argv[sys.argv.index("--child") + 1 :][:5]
    child.play_all(
        int(number), World(world), int(seed), int(runs), Path(folder), is_quick=True, load_one=_load_one
    )
