"""Azure Communication Services, after its REST specifications and the events of Event Grid."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest

from alert_engine.errors import ConfigError
from alert_engine.intake.http_request import HttpRequest
from alert_engine.routes.base import Accepted, ErrorClass, InboundReport, Rejected, ReportStatus, Unknown
from alert_engine.routes.providers.azure import Azure, Resource, repeatability_id, signed
from alert_engine.routes.providers.exchange import ProviderRequest, ProviderResponse
from alert_engine.routes.providers.provider import CallbackRefusedError, Moment, Received
from tests.engine.providers.contract import NONCE, NOW, NUMBER, TEXT, Case, SendContract, a_message, send
from tests.engine.providers.stand_in import Answer

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
CONNECTION = f"endpoint=https://res.communication.azure.com/;accesskey={KEY}"
ACCOUNT = Azure(connection_string=CONNECTION, sender="+18005551234")
MOMENT = Moment(now=NOW, nonce=NONCE, callback_url="https://alarm.example/callback/azure/5ecret")
MESSAGE_ID = "Outgoing_20261121120000_6e0f1b9a"


def item(**fields: Any) -> str:
    """The entry of one recipient, in the answer to a whole request."""
    usual = {"to": NUMBER, "messageId": MESSAGE_ID, "httpStatusCode": 202, "successful": True}
    return json.dumps({"value": [usual | {"repeatabilityResult": "accepted"} | fields]})


def one(status: int, **fields: Any) -> Answer:
    """202 for the whole, and something else for the one recipient."""
    return Answer(status=202, body=item(**({"httpStatusCode": status, "successful": False} | fields)))


def complaint(field: str) -> Answer:
    body = {
        "type": "https://tools.ietf.org/html/rfc7231#section-6.5.1",
        "title": "One or more validation errors occurred.",
        "status": 400,
        "errors": {field: [f"{NUMBER} is wrong"]},
        "traceId": "00-2af3",
    }
    return Answer(status=400, body=json.dumps(body))


class TestSending(SendContract):
    provider = ACCOUNT
    good = Answer(status=202, body=item())
    accepted = Accepted(reference=MESSAGE_ID, segments=1)
    secrets = (KEY, "accesskey")
    cases: ClassVar = (
        Case(
            "taken without an id",
            Answer(status=202, body=item(messageId=None)),
            Accepted(reference="6f1d2c3b-4a59-6877-8695-a4b3c2d1e0f0", segments=1),
        ),
        Case("item 400", one(400), ErrorClass.RECIPIENT, "HTTP 400"),
        Case("item 401", one(401), ErrorClass.ACCOUNT, "HTTP 401"),
        Case("item 403", one(403), ErrorClass.ACCOUNT, "HTTP 403"),
        Case("item 404", one(404), ErrorClass.RECIPIENT, "HTTP 404"),
        Case("item 422", one(422), ErrorClass.MESSAGE, "HTTP 422"),
        Case("item 429", one(429), ErrorClass.TEMPORARY, "HTTP 429"),
        Case("item 500", one(500), ErrorClass.TEMPORARY, "HTTP 500", extra={"certain": True}),
        Case("item 503", one(503), ErrorClass.TEMPORARY, "HTTP 503"),
        Case(
            "a repeat that was not looked up",
            one(503, repeatabilityResult="Rejected"),
            ErrorClass.TEMPORARY,
            extra={"certain": False},
        ),
        Case("a status that nobody knows", one(299), Unknown),
        Case("a status that is no number", one(202, httpStatusCode="soon"), Unknown),
        Case("successful and yet not", one(400, successful=True), Unknown),
        Case("200 is no 202", Answer(status=200, body=item()), Unknown),
        Case("no entry", Answer(status=202, body='{"value":[]}'), Unknown),
        Case("wrong content type", Answer(status=202, body=item(), content_type="text/html"), accepted),
        Case("400 of the number", complaint("SmsRecipients[0].To"), ErrorClass.RECIPIENT, "HTTP 400"),
        Case("400 of the sender", complaint("From"), ErrorClass.ACCOUNT, "HTTP 400"),
        Case("400 of the text", complaint("Message"), ErrorClass.MESSAGE, "HTTP 400"),
        Case(
            "400 with a code",
            Answer(status=400, body='{"error":{"code":"BadRequest","message":"no"}}'),
            ErrorClass.MESSAGE,
            "BadRequest",
        ),
        Case("403", Answer(status=403, body="{}"), ErrorClass.ACCOUNT, "HTTP 403"),
        Case("404", Answer(status=404, body="{}"), ErrorClass.ACCOUNT, "HTTP 404"),
        Case("422", Answer(status=422, body="{}"), ErrorClass.MESSAGE, "HTTP 422"),
        Case("500", Answer(status=500), ErrorClass.TEMPORARY, "HTTP 500", extra={"certain": True}),
        Case("502", Answer(status=502), ErrorClass.TEMPORARY, "HTTP 502", extra={"certain": True}),
        Case(
            "a pause until then",
            Answer(status=429, headers={"Retry-After": "Sat, 21 Nov 2026 12:00:30 GMT"}),
            ErrorClass.TEMPORARY,
            "HTTP 429",
            timedelta(seconds=30),
        ),
        Case(
            "a pause for the one",
            Answer(status=202, body=item(httpStatusCode=429, successful=False), headers={"Retry-After": "9"}),
            ErrorClass.TEMPORARY,
            "HTTP 429",
            timedelta(seconds=9),
        ),
        Case("moved", Answer(status=302, headers={"Location": "https://example.com/"}), ErrorClass.ACCOUNT),
    )


def request_of(provider: Azure = ACCOUNT, moment: Moment = MOMENT, **fields: Any) -> ProviderRequest:
    request = provider.send_request(a_message(**fields), moment)
    assert isinstance(request, ProviderRequest)
    return request


def body_of(provider: Azure = ACCOUNT, moment: Moment = MOMENT, **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(request_of(provider, moment, **fields).body)
    return body


def test_a_request_is_signed_as_the_client_of_the_maker_does() -> None:
    """Known answer of providers.md section 0.4, computed with azure-communication-sms 1.1.0."""
    body = (
        b'{"from":"+18005551234","smsRecipients":[{"to":"+4366412345678"}],"message":"Feuer",'
        b'"smsSendOptions":{"enableDeliveryReport":true}}'
    )
    resource = Resource(host="res.communication.azure.com", key=base64.b64decode(KEY))
    assert signed(resource, "POST", "/sms?api-version=2021-03-07", body, NOW) == {
        "x-ms-date": "Sat, 21 Nov 2026 12:00:00 GMT",
        "x-ms-content-sha256": "G0yDM5L5omXNMGm+Id4Meync9bGzAaciC4HhymAwh9k=",
        "Authorization": (
            "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256"
            "&Signature=KZ4jaDvxj7NUK2ARhRM/NouJ+QD67u5uwrOFFfimo9E="
        ),
    }


async def test_exactly_the_octets_that_go_out_are_signed() -> None:
    message = a_message(text="Öl läuft aus €")
    _, stand_in = await send(ACCOUNT, message, Answer(status=202, body=item()))
    (asked,) = stand_in.asked
    parts = urlsplit(asked.url)
    resource = Resource(host=parts.netloc, key=base64.b64decode(KEY))
    again = signed(resource, "POST", f"{parts.path}?{parts.query}", asked.body, NOW)
    assert {name: asked.headers[name] for name in again} == again
    assert "Öl läuft aus €".encode() in asked.body


def test_everything_is_sent_that_the_specification_names() -> None:
    request = request_of()
    assert request.url == "https://res.communication.azure.com/sms?api-version=2021-03-07"
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body) == {
        "from": "+18005551234",
        "smsRecipients": [
            {
                "to": NUMBER,
                "repeatabilityRequestId": "6f1d2c3b-4a59-6877-8695-a4b3c2d1e0f0",
                "repeatabilityFirstSent": "Sat, 21 Nov 2026 12:00:00 GMT",
            }
        ],
        "message": TEXT,
        "smsSendOptions": {"enableDeliveryReport": True},
    }


def test_tag_and_time_out_are_sent_where_they_are_set() -> None:
    account = Azure(connection_string=CONNECTION, sender="Alarm", tag="plant 2", report_timeout=300)
    assert body_of(account, report_requested=False)["smsSendOptions"] == {
        "enableDeliveryReport": False,
        "tag": "plant 2",
        "deliveryReportTimeoutInSeconds": 300,
    }
    assert request_of(account).url.endswith("?api-version=2026-01-23")


def test_a_repeat_has_the_id_and_the_time_of_the_first_attempt() -> None:
    first = body_of(first_tried_at=NOW)
    later = Moment(now=NOW + timedelta(minutes=5), nonce="f" * 32)
    assert body_of(moment=later, first_tried_at=NOW) == first


def test_a_repeat_has_the_same_id_whatever_the_uid_looks_like() -> None:
    assert repeatability_id("m1") == repeatability_id("m1") != repeatability_id("m2")
    assert len(repeatability_id("m1")) == 36


def test_plain_texts_are_transliterated_here() -> None:
    sent = body_of(text="Öl [läuft] €", plain=True)["message"]
    assert not set(sent) & set("[]€")
    assert sent.startswith("Öl")


@pytest.mark.parametrize("fields", [{"text": "x" * 2049}, {"data": b"\x01"}, {"text": " "}])
def test_what_cannot_be_carried_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        ACCOUNT.plan_segments(a_message(**fields))
    refused = ACCOUNT.send_request(a_message(**fields), MOMENT)
    assert isinstance(refused, Rejected)
    assert refused.error_class is ErrorClass.MESSAGE
    assert ACCOUNT.plan_segments(a_message(text="x" * 2048)) == 14


@pytest.mark.parametrize(
    ("sender", "per_second"), [("+18005551234", 200 / 60), ("12345", 100.0), ("Alarm", 10.0)]
)
def test_each_kind_of_sender_has_its_pace(sender: str, per_second: float) -> None:
    limits = Azure(connection_string=CONNECTION, sender=sender).limits
    assert limits.pace.per_second == per_second
    assert limits.is_idempotent


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("connection_string", ""),
        ("connection_string", "endpoint=https://res.communication.azure.com/"),
        ("connection_string", f"endpoint=http://res.communication.azure.com/;accesskey={KEY}"),
        ("connection_string", f"endpoint=https://communication.azure.com.example/;accesskey={KEY}"),
        ("connection_string", f"endpoint=https://res.communication.azure.com:444/;accesskey={KEY}"),
        ("connection_string", f"endpoint=https://a@res.communication.azure.com/;accesskey={KEY}"),
        ("connection_string", f"endpoint=https://res.communication.azure.com/x;accesskey={KEY}"),
        ("connection_string", f"endpoint=https://[res;accesskey={KEY}"),
        ("connection_string", "endpoint=https://res.communication.azure.com/;accesskey=*"),
        ("sender", ""),
        ("sender", "far too long a name"),
        ("sender", "123"),
        ("report_timeout", 59),
        ("report_timeout", 43_201),
    ],
)
def test_settings_that_make_no_sense_are_refused(field: str, value: Any) -> None:
    settings: dict[str, Any] = {"connection_string": CONNECTION, "sender": "Alarm"} | {field: value}
    with pytest.raises(ConfigError, match=field) as caught:
        Azure(**settings)
    assert caught.value.path == (field,)
    assert KEY not in str(caught.value)


def test_a_connection_string_is_read_whatever_its_case_and_order() -> None:
    text = f"AccessKey={KEY}; Endpoint=HTTPS://Res.Europe.Communication.Azure.COM"
    request = request_of(Azure(connection_string=text, sender="Alarm"))
    assert urlsplit(request.url).netloc == "res.europe.communication.azure.com"


# --- the look at the resource -----------------------------------------------------------------------------


def test_a_look_asks_after_a_message_that_never_was() -> None:
    request = ACCOUNT.check_request(MOMENT)
    assert request.method == "GET"
    wanted = "https://res.communication.azure.com/deliveryReports/alert-gateway?api-version=2026-01-23"
    assert request.url == wanted
    assert "Authorization" in request.headers


@pytest.mark.parametrize(
    ("status", "body", "wanted"),
    [
        (404, b'{"title":"Not Found","status":404,"traceId":"00-2a"}', None),
        (200, b"{}", None),
        (400, b"{}", None),
        (404, b"<html>", ErrorClass.ACCOUNT),
        (401, b"{}", ErrorClass.ACCOUNT),
        (403, b"{}", ErrorClass.ACCOUNT),
        (429, b"{}", ErrorClass.TEMPORARY),
        (500, b"{}", ErrorClass.DEVICE),
        (200, b"<html>", ErrorClass.DEVICE),
    ],
)
def test_a_look_finds(status: int, body: bytes, wanted: ErrorClass | None) -> None:
    found = ACCOUNT.checked(ProviderResponse(status=status, body=body))
    assert (found.error_class if found else None) == wanted


# --- reports on demand ------------------------------------------------------------------------------------

REPORT = {
    "deliveryStatus": "Delivered",
    "deliveryStatusDetails": "2000: No Error",
    "deliveryAttempts": [{"timestamp": "2026-11-21T12:00:03Z", "segmentsSucceeded": 1, "segmentsFailed": 0}],
    "receivedTimestamp": "2026-11-21T12:00:04Z",
    "tag": "plant 2",
    "messageId": MESSAGE_ID,
    "from": "+18005551234",
    "to": NUMBER,
}


def test_each_message_is_asked_after_and_the_newest_first() -> None:
    requests = ACCOUNT.poll_requests([f"Outgoing/{index}" for index in range(50)], MOMENT)
    assert len(requests) == 20
    assert urlsplit(requests[0].url).path == "/deliveryReports/Outgoing%2F0"
    assert requests[0].headers["x-ms-content-sha256"] == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def test_a_report_is_told_and_none_is_not() -> None:
    told = ACCOUNT.polled(ProviderResponse(status=200, body=json.dumps(REPORT).encode()), MOMENT)
    assert told.reports == (
        InboundReport(
            reference=MESSAGE_ID,
            address=NUMBER,
            status=ReportStatus.DELIVERED,
            reported_at=datetime(2026, 11, 21, 12, 0, 4, tzinfo=UTC),
            code="2000",
        ),
    )
    assert ACCOUNT.polled(ProviderResponse(status=404, body=b'{"status":404}'), MOMENT) == Received()
    assert ACCOUNT.polled(ProviderResponse(status=200, body=b"[" * 99), MOMENT) == Received()
    assert (
        ACCOUNT.polled(ProviderResponse(status=500, body=json.dumps(REPORT).encode()), MOMENT) == Received()
    )


CODES_OF_SENDING = ("4000", "4001", "4002", "4003", "4004", "4005", "4006", "4007", "4008")
DETAILS = [
    ("2000: No Error", "Delivered", ReportStatus.DELIVERED, "2000"),
    *(
        (f"{code}: whatever", "Failed", ReportStatus.FAILED, code)
        for code in [
            "4000",
            "4001",
            "4002",
            "4003",
            "4004",
            "4005",
            "4006",
            "4007",
            "4008",
            "5000",
            "5001",
            "5002",
            "9999",
        ]
    ),
    ("No error.", "Delivered", ReportStatus.DELIVERED, ""),
    ("", "Pending", ReportStatus.PENDING, ""),
    ("9999: unknown", "Unknown", ReportStatus.PENDING, "9999"),
]


@pytest.mark.parametrize(("details", "status", "wanted", "code"), DETAILS)
def test_every_code_of_a_report(details: str, status: str, wanted: ReportStatus, code: str) -> None:
    told = receive(
        event(
            "SMSDeliveryReportReceived", REPORT | {"deliveryStatus": status, "deliveryStatusDetails": details}
        )
    )
    (report,) = told.reports
    assert (report.status, report.code) == (wanted, code)
    assert report.opted_out == (code == "4007")


# --- Event Grid -------------------------------------------------------------------------------------------

EVENT_ID = "8f4b1c2d-0000-4000-8000-000000000001"


def event(kind: str, data: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """As Event Grid sends it."""
    return {
        "id": EVENT_ID,
        "topic": "/subscriptions/…/providers/microsoft.communication/communicationservices/res",
        "subject": f"/phonenumber/{NUMBER}",
        "data": data,
        "eventType": f"Microsoft.Communication.{kind}",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": "2026-11-21T12:00:05Z",
    } | fields


def call(body: Any, path: str = "/callback/azure/5ecret", **fields: Any) -> HttpRequest:
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpRequest(**{"method": "POST", "path": path, "body": octets} | fields)


def receive(*events: dict[str, Any]) -> Received:
    return ACCOUNT.receive(call(list(events)), MOMENT)


def test_an_address_proves_that_it_wants_events() -> None:
    request = call(
        [
            {
                "id": EVENT_ID,
                "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
                "data": {
                    "validationCode": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6",
                    "validationUrl": "https://…",
                },
            }
        ],
        headers={"aeg-event-type": "SubscriptionValidation"},
    )
    received = ACCOUNT.receive(request, MOMENT)
    assert received == Received()
    answer = ACCOUNT.answer(request, received)
    assert answer.status == 200
    assert json.loads(answer.body) == {"validationResponse": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6"}


def test_an_address_allows_cloud_events() -> None:
    request = call(b"", method="OPTIONS", headers={"WebHook-Request-Origin": "eventgrid.azure.net"})
    answer = ACCOUNT.answer(request, ACCOUNT.receive(request, MOMENT))
    assert answer.status == 200
    assert answer.headers == {"WebHook-Allowed-Origin": "eventgrid.azure.net", "WebHook-Allowed-Rate": "*"}
    long = call(b"", method="OPTIONS", headers={"WebHook-Request-Origin": "x" * 300})
    assert ACCOUNT.answer(long, Received()).headers == {}


INBOUND = {
    "MessageId": "Incoming_2026112112",
    "From": NUMBER,
    "To": "+18005551234",
    "Message": "OK 4711",
    "ReceivedTimestamp": "2026-11-21T11:59:58.2855749Z",
}


@pytest.mark.parametrize("change", [str, str.lower, str.upper], ids=["as shown", "lower", "upper"])
def test_a_message_comes_in_whatever_the_case_of_its_fields(change: Any) -> None:
    data = {change(name): value for name, value in INBOUND.items()}
    told = receive({change(name): value for name, value in event("SMSReceived", data).items()})
    (message,) = told.messages
    assert (message.sender, message.text, message.is_text) == (NUMBER, "OK 4711", True)
    assert message.sender_can_be_answered
    assert message.reference == EVENT_ID
    assert message.received_at == NOW
    assert message.service_centre_time == datetime(2026, 11, 21, 11, 59, 58, 285574, tzinfo=UTC)
    assert ACCOUNT.answer(call([event("SMSReceived", data)]), told).body == b""


def test_a_cloud_event_comes_alone() -> None:
    cloud = {
        "specversion": "1.0",
        "id": EVENT_ID,
        "source": "/subscriptions/…",
        "type": "Microsoft.Communication.SMSDeliveryReportReceived",
        "time": "2026-11-21T12:00:05Z",
        "data": REPORT,
    }
    told = ACCOUNT.receive(call(cloud), MOMENT)
    assert [report.reference for report in told.reports] == [MESSAGE_ID]


def test_what_event_grid_says_of_a_message_is_told() -> None:
    (message,) = receive(event("SMSReceived", INBOUND | {"segmentCount": 3})).messages
    assert message.segments == 3
    for odd in (0, -1, "many", 10**6, True, None):
        (message,) = receive(event("SMSReceived", INBOUND | {"segmentCount": odd})).messages
        assert message.segments == 1
    (message,) = receive(event("SMSReceived", INBOUND, id=None)).messages
    assert message.reference == "Incoming_2026112112"
    (empty,) = receive(event("SMSReceived", INBOUND | {"Message": " "})).messages
    assert not empty.is_text


def test_one_bad_event_does_not_spoil_the_batch() -> None:
    reply = INBOUND | {"messageId": "Incoming_2"}
    batch = [
        7,
        event("SMSDeliveryReportReceived", REPORT, id="1"),
        {"eventType": ["Microsoft.Communication.SMSReceived"], "data": INBOUND},
        event("SMSReceived", {"from": {"a": 1}, "message": "x"}, id="2"),
        event("SMSReceived", reply, id="3"),
        event("SMSDeliveryReportReceived", {"messageId": [MESSAGE_ID]}, id="4"),
    ]
    told = ACCOUNT.receive(call(batch), MOMENT)
    assert [report.reference for report in told.reports] == [MESSAGE_ID]
    assert [message.text for message in told.messages] == ["OK 4711"]
    assert ACCOUNT.answer(call(batch), told).status == 200


def test_a_batch_of_cloud_events() -> None:
    kind = "Microsoft.Communication.SMSReceived"
    batch = [
        {"specversion": "1.0", "id": str(index), "type": kind, "source": "/x", "data": INBOUND}
        for index in range(3)
    ]
    headers = {"Content-Type": "application/cloudevents-batch+json; charset=utf-8"}
    assert len(ACCOUNT.receive(call(batch, headers=headers), MOMENT).messages) == 3


def test_an_event_that_comes_twice_counts_once() -> None:
    first = event("SMSReceived", INBOUND)
    second = event("SMSReceived", INBOUND | {"Message": "STATUS"}, id="another")
    nameless = event("SMSReceived", INBOUND | {"Message": "HELP"}, id=None)
    told = receive(first, second, first, nameless, nameless)
    assert [message.text for message in told.messages] == ["OK 4711", "STATUS", "HELP", "HELP"]


@pytest.mark.parametrize(
    "data",
    [None, [], "text", {}, {"from": NUMBER}, {"message": "no sender"}, {"from": NUMBER, "message": 7}],
)
def test_events_without_what_they_need_tell_nothing(data: Any) -> None:
    assert receive(event("SMSReceived", data), event("SMSDeliveryReportReceived", data, id="2")) == Received()
    assert receive(event("RecordingFileStatusUpdated", data)) == Received()


def test_who_got_it_has_not_opted_out() -> None:
    odd = REPORT | {"deliveryStatusDetails": "4007: whatever"}
    (report,) = receive(event("SMSDeliveryReportReceived", odd)).reports
    assert (report.status, report.opted_out) == (ReportStatus.DELIVERED, False)


def test_a_report_needs_an_id_and_a_status_that_is_known() -> None:
    assert receive(event("SMSDeliveryReportReceived", REPORT | {"messageId": ""})) == Received()
    assert receive(event("SMSDeliveryReportReceived", REPORT | {"deliveryStatus": "Lost"})) == Received()
    undated = event("SMSDeliveryReportReceived", REPORT | {"receivedTimestamp": "soon"})
    assert receive(undated).reports[0].reported_at == NOW


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (call([], path="/callback/azure/guess"), 403),
        (call([], path="/callback/azure/guess", method="OPTIONS"), 403),
        (call([]), 400),
        (call(b"<html>"), 400),
        (call(b"[" * 9000), 400),
        (call([7, None, "x"]), 400),
        (call(b" " * 70_000), 413),
    ],
)
def test_calls_that_are_not_taken(request_: HttpRequest, status: int) -> None:
    with pytest.raises(CallbackRefusedError) as caught:
        ACCOUNT.receive(request_, MOMENT)
    assert caught.value.status == status


def test_nothing_is_taken_without_an_address_of_our_own() -> None:
    with pytest.raises(CallbackRefusedError):
        ACCOUNT.receive(call([], path="/"), Moment(now=NOW, nonce=NONCE))


def test_a_refusal_of_the_key_says_what_to_do() -> None:
    outcome = ACCOUNT.outcome(a_message(), ProviderResponse(status=401), MOMENT)
    assert isinstance(outcome, Rejected)
    assert "clock" in outcome.reason
