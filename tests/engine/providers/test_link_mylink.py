"""MyLINK of LINK Mobility: requests after its OpenAPI descriptions, its token, its callbacks."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.errors import ConfigError
from alert_engine.intake.http_request import HttpRequest
from alert_engine.model import Channel, Priority
from alert_engine.routes.base import (
    Accepted,
    ErrorClass,
    InboundReport,
    InboundSms,
    Rejected,
    ReportStatus,
    Unknown,
)
from alert_engine.routes.providers.exchange import ProviderRequest, ProviderResponse
from alert_engine.routes.providers.link import MyLink
from alert_engine.routes.providers.provider import (
    CallbackRefusedError,
    ChecksAccess,
    Moment,
    NeedsToken,
    Received,
    TakesCallbacks,
    Token,
)
from tests.engine.providers.contract import NONCE, NOW, NUMBER, TEXT, Case, SendContract, a_message, send
from tests.engine.providers.stand_in import Answer, Trouble

SECRET, ACCESS = "client-secret-of-link", "access-token-of-link"
REFERENCE = "18647eb4-49a9-46d6-955b-c8170a9cd48f"
PATH = "/callback/link/5ecret-5ecret-5ecret"
CALLBACK = f"https://alarm.example.org{PATH}"
MOMENT = Moment(now=NOW, nonce=NONCE, access_token=ACCESS)
CALLED = Moment(now=NOW, nonce=NONCE, access_token=ACCESS, callback_url=CALLBACK)
ACCOUNT = MyLink(client_id="house", client_secret=SECRET, sender="Alarm")
BOTH = MyLink(
    client_id="house",
    client_secret=SECRET,
    sender="+4799999999",
    whatsapp_sender="+4799999998",
    whatsapp_template="alarm",
    whatsapp_template_language="de",
)
WHATSAPP = a_message(channel=Channel.WHATSAPP, heard_at=NOW - timedelta(hours=1))
TOKEN = Answer(body=json.dumps({"access_token": ACCESS, "expires_in": 300, "token_type": "Bearer"}))


def taken(**fields: Any) -> Answer:
    one = {"messageId": REFERENCE, "referenceId": "6f1d", "recipient": NUMBER} | fields
    return Answer(status=202, body=json.dumps({"requestId": "5495a2c4", "messages": [one]}))


class TestSms(SendContract):
    provider = ACCOUNT
    before = (TOKEN,)
    good = taken()
    accepted = Accepted(reference=REFERENCE, segments=1)
    secrets = (SECRET,)
    cases: ClassVar = (
        Case(
            "400", Answer(status=400, body='{"requestId":"1","message":"x"}'), ErrorClass.MESSAGE, "HTTP 400"
        ),
        Case("403", Answer(status=403), ErrorClass.ACCOUNT, "HTTP 403"),
        Case(
            "429", Answer(status=429, body='{"requestId":"1","code":"x"}'), ErrorClass.TEMPORARY, "HTTP 429"
        ),
        Case("500 leaves it open", Answer(status=500, body='{"requestId":"1","code":"x"}'), Unknown),
        Case("502 leaves it open", Answer(status=502, body='{"requestId":"1"}'), Unknown),
        Case("no messages", Answer(status=202, body='{"requestId":"1","messages":[]}'), Unknown),
        Case("no id", taken(messageId=None), Unknown),
    )


class TestWhatsapp(SendContract):
    provider = BOTH
    before = (TOKEN,)
    message = WHATSAPP
    good = taken()
    accepted = Accepted(reference=REFERENCE, segments=1)
    cases: ClassVar = (Case("403", Answer(status=403), ErrorClass.ACCOUNT, "HTTP 403"),)


def request_of(provider: MyLink, message: object, moment: Moment = MOMENT) -> ProviderRequest:
    request = provider.send_request(message, moment)  # type: ignore[arg-type]  # it is one
    assert isinstance(request, ProviderRequest)
    return request


def message_of(provider: MyLink, message: object, moment: Moment = MOMENT) -> dict[str, Any]:
    request = request_of(provider, message, moment)
    assert request.headers == {
        "Authorization": f"Bearer {ACCESS}",
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    (found,) = json.loads(request.body)
    assert isinstance(found, dict)
    return found


class TestRequests:
    """Field by field after ``SmsMessageRequest`` and its WhatsApp sister."""

    def test_an_sms(self) -> None:
        assert request_of(ACCOUNT, a_message()).url == "https://api.linkmobility.com/sms/v1/messages"
        assert message_of(ACCOUNT, a_message()) == {
            "recipient": NUMBER,
            "content": {"text": TEXT, "options": {"sms.sender": "Alarm", "sms.encoding": "AutoDetect"}},
            "referenceId": "6f1d2c3b4a5968778695a4b3c2d1e0f0",
            "priority": "High",
        }

    def test_all_settings_and_wishes(self) -> None:
        account = MyLink(
            client_id="house",
            client_secret=SECRET,
            sender="12345",
            encoding="GSM",
            obfuscate="ContentAndRecipient",
        )
        message = a_message(text="Öl €", priority=Priority.NORMAL, validity=timedelta(minutes=10))
        assert message_of(account, message, CALLED) == {
            "recipient": NUMBER,
            "content": {
                "text": "Öl €",
                "options": {
                    "sms.sender": "12345",
                    "sms.encoding": "GSM",
                    "sms.obfuscate": "ContentAndRecipient",
                },
            },
            "referenceId": message.uid,
            "priority": "Normal",
            "expiration": {"relative": 600_000},
            "callback": {"mode": "URL", "urls": [CALLBACK], "ttl": 28_800_000},
        }

    @pytest.mark.parametrize(("seconds", "sent"), [(0, 1), (86_400 * 3, 172_800_000)])
    def test_the_expiration_is_kept_within_what_link_takes(self, seconds: int, sent: int) -> None:
        message = a_message(validity=timedelta(seconds=seconds))
        assert message_of(ACCOUNT, message)["expiration"] == {"relative": sent}

    def test_reports_by_a_gate_or_not_at_all(self) -> None:
        account = MyLink(client_id="house", client_secret=SECRET, sender="Alarm", gate_id="fb8eac56")
        gate = {"mode": "Gate", "gateId": "fb8eac56", "ttl": 28_800_000}
        assert message_of(account, a_message(), CALLED)["callback"] == gate
        quiet = a_message(report_requested=False)
        assert message_of(account, quiet, CALLED)["callback"] == {"mode": "None"}

    def test_plain_is_forced(self) -> None:
        content = message_of(ACCOUNT, a_message(text="Öl {5 €}", plain=True))["content"]
        assert content["text"] == "Öl (5 EUR)"
        assert content["options"]["sms.encoding"] == "GSM"

    def test_a_forced_alphabet_counts(self) -> None:
        ucs2 = MyLink(client_id="house", client_secret=SECRET, sender="Alarm", encoding="UCS2")
        gsm = MyLink(client_id="house", client_secret=SECRET, sender="Alarm", encoding="GSM")
        message = a_message(text="Пожар! " + "x" * 90)
        assert (ACCOUNT.plan_segments(message), gsm.plan_segments(message)) == (2, 1)
        assert (
            ACCOUNT.plan_segments(a_message(text="x" * 90)),
            ucs2.plan_segments(a_message(text="x" * 90)),
        ) == (
            1,
            2,
        )

    def test_free_text_by_whatsapp(self) -> None:
        assert request_of(BOTH, WHATSAPP).url == "https://api.linkmobility.com/whatsapp/v2/messages"
        assert message_of(BOTH, WHATSAPP, CALLED) == {
            "recipient": NUMBER,
            "content": {
                "media": {"type": "text", "text": {"body": TEXT}},
                "options": {"sender": "+4799999998"},
            },
            "referenceId": WHATSAPP.uid,
            "priority": "High",
            "callback": {"mode": "URL", "urls": [CALLBACK], "ttl": 28_800_000},
        }

    def test_a_template_when_nobody_wrote(self) -> None:
        message = a_message(channel=Channel.WHATSAPP, text="Pumpe\n  2")
        assert message_of(BOTH, message)["content"]["media"] == {
            "type": "template",
            "template": {
                "name": "alarm",
                "language": {"policy": "deterministic", "code": "de"},
                "components": [{"type": "body", "parameters": [{"type": "text", "text": "Pumpe 2"}]}],
            },
        }

    def test_without_a_template_nothing_can_be_sent(self) -> None:
        account = MyLink(client_id="house", client_secret=SECRET, whatsapp_sender="4799999998")
        refused = account.send_request(a_message(channel=Channel.WHATSAPP), MOMENT)
        assert isinstance(refused, Rejected)
        assert refused.error_class is ErrorClass.MESSAGE

    @pytest.mark.parametrize(
        "message",
        [
            a_message(text=""),
            a_message(text="x" * 38_863),
            a_message(data=b"x"),
            a_message(channel=Channel.CALL),
            a_message(channel=Channel.WHATSAPP, text="x" * 4097),
        ],
        ids=["empty", "long", "data", "call", "long WhatsApp"],
    )
    def test_what_cannot_be_carried(self, message: Any) -> None:
        with pytest.raises(ValueError, match=r"."):
            BOTH.plan_segments(message)
        refused = BOTH.send_request(message, MOMENT)
        assert isinstance(refused, Rejected)
        assert refused.error_class is ErrorClass.MESSAGE


class TestToken:
    """OAuth 2.0 client credentials."""

    def test_the_request(self) -> None:
        request = ACCOUNT.token_request(MOMENT)
        assert request.url == "https://sso.linkmobility.com/auth/realms/CPaaS/protocol/openid-connect/token"
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert parse_qs(request.body.decode()) == {
            "grant_type": ["client_credentials"],
            "client_id": ["house"],
            "client_secret": [SECRET],
        }

    def test_the_answer(self) -> None:
        assert token_of(TOKEN) == Token(value=ACCESS, expires_at=NOW + timedelta(seconds=300))
        assert ACCESS not in repr(token_of(TOKEN))

    @pytest.mark.parametrize(
        ("answer", "error_class", "code"),
        [
            (Answer(status=400, body='{"error":"invalid_client"}'), ErrorClass.ACCOUNT, "invalid_client"),
            (Answer(status=400, body="x"), ErrorClass.ACCOUNT, "HTTP 400"),
            (Answer(status=401, body='{"error":"invalid_client"}'), ErrorClass.ACCOUNT, "HTTP 401"),
            (Answer(status=429), ErrorClass.TEMPORARY, "HTTP 429"),
            (Answer(status=500), ErrorClass.TEMPORARY, "HTTP 500"),
            (Answer(body="{}"), ErrorClass.DEVICE, ""),
            (Answer(body='{"access_token":"a b","expires_in":300}'), ErrorClass.DEVICE, ""),
            (Answer(body='{"access_token":"a","expires_in":true}'), ErrorClass.DEVICE, ""),
            (Answer(body='{"access_token":"a","expires_in":1e30}'), ErrorClass.DEVICE, ""),
            (Answer(body='{"access_token":"a","expires_in":1000000000000000}'), ErrorClass.DEVICE, ""),
        ],
    )
    def test_there_is_none(self, answer: Answer, error_class: ErrorClass, code: str) -> None:
        refused = token_of(answer)
        assert isinstance(refused, Rejected)
        assert (refused.error_class, refused.code) == (error_class, code)

    @pytest.mark.parametrize("trouble", [Trouble.SILENT, Trouble.DROPPED])
    async def test_without_an_answer_no_message_is_in_doubt(self, trouble: Trouble) -> None:
        outcome, stand_in = await send(ACCOUNT, a_message(), Answer(trouble=trouble))
        assert isinstance(outcome, Rejected)
        assert outcome.error_class is ErrorClass.DEVICE
        assert len(stand_in.asked) == 1

    async def test_a_refused_token_sends_nothing(self) -> None:
        outcome, stand_in = await send(ACCOUNT, a_message(), Answer(status=401, body="{}"))
        assert isinstance(outcome, Rejected)
        assert outcome.error_class is ErrorClass.ACCOUNT
        assert len(stand_in.asked) == 1

    async def test_a_token_that_ended_is_fetched_again_once(self) -> None:
        outcome, stand_in = await send(ACCOUNT, a_message(), TOKEN, Answer(status=401), TOKEN, taken())
        assert outcome == Accepted(reference=REFERENCE, segments=1)
        assert len(stand_in.asked) == 4


def response_of(answer: Answer) -> ProviderResponse:
    body = answer.body.encode() if isinstance(answer.body, str) else answer.body
    return ProviderResponse(status=answer.status, headers=answer.headers, body=body)


def token_of(answer: Answer) -> Token | Rejected:
    return ACCOUNT.token(response_of(answer), MOMENT)


class TestLooking:
    """Without sending."""

    def test_the_request(self) -> None:
        request = ACCOUNT.check_request(MOMENT)
        assert (request.method, request.url) == ("GET", "https://api.linkmobility.com/sms/v1/schedules")
        assert request.headers["Authorization"] == f"Bearer {ACCESS}"
        only = MyLink(client_id="house", client_secret=SECRET, whatsapp_sender="4799999998")
        assert only.check_request(MOMENT).url == "https://api.linkmobility.com/whatsapp/v2/templates"
        assert only.limits.channels == {Channel.WHATSAPP}

    @pytest.mark.parametrize("status", [200, 204, 400, 404])
    def test_all_is_well(self, status: int) -> None:
        assert ACCOUNT.checked(ProviderResponse(status=status)) is None

    @pytest.mark.parametrize(
        ("status", "error_class"),
        [(401, ErrorClass.ACCOUNT), (403, ErrorClass.ACCOUNT), (500, ErrorClass.DEVICE)],
    )
    def test_something_is_wrong(self, status: int, error_class: ErrorClass) -> None:
        refused = ACCOUNT.checked(ProviderResponse(status=status))
        assert refused is not None
        assert refused.error_class is error_class

    def test_what_it_offers(self) -> None:
        for offered in (ChecksAccess, NeedsToken, TakesCallbacks):
            assert isinstance(ACCOUNT, offered)


REPORT: dict[str, Any] = {
    "eventId": "4452d5ec",
    "channel": "sms",
    "recipient": NUMBER,
    "timeStamp": "2026-11-21T11:59:58.42Z",
    "status": {
        "requestId": "5495a2c4",
        "referenceId": None,
        "messageId": REFERENCE,
        "type": "delivered",
        "code": 2000,
        "details": "delivered",
        "segments": 1,
    },
    "provider": {"timestamp": "2026-11-21T11:59:58Z", "code": "0", "operator": "no.telenor"},
}
REPLY: dict[str, Any] = {
    "eventId": "24fde05d",
    "channel": "sms",
    "recipient": "+4799999999",
    "timeStamp": "2026-11-21T11:59:58Z",
    "provider": {"timestamp": "2026-11-21T11:59:46Z", "code": None, "operator": "no.telenor"},
    "reply": {"sender": NUMBER, "routeId": "rdC7ay8c", "routeKeyword": "", "text": "OK 4711"},
}

# Code, type and what they mean, after the table of the API.
STATES = [
    *((1, "accepted", "pending"), (2, "accepted", "pending"), (1000, "queued", "pending")),
    *((1001, "sent", "pending"), (5000, "retried", "pending")),
    *((2000, "delivered", "delivered"), (2001, "read", "read")),
    *((code, "rejected", "failed") for code in (*range(3000, 3012), 3013)),
    *((code, "failed", "failed") for code in (*range(4000, 4009), 4011)),
    *((4009, "failed", "pending"), (4010, "failed", "pending")),
]


def called(data: Any, path: str = PATH) -> HttpRequest:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return HttpRequest(method="POST", path=path, body=body)


def received(data: Any) -> Received:
    return ACCOUNT.receive(called(data), CALLED)


class TestCallbacks:
    """Reports and replies."""

    def test_a_report(self) -> None:
        assert received(REPORT) == Received(
            reports=(
                InboundReport(
                    reference=REFERENCE,
                    address=NUMBER,
                    status=ReportStatus.DELIVERED,
                    reported_at=datetime(2026, 11, 21, 11, 59, 58, 420_000, tzinfo=UTC),
                    code="2000",
                ),
            )
        )

    @pytest.mark.parametrize(("code", "kind", "status"), STATES)
    def test_every_state_of_the_page(self, code: int, kind: str, status: str) -> None:
        (report,) = received(REPORT | {"status": {"messageId": "m", "type": kind, "code": code}}).reports
        assert (report.status.value, report.code) == (status, str(code))

    def test_a_list_and_the_other_name_of_the_time(self) -> None:
        event = {name: value for name, value in REPORT.items() if name != "timeStamp"}
        event |= {"channel": "whatsapp", "recipient": "4366*****67", "timestamp": "2026-11-21T11:00:00Z"}
        (report,) = received([event]).reports
        assert (report.address, report.reported_at) == ("", NOW - timedelta(hours=1))

    def test_a_state_that_says_nothing_is_taken(self) -> None:
        typing = REPORT | {"status": {"messageId": "m", "type": "typing"}}
        assert received(typing) == Received()

    def test_a_reply(self) -> None:
        assert received(REPLY) == Received(
            messages=(
                InboundSms(
                    sender=NUMBER,
                    sender_can_be_answered=True,
                    text="OK 4711",
                    received_at=NOW,
                    service_centre_time=datetime(2026, 11, 21, 11, 59, 46, tzinfo=UTC),
                    is_text=True,
                    reference="24fde05d",
                ),
            )
        )

    def test_a_reply_by_whatsapp(self) -> None:
        event = {
            "reply": {"sender": "436641234567", "text": None},
            "eventId": "e",
            "channel": "whatsapp",
            "timestamp": "2026-11-21T12:00:00Z",
        }
        (message,) = received([event, {"reply": {"text": "from nobody"}}]).messages
        assert (message.channel, message.sender, message.is_text) == (Channel.WHATSAPP, NUMBER, False)
        assert message.service_centre_time == NOW

    @pytest.mark.parametrize("data", [b"x", [], {}, [1], {"status": {"type": "delivered"}}, {"reply": "x"}])
    def test_what_makes_no_sense_is_refused(self, data: Any) -> None:
        with pytest.raises(CallbackRefusedError) as caught:
            received(data)
        assert caught.value.status == 400

    def test_another_path_is_refused(self) -> None:
        with pytest.raises(CallbackRefusedError) as caught:
            ACCOUNT.receive(called(REPORT, "/callback/link/guess"), CALLED)
        assert caught.value.status == 403

    def test_a_body_that_is_too_long_is_refused(self) -> None:
        with pytest.raises(CallbackRefusedError) as caught:
            received(b" " * 70_000)
        assert caught.value.status == 413

    def test_the_answer(self) -> None:
        assert ACCOUNT.answer(called(REPORT), Received()).status == 200


NAMES = st.sampled_from([*REPORT, *REPLY, *REPORT["status"], *REPLY["reply"], "timestamp"])
LEAVES = st.none() | st.integers() | st.floats() | st.sampled_from(["delivered", "whatsapp", NUMBER, "1e999"])
GARBAGE = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5)
)


@given(GARBAGE)
def test_whatever_comes_is_taken_or_refused(data: Any) -> None:
    with suppress(CallbackRefusedError):
        received(data)


@given(GARBAGE, st.sampled_from([200, 202, 400, 401, 500]))
def test_whatever_is_answered_is_an_outcome(data: Any, status: int) -> None:
    response = ProviderResponse(status=status, body=json.dumps(data).encode())
    assert isinstance(ACCOUNT.outcome(a_message(), response, MOMENT), Accepted | Rejected | Unknown)
    assert isinstance(ACCOUNT.token(response, MOMENT), Token | Rejected)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("client_id", ""),
        ("client_secret", "with blank"),
        ("sender", ""),
        ("sender", "far too long a name"),
        ("encoding", "utf-8"),
        ("obfuscate", "All"),
        ("whatsapp_sender", "Alarm"),
        ("whatsapp_template", "Not a name"),
        ("whatsapp_template_language", "german"),
    ],
)
def test_settings_that_make_no_sense_are_refused(field: str, value: str) -> None:
    settings = {"client_id": "house", "client_secret": SECRET, "sender": "Alarm"} | {field: value}
    with pytest.raises(ConfigError, match=field) as caught:
        MyLink(**settings)
    assert caught.value.path == (field,)
