"""What Infobip is not asked to carry, what its refusals beyond SMS mean, and what it tells twice."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from alert_engine.errors import ConfigError
from alert_engine.intake.http_request import HttpRequest
from alert_engine.model import Channel
from alert_engine.routes.base import Accepted, ErrorClass, Media, MediaKind, Rejected, ReportStatus, Unknown
from alert_engine.routes.providers.exchange import ProviderRequest
from alert_engine.routes.providers.infobip import Infobip
from alert_engine.routes.providers.provider import Moment, Received
from tests.engine.providers.contract import NONCE, NOW, NUMBER, Case, SendContract, a_message
from tests.engine.providers.stand_in import Answer

ACCOUNT = Infobip(
    api_key="k",
    whatsapp_sender="+441134960000",
    whatsapp_template="alarm",
    voice_sender="+441134960009",
)
UID = a_message().uid
PATH = "/callback/infobip/5ecret"
MOMENT = Moment(now=NOW, nonce=NONCE, callback_url=f"https://alarm.example{PATH}")
HEARD = NOW - timedelta(hours=1)
LINK = "https://camera.example/still"


def answered(number: int, group: int) -> Answer:
    entry = {"messageId": UID, "status": {"groupId": group, "id": number, "name": "N"}}
    return Answer(body=json.dumps({"messages": [entry]}))


def called(*results: Any) -> Received:
    body = json.dumps({"results": results}).encode()
    return ACCOUNT.receive(HttpRequest(method="POST", path=PATH, body=body), MOMENT)


# --- whether a message was taken --------------------------------------------------------------------------

_OPEN: tuple[Case, ...] = (
    Case("500 leaves it open", Answer(status=500, body='{"errorCode":"E500"}'), Unknown),
    Case("502 leaves it open", Answer(status=502), Unknown),
)


class TestCall(SendContract):
    """That calls know a message again by its id is not documented: a second one may ring twice."""

    provider = ACCOUNT
    message = a_message(channel=Channel.CALL)
    good = answered(26, 1)
    accepted = Accepted(reference=UID, segments=1)
    cases: ClassVar = (
        *_OPEN,
        Case("53 no such sound", answered(53, 5), ErrorClass.MESSAGE, "53"),
        Case("54 no such language", answered(54, 5), ErrorClass.ACCOUNT, "54"),
        Case("55 nothing to say", answered(55, 5), ErrorClass.MESSAGE, "55"),
        Case("56 callback address", answered(56, 5), ErrorClass.ACCOUNT, "56"),
        Case("83 no look for machines", answered(83, 5), ErrorClass.ACCOUNT, "83"),
        Case("91 the text is no speech", answered(91, 5), ErrorClass.MESSAGE, "91"),
    )


def complaint(path: str) -> Answer:
    body = {"errorCode": "E400", "violations": [{"property": path, "violation": "is wrong"}]}
    return Answer(status=400, body=json.dumps(body))


class TestSms(SendContract):
    provider = ACCOUNT
    good = answered(26, 1)
    accepted = Accepted(reference=UID, segments=1)
    cases: ClassVar = (
        Case("the innermost name", complaint("messages[0].sender.language.to"), ErrorClass.RECIPIENT, "E400"),
        Case("the other way round", complaint("to.messages[0].sender"), ErrorClass.ACCOUNT, "E400"),
        Case("500 is safe to try again", Answer(status=500), ErrorClass.TEMPORARY, "HTTP 500"),
    )


class TestWhatsapp(SendContract):
    """The same holds for WhatsApp."""

    provider = ACCOUNT
    message = a_message(channel=Channel.WHATSAPP, heard_at=HEARD)
    good = answered(7, 1)
    accepted = Accepted(reference=UID, segments=1)
    cases: ClassVar = (*_OPEN, Case("100 not now", answered(100, 5), ErrorClass.TEMPORARY, "100"))


# --- what is not even tried -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        a_message(channel=Channel.EMAIL),
        a_message(text=""),
        a_message(text="", data=b"x" * 141),
        a_message(channel=Channel.CALL, text="x" * 1400),
        a_message(channel=Channel.CALL, text=" \n"),
        a_message(channel=Channel.WHATSAPP, heard_at=HEARD, text=""),
        a_message(channel=Channel.WHATSAPP, heard_at=HEARD, text="x" * 4097),
    ],
    ids=["mail", "no text", "long data", "long call", "silent call", "empty WhatsApp", "long WhatsApp"],
)
def test_what_cannot_be_carried_is_refused_before_anything_is_sent(message: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        ACCOUNT.plan_segments(message)
    refused = ACCOUNT.send_request(message, MOMENT)
    assert isinstance(refused, Rejected)
    assert refused.error_class is ErrorClass.MESSAGE


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.CALL, Channel.WHATSAPP])
def test_half_a_character_stops_no_message(channel: Channel) -> None:
    """JSON can write lone surrogates, which no wire takes."""
    request = ACCOUNT.send_request(a_message(channel=channel, text="Feuer \udcff", heard_at=HEARD), MOMENT)
    assert isinstance(request, ProviderRequest)
    assert "Feuer ?" in request.body.decode()


@pytest.mark.parametrize("channel", [Channel.CALL, Channel.WHATSAPP])
def test_a_channel_without_a_sender_is_not_carried(channel: Channel) -> None:
    with pytest.raises(ValueError, match="does not carry"):
        Infobip(api_key="k").plan_segments(a_message(channel=channel))


@pytest.mark.parametrize(
    ("media", "path", "content"),
    [
        (Media(kind=MediaKind.IMAGE, url=LINK), "image", {"mediaUrl": LINK}),
        (Media(kind=MediaKind.AUDIO, url=LINK), "audio", {"mediaUrl": LINK}),
    ],
)
def test_media_without_a_text_go_alone(media: Media, path: str, content: dict[str, Any]) -> None:
    message = a_message(channel=Channel.WHATSAPP, heard_at=HEARD, media=media, text="")
    request = ACCOUNT.send_request(message, MOMENT)
    assert isinstance(request, ProviderRequest)
    assert request.url.endswith(f"/whatsapp/1/message/{path}")
    assert json.loads(request.body)["content"] == content


def test_a_text_that_no_template_takes_is_refused() -> None:
    request = ACCOUNT.send_request(a_message(channel=Channel.WHATSAPP, text="x" * 1024), MOMENT)
    assert isinstance(request, ProviderRequest)
    refused = ACCOUNT.send_request(a_message(channel=Channel.WHATSAPP, text="x" * 1025), MOMENT)
    assert isinstance(refused, Rejected)
    assert refused.error_class is ErrorClass.MESSAGE
    assert "1024" in refused.reason


# --- what is told -----------------------------------------------------------------------------------------


def test_an_inbound_message_has_its_id_by_which_a_repeat_is_known() -> None:
    sms = {"messageId": "817790313235066447", "from": NUMBER[1:], "text": "OK"}
    whatsapp = {
        "messageId": "ABGGFlA5FpafAgo6",
        "from": NUMBER[1:],
        "message": {"type": "TEXT", "text": "OK"},
    }
    assert [each.reference for each in called(sms, whatsapp).messages] == [
        "817790313235066447",
        "ABGGFlA5FpafAgo6",
    ]


@pytest.mark.parametrize(("number", "group"), [(96, 2), (97, 2), (98, 2), (99, 5), (87, 4), (87, 5)])
def test_a_call_that_nobody_took_has_failed(number: int, group: int) -> None:
    """No answer, busy, cancelled, declined; and what a filter against fraud held back."""
    (report,) = called({"messageId": f"call-{UID}", "status": {"id": number, "groupId": group}}).reports
    assert (report.status, report.code, report.opted_out) == (ReportStatus.FAILED, str(number), False)


def test_who_had_a_short_code_blocked_has_opted_out() -> None:
    """The maker's error 573: the person asked the operator for it."""
    told = {"messageId": UID, "status": {"id": 4, "groupId": 2}, "error": {"id": 573, "permanent": True}}
    (report,) = called(told).reports
    assert (report.status, report.code, report.opted_out) == (ReportStatus.FAILED, "4/573", True)


