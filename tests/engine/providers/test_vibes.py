"""Vibes: Connect's XML as its documentation shows it, and events of the Platform."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, ClassVar
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.errors import ConfigError
from alert_engine.intake.http_request import HttpRequest
from alert_engine.model import Channel
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
from alert_engine.routes.providers.provider import (
    AnswersPolls,
    CallbackRefusedError,
    ChecksAccess,
    Moment,
    NamesSegments,
    Pace,
    Received,
    TakesCallbacks,
    TellsCredit,
)
from alert_engine.routes.providers.vibes import Vibes, VibesPlatform
from alert_engine.routes.providers.vibes.elements import read
from tests.engine.providers.contract import NONCE, NOW, NUMBER, TEXT, Case, SendContract, a_message
from tests.engine.providers.stand_in import Answer

PASSWORD = "vibes-pass-0123456789"
MDN = "+18475551212"
ID = "865cd3d1-bea6-4a6f-8bac-bae483248a27"
CALLBACK = "https://ha.example.org/callback/vibes/5ecret?a=1&b=2"
PATH = "/callback/vibes/5ecret"
MOMENT = Moment(now=NOW, nonce=NONCE, callback_url=CALLBACK)
ACCOUNT = Vibes(user="alarm@example.org", password=PASSWORD, source="98765")
BASIC = "Basic " + base64.b64encode(f"alarm@example.org:{PASSWORD}".encode()).decode()
MESSAGE = a_message(address=MDN)
RECEIVED = datetime(2011, 4, 19, 20, 10, 8, 320000, tzinfo=UTC)

# What is known to blow up parsers that take a DTD.
BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
<moMessage messageId="1"><source address="+18475551212"/><message>&lol2;</message></moMessage>"""
OUTER_ENTITY = b"""<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<moMessage messageId="1"><source address="+18475551212"/><message>&x;</message></moMessage>"""
OUTER_DTD = b'<!DOCTYPE moMessage SYSTEM "https://example.com/x.dtd"><moMessage messageId="1"/>'


class TestSending(SendContract):
    provider = ACCOUNT
    message = MESSAGE
    good = Answer(body=f'<?xml version="1.0"?><mtMessage messageId="{ID}"/>', content_type="text/xml")
    accepted = Accepted(reference=ID, segments=1)
    secrets = (PASSWORD,)
    cases: ClassVar = (
        Case(
            "an element of another root",
            Answer(status=202, body=f"<a:r xmlns:a='u'><a:messageId> {ID} </a:messageId></a:r>"),
            accepted,
        ),
        Case(
            "the first of several",
            Answer(body=f'<r><m messageId="{ID}"/><m messageId="other-id"/></r>'),
            accepted,
        ),
        Case("no id", Answer(body="<mtMessage/>"), Unknown),
        Case("an id that is none", Answer(body='<mtMessage messageId="../../x"/>'), Unknown),
        Case("a DTD", Answer(body=f'<!DOCTYPE m><m messageId="{ID}"/>'), Unknown),
        Case("400", Answer(status=400, body="<error/>"), ErrorClass.MESSAGE, "HTTP 400"),
        Case("403", Answer(status=403), ErrorClass.ACCOUNT),
        Case("500", Answer(status=500), Unknown),
        Case("moved", Answer(status=302), ErrorClass.ACCOUNT),
    )


def document_of(provider: Vibes, message: Any, moment: Moment = MOMENT) -> ET.Element:
    request = provider.send_request(message, moment)
    assert isinstance(request, ProviderRequest)
    return ET.fromstring(request.body)


