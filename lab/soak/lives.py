"""The gateway in its lives: on one journal, stopped or broken off, and started again."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from alert_engine.engine import AlertEngine
from alert_engine.errors import JournalError
from alert_engine.intake.mqtt import MqttIntake
from alert_engine.intake.settings import MqttSettings
from alert_engine.routes.gsm_calls import GsmCallRoute
from alert_engine.routes.gsm_modem import GsmModemRoute
from alert_engine.routes.provider_route import ProviderRoute
from gsm_driver import ModemSupervisor
from tests.engine.support import inline_journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

    from alert_engine.journal.store import Journal
    from alert_engine.model import EngineEvent
    from alert_engine.routes.providers.generic_http import GenericHttp
    from alert_engine.settings import EngineSettings
    from tests.engine.support import StoryClock

    from .provider import Account

MODEM, CALLS, CLOUD = "modem", "modem-calls", "cloud"


class Ids:
    """Identities and chance from the seed, never the same again over all lives."""

    def __init__(self, draw: Random) -> None:
        self._draw = draw

    def uid(self) -> str:
        """A new one."""
        return f"{self._draw.getrandbits(128):032x}"

    def draw(self, count: int) -> int:
        """Of ``range(count)``."""
        return self._draw.randrange(count)


class Gateway:
    """Engine, modem, calls, account and MQTT.

    Attributes:
        engine: of this life; None: there is none.
        violations: promises that the auditor had to put right, of all lives.
        is_dying: from now on nothing is committed.
    """

    def __init__(
        self,
        journal: Path,
        settings: EngineSettings,
        *,
        clock: StoryClock,
        draw: Random,
        broker_port: int,
        account: Account,
        codec: GenericHttp,
        hear: Callable[[EngineEvent], None],
    ) -> None:
        self.engine: AlertEngine | None = None
        self.violations = 0
        self.is_dying = False
        self._journal = journal
        self._settings = settings
        self._clock = clock
        self._ids = Ids(draw)
        self._broker_port = broker_port
        self._account = account
        self._codec = codec
        self._hear = hear
        self._intake: MqttIntake | None = None
        self._forgiven: tuple[type[JournalError], ...] = ()

    async def start(self) -> None:
        """A life begins."""
        self.is_dying = False
        journal = inline_journal(self._journal)
        engine = AlertEngine(
            self._settings,
            journal,
            clock=self._clock,
            ids=self._ids,
            failpoint=self._failpoint,
        )
        engine.subscribe(self._hear)
        await engine.start()
        _stop_syncing(journal)
        texts = GsmModemRoute(MODEM, ModemSupervisor("simulator://m"), clock=self._clock)
        cloud = ProviderRoute(CLOUD, self._codec, self._account.exchange(), clock=self._clock, ids=self._ids)
        for route in (texts, cloud, GsmCallRoute(texts, clock=self._clock)):
            await engine.add_route(route)
        mqtt = MqttSettings(host="127.0.0.1", port=self._broker_port, gateway="home")
        self._intake = MqttIntake(engine, mqtt, clock=self._clock, version="0")
        await self._intake.start()
        self.engine = engine

    async def stop(self) -> None:
        """As a service manager stops it."""
        engine, self.engine = self.engine, None
        if engine is None or self._intake is None:
            return
        self._forgiven = (JournalError,) if self.is_dying else ()
        self.violations += engine.supervision().violations
        with suppress(*self._forgiven):
            await self._intake.stop()
        with suppress(*self._forgiven):
            await engine.stop()

    async def crash(self) -> None:
        """From this moment on nothing is committed; then everything is ended."""
        self.is_dying = True
        await self.stop()

    def _failpoint(self, name: str) -> None:
        if self.is_dying and name.endswith("_before_commit"):
            raise JournalError("the process has died")


def _stop_syncing(journal: Journal) -> None:
    """A crash is played within the process, so that a sync would only cost time: thousands a day."""
    connection = journal._write_connection  # noqa: SLF001 - nobody else may ever do so
    assert connection is not None
    connection.execute("PRAGMA synchronous = OFF")
