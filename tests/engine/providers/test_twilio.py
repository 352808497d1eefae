"""Twilio: messages and calls as its own library makes them, every code of its tables, polls and credit."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import pytest

from alert_engine.errors import ConfigError
from alert_engine.model import Channel
from alert_engine.routes.base import (
    Accepted,
    Credit,
    ErrorClass,
    InboundReport,
    KeyAnswer,
    Media,
    MediaKind,
    Rejected,
    ReportStatus,
    Unknown,
)
from alert_engine.routes.providers.exchange import ProviderRequest, ProviderResponse
from alert_engine.routes.providers.provider import (
    AnswersKeys,
    AnswersPolls,
    ChecksAccess,
    Moment,
    Received,
    TakesCallbacks,
    TellsCredit,
)
from alert_engine.routes.providers.twilio import Twilio
from alert_engine.routes.providers.twilio.codes import CODES, OF_CALLS, OF_MESSAGES
from alert_engine.routes.providers.twilio.speech import Speaker
from tests.engine.providers.contract import NONCE, NOW, NUMBER, TEXT, Case, SendContract, a_message
from tests.engine.providers.stand_in import Answer
from tests.engine.providers.their_library import their

if TYPE_CHECKING:
    from alert_engine.routes.base import OutboundMessage

SID = "AC" + "0" * 32
TOKEN = "12345"
SMS_SID, MMS_SID, CALL_SID = "SM" + "0" * 31 + "1", "MM" + "0" * 32, "CA" + "0" * 32
SERVICE, TEMPLATE, API_KEY = "MG" + "1" * 32, "HX" + "2" * 32, "SK" + "3" * 32
SENDER, CALLBACK = "+15005550006", "https://ha.example.org/api/webhook/abc"
MOMENT = Moment(now=NOW, nonce=NONCE, callback_url=CALLBACK)
CREDENTIALS: dict[str, Any] = {"account_sid": SID, "auth_token": TOKEN}
ACCOUNT = Twilio(**CREDENTIALS, sender=SENDER)
EVERYTHING = Twilio(
    **CREDENTIALS,
    messaging_service=SERVICE,
    whatsapp_sender=SENDER,
    whatsapp_template=TEMPLATE,
    caller=SENDER,
    call_language="de-DE",
)
CALL = a_message(channel=Channel.CALL, text="Feuer im Keller & Rauch.")
LATELY = NOW - timedelta(hours=23)
CHAT = a_message(channel=Channel.WHATSAPP, heard_at=LATELY)

# What providers.md section 9 and Twilio's pages on errors say of each code. 21408, 21608 and the like are of
# one destination, 21655 and 21656 of WhatsApp only: the account goes on for the rest.
ACCOUNT_CODES = {
    "20003",
    "21210",
    "21212",
    "21601",
    "21603",
    "21606",
    "21607",
    "21609",
    "21659",
    "21660",
    "21661",
    "21705",
}
ACCOUNT_CODES |= {"30002", "63038"}
TEMPORARY = {"20429", "20503", "21611", "21730", "30001", "30003", "30008", "30036", "63018"}
MESSAGE_CODES = {"21602", "21617", "21655", "21656", "63016"}
BY_NOBODY = {"21211", "21614", "21635", "21217", "30005"}


def wanted(code: str) -> ErrorClass:
    if code in ACCOUNT_CODES:
        return ErrorClass.ACCOUNT
    if code in TEMPORARY:
        return ErrorClass.TEMPORARY
    return ErrorClass.MESSAGE if code in MESSAGE_CODES else ErrorClass.RECIPIENT


def taken(sid: str = SMS_SID, **fields: Any) -> Answer:
    body = {"sid": sid, "status": "queued", "error_code": None, "num_segments": "1", "price": None} | fields
    return Answer(status=201, body=json.dumps(body))


def failure(code: str, status: int = 400) -> Answer:
    body = {"code": int(code), "message": "words", "more_info": "https://www.twilio.com", "status": status}
    return Answer(status=status, body=json.dumps(body))


def as_taken(sid: str = SMS_SID, segments: int = 1) -> Accepted:
    return Accepted(reference=sid, segments=segments)


class TestSms(SendContract):
    provider = ACCOUNT
    good = taken()
    accepted = as_taken()
    secrets = (TOKEN,)
    cases: ClassVar = (
        *(Case(code, failure(code), wanted(code), code) for code in CODES),
        *(
            Case(
                f"{code} by another route",
                failure(code),
                ErrorClass.RECIPIENT,
                extra={"this_route_only": code not in BY_NOBODY},
            )
            for code in CODES
            if wanted(code) is ErrorClass.RECIPIENT
        ),
        Case("opted out", failure("21610"), ErrorClass.RECIPIENT, "21610", extra={"opted_out": True}),
        Case("a picture", taken(MMS_SID), as_taken(MMS_SID)),
        Case("three segments", taken(num_segments="3"), as_taken(segments=3)),
        Case("segments not counted yet", taken(status="accepted", num_segments="0"), as_taken()),
        Case("segments in no digits", taken(num_segments="many"), as_taken()),
        Case("failed at once", taken(status="failed", error_code=30005), ErrorClass.RECIPIENT, "30005"),
        Case("failed without a code", taken(status="failed"), ErrorClass.TEMPORARY, "failed"),
        Case("a code nobody knows", failure("21999"), ErrorClass.MESSAGE, "21999"),
        Case("a code nobody knows, 404", failure("20404", 404), ErrorClass.MESSAGE, "20404"),
        Case("a code of the server", failure("20500", 500), Unknown),
        Case("no SID", taken("x"), Unknown),
        Case(
            "a pause, so long",
            Answer(status=429, body='{"code":20429}', headers={"Retry-After": "3"}),
            ErrorClass.TEMPORARY,
            "20429",
            timedelta(seconds=3),
        ),
        Case(
            "a pause until then",
            Answer(
                status=429, body='{"code":20429}', headers={"Retry-After": "Sat, 21 Nov 2026 12:00:30 GMT"}
            ),
            ErrorClass.TEMPORARY,
            "20429",
            timedelta(seconds=30),
        ),
        Case("502", Answer(status=502, body="<html>"), Unknown),
        Case("504", Answer(status=504, body="<html>"), Unknown),
        Case("moved", Answer(status=301, headers={"Location": "https://example.com"}), ErrorClass.ACCOUNT),
    )


class TestWhatsApp(SendContract):
    provider = EVERYTHING
    message = CHAT
    good = taken(MMS_SID, num_segments="1")
    accepted = as_taken(MMS_SID)
    cases: ClassVar = (Case("outside the window", failure("63016"), ErrorClass.MESSAGE, "63016"),)


class TestCall(SendContract):
    provider = EVERYTHING
    message = CALL
    good = Answer(status=201, body=json.dumps({"sid": CALL_SID, "status": "queued"}))
    accepted = as_taken(CALL_SID)
    cases: ClassVar = (Case("no such number", failure("21217"), ErrorClass.RECIPIENT, "21217"),)


def test_every_code_of_the_page_is_in_the_table() -> None:
    page = "20003 20429 21211 21614 21212 21603 21606 21660 21408 21608 21610 21612 21617 21611 30001 30002"
    page += " 30003 30004 30005 30006 30007 30008 30036 63016 63018 63038 21217 21214 21215 21216"
    assert set(page.split()) <= set(CODES)


def test_what_is_told_instead_of_the_old_codes_is_in_the_table_too() -> None:
    """Since July 2024 Twilio splits 21211, 21212, 21606 and 21614 into finer codes (its change log)."""
    assert {"21265", "21635", "21659", "21660", "21661"} <= set(CODES)


def test_the_states_are_those_of_the_page() -> None:
    """providers.md section 9, both tables; `initiated` is an event of calls besides."""
    pending, failed = ReportStatus.PENDING, ReportStatus.FAILED
    messages = dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), pending)
    messages |= dict.fromkeys(("delivered", "partially_delivered"), ReportStatus.DELIVERED)
    messages |= dict.fromkeys(("undelivered", "failed", "canceled"), failed) | {"read": ReportStatus.READ}
    calls = dict.fromkeys(("queued", "initiated", "ringing", "in-progress"), pending)
    calls |= dict.fromkeys(("busy", "no-answer", "failed", "canceled"), failed)
    assert messages == OF_MESSAGES
    assert calls | {"completed": ReportStatus.DELIVERED} == OF_CALLS


def test_a_wrong_template_does_not_stop_sms() -> None:
    for code in ("21655", "21656", "63016"):
        assert CODES[code].error_class is not ErrorClass.ACCOUNT


# --- requests ---------------------------------------------------------------------------------------------


def request_of(provider: Twilio, message: OutboundMessage, moment: Moment = MOMENT) -> ProviderRequest:
    request = provider.send_request(message, moment)
    assert isinstance(request, ProviderRequest)
    return request


def form_of(request: ProviderRequest) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode("ascii"), keep_blank_values=True))


class Recorder:
    """In the place of their HTTP client: keeps what would be sent."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def request(self, method: str, url: str, **rest: Any) -> Any:
        self.asked = {"method": method, "url": url, **rest}
        response = their("twilio.http.response")
        return response.Response(201 if method == "POST" else 200, "{}")


