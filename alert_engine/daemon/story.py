"""The story of one message, for people and for programs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from .masking import mask_row

if TYPE_CHECKING:
    from alert_engine.journal.looking import MessageStory, Row


def story_data(story: MessageStory, *, full: bool) -> dict[str, Any]:
    """All rows of it; numbers are masked unless `full`."""

    def shown(row: Row) -> Row:
        return row if full else mask_row(row)

    return {
        "message": shown(story.message),
        "alarm": None if story.alarm is None else shown(story.alarm),
        "attempts": [shown(row) for row in story.attempts],
        "segments": [shown(row) for row in story.segments],
        "reports": [shown(row) for row in story.reports],
    }


def story_lines(story: dict[str, Any]) -> list[str]:
    """The same in lines: the message, then what happened, attempt by attempt."""
    message, alarm = story["message"], story["alarm"]
    whom = f"{message['recipient']} ({message['address']})" if message["recipient"] else message["address"]
    lines = [f"message {message['uid']}", f"{message['channel']} to {whom}, {message['kind']}"]
    if alarm is not None:
        lines.append(f"of alarm {alarm['code']}, {alarm['source']}/{alarm['key']}, {alarm['state']}")
    reason = f": {message['reason']}" if message["reason"] else ""
    doubt = ", was in doubt" if message["in_doubt"] else ""
    lines += [f"created {local_time(message['created_at'])}", f"now {message['state']}{doubt}{reason}", ""]
    lines += [*message["text"].splitlines(), ""]
    for attempt in story["attempts"]:
        segments = [each for each in story["segments"] if each["attempt"] == attempt["number"]]
        lines += _attempt_lines(attempt, segments)
    lines += [
        f"kept report {report['status']} of {report['reference']}, {local_time(report['reported_at'])}"
        for report in story["reports"]
    ]
    return lines


def local_time(moment: str | None) -> str:
    """A time of the journal on the clock of this machine."""
    return "" if moment is None else datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _attempt_lines(attempt: Row, segments: list[Row]) -> list[str]:
    words = [attempt["outcome"] or "under way", attempt["code"], attempt["reason"]]
    said = ", ".join(word for word in words if word)
    lines = [
        f"attempt {attempt['number']} by {attempt['route']}, {local_time(attempt['started_at'])}: {said}"
    ]
    for segment in segments:
        reference = f", reference {segment['reference']}" if segment["reference"] else ""
        report = f", report: {segment['report']}" if segment["report"] else ""
        changed = local_time(segment["changed_at"])
        lines.append(f"  segment {segment['segment'] + 1}: {segment['state']}{reference}{report}, {changed}")
    return lines