class TestRequests:
    def test_a_message_is_as_documented(self) -> None:
        request = ACCOUNT.send_request(a_message(address=MDN, text='A<B & "C"\nD\''), MOMENT)
        assert isinstance(request, ProviderRequest)
        assert request.method == "POST"
        assert request.url == "https://messageapi.vibesapps.com/MessageApi/mt/messages"
        assert request.headers == {"Authorization": BASIC, "Accept": "text/xml", "Content-Type": "text/xml"}
        assert request.body.decode() == (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<mtMessage submitterMessageId="{MESSAGE.uid}" splitLongMessage="true">'
            f'<destination address="{MDN}" type="MDN"/><source address="98765" type="SC"/>'
            "<text>A&lt;B &amp; &quot;C&quot;&#10;D&#39;</text>"
            '<receiptOption callbackUrl="https://ha.example.org/callback/vibes/5ecret?a=1&amp;b=2">ALL'
            "</receiptOption></mtMessage>"
        )

    @given(text=st.text(max_size=100))
    def test_no_text_becomes_markup(self, text: str) -> None:
        root = document_of(ACCOUNT, a_message(address=MDN, text=text))
        assert [each.tag for each in root] == ["destination", "source", "text", "receiptOption"]
        shown = root.findtext("text") or ""
        assert len(shown) == len(text)

    def test_options_of_the_account(self) -> None:
        account = Vibes(
            user="u",
            password="p",
            source="98765",
            company_id="A&B",
            alternate_delivery=True,
            source_type="LC",
        )
        root = document_of(account, MESSAGE)
        assert root.get("alternateDelivery") == "true"
        assert root.findtext("companyId") == "A&B"
        source = root.find("source")
        assert source is not None
        assert source.attrib == {"address": "98765", "type": "LC"}

    def test_receipts_are_wanted_where_a_report_is(self) -> None:
        mute = document_of(ACCOUNT, a_message(address=MDN, report_requested=False)).find("receiptOption")
        assert mute is not None
        assert (mute.text, mute.attrib) == ("NONE", {})
        unreachable = document_of(ACCOUNT, MESSAGE, Moment(now=NOW, nonce=NONCE)).find("receiptOption")
        assert unreachable is not None
        assert (unreachable.text, unreachable.attrib) == ("ALL", {})

    def test_plain_texts_are_in_the_basic_alphabet(self) -> None:
        assert (
            document_of(ACCOUNT, a_message(address=MDN, text="5 €", plain=True)).findtext("text") == "5 EUR"
        )

    def test_other_countries_are_left_to_other_routes(self) -> None:
        refused = ACCOUNT.send_request(a_message(), MOMENT)
        assert isinstance(refused, Rejected)
        assert (refused.error_class, refused.this_route_only) == (ErrorClass.RECIPIENT, True)

    @pytest.mark.parametrize(
        "fields",
        [{"channel": Channel.CALL}, {"data": b"\x01"}, {"text": "x" * 901}],
        ids=["call", "data", "long"],
    )
    def test_what_cannot_be_carried_is_refused_before_anything_leaves(self, fields: Any) -> None:
        refused = ACCOUNT.send_request(a_message(address=MDN, **fields), MOMENT)
        assert isinstance(refused, Rejected)
        assert refused.error_class is ErrorClass.MESSAGE

    def test_each_part_of_a_long_text_has_a_name(self) -> None:
        assert ACCOUNT.plan_segments(a_message(text="x" * 161)) == 2
        accepted = Accepted(reference=ID, segments=2)
        assert [ACCOUNT.segment_reference(accepted, each) for each in range(2)] == [ID, f"{ID}#1"]


def response(status: int, body: str, *, is_cut: bool = False) -> ProviderResponse:
    return ProviderResponse(status=status, body=body.encode(), is_cut=is_cut)


def test_a_whole_document_that_was_cut_is_no_answer() -> None:
    cut = response(200, f'<mtMessage messageId="{ID}"/>', is_cut=True)
    assert isinstance(ACCOUNT.outcome(MESSAGE, cut, MOMENT), Unknown)


class TestTheAccount:
    def test_it_offers_what_the_api_has(self) -> None:
        for offered in (ChecksAccess, AnswersPolls, TakesCallbacks, NamesSegments):
            assert isinstance(ACCOUNT, offered)
        assert not isinstance(ACCOUNT, TellsCredit)
        assert ACCOUNT.limits.pace == EVENTS.limits.pace == Pace(per_second=10.0)
        assert ACCOUNT.limits.channels == ACCOUNT.limits.reports == {Channel.SMS}

    def test_a_look_is_after_a_message_that_there_is_not(self) -> None:
        request = ACCOUNT.check_request(MOMENT)
        assert request.method == "GET"
        assert request.url.endswith("/MessageApi/mt/messages/00000000-0000-0000-0000-000000000000/responses")
        assert request.headers == {"Authorization": BASIC, "Accept": "text/xml"}

    @pytest.mark.parametrize(
        ("status", "error_class"),
        [
            (200, None),
            (404, None),
            (400, None),
            (500, None),
            (401, ErrorClass.ACCOUNT),
            (403, ErrorClass.ACCOUNT),
            (502, ErrorClass.DEVICE),
            (503, ErrorClass.TEMPORARY),
        ],
    )
    def test_what_a_look_finds(self, status: int, error_class: ErrorClass | None) -> None:
        refused = ACCOUNT.checked(response(status, ""))
        assert (refused and refused.error_class) == error_class

    def test_parts_are_asked_after_together(self) -> None:
        references = [f"{ID}#1", ID, "../mdns/1", *(f"other-{each}" for each in range(50))]
        requests = ACCOUNT.poll_requests(references, MOMENT)
        assert len(requests) == 10
        assert requests[0].url == f"https://messageapi.vibesapps.com/MessageApi/mt/messages/{ID}/responses"
        assert requests[1].url.endswith("/other-0/responses")


