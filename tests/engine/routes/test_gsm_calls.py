"""Calls by the modem as a route: the real driver on a simulated modem and network, in virtual time."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.errors import JournalError
from alert_engine.model import Channel, Priority
from alert_engine.routes.base import (
    Accepted,
    ErrorClass,
    InboundReport,
    InboundSms,
    Interruptible,
    KeyAnswer,
    KeyPress,
    LateAcceptance,
    OutboundMessage,
    Rejected,
    ReportStatus,
    Ring,
    RouteHealth,
    RouteState,
    SegmentProgress,
    SegmentState,
)
from alert_engine.routes.gsm_callers import SPAN, TOLD
from alert_engine.routes.gsm_calls import TALK_FOR, GsmCallRoute, name_of_calls
from alert_engine.routes.gsm_conversation import MAX_KEYS
from alert_engine.routes.gsm_modem import GsmModemRoute
from alert_engine.routes.gsm_translation import BUSY_WAIT, call_outcome_of, call_refusal_of
from gsm_driver import (
    CallInProgressError,
    CallOutcome,
    LinkLostError,
    ModemSupervisor,
    RegistrationStatus,
    UsageError,
)
from gsm_driver.simulator import (
    PROFILES,
    CallBehaviour,
    CallManner,
    Fail,
    Fault,
    FaultPlan,
    Inject,
    LoopScheduler,
    Moment,
    NetworkConditions,
    PhoneCall,
    SimulatedNetwork,
    SimulatedPhone,
    Simulator,
    Unplug,
    close_simulators,
    register_simulator,
)
from tests import virtual_time
from tests.engine.support import EPOCH, StoryClock
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from alert_engine.routes.base import Outcome

ANNA = "+436601234567"
STRANGER = "+436609999999"


@dataclass
class Sink:
    """The engine's end: keeps what it got; `answers` says what keys do; its journal refuses when told."""

    reports: list[InboundReport] = field(default_factory=list)
    presses: list[KeyPress] = field(default_factory=list)
    rings: list[Ring] = field(default_factory=list)
    healths: dict[str, list[RouteHealth]] = field(default_factory=dict)
    answers: dict[str, KeyAnswer] = field(default_factory=dict)
    on_commit: Callable[[], None] = lambda: None
    is_full: bool = False

    async def inbound(self, route: str, message: InboundSms) -> None:
        raise AssertionError(f"{route} received {message}")

    async def report(self, route: str, report: InboundReport) -> None:
        self._commit()
        self.reports.append(report)

    async def accepted_late(self, route: str, acceptance: LateAcceptance) -> None:
        raise AssertionError(f"{route} is late with {acceptance}")

    async def health(self, route: str, health: RouteHealth) -> None:
        self.healths.setdefault(route, []).append(health)
        if self.is_full:
            raise JournalError("no room on the disk")

    async def awaited(self, route: str) -> tuple[str, ...]:
        raise AssertionError(f"{route} asks")

    async def key_pressed(self, route: str, press: KeyPress) -> KeyAnswer:
        self.presses.append(press)
        self._commit()
        return self.answers.get(press.key, KeyAnswer.IGNORED)

    async def rung(self, route: str, ring: Ring) -> None:
        self.rings.append(ring)

    def _commit(self) -> None:
        self.on_commit()
        if self.is_full:
            raise JournalError("no room on the disk")


@dataclass
class Bench:
    """Both routes on one simulated modem."""

    messages: GsmModemRoute
    calls: GsmCallRoute
    simulator: Simulator
    sink: Sink
    progress: list[SegmentProgress] = field(default_factory=list)

    @property
    def phone(self) -> SimulatedPhone:
        return self.simulator.network.phone(ANNA)

    @property
    def rung(self) -> list[PhoneCall]:
        return self.phone.calls

    @property
    def seconds(self) -> float:
        return asyncio.get_running_loop().time() - virtual_time.START

    async def note(self, step: SegmentProgress) -> None:
        self.progress.append(step)

    async def call(self, **changes: Any) -> Outcome:
        return await self.calls.send(a_call(**changes), self.note)

    def begin(self, **changes: Any) -> asyncio.Task[Outcome]:
        return asyncio.create_task(self.call(**changes))

    def press(self, keys: str) -> None:
        for key in keys:
            self.simulator.modem.voice.tone(key)


