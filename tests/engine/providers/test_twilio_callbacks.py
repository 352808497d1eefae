"""What Twilio calls us with: its signatures, reports, inbound messages and keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.intake.http_request import HttpRequest
from alert_engine.model import Channel
from alert_engine.routes.base import InboundReport, InboundSms, KeyAnswer, KeyPress, ReportStatus
from alert_engine.routes.providers.provider import CallbackRefusedError, Moment, Received
from alert_engine.routes.providers.twilio import Twilio
from alert_engine.routes.providers.twilio.signature import FORM, signature
from tests.engine.providers.contract import NONCE, NOW, NUMBER, a_route
from tests.engine.providers.stand_in import Answer, a_provider
from tests.engine.providers.their_library import their

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert_engine.routes.base import RouteHealth

TOKEN, SHARED = "12345", "shared-secret"
SID = "AC" + "0" * 32
SMS_SID, CALL_SID = "SM" + "0" * 31 + "1", "CA" + "0" * 32
SENDER, CALLBACK = "+15005550006", "https://ha.example.org/api/webhook/abc"
PUMP = Twilio(account_sid=SID, auth_token=TOKEN, sender=SENDER, caller=SENDER, call_language="de-DE")
MOMENT = Moment(now=NOW, nonce=NONCE, callback_url=CALLBACK)
DELIVERED = {
    "AccountSid": SID,
    "MessageSid": SMS_SID,
    "MessageStatus": "delivered",
    "To": "+4366412345678",
    "From": SENDER,
}
WHEN_DELIVERED = InboundReport(
    reference=SMS_SID,
    address="+4366412345678",
    status=ReportStatus.DELIVERED,
    reported_at=NOW,
    code="delivered",
)


def called(
    form: Mapping[str, str],
    given: str | None = None,
    *,
    query: str = "",
    headers: Mapping[str, str] | None = None,
) -> HttpRequest:
    """A callback with a form; signed as Twilio does unless another signature is given."""
    url = CALLBACK + (f"?{query}" if query else "")
    proof = signature(TOKEN, url, form.items()) if given is None else given
    return HttpRequest(
        method="POST",
        path="/api/webhook/abc",
        query=query,
        headers={"Content-Type": FORM, "X-Twilio-Signature": proof, **(headers or {})},
        body=urlencode(form).encode(),
    )


def received(form: Mapping[str, str], **rest: Any) -> Received:
    return PUMP.receive(called(form, **rest), MOMENT)


class TestSignatures:
    """Known answers of providers.md section 0.4, computed with Twilio's library 9.13.0."""

    def test_of_a_form_with_a_query(self) -> None:
        form = {
            "CallSid": "CA1234567890ABCDE",
            "Digits": "1234",
            "From": "+14158675309",
            "To": "+18005551212",
            "Caller": "+14158675309",
        }
        url = "https://mycompany.com/myapp.php?foo=1&bar=2"
        assert signature(TOKEN, url, form.items()) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="

    @pytest.mark.parametrize(
        "proof",
        ["nnJfthbpqx9PVIvStTZh+F2EG/w=", "ZpQpAqGn62WRFw1YJGJsFAsDubM="],
        ids=["without the port", "with :443"],
    )
    @pytest.mark.parametrize(
        "address", [CALLBACK, CALLBACK.replace("org/", "org:443/")], ids=["bare", "with port"]
    )
    def test_of_a_report_with_the_default_port_or_without(self, proof: str, address: str) -> None:
        moment = Moment(now=NOW, nonce=NONCE, callback_url=address)
        assert PUMP.receive(called(DELIVERED, proof), moment) == Received(reports=(WHEN_DELIVERED,))

    def test_of_another_port_with_it_or_without(self) -> None:
        moment = Moment(now=NOW, nonce=NONCE, callback_url="https://ha.example.org:8123/api/webhook/abc")
        for url in (CALLBACK, moment.callback_url):
            proof = signature(TOKEN, url, DELIVERED.items())
            assert PUMP.receive(called(DELIVERED, proof), moment).reports

    def test_of_plain_http(self) -> None:
        moment = Moment(now=NOW, nonce=NONCE, callback_url="http://ha.example.org/x")
        proof = signature(TOKEN, "http://ha.example.org:80/x", DELIVERED.items())
        assert PUMP.receive(called(DELIVERED, proof), moment).reports

    def test_of_a_json_body(self) -> None:
        query = "bodySHA256=015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
        request = HttpRequest(
            method="POST",
            path="/",
            query=query,
            headers={
                "Content-Type": "application/json",
                "X-Twilio-Signature": "O2UzP3nZEmVmBs2thbS+EOn5NYY=",
            },
            body=b'{"a":1}',
        )
        assert PUMP.receive(request, MOMENT) == Received()

    def test_what_a_json_body_tells(self) -> None:
        body = json.dumps(DELIVERED | {"Price": 3}).encode()
        request = json_call(body, f"bodySHA256={hashlib.sha256(body).hexdigest().upper()}")
        assert PUMP.receive(request, MOMENT).reports == (WHEN_DELIVERED,)

    @pytest.mark.parametrize("query", ["", "bodySHA256=", f"bodySHA256={'0' * 64}", "bodySHA256=%C3%A9"])
    def test_a_json_body_needs_its_hash(self, query: str) -> None:
        with pytest.raises(CallbackRefusedError) as caught:
            PUMP.receive(json_call(b'{"a":1}', query), MOMENT)
        assert caught.value.status == 403

    @pytest.mark.parametrize(
        "body", [b"[]", b"x", b'"text"', b"[" * 60_000, b'{"a":' * 40 + b"1" + b"}" * 40]
    )
    def test_a_json_body_that_makes_no_sense(self, body: bytes) -> None:
        with pytest.raises(CallbackRefusedError) as caught:
            PUMP.receive(json_call(body, f"bodySHA256={hashlib.sha256(body).hexdigest()}"), MOMENT)
        assert caught.value.status == 400

    def test_empty_values_count(self) -> None:
        """``ErrorCode=`` and the like are part of what is signed."""
        form = DELIVERED | {"ErrorCode": "", "SmsStatus": ""}
        assert received(form).reports == (WHEN_DELIVERED,)
        assert signature(TOKEN, CALLBACK, form.items()) != signature(TOKEN, CALLBACK, DELIVERED.items())

    def test_a_call_by_get_has_its_fields_in_the_query(self) -> None:
        query = urlencode(DELIVERED)
        proof = signature(TOKEN, f"{CALLBACK}?{query}", ())
        request = HttpRequest(method="GET", path="/", query=query, headers={"x-twilio-signature": proof})
        assert PUMP.receive(request, MOMENT).reports == (WHEN_DELIVERED,)

    @pytest.mark.parametrize(
        "change",
        [
            {"given": ""},
            {"given": "é"},
            {"given": signature("other", CALLBACK, DELIVERED.items())},
            {"given": signature(TOKEN, CALLBACK, ())},
            {"given": signature(TOKEN, CALLBACK, DELIVERED.items()), "query": "uid=other"},
            {"headers": {"X-Twilio-Webhooks-Signature-Settings": "key=k,algorithm=HMAC_SHA256"}},
            {"headers": {"X-Twilio-Webhooks-Signature-Settings": "key=k,algorithm=NONE"}},
        ],
    )
    def test_others_are_sent_away(self, change: dict[str, Any]) -> None:
        with pytest.raises(CallbackRefusedError) as caught:
            received(DELIVERED, **change)
        assert caught.value.status == 403
        assert TOKEN not in str(caught.value)

    @pytest.mark.parametrize(
        "form",
        [
            DELIVERED | {"MessageStatus": "failed"},
            DELIVERED | {"Body": "OK 4711"},
            {name: value for name, value in DELIVERED.items() if name != "To"},
            DELIVERED | {"MessageStatus": "Delivered"},
        ],
        ids=["changed", "more", "less", "case"],
    )
    def test_a_signature_is_for_one_form_only(self, form: dict[str, str]) -> None:
        with pytest.raises(CallbackRefusedError) as caught:
            received(form, given=signature(TOKEN, CALLBACK, DELIVERED.items()))
        assert caught.value.status == 403

    def test_the_query_counts_in_its_order(self) -> None:
        proof = signature(TOKEN, f"{CALLBACK}?a=1&uid=u1", DELIVERED.items())
        assert PUMP.receive(called(DELIVERED, proof, query="a=1&uid=u1"), MOMENT) == Received()
        for query in ("uid=u1&a=1", "a=1&uid=u2", "a=1&uid=u1&uid=u1", "a=1&uid=%751"):
            with pytest.raises(CallbackRefusedError):
                PUMP.receive(called(DELIVERED, proof, query=query), MOMENT)

    def test_an_address_of_ours_may_have_a_query(self) -> None:
        moment = Moment(now=NOW, nonce=NONCE, callback_url=f"{CALLBACK}?a=1")
        proof = signature(TOKEN, f"{CALLBACK}?a=1", DELIVERED.items())
        assert PUMP.receive(called(DELIVERED, proof, query="a=1"), moment).reports

    @pytest.mark.parametrize(
        "kind", ["text/plain", "multipart/form-data; boundary=x", "application/json", ""]
    )
    def test_a_form_of_another_type_is_none(self, kind: str) -> None:
        with pytest.raises(CallbackRefusedError) as caught:
            PUMP.receive(called(DELIVERED, headers={"Content-Type": kind}), MOMENT)
        assert caught.value.status == 403

    def test_the_type_may_name_its_letters(self) -> None:
        kind = "Application/X-WWW-Form-Urlencoded; charset=UTF-8"
        assert PUMP.receive(called(DELIVERED, headers={"Content-Type": kind}), MOMENT).reports

    @pytest.mark.parametrize("algorithm", ["HMAC_SHA256", "HMAC_SHA1"])
    def test_a_shared_key_signs_where_its_header_says_so(self, algorithm: str) -> None:
        account = Twilio(account_sid=SID, auth_token=TOKEN, webhook_key=SHARED, sender=SENDER)
        digest = algorithm.removeprefix("HMAC_").lower()
        request = called(
            DELIVERED,
            signature(SHARED, CALLBACK, DELIVERED.items(), digest),
            headers={"X-Twilio-Webhooks-Signature-Settings": f"key=webhooks_1, algorithm={algorithm}"},
        )
        assert account.receive(request, MOMENT).reports
        by_token = called(
            DELIVERED,
            signature(TOKEN, CALLBACK, DELIVERED.items(), digest),
            headers={"X-Twilio-Webhooks-Signature-Settings": f"key=webhooks_1,algorithm={algorithm}"},
        )
        with pytest.raises(CallbackRefusedError):
            account.receive(by_token, MOMENT)
        assert SHARED not in repr(account)

    @pytest.mark.parametrize("digest", ["sha1", "sha256"])
    def test_where_no_shared_key_is_set_none_signs(self, digest: str) -> None:
        """Whoever claims that a shared key signs must not get by with an empty one."""
        settings = {"X-Twilio-Webhooks-Signature-Settings": f"key=k,algorithm=HMAC_{digest.upper()}"}
        with pytest.raises(CallbackRefusedError) as caught:
            received(DELIVERED, given=signature("", CALLBACK, DELIVERED.items(), digest), headers=settings)
        assert caught.value.status == 403

    def test_a_shared_key_does_not_speak_for_another_account(self) -> None:
        """One key may sign for several accounts: what another one tells is not ours."""
        with pytest.raises(CallbackRefusedError, match="another account") as caught:
            received(DELIVERED | {"AccountSid": "AC" + "1" * 32})
        assert caught.value.status == 403
        assert received({name: value for name, value in DELIVERED.items() if name != "AccountSid"}).reports

    def test_without_a_public_address_nothing_can_be_checked(self) -> None:
        with pytest.raises(CallbackRefusedError, match="public address") as caught:
            PUMP.receive(called(DELIVERED), Moment(now=NOW, nonce=NONCE))
        assert caught.value.status == 403

    @pytest.mark.parametrize(
        ("body", "status"),
        [(b"a=1&" * 20_000, 413), (b"a=1&" * 600, 400), (b"a=\xff", 400)],
        ids=["long", "many fields", "no UTF-8"],
    )
    def test_bodies_are_bounded(self, body: bytes, status: int) -> None:
        request = HttpRequest(method="POST", path="/", headers={"Content-Type": FORM}, body=body)
        with pytest.raises(CallbackRefusedError) as caught:
            PUMP.receive(request, MOMENT)
        assert caught.value.status == status


_TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


class TestAgainstTheirLibrary:
    """The validator of the package ``twilio``."""

    @given(form=st.dictionaries(_TEXTS, _TEXTS, max_size=8), port=st.sampled_from(["", ":443", ":8123"]))
    def test_what_it_takes_we_take(self, form: dict[str, str], port: str) -> None:
        module = their("twilio.request_validator")
        url = f"https://ha.example.org{port}/api/webhook/abc"
        theirs = module.RequestValidator(TOKEN).compute_signature(url, form)
        assert signature(TOKEN, url, form.items()) == theirs
        moment = Moment(now=NOW, nonce=NONCE, callback_url=url)
        assert isinstance(PUMP.receive(called(form, theirs), moment), Received)

    @given(pairs=st.lists(st.tuples(st.sampled_from("abc"), _TEXTS), max_size=8))
    def test_fields_that_come_twice(self, pairs: list[tuple[str, str]]) -> None:
        module = their("twilio.request_validator")

        class Many(dict[str, Any]):
            def getlist(self, name: str) -> list[str]:
                return [value for given, value in pairs if given == name]

        theirs = module.RequestValidator(TOKEN).compute_signature(CALLBACK, Many(pairs), "HMAC_SHA256")
        assert signature(TOKEN, CALLBACK, pairs, "sha256") == theirs


