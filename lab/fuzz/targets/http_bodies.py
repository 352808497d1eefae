"""Whatever a known client posts: bodies of every format, as JSON, as a form, as a query."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from alert_engine.intake.http import PREFIX, HttpIntake, Parsed
from alert_engine.intake.http_auth import BearerAuth
from alert_engine.intake.http_endpoints import FORMATS, Endpoint, FormatName
from alert_engine.intake.http_fields import FORM
from alert_engine.intake.http_request import HttpRequest
from alert_engine.model import AlarmResult, QueuedMessage, SendRequest, SendResult, Verdict
from lab.fuzz.asks import NOW, check_ask
from lab.fuzz.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alert_engine.model import Ask, Result

_TOKEN = "a-token-that-only-the-client-knows"  # noqa: S105 - of nobody
_ENDPOINTS = tuple(
    Endpoint(name=form.value, format=form, auth=BearerAuth(tokens=(_TOKEN,))) for form in FormatName
)
_KINDS = ("application/json", FORM, "", "application/vnd.api+json", "text/plain")
_STATUSES = frozenset({202, 400, 404, 405, 413, 415})
_MAX_ANSWER = 4096  # octets


def one(data: bytes) -> None:
    """Two octets for the endpoint, its path and the kind of body; the rest is the body or the query."""
    if len(data) < 2:
        return
    intake, request = HttpIntake(_ENDPOINTS), _request(data)
    parsed = intake.read(request, NOW)
    if isinstance(parsed, Parsed):
        for ask in parsed.asks:
            check_ask(ask)
        assert len(parsed.asks) <= len(data), "more was asked than was sent"
        answer = intake.answer(parsed, tuple(map(_result, parsed.asks)))
    else:
        answer = parsed
    assert answer.status in _STATUSES, f"status {answer.status}"
    json.loads(answer.body)
    assert len(answer.body) <= _MAX_ANSWER + 2 * len(data), "the answer is longer than it needs to be"
    assert all("\n" not in each and "\r" not in each for each in answer.headers.values())


def _request(data: bytes) -> HttpRequest:
    endpoint = _ENDPOINTS[data[0] % len(_ENDPOINTS)]
    tails = sorted(FORMATS[endpoint.format].tails)
    tail = tails[(data[0] >> 4) % len(tails)]
    kind, is_query = _KINDS[data[1] % len(_KINDS)], bool(data[1] & 0x80)
    body = data[2:]
    return HttpRequest(
        method="GET" if is_query else "POST",
        path=f"{PREFIX}/{endpoint.name}" + (f"/{tail}" if tail else ""),
        query=body.decode("utf-8", "surrogateescape") if is_query else "",
        headers={"Authorization": f"Bearer {_TOKEN}", **({"Content-Type": kind} if kind else {})},
        body=b"" if is_query else body,
        remote="192.0.2.1",
    )


def _result(ask: Ask) -> Result:
    if isinstance(ask, SendRequest):
        queued = tuple(QueuedMessage(uid=f"m{at}", recipient=None, segments=1) for at in range(len(ask.to)))
        return SendResult(verdict=Verdict.APPLIED, messages=queued)
    return AlarmResult(verdict=Verdict.APPLIED, alarms=())


def _words() -> Iterator[bytes]:
    names = (
        *("alerts", "status", "labels", "annotations", "startsAt", "endsAt", "fingerprint", "groupKey"),
        *(
            "routing_key",
            "event_action",
            "dedup_key",
            "payload",
            "summary",
            "source",
            "severity",
            "timestamp",
        ),
        *(
            "custom_details",
            "client_url",
            "heartbeat",
            "monitor",
            "msg",
            "eventid",
            "event_value",
            "to",
            "text",
        ),
        *("type", "host", "service", "state", "output", "time", "comment", "author", "key", "event", "title"),
        *("channel", "follow_ups", "media", "data", "url", "period", "grace", "hold", "ttl", "alertname"),
    )
    yield from (f'"{name}":'.encode() for name in names)
    yield from (f"&{name}=".encode() for name in names[-30:])
    values = ("firing", "resolved", "trigger", "acknowledge", "resolve", "PROBLEM", "RECOVERY", "critical")
    yield from (f'"{value}"'.encode() for value in values)
    yield from (b'"2026-11-21T14:07:00Z"', b"\\ud800", b"1e999", b"NaN", b"[[[[", b'{"a":', b"%ED%A0%80")


TARGET = Target(one=one, max_length=1200, words=tuple(_words()))
