"""Messages and alarms as actions answer them: plain data for templates, moments as text."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from custom_components.alert_gateway.shown_facts import (
    alarm_facts,
    attempt_facts,
    inbound_facts,
    message_facts,
    note_facts,
    segment_facts,
)

from .fields import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from homeassistant.util.json import JsonArrayType, JsonObjectType

    from alert_engine.model import (
        AlarmStory,
        ConversationItem,
        InboundMessage,
        Message,
        SendAttempt,
    )
    from custom_components.alert_gateway.viewer import Lens


def message_answer(message: Message, lens: Lens) -> JsonObjectType:
    """Return a message that was written to somebody."""
    return {"message_id": message.uid, "direction": "sent", **_written(message_facts(message, lens))}


def way_of(attempts: Iterable[SendAttempt], lens: Lens) -> JsonArrayType:
    """Return each attempt to send a message, in order."""
    return [
        {
            **_written(attempt_facts(attempt, lens)),
            "segments": [_written(segment_facts(fate)) for fate in attempt.segments],
        }
        for attempt in attempts
    ]


def inbound_answer(message: InboundMessage, lens: Lens) -> JsonObjectType:
    """Return a message that somebody wrote to us."""
    return {"message_id": message.id, "direction": "received", **_written(inbound_facts(message, lens))}


def item_answer(item: ConversationItem, lens: Lens) -> JsonObjectType:
    """Return whichever of the two it is."""
    if item.inbound is not None:
        return inbound_answer(item.inbound, lens)
    return message_answer(cast("Message", item.message), lens)


def alarm_answer(story: AlarmStory, lens: Lens) -> JsonObjectType:
    """Return an episode with what happened to it, and who was told."""
    alarm = story.alarm
    return {
        "alarm_id": alarm.id,
        **_written(alarm_facts(alarm, lens)),
        "acknowledged_at": timestamp(alarm.acked_at),
        "acknowledged_by": lens.who(alarm.acked_by),
        "url": lens.url(alarm.url),
        "notes": [_written(note_facts(note, lens)) for note in story.notes],
        "message_ids": [message.uid for message in story.messages],
    }


def _written(facts: Mapping[str, Any]) -> JsonObjectType:
    """Return them as JSON has them."""
    return {name: timestamp(fact) if isinstance(fact, datetime) else fact for name, fact in facts.items()}