def json_call(body: bytes, query: str) -> HttpRequest:
    proof = base64.b64encode(hmac.digest(TOKEN.encode(), f"{CALLBACK}?{query}".encode(), "sha1")).decode()
    return HttpRequest(
        method="POST",
        path="/",
        query=query,
        headers={"Content-Type": "application/json; charset=utf-8", "X-Twilio-Signature": proof},
        body=body,
    )


class TestReports:
    @pytest.mark.parametrize(
        ("status", "meaning"),
        [
            ("sent", ReportStatus.PENDING),
            ("delivered", ReportStatus.DELIVERED),
            ("read", ReportStatus.READ),
            ("undelivered", ReportStatus.FAILED),
            ("failed", ReportStatus.FAILED),
            ("canceled", ReportStatus.FAILED),
        ],
    )
    def test_of_messages(self, status: str, meaning: ReportStatus) -> None:
        (report,) = received(DELIVERED | {"MessageStatus": status}).reports
        assert (report.status, report.code) == (meaning, status)

    def test_why_it_failed(self) -> None:
        form = DELIVERED | {"MessageStatus": "undelivered", "ErrorCode": "30003", "To": f"whatsapp:{NUMBER}"}
        (report,) = received(form).reports
        assert (report.code, report.address) == ("30003", NUMBER)

    @pytest.mark.parametrize("code", ["21610", "30007"])
    def test_an_opt_out_that_is_told_late(self, code: str) -> None:
        (report,) = received(DELIVERED | {"MessageStatus": "failed", "ErrorCode": code}).reports
        assert report.opted_out == (code == "21610")

    @pytest.mark.parametrize(
        ("answered_by", "meaning"),
        [
            ("", ReportStatus.PENDING),
            ("human", ReportStatus.DELIVERED),
            ("unknown", ReportStatus.DELIVERED),
            ("machine_start", ReportStatus.FAILED),
        ],
    )
    def test_who_answered_is_asked_after_where_it_is_not_told(
        self, answered_by: str, meaning: ReportStatus
    ) -> None:
        """A mailbox must not count as told because the callback leaves out who it was."""
        account = Twilio(account_sid=SID, auth_token=TOKEN, caller=SENDER, detect_machines=True)
        form = {"CallSid": CALL_SID, "CallStatus": "completed", "AnsweredBy": answered_by}
        (report,) = account.receive(called(form), MOMENT).reports
        assert report.status is meaning
        (busy,) = account.receive(called(form | {"CallStatus": "busy"}), MOMENT).reports
        assert busy.status is ReportStatus.FAILED

    @pytest.mark.parametrize(
        ("fields", "meaning", "code"),
        [
            ({"CallStatus": "ringing"}, ReportStatus.PENDING, "ringing"),
            ({"CallStatus": "completed", "CallDuration": "9"}, ReportStatus.DELIVERED, "completed"),
            (
                {"CallStatus": "completed", "AnsweredBy": "machine_start"},
                ReportStatus.FAILED,
                "machine_start",
            ),
            ({"CallStatus": "busy"}, ReportStatus.FAILED, "busy"),
            ({"CallStatus": "no-answer"}, ReportStatus.FAILED, "no-answer"),
        ],
    )
    def test_of_calls(self, fields: dict[str, str], meaning: ReportStatus, code: str) -> None:
        (report,) = received({"CallSid": CALL_SID, "To": NUMBER, "AccountSid": SID} | fields).reports
        assert (report.reference, report.address) == (CALL_SID, NUMBER)
        assert (report.status, report.code) == (meaning, code)

    @pytest.mark.parametrize(
        "form",
        [{}, {"MessageSid": SMS_SID, "MessageStatus": "dreaming"}, {"Body": "hello"}, {"CallSid": CALL_SID}],
    )
    def test_what_else_is_sent_tells_nothing(self, form: dict[str, str]) -> None:
        assert received(form) == Received()

    def test_the_answer_asks_for_nothing(self) -> None:
        answer = PUMP.answer(called(DELIVERED), Received())
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
        assert answer.body == b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