def a_call(**changes: Any) -> OutboundMessage:
    fields: dict[str, Any] = {
        "uid": "m1",
        "channel": Channel.CALL,
        "address": ANNA,
        "text": "Water in the cellar",
        "priority": Priority.CRITICAL,
    }
    return OutboundMessage(**{**fields, **changes})


async def until(condition: Callable[[], bool]) -> None:
    """Let virtual time go on until it is so."""
    async with asyncio.timeout(300):
        for _ in itertools.count():
            if condition():
                return
            await asyncio.sleep(0.1)


@asynccontextmanager
async def bench(
    *faults: Fault, family: str = "sim7600", manner: CallManner = CallManner.IGNORE, **behaviour: Any
) -> AsyncIterator[Bench]:
    scheduler = LoopScheduler()
    network = SimulatedNetwork(scheduler, conditions=NetworkConditions())
    network.add_phone(ANNA).on_call = CallBehaviour(manner=manner, **behaviour)
    simulator = register_simulator(
        Simulator(scheduler, name="m", network=network, profile=PROFILES[family], faults=FaultPlan(faults))
    )
    sink, clock = Sink(), StoryClock()
    messages = GsmModemRoute("stick", ModemSupervisor("simulator://m"), clock=clock)
    calls = GsmCallRoute(messages, clock=clock)
    await messages.start(sink)
    await calls.start(sink)
    try:
        await until(lambda: calls.health.state is RouteState.OK)
        yield Bench(messages, calls, simulator, sink)
    finally:
        sink.is_full = False
        await calls.stop()
        await messages.stop()
        close_simulators()


class TestRinging:
    @story
    async def test_what_it_is_to_the_outbox(self) -> None:
        async with bench() as it:
            assert (it.calls.name, it.calls.channels) == ("stick-calls", frozenset({Channel.CALL}))
            assert it.calls.plan_segments(a_call(text="x" * 1000)) == 1
            assert isinstance(it.calls, Interruptible)
            assert not isinstance(it.messages, Interruptible)

    @story
    async def test_nobody_comes(self) -> None:
        async with bench() as it:
            assert await it.call() == Accepted(reference="m1", segments=1)
            assert it.progress == []  # a crash would ring again
            assert it.sink.reports == []

    @story
    async def test_somebody_refuses_it(self) -> None:
        async with bench(manner=CallManner.REJECT) as it:
            assert await it.call() == Accepted(reference="m1", segments=1)

    @story
    async def test_somebody_answers(self) -> None:
        async with bench(manner=CallManner.ANSWER, talks_for=5) as it:
            assert await it.call() == Accepted(reference="m1", segments=1)
            assert it.progress == [
                SegmentProgress(segment=0, state=SegmentState.ACCEPTED, reference="m1"),
            ]
            (report,) = it.sink.reports
            assert (report.reference, report.address, report.status) == ("m1", ANNA, ReportStatus.DELIVERED)

    @story
    async def test_the_line_is_busy(self) -> None:
        async with bench(manner=CallManner.BUSY) as it:
            outcome = await it.call()
            assert isinstance(outcome, Rejected)
            assert (outcome.error_class, outcome.code) == (ErrorClass.TEMPORARY, "busy")
            assert outcome.retry_after == BUSY_WAIT

    @story
    async def test_nobody_has_the_number(self) -> None:
        async with bench() as it:
            outcome = await it.call(address=STRANGER)
            assert isinstance(outcome, Rejected)
            assert outcome.error_class is ErrorClass.TEMPORARY
            assert STRANGER not in outcome.reason

    @pytest.mark.parametrize(
        ("final", "error_class", "code"),
        [
            ("ERROR", ErrorClass.ACCOUNT, "ERROR"),
            ("+CME ERROR: 4", ErrorClass.ACCOUNT, "CME 4"),
            ("+CME ERROR: 3", ErrorClass.TEMPORARY, "CME 3"),
            ("+CME ERROR: 30", ErrorClass.TEMPORARY, "CME 30"),
            ("+CME ERROR: 0", ErrorClass.DEVICE, "CME 0"),
        ],
    )
    def test_the_modem_does_not_dial(self, final: str, error_class: ErrorClass, code: str) -> None:
        @story
        async def told() -> None:
            async with bench(Fault(moment=Moment.COMMAND, command="D", effect=Fail(final=final))) as it:
                outcome = await it.call()
                assert isinstance(outcome, Rejected)
                assert (outcome.error_class, outcome.code) == (error_class, code)
                assert it.rung == []

        told()

    @story
    async def test_a_modem_that_is_lost_while_it_rings(self) -> None:
        async with bench() as it:
            calling = it.begin()
            await asyncio.sleep(10)
            it.simulator.unplug()
            outcome = await calling
            assert isinstance(outcome, Rejected)
            assert outcome.error_class is ErrorClass.DEVICE
            again = await it.call()
            assert isinstance(again, Rejected)
            assert again.error_class is ErrorClass.DEVICE

    @story
    async def test_a_modem_that_is_lost_while_somebody_listens(self) -> None:
        async with bench(manner=CallManner.ANSWER) as it:
            calling = it.begin()
            await asyncio.sleep(10)
            it.simulator.unplug()
            assert await calling == Accepted(reference="m1", segments=1)

    @story
    async def test_a_caller_is_sent_away_for_an_alarm(self) -> None:
        async with bench() as it:
            assert it.simulator.network.ring(STRANGER, hides_number=True)
            await asyncio.sleep(1)
            began = it.seconds
            assert await it.call() == Accepted(reference="m1", segments=1)
            assert it.rung[0].at - virtual_time.START - began < 6
            assert it.simulator.network.phone(STRANGER).calls[0].ended_at is not None

    @story
    async def test_a_caller_who_comes_at_the_last_moment(self) -> None:
        ring = Inject(data=b"\r\nRING\r\n")
        async with bench(Fault(moment=Moment.ANSWER, command="+DDET", effect=ring, limit=1)) as it:
            assert await it.call() == Accepted(reference="m1", segments=1)
            assert len(it.rung) == 1

    def test_what_is_in_the_way(self) -> None:
        refused = call_refusal_of(CallInProgressError("another call is going on"))
        assert refused.error_class is ErrorClass.TEMPORARY

    def test_what_is_no_number(self) -> None:
        assert call_refusal_of(UsageError("no")).error_class is ErrorClass.RECIPIENT
        assert call_refusal_of(LinkLostError("gone")).error_class is ErrorClass.DEVICE

    @pytest.mark.parametrize("outcome", CallOutcome)
    def test_every_end_of_a_call_has_a_meaning(self, outcome: CallOutcome) -> None:
        rang = {CallOutcome.ANSWERED, CallOutcome.NO_ANSWER, CallOutcome.REJECTED}
        assert isinstance(call_outcome_of(outcome, "m1"), Accepted if outcome in rang else Rejected)


