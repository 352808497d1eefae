"""Calls of providers, over the real HTTP server: who is let in, when they are answered, and how quickly."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.clock import SystemClock
from alert_engine.errors import ConfigError, JournalError
from alert_engine.ids import RandomIds
from alert_engine.model import Channel
from alert_engine.routes.base import InboundReport, ReportStatus
from alert_engine.routes.provider_route import ProviderRoute
from alert_engine.routes.providers.callbacks import (
    MAX_CALLBACK,
    check_basic,
    check_secret_path,
    check_signature,
    check_size,
    plain_answer,
)
from alert_engine.routes.providers.provider import ProviderLimits, Received

from .brokers import DEADLINE
from .mqtt_house import an_engine
from .test_daemon_http_bounds import a_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from alert_engine.daemon.http_server import HttpServer
    from alert_engine.engine import AlertEngine
    from alert_engine.intake.http_request import HttpAnswer, HttpRequest
    from alert_engine.routes.providers.provider import Moment

SECRET = "0123456789abcdef"
PATH = f"/callback/cloud/{SECRET}"
CALLS = 1000
AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A provider that only calls; the body of a call is the reference of what was delivered."""

    user: str = ""
    signed: bool = False

    @property
    def limits(self) -> ProviderLimits:
        return ProviderLimits(channels=frozenset({Channel.SMS}))

    def plan_segments(self, message: Any) -> int:
        raise NotImplementedError

    def send_request(self, message: Any, moment: Moment) -> Any:
        raise NotImplementedError

    def outcome(self, message: Any, response: Any, moment: Moment) -> Any:
        raise NotImplementedError

    def receive(self, request: HttpRequest, moment: Moment) -> Received:
        check_secret_path(request, moment)
        check_basic(request, self.user, "pässword")
        if self.signed:
            check_signature(request.header("X-Signature"), "5ignature")
        check_size(request)
        report = InboundReport(
            reference=request.body.decode(),
            address="",
            status=ReportStatus.DELIVERED,
            reported_at=moment.now,
        )
        return Received(reports=(report,))

    def answer(self, request: HttpRequest, received: Received) -> HttpAnswer:
        return plain_answer("OK")


@dataclass
class Desk:
    """Commits when it is told to."""

    is_written: asyncio.Event = field(default_factory=asyncio.Event)
    error: JournalError | None = None
    taken: list[InboundReport] = field(default_factory=list)

    async def report(self, _route: str, report: InboundReport) -> None:
        await self.is_written.wait()
        if self.error is not None:
            raise self.error
        self.taken.append(report)


def a_route(**account: Any) -> ProviderRoute:
    """A codec whose wire is never used."""
    return ProviderRoute(
        "cloud",
        Caller(**account),
        None,  # type: ignore[arg-type]  # it asks nothing
        clock=SystemClock(),
        ids=RandomIds(),
        callback_url=f"https://gw.example.org/prefix{PATH}",
    )


@asynccontextmanager
async def called(sink: Any, **account: Any) -> AsyncIterator[HttpServer]:
    async with a_server() as server:
        route = a_route(**account)
        await route.start(sink)
        server.callbacks.add("cloud", route)
        try:
            yield server
        finally:
            await route.stop()


@asynccontextmanager
async def called_with_a_journal(folder: Path) -> AsyncIterator[tuple[HttpServer, AlertEngine]]:
    async with an_engine(folder) as engine, a_server(engine) as server:
        route = a_route()
        await engine.add_route(route)
        server.callbacks.add("cloud", route)
        yield server, engine