class TestAgainstTheirLibrary:
    """The requests of the package ``twilio``, field by field."""

    @pytest.fixture
    def recorder(self) -> Recorder:
        return Recorder()

    @pytest.fixture
    def client(self, recorder: Recorder) -> Any:
        rest = their("twilio.rest")
        return rest.Client(SID, TOKEN, http_client=recorder)

    def same(self, ours: ProviderRequest, recorder: Recorder) -> None:
        requests = their("requests")
        theirs = {name: recorder.asked.get(name) for name in ("method", "url", "params", "data", "auth")}
        prepared = requests.Request(**theirs).prepare()
        assert (ours.method, ours.url) == (prepared.method, prepared.url)
        assert sorted(parse_qsl(ours.body.decode())) == sorted(parse_qsl(prepared.body or ""))
        for header in ("Authorization", "Content-Type"):
            assert ours.headers.get(header) == prepared.headers.get(header)

    def test_an_sms(self, client: Any, recorder: Recorder) -> None:
        client.messages.create(
            to=NUMBER,
            from_="Alarm",
            body="Öl & Feuer +1",
            status_callback=CALLBACK,
            validity_period=3600,
            smart_encoded=True,
        )
        provider = Twilio(**CREDENTIALS, sender="Alarm", smart_encoding=True)
        self.same(
            request_of(provider, a_message(text="Öl & Feuer +1", validity=timedelta(hours=1))), recorder
        )

    def test_an_sms_by_a_service(self, client: Any, recorder: Recorder) -> None:
        client.messages.create(to=NUMBER, messaging_service_sid=SERVICE, body=TEXT)
        self.same(request_of(EVERYTHING, a_message(report_requested=False)), recorder)

    def test_whatsapp_with_a_picture(self, client: Any, recorder: Recorder) -> None:
        client.messages.create(
            to=f"whatsapp:{NUMBER}",
            from_=f"whatsapp:{SENDER}",
            body=TEXT,
            media_url=["https://ha.example.org/camera.jpg"],
            status_callback=CALLBACK,
        )
        media = Media(kind=MediaKind.IMAGE, url="https://ha.example.org/camera.jpg")
        message = a_message(channel=Channel.WHATSAPP, heard_at=LATELY, media=media)
        self.same(request_of(EVERYTHING, message), recorder)

    def test_whatsapp_by_a_template(self, client: Any, recorder: Recorder) -> None:
        client.messages.create(
            to=f"whatsapp:{NUMBER}",
            from_=f"whatsapp:{SENDER}",
            content_sid=TEMPLATE,
            content_variables=json.dumps({"1": "Feuer im Keller"}),
            status_callback=CALLBACK,
        )
        message = a_message(channel=Channel.WHATSAPP, text="Feuer\n im\tKeller")
        self.same(request_of(EVERYTHING, message), recorder)

    def test_a_call(self, client: Any, recorder: Recorder) -> None:
        ours = request_of(Twilio(**CREDENTIALS, caller=SENDER, detect_machines=True, ring_for=40), CALL)
        client.calls.create(
            to=NUMBER,
            from_=SENDER,
            twiml=form_of(ours)["Twiml"],
            timeout=40,
            time_limit=300,
            status_callback=CALLBACK,
            machine_detection="Enable",
        )
        self.same(ours, recorder)

    def test_states_and_credit(self, client: Any, recorder: Recorder) -> None:
        message, call = ACCOUNT.poll_requests([SMS_SID, CALL_SID], MOMENT)
        for ours, ask in (
            (message, client.messages(SMS_SID).fetch),
            (call, client.calls(CALL_SID).fetch),
            (ACCOUNT.credit_request(MOMENT), client.balance.fetch),
            (ACCOUNT.check_request(MOMENT), client.api.accounts(SID).fetch),
        ):
            ask()
            self.same(ours, recorder)

    @pytest.mark.parametrize(("edge", "region"), [("dublin", ""), ("", "ie1"), ("dublin", "ie1"), ("", "")])
    def test_regions_and_keys(self, edge: str, region: str) -> None:
        rest = their("twilio.rest")
        recorder = Recorder()
        client = rest.Client(API_KEY, "s3cret", SID, region or None, recorder, edge=edge or None)
        client.messages.create(to=NUMBER, from_=SENDER, body=TEXT, status_callback=CALLBACK)
        provider = Twilio(
            **CREDENTIALS, sender=SENDER, edge=edge, region=region, api_key=API_KEY, api_secret="s3cret"
        )
        self.same(request_of(provider, a_message()), recorder)

    def test_what_a_call_says(self) -> None:
        voice = their("twilio.twiml.voice_response")
        document = voice.VoiceResponse()
        gather = document.gather(
            input="dtmf", num_digits=1, finish_on_key="", timeout=10, action=f"{CALLBACK}?uid={CALL.uid}"
        )
        prompt = "Drücken Sie 1 zum Quittieren, 2 zum Auflegen, 3 für eine Stunde Ruhe."
        gather.say(f"{CALL.text} {prompt}", language="de-DE", loop=3)
        ours = ET.fromstring(form_of(request_of(EVERYTHING, CALL))["Twiml"])
        theirs = ET.fromstring(str(document))
        assert ET.canonicalize(ET.tostring(ours)) == ET.canonicalize(ET.tostring(theirs))


