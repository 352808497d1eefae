"""Looking back: attempts, inbox, conversations, alarms with their notes, figures and signal of a route."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.errors import InvalidRequestError
from alert_engine.failpoints import Moment
from alert_engine.journal.schema import MIGRATIONS
from alert_engine.journal.tables.alarm_notes import MOST
from alert_engine.model import (
    Address,
    Alarm,
    AlarmAcknowledge,
    AlarmClear,
    AlarmRaise,
    AlarmState,
    Channel,
    ConversationItem,
    InboundMeaning,
    MessageKind,
    MessageState,
    ReplyRequest,
    SendRequest,
    Severity,
)
from alert_engine.routes.base import ErrorClass, ReportStatus, RouteHealth, RouteState, SegmentState
from alert_engine.settings import BUILT_IN_POLICIES
from alert_engine.signal_history import SLOT, SPAN
from tests.engine.support import (
    ANNA,
    BERT,
    EPOCH,
    FAILED,
    OK,
    FakeRoute,
    Story,
    inline_journal,
    number_of,
    rejected,
    telling,
)
from tests.engine.test_commands import ADA, COMMANDS, PIN, later
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.work import Work

STRANGER = "+447911123456"
PUMP = AlarmRaise(source="plc1", key="pump", severity=Severity.HIGH, title="Pump")


def with_signal(dbm: int | None) -> RouteHealth:
    return RouteHealth(state=RouteState.OK, facts=(("signal_dbm", dbm),))


async def wrote(told: Story, sender: Any, text: str, **changes: Any) -> None:
    await told.route.receive(sender, text, **changes)
    await later(told)


class TestAttempts:
    @story
    async def test_each_says_when_by_what_and_what_came_of_it(self, tmp_path: Path) -> None:
        refusing = FakeRoute("stick", script=[rejected(ErrorClass.ACCOUNT, "no credit")])
        async with telling(tmp_path, route=refusing) as told:
            spare = FakeRoute("spare")
            await told.engine.add_route(spare)
            (sent,) = (await told.engine.send(SendRequest(to=("anna",), text="Hi"))).messages
            await told.until(10)
            await spare.deliver(spare.left[0])
            first, second = await told.engine.history.attempts(sent.uid)
            assert (first.number, first.route, first.error_class) == (1, "stick", "account")
            assert (first.outcome, first.reason, first.began_at) == ("route_rests", "no credit", EPOCH)
            assert (second.route, second.outcome, second.error_class) == ("spare", "accepted", "")
            (segment,) = second.segments
            assert (segment.state, segment.report) == (SegmentState.ACCEPTED, ReportStatus.DELIVERED)
            assert segment.reported_at == told.clock.now()
            message = await told.engine.history.message(sent.uid)
            assert message is not None
            assert message.state is MessageState.DELIVERED
            assert await told.engine.history.message("nobody's") is None
            assert await told.engine.history.attempts("nobody's") == ()

    @story
    async def test_one_under_way_has_no_end(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            (sent,) = (await told.engine.send(SendRequest(to=("anna",), text="Hi"))).messages
            await told.until(0.5)
            (attempt,) = await told.engine.history.attempts(sent.uid)
            assert (attempt.ended_at, attempt.outcome) == (None, "")
            assert attempt.segments[0].report is None


class TestInbox:
    @story
    async def test_what_each_was_taken_for(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ADA,), commands=COMMANDS) as told:
            await told.engine.access.set_pin("anna", PIN, by="test")
            for text in ("STATUS", "GARAGE OPEN", "DISARM " + PIN, "HEAT 99", "hello", "STOP", "START"):
                await wrote(told, ADA, text)
            await wrote(told, STRANGER, "hello")
            await wrote(told, ADA, "?", is_text=False)
            found = await told.engine.history.inbox()
            assert [(each.meaning, each.refusal) for each in reversed(found)] == [
                (InboundMeaning.COMMAND, ""),
                (InboundMeaning.REFUSED, "no_proof"),
                (InboundMeaning.CHALLENGED, ""),
                (InboundMeaning.MISUSED, ""),
                (InboundMeaning.TEXT, ""),
                (InboundMeaning.STOP, ""),
                (InboundMeaning.START, ""),
                (InboundMeaning.TEXT, ""),
                (InboundMeaning.DATA, ""),
            ]
            assert PIN not in found[-3].text
            assert found[-1].keyword == "STATUS"
            assert found[-1].channel is Channel.SMS
            assert "hello" not in repr(found)
            (stranger,) = await told.engine.history.inbox(address=STRANGER)
            assert (stranger.person, stranger.sender, stranger.answered_by) == (None, STRANGER, ())

    @story
    async def test_the_newest_of_each_who_wrote(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT)) as told:
            for sender, text in ((ANNA, "one"), (STRANGER, "two"), (ANNA, "three"), (BERT, "four")):
                await wrote(told, sender, text)
            found = await told.engine.history.senders()
            assert [each.text for each in found] == ["four", "three", "two"]
            assert [each.text for each in await told.engine.history.senders(limit=1)] == ["four"]
            with pytest.raises(InvalidRequestError, match="limit"):
                await told.engine.history.senders(limit=501)

    @story
    async def test_who_writes_from_two_numbers_is_one(self, tmp_path: Path) -> None:
        second = Address(channel=Channel.SMS, value=STRANGER)
        anna = replace(ANNA, addresses=(*ANNA.addresses, second))
        async with telling(tmp_path, people=(anna,)) as told:
            await wrote(told, ANNA, "one")
            await wrote(told, STRANGER, "two")
            (newest,) = await told.engine.history.senders()
            assert (newest.person, newest.text) == ("anna", "two")

    @story
    async def test_by_which_message_it_was_answered(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await wrote(told, ANNA, "STATUS")
            (inbound,) = await told.engine.history.inbox(person="anna")
            (answer,) = inbound.answered_by
            message = await told.engine.history.message(answer)
            assert message is not None
            assert message.kind is MessageKind.REPLY
            assert await told.engine.history.inbound(inbound.id) == inbound
            assert await told.engine.history.inbound("nobody's") is None

    @story
    async def test_the_machine_and_then_a_person(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await wrote(told, ANNA, "STATUS")
            (inbound,) = await told.engine.history.inbox()
            sent = await told.engine.reply(ReplyRequest(inbound_id=inbound.id, text="All is well"))
            (inbound,) = await told.engine.history.inbox()
            assert len(inbound.answered_by) == 2
            assert inbound.answered_by[1] == sent.messages[0].uid

    @story
    async def test_pages(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            for number in range(5):
                await wrote(told, STRANGER, f"text {number}")
            first = await told.engine.history.inbox(limit=2)
            second = await told.engine.history.inbox(limit=2, before=first[-1].id)
            third = await told.engine.history.inbox(limit=2, before=second[-1].id)
            assert [each.text[-1] for each in (*first, *second, *third)] == ["4", "3", "2", "1", "0"]
            with pytest.raises(InvalidRequestError, match="before"):
                await told.engine.history.inbox(before="nobody's")
            for limit in (0, 501):
                with pytest.raises(InvalidRequestError, match="limit"):
                    await told.engine.history.inbox(limit=limit)


class TestConversation:
    @story
    async def test_both_sides_in_one_order(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT)) as told:
            await told.engine.send(SendRequest(to=("anna", "bert"), text="Are you there?"))
            await told.until(60)
            await wrote(told, ANNA, "I am")
            await wrote(told, ANNA, "STATUS")
            items = await told.engine.history.conversation(person="anna")
            assert [_said(item) for item in reversed(items)][:2] == ["Are you there?", "I am"]
            assert [item.inbound is not None for item in reversed(items)] == [False, True, False, True, False]
            assert await told.engine.history.conversation(address=number_of(ANNA)) == items
            assert items == await _by_pages(told, person="anna")
            assert len(await told.engine.history.conversation(person="bert")) == 1

    @story
    async def test_of_whom_must_be_said(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            both: dict[str, Any] = {"person": "anna", "address": number_of(ANNA)}
            for named in ({}, both):
                with pytest.raises(InvalidRequestError, match="whose"):
                    await told.engine.history.conversation(**named)
            with pytest.raises(InvalidRequestError, match="before"):
                await told.engine.history.conversation(person="anna", before="nobody's")


def _said(item: ConversationItem) -> str:
    if item.inbound is not None:
        return item.inbound.text
    assert item.message is not None
    return item.message.text


async def _by_pages(told: Story, **whose: Any) -> tuple[Any, ...]:
    found: tuple[Any, ...] = ()
    while page := await told.engine.history.conversation(
        limit=1, before=found[-1].id if found else None, **whose
    ):
        found += page
    return found


class TestMessages:
    @story
    async def test_filters_and_pages(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT)) as told:
            alarm = (await told.engine.raise_alarm(PUMP)).alarms[0]
            await told.until(60)
            since = told.clock.now()
            await told.engine.send(SendRequest(to=("anna", STRANGER), text="Hi"))
            await told.until(120)

            async def texts(**wanted: Any) -> list[str]:
                return [each.address for each in await told.engine.history.messages(**wanted)]

            anna, bert = number_of(ANNA), number_of(BERT)
            assert await texts() == [STRANGER, anna, bert, anna]
            assert await texts(recipient="anna") == [anna, anna]
            assert await texts(address=STRANGER) == [STRANGER]
            assert await texts(since=since) == [STRANGER, anna]
            assert await texts(alarm_id=alarm.id) == [bert, anna]
            assert await texts(states={MessageState.QUEUED}) == []
            (newest,) = await told.engine.history.messages(limit=1)
            assert await texts(before=newest.uid) == [anna, bert, anna]
            with pytest.raises(InvalidRequestError, match="before"):
                await texts(before="nobody's")


class TestAlarms:
    @story
    async def test_its_notes_and_whom_it_was_told(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT)) as told:
            alarm = (await told.engine.raise_alarm(PUMP)).alarms[0]
            await told.until(60)
            await told.route.receive(ANNA, "OK")
            await told.until(120)
            await told.engine.clear(AlarmClear(source="plc1", key="pump"))
            await told.until(180)
            (of_anna,) = await told.engine.history.alarms(states={AlarmState.CLOSED})
            assert of_anna == await told.engine.history.alarm(alarm.id)
            assert [(note.event, note.by) for note in of_anna.notes] == [
                ("raised", None),
                ("acknowledged", "anna"),
                ("cleared", None),
            ]
            assert of_anna.notes[1].at == EPOCH + timedelta(seconds=60)
            raises = [each.recipient for each in of_anna.messages if each.kind is MessageKind.RAISE]
            assert raises == ["anna", "bert"]
            assert await told.engine.history.alarm("nobody's") is None

    @story
    async def test_pages_and_times(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            for number in range(3):
                await told.engine.raise_alarms(
                    [replace(PUMP, key=f"{number}a"), replace(PUMP, key=f"{number}b")]
                )
                await told.until(60 * (number + 1))
            everything = await told.engine.history.alarms()
            paged: list[Any] = []
            while page := await told.engine.history.alarms(
                limit=1, before=paged[-1].alarm.id if paged else None
            ):
                paged += page
            assert tuple(paged) == everything
            assert [each.alarm.key for each in everything] == ["2b", "2a", "1b", "1a", "0b", "0a"]
            since = EPOCH + timedelta(seconds=60)
            assert len(await told.engine.history.alarms(since=since)) == 4
            assert await told.engine.history.alarms(states={AlarmState.CLOSED}) == ()

    @story
    async def test_of_older_episodes_what_their_rows_say(self, tmp_path: Path) -> None:
        before = inline_journal(tmp_path / "journal.db", migrations=MIGRATIONS[:11])
        await before.open()
        old = Alarm(
            id="old",
            source="plc1",
            key="pump",
            title="Pump",
            text="",
            next_due=None,
            code="4711",
            severity=Severity.HIGH,
            state=AlarmState.CLOSED,
            count=1,
            step=1,
            policy=BUILT_IN_POLICIES[0],
            raised_at=EPOCH,
            acked_at=EPOCH + timedelta(minutes=1),
            acked_by="anna",
            cleared_at=EPOCH + timedelta(minutes=2),
            closed_at=EPOCH + timedelta(minutes=2),
        )
        await before.write(lambda tx: tx.alarms.add(old))
        await before.close()
        async with telling(tmp_path) as told:
            found = await told.engine.history.alarm("old")
            assert found is not None
            assert [(note.event, note.by) for note in found.notes] == [
                ("raised", None),
                ("acknowledged", "anna"),
                ("cleared", None),
                ("closed", None),
            ]

    @story
    async def test_of_many_notes_the_newest_are_kept(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            alarm = (await told.engine.raise_alarm(PUMP)).alarms[0]
            for _ in range(MOST):
                await told.engine.acknowledge(AlarmAcknowledge(by="anna", alarm_id=alarm.id))
                await told.engine.unacknowledge(alarm.id, by="anna")
            found = await told.engine.history.alarm(alarm.id)
            assert found is not None
            assert len(found.notes) == MOST
            assert found.notes[-1].event == "unacknowledged"


class TestRoutes:
    @story
    async def test_what_went_through(self, tmp_path: Path) -> None:
        refusing = FakeRoute(script=[rejected(ErrorClass.TEMPORARY, "busy")])
        async with telling(tmp_path, route=refusing) as told:
            await told.engine.send(SendRequest(to=("anna",), text="Hi"))
            await told.until(60)
            await told.route.deliver(told.route.left[0])
            await wrote(told, STRANGER, "hello")
            figures = await told.engine.history.route_figures("modem")
            assert (figures.left, figures.accepted, figures.failed, figures.received) == (1, 1, 1, 1)
            assert figures.last_delivery == EPOCH + timedelta(seconds=60)
            assert figures.last_error is not None
            assert (figures.last_error.reason, figures.last_error.error_class) == ("busy", "temporary")
            await told.until(2 * 86400)
            figures = await told.engine.history.route_figures("modem")
            assert (figures.left, figures.failed, figures.last_error) == (0, 0, None)
            assert figures.last_delivery is not None
            empty = await told.engine.history.route_figures("none")
            assert (empty.left, empty.last_delivery) == (0, None)

    @story
    async def test_what_waits_for_it(self, tmp_path: Path) -> None:
        """What it may carry, what was made for it alone, and nothing that is excluded from it."""
        async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
            await told.engine.send(SendRequest(to=("anna",), text="Hi"))
            await told.engine.send(SendRequest(to=("anna",), text="There"))
            await told.until(1)
            figures = await told.engine.history.route_figures("modem")
            assert figures.waiting == 2
            await told.engine.add_route(FakeRoute("other", health=FAILED))
            assert (await told.engine.history.route_figures("other")).waiting == 2
            assert (await told.engine.history.route_figures("none")).waiting == 0

            def divide(work: Work) -> None:
                first, second = work.tx.messages.queue(work.now, {Channel.SMS})
                work.tx.messages.save(replace(first, only_route="other"))
                work.tx.messages.save(replace(second, excluded=("other",)))

            await told.engine._ledger.commit(Moment.TIMER, divide)
            assert (await told.engine.history.route_figures("modem")).waiting == 1
            assert (await told.engine.history.route_figures("other")).waiting == 1
            await told.route.become(OK)
            await told.until(60)
            assert (await told.engine.history.route_figures("modem")).waiting == 0
            assert (await told.engine.history.route_figures("other")).waiting == 1

    @story
    async def test_the_signal_has_a_point_for_each_five_minutes(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            assert told.engine.history.signal("modem") == ()
            await told.route.become(OK)
            assert told.engine.history.signal("modem") == ()
            await told.route.become(with_signal(-70))
            await told.route.become(with_signal(-80))
            await told.until(SLOT)
            await told.route.become(with_signal(-90))
            await told.until(3 * SLOT)
            await told.route.become(FAILED)
            points = told.engine.history.signal("modem")
            assert [point.dbm for point in points] == [-80, -90, -90, None]
            assert {b.at - a.at for a, b in pairwise(points)} == {timedelta(seconds=SLOT)}
            assert EPOCH <= points[-1].at <= told.clock.now()

    @story
    async def test_the_signal_of_a_day_and_no_more(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            for number in range(400):
                await told.until(SLOT * number)
                await told.route.become(with_signal(-50 - number % 2 * 10))
            points = told.engine.history.signal("modem")
            assert len(points) == SPAN / SLOT
            await told.until(SLOT * 400 + 2 * SPAN)
            assert {point.dbm for point in told.engine.history.signal("modem")} == {-60}
            await told.engine.remove_route("modem")
            assert told.engine.history.signal("modem") == ()


class TestReplies:
    @story
    async def test_by_the_route_by_which_it_came(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            second = FakeRoute("second")
            await told.engine.add_route(second)
            await second.receive(STRANGER, "hello")
            (inbound,) = await told.engine.history.inbox()
            sent = await told.engine.reply(ReplyRequest(inbound_id=inbound.id, text="Who is it?"))
            await told.until(30)
            assert (second.texts, told.route.texts) == ([(STRANGER, "Who is it?")], [])
            (inbound,) = await told.engine.history.inbox()
            assert inbound.answered_by == (sent.messages[0].uid,)

    @story
    async def test_by_another_where_that_is_away(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            second = FakeRoute("second")
            await told.engine.add_route(second)
            await second.receive(ANNA, "hello")
            await second.become(FAILED)
            told.route.left.clear()
            (inbound,) = await told.engine.history.inbox()
            await told.engine.reply(ReplyRequest(inbound_id=inbound.id, text="Hi", request_id="1"))
            await told.engine.reply(ReplyRequest(inbound_id=inbound.id, text="Hi", request_id="1"))
            await told.until(60)
            assert [text for _, text in told.route.texts if text == "Hi"] == ["Hi"]

    @pytest.mark.parametrize(
        ("sender", "why"),
        [
            ("BANK", "name"),
            ("6700", "short number"),
            ("", "withheld"),
            ("+43660999", "gateway"),
        ],
    )
    def test_some_cannot_be_answered(self, tmp_path: Path, sender: str, why: str) -> None:
        @story
        async def told() -> None:
            commands = replace(COMMANDS, other_gateways=("+43660999",))
            async with telling(tmp_path, commands=commands) as told:
                await told.route.receive(sender, "hello", sender_can_be_answered=False)
                (inbound,) = await told.engine.history.inbox()
                with pytest.raises(InvalidRequestError, match=why):
                    await told.engine.reply(ReplyRequest(inbound_id=inbound.id, text="Hi"))

        told()

    @story
    async def test_nor_those_who_want_no_messages_or_never_wrote(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT)) as told:
            await wrote(told, ANNA, "STOP")
            (inbound,) = await told.engine.history.inbox()
            with pytest.raises(InvalidRequestError, match="STOP"):
                await told.engine.reply(ReplyRequest(inbound_id=inbound.id, text="Hi"))
            with pytest.raises(InvalidRequestError, match="no such message"):
                await told.engine.reply(ReplyRequest(inbound_id="nobody's", text="Hi"))
