"""TeleSign: requests as its own library makes them, every code of its tables, its callbacks."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl
from uuid import UUID

import pytest

from alert_engine.errors import ConfigError
from alert_engine.intake.http_request import HttpRequest
from alert_engine.model import Channel
from alert_engine.routes.base import (
    Accepted,
    ErrorClass,
    InboundReport,
    InboundSms,
    KeyPress,
    Rejected,
    ReportStatus,
    Unknown,
)
from alert_engine.routes.providers.exchange import ProviderRequest, ProviderResponse
from alert_engine.routes.providers.provider import (
    AnswersPolls,
    CallbackRefusedError,
    ChecksAccess,
    Moment,
    Received,
    TakesCallbacks,
)
from alert_engine.routes.providers.telesign import Telesign
from alert_engine.routes.providers.telesign_codes import ERRORS, FAILED, TAKEN
from tests.engine.providers.contract import NONCE, NOW, NUMBER, TEXT, Case, SendContract, a_message
from tests.engine.providers.stand_in import Answer
from tests.engine.providers.their_library import their

ID = "CUST-ID"
KEY = "dGVsZXNpZ24tc2VjcmV0LTAxMjM0NTY3ODk="
REFERENCE = "0123456789ABCDEF0123456789ABCDEF"
CALLBACK = "https://ha.example.org/api/webhook/abc"
MOMENT = Moment(now=NOW, nonce=NONCE)
ACCOUNT = Telesign(customer_id=ID, api_key=KEY)
CALLS = Telesign(customer_id=ID, api_key=KEY, calls=True, voice="f-de-DE")
CALL = a_message(channel=Channel.CALL)

# What providers.md section 8 says of each code.
TEMPORARY = {"101", "106", "107", "108", "210", "221", "500", "503", "505", "514", "10000", "10019", "10020"}
TEMPORARY |= {"-90001"}
ACCOUNT_CODES = {
    *("501", "502", "508", "10002", "10003", "10004", "10005", "10006", "10007", "10008", "10009", "10010"),
    *("10011", "10012", "10013", "10014", "10015", "10030", "11004", "11018", "12003", "-10009", "-20002"),
    *("-30000", "-30001", "-30004", "-30005", "-30006", "-30007", "-30008", "-30009", "-30010", "-30011"),
    *("-30012", "-30015"),
}
MESSAGE_CODES = {"231", "509", "520", "11009", "12000", "12009", "12017"}


def told(code: str, *, status: int = 200, reference: str = REFERENCE) -> Answer:
    """A body as the documentation shows it."""
    body = {
        "reference_id": reference,
        "external_id": None,
        "status": {"code": int(code), "description": "words", "updated_on": "2026-11-21T12:00:00.000000Z"},
    }
    return Answer(status=status, body=json.dumps(body))


def failure(code: str, status: int) -> Answer:
    """An error: its code is the state's, or stands in a list beside it."""
    if code.startswith("-"):
        body: dict[str, Any] = {
            "status": {"code": 501, "description": "Not authorized"},
            "errors": [{"code": int(code), "description": "words"}],
        }
    else:
        body = {"status": {"code": int(code), "description": "words"}}
    return Answer(status=status, body=json.dumps(body))


def wanted(code: str) -> ErrorClass:
    if code in TEMPORARY:
        return ErrorClass.TEMPORARY
    if code in ACCOUNT_CODES:
        return ErrorClass.ACCOUNT
    return ErrorClass.MESSAGE if code in MESSAGE_CODES else ErrorClass.RECIPIENT