class TestMessages:
    def test_validity_stays_in_its_range(self) -> None:
        for given, sent in ((timedelta(0), "1"), (timedelta(days=2), "36000"), (timedelta(seconds=90), "90")):
            assert form_of(request_of(ACCOUNT, a_message(validity=given)))["ValidityPeriod"] == sent

    def test_plain_texts_are_in_the_basic_alphabet(self) -> None:
        assert form_of(request_of(ACCOUNT, a_message(text="Öl €", plain=True)))["Body"] == "Öl EUR"

    @pytest.mark.parametrize("url", ["", "https://my_house.example.org/api/webhook/abc"])
    def test_without_an_address_that_twilio_takes_nobody_is_called_back(self, url: str) -> None:
        moment = Moment(now=NOW, nonce=NONCE, callback_url=url)
        assert "StatusCallback" not in form_of(request_of(ACCOUNT, a_message(), moment))
        form = form_of(request_of(EVERYTHING, CALL, moment))
        assert "StatusCallback" not in form
        assert "<Gather" not in form["Twiml"]

    def test_no_report_is_asked_for_where_none_is_wanted(self) -> None:
        for message in (a_message(), CALL, CHAT):
            form = form_of(request_of(EVERYTHING, replace(message, report_requested=False)))
            assert "StatusCallback" not in form
        call = form_of(request_of(EVERYTHING, replace(CALL, report_requested=False)))
        assert f"{CALLBACK}?uid={CALL.uid}" in call["Twiml"]  # keys are another thing

    def test_an_address_with_a_query_keeps_it(self) -> None:
        moment = Moment(now=NOW, nonce=NONCE, callback_url=f"{CALLBACK}?a=1")
        assert f"{CALLBACK}?a=1&amp;uid={CALL.uid}" in form_of(request_of(EVERYTHING, CALL, moment))["Twiml"]

    def test_segments_are_of_sms_only(self) -> None:
        long = "x" * 161
        assert ACCOUNT.plan_segments(a_message(text=long)) == 2
        assert EVERYTHING.plan_segments(a_message(text=long, channel=Channel.WHATSAPP)) == 1
        assert EVERYTHING.plan_segments(a_message(text=long, channel=Channel.CALL)) == 1

    @pytest.mark.parametrize(
        ("provider", "message", "error_class"),
        [
            (ACCOUNT, a_message(text="x" * 1601), ErrorClass.MESSAGE),
            (EVERYTHING, a_message(text="x" * 1601, channel=Channel.WHATSAPP), ErrorClass.MESSAGE),
            (EVERYTHING, a_message(text="x" * 4000, channel=Channel.CALL), ErrorClass.MESSAGE),
            (ACCOUNT, CALL, ErrorClass.RECIPIENT),
            (ACCOUNT, a_message(text="", data=b"\x01"), ErrorClass.RECIPIENT),
            (EVERYTHING, a_message(text="", data=b"\x01", channel=Channel.CALL), ErrorClass.RECIPIENT),
            (ACCOUNT, a_message(text=" \n"), ErrorClass.MESSAGE),
            (EVERYTHING, a_message(text="", channel=Channel.WHATSAPP), ErrorClass.MESSAGE),
            (EVERYTHING, a_message(text="", channel=Channel.CALL), ErrorClass.MESSAGE),
        ],
    )
    def test_what_cannot_be_carried_is_refused_before_anything_leaves(
        self, provider: Twilio, message: OutboundMessage, error_class: ErrorClass
    ) -> None:
        refused = provider.send_request(message, MOMENT)
        assert isinstance(refused, Rejected)
        assert refused.error_class is error_class

    def test_the_longest_text_goes(self) -> None:
        assert ACCOUNT.plan_segments(a_message(text="x" * 1600)) == 11
        assert ACCOUNT.plan_segments(a_message(text="ж" * 1600)) == 24

    def test_a_channel_without_a_sender_has_no_segments(self) -> None:
        with pytest.raises(ValueError, match="no sender for call"):
            ACCOUNT.plan_segments(CALL)


