"""Any octets for every way in: those that are kept, and some thousands made of them."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

import pytest

from lab.fuzz.cover import looking
from lab.fuzz.mutate import mutants, stretched
from lab.fuzz.record import Played, read, with_session
from lab.fuzz.search import Search
from lab.fuzz.session import MAX_FILES, MAX_OCTETS, Plan, play
from lab.fuzz.target import CORPORA, NAMES, Target, load, seeds_of
from lab.fuzz.watch import Watch

if TYPE_CHECKING:
    from pathlib import Path

SEED = 20_261_122
EXECUTIONS = 2_000
FEWER = {
    "at_session": 500,
    "config": 150,
    "mail": 800,
}  # a file of YAML takes a thousand times as long as a line
LONG = 10

each_target = pytest.mark.parametrize("name", NAMES)


@each_target
def test_no_input_is_too_much(name: str) -> None:
    target, seeds = load(name), seeds_of(name)
    random = Random(SEED)
    with Watch(target.one) as watch:
        for data in (
            b"",
            *seeds,
            *islice(mutants(seeds, target, random), FEWER.get(name, EXECUTIONS)),
            *islice(stretched(seeds, target, random), LONG),
        ):
            watch.take(data)
    assert [each.what for each in watch.crashes.values()] == []
    assert [each.what for each in watch.slow] == []


@each_target
def test_the_corpus_is_there_and_small(name: str) -> None:
    seeds = seeds_of(name)
    assert 0 < len(seeds) <= MAX_FILES
    assert sum(map(len, seeds)) <= MAX_OCTETS


def test_all_targets_have_a_module_and_the_other_way_round() -> None:
    modules = {file.stem for file in (CORPORA.parent / "targets").glob("*.py")} - {"__init__"}
    assert modules == set(NAMES)
    assert {place.name for place in CORPORA.iterdir()} == set(NAMES)


def one_that_breaks(data: bytes) -> None:
    if data.startswith(b"ab"):
        raise RuntimeError("a defect")


def one_that_dawdles(data: bytes) -> None:
    sum(range(20_000_000 if data else 0))


def test_a_defect_is_told_once_with_its_shortest_input() -> None:
    with Watch(one_that_breaks) as watch:
        for data in (b"abc", b"x", b"ab", b"abcd"):
            watch.take(data)
    (found,) = watch.outcome()["crashes"]
    assert found["input"] == b"ab".hex()
    assert "RuntimeError at test_fuzz.py" in found["what"]
    assert watch.executions == 4


def test_a_slow_input_is_told() -> None:
    with Watch(one_that_dawdles) as watch:
        watch.take(b"")
        watch.take(b"x")
    (found,) = watch.outcome()["slow"]
    assert found["input"] == b"x".hex()


def test_nothing_is_stopped_for_taking_long_once_the_inputs_are_through() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    with Watch(one_that_breaks) as watch:
        watch.take(b"x")
        armed, _every = signal.getitimer(signal.ITIMER_VIRTUAL)
    assert armed > 0
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGVTALRM) == before


def test_cover_grows_with_what_was_not_reached_before() -> None:
    target = load("urc")
    with looking() as cover:
        target.one(b"RING")
        assert cover.has_grown()
        target.one(b"RING")
        assert not cover.has_grown()
        target.one(b'+CMTI: "SM",3')
        assert cover.has_grown()


def test_mutants_repeat_with_their_seed() -> None:
    target = Target(one=one_that_breaks, longest=50)
    first, second = (list(islice(mutants([b"abc", b"def"], target, Random(7)), 50)) for _ in range(2))
    assert first == second
    assert all(len(data) <= 50 for data in first)
    assert max(len(data) for data in islice(stretched([b"abc"], target, Random(7)), 20)) > 40


def test_a_search_in_a_process_of_its_own_is_recorded(tmp_path: Path) -> None:
    plan = Plan(
        targets=("ussd",),
        executions=400,
        seed=SEED,
        keep=True,
        only=(Search.GROWN, Search.STRETCHED),
        corpora=tmp_path / "corpus",
        results=tmp_path / "fuzz.json",
    )
    told: list[str] = []
    assert play(plan, told.append) == 0
    runs = read(plan.results)
    assert [(run["search"], run["executions"], run["seed"]) for run in runs] == [
        ("grown", 400, SEED),
        ("stretched", 400, SEED),
    ]
    assert json.loads(plan.results.read_text())["targets"]["ussd"]["executions"] == 800
    assert seeds_of("ussd", plan.corpora)
    assert told[-1] == "800 executions, 0 crashes, 0 slow inputs"


def test_what_was_broken_is_kept_until_the_same_search_holds() -> None:
    broken = Played(
        target="ussd",
        search=Search.GROWN,
        seed=1,
        executions=5,
        seconds=1,
        slow=({"what": "x", "input": ""},),
    )
    other, held = replace(broken, search=Search.STRETCHED), replace(broken, seed=2, slow=())
    runs = with_session(with_session([], [broken]), [other])
    assert [run["search"] for run in runs] == ["grown", "stretched"]
    assert [run["seed"] for run in with_session(runs, [held])] == [1, 2]
    assert [run["search"] for run in with_session(runs, [held])] == ["stretched", "grown"]


def test_a_process_that_dies_is_a_crash(tmp_path: Path) -> None:
    (tmp_path / "corpus" / "ussd" / "no file").mkdir(parents=True)
    plan = Plan(
        targets=("ussd",),
        executions=1,
        seed=SEED,
        only=(Search.GROWN,),
        corpora=tmp_path / "corpus",
        results=tmp_path / "fuzz.json",
    )
    told: list[str] = []
    assert play(plan, told.append) == 1
    assert any("the process ended with 1" in line for line in told)


def test_an_unknown_target_is_told() -> None:
    told: list[str] = []
    assert play(Plan(targets=("nonsense",), executions=1, seed=1), told.append) == 2
    assert told[0].startswith("no such target: nonsense; there are answers,")
