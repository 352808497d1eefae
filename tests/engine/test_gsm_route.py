"""The modem as a route: the real driver on a simulated modem and network, in virtual time."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.errors import JournalError
from alert_engine.model import Channel, Priority
from alert_engine.outbox.worker import STOP_LIMIT
from alert_engine.routes.base import (
    Accepted,
    ErrorClass,
    InboundReport,
    InboundSms,
    KeyAnswer,
    KeyPress,
    LateAcceptance,
    OutboundMessage,
    ProofLevel,
    Rejected,
    ReportStatus,
    Ring,
    RouteHealth,
    RouteState,
    SegmentProgress,
    SegmentState,
    Unknown,
)
from alert_engine.routes.gsm_health import HealthJudge, Reading
from alert_engine.routes.gsm_modem import BLOCKED_INTERVAL, GsmModemRoute
from alert_engine.routes.gsm_translation import inbound_of, report_of
from gsm_driver import (
    DeliveryReport,
    DeliveryStatus,
    MessageKind,
    ModemIdentity,
    ModemSupervisor,
    ReceivedSms,
    Registration,
    RegistrationStatus,
    Signal,
    StorageState,
)
from gsm_driver.pdu.validity import RelativeValidity
from gsm_driver.simulator import (
    Delay,
    Fail,
    Fault,
    FaultPlan,
    LoopScheduler,
    Lose,
    LoseRegistration,
    Moment,
    NetworkConditions,
    Silence,
    SimCard,
    Simulator,
    Unplug,
    close_simulators,
    register_simulator,
)
from gsm_driver.simulator import SimulatedNetwork as Network
from tests import virtual_time

from .support import EPOCH, StoryClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

ANNA = "+436601234567"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass
class Sink:
    """The engine's end: keeps what it got; its journal refuses when told."""

    messages: list[InboundSms] = field(default_factory=list)
    reports: list[InboundReport] = field(default_factory=list)
    healths: list[RouteHealth] = field(default_factory=list)
    late: list[LateAcceptance] = field(default_factory=list)
    refusals: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def inbound(self, route: str, message: InboundSms) -> None:
        self._commit()
        self.messages.append(message)

    async def report(self, route: str, report: InboundReport) -> None:
        self._commit()
        self.reports.append(report)

    async def accepted_late(self, route: str, acceptance: LateAcceptance) -> None:
        self._commit()
        self.late.append(acceptance)

    async def awaited(self, route: str) -> tuple[str, ...]:
        return ()

    async def key_pressed(self, route: str, press: KeyPress) -> KeyAnswer:
        return KeyAnswer.IGNORED

    async def rung(self, route: str, ring: Ring) -> None:
        self.changed.set()

    async def health(self, route: str, health: RouteHealth) -> None:
        self.changed.set()
        self.healths.append(health)

    def _commit(self) -> None:
        self.changed.set()
        if self.refusals:
            self.refusals -= 1
            raise JournalError("no room on the disk")

    async def until(self, condition: Callable[[], Any], within: float = 300.0) -> None:
        """Wait for something the route tells, or for virtual time to bring it about."""
        async with asyncio.timeout(within):
            while not condition():
                self.changed.clear()
                try:
                    async with asyncio.timeout(1.0):
                        await self.changed.wait()
                except TimeoutError:
                    continue

    @property
    def state(self) -> RouteState:
        return self.healths[-1].state if self.healths else RouteState.UNKNOWN


@dataclass
class Bench:
    """A route on a simulated modem."""

    route: GsmModemRoute
    simulator: Simulator
    sink: Sink
    progress: list[SegmentProgress] = field(default_factory=list)

    async def note(self, step: SegmentProgress) -> None:
        self.progress.append(step)

    async def send(self, **changes: Any) -> Any:
        return await self.route.send(sms(**changes), self.note)

    @property
    def texts(self) -> list[str]:
        return self.simulator.network.phone(ANNA).texts

    @property
    def on_the_sim(self) -> int:
        return sum(storage.used for storage in self.simulator.modem.storages.values())


def sms(**changes: Any) -> OutboundMessage:
    fields: dict[str, Any] = {
        "uid": "m1",
        "channel": Channel.SMS,
        "address": ANNA,
        "text": "Water in the cellar",
        "priority": Priority.CRITICAL,
        "concat_reference": 7,
    }
    return OutboundMessage(**{**fields, **changes})


