"""What is known of alarms and messages, in the words that actions, events, triggers and the page share.

Moments are datetimes. Who asks for more than the names of things gives a lens: it masks numbers.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alert_engine.model import Alarm, AlarmNote, InboundMessage, Message, SegmentFate, SendAttempt

    from .viewer import Lens


def alarm_names(alarm: Alarm) -> dict[str, Any]:
    """Return what names an alarm, and how it stands: plain values, and nothing of its words."""
    return {
        "code": alarm.code,
        "source": alarm.source,
        "key": alarm.key,
        "severity": alarm.severity.value,
        "state": alarm.state.value,
        "count": alarm.count,
        "is_test": alarm.is_test,
    }


def alarm_facts(alarm: Alarm, lens: Lens) -> dict[str, Any]:
    """Return what whoever asks may see of an alarm."""
    return {
        **alarm_names(alarm),
        "source": lens.text(alarm.source),
        "key": lens.text(alarm.key),
        "title": lens.text(alarm.title),
        "text": lens.text(alarm.text),
        "policy": alarm.policy.name,
        "labels": {lens.text(name): lens.text(value) for name, value in alarm.labels.items()},
        "raised_at": alarm.raised_at,
        "cleared_at": alarm.cleared_at,
        "closed_at": alarm.closed_at,
        "shelved_until": alarm.shelved_until,
        "shelved_by": lens.who(alarm.shelved_by),
        "suppressed_by": None if alarm.suppressed_by is None else lens.text(alarm.suppressed_by),
    }


def note_facts(note: AlarmNote, lens: Lens) -> dict[str, Any]:
    """Return something that happened to an alarm."""
    return {"at": note.at, "event": note.event, "by": lens.who(note.by)}


def message_facts(message: Message, lens: Lens) -> dict[str, Any]:
    """Return a message that was written to somebody."""
    return {
        "kind": message.kind,
        "channel": message.channel,
        "address": lens.number(message.address),
        "person": message.recipient,
        "name": lens.who(message.recipient),
        "alarm_id": message.alarm_id,
        "text": lens.text(message.text),
        "state": message.state,
        "reason": lens.text(message.reason),
        "route": message.route,
        "segments": message.segments,
        "attempts": message.attempts,
        "in_doubt": message.in_doubt,
        "created_at": message.created_at,
        "expires_at": message.expires_at,
        "read_at": message.read_at,
    }


def attempt_facts(attempt: SendAttempt, lens: Lens) -> dict[str, Any]:
    """Return an attempt to send a message, without its segments."""
    return {
        "route": attempt.route,
        "began_at": attempt.began_at,
        "ended_at": attempt.ended_at,
        "outcome": attempt.outcome,
        "code": lens.text(attempt.code),
        "reason": lens.text(attempt.reason),
    }


def segment_facts(fate: SegmentFate) -> dict[str, Any]:
    """Return what became of a segment."""
    return {"state": fate.state, "report": fate.report, "reported_at": fate.reported_at}


def inbound_facts(message: InboundMessage, lens: Lens) -> dict[str, Any]:
    """Return a message that somebody wrote to us."""
    return {
        "channel": message.channel,
        "address": lens.number(message.sender),
        "person": message.person,
        "name": lens.who(message.person),
        "text": lens.text(message.text),
        "meaning": message.meaning,
        "keyword": message.keyword,
        "authorisation": message.authorisation,
        "route": message.route,
        "segments": message.segments,
        "missing_segments": message.missing_segments,
        "received_at": message.received_at,
        "answered_by": list(message.answered_by),
    }