class TestTheWindow:
    """WhatsApp takes free text for 24 hours after the last word of the recipient."""

    def content(self, provider: Twilio, heard_at: datetime | None) -> dict[str, str] | Rejected:
        message = a_message(channel=Channel.WHATSAPP, heard_at=heard_at)
        request = provider.send_request(message, MOMENT)
        return request if isinstance(request, Rejected) else form_of(request)

    @pytest.mark.parametrize("heard_at", [NOW, LATELY, NOW - timedelta(hours=24) + timedelta(seconds=1)])
    def test_inside_it_is_free_text(self, heard_at: datetime) -> None:
        form = self.content(EVERYTHING, heard_at)
        assert isinstance(form, dict)
        assert form["Body"] == TEXT
        assert "ContentSid" not in form

    @pytest.mark.parametrize("heard_at", [None, NOW - timedelta(hours=24), NOW - timedelta(days=9)])
    def test_outside_it_is_the_template(self, heard_at: datetime | None) -> None:
        form = self.content(EVERYTHING, heard_at)
        assert isinstance(form, dict)
        assert "Body" not in form
        assert (form["ContentSid"], json.loads(form["ContentVariables"])) == (TEMPLATE, {"1": TEXT})

    def test_without_a_template_it_is_refused(self) -> None:
        refused = self.content(Twilio(**CREDENTIALS, whatsapp_sender=SENDER), None)
        assert isinstance(refused, Rejected)
        assert refused.error_class is ErrorClass.MESSAGE
        assert "template" in refused.reason

    def test_the_template_takes_the_link_with_the_text(self) -> None:
        media = Media(kind=MediaKind.IMAGE, url="https://ha.example.org/camera.jpg")
        for text, sent in (("Feuer", f"Feuer {media.url}"), ("", media.url)):
            message = a_message(channel=Channel.WHATSAPP, text=text, media=media)
            form = form_of(request_of(EVERYTHING, message))
            assert json.loads(form["ContentVariables"]) == {"1": sent}

    @pytest.mark.parametrize("kind", [MediaKind.AUDIO, MediaKind.DOCUMENT, MediaKind.VIDEO])
    def test_what_takes_no_words_beside_it_goes_as_a_link(self, kind: MediaKind) -> None:
        """Twilio sets no caption for what is no picture: the alarm would be lost."""
        media = Media(kind=kind, url="https://ha.example.org/siren.ogg")
        message = a_message(channel=Channel.WHATSAPP, heard_at=LATELY, media=media, text="Feuer")
        form = form_of(request_of(EVERYTHING, message))
        assert form["Body"] == f"Feuer\n{media.url}"
        assert "MediaUrl" not in form
        alone = form_of(request_of(EVERYTHING, replace(message, text="")))
        assert (alone["MediaUrl"], "Body" in alone) == (media.url, False)

    def test_the_link_counts(self) -> None:
        media = Media(kind=MediaKind.AUDIO, url="https://ha.example.org/siren.ogg")
        long = a_message(channel=Channel.WHATSAPP, heard_at=LATELY, media=media, text="x" * 1600)
        with pytest.raises(ValueError, match="1600"):
            EVERYTHING.plan_segments(long)

    def test_a_picture_needs_no_words(self) -> None:
        media = Media(kind=MediaKind.IMAGE, url="https://ha.example.org/camera.jpg")
        form = form_of(
            request_of(EVERYTHING, a_message(channel=Channel.WHATSAPP, heard_at=LATELY, media=media, text=""))
        )
        assert "Body" not in form
        assert form["MediaUrl"] == media.url