def receipt(stage: str, *, error: bool = False, codes: str = "", multipart: str = "") -> str:
    """The documentation's sample."""
    return (
        f'<mtMessageResponse messageId="{ID}" submitterMessageId="239487234987234"'
        f' receiptDate="2011-04-19T15:10:08.320-05:00">{multipart}<type>{stage}</type>'
        f'<status isError="{str(error).lower()}"><description>words</description>{codes}</status>'
        "</mtMessageResponse>"
    )


def internal(code: str) -> str:
    return f"<errorCode>107</errorCode><internalErrorCode>{code}</internalErrorCode>"


def part(number: str) -> str:
    return f'<multipart isMultipart="true" originalMessageId="{ID}" noOfParts="2" partNumber="{number}"/>'


def called(body: str | bytes) -> Received:
    octets = body.encode() if isinstance(body, str) else body
    request = HttpRequest(method="POST", path=PATH, body=octets)
    received = ACCOUNT.receive(request, MOMENT)
    assert ACCOUNT.answer(request, received).status == 200
    return received


def report(status: ReportStatus, code: str = "", **fields: Any) -> InboundReport:
    usual: dict[str, Any] = {
        "reference": ID,
        "address": "",
        "reported_at": RECEIVED,
        "uid": "239487234987234",
    }
    return InboundReport(status=status, code=code, **(usual | fields))


class TestReceipts:
    @pytest.mark.parametrize(
        ("stage", "status"),
        [
            ("System", ReportStatus.PENDING),
            ("Carrier", ReportStatus.PENDING),
            ("Handset", ReportStatus.DELIVERED),
        ],
    )
    def test_how_far_it_came(self, stage: str, status: ReportStatus) -> None:
        assert called(receipt(stage)).reports == (report(status),)
        failed = called(receipt(stage, error=True, codes=internal("7")))
        assert failed.reports == (report(ReportStatus.FAILED, "7"),)

    @pytest.mark.parametrize("code", ["1", "7", "8", "10", "12", "255"])
    def test_errors(self, code: str) -> None:
        told = called(receipt("Carrier", error=True, codes=internal(code)))
        assert told.reports == (report(ReportStatus.FAILED, code),)

    def test_a_blocked_number_is_opted_out(self) -> None:
        told = called(receipt("System", error=True, codes=internal("9")))
        assert told.reports == (report(ReportStatus.FAILED, "9", opted_out=True),)

    def test_only_an_error_is_an_opt_out(self) -> None:
        told = called(receipt("Handset", codes=internal("9")))
        assert told.reports == (report(ReportStatus.DELIVERED, "9"),)

    def test_a_code_has_an_end(self) -> None:
        told = called(receipt("Carrier", error=True, codes=internal("7" * 100)))
        assert told.reports == (report(ReportStatus.FAILED, "7" * 64),)

    def test_a_part_of_nothing_is_a_message(self) -> None:
        (told,) = called(receipt("Handset", multipart='<multipart partNumber="2"/>')).reports
        assert told.reference == ID

    def test_a_copy_of_a_part_was_dropped_and_the_message_goes_on(self) -> None:
        told = called(receipt("System", error=True, codes=internal("14")))
        assert told.reports == (report(ReportStatus.PENDING, "14"),)

    def test_the_carriers_code_stands_in_where_vibes_has_none(self) -> None:
        told = called(receipt("Carrier", error=True, codes="<errorCode>107</errorCode>"))
        assert told.reports[0].code == "107"

    @pytest.mark.parametrize(
        ("number", "reference"), [("1", ID), ("2", f"{ID}#1"), ("0", ID), ("x", ID), ("", ID), ("100", ID)]
    )
    def test_parts_have_the_names_that_they_were_sent_by(self, number: str, reference: str) -> None:
        (told,) = called(receipt("Handset", multipart=part(number))).reports
        assert told.reference == reference
        assert not told.uid  # it is of a part alone

    def test_without_a_time_it_is_now(self) -> None:
        (told,) = called(
            f'<mtMessageResponse messageId="{ID}"><type>Handset</type></mtMessageResponse>'
        ).reports
        assert (told.status, told.reported_at) == (ReportStatus.DELIVERED, NOW)

    def test_a_poll_has_all_of_them(self) -> None:
        body = f"<mtMessageResponses>{receipt('Carrier')}{receipt('Handset')}</mtMessageResponses>"
        wanted = (report(ReportStatus.PENDING), report(ReportStatus.DELIVERED))
        assert ACCOUNT.polled(response(200, body), MOMENT) == Received(reports=wanted)

    @pytest.mark.parametrize(
        "answer",
        [
            response(404, receipt("Handset")),
            response(200, receipt("Handset"), is_cut=True),
            response(200, ""),
            response(200, "<mtMessageResponses/>"),
            response(200, receipt("Satellite")),
        ],
    )
    def test_what_cannot_be_read_tells_nothing(self, answer: ProviderResponse) -> None:
        assert ACCOUNT.polled(answer, MOMENT) == Received()


