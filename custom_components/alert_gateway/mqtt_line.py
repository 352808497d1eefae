"""Takes alarms from the broker that Home Assistant uses, while both want it."""

import logging
from typing import TYPE_CHECKING

from alert_engine.intake.mqtt import MqttIntake

from .broker import broker_data, mqtt_settings, uses_websockets
from .entries import hub_entry
from .issues import refresh_broker_issue
from .settings import wants_mqtt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from homeassistant.core import HomeAssistant

    from alert_engine.clock import Clock
    from alert_engine.engine import AlertEngine
    from alert_engine.intake.mqtt import SessionStatus
    from alert_engine.intake.settings import MqttSettings

_LOGGER = logging.getLogger(__name__)


class MqttLine:
    """The intake from MQTT: started, restarted and stopped as the MQTT entry and the hub change.

    Args:
        hass: whose MQTT entry says where the broker is.
        folder: where its certificates are kept, for a TLS library wants files.
        clock: for waiting and expiry.
        version: of this software, told on the broker.
        on_status: called with each change of the session.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        folder: Path,
        *,
        clock: Clock,
        version: str,
        on_status: Callable[[SessionStatus], None],
    ) -> None:
        self._hass = hass
        self._folder = folder
        self._clock = clock
        self._version = version
        self._on_status = on_status
        self._settings: MqttSettings | None = None
        self.intake: MqttIntake | None = None

    async def refresh(self, engine: AlertEngine) -> None:
        """Start, restart or stop it, if the broker or our place on it changed."""
        wanted = await self._wanted()
        if wanted == self._settings:
            return
        await self._end()
        if wanted is not None:
            self.intake = MqttIntake(engine, wanted, clock=self._clock, version=self._version)
            self.intake.add_listener(self._on_status)
            self._settings = wanted
            await self.intake.start()

    async def stop(self) -> None:
        """Take nothing any more."""
        await self._end()
        refresh_broker_issue(self._hass, by_websockets=False)

    async def _end(self) -> None:
        self._settings = None
        if self.intake is not None:
            intake, self.intake = self.intake, None
            await intake.stop()

    async def _wanted(self) -> MqttSettings | None:
        hub = hub_entry(self._hass)
        broker = broker_data(self._hass) if hub is not None and wants_mqtt(hub) else None
        by_websockets = broker is not None and uses_websockets(broker)
        refresh_broker_issue(self._hass, by_websockets=by_websockets)
        if hub is None or broker is None or by_websockets:
            return None
        try:
            return await self._hass.async_add_executor_job(mqtt_settings, broker, hub, self._folder)
        except OSError as error:
            # Alarms of Home Assistant itself must get out all the same.
            _LOGGER.warning(
                "Alarms are not taken from MQTT: its certificates cannot be stored in %s: %s",
                self._folder,
                error.strerror,
            )
            return None
