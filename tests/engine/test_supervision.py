"""Who watches the watchman: what happens to routes, and what people hear of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.decisions.throttle import DEFAULT_LIMITS
from alert_engine.errors import ConfigError, RouteReason
from alert_engine.model import MessageKind, MessageState, Policy, SendRequest, Severity, Step
from alert_engine.routes.base import (
    Credit,
    CreditUnknownError,
    ErrorClass,
    ProofLevel,
    RouteHealth,
    RouteState,
)
from alert_engine.supervision.settings import (
    CreditRequest,
    RehearsalSettings,
    RouteSupervision,
    SupervisionSettings,
)
from tests import virtual_time
from tests.engine.acceptance import DAY, HOUR, MINUTE, acceptance
from tests.engine.support import ANNA, BERT, EPOCH, FAILED, OK, FakeRoute, rejected, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.engine.support import Left, Story

GONE = FAILED
NO_NETWORK = RouteHealth(
    state=RouteState.FAILED, reason="no network: look at the antenna", proof=ProofLevel.ANSWERS
)
UNKNOWN = RouteHealth(state=RouteState.UNKNOWN, reason="the modem is being opened")
WEAK = RouteHealth(state=RouteState.DEGRADED, reason="the signal is weak")
WATCHED = SupervisionSettings()
# One message for each alarm, so that a story is about supervision.
ONCE = (Policy(name="high", steps=(Step(after=timedelta(0), notify=()),)),)
OWN = "+436649999999"


class LoopingRoute(FakeRoute):
    """A route whose network brings what is sent to its own number back, unless it is `deaf`."""

    def __init__(self, name: str = "modem", *, deaf: bool = False, **options: Any) -> None:
        super().__init__(name, **options)
        self.deaf = deaf
        self.loops: list[Left] = []

    def _leave(self, *args: Any) -> None:
        super()._leave(*args)
        if self.left[-1].address == OWN:
            self.loops.append(self.left.pop())
            if not self.deaf:
                asyncio.get_running_loop().call_later(5, self._bring_back, self.loops[-1].text)

    def _bring_back(self, text: str) -> None:
        self.back = asyncio.ensure_future(self.receive(OWN, text))


def looping(**options: Any) -> SupervisionSettings:
    return SupervisionSettings(routes=(RouteSupervision(route="modem", own_number=OWN, **options),))


def figure(story: Story, name: str = "modem") -> Any:
    return story.engine.supervision().routes[name]


class TestRoutes:
    @story
    async def test_a_pulled_modem_is_told_by_the_other_route_within_20_s(self, tmp_path: Path) -> None:
        routes = (FakeRoute(), FakeRoute("spare"))
        async with acceptance(tmp_path, routes=routes, supervision=WATCHED, policies=ONCE) as plan:
            plan.at(100).route_becomes(GONE)
            plan.between(105, 107).want(ANNA, "route modem has failed", "plug it in")
            plan.at(600).route_becomes(OK)
            plan.between(600, 602).want(ANNA, "CLEARED")
            plan.until(DAY)
        assert routes[1].left[0].at < 120

    @story
    async def test_a_route_without_network_is_known_within_90_s(self, tmp_path: Path) -> None:
        """The route itself gives a change of cell 30 s, and looks every 30 s."""
        routes = (FakeRoute(), FakeRoute("spare"))
        async with acceptance(tmp_path, routes=routes, supervision=WATCHED, policies=ONCE) as plan:
            plan.at(60).route_becomes(NO_NETWORK)
            plan.between(80, 82).want(ANNA, "route modem has failed", "antenna")
            plan.until(HOUR)

    @story
    async def test_a_short_absence_is_nobodys_business(self, tmp_path: Path) -> None:
        async with acceptance(
            tmp_path, routes=(FakeRoute(), FakeRoute("spare")), supervision=WATCHED
        ) as plan:
            plan.at(100).route_becomes(GONE)
            plan.at(104).route_becomes(OK)
            plan.until(HOUR)

    @story
    async def test_a_route_that_never_opens_is_told_after_90_s(self, tmp_path: Path) -> None:
        routes = (FakeRoute(), FakeRoute("spare", health=UNKNOWN))
        async with acceptance(tmp_path, routes=routes, supervision=WATCHED, policies=ONCE) as plan:
            plan.between(90, 92).want(ANNA, "route spare has failed", "since the start")
            plan.until(HOUR)

    @story
    async def test_with_no_other_route_the_alarm_waits_and_is_seen(self, tmp_path: Path) -> None:
        async with telling(tmp_path, supervision=WATCHED, policies=ONCE) as told:
            await told.until(10)
            await told.route.become(GONE)
            await told.until(60)
            (alarm,) = await told.engine.open_alarms()
            assert (alarm.source, alarm.key, alarm.severity) == ("gateway", "route/modem", Severity.HIGH)
            assert alarm.text.endswith("No other route is left")
            (message,) = await told.engine.messages(alarm_id=alarm.id)
            assert message.state is MessageState.QUEUED
            assert message.expires_at == EPOCH + timedelta(hours=12, seconds=15)
            shown = figure(told)
            assert (shown.state, shown.is_fault, shown.reason) == (RouteState.FAILED, True, GONE.reason)
            await told.route.become(OK)
            await told.until(DAY)
            assert told.route.left == []  # it is over, and nobody ever knew
            assert not figure(told).is_fault

    @story
    async def test_a_weakness_is_told_when_it_lasts_an_hour(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, supervision=WATCHED) as plan:
            plan.at(100).route_becomes(WEAK)
            plan.between(100 + HOUR, 100 + HOUR + 5 * MINUTE + 2).want(ANNA, "route modem is weak")
            plan.at(3 * HOUR).route_becomes(OK)
            plan.between(3 * HOUR, 3 * HOUR + 2).want(ANNA, "CLEARED")

    @story
    async def test_nothing_is_raised_where_nobody_wants_it(self, tmp_path: Path) -> None:
        quiet = SupervisionSettings(raises_alarms=False)
        async with telling(tmp_path, supervision=quiet) as told:
            await told.route.become(GONE)
            await told.until(HOUR)
            assert await told.engine.open_alarms() == ()
            assert figure(told).is_fault

    @story
    async def test_an_alarm_of_a_route_that_is_taken_away_ends(self, tmp_path: Path) -> None:
        async with telling(tmp_path, supervision=WATCHED, policies=ONCE) as told:
            await told.route.become(GONE)
            await told.until(15 * MINUTE)
            assert len(await told.engine.open_alarms()) == 1
            await told.engine.remove_route("modem")
            await told.until(16 * MINUTE)
            assert await told.engine.open_alarms() == ()

    @story
    async def test_after_a_restart_the_fault_is_known_and_not_told_again(self, tmp_path: Path) -> None:
        async with telling(tmp_path, supervision=WATCHED, policies=ONCE) as told:
            await told.route.become(GONE)
            await told.until(MINUTE)
            (before,) = await told.engine.open_alarms()
        again = FakeRoute(health=UNKNOWN)
        async with telling(
            tmp_path, route=again, supervision=WATCHED, policies=ONCE, offset=timedelta(0)
        ) as told:
            await told.until(5 * MINUTE)
            (after,) = await told.engine.open_alarms()
            assert (after.id, after.count) == (before.id, 1)
            await again.become(OK)
            assert await told.engine.open_alarms() == ()

    @story
    async def test_a_clock_that_jumps_makes_no_fault(self, tmp_path: Path) -> None:
        async with telling(tmp_path, supervision=WATCHED) as told:
            await told.route.become(NO_NETWORK)
            told.clock.offset = timedelta(days=1)
            await told.until(5)
            await told.route.become(OK)
            await told.until(MINUTE)
            assert told.names() == []

    @story
    async def test_a_clock_that_jumps_makes_no_weakness_older(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, supervision=WATCHED) as plan:
            plan.at(100).route_becomes(WEAK)
            plan.at(HOUR / 2).does(_a_day_later)
            plan.between(100 + HOUR, 100 + HOUR + 5 * MINUTE + 2).want(ANNA, "route modem is weak")
            plan.until(2 * HOUR)

    @story
    async def test_a_fault_that_comes_back_is_told_although_nobody_took_the_last(
        self, tmp_path: Path
    ) -> None:
        """Where faults stay open until somebody has taken them."""
        kept = Policy(name="kept", steps=ONCE[0].steps, latch=True, reopen_within=timedelta(0))
        routes = (FakeRoute(), FakeRoute("other"))
        settings = SupervisionSettings(policy="kept")
        async with acceptance(tmp_path, routes=routes, supervision=settings, policies=(kept,)) as plan:
            for at in (MINUTE, HOUR):
                plan.at(at).route_becomes(GONE)
                plan.between(at, at + 20).want(ANNA, "route modem has failed", by="other")
                plan.at(at + 10 * MINUTE).route_becomes(OK)
                plan.between(at + 10 * MINUTE, at + 11 * MINUTE).want(ANNA, "CLEARED")
            plan.until(3 * HOUR)


class TestLoopback:
    @story
    async def test_it_goes_out_and_comes_back_every_six_hours(self, tmp_path: Path) -> None:
        route = LoopingRoute()
        async with telling(tmp_path, route=route, supervision=looping()) as told:
            await told.until(DAY)
            assert [round(left.at / HOUR, 1) for left in route.loops] == [0, 6, 12, 18]
            assert len({left.text for left in route.loops}) == 4
            shown = figure(told)
            assert (shown.proof, shown.state) == (ProofLevel.LOOPBACK, RouteState.OK)
            assert shown.loopback_seconds == pytest.approx(5, abs=2)
            assert [type(event).__name__ for event in told.events].count("InboundReceived") == 0
            assert route.left == []

    @story
    async def test_a_real_delivery_saves_one(self, tmp_path: Path) -> None:
        route = LoopingRoute()
        async with telling(tmp_path, route=route, supervision=looping()) as told:
            await told.until(5 * HOUR)
            await told.engine.send(SendRequest(to=("anna",), text="hello"))
            await told.until(5 * HOUR + 10)
            await route.deliver(route.left[0])
            await told.until(10 * HOUR)
            assert len(route.loops) == 1
            await told.until(12 * HOUR)
            assert len(route.loops) == 2

    @story
    async def test_one_that_does_not_return_is_a_fault_told_by_another_route(self, tmp_path: Path) -> None:
        route, spare = LoopingRoute(deaf=True), FakeRoute("spare")
        async with telling(tmp_path, route=route, supervision=looping(), policies=ONCE) as told:
            await told.engine.add_route(spare)
            await told.until(20 * MINUTE)
            assert [text.split(".")[0] for _, text in spare.texts] == [
                (
                    "HIGH route modem has failed: an SMS to its own number did not come back within 10 min: "
                    "check the SIM's credit and contract, and whether the own number in the configuration "
                    "is right"
                )
            ]
            assert route.left == []
            assert figure(told).state is RouteState.FAILED
            route.deaf = False
            await told.until(90 * MINUTE)
            assert not figure(told).is_fault
            assert "CLEARED" in route.texts[-1][1]  # it is the first one again

    @story
    async def test_a_doubted_route_is_used_when_it_is_the_only_one(self, tmp_path: Path) -> None:
        route = LoopingRoute(deaf=True)
        async with telling(tmp_path, route=route, supervision=looping(), policies=ONCE) as told:
            await told.until(20 * MINUTE)
            assert "No other route is left" in route.texts[0][1]

    @story
    async def test_one_more_after_a_recovery(self, tmp_path: Path) -> None:
        route = LoopingRoute()
        async with telling(tmp_path, route=route, supervision=looping(), policies=ONCE) as told:
            await told.until(2 * HOUR)
            await route.become(GONE)
            await told.until(2 * HOUR + MINUTE)
            await route.become(OK)
            await told.until(3 * HOUR)
            assert [round(left.at / MINUTE) for left in route.loops] == [1, 122]

    @story
    async def test_it_never_takes_another_route(self, tmp_path: Path) -> None:
        route = LoopingRoute(script=[rejected(ErrorClass.DEVICE)] * 50)
        spare = LoopingRoute("spare")
        async with telling(tmp_path, route=route, supervision=looping(), policies=ONCE) as told:
            await told.engine.add_route(spare)
            await told.until(5 * MINUTE)
            assert spare.loops == []
            loops = [m for m in await told.engine.messages() if m.kind is MessageKind.TEST]
            assert len(loops) == 1

    @story
    async def test_a_restart_sends_no_other(self, tmp_path: Path) -> None:
        for offset, expected in ((timedelta(0), 1), (timedelta(hours=1), 0), (timedelta(hours=7), 1)):
            route = LoopingRoute()
            async with telling(tmp_path, route=route, supervision=looping(), offset=offset) as told:
                start = told.clock.monotonic() - virtual_time.START
                await told.until(start + 10 * MINUTE)
                assert len(route.loops) == expected

    @story
    async def test_words_that_only_look_like_it_are_a_message_like_any_other(self, tmp_path: Path) -> None:
        async with telling(tmp_path, supervision=looping()) as told:
            await told.route.receive(ANNA, "Alert Gateway loop ABCDEFGHJK")
            assert [type(event).__name__ for event in told.events].count("InboundReceived") == 1


class PrepaidRoute(FakeRoute):
    """It can say what is left."""

    def __init__(self, *answers: Credit | Exception | None, **options: Any) -> None:
        super().__init__(**options)
        self.answers = list(answers)
        self.asked: list[float] = []

    async def credit(self) -> Credit | None:
        self.asked.append(asyncio.get_running_loop().time() - virtual_time.START)
        answer = self.answers.pop(0) if self.answers else Credit(amount=Decimal(20))
        if isinstance(answer, Exception):
            raise answer
        return answer


class TestCredit:
    SETTINGS = SupervisionSettings(routes=(RouteSupervision(route="modem", least_credit=Decimal(5)),))

    @story
    async def test_little_credit_is_told_and_its_topping_up_too(self, tmp_path: Path) -> None:
        route = PrepaidRoute(Credit(amount=Decimal("4.50"), currency="EUR"))
        async with acceptance(tmp_path, routes=(route,), supervision=self.SETTINGS) as plan:
            plan.between(0, MINUTE + 2).want(ANNA, "credit of route modem is low", "4.50")
            # The weakness that comes of it.
            plan.between(HOUR, HOUR + 5 * MINUTE + 2).want(ANNA, "route modem is weak")
            plan.between(DAY, DAY + 6 * MINUTE).want(ANNA, "CLEARED").want(ANNA, "CLEARED")
            plan.until(2 * DAY - MINUTE)
        assert len(route.asked) == 2

    @story
    async def test_what_cannot_be_asked_is_asked_again_tomorrow(self, tmp_path: Path) -> None:
        route = PrepaidRoute(
            CreditUnknownError("no answer", RouteReason.ROUTE_SILENT), ValueError("a defect"), None
        )
        async with telling(tmp_path, route=route, supervision=self.SETTINGS) as told:
            await told.until(2 * DAY + HOUR)
            assert len(route.asked) == 3
            assert figure(told).credit is None
            await told.until(3 * DAY + HOUR)
            assert (figure(told).credit, figure(told).credit_at) == (
                20,
                EPOCH + timedelta(seconds=route.asked[3]),
            )

    @story
    async def test_by_sms(self, tmp_path: Path) -> None:
        request = CreditRequest(number="5000", text="GUTHABEN", pattern=r"noch ([0-9,]+) Euro")
        settings = SupervisionSettings(routes=(RouteSupervision(route="modem", credit_request=request),))
        async with telling(tmp_path, supervision=settings) as told:
            await told.until(MINUTE)
            assert told.route.texts == [("5000", "GUTHABEN")]
            for text in ("Willkommen", "Sie haben noch 12,30 Euro"):
                await told.route.receive("5000", text, sender_can_be_answered=False)
            # Anybody can write that.
            await told.route.receive(ANNA, "Sie haben noch 99,00 Euro")
            await told.until(3 * MINUTE)
            assert figure(told).credit == Decimal("12.30")
            await told.until(3 * HOUR)
            await told.route.receive("5000", "noch 1,00 Euro Rabatt", sender_can_be_answered=False)
            await told.until(4 * HOUR)
            assert figure(told).credit == Decimal("12.30")  # nobody had asked


class TestRehearsals:
    # The story begins on Sunday 1 March 2026 at 14:07 UTC.
    AT = RehearsalSettings(day=6, at=time(15, 0))
    START = 53 * MINUTE
    WEEK = 7 * DAY

    def settings(self, **options: Any) -> SupervisionSettings:
        return SupervisionSettings(rehearsals=self.AT, **options)

    @story
    async def test_each_person_is_asked_each_week_and_the_times_are_kept(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, people=(ANNA, BERT), supervision=self.settings()) as plan:
            start = self.START
            plan.between(start, start + 4).want(ANNA, "TEST", "Reply OK").want(BERT, "TEST")
            plan.at(start + 2 * MINUTE).delivers()
            plan.at(start + 3 * MINUTE).replies(ANNA, "OK")
            plan.between(start + 3 * MINUTE, start + 3 * MINUTE + 2).want(ANNA, "is yours")
            results: list[Any] = []
            plan.at(start + 2 * HOUR).does(_keep(results))
            plan.until(start + 3 * DAY)
        by_person = {each.person: each for each in results}
        anna, bert = by_person["anna"], by_person["bert"]
        assert anna.route == "modem"
        assert anna.accepted_seconds == pytest.approx(1, abs=2)
        assert anna.delivered_seconds == pytest.approx(120, abs=61)
        assert anna.answered_seconds == pytest.approx(180, abs=61)
        assert (bert.answered_seconds, bert.delivered_seconds is not None) == (None, True)

    @story
    async def test_a_person_who_does_not_answer_for_too_long_is_an_alarm(self, tmp_path: Path) -> None:
        impatient = RehearsalSettings(day=6, at=time(15, 0), overdue_after=timedelta(days=1))
        supervision = SupervisionSettings(rehearsals=impatient)
        async with acceptance(tmp_path, supervision=supervision) as plan:
            start, overdue, again = self.START, self.START + DAY, self.START + self.WEEK
            plan.between(start, start + 2).want(ANNA, "TEST")
            plan.between(overdue, overdue + 5 * MINUTE + 2).want(ANNA, "Anna has not answered a test")
            plan.between(again, again + 2).want(ANNA, "TEST")
            plan.at(again + 5 * MINUTE).does(_answer_test)
            plan.between(again + 5 * MINUTE, again + 6 * MINUTE).want(ANNA, "is yours")
            plan.between(again + 5 * MINUTE, again + 6 * MINUTE).want(ANNA, "CLEARED")
            plan.until(again + HOUR)

    @story
    async def test_a_test_is_no_figure(self, tmp_path: Path) -> None:
        async with telling(tmp_path, supervision=self.settings()) as told:
            await told.until(self.START + 2 * MINUTE)
            (alarm,) = await told.engine.open_alarms()
            assert (alarm.is_test, alarm.key) == (True, "rehearsal/anna")
            assert (await told.engine.summary()).open == 0
            await told.until(self.START + 2 * HOUR)
            assert await told.engine.open_alarms() == ()

    @story
    async def test_an_alarm_does_not_wait_because_a_test_has_just_left(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, supervision=self.settings(), limits=DEFAULT_LIMITS) as plan:
            start = self.START
            plan.between(start, start + 2).want(ANNA, "TEST", "well with you?")
            plan.at(start + 20).raises("pump", severity=Severity.HIGH)
            plan.between(start + 20, start + 22).want(ANNA, "HIGH pump")
            plan.until(start + 2 * MINUTE)

    @story
    async def test_who_is_not_named_is_not_tested(self, tmp_path: Path) -> None:
        only = RehearsalSettings(day=6, at=time(15, 0), people=("bert",))
        supervision = SupervisionSettings(rehearsals=only)
        async with acceptance(tmp_path, people=(ANNA, BERT), supervision=supervision) as plan:
            plan.between(self.START, self.START + MINUTE + 2).want(BERT, "TEST")
            plan.until(6 * DAY)

    @story
    async def test_a_route_that_carried_an_answered_test_is_proven_by_a_human(self, tmp_path: Path) -> None:
        async with telling(tmp_path, supervision=self.settings()) as told:
            await told.until(self.START + 2 * MINUTE)
            await told.route.receive(ANNA, "OK")
            await told.until(self.START + 10 * MINUTE)
            assert figure(told).proof is ProofLevel.HUMAN


def _keep(results: list[Any]) -> Callable[[Story], Any]:
    async def act(told: Story) -> None:
        results.extend(await told.engine.rehearsing.results())

    return act


async def _answer_test(told: Story) -> None:
    (alarm,) = [each for each in await told.engine.open_alarms() if each.is_test]
    await told.route.receive(ANNA, f"OK {alarm.code}")


@dataclass
class Outside:
    """Somebody outside who waits for the gateway's sign of life."""

    answers: bool = True
    pings: list[float] = field(default_factory=list)

    async def __call__(self) -> None:
        self.pings.append(asyncio.get_running_loop().time() - virtual_time.START)
        if not self.answers:
            raise OSError("no line")


