"""The presets against the answers that their sources document."""

from __future__ import annotations

import base64
import json
import tomllib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest

from alert_engine.routes.base import Accepted, Credit, ErrorClass, Rejected, ReportStatus, Unknown
from alert_engine.routes.providers.exchange import ProviderResponse
from alert_engine.routes.providers.generic_http import preset_names
from alert_engine.routes.providers.generic_http.presets import load_preset
from alert_engine.routes.providers.provider import (
    AnswersPolls,
    ChecksAccess,
    Pace,
    TakesCallbacks,
    TellsCredit,
)
from scripts.lib.build_release import RUNTIME_SUFFIXES
from tests.engine.providers.contract import NONCE, NOW, TEXT, Case, SendContract, a_message
from tests.engine.providers.generic_accounts import CALLBACK, MOMENT, SETTINGS, a_call, an_account, request_of
from tests.engine.providers.stand_in import Answer

SECRETS = ("geheim-7",)
UID = "6f1d2c3b4a5968778695a4b3c2d1e0f0"


def told(data: Any, status: int = 200) -> Answer:
    return Answer(status=status, body=json.dumps(data))


def seven(code: str, *, success: bool = True) -> Answer:
    message = {"id": "77229318510", "parts": 1, "success": success, "error": None}
    return told({"success": code, "total_price": 0.075, "messages": [message]})


class TestSeven(SendContract):
    provider = an_account("seven")
    good = seven("100")
    accepted = Accepted(reference="77229318510", segments=1)
    secrets = SECRETS
    cases: ClassVar = (
        Case("900 API key", seven("900"), ErrorClass.ACCOUNT, "900"),
        Case("900 alone", Answer(body="900"), ErrorClass.ACCOUNT),
        Case("500 credit", seven("500"), ErrorClass.ACCOUNT, "500"),
        Case("202 number", seven("202"), ErrorClass.RECIPIENT, "202", extra={"this_route_only": True}),
        Case("306 sender", seven("306"), ErrorClass.ACCOUNT, "306"),
        Case("305 no text", seven("305"), ErrorClass.MESSAGE, "305"),
        Case("403 limit of the day", seven("403"), ErrorClass.RECIPIENT, "403"),
        Case("600 carrier", seven("600"), ErrorClass.TEMPORARY, "600"),
        Case("a code nobody knows", seven("777"), ErrorClass.MESSAGE, "777"),
        Case("100 and yet not", seven("100", success=False), Unknown),
    )


def clicksend(status: str) -> Answer:
    message = {"message_id": "BF7AD270-0DE2-418B-B606-71D527D9C1AE", "message_parts": 1, "status": status}
    return told({"http_code": 200, "response_code": "SUCCESS", "data": {"messages": [message]}})


class TestClickSend(SendContract):
    provider = an_account("clicksend")
    good = clicksend("SUCCESS")
    accepted = Accepted(reference="BF7AD270-0DE2-418B-B606-71D527D9C1AE", segments=1)
    secrets = SECRETS
    cases: ClassVar = (
        Case("credit", clicksend("INSUFFICIENT_CREDIT"), ErrorClass.ACCOUNT, "INSUFFICIENT_CREDIT"),
        Case("country", clicksend("COUNTRY_NOT_ENABLED"), ErrorClass.ACCOUNT),
        Case("number", clicksend("INVALID_RECIPIENT"), ErrorClass.RECIPIENT),
        Case("the same again", clicksend("THROTTLED"), ErrorClass.TEMPORARY),
        Case("another word", clicksend("EMPTY_MESSAGE"), ErrorClass.MESSAGE),
    )


