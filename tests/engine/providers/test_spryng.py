"""Spryng: the API v2 as its documentation shows it, and the older webhook for inbound messages."""

from __future__ import annotations

import base64
import hashlib
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.errors import ConfigError, JournalError
from alert_engine.intake.http_request import HttpRequest
from alert_engine.model import Channel, InboundReceived
from alert_engine.routes.base import (
    Accepted,
    Credit,
    ErrorClass,
    InboundReport,
    InboundSms,
    Rejected,
    ReportStatus,
    Unknown,
)
from alert_engine.routes.provider_exchange import Exchange, NotSentError
from alert_engine.routes.provider_route import ProviderRoute
from alert_engine.routes.providers.exchange import ProviderRequest, ProviderResponse
from alert_engine.routes.providers.provider import (
    AnswersPolls,
    CallbackRefusedError,
    ChecksAccess,
    HasInbox,
    Moment,
    Pace,
    Received,
    TakesCallbacks,
    TellsCredit,
)
from alert_engine.routes.providers.spryng import Spryng
from tests.engine.providers.contract import NONCE, NOW, NUMBER, TEXT, Case, SendContract, a_message, a_route
from tests.engine.providers.stand_in import Answer, a_provider
from tests.engine.support import CountedIds, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

KEY = "spryng-key-0123456789"
ID = "0929df71-d1ea-4b02-87b2-9789b332a92e"
CALLBACK = "https://ha.example.org/callback/spryng/5ecret"
PATH = "/callback/spryng/5ecret"
MOMENT = Moment(now=NOW, nonce=NONCE, callback_url=CALLBACK)
SETTINGS = {"api_key": KEY, "account_reference": "SPNL0000000"}


def an_account(**fields: Any) -> Spryng:
    return Spryng(**(SETTINGS | fields))


ACCOUNT = an_account(sender="Alarm")


def failure(status: int, code: str = "unauthenticatedError") -> Answer:
    body = {"errors": [{"errorCode": code, "errorMessage": f"no {NUMBER}"}]}
    return Answer(status=status, body=json.dumps(body))


class TestSending(SendContract):
    provider = ACCOUNT
    good = Answer(status=202, body=json.dumps({"data": {"requestId": "8dcad127", "messageIds": [ID]}}))
    accepted = Accepted(reference=ID, segments=1)
    secrets = (KEY,)
    cases: ClassVar = (
        Case("400", failure(400, "invalid_msisdn"), ErrorClass.MESSAGE, "invalid_msisdn"),
        Case("401", failure(401), ErrorClass.ACCOUNT, "unauthenticatedError"),
        Case("403", failure(403, "forbidden"), ErrorClass.ACCOUNT, "forbidden"),
        Case("404", failure(404), ErrorClass.MESSAGE),
        Case("409", failure(409), ErrorClass.MESSAGE),
        Case(
            "429 keeps its status, by which the route rests", failure(429), ErrorClass.TEMPORARY, "HTTP 429"
        ),
        Case("500", failure(500), Unknown),
        Case(
            "other form",
            Answer(status=400, body='{"title":"x","status":400}'),
            ErrorClass.MESSAGE,
            "HTTP 400",
        ),
        Case("a code that is none", failure(400, f"no {NUMBER}"), ErrorClass.MESSAGE, "HTTP 400"),
        Case("no id", Answer(status=202, body='{"data":{"messageIds":[]}}'), Unknown),
        Case("no such id", Answer(status=202, body='{"data":{"messageIds":["../../x"]}}'), Unknown),
        Case("moved", Answer(status=301), ErrorClass.ACCOUNT),
    )


def fields_of(provider: Spryng, message: Any) -> dict[str, Any]:
    request = provider.send_request(message, MOMENT)
    assert isinstance(request, ProviderRequest)
    fields = json.loads(request.body)
    assert isinstance(fields, dict)
    return fields


