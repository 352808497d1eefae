"""What websms calls us with: reports and inbound messages of SMS, calls and WhatsApp."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.intake.http_request import HttpRequest
from alert_engine.model import Channel
from alert_engine.routes.base import InboundReport, InboundSms, ReportStatus
from alert_engine.routes.providers.provider import CallbackRefusedError, Moment, Received
from alert_engine.routes.providers.websms import Websms
from tests.engine.providers.contract import NONCE, NOW

PATH = "/callback/websms/5ecret-5ecret-5ecret"
MOMENT = Moment(now=NOW, nonce=NONCE, callback_url=f"https://alarm.example.org{PATH}")
ACCOUNT = Websms(token="t")
REFERENCE = "005a9c3f0f0c4a6d8d10"
REPORT = {
    "messageType": "deliveryReport",
    "notificationId": "0a1b2c3d4e5f60718293",
    "senderAddress": "436641234567",
    "recipientAddress": "436641234567",
    "transferId": REFERENCE,
    "deliveryReportMessageStatus": "delivered",
    "sentOn": "2026-11-21T11:59:50.000+01:00",
    "deliveredOn": "2026-11-21T12:59:58.000+01:00",
    "deliveredAs": "sms",
    "clientMessageId": "6f1d",
}
TEXT = {
    "messageType": "text",
    "notificationId": "0a1b2c3d4e5f60718294",
    "messageFlashSms": False,
    "senderAddress": "436641234567",
    "senderAddressType": "international",
    "recipientAddress": "4369910000",
    "recipientAddressType": "international",
    "textMessageContent": "OK 4711",
}


def called(data: Any, path: str = PATH) -> HttpRequest:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return HttpRequest(method="POST", path=path, headers={"Content-Type": "application/json"}, body=body)


def received(data: Any) -> Received:
    return ACCOUNT.receive(called(data), MOMENT)


def test_a_report() -> None:
    assert received(REPORT) == Received(
        reports=(
            InboundReport(
                reference=REFERENCE,
                address="",
                status=ReportStatus.DELIVERED,
                reported_at=datetime(2026, 11, 21, 11, 59, 58, tzinfo=UTC),
                code="delivered sms",
                uid="6f1d",
            ),
        )
    )


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("accepted", ReportStatus.PENDING),
        ("delivered", ReportStatus.DELIVERED),
        ("undelivered", ReportStatus.FAILED),
        ("expired", ReportStatus.FAILED),
        ("deleted", ReportStatus.FAILED),
        ("rejected", ReportStatus.FAILED),
    ],
)
def test_every_status_of_the_page(given: str, status: ReportStatus) -> None:
    bare = {"messageType": "deliveryReport", "transferId": "t", "deliveryReportMessageStatus": given}
    (report,) = received(bare).reports
    assert (report.status, report.code, report.reported_at) == (status, given, NOW)


@pytest.mark.parametrize(
    ("delivered_on", "wanted"),
    [
        (None, datetime(2026, 11, 21, 10, 59, 50, tzinfo=UTC)),
        ("soon", datetime(2026, 11, 21, 10, 59, 50, tzinfo=UTC)),
        ("2026-11-21T12:00:00.000", NOW),  # without a zone it is taken for UTC
    ],
)
def test_the_time_of_a_report(delivered_on: str | None, wanted: datetime) -> None:
    (report,) = received(REPORT | {"deliveredOn": delivered_on}).reports
    assert report.reported_at == wanted


def test_a_reply() -> None:
    assert received(TEXT) == Received(
        messages=(
            InboundSms(
                sender="+436641234567",
                sender_can_be_answered=True,
                text="OK 4711",
                received_at=NOW,
                service_centre_time=None,
                is_text=True,
                reference="0a1b2c3d4e5f60718294",
            ),
        )
    )


@pytest.mark.parametrize(
    ("change", "is_text", "text"),
    [
        ({"messageFlashSms": True}, False, "OK 4711"),
        ({"messageType": "binary", "binaryMessageContent": ["AQI="]}, False, ""),
    ],
)
def test_flash_and_data_are_no_text(change: dict[str, Any], text: str, *, is_text: bool) -> None:
    (message,) = received(TEXT | change).messages
    assert (message.is_text, message.text) == (is_text, text)


@pytest.mark.parametrize(
    ("kind", "given", "sender", "answerable"),
    [
        ("national", "06641234567", "06641234567", False),
        ("national", "6641234567", "6641234567", False),  # a plus would make it a number of New Zealand
        ("alphanumeric", "Bank", "Bank", False),
        ("shortcode", "12345", "12345", False),
        (None, "436641234567", "+436641234567", True),
    ],
)
def test_kinds_of_senders(kind: str | None, given: str, sender: str, *, answerable: bool) -> None:
    (message,) = received(TEXT | {"senderAddressType": kind, "senderAddress": given}).messages
    assert (message.sender, message.sender_can_be_answered) == (sender, answerable)


def whatsapp(**value: Any) -> dict[str, Any]:
    """Meta's notification in the envelope of websms."""
    changes = [{"field": "messages", "value": {"messaging_product": "whatsapp"} | value}]
    return {
        "customerChannelUuid": "11111111-2222-3333-4444-555555555555",
        "sender": "436641234567",
        "recipient": "123e4567-e89b-12d3-a456-426614174000",
        "type": "whatsapp",
        "whatsappNotification": {
            "object": "whatsapp_business_account",
            "entry": [{"id": "1", "changes": changes}],
        },
    }


