"""Any bytes for any endpoint give an answer, and no answer gives away what was sent."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alert_engine.errors import InvalidRequestError
from alert_engine.intake.http import HttpIntake, Parsed
from alert_engine.intake.http_auth import BasicAuth, FieldAuth, HmacAuth, PathAuth
from alert_engine.intake.http_endpoints import FormatName
from alert_engine.intake.http_request import HttpAnswer, HttpRequest
from alert_engine.model import (
    AlarmClear,
    AlarmRaise,
    Heartbeat,
    KeyAcknowledge,
    SendRequest,
)
from alert_engine.request_checks import check
from tests.engine.intake.http_support import (
    EVERYTHING,
    FORM,
    NOW,
    PREFIX,
    VECTORS,
    NotingEngine,
    endpoint,
    request,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alert_engine.model import Ask


SECRET = "hunter2-hunter2-hunter2-hunter2-hunter2-hunter2"
DEADLINE = 500  # milliseconds an answer may take; it takes less than one on an idle machine
OTHERS = (
    endpoint(FormatName.GENERIC, name="hmac", auth=HmacAuth(secrets=(SECRET,), timestamp_header="X-Stamp")),
    endpoint(FormatName.GENERIC, name="basic", auth=BasicAuth(username="anna", passwords=(SECRET,))),
    endpoint(FormatName.PAGERDUTY, name="path", auth=PathAuth(secrets=(SECRET,))),
    endpoint(FormatName.SEND, name="field", auth=FieldAuth(secrets=(SECRET,))),
)
BODIES: dict[str, dict[str, Any]] = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))["body"] for file in VECTORS.glob("*.json")
}
GENERIC = {
    "v": 1,
    "event": "raise",
    "key": "k",
    "id": "i",
    "ts": 1,
    "severity": "high",
    "title": "t",
    "text": "x",
}
MORE: dict[str, dict[str, Any]] = {
    "generic_raise": {**GENERIC, "policy": "p", "labels": {"a": "b"}, "test": False, "source": "generic"},
    "generic_beat": {"event": "heartbeat", "key": "k", "period": 60, "grace": 5},
    "icinga": {"type": "PROBLEM", "host": "h", "service": "s", "state": "DOWN", "output": "o", "time": "1"},
    "send": {"to": "anna", "text": "x", "title": "t", "severity": "high", "channel": "sms", "id": "i"},
}
EXAMPLES = {**BODIES, **MORE}

any_text = st.text(st.characters(), max_size=40)  # surrogates and all
secret_text = any_text.map(lambda text: f"hunter2{text}")
json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | secret_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(secret_text, inner, max_size=4),
    max_leaves=12,
)


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for each in value.values():
            yield from _names(each)
    elif isinstance(value, list):
        for each in value:
            yield from _names(each)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield from _paths(each, (*path, key))


FIELD_NAMES = sorted({name for body in EXAMPLES.values() for name in _names(body)})
FIELDS = st.dictionaries(st.sampled_from(FIELD_NAMES), json_value, max_size=8)


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A real body with one or two values replaced."""
    body = copy.deepcopy(EXAMPLES[draw(st.sampled_from(sorted(EXAMPLES)))])
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(list(_paths(body))))
        inner: Any = body
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = draw(json_value)
    return body


def answered(sent: HttpRequest) -> HttpAnswer:
    """Go the whole way, as a server does; a mistake of ours must not hide behind its answer."""
    answer = asyncio.run(HttpIntake((*EVERYTHING, *OTHERS)).handle(sent, NotingEngine(), now=NOW))
    assert answer.status in {202, 400, 401, 403, 404, 405, 413, 415}
    json.loads(answer.body)
    return answer


