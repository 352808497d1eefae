"""What happens, in one line each, for the log of the daemon. No number, no text."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from alert_engine.model import (
    AlarmChanged,
    CallReceived,
    InboundReceived,
    KeywordReceived,
    MessageChanged,
    RouteChanged,
    RouteRemoved,
)

if TYPE_CHECKING:
    from alert_engine.model import EngineEvent
    from alert_engine.routes.base import RouteHealth


def narrate(event: EngineEvent) -> str:
    """One line about an event."""
    match event:
        case AlarmChanged(alarm=alarm, event=transition):
            by = f" by {alarm.acked_by}" if transition == "acknowledged" else ""
            return f"alarm {alarm.code} ({alarm.severity}, {alarm.source}/{alarm.key}) {transition}{by}"
        case MessageChanged(message=message):
            route = f" by {message.route}" if message.route else ""
            reason = f": {message.reason}" if message.reason else ""
            whom = message.recipient or "a number"
            return f"{message.channel} to {whom} ({message.kind}) {message.state}{route}{reason}"
        case InboundReceived(route=route, person=person):
            return f"message received by {route} from {person or 'somebody unknown'}"
        case KeywordReceived(keyword=keyword, person=person):
            return f"{person} used {keyword}"
        case CallReceived(route=route, person=person):
            return f"call to {route} from {person or 'somebody unknown'}, refused"
        case RouteChanged(route=route, health=health):
            return f"route {route}: {describe_health(health)}"
        case RouteRemoved(route=route):
            return f"route {route}: removed"
        case _:
            assert_never(event)


def describe_health(health: RouteHealth) -> str:
    """``ok (A1, -71 dBm)``, or what is wrong."""
    facts = dict(health.facts)
    signal = facts.get("signal_dbm")
    known = [str(facts["operator"])] if facts.get("operator") else []
    known += [f"{signal} dBm"] if signal is not None else []
    return (
        health.state.value
        + (f" ({', '.join(known)})" if known else "")
        + (f": {health.reason}" if health.reason else "")
    )