class TestDeadMansSwitch:
    @story
    async def test_it_is_told_every_five_minutes(self, tmp_path: Path) -> None:
        outside = Outside()
        async with telling(tmp_path, ping=outside) as told:
            await told.until(HOUR + 1)
            assert outside.pings == [300.0 * number for number in range(1, 13)]
            await told.until(HOUR + MINUTE + 1)
            assert told.engine.supervision().last_ping == EPOCH + timedelta(hours=1)
            assert told.engine.supervision().is_content

    @story
    async def test_a_journal_that_fails_keeps_it_silent(self, tmp_path: Path) -> None:
        outside = Outside()
        async with telling(tmp_path, ping=outside) as told:
            await told.until(6 * MINUTE)
            told.engine._supervision._auditor.last_round = None  # as if it had never come to look
            told.engine._supervision._audit_at = 1e9
            await told.until(HOUR)
            assert outside.pings == [300.0]
            assert not told.engine.supervision().is_content

    @story
    async def test_one_that_cannot_be_reached_is_an_alarm(self, tmp_path: Path) -> None:
        outside = Outside(answers=False)
        async with acceptance(tmp_path, ping=outside, supervision=WATCHED) as plan:
            plan.between(15 * MINUTE, 16 * MINUTE + 2).want(ANNA, "dead man's switch is out of reach")
            plan.at(HOUR).does(_mend(outside))
            plan.between(65 * MINUTE, 66 * MINUTE + 2).want(ANNA, "CLEARED")

    @story
    async def test_another_one_is_told_in_its_place(self, tmp_path: Path) -> None:
        former, latter = Outside(), Outside()
        async with telling(tmp_path, ping=former) as told:
            await told.until(6 * MINUTE)
            await told.engine.use_ping(latter)
            await told.until(17 * MINUTE)
            await told.engine.use_ping(None)
            await told.until(HOUR)
        assert (former.pings, latter.pings) == ([300.0], [660.0, 960.0])

    @story
    async def test_one_that_is_not_wanted_any_more_is_no_alarm(self, tmp_path: Path) -> None:
        outside = Outside(answers=False)
        async with acceptance(tmp_path, ping=outside, supervision=WATCHED) as plan:
            plan.between(15 * MINUTE, 16 * MINUTE + 2).want(ANNA, "dead man's switch is out of reach")
            plan.at(17 * MINUTE).does(_without_ping)
            plan.between(17 * MINUTE, 19 * MINUTE).want(ANNA, "CLEARED")
            plan.until(HOUR)


