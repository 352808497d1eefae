"""Our requests beside those of the maker's own client for the same call, field by field."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from alert_engine.model import Channel
from alert_engine.routes.providers.exchange import ProviderRequest
from alert_engine.routes.providers.infobip import Infobip
from alert_engine.routes.providers.provider import Moment
from tests.engine.providers.contract import NONCE, NOW, NUMBER, TEXT, a_message
from tests.engine.providers.their_library import their

if TYPE_CHECKING:
    from collections.abc import Callable

maker = their("infobip_api_client")

UID = a_message().uid
BASE = "https://xyz12.api.infobip.com"
URL = "https://alarm.example/callback/infobip/5ecret"
MOMENT = Moment(now=NOW, nonce=NONCE, callback_url=URL)
UNCALLED = Moment(now=NOW, nonce=NONCE)


class _KeptError(Exception):
    """The request was made, and goes no further."""


class _Client(maker.ApiClient):  # type: ignore[misc, name-defined]  # a class of the client
    """Keeps the request that it should send."""

    kept: tuple[Any, ...] = ()

    def call_api(self, *request: Any, **_settings: Any) -> Any:
        self.kept = request
        raise _KeptError


def of_the_client(
    call: Callable[[Any], object],
) -> tuple[str, str, dict[str, list[str]], dict[str, str], Any]:
    """Method, path, query, headers and body of what the client would send."""
    settings = maker.Configuration(host=BASE, api_key="k")
    client = _Client(settings)
    with pytest.raises(_KeptError):
        call(client)
    method, url, headers, body = client.kept[:4]
    parts = urlsplit(url)
    return method, parts.path, parse_qs(parts.query), headers, body


def of_ours(request: ProviderRequest) -> tuple[str, str, dict[str, list[str]], dict[str, str], Any]:
    parts = urlsplit(request.url)
    body = json.loads(request.body) if request.body else None
    return request.method, parts.path, parse_qs(parts.query), dict(request.headers), body


def same(ours: ProviderRequest, call: Callable[[Any], object]) -> None:
    """Equal field by field; the client names itself besides."""
    method, path, query, headers, body = of_the_client(call)
    assert of_ours(ours)[:3] == (method, path, query)
    assert of_ours(ours)[4] == body
    named = {name.lower(): value for name, value in headers.items()}
    for name, value in ours.headers.items():
        assert named[name.lower()] == value


def sent(account: Infobip, **fields: Any) -> ProviderRequest:
    request = account.send_request(a_message(**fields), MOMENT)
    assert isinstance(request, ProviderRequest)
    return request


def an_sms(content: Any, **fields: Any) -> Any:
    """What the client is given for one SMS."""
    delivery = maker.SmsMessageDeliveryReporting(url=URL, notify=True)
    return maker.SmsMessage(
        sender="Alarm",
        destinations=[maker.SmsDestination(to=NUMBER[1:], message_id=UID)],
        content=maker.SmsMessageContent(content),
        webhooks=maker.SmsWebhooks(delivery=delivery, content_type="application/json"),
        **fields,
    )


def test_an_sms_with_all_its_options() -> None:
    account = Infobip(
        api_key="k",
        base_url=BASE,
        sender="Alarm",
        transliteration="CENTRAL_EUROPEAN",
        language="TR",
        locking_shift=True,
        application_id="gateway",
    )
    language = maker.SmsLanguage(
        language_code=maker.SmsLanguageCode.TR, single_shift=False, locking_shift=True
    )
    content = maker.SmsTextContent(
        text=TEXT, transliteration=maker.SmsTransliterationCode.CENTRAL_EUROPEAN, language=language
    )
    options = maker.SmsMessageOptions(
        platform=maker.Platform(application_id="gateway"),
        validity_period=maker.ValidityPeriod(amount=600, time_unit=maker.ValidityPeriodTimeUnit.SECONDS),
        flash=True,
    )
    request = maker.SmsRequest(
        messages=[an_sms(content, options=options)],
        options=maker.SmsMessageRequestOptions(include_sms_count_in_response=True),
    )
    same(
        sent(account, flash=True, validity=timedelta(minutes=10)),
        lambda client: maker.SmsApi(client).send_sms_messages(request),
    )


def test_an_sms_that_is_data() -> None:
    account = Infobip(api_key="k", base_url=BASE, sender="Alarm", data_coding=8)
    content = maker.SmsBinaryContent(hex="04 16", data_coding=8, esm_class=0)
    request = maker.SmsRequest(messages=[an_sms(content)])
    same(
        sent(account, text="", data=b"\x04\x16"),
        lambda client: maker.SmsApi(client).send_sms_messages(request),
    )


def test_every_choice_of_letters_is_one_of_the_client() -> None:
    for code in maker.SmsTransliterationCode:
        Infobip(api_key="k", transliteration=code.value)
    for code in maker.SmsLanguageCode:
        Infobip(api_key="k", language=code.value)


def test_a_call() -> None:
    account = Infobip(
        api_key="k",
        base_url=BASE,
        voice_sender="+441134960009",
        voice_language="de",
        voice_name="Marlene",
        call_prompt="Taste 1",
        detect_machines=True,
    )
    message = maker.CallsAdvancedMessage(
        destinations=[maker.CallsDestination(message_id=f"call-{UID}", to=NUMBER[1:])],
        var_from="441134960009",
        language="de",
        text=f"{TEXT} Taste 1",
        voice=maker.CallsVoice(name="Marlene"),
        max_dtmf=1,
        dtmf_timeout=10,
        ring_timeout=25,
        repeat_dtmf="0",
        machine_detection="hangup",
        validity_period=10,
        notify_url=URL,
        notify_content_type="application/json",
        notify_content_version=2,
    )
    body = maker.CallsAdvancedBody(messages=[message])
    same(
        sent(account, channel=Channel.CALL, validity=timedelta(minutes=10)),
        lambda client: maker.VoiceApi(client).send_advanced_voice_tts(body),
    )


def test_questions() -> None:
    account = Infobip(api_key="k", base_url=BASE, application_id="gateway")
    log, report = account.poll_requests([UID, NONCE, f"call-{UID}"], UNCALLED)
    same(
        log,
        lambda client: maker.SmsApi(client).get_outbound_sms_message_logs(
            message_id=[UID, NONCE], limit=1000
        ),
    )
    same(
        report,
        lambda client: maker.VoiceApi(client).get_voice_delivery_reports(message_id=f"call-{UID}"),
    )
    same(
        account.inbox_request(UNCALLED),
        lambda client: maker.SmsApi(client).get_inbound_sms_messages(application_id="gateway"),
    )