class TestSms(SendContract):
    provider = ACCOUNT
    good = told("290")
    accepted = Accepted(reference=REFERENCE, segments=1)
    secrets = (KEY,)
    cases: ClassVar = (
        *(
            Case(f"taken {code}", told(code, status=201), Accepted(reference=REFERENCE, segments=1))
            for code in TAKEN
        ),
        *(Case(f"not delivered {code}", told(code), wanted(code), code) for code in FAILED),
        *(Case(f"error {code}", failure(code, 400), wanted(code), code) for code in ERRORS),
        Case("the subscriber has stopped it", told("510"), ErrorClass.RECIPIENT, extra={"opted_out": True}),
        Case("blocked here only", told("230"), ErrorClass.RECIPIENT, extra={"this_route_only": True}),
        Case("a state nobody knows", told("777"), Unknown),
        Case("no reference", told("290", reference="x"), Unknown),
        Case("an error nobody knows", failure("10999", 400), ErrorClass.MESSAGE, "10999"),
        Case("another code of the server", failure("10998", 502), Unknown),
        Case("500 without a body", Answer(status=500), Unknown),
        Case("502", Answer(status=502, body="<html>"), Unknown),
        Case("504", Answer(status=504, body="<html>"), Unknown),
        Case(
            "a pause until then",
            Answer(
                status=429,
                body=failure("10019", 429).body,
                headers={"Retry-After": "Sat, 21 Nov 2026 12:00:30 GMT"},
            ),
            ErrorClass.TEMPORARY,
            "10019",
            timedelta(seconds=30),
        ),
        Case("moved", Answer(status=302, headers={"Location": "https://example.com"}), ErrorClass.ACCOUNT),
        Case("500, and not attempted", told("500", status=500), ErrorClass.TEMPORARY, "500"),
        Case(
            "errors that are none", Answer(status=400, body='{"errors":[5],"status":[]}'), ErrorClass.MESSAGE
        ),
    )


class TestCall(SendContract):
    provider = CALLS
    message = CALL
    good = told("103")
    accepted = Accepted(reference=f"voice/{REFERENCE}", segments=1)
    cases: ClassVar = (
        Case("10034 no calls there", failure("10034", 400), ErrorClass.RECIPIENT, "10034"),
        Case("busy", told("107"), ErrorClass.TEMPORARY, "107"),
    )


def test_every_code_of_the_page_is_in_the_tables() -> None:
    states = "290 291 292 251 203 295 200 207 211 220 222 230 231 233 237 238 502 504 506 507 508 509 510 512"
    states += (
        " 513 515 517 518 519 520 521 210 503 505 514 221 511 250 500 501 599 286 100 101 103 104 106 107 130"
    )
    errors = "10002 10003 10004 10005 10006 10007 10008 10009 10010 10011 10012 10014 10015 10019 10020 10000"
    errors += " 10030 10033 10031 10032 11000 11001 11004 11009"
    assert set(states.split()) <= {*TAKEN, *FAILED}
    assert set(errors.split()) <= set(ERRORS)
    assert not set(TAKEN) & set(FAILED)


def test_only_two_states_say_that_it_arrived() -> None:
    """providers.md section 8: 200 at the handset, 100 answered; all others are on their way, or unknown."""
    arrived = {code for code, status in TAKEN.items() if status is not ReportStatus.PENDING}
    assert arrived == {"100", "200"}
    assert TAKEN["100"] is TAKEN["200"] is ReportStatus.DELIVERED


def request_of(provider: Telesign, message: object, moment: Moment = MOMENT) -> ProviderRequest:
    request = provider.send_request(message, moment)  # type: ignore[arg-type]  # it is one
    assert isinstance(request, ProviderRequest)
    return request


def form_of(request: ProviderRequest) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


