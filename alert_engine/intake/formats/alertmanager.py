"""Alertmanager's webhook, version 4; also Grafana, Mimir, Loki and VictoriaMetrics, which send the same.

Source of the fields: prometheus.io, *Alerting configuration*, ``webhook_config``; grafana.com, *Configure
webhook notifications*. Each alert of the group is an alarm of its own, known by its fingerprint. Nothing says
when a notification was made: ``startsAt`` is when the alert began, and after Prometheus stood still that is
before the end that Alertmanager told meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alert_engine.intake.json_fields import Fields, RefusalReason, RefusedError
from alert_engine.model import AlarmClear, AlarmRaise

from .reading import (
    MAX_TEXT,
    MAX_TITLE,
    Reading,
    digest_of,
    id_of,
    key_of,
    labels_of,
    severity_of,
    text_of,
    time_of,
)

if TYPE_CHECKING:
    from .reading import Submission

_TRUNCATED = (
    "the sender left alerts of this group out (truncatedAlerts): raise max_alerts, or group by more labels"
)
# What became part of the alarm, and what Grafana says twice.
_USED_OF_THE_ALERT = frozenset({"annotations", "endsAt", "labels", "startsAt", "status", "valueString"})
_USED_OF_THE_ANNOTATIONS = frozenset({"description", "summary"})


def read(submission: Submission) -> Reading:
    """Read one notification.

    Raises:
        RefusedError: it is no notification of an Alertmanager.
    """
    fields = Fields(dict(submission.fields))
    alerts = fields.objects("alerts")
    if not alerts:
        raise RefusedError(
            RefusalReason.FIELD,
            "alerts: is missing or empty; send the notification of an Alertmanager webhook",
        )
    truncated = fields.name("truncatedAlerts")
    cut_off = truncated not in {None, "0"}
    group = {"receiver": text_of(submission.fields.get("receiver"), MAX_TITLE)}
    if cut_off:
        group["truncated_alerts"] = str(truncated)
    asks = tuple(
        _ask(submission, alert, submission.fields.get("status"), group, place)
        for place, alert in enumerate(alerts, start=1)
    )
    return Reading(asks=asks, notes=(_TRUNCATED,) if cut_off else ())


def _ask(
    submission: Submission, alert: dict[str, Any], group_status: Any, group: dict[str, str], place: int
) -> AlarmRaise | AlarmClear:
    labels, annotations = _texts(alert.get("labels")), _texts(alert.get("annotations"))
    fingerprint = alert.get("fingerprint")
    if not (isinstance(fingerprint, str) and fingerprint):
        if not labels:
            raise RefusedError(
                RefusalReason.FIELD, f"alerts: number {place} has neither a fingerprint nor labels"
            )
        fingerprint = digest_of(*(part for pair in sorted(labels.items()) for part in pair))
    status = alert.get("status", group_status)
    started, ended = (text_of(alert.get(name), MAX_TITLE) for name in ("startsAt", "endsAt"))
    key = key_of(fingerprint)
    match status:
        case "firing":
            return AlarmRaise(
                source=submission.source,
                key=key,
                severity=severity_of(labels.get("severity"), submission.severity),
                title=text_of(annotations.get("summary") or labels.get("alertname"), MAX_TITLE),
                text=text_of(annotations.get("description") or annotations.get("message"), MAX_TEXT),
                message_id=id_of(fingerprint, started, "firing"),
                began_at=time_of(started),
                labels=_labels(alert, labels, annotations, group),
            )
        case "resolved":
            return AlarmClear(
                source=submission.source,
                key=key,
                message_id=id_of(fingerprint, ended, "resolved") if ended else None,
                source_time=time_of(ended),
            )
        case _:
            raise RefusedError(
                RefusalReason.FIELD, f"alerts: the status of number {place} must be firing or resolved"
            )


def _labels(
    alert: dict[str, Any], labels: dict[str, str], annotations: dict[str, str], group: dict[str, str]
) -> dict[str, str]:
    """What is worth keeping, the alert's own labels first: only so many are kept."""
    told = {name: value for name, value in annotations.items() if name not in _USED_OF_THE_ANNOTATIONS}
    rest = {name: value for name, value in alert.items() if name not in _USED_OF_THE_ALERT}
    return labels_of(labels, group, told, rest, labels)


def _texts(value: Any) -> dict[str, str]:
    """The texts of an object; whatever else it holds is no label."""
    return {k: v for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}