class TestSpeech:
    def said(self, document: str) -> list[tuple[str, dict[str, str], str]]:
        root = ET.fromstring(document)
        return [(each.tag, dict(each.attrib), each.text or "") for each in root.iter() if each is not root]

    def test_a_call_without_an_address_only_speaks(self) -> None:
        speaker = Speaker(language="it-IT", voice="Polly.Carla")
        document = speaker.alarm("Incendio", loop=1, prompt="", action="")
        assert self.said(document) == [("Say", {"voice": "Polly.Carla", "language": "it-IT"}, "Incendio")]

    def test_texts_cannot_break_out(self) -> None:
        text = "</Say><Hangup/> \"&' \x00\x07\ufffe\U0001f525"
        document = Speaker(language="en").alarm(text, loop=2, prompt="Press 1.", action="https://a/?b=1&c=2")
        gather, say = self.said(document)
        assert gather[1]["action"] == "https://a/?b=1&c=2"
        assert say[2] == "</Say><Hangup/> \"&'    \U0001f525 Press 1."

    def test_every_key_is_told(self) -> None:
        """Twilio takes # for the end of the keys unless told otherwise, and would hang up."""
        speaker = Speaker(language="en")
        for document in (
            speaker.alarm("Fire", loop=1, prompt="", action="https://a/"),
            speaker.reply(KeyAnswer.IGNORED, prompt=""),
        ):
            gather, *_ = self.said(document)
            assert (gather[1]["finishOnKey"], gather[1]["numDigits"]) == ("", "1")

    @pytest.mark.parametrize(
        ("language", "done"),
        [("de-AT", "Danke."), ("it-IT", "Grazie."), ("en-GB", "Thank you."), ("sv-SE", "Thank you.")],
    )
    def test_a_key_that_was_obeyed_is_confirmed(self, language: str, done: str) -> None:
        say, hang_up = self.said(Speaker(language=language).reply(KeyAnswer.DONE, prompt=""))
        assert say[2].startswith(done)
        assert hang_up[0] == "Hangup"

    def test_whoever_hangs_up_hears_nothing(self) -> None:
        document = Speaker(language="de").reply(KeyAnswer.HANG_UP, prompt="")
        assert [tag for tag, _, _ in self.said(document)] == ["Hangup"]

    def test_a_key_that_means_nothing_leaves_the_others_open(self) -> None:
        gather, say = self.said(Speaker(language="en").reply(KeyAnswer.IGNORED, prompt="Press 9."))
        assert "action" not in gather[1]
        assert say[2] == "This key does nothing now. Press 9."