@asynccontextmanager
async def bench(
    *faults: Fault,
    ready: bool = True,
    sim: SimCard | None = None,
    pin: str | None = None,
    imei: str = "",
    find_port: Callable[[], Awaitable[str]] | None = None,
    **conditions: Any,
) -> AsyncIterator[Bench]:
    scheduler = LoopScheduler()
    network = Network(scheduler, conditions=NetworkConditions(**conditions))
    network.add_phone(ANNA)
    simulator = register_simulator(
        Simulator(scheduler, name="m", network=network, faults=FaultPlan(faults), sim=sim)
    )
    sink = Sink()
    supervisor = ModemSupervisor("simulator://m", pin=pin, imei=imei, find_port=find_port)
    route = GsmModemRoute("stick", supervisor, clock=StoryClock())
    await route.start(sink)
    try:
        if ready:
            await sink.until(lambda: sink.state is RouteState.OK)
        yield Bench(route, simulator, sink)
    finally:
        await route.stop()
        close_simulators()


class TestSending:
    @virtual_time.story
    async def test_an_accepted_message(self) -> None:
        async with bench() as it:
            outcome = await it.send()
            assert isinstance(outcome, Accepted)
            assert outcome.segments == 1
            assert it.progress == [
                SegmentProgress(segment=0, state=SegmentState.SUBMITTED),
                SegmentProgress(segment=0, state=SegmentState.ACCEPTED, reference=outcome.reference),
            ]
            assert 0 <= int(outcome.reference) <= 255
            assert it.texts == ["Water in the cellar"]

    @virtual_time.story
    async def test_the_journal_is_ahead_of_the_wire(self) -> None:
        async with bench() as it:
            seen: list[tuple[SegmentState, int]] = []

            async def note(step: SegmentProgress) -> None:
                seen.append((step.state, len(it.simulator.network.phone(ANNA).raw)))

            await it.route.send(sms(), note)
            assert seen[0] == (SegmentState.SUBMITTED, 0)

    @virtual_time.story
    async def test_three_segments_and_their_references(self) -> None:
        async with bench() as it:
            message = sms(text="x" * 400)
            assert it.route.plan_segments(message) == 3
            outcome = await it.route.send(message, it.note)
            accepted = [step.reference for step in it.progress if step.state is SegmentState.ACCEPTED]
            assert outcome == Accepted(reference=",".join(accepted), segments=3)
            assert len(set(accepted)) == 3
            assert it.texts == ["x" * 400]

    @virtual_time.story
    async def test_a_segment_sent_again_joins_its_siblings(self) -> None:
        async with bench() as it:
            text = "".join(chr(97 + number % 26) for number in range(400))
            await it.send(text=text, segments_to_send=(0, 2))
            assert it.texts == []
            await it.send(text=text, segments_to_send=(1,))
            assert it.texts == [text]

    @virtual_time.story
    async def test_validity_goes_by_priority(self) -> None:
        async with bench() as it:
            for priority in Priority:
                await it.send(priority=priority, validity=timedelta(hours=24))
            await it.send(validity=timedelta(minutes=30))
            asked = [submission.submit.validity_period for submission in it.simulator.network.phone(ANNA).raw]
            # TP-VP (3GPP TS 23.040 clause 9.2.3.12.1): (n + 1) times 5 min to 143, then half hours to 167
            assert asked == [RelativeValidity(octet=octet) for octet in (11, 11, 71, 167, 5)]

    @pytest.mark.parametrize(
        ("final", "error_class", "code"),
        [
            ("+CMS ERROR: 1", ErrorClass.RECIPIENT, "CMS 1"),
            ("+CMS ERROR: 8", ErrorClass.ACCOUNT, "CMS 8"),
            ("+CMS ERROR: 41", ErrorClass.TEMPORARY, "CMS 41"),
            ("+CMS ERROR: 322", ErrorClass.MEMORY, "CMS 322"),
            ("+CMS ERROR: 331", ErrorClass.TEMPORARY, "CMS 331"),
            ("+CME ERROR: 10", ErrorClass.ACCOUNT, "CME 10"),
            ("ERROR", ErrorClass.DEVICE, "ERROR"),
        ],
    )
    @virtual_time.story
    async def test_a_clear_no(self, final: str, error_class: ErrorClass, code: str) -> None:
        async with bench(Fault(moment=Moment.SUBMIT, effect=Fail(final=final))) as it:
            outcome = await it.send()
            assert isinstance(outcome, Rejected)
            assert (outcome.error_class, outcome.code) == (error_class, code)
            assert ANNA not in outcome.reason
            assert it.texts == []

    @virtual_time.story
    async def test_a_no_before_the_prompt_leaves_nothing_in_doubt(self) -> None:
        async with bench(
            Fault(moment=Moment.COMMAND, command="+CMGS", effect=Fail(final="+CMS ERROR: 500"))
        ) as it:
            outcome = await it.send()
            assert isinstance(outcome, Rejected)
            assert it.progress == []

    @virtual_time.story
    async def test_a_modem_lost_at_the_prompt_has_sent_nothing(self) -> None:
        async with bench(Fault(moment=Moment.PROMPT, effect=Unplug())) as it:
            outcome = await it.send()
            assert isinstance(outcome, Rejected)
            assert (outcome.error_class, outcome.code) == (ErrorClass.DEVICE, "")

    @virtual_time.story
    async def test_no_answer_after_ctrl_z_is_a_doubt(self) -> None:
        fault = Fault(moment=Moment.ANSWER, command="+CMGS", effect=Lose(), at=(1,))
        async with bench(fault) as it:
            outcome = await it.send()
            assert isinstance(outcome, Unknown)
            assert [step.state for step in it.progress] == [SegmentState.SUBMITTED]

    @virtual_time.story
    async def test_an_answer_that_comes_late_is_handed_in_until_the_journal_takes_it(self) -> None:
        fault = Fault(moment=Moment.ANSWER, command="+CMGS", effect=Delay(seconds=100), at=(1,))
        async with bench(fault, delivery_latency=900) as it:
            it.sink.refusals = 3
            assert isinstance(await it.send(), Unknown)
            await it.sink.until(lambda: it.sink.late)
            (late,) = it.sink.late
            assert (late.address, late.segment, late.reference) == (ANNA, 0, "1")
            assert late.left_at is not None
            assert abs(late.left_at - EPOCH) < timedelta(seconds=1)
            assert ANNA not in repr(late)

    @pytest.mark.parametrize(
        ("final", "certain"), [("+CMS ERROR: 500", False), ("ERROR", False), ("+CMS ERROR: 41", True)]
    )
    @virtual_time.story
    async def test_some_refusals_say_nothing_of_the_network(self, final: str, *, certain: bool) -> None:
        async with bench(Fault(moment=Moment.SUBMIT, effect=Fail(final=final))) as it:
            outcome = await it.send()
            assert isinstance(outcome, Rejected)
            assert outcome.certain is certain

    @virtual_time.story
    async def test_what_the_journal_did_not_take_does_not_leave(self) -> None:
        async with bench() as it:

            async def refuse(step: SegmentProgress) -> None:
                raise JournalError("no room on the disk")

            with pytest.raises(JournalError):
                await it.route.send(sms(), refuse)
            assert it.texts == []
            assert isinstance(await it.send(), Accepted)  # the line is clean
            assert it.texts == ["Water in the cellar"]

    @virtual_time.story
    async def test_what_no_sms_can_carry(self) -> None:
        async with bench() as it:
            with pytest.raises(ValueError, match="TP-DA"):
                it.route.plan_segments(sms(address="not a number"))
            outcome = await it.send(address="not a number")
            assert isinstance(outcome, Rejected)
            assert outcome.error_class is ErrorClass.MESSAGE

    @virtual_time.story
    async def test_without_a_modem(self) -> None:
        async with bench() as it:
            it.simulator.unplug()
            await it.sink.until(lambda: it.sink.state is RouteState.FAILED)
            outcome = await it.send()
            assert isinstance(outcome, Rejected)
            assert outcome.error_class is ErrorClass.DEVICE
            assert outcome.reason == it.route.health.reason

    @virtual_time.story
    async def test_stopping_finishes_the_segment_in_hand_and_begins_no_other(self) -> None:
        async with bench(submit_latency=4.0) as it:
            sending = asyncio.create_task(it.send(text="x" * 400))
            await it.sink.until(lambda: it.progress)
            await it.route.stop()
            outcome = await sending
            assert outcome == Rejected(
                error_class=ErrorClass.TEMPORARY, reason="the gateway is being stopped"
            )
            assert [(step.segment, step.state) for step in it.progress] == [
                (0, SegmentState.SUBMITTED),
                (0, SegmentState.ACCEPTED),
            ]

    @virtual_time.story
    async def test_stopping_does_not_wait_for_a_modem_that_hangs(self) -> None:
        async with bench(Fault(moment=Moment.SUBMIT, effect=Lose())) as it:
            sending = asyncio.create_task(it.send())
            await it.sink.until(lambda: it.progress)
            before = asyncio.get_running_loop().time()
            await it.route.stop()
            assert asyncio.get_running_loop().time() - before < STOP_LIMIT
            assert isinstance(await sending, Unknown)

    @virtual_time.story
    async def test_a_route_that_never_started_can_be_stopped(self) -> None:
        await GsmModemRoute("stick", ModemSupervisor("simulator://m"), clock=StoryClock()).stop()

    @virtual_time.story
    async def test_it_says_what_it_is(self) -> None:
        async with bench() as it:
            assert it.route.name == "stick"
            assert it.route.channels == {Channel.SMS}


