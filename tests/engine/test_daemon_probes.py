"""What the daemon tries out by itself: a commit for /healthz, a word to the dead man's switch outside."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from alert_engine.clock import SystemClock
from alert_engine.config.document import gateway_settings_from
from alert_engine.config.http import HttpSettings
from alert_engine.config.supervision import PingSettings
from alert_engine.daemon.http_server import HttpServer
from alert_engine.daemon.metrics import Metrics
from alert_engine.daemon.probe import GOOD_FOR, HANGING, CommitProbe
from alert_engine.daemon.readiness import Readiness
from alert_engine.daemon.serve import _Gateway
from alert_engine.daemon.service_manager import ServiceManager
from alert_engine.engine import AlertEngine
from alert_engine.failpoints import disarmed
from alert_engine.ids import RandomIds
from alert_engine.journal.store import Journal
from alert_engine.settings import EngineSettings
from alert_engine.supervision.ping import Ping, PingError

from .brokers import allow_sockets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path


class Clock(SystemClock):
    """Real, but for jumps."""

    ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


class TestCommits:
    def engine(self, folder: Path, failpoint: Callable[[str], None] = disarmed) -> AlertEngine:
        journal = Journal(folder / "journal.db")
        return AlertEngine(
            EngineSettings(gateway="home"), journal, clock=SystemClock(), ids=RandomIds(), failpoint=failpoint
        )

    async def test_an_answer_counts_for_a_while(self, tmp_path: Path) -> None:
        engine, clock = self.engine(tmp_path), Clock()
        probe = CommitProbe(clock)
        await engine.start()
        assert await probe.problem(engine) == ""
        await engine.stop()
        assert await probe.problem(engine) == ""
        clock.ahead += GOOD_FOR
        assert "journal" in await probe.problem(engine)

    async def test_a_disk_that_hangs(self, tmp_path: Path) -> None:
        free = threading.Event()
        hangs = threading.Event()

        def failpoint(_name: str) -> None:
            if hangs.is_set():
                free.wait()

        engine = self.engine(tmp_path, failpoint)
        await engine.start()
        hangs.set()
        assert await CommitProbe(SystemClock(), limit=0.05).problem(engine) == HANGING
        free.set()
        await engine.stop()


async def test_health_says_why_nothing_can_be_committed(tmp_path: Path) -> None:
    allow_sockets()
    engine = TestCommits().engine(tmp_path)
    await engine.start()
    await engine.stop()  # as good as a disk that is gone
    readiness = Readiness(gateway="home", version="1")
    readiness.running(engine)
    server = HttpServer(
        HttpSettings(bind="127.0.0.1", port=0),
        readiness=readiness,
        metrics=Metrics(gateway="home", version="1"),
        clock=SystemClock(),
    )
    await server.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as client:
        async with client.get("/healthz") as answer:
            assert answer.status == 503
            said = await answer.json()
        assert said["state"] == "failed"
        assert "journal" in said["reason"]
        async with client.get("/metrics") as answer:
            text = await answer.text()
        assert "alert_gateway_ready 0.0" in text
        readiness.stopping()
        async with client.get("/healthz") as answer:
            assert (answer.status, (await answer.json())["state"]) == (503, "stopping")
        async with client.get("/metrics") as answer:
            assert "alert_gateway_ready 0.0" in await answer.text()
    await server.stop()


@asynccontextmanager
async def watchdog(
    status: int, heard: list[str], patience: asyncio.Event | None = None
) -> AsyncIterator[str]:
    """A service outside that answers so."""

    async def answer(request: web.Request) -> web.Response:
        heard.append(f"{request.method} {request.path} {request.headers['User-Agent']}")
        if patience is not None:
            await patience.wait()
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    allow_sockets()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/ping/secret"
    finally:
        await runner.cleanup()


class TestPings:
    async def test_taken(self) -> None:
        heard: list[str] = []
        async with watchdog(204, heard) as url:
            ping = Ping(PingSettings(url="http://127.0.0.1:1/"))
            ping.use(PingSettings(url=url))
            await ping()
        assert heard == ["GET /ping/secret alert-gateway"]

    @pytest.mark.parametrize("status", [302, 404, 500])
    async def test_not_taken(self, status: int) -> None:
        heard: list[str] = []
        async with watchdog(status, heard) as url:
            with pytest.raises(PingError, match=f"it answered {status}") as caught:
                await Ping(PingSettings(url=url))()
        assert len(heard) == 1
        assert "secret" not in str(caught.value)

    async def test_nobody_there(self) -> None:
        allow_sockets()
        with pytest.raises(PingError) as caught:
            await Ping(PingSettings(url="http://127.0.0.1:1/secret"))()
        assert "secret" not in f"{caught.value!r} {caught.value.__cause__}"

    async def test_too_slow(self) -> None:
        patience = asyncio.Event()
        async with watchdog(200, [], patience) as url:
            with pytest.raises(PingError):
                await Ping(PingSettings(url=url), limit=0.05)()
            patience.set()

    @pytest.mark.parametrize("wanted", [True, False])
    async def test_the_engine_gets_it_where_it_is_configured(self, tmp_path: Path, *, wanted: bool) -> None:
        supervision = {"ping": {"url": "https://watchdog.example/x"}} if wanted else {}
        data = {"gateway": "home", "journal": "j", "supervision": supervision}
        settings = gateway_settings_from(data, folder=tmp_path)
        gateway = _Gateway(settings, disarmed, ServiceManager({}))
        assert (gateway.engine._supervision._switch is not None) is wanted
