"""The same person by the next way: what people get, and when, while routes fail in every way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.decisions.throttle import DEFAULT_LIMITS
from alert_engine.model import (
    Address,
    AlarmAcknowledge,
    AlarmRaise,
    Channel,
    MessageState,
    Policy,
    Proof,
    SendRequest,
    Severity,
    Step,
)
from alert_engine.routes.base import ErrorClass, Rejected, ReportStatus
from alert_engine.supervision.settings import SupervisionSettings
from tests.engine.acceptance import HOUR, MINUTE, acceptance
from tests.engine.support import (
    ANNA,
    BERT,
    FAILED,
    LOST,
    OK,
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

SMS, CALL, PUSH = Channel.SMS, Channel.CALL, Channel.PUSH
NUMBER = number_of(ANNA)
RING = Address(channel=CALL, value=NUMBER)
APP = Address(channel=PUSH, value="anna-phone")
# A number that is called, and then an app.
REACHABLE = replace(ANNA, addresses=(*ANNA.addresses, RING, APP))
PUMP = AlarmRaise(source="plc1", key="pump", severity=Severity.CRITICAL, title="Pump")


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def once(*notify: str, proof: Proof = Proof.DELIVERED, within: float = 60, **fields: Any) -> Policy:
    """Told once, and proven within so many seconds."""
    steps = (Step(after=seconds(0), notify=notify, channels=(SMS,)),)
    return Policy(name="critical", steps=steps, proof=proof, fallback_after=seconds(within), **fields)


def cloud(**fields: Any) -> FakeRoute:
    return FakeRoute("cloud", first_reference=100, **fields)


def calls(**fields: Any) -> FakeRoute:
    return FakeRoute("calls", channels=frozenset({CALL}), **fields)


def pushes(**fields: Any) -> FakeRoute:
    return FakeRoute("push", channels=frozenset({PUSH}), **fields)


class Silent(FakeRoute):
    """It says of itself that it tells nothing of what becomes of a message."""

    reports: frozenset[Channel] = frozenset()


class TestTheNextWay:
    @story
    async def test_accepted_and_never_delivered_goes_by_the_next_route_then_to_the_next_address(
        self, tmp_path: Path
    ) -> None:
        routes = (FakeRoute(), cloud(), calls(), pushes())
        async with acceptance(tmp_path, people=(REACHABLE,), routes=routes, policies=(once(),)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(REACHABLE, "pump", by="modem")
            plan.between(60, 61).want(REACHABLE, "{pump}", by="cloud")
            plan.between(120, 121).want(REACHABLE, "{pump}", channel=CALL)
            plan.between(180, 181).want(REACHABLE, "{pump}", channel=PUSH)
            plan.until(HOUR)

    @story
    async def test_a_proof_in_time_ends_it(self, tmp_path: Path) -> None:
        routes = (FakeRoute(), cloud(), calls())
        async with acceptance(tmp_path, people=(REACHABLE,), routes=routes, policies=(once(),)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(REACHABLE, "pump", by="modem")
            plan.at(59).delivers()
            plan.until(HOUR)

    @story
    async def test_whoever_was_just_told_by_a_text_needs_no_other_way_for_a_call_that_waits(
        self, tmp_path: Path
    ) -> None:
        text, ring = (
            Step(after=seconds(0), notify=(), channels=(SMS,)),
            Step(after=seconds(60), notify=(), channels=(CALL,)),
        )
        policy = replace(once(within=75), steps=(text, ring))
        ringing = calls(script=[Happens(seconds=80)])
        routes = (FakeRoute(), ringing)
        async with acceptance(tmp_path, people=(REACHABLE,), routes=routes, policies=(policy,)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(REACHABLE, "pump", by="modem")
            plan.at(10).delivers()
            plan.between(60, 61).want(REACHABLE, "{pump}", channel=CALL)
            plan.until(HOUR)

    @story
    async def test_accepted_is_enough_where_the_policy_says_so(self, tmp_path: Path) -> None:
        policies = (once(proof=Proof.ACCEPTED),)
        async with acceptance(tmp_path, routes=(FakeRoute(), cloud()), policies=policies) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "pump", by="modem")
            plan.until(HOUR)

    @pytest.mark.parametrize("error_class", [ErrorClass.RECIPIENT])
    @story
    async def test_an_address_that_is_refused_for_good_is_left_at_once(
        self, tmp_path: Path, error_class: ErrorClass
    ) -> None:
        routes = (FakeRoute(script=[rejected(error_class)]), cloud(), calls())
        async with acceptance(tmp_path, people=(REACHABLE,), routes=routes, policies=(once(),)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(REACHABLE, "{pump}", channel=CALL)
            plan.at(30).delivers("calls")
            plan.until(HOUR)

    @story
    async def test_what_the_network_gives_up_goes_by_the_next_route_at_once(self, tmp_path: Path) -> None:
        routes = (FakeRoute(), cloud())
        async with acceptance(tmp_path, routes=routes, policies=(once(),)) as plan:

            async def give_up(_: Story) -> None:
                await routes[0].deliver(routes[0].left[0], ReportStatus.FAILED)

            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "pump", by="modem")
            plan.at(10).does(give_up)
            plan.between(10, 12).want(ANNA, "{pump}", by="cloud")
            plan.at(20).delivers("cloud")
            plan.until(HOUR)

    @story
    async def test_what_no_route_carries_is_told_by_another_kind_within_20_s(self, tmp_path: Path) -> None:
        online = replace(ANNA, addresses=(APP, *ANNA.addresses))
        policy = replace(once(), steps=(Step(after=seconds(0), notify=(), channels=(PUSH,)),))
        routes = (FakeRoute(), pushes(health=FAILED))
        async with acceptance(tmp_path, people=(online,), routes=routes, policies=(policy,)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 20).want(online, "{pump}", channel=SMS)
            plan.at(25).delivers()
            # The internet is back: nobody needs the push any more.
            plan.at(600).route_becomes(OK, "push")
            plan.until(HOUR)

    @story
    async def test_a_route_that_breaks_later_is_left_within_20_s(self, tmp_path: Path) -> None:
        broken = FakeRoute(script=[rejected(ErrorClass.DEVICE)] * 50)
        async with acceptance(
            tmp_path, people=(REACHABLE,), routes=(broken, calls()), policies=(once(),)
        ) as plan:
            plan.at(0).raises("pump")
            plan.at(1).route_becomes(FAILED)
            plan.between(0, 20).want(REACHABLE, "{pump}", channel=CALL)
            plan.at(30).delivers("calls")
            plan.until(HOUR)

    @story
    async def test_a_cloud_that_lets_each_message_wait_for_a_connection_is_left_within_20_s(
        self, tmp_path: Path
    ) -> None:
        online = replace(ANNA, addresses=(APP, *ANNA.addresses))
        policy = replace(once(within=75), steps=(Step(after=seconds(0), notify=(), channels=(PUSH,)),))
        no_connection = Rejected(error_class=ErrorClass.DEVICE, reason="no connection comes about")
        waits = Happens(outcome=no_connection, after_submit=True, seconds=10)
        routes = (FakeRoute(), pushes(script=[waits] * 50))
        async with acceptance(tmp_path, people=(online,), routes=routes, policies=(policy,)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 20).want(online, "{pump}", channel=SMS)
            plan.at(25).delivers()
            plan.until(HOUR)

    @story
    async def test_a_cloud_that_says_no_after_the_first_look_is_left_a_moment_later(
        self, tmp_path: Path
    ) -> None:
        online = replace(ANNA, addresses=(APP, *ANNA.addresses))
        policy = replace(once(within=75), steps=(Step(after=seconds(0), notify=(), channels=(PUSH,)),))
        no_greeting = Rejected(error_class=ErrorClass.DEVICE, reason="the server does not greet")
        waits = Happens(outcome=no_greeting, after_submit=True, seconds=18)
        routes = (FakeRoute(), pushes(script=[waits] * 50))
        async with acceptance(tmp_path, people=(online,), routes=routes, policies=(policy,)) as plan:
            plan.at(0).raises("pump")
            plan.between(18, 22).want(online, "{pump}", channel=SMS)
            plan.at(25).delivers()
            plan.until(HOUR)

    @story
    async def test_a_queue_that_does_not_move_is_left_for_a_free_route_without_a_copy(
        self, tmp_path: Path
    ) -> None:
        slow = FakeRoute(script=[Happens(seconds=300)])
        async with telling(tmp_path, people=(ANNA, BERT), route=slow, policies=(once("anna"),)) as told:
            other = cloud()
            await told.engine.add_route(other)
            await told.engine.raise_alarm(replace(PUMP, key="first"))
            await told.until(1)
            await told.engine.raise_alarm(PUMP)
            await told.until(120)
            assert [left.address for left in slow.left] == [NUMBER]
            # The first is under way for longer than it may be, so a copy of it left; the second one moved.
            assert [left.at for left in other.left] == [60, 61]
            assert len({left.uid for left in (*slow.left, *other.left)}) == 3
            assert len(await told.engine.messages()) == 3

    @story
    async def test_a_route_that_sleeps_wakes_for_what_is_left_to_it(self, tmp_path: Path) -> None:
        busy = FakeRoute(script=[Happens(seconds=250)])
        async with telling(tmp_path, route=busy, policies=(once("anna", within=47),)) as told:
            other = cloud()
            await told.engine.add_route(other)
            await told.engine.send(SendRequest(to=("anna",), text="Good evening"))
            await told.until(1)
            await told.engine.raise_alarm(PUMP)
            await told.until(120)
            assert [left.at for left in other.left] == [48]

    @story
    async def test_a_doubt_is_told_by_another_route_when_its_time_is_up(self, tmp_path: Path) -> None:
        routes = (FakeRoute(script=[LOST, LOST]), cloud())
        async with acceptance(tmp_path, routes=routes, policies=(once(within=10),)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "pump", by="modem")
            plan.between(10, 12).want(ANNA, "{pump}", by="cloud")
            plan.at(14).delivers("cloud")  # so the doubt is not sent again
            plan.until(HOUR)

    @story
    async def test_whoever_wants_no_messages_there_is_told_elsewhere(self, tmp_path: Path) -> None:
        other = replace(RING, value="+436645555555")
        anna = replace(ANNA, addresses=(*ANNA.addresses, other))
        policy = replace(once(), steps=(Step(after=seconds(0), notify=("anna",), channels=(SMS,)),))
        async with telling(tmp_path, people=(anna,), policies=(policy,)) as told:
            ring = calls()
            await told.engine.add_route(ring)
            await told.route.receive(anna, "STOP")
            await told.until(10)
            await told.engine.raise_alarm(PUMP)
            await told.until(12)
            told_of_pump = [left.address for left in ring.left if "Pump" in left.text]
            assert told_of_pump == ["+436645555555"]

    @story
    async def test_a_way_that_is_broken_is_waited_for(self, tmp_path: Path) -> None:
        ring = calls(health=FAILED)
        refusing = FakeRoute(script=[rejected(ErrorClass.RECIPIENT)])
        async with acceptance(
            tmp_path, people=(REACHABLE,), routes=(refusing, ring), policies=(once(),)
        ) as plan:
            plan.at(0).raises("pump")
            plan.at(100).route_becomes(OK, "calls")
            plan.between(100, 116).want(REACHABLE, "{pump}", channel=CALL)
            plan.at(120).delivers("calls")
            plan.until(HOUR)

    @story
    async def test_whoever_writes_stop_while_it_waits_is_told_elsewhere(self, tmp_path: Path) -> None:
        other = replace(RING, value="+436645555555")
        anna = replace(ANNA, addresses=(*ANNA.addresses, other))
        async with telling(
            tmp_path, people=(anna,), route=FakeRoute(script=[Happens(seconds=30)]), policies=(once(),)
        ) as told:
            ring = calls()
            await told.engine.add_route(ring)
            await told.engine.raise_alarm(replace(PUMP, key="other"))
            await told.until(1)
            await told.engine.raise_alarm(PUMP)
            await told.until(2)
            await told.route.receive(anna, "STOP")
            await told.until(5)
            called = [left for left in ring.left if "Pump" in left.text]
            assert [(left.address, left.at) for left in called] == [("+436645555555", 2)]


class TestWhatEndsIt:
    @story
    async def test_whoever_takes_it_is_told_no_more(self, tmp_path: Path) -> None:
        routes = (FakeRoute(), cloud())
        async with acceptance(tmp_path, routes=routes, policies=(once(),)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "pump", by="modem")
            plan.at(30).takes("anna", "pump")
            plan.until(HOUR)

    @story
    async def test_what_is_over_is_told_no_more(self, tmp_path: Path) -> None:
        routes = (FakeRoute(), cloud())
        async with acceptance(tmp_path, routes=routes, policies=(once(),)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "pump", by="modem")
            plan.at(30).clears("pump")
            plan.between(30, 32).want(ANNA, "CLEARED")
            plan.until(HOUR)

    @story
    async def test_a_late_proof_cancels_what_has_not_left_yet(self, tmp_path: Path) -> None:
        busy = calls(script=[Happens(seconds=100)])
        async with telling(tmp_path, people=(REACHABLE, BERT), policies=(once("anna"),)) as told:
            await told.engine.add_route(busy)
            await told.until(50)
            await told.engine.raise_alarm(PUMP)
            await told.until(105)
            policy_free = AlarmRaise(source="plc1", key="door", severity=Severity.NORMAL)
            await told.engine.raise_alarm(policy_free)
            await told.until(111)
            (copy,) = [each for each in await told.engine.messages() if each.channel is CALL]
            assert copy.state is MessageState.IN_FLIGHT
            await told.route.deliver(told.route.left[0])
            await told.until(300)
            # The call that was under way is finished; it is not made again.
            assert len(busy.left) == 1

    @story
    async def test_a_late_proof_cancels_a_copy_in_a_queue(self, tmp_path: Path) -> None:
        other = cloud(script=[Happens(seconds=100)])
        async with telling(tmp_path, people=(ANNA, BERT), policies=(once("anna"),)) as told:
            await told.engine.add_route(other)
            await told.engine.raise_alarm(PUMP)
            await told.until(2)
            await told.engine.raise_alarm(replace(PUMP, key="door"))
            await told.until(63)  # the copy of the first is under way, that of the second waits
            states = {each.uid: each.state for each in await told.engine.messages() if each.route != "modem"}
            assert sorted(states.values()) == [MessageState.IN_FLIGHT, MessageState.QUEUED]
            await told.route.deliver(told.route.left[1])
            await told.until(300)
            after = [await told.message(uid) for uid in states]
            assert {each.state for each in after} == {MessageState.ACCEPTED, MessageState.CANCELLED}
            assert len(other.left) == 1

    @story
    async def test_a_late_proof_cancels_what_waits_to_be_sent_again(self, tmp_path: Path) -> None:
        """The first is in doubt, its copy is delivered before the doubt has ended."""
        modem, other = FakeRoute(script=[LOST]), cloud(script=[Happens(seconds=100)])
        async with telling(
            tmp_path, people=(ANNA, BERT), route=modem, policies=(once("anna", within=10),)
        ) as told:
            await told.engine.add_route(other)
            await told.engine.raise_alarm(PUMP)
            await told.until(12)
            await modem.become(FAILED)
            await told.until(20)
            first = next(each for each in await told.engine.messages() if each.attempts and each.in_doubt)
            await other.deliver(other.left[0])
            await told.until(300)
            assert (await told.message(first.uid)).state is MessageState.CANCELLED
            assert (len(modem.left), len(other.left)) == (1, 1)

    @story
    async def test_escalation_has_its_own_clock(self, tmp_path: Path) -> None:
        """The next person is told when the policy says so, whatever became of the first."""
        steps = (
            Step(after=seconds(0), notify=("anna",)),
            Step(after=seconds(90), notify=("bert",)),
        )
        policy = replace(once(), steps=steps)
        routes = (FakeRoute(), cloud())
        async with acceptance(tmp_path, people=(ANNA, BERT), routes=routes, policies=(policy,)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "pump", by="modem")
            plan.between(60, 62).want(ANNA, "{pump}", by="cloud")
            plan.at(70).delivers("cloud")
            plan.between(90, 92).want(BERT, "pump", by="modem")
            plan.at(100).delivers()
            plan.until(HOUR)


class TestStorm:
    @story
    async def test_a_storm_does_not_come_twice_by_two_routes(self, tmp_path: Path) -> None:
        """What one phone bears in a quarter of an hour holds for both routes together."""
        storm = replace(once(), name="high")
        other = cloud()
        async with telling(tmp_path, policies=(storm,), limits=DEFAULT_LIMITS) as told:
            await told.engine.add_route(other)
            for number in range(100):
                await told.engine.raise_alarm(replace(PUMP, key=f"k{number}", severity=Severity.HIGH))
            await told.until(15 * MINUTE)
            assert len(told.route.left) + len(other.left) <= 5
            assert len(other.left) >= 1


class TestRoutesWithoutReports:
    @story
    async def test_one_that_says_so_needs_no_proof(self, tmp_path: Path) -> None:
        routes = (Silent(), cloud())
        async with acceptance(tmp_path, routes=routes, policies=(once(),)) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "pump", by="modem")
            plan.until(HOUR)

    @story
    async def test_one_that_never_reported_is_found_out(self, tmp_path: Path) -> None:
        """The first few alarms go both ways; from the sixth on, what it took counts as told."""
        routes = (FakeRoute(), cloud())
        async with acceptance(tmp_path, routes=routes, policies=(once(),)) as plan:
            for number in range(8):
                at = number * 20 * MINUTE
                plan.at(at).raises(f"pump{number}")
                plan.between(at, at + 2).want(ANNA, f"pump{number}", by="modem")
                if number < 5:
                    plan.between(at + 60, at + 62).want(ANNA, f"pump{number}", by="cloud")
                plan.at(at + 90).takes("anna", f"pump{number}")
            plan.until(3 * HOUR)

    @story
    async def test_one_that_reported_once_is_believed_no_more_when_it_is_silent(self, tmp_path: Path) -> None:
        routes = (FakeRoute(), cloud())
        async with acceptance(tmp_path, routes=routes, policies=(once(),)) as plan:
            for number in range(8):
                at = number * 20 * MINUTE
                plan.at(at).raises(f"pump{number}")
                plan.between(at, at + 2).want(ANNA, f"pump{number}", by="modem")
                if number == 0:
                    plan.at(at + 10).delivers()
                else:
                    plan.between(at + 60, at + 62).want(ANNA, f"pump{number}", by="cloud")
                plan.at(at + 90).takes("anna", f"pump{number}")
            plan.until(3 * HOUR)


class TestNobodyIsTold:
    """EN 54-21: whoever cannot show within 100 s that an alarm was received must complain."""

    def supervised(self, *notify: str) -> dict[str, Any]:
        gateway = Policy(name="gateway", steps=(Step(after=seconds(0), notify=notify, channels=(SMS,)),))
        return {"supervision": SupervisionSettings(policy="gateway"), "policies": (once("anna"), gateway)}

    @story
    async def test_people_hear_within_100_s_and_when_it_is_over(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, people=(ANNA, BERT), **self.supervised("bert")) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "pump")
            plan.between(60, 62).want(BERT, "nobody is proven told of alarm {pump}")
            plan.at(200).delivers()
            plan.between(200, 204).want(BERT, "CLEARED")
            plan.until(HOUR)

    @story
    async def test_not_later_than_100_s_while_there_is_still_hope(self, tmp_path: Path) -> None:
        routes = (FakeRoute(), cloud(), calls(), pushes())
        async with acceptance(
            tmp_path, people=(REACHABLE, BERT), routes=routes, **self.supervised("bert")
        ) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(REACHABLE, "pump", by="modem")
            plan.between(60, 61).want(REACHABLE, "{pump}", by="cloud")
            plan.between(100, 101).want(BERT, "nobody is proven told of alarm {pump}")
            plan.between(120, 121).want(REACHABLE, "{pump}", channel=CALL)
            plan.at(130).takes("anna", "pump")
            plan.between(130, 134).want(BERT, "CLEARED")
            plan.until(HOUR)

    @story
    async def test_nobody_hears_where_somebody_was_told(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, people=(ANNA, BERT), **self.supervised("bert")) as plan:
            plan.at(0).raises("pump")
            plan.between(0, 2).want(ANNA, "pump")
            plan.at(50).delivers()
            plan.until(HOUR)


class TestPersistence:
    @pytest.mark.parametrize(("offset", "at"), [(0.0, 60.0), (600.0, 30.0), (-86400.0, 90.0)])
    @story
    async def test_the_deadline_survives_a_restart_even_with_another_clock(
        self, tmp_path: Path, offset: float, at: float
    ) -> None:
        """If the clock was set back by it, the time begins anew: never longer than the policy says."""
        async with telling(tmp_path, policies=(once(),)) as told:
            await told.engine.raise_alarm(PUMP)
            await told.until(30)
        other = cloud()
        async with telling(tmp_path, policies=(once(),), offset=seconds(offset)) as again:
            await again.engine.add_route(other)
            await again.until(200)
            assert [(left.address, left.at) for left in other.left] == [(NUMBER, at)]

    @pytest.mark.parametrize("jump", [86400.0, -86400.0])
    @story
    async def test_a_clock_that_is_set_makes_it_neither_early_nor_late(
        self, tmp_path: Path, jump: float
    ) -> None:
        async with telling(tmp_path, policies=(once(),), supervision=SupervisionSettings()) as told:
            other = cloud()
            await told.engine.add_route(other)
            await told.engine.raise_alarm(PUMP)
            await told.until(30)
            told.clock.offset = seconds(jump)
            await told.until(70)
            assert [left.at for left in other.left] == [60]
            await other.deliver(other.left[0], accepted_at=None)
            await told.until(900)
            assert len(other.left) == 1
            assert [alarm.source for alarm in await told.engine.open_alarms()] == ["plc1"]

    @story
    async def test_an_alarm_that_is_taken_after_the_restart_needs_no_fallback(self, tmp_path: Path) -> None:
        policies = (once(),)
        async with telling(tmp_path, policies=policies) as told:
            result = await told.engine.raise_alarm(PUMP)
            await told.until(30)
        other = cloud()
        async with telling(tmp_path, policies=policies) as again:
            await again.engine.add_route(other)
            await again.engine.acknowledge(AlarmAcknowledge(by="anna", alarm_id=result.alarms[0].id))
            await again.until(200)
            assert other.left == []
