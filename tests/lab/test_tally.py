"""From what runs told to JSON, and from JSON to the page."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lab import report, tally
from lab.checker import Findings
from lab.fuzz.record import Played as PlayedSearch
from lab.fuzz.record import write
from lab.fuzz.search import Search
from lab.report import ReportError, page, read_sessions
from lab.row import Limit, Row, Statistic, World
from lab.run import Outcome
from lab.runner import Plan, Played

if TYPE_CHECKING:
    from pathlib import Path

ROW = Row(
    number=1,
    fault="USB unplug",
    expected="told",
    limits=(Limit("t_report", at_most=20.0, unit="s", anchor="A5"),),
    remark="what a reader must know",
)


def run(seed: int = 1, figures: dict[str, tuple[float, ...]] | None = None, **harm: Any) -> dict[str, Any]:
    outcome = Outcome(findings=Findings(**harm), figures=figures or {"t_report": (5.0,)}, accepted=2)
    return {"world": str(World.REAL), "seed": seed, "seconds": 1.0, **outcome.as_dict()}


def told(*runs: dict[str, Any], row: Row = ROW, why_not: str = "") -> dict[str, Any]:
    return tally.tally(Played(row=row, runs=list(runs), why_not=why_not))


class TestVerdict:
    def test_held(self) -> None:
        found = told(run(1), run(2, {"t_report": (7.0, 20.0)}))
        assert (found["verdict"], found["accepted"], found["seeds"]) == ("held", 4, [1, 2])
        assert found["figures"]["t_report"] == {
            "n": 3, "unit": "s", "min": 5.0, "median": 7.0, "p95": 20.0, "max": 20.0, "sum": 32.0
        }  # fmt: skip

    def test_counts_are_added_up(self) -> None:
        row = Row(number=1, fault="f", expected="e", limits=(Limit("crashes", at_least=5),))
        found = told(*(run() | {"counts": {"crashes": {"ctrl_z": 2, "": 1}}} for _ in range(2)), row=row)
        assert found["counts"] == {"crashes": {"all": 6, "by": {"ctrl_z": 4}}}
        assert found["limits"][0]["value"] == 6

    def test_a_limit_is_not_kept(self) -> None:
        found = told(run(figures={"t_report": (20.1,)}))
        assert (found["verdict"], found["limits"][0]["kept"]) == ("broken", False)

    def test_a_figure_that_nobody_measured_keeps_nothing(self) -> None:
        found = told(run(figures={"other": (1.0,)}))
        assert (found["verdict"], found["limits"][0]["value"]) == ("broken", None)

    @pytest.mark.parametrize(
        "kind", ["lost", "duplicated", "late", "unexpected", "unsettled", "complaints", "damage"]
    )
    def test_harm(self, kind: str) -> None:
        found = told(run(3, **{kind: ("something",)}))
        assert found["verdict"] == "broken"
        assert found["broken"] == [{"world": "real", "seed": 3, "kind": kind, "what": "something"}]
        assert {**found, **found["other"]}[kind] == 1

    def test_a_run_that_did_not_end(self) -> None:
        found = told(run(), {"world": "real", "seed": 2, "seconds": 9.0, "error": "did not end"})
        assert (found["verdict"], found["broken"][0]["kind"]) == ("broken", "error")

    def test_nothing_was_run(self) -> None:
        assert told()["verdict"] == "broken"

    def test_not_played(self) -> None:
        found = told(why_not="mosquitto is not installed")
        assert (found["verdict"], found["why_not"]) == ("not played", "mosquitto is not installed")


@pytest.mark.parametrize(
    ("which", "value"),
    [
        (Statistic.MIN, 1.0), (Statistic.MEDIAN, 50.5), (Statistic.MEAN, 50.5), (Statistic.P95, 95.0),
        (Statistic.P99, 99.0), (Statistic.MAX, 100.0), (Statistic.SUM, 5050.0),
    ],
)  # fmt: skip
def test_statistics(which: Statistic, value: float) -> None:
    assert tally.statistic([float(number) for number in range(100, 0, -1)], which) == value
    assert tally.statistic([3.0], which) == 3.0


class TestPage:
    def kept(self, folder: Path, extent: str, *rows: Played) -> None:
        content = tally.session(rows, Plan(is_quick=extent == "quick", seed=7), seconds=12.0)
        tally.write(content, folder / f"{extent}.json")

    def test_the_same_json_gives_the_same_page(self, tmp_path: Path) -> None:
        self.kept(tmp_path, "quick", Played(row=ROW, runs=[run(1), run(2)]))
        first = page(read_sessions(tmp_path))
        again = {name: json.loads(json.dumps(each)) for name, each in read_sessions(tmp_path).items()}
        assert page(again) == first
        line = (
            "| 1 | USB unplug | 2 real | 1 to 2 | 4 | 0 | 0 | 0 | 0 | t_report 5, 5 s (at most 20 s) | held |"
        )
        assert line in first
        assert "t_report 5 s (row 1, n = 2)" in first
        assert "- row 1: what a reader must know" in first
        assert "seed 7" in first

    def test_the_full_extent_goes_before_the_quick_one(self, tmp_path: Path) -> None:
        self.kept(tmp_path, "quick", Played(row=ROW, runs=[run(1)]))
        self.kept(tmp_path, "full", Played(row=ROW, runs=[run(1), run(2), run(3)]))
        assert "3 real" in page(read_sessions(tmp_path))

    def test_a_part_of_the_full_extent_is_called_a_part(self, tmp_path: Path) -> None:
        rows = [Played(row=ROW, runs=[run(1)])]
        content = tally.session(rows, Plan(is_quick=False, part=8, seed=7), seconds=12.0)
        tally.write(content, tmp_path / "full.json")
        assert "- full (one run of 8): " in page(read_sessions(tmp_path))

    def test_a_row_that_was_played_again_says_at_which_commit(self, tmp_path: Path) -> None:
        other = replace(ROW, number=2, fault="another one")
        broken = Played(row=ROW, runs=[run(1, lost=("raise-1 did not reach Anna",))])
        plan = Plan(is_quick=False, seed=7)
        kept = tally.session([broken, Played(row=other, runs=[run(1)])], plan, seconds=12.0)
        mended = tally.session([Played(row=ROW, runs=[run(8)])], replace(plan, seed=8), seconds=1.0)
        mended["circumstances"] = {**mended["circumstances"], "commit": "0123abc", "changed_since": False}
        once = tally.with_rows(kept, mended)
        both = tally.with_rows(once, mended)
        assert [row["verdict"] for row in both["rows"]] == ["held", "held"]
        assert [each["rows"] for each in both["replayed"]] == [[1]]
        tally.write(both, tmp_path / "full.json")
        found = page(read_sessions(tmp_path))
        assert "- full, row 1: " in found
        assert "commit 0123abc, seed 8" in found
        assert "seed 7" in found

    def test_what_no_row_measures_says_where_it_is_measured(self, tmp_path: Path) -> None:
        self.kept(tmp_path, "quick", Played(row=ROW, runs=[run(1)]))
        found = page(read_sessions(tmp_path))
        assert (
            "| p99 at most 250 ms | measured with [the whole path](performance.md#the-whole-path) |" in found
        )
        assert "| at most 1; 0 outside of that moment | not measured |" in found

    def test_a_row_that_the_full_extent_could_not_play(self, tmp_path: Path) -> None:
        self.kept(tmp_path, "quick", Played(row=ROW, runs=[run(1)]))
        self.kept(tmp_path, "full", Played(row=ROW, why_not="no mosquitto"))
        assert "1 real" in page(read_sessions(tmp_path))

    def test_what_is_broken_is_said(self, tmp_path: Path) -> None:
        harm = run(9, {"t_report": (30.0,)}, lost=("raise-1 did not reach Anna",))
        self.kept(tmp_path, "quick", Played(row=ROW, runs=[harm]))
        found = page(read_sessions(tmp_path))
        assert "**broken**" in found
        assert "**not kept**" in found
        assert "lost, seed 9: raise-1 did not reach Anna" in found

    def test_what_was_not_played_is_never_held(self, tmp_path: Path) -> None:
        self.kept(tmp_path, "quick", Played(row=ROW, why_not="no mosquitto"))
        found = page(read_sessions(tmp_path))
        assert "- row 1, USB unplug: no mosquitto" in found
        assert "1 of 56 rows: 0 held, 0 broken, 1 not played" in found

    def test_no_results(self, tmp_path: Path) -> None:
        with pytest.raises(ReportError, match="run scripts/lab"):
            report.write_page(tmp_path, tmp_path / "page.md")

    def test_the_soak_has_a_session_of_its_own(self, tmp_path: Path) -> None:
        self.kept(tmp_path, "full", Played(row=ROW, runs=[run(1)]))
        self.kept(tmp_path, "soak", Played(row=ROW, runs=[run(1), run(2), run(3), run(4)]))
        assert "4 real" in page(read_sessions(tmp_path))

    def test_what_was_fuzzed_stands_beside_the_rows(self, tmp_path: Path) -> None:
        self.kept(tmp_path, "quick", Played(row=ROW, runs=[run(1)]))
        search = PlayedSearch(target="pdu", search=Search.GROWN, seed=1, executions=12_000, seconds=1.0)
        write([search.as_dict()], tmp_path / "fuzz.json")
        file = report.write_page(tmp_path, tmp_path / "page.md")
        found = file.read_text(encoding="utf-8")
        assert "12,000 inputs for 1 parsers of what strangers send: 0 crashes" in found
        assert "| pdu | 12,000 |" in found
