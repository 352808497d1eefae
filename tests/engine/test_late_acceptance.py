"""What was in doubt, or refused without certainty, and had been taken all the same: never sent again."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.model import MessageState, SendRequest, Severity
from alert_engine.routes.base import ErrorClass, InboundReport, LateAcceptance, Rejected, ReportStatus
from alert_engine.routes.gsm_modem import GsmModemRoute
from gsm_driver import ModemSupervisor
from gsm_driver.simulator import (
    Delay,
    Fault,
    FaultPlan,
    LoopScheduler,
    Moment,
    NetworkConditions,
    SimulatedNetwork,
    Simulator,
    close_simulators,
    register_simulator,
)
from gsm_driver.simulator.faults import submit_error
from tests.virtual_time import story

from .support import (
    ANNA,
    EPOCH,
    LOST,
    FakeRoute,
    Step,
    Story,
    StoryClock,
    make_engine,
    number_of,
    telling,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from alert_engine.engine import AlertEngine
    from alert_engine.model import Message

S = MessageState
NUMBER = number_of(ANNA)
LONG = "long text " * 40  # three segments
UNCERTAIN = Step(
    outcome=Rejected(error_class=ErrorClass.TEMPORARY, reason="CMS 500", certain=False), after_submit=True
)


async def send(engine: AlertEngine, text: str = "hello", severity: Severity = Severity.NORMAL) -> str:
    result = await engine.send(SendRequest(to=("anna",), text=text, severity=severity))
    return result.messages[0].uid


# --- the whole way: engine, route, driver, modem ---


class Rig:
    """An engine with a simulated modem."""

    def __init__(self, engine: AlertEngine, simulator: Simulator) -> None:
        self.engine = engine
        self.simulator = simulator
        self.changed = asyncio.Event()
        engine.subscribe(lambda _: self.changed.set())

    @property
    def texts(self) -> list[str]:
        return self.simulator.network.phone(NUMBER).texts

    @property
    def segments(self) -> int:
        return len(self.simulator.network.phone(NUMBER).raw)

    async def message(self) -> Message:
        (found,) = await self.engine.messages()
        return found

    async def becomes(self, state: MessageState, within: float = 200.0) -> Message:
        async with asyncio.timeout(within):
            while True:
                self.changed.clear()  # before the look: what changes during it counts
                if (message := await self.message()).state is state:
                    return message
                await self.changed.wait()


@asynccontextmanager
async def rig(folder: Path, *faults: Fault, **conditions: Any) -> AsyncIterator[Rig]:
    scheduler, clock = LoopScheduler(), StoryClock()
    network = SimulatedNetwork(scheduler, conditions=NetworkConditions(**conditions))
    network.add_phone(NUMBER)
    simulator = register_simulator(Simulator(scheduler, name="m", network=network, faults=FaultPlan(faults)))
    engine = make_engine(folder, clock=clock)
    await engine.start()
    try:
        await engine.add_route(GsmModemRoute("stick", ModemSupervisor("simulator://m"), clock=clock))
        yield Rig(engine, simulator)
    finally:
        await engine.stop()
        close_simulators()


def late_answer(seconds: float = 70.0, at: int = 1) -> Fault:
    return Fault(moment=Moment.ANSWER, command="+CMGS", effect=Delay(seconds=seconds), at=(at,))


class TestOnAModem:
    @story
    async def test_an_answer_after_its_time_settles_the_doubt(self, tmp_path: Path) -> None:
        async with rig(tmp_path, late_answer(), delivery_latency=600.0) as it:
            await send(it.engine)
            await it.becomes(S.IN_DOUBT)
            assert (await it.becomes(S.ACCEPTED, within=100)).attempts == 1
            await it.becomes(S.DELIVERED, within=700)
            assert it.texts == ["hello"]

    @story
    async def test_a_refusal_that_was_none_is_not_sent_again(self, tmp_path: Path) -> None:
        async with rig(tmp_path, submit_error(500, sent=True, limit=1), delivery_latency=4.0) as it:
            await send(it.engine, severity=Severity.CRITICAL)
            assert (await it.becomes(S.DELIVERED, within=30)).attempts == 1
            await asyncio.sleep(600)
            assert it.texts == ["hello"]
            assert (await it.message()).attempts == 1

    @pytest.mark.parametrize("severity", [Severity.CRITICAL, Severity.NORMAL])
    def test_a_refusal_that_was_one_costs_seconds(self, tmp_path: Path, severity: Severity) -> None:
        @story
        async def told() -> None:
            async with rig(tmp_path, submit_error(500, limit=2)) as it:
                await send(it.engine, severity=severity)
                assert (await it.becomes(S.ACCEPTED, within=60)).attempts == 3
                await asyncio.sleep(600)
                assert it.texts == ["hello"]

        told()

    @story
    async def test_what_never_left_follows_when_the_doubt_is_settled(self, tmp_path: Path) -> None:
        async with rig(tmp_path, late_answer(at=2), delivery_latency=600.0) as it:
            await send(it.engine, LONG)
            await it.becomes(S.IN_DOUBT)
            await it.becomes(S.ACCEPTED, within=100)
            await it.becomes(S.DELIVERED, within=700)
            assert (it.segments, it.texts) == (3, [LONG])


# --- the engine's part ---


async def take_late(told: Story, segment: int = 0, *, reference: str = "77", at: float | None = None) -> None:
    left_at = None if at is None else EPOCH + timedelta(seconds=at)
    await told.engine.accepted_late(
        "modem", LateAcceptance(address=NUMBER, segment=segment, reference=reference, left_at=left_at)
    )


class TestInTheEngine:
    @story
    async def test_the_report_fits_the_late_reference(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(script=[LOST])) as told:
            uid = await send(told.engine)
            await told.until(5)
            await take_late(told)
            assert (await told.message(uid)).state is S.ACCEPTED
            await told.route.deliver(told.route.left[0], reference="77")
            assert (await told.message(uid)).state is S.DELIVERED
            await told.until(600)
            assert len(told.route.left) == 1

    @story
    async def test_a_pending_retry_is_cancelled(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(script=[UNCERTAIN])) as told:
            uid = await send(told.engine)
            await told.until(5)
            waiting = await told.message(uid)
            assert (waiting.state, waiting.in_doubt) == (S.QUEUED, True)
            await take_late(told)
            await told.until(600)
            assert ((await told.message(uid)).state, len(told.route.given)) == (S.ACCEPTED, 1)

    @story
    async def test_a_report_alone_cancels_it_too(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(script=[UNCERTAIN])) as told:
            uid = await send(told.engine)
            await told.until(5)
            report = InboundReport(
                reference="9",
                address=NUMBER,
                status=ReportStatus.DELIVERED,
                reported_at=told.clock.now(),
                accepted_at=EPOCH,
            )
            await told.engine.report("modem", report)
            await told.until(600)
            assert ((await told.message(uid)).state, len(told.route.given)) == (S.DELIVERED, 1)

    @story
    async def test_what_the_network_gave_up_after_such_a_refusal_has_failed(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(script=[UNCERTAIN])) as told:
            uid = await send(told.engine)
            await told.until(60)
            await told.route.deliver(told.route.left[-1], ReportStatus.FAILED)
            assert (await told.message(uid)).state is S.FAILED

    @story
    async def test_during_the_second_try_it_makes_it_the_last(self, tmp_path: Path) -> None:
        gate = asyncio.Event()
        again = replace(UNCERTAIN, hold=gate)
        async with telling(tmp_path, route=FakeRoute(script=[UNCERTAIN, again])) as told:
            uid = await send(told.engine)
            await told.until(20)
            await take_late(told, at=0)
            assert (await told.message(uid)).state is S.IN_FLIGHT
            gate.set()
            await told.until(600)
            assert ((await told.message(uid)).state, len(told.route.given)) == (S.ACCEPTED, 2)

    @pytest.mark.parametrize("step", [LOST, UNCERTAIN])
    def test_it_may_come_before_the_outcome_is_journalled(self, tmp_path: Path, step: Step) -> None:
        @story
        async def told() -> None:
            gate = asyncio.Event()
            async with telling(tmp_path, route=FakeRoute(script=[replace(step, hold=gate)])) as told:
                uid = await send(told.engine)
                await told.until(5)
                await take_late(told)
                gate.set()
                await told.until(600)
                assert ((await told.message(uid)).state, len(told.route.given)) == (S.ACCEPTED, 1)

        told()

    @pytest.mark.parametrize(("at", "settled"), [(0, "first"), (2, "second"), (None, "second")])
    def test_two_that_went_to_one_number(self, tmp_path: Path, at: float | None, settled: str) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path, route=FakeRoute(script=[LOST, LOST])) as told:
                uids = {text: await send(told.engine, text) for text in ("first", "second")}
                await told.until(10)
                await take_late(told, at=at)
                states = {text: (await told.message(uid)).state for text, uid in uids.items()}
                assert states == {"first": S.IN_DOUBT, "second": S.IN_DOUBT} | {settled: S.ACCEPTED}

        told()

    @story
    async def test_the_rest_of_a_long_text_is_sent_at_once(self, tmp_path: Path) -> None:
        async with telling(tmp_path, route=FakeRoute(script=[replace(LOST, at_segment=1)])) as told:
            uid = await send(told.engine, LONG)
            await told.until(10)
            await take_late(told, 1)
            await told.until(12)
            assert [left.segment for left in told.route.left] == [0, 1, 2]
            assert (await told.message(uid)).state is S.ACCEPTED

    @story
    async def test_another_doubt_of_the_same_text_stays(self, tmp_path: Path) -> None:
        again = replace(LOST, at_segment=1)
        async with telling(tmp_path, route=FakeRoute(script=[LOST, again])) as told:
            uid = await send(told.engine, LONG, Severity.CRITICAL)
            await told.until(25)  # 0 left twice, 1 once
            await take_late(told, 0, at=0)
            assert (await told.message(uid)).state is S.IN_DOUBT

    @story
    async def test_what_fits_nothing_changes_nothing(self, tmp_path: Path) -> None:
        async with telling(tmp_path) as told:
            uid = await send(told.engine)
            await told.until(5)
            before = await told.message(uid)
            await take_late(told)
            await take_late(told, 3, at=0)
            assert await told.message(uid) == before