async def _without_ping(told: Story) -> None:
    await told.engine.use_ping(None)


def _mend(outside: Outside) -> Callable[[Story], Any]:
    async def act(_: Story) -> None:
        outside.answers = True

    return act


async def _a_day_later(told: Story) -> None:
    told.clock.offset = timedelta(days=1)


class TestReachedNobody:
    @story
    async def test_an_alarm_that_reached_nobody_is_told_to_everybody(self, tmp_path: Path) -> None:
        only_anna = Policy(name="normal", steps=(Step(after=timedelta(0), notify=("anna",)),))
        route = FakeRoute(script=[rejected(ErrorClass.RECIPIENT)])
        async with acceptance(
            tmp_path,
            people=(ANNA, BERT),
            routes=(route,),
            supervision=WATCHED,
            policies=(only_anna, *ONCE),
        ) as plan:
            plan.at(0).raises("pump", Severity.NORMAL)
            plan.between(0, 2 * MINUTE).want(ANNA, "nobody could be told of {pump}").want(
                BERT, "nobody could be told of {pump}"
            )
            plan.at(HOUR).clears("pump")
            plan.between(HOUR, HOUR + 2 * MINUTE + 4).want(ANNA, "CLEARED").want(BERT, "CLEARED")
            plan.until(DAY)

    @story
    async def test_one_of_many_who_got_it_is_enough(self, tmp_path: Path) -> None:
        route = FakeRoute(script=[rejected(ErrorClass.RECIPIENT)])
        async with acceptance(tmp_path, people=(ANNA, BERT), routes=(route,), supervision=WATCHED) as plan:
            plan.at(0).raises("pump", Severity.NORMAL)
            plan.between(0, 4).want(BERT, "pump")
            plan.until(DAY)


@pytest.mark.parametrize(
    "make",
    [
        lambda: RouteSupervision(route="a", loopback_every=timedelta(hours=26)),
        lambda: RouteSupervision(route="a", loopback_every=timedelta(minutes=1)),
        lambda: RouteSupervision(route="a", credit_every=timedelta(minutes=1)),
        lambda: CreditRequest(number="5000", text="x", pattern="no group"),
        lambda: CreditRequest(number="5000", text="x", pattern="("),
        lambda: CreditRequest(number="5000", text="x", pattern="(" + "x" * 200 + ")"),
        lambda: RehearsalSettings(at=time(9), day=7),
    ],
)
def test_settings_that_make_no_sense_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ConfigError):
        make()
