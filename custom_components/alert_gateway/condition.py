"""Conditions: alarms are open, somebody is on call, a way out works."""

from typing import TYPE_CHECKING, Any, ClassVar, Final, Unpack, override

import probatio as vol
from homeassistant.const import CONF_DEVICE
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.condition import Condition
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util import dt as dt_util

from alert_engine.model import AlarmState
from alert_engine.routes.base import RouteState

from .alarm_filter import ALARM_OPTIONS, AlarmFilter
from .automation_options import CONF_PERSON, NAMES, checked, host_of, is_one_of, routes_of
from .duty import on_duty
from .news import SIGNAL_NEWS, SIGNAL_OVERLOOKED

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.helpers.condition import ConditionCheckParams, ConditionConfig
    from homeassistant.helpers.typing import ConfigType

    from alert_engine.model import EngineEvent

CONF_SCHEDULE: Final = "schedule"
CONF_UNACKNOWLEDGED: Final = "unacknowledged"

_LOOSE = frozenset({AlarmState.RAISED, AlarmState.CLEARED})


class _OurCondition(Condition):
    """Something that is known without asking the journal."""

    schema: ClassVar[dict[vol.Marker, Any]]

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Check the options."""
        return checked(cls.schema, config)

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        super().__init__(hass, config)
        self._options: dict[str, Any] = config.options or {}


class _ToldCondition(_OurCondition):
    """Changes only with what the engine tells."""

    @property
    @override
    def needs_polling(self) -> bool:
        return False

    @override
    async def _async_track_changes(self, action: Callable[[], None]) -> CALLBACK_TYPE:
        @callback
        def heard(_event: EngineEvent) -> None:
            action()

        leave = async_dispatcher_connect(self._hass, SIGNAL_NEWS, heard)
        leave_too = async_dispatcher_connect(self._hass, SIGNAL_OVERLOOKED, action)

        @callback
        def end() -> None:
            leave()
            leave_too()

        return end


class AlarmsAreOpenCondition(_ToldCondition):
    """At least one alarm of these is open."""

    schema: ClassVar = {
        **ALARM_OPTIONS,
        vol.Optional(CONF_UNACKNOWLEDGED, default=False): cv.boolean,
    }

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        super().__init__(hass, config)
        self._filter = AlarmFilter.from_options(self._options)

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        host, only_loose = host_of(self._hass), self._options[CONF_UNACKNOWLEDGED]
        return host is not None and any(
            self._filter.takes(alarm) and (alarm.state in _LOOSE or not only_loose)
            for alarm in host.news.open_alarms.values()
        )


class IsOnCallCondition(_OurCondition):
    """Somebody, or one of these people, is on call in a schedule, or in one of these."""

    schema: ClassVar = {
        vol.Optional(CONF_PERSON, default=list): NAMES,
        vol.Optional(CONF_SCHEDULE, default=list): NAMES,
    }

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        schedules = {each.casefold() for each in self._options[CONF_SCHEDULE]}
        return host_of(self._hass) is not None and any(
            duty.person is not None
            and (not schedules or not schedules.isdisjoint({duty.name.casefold(), duty.schedule}))
            and is_one_of(self._hass, duty.person, self._options[CONF_PERSON])
            for duty in on_duty(self._hass, dt_util.utcnow())
        )


class RouteIsOkCondition(_ToldCondition):
    """A way out, or one of these, can send."""

    schema: ClassVar = {vol.Optional(CONF_DEVICE, default=list): NAMES}

    @property
    @override
    def needs_polling(self) -> bool:
        # The supervision finds a fault, or that it is over, without telling.
        return True

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        host = host_of(self._hass)
        engine = None if host is None else host.running
        if engine is None:
            return False
        devices, faults = self._options[CONF_DEVICE], engine.supervision().routes
        wanted = routes_of(self._hass, devices)
        return any(
            health.state in {RouteState.OK, RouteState.DEGRADED}
            and not (name in faults and faults[name].is_fault)
            and (name in wanted if devices else not health.companion_of)
            for name, health in engine.routes().items()
        )


CONDITIONS: Final[dict[str, type[Condition]]] = {
    "alarms_are_open": AlarmsAreOpenCondition,
    "is_on_call": IsOnCallCondition,
    "route_is_ok": RouteIsOkCondition,
}


async def async_get_conditions(_hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions by name."""
    return CONDITIONS