class TestRequests:
    def test_a_message_has_all_that_is_set(self) -> None:
        request = ACCOUNT.send_request(a_message(validity=timedelta(hours=1)), MOMENT)
        assert isinstance(request, ProviderRequest)
        assert (request.method, request.url) == ("POST", "https://api.spryng.nl/v2/messages")
        assert request.headers == {
            "X-Api-Key": KEY,
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        assert json.loads(request.body) == {
            "accountReference": "SPNL0000000",
            "channel": "SMS",
            "characterSet": "Auto",
            "messageType": "NotificationsAndReminders",
            "from": "Alarm",
            "validity": "2026-11-21T13:00:00.000Z",
            "body": {"text": TEXT},
            "recipients": [{"msisdn": NUMBER, "variables": {}, "metaData": {}}],
        }

    def test_what_is_not_set_is_left_to_the_account(self) -> None:
        fields = fields_of(an_account(), a_message())
        assert "from" not in fields
        assert "validity" not in fields

    def test_a_number_is_sent_as_spryng_writes_it(self) -> None:
        assert fields_of(an_account(sender="+31612345678"), a_message())["from"] == "31612345678"

    @pytest.mark.parametrize(
        ("validity", "sent"),
        [
            (timedelta(seconds=5), "2026-11-21T12:02:00.000Z"),
            (timedelta(days=9), "2026-11-24T11:59:00.000Z"),
        ],
    )
    def test_the_validity_is_kept_in_its_range(self, validity: timedelta, sent: str) -> None:
        assert fields_of(ACCOUNT, a_message(validity=validity))["validity"] == sent

    def test_brackets_would_be_variables(self) -> None:
        message = a_message(text="[CRITICAL] Pump [shorten: 2]")
        assert fields_of(ACCOUNT, message)["body"] == {"text": "(CRITICAL) Pump (shorten: 2)"}
        kept = fields_of(an_account(keep_brackets=True), message)
        assert kept["body"] == {"text": message.text}

    def test_the_alphabet_can_be_forced(self) -> None:
        forced = fields_of(an_account(character_set="GSM"), a_message(text="5 € ł"))
        assert (forced["characterSet"], forced["body"]["text"]) == ("GSM", "5 € l")
        plain = fields_of(an_account(character_set="Unicode"), a_message(text="5 €", plain=True))
        assert (plain["characterSet"], plain["body"]["text"]) == ("GSM", "5 EUR")

    def test_segments_follow_the_alphabet(self) -> None:
        message = a_message(text="x" * 150)
        assert ACCOUNT.plan_segments(message) == 1
        assert an_account(character_set="Unicode").plan_segments(message) == 3
        brackets = a_message(text="[" * 160)
        assert ACCOUNT.plan_segments(brackets) == 1
        assert an_account(keep_brackets=True).plan_segments(brackets) == 3

    def test_half_a_character_does_not_stop_the_rest(self) -> None:
        """JSON can write lone surrogates, and UTF-8 cannot."""
        assert fields_of(ACCOUNT, a_message(text="a\ud800b"))["body"] == {"text": "a?b"}

    @pytest.mark.parametrize("fields", [{"channel": Channel.WHATSAPP}, {"data": b"\x01"}])
    def test_what_cannot_be_carried_is_refused_before_anything_leaves(self, fields: Any) -> None:
        refused = ACCOUNT.send_request(a_message(**fields), MOMENT)
        assert isinstance(refused, Rejected)
        assert refused.error_class is ErrorClass.MESSAGE


def response(status: int, body: Any) -> ProviderResponse:
    return ProviderResponse(status=status, body=json.dumps(body).encode())


class TestTheAccount:
    def test_it_offers_what_the_api_has(self) -> None:
        for offered in (ChecksAccess, TellsCredit, AnswersPolls, TakesCallbacks):
            assert isinstance(ACCOUNT, offered)
        assert not isinstance(ACCOUNT, HasInbox)
        assert ACCOUNT.limits.channels == ACCOUNT.limits.reports == {Channel.SMS}
        assert ACCOUNT.limits.pace == Pace(per_second=5.0, pause=timedelta(seconds=5))

    def test_questions_name_the_account(self) -> None:
        request = ACCOUNT.check_request(MOMENT)
        assert (request.method, request.url) == ("GET", "https://api.spryng.nl/v2/webhooks/events")
        assert request.headers == {
            "X-Api-Key": KEY,
            "AccountReference": "SPNL0000000",
            "Accept": "application/json",
        }
        assert ACCOUNT.credit_request(MOMENT).url == "https://api.spryng.nl/v2/balance"

    @pytest.mark.parametrize(
        ("status", "error_class"),
        [
            (200, None),
            (404, None),
            (401, ErrorClass.ACCOUNT),
            (403, ErrorClass.ACCOUNT),
            (429, ErrorClass.TEMPORARY),
            (500, ErrorClass.DEVICE),
        ],
    )
    def test_what_a_look_finds(self, status: int, error_class: ErrorClass | None) -> None:
        refused = ACCOUNT.checked(response(status, {}))
        assert (refused and refused.error_class) == error_class

    @pytest.mark.parametrize("status", [200, 201])
    def test_the_balance(self, status: int) -> None:
        body = {"available": "2951.73346", "reserved": "0"}
        assert ACCOUNT.credit(response(status, body)) == Credit(amount=Decimal("2951.73346"))
        assert ACCOUNT.credit(response(status, {"data": body})) == Credit(amount=Decimal("2951.73346"))

    @pytest.mark.parametrize(
        ("status", "body"),
        [(400, {"available": "1"}), (200, {}), (200, {"available": "much"}), (200, {"available": "NaN"})],
    )
    def test_there_may_be_no_balance(self, status: int, body: Any) -> None:
        assert ACCOUNT.credit(response(status, body)) is None


def state(status: str, reason: str = "", **fields: Any) -> dict[str, Any]:
    """As the documentation shows it, cut to what is of interest."""
    data = {
        "messageId": ID,
        "msisdn": NUMBER,
        "status": status,
        "reason": reason,
        "lastUpdateTimestamp": "2026-11-21T11:59:44.33304Z",
    }
    return {"data": data | fields}


UPDATED = datetime(2026, 11, 21, 11, 59, 44, 333040, tzinfo=UTC)


class TestPolls:
    def test_each_message_is_asked_after(self) -> None:
        requests = ACCOUNT.poll_requests([ID, "../balance", *([ID] * 50)], MOMENT)
        assert len(requests) == 20
        assert requests[0].url == f"https://api.spryng.nl/v2/messages/{ID}"

    @pytest.mark.parametrize(
        ("status", "reason", "wanted", "code"),
        [
            ("In Progress", "", ReportStatus.PENDING, "In Progress"),
            ("Delivered", "Delivered", ReportStatus.DELIVERED, "Delivered"),
            *(
                ("Failed", reason, ReportStatus.FAILED, reason)
                for reason in (
                    "MessageExpired",
                    "MsisdnInvalid",
                    "DestinationNotAllowed",
                    "LandlineNotAllowed",
                    "senderIdInvalid",
                    "SendingLimitExceeded",
                    "MessagePartCountExceeded",
                    "OutsideBusinessHours",
                    "WithinQuietHours",
                    "NetworkFailed",
                )
            ),
        ],
    )
    def test_states(self, status: str, reason: str, wanted: ReportStatus, code: str) -> None:
        report = InboundReport(reference=ID, address=NUMBER, status=wanted, reported_at=UPDATED, code=code)
        assert ACCOUNT.polled(response(200, state(status, reason)), MOMENT) == Received(reports=(report,))

    def test_who_opted_out_is_marked(self) -> None:
        (report,) = ACCOUNT.polled(response(200, state("Failed", "OptedOut")), MOMENT).reports
        assert report.opted_out
        (report,) = ACCOUNT.polled(response(200, state("Delivered", "OptedOut")), MOMENT).reports
        assert not report.opted_out

    def test_without_a_time_it_is_now(self) -> None:
        told = state("Delivered", lastUpdateTimestamp=None, msisdn="444-14-0692")
        (report,) = ACCOUNT.polled(response(200, told), MOMENT).reports
        assert (report.reported_at, report.address) == (NOW, "")

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (404, state("Delivered")),
            (200, state("Received")),
            (200, state("Delivered", messageId=None)),
            (200, []),
        ],
    )
    def test_what_cannot_be_read_tells_nothing(self, status: int, body: Any) -> None:
        assert ACCOUNT.polled(response(status, body), MOMENT) == Received()


