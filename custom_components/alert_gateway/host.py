"""The one engine of this Home Assistant, and what lives as long as it does."""

import asyncio
import logging
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

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
from alert_engine.intake.mqtt import MqttIntake
from alert_engine.journal.store import Journal

from .broker import MQTT_DOMAIN, broker_data, mqtt_settings, uses_websockets
from .const import DOMAIN
from .entries import hub_entry
from .issues import refresh_broker_issue
from .settings import engine_settings, wants_mqtt

if TYPE_CHECKING:
    from alert_engine.intake.settings import MqttSettings

_LOGGER = logging.getLogger(__name__)

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
        self._lock = asyncio.Lock()  # start, stop and changes come one after the other
        self._hub_lock = asyncio.Lock()  # two modems make one hub
        self._users: set[str] = set()
        self._engine: AlertEngine | None = None
        self._intake: MqttIntake | None = None
        self._mqtt: MqttSettings | None = None
        self._unsubscribe: list[CALLBACK_TYPE] = []

    @property
    def engine(self) -> AlertEngine:
        """The running engine; raises ServiceValidationError when nothing is set up."""
        if self._engine is None:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="not_set_up")
        return self._engine

    @property
    def clock(self) -> SystemClock:
        """The clock of the engine, for its routes."""
        return self._clock

    @property
    def intake(self) -> MqttIntake | None:
        """What takes alarms from MQTT; None without a broker."""
        return self._intake

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
        async with self._lock:
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
                self._engine.update_settings(engine_settings(hub_entry(self._hass)))
                await self._refresh_intake()

    async def forget(self) -> None:
        """Remove the journal: the last entry was removed."""
        async with self._lock:
            if self._engine is None:
                await self._hass.async_add_executor_job(
                    partial(shutil.rmtree, self._folder, ignore_errors=True)
                )

    async def _start(self) -> None:
        settings, journal = engine_settings(hub_entry(self._hass)), Journal(self._folder / "journal.db")
        engine = AlertEngine(settings, journal, clock=self._clock, ids=RandomIds())
        await engine.start()
        self._engine = engine
        self._unsubscribe = [
            async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._on_entry_changed),
            self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._on_core_config),
        ]
        await self._refresh_intake()

    async def _stop(self) -> None:
        while self._unsubscribe:
            self._unsubscribe.pop()()
        await self._stop_intake()
        refresh_broker_issue(self._hass, by_websockets=False)
        if self._engine is not None:
            engine, self._engine = self._engine, None
            await engine.stop()

    async def _refresh_intake(self) -> None:
        """Start, restart or stop the intake, if the broker or our place on it changed."""
        wanted = await self._wanted_mqtt()
        if wanted == self._mqtt:
            return
        await self._stop_intake()
        if wanted is not None:
            self._intake = MqttIntake(self.engine, wanted, clock=self._clock, version=self._version)
            self._mqtt = wanted
            await self._intake.start()

    async def _stop_intake(self) -> None:
        self._mqtt = None
        if self._intake is not None:
            intake, self._intake = self._intake, None
            await intake.stop()

    async def _wanted_mqtt(self) -> MqttSettings | None:
        hub = hub_entry(self._hass)
        broker = broker_data(self._hass) if hub is not None and wants_mqtt(hub) else None
        by_websockets = broker is not None and uses_websockets(broker)
        refresh_broker_issue(self._hass, by_websockets=by_websockets)
        if hub is None or broker is None or by_websockets:
            return None
        folder = self._folder / "tls"
        try:
            return await self._hass.async_add_executor_job(mqtt_settings, broker, hub, folder)
        except OSError as error:
            # Alarms of Home Assistant itself must get out all the same.
            _LOGGER.warning(
                "Alarms are not taken from MQTT: its certificates cannot be stored in %s: %s",
                folder,
                error.strerror,
            )
            return None

    @callback
    def _on_entry_changed(self, _change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == MQTT_DOMAIN:
            self._hass.async_create_task(self.refresh(), f"{DOMAIN} MQTT settings")

    @callback
    def _on_core_config(self, _event: Event) -> None:
        self._hass.async_create_task(self.refresh(), f"{DOMAIN} time zone")
