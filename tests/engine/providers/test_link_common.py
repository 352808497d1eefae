"""The Common platform of LINK Mobility: requests, every code, and reports of single parts."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.errors import ConfigError, JournalError
from alert_engine.intake.http_request import HttpRequest
from alert_engine.model import Channel, MessageState, Priority, SendRequest
from alert_engine.routes.base import (
    Accepted,
    ErrorClass,
    InboundSms,
    Rejected,
    ReportStatus,
    SegmentState,
    Unknown,
)
from alert_engine.routes.provider_exchange import Exchange
from alert_engine.routes.provider_route import ProviderRoute
from alert_engine.routes.providers.exchange import ProviderRequest, ProviderResponse
from alert_engine.routes.providers.link import LinkCommon
from alert_engine.routes.providers.link.common_codes import REFUSALS, STATES
from alert_engine.routes.providers.provider import CallbackRefusedError, Moment, NamesSegments, Received
from tests.engine.providers.contract import (
    NONCE,
    NOW,
    NUMBER,
    TEXT,
    Case,
    FixedIds,
    SendContract,
    a_message,
    a_route,
)
from tests.engine.providers.stand_in import Answer, a_provider
from tests.engine.support import StoryClock, make_engine
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.routes.base import SegmentProgress

PASSWORD = "password-of-link"
REFERENCE = "Dcshuhod0PMAAAFQ+/PbnR3x"
PATH = "/callback/link/5ecret-5ecret-5ecret"
CALLBACK = f"https://alarm.example.org{PATH}"
MOMENT = Moment(now=NOW, nonce=NONCE, callback_url=CALLBACK)
SETTINGS: dict[str, Any] = {
    "base_url": "https://n-eu.linkmobility.io/sms",
    "user": "house",
    "password": PASSWORD,
    "platform_id": "COOL",
    "platform_partner_id": "1234",
    "sender": "Alarm",
}
ACCOUNT = LinkCommon(**SETTINGS)
REPORTING = LinkCommon(**SETTINGS, gates=("BVldZyQt",))
LONG = "Feuer im Keller. " * 20  # three parts

# What providers.md section 7.3 says of each code.
TEMPORARY_CODES = {"0", "1", "3", "4", "5", "6", "104", "105", "2107", "106000"}
ACCOUNT_CODES = {
    *("2000", "2001", "2002", "2003", "4002", "4006"),
    *("106100", "106101", "106200", "106201", "106202", "106300", "106301"),
}
MESSAGE_CODES = {"3000", "3001", "3002", "4001", "4003", "4004", "4005", "4007"}


def told(code: str, *, status: int = 200, **fields: Any) -> Answer:
    return Answer(status=status, body=json.dumps({"resultCode": int(code), "description": "words"} | fields))


def taken(**fields: Any) -> Answer:
    return told("1005", **({"messageId": REFERENCE} | fields))


def wanted(code: str) -> ErrorClass:
    if code in TEMPORARY_CODES:
        return ErrorClass.TEMPORARY
    if code in ACCOUNT_CODES:
        return ErrorClass.ACCOUNT
    return ErrorClass.MESSAGE if code in MESSAGE_CODES else ErrorClass.RECIPIENT


class TestSending(SendContract):
    provider = ACCOUNT
    good = taken(smsCount=1)
    accepted = Accepted(reference=REFERENCE, segments=1)
    secrets = (PASSWORD,)
    cases: ClassVar = (
        Case("as planned where nothing is counted", taken(), accepted),
        Case("as many as it counts", taken(smsCount=3), Accepted(reference=REFERENCE, segments=3)),
        Case("a count that is none", taken(smsCount=True), accepted),
        Case("no part counted", taken(smsCount=0), accepted),
        Case("more parts than a text can have", taken(smsCount=256), accepted),
        *(Case(f"refused {code}", told(code, status=400), wanted(code), code) for code in REFUSALS),
        Case("refused with 200", told("2104", messageId=REFERENCE), ErrorClass.RECIPIENT, "2104"),
        Case("204 says nothing", Answer(status=204), Unknown),
        Case("a code nobody knows", told("9999", messageId=REFERENCE), Unknown),
        Case("it has ended already", told("1002", messageId=REFERENCE), Unknown),
        Case("no id", told("1005"), Unknown),
        Case("400 without a code", Answer(status=400, body="{}"), ErrorClass.MESSAGE, "HTTP 400"),
        Case("500", Answer(status=500), Unknown),
    )


def test_every_code_of_the_page_is_in_the_tables() -> None:
    page = {str(code) for code in (*range(7), 104, 105)}
    page |= {str(code) for code in (*range(1000, 1014), *range(2000, 2004), *range(2100, 2108))}
    page |= {str(code) for code in (*range(2200, 2208), *range(3000, 3003), *range(4000, 4008))}
    page |= {"106000", "106100", "106101", "106200", "106201", "106202", "106300", "106301"}
    assert {*STATES, *REFUSALS} == page
    assert not set(STATES) & set(REFUSALS)


def fields_of(provider: LinkCommon, message: object) -> dict[str, Any]:
    request = provider.send_request(message, MOMENT)  # type: ignore[arg-type]  # it is one
    assert isinstance(request, ProviderRequest)
    assert (request.method, request.url) == ("POST", "https://n-eu.linkmobility.io/sms/send")
    assert request.headers == {
        "Authorization": "Basic " + base64.b64encode(b"house:" + PASSWORD.encode()).decode(),
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    fields: dict[str, Any] = json.loads(request.body)
    return fields


def test_a_request_field_by_field() -> None:
    assert fields_of(ACCOUNT, a_message()) == {
        "source": "Alarm",
        "sourceTON": "ALPHANUMERIC",
        "destination": NUMBER,
        "destinationTON": "MSISDN",
        "dcs": "TEXT",
        "userData": TEXT,
        "useDeliveryReport": False,
        "priority": "HIGH",
        "platformId": "COOL",
        "platformPartnerId": "1234",
        "refId": "6f1d2c3b4a5968778695a4b3c2d1e0f0",
        "ignoreResponse": False,
        "customParameters": {"replySmsCount": "true"},
    }


def test_all_wishes_are_sent() -> None:
    message = a_message(
        text="{5 €}", plain=True, flash=True, priority=Priority.NORMAL, validity=timedelta(hours=1)
    )
    fields = fields_of(REPORTING, message)
    assert fields["userData"] == "(5 EUR)"
    assert fields["customParameters"] == {"replySmsCount": "true", "flash.sms": "true"}
    assert fields["priority"] == "NORMAL"
    assert fields["relativeValidityTime"] == 3_600_000
    assert (fields["useDeliveryReport"], fields["deliveryReportGates"]) == (True, ["BVldZyQt"])
    assert fields_of(REPORTING, a_message(report_requested=False))["useDeliveryReport"] is False


@pytest.mark.parametrize(("seconds", "sent"), [(60, 900_000), (86_400 * 3, 172_800_000)])
def test_the_validity_is_kept_within_what_link_takes(seconds: int, sent: int) -> None:
    fields = fields_of(ACCOUNT, a_message(validity=timedelta(seconds=seconds)))
    assert fields["relativeValidityTime"] == sent


@pytest.mark.parametrize(
    ("sender", "kind"), [("2333", "SHORTNUMBER"), ("+4799999999", "MSISDN"), ("AB", "ALPHANUMERIC")]
)
def test_kinds_of_senders(sender: str, kind: str) -> None:
    fields = fields_of(LinkCommon(**(SETTINGS | {"sender": sender})), a_message())
    assert (fields["source"], fields["sourceTON"]) == (sender, kind)


@pytest.mark.parametrize(
    "message",
    [a_message(text="🔥"), a_message(data=b"x"), a_message(channel=Channel.CALL)],
    ids=["emoji", "data", "call"],
)
def test_what_cannot_be_carried_is_refused_before(message: Any) -> None:
    with pytest.raises(ValueError, match="Common"):
        ACCOUNT.plan_segments(message)
    refused = ACCOUNT.send_request(message, MOMENT)
    assert isinstance(refused, Rejected)
    assert refused.error_class is ErrorClass.MESSAGE


def test_an_emoji_goes_as_a_look_alike_when_plain() -> None:
    assert "🔥" not in fields_of(ACCOUNT, a_message(text="Feuer 🔥", plain=True))["userData"]


def test_reports_need_a_gate() -> None:
    assert ACCOUNT.limits.reports == frozenset()
    assert REPORTING.limits.reports == {Channel.SMS}


# --- reports ---


def report(given: str = REFERENCE, code: int = 1001, segments: Any = 1) -> dict[str, Any]:
    return {
        "refId": "6f1d",
        "id": given,
        "operator": "no.telenor",
        "sentTimestamp": "2026-11-21T11:59:50Z",
        "timestamp": "2026-11-21T11:59:58Z",
        "resultCode": code,
        "operatorResultCode": "2",
        "segments": segments,
        "gateCustomParameters": {},
        "customParameters": {"received": "2026-11-21 12:59:58"},
    }


def called(data: Any, path: str = PATH, **headers: str) -> HttpRequest:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return HttpRequest(
        method="POST", path=path, headers={"Content-Type": "application/json"} | headers, body=body
    )


def received(data: Any) -> Received:
    return REPORTING.receive(called(data), MOMENT)


def references(given: str, segments: Any) -> list[str]:
    return [each.reference for each in received(report(given, segments=segments)).reports]


@pytest.mark.parametrize("code", [*STATES, *REFUSALS])
def test_every_code_is_reported(code: str) -> None:
    (found,) = received(report(code=int(code))).reports
    assert found.status is STATES.get(code, ReportStatus.FAILED)
    assert (found.code, found.address) == (code, "")
    assert found.reported_at == NOW - timedelta(seconds=2)


class TestParts:
    """Each part of a long text is reported for itself."""

    @pytest.mark.parametrize("first", [0, 1])
    def test_each_part_is_named_once_wherever_counting_begins(self, first: int) -> None:
        named = [references(f"{REFERENCE}${first + part}", 3) for part in range(3)]
        accepted = Accepted(reference=REFERENCE, segments=3)
        ours = {REPORTING.segment_reference(accepted, segment) for segment in range(3)}
        assert {reference for (reference,) in named} == ours

    def test_a_report_without_a_part_is_about_all(self) -> None:
        assert references(REFERENCE, 3) == [f"{REFERENCE}${part}" for part in range(3)]
        assert references(REFERENCE, 1) == [f"{REFERENCE}$0"]

    @pytest.mark.parametrize("segments", [None, "x", 0, "9999", True])
    def test_a_number_of_parts_that_makes_no_sense_is_one(self, segments: Any) -> None:
        assert references(REFERENCE, segments) == [f"{REFERENCE}$0"]
        assert references(f"{REFERENCE}$2", segments) == [f"{REFERENCE}$2"]

    def test_nobody_makes_us_report_without_end(self) -> None:
        assert len(references(REFERENCE, 999)) == 255

    def test_fewer_parts_than_planned_stand_for_all(self) -> None:
        accepted = Accepted(reference=REFERENCE, segments=2)
        named = [REPORTING.segment_reference(accepted, segment) for segment in range(3)]
        assert named == [f"{REFERENCE}$0", f"{REFERENCE}$1", f"{REFERENCE}$0"]


class OneAnswer(Exchange):
    """The wire: LINK takes everything."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def ask(self, request: ProviderRequest) -> ProviderResponse:
        body = self._answer.body
        return ProviderResponse(
            status=self._answer.status, body=body.encode() if isinstance(body, str) else body
        )


