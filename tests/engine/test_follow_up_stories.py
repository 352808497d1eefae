"""What is sent after a message: once, in the commit in which something became known of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.errors import InvalidRequestError, UnknownRecipientError
from alert_engine.failpoints import Moment
from alert_engine.model import (
    Channel,
    FollowUp,
    FollowUpOn,
    MessageChanged,
    MessageState,
    SendRequest,
)
from alert_engine.routes.base import ErrorClass, ReportStatus
from tests.engine.support import (
    ANNA,
    BERT,
    EPOCH,
    FAILED,
    CountedIds,
    FakeRoute,
    Story,
    number_of,
    rejected,
    telling,
)
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

ON = FollowUpOn
A, B = number_of(ANNA), number_of(BERT)
NEXT = tuple(FollowUp(on=on, text=f"it is {on}", to=("bert",)) for on in ON)


async def send(told: Story, *follow_ups: FollowUp, to: tuple[str, ...] = ("anna",), **options: Any) -> str:
    request = SendRequest(to=to, text="hello", follow_ups=follow_ups, **options)
    return (await told.engine.send(request)).messages[0].uid


@story
async def test_delivered_then_read_and_each_only_once(tmp_path: Path) -> None:
    async with telling(tmp_path, people=(ANNA, BERT)) as told:
        uid = await send(told, *NEXT)
        await told.until(5)
        first = told.route.left[0]
        for _ in range(3):
            await told.route.deliver(first)
        await told.until(10)
        assert told.route.texts == [(A, "hello"), (B, "it is delivered")]
        for _ in range(3):
            await told.route.deliver(first, ReportStatus.READ)
        await told.until(20)
        assert told.route.texts[2:] == [(B, "it is read")]
        message = await told.message(uid)
        assert (message.state, message.read_at) == (MessageState.DELIVERED, EPOCH + timedelta(seconds=10))


@story
async def test_that_it_was_read_is_told_to_whoever_listens(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        uid = await send(told)
        await told.until(5)
        await told.route.deliver(told.route.left[0])
        await told.route.deliver(told.route.left[0], ReportStatus.READ)
        changes = [e.message for e in told.events if isinstance(e, MessageChanged) and e.message.uid == uid]
        assert [(each.state, each.read_at is not None) for each in changes[-2:]] == [
            (MessageState.DELIVERED, False),
            (MessageState.DELIVERED, True),
        ]


@story
async def test_whoever_read_it_has_it(tmp_path: Path) -> None:
    """Reports overtake each other: that it was read comes first, and alone."""
    async with telling(tmp_path, people=(ANNA, BERT)) as told:
        await send(told, *NEXT)
        await told.until(5)
        await told.route.deliver(told.route.left[0], ReportStatus.READ)
        await told.until(20)
        assert sorted(told.route.texts[1:]) == [(B, "it is delivered"), (B, "it is read")]


@story
async def test_failed_for_good(tmp_path: Path) -> None:
    async with telling(
        tmp_path, people=(ANNA, BERT), route=FakeRoute(script=[rejected(ErrorClass.RECIPIENT)])
    ) as told:
        await send(told, *NEXT)
        await told.until(10)
        assert told.route.texts == [(B, "it is failed")]


@story
async def test_expired(tmp_path: Path) -> None:
    async with telling(tmp_path, people=(ANNA, BERT), route=FakeRoute(health=FAILED)) as told:
        calls = FakeRoute("calls", channels=frozenset({Channel.CALL}))
        await told.engine.add_route(calls)
        by_call = FollowUp(on=ON.FAILED, text="call", to=("+436649999999",), channel=Channel.CALL)
        await send(told, by_call, expires_at=EPOCH + timedelta(minutes=5))
        await told.until(400)
        assert [(each.address, each.at) for each in calls.left] == [("+436649999999", 300)]


@story
async def test_to_whoever_the_message_was_for_and_each_address_once(tmp_path: Path) -> None:
    async with telling(tmp_path, people=(ANNA, BERT)) as told:
        both = FollowUp(on=ON.DELIVERED, text="thanks")
        twice = FollowUp(on=ON.DELIVERED, text="news", to=("bert", B))
        await send(told, both, twice, to=("anna", "bert"))
        await told.until(5)
        for left in tuple(told.route.left):
            await told.route.deliver(left)
        await told.until(30)
        assert sorted(told.route.texts[2:]) == sorted(
            [(A, "thanks"), (B, "news"), (B, "thanks"), (B, "news")]
        )


@story
async def test_a_cancelled_one_has_none(tmp_path: Path) -> None:
    async with telling(tmp_path, people=(ANNA, BERT)) as told:
        uid = await send(told, *NEXT, not_before=EPOCH + timedelta(minutes=5))
        await told.engine.cancel(uid)
        await told.until(600)
        assert told.route.given == []


@pytest.mark.parametrize("after", [False, True])
@story
async def test_a_crash_loses_none_and_doubles_none(tmp_path: Path, *, after: bool) -> None:
    """It is written in the very commit in which the report is."""

    class CrashError(Exception):
        pass

    def crash(name: str) -> None:
        if name == (Moment.REPORT.after if after else Moment.REPORT.before):
            raise CrashError

    ids = CountedIds()
    async with telling(tmp_path, people=(ANNA, BERT), ids=ids, failpoint=crash) as told:
        await send(told, *NEXT)
        await told.until(5)
        left = told.route.left[0]
        if after:
            await told.route.deliver(left)  # committed; the process dies before anybody hears of it
        else:
            with pytest.raises(CrashError):
                await told.route.deliver(left)
    async with telling(tmp_path, people=(ANNA, BERT), ids=ids) as again:
        await again.route.deliver(left)  # the other side says it again, as it had no answer
        await again.until(30)
        assert again.route.texts == [(B, "it is delivered")]


@pytest.mark.parametrize(
    ("follow_ups", "says"),
    [
        ((FollowUp(on=ON.FAILED, text="x"),), "say to whom"),
        ((FollowUp(on=ON.READ, text=" ", to=("bert",)),), "characters"),
        ((FollowUp(on=ON.READ, text="x" * 1601, to=("bert",)),), "characters"),
        ((FollowUp(on=ON.READ, text="x", to=("bert",) * 101),), "recipients"),
        ((FollowUp(on=ON.READ, text="x"),) * 9, "at most 8"),
    ],
)
@story
async def test_what_makes_no_sense_is_refused(
    tmp_path: Path, follow_ups: tuple[FollowUp, ...], says: str
) -> None:
    async with telling(tmp_path, people=(ANNA, BERT)) as told:
        with pytest.raises(InvalidRequestError, match=says):
            await send(told, *follow_ups)


@story
async def test_nobody_is_refused_at_once_and_nothing_is_sent(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        with pytest.raises(UnknownRecipientError, match="whoever hears next"):
            await send(told, FollowUp(on=ON.DELIVERED, text="x", to=("nobody",)))
        await told.until(5)
        assert told.route.given == []