class TestEnding:
    @story
    async def test_a_call_that_nobody_needs_any_more(self) -> None:
        async with bench() as it:
            calling = it.begin()
            await asyncio.sleep(10)
            it.calls.interrupt("m2")
            await asyncio.sleep(1)
            assert [call.ended_at for call in it.rung] == [None]
            began = it.seconds
            it.calls.interrupt("m1")
            outcome = await calling
            assert isinstance(outcome, Rejected)
            assert outcome.error_class is ErrorClass.TEMPORARY
            assert it.rung[0].ended_at is not None
            assert it.rung[0].ended_at - virtual_time.START - began < 1
            it.calls.interrupt("m1")  # too late, and harmless

    @story
    async def test_before_it_was_dialled(self) -> None:
        async with bench() as it:
            calling = it.begin()
            await asyncio.sleep(0)
            it.calls.interrupt("m1")
            assert isinstance(await calling, Rejected)
            assert it.rung == []

    @story
    async def test_while_somebody_listens(self) -> None:
        async with bench(manner=CallManner.ANSWER) as it:
            calling = it.begin()
            await asyncio.sleep(10)
            it.calls.interrupt("m1")
            assert await calling == Accepted(reference="m1", segments=1)
            assert it.seconds < 14

    @story
    async def test_in_the_moment_of_the_answer(self) -> None:
        async with bench(manner=CallManner.ANSWER) as it:
            it.sink.on_commit = lambda: it.calls.interrupt("m1")
            assert await it.call() == Accepted(reference="m1", segments=1)
            assert it.rung[0].tones == ""
            assert it.seconds < 10

    @story
    async def test_a_stop_hangs_up(self) -> None:
        async with bench() as it:
            calling = it.begin()
            await asyncio.sleep(10)
            began = it.seconds
            await it.calls.stop()
            assert it.seconds - began < 3
            outcome = await calling
            assert isinstance(outcome, Rejected)
            assert isinstance(await it.call(), Rejected)  # no other one is made

    @story
    async def test_it_may_be_started_again(self) -> None:
        async with bench() as it:
            await it.calls.stop()
            await it.calls.start(it.sink)
            assert await it.call() == Accepted(reference="m1", segments=1)


