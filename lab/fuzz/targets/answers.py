"""What providers answer: whatever it is, a message has one outcome, and a look tells something or nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from alert_engine.model import Channel, Priority
from alert_engine.routes.base import Accepted, Credit, OutboundMessage, Rejected, Unknown
from alert_engine.routes.providers.exchange import ProviderResponse
from alert_engine.routes.providers.provider import (
    AnswersPolls,
    ChecksAccess,
    HasInbox,
    Moment,
    NeedsToken,
    Received,
    TellsCredit,
    Token,
)
from lab.fuzz.accounts import CALLBACK, CUSTOMERS, PASSWORD
from lab.fuzz.target import Target

_STATUSES = (200, 201, 202, 204, 301, 400, 401, 402, 403, 404, 408, 409, 422, 429, 500, 503)
_MOMENT = Moment(
    now=datetime(2026, 11, 21, 14, 0, tzinfo=UTC),
    nonce="0123456789abcdef" * 2,
    callback_url=CALLBACK,
    access_token=PASSWORD,
)
_CHANNELS = (Channel.SMS, Channel.CALL, Channel.WHATSAPP)
_MESSAGES = tuple(
    OutboundMessage(
        uid="6f1d2c3b4a5968778695a4b3c2d1e0f0",
        channel=channel,
        address="+436641234567",
        text="CRITICAL Pump 2: Feuer im Keller. Reply OK 4711",
        priority=Priority.CRITICAL,
    )
    for channel in _CHANNELS
)
_MAX_CODE = 64  # characters of a provider's code that are shown


def one(data: bytes) -> None:
    """Two octets for the account, the status and the channel; a line for Retry-After; the body."""
    if len(data) < 2:
        return
    customer = CUSTOMERS[data[0] % len(CUSTOMERS)]
    wait, _, body = data[2:].partition(b"\n")
    response = ProviderResponse(
        status=_STATUSES[data[1] % len(_STATUSES)],
        headers={"Retry-After": wait.decode("latin-1")} if wait else {},
        body=body,
        is_cut=data[1] & 0xC0 == 0xC0,
    )
    carried = [each for each in _MESSAGES if each.channel in customer.account.limits.channels]
    message = carried[(data[1] >> 4) % len(carried)]
    outcome = customer.account.outcome(message, response, _MOMENT)
    assert isinstance(outcome, Accepted | Rejected | Unknown)
    repr(outcome)
    if isinstance(outcome, Rejected):
        assert len(outcome.code) <= _MAX_CODE
        assert outcome.retry_after is None or outcome.retry_after.total_seconds() >= 0
    _look(customer.account, response, len(data))


def _look(account: object, response: ProviderResponse, length: int) -> None:
    if isinstance(account, ChecksAccess):
        assert isinstance(account.checked(response), Rejected | None)
    if isinstance(account, TellsCredit):
        assert isinstance(account.credit(response), Credit | None)
    if isinstance(account, NeedsToken):
        assert isinstance(account.token(response, _MOMENT), Token | Rejected)
    if isinstance(account, AnswersPolls):
        _check(account.polled(response, _MOMENT), length)
    if isinstance(account, HasInbox):
        _check(account.fetched(response, _MOMENT), length)


def _check(received: Received, length: int) -> None:
    assert isinstance(received, Received)
    repr(received)
    assert len(received.reports) + len(received.messages) + len(received.keys) <= length


TARGET = Target(
    one=one,
    max_length=900,
    words=(
        *(b'"status":', b'"code":20003', b'"sid":"SM', b'"messages":[{', b'"to":"', b'"messageId":"', b"OK"),
        *(
            b'"statusCode":2000',
            b'"transferId":"',
            b'"smsCount":1',
            b'"results":[{',
            b'"groupId":1',
            b'"value":[',
        ),
        *(
            b'"httpStatusCode":202',
            b'"successful":true',
            b'"access_token":"',
            b'"expires_in":',
            b'"balance":',
        ),
        *(
            b'"currency":"EUR"',
            b'"errors":[{',
            b'"errorCode":',
            b'"reference_id":"',
            b'"date_sent":"',
            b'"100"',
        ),
        *(b"<response>", b"<?xml version='1.0'?>", b"<!ENTITY a ", b"1e999", b"NaN", b"\\ud800", b"9" * 20),
    ),
)
