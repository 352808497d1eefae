"""websms: requests after its description, every code of its table, both interfaces."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import pytest

from alert_engine.errors import ConfigError
from alert_engine.model import Channel, Priority
from alert_engine.routes.base import Accepted, ErrorClass, Media, MediaKind, Rejected, Unknown
from alert_engine.routes.providers.exchange import ProviderRequest, ProviderResponse
from alert_engine.routes.providers.provider import ChecksAccess, Moment, TakesCallbacks
from alert_engine.routes.providers.websms import Websms
from alert_engine.routes.providers.websms.codes import CODES
from tests.engine.providers.contract import NONCE, NOW, TEXT, Case, SendContract, a_message, send
from tests.engine.providers.stand_in import Answer

TOKEN = "access-token-of-websms"
REFERENCE = "005a9c3f0f0c4a6d8d10"
CHANNEL = "11111111-2222-3333-4444-555555555555"
CALLBACK = "https://alarm.example.org/callback/websms/5ecret-5ecret-5ecret"
MOMENT = Moment(now=NOW, nonce=NONCE)
CALLED = Moment(now=NOW, nonce=NONCE, callback_url=CALLBACK)
ACCOUNT = Websms(token=TOKEN)
ALL = Websms(token=TOKEN, sender="Alarm", calls=True, whatsapp_channel=CHANNEL)
CALL = a_message(channel=Channel.CALL)
WHATSAPP = a_message(channel=Channel.WHATSAPP, heard_at=NOW - timedelta(hours=23))
DATA = a_message(data=b"\x01\x02\xff")

# What providers.md section 1.1 says of each code; a sender, a quota and the like only a person can mend.
ACCOUNT_CODES = {"4001", "4003", "4013", "4014", "4015", "4016", "4021", "4022", "4035", "4040"}
RECIPIENT_CODES = {"4002", "4029", "4030", "4031", "4042", "4043"}
MESSAGE_CODES = {"4004", "4008", "4009", "4019", "4026", "4027", "4041"}
TEMPORARY_CODES = {"4023", "4025", "5000", "5003"}
PAGE = sorted(ACCOUNT_CODES | RECIPIENT_CODES | MESSAGE_CODES | TEMPORARY_CODES)


def told(code: str, **fields: Any) -> Answer:
    """A body as the documentation shows it."""
    return Answer(body=json.dumps({"statusCode": int(code), "statusMessage": "words"} | fields))


def taken(code: str = "2000", **fields: Any) -> Answer:
    return told(code, **({"transferId": REFERENCE, "smsCount": 1} | fields))


def wanted(code: str) -> ErrorClass:
    if code in TEMPORARY_CODES:
        return ErrorClass.TEMPORARY
    if code in ACCOUNT_CODES:
        return ErrorClass.ACCOUNT
    return ErrorClass.MESSAGE if code in MESSAGE_CODES else ErrorClass.RECIPIENT


class TestText(SendContract):
    provider = ACCOUNT
    good = taken()
    accepted = Accepted(reference=REFERENCE, segments=1)
    secrets = (TOKEN,)
    cases: ClassVar = (
        Case("2001 queued", taken("2001"), accepted),
        Case("as many as it counts", taken(smsCount=3), Accepted(reference=REFERENCE, segments=3)),
        Case("a count that is none", taken(smsCount=True), accepted),
        Case("no SMS counted", taken(smsCount=0), accepted),
        *(Case(f"error {code}", told(code), wanted(code), code) for code in PAGE),
        Case("4030 has said stop", told("4030"), ErrorClass.RECIPIENT, extra={"opted_out": True}),
        Case("4042 here only", told("4042"), ErrorClass.RECIPIENT, extra={"this_route_only": True}),
        Case("401 with its code", Answer(status=401, body='{"statusCode":4001}'), ErrorClass.ACCOUNT, "4001"),
        Case(
            "4023 and how long",
            Answer(headers={"Retry-After": "20"}, body='{"statusCode":4023}'),
            ErrorClass.TEMPORARY,
            retry_after=timedelta(seconds=20),
        ),
        Case("no id", told("2000"), Unknown),
        Case("500 without a body", Answer(status=500), Unknown),
        Case("400 without a body", Answer(status=400), ErrorClass.MESSAGE, "HTTP 400"),
        Case("moved", Answer(status=302, headers={"Location": "https://example.com/"}), ErrorClass.ACCOUNT),
    )


class TestSimple(SendContract):
    provider = Websms(user="house", password="pass-word-of-websms", simple_http="get")
    good = taken()
    accepted = Accepted(reference=REFERENCE, segments=1)
    secrets = ("pass-word-of-websms",)
    cases: ClassVar = (Case("4002", told("4002"), ErrorClass.RECIPIENT, "4002"),)


class TestData(SendContract):
    provider = ACCOUNT
    message = DATA
    good = taken()
    accepted = Accepted(reference=REFERENCE, segments=1)
    cases: ClassVar = (Case("4027 segment", told("4027"), ErrorClass.MESSAGE, "4027"),)


class TestCall(SendContract):
    provider = ALL
    message = CALL
    good = taken("2001", smsCount=0)
    accepted = Accepted(reference=REFERENCE, segments=1)
    cases: ClassVar = (Case("4004 no calls", told("4004"), ErrorClass.MESSAGE, "4004"),)


class TestWhatsapp(SendContract):
    provider = ALL
    message = WHATSAPP
    good = told("2000", transferId=REFERENCE)
    accepted = Accepted(reference=REFERENCE, segments=1)
    cases: ClassVar = (Case("4035 not enabled", told("4035"), ErrorClass.ACCOUNT, "4035"),)


def test_every_code_of_the_page_is_in_the_table() -> None:
    assert set(PAGE) <= set(CODES)


def request_of(provider: Websms, message: object, moment: Moment = MOMENT) -> ProviderRequest:
    request = provider.send_request(message, moment)  # type: ignore[arg-type]  # it is one
    assert isinstance(request, ProviderRequest)
    return request


def fields_of(request: ProviderRequest) -> dict[str, Any]:
    assert request.method == "POST"
    assert request.headers["Content-Type"] == "application/json"
    fields: dict[str, Any] = json.loads(request.body)
    return fields


def test_a_text_has_the_fields_of_the_description() -> None:
    request = request_of(ACCOUNT, a_message())
    assert request.url == "https://api.linkmobility.eu/rest/smsmessaging/text"
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Accept"] == "application/json"
    assert fields_of(request) == {
        "recipientAddressList": ["436641234567"],
        "messageContent": TEXT,
        "messageType": "default",
        "clientMessageId": "6f1d2c3b4a5968778695a4b3c2d1e0f0",
    }


def test_all_settings_and_wishes_are_sent() -> None:
    account = Websms(
        user="house",
        password="secret",
        base_url="https://api.websms.com/json/",
        sender="+4369910000",
        max_sms=4,
        priority=7,
        content_category="informational",
        test=True,
    )
    message = a_message(flash=True, validity=timedelta(hours=2), plain=True, text="Öl € {x}")
    request = request_of(account, message, CALLED)
    assert request.url == "https://api.websms.com/json/smsmessaging/text"
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"house:secret").decode()
    assert fields_of(request) == {
        "recipientAddressList": ["436641234567"],
        "messageContent": "Öl EUR (x)",
        "messageType": "default",
        "clientMessageId": message.uid,
        "senderAddress": "4369910000",
        "senderAddressType": "international",
        "sendAsFlashSms": True,
        "maxSmsPerMessage": 4,
        "notificationCallbackUrl": CALLBACK,
        "priority": 7,
        "contentCategory": "informational",
        "validityPeriode": 7200,
        "test": True,
    }


@pytest.mark.parametrize(
    ("sender", "kind"), [("Alarm", "alphanumeric"), ("12345", "shortcode"), ("+4369910000", "international")]
)
def test_the_kind_of_the_sender_is_told(sender: str, kind: str) -> None:
    fields = fields_of(request_of(Websms(token=TOKEN, sender=sender), a_message()))
    assert (fields["senderAddress"], fields["senderAddressType"]) == (sender.removeprefix("+"), kind)


@pytest.mark.parametrize(("wish", "sent"), [(1, 60), (3600, 3600), (1_000_000, 259_200)])
def test_the_validity_is_kept_within_what_websms_takes(wish: int, sent: int) -> None:
    message = a_message(validity=timedelta(seconds=wish))
    assert fields_of(request_of(ACCOUNT, message))["validityPeriode"] == sent


def test_what_is_not_urgent_has_no_priority() -> None:
    account = Websms(token=TOKEN, priority=9)
    assert "priority" not in fields_of(request_of(account, a_message(priority=Priority.NORMAL)))
    assert fields_of(request_of(account, a_message(priority=Priority.REPLY)))["priority"] == 9


def test_a_call_is_a_text_of_another_type() -> None:
    account = Websms(token=TOKEN, calls=True, max_sms=2)
    message = a_message(channel=Channel.CALL, text="5 €", plain=True, flash=True)
    request = request_of(account, message, CALLED)
    assert request.url.endswith("/smsmessaging/text")
    assert fields_of(request) == {
        "recipientAddressList": ["436641234567"],
        "messageContent": "5 €",
        "messageType": "voice",
        "clientMessageId": message.uid,
        "notificationCallbackUrl": CALLBACK,
    }
    assert account.plan_segments(a_message(channel=Channel.CALL, text="x" * 500)) == 1


def test_data_goes_as_base64_without_a_header() -> None:
    request = request_of(ACCOUNT, DATA)
    assert request.url.endswith("/smsmessaging/binary")
    assert fields_of(request) == {
        "recipientAddressList": ["436641234567"],
        "messageContent": ["AQL/"],
        "userDataHeaderPresent": False,
        "clientMessageId": DATA.uid,
    }
    assert ACCOUNT.plan_segments(DATA) == 1


def test_whatsapp_goes_to_its_channel() -> None:
    request = request_of(ALL, WHATSAPP, CALLED)
    assert request.url == f"https://api.linkmobility.eu/rest/channels/{CHANNEL}/send/whatsapp"
    assert fields_of(request) == {
        "recipientAddressList": ["436641234567"],
        "messageContent": {"type": "text", "text": {"body": TEXT}},
        "clientMessageId": WHATSAPP.uid,
    }


def test_whatsapp_shows_media() -> None:
    media = Media(kind=MediaKind.IMAGE, url="https://cam.example.org/1.jpg")
    message = a_message(channel=Channel.WHATSAPP, heard_at=NOW, media=media, text="Tor offen")
    assert fields_of(request_of(ALL, message))["messageContent"] == {
        "type": "image",
        "image": {"link": "https://cam.example.org/1.jpg", "caption": "Tor offen"},
    }


@pytest.mark.parametrize("heard", [None, NOW - timedelta(hours=24)])
def test_whatsapp_is_refused_when_nobody_wrote_for_a_day(heard: object) -> None:
    refused = ALL.send_request(a_message(channel=Channel.WHATSAPP, heard_at=heard), MOMENT)
    assert isinstance(refused, Rejected)
    assert refused.error_class is ErrorClass.MESSAGE
    assert "24 hours" in refused.reason


class TestSimpleHttp:
    """The same names, but Latin-1 in percent-encoding."""

    def test_get(self) -> None:
        account = Websms(token=TOKEN, simple_http="get", sender="Alarm")
        request = request_of(account, a_message(text="Öl & Gas", flash=True), CALLED)
        parts = urlsplit(request.url)
        assert request.method == "GET"
        assert parts.path == "/rest/smsmessaging/simple"
        assert "messageContent=%D6l+%26+Gas" in parts.query
        assert dict(parse_qsl(parts.query, encoding="iso-8859-1")) == {
            "recipientAddressList": "436641234567",
            "messageContent": "Öl & Gas",
            "messageType": "default",
            "clientMessageId": "6f1d2c3b4a5968778695a4b3c2d1e0f0",
            "senderAddress": "Alarm",
            "senderAddressType": "alphanumeric",
            "sendAsFlashSms": "true",
            "notificationCallbackUrl": CALLBACK,
        }
        assert TOKEN not in request.url
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"

    def test_post(self) -> None:
        request = request_of(Websms(token=TOKEN, simple_http="post"), a_message(text="Öl"))
        assert request.url == "https://api.linkmobility.eu/rest/smsmessaging/simple"
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=iso-8859-1"
        assert b"messageContent=%D6l" in request.body

    @pytest.mark.parametrize("text", ["5 €", "Пожар", "🔥"])
    def test_what_latin_1_lacks_goes_as_json(self, text: str) -> None:
        request = request_of(Websms(token=TOKEN, simple_http="get"), a_message(text=text))
        assert request.url.endswith("/smsmessaging/text")
        assert fields_of(request)["messageContent"] == text

    def test_data_goes_as_json(self) -> None:
        request = request_of(Websms(token=TOKEN, simple_http="get"), DATA)
        assert request.url.endswith("/smsmessaging/binary")


@pytest.mark.parametrize(
    "message",
    [
        a_message(channel=Channel.EMAIL),
        a_message(data=bytes(141)),
        a_message(channel=Channel.CALL, data=b"x"),
        a_message(channel=Channel.WHATSAPP, heard_at=NOW, data=b"x"),
        a_message(channel=Channel.WHATSAPP, heard_at=NOW, text="x" * 4097),
    ],
    ids=["channel", "long data", "spoken data", "data by WhatsApp", "long WhatsApp"],
)
def test_what_cannot_be_carried_is_refused_before(message: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        ALL.plan_segments(message)
    refused = ALL.send_request(message, MOMENT)
    assert isinstance(refused, Rejected)
    assert refused.error_class is ErrorClass.MESSAGE


def test_the_channels_follow_from_the_settings() -> None:
    assert ALL.limits.channels == {Channel.SMS, Channel.CALL, Channel.WHATSAPP}
    assert ALL.limits.reports == {Channel.SMS, Channel.CALL}
    assert Websms(token=TOKEN, sms=False, calls=True).limits.channels == {Channel.CALL}


class TestLooking:
    """The account is looked at with a message to nobody that is not to be sent."""

    def test_the_request(self) -> None:
        request = ACCOUNT.check_request(MOMENT)
        assert request.url.endswith("/smsmessaging/text")
        assert json.loads(request.body) == {
            "recipientAddressList": [],
            "messageContent": "check",
            "test": True,
        }

    @pytest.mark.parametrize("code", ["4002", "4019", "2000", "4009", "4029", "4099"])
    def test_only_the_message_is_wrong(self, code: str) -> None:
        assert ACCOUNT.checked(looked(told(code))) is None

    def test_a_status_that_is_about_the_message_only(self) -> None:
        assert ACCOUNT.checked(looked(Answer(status=400, body="{}"))) is None

    @pytest.mark.parametrize(
        ("answer", "error_class"),
        [
            (told("4001"), ErrorClass.ACCOUNT),
            (told("4014"), ErrorClass.ACCOUNT),
            (told("5003"), ErrorClass.TEMPORARY),
            (Answer(status=401), ErrorClass.ACCOUNT),
            (Answer(status=500), ErrorClass.DEVICE),
            (Answer(body="<html>"), ErrorClass.DEVICE),
        ],
    )
    def test_what_is_wrong_with_the_account(self, answer: Answer, error_class: ErrorClass) -> None:
        refused = ACCOUNT.checked(looked(answer))
        assert refused is not None
        assert refused.error_class is error_class

    def test_it_can_be_looked_at_and_called_back(self) -> None:
        assert isinstance(ACCOUNT, ChecksAccess)
        assert isinstance(ACCOUNT, TakesCallbacks)


def looked(answer: Answer) -> ProviderResponse:
    body = answer.body.encode() if isinstance(answer.body, str) else answer.body
    return ProviderResponse(status=answer.status, headers=answer.headers, body=body)


async def test_what_arrives_is_what_the_codec_made() -> None:
    outcome, stand_in = await send(
        Websms(token=TOKEN, simple_http="get"), a_message(text="Öl + Gas"), taken()
    )
    assert outcome == Accepted(reference=REFERENCE, segments=1)
    (asked,) = stand_in.asked
    assert asked.method == "GET"
    assert "messageContent=%D6l+%2B+Gas" in asked.url


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("token", ""),
        ("token", "with blank"),
        ("user", "house"),
        ("base_url", "http://api.linkmobility.eu/rest"),
        ("base_url", "https://example.org/rest"),
        ("sms", False),
        ("sender", "far too long a name"),
        ("max_sms", -1),
        ("priority", 10),
        ("content_category", "personal"),
        ("simple_http", "put"),
        ("whatsapp_channel", "not a uuid"),
    ],
)
def test_settings_that_make_no_sense_are_refused(field: str, value: object) -> None:
    settings: dict[str, Any] = {"token": TOKEN} | {field: value}
    with pytest.raises(ConfigError) as caught:
        Websms(**settings)
    assert caught.value.path == ("token" if field == "user" else field,)


@pytest.mark.parametrize(
    ("settings", "field"),
    [({"user": "a"}, "password"), ({"password": "b"}, "token"), ({"user": "a:b", "password": "c"}, "user")],
)
def test_user_and_password_belong_together(settings: dict[str, str], field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Websms(**settings)  # type: ignore[arg-type]  # texts all
    assert caught.value.path == (field,)