def webhook(body: Any, *, account: Spryng = ACCOUNT, **fields: Any) -> Received:
    request = HttpRequest(method="POST", path=PATH, body=json.dumps(body).encode(), **fields)
    received = account.receive(request, MOMENT)
    answer = account.answer(request, received)
    assert (answer.status, answer.body) == (200, b"")
    return received


def event(status: str, **fields: Any) -> dict[str, Any]:
    """The documentation's sample."""
    message = {
        "MessageId": ID,
        "MostRecentOutboundMessageId": None,
        "OccurredAtTime": "2026-11-21T11:59:08.8212423Z",
        "Status": status,
        "Body": "OK 4711",
        "MessageParts": 2,
        "MessageCoding": "GSM",
        "Originator": "447786201931",
        "Msisdn": NUMBER.removeprefix("+"),
        "Keyword": "",
        "SenderType": "VirtualMobileNumber",
    }
    return {
        "RequestId": "afe6beb6-6d92-4efa-bcb8-39164092f449",
        "AccountReference": "SPNL0000000",
        "Channel": "SMS",
        "Status": status,
        "Messages": [message | fields],
    }


OCCURRED = datetime(2026, 11, 21, 11, 59, 8, 821242, tzinfo=UTC)


class TestWebhooks:
    def test_an_inbound_message(self) -> None:
        message = InboundSms(
            sender=NUMBER,
            sender_can_be_answered=True,
            text="OK 4711",
            received_at=NOW,
            service_centre_time=OCCURRED,
            is_text=True,
            segments=2,
            reference=ID,
        )
        assert webhook(event("Received")) == Received(messages=(message,))

    @pytest.mark.parametrize("parts", [None, 0, 300, "2"])
    def test_its_parts_may_be_untold(self, parts: Any) -> None:
        (message,) = webhook(event("Received", MessageParts=parts, Body="")).messages
        assert (message.segments, message.is_text) == (1, False)

    @pytest.mark.parametrize(
        ("status", "reason", "wanted"),
        [
            ("Delivered", None, ReportStatus.DELIVERED),
            ("Failed", None, ReportStatus.FAILED),
            ("Failed", "OptedOut", ReportStatus.FAILED),
        ],
    )
    def test_reports(self, status: str, reason: str | None, wanted: ReportStatus) -> None:
        report = InboundReport(
            reference=ID,
            address=NUMBER,
            status=wanted,
            reported_at=OCCURRED,
            code=reason or status,
            opted_out=reason is not None,
        )
        assert webhook(event(status, Reason=reason)) == Received(reports=(report,))

    def test_an_opt_out_names_no_message(self) -> None:
        body = {"AccountReference": "SPNL0000000", "Channel": "SMS", "Address": NUMBER}
        assert webhook(body) == Received()

    def test_states_that_nobody_knows_tell_nothing(self) -> None:
        assert webhook(event("Pondered")) == Received()
        assert webhook(event("Received", Msisdn="")) == Received()

    @pytest.mark.parametrize("body", [{}, [], {"Messages": 5}, {"Messages": []}])
    def test_what_makes_no_sense(self, body: Any) -> None:
        with pytest.raises(CallbackRefusedError) as caught:
            webhook(body)
        assert caught.value.status == 400

    def test_basic_is_checked_where_it_is_set(self) -> None:
        account = an_account(callback_user="spryng", callback_password="pw")
        header = "Basic " + base64.b64encode(b"spryng:pw").decode()
        assert webhook(event("Delivered"), account=account, headers={"Authorization": header}).reports
        with pytest.raises(CallbackRefusedError) as caught:
            webhook(event("Delivered"), account=account)
        assert caught.value.status == 401

    def test_the_path_is_the_secret(self) -> None:
        request = HttpRequest(method="POST", path="/callback/spryng/guess", body=b"{}")
        with pytest.raises(CallbackRefusedError) as caught:
            ACCOUNT.receive(request, MOMENT)
        assert caught.value.status == 403

    def test_a_body_that_is_too_long(self) -> None:
        request = HttpRequest(method="POST", path=PATH, body=b"{" + b" " * 70_000)
        with pytest.raises(CallbackRefusedError) as caught:
            ACCOUNT.receive(request, MOMENT)
        assert caught.value.status == 413