class TestKeys:
    @story
    async def test_a_key_that_is_obeyed_is_confirmed(self) -> None:
        async with bench(manner=CallManner.ANSWER, after=2) as it:
            it.sink.answers["1"] = KeyAnswer.DONE
            calling = it.begin()
            await asyncio.sleep(10)
            it.press("1")
            await calling
            assert it.sink.presses == [KeyPress(uid="m1", key="1")]
            assert it.rung[0].tones.endswith("AAA")
            assert it.seconds < 14

    @story
    async def test_a_key_that_ends_the_call(self) -> None:
        async with bench(manner=CallManner.ANSWER, after=2) as it:
            it.sink.answers["2"] = KeyAnswer.HANG_UP
            calling = it.begin()
            await asyncio.sleep(10)
            it.press("2")
            await calling
            assert "AAA" not in it.rung[0].tones
            assert it.seconds < 14

    @story
    async def test_nothing_is_confirmed_that_is_not_committed(self) -> None:
        async with bench(manner=CallManner.ANSWER, after=2) as it:
            it.sink.answers["1"] = KeyAnswer.DONE
            it.sink.is_full = True
            calling = it.begin()
            await asyncio.sleep(10)
            it.press("1")
            await asyncio.sleep(2)
            assert [call.ended_at for call in it.rung] == [None]
            it.sink.is_full = False
            it.press("1")
            await calling
            assert it.rung[0].tones.count("AAA") == 1
            assert len(it.sink.presses) == 2

    @story
    async def test_a_call_that_is_withdrawn_by_its_own_key_is_confirmed_first(self) -> None:
        async with bench(manner=CallManner.ANSWER, after=2) as it:
            it.sink.answers["1"] = KeyAnswer.DONE
            calling = it.begin()
            await asyncio.sleep(10)
            it.sink.on_commit = lambda: it.calls.interrupt("m1")
            it.press("1")
            await calling
            assert it.rung[0].tones.endswith("AAA")

    @story
    async def test_a_call_that_is_withdrawn_while_another_key_is_pressed(self) -> None:
        async with bench(manner=CallManner.ANSWER, after=2) as it:
            calling = it.begin()
            await asyncio.sleep(10)
            it.sink.on_commit = lambda: it.calls.interrupt("m1")
            it.press("5")
            await calling
            assert it.seconds < 14

    @story
    async def test_somebody_who_plays_with_the_keys(self) -> None:
        async with bench(manner=CallManner.ANSWER, after=2) as it:
            calling = it.begin()
            await asyncio.sleep(5)
            it.press("ABCD" + "45" * 100)
            await calling
            assert len(it.sink.presses) == MAX_KEYS

    @story
    async def test_somebody_who_only_listens_hears_it_for_half_a_minute(self) -> None:
        async with bench(manner=CallManner.ANSWER, after=2) as it:
            await it.call()
            (call,) = it.rung
            assert call.answered_at is not None
            assert call.ended_at is not None
            assert call.ended_at - call.answered_at == pytest.approx(TALK_FOR, abs=1)
            assert set(call.tones) == {"A", "D"}

    @story
    async def test_a_modem_that_plays_no_tones_listens_all_the_same(self) -> None:
        mute = Fault(moment=Moment.COMMAND, command="+VTS", effect=Fail(final="ERROR"))
        async with bench(mute, manner=CallManner.ANSWER, after=2) as it:
            it.sink.answers["1"] = KeyAnswer.DONE
            calling = it.begin()
            await asyncio.sleep(20)
            it.press("1")
            await calling
            assert it.rung[0].tones == ""
            assert it.seconds < 24

    @story
    async def test_a_modem_that_hears_no_tones_wakes_people(self) -> None:
        async with bench(family="generic", manner=CallManner.ANSWER, after=2) as it:
            calling = it.begin()
            await asyncio.sleep(10)
            it.press("1")
            assert await calling == Accepted(reference="m1", segments=1)
            assert it.sink.presses == []

    @story
    async def test_after_the_stop_no_key_does_anything(self) -> None:
        async with bench(manner=CallManner.ANSWER, after=2) as it:
            calling = it.begin()
            await asyncio.sleep(10)
            stopping = asyncio.create_task(it.calls.stop())
            it.press("1")
            await stopping
            assert await calling == Accepted(reference="m1", segments=1)


