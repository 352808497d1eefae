"""What the journal knows and entities show: asked when the engine tells of a change, and now and then."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from alert_engine.errors import JournalError
from alert_engine.model import AlarmChanged, EngineEvent, MessageChanged, RouteChanged, RouteTraffic, Summary

from .const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from homeassistant.config_entries import ConfigEntry

    from alert_engine.engine import AlertEngine
    from alert_engine.supervision.figures import RouteFigures

_LOGGER = logging.getLogger(__name__)

# Seconds. A burst of alarms changes the summary with every message; people read it once.
REFRESH_PAUSE = 0.3
# The engine does not tell of the broker, the credit and the day's budget: nobody waits for these.
SLOW_REFRESH = timedelta(seconds=60)


class _EngineCoordinator[T](DataUpdateCoordinator[T]):
    """Keeps something that the journal knows."""

    config_entry: ConfigEntry
    _shows_at_once = True

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, engine: AlertEngine, name: str) -> None:
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=f"{DOMAIN} {name}",
            update_interval=SLOW_REFRESH,
            request_refresh_debouncer=Debouncer(
                hass, _LOGGER, cooldown=REFRESH_PAUSE, immediate=self._shows_at_once
            ),
        )
        self.engine = engine
        entry.async_on_unload(engine.subscribe(self._on_event))

    def concerns(self, event: EngineEvent) -> bool:
        """Whether it may be another one after this."""
        raise NotImplementedError

    @callback
    def _on_event(self, event: EngineEvent) -> None:
        if self.concerns(event):
            self.config_entry.async_create_task(self.hass, self.async_request_refresh(), self.name)

    @staticmethod
    async def _read[V](question: Awaitable[V]) -> V:
        """Ask the journal; what it cannot answer makes entities unavailable."""
        try:
            return await question
        except JournalError as error:
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="journal_failed",
                translation_placeholders={"reason": str(error)},
            ) from error


class SummaryCoordinator(_EngineCoordinator[Summary]):
    """Keeps the state of all alarms in one line."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, engine: AlertEngine) -> None:
        super().__init__(hass, entry, engine, "summary")

    @override
    def concerns(self, event: EngineEvent) -> bool:
        return isinstance(event, AlarmChanged | MessageChanged)

    @override
    async def _async_update_data(self) -> Summary:
        return await self._read(self.engine.summary())


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteReport:
    """How a way out stands, and what went through it."""

    traffic: RouteTraffic
    figures: RouteFigures | None  # None: the supervision has not looked at it yet


class RouteCoordinator(_EngineCoordinator[RouteReport]):
    """Keeps the report on one way out."""

    # The supervision judges a change of health just after it is told.
    _shows_at_once = False

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, engine: AlertEngine, route: str) -> None:
        self._route = route
        super().__init__(hass, entry, engine, route)

    @override
    def concerns(self, event: EngineEvent) -> bool:
        match event:
            case RouteChanged(route=self._route):
                return True
            case MessageChanged():
                return True  # what another way out takes does not wait for this one any more
        return False

    @override
    async def _async_update_data(self) -> RouteReport:
        traffic = await self._read(self.engine.history.route_figures(self._route))
        return RouteReport(traffic=traffic, figures=self.engine.supervision().routes.get(self._route))


async def async_figures(
    hass: HomeAssistant, entry: ConfigEntry, engine: AlertEngine, route: str
) -> RouteCoordinator:
    """Return the coordinator of a way out. A journal that cannot be read keeps no route from working."""
    coordinator = RouteCoordinator(hass, entry, engine, route)
    await coordinator.async_refresh()
    return coordinator
