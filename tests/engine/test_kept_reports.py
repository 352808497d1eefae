"""Reports that come before their message is known, twice, late, or in the wrong order."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from alert_engine.model import FollowUp, FollowUpOn, MessageState, SendRequest
from alert_engine.routes.base import Accepted, InboundReport, ReportStatus
from tests.engine.support import ANNA, CountedIds, FakeRoute, Step, Story, now, number_of, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

HELLO = SendRequest(to=("anna",), text="hello")
# An answer that takes a second, and names the message as a whole: as most providers do.
TOOK = Step(outcome=Accepted(reference="id-7", segments=1), after_submit=True)
ARRIVED = (ReportStatus.DELIVERED, ReportStatus.READ)


def report(status: ReportStatus = ReportStatus.DELIVERED, reference: str = "id-7") -> InboundReport:
    return InboundReport(reference=reference, address="", status=status, reported_at=now())


async def kept(told: Story) -> int:
    """How many reports wait for their message."""
    since = told.clock.now() - timedelta(days=9)
    return len(await told.engine._ledger.read(lambda tx: tx.reports.kept("cloud", since)))


@story
async def test_one_that_beats_the_answer_is_used_when_the_answer_comes(tmp_path: Path) -> None:
    async with telling(tmp_path, route=FakeRoute("cloud", script=[TOOK])) as told:
        (sent,) = (await told.engine.send(HELLO)).messages
        await told.until(0.5)
        await told.engine.report("cloud", report())
        assert (await told.message(sent.uid)).state is MessageState.IN_FLIGHT
        await told.until(2)
        assert (await told.message(sent.uid)).state is MessageState.DELIVERED
        assert await kept(told) == 0


@pytest.mark.parametrize(("minutes", "state"), [(59, "delivered"), (61, "accepted")])
@story
async def test_it_is_kept_an_hour_over_a_restart(tmp_path: Path, minutes: int, state: str) -> None:
    async with telling(tmp_path, route=FakeRoute("cloud")) as told:
        await told.engine.report("cloud", report())
    later, ids = timedelta(minutes=minutes), CountedIds(3)
    ids.prefix = "later"
    async with telling(tmp_path, route=FakeRoute("cloud", script=[TOOK]), offset=later, ids=ids) as told:
        (sent,) = (await told.engine.send(HELLO)).messages
        await told.until(10)
        assert (await told.message(sent.uid)).state == state


@story
async def test_then_it_is_dropped(tmp_path: Path) -> None:
    async with telling(tmp_path, route=FakeRoute("cloud")) as told:
        await told.engine.report("cloud", report())
        assert await kept(told) == 1
        await told.until(3 * 3600)
        assert await kept(told) == 0


@story
async def test_the_same_id_at_another_route_is_another_message(tmp_path: Path) -> None:
    async with telling(tmp_path, route=FakeRoute("cloud", script=[TOOK])) as told:
        await told.engine.add_route(FakeRoute("other"))
        await told.engine.report("other", report())
        (sent,) = (await told.engine.send(HELLO)).messages
        await told.until(10)
        assert (await told.message(sent.uid)).state is MessageState.ACCEPTED


@pytest.mark.parametrize(
    "order", list(itertools.permutations((ReportStatus.PENDING, *ARRIVED))), ids="-".join
)
@story
async def test_states_only_move_forward(tmp_path: Path, order: tuple[ReportStatus, ...]) -> None:
    read = FollowUp(on=FollowUpOn.READ, text="you read it")
    async with telling(tmp_path, route=FakeRoute("cloud", script=[TOOK])) as told:
        (sent,) = (
            await told.engine.send(SendRequest(to=("anna",), text="hello", follow_ups=(read,)))
        ).messages
        await told.until(5)
        rank, states = 0, (MessageState.ACCEPTED, MessageState.DELIVERED)
        for status in order * 2:  # each comes twice
            await told.engine.report("cloud", report(status))
            rank = max(rank, int(status in ARRIVED))
            assert (await told.message(sent.uid)).state is states[rank]
        read_at = (await told.message(sent.uid)).read_at
        assert read_at == told.clock.now()
        await told.until(10)
        await told.engine.report("cloud", report(ReportStatus.READ))
        assert (await told.message(sent.uid)).read_at == read_at
        await told.until(20)
        assert told.route.texts[1:] == [(number_of(ANNA), "you read it")]  # once


@pytest.mark.parametrize("first", [*ARRIVED, ReportStatus.FAILED])
@story
async def test_what_is_final_stays(tmp_path: Path, first: ReportStatus) -> None:
    async with telling(tmp_path, route=FakeRoute("cloud", script=[TOOK])) as told:
        (sent,) = (await told.engine.send(HELLO)).messages
        await told.until(5)
        await told.engine.report("cloud", report(first))
        state = (await told.message(sent.uid)).state
        for status in (
            ReportStatus.PENDING,
            ReportStatus.FAILED if first in ARRIVED else ReportStatus.PENDING,
        ):
            await told.engine.report("cloud", report(status))
            assert (await told.message(sent.uid)).state is state


@pytest.mark.parametrize("status", ARRIVED)
@story
async def test_what_was_said_to_have_failed_and_arrives_has_arrived(
    tmp_path: Path, status: ReportStatus
) -> None:
    async with telling(tmp_path, route=FakeRoute("cloud", script=[TOOK])) as told:
        (sent,) = (await told.engine.send(HELLO)).messages
        await told.until(5)
        await told.engine.report("cloud", report(ReportStatus.FAILED))
        await told.engine.report("cloud", report(status))
        message = await told.message(sent.uid)
        assert message.state is MessageState.DELIVERED
        assert (message.read_at is not None) == (status is ReportStatus.READ)


@story
async def test_repeats_are_told_once(tmp_path: Path) -> None:
    async with telling(tmp_path, route=FakeRoute("cloud", script=[TOOK])) as told:
        await told.engine.send(HELLO)
        await told.until(5)
        told.events.clear()
        for _ in range(3):
            await told.engine.report("cloud", report())
        assert len(told.events) == 1
        assert await kept(told) == 0
