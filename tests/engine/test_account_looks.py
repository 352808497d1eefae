"""How often an account is looked at: no lock-out by our own doing, and none is given up for good."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.model import Channel, MessageState, SendRequest
from alert_engine.routes.base import Accepted, ErrorClass, Rejected, RouteState
from alert_engine.routes.handover import HandoverRoute
from alert_engine.routes.provider_exchange import NotSentError
from alert_engine.routes.provider_route import ProviderRoute
from alert_engine.routes.providers.exchange import ProviderRequest, ProviderResponse
from alert_engine.routes.providers.provider import ProviderLimits
from tests.engine.support import CountedIds, FakeRoute, StoryClock, telling
from tests.virtual_time import START, story

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from alert_engine.routes.base import OutboundMessage, Outcome
    from alert_engine.routes.providers.provider import Moment

LOCKED = Rejected(error_class=ErrorClass.ACCOUNT, reason="the password is wrong: correct it")
GONE = Rejected(error_class=ErrorClass.DEVICE, reason="no connection")
HELLO = SendRequest(to=("anna",), text="hello")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """An account that cannot be looked at without sending."""

    said: list[Rejected | None] = field(default_factory=list)  # to one message each; then they are taken
    at: list[float] = field(default_factory=list)
    clock: StoryClock = field(default_factory=StoryClock)

    @property
    def limits(self) -> ProviderLimits:
        return ProviderLimits(channels=frozenset({Channel.SMS}))

    def plan_segments(self, message: OutboundMessage) -> int:
        return 1

    def send_request(self, message: OutboundMessage, moment: Moment) -> ProviderRequest:
        self.at.append(self.clock.monotonic() - START)
        return ProviderRequest(method="GET", url="https://example.org/")

    def outcome(self, message: OutboundMessage, response: ProviderResponse, moment: Moment) -> Outcome:
        return (self.said.pop(0) if self.said else None) or Accepted(reference="1", segments=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(Blind):
    """One that can."""

    found: list[Rejected | None] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)

    def check_request(self, moment: Moment) -> ProviderRequest:
        self.looks.append(self.clock.monotonic() - START)
        return ProviderRequest(method="GET", url="https://example.org/")

    def checked(self, response: ProviderResponse) -> Rejected | None:
        return self.found.pop(0) if self.found else None


class Wire:
    """Everything is answered, or nothing connects."""

    def __init__(self, *, is_up: bool = True) -> None:
        self.is_up = is_up

    async def ask(self, request: ProviderRequest) -> ProviderResponse:
        if not self.is_up:
            raise NotSentError("no connection")
        return ProviderResponse(status=200)


def a_route(provider: Blind, wire: Wire | None = None) -> Any:
    return ProviderRoute("cloud", provider, wire or Wire(), clock=provider.clock, ids=CountedIds())  # type: ignore[arg-type]  # a wire


class Mailbox:
    """The same as a protocol with a connection for each message."""

    channels = frozenset({Channel.SMS})
    per_second = 10.0

    def __init__(
        self, found: Sequence[Rejected | None], clock: StoryClock, *, said: Sequence[Rejected] = ()
    ) -> None:
        self.found, self.clock, self.looks = list(found), clock, list[float]()
        self.said = list(said)

    def plan_segments(self, message: OutboundMessage) -> int:
        return 1

    async def hand_over(self, message: OutboundMessage, now: datetime) -> Outcome:
        return self.said.pop(0) if self.said else Accepted(reference="1", segments=1)

    async def look(self) -> Rejected | None:
        self.looks.append(self.clock.monotonic() - START)
        return self.found.pop(0) if self.found else None


class TestLooks:
    @pytest.mark.parametrize(
        ("found", "looks"),
        [
            ([], [0, 300, 600, 900]),
            ([LOCKED, LOCKED], [0, 300, 600, 900]),
            ([GONE, GONE, GONE], [0, 25, 50, 75, 375, 675, 975]),
            ([GONE, LOCKED, GONE], [0, 25, 325, 350, 650, 950]),
        ],
    )
    @story
    async def test_what_a_person_must_mend_is_not_hammered_at(
        self, tmp_path: Path, found: list[Rejected | None], looks: list[float]
    ) -> None:
        provider = Seen(found=list(found))
        mailbox = Mailbox(found, provider.clock)
        async with telling(tmp_path) as told:
            await told.engine.add_route(a_route(provider))
            mails: Any = HandoverRoute("mails", mailbox, clock=provider.clock)
            await told.engine.add_route(mails)
            await told.until(1000)
        assert provider.looks == looks
        assert mailbox.looks == looks

    @story
    async def test_a_person_who_did_something_is_not_kept_waiting(self, tmp_path: Path) -> None:
        provider = Seen(found=[LOCKED])
        route = a_route(provider)
        mailbox = Mailbox([LOCKED], provider.clock)
        mails: Any = HandoverRoute("mails", mailbox, clock=provider.clock)
        async with telling(tmp_path, route=FakeRoute()) as told:
            for each in (route, mails):
                await told.engine.add_route(each)
            await told.until(60)
            assert {each.health.state for each in (route, mails)} == {RouteState.FAILED}
            for each in (route, mails):
                each.retry()
            await told.until(61)
            assert {each.health.state for each in (route, mails)} == {RouteState.OK}
            for each in (route, mails):
                each.retry()  # what is well needs no look
            await told.until(70)
        assert provider.looks == mailbox.looks == [0, 60]

    @story
    async def test_the_only_way_is_not_hammered_either_and_sends_as_soon_as_it_is_well(
        self, tmp_path: Path
    ) -> None:
        provider = Seen(found=[LOCKED, LOCKED])
        async with telling(tmp_path, route=a_route(provider)) as told:
            (sent,) = (await told.engine.send(HELLO)).messages
            await told.until(599)
            assert (provider.looks, provider.at) == ([0, 300], [])
            await told.until(601)
            assert provider.at == [600]
            assert (await told.message(sent.uid)).state is MessageState.ACCEPTED

    @pytest.mark.parametrize("is_mail", [False, True])
    @story
    async def test_a_line_that_a_message_found_dead_is_looked_at_until_it_is_back(
        self, tmp_path: Path, *, is_mail: bool
    ) -> None:
        provider, wire = Seen(), Wire()
        mailbox = Mailbox([None, GONE, GONE], provider.clock, said=[GONE, GONE, GONE])
        mails: Any = HandoverRoute("mails", mailbox, clock=provider.clock)
        async with telling(tmp_path, route=mails if is_mail else a_route(provider, wire)) as told:
            await told.until(10)
            wire.is_up = False
            (sent,) = (await told.engine.send(HELLO)).messages
            await told.until(80)
            assert (await told.message(sent.uid)).state is MessageState.QUEUED
            wire.is_up = True
            await told.until(110)
            assert (await told.message(sent.uid)).state is MessageState.ACCEPTED

    @story
    async def test_another_way_carries_what_waits_meanwhile(self, tmp_path: Path) -> None:
        provider, modem = Seen(said=[LOCKED], found=[None, LOCKED]), FakeRoute()
        async with telling(tmp_path, route=a_route(provider)) as told:
            await told.engine.add_route(modem)
            await told.until(1)
            await told.engine.send(HELLO)
            await told.until(5)
            assert (provider.at, len(modem.left)) == ([1], 1)


class TestAnAccountThatNobodyCanLookAt:
    @pytest.mark.parametrize("is_about_credentials", [True, False])
    @story
    async def test_a_message_says_whether_other_credentials_would_help(
        self, tmp_path: Path, *, is_about_credentials: bool
    ) -> None:
        refused = replace(LOCKED, bad_credentials=is_about_credentials)
        route = a_route(Blind(said=[refused]))
        async with telling(tmp_path, route=route) as told:
            await told.engine.send(HELLO)
            await told.until(10)
            assert (route.health.state, route.health.is_refused) == (RouteState.FAILED, is_about_credentials)
            await told.until(310)
            assert (route.health.state, route.health.is_refused) == (RouteState.OK, False)

    @story
    async def test_refused_credentials_are_tried_again_by_a_message_after_five_minutes(
        self, tmp_path: Path
    ) -> None:
        provider = Blind(said=[LOCKED, LOCKED])
        route = a_route(provider)
        async with telling(tmp_path, route=route) as told:
            (sent,) = (await told.engine.send(HELLO)).messages
            await told.until(290)
            assert (provider.at, route.health.state) == ([0], RouteState.FAILED)
            await told.until(1000)
            assert provider.at == [0, 300, 600]
            assert (await told.message(sent.uid)).state is MessageState.ACCEPTED
            assert route.health.state is RouteState.OK

    @story
    async def test_it_is_well_again_once_the_line_is(self, tmp_path: Path) -> None:
        provider, wire = Blind(), Wire(is_up=False)
        async with telling(tmp_path, route=a_route(provider, wire)) as told:
            (sent,) = (await told.engine.send(HELLO)).messages
            await told.until(300)
            wire.is_up = True
            await told.until(361)
            assert (await told.message(sent.uid)).state is MessageState.ACCEPTED
            assert len(provider.at) < 20

    @story
    async def test_a_person_may_say_that_it_is_mended(self, tmp_path: Path) -> None:
        provider = Blind(said=[LOCKED])
        route = a_route(provider)
        async with telling(tmp_path, route=route) as told:
            await told.engine.send(HELLO)
            await told.until(30)
            route.retry()
            await told.until(31)
            assert provider.at == [0, 30]
