"""Alarms as the page gets them."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from custom_components.alert_gateway.shown_facts import alarm_facts, note_facts

from .shown_messages import shown_message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from alert_engine.model import Alarm, AlarmStory
    from custom_components.alert_gateway.viewer import Lens

_SEARCHED = ("code", "source", "key", "title", "text", "severity", "policy")


def worst_first(alarms: Iterable[Alarm]) -> list[Alarm]:
    """Put what nobody has taken before the rest and tests, then the more severe, then the newer."""
    return sorted(
        alarms, key=lambda alarm: (_is_calm(alarm), -alarm.severity.rank, -alarm.raised_at.timestamp())
    )


def _is_calm(alarm: Alarm) -> bool:
    return alarm.acked_at is not None or alarm.is_silenced or alarm.is_test


def shown_alarm(alarm: Alarm, lens: Lens) -> dict[str, Any]:
    """Return one alarm."""
    return {
        "id": alarm.id,
        **alarm_facts(alarm, lens),
        "is_active": alarm.is_active,
        "is_chattering": alarm.is_chattering,
        "url": lens.url(safe_url(alarm.url)),
        "acked_at": alarm.acked_at,
        "acked_by": lens.who(alarm.acked_by),
        "acked_people": [lens.who(person) for person in alarm.acked_people],
        "next_due": alarm.next_due,
    }


def shown_story(story: AlarmStory, lens: Lens) -> dict[str, Any]:
    """Return an alarm with what happened to it and who was told."""
    return {
        **shown_alarm(story.alarm, lens),
        "notes": [note_facts(note, lens) for note in story.notes],
        "messages": [shown_message(message, lens) for message in story.messages],
    }


def is_found(alarm: Mapping[str, Any], words: str) -> bool:
    """Return whether all these words are in an alarm as it is shown: nobody finds what is masked."""
    told = [*(str(alarm[name]) for name in _SEARCHED), *alarm["labels"].values(), alarm["acked_by"] or ""]
    text = "\n".join(told).casefold()
    return all(word in text for word in words.casefold().split())


def safe_url(url: str | None) -> str | None:
    """Return the address of a web page; None for anything else, such as a script."""
    if url is None:
        return None
    try:
        is_web = urlsplit(url).scheme in {"http", "https"}
    except ValueError:
        return None
    return url if is_web else None