class TestSinch(SendContract):
    provider = an_account("sinch")
    good = told({"id": "01FC66621XXXXX119Z8PMV1QPQ", "canceled": False, "type": "mt_text"}, 201)
    accepted = Accepted(reference="01FC66621XXXXX119Z8PMV1QPQ", segments=1)
    secrets = SECRETS
    cases: ClassVar = (
        Case("no id", told({"type": "mt_text"}, 201), Unknown),
        Case("400", told({"code": "syntax", "text": "x"}, 400), ErrorClass.MESSAGE, "HTTP 400"),
        Case("403", told({"code": "x"}, 403), ErrorClass.ACCOUNT, "HTTP 403"),
        Case("500", told({}, 500), Unknown),
    )


def vonage(status: str) -> Answer:
    message = {"to": "x", "message-id": "0C000000217B7F02", "status": status, "network": "23410"}
    return told({"message-count": "1", "messages": [message]})


class TestVonage(SendContract):
    provider = an_account("vonage")
    good = vonage("0")
    accepted = Accepted(reference="0C000000217B7F02", segments=1)
    secrets = SECRETS
    cases: ClassVar = (
        Case("1 throttled", vonage("1"), ErrorClass.TEMPORARY, "1"),
        Case("2 missing", vonage("2"), ErrorClass.MESSAGE, "2"),
        Case("3 invalid", vonage("3"), ErrorClass.MESSAGE, "3"),
        Case("4 credentials", vonage("4"), ErrorClass.ACCOUNT, "4"),
        Case("5 internal", vonage("5"), ErrorClass.TEMPORARY, "5"),
        Case("6 prefix", vonage("6"), ErrorClass.RECIPIENT, "6"),
        Case("7 barred", vonage("7"), ErrorClass.RECIPIENT, "7"),
        Case("8 suspended", vonage("8"), ErrorClass.ACCOUNT, "8"),
        Case("9 credit", vonage("9"), ErrorClass.ACCOUNT, "9"),
        Case("10 binds", vonage("10"), ErrorClass.TEMPORARY, "10"),
        Case("29 unknown here", vonage("29"), ErrorClass.MESSAGE, "29"),
    )


def messagebird(code: int, status: int = 422) -> Answer:
    return told({"errors": [{"code": code, "description": "x", "parameter": None}]}, status)


class TestMessageBird(SendContract):
    provider = an_account("messagebird")
    good = told({"id": "e8077d803532c0b5937c639b60216938", "direction": "mt", "type": "sms"}, 201)
    accepted = Accepted(reference="e8077d803532c0b5937c639b60216938", segments=1)
    secrets = SECRETS
    cases: ClassVar = (
        Case("2 not allowed", messagebird(2, 401), ErrorClass.ACCOUNT, "2"),
        Case("9 missing", messagebird(9), ErrorClass.MESSAGE, "9"),
        Case("10 invalid", messagebird(10), ErrorClass.MESSAGE, "10"),
        Case("21 bad request", messagebird(21), ErrorClass.MESSAGE, "21"),
        Case("25 balance", messagebird(25, 402), ErrorClass.ACCOUNT, "25"),
        Case("98 no such API", messagebird(98, 404), ErrorClass.ACCOUNT, "98"),
        Case("99 internal", messagebird(99, 500), Unknown),
    )


def clickatell(code: int) -> Answer:
    return told({"messages": [{"accepted": False, "to": "x", "error": {"code": code}}], "error": None}, 207)


class TestClickatell(SendContract):
    provider = an_account("clickatell")
    good = told({"messages": [{"apiMessageId": "02ca87d5a954", "accepted": True, "to": "27999"}]}, 202)
    accepted = Accepted(reference="02ca87d5a954", segments=1)
    secrets = SECRETS
    cases: ClassVar = (
        Case("1 API key", clickatell(1), ErrorClass.ACCOUNT, "1"),
        Case("20 credit", clickatell(20), ErrorClass.ACCOUNT, "20"),
        Case("19 retry", clickatell(19), ErrorClass.TEMPORARY, "19"),
        Case("25 number", clickatell(25), ErrorClass.RECIPIENT, "25"),
        Case("26 opted out", clickatell(26), ErrorClass.RECIPIENT, "26", extra={"opted_out": True}),
        Case("24 too long", clickatell(24), ErrorClass.MESSAGE, "24"),
        Case("1 for the request", told({"error": {"code": 1}}, 401), ErrorClass.ACCOUNT),
        Case("43 for the request", told({"error": {"code": 43}}, 429), ErrorClass.TEMPORARY),
        Case("20 for the request", told({"error": {"code": 20}}, 402), ErrorClass.ACCOUNT),
        Case("21 for the request", told({"error": {"code": 21}}, 400), ErrorClass.MESSAGE),
    )


