"""Spryng's API v1, as its documentation shows it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from alert_engine.errors import ConfigError
from alert_engine.intake.http_request import HttpRequest
from alert_engine.model import Channel
from alert_engine.routes.base import Accepted, Credit, ErrorClass, Rejected, Unknown
from alert_engine.routes.providers.exchange import ProviderRequest, ProviderResponse
from alert_engine.routes.providers.provider import (
    AnswersPolls,
    CallbackRefusedError,
    ChecksAccess,
    Moment,
    Pace,
    TakesCallbacks,
    TellsCredit,
)
from alert_engine.routes.providers.spryng import SpryngV1
from tests.engine.providers.contract import NONCE, NOW, NUMBER, TEXT, Case, SendContract, a_message
from tests.engine.providers.stand_in import Answer

KEY = "spryng-key-0123456789"
ID = "9dbc5ffb-7524-4fae-9514-51decd94a44f"
PATH = "/callback/spryng/5ecret"
MOMENT = Moment(now=NOW, nonce=NONCE, callback_url="https://ha.example.org" + PATH)
SETTINGS = {"api_key": KEY, "sender": "Alarm"}


def an_account(**fields: Any) -> SpryngV1:
    return SpryngV1(**(SETTINGS | fields))


ACCOUNT = an_account()


class TestSending(SendContract):
    provider = ACCOUNT
    good = Answer(body=json.dumps({"id": ID, "encoding": "plain", "credits": 1, "canceled_at": None}))
    accepted = Accepted(reference=ID, segments=1)
    secrets = (KEY,)
    cases: ClassVar = (
        Case("201", Answer(status=201, body=json.dumps({"id": ID})), accepted),
        Case("404", Answer(status=404), ErrorClass.MESSAGE, "HTTP 404"),
        Case("405", Answer(status=405), ErrorClass.MESSAGE, "HTTP 405"),
        Case("422", Answer(status=422, body='{"message":"words"}'), ErrorClass.MESSAGE, "HTTP 422"),
        Case("500", Answer(status=500), Unknown),
        Case("an id that is none", Answer(body=json.dumps({"id": "x" * 65})), Unknown),
        Case("half a character for an id", Answer(body=r'{"id": "12345678\ud800"}'), Unknown),
    )


def fields_of(provider: SpryngV1, **fields: Any) -> dict[str, Any]:
    request = provider.send_request(a_message(**fields), MOMENT)
    assert isinstance(request, ProviderRequest)
    found = json.loads(request.body)
    assert isinstance(found, dict)
    return found


def test_a_message_is_as_documented() -> None:
    request = ACCOUNT.send_request(a_message(), MOMENT)
    assert isinstance(request, ProviderRequest)
    assert (request.method, request.url) == ("POST", "https://rest.spryngsms.com/v1/messages")
    assert request.headers == {
        "Authorization": f"Bearer {KEY}",
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    assert json.loads(request.body) == {
        "encoding": "auto",
        "body": TEXT,
        "route": "business",
        "originator": "Alarm",
        "recipients": [NUMBER.removeprefix("+")],
        "reference": a_message().uid,
    }


def test_a_number_is_sent_as_spryng_writes_it() -> None:
    assert fields_of(an_account(sender="+31612345678"))["originator"] == "31612345678"


def test_the_alphabet_can_be_forced() -> None:
    plain = fields_of(an_account(encoding="unicode"), text="5 €", plain=True)
    assert (plain["encoding"], plain["body"]) == ("plain", "5 EUR")
    assert fields_of(an_account(encoding="plain"), text="5 € ł")["body"] == "5 € l"
    assert an_account(encoding="unicode").plan_segments(a_message(text="x" * 150)) == 3


def test_half_a_character_does_not_stop_the_rest() -> None:
    assert fields_of(ACCOUNT, text="a\ud800b")["body"] == "a?b"


@pytest.mark.parametrize("fields", [{"channel": Channel.CALL}, {"data": b"\x01"}])
def test_what_cannot_be_carried_is_refused_before_anything_leaves(fields: Any) -> None:
    refused = ACCOUNT.send_request(a_message(**fields), MOMENT)
    assert isinstance(refused, Rejected)
    assert refused.error_class is ErrorClass.MESSAGE


def test_it_offers_what_is_documented() -> None:
    for offered in (ChecksAccess, TellsCredit, TakesCallbacks):
        assert isinstance(ACCOUNT, offered)
    assert not isinstance(ACCOUNT, AnswersPolls)
    assert ACCOUNT.limits.channels == {Channel.SMS}
    assert not ACCOUNT.limits.reports
    assert ACCOUNT.limits.pace == Pace(per_second=5.0)


def test_a_look_is_at_the_balance() -> None:
    assert ACCOUNT.check_request(MOMENT).url == "https://rest.spryngsms.com/v1/balance"
    assert ACCOUNT.checked(ProviderResponse(status=200)) is None
    for status in (302, 401):
        refused = ACCOUNT.checked(ProviderResponse(status=status))
        assert refused is not None
        assert refused.error_class is ErrorClass.ACCOUNT


@pytest.mark.parametrize(
    ("status", "body", "amount"),
    [
        (200, '{"amount": 12.5}', "12.5"),
        (200, '{"amount": "3"}', "3"),
        (200, '{"amount": true}', None),
        (200, '{"amount": ["1"]}', None),
        (200, "[]", None),
        (200, '{"amount": "much"}', None),
        (200, '{"amount": NaN}', None),
        (401, '{"amount": 1}', None),
    ],
)
def test_the_balance(status: int, body: str, amount: str | None) -> None:
    wanted = Credit(amount=Decimal(amount)) if amount else None
    assert ACCOUNT.credit(ProviderResponse(status=status, body=body.encode())) == wanted


def test_inbound_messages_come_by_the_older_webhook() -> None:
    query = "MSISDN=436641234567&KEYWORD=ALARM&PARM=OK+4711&TIMESTAMP=20261121120000"
    request = HttpRequest(method="GET", path=PATH, query=query)
    account = an_account(mo_keyword="alarm")
    received = account.receive(request, MOMENT)
    (message,) = received.messages
    assert (message.sender, message.text) == (NUMBER, "OK 4711")
    answer = account.answer(request, received)
    assert (answer.status, answer.body) == (200, b"TRUE")
    with pytest.raises(CallbackRefusedError):
        account.receive(HttpRequest(method="GET", path="/guess", query=query), MOMENT)
    long = HttpRequest(method="POST", path=PATH, body=query.encode() + b"x" * 70_000)
    with pytest.raises(CallbackRefusedError) as caught:
        account.receive(long, MOMENT)
    assert caught.value.status == 413


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("api_key", ""),
        ("sender", ""),
        ("sender", "far too long a name"),
        ("route", "a b"),
        ("encoding", "utf-8"),
        ("mo_keyword", "x"),
    ],
)
def test_settings_that_make_no_sense_are_refused(field: str, value: str) -> None:
    with pytest.raises(ConfigError, match=field) as caught:
        an_account(**{field: value})
    assert caught.value.path == (field,)
