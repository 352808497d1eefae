"""A provider on the loopback interface: it answers what it is told to, and keeps what it was asked."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from alert_engine.routes.provider_exchange import Exchange
from tests.engine.brokers import allow_sockets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from alert_engine.routes.providers.exchange import ProviderRequest, ProviderResponse

PATIENCE = 20.0  # seconds for an answer that comes
IMPATIENCE = 0.3  # seconds for one that never does


class Trouble(Enum):
    """What can go wrong on the way."""

    SILENT = auto()  # it takes the request and never answers
    DROPPED = auto()  # it takes the request and hangs up
    CUT = auto()  # it announces more than it sends


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the stand-in says."""

    status: int = 200
    body: bytes | str = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it arrived."""

    method: str
    url: str  # as the codec made it
    headers: Mapping[str, str]
    body: bytes


class StandIn:
    """Answers in the order given; the last answer repeats."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[Asked] = []
        self.urls: list[str] = []
        self._closing = asyncio.Event()

    @property
    def patience(self) -> float:
        """Seconds to wait for it."""
        return IMPATIENCE if any(each.trouble is Trouble.SILENT for each in self.answers) else PATIENCE

    def close(self) -> None:
        """Let go of whoever still waits."""
        self._closing.set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Take one request."""
        asked = Asked(
            method=request.method,
            url=self.urls[-1],
            headers=dict(request.headers),
            body=await request.read(),
        )
        self.asked.append(asked)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer.trouble is Trouble.SILENT:
            await self._closing.wait()
        if answer.trouble is Trouble.DROPPED and request.transport is not None:
            request.transport.abort()
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        headers = {"Content-Type": answer.content_type, **answer.headers}
        if answer.trouble is Trouble.CUT:
            return await self._cut(request, answer.status, body, headers)
        return web.Response(status=answer.status, body=body, headers=headers)

    async def _cut(
        self, request: web.Request, status: int, body: bytes, headers: dict[str, str]
    ) -> web.StreamResponse:
        announced = {**headers, "Content-Length": str(len(body) + 100)}
        response = web.StreamResponse(status=status, headers=announced)
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        if request.transport is not None:
            request.transport.abort()
        return response


class LoopbackExchange(Exchange):
    """Sends everything to the stand-in, whatever host the codec names."""

    def __init__(self, session: aiohttp.ClientSession, stand_in: StandIn, port: int) -> None:
        super().__init__(session, total=stand_in.patience)
        self._stand_in = stand_in
        self._port = port

    async def ask(self, request: ProviderRequest) -> ProviderResponse:
        """Send it to this machine."""
        self._stand_in.urls.append(request.url)
        parts = urlsplit(request.url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        return await super().ask(replace(request, url=f"http://127.0.0.1:{self._port}{path}"))


@asynccontextmanager
async def a_provider(*answers: Answer) -> AsyncIterator[tuple[StandIn, LoopbackExchange]]:
    """A stand-in that listens, and the way to it."""
    allow_sockets()
    stand_in = StandIn(*answers)
    server = web.Server(stand_in.handle)  # type: ignore[arg-type]  # it is given no other kind of request
    runner = web.ServerRunner(server, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with aiohttp.ClientSession() as session:
            yield stand_in, LoopbackExchange(session, stand_in, port)
    finally:
        stand_in.close()
        await runner.cleanup()


def nobody(session: aiohttp.ClientSession, stand_in: StandIn) -> LoopbackExchange:
    """The way to a port where nobody listens."""
    allow_sockets()
    return LoopbackExchange(session, stand_in, 1)
