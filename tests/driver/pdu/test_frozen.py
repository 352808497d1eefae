from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, replace

import pytest

from gsm_driver.pdu.frozen import maker, quick


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    x: int
    y: int = 2
    name: str = "p"


make_point = maker(Point, "x", "y", "name")


@pytest.mark.parametrize("point", [Point(x=1), make_point(1, 2, "p")], ids=["quick", "maker"])
def test_an_instance_is_like_any_other(point: Point) -> None:
    assert type(point) is Point
    assert point == Point(x=1, y=2, name="p")
    assert hash(point) == hash(Point(x=1))
    assert repr(point).endswith("Point(x=1, y=2, name='p')")
    assert replace(point, x=5) == Point(x=5)
    assert copy.copy(point) == point
    assert pickle.loads(pickle.dumps(point)) == point


@pytest.mark.parametrize("point", [Point(x=1), make_point(1, 2, "p")], ids=["quick", "maker"])
def test_an_instance_stays_as_it_is(point: Point) -> None:
    with pytest.raises(FrozenInstanceError):
        point.x = 3  # type: ignore[misc]  # that is the point
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        point.other = 3  # type: ignore[attr-defined]  # a slot that is not there


def test_a_maker_is_told_all_fields_in_order() -> None:
    for names in (("x", "name", "y"), ("x", "y"), ("x", "y", "name", "z")):
        with pytest.raises(TypeError, match="fields of Point"):
            maker(Point, *names)
