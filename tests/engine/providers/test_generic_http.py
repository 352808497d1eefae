"""Recipes of one's own: no text changes another field, no pattern runs for long, no mistake goes unnamed."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from alert_engine.errors import ConfigError
from alert_engine.routes.base import Accepted, ErrorClass, Media, MediaKind, Rejected, ReportStatus, Unknown
from alert_engine.routes.providers.exchange import ProviderResponse
from alert_engine.routes.providers.generic_http import make_generic_http
from alert_engine.routes.providers.generic_http.patterns import (
    MAX_PATTERN,
    MAX_SEARCHED,
    bounded_pattern,
    first_match,
    matches,
)
from alert_engine.routes.providers.generic_http.presets import overlaid
from alert_engine.routes.providers.provider import (
    CallbackRefusedError,
    ChecksAccess,
    Pace,
    ProviderLimits,
    TellsCredit,
)
from tests.engine.providers.contract import NONCE, NOW, a_message
from tests.engine.providers.generic_accounts import CALLBACK, MOMENT, a_call, an_account, request_of

URL = "https://sms.example.org/send"
NASTY = st.text(max_size=60) | st.lists(
    st.sampled_from(
        ['"', "'", "&", "=", "%26to=1", "\n", "\r\n", "<", "]]>", "{to}", "}}", "\\", "+", "a", "€"]
    )
).map("".join)


def a_recipe(**more: Any) -> dict[str, Any]:
    """The least that there can be, and something over it."""
    least = {"send": {"url": URL, "query": {"to": "{number}", "text": "{text}"}}, "answer": {}}
    return overlaid(least, more)


def of(**more: Any) -> Any:
    return make_generic_http(a_recipe(**more))


def answered(
    rules: dict[str, Any], body: str, status: int = 200, *, cut: bool = False, **headers: str
) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = ProviderResponse(status=status, body=body.encode(), is_cut=cut, headers=named)
    return of(answer=rules).outcome(a_message(), response, MOMENT)


def body_kind(kind: str, template: Any) -> Any:
    return make_generic_http({"send": {"url": URL, kind: template}, "answer": {}})


# --- templates -----------------------------------------------------------------------------------------


@given(NASTY)
def test_a_text_is_one_field_of_a_query_and_of_a_form(text: str) -> None:
    pairs = {"to": "{number}", "text": "a {text} b", "end": "1"}
    wanted = [("to", "+436641234567"), ("text", f"a {text} b"), ("end", "1")]
    query = make_generic_http({"send": {"url": URL, "query": pairs}, "answer": {}})
    for provider in (query, body_kind("form", pairs)):
        request = provider.send_request(a_message(text=text), MOMENT)
        if isinstance(request, Rejected):
            assert any("\ud800" <= each <= "\udfff" for each in text)
            continue
        raw = request.body.decode() or urlsplit(request.url).query
        assert parse_qsl(raw, keep_blank_values=True, strict_parsing=True) == wanted
        assert urlsplit(request.url)._replace(query="").geturl() == URL


@given(NASTY)
def test_a_text_is_one_value_of_json(text: str) -> None:
    provider = body_kind("json", {"to": ["{number}"], "text": "{text}", "more": {"quoted": "say {text}!"}})
    request = provider.send_request(a_message(text=text), MOMENT)
    if isinstance(request, Rejected):
        assert any("\ud800" <= each <= "\udfff" for each in text)
        return
    wanted = {"to": ["+436641234567"], "text": text, "more": {"quoted": f"say {text}!"}}
    assert json.loads(request.body) == (wanted if text else {key: wanted[key] for key in ("to", "more")})


@given(NASTY, st.sampled_from(["utf-8", "iso-8859-1", "windows-1252"]))
def test_a_text_is_one_value_of_xml(text: str, charset: str) -> None:
    template = '<sms to="{number}" say="{text}"><text>{text}</text><end/></sms>'
    provider = make_generic_http({"send": {"url": URL, "xml": template, "charset": charset}, "answer": {}})
    tree = ET.fromstring(request_of(provider, a_message(text=text)).body)
    wanted = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", " ", text)
    assert tree.attrib == {"to": "+436641234567", "say": wanted}
    assert [(each.tag, each.text or "") for each in tree] == [("text", wanted), ("end", "")]


@given(NASTY)
def test_a_setting_is_one_segment_of_a_path(value: str) -> None:
    if not value.isprintable() or not value:
        return
    provider = make_generic_http(
        {
            "send": {"url": "https://sms.example.org/{account}/send", "query": {"t": "{text}"}},
            "answer": {},
            "settings": {"account": value},
        }
    )
    request = request_of(provider)
    assert urlsplit(request.url).hostname == "sms.example.org"
    assert urlsplit(request.url).path.count("/") == 2
    assert not urlsplit(request.url).fragment


def test_only_plain_names_are_filled() -> None:
    text = {"send": {"query": {"text": "{{{text}}} {{text}}"}}}
    assert dict(parse_qsl(urlsplit(request_of(of(**text)).url).query))["text"].endswith("} {text}")
    for bad in (
        "{text.upper}",
        "{text[0]}",
        "{text!r}",
        "{text:>9}",
        "{}",
        "{0}",
        "{__class__}",
        "{text",
        "}",
    ):
        with pytest.raises(ConfigError):
            of(send={"query": {"text": bad}})


def test_what_is_empty_is_not_sent() -> None:
    tree = {"a": "{sender}", "b": ["{sender}", "x"], "c": "{flash}", "d": 1, "e": None, "f": "from {sender}"}
    provider = make_generic_http(
        {"account": {"sender": {}}, "send": {"url": URL, "json": {**tree, "t": "{text}"}}, "answer": {}}
    )
    assert json.loads(request_of(provider, a_message(text="t")).body) == {
        "b": ["x"],
        "d": 1,
        "e": None,
        "f": "from ",
        "t": "t",
    }
    flashing = json.loads(request_of(provider, a_message(flash=True)).body)
    assert flashing["c"] is True


def test_a_character_set_is_kept_or_the_message_refused() -> None:
    provider = of(send={"charset": "iso-8859-1"})
    assert "text=%D6l" in request_of(provider, a_message(text="Öl")).url
    refused = provider.send_request(a_message(text="5 €"), MOMENT)
    assert isinstance(refused, Rejected)
    assert (refused.error_class, "iso-8859-1" in refused.reason) == (ErrorClass.MESSAGE, True)
    # A refused message is sent plainer once: then it must go.
    assert "text=5%20EUR" in request_of(provider, a_message(text="5 €", plain=True)).url


def test_validity_is_sent_in_seconds_and_minutes() -> None:
    query = {"s": "{validity_seconds}", "m": "{validity_minutes}"}
    url = request_of(of(send={"query": query}), a_message(validity=timedelta(seconds=90))).url
    assert "s=90&m=1" in url
    url = request_of(of(send={"query": query}), a_message(validity=timedelta(seconds=30))).url
    assert "s=30&m=1" in url
    assert "&m=" not in request_of(of(send={"query": query})).url


@pytest.mark.parametrize(
    ("number", "wanted"),
    [
        ({"form": "plus"}, "+436641234567"),
        ({"form": "digits"}, "436641234567"),
        ({"form": "double_zero"}, "00436641234567"),
        ({"form": "national", "country": "43"}, "06641234567"),
        ({"form": "national", "country": "43", "trunk": ""}, "6641234567"),
    ],
)
def test_numbers_are_written_as_the_provider_wants_them(number: dict[str, str], wanted: str) -> None:
    query = urlsplit(request_of(of(number=number)).url).query
    assert dict(parse_qsl(query))["to"] == wanted


def test_another_country_is_refused_where_numbers_are_national() -> None:
    refused = of(number={"form": "national", "country": "49"}).send_request(a_message(), MOMENT)
    assert isinstance(refused, Rejected)
    assert (refused.error_class, "+49" in refused.reason) == (ErrorClass.RECIPIENT, True)
    assert refused.this_route_only  # a modem reaches it


def test_credentials_go_where_they_belong() -> None:
    secret = {"token": "t-1"}
    for auth, wanted in (
        ({"bearer": "{token}"}, {"Authorization": "Bearer t-1"}),
        ({"header": {"X-Key": "{token}"}}, {"X-Key": "t-1"}),
        ({"basic": {"user": "me", "password": "{token}"}}, {"Authorization": "Basic bWU6dC0x"}),
    ):
        provider = of(send={"auth": auth, "headers": {"X-Uid": "{uid}"}}, settings=secret)
        assert request_of(provider).headers == wanted | {"X-Uid": a_message().uid}
        assert "t-1" not in repr(provider)


@pytest.mark.parametrize(
    ("kind", "body", "wanted"),
    [
        ("form", {"t": "{text}"}, "application/x-www-form-urlencoded"),
        ("json", {"t": "{text}"}, "application/json"),
        ("xml", "<t>{text}</t>", "text/xml; charset=iso-8859-1"),
    ],
)
def test_a_body_says_what_it_is_once(kind: str, body: Any, wanted: str) -> None:
    send = {"url": URL, kind: body, "charset": "iso-8859-1"}
    request = request_of(make_generic_http({"send": send, "answer": {}}))
    assert (request.method, request.headers) == ("POST", {"Content-Type": wanted})
    for name in ("Content-Type", "content-type"):
        own = {"send": {**send, "headers": {name: "text/plain"}}, "answer": {}}
        assert request_of(make_generic_http(own)).headers == {name: "text/plain"}
    assert request_of(of()).headers == {}


def test_only_texts_are_carried() -> None:
    provider = of()
    assert provider.plan_segments(a_message(text="a" * 161)) == 2
    for more in ({"data": b"x"}, {"media": Media(kind=MediaKind.IMAGE, url="https://example.org/x")}):
        with pytest.raises(ValueError, match="text only"):
            provider.plan_segments(a_message(**more))
        assert isinstance(provider.send_request(a_message(**more), MOMENT), Rejected)


# --- patterns ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pattern",
    [
        *("(a+)+", "(a*)*", "(a|b)+", "(?:a)*", "(a)\\1", "(?=a)", "(?!a)", "(?<=a)", "(?i)a", "(?P<n>a)"),
        *(
            "a*b*c*",
            "a?" * 20,
            "a{65}",
            "a{0,99}",
            "a{9,2}",
            "(a",
            "a)",
            "[a",
            "*",
            "",
            "a" * (MAX_PATTERN + 1),
        ),
        "(a|b)" * 14,
        # Ways to write a repetition that only Python's own reader knows.
        *("(a{,}){,}b", "a{,}b{,}c{,}", "(a{0000,}){0000,}b", "a{1000,}", "a{,65}", "(a){2}"),
        # Python warns of these: they may become set operations.
        *("[[a]", "[^[a]", "[a--b]", "[a||b]"),
        # Two repetitions are tried again for each of what must follow.
        *("a*a*" + "a" * 20 + "b", "a*a*a{64}a{64}b", "[a-z]*?[a-z]*?[a-z]{40}b"),
    ],
)
def test_patterns_that_could_run_for_long_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"regular expression|could run|may ") as caught:
        bounded_pattern(pattern)
    assert pattern == "*" or not pattern or pattern not in str(caught.value)


@pytest.mark.parametrize(
    "pattern", ["a*a*b", "[a]+a*?b", "a{0,64}a{,64}b", "(a*)(a*)b", "[a-b]*[a-b]*[a-b][a-b][a-b][a-b]c"]
)
def test_the_worst_pattern_ends(pattern: str) -> None:
    """The time-out of the suite is the clock here."""
    assert first_match(bounded_pattern(pattern), "a" * 10 * MAX_SEARCHED) == ""


def test_patterns_find_what_they_name() -> None:
    assert first_match(bounded_pattern(r"id=([A-Z0-9-]+);"), "x id=ab-7; y") == "ab-7"
    assert first_match(bounded_pattern("ok|fine"), "all OK") == "OK"
    assert first_match(bounded_pattern("(a)?b"), "b") == ""
    assert first_match(bounded_pattern(r"[\[a-c-]+"), "x[b-]") == "[b-"
    assert first_match(bounded_pattern(r"[(*+?)]{2,3}\*\("), "(+*(") == "(+*("
    assert first_match(bounded_pattern("OK id=([0-9]+) parts=([0-9]+)"), "ok ID=17 parts=2") == "17"
    assert matches(bounded_pattern("[0-9]{,2}a{0}b{,}"), "12bbb")
    assert not matches(bounded_pattern("[0-9]{,2}"), "123")
    assert matches(bounded_pattern("[0-9]{3,}"), "123")
    assert not matches(bounded_pattern("[0-9]{3,}"), "12")
    assert not matches(bounded_pattern("a*"), "a" * (MAX_SEARCHED + 1))
    assert first_match(bounded_pattern("b"), "a" * (MAX_SEARCHED - 1) + "b") == "b"
    assert first_match(bounded_pattern("b"), "a" * MAX_SEARCHED + "b") == ""


@given(st.text(alphabet="ab()[]|*+?{},0123\\^$.", max_size=30), st.text(alphabet="ab", max_size=400))
@settings(max_examples=200)
def test_any_pattern_ends_or_is_refused(pattern: str, text: str) -> None:
    try:
        compiled = bounded_pattern(pattern)
    except ValueError:
        return
    first_match(compiled, text)


# --- answers -------------------------------------------------------------------------------------------


def test_the_first_rule_that_applies_decides() -> None:
    rules = {
        "accepted": {"status": [200], "where": [{"pattern": "^OK"}]},
        "reference": {"pattern": "id=([0-9]+)"},
        "segments": {"pattern": "parts=([0-9]+)"},
        "code": {"pattern": "code=([0-9]+)"},
        "errors": [
            {"where": [{"pattern": "code=(1.)", "is": ["13"]}], "class": "account"},
            {"where": [{"pattern": "code=1"}], "class": "temporary", "reason": "wait"},
            {"status": ["4xx"], "class": "recipient", "this_route_only": True, "opted_out": True},
        ],
    }
    assert answered(rules, "OK id=7 parts=3") == Accepted(reference="7", segments=3)
    for odd in ("0", "256", "99999999999"):
        assert answered(rules, f"OK id=7 parts={odd}") == Accepted(reference="7", segments=1)
    assert isinstance(answered(rules, "OK"), Unknown)
    assert answered(rules, "code=13").error_class is ErrorClass.ACCOUNT
    waiting = answered(rules, "code=14")
    assert (waiting.error_class, waiting.reason, waiting.code) == (ErrorClass.TEMPORARY, "wait", "14")
    assert waiting.retry_after is None
    assert answered(rules, "code=14", Retry_After="9").retry_after == timedelta(seconds=9)
    gone = answered(rules, "", 404)
    assert (gone.code, gone.opted_out, gone.this_route_only) == ("HTTP 404", True, True)
    assert isinstance(answered(rules, "OK id=7", cut=True), Unknown)
    assert answered(rules, "code=13", 401, cut=True).error_class is ErrorClass.RECIPIENT


def test_only_what_is_temporary_is_throttled() -> None:
    rule = {"status": ["4xx"], "class": "temporary", "throttled": True}
    provider = an_account("seven", answer={"errors": [rule]})
    waits = {"Retry-After": "7"}
    for headers, wanted in (({}, Pace().pause), (waits, timedelta(seconds=7))):
        outcome = provider.outcome(a_message(), ProviderResponse(status=409, headers=headers), MOMENT)
        assert outcome.retry_after == wanted
    with pytest.raises(ConfigError) as caught:
        an_account("seven", answer={"errors": [{**rule, "class": "account"}]})
    assert caught.value.path == ("answer", "errors", 0, "throttled")


def test_without_a_rule_for_success_there_is_none() -> None:
    assert isinstance(answered({}, "OK"), Unknown)
    assert answered({"accepted": {"status": ["2xx"]}}, "x") == Accepted(reference=NONCE, segments=1)
    assert isinstance(answered({"accepted": {"status": ["2xx"]}}, "x", cut=True), Unknown)


def test_success_is_2xx_where_the_recipe_names_no_status() -> None:
    for accepted in ({}, {"where": [{"pattern": "OK"}]}):
        rules = {"accepted": accepted}
        assert answered(rules, "OK") == Accepted(reference=NONCE, segments=1)
        assert answered(rules, "token not OK", 401).error_class is ErrorClass.ACCOUNT
        assert isinstance(answered(rules, "not OK", 500), Unknown)
    assert answered({"accepted": {"status": [302]}}, "", 302) == Accepted(reference=NONCE, segments=1)
    looked = of(check={"request": {"url": URL}, "passed": {"where": [{"pattern": "OK"}]}})
    assert looked.checked(ProviderResponse(status=200, body=b"OK")) is None
    assert looked.checked(ProviderResponse(status=403, body=b"not OK")).error_class is ErrorClass.ACCOUNT


def test_a_recipe_without_a_success_says_what_is_missing() -> None:
    unread = answered({}, "OK 17")
    assert isinstance(unread, Unknown)
    assert "answer.accepted" in unread.reason


def test_nothing_may_be_a_sign() -> None:
    for nothing in ("", None):
        rules = {"accepted": {"where": [{"path": "error", "is": [nothing]}]}}
        assert answered(rules, '{"error": null}') == Accepted(reference=NONCE, segments=1)
        assert isinstance(answered(rules, '{"error": 7}'), Unknown)


def test_too_many_requests_is_known_by_its_status_and_makes_the_route_rest() -> None:
    """`ProviderRoute` pauses for this code; a code of the provider's own would hide it."""
    rules = {"code": {"path": "code"}, "errors": [{"status": [429, 503], "class": "temporary"}]}
    assert answered(rules, '{"code": 43}', 429).code == "HTTP 429"
    assert answered(rules, '{"code": 43}', 503).code == "43"


