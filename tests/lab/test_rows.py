"""Rows as data: limits, sections, and that every module of a row is what the runner expects."""

from __future__ import annotations

import pytest

from lab.catalogue import CatalogueError, load, load_one
from lab.row import ROWS, Limit, Row, Section, Statistic, World

ENTRIES = load()


def row(number: int, **fields: object) -> Row:
    return Row(number=number, fault="f", expected="e", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "section"),
    [(1, Section.MODEM), (15, Section.MODEM), (16, Section.SIM), (36, Section.HOST), (56, Section.USE)],
)
def test_the_section_follows_from_the_number(number: int, section: Section) -> None:
    assert row(number).section is section


def test_a_limit_limits_one_way() -> None:
    with pytest.raises(ValueError, match="not both"):
        Limit("t", at_most=1.0, at_least=0.5)
    with pytest.raises(ValueError, match="needs at_most"):
        Limit("t")


def test_a_limit_looks_at_the_worst_value_by_itself() -> None:
    assert Limit("t", at_most=1.0).statistic is Statistic.MAX
    assert Limit("t", at_least=1.0).statistic is Statistic.MIN
    assert str(Limit("t", at_most=1.0, unit="s", of=Statistic.P99)) == "p99 t at most 1 s"


@pytest.mark.parametrize(("limit", "kept"), [({"at_most": 1.0}, [1.0, 0.5]), ({"at_least": 1.0}, [1.0, 2.0])])
def test_the_bound_itself_is_kept(limit: dict[str, float], kept: list[float]) -> None:
    assert [Limit("t", **limit).is_kept_by(value) for value in kept] == [True, True]  # type: ignore[arg-type]


def test_units() -> None:
    one = row(1, limits=(Limit("loss", at_most=0, unit="%"),), units={"waiting": "messages"})
    assert [one.unit(name) for name in ("loss", "waiting", "t_report", "other")] == ["%", "messages", "s", ""]


def test_a_row_that_nobody_wrote() -> None:
    missing = next(number for number in (*ROWS, 99) if number not in ENTRIES)
    with pytest.raises(CatalogueError, match=f"row {missing} is not written"):
        load_one(missing)


@pytest.mark.parametrize("number", ENTRIES)
def test_a_row_is_complete(number: int) -> None:
    entry = ENTRIES[number]
    assert entry.row.fault
    assert entry.row.expected
    assert entry.row.worlds
    assert any(extent.quick > 0 for extent in entry.row.worlds.values())
    assert all(extent.full >= extent.quick >= 0 and extent.full for extent in entry.row.worlds.values())
    assert all(isinstance(world, World) for world in entry.row.worlds)
    assert load_one(number).row == entry.row
