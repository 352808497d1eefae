"""Messages on their way: refusals, doubts, reports, broken routes, a broken journal."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.errors import InvalidRequestError, JournalError, UnknownRecipientError
from alert_engine.failpoints import Moment
from alert_engine.model import (
    Channel,
    Message,
    MessageState,
    RouteChanged,
    RouteRemoved,
    SendRequest,
    Severity,
    Verdict,
)
from alert_engine.operations import delivery
from alert_engine.outbox.entry import OutboxEntry
from alert_engine.routes.base import (
    ErrorClass,
    OutboundMessage,
    Rejected,
    ReportStatus,
    RouteHealth,
    RouteState,
    SegmentProgress,
    SegmentState,
    Unknown,
)
from alert_engine.settings import DeliveryRules
from tests.engine.support import (
    ANNA,
    BERT,
    EPOCH,
    FAILED,
    LOST,
    OK,
    CountedIds,
    FakeRoute,
    InlineExecutor,
    Left,
    Step,
    Story,
    make_engine,
    number_of,
    rejected,
    telling,
)
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Future
    from pathlib import Path

    from alert_engine.journal.transaction import Transaction
    from alert_engine.routes.base import Outcome, RouteSink

LONG = "long text " * 40  # three segments
S = MessageState


class HeldExecutor(InlineExecutor):
    """Does nothing for a while: a disk that stalls."""

    def __init__(self, *, after: int) -> None:
        self._free: float = after  # so many calls are done before it begins
        self._held: list[Callable[[], Any]] = []

    def release(self) -> None:
        self._free = inf
        for call in self._held:
            call()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self._free -= 1
        if self._free >= 0:
            return super().submit(fn, *args, **kwargs)
        self._held.append(partial(fn, *args, **kwargs))
        return super().submit(bool)


async def send(told: Story, text: str = "hello", *, to: str = "anna", **options: Any) -> str:
    result = await told.engine.send(SendRequest(to=(to,), text=text, **options))
    return result.messages[0].uid


def times(route: FakeRoute) -> list[float]:
    return [left.at for left in route.left]


class TestSend:
    @story
    async def test_to_persons_and_numbers(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT), default_country="AT") as told:
            request = SendRequest(
                to=("anna", "+44 7911 123456", "0664 2222222", "bert"), text="hello", title="Garden"
            )
            result = await told.engine.send(request)
            await told.until(10)
            assert told.route.texts == [
                (number_of(ANNA), "Garden: hello"),
                ("+447911123456", "Garden: hello"),
                (number_of(BERT), "Garden: hello"),
            ]
            assert [message.recipient for message in result.messages] == ["anna", None, "bert"]
            assert [message.segments for message in result.messages] == [1, 1, 1]

    @story
    async def test_the_same_request_twice(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            request = SendRequest(to=("anna",), text=LONG, request_id="r1")
            first = await told.engine.send(request)
            await told.until(10)
            second = await told.engine.send(request)
            assert (first.verdict, second.verdict) == (Verdict.APPLIED, Verdict.DUPLICATE)
            assert second.messages == first.messages
            assert first.messages[0].segments == 3
            assert len(told.route.given) == 1

    @story
    async def test_without_a_route_nobody_knows_the_segments(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(channels=frozenset({Channel.CALL}))) as told:
            result = await told.engine.send(SendRequest(to=("anna",), text="hello"))
            assert result.messages[0].segments == 0

    @story
    async def test_not_before(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await send(told, not_before=EPOCH + timedelta(hours=2))
            await told.until(8000)
            assert times(told.route) == [7200]

    @pytest.mark.parametrize(
        ("fields", "error", "complaint"),
        [
            ({"to": ("nobody",)}, UnknownRecipientError, "recipient 1 is neither"),
            ({"to": ("anna", "664 1234567")}, UnknownRecipientError, "recipient 2 is neither"),
            ({"channel": Channel.CALL}, UnknownRecipientError, "recipient 1 has no address for call"),
            ({"to": ()}, InvalidRequestError, "to: "),
            ({"to": ("anna",) * 101}, InvalidRequestError, "to: "),
            ({"text": " "}, InvalidRequestError, "text: it is empty"),
            ({"text": "x" * 1601}, InvalidRequestError, "text: it is longer"),
            ({"expires_at": EPOCH}, InvalidRequestError, "expires_at: "),
            (
                {"not_before": EPOCH + timedelta(hours=2), "expires_at": EPOCH + timedelta(hours=1)},
                InvalidRequestError,
                "expires_at: ",
            ),
            ({"not_before": EPOCH.replace(tzinfo=None)}, InvalidRequestError, "not_before: it needs"),
            ({"request_id": ""}, InvalidRequestError, "request_id: "),
        ],
    )
    def test_refused(
        self, tmp_path: Path, fields: dict[str, Any], error: type[Exception], complaint: str
    ) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path) as told:
                with pytest.raises(error, match=complaint) as refusal:
                    await told.engine.send(SendRequest(**({"to": ("anna",), "text": "hello"} | fields)))
                assert "664" not in str(refusal.value)
                assert await told.engine.messages() == ()

        told()

    @story
    async def test_the_route_is_told_what_it_needs(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await send(told, severity=Severity.CRITICAL, plain=True, flash=True)
            await told.until(5)
            (given,) = told.route.given
            assert (given.plain, given.flash, given.segments_to_send) == (True, True, None)
            assert given.validity == timedelta(hours=24)
            assert 1 <= given.concat_reference <= 255


class TestOrder:
    @story
    async def test_critical_then_replies_then_high_then_the_rest(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
            for severity in (Severity.NORMAL, Severity.HIGH, Severity.CRITICAL, Severity.INFO):
                await send(told, severity, severity=severity)
            await told.route.become(OK)
            await told.until(60)
            assert [text for _, text in told.route.texts] == ["critical", "high", "normal", "info"]

    @story
    async def test_two_routes_share_no_message(self, tmp_path: Path) -> None:
        second = FakeRoute("second")
        async with telling(tmp_path) as told:
            await told.engine.add_route(second)
            for _ in range(5):
                await send(told)
            await told.until(60)
            assert (len(told.route.left), len(second.left)) == (5, 0)


class TestRefusals:
    @story
    async def test_a_temporary_one_is_tried_again_later_and_later(self, tmp_path: Path) -> None:
        script = [rejected(ErrorClass.TEMPORARY)] * 3
        async with telling(tmp_path, route=FakeRoute(script=script)) as told:
            uid = await send(told)
            await told.until(300)
            assert times(told.route) == [2 + 5 + 15]
            message = await told.message(uid)
            assert (message.state, message.attempts, message.reason) == (S.ACCEPTED, 4, "")

    @story
    async def test_it_holds_up_nobody(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(script=[rejected(ErrorClass.TEMPORARY)])) as told:
            await send(told, "bad", severity=Severity.CRITICAL)
            await send(told, "good")
            await told.until(60)
            assert [text for _, text in told.route.texts] == ["good", "bad"]

    @story
    async def test_after_some_another_route_takes_over(self, tmp_path: Path) -> None:
        stubborn = FakeRoute(script=[rejected(ErrorClass.TEMPORARY)] * 9)
        second = FakeRoute("second")
        async with telling(tmp_path, route=stubborn) as told:
            await told.engine.add_route(second)
            uid = await send(told)
            await told.until(60)
            assert times(second) == [2 + 5 + 15]
            assert (await told.message(uid)).route == "second"

    @story
    async def test_a_recipient_that_does_not_exist_fails_at_once(self, tmp_path: Path) -> None:
        script = [rejected(ErrorClass.RECIPIENT, "the number does not exist")]
        async with telling(tmp_path, route=FakeRoute(script=script)) as told:
            uid = await send(told)
            await told.until(600)
            message = await told.message(uid)
            assert (message.state, message.reason) == (S.FAILED, "the number does not exist")

    @story
    async def test_a_text_that_is_refused_is_sent_plain_once(self, tmp_path: Path) -> None:
        script = [rejected(ErrorClass.MESSAGE), rejected(ErrorClass.MESSAGE)]
        async with telling(tmp_path, route=FakeRoute(script=script)) as told:
            uid = await send(told)
            await told.until(60)
            assert [given.plain for given in told.route.given] == [False, True]
            assert (await told.message(uid)).state is S.FAILED

    @story
    async def test_a_text_that_cannot_be_planned_too(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            uid = await send(told, "\N{SNOWMAN}")
            await told.until(60)
            assert [given.plain for given in told.route.given] == [True]
            assert (await told.message(uid)).state is S.ACCEPTED
            result = await told.engine.send(SendRequest(to=("anna",), text="\N{SNOWMAN}"))
            assert result.messages[0].segments == 0

    @story
    async def test_full_storage_is_tried_at_once(self, tmp_path: Path) -> None:
        script = [rejected(ErrorClass.MEMORY)] * 2
        async with telling(tmp_path, route=FakeRoute(script=script)) as told:
            await send(told)
            await told.until(60)
            assert times(told.route) == [0]

    @story
    async def test_the_rest_of_a_long_text_follows(self, tmp_path: Path) -> None:
        script = [rejected(ErrorClass.TEMPORARY, at_segment=1)]
        async with telling(tmp_path, route=FakeRoute(script=script)) as told:
            uid = await send(told, LONG)
            await told.until(60)
            assert [left.segment for left in told.route.left] == [0, 1, 2]
            assert told.route.given[1].segments_to_send == (1, 2)
            assert len({left.concat_reference for left in told.route.left}) == 1
            assert (await told.message(uid)).state is S.ACCEPTED

    @story
    async def test_expired_is_never_sent_late(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
            uid = await send(told, severity=Severity.INFO)
            await told.until(3601)
            assert (await told.message(uid)).state is S.EXPIRED
            await told.route.become(OK)
            await told.until(4000)
            assert told.route.left == []


class TestBrokenRoutes:
    @pytest.mark.parametrize("error_class", [ErrorClass.DEVICE, ErrorClass.ACCOUNT])
    def test_another_route_takes_over_at_once(self, tmp_path: Path, error_class: ErrorClass) -> None:
        @story
        async def told() -> None:
            second = FakeRoute("second")
            async with telling(tmp_path, route=FakeRoute(script=[rejected(error_class)])) as told:
                await told.engine.add_route(second)
                await send(told, "one")
                await send(told, "two")
                await told.until(5)
                assert len(second.left) == 2
                # A change of health ends the rest.
                await told.route.become(RouteHealth(state=RouteState.OK, reason="credit was loaded"))
                await send(told, "three")
                await told.until(10)
                assert len(told.route.left) == 1

        told()

    @pytest.mark.parametrize(("error_class", "rest"), [(ErrorClass.DEVICE, 10), (ErrorClass.ACCOUNT, 900)])
    def test_alone_it_rests_and_is_tried_again(
        self, tmp_path: Path, error_class: ErrorClass, rest: int
    ) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path, route=FakeRoute(script=[rejected(error_class)])) as told:
                await send(told)
                await told.until(2000)
                assert times(told.route) == [rest]

        told()

    @story
    async def test_a_route_that_says_no_again_rests_longer(self, tmp_path: Path) -> None:
        route = FakeRoute(script=[rejected(ErrorClass.DEVICE, code="CMS 500")] * 3)
        async with telling(tmp_path, route=route) as told:
            await send(told)
            await told.until(100)
            assert times(told.route) == [2 + 5 + 15]  # the route rested 10 s, the message waited longer

    @story
    async def test_a_message_that_the_modem_refuses_holds_the_others_up_for_a_moment(
        self, tmp_path: Path
    ) -> None:
        route = FakeRoute(script=[rejected(ErrorClass.DEVICE, code="CMS 500")])
        async with telling(tmp_path, route=route) as told:
            for name in ("one", "two", "three"):
                await send(told, name)
            await told.until(100)
            assert times(told.route) == [2, 3, 4]  # each takes a second

    @story
    async def test_a_route_that_raises_before_anything_left(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        route = FakeRoute(script=[Step(outcome=RuntimeError("+436641111111"))])
        async with telling(tmp_path, route=route) as told:
            uid = await send(told)
            await told.until(100)
            assert times(told.route) == [10]
            assert not (await told.message(uid)).in_doubt
            assert "RuntimeError" in caplog.text
            assert "43664" not in caplog.text

    @story
    async def test_a_route_that_raises_after_something_left(self, tmp_path: Path) -> None:
        route = FakeRoute(script=[Step(outcome=RuntimeError(), after_submit=True)])
        async with telling(tmp_path, route=route) as told:
            uid = await send(told, severity=Severity.CRITICAL)
            await told.until(100)
            assert times(told.route) == [0, 1 + 15]
            assert (await told.message(uid)).in_doubt

    @story
    async def test_a_route_that_says_nothing_is_cut_off(self, tmp_path: Path) -> None:
        route = FakeRoute(script=[Step(hold=asyncio.Event())])
        async with telling(tmp_path, route=route) as told:
            uid = await send(told, LONG)
            await told.until(299)
            assert (await told.message(uid)).state is S.IN_FLIGHT
            await told.until(301)
            assert (await told.message(uid)).state is S.IN_DOUBT

    @story
    async def test_a_long_text_is_not_cut_off_while_it_moves(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(script=[Step(seconds=200)])) as told:
            uid = await send(told, LONG)
            await told.until(601)
            assert (await told.message(uid)).state is S.ACCEPTED

    @story
    async def test_a_defect_in_planning_silences_nobody(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Defect(FakeRoute):
            def plan_segments(self, message: OutboundMessage) -> int:
                if next(self.references) < 3:
                    raise ZeroDivisionError
                return super().plan_segments(message)

        async with telling(tmp_path, route=Defect()) as told:
            uid = await send(told)
            await told.until(60)
            assert (await told.message(uid)).state is S.ACCEPTED
            assert "failed with ZeroDivisionError at test_outbox.py:" in caplog.text

    @story
    async def test_a_defect_in_looking_for_work_does_not_end_it(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
            uid = await send(told)
            connection = told.engine._journal._write_connection
            assert connection is not None
            connection.execute("UPDATE message SET priority = 99")
            await told.route.become(OK)
            await told.until(7)
            assert "could not be served" in caplog.text
            connection.execute("UPDATE message SET priority = 3")
            await told.until(20)
            assert (await told.message(uid)).state is S.ACCEPTED

    @story
    async def test_a_message_that_no_route_can_plan_holds_up_nobody(self, tmp_path: Path) -> None:
        class Defect(FakeRoute):
            def plan_segments(self, message: OutboundMessage) -> int:
                if message.text == "bad":
                    raise ZeroDivisionError
                return super().plan_segments(message)

        async with telling(tmp_path, route=Defect()) as told:
            await send(told, "bad", severity=Severity.CRITICAL)
            await send(told, "good")
            await told.until(60)
            assert [text for _, text in told.route.texts] == ["good"]

    @story
    async def test_a_message_that_breaks_its_route_holds_up_nobody(self, tmp_path: Path) -> None:
        class Fragile(FakeRoute):
            async def send(
                self, message: OutboundMessage, progress: Callable[[SegmentProgress], Awaitable[None]]
            ) -> Outcome:
                if message.text == "bad":
                    raise ZeroDivisionError
                return await super().send(message, progress)

        async with telling(tmp_path, route=Fragile()) as told:
            await send(told, "bad", severity=Severity.CRITICAL)
            await send(told, "good")
            await told.until(600)
            assert [text for _, text in told.route.texts] == ["good"]

    @story
    async def test_a_route_that_was_given_up_is_tried_again_when_no_other_is_left(
        self, tmp_path: Path
    ) -> None:
        stubborn = FakeRoute(script=[rejected(ErrorClass.TEMPORARY)] * 4)
        second = FakeRoute("second", script=[rejected(ErrorClass.TEMPORARY)])
        async with telling(tmp_path, route=stubborn) as told:
            await told.engine.add_route(second)
            await send(told)
            await told.until(23)
            await told.engine.remove_route("second")
            await told.until(60)
            assert (len(second.given), len(stubborn.left)) == (1, 1)


class TestDoubts:
    @story
    async def test_a_report_clears_it(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(script=[LOST])) as told:
            uid = await send(told, severity=Severity.CRITICAL)
            await told.until(5)
            doubt = await told.message(uid)
            assert (doubt.state, doubt.in_doubt) == (S.IN_DOUBT, True)
            assert (await told.engine.summary()).in_doubt == 1
            await told.route.deliver(told.route.left[0])
            await told.until(600)
            assert (await told.message(uid)).state is S.DELIVERED
            assert len(told.route.left) == 1

    @story
    async def test_a_report_that_it_is_on_its_way_clears_it_too(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(script=[LOST])) as told:
            uid = await send(told)
            await told.until(5)
            await told.route.deliver(told.route.left[0], ReportStatus.PENDING)
            assert (await told.message(uid)).state is S.ACCEPTED
            await told.route.deliver(told.route.left[0])
            assert (await told.message(uid)).state is S.DELIVERED
            await told.until(600)
            assert len(told.route.left) == 1

    @pytest.mark.parametrize(("severity", "wait"), [(Severity.CRITICAL, 15), (Severity.NORMAL, 90)])
    def test_without_one_it_is_sent_once_more(self, tmp_path: Path, severity: Severity, wait: int) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path, route=FakeRoute(script=[LOST])) as told:
                uid = await send(told, severity=severity)
                await told.until(600)
                assert times(told.route) == [0, 1 + wait]
                message = await told.message(uid)
                assert (message.state, message.in_doubt, message.attempts) == (S.ACCEPTED, True, 2)

        told()

    @story
    async def test_three_times_at_most(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(script=[LOST] * 9)) as told:
            uid = await send(told, severity=Severity.CRITICAL)
            await told.until(3600)
            assert times(told.route) == [0, 16, 32, 333]
            message = await told.message(uid)
            assert (message.state, message.reason) == (S.FAILED, "sent 4 times and never confirmed")
            # A delivery is a fact, however late.
            await told.route.deliver(told.route.left[1], accepted_at=EPOCH + timedelta(seconds=16))
            assert (await told.message(uid)).state is S.DELIVERED

    @story
    async def test_another_route_takes_over_after_two_of_them(self, tmp_path: Path) -> None:
        """It need not wait as long as the last copy of one that has no other way."""
        spare = FakeRoute("spare")
        async with telling(tmp_path, route=FakeRoute(script=[LOST] * 9)) as told:
            await told.engine.add_route(spare)
            await send(told, severity=Severity.CRITICAL)
            await told.until(3600)
            assert times(told.route) == [0, 16]
            assert times(spare) == [32]

    @story
    async def test_what_answers_nothing_for_five_minutes_costs_no_message(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(script=[LOST] * 3)) as told:
            uid = await send(told, severity=Severity.CRITICAL)
            await told.until(3600)
            assert times(told.route)[-1] > 300
            assert (await told.message(uid)).state is S.ACCEPTED

    @story
    async def test_only_the_doubtful_segments(self, tmp_path: Path) -> None:
        lost = replace(LOST, at_segment=1)
        async with telling(tmp_path, route=FakeRoute(script=[lost])) as told:
            uid = await send(told, LONG)
            await told.until(600)
            assert [left.segment for left in told.route.left] == [0, 1, 1, 2]
            assert len({left.concat_reference for left in told.route.left}) == 1
            assert (await told.message(uid)).state is S.ACCEPTED
            for left in told.route.left[:2] + told.route.left[3:]:
                assert (await told.message(uid)).state is S.ACCEPTED
                await told.route.deliver(left)
            assert (await told.message(uid)).state is S.DELIVERED

    @story
    async def test_a_report_during_the_second_try_makes_it_the_last(self, tmp_path: Path) -> None:
        gate = asyncio.Event()
        again = replace(LOST, hold=gate)
        async with telling(tmp_path, route=FakeRoute(script=[LOST, again])) as told:
            uid = await send(told, severity=Severity.CRITICAL)
            await told.until(20)
            assert (await told.message(uid)).state is S.IN_FLIGHT
            await told.route.deliver(told.route.left[0])
            assert (await told.message(uid)).state is S.IN_FLIGHT
            gate.set()
            await told.until(600)
            assert (await told.message(uid)).state is S.DELIVERED
            assert len(told.route.left) == 2

    @story
    async def test_the_report_of_another_message_does_not_clear_it(self, tmp_path: Path) -> None:
        gate = asyncio.Event()
        unsent = replace(LOST, after_submit=False)
        async with telling(tmp_path, route=FakeRoute(script=[unsent, Step(hold=gate)])) as told:
            first, second = await send(told, "first"), await send(told, "second")
            await told.until(5)
            # The report for the second overtakes its own answer.
            await told.route.deliver(told.route.left[0])
            gate.set()
            await told.until(600)
            assert (await told.message(second)).state is S.DELIVERED
            assert [text for _, text in told.route.texts] == ["second", "first"]
            assert (await told.message(first)).state is S.ACCEPTED

    @story
    async def test_while_its_route_is_away_it_waits(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(script=[LOST])) as told:
            await send(told, severity=Severity.CRITICAL)
            await told.until(5)
            await told.route.become(FAILED)
            await told.until(599)
            assert len(told.route.left) == 1
            # Its stored reports come in only now: they get the full wait.
            await told.route.become(OK)
            await told.until(700)
            assert times(told.route) == [0, 599 + 15]

    @story
    async def test_another_route_ends_the_wait(self, tmp_path: Path) -> None:
        second = FakeRoute("second")
        async with telling(tmp_path, route=FakeRoute(script=[LOST])) as told:
            await told.engine.add_route(second)
            await send(told, severity=Severity.CRITICAL)
            await told.until(5)
            await told.route.become(FAILED)
            await told.until(60)
            assert times(second) == [16]

    @story
    async def test_a_route_that_cannot_say_which_segment(self, tmp_path: Path) -> None:
        unsure = replace(LOST, after_submit=False)
        async with telling(tmp_path, route=FakeRoute(script=[unsure])) as told:
            uid = await send(told, LONG, severity=Severity.CRITICAL)
            await told.until(60)
            assert [left.segment for left in told.route.left] == [0, 1, 2]
            assert (await told.message(uid)).in_doubt


class TestReports:
    @story
    async def test_before_the_answer_to_the_segment(self, tmp_path: Path) -> None:
        gate = asyncio.Event()
        async with telling(tmp_path, route=FakeRoute(script=[Step(hold=gate)])) as told:
            uid = await send(told)
            await told.until(5)
            await told.route.deliver(told.route.left[0])
            gate.set()
            await told.until(10)
            assert (await told.message(uid)).state is S.DELIVERED

    @story
    async def test_the_network_gave_up(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            uid = await send(told)
            await told.until(5)
            await told.route.deliver(told.route.left[0], ReportStatus.FAILED, code="70")
            message = await told.message(uid)
            assert (message.state, message.reason) == (S.FAILED, "the network gave up (70)")

    @story
    async def test_for_a_number_without_its_country_code(self, tmp_path: Path) -> None:
        async with telling(tmp_path, default_country="AT") as told:
            uid = await send(told)
            await told.until(5)
            await told.route.deliver(told.route.left[0], address="06641111111")
            assert (await told.message(uid)).state is S.DELIVERED

    @story
    async def test_for_nothing_of_ours_is_kept_for_an_hour(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            stray = Left(at=0, uid="", address="Anna", text="", segment=0, reference="99", concat_reference=0)
            await told.route.deliver(stray)
            kept = await told.engine._ledger.read(lambda tx: tx.reports.kept("modem", EPOCH - timedelta(1)))
            assert len(kept) == 1
            uid = await send(told)
            await told.until(7300)
            assert (await told.message(uid)).state is S.ACCEPTED
            kept = await told.engine._ledger.read(lambda tx: tx.reports.kept("modem", EPOCH - timedelta(1)))
            assert kept == ()


class TestRoutes:
    @story
    async def test_names_are_given_once(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            with pytest.raises(InvalidRequestError, match="already"):
                await told.engine.add_route(FakeRoute())

    @story
    async def test_one_that_cannot_start_is_not_there(self, tmp_path: Path) -> None:
        class Broken(FakeRoute):
            async def start(self, sink: RouteSink) -> None:
                raise RuntimeError("no")

        async with telling(tmp_path) as told:
            broken = Broken("broken")
            with pytest.raises(RuntimeError):
                await told.engine.add_route(broken)
            assert list(told.engine.routes()) == ["modem"]
            assert broken.stopped

    @story
    async def test_one_that_cannot_start_with_the_engine_is_left_out(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Broken(FakeRoute):
            async def start(self, sink: RouteSink) -> None:
                raise RuntimeError("no")

        engine = make_engine(tmp_path)
        for route in (Broken("broken"), FakeRoute("good")):
            await engine.add_route(route)
        await engine.start()
        assert list(engine.routes()) == ["good"]
        assert "left out" in caplog.text
        await engine.stop()

    @story
    async def test_one_that_fails_to_stop_keeps_nobody_from_stopping(self, tmp_path: Path) -> None:
        class Broken(FakeRoute):
            async def stop(self) -> None:
                raise RuntimeError("no")

        async with telling(tmp_path, route=Broken()) as told:
            await send(told)
            await told.until(5)
        async with telling(tmp_path, ids=CountedIds(9)) as told:
            assert len(await told.engine.messages()) == 1

    @story
    async def test_health_is_told_and_changes_are_announced(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            assert told.engine.routes() == {"modem": OK}
            await told.route.become(OK)
            await told.route.become(FAILED)
            await told.engine.health("nobody", FAILED)
            assert told.engine.routes() == {"modem": FAILED}
            changes = [event for event in told.events if isinstance(event, RouteChanged)]
            assert [(event.route, event.health) for event in changes] == [("modem", FAILED)]

    @story
    async def test_new_facts_do_not_end_a_rest(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(script=[rejected(ErrorClass.ACCOUNT)])) as told:
            await send(told)
            await told.until(5)
            await told.route.become(RouteHealth(state=RouteState.OK, facts=(("signal_dbm", -71),)))
            await told.until(500)
            assert told.route.left == []

    @story
    async def test_removing_one_lets_it_finish_and_keeps_the_queue(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            first, second = await send(told, "one"), await send(told, "two")
            await told.until(0.5)
            await told.engine.remove_route("modem")
            assert told.route.stopped
            assert (await told.message(first)).state is S.ACCEPTED
            assert (await told.message(second)).state is S.QUEUED
            assert told.engine.routes() == {}
            await told.engine.remove_route("modem")
            other = FakeRoute("other")
            await told.engine.add_route(other)
            await told.until(10)
            assert [text for _, text in other.texts] == ["two"]

    @story
    async def test_one_that_goes_away_is_told(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await told.engine.remove_route("modem")
            await told.engine.remove_route("modem")
            assert told.events == [RouteRemoved(route="modem", at=EPOCH)]

    @story
    async def test_a_name_is_free_again_when_its_route_has_stopped(self, tmp_path: Path) -> None:
        stopped = asyncio.Event()

        class Slow(FakeRoute):
            async def stop(self) -> None:
                await stopped.wait()

        async with telling(tmp_path, route=Slow()) as told:
            removing = asyncio.create_task(told.engine.remove_route("modem"))
            await told.until(1)
            with pytest.raises(InvalidRequestError, match="already"):
                await told.engine.add_route(FakeRoute())
            stopped.set()
            await removing
            successor = FakeRoute()
            await told.engine.add_route(successor)
            await send(told)
            await told.until(10)
            assert len(successor.left) == 1

    @story
    async def test_one_that_is_cut_off_while_its_claim_is_committed_leaves_nothing_in_flight(
        self, tmp_path: Path
    ) -> None:
        async with telling(tmp_path) as told:
            writer = HeldExecutor(after=1)
            told.engine._journal._writer = writer
            uid = await send(told)
            removing = asyncio.create_task(told.engine.remove_route("modem"))
            await told.until(60)
            writer.release()
            await removing
            message = await told.message(uid)
            assert (message.state, message.attempts, told.route.given) == (S.QUEUED, 1, [])

    @story
    async def test_one_that_does_not_stop_is_cut_off_and_its_message_settled(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        route = FakeRoute(script=[Step(hold=asyncio.Event())])
        async with telling(tmp_path, route=route) as told:
            uid = await send(told)
            await told.until(5)
            await told.engine.remove_route("modem")
            assert told.clock.now() == EPOCH + timedelta(seconds=25)
            assert "cut off" in caplog.text
            assert (await told.message(uid)).state is S.IN_DOUBT

    @story
    async def test_those_added_before_the_start_begin_with_it(self, tmp_path: Path) -> None:
        engine = make_engine(tmp_path)
        route = FakeRoute()
        await engine.add_route(route)
        sinks = [route.sink]
        await engine.start()
        assert [*sinks, route.sink] == [None, engine]
        await engine.stop()
        assert route.stopped

    @story
    async def test_a_long_queue_does_not_keep_a_route_of_another_channel_busy(self, tmp_path: Path) -> None:
        """Each looks whenever anything changes: the calls of a modem must not read all texts that wait."""
        async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
            await told.engine.add_route(FakeRoute("calls", channels=frozenset({Channel.CALL})))
            ledger = told.engine._ledger

            def statements(tx: Transaction) -> int:
                asked: list[str] = []
                tx.messages._connection.set_trace_callback(asked.append)
                routes, now = ledger.board.views(), told.clock.now()
                found = delivery.candidate(tx, "calls", routes, ledger.settings, now)
                tx.messages._connection.set_trace_callback(None)
                assert not isinstance(found, OutboxEntry)
                return len(asked)

            await send(told)
            few = await ledger.read(statements)
            for _ in range(20):
                await send(told)
            assert await ledger.read(statements) == few


class TestBrokenJournal:
    @story
    async def test_nothing_is_accepted_and_nothing_is_sent(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            journal = told.engine._journal
            connection = journal._write_connection
            assert connection is not None
            connection.execute("PRAGMA query_only = ON")
            with pytest.raises(JournalError):
                await send(told)
            connection.execute("PRAGMA query_only = OFF")
            await send(told)
            await told.until(10)
            assert len(told.route.left) == 1

    @story
    async def test_an_outcome_is_kept_until_it_can_be_written(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        gate = asyncio.Event()
        held = replace(LOST, hold=gate)
        async with telling(tmp_path, route=FakeRoute(script=[held])) as told:
            uid = await send(told)
            await told.until(5)
            connection = told.engine._journal._write_connection
            assert connection is not None
            connection.execute("PRAGMA query_only = ON")
            gate.set()
            await told.until(60)
            assert (await told.message(uid)).state is S.IN_FLIGHT
            await told.route.become(FAILED)
            await told.route.become(OK)
            connection.execute("PRAGMA query_only = OFF")
            await told.until(70)
            assert (await told.message(uid)).state is S.IN_DOUBT
            assert "the outcome of a message waits" in caplog.text
            assert "keep their time" in caplog.text

    @story
    async def test_workers_and_timers_wait_and_go_on(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.WARNING)
        async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
            await send(told, severity=Severity.INFO)
            await send(told)
            connection = told.engine._journal._write_connection
            assert connection is not None
            connection.execute("PRAGMA query_only = ON")
            await told.route.become(OK)
            await told.until(7300)
            assert told.route.left == []
            connection.execute("PRAGMA query_only = OFF")
            await told.until(7310)
            assert [text for _, text in told.route.texts] == ["hello"]
            assert "route modem waits" in caplog.text
            assert "steps and reminders wait" in caplog.text

    @story
    async def test_a_defect_in_a_step_does_not_end_all_reminders(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
            uid = await send(told, severity=Severity.INFO)
            connection = told.engine._journal._write_connection
            assert connection is not None
            connection.execute("UPDATE message SET priority = 99")
            await told.until(3700)
            assert "what came due could not be done" in caplog.text
            connection.execute("UPDATE message SET priority = 3")
            await told.until(3710)
            assert (await told.message(uid)).state is S.EXPIRED


@story
async def test_what_is_refused_for_now_is_tried_until_it_expires(tmp_path: Path) -> None:
    class Refusing(FakeRoute):
        async def send(
            self, message: OutboundMessage, progress: Callable[[SegmentProgress], Awaitable[None]]
        ) -> Outcome:
            return Rejected(error_class=ErrorClass.TEMPORARY, reason="the network is busy")

    async with telling(tmp_path, route=Refusing()) as told:
        uid = await send(told, severity=Severity.CRITICAL)
        await told.until(24 * 3600 - 1)
        assert (await told.message(uid)).state is S.QUEUED
        await told.until(24 * 3600 + 1)
        assert (await told.message(uid)).state is S.EXPIRED


@story
async def test_a_lower_limit_of_attempts_ends_every_loop(tmp_path: Path) -> None:
    script = [rejected(ErrorClass.TEMPORARY)] * 9
    rules = DeliveryRules(max_attempts=3)
    async with telling(tmp_path, route=FakeRoute(script=script), delivery=rules) as told:
        uid = await send(told)
        await told.until(600)
        message: Message = await told.message(uid)
        assert (message.state, message.attempts) == (S.FAILED, 3)


class TestRaces:
    """What is decided on the event loop is checked again in the commit."""

    @story
    async def test_cancelled_between_the_look_and_the_claim(self, tmp_path: Path) -> None:
        class Meanwhile(FakeRoute):
            def plan_segments(self, message: OutboundMessage) -> int:
                connection.execute("UPDATE message SET state = 'cancelled'")
                return super().plan_segments(message)

        async with telling(tmp_path, route=Meanwhile(health=FAILED)) as told:
            write = told.engine._journal._write_connection
            assert write is not None
            connection = write
            uid = await send(told)
            connection.execute("UPDATE message SET state = 'queued'")
            await told.route.become(OK)
            await told.until(60)
            assert told.route.given == []
            assert (await told.message(uid)).state is S.CANCELLED

    @story
    async def test_refused_by_the_plan_when_it_was_cancelled_already(self, tmp_path: Path) -> None:
        class Meanwhile(FakeRoute):
            def plan_segments(self, message: OutboundMessage) -> int:
                connection.execute("UPDATE message SET state = 'cancelled'")
                raise ValueError

        async with telling(tmp_path, route=Meanwhile(health=FAILED)) as told:
            write = told.engine._journal._write_connection
            assert write is not None
            connection = write
            uid = await send(told)
            connection.execute("UPDATE message SET state = 'queued'")
            await told.route.become(OK)
            await told.until(60)
            assert (await told.message(uid)).state is S.CANCELLED

    @story
    async def test_an_attempt_that_is_over_is_not_ended_again(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            uid = await send(told)
            await told.until(60)
            claim = delivery.Claim(uid=uid, attempt=1, route="modem")
            commit = told.engine._ledger.commit
            lost = Unknown(reason="no")
            assert await commit(Moment.OUTCOME, partial(delivery.end, claimed=claim, outcome=lost)) is None
            settle = partial(delivery.settle, claimed=claim, reason="no")
            assert await commit(Moment.OUTCOME, settle) is False
            assert (await told.message(uid)).state is S.ACCEPTED
            with pytest.raises(KeyError):
                await told.engine._ledger.read(lambda tx: tx.messages.get("forgotten"))

    @story
    async def test_a_segment_that_was_not_planned_is_nobodys(self, tmp_path: Path) -> None:
        class Talkative(FakeRoute):
            async def send(
                self, message: OutboundMessage, progress: Callable[[SegmentProgress], Awaitable[None]]
            ) -> Outcome:
                await progress(SegmentProgress(segment=7, state=SegmentState.SUBMITTED))
                return await super().send(message, progress)

        async with telling(tmp_path, route=Talkative()) as told:
            uid = await send(told)
            await told.until(60)
            assert (await told.message(uid)).state is S.ACCEPTED

    @story
    async def test_a_route_that_comes_back_does_not_prolong_the_doubts_of_others(
        self, tmp_path: Path
    ) -> None:
        second = FakeRoute("second", health=FAILED)
        async with telling(tmp_path, route=FakeRoute(script=[LOST])) as told:
            await told.engine.add_route(second)
            await send(told, severity=Severity.CRITICAL)
            await told.until(10)
            await second.become(OK)
            await told.until(60)
            assert times(told.route) == [0, 16]


@story
async def test_an_engine_that_never_started_can_be_stopped(tmp_path: Path) -> None:
    await make_engine(tmp_path).stop()