class TestInbound:
    @pytest.mark.parametrize(
        ("start", "channel"), [("", Channel.SMS), ("whatsapp:", Channel.WHATSAPP)], ids=["sms", "whatsapp"]
    )
    def test_a_message(self, start: str, channel: Channel) -> None:
        form = {
            "MessageSid": SMS_SID,
            "SmsStatus": "received",
            "Body": "OK 4711 ✓",
            "From": f"{start}{NUMBER}",
            "To": f"{start}{SENDER}",
            "NumMedia": "0",
            "NumSegments": "2",
        }
        assert received(form).messages == (
            InboundSms(
                sender=NUMBER,
                sender_can_be_answered=True,
                text="OK 4711 ✓",
                received_at=NOW,
                service_centre_time=None,
                is_text=True,
                segments=2,
                channel=channel,
                reference=SMS_SID,
            ),
        )

    @pytest.mark.parametrize("sender", ["12345", "Bank", "Ämt"])
    def test_from_whoever_cannot_be_answered(self, sender: str) -> None:
        (message,) = received({"From": sender, "Body": "x", "NumSegments": "lots"}).messages
        assert (message.sender, message.sender_can_be_answered, message.segments) == (sender, False, 1)

    def test_a_picture_alone_is_no_text(self) -> None:
        (message,) = received({"From": NUMBER, "Body": "", "NumMedia": "1"}).messages
        assert not message.is_text


