"""What holds for every provider, whatever it is called: run over real HTTP against a stand-in.

A provider's test module has one class of `SendContract` for each kind of request it makes::

    class TestText(SendContract):
        provider = Websms(token="t")
        message = a_message()
        good = Answer(body='{"statusCode":2000,"transferId":"0051e6","smsCount":1}')
        accepted = Accepted(reference="0051e6", segments=1)
        cases = (Case("4001", Answer(body='{"statusCode":4001}'), ErrorClass.ACCOUNT), …)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import aiohttp
import pytest

from alert_engine.clock import LoopClock
from alert_engine.model import Channel, Priority
from alert_engine.routes.base import Accepted, ErrorClass, OutboundMessage, Rejected, Unknown
from alert_engine.routes.provider_route import ProviderRoute
from tests.engine.providers.stand_in import Answer, StandIn, Trouble, a_provider, nobody

if TYPE_CHECKING:
    from alert_engine.routes.base import Outcome, SegmentProgress
    from alert_engine.routes.provider_exchange import Exchange
    from alert_engine.routes.providers.provider import Provider

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NUMBER = "+436641234567"
TEXT = "CRITICAL Pump 2: Feuer im Keller. Reply OK 4711"
NONCE = "0123456789abcdef0123456789abcdef"


class FixedClock(LoopClock):
    """It is always `NOW`; waiting is real."""

    def now(self) -> datetime:
        """The moment of all tests."""
        return NOW


class FixedIds:
    """Chance that never changes."""

    def uid(self) -> str:
        """Always the same."""
        return NONCE

    def draw(self, count: int) -> int:
        """Always the first."""
        return 0 * count


def a_message(**fields: Any) -> OutboundMessage:
    """An alarm by SMS, or what `fields` make of it."""
    usual: dict[str, Any] = {
        "uid": "6f1d2c3b4a5968778695a4b3c2d1e0f0",
        "channel": Channel.SMS,
        "address": NUMBER,
        "text": TEXT,
        "priority": Priority.CRITICAL,
    }
    return OutboundMessage(**(usual | fields))


@dataclass(frozen=True, slots=True)
class Case:
    """An answer, and what it must be taken for."""

    name: str
    answer: Answer
    wanted: ErrorClass | type[Unknown] | Accepted
    code: str | None = None
    retry_after: timedelta | None = None
    extra: dict[str, Any] = field(default_factory=dict)  # other fields of `Rejected`


def a_route(provider: Provider, exchange: Exchange, **fields: Any) -> ProviderRoute:
    """The shell around the codec."""
    return ProviderRoute("cloud", provider, exchange, clock=FixedClock(), ids=FixedIds(), **fields)


async def send(provider: Provider, message: OutboundMessage, *answers: Answer) -> tuple[Outcome, StandIn]:
    """Send one message to a stand-in that answers so."""
    async with a_provider(*answers) as (stand_in, exchange):
        outcome = await a_route(provider, exchange).send(message, _ignore)
        return outcome, stand_in


async def _ignore(progress: SegmentProgress) -> None:
    pass


def check(outcome: Outcome, case: Case) -> None:
    """The outcome is what the case wants, and tells nothing that it must not."""
    if isinstance(case.wanted, Accepted):
        assert outcome == case.wanted
        return
    if case.wanted is Unknown:
        assert isinstance(outcome, Unknown), outcome
    else:
        assert isinstance(outcome, Rejected), outcome
        assert outcome.error_class is case.wanted, outcome
        if case.code is not None:
            assert outcome.code == case.code
        if case.retry_after is not None:
            assert outcome.retry_after == case.retry_after
        for name, value in case.extra.items():
            assert getattr(outcome, name) == value
    assert isinstance(outcome, Rejected | Unknown)
    assert outcome.reason
    for secret in (NUMBER, NUMBER.removeprefix("+"), TEXT):
        assert secret not in repr(outcome)


class SendContract:
    """Inherit, and say what is sent, what a good answer is, and what each bad one means."""

    provider: ClassVar[Any]
    message: ClassVar[OutboundMessage] = a_message()
    before: ClassVar[tuple[Answer, ...]] = ()  # answers to requests that come first, as for a token
    good: ClassVar[Answer]
    accepted: ClassVar[Accepted]
    cases: ClassVar[tuple[Case, ...]] = ()
    secrets: ClassVar[tuple[str, ...]] = ()  # what must never be shown

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each case."""
        if "case" in metafunc.fixturenames:
            metafunc.parametrize("case", self.cases, ids=[case.name for case in self.cases])

    async def _outcome(self, *answers: Answer) -> Outcome:
        outcome, _ = await send(self.provider, self.message, *self.before, *answers)
        return outcome

    async def test_a_good_answer(self) -> None:
        assert await self._outcome(self.good) == self.accepted

    async def test_a_documented_answer(self, case: Case) -> None:
        check(await self._outcome(case.answer), case)

    @pytest.mark.parametrize("trouble", [Trouble.SILENT, Trouble.DROPPED])
    async def test_no_answer_leaves_it_open(self, trouble: Trouble) -> None:
        assert isinstance(await self._outcome(Answer(trouble=trouble)), Unknown)

    async def test_half_an_answer_leaves_it_open(self) -> None:
        cut = Answer(status=self.good.status, body=self.good.body, trouble=Trouble.CUT)
        assert isinstance(await self._outcome(cut), Unknown)

    async def test_nobody_there_is_no_attempt(self) -> None:
        async with aiohttp.ClientSession() as session:
            route = a_route(self.provider, nobody(session, StandIn()))
            outcome = await route.send(self.message, _ignore)
        assert isinstance(outcome, Rejected)
        assert outcome.error_class is ErrorClass.DEVICE

    @pytest.mark.parametrize(
        "body",
        [b"", b"<html>Gateway</html>", b"\xff\xfe\x00", b"[" * 5000, b"{}" + b" " * 2_000_000],
        ids=["empty", "html", "no text", "deep", "huge"],
    )
    async def test_a_success_that_cannot_be_read_leaves_it_open(self, body: bytes) -> None:
        answer = Answer(status=self.good.status, body=body, content_type="text/html")
        assert isinstance(await self._outcome(answer), Unknown)

    async def test_too_many_requests_says_how_long(self) -> None:
        answer = Answer(status=429, headers={"Retry-After": "7"}, body="{}")
        outcome = await self._outcome(answer)
        assert isinstance(outcome, Rejected)
        assert (outcome.error_class, outcome.retry_after) == (ErrorClass.TEMPORARY, timedelta(seconds=7))

    async def test_not_available_is_temporary(self) -> None:
        outcome = await self._outcome(Answer(status=503, body="{}"))
        assert isinstance(outcome, Rejected)
        assert outcome.error_class is ErrorClass.TEMPORARY

    async def test_the_credentials_are_refused(self) -> None:
        refusal = Answer(status=401, body="{}")
        again = (*self.before, refusal) if self.before else ()
        outcome = await self._outcome(refusal, *again)
        assert isinstance(outcome, Rejected)
        assert outcome.error_class is ErrorClass.ACCOUNT

    def test_nothing_secret_is_shown(self) -> None:
        for secret in self.secrets:
            assert secret not in repr(self.provider)
