"""Keeps the repair issues as things stand, while the engine runs."""

import logging
from typing import TYPE_CHECKING

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_time_interval

from alert_engine.config.advice import policies_for_nobody
from alert_engine.decisions.supervision_alarms import AUDIT, SOURCE
from alert_engine.model import AlarmChanged, EngineEvent, RouteChanged
from alert_engine.routes.base import RouteState
from alert_engine.supervision.watch import LONGEST_LOOK

from .const import CONF_ROUTE, DOMAIN
from .document import recipient_id
from .entries import ProviderRuntime, hub_entry
from .health_issues import Issue, Standing, issues_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from alert_engine.decisions.supervision_alarms import Fault
    from alert_engine.engine import AlertEngine
    from alert_engine.intake.mqtt import MqttIntake
    from alert_engine.model import Alarm

    from .settings import HubSettings

_LOGGER = logging.getLogger(__name__)


class HealthWatch:
    """Looks after each event and each look of the engine's supervision; writes only what changed.

    Args:
        hass: whose issues.
        engine: it runs.
        settings: what the engine was told last.
        intake: what takes alarms from MQTT now; None: nothing does.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        engine: AlertEngine,
        *,
        settings: Callable[[], HubSettings | None],
        intake: Callable[[], MqttIntake | None],
    ) -> None:
        self._hass = hass
        self._engine = engine
        self._settings = settings
        self._intake = intake
        self._alarms: dict[str, Alarm] = {}
        self._shown: set[str] = set()
        self._gone: set[str] = set()  # routes of which the log says so
        self._unsubscribe: list[CALLBACK_TYPE] = []

    async def start(self) -> None:
        """Begin. Raises JournalError."""
        self._unsubscribe.append(self._engine.subscribe(self._on_event))
        for alarm in await self._engine.open_alarms():
            self._note(alarm)
        self._unsubscribe += [
            async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._on_entry_changed),
            async_track_time_interval(self._hass, self._on_time, LONGEST_LOOK, cancel_on_shutdown=True),
        ]
        self.refresh()

    @callback
    def stop(self) -> None:
        """End. Nobody looks any more, so nothing is shown either."""
        while self._unsubscribe:
            self._unsubscribe.pop()()
        for issue in tuple(self._shown):
            self._delete(issue)

    @callback
    def shut_down(self) -> None:
        """End with Home Assistant: what somebody chose to ignore is remembered if nobody deletes it."""
        self._shown.clear()
        self.stop()

    @callback
    def refresh(self) -> None:
        """Show what is wrong now, and no longer what was."""
        wanted = issues_of(self._standing())
        for gone in self._shown - wanted.keys():
            self._delete(gone)
        for name, issue in wanted.items():
            self._show(name, issue)

    # --- what is looked at ---

    def _standing(self) -> Standing:
        hub, settings, intake = hub_entry(self._hass), self._settings(), self._intake()
        return Standing(
            alarms=self._alarms if settings is None else {**self._untold(settings), **self._alarms},
            routes=self._engine.routes(),
            titles=dict(self._titles()),
            people={person.id: person.name for person in self._engine.people},
            refused={} if settings is None else settings.refused,
            orphaned=frozenset() if settings is None else settings.orphaned,
            nobodys=frozenset() if settings is None else settings.nobodys,
            empty_policies=() if settings is None else policies_for_nobody(settings.engine),
            deaf_routes=tuple(self._deaf_routes()),
            has_hub=hub is not None,
            has_ways=any(CONF_ROUTE in entry.data and not entry.disabled_by for entry in self._entries()),
            broker_forgot=intake is not None and intake.status.forgot,
            is_clock_behind=self._engine.supervision().is_clock_behind,
        )

    def _untold(self, settings: HubSettings) -> Mapping[str, Fault]:
        """What is wrong where nobody wants alarms about it: then it is only shown."""
        if settings.engine.supervision.raises_alarms:
            return {}
        faults = self._engine.supervision().faults
        # That of the auditor is ended by a click that closes its alarm.
        return {key: fault for key, fault in faults.items() if key != AUDIT}

    def _titles(self) -> Iterator[tuple[str, str]]:
        for entry in self._entries():
            yield entry.data.get(CONF_ROUTE, ""), entry.title
            for subentry in entry.subentries.values():
                yield recipient_id(subentry), subentry.title

    def _deaf_routes(self) -> Iterator[str]:
        for entry in self._hass.config_entries.async_loaded_entries(DOMAIN):
            runtime = entry.runtime_data
            if isinstance(runtime, ProviderRuntime) and runtime.callback.trouble and runtime.losses:
                yield runtime.route

    def _entries(self) -> list[ConfigEntry]:
        return self._hass.config_entries.async_entries(DOMAIN, include_ignore=False)

    # --- when it is looked at ---

    @callback
    def _on_event(self, event: EngineEvent) -> None:
        if isinstance(event, AlarmChanged) and event.alarm.source == SOURCE:
            self._note(event.alarm)
            self.refresh()
        elif isinstance(event, RouteChanged):
            self._log(event)
            self.refresh()

    def _log(self, event: RouteChanged) -> None:
        """Once when a way out goes, once when it is back; why is in its sensor, for it may quote somebody."""
        if event.health.state is RouteState.FAILED and event.route not in self._gone:
            self._gone.add(event.route)
            _LOGGER.info("%s cannot send", event.route)
        elif event.health.state in {RouteState.OK, RouteState.DEGRADED} and event.route in self._gone:
            self._gone.discard(event.route)
            _LOGGER.info("%s can send again", event.route)

    def _note(self, alarm: Alarm) -> None:
        if alarm.source != SOURCE:
            return
        if alarm.state.is_open and alarm.is_active:
            self._alarms[alarm.key] = alarm
        else:
            self._alarms.pop(alarm.key, None)

    @callback
    def _on_entry_changed(self, _change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN:
            self.refresh()

    @callback
    def _on_time(self, _now: datetime) -> None:
        self.refresh()

    # --- what is written ---

    def _show(self, name: str, issue: Issue) -> None:
        """Home Assistant writes only what changed; what a click removed too early comes back."""
        self._shown.add(name)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            name,
            is_fixable=issue.is_fixable,
            severity=issue.severity,
            translation_key=issue.key,
            translation_placeholders=dict(issue.placeholders) or None,
            data=dict(issue.data) or None,
            learn_more_url=issue.guide,
        )

    def _delete(self, name: str) -> None:
        self._shown.discard(name)
        ir.async_delete_issue(self._hass, DOMAIN, name)