@pytest.mark.parametrize("failing", [None, 1])
def test_a_long_text_is_delivered_only_when_all_its_parts_are(tmp_path: Path, failing: int | None) -> None:
    """The whole way: engine, outbox, route, codec, callbacks, journal."""

    @story
    async def told() -> None:
        clock = StoryClock()
        engine = make_engine(tmp_path, clock=clock)
        route = ProviderRoute(
            "link",
            REPORTING,
            OneAnswer(taken(smsCount=3)),
            clock=clock,
            ids=FixedIds(),
            callback_url=CALLBACK,
        )
        await engine.start()
        await engine.add_route(route)
        try:
            await engine.send(SendRequest(to=("anna",), text=LONG))
            states = []
            for part in range(3):
                await clock.sleep_until(clock.monotonic() + 5)
                code = 1006 if part == failing else 1001
                answer = await route.handle_callback(called(report(f"{REFERENCE}${part}", code, 3)))
                assert answer.status == 200
                (message,) = await engine.messages()
                states.append(message.state)
        finally:
            await engine.stop()
        accepted, delivered, failed = MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.FAILED
        if failing is None:
            assert states == [accepted, accepted, delivered]
        else:
            assert states[:2] == [accepted, failed]
            assert delivered not in states

    told()


async def test_the_route_tells_what_the_report_of_each_segment_names() -> None:
    seen: list[SegmentProgress] = []

    async def note(progress: SegmentProgress) -> None:
        seen.append(progress)
        if progress.state is SegmentState.ACCEPTED and progress.segment == 1:
            raise JournalError("disk full")

    async with a_provider(taken(smsCount=3)) as (_, exchange):
        outcome = await a_route(REPORTING, exchange).send(a_message(text=LONG), note)
    assert isinstance(REPORTING, NamesSegments)
    assert outcome == Accepted(reference=REFERENCE, segments=3)
    assert [each.reference for each in seen] == ["", "", "", *(f"{REFERENCE}${part}" for part in range(3))]