class TestReceiving:
    @virtual_time.story
    async def test_a_message_is_deleted_after_the_commit(self) -> None:
        async with bench() as it:
            it.simulator.network.deliver_sms(ANNA, "OK 4711")
            await it.sink.until(lambda: it.sink.messages)
            (message,) = it.sink.messages
            assert (message.sender, message.text, message.is_text) == (ANNA, "OK 4711", True)
            assert message.sender_can_be_answered
            await it.sink.until(lambda: not it.on_the_sim)

    @virtual_time.story
    async def test_a_message_stays_on_the_sim_until_the_journal_takes_it(self) -> None:
        async with bench() as it:
            it.sink.refusals = 4
            it.simulator.network.deliver_sms(ANNA, "OK 4711")
            await it.sink.until(lambda: it.sink.refusals == 1)
            assert it.on_the_sim == 1
            assert it.sink.messages == []
            await it.sink.until(lambda: it.sink.messages)
            assert [message.text for message in it.sink.messages] == ["OK 4711"]
            await it.sink.until(lambda: not it.on_the_sim)

    @virtual_time.story
    async def test_what_was_not_committed_comes_again_after_a_restart(self) -> None:
        async with bench() as it:
            it.sink.refusals = 1_000_000
            it.simulator.network.deliver_sms(ANNA, "OK 4711")
            await it.sink.until(lambda: it.sink.refusals < 1_000_000)
            await it.route.stop()
            again = Sink()
            route = GsmModemRoute("stick", ModemSupervisor("simulator://m"), clock=StoryClock())
            await route.start(again)
            await again.until(lambda: again.messages)
            await route.stop()
            assert [message.text for message in again.messages] == ["OK 4711"]

    @virtual_time.story
    async def test_a_modem_lost_between_commit_and_delete_gives_it_again(self) -> None:
        async with bench(Fault(moment=Moment.COMMAND, command="+CMGD", effect=Lose(), limit=1)) as it:
            it.simulator.network.deliver_sms(ANNA, "OK 4711")
            await it.sink.until(lambda: it.sink.messages)
            await it.sink.until(lambda: not it.on_the_sim)
            assert {message.text for message in it.sink.messages} == {"OK 4711"}

    @virtual_time.story
    async def test_a_modem_lost_before_the_commit_gives_it_again_when_it_is_back(self) -> None:
        async with bench() as it:
            it.sink.refusals = 1_000_000
            it.simulator.network.deliver_sms(ANNA, "OK 4711")
            await it.sink.until(lambda: it.sink.refusals < 1_000_000)
            it.simulator.unplug()
            it.sink.refusals = 0
            await it.sink.until(
                lambda: it.sink.messages
            )  # committed while there is no modem to delete it from
            it.simulator.plug_in()
            await it.sink.until(lambda: not it.on_the_sim)
            assert {message.text for message in it.sink.messages} == {"OK 4711"}

    @virtual_time.story
    async def test_a_message_that_meets_a_mistake_of_ours_stays_and_blocks_nothing(self) -> None:
        class Faulty(Sink):
            async def inbound(self, route: str, message: InboundSms) -> None:
                if message.text == "strange":
                    raise RuntimeError("a mistake")
                await super().inbound(route, message)

        simulator = register_simulator(Simulator(LoopScheduler(), name="m"))
        sink = Faulty()
        route = GsmModemRoute("stick", ModemSupervisor("simulator://m"), clock=StoryClock())
        await route.start(sink)
        await sink.until(lambda: sink.state is RouteState.OK)
        simulator.network.deliver_sms(ANNA, "strange")
        simulator.network.deliver_sms(ANNA, "OK")
        await sink.until(lambda: sink.messages)
        assert [message.text for message in sink.messages] == ["OK"]
        await sink.until(lambda: simulator.modem.storages["SM"].used == 1)
        await route.stop()
        close_simulators()

    @virtual_time.story
    async def test_a_delivery_report_names_the_segment(self) -> None:
        async with bench(delivery_latency=3.0) as it:
            outcome = await it.send()
            await it.sink.until(lambda: it.sink.reports)
            (report,) = it.sink.reports
            assert report.reference == outcome.reference
            assert report.address == ANNA
            assert report.status is ReportStatus.DELIVERED
            assert report.code == "TP-ST 0x00"
            assert report.accepted_at is not None
            await it.sink.until(lambda: not it.on_the_sim)


