"""Infobip, after its OpenAPI documents: SMS, WhatsApp, calls, and what it tells of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from alert_engine.errors import ConfigError
from alert_engine.model import Channel
from alert_engine.routes.base import Accepted, Credit, ErrorClass, Media, MediaKind, Rejected, Unknown
from alert_engine.routes.providers.exchange import ProviderRequest, ProviderResponse
from alert_engine.routes.providers.infobip import Infobip
from alert_engine.routes.providers.provider import Moment
from tests.engine.providers.contract import NONCE, NOW, NUMBER, TEXT, Case, SendContract, a_message
from tests.engine.providers.stand_in import Answer

KEY = "0123456789abcdef0123456789abcdef-6f1d2c3b-4a59-6877"
ACCOUNT = Infobip(
    api_key=KEY,
    base_url="https://xyz12.api.infobip.com/",
    sender="Alarm",
    whatsapp_sender="+441134960000",
    whatsapp_template="alarm",
    whatsapp_template_language="de",
    voice_sender="+441134960009",
    voice_language="de",
)
URL = "https://alarm.example/callback/infobip/5ecret"
MOMENT = Moment(now=NOW, nonce=NONCE)
CALLED = Moment(now=NOW, nonce=NONCE, callback_url=URL)
UID = a_message().uid


def status(number: int, group: int) -> dict[str, Any]:
    return {"groupId": group, "groupName": "G", "id": number, "name": "N", "description": NUMBER}


def answered(number: int, group: int, **fields: Any) -> Answer:
    """As SMS and calls are answered."""
    entry = {"messageId": UID, "status": status(number, group), "destination": NUMBER[1:]} | fields
    return Answer(body=json.dumps({"bulkId": "2034072219640523072", "messages": [entry]}))


def violated(path: str) -> Answer:
    """HTTP 400 as version 3 words it."""
    body = {
        "errorCode": "E400",
        "description": "Request cannot be processed.",
        "action": "Check the syntax, violations and adjust the request.",
        "violations": [{"property": path, "violation": f"{NUMBER} is wrong"}],
        "resources": [],
    }
    return Answer(status=400, body=json.dumps(body))


def objected(path: str) -> Answer:
    """HTTP 400 as the older services word it."""
    error = {"messageId": "BAD_REQUEST", "text": "Bad request", "validationErrors": {path: ["is wrong"]}}
    return Answer(status=400, body=json.dumps({"requestError": {"serviceException": error}}))


_ELSEWHERE = {"this_route_only": True}
_REFUSALS: tuple[tuple[int, int, ErrorClass, dict[str, Any]], ...] = (
    (4, 2, ErrorClass.RECIPIENT, _ELSEWHERE),
    (9, 2, ErrorClass.RECIPIENT, _ELSEWHERE),
    (31, 2, ErrorClass.RECIPIENT, _ELSEWHERE),
    (96, 2, ErrorClass.RECIPIENT, _ELSEWHERE),
    (97, 2, ErrorClass.RECIPIENT, _ELSEWHERE),
    (15, 4, ErrorClass.TEMPORARY, {}),
    (29, 4, ErrorClass.TEMPORARY, {}),
    (6, 5, ErrorClass.RECIPIENT, _ELSEWHERE),
    (8, 5, ErrorClass.RECIPIENT, {"this_route_only": False}),
    (10, 5, ErrorClass.RECIPIENT, {"opted_out": True}),
    (11, 5, ErrorClass.ACCOUNT, {}),
    (12, 5, ErrorClass.ACCOUNT, {}),
    (13, 5, ErrorClass.ACCOUNT, {}),
    (14, 5, ErrorClass.RECIPIENT, {"opted_out": True}),
    (17, 5, ErrorClass.ACCOUNT, {}),
    (18, 5, ErrorClass.RECIPIENT, _ELSEWHERE),
    (19, 5, ErrorClass.RECIPIENT, _ELSEWHERE),
    (20, 5, ErrorClass.TEMPORARY, {"opted_out": False}),
    (21, 5, ErrorClass.TEMPORARY, {}),
    (24, 5, ErrorClass.MESSAGE, {}),
    (25, 5, ErrorClass.MESSAGE, {}),
    (51, 5, ErrorClass.RECIPIENT, {}),
    (52, 5, ErrorClass.RECIPIENT, {}),
    (970, 2, ErrorClass.RECIPIENT, _ELSEWHERE),
    (971, 4, ErrorClass.TEMPORARY, {}),
    (972, 5, ErrorClass.RECIPIENT, _ELSEWHERE),
)
_TAKEN = ((3, 1), (7, 1), (26, 1), (2, 3), (5, 3), (23, 5), (960, 1), (961, 3))
STATUS_CASES = (
    *(Case(f"{n} of group {g}", answered(n, g), c, str(n), extra=x) for n, g, c, x in _REFUSALS),
    *(Case(f"{n} of group {g}", answered(n, g), Accepted(reference=UID, segments=1)) for n, g in _TAKEN),
)


class TestSms(SendContract):
    provider = ACCOUNT
    good = answered(26, 1, details={"messageCount": 2})
    accepted = Accepted(reference=UID, segments=2)
    secrets = (KEY,)
    cases: ClassVar = (
        *STATUS_CASES,
        Case("no status", Answer(body='{"messages":[{"messageId":"x"}]}'), Unknown),
        Case("no message", Answer(body='{"messages":[]}'), Unknown),
        Case("a group that nobody knows", answered(980, 9), Unknown),
        Case("numbers that are none", answered("x" * 20, "5e3"), Unknown),  # type: ignore[arg-type]  # wrong on purpose
        Case("wrong content type", Answer(body=good.body, content_type="text/html"), accepted),
        Case("400 of the number", violated("messages[0].destinations[0].to"), ErrorClass.RECIPIENT, "E400"),
        Case("400 of the sender", violated("messages[0].sender"), ErrorClass.ACCOUNT, "E400"),
        Case("400 of the text", violated("messages[0].content.text"), ErrorClass.MESSAGE, "E400"),
        Case("400 in older words", objected("to"), ErrorClass.RECIPIENT, "BAD_REQUEST"),
        Case("400 of the template", objected("content.templateName"), ErrorClass.ACCOUNT, "BAD_REQUEST"),
        Case("400 without words", Answer(status=400), ErrorClass.MESSAGE, "HTTP 400"),
        Case("403", Answer(status=403, body='{"errorCode":"E403"}'), ErrorClass.ACCOUNT, "HTTP 403"),
        Case("404", Answer(status=404, body="{}"), ErrorClass.ACCOUNT, "HTTP 404"),
        Case("429 without words", Answer(status=429), ErrorClass.TEMPORARY, "HTTP 429"),
        Case("500", Answer(status=500, body='{"errorCode":"E500"}'), ErrorClass.TEMPORARY, "HTTP 500"),
        Case("moved", Answer(status=301, headers={"Location": "https://example.com/"}), ErrorClass.ACCOUNT),
    )


class TestWhatsapp(SendContract):
    provider = ACCOUNT
    message = a_message(channel=Channel.WHATSAPP, heard_at=NOW - timedelta(hours=1))
    good = Answer(
        body=json.dumps(
            {"to": NUMBER[1:], "messageCount": 1, "messageId": f"whatsapp-{UID}", "status": status(7, 1)}
        )
    )
    accepted = Accepted(reference=f"whatsapp-{UID}", segments=1)
    cases: ClassVar = (
        Case("refused", Answer(body=json.dumps({"status": status(13, 5)})), ErrorClass.ACCOUNT, "13"),
        Case(
            "taken without an id",
            Answer(body=json.dumps({"status": status(23, 5)})),
            Accepted(reference=f"whatsapp-{UID}", segments=1),
        ),
    )


class TestTemplate(SendContract):
    provider = ACCOUNT
    message = a_message(channel=Channel.WHATSAPP)
    good = Answer(
        body=json.dumps(
            {"messages": [{"messageId": f"whatsapp-{UID}", "messageCount": 1, "status": status(7, 1)}]}
        )
    )
    accepted = Accepted(reference=f"whatsapp-{UID}", segments=1)
    cases: ClassVar = (Case("the template is unknown", objected("content.templateName"), ErrorClass.ACCOUNT),)


class TestCall(SendContract):
    provider = ACCOUNT
    message = a_message(channel=Channel.CALL)
    good = answered(26, 1, messageId=f"call-{UID}")
    accepted = Accepted(reference=f"call-{UID}", segments=1)
    cases: ClassVar = (Case("without credit", answered(12, 5), ErrorClass.ACCOUNT, "12"),)


def request_of(provider: Infobip = ACCOUNT, moment: Moment = MOMENT, **fields: Any) -> ProviderRequest:
    request = provider.send_request(a_message(**fields), moment)
    assert isinstance(request, ProviderRequest)
    return request


def body_of(provider: Infobip = ACCOUNT, moment: Moment = MOMENT, **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(request_of(provider, moment, **fields).body)
    return body


def test_an_sms_is_sent_as_version_3_wants_it() -> None:
    request = request_of()
    assert (request.method, request.url) == ("POST", "https://xyz12.api.infobip.com/sms/3/messages")
    assert request.headers == {
        "Authorization": f"App {KEY}",
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    assert json.loads(request.body) == {
        "messages": [
            {
                "sender": "Alarm",
                "destinations": [{"to": NUMBER[1:], "messageId": UID}],
                "content": {"text": TEXT},
            }
        ],
        "options": {"includeSmsCountInResponse": True},
    }


def test_an_sms_has_all_options_that_are_asked_for() -> None:
    account = Infobip(
        api_key=KEY, transliteration="ALL", language="TR", single_shift=True, application_id="gateway"
    )
    (message,) = body_of(account, CALLED, flash=True, validity=timedelta(minutes=90))["messages"]
    assert "sender" not in message
    assert message["content"] == {
        "text": TEXT,
        "transliteration": "ALL",
        "language": {"languageCode": "TR", "singleShift": True, "lockingShift": False},
    }
    assert message["options"] == {
        "platform": {"applicationId": "gateway"},
        "validityPeriod": {"amount": 5400, "timeUnit": "SECONDS"},
        "flash": True,
    }
    assert message["webhooks"] == {
        "delivery": {"url": URL, "notify": True},
        "contentType": "application/json",
    }


def test_a_report_that_nobody_wants_is_not_asked_for() -> None:
    (message,) = body_of(moment=CALLED, report_requested=False)["messages"]
    assert message["webhooks"] == {"delivery": {"notify": False}}


@pytest.mark.parametrize(
    ("validity", "seconds"), [(timedelta(days=9), 172_800), (timedelta(0), 1), (timedelta(hours=1), 3600)]
)
def test_the_time_to_try_stays_within_what_infobip_takes(validity: timedelta, seconds: int) -> None:
    (message,) = body_of(validity=validity)["messages"]
    assert message["options"]["validityPeriod"]["amount"] == seconds


def test_plain_texts_are_made_here_and_not_touched_there() -> None:
    account = Infobip(api_key=KEY, transliteration="ALL", language="AUTODETECT")
    (message,) = body_of(account, text="Öl [läuft] für 5 €", plain=True)["messages"]
    assert set(message["content"]) == {"text"}
    assert not set(message["content"]["text"]) & set("[]€")


def test_data_goes_as_hex_without_a_count() -> None:
    account = Infobip(api_key=KEY)
    body = body_of(account, text="", data=b"\x0b\x05\x04\xff")
    assert body["messages"][0]["content"] == {"hex": "0b 05 04 ff", "dataCoding": 4, "esmClass": 0}
    assert "options" not in body
    assert account.plan_segments(a_message(text="", data=b"x" * 140)) == 1
    with pytest.raises(ValueError, match="140"):
        account.plan_segments(a_message(text="", data=b"x" * 141))


def test_segments_are_those_of_the_settings() -> None:
    turkish = "ş" * 100
    assert Infobip(api_key=KEY).plan_segments(a_message(text=turkish)) == 2
    assert Infobip(api_key=KEY, language="TR").plan_segments(a_message(text=turkish)) == 1
    assert Infobip(api_key=KEY, transliteration="ALL").plan_segments(a_message(text=turkish)) == 1
    assert Infobip(api_key=KEY).plan_segments(a_message(text=turkish, plain=True)) == 1


# --- WhatsApp ---------------------------------------------------------------------------------------------

HEARD = NOW - timedelta(hours=23, minutes=59)
ADDRESSED = {"from": "441134960000", "to": NUMBER[1:], "messageId": f"whatsapp-{UID}"}


def test_free_text_goes_for_a_day_after_somebody_wrote() -> None:
    request = request_of(moment=CALLED, channel=Channel.WHATSAPP, heard_at=HEARD)
    assert urlsplit(request.url).path == "/whatsapp/1/message/text"
    assert json.loads(request.body) == ADDRESSED | {
        "content": {"text": TEXT, "previewUrl": False},
        "notifyUrl": URL,
    }


@pytest.mark.parametrize("heard_at", [None, NOW - timedelta(hours=24), NOW - timedelta(days=3)])
def test_a_template_goes_at_any_other_time(heard_at: datetime | None) -> None:
    request = request_of(channel=Channel.WHATSAPP, heard_at=heard_at, text="Feuer\n  im\tKeller")
    assert urlsplit(request.url).path == "/whatsapp/1/message/template"
    content = {
        "templateName": "alarm",
        "templateData": {"body": {"placeholders": ["Feuer im Keller"]}},
        "language": "de",
    }
    assert json.loads(request.body) == {"messages": [ADDRESSED | {"content": content}]}


def test_without_a_template_it_is_refused_before_anything_is_sent() -> None:
    account = Infobip(api_key=KEY, whatsapp_sender="+441134960000")
    refused = account.send_request(a_message(channel=Channel.WHATSAPP), MOMENT)
    assert isinstance(refused, Rejected)
    assert refused.error_class is ErrorClass.MESSAGE
    assert "24 hours" in refused.reason


LINK = "https://camera.example/still"


@pytest.mark.parametrize(
    ("media", "path", "content"),
    [
        (Media(kind=MediaKind.IMAGE, url=LINK), "image", {"mediaUrl": LINK, "caption": TEXT}),
        (Media(kind=MediaKind.VIDEO, url=LINK), "video", {"mediaUrl": LINK, "caption": TEXT}),
        (
            Media(kind=MediaKind.DOCUMENT, url=LINK, file_name="plan.pdf"),
            "document",
            {"mediaUrl": LINK, "caption": TEXT, "filename": "plan.pdf"},
        ),
        (Media(kind=MediaKind.DOCUMENT, url=LINK), "document", {"mediaUrl": LINK, "caption": TEXT}),
        (Media(kind=MediaKind.AUDIO, url=LINK), "text", {"text": f"{TEXT}\n{LINK}", "previewUrl": False}),
    ],
)
def test_media_carry_the_text_or_go_as_a_link(media: Media, path: str, content: dict[str, Any]) -> None:
    request = request_of(channel=Channel.WHATSAPP, heard_at=HEARD, media=media)
    assert urlsplit(request.url).path == f"/whatsapp/1/message/{path}"
    assert json.loads(request.body)["content"] == content


def test_a_text_too_long_for_a_caption_takes_the_link_along() -> None:
    media = Media(kind=MediaKind.IMAGE, url=LINK)
    body = body_of(channel=Channel.WHATSAPP, heard_at=HEARD, media=media, text="x" * 3001)
    assert body["content"]["text"].endswith(f"x\n{LINK}")
    (template,) = body_of(channel=Channel.WHATSAPP, media=media)["messages"]
    assert template["content"]["templateData"]["body"]["placeholders"] == [f"{TEXT} {LINK}"]


# --- calls ------------------------------------------------------------------------------------------------


def test_a_call_speaks_and_waits_for_one_key() -> None:
    request = request_of(moment=CALLED, channel=Channel.CALL, validity=timedelta(seconds=30))
    assert urlsplit(request.url).path == "/tts/3/advanced"
    (call,) = json.loads(request.body)["messages"]
    assert call == {
        "destinations": [{"messageId": f"call-{UID}", "to": NUMBER[1:]}],
        "from": "441134960009",
        "language": "de",
        "text": f"{TEXT} Drücken Sie 1 zum Quittieren, 3 für eine Stunde Ruhe, 0 zum Wiederholen.",
        "maxDtmf": 1,
        "dtmfTimeout": 10,
        "ringTimeout": 25,
        "repeatDtmf": "0",
        "validityPeriod": 1,
        "notifyUrl": URL,
        "notifyContentType": "application/json",
        "notifyContentVersion": 2,
    }


def test_a_call_can_have_a_voice_and_hang_up_on_machines() -> None:
    account = Infobip(
        api_key=KEY,
        voice_sender="+441134960009",
        voice_name="Marlene",
        detect_machines=True,
        call_keys=False,
    )
    (call,) = body_of(account, channel=Channel.CALL)["messages"]
    assert call["text"] == TEXT
    assert (call["voice"], call["machineDetection"]) == ({"name": "Marlene"}, "hangup")
    assert not {"repeatDtmf", "maxDtmf", "notifyUrl", "validityPeriod"} & set(call)


@pytest.mark.parametrize(
    ("language", "own", "wanted"),
    [("it-IT", "", "Premere 1"), ("fr", "", "Press 1"), ("fr", "Tapez 1", "Tapez 1")],
)
def test_a_call_says_which_key_does_what(language: str, own: str, wanted: str) -> None:
    account = Infobip(api_key=KEY, voice_sender="+441134960009", voice_language=language, call_prompt=own)
    (call,) = body_of(account, channel=Channel.CALL)["messages"]
    assert call["text"].startswith(f"{TEXT} {wanted}")


@pytest.mark.parametrize(
    ("channel", "most"),
    [
        (Channel.WHATSAPP, 4096),
        (
            Channel.CALL,
            1400 - len(" Drücken Sie 1 zum Quittieren, 3 für eine Stunde Ruhe, 0 zum Wiederholen."),
        ),
    ],
)
def test_other_channels_count_as_one_up_to_their_length(channel: Channel, most: int) -> None:
    assert ACCOUNT.plan_segments(a_message(channel=channel, text="x" * most)) == 1
    with pytest.raises(ValueError, match="characters"):
        ACCOUNT.plan_segments(a_message(channel=channel, text="x" * (most + 1)))
    with pytest.raises(ValueError, match=r"no data|speaks a text"):
        ACCOUNT.plan_segments(a_message(channel=channel, text="", data=b"x"))


# --- the account ------------------------------------------------------------------------------------------


def test_the_channels_are_those_of_the_settings() -> None:
    assert ACCOUNT.limits.channels == ACCOUNT.limits.reports == {Channel.SMS, Channel.WHATSAPP, Channel.CALL}
    assert Infobip(api_key=KEY).limits.channels == {Channel.SMS}
    assert Infobip(api_key=KEY, sms=False, voice_sender="+441134960009").limits.channels == {Channel.CALL}
    assert Infobip(api_key=KEY).limits.is_idempotent
    assert not ACCOUNT.limits.is_idempotent  # of WhatsApp and calls it is not documented


def test_a_look_reads_the_balance() -> None:
    request = ACCOUNT.check_request(MOMENT)
    assert request == ACCOUNT.credit_request(MOMENT)
    assert (request.method, request.url) == ("GET", "https://xyz12.api.infobip.com/account/1/balance")
    assert request.headers == {"Authorization": f"App {KEY}", "Accept": "application/json"}
    assert ACCOUNT.checked(ProviderResponse(status=200, body=b'{"balance":-3,"currency":"EUR"}')) is None


@pytest.mark.parametrize(
    ("status_", "body", "wanted"),
    [
        (401, b"{}", ErrorClass.ACCOUNT),
        (403, b"{}", ErrorClass.ACCOUNT),
        (429, b"", ErrorClass.TEMPORARY),
        (500, b"", ErrorClass.DEVICE),
        (200, b"<html>", ErrorClass.DEVICE),
    ],
)
def test_a_look_finds(status_: int, body: bytes, wanted: ErrorClass) -> None:
    found = ACCOUNT.checked(ProviderResponse(status=status_, body=body))
    assert found is not None
    assert found.error_class is wanted


@pytest.mark.parametrize(
    ("status_", "body", "wanted"),
    [
        (200, b'{"balance":47.79134,"currency":"EUR"}', Credit(amount=Decimal("47.79134"), currency="EUR")),
        (200, b'{"balance":0}', Credit(amount=Decimal(0))),
        (200, b'{"balance":true}', None),
        (200, b'{"balance":NaN}', None),
        (200, b'{"balance":"47"}', None),
        (200, b"[]", None),
        (401, b'{"balance":1}', None),
    ],
)
def test_the_credit(status_: int, body: bytes, wanted: Credit | None) -> None:
    assert ACCOUNT.credit(ProviderResponse(status=status_, body=body)) == wanted


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("api_key", ""),
        ("api_key", "two words"),
        ("base_url", "http://xyz12.api.infobip.com"),
        ("base_url", "https://xyz12.api.infobip.com.example"),
        ("base_url", "https://evil.example/.infobip.com"),
        ("base_url", "https://xyz12.api.infobip.com:8443"),
        ("sms", False),
        ("sender", "far too long a name"),
        ("transliteration", "KLINGON"),
        ("language", "DE"),
        ("data_coding", 256),
        ("whatsapp_sender", "Alarm"),
        ("whatsapp_sender", "no sender at all"),
        ("voice_sender", "12345"),
        ("whatsapp_template", "Alarm!"),
        ("hmac_algorithm", "HMAC_CRC"),
    ],
)
def test_settings_that_make_no_sense_are_refused(field: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=field) as caught:
        Infobip(**({"api_key": KEY} | {field: value}))
    assert caught.value.path == (field,)


@pytest.mark.parametrize(
    ("missing", "given"),
    [
        ("hmac_key", {"hmac_header": "X-Signature"}),
        ("callback_password", {"callback_user": "infobip"}),
        ("language", {"locking_shift": True}),
    ],
)
def test_settings_that_go_together_are_asked_for(missing: str, given: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=missing):
        Infobip(api_key=KEY, **given)


# --- asking -----------------------------------------------------------------------------------------------


def asked(request: ProviderRequest) -> tuple[str, dict[str, list[str]]]:
    parts = urlsplit(request.url)
    return parts.path, parse_qs(parts.query)


def test_texts_are_looked_up_in_the_log_which_can_be_read_again() -> None:
    references = [f"{index:032x}" for index in range(60)]
    first, second = ACCOUNT.poll_requests([*references, f"whatsapp-{UID}"], MOMENT)
    assert asked(first) == ("/sms/3/logs", {"messageId": references[:50], "limit": ["1000"]})
    assert asked(second)[1]["messageId"] == references[50:]
    assert len(",".join(references[:50])) < 2048


def test_calls_are_asked_after_only_where_nobody_can_call_us() -> None:
    references = [f"call-{index}" for index in range(30)]
    requests = ACCOUNT.poll_requests(references, MOMENT)
    assert [asked(each) for each in requests] == [
        ("/voice/1/reports", {"messageId": [f"call-{index}"]}) for index in range(10)
    ]
    assert ACCOUNT.poll_requests(references, CALLED) == []


def test_the_inbox_is_fetched_and_can_be_kept_apart() -> None:
    assert asked(ACCOUNT.inbox_request(MOMENT)) == ("/sms/1/inbox/reports", {})
    apart = Infobip(api_key=KEY, application_id="gateway").inbox_request(MOMENT)
    assert asked(apart) == ("/sms/1/inbox/reports", {"applicationId": ["gateway"]})


def told(*results: Any) -> ProviderResponse:
    return ProviderResponse(status=200, body=json.dumps({"results": results}).encode())


def test_what_is_pending_is_no_news() -> None:
    log = {"messageId": UID, "destination": NUMBER[1:], "content": {"text": TEXT}}
    found = ACCOUNT.polled(
        told(log | {"status": status(26, 1)}, log | {"status": status(5, 3)}, log | {"status": status(2, 3)}),
        MOMENT,
    )
    ((report,), messages) = (found.reports, found.messages)
    assert (report.reference, report.address, report.code, messages) == (UID, NUMBER, "5", ())


@pytest.mark.parametrize(
    "response",
    [
        ProviderResponse(status=401, body=told({"from": "4366412345678", "text": "OK"}).body),
        ProviderResponse(status=200, body=b"<html>"),
        ProviderResponse(status=200, body=b'{"results":[', is_cut=True),
        told(None, 7, "text", [], {}, {"status": 5}, {"seenAt": "2026-11-21"}, {"status": status(5, 3)}),
        told({"messageId": UID, "status": status(990, 9)}, {"from": "436641234567", "text": 7}),
    ],
)
def test_answers_that_tell_nothing(response: ProviderResponse) -> None:
    for found in (ACCOUNT.polled(response, MOMENT), ACCOUNT.fetched(response, MOMENT)):
        assert (found.reports, found.messages, found.keys) == ((), (), ())


def test_an_inbound_message() -> None:
    inbound = {
        "messageId": "817790313235066447",
        "from": "436641234567",
        "to": "441134960000",
        "text": "OK 4711",
        "cleanText": "4711",
        "keyword": "OK",
        "receivedAt": "2026-11-21T12:59:58.123+0100",
        "smsCount": 2,
        "price": {"pricePerMessage": 0, "currency": "EUR"},
        "callbackData": None,
    }
    (message,) = ACCOUNT.fetched(told(inbound), MOMENT).messages
    assert (message.sender, message.text, message.segments) == (NUMBER, "OK 4711", 2)
    assert (message.channel, message.is_text, message.sender_can_be_answered) == (Channel.SMS, True, True)
    assert message.service_centre_time == datetime(2026, 11, 21, 11, 59, 58, 123_000, tzinfo=UTC)
    (named,) = ACCOUNT.fetched(told({"from": "InfoSMS", "text": "", "receivedAt": None}), MOMENT).messages
    assert (named.sender, named.sender_can_be_answered, named.service_centre_time) == ("InfoSMS", False, None)
