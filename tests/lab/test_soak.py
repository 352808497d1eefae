"""The soak's own parts: its plan, its arithmetic, its books, and the broker that outlives connections."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from alert_engine.journal.store import Journal
from alert_engine.model import Address, Channel, SendRequest
from lab.soak.books import Books
from lab.soak.measure import Availability, Sample, growth, slope
from lab.soak.month import a_month
from lab.soak.plan import DAY, RATES, plan
from tests import virtual_time
from tests.engine.brokers import allow_sockets
from tests.engine.support import ANNA, FakeRoute, Step, telling

if TYPE_CHECKING:
    from pathlib import Path


def samples(*memory: float) -> list[Sample]:
    return [
        Sample(day=float(day), memory=value, descriptors=9, journal=1.0) for day, value in enumerate(memory)
    ]


class TestPlan:
    @pytest.mark.parametrize("days", [0.5, 30.0])
    def test_everything_happens_in_order_and_in_time(self, days: float) -> None:
        events = plan(random.Random(1), days)
        assert {event.what for event in events} == set(RATES)
        assert events == sorted(events)
        assert all(0.0 < event.at < days * DAY for event in events)

    def test_the_same_seed_gives_the_same_month(self) -> None:
        assert plan(random.Random(7), 30.0) == plan(random.Random(7), 30.0)
        assert plan(random.Random(7), 30.0) != plan(random.Random(8), 30.0)

    def test_things_happen_about_as_often_as_said(self) -> None:
        found = Counter(event.what for event in plan(random.Random(3), 300.0))
        for what, rate in RATES.items():
            wanted = 300.0 * DAY / (rate.between + rate.least + rate.lasts)
            assert found[what] == pytest.approx(wanted, rel=0.5), what


class TestMeasures:
    def test_the_slope_is_that_of_the_second_half(self) -> None:
        assert slope(samples(0, 50, 100, 100, 100, 100), "memory") == pytest.approx(0.0)
        assert slope(samples(0, 0, 0, 1, 2, 3), "memory") == pytest.approx(1.0)

    def test_growth_compares_the_most_of_both_halves(self) -> None:
        assert growth(samples(10, 30, 20, 35), "memory") == 5.0
        assert growth(samples(10, 30, 20, 25), "memory") == -5.0

    def test_a_way_counts_while_it_is_usable_and_not_broken(self) -> None:
        found = Availability(routes=("modem", "cloud"), began=100.0)
        found.tell("modem", usable=True, now=100.0)
        found.tell("other", usable=True, now=100.0)
        found.fault("modem", 1, 120.0)
        found.tell("cloud", usable=True, now=130.0)
        found.fault("modem", 1, 140.0)
        found.fault("modem", -1, 150.0)
        found.fault("modem", -1, 170.0)
        found.gone(190.0)
        assert found.shares(200.0) == {"": 80.0, "modem": 40.0, "cloud": 60.0}
        assert found.repairs == {"modem": [50.0], "cloud": []}

    def test_what_the_plan_broke_altogether_is_not_kept_from_anybody(self) -> None:
        found = Availability(routes=("modem", "cloud"), began=0.0)
        for route in ("modem", "cloud"):
            found.tell(route, usable=True, now=0.0)
        found.fault("modem", 1, 10.0)
        found.fault("cloud", 1, 20.0)
        found.fault("modem", -1, 50.0)
        found.gone(90.0)
        assert found.kept(100.0) == pytest.approx(100.0 * 60.0 / 70.0)


def a_journal(folder: Path) -> Path:
    """An empty one."""

    async def opened() -> None:
        journal = Journal(folder / "journal.db")
        await journal.open()
        await journal.close()

    asyncio.run(opened())
    return folder / "journal.db"


class TestBooks:
    def test_what_was_promised_and_never_came_is_lost(self, tmp_path: Path) -> None:
        books = Books(tmp_path / "books.db")
        for name, words in (("one", "Pump off"), ("other", "Gate open"), ("third", "Tank low")):
            books.promise(name, words, "+431")
        books.excuse("third")
        books.receive("+431", "HIGH Pump off. Reply OK 1234", 5.0)
        found = books.findings(a_journal(tmp_path))
        assert books.accepted == 3
        assert found.lost == ("other did not reach +431",)
        assert found.unexpected == ("+431: HIGH Pump off. Reply OK 1234",)
        books.close()

    @virtual_time.story
    async def test_a_call_that_rings_at_one_look_and_has_rung_at_the_next_is_settled(
        self, tmp_path: Path
    ) -> None:
        books = Books(tmp_path / "books.db")
        journal = tmp_path / "journal.db"
        callable_anna = replace(ANNA, addresses=(Address(channel=Channel.CALL, value="+431"),))
        calls = FakeRoute("calls", channels=frozenset({Channel.CALL}), script=[Step(seconds=30.0)])
        async with telling(tmp_path, people=(callable_anna,), route=calls) as told:
            await told.engine.send(SendRequest(to=("anna",), text="Pump off"))
            await told.until(10)
            books.copy(journal)
            assert books.findings(journal).unsettled == ("in_flight: Pump off",)
            await told.until(60)
            books.copy(journal)
            assert books.findings(journal).is_clean
        books.close()


class TestPeople:
    @virtual_time.story
    async def test_nobody_writes_the_same_twice_within_a_second(self, tmp_path: Path) -> None:
        allow_sockets()
        async with a_month(tmp_path, random.Random(1)) as month:
            await asyncio.sleep(60.0)
            for number, text in (("+431", "OK 1111"), ("+431", "OK 1111"), ("+432", "OK 1111")):
                month._write(number, text)
            await asyncio.sleep(1.0)
            month._write("+431", "OK 1111")
            await asyncio.sleep(60.0)
            month.books.copy(month.journal)
            found = month.books.findings(month.journal)
            assert found.commands_lost == found.commands_repeated == ()
            assert month.books._all("command") == [
                ("+431", "OK 1111"),
                ("+432", "OK 1111"),
                ("+431", "OK 1111"),
            ]
