"""Icinga 2 and Nagios, through the command in ``docs/connect-monitoring.md``: a form that curl sends.

The key is ``host!service``, or the host alone. Icinga 2 and Nagios name the notification types nearly alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.intake.json_fields import Fields, RefusalReason, RefusedError
from alert_engine.model import AlarmClear, AlarmRaise, KeyAcknowledge, Severity

from .reading import (
    MAX_KEY,
    MAX_TEXT,
    MAX_TITLE,
    Reading,
    Submission,
    by_of,
    id_of,
    key_of,
    labels_of,
    required,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_SEVERITIES: Mapping[str, Severity] = {
    "DOWN": Severity.CRITICAL,
    "CRITICAL": Severity.HIGH,
    "UNREACHABLE": Severity.NORMAL,
    "WARNING": Severity.NORMAL,
    "UNKNOWN": Severity.NORMAL,
}
_GOOD = frozenset({"OK", "UP"})
_FLAPPING = "flapping"
_USED = frozenset({"author", "comment", "id", "output", "time", "type"})
_DOWNTIME = "a downtime began or ended: the host or service is as it was"
_CUSTOM = "a custom notification while all is well: nobody was told"


def read(submission: Submission) -> Reading:
    """Read one notification.

    Raises:
        RefusedError: it is none of our notification command.
    """
    return _Notification(submission).read()


class _Notification:
    """The parts that every type of notification has."""

    def __init__(self, submission: Submission) -> None:
        fields = Fields({name: value for name, value in submission.fields.items() if value != ""})
        self._submission = submission
        self._type = required(fields, "type").upper().replace("_", "")
        self._host = required(fields, "host", MAX_KEY)
        self._service = fields.name("service", MAX_KEY)
        self._state = (fields.name("state") or "").upper()
        self._output = fields.text("output", MAX_TEXT) or ""
        self._comment = fields.text("comment", MAX_TEXT) or ""
        self._author = fields.text("author", MAX_TITLE)
        self._time = _time(fields)

    def read(self) -> Reading:
        match self._type:
            case "PROBLEM":
                return Reading(asks=(self._raise(),))
            case "RECOVERY":
                return Reading(asks=(self._clear(),))
            case "ACKNOWLEDGEMENT":
                by = by_of(self._submission.source, self._author)
                taken = KeyAcknowledge(
                    source=self._submission.source, key=self._key(), by=by, message_id=self._id()
                )
                return Reading(asks=(taken,))
            case "FLAPPINGSTART":
                return Reading(asks=(self._raise(_FLAPPING),))
            case "FLAPPINGSTOP" | "FLAPPINGEND" | "FLAPPINGDISABLED":
                return Reading(asks=(self._clear(_FLAPPING),))
            case "CUSTOM":
                return Reading(notes=(_CUSTOM,)) if self._state in _GOOD else Reading(asks=(self._raise(),))
            case kind if kind.startswith("DOWNTIME"):
                return Reading(notes=(_DOWNTIME,))
            case _:
                raise RefusedError(
                    RefusalReason.FIELD,
                    "type: is no notification type; pass $notification.type$ or $NOTIFICATIONTYPE$",
                )

    def _raise(self, what: str = "") -> AlarmRaise:
        name = self._host if self._service is None else f"{self._service} on {self._host}"
        comment = f" ({self._comment})" if self._comment else ""
        return AlarmRaise(
            source=self._submission.source,
            key=self._key(what),
            severity=Severity.NORMAL if what else self._severity(),
            title=f"{name} {what or self._state}".strip()[:MAX_TITLE],
            text=f"{self._output}{comment}"[:MAX_TEXT],
            message_id=self._id(),
            source_time=self._time,
            labels=labels_of(self._submission.fields, without=_USED),
        )

    def _clear(self, what: str = "") -> AlarmClear:
        return AlarmClear(
            source=self._submission.source,
            key=self._key(what),
            message_id=self._id(),
            source_time=self._time,
            text=self._output,
        )

    def _severity(self) -> Severity:
        """A host that cannot be reached is not a host that is down: something before it is."""
        return _SEVERITIES.get(self._state, self._submission.severity)

    def _key(self, what: str = "") -> str:
        parts = (self._host, self._service or "", what)
        return key_of(*(part for part in parts if part))

    def _id(self) -> str | None:
        """One notification is sent once; curl repeats it with the same time."""
        if self._time is None:
            return None
        return id_of(self._key(), self._type, self._state, self._time.isoformat())


def _time(fields: Fields) -> datetime | None:
    """Seconds since 1970, which a form brings as text."""
    seconds = fields.name("time")
    try:
        return None if seconds is None else Fields({"time": float(seconds)}).time("time")
    except ValueError:
        return None
