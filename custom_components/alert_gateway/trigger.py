"""Triggers: texts, calls, alarms, messages that failed, ways out that failed and came back.

They listen to `news`, so they can be set up while no entry is loaded, and outlive every reload. What happens
while Home Assistant starts comes as soon as automations are there to hear of it.
"""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final, override

import probatio as vol
from homeassistant.const import CONF_DEVICE, CONF_FOR
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.trigger import Trigger

from alert_engine.decisions.alarm_events import Reason
from alert_engine.model import (
    AlarmChanged,
    AlarmState,
    CallReceived,
    EngineEvent,
    MessageChanged,
    MessageState,
    RouteChanged,
    RouteRemoved,
)
from alert_engine.routes.base import RouteState

from .alarm_filter import ALARM_OPTIONS, AlarmFilter
from .automation_options import CONF_PERSON, NAMES, checked, host_of, is_from, is_one_of, routes_of
from .news import SIGNAL_INBOUND, SIGNAL_NEWS
from .once import Once
from .trigger_variables import (
    alarm_variables,
    call_variables,
    inbound_variables,
    message_variables,
    route_variables,
)

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.helpers.trigger import TriggerActionRunner, TriggerConfig, TriggerNotTriggeredReporter
    from homeassistant.helpers.typing import ConfigType

    from alert_engine.model import Alarm

    from .news import Inbound

CONF_KEYWORD: Final = "keyword"
CONF_SENDER: Final = "sender"
CONF_TEXT: Final = "text"

# A modem that is reset, or changes its cell, is back by then.
_FAILED_FOR = {"seconds": 30}

_PEOPLE: Final[dict[vol.Marker, Any]] = {vol.Optional(CONF_PERSON, default=list): NAMES}
_DEVICES: Final[dict[vol.Marker, Any]] = {vol.Optional(CONF_DEVICE, default=list): NAMES}


class _OurTrigger(Trigger):
    """Something that happens here."""

    schema: ClassVar[dict[vol.Marker, Any]]

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Check the options."""
        return checked(cls.schema, config)

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._options: dict[str, Any] = config.options or {}

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Run the action whenever it happens."""
        self._run_action = run_action
        return self._listen()

    @abstractmethod
    @callback
    def _listen(self) -> CALLBACK_TYPE:
        """Hear of it; the returned call ends that."""

    def _is_named(self, person: str | None) -> bool:
        """The person is one of the options, or none is named there."""
        return is_one_of(self._hass, person, self._options[CONF_PERSON])


class _NewsTrigger(_OurTrigger):
    """Something that the engine tells."""

    @override
    @callback
    def _listen(self) -> CALLBACK_TYPE:
        return async_dispatcher_connect(self._hass, SIGNAL_NEWS, self.hear)

    @abstractmethod
    @callback
    def hear(self, event: EngineEvent) -> None:
        """Run the action if that is it."""


class InboundTrigger(_OurTrigger):
    """A text came in."""

    schema: ClassVar = {
        **_PEOPLE,
        vol.Optional(CONF_KEYWORD, default=list): NAMES,
        vol.Optional(CONF_SENDER, default=list): NAMES,
        vol.Optional(CONF_TEXT, default=""): cv.string,
    }

    @override
    @callback
    def _listen(self) -> CALLBACK_TYPE:
        return async_dispatcher_connect(self._hass, SIGNAL_INBOUND, self._hear_inbound)

    @callback
    def _hear_inbound(self, inbound: Inbound) -> None:
        if self._is_wanted(inbound):
            variables = {"message": inbound_variables(self._hass, inbound)}
            self._run_action(variables, "a text came in")

    def _is_wanted(self, inbound: Inbound) -> bool:
        message, command = inbound.message, inbound.command
        keywords = [each.casefold() for each in self._options[CONF_KEYWORD]]
        if keywords and (command is None or command.keyword.casefold() not in keywords):
            return False
        senders = self._options[CONF_SENDER]
        if senders and not is_from(self._hass, message.sender, senders):
            return False
        wanted: str = self._options[CONF_TEXT]
        return wanted.casefold() in message.text.casefold() and self._is_named(message.person)


class CallTrigger(_NewsTrigger):
    """Somebody rang."""

    schema: ClassVar = _PEOPLE

    @override
    @callback
    def hear(self, event: EngineEvent) -> None:
        if isinstance(event, CallReceived) and self._is_named(event.person):
            self._run_action({"call": call_variables(self._hass, event)}, "a call came in")


class _AlarmTrigger(_NewsTrigger):
    """Something happened to an alarm."""

    schema: ClassVar = ALARM_OPTIONS
    description: ClassVar[str]

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._filter = AlarmFilter.from_options(self._options)

    @override
    @callback
    def hear(self, event: EngineEvent) -> None:
        if isinstance(event, AlarmChanged) and self._filter.takes(event.alarm) and self.is_it(event):
            self._run_action({"alarm": alarm_variables(self._hass, event.alarm)}, self.description)

    @abstractmethod
    def is_it(self, event: AlarmChanged) -> bool:
        """It is what the trigger is about."""


