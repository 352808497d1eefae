"""What a provider hands out once is not lost while the journal cannot take it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from alert_engine.errors import JournalError, JournalRefusalError
from alert_engine.model import Channel
from alert_engine.routes.base import InboundReport, InboundSms, KeyAnswer, KeyPress, ReportStatus
from alert_engine.routes.provider_route import POLL_INTERVAL, ProviderRoute
from alert_engine.routes.providers.exchange import ProviderRequest, ProviderResponse
from alert_engine.routes.providers.provider import ProviderLimits, Received
from tests.engine.support import EPOCH, CountedIds, StoryClock
from tests.virtual_time import story

if TYPE_CHECKING:
    from alert_engine.routes.base import RouteHealth
    from alert_engine.routes.providers.provider import Moment


def a_text(text: str) -> InboundSms:
    return InboundSms(
        sender="+436641111111",
        sender_can_be_answered=True,
        text=text,
        received_at=EPOCH,
        service_centre_time=None,
        is_text=True,
    )


REPORT = InboundReport(reference="7", address="", status=ReportStatus.DELIVERED, reported_at=EPOCH)
KEY = KeyPress(uid="u", key="1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """An account whose inbox is emptied by looking into it."""

    waiting: deque[Received] = field(default_factory=deque)
    looks: list[int] = field(default_factory=list)

    @property
    def limits(self) -> ProviderLimits:
        return ProviderLimits(channels=frozenset({Channel.SMS}))

    def plan_segments(self, message: Any) -> int:
        raise NotImplementedError

    def send_request(self, message: Any, moment: Moment) -> ProviderRequest:
        raise NotImplementedError

    def outcome(self, message: Any, response: ProviderResponse, moment: Moment) -> Any:
        raise NotImplementedError

    def inbox_request(self, moment: Moment) -> ProviderRequest:
        self.looks.append(len(self.waiting))
        return ProviderRequest(method="GET", url="https://example.org/")

    def fetched(self, response: ProviderResponse, moment: Moment) -> Received:
        return self.waiting.popleft() if self.waiting else Received()


class Wire:
    async def ask(self, request: ProviderRequest) -> ProviderResponse:
        return ProviderResponse(status=200)


class Desk:
    """Takes in what it can: one error of `errors` for each call, then everything."""

    def __init__(self, *errors: JournalError | None) -> None:
        self.errors = deque(errors)
        self.taken: list[object] = []

    async def _take(self, what: object) -> None:
        error = self.errors.popleft() if self.errors else None
        if error is not None:
            raise error
        self.taken.append(what)

    async def inbound(self, _route: str, message: InboundSms) -> None:
        await self._take(message.text)

    async def report(self, _route: str, report: InboundReport) -> None:
        await self._take(report)

    async def key_pressed(self, _route: str, press: KeyPress) -> KeyAnswer:
        await self._take(press)
        return KeyAnswer.DONE

    async def health(self, _route: str, health: RouteHealth) -> None:
        raise NotImplementedError


async def asked(inbox: Inbox, desk: Any, rounds: int) -> None:
    """Let a route ask so many times."""
    clock, wire = StoryClock(), Wire()
    route = ProviderRoute("cloud", inbox, wire, clock=clock, ids=CountedIds())  # type: ignore[arg-type]  # a wire
    await route.start(desk)
    later = POLL_INTERVAL * rounds + timedelta(seconds=1)
    await clock.sleep_until(clock.monotonic() + later.total_seconds())
    await route.stop()


@story
async def test_what_could_not_be_committed_is_handed_in_again_before_more_is_asked_for() -> None:
    full = JournalError("the disk is full")
    first = Received(messages=(a_text("one"), a_text("two")), reports=(REPORT,), keys=(KEY,))
    inbox = Inbox(waiting=deque([first, Received(messages=(a_text("three"),))]))
    desk = Desk(None, full, full)
    await asked(inbox, desk, rounds=2)
    assert desk.taken == ["one"]
    assert len(inbox.looks) == 1
    inbox = Inbox(waiting=deque([first, Received(messages=(a_text("three"),))]))
    desk = Desk(None, full, full)
    await asked(inbox, desk, rounds=3)
    assert desk.taken == ["one", "two", REPORT, KEY, "three"]


@story
async def test_what_the_journal_will_never_take_holds_up_no_other() -> None:
    inbox = Inbox(waiting=deque([Received(messages=(a_text("one"), a_text("two")))]))
    desk = Desk(JournalRefusalError("it contradicts the journal"))
    await asked(inbox, desk, rounds=1)
    assert desk.taken == ["two"]