class TestHealth:
    @story
    async def test_a_modem_that_has_been_well_for_long_is_told_at_the_start(self) -> None:
        async with bench() as it:
            added, sink = GsmCallRoute(it.messages, clock=StoryClock()), Sink()
            assert added.health.state is RouteState.UNKNOWN
            await added.start(sink)
            assert [health.state for health in sink.healths[added.name]] == [RouteState.OK]
            assert added.health.companion_of == "stick"
            await added.stop()

    @story
    async def test_what_was_stopped_hears_no_more(self) -> None:
        async with bench() as it:
            await it.calls.stop()
            told = len(it.sink.healths[it.calls.name])
            it.simulator.unplug()
            await until(lambda: it.messages.health.state is not RouteState.OK)
            assert it.calls.health.state is RouteState.OK
            await it.calls.start(it.sink)
            assert len(it.sink.healths[it.calls.name]) == told + 1
            assert it.calls.health.state is not RouteState.OK

    @story
    async def test_it_is_the_modems_and_says_so(self) -> None:
        async with bench() as it:
            assert it.calls.health == RouteHealth(
                state=RouteState.OK, proof=it.messages.health.proof, companion_of="stick"
            )
            it.simulator.unplug()
            await until(lambda: it.messages.health.state is RouteState.FAILED)
            assert it.calls.health.state is RouteState.FAILED
            assert it.calls.health.companion_of == "stick"
            assert it.sink.healths["stick-calls"][-1] == it.calls.health

    @story
    async def test_a_change_of_the_signal_is_no_news_of_calls(self) -> None:
        async with bench() as it:
            told = len(it.sink.healths["stick-calls"])
            it.simulator.modem.radio.rssi = 30
            await asyncio.sleep(60)
            assert len(it.sink.healths["stick-calls"]) == told

    @story
    async def test_a_journal_that_does_not_take_it(self) -> None:
        async with bench() as it:
            it.sink.is_full = True
            it.simulator.unplug()
            await asyncio.sleep(30)
            assert it.calls.health.state is RouteState.FAILED

    @story
    async def test_a_network_that_takes_only_sms(self) -> None:
        async with bench() as it:
            it.simulator.modem.set_registration(RegistrationStatus.SMS_ONLY_HOME)
            await asyncio.sleep(60)
            assert it.messages.health.state is RouteState.OK
            assert it.calls.health.state is RouteState.FAILED
            assert it.calls.health.companion_of == ""  # a fault of its own

    def test_its_name_is_no_longer_than_names_are(self) -> None:
        assert name_of_calls("m" * 64) == "m" * 58 + "-calls"


class TestCallers:
    @story
    async def test_whoever_hides_is_told_without_a_number(self) -> None:
        async with bench() as it:
            it.simulator.network.ring(STRANGER, hides_number=True)
            await asyncio.sleep(20)
            assert [ring.caller for ring in it.sink.rings] == [""]
            assert it.simulator.modem.voice.call is None

    @story
    async def test_a_flood_is_refused_and_told_a_few_times(self) -> None:
        async with bench() as it:
            for _ in range(40):
                it.simulator.network.ring(STRANGER)
                await asyncio.sleep(2)
            refused = it.simulator.network.phone(STRANGER).calls
            assert len(refused) > TOLD
            assert all(call.ended_at is not None for call in refused)
            assert TOLD <= len(it.sink.rings) <= 2 * TOLD
            assert it.sink.rings[0] == Ring(caller=STRANGER, at=it.sink.rings[0].at)
            assert it.sink.rings[0].at >= EPOCH
            assert STRANGER not in repr(it.sink.rings)
            await asyncio.sleep(SPAN)
            told = len(it.sink.rings)
            it.simulator.network.ring(STRANGER)
            await asyncio.sleep(2)
            assert len(it.sink.rings) == told + 1

    @story
    async def test_a_caller_whom_the_modem_does_not_let_go(self) -> None:
        stuck = [
            Fault(moment=Moment.COMMAND, command=command, effect=Fail(final="ERROR"))
            for command in ("+CHUP", "H")
        ]
        async with bench(*stuck) as it:
            it.simulator.network.ring(STRANGER, give_up_after=10)
            await asyncio.sleep(60)
            assert len(it.sink.rings) == 1

    @story
    async def test_a_stop_while_a_caller_is_refused(self) -> None:
        async with bench(Fault(moment=Moment.COMMAND, command="+CHUP", effect=Unplug())) as it:
            it.simulator.network.ring(STRANGER)
            await asyncio.sleep(0.5)
            await it.messages.stop()
            assert len(it.sink.rings) == 1