class AlarmRaisedTrigger(_AlarmTrigger):
    """An alarm is loud: once for each time that people begin to be told of it."""

    description: ClassVar = "an alarm was raised"

    # What makes an alarm loud, and what does so if it was not, or was none of those that the options mean.
    _AGAIN: ClassVar = frozenset({Reason.RAISED, Reason.HOLD_OVER, Reason.REOPENED})
    _LATE: ClassVar = frozenset(
        {Reason.SEVERITY_ROSE, Reason.UNSUPPRESSED, Reason.UNSHELVED, Reason.SHELVE_OVER}
    )

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._once = Once()

    @override
    @callback
    def _listen(self) -> CALLBACK_TYPE:
        # Those that are loud already were told of before.
        host = host_of(self._hass)
        for alarm in () if host is None else host.news.heard_alarms:
            if self._filter.takes(alarm) and _is_loud(alarm):
                self._once.is_new(alarm.id)
        return super()._listen()

    @override
    def is_it(self, event: AlarmChanged) -> bool:
        if event.event not in self._AGAIN | self._LATE or not _is_loud(event.alarm):
            return False
        return self._once.is_new(event.alarm.id) or event.event in self._AGAIN


def _is_loud(alarm: Alarm) -> bool:
    """People are told of it: nobody has taken it, and it is neither held, shelved nor suppressed."""
    return alarm.state is AlarmState.RAISED and not alarm.is_silenced


class AlarmAcknowledgedTrigger(_AlarmTrigger):
    """Somebody took an alarm, or the last of those who must."""

    description: ClassVar = "an alarm was acknowledged"

    @override
    def is_it(self, event: AlarmChanged) -> bool:
        return event.event == Reason.ACKNOWLEDGED


class AlarmClearedTrigger(_AlarmTrigger):
    """The cause of an alarm is gone, or a person closed it before that."""

    description: ClassVar = "an alarm was cleared"

    @override
    def is_it(self, event: AlarmChanged) -> bool:
        was_closed = event.event == Reason.CLOSED and event.alarm.cleared_at is None
        return was_closed or event.event in {Reason.CLEARED, Reason.LAPSED}


class MessageFailedTrigger(_NewsTrigger):
    """A message did not get out, or was too old before it did."""

    schema: ClassVar = _PEOPLE

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._once = Once()

    @override
    @callback
    def hear(self, event: EngineEvent) -> None:
        if not isinstance(event, MessageChanged):
            return
        message = event.message
        has_failed = message.state in {MessageState.FAILED, MessageState.EXPIRED}
        if has_failed and self._is_named(message.recipient) and self._once.is_new(message.uid):
            self._run_action({"message": message_variables(self._hass, message)}, "a message failed")


class _RouteTrigger(_NewsTrigger):
    """Something became of a way out."""

    def _is_meant(self, event: RouteChanged) -> bool:
        """Of a modem with its calls it is told once."""
        wanted = self._options[CONF_DEVICE]
        is_one = not wanted or event.route in routes_of(self._hass, wanted)
        return is_one and not event.health.companion_of


class RouteFailedTrigger(_RouteTrigger):
    """A way out has failed, and for some time."""

    schema: ClassVar = {
        **_DEVICES,
        vol.Optional(CONF_FOR, default=_FAILED_FOR): cv.positive_time_period,
    }

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._waiting: dict[str, CALLBACK_TYPE] = {}

    @override
    @callback
    def _listen(self) -> CALLBACK_TYPE:
        leave = super()._listen()

        @callback
        def detach() -> None:
            leave()
            for route in tuple(self._waiting):
                self._forget(route)

        return detach

    @override
    @callback
    def hear(self, event: EngineEvent) -> None:
        match event:
            case RouteChanged() if event.health.state is RouteState.FAILED:
                if event.route not in self._waiting and self._is_meant(event):
                    self._wait(event)
            case RouteChanged() | RouteRemoved():
                self._forget(event.route)

    @callback
    def _wait(self, event: RouteChanged) -> None:
        @callback
        def tell(_now: datetime) -> None:
            # It stays in `_waiting`: it is told once, until it is back.
            self._waiting[event.route] = _nothing_to_cancel
            self._run_action({"route": route_variables(event)}, "a way out has failed")

        self._waiting[event.route] = async_call_later(self._hass, self._options[CONF_FOR], tell)

    @callback
    def _forget(self, route: str) -> None:
        self._waiting.pop(route, _nothing_to_cancel)()


class RouteRecoveredTrigger(_RouteTrigger):
    """A way out that had failed works again."""

    schema: ClassVar = _DEVICES

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._failed: set[str] = set()

    @override
    @callback
    def hear(self, event: EngineEvent) -> None:
        if isinstance(event, RouteRemoved):
            self._failed.discard(event.route)
        elif isinstance(event, RouteChanged) and self._is_meant(event):
            self._note(event)

    @callback
    def _note(self, event: RouteChanged) -> None:
        if event.health.state is RouteState.FAILED:
            self._failed.add(event.route)
        elif event.health.state is not RouteState.UNKNOWN and event.route in self._failed:
            self._failed.discard(event.route)
            self._run_action({"route": route_variables(event)}, "a way out works again")


def _nothing_to_cancel() -> None:
    """The time is up, or never ran."""


TRIGGERS: Final[dict[str, type[Trigger]]] = {
    "alarm_acknowledged": AlarmAcknowledgedTrigger,
    "alarm_cleared": AlarmClearedTrigger,
    "alarm_raised": AlarmRaisedTrigger,
    "call_received": CallTrigger,
    "message_failed": MessageFailedTrigger,
    "route_failed": RouteFailedTrigger,
    "route_recovered": RouteRecoveredTrigger,
    "sms_received": InboundTrigger,
}


async def async_get_triggers(_hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers by name."""
    return TRIGGERS
