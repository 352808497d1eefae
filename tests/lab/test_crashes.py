"""Hundreds of SIGKILLs, and whether the checker would have seen a broken promise."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from alert_engine.failpoints import NAMES, Moment
from lab.crash.flaws import Flaw

ROOT = Path(__file__).parents[2]
CRASHES = 400  # scripts/lab --row 36 --full plays ten thousand
LEAST = 1  # crashes at each failpoint
LIMIT = 420.0  # seconds of real time; it takes 30 on two idle cores

# What can be in doubt when the process dies somewhere else: another task did, while a segment was under way.
CERTAIN = {
    *(moment.before for moment in (Moment.INFLIGHT, Moment.SUBMITTED, Moment.OUTCOME, Moment.RECOVERY)),
    *(moment.after for moment in (Moment.INFLIGHT, Moment.SUBMITTED, Moment.ACCEPTED, Moment.OUTCOME)),
    Moment.RECOVERY.after,
}


def crashes(runs: int, *, seed: int = 1, flaw: Flaw | None = None) -> dict[str, Any]:
    """In a program of its own: it forks, and a test runner has threads."""
    command = [sys.executable, "-m", "lab.crash", "--json", "--runs", str(runs), "--seed", str(seed)]
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
