"""The stage of the provider stories: an engine, a person, a provider's route, and a modem as the other way.

Everything of ours is real: engine, journal, route, codec, callbacks. Only the provider is not: a `Desk`
answers with the octets that are documented, and calls with the octets that are documented.

::

    desk = TwilioSms()
    async with a_story(tmp_path, desk) as plan:
        plan.at(RAISED).raises("pump")
        plan.between(RAISED, RAISED + 2).want(desk.person, "pump", by=CLOUD)
        plan.at(5).does(desk.reports())
        plan.until(HOUR)
"""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, ClassVar, cast

from alert_engine.model import Address, Channel, Person, Policy, Proof, Step
from alert_engine.routes.base import ErrorClass, ReportStatus
from alert_engine.routes.provider_exchange import TOTAL_TIMEOUT, Exchange, NoAnswerError, NotSentError
from alert_engine.routes.provider_route import POLL_INTERVAL, ProviderRoute
from alert_engine.routes.providers.catalogue import make
from alert_engine.routes.providers.exchange import ProviderRequest, ProviderResponse
from tests import virtual_time
from tests.engine.acceptance import Plan
from tests.engine.providers.stand_in import Answer
from tests.engine.support import FakeRoute, Story, StoryClock, make_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from pathlib import Path

    from alert_engine.engine import AlertEngine
    from alert_engine.intake.http_request import HttpAnswer, HttpRequest
    from alert_engine.routes.base import Route

CLOUD, MODEM = "cloud", "modem"
RAISED = 1.0  # seconds: by then the route has looked at its account
PROVEN_WITHIN = timedelta(seconds=60)
NUMBER = "+436641111111"
SECOND = Address(channel=Channel.SMS, value="+436649999999")


class Line(Enum):
    """The way to the provider."""

    UP = auto()
    DOWN = auto()  # no connection comes about
    CUT = auto()  # the next message is taken, its answer is lost, and from then on the line is down
    MUTE = auto()  # requests leave, arrive nowhere, and nobody answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """How a provider says no."""

    error_class: ErrorClass
    said: Any  # in the form of its protocol: an `Answer`, a status …
    elsewhere: bool = True  # of RECIPIENT: another route may do better with this address
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.error_class.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message that the provider took, as it stood on the wire."""

    at: float  # seconds of the story
    address: str
    text: str
    reference: str  # the provider's
    uid: str = ""  # ours, where it went along
    segment: int = 0


class HexIds:
    """Nonces as codecs want them, another one each time; no chance."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def uid(self) -> str:
        return f"{next(self._numbers):032x}"

    def draw(self, count: int) -> int:
        return 0 * count