def inbound(text: str, *, number: str = MDN, date: str = "2011-04-19T15:10:08.320-05:00") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><moMessage messageId="234723487234234" receiptDate="{date}"'
        f' attemptNumber="1"><source address="{number}" carrier="103" type="MDN"/>'
        f'<destination address="12345" type="SC"/><message>{text}</message></moMessage>'
    )


class TestInbound:
    def test_a_message(self) -> None:
        assert called(inbound("OK &lt;4711&gt; &#38; ü")).messages == (
            InboundSms(
                sender=MDN,
                sender_can_be_answered=True,
                text="OK <4711> & ü",
                received_at=NOW,
                service_centre_time=RECEIVED,
                is_text=True,
                reference="234723487234234",
            ),
        )

    def test_a_time_that_cannot_be_read_is_no_time(self) -> None:
        (message,) = called(inbound(" ", date="YYYY-MM-DD HH:MM:SS Z")).messages
        assert (message.service_centre_time, message.is_text) == (None, False)

    def test_latin_letters_come_in_latin(self) -> None:
        body = inbound("ü").replace("UTF-8", "ISO-8859-1").encode("latin-1")
        assert called(body).messages[0].text == "ü"

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{}",
            b"<moMessage",
            b"<moMessage/>",
            b"<other/>",
            b'<?xml version="1.0" encoding="klingon"?><moMessage/>',
            inbound("x", number="").encode(),
            receipt("Satellite").encode(),
            BILLION_LAUGHS,
            OUTER_ENTITY,
            OUTER_DTD,
            inbound("&nbsp;").encode(),
        ],
    )
    def test_what_makes_no_sense(self, body: bytes) -> None:
        with pytest.raises(CallbackRefusedError) as caught:
            called(body)
        assert caught.value.status == 400

    def test_the_path_is_the_secret_and_the_length_has_an_end(self) -> None:
        for path, body, status in (("/callback/vibes/guess", b"", 403), (PATH, b" " * 70_000, 413)):
            with pytest.raises(CallbackRefusedError) as caught:
                ACCOUNT.receive(HttpRequest(method="POST", path=path, body=body), MOMENT)
            assert caught.value.status == status

    @given(body=st.binary(max_size=60) | st.text(alphabet='<>/&;="mtMessage ', max_size=60).map(str.encode))
    def test_nothing_breaks_it(self, body: bytes) -> None:
        with suppress(CallbackRefusedError):
            called(body)


def test_documents_have_bounds() -> None:
    assert read(b"<a>" * 16 + b"</a>" * 16) is not None
    assert read(b"<a>" * 17 + b"</a>" * 17) is None
    assert read(b"<r>" + b"<a/>" * 4999 + b"</r>") is not None
    assert read(b"<r>" + b"<a/>" * 5000 + b"</r>") is None
    root = read(b"<r>x<a>y</a>z<!-- c --><?p i?></r>")
    assert root is not None
    assert (root.text, root.child("a").text, root.child("b").name) == ("xz", "y", "b")
    assert repr(root) == "Element(name='r')"


EVENTS = VibesPlatform(user="u", password=PASSWORD, company_key="3TXCkPcC", event_type="alarm")
EVENT_ID = MESSAGE.uid


