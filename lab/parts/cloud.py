"""Twilio in virtual time: the codec and the route of the product, and a line that is well or not.

What is a property of HTTP, TLS and names is not here: `online` has that, in real time.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from alert_engine.model import Address, AlarmRaise, Channel, Person, Policy, Proof, Severity, Step
from alert_engine.routes.provider_exchange import TOTAL_TIMEOUT, NoAnswerError, NotSentError
from alert_engine.routes.provider_route import ProviderRoute
from alert_engine.routes.providers.exchange import ProviderResponse
from alert_engine.routes.providers.twilio.account import Twilio
from alert_engine.supervision.settings import SupervisionSettings
from tests.engine.support import CountedIds
from tests.virtual_time import START

from . import virtual
from .providers import TOKEN
from .spare import TOLD_ONCE
from .twilio import ACCOUNT
from .virtual import a_clockwork, number_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from alert_engine.routes.providers.exchange import ProviderRequest
    from lab.run import Run

    from .virtual import Clockwork

ROUTE = "cloud"
_NUMBER = number_of(virtual.ANNA)
ANNA = replace(
    virtual.ANNA,
    addresses=(
        Address(channel=Channel.WHATSAPP, value=_NUMBER),
        Address(channel=Channel.SMS, value=_NUMBER),
    ),
)
BERT = Person(
    id="bert", name="Bert", addresses=(Address(channel=Channel.WHATSAPP, value="+436602222222"),)
)  # has WhatsApp only
CAROL = replace(
    virtual.BERT, id="carol", name="Carol", addresses=virtual.BERT.addresses[:1]
)  # has no WhatsApp


def _by_first_address(name: str, who: Person) -> Policy:
    """The one of the daemon in `twilio`: told once, proof and fallback as for critical alarms."""
    step = Step(after=timedelta(0), notify=(who.id,), channels=())
    return Policy(name=name, steps=(step,), proof=Proof.DELIVERED, fallback_after=timedelta(seconds=75))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How the line is, and what the company says to a message.

    Attributes:
        dead_after: seconds until it is plain that no connection comes about; None: it does.
        is_silent: messages are taken by nobody, and have no answer.
        status, code: of the answer to a message; from 400 on it is not taken.
        is_locked: what looks at the account hears the same.
    """

    dead_after: float | None = None
    is_silent: bool = False
    status: int = 201
    code: int = 0
    is_locked: bool = False


WELL = Line()


@dataclass(kw_only=True)
class Cloud:
    """An account in the cloud beside a modem.

    Attributes:
        work: the engine with the modem.
        line: a row may put another one here at any time.
        asked: texts that came, taken or not, by number.
    """

    work: Clockwork
    line: Line = WELL
    asked: list[tuple[str, str]] = field(default_factory=list)
    _sids: int = 0

    async def ask(self, request: ProviderRequest) -> ProviderResponse:
        """Answer as the API does."""
        line, is_message = self.line, request.method == "POST"
        if line.dead_after is not None:
            await asyncio.sleep(line.dead_after)
            raise NotSentError("no connection to the provider comes about")
        form = parse_qs(request.body.decode()) if is_message else {}
        number = form.get("To", [""])[0].removeprefix("whatsapp:")
        text = json.loads(form.get("ContentVariables", ['{"1": ""}'])[0])["1"]
        if is_message:
            self.asked.append((number, text))
        if line.is_silent and is_message:
            await asyncio.sleep(TOTAL_TIMEOUT)
            raise NoAnswerError("the provider did not answer")
        if line.status >= 400 and (is_message or line.is_locked):
            return ProviderResponse(status=line.status, body=b'{"code": %d}' % line.code)
        if is_message:
            self.work.run.ledger.receive(number, text, at=self.work.run.now())
            self._sids += 1
            return ProviderResponse(status=201, body=b'{"sid": "SM%032x"}' % self._sids)
        return _told(request.url.rsplit("/", 1)[-1].removesuffix(".json"))

    async def raise_alarm(self, key: str, who: Person, *, within: float | None = None) -> None:
        """For Anna, Bert or Carol; a promise when the engine has answered."""
        title = f"For {who.name}: {key}."
        asked = AlarmRaise(
            source=virtual.SOURCE, key=key, severity=Severity.CRITICAL, title=title, policy=who.id
        )
        await self.work.engine.raise_alarm(asked)
        run = self.work.run
        run.ledger.accept(f"raise-{key}", title, who.addresses[0].value, at=run.now(), within=within)

    def came(self, key: str, who: Person) -> float | None:
        """When the words reached the phone as an SMS, in seconds of the story; None: not yet."""
        title = f"For {who.name}: {key}."
        found = [each.at for each in self.work.house.phone(who).inbox if title in each.text]
        return min(found) - START if found else None


def _told(name: str) -> ProviderResponse:
    if name == ACCOUNT:
        return ProviderResponse(status=200, body=b'{"status": "active"}')
    return ProviderResponse(status=200, body=b'{"sid": "%s", "status": "delivered"}' % name.encode())


@asynccontextmanager
async def a_cloud(run: Run) -> AsyncIterator[Cloud]:
    """The engine with a modem and an account; Anna is told by WhatsApp first, Bert by nothing else."""
    policies = (*(_by_first_address(each.id, each) for each in (ANNA, BERT, CAROL)), *TOLD_ONCE)
    async with a_clockwork(
        run,
        people=(ANNA, BERT, CAROL),
        phones=(virtual.ANNA, CAROL),
        policies=policies,
        supervision=SupervisionSettings(),
    ) as work:
        cloud = Cloud(work=work)
        account = Twilio(
            account_sid=ACCOUNT,
            auth_token=TOKEN,
            whatsapp_sender="+436609999999",
            whatsapp_template=f"HX{0:032x}",
        )
        wire: Any = cloud
        route: Any = ProviderRoute(ROUTE, account, wire, clock=work.story.clock, ids=CountedIds(run.seed))
        await work.engine.add_route(route)
        yield cloud