class Desk:
    """One account at one provider, and the provider's side of it. Subclasses know the octets.

    What a provider cannot say is part of its story: `never` has the reason.
    """

    kind: ClassVar[str]  # of the catalogue
    channel: ClassVar[Channel] = Channel.SMS
    number: str = NUMBER
    refusals: ClassVar[tuple[Refusal, ...]] = ()
    never: ClassVar[Mapping[ErrorClass, str]] = {}
    opt_out: ClassVar[Refusal | None] = None  # of a message to somebody who said stop
    tells: ClassVar[bool] = True  # what became of a message
    calls: ClassVar[bool] = True  # to tell; else it must be asked
    tells_of_opt_out: ClassVar[bool] = False  # only then
    names_ours: ClassVar[bool] = False  # its reports name our id, too, or its ids are ours
    hears: ClassVar[bool] = True  # what people write
    needs_a_word: ClassVar[bool] = False  # by the person, first: it has no template

    def __init__(self) -> None:
        self.clock = StoryClock()
        self.line = Line.UP
        self.saying: Refusal | None = None  # to each message from now on
        self.early = False  # it reports a delivery before it has answered the message
        self.left: list[Sent] = []
        self.asked = 0  # messages that it was given, taken or not
        self.channels = frozenset({self.channel})
        self.name = CLOUD

    @property
    def route(self) -> Route:
        """Ours."""
        raise NotImplementedError

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """While it can be reached."""
        yield

    async def tell(self, sent: Sent, status: ReportStatus = ReportStatus.DELIVERED) -> None:
        """What became of a message; returns when we have committed it."""
        raise NotImplementedError

    async def say(self, text: str) -> None:
        """The person writes."""
        raise NotImplementedError

    async def tell_opt_out(self, sent: Sent) -> None:
        """It came to nothing, because they said stop."""
        raise NotImplementedError

    async def press(self, sent: Sent, key: str) -> HttpAnswer:
        """Whoever was called presses a key."""
        raise NotImplementedError

    async def greet(self) -> None:
        """The person writes something that is no command."""
        raise NotImplementedError

    @property
    def news_within(self) -> float:
        """Seconds until we know what it has to tell."""
        return 0.0 if self.calls else POLL_INTERVAL.total_seconds()

    def refusal_of(self, number: str) -> Refusal | None:
        """What it says to a message for this number; what it has against a number is about one only."""
        if self.saying is None or (self.saying.error_class is ErrorClass.RECIPIENT and number != self.number):
            return None
        return self.saying

    # --- for plans -------------------------------------------------------------------------------------

    @property
    def person(self) -> Person:
        """First by this provider; then by SMS to another number, which every modem reaches."""
        first = Address(channel=self.channel, value=self.number)
        return Person(id="anna", name="Anna", language="en", addresses=(first, SECOND))

    @property
    def is_sms(self) -> bool:
        """The modem can carry the same message."""
        return self.channel is Channel.SMS

    @property
    def elsewhere(self) -> Person:
        """The same person, where only the second address is left."""
        return Person(id="anna", name="Anna", language="en", addresses=(SECOND,))

    @property
    def policy(self) -> Policy:
        """Told once, by this kind of message; proven, or told by the next way."""
        step = Step(after=timedelta(0), notify=(), channels=(self.channel,))
        return Policy(name="critical", steps=(step,), proof=Proof.DELIVERED, fallback_after=PROVEN_WITHIN)

    def take(self, address: str, text: str, reference: str, uid: str = "") -> Sent:
        """Note a message as taken."""
        at = asyncio.get_running_loop().time() - virtual_time.START
        sent = Sent(at=at, address=address, text=text, reference=reference, uid=uid)
        self.left.append(sent)
        return sent

    def becomes(self, line: Line) -> Callable[[Story], Awaitable[None]]:
        """The line breaks, or comes back."""

        async def act(_: Story) -> None:
            self.line = line

        return act

    def reports(self, *statuses: ReportStatus) -> Callable[[Story], Awaitable[None]]:
        """Of each message that it took, one after the other."""

        async def act(_: Story) -> None:
            for sent in self.left if self.tells else ():
                for status in statuses or (ReportStatus.DELIVERED,):
                    await self.tell(sent, status)

        return act

    def writes(self, plan: Plan, text: str) -> Callable[[Story], Awaitable[None]]:
        """The person writes; ``{key}`` is the code of an alarm."""
        return lambda _: self.say(text.format(**plan.codes))