def test_nothing_nested_or_huge_is_an_id() -> None:
    rules = {"accepted": {"status": [200]}, "reference": {"path": "id"}}
    for body in ('{"id": {"a": 1}}', '{"id": ["x"]}', '{"id": null}', json.dumps({"id": "x" * 1001})):
        assert isinstance(answered(rules, body), Unknown)
    assert answered(rules, '{"id": 7.5}') == Accepted(reference="7.5", segments=1)


@given(st.binary(max_size=300), st.integers(100, 599))
def test_no_answer_is_too_much(body: bytes, status: int) -> None:
    response = ProviderResponse(status=status, body=body)
    for preset in ("seven", "sinch", "vonage", "bulksms"):
        provider = an_account(preset)
        provider.outcome(a_message(), response, MOMENT)
        if preset != "sinch":
            provider.checked(response)
            provider.credit(response)
        provider.polled(response, MOMENT)


# --- calls ---------------------------------------------------------------------------------------------

REPORTS = {"reference": {"path": "id"}, "state": {"path": "s"}, "states": {"delivered": "x"}}
INBOUND = {"sender": {"path": "from"}, "text": {"path": "text"}}
WHEN = {"where": [{"path": "id"}]}

CALLS = {
    "reports": {
        "when": {"where": [{"path": "reports"}]},
        "items": "reports",
        "reference": {"path": "id"},
        "state": {"path": "state"},
        "states": {"delivered": "ok|done", "failed": "no.*"},
        "code": {"path": "code"},
        "time": {"path": "time"},
    },
    "basic": {"user": "{user}", "password": "{password}"},
    "answer": "<ok/>",
}
PROOF = {"Authorization": "Basic bWU6Z2VoZWlt"}


