"""What providers call with, and strangers in their place."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from alert_engine.intake.http_request import HttpAnswer, HttpRequest
from alert_engine.routes.base import KeyAnswer
from alert_engine.routes.providers.provider import AnswersKeys, CallbackRefusedError, Moment, Received
from alert_engine.routes.providers.twilio.signature import FORM, signature
from lab.fuzz.accounts import CALLBACK, CALLED, CUSTOMERS, PASSWORD, SECRET, TELESIGN_ID, TELESIGN_KEY
from lab.fuzz.target import Target

KINDS = (FORM, "application/json", "text/xml", "", "application/cloudevents+json", "text/plain; charset=x")
STRANGER, BY_GET = 0x80, 0x40  # bits of the second octet
_MOMENT = Moment(
    now=datetime(2026, 11, 21, 14, 0, tzinfo=UTC), nonce="0123456789abcdef" * 2, callback_url=CALLBACK
)
_MAX_ANSWER = 4096  # octets beside what comes back


def one(data: bytes) -> None:
    """Two octets for the account and the kind of call; a line with the query; the body."""
    if len(data) < 2:
        return
    customer = CUSTOMERS[data[0] % CALLED]
    query, _, body = data[2:].partition(b"\n")
    request = _call(customer.kind, data[1], query.decode("utf-8", "surrogateescape"), body)
    repr(request)
    try:
        received = customer.account.receive(request, _MOMENT)
    except CallbackRefusedError as error:
        assert 400 <= error.status < 500, f"refused with {error.status}"
        assert len(str(error)) <= 200, "a refusal repeats what was sent"
        return
    assert not data[1] & STRANGER, "a stranger was believed"
    _check(received, len(data))
    _check_answer(customer.account.answer(request, received), len(data))
    if received.keys and isinstance(customer.account, AnswersKeys):
        for answer in KeyAnswer:
            _check_answer(customer.account.key_answer(request, answer), len(data))


def _check(received: Received, length: int) -> None:
    assert isinstance(received, Received)
    repr(received)
    told = len(received.reports) + len(received.messages) + len(received.keys)
    assert told <= length, "more was told than was sent"
    for message in received.messages:
        assert message.received_at.tzinfo is not None
        assert message.service_centre_time is None or message.service_centre_time.tzinfo is not None
        assert message.segments >= 1
        assert len(message.text) <= 4 * length
    for report in received.reports:
        assert report.reported_at.tzinfo is not None
        assert report.accepted_at is None or report.accepted_at.tzinfo is not None


def _check_answer(answer: HttpAnswer, length: int) -> None:
    assert 200 <= answer.status < 300
    assert len(answer.body) <= _MAX_ANSWER + 6 * length
    assert all(each.isprintable() for pair in answer.headers.items() for each in pair), "a broken header"


def _call(kind: str, flags: int, query: str, body: bytes) -> HttpRequest:
    content_type = KINDS[(flags & 0x3F) % len(KINDS)]
    headers = {"Content-Type": content_type} if content_type else {}
    if kind == "twilio" and content_type != FORM and body:
        query = f"{query}&bodySHA256={hashlib.sha256(body).hexdigest()}"
    is_stranger = bool(flags & STRANGER)
    if not is_stranger:
        headers |= _proof(kind, query, body, content_type)
    return HttpRequest(
        method="GET" if flags & BY_GET else "POST",
        path=f"/callback/route/{'guessed' if is_stranger else SECRET}",
        query=query,
        headers=headers,
        body=body,
        remote="192.0.2.1",
    )


def _proof(kind: str, query: str, body: bytes, content_type: str) -> dict[str, str]:
    """What only the provider can know."""
    if kind == "twilio":
        form: list[tuple[str, str]] = []
        if content_type == FORM:
            form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        url = CALLBACK + (f"?{query}" if query else "")
        return {"X-Twilio-Signature": signature(PASSWORD, url, form)}
    if kind == "telesign":
        mac = hmac.digest(base64.b64decode(TELESIGN_KEY), body, "sha256")
        return {"Authorization": f"TSA {TELESIGN_ID}:{base64.b64encode(mac).decode()}"}
    return {}


TARGET = Target(
    one=one,
    max_length=900,
    words=(
        *(b"MessageSid=SM", b"&MessageStatus=delivered", b"&From=%2B43", b"&Body=", b"&To=", b"CallSid=CA"),
        *(b"uid=", b"&Digits=1", b"&ErrorCode=30003", b"&NumSegments=2", b'"reference_id":"', b'"status":{'),
        *(b'"results":[{', b'"messageId":"', b'"groupId":3', b'"doneAt":"', b'"data":{', b'"eventType":"'),
        *(b"Microsoft.Communication.SMSReceived", b'"deliveryStatus":"Delivered"', b'"validationCode":"'),
        *(b"9999-12-31T23:59:59-12:00", b"0001-01-01T00:00:00+14:00", b"1e999", b"\\ud800", b"%ED%A0%80"),
        *(b"<moMessage ", b"<callback>", b"<!DOCTYPE a [", b"<!ENTITY a ", b"&a;", b"<?xml version='1.0'?>"),
        *(b'"messages":[{', b'"text":"', b'"from":"', b'"keyword":"', b'"dtmfCodes":"1"', b'"segments":'),
    ),
)
