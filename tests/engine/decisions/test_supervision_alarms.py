"""From what is wrong to alarms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.decisions.supervision_alarms import (
    Changes,
    Fault,
    held_of_route,
    is_ours,
    of_credit,
    of_route,
    reconcile,
)
from alert_engine.decisions.supervision_ladder import Standing
from alert_engine.model import Severity
from alert_engine.routes.base import ProofLevel, RouteState

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HIGH = Fault(severity=Severity.HIGH, title="t", text="x")


def standing(state: RouteState, **fields: Any) -> Standing:
    return Standing(state=state, proof=None, last_proof=None, reason="a reason", **fields)


class TestReconcile:
    def test_what_is_wrong_and_not_known_is_raised(self) -> None:
        assert reconcile({}, {"route/a": HIGH}, ()) == Changes(raises={"route/a": HIGH}, clears=())

    def test_what_is_known_is_not_said_again(self) -> None:
        assert not reconcile({"route/a": Severity.HIGH}, {"route/a": HIGH}, ())

    def test_what_got_worse_is(self) -> None:
        assert reconcile({"route/a": Severity.NORMAL}, {"route/a": HIGH}, ()).raises == {"route/a": HIGH}

    def test_what_is_over_is_cleared(self) -> None:
        changes = reconcile({"route/a": Severity.HIGH}, {}, ())
        assert (changes.clears, bool(changes)) == (("route/a",), True)

    def test_what_nobody_can_say_now_stays(self) -> None:
        assert not reconcile({"route/a": Severity.HIGH}, {}, {"route/a"})

    def test_alarms_of_others_stay(self) -> None:
        assert not reconcile({"mqtt/connection": Severity.HIGH, "person/x/opt-out": Severity.HIGH}, {}, ())

    @pytest.mark.parametrize(
        ("key", "ours"),
        [
            ("route/a", True),
            ("undelivered", True),
            ("audit", True),
            ("outside/ping", True),
            ("budget/a", True),
            ("mqtt/connection", False),
            ("person/x/opt-out", False),
        ],
    )
    def test_whose_it_is(self, key: str, *, ours: bool) -> None:
        assert is_ours(key) is ours

    @given(
        known=st.dictionaries(st.sampled_from(["route/a", "credit/b", "other"]), st.sampled_from(Severity)),
        wanted=st.dictionaries(st.sampled_from(["route/a", "credit/b"]), st.just(HIGH)),
    )
    def test_once_done_there_is_nothing_left_to_do(
        self, known: dict[str, Severity], wanted: dict[str, Fault]
    ) -> None:
        changes = reconcile(known, wanted, ())
        then = {key: severity for key, severity in known.items() if key not in changes.clears}
        then |= {key: fault.severity for key, fault in changes.raises.items()}
        assert not reconcile(then, wanted, ())


class TestRoutes:
    def test_a_fault_is_an_alarm(self) -> None:
        broken = standing(RouteState.FAILED, fault=ProofLevel.PORT)
        (fault,) = of_route("a", broken, None, NOW, is_last=False).items()
        assert fault == (
            "route/a",
            Fault(severity=Severity.HIGH, title="route a has failed", text="a reason"),
        )
        (last,) = of_route("a", broken, None, NOW, is_last=True).values()
        assert last.text == "a reason. No other route is left"

    @pytest.mark.parametrize(("minutes", "keys"), [(59, []), (60, ["route-weak/a"])])
    def test_a_weakness_is_one_when_it_lasts(self, minutes: int, keys: list[str]) -> None:
        weak = standing(RouteState.DEGRADED)
        assert list(of_route("a", weak, NOW - timedelta(minutes=minutes), NOW, is_last=False)) == keys

    def test_all_is_well(self) -> None:
        assert of_route("a", standing(RouteState.OK), None, NOW, is_last=True) == {}
        assert of_route("a", standing(RouteState.DEGRADED), None, NOW, is_last=True) == {}

    def test_on_the_brink_nothing_changes(self) -> None:
        held = ("route/a", "route-weak/a")
        assert held_of_route("a", standing(RouteState.UNKNOWN)) == held
        assert held_of_route("a", standing(RouteState.FAILED)) == held
        assert held_of_route("a", standing(RouteState.FAILED, fault=ProofLevel.PORT)) == ()
        assert held_of_route("a", standing(RouteState.OK)) == ()

    def test_credit(self) -> None:
        (fault,) = of_credit("a", Decimal("1.50"), Decimal(2)).items()
        assert fault[0] == "credit/a"
        assert "1.50 is left" in fault[1].text
        assert of_credit("a", Decimal(2), Decimal(2)) == {}
        assert of_credit("a", None, Decimal(2)) == {}
        assert of_credit("a", Decimal(2), None) == {}
