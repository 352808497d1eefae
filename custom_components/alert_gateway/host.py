"""The one engine of this Home Assistant, and what lives as long as it does."""

import asyncio
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    SOURCE_IMPORT,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util.hass_dict import HassKey

from alert_engine.clock import SystemClock
from alert_engine.engine import AlertEngine
from alert_engine.ids import RandomIds
from alert_engine.journal.store import Journal

from .broker import MQTT_DOMAIN
from .common_texts import async_texts
from .const import DOMAIN
from .entries import hub_entry
from .health_watch import HealthWatch
from .http_side import HttpSide
from .mqtt_line import MqttLine
from .news import News
from .outside import Outside
from .route_order import preferred_routes
from .settings import HubSettings, hub_settings

if TYPE_CHECKING:
    from alert_engine.intake.mqtt import MqttIntake, SessionStatus
    from alert_engine.settings import EngineSettings

DATA_HOST: Final[HassKey[Host]] = HassKey(DOMAIN)


class Host:
    """Runs the engine while at least one entry is loaded.

    The people and the settings are read from the hub entry even while that entry is not loaded: a modem that
    comes up before its hub must not find an engine that knows nobody.
    """

    def __init__(self, hass: HomeAssistant, version: str) -> None:
        self._hass = hass
        self._version = version
        self._folder = Path(hass.config.path(DOMAIN))
        self._clock = SystemClock()
        self.http = HttpSide(hass, self._clock)
        self._lock = asyncio.Lock()  # start, stop and changes come one after the other
        self._hub_lock = asyncio.Lock()  # two modems make one hub
        self._users: set[str] = set()
        self._engine: AlertEngine | None = None
        self._journal: Journal | None = None
        self._health: HealthWatch | None = None
        self._outside: Outside | None = None
        self._line = MqttLine(
            hass, self._folder / "tls", clock=self._clock, version=version, on_status=self._on_mqtt
        )
        self._settings: HubSettings | None = None
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self.news = News(hass)

    @property
    def engine(self) -> AlertEngine:
        """The running engine; raises ServiceValidationError when nothing is set up."""
        if self._engine is None:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="not_set_up")
        return self._engine

    @property
    def running(self) -> AlertEngine | None:
        """The engine; None while it does not run."""
        return self._engine

    @property
    def clock(self) -> SystemClock:
        """The clock of the engine, for its routes."""
        return self._clock

    @property
    def settings(self) -> HubSettings | None:
        """What the engine was told last, and what could not be told; None before its first start."""
        return self._settings

    @property
    def journal_file(self) -> Path:
        """Where everything that was promised is written; its log lies beside it."""
        return self._folder / "journal.db"

    @property
    def intake(self) -> MqttIntake | None:
        """What takes alarms from MQTT; None without a broker."""
        return self._line.intake

    async def join(self, entry: ConfigEntry) -> AlertEngine:
        """Start the engine if this is the first entry. Raises JournalError."""
        async with self._lock:
            if self._engine is None:
                await self._start()
            self._users.add(entry.entry_id)
            return self.engine

    async def leave(self, entry: ConfigEntry) -> None:
        """Stop the engine if this was the last entry."""
        async with self._lock:
            self._users.discard(entry.entry_id)
            if not self._users:
                await self._stop()

    async def shut_down(self) -> None:
        """Stop with Home Assistant: alarms first, then the segment in hand, then the journal."""
        for entry in self._hass.config_entries.async_loaded_entries(DOMAIN):
            # What it shows stays as it was: nobody is there to be asked any more.
            await entry.runtime_data.coordinator.async_shutdown()
        async with self._lock:
            if self._health is not None:
                self._health.shut_down()
            await self._stop()

    async def ensure_hub(self) -> None:
        """Make the hub entry if there is none: without it nobody is told of anything."""
        async with self._hub_lock:
            if hub_entry(self._hass) is None:
                flow = self._hass.config_entries.flow.async_init(
                    DOMAIN, context={"source": SOURCE_IMPORT}, data={}
                )
                # In a task of its own, for its set-up is not a part of the caller's.
                await self._hass.async_create_task(flow, f"{DOMAIN} hub")

    async def refresh(self) -> None:
        """Take over what changed in the entries; the modems stay connected."""
        async with self._lock:
            if self._engine is not None:
                self._engine.update_settings(await self._read_settings())
                await self._tell_outside()
                self.arrange_routes()
                await self._line.refresh(self._engine)
                self._look_at_health()

    def arrange_routes(self) -> None:
        """Prefer the routes as the hub says; called after each that comes."""
        if self._engine is not None:
            entries = self._hass.config_entries.async_entries(DOMAIN)
            self._engine.arrange_routes(preferred_routes(hub_entry(self._hass), entries))

    async def forget(self) -> None:
        """Remove the journal: the last entry was removed."""
        async with self._lock:
            if self._engine is None:
                await self._hass.async_add_executor_job(
                    partial(shutil.rmtree, self._folder, ignore_errors=True)
                )

    async def begin_backup(self) -> None:
        """Let the journal be copied while all goes on. Raises JournalError."""
        async with self._lock:
            if self._journal is not None:
                await self._journal.begin_backup(uuid4().hex)

    async def end_backup(self) -> None:
        """The copying is over. Raises JournalError."""
        async with self._lock:
            if self._journal is not None:
                await self._journal.end_backup()

    async def _read_settings(self) -> EngineSettings:
        self.http.refresh()
        texts = await async_texts(self._hass, self._hass.config.language)
        hub = hub_entry(self._hass)
        settings = await self._hass.async_add_executor_job(hub_settings, hub, texts)
        self._settings = replace(settings, refused={**settings.refused, **self.http.refused})
        return settings.engine

    async def _start(self) -> None:
        settings, journal = await self._read_settings(), Journal(self.journal_file)
        engine = AlertEngine(settings, journal, clock=self._clock, ids=RandomIds())
        await engine.start()
        self._engine, self._journal = engine, journal
        try:
            await self._begin(engine)
        except BaseException:
            await self._stop()
            raise

    async def _begin(self, engine: AlertEngine) -> None:
        """Start what lives as long as the engine."""
        self._unsubscribe = [
            self.news.follow(engine),
            async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._on_entry_changed),
            self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._on_core_config),
        ]
        self._health = HealthWatch(
            self._hass, engine, settings=lambda: self._settings, intake=lambda: self.intake
        )
        await self._health.start()
        self._outside = Outside(engine)
        await self._tell_outside()
        await self._line.refresh(engine)

    async def _tell_outside(self) -> None:
        if self._outside is not None and self._settings is not None:
            await self._outside.follow(self._settings.ping)

    async def _stop(self) -> None:
        while self._unsubscribe:
            self._unsubscribe.pop()()
        await self._line.stop()
        if self._health is not None:
            self._health.stop()
            self._health = None
        self._outside = None
        if self._engine is not None:
            engine, self._engine, self._journal = self._engine, None, None
            await engine.stop()
        await self.http.close()

    @callback
    def _on_entry_changed(self, _change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == MQTT_DOMAIN:
            self._hass.async_create_task(self.refresh(), f"{DOMAIN} MQTT settings")

    @callback
    def _on_mqtt(self, _status: SessionStatus) -> None:
        self._look_at_health()

    @callback
    def _look_at_health(self) -> None:
        if self._health is not None:
            self._health.refresh()

    @callback
    def _on_core_config(self, _event: Event) -> None:
        self._hass.async_create_task(self.refresh(), f"{DOMAIN} time zone")