# --- callbacks ---


def test_a_gate_may_call_by_get_or_with_a_form() -> None:
    fields = {name: value for name, value in report().items() if isinstance(value, str | int)}
    query = urlencode(fields)
    by_get = HttpRequest(method="GET", path=PATH, query=query)
    by_form = called(query.encode(), **{"Content-Type": "application/x-www-form-urlencoded"})
    assert REPORTING.receive(by_get, MOMENT) == REPORTING.receive(by_form, MOMENT) == received(report())


INBOUND = {
    "destination": "NO-2333",
    "subNumber": None,
    "source": NUMBER,
    "content": {"type": "SMS", "userData": "OK 4711", "encoding": "TEXT"},
    "operator": "no.telenor",
    "timestamp": "2026-11-21T12:00:00Z",
    "messageId": "Hn7PgA",
    "route": {"type": "KEYWORD_ROUTE", "keyword": "OK"},
}


def test_an_inbound_message() -> None:
    assert received(INBOUND) == Received(
        messages=(
            InboundSms(
                sender=NUMBER,
                sender_can_be_answered=True,
                text="OK 4711",
                received_at=NOW,
                service_centre_time=NOW,
                is_text=True,
                reference="Hn7PgA",
            ),
        )
    )


def test_data_is_no_text() -> None:
    content = {"type": "SMS", "userData": "0102", "encoding": "BINARY"}
    (message,) = received(INBOUND | {"content": content}).messages
    assert (message.is_text, message.text) == (False, "")


