"""Which route carries what, in which order, and what each refusal costs: a modem and a provider."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.model import (
    AlarmRaise,
    Channel,
    MessageState,
    Policy,
    SendRequest,
    Severity,
    Step,
    Verdict,
)
from alert_engine.routes.base import Credit, ErrorClass, Rejected
from alert_engine.supervision.settings import SupervisionSettings
from tests.engine.acceptance import DAY, HOUR, MINUTE
from tests.engine.support import (
    ACCEPT,
    ANNA,
    BERT,
    EPOCH,
    FAILED,
    LOST,
    OK,
    UNLIMITED,
    CountedIds,
    FakeRoute,
    Story,
    number_of,
    rejected,
    telling,
)
from tests.engine.support import Step as Happens
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

C, S = ErrorClass, MessageState
MIDNIGHT = 9 * HOUR + 53 * MINUTE  # the stories begin at 14:07
LONG = "x" * 480  # three segments


def cloud(**fields: Any) -> FakeRoute:
    return FakeRoute("cloud", first_reference=100, **fields)


async def send(told: Story, text: str = "hello", **options: Any) -> str:
    result = await told.engine.send(SendRequest(to=("anna",), text=text, **options))
    return result.messages[0].uid


def left(*routes: FakeRoute) -> list[tuple[str, float]]:
    """What left by which route, and when, in order."""
    return sorted(((route.name, each.at) for route in routes for each in route.left), key=lambda at: at[1])


@dataclass(frozen=True)
class Row:
    """What one kind of refusal costs a message when another route is there, and when there is none."""

    outcome: Happens
    severity: Severity
    times: int  # how often it happens
    alone: list[tuple[str, float]]
    together: list[tuple[str, float]]


def refuse(error_class: ErrorClass, **fields: Any) -> Happens:
    return Happens(outcome=Rejected(error_class=error_class, reason="no", **fields))


NORMAL, CRITICAL = Severity.NORMAL, Severity.CRITICAL
ROWS = {
    "temporary, once": Row(refuse(C.TEMPORARY), NORMAL, 1, [("modem", 2)], [("modem", 2)]),
    "temporary, and again": Row(
        refuse(C.TEMPORARY), NORMAL, 4, [("modem", 2 + 5 + 15 + 30)], [("cloud", 2 + 5 + 15)]
    ),
    "temporary, critical": Row(
        refuse(C.TEMPORARY), CRITICAL, 4, [("modem", 2 + 5 + 15 + 30)], [("cloud", 2)]
    ),
    "temporary, with a wait": Row(
        refuse(C.TEMPORARY, retry_after=timedelta(seconds=60)), NORMAL, 1, [("modem", 60)], [("modem", 60)]
    ),
    "recipient": Row(refuse(C.RECIPIENT), NORMAL, 1, [], []),
    "recipient, by this route (CMS 21)": Row(
        refuse(C.RECIPIENT, this_route_only=True), NORMAL, 1, [], [("cloud", 0)]
    ),
    "message": Row(refuse(C.MESSAGE), NORMAL, 1, [("modem", 0)], [("modem", 0)]),
    "message, plain too": Row(refuse(C.MESSAGE), NORMAL, 2, [], [("cloud", 0)]),
    "account": Row(refuse(C.ACCOUNT), NORMAL, 1, [("modem", 900)], [("cloud", 0)]),
    "device, away": Row(refuse(C.DEVICE), NORMAL, 1, [("modem", 10)], [("cloud", 0)]),
    "device, answers": Row(refuse(C.DEVICE, code="CMS 500"), NORMAL, 1, [("modem", 2)], [("cloud", 0)]),
    "memory": Row(refuse(C.MEMORY), NORMAL, 1, [("modem", 0)], [("modem", 0)]),
    "memory, and again": Row(refuse(C.MEMORY), NORMAL, 3, [("modem", 15)], [("modem", 15)]),
    # It left, and nobody knows whether it was taken: once more, after the wait for a report.
    "unknown": Row(LOST, NORMAL, 1, [("modem", 0), ("modem", 91)], [("modem", 0), ("modem", 91)]),
    "unknown, critical": Row(LOST, CRITICAL, 1, [("modem", 0), ("modem", 16)], [("modem", 0), ("modem", 16)]),
}


@pytest.mark.parametrize("is_alone", [True, False], ids=["alone", "together"])
@pytest.mark.parametrize("name", ROWS)
@story
async def test_each_class_of_refusal(tmp_path: Path, name: str, *, is_alone: bool) -> None:
    row = ROWS[name]
    modem, other = FakeRoute(script=[row.outcome] * row.times), cloud()
    async with telling(tmp_path, route=modem) as told:
        if not is_alone:
            await told.engine.add_route(other)
        await send(told, severity=row.severity)
        await told.until(HOUR)
        assert left(modem, other) == (row.alone if is_alone else row.together)


@pytest.mark.parametrize(
    ("error_class", "leaves_at"),
    [
        (C.TEMPORARY, 0),
        (C.RECIPIENT, 0),
        # These are sent again at once, which takes a second here.
        (C.MESSAGE, 1),
        (C.MEMORY, 1),
    ],
)
@story
async def test_a_bad_message_holds_up_nobody(
    tmp_path: Path, error_class: ErrorClass, leaves_at: float
) -> None:
    """The next one leaves in the same moment, or after the other has gone through."""
    async with telling(
        tmp_path, people=(ANNA, BERT), route=FakeRoute(script=[rejected(error_class)])
    ) as told:
        await told.engine.send(SendRequest(to=("anna", "bert"), text="hello"))
        await told.until(30)
        assert [each.at for each in told.route.left if each.address == number_of(BERT)] == [leaves_at]


class TestRoutesAreApart:
    @story
    async def test_one_that_hangs_holds_up_nobody_else(self, tmp_path: Path) -> None:
        stuck = FakeRoute(script=[Happens(seconds=250)])
        async with telling(tmp_path, people=(ANNA, BERT), route=stuck) as told:
            calls = FakeRoute("calls", channels=frozenset({Channel.CALL}))
            await told.engine.add_route(calls)
            await send(told)
            await told.until(1)
            await told.engine.send(
                SendRequest(to=("+436649999999",), text="hello", channel=Channel.CALL, severity=CRITICAL)
            )
            await told.until(2)
            assert [each.at for each in calls.left] == [1]

    @story
    async def test_one_that_hangs_keeps_only_what_it_has_in_hand(self, tmp_path: Path) -> None:
        stuck, other = FakeRoute(script=[Happens(seconds=250)]), cloud()
        async with telling(tmp_path, route=stuck) as told:
            await send(told)
            await told.until(1)
            await told.engine.add_route(other)
            await stuck.become(FAILED)
            await send(told)
            await told.until(3)
            assert [each.at for each in other.left] == [1]


class TestOrder:
    @story
    async def test_a_long_batch_makes_way_between_messages(self, tmp_path: Path) -> None:
        """Each message here is three segments of a second; what is more urgent waits for one at most."""
        async with telling(tmp_path, people=(ANNA, BERT), limits=UNLIMITED) as told:
            for number in range(20):
                await send(told, f"{number:02}" + LONG[2:])
            await told.until(1)
            await send(told, "high", severity=Severity.HIGH)
            await told.until(2)
            await send(told, "critical", severity=CRITICAL)
            await told.until(100)
            texts = [(each.at, each.text[:8]) for each in told.route.left if each.segment == 0]
            assert texts[:4] == [(0, "00xxxxxx"), (3, "critical"), (4, "high"), (5, "01xxxxxx")]
            assert len(texts) == 22


class TestBudget:
    """Ten segments a day: eight, then a warning; the last one is for what is critical."""

    def settings(self, **fields: Any) -> dict[str, Any]:
        return {"budgets": {"modem": 10}, "limits": UNLIMITED, **fields}

    @story
    async def test_the_end_of_it_sends_the_rest_by_another_route(self, tmp_path: Path) -> None:
        other = cloud()
        async with telling(tmp_path, **self.settings()) as told:
            await told.engine.add_route(other)
            for _ in range(10):
                await send(told)
            await told.until(30)
            assert (len(told.route.left), len(other.left)) == (9, 1)
            await send(told, severity=CRITICAL)
            await told.until(40)
            assert (len(told.route.left), len(other.left)) == (10, 1)
            await send(told, severity=CRITICAL)
            await told.until(50)
            assert (len(told.route.left), len(other.left)) == (10, 2)

    @story
    async def test_without_another_route_it_waits_for_midnight(self, tmp_path: Path) -> None:
        async with telling(tmp_path, **self.settings()) as told:
            for _ in range(12):
                await send(told, expires_at=EPOCH + timedelta(days=1))
            late = await send(told, expires_at=EPOCH + timedelta(hours=1))
            await told.until(MIDNIGHT - 1)
            assert len(told.route.left) == 9
            assert (await told.message(late)).state is S.EXPIRED
            await told.until(MIDNIGHT + 70)
            assert len(told.route.left) == 12
            assert all(MIDNIGHT <= each.at <= MIDNIGHT + 65 for each in told.route.left[9:])

    @story
    async def test_segments_are_counted_also_after_a_restart(self, tmp_path: Path) -> None:
        ids = CountedIds()
        async with telling(tmp_path, ids=ids, **self.settings()) as told:
            for _ in range(3):
                await send(told, LONG)
            await told.until(20)
            assert len(told.route.left) == 9
        async with telling(tmp_path, ids=ids, **self.settings()) as again:
            await send(again)
            await again.until(60)
            assert again.route.left == []
            await send(again, severity=CRITICAL)
            await again.until(70)
            assert len(again.route.left) == 1

    @story
    async def test_people_hear_before_it_ends_and_when_it_has(self, tmp_path: Path) -> None:
        to_bert = Policy(name="to-bert", steps=(Step(after=timedelta(0), notify=("bert",)),))
        async with telling(
            tmp_path,
            people=(ANNA, BERT),
            **self.settings(
                budgets={"modem": 20},
                policies=(to_bert,),
                supervision=SupervisionSettings(policy="to-bert"),
            ),
        ) as told:
            for _ in range(18):
                await send(told)
            await told.until(60)
            (warning,) = [each for each in told.route.left if each.address == number_of(BERT)]
            assert "budget of route modem ends soon" in warning.text
            other = cloud()
            await told.engine.add_route(other)
            for _ in range(3):
                await send(told, severity=CRITICAL)
            await told.until(120)
            # Nothing is left of it, so another route says so.
            assert ["used up" in each.text for each in other.left if each.address == number_of(BERT)] == [
                True
            ]
            assert told.engine.supervision().routes["modem"].budget_left == 0
            await told.until(MIDNIGHT + 60)
            assert await told.engine.open_alarms() == ()

    @story
    async def test_the_word_that_it_ends_may_use_the_last_of_it(self, tmp_path: Path) -> None:
        async with telling(
            tmp_path, **self.settings(supervision=SupervisionSettings(), people=(ANNA,))
        ) as told:
            for _ in range(9):
                await send(told)
            await told.until(120)
            assert len(told.route.left) == 10
            assert "ends soon" in told.route.left[-1].text


class Prepaid(FakeRoute):
    """It can tell what is left on its card."""

    amount = Decimal(0)

    async def credit(self) -> Credit:
        return Credit(amount=self.amount, currency="EUR")


class TestCredit:
    @story
    async def test_an_empty_account_is_left_alone(self, tmp_path: Path) -> None:
        prepaid, other = Prepaid(), cloud()
        async with telling(tmp_path, route=prepaid) as told:
            await told.engine.add_route(other)
            await told.until(10)
            await send(told)
            await told.until(20)
            assert left(prepaid, other) == [("cloud", 10)]
            await other.become(FAILED)
            waiting = await send(told)
            # What is critical is tried all the same: that costs nothing.
            await send(told, severity=CRITICAL)
            await told.until(30)
            assert left(prepaid, other) == [("cloud", 10), ("modem", 20)]
            await other.become(OK)
            await told.until(40)
            assert left(prepaid, other) == [("cloud", 10), ("modem", 20), ("cloud", 30)]
            assert (await told.message(waiting)).state is S.ACCEPTED

    @story
    async def test_once_topped_up_it_is_used_again(self, tmp_path: Path) -> None:
        prepaid = Prepaid()
        async with telling(tmp_path, route=prepaid) as told:
            await told.until(10)
            await send(told, expires_at=EPOCH + timedelta(days=3))
            await told.until(HOUR)
            assert prepaid.left == []
            prepaid.amount = Decimal(10)
            await told.until(DAY + HOUR)  # it is asked once a day
            assert len(prepaid.left) == 1


class TestInTime:
    @story
    async def test_what_expires_while_its_route_is_away_is_never_sent(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
            planned = await send(
                told, not_before=EPOCH + timedelta(minutes=10), expires_at=EPOCH + timedelta(minutes=20)
            )
            await told.until(20 * MINUTE)
            await told.route.become(OK)
            await told.until(HOUR)
            assert told.route.given == []
            assert (await told.message(planned)).state is S.EXPIRED

    @story
    async def test_the_network_is_told_how_long_it_is_worth_something(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await send(
                told, not_before=EPOCH + timedelta(minutes=10), expires_at=EPOCH + timedelta(minutes=20)
            )
            await told.until(HOUR)
            assert [each.validity for each in told.route.given] == [timedelta(minutes=10)]

    @story
    async def test_a_doubt_is_not_sent_again_when_it_is_too_late(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(script=[LOST])) as told:
            uid = await send(told, expires_at=EPOCH + timedelta(seconds=30))
            await told.until(HOUR)
            assert len(told.route.left) == 1
            assert (await told.message(uid)).state is S.EXPIRED


class TestCancel:
    @story
    async def test_a_planned_message(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            uid = await send(told, not_before=EPOCH + timedelta(minutes=10))
            assert await told.engine.cancel(uid) is Verdict.APPLIED
            assert await told.engine.cancel(uid) is Verdict.UNCHANGED
            assert await told.engine.cancel("nobody") is Verdict.UNKNOWN
            await told.until(HOUR)
            assert told.route.given == []
            message = await told.message(uid)
            assert (message.state, message.reason) == (
                S.CANCELLED,
                "cancelled by whoever had asked for it",
            )

    @pytest.mark.parametrize("step", [LOST, ACCEPT])
    @story
    async def test_what_is_under_way_is_finished_and_not_sent_again(
        self, tmp_path: Path, step: Happens
    ) -> None:
        async with telling(tmp_path, route=FakeRoute(script=[step])) as told:
            uid = await send(told)
            await told.until(0.5)
            assert await told.engine.cancel(uid) is Verdict.APPLIED
            assert await told.engine.cancel(uid) is Verdict.UNCHANGED
            await told.until(HOUR)
            assert len(told.route.left) == 1
            wanted = S.ACCEPTED if step is ACCEPT else S.CANCELLED
            assert (await told.message(uid)).state is wanted


PUMP = AlarmRaise(source="plc1", key="pump", severity=CRITICAL, title="Pump")


@story
async def test_a_policy_says_which_route_carried_what(tmp_path: Path) -> None:
    """A degraded route is used only when no other is there."""
    weak = replace(OK, state=type(OK.state)("degraded"), reason="weak signal")
    other = cloud()
    async with telling(tmp_path, route=FakeRoute(health=weak)) as told:
        await told.engine.add_route(other)
        await told.engine.raise_alarm(PUMP)
        await told.until(2)
        assert left(told.route, other) == [("cloud", 0)]