def test_a_reply_by_whatsapp() -> None:
    message = {
        "from": "436641234567",
        "id": "wamid.1",
        "timestamp": "1795262400",
        "type": "text",
        "text": {"body": "ok"},
    }
    assert received(whatsapp(messages=[message])) == Received(
        messages=(
            InboundSms(
                sender="+436641234567",
                sender_can_be_answered=True,
                text="ok",
                received_at=NOW,
                service_centre_time=NOW,
                is_text=True,
                channel=Channel.WHATSAPP,
                reference="wamid.1",
            ),
        )
    )


def test_a_picture_by_whatsapp_is_no_text() -> None:
    message = {"from": "436641234567", "id": "wamid.2", "type": "image", "image": {"caption": "Tor"}}
    (inbound,) = received(whatsapp(messages=[message, {"id": "nobody's"}])).messages
    assert (inbound.is_text, inbound.text, inbound.service_centre_time) == (False, "Tor", None)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("sent", ReportStatus.PENDING),
        ("delivered", ReportStatus.DELIVERED),
        ("read", ReportStatus.READ),
        ("failed", ReportStatus.FAILED),
    ],
)
def test_states_of_whatsapp(given: str, status: ReportStatus) -> None:
    state = {"id": "wamid.1", "status": given, "timestamp": 1795262400, "errors": [{"code": 131047}]}
    (report,) = received(whatsapp(statuses=[state, {"id": "x", "status": "deleted"}])).reports
    assert report == InboundReport(
        reference="wamid.1", address="", status=status, reported_at=NOW, code="131047"
    )


@pytest.mark.parametrize("timestamp", [None, "x", "9" * 15, "9" * 20, "9" * 5000, 1.5])
def test_a_moment_that_is_none_is_now(timestamp: Any) -> None:
    state = {"id": "wamid.1", "status": "sent", "timestamp": timestamp}
    (report,) = received(whatsapp(statuses=[state])).reports
    assert report.reported_at == NOW


@pytest.mark.parametrize(
    "data",
    [
        b"<html>",
        [],
        {"messageType": "other"},
        {"messageType": "deliveryReport", "transferId": "t", "deliveryReportMessageStatus": "lost"},
        {"messageType": "deliveryReport", "deliveryReportMessageStatus": "delivered"},
        {"messageType": "text", "textMessageContent": "x"},
        {"type": "whatsapp", "whatsappNotification": {"entry": [{"changes": [{"value": 1}]}]}},
    ],
)
def test_what_makes_no_sense_is_refused(data: Any) -> None:
    with pytest.raises(CallbackRefusedError) as caught:
        received(data)
    assert caught.value.status == 400


@pytest.mark.parametrize("path", ["/callback/websms/", "/callback/websms/5ecret", "/"])
def test_another_path_is_refused(path: str) -> None:
    with pytest.raises(CallbackRefusedError) as caught:
        ACCOUNT.receive(called(REPORT, path), MOMENT)
    assert caught.value.status == 403


def test_a_body_that_is_too_long_is_refused() -> None:
    with pytest.raises(CallbackRefusedError) as caught:
        received(b" " * 70_000)
    assert caught.value.status == 413


def test_the_answer_is_what_websms_wants() -> None:
    answer = ACCOUNT.answer(called(REPORT), Received())
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert json.loads(answer.body) == {"statusCode": 2000, "statusMessage": "OK"}


NAMES = st.sampled_from(
    [
        *(*REPORT, *TEXT, "type", "whatsappNotification", "entry", "changes", "value", "messages"),
        *("statuses", "from", "id", "status", "timestamp", "errors", "text", "body"),
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(
        ["whatsapp", "text", "deliveryReport", "delivered", "sent", "436641234567", "1e400", ""]
    )
)
GARBAGE = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5)
)


@given(GARBAGE)
def test_whatever_comes_is_taken_or_refused(data: Any) -> None:
    with suppress(CallbackRefusedError):
        received(data)
