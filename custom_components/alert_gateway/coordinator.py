"""The state of all alarms in one line, asked again whenever the engine tells of a change."""

import logging
from typing import TYPE_CHECKING, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from alert_engine.errors import JournalError
from alert_engine.model import AlarmChanged, EngineEvent, MessageChanged, Summary

from .const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

    from alert_engine.engine import AlertEngine

_LOGGER = logging.getLogger(__name__)

# Seconds. A burst of alarms changes the summary with every message; people read it once.
REFRESH_PAUSE = 0.3


class SummaryCoordinator(DataUpdateCoordinator[Summary]):
    """Keeps the summary of the engine; it is pushed, never polled."""

    config_entry: ConfigEntry

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, engine: AlertEngine) -> None:
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=f"{DOMAIN} summary",
            request_refresh_debouncer=Debouncer(hass, _LOGGER, cooldown=REFRESH_PAUSE, immediate=True),
        )
        self._engine = engine
        entry.async_on_unload(engine.subscribe(self._on_event))

    @override
    async def _async_update_data(self) -> Summary:
        try:
            return await self._engine.summary()
        except JournalError as error:
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="journal_failed",
                translation_placeholders={"reason": str(error)},
            ) from error

    @callback
    def _on_event(self, event: EngineEvent) -> None:
        if isinstance(event, AlarmChanged | MessageChanged):
            self.config_entry.async_create_task(self.hass, self.async_request_refresh(), "summary")