def bulksms(kind: str, sub: str = "null") -> Answer:
    return told([{"id": "8471", "status": {"id": f"{kind}.{sub}", "type": kind}}], 201)


class TestBulkSms(SendContract):
    provider = an_account("bulksms")
    good = bulksms("ACCEPTED")
    accepted = Accepted(reference="8471", segments=1)
    secrets = SECRETS
    cases: ClassVar = (
        Case("credit", told({"status": 403, "title": "Insufficient Credits"}, 403), ErrorClass.ACCOUNT),
        Case("400", told({"status": 400, "title": "Bad Request"}, 400), ErrorClass.MESSAGE, "HTTP 400"),
        Case("stopped", bulksms("FAILED", "BLOCKED"), ErrorClass.RECIPIENT, extra={"opted_out": True}),
        Case("no route", bulksms("FAILED", "NOT_SENT"), ErrorClass.RECIPIENT, "FAILED.NOT_SENT"),
    )


class TestBerlinSms(SendContract):
    """With the rule that its owner must set."""

    provider = an_account("berlinsms")
    good = Answer(body="OK 17", content_type="text/plain")
    accepted = Accepted(reference=NONCE, segments=1)
    secrets = SECRETS
    cases: ClassVar = (Case("any other word", Answer(body="FEHLER"), Unknown),)


class TestBerlinSmsXml(SendContract):
    provider = an_account("berlinsms_xml")
    good = Answer(body="OK 17", content_type="text/plain")
    accepted = Accepted(reference=NONCE, segments=1)
    secrets = SECRETS
    cases: ClassVar = (Case("any other word", Answer(body="<fehler/>"), Unknown),)


def body_of(preset: str, **fields: Any) -> Any:
    return json.loads(request_of(an_account(preset), a_message(**fields)).body)


def form_of(preset: str, **fields: Any) -> dict[str, str]:
    body = request_of(an_account(preset), a_message(**fields)).body.decode()
    return {name: value for name, (value,) in parse_qs(body, strict_parsing=True).items()}


def headers_of(preset: str) -> dict[str, str]:
    return dict(request_of(an_account(preset)).headers)


