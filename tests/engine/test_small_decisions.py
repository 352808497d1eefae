"""Routing, recipients, codes, order of events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alert_engine.decisions.codes import choose_code
from alert_engine.decisions.ordering import (
    MAX_CLOCK_LAG,
    MAX_CLOCK_LEAD,
    has_lapsed,
    is_stale,
    trusted,
)
from alert_engine.decisions.recipients import address_for
from alert_engine.decisions.routing import RouteView, RoutingReason, has_alternative, pick
from alert_engine.model import Address, Channel, Person
from alert_engine.routes.base import RouteState
from tests.engine.support import ANNA

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def view(
    name: str, state: RouteState = RouteState.OK, *, resting: bool = False, call: bool = False
) -> RouteView:
    channel = Channel.CALL if call else Channel.SMS
    return RouteView(name=name, channels=frozenset({channel}), state=state, resting=resting)


A, B = view("a"), view("b")


@pytest.mark.parametrize(
    ("routes", "given_up", "route", "reason"),
    [
        ((), (), None, RoutingReason.NO_ROUTE),
        ((view("c", call=True),), (), None, RoutingReason.NO_ROUTE),
        ((A, B), (), "a", RoutingReason.PICKED),
        ((B, A), (), "b", RoutingReason.PICKED),
        ((A, B), ("a",), "b", RoutingReason.PICKED),
        ((A, B), ("a", "b"), "a", RoutingReason.PICKED),
        ((A, view("b", RouteState.FAILED)), ("a",), "a", RoutingReason.PICKED),
        ((view("a", RouteState.DEGRADED), B), (), "b", RoutingReason.PICKED),
        ((view("a", RouteState.DEGRADED),), (), "a", RoutingReason.PICKED),
        ((view("a", RouteState.FAILED), B), (), "b", RoutingReason.PICKED),
        ((view("a", RouteState.UNKNOWN),), (), None, RoutingReason.NONE_USABLE),
        ((view("a", resting=True), B), (), "b", RoutingReason.PICKED),
        ((view("a", resting=True),), (), None, RoutingReason.NONE_USABLE),
    ],
)
def test_pick(
    routes: tuple[RouteView, ...], given_up: tuple[str, ...], route: str | None, reason: RoutingReason
) -> None:
    choice = pick(Channel.SMS, given_up, routes)
    assert (choice.route, choice.reason) == (route, reason)


def test_has_alternative() -> None:
    assert has_alternative(Channel.SMS, "a", (), (A, B))
    assert not has_alternative(Channel.SMS, "a", ("b",), (A, B))
    assert not has_alternative(Channel.SMS, "a", (), (A,))
    assert not has_alternative(Channel.SMS, "a", (), (A, view("c", call=True)))


DORA = Person(
    id="dora",
    name="Dora",
    addresses=(
        Address(channel=Channel.CALL, value="+436644444444"),
        Address(channel=Channel.SMS, value="+436644444445"),
        Address(channel=Channel.SMS, value="+436644444446"),
    ),
)


def test_address_for() -> None:
    assert address_for(DORA, Channel.SMS) == DORA.addresses[1]
    assert address_for(DORA, None) == DORA.addresses[0]
    assert address_for(ANNA, Channel.CALL) is None


class TestCodes:
    def test_four_digits_without_a_leading_zero(self) -> None:
        assert choose_code(set().__contains__, lambda _: 0) == "1000"
        assert choose_code(set().__contains__, lambda count: count - 1) == "9999"

    def test_a_used_code_is_drawn_again(self) -> None:
        draws = iter([0, 0, 5])
        assert choose_code({"1000"}.__contains__, lambda _: next(draws)) == "1005"

    def test_when_nearly_all_are_used_they_grow(self) -> None:
        used = {str(number) for number in range(1000, 9998)}
        assert choose_code(used.__contains__, lambda _: 3) == "10003"

    def test_the_search_for_one_does_not_grow_with_those_that_are_used(self) -> None:
        asked: list[str] = []

        def is_used(code: str) -> bool:
            asked.append(code)
            return len(code) < 7

        assert choose_code(is_used, lambda _: 0) == "1000000"
        assert len(asked) < 100


@pytest.mark.parametrize(
    ("lead", "believed"),
    [
        (timedelta(days=-400), False),
        (-MAX_CLOCK_LAG, True),
        (timedelta(0), True),
        (MAX_CLOCK_LEAD, True),
        (timedelta(minutes=6), False),
    ],
)
def test_trusted(*, lead: timedelta, believed: bool) -> None:
    assert trusted(NOW + lead, NOW) == (NOW + lead if believed else None)


def test_no_time_is_no_time() -> None:
    assert trusted(None, NOW) is None


@pytest.mark.parametrize(
    ("told", "newest", "stale"),
    [(None, NOW, False), (NOW, None, False), (NOW, NOW, False), (NOW - timedelta(seconds=1), NOW, True)],
)
def test_is_stale(*, told: datetime | None, newest: datetime | None, stale: bool) -> None:
    assert is_stale(told, newest) is stale


@pytest.mark.parametrize(
    ("ago", "ttl", "lapsed"),
    [
        (timedelta(seconds=60), timedelta(seconds=60), True),
        (timedelta(seconds=59), timedelta(seconds=60), False),
        (timedelta(days=400), timedelta(seconds=60), False),  # of 1970: not believed
        (-timedelta(minutes=6), timedelta(0), False),  # nor this
        (None, timedelta(seconds=60), False),
        (timedelta(hours=1), None, False),
    ],
)
def test_has_lapsed(*, ago: timedelta | None, ttl: timedelta | None, lapsed: bool) -> None:
    assert has_lapsed(None if ago is None else NOW - ago, ttl, NOW) is lapsed