class TestHealth:
    @virtual_time.story
    async def test_a_good_modem(self) -> None:
        async with bench() as it:
            assert it.route.health is it.sink.healths[-1]
            assert dict(it.route.health.facts) == {
                "operator": "Simulated",
                "signal_dbm": -73,
                "registration": "home",
                "technology": "E-UTRAN",
                "model": "Generic",
                "imei": "3809",
                "storage": None,
            }

    @virtual_time.story
    async def test_before_the_modem_is_there(self) -> None:
        async with bench(ready=False) as it:
            assert it.route.health.state is RouteState.UNKNOWN

    @virtual_time.story
    async def test_unplugged_and_plugged_in_again(self) -> None:
        async with bench() as it:
            it.simulator.unplug()
            await it.sink.until(lambda: it.sink.state is RouteState.FAILED, within=20)
            assert it.route.health.reason
            it.simulator.plug_in()
            await it.sink.until(lambda: it.sink.state is RouteState.OK)

    @virtual_time.story
    async def test_one_that_hangs_is_looked_after_when_the_first_question_is_not_answered(self) -> None:
        """Not when the sweep of its memories is due, which may be a minute away."""
        async with bench() as it:
            await asyncio.sleep(1)  # of virtual time: it has looked into its memories
            it.simulator.modem.fall_silent()
            await it.sink.until(lambda: it.sink.state is RouteState.FAILED, within=70)
            assert "does not answer" in it.route.health.reason

    @virtual_time.story
    async def test_a_network_that_is_away_too_long(self) -> None:
        async with bench() as it:
            it.simulator.modem.set_registration(RegistrationStatus.SEARCHING)
            await it.sink.until(lambda: it.sink.state is RouteState.DEGRADED, within=31)
            await it.sink.until(lambda: it.sink.state is RouteState.FAILED, within=61)
            assert "antenna" in it.route.health.reason
            it.simulator.modem.set_registration(RegistrationStatus.HOME)
            await it.sink.until(lambda: it.sink.state is RouteState.OK, within=31)

    @virtual_time.story
    async def test_a_refused_message_has_the_network_looked_at_now(self) -> None:
        async with bench(Fault(moment=Moment.PROMPT, effect=LoseRegistration(seconds=5), limit=1)) as it:
            assert isinstance(await it.send(), Rejected)
            await it.sink.until(lambda: it.sink.state is RouteState.DEGRADED, within=2)

    @virtual_time.story
    async def test_a_modem_that_keeps_its_answer_is_no_first_choice_until_it_speaks(self) -> None:
        async with bench(Fault(moment=Moment.SUBMIT, effect=Silence(seconds=100), at=(1,))) as it:
            assert isinstance(await it.send(), Unknown)
            assert it.sink.state is RouteState.DEGRADED
            await it.sink.until(lambda: it.sink.state is RouteState.OK)

    @virtual_time.story
    async def test_a_modem_that_lost_an_answer_and_speaks_is_well(self) -> None:
        async with bench(Fault(moment=Moment.ANSWER, command="+CMGS", effect=Lose(), at=(1,))) as it:
            assert isinstance(await it.send(), Unknown)
            assert it.sink.state is RouteState.OK

    @virtual_time.story
    async def test_a_sim_without_a_service_centre(self) -> None:
        async with bench(ready=False, sim=SimCard(service_centre="")) as it:
            await it.sink.until(lambda: it.sink.state is RouteState.DEGRADED)
            assert "service centre" in it.route.health.reason

    @virtual_time.story
    async def test_a_sim_that_fills_up(self) -> None:
        async with bench() as it:
            it.sink.refusals = 1_000_000  # so nothing is deleted
            for number in range(17):
                it.simulator.network.deliver_sms(ANNA, f"message {number}")
            await it.sink.until(lambda: it.on_the_sim == 17)
            it.sink.refusals = 0
            await it.sink.until(lambda: it.sink.state is RouteState.DEGRADED)
            assert "nearly full" in it.route.health.reason
            await it.sink.until(lambda: it.sink.state is RouteState.OK)
            assert len(it.sink.messages) == 17

    @virtual_time.story
    async def test_a_line_that_nobody_knows_is_ignored(self) -> None:
        async with bench() as it:
            it.simulator.modem.announce("^CURIOUS: 1")
            it.simulator.network.deliver_sms(ANNA, "OK")
            await it.sink.until(lambda: it.sink.messages)

    @virtual_time.story
    async def test_a_modem_that_does_not_tell_its_network(self) -> None:
        async with bench() as it:
            fault = Fault(moment=Moment.COMMAND, command="+CSQ", effect=Fail(final="ERROR"))
            it.simulator.modem.faults.replace([fault])
            await it.sink.until(lambda: it.sink.state is RouteState.FAILED, within=100)
            assert it.route.health.reason == "the modem answered AT+CSQ with ERROR"
            it.simulator.modem.faults.replace()
            await it.sink.until(lambda: it.sink.state is RouteState.OK, within=31)

    @virtual_time.story
    async def test_a_mistake_of_ours_does_not_end_the_watch(self, caplog: pytest.LogCaptureFixture) -> None:
        class Faulty(Sink):
            async def health(self, route: str, health: RouteHealth) -> None:
                await super().health(route, health)
                if len(self.healths) == 1:
                    raise RuntimeError("a mistake")

        simulator = register_simulator(Simulator(LoopScheduler(), name="m"))
        sink = Faulty()
        route = GsmModemRoute("stick", ModemSupervisor("simulator://m"), clock=StoryClock())
        await route.start(sink)
        await sink.until(lambda: sink.healths)
        simulator.modem.set_registration(RegistrationStatus.DENIED)
        await sink.until(lambda: sink.state is RouteState.FAILED)
        assert "its health could not be judged" in caplog.text
        await route.stop()
        close_simulators()

    @virtual_time.story
    async def test_a_health_that_cannot_be_noted_is_no_disaster(self) -> None:
        class FullDisk(Sink):
            async def health(self, route: str, health: RouteHealth) -> None:
                await super().health(route, health)
                raise JournalError("no room on the disk")

        register_simulator(Simulator(LoopScheduler(), name="m"))
        sink = FullDisk()
        route = GsmModemRoute("stick", ModemSupervisor("simulator://m"), clock=StoryClock())
        await route.start(sink)
        await sink.until(lambda: sink.state is RouteState.OK)
        await route.stop()
        close_simulators()