def basic(user: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:geheim-7".encode()).decode()


def test_seven_is_asked_field_by_field() -> None:
    fields = form_of("seven", validity=timedelta(hours=1), flash=True)
    wanted = {"to": "436641234567", "text": TEXT, "from": "4366412345", "json": "1"}
    assert fields == wanted | {"ttl": "60", "flash": "1"}
    assert headers_of("seven")["X-Api-Key"] == "geheim-7"
    assert form_of("seven") == wanted


def test_clicksend_is_asked_field_by_field() -> None:
    message = {"to": "+436641234567", "body": TEXT, "from": "Alarm", "source": "alert-gateway"}
    assert body_of("clicksend") == {"messages": [message | {"custom_string": UID}]}
    assert headers_of("clicksend")["Authorization"] == basic("me")


def test_sinch_is_asked_field_by_field() -> None:
    assert body_of("sinch") == {
        "from": "Alarm",
        "to": ["+436641234567"],
        "body": TEXT,
        "type": "mt_text",
        "delivery_report": "per_recipient",
        "callback_url": CALLBACK,
        "client_reference": UID,
    }
    request = request_of(an_account("sinch"))
    assert request.url == "https://eu.sms.api.sinch.com/xms/v1/plan1/batches"
    assert request.headers["Authorization"] == "Bearer geheim-7"


def test_vonage_is_told_the_alphabet() -> None:
    wanted = {"api_key": "key1", "api_secret": "geheim-7", "from": "Alarm", "to": "436641234567"}
    wanted |= {"callback": CALLBACK, "client-ref": UID}
    assert form_of("vonage") == wanted | {"text": TEXT, "type": "text"}
    assert form_of("vonage", text="Пожар") == wanted | {"text": "Пожар", "type": "unicode"}
    assert form_of("vonage", text="Пожар", plain=True)["type"] == "text"


def test_messagebird_is_asked_field_by_field() -> None:
    assert body_of("messagebird", validity=timedelta(minutes=5)) == {
        "originator": "Alarm",
        "recipients": ["436641234567"],
        "body": TEXT,
        "datacoding": "plain",
        "validity": 300,
        "reference": UID,
    }
    assert headers_of("messagebird")["Authorization"] == "AccessKey geheim-7"


def test_clickatell_is_asked_field_by_field() -> None:
    assert body_of("clickatell") == {"messages": [{"channel": "sms", "to": "436641234567", "content": TEXT}]}
    assert headers_of("clickatell")["Authorization"] == "geheim-7"


def test_bulksms_is_asked_field_by_field() -> None:
    assert body_of("bulksms") == {
        "to": "+436641234567",
        "body": TEXT,
        "from": "+4366412345",
        "longMessageMaxParts": 10,
        "deliveryReports": "ALL",
        "userSuppliedId": UID,
    }
    assert request_of(an_account("bulksms")).url == "https://api.bulksms.com/v1/messages?auto-unicode=true"


def test_berlinsms_has_the_four_fields_of_the_sample() -> None:
    wanted = {"name": "me", "pass": "geheim-7", "target": "436641234567", "text": TEXT}
    assert form_of("berlinsms") == wanted
    assert request_of(an_account("berlinsms")).url == "https://interface.berlinsms.de/wab_versand.php"
    tree = ET.fromstring(request_of(an_account("berlinsms_xml")).body)
    assert {each.tag: each.text for each in tree} == wanted


def test_of_berlinsms_no_answer_is_known_until_its_owner_says_so() -> None:
    provider = an_account("berlinsms", answer={})
    for status in (200, 201):
        answer = ProviderResponse(status=status, body=b"irgendwas")
        assert isinstance(provider.outcome(a_message(), answer, MOMENT), Unknown)


@pytest.mark.parametrize(
    ("preset", "body", "wanted"),
    [
        ("seven", "290.67", Credit(amount=Decimal("290.67"))),
        ("clicksend", '{"data":{"balance":"2.005718"}}', Credit(amount=Decimal("2.005718"))),
        ("vonage", '{"value":10.28,"autoReload":false}', Credit(amount=Decimal("10.28"))),
        (
            "messagebird",
            '{"payment":"prepaid","type":"euros","amount":12}',
            Credit(amount=Decimal(12), currency="euros"),
        ),
        ("clickatell", '{"currency":"EUR","balance":3.5}', Credit(amount=Decimal("3.5"), currency="EUR")),
        ("bulksms", '{"credits":{"balance":80.25}}', Credit(amount=Decimal("80.25"))),
    ],
)
def test_credit_is_told(preset: str, body: str, wanted: Credit) -> None:
    provider = an_account(preset)
    assert isinstance(provider, TellsCredit)
    assert isinstance(provider, ChecksAccess)
    assert provider.credit_request(MOMENT).method == "GET"
    answer = ProviderResponse(status=200, body=body.encode())
    assert provider.credit(answer) == wanted
    assert provider.checked(answer) is None
    long = b'{"value":"%s"}' % (b"1" * 33)
    for bad in (b"", b"<html>", b'{"value":NaN,"amount":"many"}', long, long.replace(b"value", b"amount")):
        assert provider.credit(ProviderResponse(status=200, body=bad)) is None
    assert provider.credit(ProviderResponse(status=500, body=body.encode())) is None
    assert provider.credit(ProviderResponse(status=200, body=body.encode(), is_cut=True)) is None
    refused = provider.checked(ProviderResponse(status=401))
    assert refused is not None
    assert refused.error_class is ErrorClass.ACCOUNT
    down = provider.checked(ProviderResponse(status=500))
    assert down is not None
    assert down.error_class is ErrorClass.DEVICE


def test_seven_refuses_an_api_key_in_a_look_at_the_account() -> None:
    provider = an_account("seven")
    assert provider.credit(ProviderResponse(status=200, body=b"900")) is None
    refused = provider.checked(ProviderResponse(status=200, body=b"900"))
    assert refused is not None
    assert refused.error_class is ErrorClass.ACCOUNT


@pytest.mark.parametrize(
    ("preset", "url", "body", "reference"),
    [
        (
            "sinch",
            "https://eu.sms.api.sinch.com/xms/v1/plan1/batches/01FC/delivery_report?type=full",
            {
                "batch_id": "01FC",
                "statuses": [{"code": 0, "status": "Delivered", "recipients": ["436641234567"]}],
            },
            "01FC",
        ),
        (
            "messagebird",
            "https://rest.messagebird.com/messages/01FC",
            {"id": "01FC", "recipients": {"items": [{"recipient": 436641234567, "status": "delivered"}]}},
            "01FC",
        ),
        (
            "bulksms",
            "https://api.bulksms.com/v1/messages/01FC",
            {"id": "01FC", "to": "436641234567", "status": {"id": "DELIVERED.null", "type": "DELIVERED"}},
            "01FC",
        ),
    ],
)
def test_states_are_asked_for(preset: str, url: str, body: Any, reference: str) -> None:
    provider = an_account(preset)
    assert isinstance(provider, AnswersPolls)
    assert [request.url for request in provider.poll_requests([reference], MOMENT)] == [url]
    (report,) = provider.polled(ProviderResponse(status=200, body=json.dumps(body).encode()), MOMENT).reports
    assert (report.reference, report.status) == (reference, ReportStatus.DELIVERED)
    assert report.address == "+436641234567"
    for bad in (b"", b"[]", b'{"id":"01FC"}'):
        assert provider.polled(ProviderResponse(status=200, body=bad), MOMENT).reports == ()
    whole = json.dumps(body).encode()
    assert provider.polled(ProviderResponse(status=404, body=whole), MOMENT).reports == ()
    assert provider.polled(ProviderResponse(status=200, body=whole, is_cut=True), MOMENT).reports == ()


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("DELIVERED", ReportStatus.DELIVERED),
        *((word, ReportStatus.FAILED) for word in ("NOTDELIVERED", "EXPIRED", "REJECTED", "FAILED")),
        *((word, ReportStatus.PENDING) for word in ("BUFFERED", "TRANSMITTED", "ACCEPTED")),
    ],
)
def test_seven_reports_in_the_words_of_its_page(word: str, status: ReportStatus) -> None:
    body = {"data": {"msg_id": "7", "status": word}, "webhook_event": "dlr"}
    (report,) = an_account("seven").receive(a_call(json.dumps(body)), MOMENT).reports
    assert report.status is status


