"""What the engine makes of calls: keys, callers, tries, a crash, a second modem, settings."""

from __future__ import annotations

import asyncio
import shutil
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.config.document import gateway_settings_from
from alert_engine.daemon.modems import Modems
from alert_engine.daemon.narration import narrate
from alert_engine.decisions.outcome import OutcomeReason, after_refusal
from alert_engine.engine import AlertEngine
from alert_engine.errors import ConfigError, JournalError
from alert_engine.journal.store import Journal
from alert_engine.model import (
    AlarmAcknowledge,
    AlarmRaise,
    CallReceived,
    Channel,
    Message,
    MessageKind,
    MessageState,
    Policy,
    Priority,
    SendRequest,
    Severity,
    Step,
)
from alert_engine.operations import calls
from alert_engine.outbox.entry import OutboxEntry
from alert_engine.phone.masking import mask_number
from alert_engine.routes.base import (
    Accepted,
    ErrorClass,
    KeyAnswer,
    KeyPress,
    Rejected,
    Ring,
    RouteHealth,
    RouteState,
)
from alert_engine.settings import DeliveryRules, EngineSettings
from alert_engine.supervision.settings import SupervisionSettings
from gsm_driver.simulator import close_simulators, create_simulator
from tests.engine.acceptance import HOUR, MINUTE
from tests.engine.routes.modem_house import ANNA, BERT, modem_house
from tests.engine.support import EPOCH, FAILED, OK, CountedIds, FakeRoute, InlineExecutor, StoryClock, telling
from tests.engine.support import Step as Answer
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from alert_engine.routes.base import OutboundMessage, Outcome, SegmentProgress
    from tests.engine.support import Story

CALL_ALL = Policy(
    name=Severity.CRITICAL,
    steps=(Step(after=timedelta(0), notify=(), channels=(Channel.CALL,)),),
)
CALLS = frozenset({Channel.CALL})


# --- keys ---


def raised() -> AlarmRaise:
    return AlarmRaise(source="plc1", key="pump", severity=Severity.CRITICAL, title="pump")


async def called(told: Story) -> Message:
    """The call that an alarm became."""
    return next(each for each in await told.engine.messages() if each.channel is Channel.CALL)


class TestKeys:
    @pytest.mark.parametrize(
        ("key", "answer"),
        [
            ("1", KeyAnswer.DONE),
            ("2", KeyAnswer.HANG_UP),
            ("3", KeyAnswer.DONE),
            ("4", KeyAnswer.IGNORED),
            ("#", KeyAnswer.IGNORED),
        ],
    )
    def test_what_they_mean(self, tmp_path: Path, key: str, answer: KeyAnswer) -> None:
        @story
        async def played() -> None:
            route = FakeRoute("calls", channels=CALLS)
            async with telling(tmp_path, people=(ANNA,), route=route, policies=(CALL_ALL,)) as told:
                await told.engine.raise_alarm(raised())
                await told.until(5)
                press = KeyPress(uid=(await called(told)).uid, key=key)
                assert await told.engine.key_pressed("calls", press) is answer
                # A key that is heard twice does no more than one.
                assert await told.engine.key_pressed("calls", press) is (
                    answer if key != "3" else KeyAnswer.IGNORED
                )
                actions = [entry.action for entry in await told.engine.access.audit()]
                assert actions.count("pressed") == (2 if key in {"1", "3"} else 0)

        played()

    @story
    async def test_calls_about_nothing(self, tmp_path: Path) -> None:
        route = FakeRoute("calls", channels=CALLS)
        async with telling(tmp_path, people=(ANNA,), route=route) as told:
            request = SendRequest(to=("anna",), text="a call without an alarm", channel=Channel.CALL)
            await told.engine.send(request)
            await told.until(5)
            for uid in ((await called(told)).uid, "forgotten"):
                press = KeyPress(uid=uid, key="1")
                assert await told.engine.key_pressed("calls", press) is KeyAnswer.IGNORED

    @story
    async def test_a_number_that_is_nobodys_any_more(self, tmp_path: Path) -> None:
        route = FakeRoute("calls", channels=CALLS)
        async with telling(tmp_path, people=(ANNA, BERT), route=route, policies=(CALL_ALL,)) as told:
            await told.engine.raise_alarm(raised())
            await told.until(5)
            messages = await told.engine.messages()
            uid = next(each.uid for each in messages if each.recipient == "anna")
            told.engine.update_settings(EngineSettings(gateway="test", people=(BERT,)))
            press = KeyPress(uid=uid, key="1")
            assert await told.engine.key_pressed("calls", press) is KeyAnswer.IGNORED

    def test_nobody_sees_them(self) -> None:
        assert "1" not in repr(KeyPress(uid="m", key="1"))


