"""What comes in by a route, before anybody else sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import credit, loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from alert_engine.routes.base import InboundSms
    from alert_engine.work import Work


def receive(work: Work, route: str, message: InboundSms, others: Callable[[Work], None]) -> None:
    """Keep what proves the route; hand the rest on to `others`."""
    if loopback.take_back(work, message):
        return
    credit.hear(work, route, message)
    others(work)
