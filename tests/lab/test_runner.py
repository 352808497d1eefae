"""Runs are processes: one that hangs is ended, with all that it started; a missing part is told.

The processes play rows that only behave badly: `tests.lab.other_rows`, in the place of `lab`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab import needs
from lab.row import Extent, Need, Row, World
from lab.runner import Plan, Played, play

from .other_rows import ROWS, Behaviour

MODULE = "tests.lab.other_rows"
HANG_LIMIT = 15.0  # seconds: on a busy machine a Python needs some of them until it can hang


def played(behaviour: Behaviour, folder: Path, *, runs: int | None = None, **changes: Any) -> Played:
    row = replace(ROWS[behaviour], **changes)
    (found,) = play([row], Plan(seed=5, runs=runs, folder=folder, module=MODULE))
    return found


def test_a_row_is_played_with_its_seeds(tmp_path: Path) -> None:
    found = played(Behaviour.DRAWS, tmp_path)
    assert [(each["world"], each["seed"]) for each in found.runs] == [
        ("real", 5), ("virtual", 5), ("virtual", 6), ("virtual", 7)
    ]  # fmt: skip
    assert all(each["findings"]["lost"] == [] for each in found.runs)


@pytest.mark.parametrize(
    ("plan", "runs"),
    [
        (Plan(), 3),
        (Plan(is_quick=False), 100),
        (Plan(is_quick=False, part=8), 13),
        (Plan(is_quick=False, part=50), 3),
        (Plan(is_quick=False, part=8, runs=2), 2),
    ],
)
def test_how_often_a_row_is_played(plan: Plan, runs: int) -> None:
    assert plan.runs_of(Extent(quick=3, full=100)) == runs


def test_the_same_seed_gives_the_same_run(tmp_path: Path) -> None:
    once, again = (played(Behaviour.DRAWS, tmp_path / name).runs for name in ("once", "again"))
    assert [each["figures"] for each in once] == [each["figures"] for each in again]
    drawn = {each["figures"]["drawn"][0] for each in once}
    assert len(drawn) == len(once)


def test_the_clock_of_a_virtual_row_jumps(tmp_path: Path) -> None:
    found = played(Behaviour.DRAWS, tmp_path)
    slept = [each["figures"]["slept"][0] for each in found.runs if each["world"] == "virtual"]
    assert slept == [86400.0] * 3
    assert sum(each["seconds"] for each in found.runs) < 60


def test_one_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    found = played(Behaviour.HANGS, tmp_path, timeout=HANG_LIMIT)
    assert f"did not end within {HANG_LIMIT:g} s" in found.runs[-1]["error"]
    pids = [int(file.read_text()) for file in tmp_path.rglob("pid")]
    assert len(pids) == 2  # one in its group, one in a session of its own
    assert not any(_is_alive(pid) for pid in pids)


def test_one_that_leaves_something_behind_is_told(tmp_path: Path) -> None:
    found = played(Behaviour.LEAVES, tmp_path)
    assert "left 1 processes behind" in found.runs[-1]["error"]
    assert not any(_is_alive(int(file.read_text())) for file in tmp_path.rglob("pid"))


def test_one_that_fails_is_told_and_the_next_seed_is_played(tmp_path: Path) -> None:
    found = played(Behaviour.FAILS, tmp_path, runs=2)
    assert ["AssertionError: seed 5" in found.runs[0]["error"], "error" in found.runs[1]] == [True, False]


def test_one_that_dies_is_told(tmp_path: Path) -> None:
    assert "ended by itself" in played(Behaviour.DIES, tmp_path).runs[0]["error"]


def test_what_the_checker_found_comes_through(tmp_path: Path) -> None:
    found = played(Behaviour.LOSES, tmp_path)
    assert found.runs[0]["findings"]["lost"] == ["raise-1 did not reach +436641111111"]


def test_a_row_that_needs_a_missing_part_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(needs, "SYSTEM_PATH", "")
    needs._why_not.cache_clear()
    found = played(Behaviour.DRAWS, tmp_path, needs=frozenset({Need.MOSQUITTO}))
    needs._why_not.cache_clear()
    assert found.why_not == "the program mosquitto is not installed (scripts/install_test_parts)"
    assert found.runs == []


@pytest.mark.parametrize("need", list(Need))
def test_each_need_is_answered(need: Need) -> None:
    assert isinstance(needs.missing([need]), str)


def test_batches(tmp_path: Path) -> None:
    extents = {World.VIRTUAL: Extent(quick=5, batch=2)}
    found = played(Behaviour.DRAWS, tmp_path, worlds=extents)
    assert [each["seed"] for each in found.runs] == [5, 6, 7, 8, 9]
    assert len(list(tmp_path.glob("*.log"))) == 3


def _is_alive(pid: int) -> bool:
    """It has memory of its own; one that ended and was not looked after by its parent has none."""
    with suppress(OSError):
        return bool(Path(f"/proc/{pid}/environ").read_bytes())
    return False


def test_rows_of_this_file_are_no_rows_of_the_matrix() -> None:
    assert all(isinstance(each, Row) for each in ROWS.values())