# --- answers ----------------------------------------------------------------------------------------------


def response(data: Any, status: int = 200) -> ProviderResponse:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return ProviderResponse(status=status, body=body)


class TestTheAccount:
    def test_it_offers_what_the_api_has(self) -> None:
        for offered in (ChecksAccess, TellsCredit, AnswersPolls, TakesCallbacks, AnswersKeys):
            assert isinstance(ACCOUNT, offered)

    def test_it_carries_what_it_has_senders_for(self) -> None:
        assert ACCOUNT.limits.channels == {Channel.SMS}
        everything = {Channel.SMS, Channel.WHATSAPP, Channel.CALL}
        assert EVERYTHING.limits.channels == EVERYTHING.limits.reports == everything

    def test_a_key_may_not_read_the_account(self) -> None:
        assert ACCOUNT.check_request(MOMENT).url.endswith(f"/Accounts/{SID}.json")
        keyed = Twilio(**CREDENTIALS, sender=SENDER, api_key=API_KEY, api_secret="s")
        request = keyed.check_request(MOMENT)
        assert request.url.endswith("/Messages.json?PageSize=1")
        assert (
            request.headers["Authorization"] == "Basic " + base64.b64encode(f"{API_KEY}:s".encode()).decode()
        )

    @pytest.mark.parametrize("data", [{"status": "active"}, {"messages": []}])
    def test_it_is_well(self, data: object) -> None:
        assert ACCOUNT.checked(response(data)) is None

    @pytest.mark.parametrize(
        ("data", "status", "error_class", "code"),
        [
            ({"status": "suspended"}, 200, ErrorClass.ACCOUNT, "suspended"),
            ({"status": "closed"}, 200, ErrorClass.ACCOUNT, "closed"),
            ({"code": 20003}, 401, ErrorClass.ACCOUNT, "20003"),
            (b"", 401, ErrorClass.ACCOUNT, "HTTP 401"),
            (b"", 500, ErrorClass.DEVICE, ""),
            (b"", 503, ErrorClass.TEMPORARY, "HTTP 503"),
        ],
    )
    def test_it_is_not(self, data: Any, status: int, error_class: ErrorClass, code: str) -> None:
        refused = ACCOUNT.checked(response(data, status))
        assert refused is not None
        assert (refused.error_class, refused.code) == (error_class, code)

    def test_credit(self) -> None:
        good = response({"account_sid": SID, "balance": "-3.21", "currency": "EUR"})
        assert ACCOUNT.credit(good) == Credit(amount=Decimal("-3.21"), currency="EUR")
        for data, status in (
            ({"balance": "x"}, 200),
            ({"balance": "NaN"}, 200),
            ({"balance": "1"}, 403),
            (b"", 200),
        ):
            assert ACCOUNT.credit(response(data, status)) is None