def test_seven_calls() -> None:
    provider = an_account("seven")
    assert isinstance(provider, TakesCallbacks)
    dlr = {"msg_id": "77149843739", "status": "TRANSMITTED", "timestamp": "2021-08-24 08:08:00.000000"}
    body = {"data": dlr, "webhook_event": "dlr", "webhook_timestamp": "2021-08-24T08:08:00+02:00"}
    (report,) = provider.receive(a_call(json.dumps(body)), MOMENT).reports
    assert (report.reference, report.status) == ("77149843739", ReportStatus.PENDING)
    assert report.reported_at == datetime(2021, 8, 24, 6, 8, tzinfo=UTC)
    data = {"id": "681590", "sender": "491771783130", "system": "49177", "text": "OK 1", "time": "1605878104"}
    call = a_call(json.dumps({"data": data, "webhook_event": "sms_mo"}))
    (message,) = provider.receive(call, MOMENT).messages
    assert (message.sender, message.text, message.reference) == ("+491771783130", "OK 1", "681590")
    assert message.service_centre_time == datetime(2020, 11, 20, 13, 15, 4, tzinfo=UTC)
    tracking = provider.receive(a_call('{"webhook_event":"tracking"}'), MOMENT)
    assert (tracking.reports, tracking.messages) == ((), ())


