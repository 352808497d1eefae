"""The HTTP server: intake, callbacks of providers, health and metrics. No path or query is logged."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiohttp import web

from alert_engine.errors import EngineError
from alert_engine.intake.http import HttpIntake, HttpRequest
from alert_engine.intake.http_limits import UsedProofs, is_allowed
from alert_engine.intake.payloads import MAX_PAYLOAD
from alert_engine.mistakes import place_of

from .callbacks import Callbacks
from .connections import Doorkeeper, address_of, has_room, room_for
from .metrics import CONTENT_TYPE, Metrics, Picture
from .probe import CommitProbe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from alert_engine.clock import Clock
    from alert_engine.config.http import HttpSettings
    from alert_engine.config.servers import ServerTls
    from alert_engine.engine import AlertEngine
    from alert_engine.intake.http_limits import Network

    from .readiness import Readiness

_LOGGER = logging.getLogger(__name__)

LOOK_LIMIT = 5.0  # seconds for the journal's answer to a look at figures
KEEP_ALIVE = 30.0  # seconds that a connection may idle: clients that post often keep theirs
STOP_LIMIT = 5.0  # seconds that requests under way get when the daemon stops
HANDSHAKE_LIMIT = 10.0  # seconds for TLS; a client of the house takes less than one

_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)

# aiohttp's own log would quote the request line of what it cannot read, and secrets may be in there.
_SILENT = logging.getLogger(f"{__name__}.silent")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpBounds:
    """What clients may take of us."""

    read: float = 10.0  # seconds for a body of at most 64 KiB; slower clients send it again
    connections: int = 100  # at once; fewer where this process may open few files
    of_one_client: int = 20  # at once; a trusted proxy, which stands for many, may have them all


class HttpServer:
    """One listening address.

    Args:
        settings: where, and for whom.
        readiness: whether requests can be taken; it is looked at for each.
        metrics: shown at ``/metrics``.
        clock: all time.
        bounds: what clients may take.
    """

    def __init__(
        self,
        settings: HttpSettings,
        *,
        readiness: Readiness,
        metrics: Metrics,
        clock: Clock,
        bounds: HttpBounds | None = None,
    ) -> None:
        self.callbacks = Callbacks()
        self.unused: Callable[[], Mapping[str, int]] = dict  # what another intake did not use, by reason
        self._settings = settings
        self._bounds = bounds or HttpBounds()
        self._room = room_for(self._bounds.connections)
        self._place = _place(settings)
        self._readiness = readiness
        self._metrics = metrics
        self._clock = clock
        self._probe = CommitProbe(clock)
        self._used = UsedProofs()  # other settings do not make them unused
        self._intake = HttpIntake(settings.endpoints, used=self._used)
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens by now."""
        assert self._server is not None  # noqa: S101 - asked of a server that runs
        return int(self._server.sockets[0].getsockname()[1])

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
        context = tls_context(self._settings.tls)
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Doorkeeper(self._admit),
            self._settings.bind,
            self._settings.port,
            ssl=context,
            ssl_handshake_timeout=HANDSHAKE_LIMIT if context else None,
        )

    async def stop(self) -> None:
        """Answer what is under way, then close."""
        if self._server is not None:
            self._server.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def use(self, settings: HttpSettings) -> bool:
        """Take other endpoints from the next request on; False: a new address would need a restart."""
        if settings.endpoints != self._settings.endpoints:
            self._intake = HttpIntake(settings.endpoints, used=self._used)
        self._settings = settings
        return _place(settings) == self._place

    def _admit(self, client: str) -> asyncio.Protocol | bytes:
        """Whoever comes once too often is told to come again."""
        assert self._runner is not None  # noqa: S101 - it listens
        server = self._runner.server
        assert server is not None  # noqa: S101 - the same
        proxies = self._settings.trusted_proxies
        is_proxy = bool(proxies) and is_allowed(client, proxies)
        connected = (address_of(handler.peername) for handler in server.connections)
        of_one = self._room if is_proxy else self._bounds.of_one_client
        return server() if has_room(client, connected, at_once=self._room, of_one=of_one) else _FULL

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
                _LOGGER.error("a callback met a mistake of ours: %s", place_of(err))  # noqa: TRY400 - the same
                return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    async def _read(self, request: web.Request) -> HttpRequest:
        async with asyncio.timeout(self._bounds.read):
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
        """200 when alarms can be committed; the state of the routes is for whoever reads the body."""
        engine = self._readiness.engine
        data: dict[str, Any] = {"state": self._readiness.phase.value, "gateway": self._readiness.gateway}
        status = HTTPStatus.SERVICE_UNAVAILABLE
        if engine is not None:
            data["routes"] = {
                name: {"state": health.state.value, "reason": health.reason}
                for name, health in engine.routes().items()
            }
            if problem := await self._probe.problem(engine):
                data |= {"state": "failed", "reason": problem}
            else:
                status = HTTPStatus.OK
        return web.Response(
            status=status, text=json.dumps(data), headers={"Content-Type": "application/json", **_NO_STORE}
        )

    async def _show_metrics(self, _request: web.Request) -> web.Response:
        engine = self._readiness.engine
        picture = Picture() if engine is None else await self._look(engine)
        body = self._metrics.render(replace(picture, refused=self._intake.refused, unused=self.unused()))
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    async def _look(self, engine: AlertEngine) -> Picture:
        known = Picture(
            is_ready=not await self._probe.problem(engine),
            routes=engine.routes(),
            supervision=engine.supervision(),
        )
        try:
            async with asyncio.timeout(LOOK_LIMIT):
                return replace(
                    known,
                    summary=await engine.summary(),
                    backlog=await engine.backlog(),
                    heartbeats=await engine.heartbeats(),
                )
        except (EngineError, TimeoutError):
            _LOGGER.warning("the figures have no alarms and messages: the journal does not answer")
            return known


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