@pytest.mark.parametrize(
    ("field", "value"),
    [("whatsapp_template_language", "german"), ("whatsapp_template_language", ""), ("voice_language", "")],
)
def test_languages_that_are_none_are_refused(field: str, value: str) -> None:
    settings: dict[str, Any] = {"api_key": "k", "voice_sender": "+441134960009", field: value}
    with pytest.raises(ConfigError, match=field) as caught:
        Infobip(**settings)
    assert caught.value.path == (field,)


@pytest.mark.parametrize("number", ["9" * 5000, "٣", "-5", "5.0", True, None])
def test_an_id_that_is_none_says_nothing(number: Any) -> None:
    """Python reads no number of more than 4300 digits."""
    told = {"messageId": UID, "status": {"id": number, "groupId": number}, "error": {"id": number}}
    assert called(told) == Received()


def test_who_got_a_message_has_not_opted_out() -> None:
    told = {"messageId": UID, "status": {"id": 5, "groupId": 3}, "error": {"id": 573}}
    (report,) = called(told).reports
    assert (report.status, report.opted_out) == (ReportStatus.DELIVERED, False)


@pytest.mark.parametrize("heard_at", [HEARD, None], ids=["text", "template"])
def test_a_report_of_whatsapp_that_nobody_wants_is_not_asked_for(heard_at: Any) -> None:
    for wanted in (True, False):
        message = a_message(channel=Channel.WHATSAPP, heard_at=heard_at, report_requested=wanted)
        request = ACCOUNT.send_request(message, MOMENT)
        assert isinstance(request, ProviderRequest)
        assert (MOMENT.callback_url in request.body.decode()) is wanted