def called(body: Any, **more: Any) -> Any:
    calls = {**CALLS, "reports": {**CALLS["reports"], "when": {}}, **more}  # type: ignore[dict-item]  # a mapping
    provider = of(callback=calls, settings={"user": "me", "password": "geheim"})
    return provider.receive(a_call(json.dumps(body), **PROOF), MOMENT)


def test_a_call_tells_of_many() -> None:
    told = called(
        {
            "reports": [
                {"id": "1", "state": "DONE", "time": 1605878104},
                {"id": "2", "state": "nowhere", "code": 9, "time": "1605878104000"},
                {"id": "3", "state": "something else"},
            ]
        }
    )
    assert [(each.reference, each.status, each.code) for each in told.reports] == [
        ("1", ReportStatus.DELIVERED, ""),
        ("2", ReportStatus.FAILED, "9"),
    ]
    assert {each.reported_at for each in told.reports} == {datetime(2020, 11, 20, 13, 15, 4, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("time", "wanted"),
    [
        ("20201120131504", datetime(2020, 11, 20, 13, 15, 4, tzinfo=UTC)),
        ("1605878104000000", datetime(2020, 11, 20, 13, 15, 4, tzinfo=UTC)),
        ("2020-11-20T14:15:04+01:00", datetime(2020, 11, 20, 13, 15, 4, tzinfo=UTC)),
        ("20201399999999", NOW),
        ("16058781040", NOW),
        ("9" * 40, NOW),
        ("yesterday", NOW),
    ],
)
def test_times_are_read_as_providers_write_them(time: str, wanted: datetime) -> None:
    (report,) = called({"reports": [{"id": "1", "state": "ok", "time": time}]}).reports
    assert report.reported_at == wanted


def test_what_is_told_has_bounds() -> None:
    many = called({"reports": [{"id": str(each), "state": "ok"} for each in range(1500)]})
    assert len(many.reports) == 1000
    (report,) = called({"reports": [{"id": "1", "state": "ok", "code": "7" * 100}]}).reports
    assert report.code == "7" * 64
    provider = of(callback={"inbound": INBOUND})
    for length, wanted in ((5000, 5000), (9000, 8000)):
        call = a_call(json.dumps({"from": "436641234567", "text": "x" * length}))
        assert len(provider.receive(call, MOMENT).messages[0].text) == wanted


@pytest.mark.parametrize("body", [{"reports": []}, {"reports": [{"id": "1"}]}, {}, [], {"reports": 7}])
def test_a_call_that_makes_no_sense_is_refused(body: Any) -> None:
    with pytest.raises(CallbackRefusedError) as caught:
        called(body)
    assert caught.value.status == 400


def test_an_inbound_message_without_sender_is_refused() -> None:
    inbound = {
        "sender": {"path": "from"},
        "text": {"path": "text"},
        "items": "all",
        "reference": {"path": "id"},
    }
    provider = of(callback={"inbound": inbound})
    with pytest.raises(CallbackRefusedError):
        provider.receive(a_call('{"all": [{"text": "x"}]}'), MOMENT)
    call = a_call('{"all": [{"from": "Alarm", "text": "x"}]}')
    (message,) = provider.receive(call, MOMENT).messages
    assert (message.sender, message.sender_can_be_answered, message.reference) == ("Alarm", False, "")
    assert message.is_text
    (empty,) = provider.receive(a_call('{"all": [{"from": "+436641234567", "text": " "}]}'), MOMENT).messages
    assert not empty.is_text


def test_calls_are_proven_and_bounded() -> None:
    provider = of(callback=CALLS, settings={"user": "me", "password": "geheim"})
    good = json.dumps({"reports": []})
    for call, status in (
        (a_call(good, secret="0000", **PROOF), 403),
        (a_call(good), 401),
        (a_call("x" * 70_000, **PROOF), 413),
        (a_call("{", **PROOF), 400),
        (a_call("&".join("a=1" for _ in range(200)), **PROOF), 400),
    ):
        with pytest.raises(CallbackRefusedError) as caught:
            provider.receive(call, MOMENT)
        assert caught.value.status == status
    with pytest.raises(CallbackRefusedError) as caught:
        of().receive(a_call("{}"), MOMENT)
    assert caught.value.status == 404


def test_forms_are_read_in_their_character_set() -> None:
    inbound = {"sender": {"path": "from"}, "text": {"path": "text"}}
    provider = of(callback={"inbound": inbound, "charset": "iso-8859-1", "answer": "OK"})
    received = provider.receive(a_call("from=436641234567&text=%D6l", Content_Type="x/y"), MOMENT)
    assert received.messages[0].text == "Öl"
    twice = a_call("text=1&from=436641234567&text=2", query="text=0&from=1", Content_Type="x/y")
    assert provider.receive(twice, MOMENT).messages[0].text == "2"
    assert provider.answer(a_call(), received).body == b"OK"
    assert of().answer(a_call(), received).body == b""


# --- what a provider can ---------------------------------------------------------------------------------


def test_a_recipe_can_what_it_describes() -> None:
    ask = {"request": {"url": URL}}
    assert not isinstance(of(), ChecksAccess)
    checked = of(check=ask)
    assert isinstance(checked, ChecksAccess)
    assert not isinstance(checked, TellsCredit)
    assert checked.check_request(MOMENT).method == "GET"
    assert isinstance(of(credit={**ask, "amount": {"path": "a"}}), TellsCredit)
    assert of().poll_requests(["1"], MOMENT) == ()
    assert of().polled(ProviderResponse(status=200), MOMENT).reports == ()


def test_few_are_asked_after_in_one_round_and_none_breaks_it() -> None:
    request = {"url": URL, "query": {"id": "{reference}"}, "charset": "iso-8859-1"}
    provider = of(status={"request": request, "reports": REPORTS}, answer={"reference": {"path": "id"}})
    asked = provider.poll_requests(["5€", "\ud800", *(str(each) for each in range(50))], MOMENT)
    assert len(asked) == 20
    assert asked[0].url == f"{URL}?id=0"


def limits_of(**more: Any) -> ProviderLimits:
    limits = of(**more).limits
    assert isinstance(limits, ProviderLimits)
    return limits


def test_reports_are_awaited_where_they_can_be_had() -> None:
    status = {"request": {"url": URL, "query": {"id": "{reference}"}}, "reports": REPORTS}
    named = {"answer": {"reference": {"path": "id"}}}
    assert not limits_of().reports
    assert limits_of(status=status, **named).reports
    assert not limits_of(status=status, expect_reports=False, **named).reports
    assert not limits_of(callback={"reports": REPORTS}).reports
    assert limits_of(callback={"reports": REPORTS}, expect_reports=True, **named).reports
    assert limits_of(per_second=0.5).pace.per_second == 0.5


# --- complaints ------------------------------------------------------------------------------------------

XML_FAULTS = (
    "<a>{text}",
    "<{text}/>",
    "<a {text}='1'/>",
    "<!-- {text} --><a/>",
    "<a><![CDATA[{text}]]></a>",
    "<!DOCTYPE a []><a>{text}</a>",
    "<?xml version='1.0'?><a>{text}</a>",
    "<a><?do {text}?></a>",
)


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"sned": {}}, ("sned",)),
        ({"preset": "nobody"}, ("preset",)),
        ({"send": None}, ("send",)),
        ({"answer": None}, ("answer",)),
        ({"send": {"url": "ftp://example.org/"}}, ("send", "url")),
        ({"send": {"url": "https://a@example.org/"}}, ("send", "url")),
        ({"send": {"url": "https://example.org/?a=1"}}, ("send", "url")),
        ({"send": {"url": "https://{number}/"}}, ("send", "url")),
        ({"send": {"url": "http://example.org/"}}, ("send", "url")),
        ({"send": {"url": "https://{host}/"}, "settings": {"host": "evil.org/x"}}, ("send", "url")),
        ({"send": {"url": "https://{host}/"}, "settings": {"host": "["}}, ("send", "url")),
        ({"send": {"url": "https://example.org:99999/"}}, ("send", "url")),
        ({"send": {"url": "https://example.org:0/"}}, ("send", "url")),
        ({"check": {"request": {"url": "http://example.org/"}}}, ("check", "request", "url")),
        ({"send": {"json": '{"to": "x"}'}}, ("send", "json")),
        ({"send": {"url": 7}}, ("send", "url")),
        ({"send": {"url": "x" * 4001}}, ("send", "url")),
        ({"send": {"method": "DELETE"}}, ("send", "method")),
        ({"send": {"charset": "utf-7"}}, ("send", "charset")),
        ({"send": {"form": {"a": "b"}, "json": {"a": "b"}}}, ("send",)),
        ({"send": {"query": {"a": "{nobody}"}}}, ("send", "query", "a")),
        ({"send": {"headers": {"X": "{text}"}}}, ("send", "headers", "X")),
        ({"send": {"headers": {"X": "{number}"}}}, ("send", "headers", "X")),
        ({"send": {"auth": {"bearer": "{nonce}"}}}, ("send", "auth", "bearer", "Authorization")),
        ({"send": {"headers": {"X Y": "a"}}}, ("send", "headers")),
        ({"send": {"headers": {"X": "a\r\nB: c"}}}, ("send", "headers")),
        ({"send": {"auth": {}}}, ("send", "auth", "header")),
        ({"send": {"json": {"a": {"b": ["{nobody}"]}}}}, ("send", "json", "a", "b", 0)),
        ({"send": {"query": ["a"]}}, ("send", "query")),
        ({"send": {"query": {str(each): "x" for each in range(201)}}}, ("send", "query")),
        *(({"send": {"xml": each}}, ("send", "xml")) for each in XML_FAULTS),
        ({"number": {"form": "roman"}}, ("number", "form")),
        ({"number": {"form": "national"}}, ("number", "country")),
        ({"number": {"form": "national", "country": "+49"}}, ("number", "country")),
        ({"number": {"form": "national", "country": "49", "trunk": "abc"}}, ("number", "trunk")),
        ({"answer": {"reference": {}}}, ("answer", "reference", "path")),
        ({"answer": {"reference": {"path": "a..b"}}}, ("answer", "reference", "path")),
        ({"answer": {"reference": {"pattern": "(a+)+"}}}, ("answer", "reference", "pattern")),
        ({"answer": {"accepted": {"status": [700]}}}, ("answer", "accepted", "status", 0)),
        ({"answer": {"accepted": {"status": [True]}}}, ("answer", "accepted", "status", 0)),
        ({"answer": {"accepted": {"status": ["200"]}}}, ("answer", "accepted", "status", 0)),
        ({"answer": {"accepted": {"status": 200}}}, ("answer", "accepted", "status")),
        ({"answer": {"accepted": {"status": [200] * 201}}}, ("answer", "accepted", "status")),
        ({"answer": {"errors": [{"class": "account"}]}}, ("answer", "errors", 0)),
        ({"answer": {"errors": [{"status": [400], "class": "device"}]}}, ("answer", "errors", 0, "class")),
        ({"settings": {"nobody": "x"}}, ("settings", "nobody")),
        ({"settings": {"text": "x"}}, ("settings", "text")),
        ({"account": {"No": {}}}, ("account", "No")),
        ({"account": {"key": {"required": True, "means": "the key"}}}, ("settings", "key")),
        ({"account": {"key": {"required": True}}}, ("settings", "key")),
        ({"account": {"key": {}}, "settings": {"key": "a\nb"}}, ("settings", "key")),
        ({"account": {"key": {"kind": "sender"}}, "settings": {"key": "a longer name"}}, ("settings", "key")),
        ({"account": {"key": {"secret": "yes"}}}, ("account", "key", "secret")),
        ({"per_second": "fast"}, ("per_second",)),
        ({"per_second": 1000}, ("per_second",)),
        ({"expect_reports": True}, ("expect_reports",)),
        ({"expect_reports": True, "callback": {"reports": REPORTS}}, ("answer", "reference")),
        ({"status": {"request": {"url": URL}, "reports": REPORTS}}, ("answer", "reference")),
        ({"callback": {"reports": REPORTS, "inbound": INBOUND}}, ("callback", "reports", "when")),
        (
            {"callback": {"reports": {**REPORTS, "when": WHEN}, "inbound": INBOUND}},
            ("callback", "inbound", "when"),
        ),
        ({"callback": {"basic": {"user": "", "password": "x"}}}, ("callback", "basic", "user")),
        ({"answer": {"reference": {"path": "a", "pattern": "b"}}}, ("answer", "reference")),
        ({"answer": {"reference": {"path": "a", "is": [1]}}}, ("answer", "reference", "is")),
        *(
            ({"answer": {"accepted": {"where": [{"path": "a", **sign}]}}}, ("answer", "accepted", *place))
            for sign, place in (
                ({"is": []}, ("where", 0, "is")),
                ({"is": 1}, ("where", 0, "is")),
                ({"is": [[1]]}, ("where", 0, "is", 0)),
                ({"is": [1], "matches": "1"}, ("where", 0)),
            )
        ),
        ({"send": {"auth": {"basic": {"user": "a:b", "password": "x"}}}}, ("send", "auth", "basic", "user")),
        (
            {
                "send": {"charset": "iso-8859-1", "query": {"p": "{key}"}},
                "account": {"key": {}},
                "settings": {"key": "5 €"},
            },
            ("send", "charset"),
        ),
        ({"callback": {"reports": {"reference": {"path": "a"}}}}, ("callback", "reports", "state")),
        ({"callback": {"basic": {"user": "{nobody}", "password": "x"}}}, ("callback", "basic", "user")),
        (
            {"status": {"request": {"url": URL}, "reports": {**CALLS["reports"], "states": {"lost": "x"}}}},  # type: ignore[dict-item]
            ("status", "reports", "states", "lost"),
        ),
    ],
    ids=str,
)
def test_a_mistake_is_named_with_its_place(more: dict[str, Any], path: tuple[str | int, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        make_generic_http(overlaid(a_recipe(), more), path=("providers", 0))
    assert caught.value.path == ("providers", 0, *path)
    assert str(caught.value).startswith("providers.0")


def test_what_yaml_takes_for_a_number_is_asked_for_in_quotes() -> None:
    recipe = a_recipe(send={"query": {"pin": "{pin}"}}, settings={"pin": 4711})
    with pytest.raises(ConfigError, match=r"settings\.pin: must be a text: put it in quotes"):
        make_generic_http(recipe)


def test_a_value_without_quotes_is_no_mapping() -> None:
    body = yaml.safe_load("{to: {number}, text: '{text}', more: {number: null, also: 1}}")
    with pytest.raises(ConfigError, match=r'send\.json\.to: .* as "\{number\}"'):
        body_kind("json", body)
    del body["to"]
    assert json.loads(request_of(body_kind("json", body)).body)["more"] == {"number": None, "also": 1}


def test_a_gateway_in_the_house_may_have_no_tls() -> None:
    provider = of(send={"url": "http://192.168.1.9:8080/send"}, plain_http=True)
    assert request_of(provider).url.startswith("http://192.168.1.9:8080/send?")


def test_the_worked_example_of_the_documents_works() -> None:
    page = (Path(__file__).parents[3] / "docs" / "providers" / "generic-http.md").read_text(encoding="utf-8")
    block = page.partition("## A worked example")[2].partition("```yaml\n")[2].partition("```")[0]
    (entry,) = yaml.safe_load(block)["providers"]
    recipe = {key: value for key, value in entry.items() if key not in {"name", "type"}}
    provider: Any = make_generic_http(recipe)
    taken = ProviderResponse(status=200, body=b'{"result":"queued","message":{"id":"a-1","parts":2}}')
    assert provider.outcome(a_message(), taken, MOMENT) == Accepted(reference="a-1", segments=2)
    poor = ProviderResponse(status=200, body=b'{"result":"error","error":{"code":12}}')
    assert provider.outcome(a_message(), poor, MOMENT).error_class is ErrorClass.ACCOUNT
    body = json.loads(request_of(provider).body)
    assert body == {"to": "436641234567", "text": a_message().text, "sender": "Alarm", "callback": CALLBACK}
    state = ProviderResponse(status=200, body=b'{"message":{"id":"a-1","state":"undelivered"}}')
    assert provider.polled(state, MOMENT).reports[0].status is ReportStatus.FAILED
    call = a_call(
        "event=incoming&from=436641234567&text=OK", Content_Type="application/x-www-form-urlencoded"
    )
    assert provider.receive(call, MOMENT).messages[0].text == "OK"
    assert provider.credit(ProviderResponse(status=200, body=b"EUR 12.50")).amount == Decimal("12.50")


def test_a_preset_is_changed_key_by_key() -> None:
    provider = an_account("seven", send={"form": {"from": None, "label": "alarm"}})
    fields = dict(parse_qsl(request_of(provider).body.decode()))
    assert "from" not in fields
    assert (fields["label"], fields["json"]) == ("alarm", "1")
