"""What clients are told: ``docs/schemas/http-accepted.json`` and ``http-refused.json``, or their own dialect.

No answer repeats what was sent, except the ``dedup_key`` that PagerDuty's clients wait for.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from alert_engine.model import AlarmResult, Heartbeat, Verdict

from .http_request import HttpAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from alert_engine.model import Ask, Result

    from .formats.reading import Reading
    from .http_endpoints import Format

_NOTES = {
    Verdict.UNKNOWN: "no open alarm has this name",
    Verdict.STALE: "older than what its source told before, or its ttl has passed: is its clock right?",
}
_UNWATCHED = "no heartbeat of this key is waited for: add it to the configuration, or name its period"


def accepted(form: Format, reading: Reading, results: Sequence[Result]) -> HttpAnswer:
    """202: it is committed."""
    if form.accepted is not None:
        return _json(HTTPStatus.ACCEPTED, form.accepted(reading))
    verdicts = Counter(result.verdict for result in results)
    ids = dict.fromkeys(each for result in results for each in _ids(result))
    notes = dict.fromkeys(_note(*each) for each in zip(reading.asks, results, strict=True))
    return _accepted(tuple(ids), verdicts[Verdict.DUPLICATE], [*reading.notes, *filter(None, notes)])


def repeated(form: Format, reading: Reading, count: int) -> HttpAnswer:
    """202 for a request that was committed before."""
    return accepted(form, reading, ()) if form.accepted is not None else _accepted((), count, ())


def refused(
    status: HTTPStatus, text: str, *, form: Format | None = None, headers: Mapping[str, str] | None = None
) -> HttpAnswer:
    """A refusal that says what failed and what to do."""
    data = {"error": text} if form is None or form.refused is None else form.refused(text)
    return _json(status, data, headers)


def retry_after(seconds: float) -> dict[str, str]:
    """The header that says when to come back (RFC 9110 section 10.2.3)."""
    return {"Retry-After": str(max(1, math.ceil(seconds)))}


def _accepted(ids: Sequence[str], duplicate: int, notes: Sequence[str]) -> HttpAnswer:
    data: dict[str, Any] = {"accepted": list(ids), "duplicate": duplicate}
    if notes:
        data["notes"] = list(notes)
    return _json(HTTPStatus.ACCEPTED, data)


def _note(ask: Ask, result: Result) -> str:
    """What its sender should know; empty: nothing."""
    if isinstance(ask, Heartbeat) and result.verdict is Verdict.UNKNOWN:
        return _UNWATCHED
    return _NOTES.get(result.verdict, "")


def _ids(result: Result) -> tuple[str, ...]:
    if isinstance(result, AlarmResult):
        return tuple(alarm.id for alarm in result.alarms)
    return tuple(message.uid for message in result.messages)


def _json(
    status: HTTPStatus, data: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> HttpAnswer:
    # Escapes keep lone surrogates, which a dedup_key may hold, inside ASCII.
    body = json.dumps(data, separators=(",", ":")).encode()
    always = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return HttpAnswer(status=int(status), headers={**always, **(headers or {})}, body=body)
