"""A provider with an HTTP API on the loopback interface, and the phones behind it.

The gateway speaks to it by `generic_http`; `Provider.section` is what its configuration needs. The tests of
the codecs stand in for providers that have a codec of their own.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from lab.ledger import Ledger

TOKEN = "a-token-of-the-laboratory"  # noqa: S105 - it opens a stand-in


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the provider does with one request to send.

    Attributes:
        status: of HTTP. What it says depends on that: 2xx tells the id of the message.
        delay: seconds before it answers.
        delivers: whether the phone gets it, whatever the answer is.
        hangs: it never answers.
        drops: it closes the connection in place of an answer.
    """

    status: int = 200
    delay: float = 0.0
    delivers: bool = True
    hangs: bool = False
    drops: bool = False


TAKEN = Answer()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request to send, as it came."""

    at: float  # clock of the loop
    number: str
    text: str
    uid: str


@dataclass(kw_only=True)
class Provider:
    """Keeps what it was asked, and hands what it delivers to the ledger.

    Attributes:
        port: where it listens.
        behaves: what it does with each request; a row may put another function here at any time.
        asked: all requests to send.
        states: what it says of a message that somebody asks about, by id; "pending" if it is not there.
    """

    ledger: Ledger
    port: int = 0
    behaves: Callable[[Asked], Answer] = lambda _: TAKEN
    asked: list[Asked] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    def section(self, name: str = "provider", *, port: int = 0, **recipe: Any) -> dict[str, Any]:
        """One entry of `providers` in the configuration; through a proxy on `port` if there is one."""
        url = f"http://127.0.0.1:{port or self.port}"
        auth = {"bearer": "{token}"}
        return {
            "name": name,
            "type": "generic_http",
            "plain_http": True,
            "settings": {"token": TOKEN},
            "number": {"form": "plus"},
            "send": {
                "url": f"{url}/messages",
                "auth": auth,
                "json": {"to": "{number}", "text": "{text}", "uid": "{uid}"},
            },
            "answer": {"accepted": {"status": ["2xx"]}, "reference": {"path": "id"}},
            "check": {"request": {"url": f"{url}/account", "auth": auth}, "passed": {"status": ["2xx"]}},
            "status": {
                "request": {"url": f"{url}/messages/{{reference}}", "auth": auth},
                "reports": {
                    "reference": {"path": "id"},
                    "state": {"path": "state"},
                    "states": {"delivered": "delivered", "failed": "failed", "pending": "pending"},
                },
            },
            **recipe,
        }

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Take a message, or do not."""
        body = await request.json()
        asked = Asked(
            at=asyncio.get_running_loop().time(), number=body["to"], text=body["text"], uid=body["uid"]
        )
        self.asked.append(asked)
        answer = self.behaves(asked)
        name = f"m-{len(self.asked)}"
        if answer.delivers:
            self.ledger.receive(asked.number, asked.text, at=asked.at)
            self.states[name] = "delivered"
        await asyncio.sleep(answer.delay)
        if answer.hangs:
            await self._closing.wait()
        if answer.drops and request.transport is not None:
            request.transport.abort()
        return web.json_response({"id": name}, status=answer.status)

    async def tell(self, request: web.Request) -> web.StreamResponse:
        """What became of a message."""
        name = request.match_info["name"]
        return web.json_response({"id": name, "state": self.states.get(name, "pending")})

    async def account(self, _request: web.Request) -> web.StreamResponse:
        """All is well with the account."""
        return web.json_response({})

    def close(self) -> None:
        """Let go of whoever still waits."""
        self._closing.set()


@asynccontextmanager
async def a_provider(ledger: Ledger) -> AsyncIterator[Provider]:
    """A provider that takes and delivers everything, until a row wants it otherwise."""
    provider = Provider(ledger=ledger)
    application = web.Application()
    application.add_routes(
        [
            web.post("/messages", provider.send),
            web.get("/messages/{name}", provider.tell),
            web.get("/account", provider.account),
        ]
    )
    runner = web.AppRunner(application, shutdown_timeout=0, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        provider.port = runner.addresses[0][1]
        yield provider
    finally:
        provider.close()
        await runner.cleanup()
