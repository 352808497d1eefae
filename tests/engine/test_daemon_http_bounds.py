"""What clients of the HTTP server may take: connections, time, and each proof once."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import resource
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import pytest

from alert_engine.clock import SystemClock
from alert_engine.config.http import HttpSettings
from alert_engine.daemon.connections import RESERVED, has_room, room_for
from alert_engine.daemon.http_server import HttpBounds, HttpServer
from alert_engine.daemon.metrics import Metrics
from alert_engine.daemon.readiness import Readiness
from alert_engine.intake.http_auth import HmacAuth, signature
from alert_engine.intake.http_endpoints import Endpoint, FormatName

from .brokers import DEADLINE, allow_sockets
from .mqtt_house import an_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from alert_engine.engine import AlertEngine

SECRET = "0123456789abcdef"
SIGNED = HmacAuth(secrets=(SECRET,), timestamp_header="X-Time")
ENDPOINT = Endpoint(name="send", format=FormatName.SEND, auth=SIGNED)
SETTINGS = HttpSettings(bind="127.0.0.1", port=0, endpoints=(ENDPOINT,))
PATH = "/api/alert_gateway/v1/send"


@asynccontextmanager
async def a_server(
    engine: AlertEngine | None = None, settings: HttpSettings = SETTINGS, **bounds: Any
) -> AsyncIterator[HttpServer]:
    allow_sockets()
    readiness = Readiness(gateway="home", version="1")
    if engine is not None:
        readiness.running(engine)
    server = HttpServer(
        settings,
        readiness=readiness,
        metrics=Metrics(gateway="home", version="1"),
        clock=SystemClock(),
        bounds=HttpBounds(**bounds),
    )
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


class Client:
    """One connection, kept."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def ask(self, head: str = f"GET {PATH} HTTP/1.1") -> int:
        """The status of the answer."""
        self.writer.write(f"{head}\r\nHost: x\r\n\r\n".encode())
        return await self.hear()

    async def hear(self) -> int:
        async with asyncio.timeout(DEADLINE):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"Content-Length: ([0-9]+)", head)
            assert length is not None
            await self.reader.readexactly(int(length[1]))
        return int(head.split()[1])


async def test_one_client_takes_nobody_elses_connections() -> None:
    async with a_server(of_one_client=1) as server, Client(server.port) as first:
        assert await first.ask() == 401
        async with Client(server.port) as second:
            assert await second.hear() == 503
            assert await second.reader.read() == b""
        first.writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert await first.hear() == 200
        await first.reader.read()  # it is over
        async with Client(server.port) as third:
            assert await third.ask() == 401


async def test_so_many_connections_at_once() -> None:
    async with a_server(connections=1) as server, Client(server.port) as first:
        assert await first.ask() == 401
        async with Client(server.port) as second:
            assert await second.hear() == 503


async def test_a_proxy_stands_for_many() -> None:
    settings = replace(SETTINGS, trusted_proxies=(ipaddress.ip_network("127.0.0.0/8"),))
    async with a_server(settings=settings, of_one_client=1) as server, Client(server.port) as first:
        assert await first.ask() == 401
        async with Client(server.port) as second:
            assert await second.ask() == 401


@pytest.mark.parametrize(
    ("client", "room"),
    [("192.0.2.1", False), ("192.0.2.2", True), ("2001:db8:0:1::9", False), ("2001:db8:0:2::9", True)],
)
def test_addresses_of_one_household_are_one_client(client: str, room: bool) -> None:  # noqa: FBT001 - a table
    connected = ("192.0.2.1", "2001:db8:0:1::1")
    assert has_room(client, connected, at_once=3, of_one=1) is room
    assert not has_room(client, connected, at_once=2, of_one=1)


@pytest.mark.parametrize(
    ("descriptors", "room"),
    [(resource.RLIM_INFINITY, 100), (1024, 100), (RESERVED + 40, 40), (RESERVED, 8), (20, 8)],
)
def test_descriptors_are_left_for_the_rest(descriptors: int, room: int) -> None:
    assert room_for(100, descriptors) == room


async def test_a_body_that_does_not_come() -> None:
    async with a_server(read=0.05) as server, Client(server.port) as client:
        client.writer.write(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n".encode())
        assert await client.hear() == 408
        client.writer.write(b"x" * 9)
        assert await client.ask() == 401


BODY = b'{"to":["anna"],"text":"Door open"}'


def signed() -> dict[str, Any]:
    stamp = str(int(SystemClock().now().timestamp()))
    headers = {"X-Time": stamp, "X-Signature": signature(SECRET.encode(), BODY, stamp)}
    return {"data": BODY, "headers": {**headers, "Content-Type": "application/json"}}


async def posted(server: HttpServer, request: dict[str, Any]) -> dict[str, Any]:
    url = f"http://127.0.0.1:{server.port}{PATH}"
    async with aiohttp.ClientSession() as client, client.post(url, **request) as answer:
        assert answer.status == 202
        data: dict[str, Any] = await answer.json()
    return data


async def test_a_used_proof_stays_used_with_other_settings(tmp_path: Path) -> None:
    async with an_engine(tmp_path) as engine, a_server(engine) as server:
        request = signed()
        assert len((await posted(server, request))["accepted"]) == 1
        other = replace(ENDPOINT, recipients=("anna",))
        assert server.use(replace(SETTINGS, endpoints=(other,)))
        assert await posted(server, request) == {"accepted": [], "duplicate": 1}
        assert len(await engine.messages()) == 1


async def test_a_used_proof_stays_used_over_a_restart(tmp_path: Path) -> None:
    request = signed()
    for _ in range(2):
        async with an_engine(tmp_path) as engine, a_server(engine) as server:
            answer = await posted(server, request)
            assert len(await engine.messages()) == 1
    assert answer["duplicate"] == 1