class TestEvents(SendContract):
    provider = EVENTS
    message = MESSAGE
    good = Answer(status=202, body=json.dumps({"event_id": EVENT_ID}))
    accepted = Accepted(reference=EVENT_ID, segments=1)
    secrets = (PASSWORD,)
    cases: ClassVar = (
        Case(
            "the documented error",
            Answer(status=422, body='{"errors":[{"message":"words","code":"invalid"}]}'),
            ErrorClass.MESSAGE,
            "invalid",
        ),
        Case("no code", Answer(status=400, body='{"errors":[]}'), ErrorClass.MESSAGE, "HTTP 400"),
        Case("403", Answer(status=403, body='{"errors":[{"code":"a b"}]}'), ErrorClass.ACCOUNT, "HTTP 403"),
        Case("500", Answer(status=500, body='{"errors":[{"code":"x"}]}'), Unknown),
        Case("moved", Answer(status=302, body=json.dumps({"event_id": EVENT_ID})), ErrorClass.ACCOUNT),
        Case(
            "429 keeps its status, by which the route rests",
            Answer(status=429, body='{"errors":[{"code":"x"}]}'),
            ErrorClass.TEMPORARY,
            "HTTP 429",
        ),
        Case("no id", Answer(status=202, body="{}"), Unknown),
        Case("an id that is none", Answer(status=202, body=json.dumps({"event_id": "x" * 300})), Unknown),
    )

    def test_half_a_character_does_not_stop_the_rest(self) -> None:
        request = EVENTS.send_request(a_message(text="a\ud800b"), MOMENT)
        assert isinstance(request, ProviderRequest)
        assert json.loads(request.body)["event_data"]["message"] == "a?b"

    def test_an_event_is_as_documented(self) -> None:
        request = EVENTS.send_request(a_message(text="Öl"), MOMENT)
        assert isinstance(request, ProviderRequest)
        assert (request.method, request.url) == (
            "POST",
            "https://public-api.vibescm.com/companies/3TXCkPcC/events",
        )
        assert request.headers == {
            "Authorization": "Basic " + base64.b64encode(f"u:{PASSWORD}".encode()).decode(),
            "Accept": "application/json",
            "Content-Type": "application/json",
            "X-API-Version": "2",
        }
        assert json.loads(request.body) == {
            "event_id": EVENT_ID,
            "event_type": "alarm",
            "event_data": {"mdn": NUMBER, "message": "Öl"},
        }

    def test_europe_has_another_host_and_the_text_another_name(self) -> None:
        account = VibesPlatform(
            user="u", password="p", company_key="k", event_type="e", region="eu", text_property="words"
        )
        request = account.send_request(a_message(text="5 €", plain=True), MOMENT)
        assert isinstance(request, ProviderRequest)
        assert request.url == "https://public-api.eu.vibes.com/companies/k/events"
        assert json.loads(request.body)["event_data"]["words"] == "5 EUR"

    def test_nothing_is_reported(self) -> None:
        assert EVENTS.limits.channels == {Channel.SMS}
        assert not EVENTS.limits.reports
        for offered in (ChecksAccess, AnswersPolls, TakesCallbacks, TellsCredit):
            assert not isinstance(EVENTS, offered)

    @pytest.mark.parametrize("fields", [{"channel": Channel.CALL}, {"data": b"\x01"}, {"text": "x" * 16_001}])
    def test_what_cannot_be_carried_is_refused_before_anything_leaves(self, fields: Any) -> None:
        refused = EVENTS.send_request(a_message(**fields), MOMENT)
        assert isinstance(refused, Rejected)
        assert refused.error_class is ErrorClass.MESSAGE


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user", ""),
        ("user", "a:b"),
        ("password", ""),
        ("source", ""),
        ("source", "Alarm"),
        ("source_type", "sc"),
    ],
)
def test_settings_of_connect_that_make_no_sense_are_refused(field: str, value: str) -> None:
    settings = {"user": "u", "password": "p", "source": "98765"} | {field: value}
    with pytest.raises(ConfigError, match=field) as caught:
        Vibes(**settings)  # type: ignore[arg-type]  # texts all
    assert caught.value.path == (field,)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user", ""),
        ("user", "a:b"),
        ("password", ""),
        ("company_key", "a/b"),
        ("event_type", ""),
        ("text_property", "mdn"),
        ("region", "asia"),
    ],
)
def test_settings_of_the_platform_that_make_no_sense_are_refused(field: str, value: str) -> None:
    settings = {"user": "u", "password": "p", "company_key": "k", "event_type": "e"} | {field: value}
    with pytest.raises(ConfigError, match=field) as caught:
        VibesPlatform(**settings)
    assert caught.value.path == (field,)


def test_texts_of_alarms_are_not_in_the_way() -> None:
    assert document_of(ACCOUNT, MESSAGE).findtext("text") == TEXT