# --- callers ---


@pytest.mark.parametrize(
    ("caller", "who", "shown"),
    [
        ("+436641111111", "anna", "+43…111"),
        ("06641111111", "anna", "+43…111"),
        ("+436649999999", None, "+43…999"),
        ("144", None, "…"),
        ("", None, ""),
    ],
)
def test_who_called(caller: str, who: str | None, shown: str) -> None:
    settings = EngineSettings(gateway="test", people=(ANNA,), default_country="AT")
    event = calls.received(settings, "stick", Ring(caller=caller, at=EPOCH))
    assert event == CallReceived(route="stick", person=who, number=shown, at=EPOCH)
    assert narrate(event) == f"call to stick from {who or 'somebody unknown'}, refused"


def test_a_masked_number_cannot_be_called() -> None:
    assert mask_number("+436641234567") == "+43…567"
    assert mask_number("+1234567") == "…"


# --- tries ---


def entry(**changes: Any) -> OutboxEntry:
    message = Message(
        uid="m",
        kind=MessageKind.RAISE,
        channel=Channel.CALL,
        address="+436641111111",
        recipient="anna",
        alarm_id="a",
        text="water",
        priority=Priority.CRITICAL,
        state=MessageState.IN_FLIGHT,
        segments=1,
        attempts=1,
        in_doubt=False,
        route="stick-calls",
        created_at=EPOCH,
        due_at=EPOCH,
        expires_at=EPOCH + timedelta(hours=1),
    )
    return replace(OutboxEntry(message=message), **changes)


@pytest.mark.parametrize(
    ("refusals", "alternative", "state", "reason"),
    [
        (0, False, MessageState.QUEUED, OutcomeReason.WAITS),
        (1, False, MessageState.QUEUED, OutcomeReason.WAITS),
        (2, False, MessageState.FAILED, OutcomeReason.TOO_MANY_ATTEMPTS),
        (2, True, MessageState.QUEUED, OutcomeReason.NEXT_ROUTE),
    ],
)
def test_a_call_is_tried_a_few_times(
    *, refusals: int, alternative: bool, state: MessageState, reason: OutcomeReason
) -> None:
    busy = Rejected(error_class=ErrorClass.TEMPORARY, reason="the line was busy")
    after = after_refusal(
        entry(refusals=refusals), "stick-calls", busy, EPOCH, DeliveryRules(), alternative=alternative
    )
    assert (after.entry.message.state, after.reason) == (state, reason)


# --- a crash ---


@story
async def test_a_crash_in_a_call_costs_another_ring_at_once(tmp_path: Path) -> None:
    """The journal as a killed process leaves it: the call is in flight."""
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()

    async def copy(_: object) -> None:
        shutil.copytree(before, after)

    async with modem_house() as house, house.plan(before, policies=(CALL_ALL,)) as plan:
        plan.at(0).raises("pump")
        plan.between(0, 5).want(ANNA, channel=Channel.CALL)
        plan.at(10).does(copy)
        plan.until(12)
    ids = CountedIds()
    ids.prefix = "second-life"
    async with modem_house() as house, house.plan(after, policies=(CALL_ALL,), ids=ids) as plan:
        plan.between(12, 20).want(ANNA, channel=Channel.CALL)
        plan.until(HOUR)


# --- withdrawn while the journal cannot be read ---


class _Ringing(FakeRoute):
    """It rings until somebody ends it."""

    def __init__(self) -> None:
        super().__init__("calls", channels=CALLS)
        self.ended = asyncio.Event()

    async def send(
        self, message: OutboundMessage, progress: Callable[[SegmentProgress], Awaitable[None]]
    ) -> Outcome:
        await super().send(message, progress)
        await self.ended.wait()
        return Accepted(reference=message.uid, segments=1)

    def interrupt(self, uid: str) -> None:
        assert uid
        self.ended.set()


class _FailingReader(InlineExecutor):
    """Reads nothing so many times."""

    failures = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if not self.failures:
            return super().submit(fn, *args, **kwargs)
        self.failures -= 1
        failed: Future[Any] = Future()
        failed.set_exception(JournalError("disk I/O error"))
        return failed