@pytest.mark.parametrize("code", ["1", "10"])
def test_vonage_asks_for_a_pause_with_a_good_status(code: str) -> None:
    response = ProviderResponse(status=200, body=str(vonage(code).body).encode())
    outcome = an_account("vonage").outcome(a_message(), response, MOMENT)
    assert isinstance(outcome, Rejected)
    assert (outcome.error_class, outcome.retry_after) == (ErrorClass.TEMPORARY, Pace().pause)


def test_sinch_calls() -> None:
    provider = an_account("sinch")
    report = {"type": "recipient_delivery_report_sms", "batch_id": "01FC", "recipient": "436641234567"}
    report |= {"code": "0", "status": "Delivered", "at": "2016-12-05T16:24:23.318Z"}
    (found,) = provider.receive(a_call(json.dumps(report)), MOMENT).reports
    assert (found.reference, found.address, found.code) == ("01FC", "+436641234567", "0")
    assert found.uid == ""
    (ours,) = provider.receive(a_call(json.dumps({**report, "client_reference": UID})), MOMENT).reports
    assert ours.uid == UID
    inbound = {"type": "mo_text", "id": "OzQ5", "from": "436641234567", "body": "OK", "received_at": "x"}
    (message,) = provider.receive(a_call(json.dumps(inbound)), MOMENT).messages
    assert (message.sender, message.text, message.service_centre_time) == ("+436641234567", "OK", None)
    assert message.sender_can_be_answered


def test_vonage_calls_with_query_form_or_json() -> None:
    provider = an_account("vonage")
    query = "err-code=0&message-timestamp=2018-10-25+12%3A10%3A29&messageId=0B&msisdn=436641234567"
    query += "&status=delivered"
    json_body = json.dumps({name: value for name, (value,) in parse_qs(query).items()})
    form = a_call(query, Content_Type="application/x-www-form-urlencoded")
    for call in (a_call(query=query), form, a_call(json_body, Content_Type="application/json")):
        (report,) = provider.receive(call, MOMENT).reports
        assert (report.reference, report.status) == ("0B", ReportStatus.DELIVERED)
        assert report.reported_at == datetime(2018, 10, 25, 12, 10, 29, tzinfo=UTC)
    inbound = "type=text&msisdn=436641234567&messageId=0C&text=OK+%C3%96l&message-timestamp=x"
    (message,) = provider.receive(a_call(query=inbound), MOMENT).messages
    assert (message.text, message.received_at) == ("OK Öl", NOW)


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_names_its_sources_and_what_is_not_confirmed(name: str) -> None:
    about = load_preset(name)["about"]
    assert about["sources"]
    assert about["unconfirmed"]
    assert about["confirmed"] is not name.startswith("berlinsms")
    assert name in SETTINGS
    assert urlsplit(request_of(an_account(name)).url).scheme == "https"


def test_presets_are_part_of_the_wheel_and_of_the_zip() -> None:
    root = Path(__file__).parents[3]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = {
        file.stem
        for pattern in project["tool"]["setuptools"]["package-data"]["alert_engine"]
        for file in (root / "alert_engine").glob(pattern)
    }
    assert set(preset_names()) <= shipped
    assert ".json" in RUNTIME_SUFFIXES
