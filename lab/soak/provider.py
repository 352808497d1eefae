"""An account at a provider, without a network in between: what HTTP would carry, in virtual time."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, cast

from alert_engine.routes.provider_exchange import Exchange, NoAnswerError, NotSentError
from alert_engine.routes.providers.exchange import ProviderResponse
from alert_engine.routes.providers.generic_http import make_generic_http
from lab.ledger import Ledger
from lab.parts.providers import Provider

from .plan import Happening

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from alert_engine.routes.providers.exchange import ProviderRequest
    from alert_engine.routes.providers.generic_http import GenericHttp

TIME_OUT = 30.0  # seconds, as `provider_exchange` has it
THINKS = 0.4  # seconds
TROUBLES = frozenset({Happening.PROVIDER_REFUSES, Happening.PROVIDER_FAILS, Happening.PROVIDER_HANGS})
_REMEMBERED = 500  # messages of which it still knows what became


class Account:
    """Answers what the gateway asks.

    Attributes:
        trouble: what is wrong just now.
    """

    def __init__(
        self,
        draw: Random,
        *,
        deliver: Callable[[str, str], None],
        doubt: Callable[[str, str], None],
    ) -> None:
        self.trouble: Happening | None = None
        self._draw = draw
        self._deliver = deliver
        self._doubt = doubt
        self._known: dict[str, str] = {}
        self._last = 0

    def exchange(self) -> Exchange:
        """For the route."""
        return cast("Exchange", self)

    async def ask(self, request: ProviderRequest) -> ProviderResponse:
        """As `Exchange.ask`."""
        await asyncio.sleep(THINKS)
        if self.trouble is Happening.PROVIDER_REFUSES:
            raise NotSentError("nobody takes the connection")
        if self.trouble is Happening.PROVIDER_FAILS:
            return ProviderResponse(status=500)
        if self.trouble is Happening.PROVIDER_HANGS:
            await self._hang(request)
        if request.method == "POST":
            return self._answer(self._take(request))
        name = request.url.rpartition("/")[2]
        if name == "account":
            return _json({})
        return _json({"id": name, "state": self._known.get(name, "pending")})

    async def _hang(self, request: ProviderRequest) -> None:
        if request.method == "POST" and self._draw.random() < 0.5:
            body = json.loads(request.body)
            self._take(request)
            self._doubt(body["to"], body["text"])
        await asyncio.sleep(TIME_OUT)
        raise NoAnswerError("no answer")

    def _take(self, request: ProviderRequest) -> str:
        body = json.loads(request.body)
        self._last += 1
        name = f"m-{self._last}"
        self._known[name] = "delivered"
        if len(self._known) > _REMEMBERED:
            self._known.pop(next(iter(self._known)))
        self._deliver(body["to"], body["text"])
        return name

    @staticmethod
    def _answer(name: str) -> ProviderResponse:
        return _json({"id": name})


def a_codec() -> GenericHttp:
    """What speaks to the account."""
    section = Provider(ledger=Ledger(), port=9).section("cloud")
    return make_generic_http({key: value for key, value in section.items() if key not in {"name", "type"}})


def _json(content: object) -> ProviderResponse:
    headers = {"Content-Type": "application/json"}
    return ProviderResponse(status=200, headers=headers, body=json.dumps(content).encode())