def state(sid: str, status: str, **fields: Any) -> dict[str, Any]:
    return {
        "sid": sid,
        "status": status,
        "to": NUMBER,
        "error_code": None,
        "date_updated": "Sat, 21 Nov 2026 11:59:00 +0000",
    } | fields


class TestPolls:
    def polled(self, data: Any, status: int = 200) -> Received:
        return ACCOUNT.polled(response(data, status), MOMENT)

    @pytest.mark.parametrize("status", OF_MESSAGES)
    def test_of_messages(self, status: str) -> None:
        assert self.polled(state(SMS_SID, status)).reports == (
            InboundReport(
                reference=SMS_SID,
                address=NUMBER,
                status=OF_MESSAGES[status],
                reported_at=datetime(2026, 11, 21, 11, 59, tzinfo=UTC),
                code=status,
            ),
        )

    @pytest.mark.parametrize("status", OF_CALLS)
    def test_of_calls(self, status: str) -> None:
        (report,) = self.polled(state(CALL_SID, status, answered_by=None, date_updated=None)).reports
        assert (report.status, report.code, report.reported_at) == (OF_CALLS[status], status, NOW)

    @pytest.mark.parametrize("machine", ["machine_start", "machine_end_beep", "fax"])
    def test_a_voice_mailbox_is_nobody(self, machine: str) -> None:
        (report,) = self.polled(state(CALL_SID, "completed", answered_by=machine)).reports
        assert (report.status, report.code) == (ReportStatus.FAILED, machine)

    def test_somebody_is_somebody(self) -> None:
        for who in ("human", "unknown"):
            (report,) = self.polled(state(CALL_SID, "completed", answered_by=who)).reports
            assert report.status is ReportStatus.DELIVERED

    def test_why_it_failed(self) -> None:
        (report,) = self.polled(
            state(SMS_SID, "undelivered", error_code=30003, to=f"whatsapp:{NUMBER}")
        ).reports
        assert (report.code, report.address) == ("30003", NUMBER)

    @pytest.mark.parametrize(
        ("status", "code", "opted_out"),
        [("failed", 21610, True), ("failed", 30003, False), ("delivered", 21610, False)],
    )
    def test_a_messaging_service_tells_late_of_an_opt_out(
        self, status: str, code: int, opted_out: object
    ) -> None:
        (report,) = self.polled(state(SMS_SID, status, error_code=code)).reports
        assert (report.code, report.opted_out) == (str(code), opted_out)

    @pytest.mark.parametrize(
        ("data", "status"),
        [
            (state(SMS_SID, "received"), 200),
            (state(SMS_SID, "delivered"), 404),
            (state("x", "delivered"), 200),
            ([], 200),
            (b"<html>", 200),
        ],
    )
    def test_what_cannot_be_read_tells_nothing(self, data: Any, status: int) -> None:
        assert self.polled(data, status) == Received()

    def test_only_what_can_be_a_reference_is_asked_after(self) -> None:
        requests = ACCOUNT.poll_requests([f"../{SMS_SID}", "42", *([SMS_SID] * 100)], MOMENT)
        assert len(requests) == 50
        assert requests[0].url.endswith(f"/Messages/{SMS_SID}.json")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account_sid", "AC1"),
        ("account_sid", API_KEY),
        ("auth_token", ""),
        ("api_key", "key"),
        ("api_secret", "without a key"),
        ("region", "ie1.evil.example"),
        ("edge", "Dublin/"),
        ("sender", ""),
        ("sender", "far too long a name"),
        ("messaging_service", SERVICE),
        ("whatsapp_sender", "Alarm"),
        ("whatsapp_sender", "far too long a name"),
        ("whatsapp_template", "welcome"),
        ("whatsapp_variable", ""),
        ("caller", "12345"),
        ("call_language", "German, please"),
        ("call_loop", 0),
        ("ring_for", 601),
    ],
)
def test_settings_that_make_no_sense_are_refused(field: str, value: Any) -> None:
    path = "sender" if field == "messaging_service" else field
    with pytest.raises(ConfigError, match=path) as caught:
        Twilio(**(CREDENTIALS | {"sender": SENDER} | {field: value}))
    assert caught.value.path == (path,)


def test_no_secret_is_shown() -> None:
    account = Twilio(**CREDENTIALS, sender=SENDER, api_key=API_KEY, api_secret="s3cret", webhook_key="k3y")
    shown = repr(account) + repr(request_of(account, a_message()))
    for secret in (TOKEN, "s3cret", "k3y", "Basic ", NUMBER, TEXT):
        assert secret not in shown
    assert CALLBACK not in repr(MOMENT)


def test_a_wrong_service_is_refused_too() -> None:
    with pytest.raises(ConfigError, match="messaging_service"):
        Twilio(**CREDENTIALS, messaging_service="MG1")
