"""Somebody told a provider to stop: that does not count as told, and the next way is used at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from alert_engine.model import (
    Address,
    Alarm,
    Channel,
    MessageState,
    Policy,
    Proof,
    SendRequest,
    Severity,
)
from alert_engine.model import Step as PolicyStep
from alert_engine.routes.base import Accepted, ErrorClass, InboundReport, Rejected, ReportStatus
from alert_engine.supervision.settings import SupervisionSettings
from tests.engine.support import (
    ANNA,
    BERT,
    FAILED,
    CountedIds,
    FakeRoute,
    Step,
    Story,
    number_of,
    rejected,
    telling,
)
from tests.engine.test_commands import PUMP
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

STOPPED = Rejected(error_class=ErrorClass.RECIPIENT, reason="they said STOP", opted_out=True)
SECOND = "+436649999999"
TWO = replace(ANNA, addresses=(*ANNA.addresses, Address(channel=Channel.SMS, value=SECOND)))
LOUD = replace(PUMP, severity=Severity.CRITICAL)
BARRED = "person/anna/barred"


def policy(proof: Proof, fallback_after: timedelta | None = timedelta(seconds=75)) -> Policy:
    step = PolicyStep(after=timedelta(0), notify=("anna",))
    return Policy(name="critical", steps=(step,), proof=proof, fallback_after=fallback_after)


async def reports_stop(route: FakeRoute, index: int = 0) -> None:
    await route.deliver(route.left[index], ReportStatus.FAILED, opted_out=True)


async def marks(told: Story) -> dict[str, frozenset[str]]:
    return dict(await told.engine._ledger.read(lambda tx: tx.consent.all_stopped_routes()))


async def ours(told: Story) -> list[Alarm]:
    return [alarm for alarm in await told.engine.open_alarms() if alarm.key == BARRED]


class TestALateReport:
    @pytest.mark.parametrize("proof", list(Proof))
    @story
    async def test_the_next_route_is_used_at_once(self, tmp_path: Path, proof: Proof) -> None:
        cloud, modem = FakeRoute("cloud"), FakeRoute("modem")
        async with telling(tmp_path, route=cloud, policies=(policy(proof),)) as told:
            await told.engine.add_route(modem)
            result = await told.engine.raise_alarm(LOUD)
            await told.until(5)
            assert modem.left == []
            await reports_stop(cloud)
            await told.until(7)
            assert [each.address for each in modem.left] == [number_of(ANNA)]
            (first,) = result.message_uids
            assert (await told.message(first)).state is MessageState.FAILED
            await told.until(3600)
            assert len(cloud.left) == 1

    @story
    async def test_hours_later_it_is_as_good(self, tmp_path: Path) -> None:
        cloud, modem = FakeRoute("cloud"), FakeRoute("modem")
        async with telling(tmp_path, route=cloud, policies=(policy(Proof.ACCEPTED),)) as told:
            await told.engine.add_route(modem)
            await told.engine.raise_alarm(LOUD)
            await told.until(2 * 3600)
            await reports_stop(cloud)
            await told.until(2 * 3600 + 2)
            assert len(modem.left) == 1

    @story
    async def test_the_next_address_is_used_where_no_route_is_left(self, tmp_path: Path) -> None:
        cloud = FakeRoute("cloud")
        async with telling(tmp_path, people=(TWO,), route=cloud, policies=(policy(Proof.ACCEPTED),)) as told:
            await told.engine.raise_alarm(LOUD)
            await told.until(5)
            await reports_stop(cloud)
            await told.until(7)
            assert [each.address for each in cloud.left] == [number_of(ANNA), SECOND]
            assert await ours(told) == []  # she can be reached

    @story
    async def test_whoever_took_it_meanwhile_is_not_told_again(self, tmp_path: Path) -> None:
        cloud, modem = FakeRoute("cloud"), FakeRoute("modem")
        async with telling(tmp_path, route=cloud, policies=(policy(Proof.DELIVERED),)) as told:
            await told.engine.add_route(modem)
            result = await told.engine.raise_alarm(LOUD)
            await told.until(5)
            await cloud.receive(ANNA, f"OK {result.alarms[0].code}")
            await told.until(10)
            before = len(modem.left)
            await reports_stop(cloud)
            await told.until(600)
            assert len(modem.left) == before

    @pytest.mark.parametrize("wait", [None, timedelta(seconds=75)])
    @story
    async def test_what_is_no_watched_raise_goes_to_the_next_route_itself(
        self, tmp_path: Path, wait: timedelta | None
    ) -> None:
        cloud, modem = FakeRoute("cloud", segment_length=3), FakeRoute("modem")
        policies = (policy(Proof.ACCEPTED, wait),)
        async with telling(tmp_path, route=cloud, policies=policies) as told:
            await told.engine.add_route(modem)
            if wait is None:
                uid = (await told.engine.raise_alarm(LOUD)).message_uids[0]
            else:
                uid = (await told.engine.send(SendRequest(to=("anna",), text="hello"))).messages[0].uid
            await told.until(60)
            await reports_stop(cloud)
            await told.until(65)
            message = await told.message(uid)
            assert (message.state, message.route) == (MessageState.ACCEPTED, "modem")
            assert [each.uid for each in modem.left] == [uid]
            await modem.deliver(modem.left[0])
            await cloud.deliver(cloud.left[1], ReportStatus.FAILED)
            assert (await told.message(uid)).state is MessageState.DELIVERED

    @story
    async def test_what_has_expired_is_not_sent_late(self, tmp_path: Path) -> None:
        cloud, modem = FakeRoute("cloud"), FakeRoute("modem")
        async with telling(tmp_path, route=cloud) as told:
            await told.engine.add_route(modem)
            ends = told.clock.now() + timedelta(minutes=10)
            await told.engine.send(SendRequest(to=("anna",), text="hello", expires_at=ends))
            await told.until(1200)
            await reports_stop(cloud)
            await told.until(1300)
            assert modem.left == []
            assert await marks(told) == {number_of(ANNA): {"cloud"}}

    @story
    async def test_that_nobody_was_told_is_said_if_it_was_the_only_way(self, tmp_path: Path) -> None:
        cloud = FakeRoute("cloud")
        people, policies = (ANNA, BERT), (policy(Proof.ACCEPTED),)
        watched = SupervisionSettings()
        async with telling(
            tmp_path, people=people, route=cloud, policies=policies, supervision=watched
        ) as told:
            result = await told.engine.raise_alarm(LOUD)
            await told.until(5)
            await reports_stop(cloud)
            await told.until(300)
            keys = {alarm.key for alarm in await told.engine.open_alarms()}
            assert {BARRED, f"undelivered/{result.alarms[0].code}"} <= keys
            (barred,) = await ours(told)
            assert (barred.title, "provider of cloud" in barred.text) == ("Anna cannot be reached", True)
            assert number_of(BERT) in {each.address for each in cloud.left}

    @story
    async def test_it_may_come_before_its_message_is_known(self, tmp_path: Path) -> None:
        cloud, modem = FakeRoute("cloud", script=[Step(outcome=TOOK, after_submit=True)]), FakeRoute("modem")
        async with telling(tmp_path, route=cloud) as told:
            await told.engine.add_route(modem)
            (sent,) = (await told.engine.send(SendRequest(to=("anna",), text="hello"))).messages
            await told.until(0.5)  # it has left, and is not answered
            early = {"reference": "id-7", "accepted_at": None, "address": ""}
            await cloud.deliver(cloud.left[0], ReportStatus.FAILED, opted_out=True, **early)
            assert await marks(told) == {}
            await told.until(10)
            assert await marks(told) == {number_of(ANNA): {"cloud"}}
            assert (await told.message(sent.uid)).route == "modem"

    @story
    async def test_and_a_restart_may_lie_between(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute("cloud")) as told:
            early = InboundReport(
                reference="id-7",
                address="",
                status=ReportStatus.FAILED,
                reported_at=told.clock.now(),
                opted_out=True,
            )
            await told.engine.report("cloud", early)
        cloud, ids = FakeRoute("cloud", script=[Step(outcome=TOOK, after_submit=True)]), CountedIds(3)
        ids.prefix = "later"
        async with telling(tmp_path, route=cloud, ids=ids, offset=timedelta(minutes=9)) as told:
            await told.engine.send(SendRequest(to=("anna",), text="hello"))
            await told.until(10)
            assert await marks(told) == {number_of(ANNA): {"cloud"}}

    @story
    async def test_a_repeat_marks_nothing_again(self, tmp_path: Path) -> None:
        cloud = FakeRoute("cloud")
        async with telling(tmp_path, route=cloud) as told:
            await told.engine.send(SendRequest(to=("anna",), text="hello"))
            await told.until(5)
            await reports_stop(cloud)
            assert await marks(told) == {number_of(ANNA): {"cloud"}}
            await cloud.receive(ANNA, "START")
            assert await marks(told) == {}
            await reports_stop(cloud)
            assert await marks(told) == {}

    @story
    async def test_what_was_taken_before_and_arrives_is_no_opt_in(self, tmp_path: Path) -> None:
        cloud = FakeRoute("cloud")
        async with telling(tmp_path, route=cloud) as told:
            for _ in range(2):
                await told.engine.send(SendRequest(to=("anna",), text="hello"))
            await told.until(5)
            await reports_stop(cloud, 0)
            await cloud.deliver(cloud.left[1])
            assert await marks(told) == {number_of(ANNA): {"cloud"}}


TOOK = Accepted(reference="id-7", segments=1)


class TestWhatWaits:
    @story
    async def test_it_goes_to_others_when_the_only_way_closes(self, tmp_path: Path) -> None:
        cloud = FakeRoute("cloud", script=[Step(outcome=STOPPED)])
        async with telling(
            tmp_path, people=(ANNA, BERT), route=cloud, policies=(policy(Proof.ACCEPTED),)
        ) as told:
            await told.engine.send(SendRequest(to=("anna",), text="hello", severity=Severity.CRITICAL))
            result = await told.engine.raise_alarm(LOUD)
            await told.until(10)
            assert (await told.message(result.message_uids[0])).state is MessageState.CANCELLED
            assert number_of(BERT) in {each.address for each in cloud.left}

    @story
    async def test_a_route_that_comes_later_is_used(self, tmp_path: Path) -> None:
        cloud, modem = FakeRoute("cloud", script=[Step(outcome=STOPPED)]), FakeRoute("modem")
        async with telling(tmp_path, route=cloud, policies=(policy(Proof.DELIVERED),)) as told:
            await told.engine.raise_alarm(LOUD)
            await told.until(60)
            assert [alarm.key for alarm in await ours(told)] == [BARRED]
            await told.engine.add_route(modem)
            await told.until(120)
            assert await ours(told) == []
            await told.engine.raise_alarm(replace(LOUD, key="other"))
            await told.until(130)
            assert {each.address for each in modem.left} == {number_of(ANNA)}

    @story
    async def test_a_broken_route_that_is_open_is_waited_for(self, tmp_path: Path) -> None:
        """The address is closed at one route: that another is away for a moment makes it no dead end."""
        cloud, modem = FakeRoute("cloud", script=[Step(outcome=STOPPED)]), FakeRoute("modem", health=FAILED)
        async with telling(tmp_path, route=cloud) as told:
            await told.engine.add_route(modem)
            await told.engine.send(SendRequest(to=("anna",), text="one"))
            await told.until(5)
            (sent,) = (await told.engine.send(SendRequest(to=("anna",), text="two"))).messages
            await told.until(60)
            assert (await told.message(sent.uid)).state is MessageState.QUEUED
            assert len(cloud.given) == 1
            assert await ours(told) == []


class TestTheMark:
    @story
    async def test_it_is_kept_over_a_restart_and_taken_back_by_a_person(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute("cloud", script=[Step(outcome=STOPPED)])) as told:
            await told.engine.send(SendRequest(to=("anna",), text="hello"))
            await told.until(60)
        cloud, ids = FakeRoute("cloud"), CountedIds(3)
        ids.prefix = "later"
        async with telling(tmp_path, route=cloud, ids=ids, offset=timedelta(minutes=2)) as told:
            await told.engine.send(SendRequest(to=("anna",), text="hello"))
            await told.until(60)
            assert [each for each in cloud.given if each.text == "hello"] == []
            assert len(await ours(told)) == 1
            assert await told.engine.access.allow("anna", by="command_line") == 1
            assert await told.engine.access.allow("anna", by="command_line") == 0
            assert await ours(told) == []
            await told.engine.send(SendRequest(to=("anna",), text="hello"))
            await told.until(65)
            assert len([each for each in cloud.given if each.text == "hello"]) == 1

    @story
    async def test_start_lifts_it_at_the_route_that_heard_it(self, tmp_path: Path) -> None:
        stopped = [Step(outcome=STOPPED)]
        first, second = FakeRoute("first", script=stopped), FakeRoute("second", script=stopped)
        async with telling(tmp_path, route=first) as told:
            await told.engine.add_route(second)
            await told.engine.send(SendRequest(to=("anna",), text="hello"))
            await told.until(10)
            assert await marks(told) == {number_of(ANNA): {"first", "second"}}
            await second.receive(ANNA, "START")
            assert await marks(told) == {number_of(ANNA): {"first"}}

    @story
    async def test_a_send_without_a_channel_takes_the_first_open_address(self, tmp_path: Path) -> None:
        cloud = FakeRoute("cloud", script=[Step(outcome=STOPPED)])
        async with telling(tmp_path, people=(TWO,), route=cloud) as told:
            await told.engine.send(SendRequest(to=("anna",), text="hello"))
            await told.until(5)
            await told.engine.send(SendRequest(to=("anna",), text="hello"))
            await told.until(10)
            assert [each.address for each in cloud.left] == [SECOND]

    @story
    async def test_other_refusals_mark_nothing(self, tmp_path: Path) -> None:
        async with telling(
            tmp_path, route=FakeRoute("cloud", script=[rejected(ErrorClass.RECIPIENT)])
        ) as told:
            await told.engine.send(SendRequest(to=("anna",), text="hello"))
            await told.until(5)
            assert await marks(told) == {}
