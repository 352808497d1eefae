"""Thousands of SIGKILLs, and whether the checker would have seen a broken promise."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from alert_engine.failpoints import NAMES, Moment
from tests.e2e.crash.checker import Doubt, Piece, Promise, Written, check
from tests.e2e.crash.flaws import Flaw

ROOT = Path(__file__).parents[2]
CRASHES = 2000
LEAST = 10  # crashes at each failpoint
LIMIT = 840.0  # seconds of real time; it takes 140 on two idle cores

# What can be in doubt when the process dies somewhere else: another task did, while a segment was under way.
CERTAIN = {
    *(moment.before for moment in (Moment.INFLIGHT, Moment.SUBMITTED, Moment.OUTCOME, Moment.RECOVERY)),
    *(moment.after for moment in (Moment.INFLIGHT, Moment.SUBMITTED, Moment.ACCEPTED, Moment.OUTCOME)),
    Moment.RECOVERY.after,
}


def crashes(runs: int, *, seed: int = 1, flaw: Flaw | None = None) -> dict[str, Any]:
    """In a program of its own: it forks, and a test runner has threads."""
    command = [sys.executable, "-m", "tests.e2e.crash", "--json", "--runs", str(runs), "--seed", str(seed)]
    played = subprocess.run(
        command + (["--flaw", flaw] if flaw else []),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert played.stdout, played.stderr
    tally: dict[str, Any] = json.loads(played.stdout)
    return tally


@pytest.mark.timeout(LIMIT + 30)
def test_nothing_is_lost_and_only_doubts_are_doubled() -> None:
    tally = crashes(CRASHES)

    again = [f"{found} (again: bench/crash --story {seed})" for seed, found in tally["broken"]]
    assert again == []
    assert tally["crashes"] >= CRASHES
    assert {name: tally["kills"].get(name, 0) for name in NAMES if tally["kills"].get(name, 0) < LEAST} == {}
    assert {point: tally["doubts"][point] for point in CERTAIN & set(tally["doubts"])} == {}
    assert all(tally["resent"][point] <= tally["doubts"][point] for point in tally["resent"])
    assert sum(tally["resent"].values()) < sum(tally["doubts"].values())  # reports settle some


@pytest.mark.timeout(LIMIT + 30)
@pytest.mark.parametrize(
    ("flaw", "kind"),
    [
        (Flaw.ANSWERS_BEFORE_COMMIT, "lost"),
        (Flaw.COMMITS_AFTER_SEND, "duplicated"),
        (Flaw.RESENDS_ON_RESTART, "duplicated"),
        (Flaw.DELETES_BEFORE_COMMIT, "commands_lost"),
        (Flaw.FORGETS_FINGERPRINTS, "commands_repeated"),
    ],
)
def test_a_mistake_is_found(flaw: Flaw, kind: str) -> None:
    """The checker's own test: the gateway has a deliberate flaw."""
    assert crashes(100, flaw=flaw)["faults"][kind] > 0


class TestChecker:
    """What it says of small cases that are easily seen through."""

    ANNA = "+436641111111"
    TEXT = "Pump off"
    MESSAGE = (ANNA, TEXT, "accepted")
    PROMISE = Promise(name="raise-1", words="Pump", numbers=(ANNA,))
    PIECE = Piece(number=ANNA, text=TEXT)
    DOUBT = Doubt(number=ANNA, text=TEXT, segment=1, point="ctrl_z")

    def written(self, *messages: tuple[str, str, str], **fields: Any) -> Written:
        return Written(messages=messages, inbound=Counter(), **fields)

    def test_as_it_should_be(self) -> None:
        assert check([self.PROMISE], self.written(self.MESSAGE), [self.PIECE]).is_clean

    def test_accepted_and_never_written_down(self) -> None:
        found = check([self.PROMISE], self.written(), [])
        assert found.lost == ("raise-1 did not reach +436641111111",)

    def test_excused(self) -> None:
        excused = Promise(name="raise-1", words="Pump", numbers=(self.ANNA,), excused=True)
        assert check([excused], self.written((self.ANNA, self.TEXT, "cancelled")), []).is_clean

    def test_taken_and_never_received(self) -> None:
        assert len(check([], self.written(self.MESSAGE), []).lost) == 1

    def test_a_segment_is_missing(self) -> None:
        half = Piece(number=self.ANNA, text="Pump", segment=1, segments=2, reference=7)
        assert len(check([], self.written(self.MESSAGE), [half]).lost) == 1

    def test_never_written_and_received(self) -> None:
        assert check([], self.written(), [self.PIECE]).unexpected == ("+436641111111: Pump off",)

    def test_the_same_text_was_written_twice(self) -> None:
        assert check([], self.written(self.MESSAGE, self.MESSAGE), [self.PIECE] * 2).is_clean

    @pytest.mark.parametrize(("copies", "doubts", "clean"), [(2, 1, True), (2, 0, False), (3, 1, False)])
    def test_a_doubt_allows_one_more(self, copies: int, doubts: int, *, clean: bool) -> None:
        found = check([], self.written(self.MESSAGE), [self.PIECE] * copies, [self.DOUBT] * doubts)
        assert found.is_clean == clean
        assert found.resent == Counter({"ctrl_z": doubts})

    def test_a_doubt_about_another_segment_allows_nothing(self) -> None:
        first = Piece(number=self.ANNA, text="Pump ", segment=1, segments=2, reference=7)
        second = Piece(number=self.ANNA, text="off", segment=2, segments=2, reference=7)
        doubt = Doubt(number=self.ANNA, text="off", segment=2, point="ctrl_z")
        assert check([], self.written(self.MESSAGE), [first, second, second], [doubt]).is_clean
        assert len(check([], self.written(self.MESSAGE), [first, first, second], [doubt]).duplicated) == 1

    def test_the_same_under_another_reference(self) -> None:
        pieces = [
            Piece(number=self.ANNA, text=text, segment=place, segments=2, reference=reference)
            for reference in (7, 8)
            for place, text in ((1, "Pump "), (2, "off"))
        ]
        assert len(check([], self.written(self.MESSAGE), pieces).duplicated) == 1

    def test_what_waits_for_ever(self) -> None:
        assert len(check([], self.written((self.ANNA, self.TEXT, "in_doubt")), []).unsettled) == 1

    def test_a_damaged_journal(self) -> None:
        assert check([], self.written(integrity="row 7 missing"), []).damage == ("row 7 missing",)