MO = (
    "MSISDN=436641234567&KEYWORD=OK&PARM=4711%20K%FChlhaus&OPERATOR=23201&TIMESTAMP=20261121130500"
    "&SHORTCODE=0900123&REFERENCE=abc&COUNTRY=AUT"
)


def by_post(form: str, account: Spryng = ACCOUNT) -> Received:
    request = HttpRequest(
        method="POST",
        path=PATH,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=form.encode("latin-1"),
    )
    received = account.receive(request, MOMENT)
    assert account.answer(request, received).body == b"TRUE"
    return received


def by_get(query: str, account: Spryng = ACCOUNT) -> Received:
    request = HttpRequest(method="GET", path=PATH, query=query)
    received = account.receive(request, MOMENT)
    answer = account.answer(request, received)
    assert (answer.status, answer.body) == (200, b"TRUE")
    return received


def only(received: Received) -> InboundSms:
    (message,) = received.messages
    return message


class TestTheOlderWebhook:
    @pytest.mark.parametrize("call", [by_post, by_get])
    def test_a_message(self, call: Any) -> None:
        message = only(call(MO))
        assert message == InboundSms(
            sender=NUMBER,
            sender_can_be_answered=True,
            text="OK 4711 Kühlhaus",
            received_at=NOW,
            service_centre_time=None,
            is_text=True,
            reference=message.reference,
        )

    def test_a_post_may_have_all_of_it_in_its_query(self) -> None:
        request = HttpRequest(method="POST", path=PATH, query=MO)
        assert ACCOUNT.receive(request, MOMENT) == by_post(MO)

    def test_the_body_of_a_get_means_nothing(self) -> None:
        request = HttpRequest(method="GET", path=PATH, query=MO, body=b"MSISDN=441&PARM=x")
        assert ACCOUNT.receive(request, MOMENT) == by_get(MO)

    def test_octets_need_not_be_escaped(self) -> None:
        assert only(by_post(MO.replace("%FC", "ü"))) == only(by_post(MO))
        # As aiohttp decodes the request line.
        raw = MO.encode().replace(b"%FC", b"\xfc").decode("utf-8", "surrogateescape")
        assert only(by_get(raw)) == only(by_get(MO))

    @pytest.mark.parametrize("call", [by_post, by_get])
    def test_of_a_field_that_is_there_twice_the_last_counts(self, call: Any) -> None:
        """As PHP reads them, in which Spryng's sample is written."""
        assert only(call(f"MSISDN=441&PARM=x&{MO}")) == only(call(MO))

    def test_a_repeat_is_known_again_and_nothing_else_is(self) -> None:
        reference = only(by_post(MO)).reference
        told = "436641234567\x000900123\x0020261121130500\x00OK\x004711 Kühlhaus"
        assert reference == f"mo-{hashlib.sha256(told.encode()).hexdigest()}"
        same = MO.replace("OPERATOR=23201", "OPERATOR=26201").replace("&REFERENCE=abc", "")
        assert only(by_get(same)).reference == reference
        for old, new in (
            ("MSISDN=43", "MSISDN=44"),
            ("KEYWORD=OK", "KEYWORD=NO"),
            ("4711", "4712"),
            ("20261121130500", "20261121130501"),
            ("0900123", "0900124"),
        ):
            assert only(by_post(MO.replace(old, new))).reference != reference

    def test_without_a_time_nothing_is_taken_for_a_repeat(self) -> None:
        assert not only(by_post("MSISDN=436641234567&KEYWORD=OK&PARM=")).reference

    @pytest.mark.parametrize(
        ("form", "text"),
        [
            ("KEYWORD=STATUS&PARM=", "STATUS"),
            ("KEYWORD=&PARM=status", "status"),
            ("KEYWORD=STATUS", "STATUS"),
            ("KEYWORD=&PARM=", ""),
        ],
    )
    def test_either_part_may_be_empty(self, form: str, text: str) -> None:
        message = only(by_post(f"MSISDN=436641234567&{form}"))
        assert (message.text, message.is_text) == (text, bool(text))

    def test_our_keyword_on_a_shared_code_is_no_part_of_the_text(self) -> None:
        account = an_account(mo_keyword="alarm")
        assert only(by_post("MSISDN=436641234567&KEYWORD=ALARM&PARM=OK+4711", account)).text == "OK 4711"
        assert only(by_post("MSISDN=436641234567&KEYWORD=OK&PARM=4711", account)).text == "OK 4711"

    @pytest.mark.parametrize(
        ("stamp", "wanted"),
        [
            ("20261121130500", datetime(2026, 11, 21, 12, 5, tzinfo=UTC)),
            ("20261399999999", None),
            ("", None),
            ("00010101000000", None),
        ],
    )
    def test_its_time_needs_a_zone(self, stamp: str, wanted: datetime | None) -> None:
        account = an_account(mo_time_zone="Europe/Amsterdam")
        assert only(by_post(MO.replace("20261121130500", stamp), account)).service_centre_time == wanted

    def test_a_short_code_cannot_be_answered(self) -> None:
        message = only(by_post("MSISDN=12345&KEYWORD=x"))
        assert (message.sender, message.sender_can_be_answered) == ("12345", False)

    @pytest.mark.parametrize(
        "form",
        [
            "",
            "MSISDN=&KEYWORD=OK",
            "MSISDN=436641234567",
            "KEYWORD=OK",
            MO + "".join(f"&A{i}=" for i in range(50)),
        ],
    )
    def test_what_makes_no_sense(self, form: str) -> None:
        with pytest.raises(CallbackRefusedError) as caught:
            by_post(form)
        assert caught.value.status == 400

    def test_what_no_request_line_can_hold(self) -> None:
        with pytest.raises(CallbackRefusedError) as caught:
            by_get("MSISDN=436641234567&KEYWORD=\ud800")
        assert caught.value.status == 400

    @given(query=st.text(max_size=60))
    def test_nothing_breaks_its_query(self, query: str) -> None:
        with suppress(CallbackRefusedError):
            by_get(f"MSISDN=436641234567&{query}")

    def test_other_methods_commit_nothing(self) -> None:
        with pytest.raises(CallbackRefusedError) as caught:
            ACCOUNT.receive(HttpRequest(method="HEAD", path=PATH, query=MO), MOMENT)
        assert caught.value.status == 405

    @given(body=st.binary(max_size=200))
    def test_nothing_breaks_it(self, body: bytes) -> None:
        request = HttpRequest(method="POST", path=PATH, body=b"MSISDN=436641234567&KEYWORD=x&PARM=" + body)
        with suppress(CallbackRefusedError):
            assert ACCOUNT.receive(request, MOMENT).messages


