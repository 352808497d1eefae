"""The HTTP server: intake, callbacks of providers, health and metrics. No path or query is logged."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import traceback
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiohttp import web

from alert_engine.errors import EngineError
from alert_engine.intake.http import HttpIntake, HttpRequest
from alert_engine.intake.http_limits import is_allowed
from alert_engine.intake.payloads import MAX_PAYLOAD

from .callbacks import Callbacks
from .metrics import CONTENT_TYPE, Metrics

if TYPE_CHECKING:
    from alert_engine.clock import Clock
    from alert_engine.config.http import HttpSettings
    from alert_engine.config.servers import ServerTls
    from alert_engine.intake.http_limits import Network

    from .readiness import Readiness

_LOGGER = logging.getLogger(__name__)

READ_LIMIT = 10.0  # seconds for a body of at most 64 KiB; slower clients send it again
LOOK_LIMIT = 5.0  # seconds for the journal's answer to a look at health or figures
KEEP_ALIVE = 30.0  # seconds that a connection may idle: clients that post often keep theirs
STOP_LIMIT = 5.0  # seconds that requests under way get when the daemon stops

# aiohttp's own log would quote the request line of what it cannot read, and secrets may be in there.
_SILENT = logging.getLogger(f"{__name__}.silent")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class HttpServer:
    """One listening address.

    Args:
        settings: where, and for whom.
        readiness: whether requests can be taken; it is looked at for each.
        metrics: shown at ``/metrics``.
        clock: all time.
    """

    def __init__(
        self, settings: HttpSettings, *, readiness: Readiness, metrics: Metrics, clock: Clock
    ) -> None:
        self.callbacks = Callbacks()
        self._settings = settings
        self._place = _place(settings)
        self._readiness = readiness
        self._metrics = metrics
        self._clock = clock
        self._intake = HttpIntake(settings.endpoints)
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """Where it listens by now."""
        assert self._runner is not None  # noqa: S101 - asked of a server that runs
        return int(self._runner.addresses[0][1])

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address is taken, or a certificate cannot be read.
        """
        app = web.Application()
        app.on_response_prepare.append(_sign)
        app.router.add_route("GET", "/healthz", self._healthz)
        app.router.add_route("GET", "/metrics", self._show_metrics)
        app.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(
            app, access_log=None, logger=_SILENT, keepalive_timeout=KEEP_ALIVE, shutdown_timeout=STOP_LIMIT
        )
        await self._runner.setup()
        site = web.TCPSite(
            self._runner,
            self._settings.bind,
            self._settings.port,
            ssl_context=tls_context(self._settings.tls),
        )
        await site.start()

    async def stop(self) -> None:
        """Answer what is under way, then close."""
        if self._runner is not None:
            await self._runner.cleanup()

    def use(self, settings: HttpSettings) -> bool:
        """Take other endpoints from the next request on; False: a new address would need a restart."""
        if settings.endpoints != self._settings.endpoints:
            self._intake = HttpIntake(settings.endpoints)
        self._settings = settings
        return _place(settings) == self._place

    async def _take(self, request: web.Request) -> web.Response:
        try:
            taken = await self._read(request)
        except TimeoutError:
            return web.Response(status=HTTPStatus.REQUEST_TIMEOUT, text="the body came too slowly")
        handler = self.callbacks.find(taken.path)
        if handler is None:
            answer = await self._intake.handle(taken, self._readiness.engine, now=self._clock.now())
        else:
            try:
                answer = await handler.handle_callback(taken)
            except Exception as err:  # noqa: BLE001 - the provider sends it again; its text may hold a number
                _LOGGER.error("a callback met a mistake of ours: %s", _where(err))  # noqa: TRY400 - the same
                return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    async def _read(self, request: web.Request) -> HttpRequest:
        async with asyncio.timeout(READ_LIMIT):
            body = await _body(request)
        return HttpRequest(
            method=request.method,
            path=request.rel_url.raw_path,
            query=request.rel_url.raw_query_string,
            headers=request.headers,
            body=body,
            remote=client_address(
                request.remote or "",
                request.headers.getall("X-Forwarded-For", []),
                self._settings.trusted_proxies,
            ),
            received_at=self._clock.monotonic(),
        )

    async def _healthz(self, _request: web.Request) -> web.Response:
        """200 when alarms are taken; the state of the routes is for whoever reads the body."""
        engine = self._readiness.engine
        data: dict[str, Any] = {"state": self._readiness.phase.value, "gateway": self._readiness.gateway}
        status = HTTPStatus.SERVICE_UNAVAILABLE
        if engine is not None:
            healths = engine.routes().items()
            data["routes"] = {
                name: {"state": health.state.value, "reason": health.reason} for name, health in healths
            }
            try:
                async with asyncio.timeout(LOOK_LIMIT):
                    await engine.summary()
                status = HTTPStatus.OK
            except (EngineError, TimeoutError) as err:
                data["state"] = "failed"
                data["reason"] = str(err) or "the journal does not answer: is its disk well?"
        return web.Response(
            status=status, text=json.dumps(data), headers={"Content-Type": "application/json", **_NO_STORE}
        )

    async def _show_metrics(self, _request: web.Request) -> web.Response:
        engine = self._readiness.engine
        summary, routes = None, {}
        if engine is not None:
            routes = dict(engine.routes())
            try:
                async with asyncio.timeout(LOOK_LIMIT):
                    summary = await engine.summary()
            except (EngineError, TimeoutError):
                _LOGGER.warning("the figures have no alarms and messages: the journal does not answer")
        body = self._metrics.render(summary, routes, self._intake.refused)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})


_NO_STORE = {"Cache-Control": "no-store"}


async def _sign(_request: web.Request, response: web.StreamResponse) -> None:
    """Tell nobody which release of which library this is."""
    response.headers["Server"] = "alert-gateway"


def _place(settings: HttpSettings) -> tuple[object, ...]:
    return settings.bind, settings.port, settings.tls


async def _body(request: web.Request) -> bytes:
    """The body, or the first octet more than is allowed of one that is too large."""
    body = bytearray()
    while len(body) <= MAX_PAYLOAD:
        piece = await request.content.read(MAX_PAYLOAD + 1 - len(body))
        if not piece:
            break
        body += piece
    return bytes(body)


def client_address(peer: str, forwarded: list[str], trusted: tuple[Network, ...]) -> str:
    """The peer, or whom trusted proxies name as their client (``X-Forwarded-For``, read backwards)."""
    named = [part.strip() for line in forwarded for part in line.split(",")]
    address = peer
    while named and trusted and is_allowed(address, trusted):
        address = named.pop()
    return address


def tls_context(tls: ServerTls | None) -> ssl.SSLContext | None:
    """What a server needs to encrypt.

    Raises:
        OSError: a file cannot be read, or is no certificate or key (`ssl.SSLError`).
    """
    if tls is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tls.certificate_file, tls.key_file)
    return context


def _where(err: Exception) -> str:
    place = traceback.extract_tb(err.__traceback__)[-1]
    return f"{type(err).__name__} in {place.name}, line {place.lineno}"
