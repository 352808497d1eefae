"""Calls of Azure and Twilio at the daemon's own server: what reaches the codec is what went over the wire."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import aiohttp
import pytest
from yarl import URL

from alert_engine.routes.base import KeyAnswer, KeyPress
from alert_engine.routes.providers.twilio.signature import FORM
from tests.engine.providers import test_azure, test_twilio_callbacks
from tests.engine.providers.contract import a_route
from tests.engine.providers.stand_in import Answer, a_provider
from tests.engine.providers.their_library import their
from tests.engine.test_daemon_http_bounds import a_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from alert_engine.routes.base import InboundReport, InboundSms, RouteHealth

ADDRESS = "https://gateway.example.org/callback/{}/0123456789abcdef"


class Sink:
    """Keeps what is handed in."""

    def __init__(self) -> None:
        self.told: list[object] = []

    async def inbound(self, _route: str, message: InboundSms) -> None:
        self.told.append(message.text)

    async def report(self, _route: str, report: InboundReport) -> None:
        self.told.append(report.reference)

    async def key_pressed(self, _route: str, press: KeyPress) -> KeyAnswer:
        self.told.append(press)
        return KeyAnswer.DONE

    async def health(self, _route: str, _health: RouteHealth) -> None:
        """Nobody asks."""


class Caller:
    """Calls a gateway behind a proxy that ends TLS."""

    def __init__(self, session: aiohttp.ClientSession, port: int, sink: Sink) -> None:
        self._session, self._port, self.sink = session, port, sink

    async def call(
        self, method: str, path: str, *, query: str = "", **rest: Any
    ) -> tuple[int, dict[str, str], bytes]:
        url = f"http://127.0.0.1:{self._port}{path}" + (f"?{query}" if query else "")
        async with self._session.request(method, URL(url, encoded=True), **rest) as answer:
            return answer.status, dict(answer.headers), await answer.read()


@asynccontextmanager
async def a_gateway(name: str, provider: Any) -> AsyncIterator[Caller]:
    """It has one account, which can be called."""
    sink = Sink()
    async with (
        a_provider(Answer(body="{}")) as (_, exchange),
        a_server() as server,
        aiohttp.ClientSession() as session,
    ):
        route = a_route(provider, exchange, callback_url=ADDRESS.format(name))
        await route.start(sink)  # type: ignore[arg-type]  # it is asked for no more than that
        server.callbacks.add(name, route)
        yield Caller(session, server.port, sink)
        await route.stop()


async def test_both_handshakes_of_event_grid() -> None:
    path = urlsplit(ADDRESS.format("azure")).path
    event = {"id": "1", "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent"}
    body = json.dumps([event | {"data": {"validationCode": "512d38b6", "validationUrl": "https://x"}}])
    origin = {"WebHook-Request-Origin": "eventgrid.azure.net", "WebHook-Request-Rate": "120"}
    async with a_gateway("azure", test_azure.ACCOUNT) as gateway:
        status, headers, proof = await gateway.call("POST", path, data=body)
        assert (status, json.loads(proof)) == (200, {"validationResponse": "512d38b6"})
        assert headers["Content-Type"] == "application/json"
        status, headers, _ = await gateway.call("OPTIONS", path, headers=origin)
        assert status == 200
        assert headers["WebHook-Allowed-Origin"] == "eventgrid.azure.net"
        assert headers["WebHook-Allowed-Rate"] == "*"
        for method in ("POST", "OPTIONS"):
            status, headers, proof = await gateway.call(method, f"{path}x", data=body, headers=origin)
            assert (status, proof) == (403, b"")
            assert "WebHook-Allowed-Origin" not in headers
        assert gateway.sink.told == []


async def test_events_are_committed_before_they_are_answered() -> None:
    path = urlsplit(ADDRESS.format("azure")).path
    batch = [
        test_azure.event("SMSReceived", test_azure.INBOUND, id="1"),
        test_azure.event("SMSDeliveryReportReceived", test_azure.REPORT, id="2"),
    ]
    async with a_gateway("azure", test_azure.ACCOUNT) as gateway:
        status, _, _ = await gateway.call(
            "POST", path, json=batch, headers={"aeg-event-type": "Notification"}
        )
        assert (status, gateway.sink.told) == (200, ["OK 4711", test_azure.MESSAGE_ID])


@pytest.mark.parametrize("query", ["uid=u1", "uid=u%31&x=%7E%2b+%c3%a4", "x=;&uid=u1&=&&y"])
async def test_the_query_is_signed_as_it_stands(query: str) -> None:
    """A query that were written anew, in other capitals or another order, would have another signature."""
    address = ADDRESS.format("twilio")
    form = {"CallSid": test_twilio_callbacks.CALL_SID, "Digits": "1", "Called": "ä ✓+&"}
    validator = their("twilio.request_validator").RequestValidator(test_twilio_callbacks.TOKEN)
    headers = {
        "Content-Type": f"{FORM}; charset=utf-8",
        "X-Twilio-Signature": validator.compute_signature(f"{address}?{query}", form),
    }
    async with a_gateway("twilio", test_twilio_callbacks.PUMP) as gateway:
        for sent, wanted in ((query, 200), (f"{query}&", 403), (query.swapcase(), 403)):
            status, _, said = await gateway.call(
                "POST", urlsplit(address).path, query=sent, data=urlencode(form), headers=headers
            )
            assert status == wanted
            assert (b"Danke" in said) == (wanted == 200)
        assert gateway.sink.told == [KeyPress(uid="u1", key="1")]