class Engine:
    """What the engine makes of keys: 1 is obeyed, 2 hangs up."""

    def __init__(self) -> None:
        self.pressed: list[KeyPress] = []

    async def key_pressed(self, route: str, press: KeyPress) -> KeyAnswer:
        self.pressed.append(press)
        return {"1": KeyAnswer.DONE, "2": KeyAnswer.HANG_UP}.get(press.key, KeyAnswer.IGNORED)

    async def health(self, route: str, health: RouteHealth) -> None:
        """Nobody asks."""


class TestKeys:
    FORM: dict[str, str] = {"CallSid": CALL_SID, "CallStatus": "in-progress", "To": NUMBER}  # noqa: RUF012 - a constant

    @pytest.mark.parametrize("key", list("0123456789*#"))
    def test_a_key_belongs_to_the_message_of_the_address(self, key: str) -> None:
        got = received(self.FORM | {"Digits": key}, query="uid=u1")
        assert got == Received(keys=(KeyPress(uid="u1", key=key),))

    @pytest.mark.parametrize("digits", ["", "x"])
    def test_what_is_no_key(self, digits: str) -> None:
        assert received(self.FORM | {"Digits": digits}, query="uid=u1") == Received()

    @pytest.mark.parametrize(
        ("key", "said"),
        [
            ("1", "Danke. Es ist notiert.</Say><Hangup/>"),
            ("2", "<Response><Hangup/>"),
            ("9", "Diese Taste bewirkt jetzt nichts. Drücken Sie 1"),
        ],
    )
    async def test_whoever_presses_hears_what_the_engine_made_of_it(self, key: str, said: str) -> None:
        engine = Engine()
        async with a_provider(Answer(body="{}")) as (_, exchange):
            route = a_route(PUMP, exchange, callback_url=CALLBACK)
            await route.start(engine)  # type: ignore[arg-type]  # it is asked for no more than that
            answer = await route.handle_callback(called(self.FORM | {"Digits": key}, query="uid=u1"))
            await route.stop()
        assert engine.pressed == [KeyPress(uid="u1", key=key)]
        assert answer.status == 200
        assert said in answer.body.decode()