async def call(
    server: HttpServer,
    path: str | bytes = PATH,
    *,
    method: str = "POST",
    body: bytes = b"7",
    headers: bytes = b"",
) -> bytes:
    """What comes back: all of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    octets = path if isinstance(path, bytes) else path.encode()
    head = b"%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n"
    writer.write(head % (method.encode(), octets, len(body), headers) + body)
    try:
        return await asyncio.wait_for(reader.read(), DEADLINE)
    finally:
        writer.close()


def status_of(answer: bytes) -> int:
    return int(answer.split()[1])


def written() -> Desk:
    desk = Desk()
    desk.is_written.set()
    return desk


@pytest.mark.parametrize("path", [PATH, f"/callback/cloud/more/{SECRET}", f"{PATH}?uid=1"])
async def test_whoever_knows_the_secret_is_let_in(path: str) -> None:
    desk = written()
    async with called(desk) as server:
        answer = await call(server, path)
        assert (status_of(answer), answer.endswith(b"OK")) == (200, True)
        assert [report.reference for report in desk.taken] == ["7"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/callback/cloud/0123456789abcdeg", 403),
        ("/callback/cloud/", 403),
        ("/callback/cloud", 403),
        (f"/callback/cloud/{SECRET}/", 403),
        (f"/callback/cloud/{SECRET[:-1]}", 403),
        (f"/callback/cloud/x?{SECRET}", 403),
        (f"/callback/cloud/%30{SECRET[1:]}", 403),
        ("/callback/cloud/\N{SNOWMAN}", 400),  # a request line is ASCII: it does not come as far as that
        (b"/callback/cloud/\xff\xfe", 400),
        (f"/callback/other/{SECRET}", 404),
        (f"/callback//{SECRET}", 404),
        (f"/callback/../callback/cloud/{SECRET}", 404),
        (f"/callback/%63loud/{SECRET}", 404),
        (f"/api/callback/cloud/{SECRET}", 404),
        ("/callback", 404),
    ],
)
async def test_strangers_are_not(path: str | bytes, status: int) -> None:
    desk = written()
    async with called(desk) as server:
        answer = await call(server, path)
        assert (status_of(answer), desk.taken) == (status, [])
        assert SECRET.encode() not in answer


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (b"Basic dTpww6Rzc3dvcmQ=", 200),
        (b"basic  dTpww6Rzc3dvcmQ=", 200),
        (b"Basic dTpwYXNz", 401),
        (b"Basic d", 401),
        (b"Basic \xc3\xa4\xff", 401),
        (b"Bearer dTpww6Rzc3dvcmQ=", 401),
        (b"", 401),
    ],
)
async def test_a_user_and_a_password(given: bytes, status: int) -> None:
    async with called(written(), user="u") as server:
        assert status_of(await call(server, headers=b"Authorization: " + given + b"\r\n")) == status


@pytest.mark.parametrize(
    ("given", "status"), [(b"5ignature", 200), (b" 5ignature ", 200), (b"5\xff", 403), (b"", 403)]
)
async def test_a_signature(given: bytes, status: int) -> None:
    async with called(written(), signed=True) as server:
        assert status_of(await call(server, headers=b"X-Signature: " + given + b"\r\n")) == status


@pytest.mark.parametrize(("size", "status"), [(MAX_CALLBACK, 200), (MAX_CALLBACK + 1, 413)])
async def test_the_longest_body(size: int, status: int) -> None:
    async with called(written()) as server:
        assert status_of(await call(server, body=b"7" * size)) == status


async def test_nobody_is_answered_before_the_commit() -> None:
    desk = Desk()
    async with called(desk) as server:
        calling = asyncio.create_task(call(server))
        await asyncio.wait([calling], timeout=0.3)
        assert not calling.done()
        desk.is_written.set()
        assert status_of(await calling) == 200


@pytest.mark.parametrize("error", [JournalError("no room on the disk"), RuntimeError("+436641234567")])
async def test_what_is_not_committed_is_asked_for_again(error: Any) -> None:
    desk = written()
    desk.error = error
    async with called(desk) as server:
        answer = await call(server)
        assert status_of(answer) in {500, 503}
        assert b"436641234567" not in answer


async def test_before_the_route_runs_nothing_is_taken() -> None:
    async with a_server() as server:
        server.callbacks.add("cloud", a_route())
        with pytest.raises(ConfigError, match="cloud"):
            server.callbacks.add("cloud", a_route())
        answer = await call(server)
        assert status_of(answer) == 503
        assert b"Retry-After: 30" in answer
        server.callbacks.remove("cloud")
        server.callbacks.remove("cloud")
        assert status_of(await call(server)) == 404


async def _kept(server: HttpServer, one: Callable[[], bytes | None], answered: list[bytes]) -> None:
    """Calls over one connection, until there are no more; each answer comes before the deadline."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    while (body := one()) is not None:
        head = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (PATH.encode(), len(body))
        writer.write(head + body)
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), DEADLINE)
        await reader.readexactly(2)
        assert status_of(answer) == 200
        answered.append(body)
    writer.close()


async def test_each_call_of_a_burst_is_answered(tmp_path: Path) -> None:
    bodies = iter([b"ref-%d" % number for number in range(CALLS)])
    answered: list[bytes] = []
    async with called_with_a_journal(tmp_path) as (server, _):
        await asyncio.gather(*(_kept(server, lambda: next(bodies, None), answered) for _ in range(AT_ONCE)))
    assert len(answered) == CALLS