NAMES = st.sampled_from(
    ["Messages", "MessageId", "Status", "Msisdn", "MessageParts", "data", "messageIds", "status", "errors"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.sampled_from([ID, "Received", "Failed", "available"])
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=15,
)


@given(status=st.sampled_from([200, 202, 400, 401, 429, 500]), body=JSON)
def test_whatever_json_comes_nothing_is_raised_that_is_no_refusal(status: int, body: Any) -> None:
    answer = response(status, body)
    assert isinstance(ACCOUNT.outcome(a_message(), answer, MOMENT), Accepted | Rejected | Unknown)
    assert isinstance(ACCOUNT.polled(answer, MOMENT), Received)
    ACCOUNT.checked(answer)
    ACCOUNT.credit(answer)
    with suppress(CallbackRefusedError):
        ACCOUNT.receive(HttpRequest(method="POST", path=PATH, body=answer.body), MOMENT)


class Sink:
    """Commits, or cannot."""

    def __init__(self, *, works: bool) -> None:
        self.works = works
        self.kept: list[InboundSms] = []

    async def inbound(self, route: str, message: InboundSms) -> None:
        if not self.works:
            raise JournalError("the disk is full")
        self.kept.append(message)


@pytest.mark.parametrize("works", [True, False])
async def test_true_is_said_only_after_the_commit(*, works: bool) -> None:
    """Spryng repeats what is answered otherwise once a minute for a day: nothing is lost by a full disk."""
    async with a_provider(Answer()) as (_, exchange):
        route = a_route(ACCOUNT, exchange, callback_url=CALLBACK)
        sink: Any = Sink(works=works)
        route._sink = sink
        answer = await route.handle_callback(HttpRequest(method="GET", path=PATH, query=MO))
    assert (answer.status, answer.body) == ((200, b"TRUE") if works else (503, b""))
    assert len(sink.kept) == works


class Unplugged(Exchange):
    """No internet."""

    def __init__(self) -> None:
        """It needs no session."""

    async def ask(self, request: ProviderRequest) -> ProviderResponse:
        raise NotSentError(f"no way for a {request.method}")


@story
async def test_what_is_repeated_for_a_day_is_one_message_and_the_same_words_of_the_next_day_another(
    tmp_path: Path,
) -> None:
    """Spryng calls again once a minute for 24 h when our answer gets lost on its way back."""
    async with telling(tmp_path) as told:
        route = ProviderRoute(
            "spryng", ACCOUNT, Unplugged(), clock=told.clock, ids=CountedIds(), callback_url=CALLBACK
        )
        await told.engine.add_route(route)

        async def call(stamp: str) -> int:
            query = MO.replace("20261121130500", stamp)
            answer = await route.handle_callback(HttpRequest(method="GET", path=PATH, query=query))
            assert (answer.status, answer.body) == (200, b"TRUE")
            return len([event for event in told.events if isinstance(event, InboundReceived)])

        for minute in range(0, 24 * 60 + 1, 10):
            await told.until(60 * minute)
            assert await call("20261121130500") == 1
        assert await call("20261122130500") == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("api_key", ""),
        ("api_key", "a b"),
        ("account_reference", ""),
        ("account_reference", "SPNL\r\nX: y"),
        ("sender", "far too long a name"),
        ("character_set", "Latin"),
        ("message_type", "Alarm"),
        ("callback_password", "pw"),
        ("mo_keyword", "two words"),
        ("mo_time_zone", "Europe/Atlantis"),
        ("mo_time_zone", "../../etc/passwd"),
    ],
)
def test_settings_that_make_no_sense_are_refused(field: str, value: str) -> None:
    with pytest.raises(ConfigError, match=field) as caught:
        an_account(**{field: value})
    assert caught.value.path == (field,)


def test_a_user_needs_a_password() -> None:
    """Else every call would be refused, or none checked."""
    with pytest.raises(ConfigError, match="goes together with callback_user"):
        an_account(callback_user="u")


def test_a_user_has_no_colon() -> None:
    with pytest.raises(ConfigError, match="callback_user"):
        an_account(callback_user="a:b", callback_password="pw")


def test_nothing_secret_is_shown() -> None:
    assert "pw" not in repr(replace(ACCOUNT, callback_user="u", callback_password="pw"))