class TestRequests:
    def test_the_signature_is_that_of_the_vector(self) -> None:
        """providers.md section 0.4: computed with TeleSign's library 4.1.1, without an external_id."""
        moment = Moment(now=datetime(2026, 11, 21, 12, tzinfo=UTC), nonce="00000000000040008000000000000000")
        request = request_of(ACCOUNT, a_message(uid="", address="+4366412345678", text="Feuer"), moment)
        assert request.body == b"phone_number=4366412345678&message=Feuer&message_type=ARN"
        assert request.headers == {
            "Authorization": "TSA CUST-ID:YsRyN5HaapW58X64F+YBimUkZR77MlEYXRVw5E7HcfA=",
            "Date": "Sat, 21 Nov 2026 12:00:00 GMT",
            "x-ts-auth-method": "HMAC-SHA256",
            "x-ts-nonce": "00000000-0000-4000-8000-000000000000",
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def test_a_message_has_all_that_is_set(self) -> None:
        provider = Telesign(customer_id=ID, api_key=KEY, sender_id="+43660999", message_type="OTP")
        request = request_of(provider, a_message(), Moment(now=NOW, nonce=NONCE, callback_url=CALLBACK))
        assert request.method == "POST"
        assert request.url == "https://rest-api.telesign.com/v1/messaging"
        assert form_of(request) == {
            "phone_number": NUMBER.removeprefix("+"),
            "message": TEXT,
            "message_type": "OTP",
            "external_id": a_message().uid,
            "sender_id": "43660999",
            "callback_url": CALLBACK,
        }

    def test_no_report_is_asked_for_where_none_is_wanted(self) -> None:
        moment = Moment(now=NOW, nonce=NONCE, callback_url=CALLBACK)
        assert "callback_url" not in form_of(request_of(ACCOUNT, a_message(report_requested=False), moment))

    def test_a_call_speaks_and_asks_for_a_key(self) -> None:
        provider = Telesign(customer_id=ID, api_key=KEY, calls=True, voice="f-de-DE", caller_id="+4366099999")
        request = request_of(provider, a_message(channel=Channel.CALL, text="Feuer."))
        assert request.url == "https://rest-api.telesign.com/v1/voice"
        reply = "Ihre Taste wird weitergegeben."
        assert form_of(request) == {
            "phone_number": NUMBER.removeprefix("+"),
            "message": "Feuer. Drücken Sie 1 zum Quittieren, 3 für eine Stunde Ruhe, 0 zum Wiederholen.",
            "message_type": "ARN",
            "external_id": a_message().uid,
            "voice": "f-de-DE",
            "caller_id": "4366099999",
            "select_digits": "13",
            "repeat_digit": "0",
            "tts_message_1": reply,
            "tts_message_3": reply,
        }

    def test_a_call_can_ask_in_other_words_or_not_at_all(self) -> None:
        own = Telesign(customer_id=ID, api_key=KEY, calls=True, voice="f-nl-NL", call_prompt="Druk 1.")
        assert form_of(request_of(own, CALL))["message"] == f"{TEXT} Druk 1."
        english = Telesign(customer_id=ID, api_key=KEY, calls=True, voice="f-nl-NL")
        assert "Press 1" in form_of(request_of(english, CALL))["message"]
        mute = Telesign(customer_id=ID, api_key=KEY, calls=True, call_keys=False)
        form = form_of(request_of(mute, CALL))
        assert form["message"] == TEXT
        assert "select_digits" not in form

    def test_plain_texts_are_in_the_basic_alphabet(self) -> None:
        form = form_of(request_of(ACCOUNT, a_message(text="Öl €", plain=True)))
        assert form["message"] == "Öl EUR"

    def test_an_enterprise_account_has_another_host_and_basic_needs_no_signature(self) -> None:
        provider = Telesign(customer_id=ID, api_key=KEY, enterprise=True, basic_auth=True)
        request = request_of(provider, a_message())
        assert request.url == "https://rest-ww.telesign.com/v1/messaging"
        assert (
            request.headers["Authorization"] == "Basic " + base64.b64encode(f"{ID}:{KEY}".encode()).decode()
        )
        assert request.headers["x-ts-auth-method"] == "Basic"

    @pytest.mark.parametrize(
        "message",
        [
            a_message(text="x" * 1601),
            a_message(channel=Channel.WHATSAPP),
            CALL,
            a_message(data=b"\x01"),
            a_message(text=" \n"),
        ],
        ids=["long", "wa", "call", "data", "empty"],
    )
    def test_what_cannot_be_carried_is_refused_before_anything_leaves(self, message: Any) -> None:
        refused = ACCOUNT.send_request(message, MOMENT)
        assert isinstance(refused, Rejected)
        assert refused.error_class is ErrorClass.MESSAGE
        with pytest.raises(ValueError, match=r"."):
            ACCOUNT.plan_segments(message)

    def test_a_call_counts_the_words_about_the_keys(self) -> None:
        prompt = " Drücken Sie 1 zum Quittieren, 3 für eine Stunde Ruhe, 0 zum Wiederholen."
        room = 1600 - len(prompt)
        assert CALLS.plan_segments(a_message(channel=Channel.CALL, text="x" * room)) == 1
        for text in ("x" * (room + 1), ""):
            with pytest.raises(ValueError, match=r"."):
                CALLS.plan_segments(a_message(channel=Channel.CALL, text=text))

    def test_long_texts_have_segments(self) -> None:
        assert ACCOUNT.plan_segments(a_message(text="ж" * 71)) == 2
        assert ACCOUNT.plan_segments(a_message(text="x" * 1600)) == 11
        assert ACCOUNT.plan_segments(a_message(text="x" * 161)) == 2
        assert CALLS.plan_segments(a_message(channel=Channel.CALL, text="x" * 161)) == 1
        assert ACCOUNT.limits.channels == {Channel.SMS}
        assert CALLS.limits.reports == {Channel.SMS, Channel.CALL}


class Recorder:
    """In the place of the session's adapter: keeps what would be sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, request: Any, **_: Any) -> Any:
        requests = their("requests")
        self.sent.append(request)
        response = requests.Response()
        response.status_code, response._content, response.request = 200, b"{}", request
        response.url = request.url
        return response

    def close(self) -> None:
        """There is nothing to close."""


class TestAgainstTheirLibrary:
    """The requests of the package ``telesign``, octet by octet."""

    def recorded(self, package: str, name: str, method: str, *arguments: str, **fields: str) -> Any:
        module = their(f"telesign.{package}")
        client = getattr(module, name)(ID, KEY)
        recorder = Recorder()
        client.session.mount("https://", recorder)
        getattr(client, method)(*arguments, **fields)
        return recorder.sent[0]

    def ours(self, theirs: Any, make: Any) -> None:
        """The same moment and chance give the same request; a GET of theirs has an empty content type."""
        moment = Moment(
            now=parsedate_to_datetime(theirs.headers["Date"]), nonce=UUID(theirs.headers["x-ts-nonce"]).hex
        )
        request = make(moment)
        assert (request.method, request.url) == (theirs.method, theirs.url)
        assert request.body.decode() == (theirs.body or "")
        for header in ("Authorization", "Date", "x-ts-auth-method", "x-ts-nonce"):
            assert request.headers[header] == theirs.headers[header]
        assert request.headers.get("Content-Type", "") == theirs.headers["Content-Type"]

    def test_a_message(self) -> None:
        fields = {"external_id": a_message().uid, "sender_id": "Alarm"}
        theirs = self.recorded(
            "messaging", "MessagingClient", "message", "4366412345678", "Öl & Feuer +1", "ARN", **fields
        )
        provider = Telesign(customer_id=ID, api_key=KEY, sender_id="Alarm")
        message = a_message(address="+4366412345678", text="Öl & Feuer +1")
        self.ours(theirs, lambda moment: request_of(provider, message, moment))

    def test_a_call(self) -> None:
        fields = {"external_id": a_message().uid, "voice": "f-de-DE"}
        theirs = self.recorded("voice", "VoiceClient", "call", "4366412345678", "Feuer", "ARN", **fields)
        provider = Telesign(customer_id=ID, api_key=KEY, calls=True, voice="f-de-DE", call_keys=False)
        message = a_message(address="+4366412345678", text="Feuer", channel=Channel.CALL)
        self.ours(theirs, lambda moment: request_of(provider, message, moment))

    def test_the_state_of_a_message(self) -> None:
        theirs = self.recorded("messaging", "MessagingClient", "status", REFERENCE)
        self.ours(theirs, lambda moment: ACCOUNT.poll_requests([REFERENCE], moment)[0])

    def test_the_state_of_a_call(self) -> None:
        theirs = self.recorded("voice", "VoiceClient", "status", REFERENCE)
        self.ours(theirs, lambda moment: ACCOUNT.poll_requests([f"voice/{REFERENCE}"], moment)[0])


def response(answer: Answer) -> ProviderResponse:
    assert isinstance(answer.body, str)
    return ProviderResponse(status=answer.status, headers=answer.headers, body=answer.body.encode())


class TestTheAccount:
    def test_it_offers_what_the_api_has(self) -> None:
        for offered in (ChecksAccess, AnswersPolls, TakesCallbacks):
            assert isinstance(ACCOUNT, offered)

    def test_a_look_is_after_a_message_that_there_is_not(self) -> None:
        request = ACCOUNT.check_request(MOMENT)
        assert (request.method, request.url[-32:]) == ("GET", "0" * 32)
        for code in ("10017", "10036"):
            assert ACCOUNT.checked(response(failure(code, 404))) is None
        assert ACCOUNT.checked(response(failure("11011", 400))) is None
        assert ACCOUNT.checked(response(failure("10017", 401))) is not None
        assert ACCOUNT.checked(response(told("290"))) is None

    @pytest.mark.parametrize(
        ("answer", "error_class", "code"),
        [
            (failure("10008", 401), ErrorClass.ACCOUNT, "10008"),
            (failure("-30015", 401), ErrorClass.ACCOUNT, "-30015"),
            (failure("10030", 402), ErrorClass.ACCOUNT, "10030"),
            (Answer(status=404, body="<html>"), ErrorClass.MESSAGE, "HTTP 404"),
            (Answer(status=500, body=""), ErrorClass.DEVICE, ""),
        ],
    )
    def test_what_a_look_finds(self, answer: Answer, error_class: ErrorClass, code: str) -> None:
        refused = ACCOUNT.checked(response(answer))
        assert refused is not None
        assert (refused.error_class, refused.code) == (error_class, code)

    def test_each_question_has_a_nonce_of_its_own(self) -> None:
        references = [REFERENCE, f"voice/{REFERENCE}", "../v1/x", *([REFERENCE] * 100)]
        requests = ACCOUNT.poll_requests(references, MOMENT)
        assert len({each.headers["x-ts-nonce"] for each in requests}) == len(requests) == 50
        assert requests[1].url == f"https://rest-api.telesign.com/v1/voice/{REFERENCE}"


def report(code: str, status: ReportStatus, reference: str = REFERENCE) -> InboundReport:
    return InboundReport(reference=reference, address="", status=status, reported_at=NOW, code=code)


class TestStates:
    @pytest.mark.parametrize("code", [code for code in (*TAKEN, *FAILED) if not code.startswith("1")])
    def test_of_messages(self, code: str) -> None:
        wanted = replace(report(code, TAKEN.get(code, ReportStatus.FAILED)), opted_out=code == "510")
        assert ACCOUNT.polled(response(told(code)), MOMENT) == Received(reports=(wanted,))

    @pytest.mark.parametrize("code", [code for code in (*TAKEN, *FAILED) if code.startswith("1")])
    def test_of_calls(self, code: str) -> None:
        wanted = report(code, TAKEN.get(code, ReportStatus.FAILED), f"voice/{REFERENCE}")
        assert ACCOUNT.polled(response(told(code)), MOMENT) == Received(reports=(wanted,))

    def test_suspicious_is_not_read(self) -> None:
        """201 of an SMS: done, and TeleSign suspects fraud. Nobody says that it arrived."""
        (told_201,) = ACCOUNT.polled(response(told("201")), MOMENT).reports
        assert told_201.status is ReportStatus.PENDING

    def test_an_opt_out_that_is_told_late(self) -> None:
        for code in ("510", "504"):
            (late,) = ACCOUNT.polled(response(told(code)), MOMENT).reports
            assert late.opted_out == (code == "510")

    @pytest.mark.parametrize(
        "answer",
        [
            told("777"),
            told("200", status=404),
            told("200", reference="x"),
            Answer(body="[1]"),
            Answer(body=""),
        ],
    )
    def test_what_cannot_be_read_tells_nothing(self, answer: Answer) -> None:
        assert ACCOUNT.polled(response(answer), MOMENT) == Received()


def called(body: bytes, header: str = "Authorization", signature: str | None = None) -> HttpRequest:
    """A callback; signed as TeleSign does unless another signature is given."""
    if signature is None:
        mac = hmac.digest(base64.b64decode(KEY), body, "sha256")
        signature = f"TSA {ID}:{base64.b64encode(mac).decode()}"
    return HttpRequest(method="POST", path="/api/webhook/abc", headers={header: signature}, body=body)


def received(body: Any, **fields: str) -> Received:
    return ACCOUNT.receive(called(json.dumps(body).encode(), **fields), MOMENT)


DELIVERED = (
    b'{"reference_id":"0123456789ABCDEF0123456789ABCDEF",'
    b'"status":{"code":200,"description":"Delivered to handset"}}'
)


class TestCallbacks:
    @pytest.mark.parametrize("header", ["Authorization", "authorization", "X-TS-Authorization"])
    def test_the_signature_is_that_of_the_vector(self, header: str) -> None:
        signature = f"TSA {ID}:aznce2HvK50I8zhmdk2V/6OtJv5zRNCIgpWfkR7Nc7w="
        got = ACCOUNT.receive(called(DELIVERED, header, signature), MOMENT)
        assert got == Received(reports=(report("200", ReportStatus.DELIVERED),))

    @pytest.mark.parametrize("signature", ["aznce2HvK50I8zhmdk2V/6OtJv5zRNCIgpWfkR7Nc7w=", f"TSA {ID}:"])
    def test_its_own_header_may_have_the_signature_alone(self, signature: str) -> None:
        """TeleSign describes both forms, and sends both headers each time."""
        request = called(DELIVERED, "X-TS-Authorization", signature)
        if signature.startswith("TSA"):
            with pytest.raises(CallbackRefusedError):
                ACCOUNT.receive(request, MOMENT)
        else:
            assert ACCOUNT.receive(request, MOMENT).reports
            with pytest.raises(CallbackRefusedError):
                ACCOUNT.receive(called(DELIVERED, "Authorization", signature), MOMENT)

    def test_an_empty_header_of_its_own_does_not_matter(self) -> None:
        headers = {"X-TS-Authorization": "", **called(DELIVERED).headers}
        request = HttpRequest(method="POST", path="/", headers=headers, body=DELIVERED)
        assert ACCOUNT.receive(request, MOMENT).reports

    def test_another_customer_is_sent_away(self) -> None:
        """The key would fit: a callback of another account is none of ours all the same."""
        signature = "TSA OTHER:aznce2HvK50I8zhmdk2V/6OtJv5zRNCIgpWfkR7Nc7w="
        for header in ("Authorization", "X-TS-Authorization"):
            with pytest.raises(CallbackRefusedError):
                ACCOUNT.receive(called(DELIVERED, header, signature), MOMENT)

    def test_a_proxy_may_put_in_its_own_authorization(self) -> None:
        request = called(DELIVERED, "X-TS-Authorization")
        both = HttpRequest(
            method="POST",
            path=request.path,
            headers={"Authorization": "Basic cHJveHk=", **request.headers},
            body=DELIVERED,
        )
        assert ACCOUNT.receive(both, MOMENT).reports

    @pytest.mark.parametrize(
        "signature", ["", "TSA", f"TSA {ID}:AAAA", f"TSA OTHER:{KEY}", "Basic x", "TSA é"]
    )
    def test_others_are_sent_away(self, signature: str) -> None:
        with pytest.raises(CallbackRefusedError) as caught:
            ACCOUNT.receive(called(DELIVERED, signature=signature), MOMENT)
        assert caught.value.status == 403

    def test_so_is_a_body_that_was_changed_or_is_too_long(self) -> None:
        good = called(DELIVERED)
        changed = HttpRequest(method="POST", path="/", headers=good.headers, body=DELIVERED + b" ")
        with pytest.raises(CallbackRefusedError):
            ACCOUNT.receive(changed, MOMENT)
        with pytest.raises(CallbackRefusedError) as caught:
            ACCOUNT.receive(called(b" " * 70_000), MOMENT)
        assert caught.value.status == 413

    @pytest.mark.parametrize("updated", ["2026-11-21T11:59:00.5Z", "Sat, 21 Nov 2026 11:59:00 GMT"])
    def test_the_time_comes_in_two_spellings(self, updated: str) -> None:
        got = received({"reference_id": REFERENCE, "status": {"code": 207, "updated_on": updated}})
        (one,) = got.reports
        assert (one.status, one.reported_at.replace(microsecond=0)) == (
            ReportStatus.FAILED,
            datetime(2026, 11, 21, 11, 59, tzinfo=UTC),
        )

    def test_an_inbound_message(self) -> None:
        body = {
            "reference_id": REFERENCE,
            "sub_resource": "mo_sms",
            "status": {"code": 1500, "updated_on": "2026-11-21T11:59:00Z"},
            "user_response": {"phone_number": "436641234567", "sender_id": "1234", "mo_message": "OK 4711"},
        }
        assert received(body).messages == (
            InboundSms(
                sender=NUMBER,
                sender_can_be_answered=True,
                text="OK 4711",
                received_at=NOW,
                service_centre_time=datetime(2026, 11, 21, 11, 59, tzinfo=UTC),
                is_text=True,
                reference=REFERENCE,
            ),
        )

    @pytest.mark.parametrize(
        "mark", [{"sub_resource": "mo_sms", "status": {"code": 1500.0}}, {"status": {"code": "1500"}}]
    )
    def test_either_mark_makes_it_inbound(self, mark: dict[str, Any]) -> None:
        body = {"user_response": {"phone_number": "436641234567", "mo_message": "OK"}} | mark
        assert [each.text for each in received(body).messages] == ["OK"]

    def test_a_key_that_was_pressed_in_a_call(self) -> None:
        body = {
            "reference_id": REFERENCE,
            "external_id": "u1",
            "status": {"code": 100, "updated_on": "2026-11-21T12:00:00Z"},
            "voice": {"user_input": "1", "caller_id": "43"},
        }
        got = received(body)
        assert got.keys == (KeyPress(uid="u1", key="1"),)
        delivered = report("100", ReportStatus.DELIVERED, f"voice/{REFERENCE}")
        assert got.reports == (replace(delivered, uid="u1"),)

    @pytest.mark.parametrize("pressed", ["", "x", None, "²", "\u0661", [1], True])
    def test_what_is_no_key(self, pressed: object) -> None:
        voice = {"user_input": pressed}
        body = {"reference_id": REFERENCE, "external_id": "u1", "status": {"code": 500}, "voice": voice}
        got = received(body)
        assert got.keys == ()
        assert got.reports[0].reference == f"voice/{REFERENCE}"

    def test_a_key_without_a_message(self) -> None:
        body = {"reference_id": REFERENCE, "status": {"code": 100}, "voice": {"user_input": "1"}}
        assert received(body).keys == ()

    def test_the_last_key_counts_and_may_be_a_number(self) -> None:
        body = {"reference_id": REFERENCE, "external_id": "u1", "voice": {"user_input": 31}}
        assert received(body).keys == (KeyPress(uid="u1", key="1"),)

    def test_a_key_without_a_state(self) -> None:
        body = {"reference_id": REFERENCE, "external_id": "u1", "voice": {"user_input": "3"}}
        assert received(body) == Received(keys=(KeyPress(uid="u1", key="3"),))

    @pytest.mark.parametrize(
        "body",
        [
            [],
            {},
            {"reference_id": "x"},
            {"status": {"code": 1500}},
            {"status": {"code": 1500}, "user_response": 1},
        ],
    )
    def test_what_makes_no_sense(self, body: object) -> None:
        with pytest.raises(CallbackRefusedError) as caught:
            received(body)
        assert caught.value.status == 400

    @pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 60_000, b'{"reference_id":' * 40, b"a=1&b=2"])
    def test_what_is_no_json(self, body: bytes) -> None:
        with pytest.raises(CallbackRefusedError) as caught:
            ACCOUNT.receive(called(body), MOMENT)
        assert caught.value.status == 400

    def test_a_sender_that_cannot_be_answered(self) -> None:
        for number, sender in (("12345", "12345"), ("Bank", "Bank"), ("+43 664", "+43 664")):
            body = {"status": {"code": 1500}, "user_response": {"phone_number": number, "mo_message": ""}}
            (message,) = received(body).messages
            assert (message.sender, message.sender_can_be_answered, message.is_text) == (sender, False, False)

    def test_the_answer_is_200(self) -> None:
        assert ACCOUNT.answer(called(DELIVERED), Received()).status == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer_id", ""),
        ("customer_id", "a:b"),
        ("api_key", ""),
        ("api_key", "no base64"),
        ("api_key", "é"),
        ("message_type", "SMS"),
        ("sender_id", "far too long a name"),
        ("voice", "alice"),
        ("caller_id", "Alarm"),
    ],
)
def test_settings_that_make_no_sense_are_refused(field: str, value: str) -> None:
    settings = {"customer_id": ID, "api_key": KEY} | {field: value}
    with pytest.raises(ConfigError, match=field) as caught:
        Telesign(**settings)  # type: ignore[arg-type]  # texts all
    assert caught.value.path == (field,)