@story
async def test_a_journal_that_cannot_be_read_is_read_again(tmp_path: Path) -> None:
    reader, route = _FailingReader(), _Ringing()
    engine = AlertEngine(
        EngineSettings(
            gateway="test",
            people=(ANNA,),
            policies=(CALL_ALL,),
            supervision=SupervisionSettings(raises_alarms=False),
        ),
        Journal(tmp_path / "journal.db", writer=InlineExecutor(), reader=reader),
        clock=StoryClock(),
        ids=CountedIds(),
    )
    await engine.start()
    try:
        await engine.add_route(route)
        (alarm,) = (await engine.raise_alarm(raised())).alarms
        await asyncio.sleep(10)
        assert not route.ended.is_set()
        reader.failures = 4
        await engine.acknowledge(AlarmAcknowledge(by="bert", alarm_id=alarm.id))
        await asyncio.sleep(10)
        assert route.ended.is_set()
    finally:
        route.ended.set()
        await engine.stop()


# --- two modems ---


@story
async def test_another_modem_calls_when_the_first_cannot(tmp_path: Path) -> None:
    refusing = Answer(outcome=Rejected(error_class=ErrorClass.ACCOUNT, reason="no voice calls"))
    first = FakeRoute("first", channels=CALLS, script=[refusing])
    second = FakeRoute("second", channels=CALLS)
    async with telling(tmp_path, people=(ANNA,), route=first, policies=(CALL_ALL,)) as told:
        await told.engine.add_route(second)
        await told.engine.raise_alarm(raised())
        await told.until(5)
        assert (len(first.left), len(second.left)) == (0, 1)


# --- supervision ---


@story
async def test_a_modem_that_is_gone_is_told_once(tmp_path: Path) -> None:
    messages = FakeRoute("stick")
    voice = FakeRoute("stick-calls", channels=CALLS, health=replace(OK, companion_of="stick"))
    spare = FakeRoute("spare")
    settings = SupervisionSettings(raises_alarms=True)
    async with telling(tmp_path, people=(ANNA,), route=spare, supervision=settings) as told:
        await told.engine.add_route(messages)
        await told.engine.add_route(voice)
        await told.until(10)
        await voice.become(replace(FAILED, companion_of="stick"))
        await messages.become(FAILED)
        await told.until(5 * MINUTE)
        assert [alarm.key for alarm in await told.engine.open_alarms()] == ["route/stick"]
        await voice.become(RouteHealth(state=RouteState.FAILED, reason="no calls from this SIM here"))
        await told.until(10 * MINUTE)
        keys = {alarm.key for alarm in await told.engine.open_alarms()}
        assert keys == {"route/stick", "route/stick-calls"}


# --- settings ---

HEAD: dict[str, Any] = {"gateway": "home", "journal": "j.db"}


def modem(**fields: Any) -> dict[str, Any]:
    return {"name": "stick", "port": "/dev/ttyUSB2", **fields}


def test_what_can_be_set(tmp_path: Path) -> None:
    given = HEAD | {"modems": [modem(ring_for="40s")], "budgets": {"stick-calls": 20}}
    (read,) = gateway_settings_from(given, folder=tmp_path).modems
    assert (read.calls, read.ring_for) == (True, timedelta(seconds=40))


@pytest.mark.parametrize(
    ("modems", "budgets", "problem"),
    [
        ([modem(ring_for="2s")], {}, "5 s to 90 s"),
        ([modem(ring_for="5min")], {}, "5 s to 90 s"),
        ([modem(), modem(name="stick-calls", port="/dev/ttyUSB5")], {}, "calls of another modem"),
        ([modem(calls=False)], {"stick-calls": 20}, "stick-calls"),
    ],
)
def test_what_makes_no_sense(
    tmp_path: Path, modems: list[dict[str, Any]], budgets: dict[str, int], problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        gateway_settings_from(HEAD | {"modems": modems, "budgets": budgets}, folder=tmp_path)


@story
async def test_the_daemon_gives_a_modem_its_calls(tmp_path: Path) -> None:
    create_simulator("stick")
    try:
        async with telling(tmp_path, people=(ANNA,)) as told:
            modems = Modems(told.engine, tmp_path / "journal.db", StoryClock())
            with_calls = HEAD | {"modems": [modem(port="simulator://stick")]}
            without = HEAD | {"modems": [modem(port="simulator://stick", calls=False)]}
            await modems.use(gateway_settings_from(with_calls, folder=tmp_path).modems)
            assert set(told.engine.routes()) == {"modem", "stick", "stick-calls"}
            await modems.use(gateway_settings_from(without, folder=tmp_path).modems)
            assert set(told.engine.routes()) == {"modem", "stick"}
            await modems.use(())
            assert set(told.engine.routes()) == {"modem"}
    finally:
        close_simulators()