class HttpDesk(Desk):
    """A provider with an API over HTTP. Subclasses have its octets, most of them from its contract tests."""

    settings: ClassVar[Mapping[str, Any]]
    callback_url: ClassVar[str]
    other: ClassVar[Answer] = Answer(body="{}")  # to what is no message: looks at the account, questions

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, Answer] = {}  # by reference: what it says when it is asked
        self._route: ProviderRoute | None = None

    @property
    def route(self) -> ProviderRoute:
        """With the account made of plain data, as the configuration does."""
        if self._route is None:
            self._route = ProviderRoute(
                CLOUD,
                make(self.kind, self.settings),
                Wire(self),
                clock=self.clock,
                ids=HexIds(),
                callback_url=self.callback_url,
            )
        return self._route

    # --- what a provider's documentation says ----------------------------------------------------------

    def is_message(self, request: ProviderRequest) -> bool:
        """It is no look and no question."""
        return request.method == "POST"

    def read(self, request: ProviderRequest) -> tuple[str, str]:
        """Number, as E.164, and text."""
        raise NotImplementedError

    def reference(self, request: ProviderRequest, index: int) -> str:
        """What it calls this message."""
        raise NotImplementedError

    def uid(self, request: ProviderRequest) -> str:
        """What we call it, where that is part of the request."""
        return ""

    def taken(self, sent: Sent) -> Answer:
        """It took the message."""
        raise NotImplementedError

    def answered(self, request: ProviderRequest) -> Answer:
        """To what is no message."""
        known = (answer for reference, answer in self.known.items() if reference in request.url)
        return next(known, self.other)

    def report(self, sent: Sent, status: ReportStatus) -> HttpRequest:
        """Its call about a message."""
        raise NotImplementedError

    def state_of(self, sent: Sent, status: ReportStatus) -> Answer:
        """What it says of a message when it is asked, where it does not call."""
        raise NotImplementedError

    def opt_out_report(self, sent: Sent) -> HttpRequest:
        """Its call about a message to somebody who said stop."""
        raise NotImplementedError

    def inbound(self, text: str) -> HttpRequest:
        """Its call about what the person wrote."""
        raise NotImplementedError

    def key(self, sent: Sent, key: str) -> HttpRequest:
        """Its call about a key."""
        raise NotImplementedError

    # --- what happens ----------------------------------------------------------------------------------

    async def tell(self, sent: Sent, status: ReportStatus = ReportStatus.DELIVERED) -> None:
        """By a callback, or when it is asked the next time."""
        if self.calls:
            await self.call(self.report(sent, status))
        else:
            self.known[sent.reference] = self.state_of(sent, status)

    async def tell_opt_out(self, sent: Sent) -> None:
        """By a callback."""
        await self.call(self.opt_out_report(sent))

    async def say(self, text: str) -> None:
        """By a callback."""
        await self.call(self.inbound(text))

    async def press(self, sent: Sent, key: str) -> HttpAnswer:
        """By a callback."""
        return await self.call(self.key(sent, key))

    async def call(self, request: HttpRequest) -> HttpAnswer:
        """Anything; what is answered with 200 is committed."""
        answer = await self.route.handle_callback(request)
        assert answer.status == 200, answer
        return answer


class Wire(Exchange):
    """HTTP to a desk."""

    def __init__(self, desk: HttpDesk) -> None:
        self._desk = desk

    async def ask(self, request: ProviderRequest) -> ProviderResponse:
        """What `Exchange` promises."""
        desk = self._desk
        if desk.line is Line.DOWN:
            raise NotSentError("the provider cannot be reached: is the internet there?")
        if desk.line is Line.MUTE:
            await asyncio.sleep(TOTAL_TIMEOUT)
            raise NoAnswerError("the provider did not answer within 30 s")
        if not desk.is_message(request):
            return _response(desk.answered(request))
        desk.asked += 1
        number, text = desk.read(request)
        refusal = desk.refusal_of(number)
        if refusal is not None:
            return _response(refusal.said)
        reference = desk.reference(request, len(desk.left))
        sent = desk.take(number, text, reference, desk.uid(request))
        if desk.early:
            await desk.tell(sent)
        if desk.line is Line.CUT:
            desk.line = Line.DOWN
            raise NoAnswerError("the connection to the provider broke before it answered")
        return _response(desk.taken(sent))


def _response(answer: Answer) -> ProviderResponse:
    body = answer.body.encode() if isinstance(answer.body, str) else answer.body
    headers = {"Content-Type": answer.content_type, **answer.headers}
    return ProviderResponse(status=answer.status, headers=headers, body=body)


@asynccontextmanager
async def a_stage(directory: Path, desk: Desk) -> AsyncIterator[tuple[Plan, AlertEngine]]:
    """An engine with the provider's route and then a modem; nothing is judged yet."""
    modem = FakeRoute(MODEM)
    engine = make_engine(directory, people=(desk.person,), clock=desk.clock, policies=(desk.policy,))
    story = Story(engine=engine, route=modem, clock=desk.clock)
    engine.subscribe(story.events.append)
    async with desk.open():
        await engine.start()
        try:
            await engine.add_route(desk.route)
            await engine.add_route(modem)
            # A plan asks of a route only what left by it, and under which name.
            yield Plan(story, (cast("FakeRoute", desk), modem)), engine
        finally:
            await engine.stop()
    assert engine.supervision().violations == 0


@asynccontextmanager
async def a_story(directory: Path, desk: Desk) -> AsyncIterator[Plan]:
    """Write the plan inside; it is played at the end."""
    async with a_stage(directory, desk) as (plan, _):
        if desk.needs_a_word:
            plan.at(0.1).does(lambda _: desk.greet())
        yield plan
        await plan.play()
