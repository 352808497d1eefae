"""The composition of the daemon: everything that runs between start and stop."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from alert_engine.clock import SystemClock
from alert_engine.config.advice import advice_of
from alert_engine.config.shapes import describe_path
from alert_engine.engine import AlertEngine
from alert_engine.errors import needs_package
from alert_engine.ids import RandomIds
from alert_engine.intake.mqtt import MqttIntake
from alert_engine.journal.store import Journal
from alert_engine.mistakes import place_of
from alert_engine.supervision.ping import Ping

from .configuration import Configuration
from .control import ControlServer, socket_path
from .modems import Modems, missing_power_switches
from .narration import narrate
from .readiness import Readiness
from .service_manager import ServiceManager
from .signals import on_hangup, stop_signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from alert_engine.clock import Clock
    from alert_engine.config.document import GatewaySettings

    from .http_server import HttpServer
    from .mail_server import MailServer
    from .providers import Providers

_LOGGER = logging.getLogger("alert_gateway")


class ServerError(Exception):
    """A server cannot listen; the text says where and why."""


async def serve(
    settings: GatewaySettings,
    *,
    failpoint: Callable[[str], None],
    load: Callable[[], GatewaySettings] | None = None,
    manager: ServiceManager | None = None,
) -> None:
    """Run the gateway until a signal.

    Args:
        settings: of the start.
        failpoint: see `AlertEngine`.
        load: reads the configuration again, at SIGHUP.
        manager: who is told how far it is.

    Raises:
        JournalError: the journal cannot be opened.
        ServerError: an address cannot be listened at.
        ConfigError: a part is wanted whose packages are not installed.
    """
    gateway = _Gateway(settings, failpoint, manager or ServiceManager())
    stop, asked = stop_signal(), asyncio.Event()
    on_hangup(asked.set)  # also while it starts: nobody's SIGHUP ends it
    async with AsyncExitStack() as stack:
        await gateway.start(stack)
        reloading = _Reloading(gateway, load or (lambda: settings), asked)
        stack.push_async_callback(reloading.stop)
        _LOGGER.info("running")
        await stop.wait()
        _LOGGER.info("stopping")
        gateway.stopping()
    _LOGGER.info("stopped")


class _Gateway:
    """The parts, in the order in which they are started; they are stopped in the opposite order."""

    def __init__(
        self, settings: GatewaySettings, failpoint: Callable[[str], None], manager: ServiceManager
    ) -> None:
        self.settings = settings
        self.manager = manager
        self.clock = SystemClock()
        self.readiness = Readiness(gateway=settings.engine.gateway, version=program_version())
        self.ping = None if settings.ping is None else Ping(settings.ping)
        self.engine = AlertEngine(
            settings.engine,
            Journal(settings.journal),
            clock=self.clock,
            ids=RandomIds(),
            failpoint=failpoint,
            ping=self.ping,
        )
        self.modems = Modems(self.engine, settings.journal, self.clock)
        self.http = _http_server(self)
        self.mail = _mail_server(self)
        self.providers = _providers(self)

    async def start(self, stack: AsyncExitStack) -> None:
        """Start everything; `stack` gets what stops it."""
        await self._listen(stack)
        if self.providers is not None:
            stack.push_async_callback(self.providers.stop)  # after the engine: its routes use the session
        await self.engine.start()
        stack.push_async_callback(self.engine.stop)
        _LOGGER.info(
            "Alert Gateway %s, gateway %s, journal %s",
            self.readiness.version,
            self.settings.engine.gateway,
            self.settings.journal,
        )
        warn(self.settings)
        self.engine.subscribe(lambda event: _LOGGER.info("%s", narrate(event)))
        self.readiness.running(self.engine)
        control = ControlServer(socket_path(self.settings.journal), self.readiness)
        await control.start()
        stack.push_async_callback(control.stop)
        await self.modems.use(self.settings.modems)
        if self.providers is not None:
            await self.providers.use(self.settings.providers)
        if (intake := _mqtt_intake(self.settings, self.engine, self.clock)) is not None:
            stack.push_async_callback(intake.stop)
            await intake.start()
            if self.http is not None:
                self.http.unused = lambda: intake.counters
        self.manager.ready()
        feeding = asyncio.create_task(self.manager.feed(self.engine.summary), name="watchdog")
        stack.push_async_callback(_cancelled, feeding)

    def stopping(self) -> None:
        """From now on nothing is taken."""
        self.readiness.stopping()
        self.manager.stopping()

    async def _listen(self, stack: AsyncExitStack) -> None:
        """Before the engine runs, so that clients hear "send it again" and not nothing."""
        places = (("HTTP", self.settings.http, self.http), ("mail", self.settings.mail, self.mail))
        for noun, settings, server in places:
            if settings is None or server is None:
                continue
            stack.push_async_callback(server.stop)
            try:
                await server.start()
            except OSError as err:
                place = f"{settings.bind} port {settings.port}"
                raise ServerError(f"{noun} cannot listen at {place}: {err.strerror or err}") from err
            _LOGGER.info("%s: listening at %s port %d", noun, settings.bind, server.port)


class _Reloading:
    """SIGHUP: the configuration is read again, then what waits for a person is tried. One at a time."""

    def __init__(self, gateway: _Gateway, load: Callable[[], GatewaySettings], asked: asyncio.Event) -> None:
        self._gateway = gateway
        self._load = load
        self._configuration = Configuration(
            gateway.settings,
            engine=gateway.engine,
            modems=gateway.modems,
            providers=gateway.providers,
            http=gateway.http,
            mail=gateway.mail,
            ping=gateway.ping,
            warn=warn,
        )
        self._asked = asked
        self._task = asyncio.create_task(self._run(), name="reload")

    async def stop(self) -> None:
        """No more."""
        await _cancelled(self._task)

    async def _run(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            self._gateway.manager.reloading()
            try:
                await self._configuration.reload(self._load)
                self._gateway.modems.retry()
                if self._gateway.providers is not None:
                    self._gateway.providers.retry()
            except Exception as err:  # noqa: BLE001 - the next SIGHUP must find somebody who hears it
                _LOGGER.error("using the configuration met a mistake of ours: %s", place_of(err))  # noqa: TRY400 - the text may quote a secret
            self._gateway.manager.ready()


def warn(settings: GatewaySettings) -> None:
    """Tell the log what a person should look at."""
    for advice in advice_of(settings):
        place = f"{describe_path(advice.path)}: " if advice.path else ""
        _LOGGER.warning("%s%s", place, advice.text)
    for line in missing_power_switches(settings.modems):
        _LOGGER.warning("%s", line)


def program_version() -> str:
    """The release, as it was installed."""
    try:
        return version("alert-gateway")
    except PackageNotFoundError:
        return "development"


def _mqtt_intake(settings: GatewaySettings, engine: AlertEngine, clock: Clock) -> MqttIntake | None:
    if settings.mqtt is None:
        return None
    _LOGGER.info(
        "MQTT: %s:%s, topics %s/%s/#",
        settings.mqtt.host,
        settings.mqtt.port,
        settings.mqtt.prefix,
        settings.mqtt.gateway,
    )
    return MqttIntake(engine, settings.mqtt, clock=clock, version=program_version())


def _http_server(gateway: _Gateway) -> HttpServer | None:
    settings = gateway.settings.http
    if settings is None:
        return None
    try:
        from .http_server import HttpServer  # noqa: PLC0415 - its packages are an extra
        from .metrics import Metrics  # noqa: PLC0415 - the same
    except ModuleNotFoundError as err:
        raise needs_package(err, "http") from None
    metrics = Metrics(gateway=gateway.readiness.gateway, version=gateway.readiness.version)
    gateway.engine.subscribe(metrics.count)
    return HttpServer(settings, readiness=gateway.readiness, metrics=metrics, clock=gateway.clock)


def _mail_server(gateway: _Gateway) -> MailServer | None:
    settings = gateway.settings.mail
    if settings is None:
        return None
    try:
        from .mail_server import MailServer  # noqa: PLC0415 - its packages are an extra
    except ModuleNotFoundError as err:
        raise needs_package(err, "mail") from None
    return MailServer(settings, readiness=gateway.readiness, clock=gateway.clock)


def _providers(gateway: _Gateway) -> Providers | None:
    """None where nobody needs them and their packages are not installed."""
    try:
        from .providers import Providers  # noqa: PLC0415 - its packages are an extra
    except ModuleNotFoundError as err:
        if gateway.settings.providers:
            raise needs_package(err, "providers") from None
        return None
    callbacks = None if gateway.http is None else gateway.http.callbacks
    return Providers(gateway.engine, callbacks, gateway.clock)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
