"""The live overview of one page: a snapshot, and another after each change, at most twice a second.

Nothing queues up behind a slow browser but the one snapshot that is due: changes only mark it as old.
"""

import logging
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_time_interval

from alert_engine.errors import JournalError
from alert_engine.model import (
    AlarmChanged,
    EngineEvent,
    InboundReceived,
    MessageChanged,
    RouteChanged,
    RouteRemoved,
)
from custom_components.alert_gateway.const import DOMAIN, SIGNAL_PEOPLE_CHANGED

from .command import desk_of
from .overview import overview

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from homeassistant.auth.models import User

    from alert_engine.engine import AlertEngine

_LOGGER = logging.getLogger(__name__)

PUSH_PAUSE: Final = 0.5  # seconds between two snapshots; eyes do not follow faster
# Turns and quiet hours begin and end by the clock alone.
CLOCK_LOOK: Final = timedelta(minutes=1)


class LiveOverview:
    """Pushes until it is stopped, also over a reload of entries and a restart of the engine.

    The marks of what changed begin anywhere: after a lost connection none is what the page had before.
    """

    def __init__(self, hass: HomeAssistant, user: User, send: Callable[[dict[str, Any]], None]) -> None:
        self._hass = hass
        self._user = user
        self._send = send
        self._engine: AlertEngine | None = None
        self._leave_engine: CALLBACK_TYPE | None = None
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self._changes = dict.fromkeys(("alarms", "messages", "inbound", "routes"), secrets.randbits(32))
        self._sent: dict[str, Any] | None = None
        self._pushes = Debouncer(
            hass, _LOGGER, cooldown=PUSH_PAUSE, immediate=True, function=self._push, background=True
        )

    @callback
    def start(self) -> None:
        """Begin with a snapshot."""
        self._unsubscribe = [
            async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._on_entry_changed),
            async_dispatcher_connect(self._hass, SIGNAL_PEOPLE_CHANGED, self._pushes.async_schedule_call),
            async_track_time_interval(self._hass, self._on_clock, CLOCK_LOOK),
        ]
        self._pushes.async_schedule_call()

    @callback
    def stop(self) -> None:
        """Push no more."""
        while self._unsubscribe:
            self._unsubscribe.pop()()
        self._listen_to(None)
        self._pushes.async_shutdown()

    async def _push(self) -> None:
        shown = await self._snapshot()
        if self._unsubscribe and shown != self._sent:
            self._sent = shown
            self._send(shown)

    async def _snapshot(self) -> dict[str, Any]:
        try:
            desk = desk_of(self._hass, self._user)
        except ServiceValidationError:
            self._listen_to(None)
            return {"state": "stopped"}
        except Unauthorized:  # the user was put into another group meanwhile
            return {"state": "forbidden"}
        self._listen_to(desk.engine)
        changes = dict(self._changes)
        try:
            return {**await overview(desk), "changes": changes}
        except JournalError as error:
            return {"state": "failed", "reason": str(error)}

    @callback
    def _listen_to(self, engine: AlertEngine | None) -> None:
        """Hear the engine that runs now; another one than before may have told of anything meanwhile."""
        if engine is self._engine:
            return
        if self._leave_engine is not None:
            self._leave_engine()
        self._engine = engine
        self._leave_engine = None if engine is None else engine.subscribe(self._on_event)
        self._changes = {name: number + 1 for name, number in self._changes.items()}

    @callback
    def _on_event(self, event: EngineEvent) -> None:
        match event:
            case AlarmChanged():
                self._changes["alarms"] += 1
            case MessageChanged():
                self._changes["messages"] += 1
            case InboundReceived():
                self._changes["inbound"] += 1
            case RouteChanged() | RouteRemoved():
                self._changes["routes"] += 1
        self._pushes.async_schedule_call()

    @callback
    def _on_entry_changed(self, _change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN:
            self._pushes.async_schedule_call()

    @callback
    def _on_clock(self, _now: datetime) -> None:
        self._pushes.async_schedule_call()
