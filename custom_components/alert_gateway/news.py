"""What the engine tells, passed on inside Home Assistant.

Triggers, event entities and Assist listen to these signals, not to the engine: they outlive it. While Home
Assistant starts, everything waits: automations are not there yet to hear of it.
"""

from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.start import async_at_started
from homeassistant.util.signal_type import SignalType

from alert_engine.errors import JournalError
from alert_engine.model import Alarm, AlarmChanged, EngineEvent, InboundReceived, KeywordReceived

from .const import DOMAIN
from .keywords import KeywordDesk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from alert_engine.engine import AlertEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """An inbound message; with the command that it was, if its sender may give it."""

    message: InboundReceived
    command: KeywordReceived | None = None


# Alarms, messages, calls and routes; of inbound messages `SIGNAL_INBOUND` tells.
SIGNAL_NEWS: Final[SignalType[EngineEvent]] = SignalType(f"{DOMAIN}_news")
SIGNAL_INBOUND: Final[SignalType[Inbound]] = SignalType(f"{DOMAIN}_inbound")
# What is open or works may be another than before, without news: an engine began or ended.
SIGNAL_OVERLOOKED: Final[SignalType[()]] = SignalType(f"{DOMAIN}_overlooked")

# A start takes a minute or two. More than this in it is a storm of alarms, and its newest part matters most.
_MOST_WAITING = 1000


class News:
    """Lives as long as Home Assistant, and follows one engine at a time."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._keywords = KeywordDesk(hass, self._tell_inbound)
        self._engine: AlertEngine | None = None
        self._alarms: dict[str, Alarm] = {}
        self._unheard: set[str] = set()  # ids of alarms of which automations are still to hear
        self._over: set[str] | None = None  # ids of alarms that ended while we look which are open
        self._waiting: deque[Callable[[], None]] = deque(maxlen=_MOST_WAITING)
        self._is_open = False
        async_at_started(hass, self._on_started)

    @property
    def open_alarms(self) -> Mapping[str, Alarm]:
        """Those that are not over at this moment, by id."""
        return self._alarms

    @property
    def heard_alarms(self) -> tuple[Alarm, ...]:
        """Of those the ones about which automations know all that was told."""
        return tuple(alarm for alarm in self._alarms.values() if alarm.id not in self._unheard)

    @callback
    def follow(self, engine: AlertEngine) -> CALLBACK_TYPE:
        """Pass on what this engine tells; the returned call ends that."""
        self._engine = engine
        unsubscribe = engine.subscribe(self._hear)
        leave = engine.keywords.serve(
            lambda event: self._when_open(lambda: self._hear_keyword(engine, event))
        )
        self._hass.async_create_task(self._look_at_alarms(engine), f"{DOMAIN} open alarms")

        @callback
        def end() -> None:
            leave()
            unsubscribe()
            self._engine = None
            self._alarms.clear()
            self._keywords.forget_tasks()
            async_dispatcher_send(self._hass, SIGNAL_OVERLOOKED)

        return end

    @callback
    def _hear(self, event: EngineEvent) -> None:
        match event:
            case KeywordReceived():
                return  # those are served
            case InboundReceived(keyword=None):
                self._when_open(lambda: self._tell_inbound(event, None))
            case InboundReceived():
                self._keywords.expect(event)
            case AlarmChanged():
                self._note(event.alarm)
                self._when_open(lambda: self._tell(event))
            case _:
                self._when_open(lambda: self._tell(event))

    @callback
    def _hear_keyword(self, engine: AlertEngine, event: KeywordReceived) -> None:
        """An engine that is gone tells nobody any more: the next one announces it again."""
        if engine is self._engine:
            self._keywords.hear(engine, event)

    @callback
    def _note(self, alarm: Alarm) -> None:
        if not self._is_open:
            self._unheard.add(alarm.id)
        if alarm.state.is_open:
            self._alarms[alarm.id] = alarm
        else:
            self._alarms.pop(alarm.id, None)
            if self._over is not None:
                self._over.add(alarm.id)

    async def _look_at_alarms(self, engine: AlertEngine) -> None:
        """Those that were open before; what was told meanwhile is newer."""
        over = self._over = set()
        found: tuple[Alarm, ...] = ()  # without a journal: who raises an alarm now hears of it
        with suppress(JournalError):
            found = await engine.open_alarms()
        if engine is not self._engine:
            return
        self._over = None
        self._alarms = {alarm.id: alarm for alarm in found if alarm.id not in over} | self._alarms
        async_dispatcher_send(self._hass, SIGNAL_OVERLOOKED)

    # --- waiting for automations ----------------------------------------------------------------------

    @callback
    def _when_open(self, act: Callable[[], None]) -> None:
        if self._is_open:
            act()
        else:
            self._waiting.append(act)

    @callback
    def _on_started(self, _hass: HomeAssistant) -> None:
        # Others that wait for the same moment arm their triggers in it.
        self._hass.loop.call_soon(self._open)

    @callback
    def _open(self) -> None:
        self._is_open = True
        self._unheard.clear()
        while self._waiting:
            self._waiting.popleft()()

    @callback
    def _tell(self, event: EngineEvent) -> None:
        async_dispatcher_send(self._hass, SIGNAL_NEWS, event)

    @callback
    def _tell_inbound(self, message: InboundReceived, command: KeywordReceived | None) -> None:
        async_dispatcher_send(self._hass, SIGNAL_INBOUND, Inbound(message=message, command=command))
