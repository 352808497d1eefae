"""What people and machines may expect of commands by SMS, over hours and days."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from alert_engine.inbound.grammar import DEFAULT, read
from alert_engine.inbound.settings import CommandSettings
from alert_engine.model import Address, AlarmRaise, Channel, Keyword, Person, Severity, Tier
from alert_engine.texts import LANGUAGES
from alert_engine.texts.forms import FIELDS, FORMS
from tests.engine.acceptance import DAY, HOUR, MINUTE, acceptance
from tests.engine.support import ANNA, BERT, FakeRoute, Story, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

ADA = replace(ANNA, can_command=True)
BOSS = replace(BERT, is_admin=True)
COMMANDS = CommandSettings(
    keywords=(Keyword(name="garage", words=("GARAGE",), tier=Tier.CONFIRMED),),
)


@story
async def test_a_snooze_ends_by_itself(tmp_path: Path) -> None:
    async with acceptance(tmp_path) as plan:
        plan.at(0).raises("pump")
        plan.between(0, 2).want(ANNA, "CRITICAL pump")
        plan.at(60).replies(ANNA, "SNOOZE {pump} 120")
        plan.between(60, 62).want(ANNA, "{pump} is quiet until 16:08")
        plan.between(60 + 2 * HOUR, 62 + 2 * HOUR).want(ANNA, "CRITICAL pump")
        plan.at(125 * MINUTE).replies(ANNA, "ok")
        plan.between(125 * MINUTE, 125 * MINUTE + 2).want(ANNA, "{pump} is yours")
        plan.until(DAY)


@story
async def test_who_opts_out_is_left_alone_and_the_others_know(tmp_path: Path) -> None:
    async with acceptance(tmp_path, people=(ANNA, BERT)) as plan:
        plan.at(0).raises("pump", Severity.NORMAL)
        plan.between(0, 4).want(ANNA, "NORMAL pump").want(BERT, "NORMAL pump")
        plan.at(60).replies(ANNA, "STOP")
        plan.between(60, 64).want(ANNA, "no more messages").want(BERT, "Anna opted out", "1 recipient left")
        plan.at(70).replies(BERT, "OK")  # which of the two?
        plan.between(70, 74).want(BERT, "Which one?")
        plan.at(80).replies(BERT, "OK ALL")
        plan.between(80, 84).want(BERT, "2 alarms are yours")
        plan.at(HOUR).raises("gate", Severity.NORMAL)
        plan.between(HOUR, HOUR + 4).want(BERT, "NORMAL gate")
        plan.at(2 * HOUR).replies(ANNA, "START")
        plan.between(2 * HOUR, 2 * HOUR + 4).want(ANNA, "alarms again").want(BERT, "CLEARED", "opted out")
        plan.at(3 * HOUR).raises("door", Severity.NORMAL)
        plan.between(3 * HOUR, 3 * HOUR + 4).want(ANNA, "NORMAL door").want(BERT, "NORMAL door")


@story
async def test_a_forged_sender_reads_no_challenge(tmp_path: Path) -> None:
    async with acceptance(tmp_path, people=(ADA, BOSS), commands=COMMANDS) as plan:
        plan.at(0).replies(ADA, "GARAGE")  # somebody writes in her name; the question goes to her
        plan.between(0, 2).want(ADA, "Reply", "within 3 min to GARAGE")
        plan.at(10).replies(ADA, "000000")
        plan.at(20).replies(ADA, "garage please")
        plan.between(20, 22).want(ADA, "Write it so: GARAGE")
        plan.at(30).replies(ADA, "STATUS")
        plan.between(30, 32).want(ADA, "Nothing is open")
        plan.until(HOUR)


@story
async def test_a_holiday_notice_is_answered_once(tmp_path: Path) -> None:
    async with acceptance(tmp_path) as plan:
        for minute in range(0, 600, 10):
            plan.at(minute * MINUTE).replies(ANNA, f"I am away until {minute}. Ask Bert")
        plan.between(0, 2).want(ANNA, "I did not understand that")


LEFT, RIGHT = "+436647777771", "+436647777772"


def gateway_as_a_person(number: str) -> Person:
    return Person(
        id="gateway",
        name="Gateway",
        addresses=(Address(channel=Channel.SMS, value=number),),
        can_command=True,
    )


@pytest.mark.parametrize("severity", [Severity.NORMAL, Severity.INFO])
@pytest.mark.parametrize(
    "first", ["", "OK", "OK 4711", "STATUS", "HELP", "SNOOZE 999", "hello", "STOP", "GARAGE"]
)
def test_two_gateways_that_answer_each_other_soon_stop(
    tmp_path: Path, first: str, severity: Severity
) -> None:
    """Each has the other one's number as a person; `first` is what starts it."""

    @story
    async def told() -> None:
        async with (
            telling(tmp_path / "left", people=(gateway_as_a_person(RIGHT),), commands=COMMANDS) as left,
            telling(tmp_path / "right", people=(gateway_as_a_person(LEFT),), commands=COMMANDS) as right,
        ):
            if first:
                await left.route.receive(RIGHT, first)
            else:
                await left.engine.raise_alarm(AlarmRaise(source="s", key="k", severity=severity))
            written = await exchange(left, right, hours=2)
            assert written <= 5
            assert await exchange(left, right, hours=2) == 0

    told()


async def exchange(left: Story, right: Story, *, hours: int) -> int:
    """Carry messages to and fro until none comes any more; how many that were."""
    carried = 0
    for _ in range(hours * 60):
        await left.clock.sleep_until(left.clock.monotonic() + 60)
        for here, there, sender in ((left, right, LEFT), (right, left, RIGHT)):
            for _address, text in here.route.texts:
                carried += 1
                await there.route.receive(sender, text)
            here.route.left.clear()
    return carried


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_itself_a_command(language: str) -> None:
    fields = dict.fromkeys(FIELDS, "4711")
    for name in FORMS:
        if name.startswith("severity_"):  # never sent alone
            continue
        text = getattr(LANGUAGES[language], name).format(**fields)
        reading = read(text, DEFAULT)
        assert reading.command is None, name
        assert reading.misuse is None, name
        assert len(text) <= 160


@story
async def test_a_flood_of_texts_is_answered_with_few(tmp_path: Path) -> None:
    async with telling(tmp_path, route=FakeRoute(), commands=COMMANDS) as told:
        for number in range(1000):
            await told.until(number * 3.6)
            await told.route.receive(ANNA, f"text {number}")
        await told.until(2 * HOUR)
        assert len(told.route.texts) == 1
