"""Alarms from outside, in virtual time: what goes in, what leaves, what comes back, what is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from alert_engine.errors import InvalidRequestError
from alert_engine.model import (
    Address,
    AlarmAcknowledge,
    AlarmChanged,
    AlarmClear,
    AlarmRaise,
    AlarmState,
    Channel,
    EngineEvent,
    MessageChanged,
    MessageKind,
    MessageState,
    Policy,
    SendRequest,
    Severity,
    Step,
    Verdict,
)
from tests.engine.support import (
    ANNA,
    BERT,
    CARL,
    EPOCH,
    FAILED,
    OK,
    FakeRoute,
    number_of,
    telling,
)
from tests.engine.support import Step as Wire
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

PUMP = AlarmRaise(
    source="plc1", key="pump", severity=Severity.CRITICAL, title="Pump station", text="water in the cellar"
)
PUMP_OVER = AlarmClear(source="plc1", key="pump")
MINUTE = timedelta(minutes=1)


@story
async def test_an_alarm_is_sent_delivered_acknowledged_by_sms_and_cleared(tmp_path: Path) -> None:
    async with telling(tmp_path, people=(ANNA, BERT)) as told:
        result = await told.engine.raise_alarm(PUMP)
        (alarm,) = result.alarms
        assert result.verdict is Verdict.APPLIED
        assert alarm.state is AlarmState.RAISED
        await told.until(5)
        text = f"CRITICAL Pump station: water in the cellar. Reply OK {alarm.code}"
        assert told.route.texts == [(number_of(ANNA), text), (number_of(BERT), text)]
        for left in tuple(told.route.left):
            await told.route.deliver(left)
        messages = await told.engine.messages(alarm_id=alarm.id)
        assert {message.state for message in messages} == {MessageState.DELIVERED}
        assert {message.uid for message in messages} == set(result.message_uids)
        told.route.left.clear()

        await told.until(62)
        await told.route.receive(ANNA, f"OK {alarm.code}")
        await told.until(65)
        acked = await told.engine.alarm(alarm.id)
        assert acked is not None
        assert (acked.state, acked.acked_by) == (AlarmState.ACKED, "anna")
        assert told.route.texts == [
            (number_of(ANNA), f"{alarm.code} is yours: Pump station"),
            (number_of(BERT), f"{alarm.code} taken by Anna 14:08: Pump station"),
        ]
        told.route.left.clear()

        await told.until(3600)
        assert told.route.texts == []
        await told.engine.clear(PUMP_OVER)
        await told.until(3610)
        over = f"CLEARED {alarm.code} Pump station 15:07"
        assert told.route.texts == [(number_of(ANNA), over), (number_of(BERT), over)]
        assert await told.engine.open_alarms() == ()
        assert told.names() == ["raised", "step", "acknowledged", "cleared"]  # nobody there can be called


@story
async def test_a_thousand_raises_of_one_key_are_one_message(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        results = await told.engine.raise_alarms([PUMP] * 1000)
        await told.until(60)
        assert len(told.route.left) == 1
        (alarm,) = await told.engine.open_alarms()
        assert alarm.count == 1000
        assert sum(len(result.message_uids) for result in results) == 1


class TestReminders:
    @story
    async def test_until_somebody_takes_it(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            result = await told.engine.raise_alarm(PUMP)
            await told.until(601)
            assert [left.at for left in told.route.left] == [0, 300, 600]
            assert [text[:14] for _, text in told.route.texts] == [
                "CRITICAL Pump ",
                "STILL CRITICAL",
                "STILL CRITICAL",
            ]
            acknowledge = AlarmAcknowledge(by="home_assistant:olga", code=result.alarms[0].code)
            assert (await told.engine.acknowledge(acknowledge)).verdict is Verdict.APPLIED
            await told.until(7200)
            assert told.route.texts[3:] == [
                (number_of(ANNA), f"{result.alarms[0].code} taken by olga 14:17: Pump station")
            ]

    @story
    async def test_grow_slow_and_never_end(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await told.engine.raise_alarm(PUMP)
            await told.until(80_000)
            quick = [300 * n for n in range(13)]
            slow = range(3600 + 1800, 80_000, 1800)
            assert [left.at for left in told.route.left] == [*quick, *slow]

    @story
    async def test_do_not_pile_up_while_the_route_is_away(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
            await told.engine.raise_alarm(PUMP)
            await told.until(1800)
            assert told.route.left == []
            await told.route.become(OK)
            await told.until(1801)
            assert len(told.route.left) == 1

    @story
    async def test_an_unanswered_policy_goes_on_to_its_next_step(self, tmp_path: Path) -> None:
        steps = (
            Step(after=timedelta(0), notify=("anna",)),
            Step(after=10 * MINUTE, notify=("bert",), repeat=1, every=5 * MINUTE),
        )
        policy = Policy(name="night", steps=steps)
        async with telling(tmp_path, people=(ANNA, BERT), policies=(policy,)) as told:
            await told.engine.raise_alarm(replace(PUMP, policy="night"))
            await told.until(3600)
            sent = [(left.at, left.address) for left in told.route.left]
            assert sent == [(0, number_of(ANNA)), (600, number_of(BERT)), (900, number_of(BERT))]


class TestTransitions:
    @story
    async def test_rising_severity_is_loud_again(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            (alarm,) = (await told.engine.raise_alarm(replace(PUMP, severity=Severity.HIGH))).alarms
            await told.until(10)
            await told.engine.acknowledge(AlarmAcknowledge(by="anna", alarm_id=alarm.id))
            await told.engine.raise_alarm(PUMP)
            await told.until(20)
            assert [text.split()[0] for _, text in told.route.texts] == ["HIGH", "CRITICAL"]
            assert told.names() == ["raised", "acknowledged", "severity_rose"]

    @story
    async def test_a_latching_policy_wants_an_acknowledgement_after_the_clear(self, tmp_path: Path) -> None:
        policy = Policy(
            name="critical",
            latch=True,
            steps=(Step(after=timedelta(0), notify=(), repeat=-1, every=10 * MINUTE),),
        )
        async with telling(tmp_path, policies=(policy,)) as told:
            (alarm,) = (await told.engine.raise_alarm(PUMP)).alarms
            await told.until(60)
            assert (await told.engine.clear(PUMP_OVER)).alarms[0].state is AlarmState.CLEARED
            assert (await told.engine.clear(PUMP_OVER)).verdict is Verdict.UNCHANGED
            await told.until(700)
            assert [text.split(":")[0] for _, text in told.route.texts] == [
                "CRITICAL Pump station",
                f"CLEARED {alarm.code} Pump station 14",
                "CLEARED, but nobody took it",
            ]
            await told.route.receive(ANNA, "OK")
            assert await told.engine.open_alarms() == ()

    @story
    async def test_a_short_fault_within_the_hold_tells_nobody(self, tmp_path: Path) -> None:
        policy = Policy(name="critical", hold=MINUTE, steps=(Step(after=timedelta(0), notify=()),))
        async with telling(tmp_path, policies=(policy,)) as told:
            await told.engine.raise_alarm(PUMP)
            await told.until(59)
            await told.engine.clear(PUMP_OVER)
            await told.until(300)
            await told.engine.raise_alarm(PUMP)
            await told.until(400)
            assert [left.at for left in told.route.left] == [360]
            assert told.names() == ["held", "cleared_unsent", "held", "hold_over"]

    @story
    async def test_what_nobody_got_is_cancelled_by_the_clear(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
            (alarm,) = (await told.engine.raise_alarm(PUMP)).alarms
            await told.engine.clear(PUMP_OVER)
            await told.route.become(OK)
            await told.until(60)
            assert told.route.left == []
            (message,) = await told.engine.messages(alarm_id=alarm.id)
            assert message.state is MessageState.CANCELLED

    @story
    async def test_what_a_route_has_in_hand_is_not_sent_again_after_the_clear(self, tmp_path: Path) -> None:
        gate = asyncio.Event()
        lost = Wire(outcome=TimeoutError(), after_submit=True, hold=gate)
        async with telling(tmp_path, route=FakeRoute(script=[lost])) as told:
            await told.engine.raise_alarm(PUMP)
            await told.until(5)
            await told.engine.clear(PUMP_OVER)
            gate.set()
            await told.until(300)
            assert [text.split()[0] for _, text in told.route.texts] == ["CRITICAL", "CLEARED"]
            (raised,) = await told.engine.messages(states=[MessageState.CANCELLED])
            assert (raised.kind, raised.in_doubt) == (MessageKind.RAISE, True)

    @story
    async def test_nobody_hears_that_it_was_taken_once_it_is_loud_again(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT)) as told:
            (alarm,) = (await told.engine.raise_alarm(replace(PUMP, severity=Severity.HIGH))).alarms
            await told.until(10)
            told.route.left.clear()
            await told.route.become(FAILED)
            await told.engine.acknowledge(AlarmAcknowledge(by="anna", alarm_id=alarm.id))
            await told.engine.raise_alarm(PUMP)
            await told.route.become(OK)
            await told.until(60)
            assert [text.split()[0] for _, text in told.route.texts] == ["CRITICAL", "CRITICAL"]

    @story
    async def test_nobody_hears_that_it_is_over_once_it_is_loud_again(self, tmp_path: Path) -> None:
        policy = Policy(name="critical", latch=True, steps=(Step(after=timedelta(0), notify=()),))
        async with telling(tmp_path, policies=(policy,)) as told:
            await told.engine.raise_alarm(PUMP)
            await told.until(10)
            told.route.left.clear()
            await told.route.become(FAILED)
            await told.engine.clear(PUMP_OVER)
            await told.engine.raise_alarm(PUMP)
            await told.route.become(OK)
            await told.until(60)
            assert [text.split()[0] for _, text in told.route.texts] == ["AGAIN"]

    @story
    async def test_that_a_latched_alarm_is_over_is_told_also_when_somebody_takes_it_first(
        self, tmp_path: Path
    ) -> None:
        policy = Policy(name="critical", latch=True, steps=(Step(after=timedelta(0), notify=()),))
        async with telling(tmp_path, policies=(policy,)) as told:
            (alarm,) = (await told.engine.raise_alarm(PUMP)).alarms
            await told.until(10)
            told.route.left.clear()
            await told.route.become(FAILED)
            await told.engine.clear(PUMP_OVER)
            await told.engine.acknowledge(AlarmAcknowledge(by="mqtt:panel", alarm_id=alarm.id))
            await told.route.become(OK)
            await told.until(60)
            assert {text.split()[0] for _, text in told.route.texts} == {"CLEARED", alarm.code}

    @story
    async def test_given_back_and_closed_by_a_person(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT)) as told:
            (alarm,) = (await told.engine.raise_alarm(PUMP)).alarms
            await told.until(10)
            await told.engine.acknowledge(AlarmAcknowledge(by="anna", all_open=True))
            await told.until(20)
            assert (await told.engine.unacknowledge(alarm.id, by="anna")).verdict is Verdict.APPLIED
            assert (await told.engine.unacknowledge(alarm.id, by="anna")).verdict is Verdict.UNCHANGED
            await told.until(30)
            assert (await told.engine.close_alarm(alarm.id, by="bert")).verdict is Verdict.APPLIED
            await told.until(40)
            to_anna = [text for address, text in told.route.texts if address == number_of(ANNA)]
            assert to_anna == [
                f"CRITICAL Pump station: water in the cellar. Reply OK {alarm.code}",
                f"CRITICAL Pump station: water in the cellar. Reply OK {alarm.code}",
                f"CLOSED {alarm.code} Pump station by Bert 14:07",
            ]
            assert (await told.engine.close_alarm("nothing", by="bert")).verdict is Verdict.UNKNOWN


class TestRemovedPeople:
    @story
    async def test_are_told_nothing_more(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT)) as told:
            await told.engine.raise_alarm(PUMP)
            await told.until(10)
            told.route.left.clear()
            await told.route.become(FAILED)
            await told.engine.send(SendRequest(to=("bert",), text="hello"))
            told.engine.update_settings(replace(told.engine._ledger.settings, people=(ANNA,)))
            await told.engine.clear(PUMP_OVER)
            await told.route.become(OK)
            await told.until(60)
            assert {address for address, _ in told.route.texts} == {number_of(ANNA)}
            (direct,) = await told.engine.messages(states=[MessageState.CANCELLED])
            assert (direct.recipient, direct.reason) == ("bert", "nobody has this number any more")

    @story
    async def test_leave_no_alarm_that_nobody_hears_of(self, tmp_path: Path) -> None:
        quiet = replace(PUMP, severity=Severity.NORMAL)
        async with telling(tmp_path, people=(BERT,), route=FakeRoute(health=FAILED)) as told:
            await told.engine.raise_alarm(quiet)
            told.engine.update_settings(replace(told.engine._ledger.settings, people=(ANNA,)))
            await told.route.become(OK)
            await told.until(60)
            assert [(address, text.split()[0]) for address, text in told.route.texts] == [
                (number_of(ANNA), "NORMAL")
            ]

    @story
    async def test_leave_an_alarm_that_somebody_has_to_them(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT), route=FakeRoute(health=FAILED)) as told:
            (alarm,) = (await told.engine.raise_alarm(replace(PUMP, severity=Severity.NORMAL))).alarms
            await told.engine.raise_alarm(replace(PUMP, key="gate", severity=Severity.NORMAL))
            told.engine.update_settings(replace(told.engine._ledger.settings, people=(BERT,)))
            await told.route.become(OK)
            await told.until(60)
            assert {address for address, _ in told.route.texts} == {number_of(BERT)}
            assert len(told.route.texts) == 2
            assert len(await told.engine.messages(alarm_id=alarm.id)) == 2

    @story
    async def test_a_corrected_number_gets_what_waited_for_the_wrong_one(self, tmp_path: Path) -> None:
        wrong = replace(ANNA, addresses=(Address(channel=Channel.SMS, value="+436649999999"),))
        async with telling(tmp_path, people=(wrong, BERT), route=FakeRoute(health=FAILED)) as told:
            await told.engine.raise_alarm(PUMP)
            told.engine.update_settings(replace(told.engine._ledger.settings, people=(ANNA, BERT)))
            await told.route.become(OK)
            await told.until(60)
            assert sorted(address for address, _ in told.route.texts) == [number_of(ANNA), number_of(BERT)]

    @story
    async def test_with_another_id_are_the_same_people(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
            await told.engine.raise_alarm(PUMP)
            renamed = (replace(ANNA, id="anna_2"),)
            told.engine.update_settings(replace(told.engine._ledger.settings, people=renamed))
            await told.route.become(OK)
            await told.until(60)
            assert [address for address, _ in told.route.texts] == [number_of(ANNA)]


class TestAcknowledge:
    @story
    async def test_somebody_who_may_not_is_not_asked_to(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(CARL,)) as told:
            (alarm,) = (await told.engine.raise_alarm(PUMP)).alarms
            await told.until(5)
            assert told.route.texts[0][1].endswith(f"Code {alarm.code}")

    @story
    async def test_all_that_nobody_took(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            assert (await told.engine.acknowledge(AlarmAcknowledge(by="x", all_open=True))).verdict is (
                Verdict.UNCHANGED
            )
            await told.engine.raise_alarms([PUMP, replace(PUMP, key="gate")])
            result = await told.engine.acknowledge(AlarmAcknowledge(by="x", all_open=True))
            assert (result.verdict, len(result.alarms)) == (Verdict.APPLIED, 2)
            again = await told.engine.acknowledge(AlarmAcknowledge(by="y", all_open=True))
            assert (again.verdict, again.alarms) == (Verdict.UNCHANGED, ())

    @story
    async def test_twice_and_unknown(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            (alarm,) = (await told.engine.raise_alarm(PUMP)).alarms
            await told.engine.acknowledge(AlarmAcknowledge(by="anna", code=alarm.code))
            again = await told.engine.acknowledge(AlarmAcknowledge(by="bert", code=alarm.code))
            assert (again.verdict, again.alarms[0].acked_by) == (Verdict.UNCHANGED, "anna")
            for nothing in (AlarmAcknowledge(by="x", code="0000"), AlarmAcknowledge(by="x", alarm_id="no")):
                assert (await told.engine.acknowledge(nothing)).verdict is Verdict.UNKNOWN

    @pytest.mark.parametrize(
        "request_",
        [
            AlarmAcknowledge(by="x"),
            AlarmAcknowledge(by="x", code="4711", all_open=True),
            AlarmAcknowledge(by="", code="4711"),
            AlarmAcknowledge(by="x", code="\ud800"),
        ],
    )
    def test_a_request_that_names_nothing_or_too_much(
        self, tmp_path: Path, request_: AlarmAcknowledge
    ) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path) as told:
                with pytest.raises(InvalidRequestError):
                    await told.engine.acknowledge(request_)

        told()


class TestIntake:
    @story
    async def test_a_repeat_with_the_same_id_is_answered_the_same(self, tmp_path: Path) -> None:
        request = replace(PUMP, message_id="m1")
        clear = replace(PUMP_OVER, message_id="m1")
        acknowledge = AlarmAcknowledge(by="anna", all_open=True, message_id="m1")
        async with telling(tmp_path) as told:
            first = await told.engine.raise_alarm(request)
            second = await told.engine.raise_alarm(request)
            assert (second.verdict, second.message_uids) == (Verdict.DUPLICATE, first.message_uids)
            assert second.alarms == first.alarms
            assert (await told.engine.acknowledge(acknowledge)).verdict is Verdict.APPLIED
            assert (await told.engine.acknowledge(acknowledge)).verdict is Verdict.DUPLICATE
            assert (await told.engine.clear(clear)).verdict is Verdict.APPLIED
            assert (await told.engine.clear(clear)).verdict is Verdict.DUPLICATE
            # Another source may use the same id; and the same one again the next day.
            assert (await told.engine.raise_alarm(replace(request, source="plc2"))).verdict is Verdict.APPLIED
            await told.until(24 * 3600 + 1)
            assert (await told.engine.raise_alarm(request)).verdict is Verdict.APPLIED

    @story
    async def test_what_is_older_than_known_is_not_applied(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            clear = replace(PUMP_OVER, source_time=EPOCH)
            late = replace(PUMP, source_time=EPOCH - MINUTE)
            # The clear overtook its raise, and there is no alarm yet.
            assert (await told.engine.clear(clear)).verdict is Verdict.UNCHANGED
            stale = await told.engine.raise_alarm(late)
            assert (stale.verdict, stale.alarms) == (Verdict.STALE, ())
            (alarm,) = (await told.engine.raise_alarm(replace(PUMP, source_time=EPOCH + MINUTE))).alarms
            stale = await told.engine.clear(clear)
            assert (stale.verdict, stale.alarms) == (Verdict.STALE, (alarm,))
            # A source without a clock is taken at its word.
            assert (await told.engine.clear(PUMP_OVER)).verdict is Verdict.APPLIED

    @story
    async def test_a_source_that_starts_without_a_clock_can_still_raise(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await told.engine.raise_alarm(replace(PUMP, source_time=EPOCH))
            await told.engine.clear(replace(PUMP_OVER, source_time=EPOCH))
            in_1970 = EPOCH.replace(year=1970)
            raised = await told.engine.raise_alarm(replace(PUMP, source_time=in_1970))
            assert raised.verdict is Verdict.APPLIED

    @story
    async def test_what_was_asked_is_forgotten_after_a_day_however_much_it_was(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await told.engine.raise_alarms([PUMP] * 2000)
            connection = told.engine._journal._write_connection
            assert connection is not None
            await told.until(25 * 3600 + 600)
            assert connection.execute("SELECT count(*) FROM intake").fetchone()[0] == 0

    @story
    async def test_a_source_with_a_clock_far_ahead_can_still_clear(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await told.engine.raise_alarm(replace(PUMP, source_time=EPOCH + timedelta(days=4000)))
            cleared = await told.engine.clear(replace(PUMP_OVER, source_time=EPOCH))
            assert cleared.verdict is Verdict.APPLIED

    @story
    async def test_a_closed_code_rests_for_a_day(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            codes = []
            for number in range(30):
                await told.until(number * 660)  # later than an episode is opened again
                codes.append((await told.engine.raise_alarm(PUMP)).alarms[0].code)
                await told.engine.clear(PUMP_OVER)
            assert len(set(codes)) == 30

    @story
    async def test_words_with_half_characters_are_still_an_alarm(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            await told.engine.raise_alarm(replace(PUMP, text="water \ud83d", labels={"\udc00": "\ud83d"}))
            await told.until(5)
            assert "water ?" in told.route.texts[0][1]

    @pytest.mark.parametrize(
        "request_",
        [
            replace(PUMP, key=""),
            replace(PUMP, source="a\nb"),
            replace(PUMP, key="k" * 257),
            replace(PUMP, message_id=""),
            replace(PUMP, source_time=EPOCH.replace(tzinfo=None)),
        ],
    )
    def test_nonsense_is_refused_and_nothing_of_its_batch_is_kept(
        self, tmp_path: Path, request_: AlarmRaise
    ) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path) as told:
                with pytest.raises(InvalidRequestError):
                    await told.engine.raise_alarms([PUMP, request_])
                assert await told.engine.open_alarms() == ()

        told()


class TestEvents:
    @story
    async def test_come_in_the_order_of_the_commits_and_survive_a_bad_listener(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        def bad(_event: EngineEvent) -> None:
            raise RuntimeError

        async with telling(tmp_path) as told:
            heard: list[EngineEvent] = []
            end = told.engine.subscribe(bad)
            end_hearing = told.engine.subscribe(heard.append)
            await told.engine.raise_alarm(PUMP)
            await told.until(5)
            states = [event.message.state for event in heard if isinstance(event, MessageChanged)]
            assert states == [MessageState.QUEUED, MessageState.IN_FLIGHT, MessageState.ACCEPTED]
            assert isinstance(heard[0], AlarmChanged)
            assert "a listener failed on AlarmChanged" in caplog.text
            assert "water" not in caplog.text
            for each in (end, end, end_hearing):
                each()
            await told.engine.clear(PUMP_OVER)
            assert len(heard) == 4

    @story
    async def test_the_summary(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
            empty = await told.engine.summary()
            assert (empty.open, empty.highest, empty.oldest) == (0, None, None)
            await told.engine.raise_alarm(replace(PUMP, severity=Severity.NORMAL))
            await told.until(10)
            (gate,) = (await told.engine.raise_alarm(replace(PUMP, key="gate"))).alarms
            await told.engine.acknowledge(AlarmAcknowledge(by="x", alarm_id=gate.id))
            full = await told.engine.summary()
            assert (full.open, full.unacknowledged, full.queue, full.in_doubt) == (2, 1, 1, 0)
            assert (full.highest, full.oldest) == (Severity.CRITICAL, EPOCH)

    @story
    async def test_new_settings_count_from_the_next_operation(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(health=FAILED)) as told:
            settings = replace(told.engine._ledger.settings, people=(BERT,))
            told.engine.update_settings(settings)
            assert told.engine.people == (BERT,)
            await told.engine.raise_alarm(PUMP)
            (message,) = await told.engine.messages()
            assert message.recipient == "bert"