def check_ask(ask: Ask) -> None:
    """The engine finds sense in what the formats make of anything; of a send it may refuse the text."""
    match ask:
        case AlarmRaise() | AlarmClear():
            check(ask, NOW)
            assert len(ask.text) <= 2000
        case KeyAcknowledge():
            assert 1 <= len(ask.by) <= 64
            check(ask, NOW)
        case Heartbeat():
            check(ask, NOW)
        case SendRequest():
            try:
                check(ask, NOW)
            except InvalidRequestError as err:
                assert "hunter2" not in str(err)  # noqa: PT017 - most are fine
        case _:
            pytest.fail("no format names alarms by code")
    if isinstance(ask, AlarmRaise):
        assert len(ask.labels) <= 50
        assert all(len(name) <= 64 and len(value) <= 500 for name, value in ask.labels.items())


@settings(deadline=DEADLINE, max_examples=300)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD"]) | any_text,
    name=st.sampled_from([each.name for each in (*EVERYTHING, *OTHERS)]),
    tail=st.just("") | any_text,
    query=any_text,
    headers=st.dictionaries(
        st.sampled_from(["Authorization", "Content-Type", "X-Signature", "X-Stamp"]) | any_text,
        st.sampled_from(["Basic Og==", "Bearer x", "application/json", FORM["Content-Type"]]) | any_text,
        max_size=4,
    ),
    body=st.binary(max_size=200),
    remote=st.sampled_from(["192.0.2.1", "::1"]) | any_text,
)
def test_any_request(name: str, tail: str, **request: Any) -> None:
    answered(HttpRequest(path=f"{PREFIX}/{name}{tail}", **request))


@settings(deadline=DEADLINE)
@given(path=any_text)
def test_any_path(path: str) -> None:
    assert answered(HttpRequest(method="POST", path=path)).status == 404


@settings(deadline=DEADLINE, max_examples=300)
@given(
    name=st.sampled_from([form.value for form in FormatName]),
    body=st.binary(max_size=500),
    form=st.booleans(),
)
def test_any_bytes_of_a_known_sender(name: str, body: bytes, form: bool) -> None:  # noqa: FBT001 - drawn
    answered(request(name, body, headers=FORM if form else None))


@settings(deadline=DEADLINE, max_examples=600)
@given(name=st.sampled_from([form.value for form in FormatName]), body=FIELDS | mutated())
def test_any_fields(name: str, body: dict[str, Any]) -> None:
    """Whatever comes out makes sense to the engine, and nothing that went in comes back."""
    parsed = HttpIntake(EVERYTHING).read(request(name, body), NOW)
    if isinstance(parsed, Parsed):
        for ask in parsed.asks:
            check_ask(ask)
    answer = answered(request(name, body))
    if not (name == FormatName.PAGERDUTY and answer.status == 202):  # it has to echo the dedup_key
        assert b"hunter2" not in answer.body


@settings(deadline=DEADLINE)
@given(
    name=st.sampled_from(["generic", "send", "icinga"]),
    fields=st.dictionaries(
        st.sampled_from(FIELD_NAMES), st.text(max_size=20).map(lambda text: f"hunter2{text}"), max_size=8
    ),
)
def test_any_form(name: str, fields: dict[str, str]) -> None:
    encoded = urlencode(fields)
    assert b"hunter2" not in answered(request(name, encoded, headers=FORM)).body
    assert b"hunter2" not in answered(request(name, method="GET", query=encoded)).body


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for form in FormatName:
            answered(request(form.value, {"hunter2": "hunter2"}))
            answered(request(form.value, b"hunter2"))
            answered(request(f"{form.value}/hunter2", {}, headers={"Authorization": f"Bearer {SECRET}"}))
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 65536,
        b'{"a":' * 13000,
        b'"' + b"\\" * 65535,
        b"9" * 65536,
        b'{"ts":' + b"9" * 65000 + b"}",
        b"&" * 65536,
        b"a=1&" * 16384,
        b"%" * 65536,
        b'{"alerts":[' + b"{}," * 20000 + b"{}]}",
        b'{"key":"k","labels":{' + b",".join(b'"%d":1' % n for n in range(6000)) + b"}}",
    ],
    ids=range(10),
)
@pytest.mark.parametrize("name", [form.value for form in FormatName])
@pytest.mark.timeout(5)
def test_the_worst_of_64_kib(name: str, body: bytes) -> None:
    answered(request(name, body))
    answered(request(name, body, headers=FORM))
