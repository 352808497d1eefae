"""The program: what it refuses, and what it tells with its exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lab.__main__ import NOT_PLAYED, main
from lab.catalogue import load
from lab.row import ROWS

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN = sorted(load())


def test_the_rows_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    told = capsys.readouterr().out
    assert all(f"{number:3}  " in told for number in WRITTEN)


def test_a_row_that_nobody_wrote_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    missing = next((number for number in ROWS if number not in WRITTEN), 99)
    assert main(["--row", str(missing)]) == NOT_PLAYED
    assert f"not written: row {missing}" in capsys.readouterr().out


def test_rows_in_another_extent_are_not_kept_for_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--row", "49", "--runs", "2", "--keep"])
    assert "--keep is for rows in their own extent" in capsys.readouterr().err


def test_a_row_that_is_played_again_goes_into_the_kept_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.__main__.RESULTS", tmp_path)
    for seed in ("3", "4"):
        assert main(["--row", "21", "--quick", "--seed", seed, "--keep"]) == 0
    kept = json.loads((tmp_path / "quick.json").read_text())
    assert kept["seed"] == 3
    assert [row["seeds"] for row in kept["rows"]] == [[4, 6]]
    assert [(each["rows"], each["seed"]) for each in kept["replayed"]] == [([21], 4)]


def test_a_virtual_row_repeats(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for name in ("once", "again"):
        file = tmp_path / f"{name}.json"
        assert main(["--row", "49", "--seed", "3", "--runs", "2", "--json", str(file)]) == 0
        (row,) = json.loads(file.read_text())["rows"]
        found.append({**row, "seconds": 0})
    assert found[0] == found[1]
    assert found[0]["seeds"] == [3, 4]
    assert "held" in capsys.readouterr().out
