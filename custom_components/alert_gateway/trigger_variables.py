"""What an automation finds in `trigger`: plain values, in the words of the documentation."""

from typing import TYPE_CHECKING, Any

from homeassistant.core import HomeAssistant, callback

from .automation_options import people_of
from .people import shown_name
from .shown_facts import alarm_names

if TYPE_CHECKING:
    from alert_engine.model import Alarm, CallReceived, Message, RouteChanged

    from .news import Inbound


@callback
def inbound_variables(hass: HomeAssistant, inbound: Inbound) -> dict[str, Any]:
    """Of an inbound message. `parameters` are the values of a keyword by the names of its parameters."""
    message, command = inbound.message, inbound.command
    return {
        "id": message.id,
        "text": message.text,
        "sender": message.sender,
        "person": shown_name(people_of(hass), message.person),
        "person_id": message.person,
        "authorisation": message.authorisation.value,
        "keyword": None if command is None else command.keyword,
        "parameters": {} if command is None else dict(command.values),
        "arguments": [] if command is None else list(command.arguments),
        "route": message.route,
        "segments": message.segments,
        "received_at": message.received_at,
    }


@callback
def call_variables(hass: HomeAssistant, call: CallReceived) -> dict[str, Any]:
    """Of a call; its number is masked."""
    return {
        "person": shown_name(people_of(hass), call.person),
        "person_id": call.person,
        "number": call.number,
        "route": call.route,
        "at": call.at,
    }


@callback
def alarm_variables(hass: HomeAssistant, alarm: Alarm) -> dict[str, Any]:
    """Of an alarm, as it is after what happened."""
    return {
        "id": alarm.id,
        **alarm_names(alarm),
        "title": alarm.title,
        "text": alarm.text,
        "labels": dict(alarm.labels),
        "raised_at": alarm.raised_at,
        "acknowledged_by": shown_name(people_of(hass), alarm.acked_by),
    }


@callback
def message_variables(hass: HomeAssistant, message: Message) -> dict[str, Any]:
    """Of a message that was sent, or not; without its words and number."""
    return {
        "id": message.uid,
        "person": shown_name(people_of(hass), message.recipient),
        "person_id": message.recipient,
        "channel": message.channel.value,
        "kind": message.kind.value,
        "state": message.state.value,
        "route": message.route,
        "alarm_id": message.alarm_id,
        "reason": message.reason,
    }


@callback
def route_variables(event: RouteChanged) -> dict[str, Any]:
    """Of a way out."""
    return {
        "name": event.route,
        "state": event.health.state.value,
        "reason": event.health.reason,
        "at": event.at,
    }
