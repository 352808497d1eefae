"""The ways in over HTTP: what of a request fails, and what others write about it."""

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import yarl
from homeassistant.components import webhook
from homeassistant.setup import async_setup_component
from homeassistant.util.aiohttp import MockRequest

from alert_engine.clock import SystemClock
from alert_engine.intake.http_request import HttpAnswer
from alert_engine.intake.payloads import MAX_PAYLOAD
from custom_components.alert_gateway.views import reading
from tests.component.entries import ANNA, hub_of, set_up
from tests.component.provider_calls import PATH, inbound, signed, twilio
from tests.component.providers import DESKS, PUBLIC, SECRET, account_of, good_answers, wired
from tests.engine.brokers import allow_sockets

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

    from alert_engine.intake.http_request import HttpRequest

WRITERS = ("aiohttp.access", "homeassistant.helpers.http", "homeassistant.components.webhook")


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_sockets()


class Wire:
    """A body that comes as it is told to."""

    def __init__(self, *pieces: bytes | Exception | asyncio.Event) -> None:
        self._pieces = list(pieces)

    async def read(self, count: int) -> bytes:
        """The next piece."""
        piece = self._pieces.pop(0) if self._pieces else b""
        if isinstance(piece, Exception):
            raise piece
        if isinstance(piece, asyncio.Event):
            await piece.wait()
            return b""
        if 0 <= count < len(piece):
            self._pieces.insert(0, piece[count:])
            return piece[:count]
        return piece


class Requested(MockRequest):
    """A request with such a body."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(content=b"", mock_source="test", method="POST")
        self._wire = wire

    @property
    def content(self) -> Any:
        """Its body."""
        return self._wire


async def answer_to(wire: Wire, failure: Exception | None = None) -> tuple[int, list[HttpRequest]]:
    """The status, and what was handed on."""
    taken: list[HttpRequest] = []

    async def handle(request: HttpRequest) -> HttpAnswer:
        taken.append(request)
        if failure is not None:
            raise failure
        return HttpAnswer(status=HTTPStatus.OK)

    request: Any = Requested(wire)
    answer = await reading.async_answer(request, SystemClock(), handle, public_url=PATH)
    return answer.status, taken


@pytest.mark.parametrize("failure", [TimeoutError("hello"), OSError("hello"), RuntimeError("hello")])
async def test_what_fails_here_is_never_the_fault_of_the_sender(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    status, _ = await answer_to(Wire(b"{}"), failure)
    assert status == HTTPStatus.INTERNAL_SERVER_ERROR, "a provider sends again what was answered so"
    assert "hello" not in caplog.text
    caplog.clear()


@pytest.mark.parametrize(
    "broken", [aiohttp.ClientPayloadError(), ConnectionResetError(), aiohttp.web.RequestPayloadError("chunk")]
)
async def test_a_body_that_breaks_off_is_not_handed_on(broken: Exception) -> None:
    assert await answer_to(Wire(b"{", broken)) == (HTTPStatus.BAD_REQUEST, [])


async def test_a_body_that_comes_too_slowly_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "READ_TIMEOUT", 0.0)
    assert await answer_to(Wire(b"{", asyncio.Event())) == (HTTPStatus.REQUEST_TIMEOUT, [])


async def test_no_more_is_read_than_it_takes_to_see_that_it_is_too_much() -> None:
    _, (request,) = await answer_to(Wire(b"x" * 1000, b"y" * MAX_PAYLOAD))
    assert len(request.body) == MAX_PAYLOAD + 1


@pytest.mark.parametrize("http", [{}, {"cors_allowed_origins": [PUBLIC]}])
async def test_event_grid_may_ask_first(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    hass_client_no_auth: ClientSessionGenerator,
    http: dict[str, Any],
) -> None:
    assert await async_setup_component(hass, "http", {"http": http})
    hass.config.external_url = PUBLIC
    await set_up(hass, hub_of(ANNA))
    async with wired(monkeypatch, *good_answers("azure")):
        entry = await set_up(hass, account_of("azure", DESKS["azure"].settings))
        client = await hass_client_no_auth()
        asks = {"WebHook-Request-Origin": "eventgrid.azure.net"}
        path = f"/api/alert_gateway/callback/azure/{SECRET}"
        answer = await client.options(path, headers=asks)
        assert answer.status == HTTPStatus.OK
        assert answer.headers["WebHook-Allowed-Origin"] == "eventgrid.azure.net"
        answer = await client.options(path + "x", headers=asks)
        assert answer.status == HTTPStatus.FORBIDDEN
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_nobody_writes_our_secrets_into_the_log(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    hass_client_no_auth: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for writer in WRITERS:
        caplog.set_level(logging.DEBUG, writer)
    async with twilio(hass, monkeypatch):
        client = await hass_client_no_auth()
        await client.post(PATH, **signed(inbound()))
        await client.get(yarl.URL(f"{PATH}?Body=..%2F..%2Fhello&From=%2B436641234567", encoded=True))
        await client.get(f"/api/alert_gateway/v1/door/{SECRET}", params={"token": SECRET})
        await client.get("/api/alert_gateway/v1/door", params={"token": SECRET, "text": "hello"})
        request = MockRequest(content=b"", mock_source="cloud", method="PUT")
        await webhook.async_handle_webhook(hass, SECRET, request)
    others = [each for each in caplog.records if not each.name.startswith("custom_components")]
    lines = [each.getMessage() for each in others]
    wrote = {each.name for each in others if "…" in each.getMessage()}
    assert {*WRITERS, "homeassistant.components.http.security_filter"} <= wrote
    assert not [line for line in lines if SECRET in line or "hello" in line or "436641234567" in line]
    assert any("/api/alert_gateway/callback/twilio/…" in line for line in lines), "the route is told"


async def test_what_others_log_stays_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "aiohttp.access")
    line = 'GET /api/alert_gateway/panel.js?v=1 HTTP/1.1" 200'
    logging.getLogger("aiohttp.access").info("%s %s", "127.0.0.1", line)
    assert line in caplog.messages[-1]
