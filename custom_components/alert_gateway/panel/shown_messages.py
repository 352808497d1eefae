"""Messages, attempts and conversations as the page gets them."""

from typing import TYPE_CHECKING, Any

from custom_components.alert_gateway.shown_facts import (
    attempt_facts,
    inbound_facts,
    message_facts,
    segment_facts,
)

from .shown import fields

if TYPE_CHECKING:
    from alert_engine.model import ConversationItem, InboundMessage, Message, SegmentFate, SendAttempt
    from custom_components.alert_gateway.viewer import Lens


def shown_message(message: Message, lens: Lens) -> dict[str, Any]:
    """Return one message of the outbox."""
    return {
        **message_facts(message, lens),
        **fields(message, "uid", "due_at"),
        "priority": message.priority.name.lower(),
        "is_final": message.state.is_final,
    }


def shown_attempt(attempt: SendAttempt, lens: Lens) -> dict[str, Any]:
    """Return one attempt to send a message."""
    return {
        **attempt_facts(attempt, lens),
        **fields(attempt, "number", "error_class"),
        "segments": [_shown_segment(segment) for segment in attempt.segments],
    }


def _shown_segment(segment: SegmentFate) -> dict[str, Any]:
    return {**segment_facts(segment), **fields(segment, "segment", "changed_at")}


def shown_inbound(message: InboundMessage, lens: Lens) -> dict[str, Any]:
    """Return one inbound message; `alias` is the same for all of one sender, and for nobody else."""
    return {
        **inbound_facts(message, lens),
        **fields(message, "id", "refusal"),
        "alias": lens.alias(message.sender),
        "sent_at": message.service_centre_time,
    }


def shown_item(item: ConversationItem, lens: Lens) -> dict[str, Any]:
    """Return what was written to or by somebody."""
    return {
        **fields(item, "id", "at"),
        "inbound": None if item.inbound is None else shown_inbound(item.inbound, lens),
        "message": None if item.message is None else shown_message(item.message, lens),
    }
