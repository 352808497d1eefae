"""What Infobip calls us with: reports, messages and keys, and who may call at all."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from alert_engine.intake.http_request import HttpRequest
from alert_engine.model import Channel
from alert_engine.routes.base import InboundReport, KeyPress, ReportStatus
from alert_engine.routes.providers.infobip import Infobip
from alert_engine.routes.providers.provider import CallbackRefusedError, Moment, Received
from tests.engine.providers.contract import NONCE, NOW, NUMBER, a_message

UID = a_message().uid
SECRET = "c29tZSBzZWNyZXQ"
MOMENT = Moment(now=NOW, nonce=NONCE, callback_url="https://alarm.example/callback/infobip/5ecret")
ACCOUNT = Infobip(api_key="k")
DONE = datetime(2026, 11, 21, 12, 0, 4, 250_000, tzinfo=UTC)


def call(body: Any, path: str = "/callback/infobip/5ecret", **headers: str) -> HttpRequest:
    octets = body if isinstance(body, bytes) else json.dumps({"results": body}).encode()
    return HttpRequest(method="POST", path=path, headers=headers, body=octets)


def receive(*results: Any, account: Infobip = ACCOUNT) -> Received:
    return account.receive(call(list(results)), MOMENT)


def result(number: int, group: int, **fields: Any) -> dict[str, Any]:
    """A report of an SMS."""
    return {
        "bulkId": "2034072219640523072",
        "messageId": UID,
        "to": NUMBER[1:],
        "sender": "Alarm",
        "sentAt": "2026-11-21T12:00:01.000+0000",
        "doneAt": "2026-11-21T12:00:04.250+0000",
        "messageCount": 1,
        "mccMnc": "23201",
        "price": {"pricePerMessage": 0.01, "currency": "EUR"},
        "status": {"groupId": group, "id": number, "groupName": "G", "name": "N", "description": "D"},
        "error": {"groupId": 0, "id": 0, "name": "NO_ERROR", "description": "No Error", "permanent": False},
    } | fields


_FAILED, _PENDING, _DELIVERED = ReportStatus.FAILED, ReportStatus.PENDING, ReportStatus.DELIVERED


@pytest.mark.parametrize(
    ("group", "numbers", "wanted"),
    [
        (1, (3, 7, 26), _PENDING),
        (3, (2,), _PENDING),
        (3, (5, 950), _DELIVERED),
        (2, (4, 9, 31, 96, 97, 951), _FAILED),
        (4, (15, 29, 952), _FAILED),
        (5, (6, 8, 10, 11, 12, 13, 14, 17, 18, 19, 20, 21, 24, 25, 51, 52, 953), _FAILED),
    ],
)
def test_every_status_of_a_report(group: int, numbers: tuple[int, ...], wanted: ReportStatus) -> None:
    for number in numbers:
        (report,) = receive(result(number, group)).reports
        assert report == InboundReport(
            reference=UID,
            address=NUMBER,
            status=wanted,
            reported_at=DONE,
            code=str(number),
            opted_out=number in {10, 14},
            uid=UID,
        )


def test_a_repeat_that_was_refused_says_nothing_of_the_first() -> None:
    assert receive(result(23, 5)) == Received()


def test_a_report_names_the_error_besides() -> None:
    error = {"groupId": 1, "id": 27, "name": "EC_ABSENT_SUBSCRIBER", "permanent": False}
    (report,) = receive(result(9, 2, error=error)).reports
    assert report.code == "9/27"


@pytest.mark.parametrize(
    ("times", "wanted"),
    [
        ({"doneAt": None}, datetime(2026, 11, 21, 12, 0, 1, tzinfo=UTC)),
        ({"doneAt": "soon", "sentAt": ""}, NOW),
        ({"doneAt": "0001-01-01T00:00:00+14:00", "sentAt": "9999-12-31T23:59:59-12:00"}, NOW),
    ],
)
def test_a_report_without_its_time_has_another(times: dict[str, Any], wanted: datetime) -> None:
    (report,) = receive(result(5, 3, **times)).reports
    assert report.reported_at == wanted


def test_a_message_that_was_read() -> None:
    seen = {
        "messageId": f"whatsapp-{UID}",
        "from": "441134960000",
        "to": NUMBER[1:],
        "sentAt": "2026-11-21T12:00:01.000+0000",
        "seenAt": "2026-11-21T12:00:04.250+0000",
    }
    assert receive(seen).reports == (
        InboundReport(reference=f"whatsapp-{UID}", address="", status=ReportStatus.READ, reported_at=DONE),
    )


def spoken(keys: Any, answered_by: str | None = None) -> dict[str, Any]:
    """A report of a call."""
    voice = {
        "feature": "Text-to-Speech",
        "startTime": "2026-11-21T12:00:02.000+0000",
        "answerTime": "2026-11-21T12:00:03.000+0000",
        "endTime": "2026-11-21T12:00:04.250+0000",
        "duration": 1,
        "chargedDuration": 1,
        "dtmfCodes": keys,
        "answeredBy": answered_by,
    }
    return result(5, 3, messageId=f"call-{UID}", doneAt=None, voiceCall=voice)


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ("1", "1"),
        ("", ""),
        (None, ""),
        (3, "3"),
        ("1,3", "13"),
        ("*#", "*#"),
        ("1" * 40, "1" * 16),
        ("A", ""),
    ],
)
def test_keys_are_told_with_the_report_of_the_call(keys: Any, wanted: str) -> None:
    found = receive(spoken(keys))
    assert found.keys == tuple(KeyPress(uid=UID, key=key) for key in wanted)
    (report,) = found.reports
    assert (report.reference, report.status, report.reported_at) == (f"call-{UID}", _DELIVERED, DONE)


def test_keys_of_anything_but_our_calls_do_nothing() -> None:
    assert receive(spoken("1") | {"messageId": UID}).keys == ()


@pytest.mark.parametrize(("answered_by", "wanted"), [("MACHINE", _FAILED), ("HUMAN", _DELIVERED)])
def test_a_voice_mailbox_heard_nothing(answered_by: str, wanted: ReportStatus) -> None:
    (report,) = receive(spoken("", answered_by)).reports
    assert report.status is wanted


def whatsapp(**message: Any) -> dict[str, Any]:
    """An inbound message by WhatsApp."""
    return {
        "from": NUMBER[1:],
        "to": "441134960000",
        "integrationType": "WHATSAPP",
        "receivedAt": "2026-11-21T12:00:04.250+0000",
        "messageId": "ABGGFlA5FpafAgo6tHcNmNjXmuSf",
        "pairedMessageId": None,
        "callbackData": None,
        "message": message,
        "price": {"pricePerMessage": 0, "currency": "EUR"},
    }


@pytest.mark.parametrize(
    ("message", "text", "is_text"),
    [
        ({"type": "TEXT", "text": "OK 4711"}, "OK 4711", True),
        ({"type": "BUTTON", "text": "OK", "payload": "4711"}, "OK", True),
        ({"type": "IMAGE", "caption": "look", "url": "https://api.infobip.com/x"}, "look", False),
        ({"type": "LOCATION", "latitude": 48.2, "longitude": 16.4}, "", False),
    ],
)
def test_a_message_by_whatsapp(message: dict[str, Any], text: str, *, is_text: bool) -> None:
    (found,) = receive(whatsapp(**message)).messages
    assert (found.sender, found.text, found.is_text) == (NUMBER, text, is_text)
    assert (found.channel, found.service_centre_time) == (Channel.WHATSAPP, DONE)


def test_everything_may_come_in_one_call() -> None:
    found = receive(result(5, 3), {"from": NUMBER[1:], "text": "OK"}, whatsapp(type="TEXT", text="STOP"))
    assert (len(found.reports), [each.text for each in found.messages]) == (1, ["OK", "STOP"])
    assert ACCOUNT.answer(call([]), found).status == 200


# --- who may call -----------------------------------------------------------------------------------------

BODY = json.dumps({"results": [result(5, 3)]}).encode()


def signing(algorithm: str = "HMAC_SHA_256") -> Infobip:
    return Infobip(api_key="k", hmac_header="X-Signature", hmac_key=SECRET, hmac_algorithm=algorithm)


def taken(account: Infobip, request: HttpRequest) -> bool:
    try:
        return bool(account.receive(request, MOMENT).reports)
    except CallbackRefusedError as error:
        assert error.status in {401, 403}  # noqa: PT017 - which of the two depends on the proof
        return False


@pytest.mark.parametrize(
    ("algorithm", "name"),
    [
        ("HMAC_MD5", "md5"),
        ("HMAC_SHA_1", "sha1"),
        ("HMAC_SHA_224", "sha224"),
        ("HMAC_SHA_256", "sha256"),
        ("HMAC_SHA_384", "sha384"),
        ("HMAC_SHA_512", "sha512"),
    ],
)
def test_a_signature_in_either_writing(algorithm: str, name: str) -> None:
    digest = hmac.new(SECRET.encode(), BODY, getattr(hashlib, name)).digest()
    written = base64.b64encode(digest).decode()
    for given in (digest.hex(), digest.hex().upper(), f"{name}={digest.hex()}", written, f"{name}={written}"):
        assert taken(signing(algorithm), call(BODY, **{"x-signature": given})), given


def test_a_signature_that_is_missing_or_wrong() -> None:
    digest = hmac.new(SECRET.encode(), BODY + b" ", hashlib.sha256).digest()
    for headers in ({}, {"X-Signature": ""}, {"X-Signature": digest.hex()}, {"X-Signature": "é" * 64}):
        assert not taken(signing(), call(BODY, **headers))


def test_the_known_answer_of_a_signature() -> None:
    """RFC 4231, test case 2."""
    account = Infobip(api_key="k", hmac_header="X-Signature", hmac_key="Jefe")
    wanted = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    headers = {"X-Signature": wanted}
    with pytest.raises(CallbackRefusedError) as caught:
        account.receive(call(b"what do ya want for nothing?", **headers), MOMENT)
    assert caught.value.status == 400  # the signature is right, and the body is no JSON


def test_name_and_password() -> None:
    account = Infobip(api_key="k", callback_user="infobip", callback_password="geheim")
    right = base64.b64encode(b"infobip:geheim").decode()
    wrong = base64.b64encode(b"infobip:guess").decode()
    assert taken(account, call(BODY, Authorization=f"Basic {right}"))
    for headers in ({}, {"Authorization": f"Basic {wrong}"}, {"Authorization": "Basic *"}):
        assert not taken(account, call(BODY, **headers))
    assert "geheim" not in repr(account)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (call(BODY, path="/callback/infobip/guess"), 403),
        (call(b"<html>"), 400),
        (call(b"[" * 9000), 400),
        (call(b'{"results":{}}'), 400),
        (call(b"[]"), 400),
        (call(b" " * 70_000), 413),
    ],
)
def test_calls_that_are_not_taken(request_: HttpRequest, status: int) -> None:
    with pytest.raises(CallbackRefusedError) as caught:
        ACCOUNT.receive(request_, MOMENT)
    assert caught.value.status == status
