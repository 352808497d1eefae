"""How much one phone is told: storms, digests, what waits for company; nothing of it is ever lost."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alert_engine.decisions.throttle import DEFAULT_LIMITS
from alert_engine.model import (
    Address,
    AlarmClear,
    AlarmRaise,
    AlarmState,
    Channel,
    MessageKind,
    MessageState,
    Policy,
    Severity,
    Step,
    WeeklyPeriod,
)
from tests.engine.acceptance import DAY, HOUR, MINUTE, acceptance
from tests.engine.support import (
    ANNA,
    BERT,
    FAILED,
    OK,
    CountedIds,
    FakeRoute,
    Left,
    Story,
    number_of,
    telling,
)
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

NOW = timedelta(0)
# Told once: what is not told again cannot hide that something was lost.
ONCE = tuple(
    Policy(name=severity, steps=(Step(after=NOW, notify=()),))
    for severity in (Severity.CRITICAL, Severity.HIGH, Severity.NORMAL)
)
LIMITED: dict[str, Any] = {"limits": DEFAULT_LIMITS, "policies": ONCE}
_COUNT = re.compile(r"(\d+) (?:CRITICAL|HIGH|NORMAL|INFO)")


def raises(key: object, severity: Severity = Severity.HIGH) -> AlarmRaise:
    return AlarmRaise(source="plc1", key=f"key-{key}", severity=severity, title=f"Pump {key}")


def most_within(left: list[Left], span: float) -> int:
    """How many SMS left in any time of this length; each segment is one."""
    return max((sum(each.at <= other.at < each.at + span for other in left) for each in left), default=0)


def count_told(left: list[Left]) -> int:
    """How many alarms the texts tell of, by name or by number."""
    told = 0
    for each in left:
        counts = [int(number) for number in _COUNT.findall(each.text)]
        told += sum(counts) if "OK ALL" in each.text else each.text.startswith(("CRITICAL", "HIGH", "NORMAL"))
    return told


class TestStorm:
    @pytest.mark.parametrize("worst", [0, 300, 999])
    def test_a_thousand_alarms_in_a_minute(self, tmp_path: Path, worst: int) -> None:
        """At most 5 SMS in 15 minutes, all are told, and the critical one among them leaves first."""

        @story
        async def told() -> None:
            async with telling(tmp_path, **LIMITED) as told:
                for number in range(1000):
                    await told.until(number * 60 / 1000)
                    severity = Severity.CRITICAL if number == worst else Severity.HIGH
                    await told.engine.raise_alarm(raises(number, severity))
                await told.until(HOUR)
                left = told.route.left
                assert most_within(left, 15 * MINUTE) <= 5
                assert count_told(left) == 1000
                critical = next(each for each in left if f"Pump {worst}." in each.text)
                assert critical.at <= worst * 60 / 1000 + 20
                assert left.index(critical) <= 1
                alarms = await told.engine.open_alarms()
                assert len(alarms) == 1000
                # One text takes them all.
                await told.route.receive(ANNA, "OK ALL")
                await told.until(HOUR + 10)
                assert {a.state for a in await told.engine.open_alarms()} == {AlarmState.ACKED}

        told()

    @story
    async def test_a_hundred_with_the_built_in_ladders(self, tmp_path: Path) -> None:
        """They remind people for hours; no window is ever exceeded."""
        dice = random.Random(3)
        async with telling(tmp_path, limits=DEFAULT_LIMITS) as told:
            for number in range(100):
                await told.until(number * 60 / 100)
                severity = Severity.CRITICAL if number == 77 else dice.choice([*Severity][:3])
                await told.engine.raise_alarm(raises(number, severity))
            await told.until(3 * HOUR)
            left = told.route.left
            # The ladder of the critical one may use what is kept for it.
            assert most_within(left, 15 * MINUTE) <= 5 + 3
            assert most_within([each for each in left if each.at < 15 * MINUTE], DAY) <= 5
            plain = [each for each in left if "CRITICAL" not in each.text]
            for window in DEFAULT_LIMITS[Channel.SMS].windows:
                assert most_within(plain, window.span.total_seconds()) <= window.most

    @story
    async def test_each_phone_has_its_own(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT), **LIMITED) as told:
            await told.engine.raise_alarms([raises(number) for number in range(50)])
            await told.until(15 * MINUTE)
            by_phone = Counter(each.address for each in told.route.left)
            assert by_phone == {number_of(ANNA): 2, number_of(BERT): 2}

    @story
    async def test_a_hundred_keys_that_flap(self, tmp_path: Path) -> None:
        async with telling(tmp_path, **LIMITED) as told:
            for turn in range(8):
                for number in range(100):
                    await told.until(turn * 180 + number)
                    key = f"key-{number}"
                    if turn % 2:
                        await told.engine.clear(AlarmClear(source="plc1", key=key))
                    else:
                        await told.engine.raise_alarm(raises(number, Severity.NORMAL))
            await told.until(4 * HOUR)
            assert await told.engine.open_alarms() == ()
            for window in DEFAULT_LIMITS[Channel.SMS].windows:
                assert most_within(told.route.left, window.span.total_seconds()) <= window.most

    @story
    async def test_a_modem_that_comes_back_sends_no_storm(self, tmp_path: Path) -> None:
        route = FakeRoute(health=FAILED)
        async with telling(tmp_path, route=route, **LIMITED) as told:
            for number in range(60):
                await told.until(number * MINUTE)
                await told.engine.raise_alarm(raises(number))
            assert len(await told.engine.messages(states={MessageState.QUEUED})) == 1
            await route.become(OK)
            await told.until(2 * HOUR)
            assert len(route.left) == 2
            assert count_told(route.left) == 60


class TestDigests:
    @story
    async def test_the_first_at_once_and_the_rest_together(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, **LIMITED) as plan:
            plan.at(0).raises("pump", Severity.HIGH)
            plan.between(0, 2).want(ANNA, "HIGH pump. Reply OK {pump}")
            plan.at(10).raises("gate", Severity.HIGH).raises("door", Severity.NORMAL)
            plan.between(120, 122).want(ANNA, "1 HIGH", "1 NORMAL", "{gate} gate", "{door} door", "OK ALL")
            plan.at(200).replies(ANNA, "OK {door}")
            plan.between(200, 202).want(ANNA, "{door} is yours")
            plan.at(210).replies(ANNA, "OK")
            plan.between(210, 212).want(ANNA, "Which one", "{pump}", "{gate}")
            plan.at(300).clears("gate")
            plan.between(300, 302).want(ANNA, "CLEARED {gate}")

    @story
    async def test_one_alone_is_told_in_its_own_words(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, **LIMITED) as plan:
            plan.at(0).raises("pump", Severity.HIGH)
            plan.between(0, 2).want(ANNA, "HIGH pump")
            plan.at(10).raises("gate", Severity.HIGH, text="stands open")
            plan.between(120, 122).want(ANNA, "HIGH gate: stands open. Reply OK {gate}")

    @story
    async def test_news_of_one_alarm_does_not_wait_for_itself(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, people=(ANNA, BERT), **LIMITED) as plan:
            plan.at(0).raises("pump", Severity.HIGH)
            plan.between(0, 4).want(ANNA, "pump").want(BERT, "pump")
            plan.at(30).replies(ANNA, "OK")
            plan.between(30, 34).want(ANNA, "is yours").want(BERT, "taken by Anna")
            plan.at(60).clears("pump")
            plan.between(60, 64).want(ANNA, "CLEARED").want(BERT, "CLEARED")

    @story
    async def test_what_is_over_before_it_was_told_is_not_told(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, **LIMITED) as plan:
            plan.at(0).raises("pump", Severity.HIGH)
            plan.between(0, 2).want(ANNA, "pump")
            plan.at(10).raises("gate", Severity.HIGH)
            plan.at(60).clears("gate")

    @story
    async def test_what_is_over_is_told_as_over(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, **LIMITED) as plan:
            plan.at(0).raises("pump", Severity.HIGH)
            plan.between(0, 2).want(ANNA, "pump")
            plan.at(200).raises("gate", Severity.HIGH)
            plan.between(200, 202).want(ANNA, "gate")
            plan.at(210).clears("pump").raises("door", Severity.HIGH)
            plan.between(320, 322).want(ANNA, "1 HIGH", "1 over", "{door} door")
            plan.until(HOUR)

    @story
    async def test_whoever_may_not_acknowledge_is_not_asked_to(self, tmp_path: Path) -> None:
        guest = replace(ANNA, can_acknowledge=False)
        async with telling(tmp_path, people=(guest,), **LIMITED) as told:
            await told.engine.raise_alarms([raises(number) for number in range(3)])
            await told.until(HOUR)
            assert "OK" not in told.route.left[-1].text

    @story
    async def test_a_digest_that_waits_says_what_is_true_when_it_leaves(self, tmp_path: Path) -> None:
        route = FakeRoute()
        async with telling(tmp_path, route=route, **LIMITED) as told:
            await told.engine.raise_alarms([raises(number) for number in range(4)])
            await told.until(60)
            await route.become(FAILED)
            await told.until(200)
            (digest,) = await told.engine.messages(states={MessageState.QUEUED})
            assert "3 HIGH" in digest.text
            await told.engine.clear(AlarmClear(source="plc1", key="key-2"))
            await told.until(400)
            (digest,) = await told.engine.messages(states={MessageState.QUEUED})
            assert "2 HIGH" in digest.text
            assert "Pump 2" not in digest.text
            for number in (1, 3):
                await told.engine.clear(AlarmClear(source="plc1", key=f"key-{number}"))
            await route.become(OK)
            await told.until(HOUR)
            assert len(route.left) == 1  # the first one: of the others nobody ever knew

    @story
    async def test_the_story_of_an_alarm_has_its_digests(self, tmp_path: Path) -> None:
        async with telling(tmp_path, **LIMITED) as told:
            *_, last = await told.engine.raise_alarms([raises(number) for number in range(3)])
            await told.until(HOUR)
            (message,) = await told.engine.messages(alarm_id=last.alarms[0].id)
            assert message.kind is MessageKind.RAISE
            assert "2 HIGH" in message.text


class TestInfo:
    @story
    async def test_it_waits_a_quarter_of_an_hour(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, **LIMITED) as plan:
            plan.at(0).raises("door", Severity.INFO)
            plan.at(300).raises("gate", Severity.INFO)
            plan.between(900, 902).want(ANNA, "2 INFO", "{door} door", "{gate} gate")

    @story
    async def test_it_holds_up_nothing_and_leaves_with_the_next_digest(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, **LIMITED) as plan:
            plan.at(0).raises("door", Severity.INFO)
            plan.at(60).raises("pump", Severity.HIGH)
            plan.between(60, 62).want(ANNA, "HIGH pump. Reply")
            plan.at(70).raises("gate", Severity.HIGH)
            plan.between(180, 182).want(ANNA, "1 HIGH, 1 INFO", "{gate} gate", "{door} door")

    @story
    async def test_its_end_is_no_message_of_its_own(self, tmp_path: Path) -> None:
        async with acceptance(tmp_path, **LIMITED) as plan:
            plan.at(0).raises("door", Severity.INFO).raises("gate", Severity.INFO)
            plan.at(600).clears("gate")
            plan.between(900, 902).want(ANNA, "INFO door")
            plan.at(1000).clears("door")
            plan.between(1900, 1902).want(ANNA, "CLEARED")


class TestRestart:
    @story
    async def test_what_is_held_is_told_after_it(self, tmp_path: Path) -> None:
        async with telling(tmp_path, **LIMITED) as told:
            await told.engine.raise_alarms([raises(number) for number in range(10)])
            await told.until(60)
            assert len(told.route.left) == 1
        again = CountedIds()
        again.prefix = "later"
        async with telling(tmp_path, ids=again, **LIMITED) as told:
            await told.until(HOUR)
            assert [each.at for each in told.route.left] == [120]
            assert "9 HIGH" in told.route.left[0].text

    @pytest.mark.parametrize("set_by", [timedelta(hours=5), -timedelta(days=1), -timedelta(days=400)])
    def test_with_another_clock(self, tmp_path: Path, set_by: timedelta) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path, **LIMITED) as told:
                await told.engine.raise_alarms([raises(number) for number in range(10)])
                await told.until(60)
            again = CountedIds()
            again.prefix = "later"
            async with telling(tmp_path, ids=again, offset=set_by, **LIMITED) as told:
                await told.until(300)
                assert count_told(told.route.left) == 9

        told()

    @pytest.mark.parametrize("set_by", [timedelta(hours=5), -timedelta(hours=5)])
    def test_the_clock_jumps_while_it_waits(self, tmp_path: Path, set_by: timedelta) -> None:
        @story
        async def told() -> None:
            async with telling(tmp_path, **LIMITED) as told:
                await told.engine.raise_alarms([raises(number) for number in range(10)])
                await told.until(60)
                told.clock.offset += set_by
                await told.until(300)
                assert count_told(told.route.left) == 10

        told()


class TestSettingsChange:
    async def _hold_three(self, told: Story) -> None:
        await told.engine.raise_alarms([raises(number) for number in range(4)])
        await told.until(60)

    @story
    async def test_the_person_is_gone_and_others_are_told(self, tmp_path: Path) -> None:
        async with telling(tmp_path, **LIMITED) as told:
            await self._hold_three(told)
            told.engine.update_settings(replace(told.engine._ledger.settings, people=(BERT,)))
            await told.until(HOUR)
            to_bert = [each for each in told.route.left if each.address == number_of(BERT)]
            assert count_told(to_bert) == 3

    @story
    async def test_the_person_has_another_number(self, tmp_path: Path) -> None:
        async with telling(tmp_path, **LIMITED) as told:
            await self._hold_three(told)
            moved = replace(ANNA, addresses=BERT.addresses)
            told.engine.update_settings(replace(told.engine._ledger.settings, people=(moved,)))
            await told.until(HOUR)
            assert count_told([each for each in told.route.left if each.address == number_of(BERT)]) == 3

    @story
    async def test_the_person_says_stop(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT), **LIMITED) as told:
            await self._hold_three(told)
            await told.route.receive(ANNA, "STOP")
            await told.until(HOUR)
            assert [each.address for each in told.route.left].count(number_of(ANNA)) == 2  # with the answer
            text = "".join(each.text for each in told.route.left if each.address == number_of(BERT))
            assert all(f"Pump {number}" in text for number in range(4))

    @story
    async def test_the_person_says_stop_while_a_digest_waits(self, tmp_path: Path) -> None:
        route = FakeRoute()
        second = Address(channel=Channel.PUSH, value="anna-phone")
        anna = replace(ANNA, addresses=(*ANNA.addresses, second))
        cloud = FakeRoute("cloud", channels=frozenset({Channel.PUSH}))
        async with telling(tmp_path, people=(anna,), route=route, **LIMITED) as told:
            await told.engine.add_route(cloud)
            await self._hold_three(told)
            await route.become(FAILED)
            await told.until(150)
            await route.receive(ANNA, "STOP")
            await told.until(HOUR)
            text = " ".join(each.text for each in cloud.left)
            assert all(f"Pump {number}" in text for number in (1, 2, 3))

    @story
    async def test_whoever_knows_already_is_not_told_again(self, tmp_path: Path) -> None:
        async with telling(tmp_path, people=(ANNA, BERT), **LIMITED) as told:
            await told.engine.raise_alarm(raises("gate"))
            await told.until(10)
            told.engine.update_settings(replace(told.engine._ledger.settings, people=(ANNA,)))
            await told.engine.raise_alarm(raises("pump"))  # for Anna only, and held
            told.engine.update_settings(replace(told.engine._ledger.settings, people=(BERT,)))
            await told.until(HOUR)
            to_bert = [each.text[:11] for each in told.route.left if each.address == number_of(BERT)]
            assert to_bert == ["HIGH Pump g", "HIGH Pump p"]

    @story
    async def test_the_person_goes_to_sleep_meanwhile(self, tmp_path: Path) -> None:
        async with telling(tmp_path, **LIMITED) as told:
            await self._hold_three(told)
            asleep = replace(ANNA, quiet=(WeeklyPeriod(start=time(14), end=time(15)),))
            told.engine.update_settings(replace(told.engine._ledger.settings, people=(asleep,)))
            await told.until(HOUR)
            assert [round(each.at) for each in told.route.left] == [0, 53 * 60]
            assert count_told(told.route.left) == 4

    @story
    async def test_the_end_of_it_goes_to_the_new_number(self, tmp_path: Path) -> None:
        async with telling(tmp_path, **LIMITED) as told:
            await told.engine.raise_alarm(raises("pump"))
            await told.until(130)
            await told.engine.raise_alarm(raises("gate"))
            await told.until(140)
            await told.engine.clear(AlarmClear(source="plc1", key="key-pump"))
            moved = replace(ANNA, addresses=BERT.addresses)
            told.engine.update_settings(replace(told.engine._ledger.settings, people=(moved,)))
            await told.until(HOUR)
            assert [each.text[:7] for each in told.route.left if each.address == number_of(BERT)] == [
                "CLEARED"
            ]


arrivals = st.lists(
    st.tuples(
        st.integers(0, 1800),
        st.sampled_from(["raise", "raise", "raise", "clear", "take", "restart"]),
        st.integers(0, 14),
        st.sampled_from(Severity),
    ),
    min_size=1,
    max_size=40,
)


Act = tuple[int, str, int, Severity]


def lives(stream: list[Act]) -> list[tuple[int, list[Act]]]:
    """What happens from one restart to the next, each with the second at which it begins."""
    found: list[tuple[int, list[Act]]] = [(0, [])]
    for act in sorted(stream, key=lambda each: each[0]):
        if act[1] == "restart":
            found.append((act[0], []))
        else:
            found[-1][1].append(act)
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stream=arrivals)
def test_no_raise_is_lost_and_no_window_exceeded(
    tmp_path_factory: pytest.TempPathFactory, stream: list[Act]
) -> None:
    directory = tmp_path_factory.mktemp("stream")
    left: list[Left] = []

    @story
    async def live(begin: int, acts: list[Act], *, is_last: bool) -> None:
        ids = CountedIds()
        ids.prefix = f"from-{begin}-{len(left)}"
        async with telling(directory, ids=ids, offset=timedelta(seconds=begin), **LIMITED) as told:
            for at, what, key, severity in acts:
                await told.until(at - begin)
                await _act(told, what, key, severity)
            if is_last:
                await told.until(3 * HOUR)
                await _all_open_are_told(told)
            left.extend(replace(each, at=each.at + begin) for each in told.route.left)

    parts = lives(stream)
    for number, (begin, acts) in enumerate(parts):
        live(begin, acts, is_last=number == len(parts) - 1)
    news = [each for each in left if "yours" not in each.text and "No open" not in each.text]
    plain = [each for each in news if "CRITICAL" not in each.text]
    for window in DEFAULT_LIMITS[Channel.SMS].windows:
        assert most_within(plain, window.span.total_seconds()) <= window.most


async def _act(told: Story, what: str, key: int, severity: Severity) -> None:
    if what == "raise":
        await told.engine.raise_alarm(raises(key, severity))
    elif what == "clear":
        await told.engine.clear(AlarmClear(source="plc1", key=f"key-{key}"))
    else:
        await told.route.receive(ANNA, "OK ALL")


async def _all_open_are_told(told: Story) -> None:
    for alarm in await told.engine.open_alarms():
        messages = await told.engine.messages(alarm_id=alarm.id)
        assert any(
            message.kind is MessageKind.RAISE and message.state is MessageState.ACCEPTED
            for message in messages
        ), alarm.key
