"""A second way out in virtual time, which takes everything: for what is told there in place of the modem."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.model import Channel, Policy, Severity, Step
from tests import virtual_time
from tests.engine.support import FakeRoute

if TYPE_CHECKING:
    from .virtual import Clockwork

SECOND_WAY = "spare"
SMS_ONCE = tuple(
    Policy(name=severity, steps=(Step(after=timedelta(0), notify=(), channels=(Channel.SMS,)),))
    for severity in Severity
)
"""Everybody at once, by SMS, and no next step: what happens then is the outbox's doing."""


async def a_second_way(work: Clockwork) -> FakeRoute:
    """Another route for SMS."""
    route = FakeRoute(SECOND_WAY)
    await work.engine.add_route(route)
    return route


def note_texts(work: Clockwork, route: FakeRoute) -> None:
    """What it took goes into the books: it came at its addresses. Do this in the end."""
    for left in route.left:
        if left.segment == 0:
            work.run.ledger.receive(left.address, left.text, at=virtual_time.START + left.at)
