"""That nobody could be told of an alarm is told once, and stays so until somebody was told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.model import Policy, Severity, Step
from alert_engine.routes.base import ErrorClass, Rejected
from alert_engine.supervision.settings import SupervisionSettings
from tests.engine.acceptance import DAY, HOUR, MINUTE, acceptance
from tests.engine.support import ANNA, BERT, FakeRoute, number_of
from tests.virtual_time import story

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from alert_engine.routes.base import OutboundMessage, Outcome, SegmentProgress
    from tests.engine.support import Story

# Each of its texts expires before the next one is written.
EVERY_45_MINUTES = Step(after=timedelta(0), notify=("bert",), repeat=-1, every=timedelta(minutes=45))
POLICIES = (
    Policy(name="info", steps=(EVERY_45_MINUTES,)),
    Policy(name="high", steps=(Step(after=timedelta(0), notify=("anna",)),)),
)
WATCHED = SupervisionSettings()


class NotForBert(FakeRoute):
    """The network refuses his messages for the time being."""

    refuses = True

    async def send(
        self, message: OutboundMessage, progress: Callable[[SegmentProgress], Awaitable[None]]
    ) -> Outcome:
        if self.refuses and message.address == number_of(BERT):
            return Rejected(error_class=ErrorClass.TEMPORARY, reason="try again later")
        return await super().send(message, progress)

    async def takes_again(self, _: Story) -> None:
        self.refuses = False


@story
async def test_it_is_not_over_because_another_message_waits(tmp_path: Path) -> None:
    route = NotForBert()
    async with acceptance(
        tmp_path, people=(ANNA, BERT), routes=(route,), supervision=WATCHED, policies=POLICIES
    ) as plan:
        plan.at(0).raises("pump", Severity.INFO)
        plan.between(HOUR, 3 * HOUR).want(ANNA, "nobody could be told of {pump}")
        plan.until(DAY)


@story
async def test_it_is_over_when_one_message_is_taken(tmp_path: Path) -> None:
    route = NotForBert()
    once = replace(EVERY_45_MINUTES, repeat=4)
    policies = (Policy(name="info", steps=(once,)), POLICIES[1])
    async with acceptance(
        tmp_path, people=(ANNA, BERT), routes=(route,), supervision=WATCHED, policies=policies
    ) as plan:
        plan.at(0).raises("pump", Severity.INFO)
        plan.between(HOUR, 3 * HOUR).want(ANNA, "nobody could be told of {pump}")
        plan.at(2.9 * HOUR).does(route.takes_again)
        plan.between(2.9 * HOUR, 4 * HOUR).want(BERT, "pump").want(ANNA, "CLEARED", "nobody could be told")
        plan.until(DAY)


@story
async def test_or_when_nobody_has_to_be_told_any_more(tmp_path: Path) -> None:
    route = NotForBert()
    async with acceptance(
        tmp_path, people=(ANNA, BERT), routes=(route,), supervision=WATCHED, policies=POLICIES
    ) as plan:
        plan.at(0).raises("pump", Severity.INFO)
        plan.between(HOUR, 3 * HOUR).want(ANNA, "nobody could be told of {pump}")
        plan.at(5 * HOUR).clears("pump")
        plan.between(5 * HOUR, 5 * HOUR + 3 * MINUTE).want(ANNA, "CLEARED", "nobody could be told")
        plan.until(DAY)
