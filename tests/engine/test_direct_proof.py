"""A text whose delivery was asked for to be proven: which ways it goes, and when that ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.errors import InvalidRequestError
from alert_engine.model import (
    Address,
    Channel,
    FollowUp,
    FollowUpOn,
    MessageState,
    Proof,
    SendRequest,
    Verdict,
)
from alert_engine.routes.base import ErrorClass, Media, MediaKind, ReportStatus
from tests.engine.support import ANNA, FAILED, FakeRoute, Story, number_of, rejected, telling
from tests.engine.support import Step as Happens
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = number_of(ANNA)
REACHABLE = replace(ANNA, addresses=(*ANNA.addresses, Address(channel=Channel.CALL, value=NUMBER)))
ASKED = SendRequest(to=("anna",), text="the boiler is off", proof=Proof.DELIVERED)
WAIT = 300.0  # seconds


def cloud(**fields: Any) -> FakeRoute:
    return FakeRoute("cloud", first_reference=100, **fields)


def calls(**fields: Any) -> FakeRoute:
    return FakeRoute("calls", channels=frozenset({Channel.CALL}), **fields)


async def asked(told: Story, *routes: FakeRoute, request: SendRequest = ASKED) -> str:
    """Send it, with these routes beside the modem; its uid."""
    for route in routes:
        await told.engine.add_route(route)
    (message,) = (await told.engine.send(request)).messages
    return message.uid


@story
async def test_without_a_report_it_goes_by_each_way_once(tmp_path: Path) -> None:
    async with telling(tmp_path, people=(REACHABLE,)) as told:
        other, ringing = cloud(), calls()
        await asked(told, other, ringing)
        await told.until(3600)
        assert [left.at for left in told.route.left] == [0]
        assert [left.at for left in other.left] == [WAIT]
        assert [left.at for left in ringing.left] == [2 * WAIT]
        assert {left.text for left in (*other.left, *ringing.left)} == {ASKED.text}


@story
async def test_a_report_in_time_ends_it(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        other = cloud()
        uid = await asked(told, other)
        await told.until(WAIT - 1)
        await told.route.deliver(told.route.left[0])
        await told.until(3600)
        assert other.left == []
        (message,) = await told.engine.messages()
        assert (message.uid, message.state) == (uid, MessageState.DELIVERED)


@story
async def test_a_late_report_takes_back_what_has_not_left(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        other = cloud(script=[rejected(ErrorClass.TEMPORARY)] * 50)
        await asked(told, other)
        await told.until(WAIT + 5)
        await told.route.deliver(told.route.left[0])
        await told.until(3600)
        copy, first = await told.engine.messages()
        assert (first.state, copy.state) == (MessageState.DELIVERED, MessageState.CANCELLED)


@story
async def test_accepted_is_enough_where_nothing_else_is_asked(tmp_path: Path) -> None:
    async with telling(tmp_path, people=(REACHABLE,)) as told:
        other = cloud()
        await asked(told, other, request=replace(ASKED, proof=Proof.ACCEPTED))
        await told.until(3600)
        assert other.left == []


@story
async def test_what_the_network_gives_up_goes_by_the_next_way_at_once(tmp_path: Path) -> None:
    async with telling(tmp_path, people=(REACHABLE,)) as told:
        other = cloud()
        await asked(told, other)
        await told.until(10)
        await told.route.deliver(told.route.left[0], ReportStatus.FAILED)
        await told.until(12)
        assert [left.at for left in other.left] == [10]


@story
async def test_what_no_route_carries_goes_to_the_next_address_within_20_s(tmp_path: Path) -> None:
    async with telling(tmp_path, people=(REACHABLE,), route=FakeRoute(health=FAILED)) as told:
        ringing = calls()
        await asked(told, ringing)
        await told.until(20)
        assert len(ringing.left) == 1


@story
async def test_a_number_has_only_other_routes(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        other, ringing = cloud(), calls()
        await asked(told, other, ringing, request=replace(ASKED, to=("+436769876543",)))
        await told.until(3600)
        assert (len(told.route.left), len(other.left), len(ringing.left)) == (1, 1, 0)


@story
async def test_what_is_to_be_sent_later_waits_also_over_a_restart(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        later = told.clock.now() + timedelta(hours=2)
        await asked(told, request=replace(ASKED, not_before=later))
    async with telling(tmp_path, offset=timedelta(minutes=1)) as told:
        other = cloud()
        await told.engine.add_route(other)
        await told.until(3600)
        assert (told.route.left, other.left) == ([], [])
        await told.until(2 * 3600 + WAIT)
        assert (len(told.route.left), len(other.left)) == (1, 1)


@story
async def test_a_restart_gives_it_its_time(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        await asked(told)
        await told.until(10)
    async with telling(tmp_path, offset=timedelta(seconds=20)) as told:
        other = cloud()
        await told.engine.add_route(other)
        await told.until(WAIT - 30)
        assert other.left == []
        await told.until(WAIT)
        assert len(other.left) == 1


@story
async def test_cancelled_is_cancelled_by_all_ways(tmp_path: Path) -> None:
    async with telling(tmp_path, people=(REACHABLE,)) as told:
        other, ringing = cloud(script=[rejected(ErrorClass.TEMPORARY)] * 50), calls()
        uid = await asked(told, other, ringing)
        await told.until(WAIT + 5)
        assert await told.engine.cancel(uid) is Verdict.APPLIED
        await told.until(3600)
        assert ringing.left == []
        assert {message.state for message in await told.engine.messages()} == {
            MessageState.ACCEPTED,
            MessageState.CANCELLED,
        }


@story
async def test_what_was_taken_already_goes_no_other_way_once_it_is_cancelled(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        other = cloud()
        uid = await asked(told, other)
        await told.until(10)
        assert await told.engine.cancel(uid) is Verdict.UNCHANGED
        await told.until(3600)
        assert other.left == []


@story
async def test_it_ends_when_it_is_too_old(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        other = cloud()
        end = told.clock.now() + timedelta(minutes=4)
        await asked(told, other, request=replace(ASKED, expires_at=end))
        await told.until(3600)
        assert other.left == []


@pytest.mark.parametrize(
    "fields",
    [
        {"media": Media(kind=MediaKind.IMAGE, url="https://example.org/a.jpg")},
        {"data": b"\x00", "text": ""},
        {"follow_ups": (FollowUp(on=FollowUpOn.FAILED, text="call her", to=("anna",)),)},
    ],
)
@story
async def test_it_is_refused_with_what_has_no_next_way(tmp_path: Path, fields: dict[str, Any]) -> None:
    async with telling(tmp_path) as told:
        with pytest.raises(InvalidRequestError, match="proof"):
            await told.engine.send(replace(ASKED, **fields))


@story
async def test_a_queue_that_does_not_move_is_left_without_a_copy(tmp_path: Path) -> None:
    async with telling(tmp_path, route=FakeRoute(script=[Happens(seconds=1000)] * 2)) as told:
        for text in ("first", "second"):  # the modem is busy with one after the other
            await asked(told, request=replace(ASKED, text=text, proof=Proof.ACCEPTED))
        await told.until(1)
        other = cloud()
        await asked(told, other)
        await told.until(WAIT + 10)
        assert [left.text for left in other.left] == [ASKED.text]
        assert [each.text for each in await told.engine.messages()].count(ASKED.text) == 1
