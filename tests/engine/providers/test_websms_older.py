"""What websms answers besides the codes of its page: those of its own libraries, and codes yet unknown.

Source of the older codes: the status codes of websmscom-java (MIT), of the maker; an account that is
reached by the older names of the API may still answer with them.
"""

from __future__ import annotations

import json
from typing import ClassVar

import pytest

from alert_engine.intake.http_request import HttpRequest
from alert_engine.routes.base import Accepted, ErrorClass, ReportStatus, Unknown
from alert_engine.routes.providers.exchange import ProviderResponse
from alert_engine.routes.providers.provider import Moment
from alert_engine.routes.providers.websms import Websms
from alert_engine.routes.providers.websms.codes import CODES
from tests.engine.providers.contract import NONCE, NOW, Case, SendContract
from tests.engine.providers.stand_in import Answer
from tests.engine.providers.test_websms import PAGE

ACCOUNT = Websms(token="t", test=True)
REFERENCE = "005a9c3f0f0c4a6d8d10"
OLDER = {
    ErrorClass.MESSAGE: ("4000", "4005", "4006", "4007", "4010", "4011", "4017"),
    ErrorClass.ACCOUNT: ("4018", "4020"),
    ErrorClass.TEMPORARY: ("4012", "4024"),
}


def told(code: int, **fields: object) -> Answer:
    return Answer(body=json.dumps({"statusCode": code, "statusMessage": "words"} | fields))


class TestText(SendContract):
    provider = ACCOUNT
    good = told(2002, transferId=REFERENCE, smsCount=1)  # of a message that was only simulated
    accepted = Accepted(reference=REFERENCE, segments=1)
    cases: ClassVar = (
        *(Case(code, told(int(code)), kind, code) for kind, codes in OLDER.items() for code in codes),
        Case("a refusal that nobody knows", told(4099), ErrorClass.MESSAGE, "4099"),
        Case("trouble that nobody knows", told(5099), Unknown),
        Case("a success that nobody knows", told(2099, transferId=REFERENCE), Unknown),
        Case("a code that is none", told(40), Unknown),
    )


def test_no_other_code_is_in_the_table() -> None:
    assert set(CODES) - set(PAGE) == {code for codes in OLDER.values() for code in codes}


@pytest.mark.parametrize(
    ("code", "error_class"),
    [(2002, None), (4099, None), (4005, None), (4020, ErrorClass.ACCOUNT), (4018, ErrorClass.ACCOUNT)],
)
def test_a_look_at_the_account(code: int, error_class: ErrorClass | None) -> None:
    body = json.dumps({"statusCode": code, "statusMessage": "words"}).encode()
    found = ACCOUNT.checked(ProviderResponse(status=200, body=body))
    assert (found and found.error_class) == error_class


def test_a_report_as_a_public_client_has_seen_it() -> None:
    """The fields and forms of the example in the tests of WebSmsNet (MIT): no deliveredAs, another zone."""
    body = b"""{
        "messageType": "deliveryReport",
        "notificationId": "5280675327899111111",
        "transferId": "00670eb55d00349e1111",
        "senderAddress": "41791111111",
        "deliveryReportMessageStatus": "delivered",
        "sentOn": "2024-10-15T20:33:02.000+02:00",
        "deliveredOn": "2024-10-15T20:33:03.000+02:00",
        "clientMessageId": "11cf996f-c59f-40db-bcff-c8ce03ce3a72"
    }"""
    path = "/callback/websms/5ecret"
    moment = Moment(now=NOW, nonce=NONCE, callback_url=f"https://alarm.example{path}")
    (report,) = ACCOUNT.receive(HttpRequest(method="POST", path=path, body=body), moment).reports
    assert (report.reference, report.status) == ("00670eb55d00349e1111", ReportStatus.DELIVERED)
    assert report.reported_at.isoformat() == "2024-10-15T18:33:03+00:00"
