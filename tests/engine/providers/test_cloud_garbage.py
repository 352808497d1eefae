"""Whatever JSON Azure and Infobip answer or call with, nothing is raised that is not a refusal."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.intake.http_request import HttpRequest
from alert_engine.routes.base import Accepted, Rejected, Unknown
from alert_engine.routes.providers.azure import Azure
from alert_engine.routes.providers.exchange import ProviderResponse
from alert_engine.routes.providers.infobip import Infobip
from alert_engine.routes.providers.provider import CallbackRefusedError, Moment, Received
from tests.engine.providers.contract import NONCE, NOW, a_message

MOMENT = Moment(now=NOW, nonce=NONCE, callback_url="https://alarm.example/callback/x/5ecret")
ACCOUNTS = (
    Azure(connection_string="endpoint=https://res.communication.azure.com/;accesskey=a2V5", sender="Alarm"),
    Infobip(api_key="k"),
)

# Names that the codecs look for, so that whatever is found behind them is of a wrong kind now and then.
NAMES = st.sampled_from(
    [
        "value",
        "to",
        "messageId",
        "httpStatusCode",
        "successful",
        "repeatabilityResult",
        "errors",
        "error",
        "code",
        "eventType",
        "type",
        "data",
        "id",
        "validationCode",
        "deliveryStatus",
        "deliveryStatusDetails",
        "receivedTimestamp",
        "from",
        "message",
        "messages",
        "status",
        "groupId",
        "results",
        "voiceCall",
        "dtmfCodes",
        "seenAt",
        "text",
        "smsCount",
        "violations",
        "property",
        "requestError",
        "serviceException",
        "validationErrors",
        "details",
        "messageCount",
        "doneAt",
        "balance",
        "currency",
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        [
            "Delivered",
            "4007: x",
            "Microsoft.Communication.SMSReceived",
            "Microsoft.Communication.SMSDeliveryReportReceived",
            "2026-11-21T12:00:00Z",
            "9999-12-31T23:59:59-12:00",
            "0001-01-01T00:00:00+14:00",
        ]
    )
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)
BODIES = JSON.map(lambda data: json.dumps(data).encode()) | st.binary(max_size=40)


@pytest.mark.parametrize("account", ACCOUNTS, ids=["azure", "infobip"])
@given(status=st.sampled_from([200, 202, 204, 301, 400, 401, 404, 429, 500]), body=BODIES)
def test_answers(account: Any, status: int, body: bytes) -> None:
    response = ProviderResponse(status=status, body=body, headers={"Retry-After": "x"})
    assert isinstance(account.outcome(a_message(), response, MOMENT), Accepted | Rejected | Unknown)
    assert isinstance(account.polled(response, MOMENT), Received)
    assert isinstance(account.checked(response), Rejected | None)


@pytest.mark.parametrize("account", ACCOUNTS, ids=["azure", "infobip"])
@given(body=BODIES)
def test_calls(account: Any, body: bytes) -> None:
    request = HttpRequest(method="POST", path="/callback/x/5ecret", body=body)
    with suppress(CallbackRefusedError):
        received = account.receive(request, MOMENT)
        assert account.answer(request, received).status == 200