class TestThePerson:
    """What only somebody at the modem can put right, and what the route does about it."""

    @virtual_time.story
    async def test_a_sim_that_was_unlocked_elsewhere_is_found_without_being_told(self) -> None:
        async with bench(ready=False, sim=SimCard(pin="1234")) as it:
            await it.sink.until(lambda: it.sink.state is RouteState.FAILED)
            assert "PIN" in it.route.health.reason
            it.simulator.modem.sim = SimCard()
            await asyncio.sleep(BLOCKED_INTERVAL / 2)
            assert it.sink.state is RouteState.FAILED
            await it.sink.until(lambda: it.sink.state is RouteState.OK, within=BLOCKED_INTERVAL)

    @virtual_time.story
    async def test_looking_again_and_again_costs_no_pin_try(self) -> None:
        card = SimCard(pin="1234")
        async with bench(ready=False, sim=card, pin="0000") as it:
            await asyncio.sleep(10 * BLOCKED_INTERVAL)
            assert "correct it" in it.route.health.reason
            assert card.pin_tries == 2

    @virtual_time.story
    async def test_whoever_put_it_right_need_not_wait(self) -> None:
        async with bench(ready=False, sim=SimCard(pin="1234")) as it:
            await it.sink.until(lambda: it.sink.state is RouteState.FAILED)
            it.simulator.modem.sim = SimCard()
            it.route.retry()
            await it.sink.until(lambda: it.sink.state is RouteState.OK, within=60)

    @virtual_time.story
    async def test_another_modem_is_used_and_told(self) -> None:
        async with bench(ready=False, imei="490154203237518") as it:
            await it.sink.until(lambda: it.sink.state is RouteState.DEGRADED)
            assert "check that the right one is on this port" in it.route.health.reason
            assert isinstance(await it.send(), Accepted)

    @virtual_time.story
    async def test_a_modem_that_came_back_elsewhere_is_told(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        ports = ["simulator://m", "simulator://elsewhere"]

        async def find() -> str:
            return ports[0]

        async with bench(find_port=find) as it:
            it.simulator.unplug()
            ports.pop(0)
            register_simulator(Simulator(LoopScheduler(), name="elsewhere"))
            await it.sink.until(lambda: it.sink.state is RouteState.FAILED)
            await it.sink.until(lambda: it.sink.state is RouteState.OK)
        assert caplog.messages.count("stick: the modem is at simulator://elsewhere now") == 1


IDENTITY = ModemIdentity(manufacturer="Q", model="EC25", firmware="1", imei="356938035643809")


NO_NETWORK = [status for status in RegistrationStatus if not status.can_send_sms]


def sim_with(used: int, total: int) -> StorageState:
    return StorageState(memory="SM", used=used, total=total)


def reading(
    status: RegistrationStatus = RegistrationStatus.HOME,
    dbm: int | None = -71,
    storage: StorageState | None = None,
    *,
    has_service_centre: bool | None = True,
) -> Reading:
    return Reading(
        identity=IDENTITY,
        registration=Registration(status=status, operator="A1"),
        signal=Signal(dbm=dbm, bit_error_rate=None),
        has_service_centre=has_service_centre,
        storage=storage,
    )


def only_2g(model: str, status: RegistrationStatus = RegistrationStatus.SEARCHING) -> Reading:
    """A modem of this model that has no network."""
    return replace(reading(status), identity=replace(IDENTITY, model=model))


class TestJudging:
    @pytest.mark.parametrize(
        ("given", "state", "words"),
        [
            (reading(), RouteState.OK, ""),
            (reading(has_service_centre=None), RouteState.OK, ""),
            (reading(dbm=None), RouteState.OK, ""),
            (reading(dbm=-107), RouteState.DEGRADED, "the signal is weak (-107 dBm)"),
            (reading(storage=sim_with(15, 20)), RouteState.OK, ""),
            (reading(storage=sim_with(16, 20)), RouteState.DEGRADED, "memory SM is nearly full"),
            (reading(storage=sim_with(3, 0)), RouteState.OK, ""),
            (reading(has_service_centre=False), RouteState.DEGRADED, "no service centre number"),
            (replace(reading(), is_another=True), RouteState.DEGRADED, "another modem than before"),
            (reading(RegistrationStatus.ROAMING), RouteState.OK, ""),
            *((reading(status), RouteState.DEGRADED, "") for status in NO_NETWORK),
            (only_2g("SIMCOM_SIM800L"), RouteState.DEGRADED, "this modem knows 2G only"),
            (only_2g("SIM7600E-H"), RouteState.DEGRADED, "the modem is searching"),
            (only_2g("M35", RegistrationStatus.DATA_ONLY), RouteState.DEGRADED, "data but no SMS"),
        ],
    )
    def test_one_reading(self, given: Reading, state: RouteState, words: str) -> None:
        health = HealthJudge().read(given, 0.0)
        assert health.state is state
        assert words in health.reason
        assert bool(health.reason) is (state is not RouteState.OK)

    def test_without_network_for_half_a_minute(self) -> None:
        judge, away = HealthJudge(), reading(RegistrationStatus.SEARCHING)
        states = [judge.read(away, second).state for second in (0.0, 29.9, 30.0)]
        assert states == [RouteState.DEGRADED, RouteState.DEGRADED, RouteState.FAILED]
        assert judge.read(reading(), 31.0).state is RouteState.OK
        assert judge.read(away, 32.0).state is RouteState.DEGRADED

    def test_small_changes_of_the_signal_are_noise(self) -> None:
        judge = HealthJudge()
        shown = [
            dict(judge.read(reading(dbm=dbm), 0.0).facts)["signal_dbm"]
            for dbm in (-71, -69, -75, -76, None, -70)
        ]
        assert shown == [-71, -71, -71, -76, None, -70]

    def test_small_changes_of_a_weak_signal_are_noise_too(self) -> None:
        judge = HealthJudge()
        first = judge.read(reading(dbm=-107), 0.0)
        assert [judge.read(reading(dbm=dbm), 0.0) for dbm in (-109, -104, -106)] == [first] * 3

    def test_three_misses_are_a_failure(self) -> None:
        judge = HealthJudge()
        health = judge.read(reading(), 0.0)
        health = judge.missed(health, "no answer")
        assert judge.missed(health, "no answer").state is RouteState.OK
        assert judge.missed(health, "no answer") == RouteHealth(
            state=RouteState.FAILED, reason="no answer", proof=ProofLevel.PORT
        )

    def test_an_answer_in_between_starts_the_count_anew(self) -> None:
        judge = HealthJudge()
        health = judge.read(reading(), 0.0)
        for _ in range(5):
            judge.missed(health, "no answer")
            assert judge.missed(health, "no answer").state is RouteState.OK
            health = judge.read(reading(), 0.0)


class TestTranslation:
    @pytest.mark.parametrize(
        ("sender", "alphanumeric", "answerable"),
        [
            (ANNA, False, True),
            ("06601234567", False, True),
            ("+431234", False, False),
            ("A1 Info", True, False),
            ("", False, False),
            ("12345", False, False),
            ("*100#123", False, False),
        ],
    )
    def test_who_can_be_answered(self, sender: str, *, alphanumeric: bool, answerable: bool) -> None:
        received = ReceivedSms(
            sender=sender,
            sender_is_alphanumeric=alphanumeric,
            text="x",
            kind=MessageKind.TEXT,
            service_centre_time=None,
            segments=1,
        )
        assert inbound_of(received, NOON).sender_can_be_answered is answerable

    @pytest.mark.parametrize("kind", MessageKind)
    def test_only_plain_text_is_text(self, kind: MessageKind) -> None:
        received = ReceivedSms(
            sender=ANNA,
            sender_is_alphanumeric=False,
            text="OK",
            kind=kind,
            service_centre_time=NOON,
            segments=3,
            missing=1,
        )
        message = inbound_of(received, NOON + timedelta(seconds=5))
        assert message.is_text is (kind is MessageKind.TEXT)
        assert (message.segments, message.missing_segments) == (3, 1)
        assert (message.service_centre_time, message.received_at) == (NOON, NOON + timedelta(seconds=5))

    @pytest.mark.parametrize(
        ("status", "tp_status", "expected"),
        [
            (DeliveryStatus.DELIVERED, 0x00, ReportStatus.DELIVERED),
            (DeliveryStatus.FORWARDED, 0x01, ReportStatus.PENDING),
            (DeliveryStatus.PENDING, 0x30, ReportStatus.PENDING),
            (DeliveryStatus.FAILED, 0x41, ReportStatus.FAILED),
            (DeliveryStatus.EXPIRED, 0x65, ReportStatus.FAILED),
        ],
    )
    def test_reports(self, status: DeliveryStatus, tp_status: int, expected: ReportStatus) -> None:
        report = report_of(
            DeliveryReport(
                message_reference=255,
                recipient=ANNA,
                status=status,
                tp_status=tp_status,
                service_centre_time=NOON,
                discharge_time=None,
            ),
            NOON,
        )
        assert report == InboundReport(
            reference="255",
            address=ANNA,
            status=expected,
            reported_at=NOON,
            accepted_at=NOON,
            code=f"TP-ST 0x{tp_status:02X}",
        )
