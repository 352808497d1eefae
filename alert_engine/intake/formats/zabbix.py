"""Zabbix, through the media type that ships with us (``docs/clients/media_zabbix_alert_gateway.yaml``).

One alarm is one problem, known by its event id: a trigger may have several problems at a time, and each
recovers alone. The macros of Zabbix stay texts, and one that was not expanded counts as absent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from alert_engine.intake.json_fields import Fields, RefusalReason, RefusedError
from alert_engine.model import AlarmClear, AlarmRaise, KeyAcknowledge, Severity

from .reading import MAX_TEXT, MAX_TITLE, Reading, by_of, id_of, key_of, labels_of, required

if TYPE_CHECKING:
    from alert_engine.model import Ask

    from .reading import Submission

# {EVENT.NSEVERITY}: not classified, information, warning, average, high, disaster
_SEVERITIES = (
    Severity.INFO,
    Severity.INFO,
    Severity.NORMAL,
    Severity.NORMAL,
    Severity.HIGH,
    Severity.CRITICAL,
)
_MACRO = re.compile(r"\{[A-Z$#?][^{}]*\}|\*UNKNOWN\*")
_WITH_VALUE = frozenset({"", "0", "3", "4"})  # {EVENT.SOURCE}: trigger, internal, service; nothing: trigger
_USED = frozenset(
    {
        "event_ack",
        "event_source",
        "event_update",
        "event_update_action",
        "event_value",
        "message",
        "severity",
        "subject",
        "user",
    }
)
_NO_PROBLEM = "discovery and autoregistration are no problems: only those are alarms"
_NOTHING_CHANGES = "an update without a new acknowledgement or severity: nothing changes"


def read(submission: Submission) -> Reading:
    """Read one call of the media type.

    Raises:
        RefusedError: it is none.
    """
    given = {name: value for name, value in submission.fields.items() if not _unexpanded(value)}
    fields = Fields(given)
    if (fields.name("event_source") or "") not in _WITH_VALUE:
        return Reading(notes=(_NO_PROBLEM,))
    event_id = key_of(required(fields, "event_id"))
    value, update = required(fields, "event_value"), fields.name("event_update") or "0"
    if value == "0":
        text = fields.text("subject", MAX_TITLE) or ""
        over = AlarmClear(
            source=submission.source, key=event_id, message_id=id_of(event_id, "recovery"), text=text
        )
        return Reading(asks=(over,))
    if value != "1":
        raise RefusedError(RefusalReason.FIELD, "event_value: must be 1 (problem) or 0 (recovery)")
    problem = _problem(submission, fields, given, event_id)
    return Reading(asks=(problem,)) if update == "0" else _update(submission, given, problem)


def _unexpanded(value: object) -> bool:
    """The macro itself, as Zabbix leaves it where it has no value."""
    return isinstance(value, str) and _MACRO.fullmatch(value) is not None


def _problem(submission: Submission, fields: Fields, given: dict[str, object], event_id: str) -> AlarmRaise:
    severity = fields.name("severity")
    if severity is not None and severity not in {"0", "1", "2", "3", "4", "5"}:
        raise RefusedError(RefusalReason.FIELD, "severity: must be 0 to 5, as {EVENT.NSEVERITY} is")
    return AlarmRaise(
        source=submission.source,
        key=event_id,
        severity=submission.severity if severity is None else _SEVERITIES[int(severity)],
        title=fields.text("subject", MAX_TITLE) or fields.text("event_name", MAX_TITLE) or "",
        text=fields.text("message", MAX_TEXT) or "",
        message_id=id_of(event_id, "problem"),
        labels=labels_of(given, without=_USED),
    )


def _update(submission: Submission, given: dict[str, object], problem: AlarmRaise) -> Reading:
    """Somebody did something to a problem in Zabbix: the new severity and the acknowledgement count here."""
    fields = Fields(given)
    action = (fields.text("event_update_action", MAX_TITLE) or "").lower()
    asks: list[Ask] = []
    if "severity" in action:
        asks.append(
            AlarmRaise(
                source=problem.source,
                key=problem.key,
                severity=problem.severity,
                title=problem.title,
                text=problem.text,
                message_id=id_of(problem.key, "severity", problem.severity),
                labels=problem.labels,
            )
        )
    if (fields.text("event_ack", MAX_TITLE) or "").lower() == "yes" and "unacknowledged" not in action:
        by = by_of(submission.source, fields.text("user", MAX_TITLE))
        asks.append(KeyAcknowledge(source=problem.source, key=problem.key, by=by, message_id=None))
    return Reading(asks=tuple(asks), notes=() if asks else (_NOTHING_CHANGES,))
