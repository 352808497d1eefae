"""A way out beside the modem in virtual time: it always works, and the ledger is told what leaves by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.model import Step
from alert_engine.settings import BUILT_IN_POLICIES
from gsm_driver.simulator import NetworkEvent, NetworkEventKind
from tests import virtual_time
from tests.engine.support import FakeRoute

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from alert_engine.routes.base import OutboundMessage, Outcome, SegmentProgress
    from lab.ledger import Ledger

    from .virtual import Clockwork


TOLD_ONCE = tuple(
    replace(each, steps=(Step(after=timedelta(0), notify=()),), digest_within=None)
    for each in BUILT_IN_POLICIES
)
"""The shipped policies with their proof and fallback, and no repeats: each message has its own text."""


class Spare(FakeRoute):
    """An account in the cloud; it gives no reports."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__("spare")
        self.reports: frozenset[str] = frozenset()
        self._ledger = ledger

    async def send(
        self, message: OutboundMessage, progress: Callable[[SegmentProgress], Awaitable[None]]
    ) -> Outcome:
        """Take it, and bring it."""
        outcome = await super().send(message, progress)
        self._ledger.receive(message.address, message.text, at=virtual_time.START + self.left[-1].at)
        return outcome


async def a_spare(work: Clockwork) -> Spare:
    """Another route, after the modem's; the ledger is told what the modem's network loses or brings back."""
    spare = Spare(work.run.ledger)
    await work.engine.add_route(spare)

    def on_event(event: NetworkEvent) -> None:
        if event.kind is NetworkEventKind.LOST:
            work.run.ledger.swallow(event.number, event.text)
        elif event.kind is NetworkEventKind.ARRIVED and event.number == work.house.simulator.modem.number:
            work.run.ledger.receive(event.number, event.text)  # an SMS of the modem to itself

    work.house.network.listen(on_event)
    return spare