@pytest.mark.parametrize(
    "data",
    [b"<xml/>", [], {}, report(code=777), {"resultCode": 1001}, INBOUND | {"source": ""}],
    ids=["xml", "list", "empty", "code", "no id", "no source"],
)
def test_what_makes_no_sense_is_refused(data: Any) -> None:
    with pytest.raises(CallbackRefusedError) as caught:
        received(data)
    assert caught.value.status == 400


@pytest.mark.parametrize("body", [b"id=%ff&\xff", b"&".join([b"a=b"] * 200)])
def test_a_form_that_makes_no_sense_is_refused(body: bytes) -> None:
    request = called(body, **{"Content-Type": "application/x-www-form-urlencoded"})
    with pytest.raises(CallbackRefusedError) as caught:
        REPORTING.receive(request, MOMENT)
    assert caught.value.status == 400


def test_who_calls_is_proven() -> None:
    account = LinkCommon(**SETTINGS, callback_user="link", callback_password="geheim", callback_answer="OK")
    proof = "Basic " + base64.b64encode(b"link:geheim").decode()
    assert account.receive(called(report(), Authorization=proof), MOMENT).reports
    assert account.answer(called(report()), Received()).body == b"OK"
    for request, status in (
        (called(report(), Authorization="Basic eDp5"), 401),
        (called(report(), "/callback/link/guess", Authorization=proof), 403),
        (called(b" " * 70_000, Authorization=proof), 413),
    ):
        with pytest.raises(CallbackRefusedError) as caught:
            account.receive(request, MOMENT)
        assert caught.value.status == status


NAMES = st.sampled_from([*report(), *INBOUND, "type", "userData", "encoding"])
LEAVES = st.none() | st.integers() | st.sampled_from(["1001", "id$1", "id$999", "²", "", NUMBER])
GARBAGE = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5)
)


@given(GARBAGE)
def test_whatever_comes_is_taken_or_refused(data: Any) -> None:
    with suppress(CallbackRefusedError):
        received(data)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_url", "http://n-eu.linkmobility.io/sms"),
        ("base_url", "https://example.org/sms"),
        ("user", ""),
        ("user", "a:b"),
        ("password", ""),
        ("platform_id", ""),
        ("platform_partner_id", ""),
        ("sender", ""),
        ("sender", "A"),
        ("sender", "1 Alarm"),
        ("sender", "far too long a name"),
        ("callback_password", "alone"),
    ],
)
def test_settings_that_make_no_sense_are_refused(field: str, value: str) -> None:
    with pytest.raises(ConfigError, match=field) as caught:
        LinkCommon(**(SETTINGS | {field: value}))
    assert caught.value.path == (field,)
