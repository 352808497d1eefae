"""Whatever a stranger or a provider gone mad sends to a callback: it is read or refused, and that is all."""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alert_engine.intake.http_request import HttpRequest
from alert_engine.routes.base import ReportStatus
from alert_engine.routes.providers.catalogue import make
from alert_engine.routes.providers.provider import CallbackRefusedError, Moment, Received, TakesCallbacks
from tests.engine.providers import story_table, test_telesign, test_twilio_callbacks
from tests.engine.providers.contract import NONCE, NOW
from tests.engine.providers.story import HttpDesk, Sent

# As a server hands on octets that are no UTF-8, and what no server should hand on at all.
ODD = st.sampled_from(["\udcff", "\ud800", "\x00", "é", "=", "&", "%", "%ff", "%ED%A0%80", "+", ";", ","])
WORDS = st.text(max_size=12) | st.lists(ODD, max_size=6).map("".join)
NAMES = st.sampled_from(
    [
        "Authorization",
        "Content-Type",
        "X-Twilio-Signature",
        "X-Twilio-Webhooks-Signature-Settings",
        "X-Signature",
        "aeg-event-type",
        "Host",
    ]
)
VALUES = WORDS | st.sampled_from(
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "text/xml; charset=\udcff",
        "application/json; charset=utf-7",
        "Basic \udcff",
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
        "TSA \udcff:\udcff",
        "algorithm=\udcff",
        "algorithm=HMAC_SHA256",
        "SubscriptionValidation",
    ]
)
DEEP = (
    b"[" * 50_000,
    b'{"a":' * 9000,
    b"<a>" * 20_000,
    b"a=1&" * 9000,
    b"9" * 5000,
    b"[" + b"9" * 5000 + b"]",
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | WORDS
    | st.sampled_from(["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1e999", "9" * 30])
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """An account that takes callbacks, and how its provider calls."""

    account: Any
    kind: str
    callback_url: str
    calls: tuple[HttpRequest, ...]

    @property
    def path(self) -> str:
        return "/" + self.callback_url.split("/", 3)[3]


async def accounts() -> dict[str, Called]:
    """Each kind of account that a story knows; a desk has a clock, and so needs a loop."""
    found, classes = {}, [HttpDesk]
    while classes:
        desk_class = classes.pop()
        classes += desk_class.__subclasses__()
        if hasattr(desk_class, "settings") and desk_class.__module__ == story_table.__name__:
            account = make(desk_class.kind, desk_class.settings)
            if isinstance(account, TakesCallbacks) and desk_class.callback_url:
                found[desk_class.__name__] = Called(
                    account=account,
                    kind=desk_class.kind,
                    callback_url=desk_class.callback_url,
                    calls=calls_of(desk_class()),
                )
    return found


def calls_of(desk: HttpDesk) -> tuple[HttpRequest, ...]:
    """As its provider calls."""
    sent = Sent(at=0.0, address=desk.number, text="x", reference=f"SM{0:032x}", uid="u1")
    reports = (desk.report(sent, ReportStatus.DELIVERED),) if desk.tells and desk.calls else ()
    return reports + ((desk.inbound("ok"),) if desk.hears else ())


ACCOUNTS = asyncio.run(accounts())
CALLING = sorted(name for name, called in ACCOUNTS.items() if called.calls)
each_account = pytest.mark.parametrize("name", sorted(ACCOUNTS))
each_that_calls = pytest.mark.parametrize("name", CALLING)


def receive(name: str, request: HttpRequest) -> None:
    """Only a refusal may come out of it; and what is received has an answer."""
    called = ACCOUNTS[name]
    with suppress(CallbackRefusedError):
        received = called.account.receive(
            request, Moment(now=NOW, nonce=NONCE, callback_url=called.callback_url)
        )
        assert isinstance(received, Received)
        called.account.answer(request, received)


def proven(name: str, body: bytes, request: HttpRequest) -> HttpRequest:
    """The same call with another body, as if it were its provider's own."""
    kind = ACCOUNTS[name].kind
    if kind == "telesign":
        return test_telesign.called(body)
    if kind == "twilio":
        return test_twilio_callbacks.called(
            {"MessageSid": body.decode("latin-1"), "From": body.decode("utf-8", "replace")}
        )
    return replace(request, body=body)


def spoilt(data: Any, other: Any, at: int) -> Any:
    """A JSON value with another in the place of its leaf or branch number `at`."""
    left = at

    def walk(value: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0 and left > -2:
            return other
        if isinstance(value, dict):
            return {key: walk(each) for key, each in value.items()}
        return [walk(each) for each in value] if isinstance(value, list) else value

    return walk(data)


@each_account
@given(
    path=WORDS,
    is_right=st.booleans(),
    query=WORDS,
    headers=st.dictionaries(NAMES | WORDS, VALUES, max_size=4),
    body=st.binary(max_size=60) | st.sampled_from(DEEP),
    method=st.sampled_from(["GET", "POST"]),
)
@settings(max_examples=60, deadline=None)
def test_strangers(name: str, *, path: str, is_right: bool, **given_: Any) -> None:
    receive(name, HttpRequest(path=ACCOUNTS[name].path if is_right else path, **given_))


@each_that_calls
@given(body=st.binary(max_size=60) | st.sampled_from(DEEP), data=st.data())
@settings(max_examples=40, deadline=None)
def test_its_own_calls_with_another_body(name: str, body: bytes, data: st.DataObject) -> None:
    request = data.draw(st.sampled_from(ACCOUNTS[name].calls))
    receive(name, proven(name, body, request))
    cut = data.draw(st.integers(0, len(request.body)))
    receive(name, proven(name, request.body[:cut] + body[:4] + request.body[cut + 1 :], request))
    receive(name, replace(request, query=request.query + data.draw(WORDS)))


@each_that_calls
@given(
    other=st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2)),
    at=st.integers(0, 40),
    data=st.data(),
)
@settings(max_examples=80, deadline=None)
def test_its_own_calls_with_another_value(name: str, other: Any, at: int, data: st.DataObject) -> None:
    request = data.draw(st.sampled_from(ACCOUNTS[name].calls))
    with suppress(ValueError):  # its calls are no JSON
        body = json.dumps(spoilt(json.loads(request.body), other, at)).encode()
        receive(name, proven(name, body, request))


@pytest.mark.parametrize("name", ["X-Twilio-Signature", "X-Twilio-Webhooks-Signature-Settings"])
@pytest.mark.parametrize("odd", ["\udcff", "algorithm=\udcff"])
def test_half_a_character_is_no_signature(name: str, odd: str) -> None:
    request = test_twilio_callbacks.called({"MessageSid": "SM1"}, headers={name: odd})
    account = ACCOUNTS["TwilioSms"].account
    with pytest.raises(CallbackRefusedError) as caught:
        account.receive(request, Moment(now=NOW, nonce=NONCE, callback_url=test_twilio_callbacks.CALLBACK))
    assert caught.value.status == 403


@pytest.mark.parametrize("given_hash", ["\udcff", "%ff"])
def test_half_a_character_is_no_hash(given_hash: str) -> None:
    request = HttpRequest(method="POST", path="/", query=f"bodySHA256={given_hash}", body=b"{}")
    account = ACCOUNTS["TwilioSms"].account
    with pytest.raises(CallbackRefusedError):
        account.receive(request, Moment(now=NOW, nonce=NONCE, callback_url=test_twilio_callbacks.CALLBACK))
