"""One request to our own address, and what it tells."""

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver
from aiohttp.test_utils import TestServer

from custom_components.alert_gateway import reach
from custom_components.alert_gateway.reach import ASKED, HERE, ReachDoubt, async_doubt
from tests.engine.brokers import allow_sockets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry
    from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

    from tests.component.outside import Outside

INTAKE = "/api/alert_gateway/v1/zabbix"
CALLBACK = "/api/alert_gateway/callback/twilio/reach"
PUBLIC = "https://ha.example.org"


class NoNames(AbstractResolver):
    """A name server that knows nobody."""

    async def resolve(self, host: str, *_args: Any, **_kwargs: Any) -> Any:
        """Look a name up."""
        raise OSError(None, "no such name")

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_sockets()


@pytest.fixture
async def session(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[aiohttp.ClientSession]:
    """A real one, without names."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=NoNames())) as real:
        monkeypatch.setattr(reach, "async_get_clientsession", lambda _hass: real)
        yield real


@asynccontextmanager
async def server(answer: Any) -> AsyncIterator[TestServer]:
    """Somebody on this machine."""
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as running:
        yield running


@pytest.mark.parametrize("path", [INTAKE, CALLBACK])
async def test_our_own_views_are_recognised(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    hub: MockConfigEntry,
    outside: Outside,
    path: str,
) -> None:
    outside.client = await hass_client_no_auth()
    assert await async_doubt(hass, f"{PUBLIC}{path}") is None
    assert outside.redirects == {False}


@pytest.mark.parametrize("path", [INTAKE, CALLBACK])
async def test_nobody_else_learns_that_we_are_here(
    hass_client_no_auth: ClientSessionGenerator, hub: MockConfigEntry, path: str
) -> None:
    client = await hass_client_no_auth()
    answer = await client.get(path, headers={ASKED: "a guess"})
    assert answer.status == 404
    assert HERE not in answer.headers


async def test_somebody_elses_answer(hass: HomeAssistant, session: aiohttp.ClientSession) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=str(dict(request.headers)), headers={HERE: "x"})

    async with server(answer) as other:
        assert await async_doubt(hass, str(other.make_url(INTAKE))) is ReachDoubt.OTHER_ANSWER


async def test_nobody_is_followed_elsewhere(hass: HomeAssistant, session: aiohttp.ClientSession) -> None:
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.path)
        raise web.HTTPFound("/elsewhere")

    async with server(answer) as other:
        assert await async_doubt(hass, str(other.make_url(INTAKE))) is ReachDoubt.OTHER_ANSWER
    assert seen == [INTAKE]


async def test_a_name_that_nobody_knows(hass: HomeAssistant, session: aiohttp.ClientSession) -> None:
    assert await async_doubt(hass, f"{PUBLIC}{INTAKE}") is ReachDoubt.UNKNOWN_NAME


async def test_a_certificate_that_is_none(hass: HomeAssistant, session: aiohttp.ClientSession) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response()

    async with server(answer) as plain:
        url = plain.make_url(INTAKE).with_scheme("https")
        assert await async_doubt(hass, str(url)) is ReachDoubt.CERTIFICATE


async def test_nobody_listens(hass: HomeAssistant, session: aiohttp.ClientSession) -> None:
    assert await async_doubt(hass, f"https://127.0.0.1:1{INTAKE}") is ReachDoubt.NO_ANSWER


async def test_who_takes_his_time_is_not_waited_for(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, session: aiohttp.ClientSession
) -> None:
    monkeypatch.setattr(reach, "REACH_TIMEOUT", 0.2)
    closing = asyncio.Event()

    async def answer(_request: web.Request) -> web.Response:
        await closing.wait()
        return web.Response()

    async with server(answer) as slow:
        assert await async_doubt(hass, str(slow.make_url(INTAKE))) is ReachDoubt.NO_ANSWER
        closing.set()
