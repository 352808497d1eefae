"""The modems of the configuration as routes of the engine, also when the configuration changes."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

from alert_engine.routes.gsm_modem import GsmModemRoute
from alert_engine.routes.pin_notes import SALT_SIZE, PinNotes
from gsm_driver import ModemSupervisor, RecoveryMeans

from .power_command import PowerCommand

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from alert_engine.clock import Clock
    from alert_engine.config.document import ModemSettings
    from alert_engine.engine import AlertEngine

_LOGGER = logging.getLogger("alert_gateway")


class Modems:
    """All modems of one gateway.

    Args:
        engine: gets them as routes.
        journal: the journal's file; beside it lies what is known of refused PINs.
        clock: all time.
    """

    def __init__(self, engine: AlertEngine, journal: Path, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._notes = PinNotes(journal.with_name(f"{journal.name}.pins"), salt=secrets.token_bytes(SALT_SIZE))
        self._notes.load()
        self._running: dict[str, tuple[ModemSettings, GsmModemRoute]] = {}

    async def use(self, wanted: Sequence[ModemSettings]) -> None:
        """Let go of the modems that are not wanted any more, take in the new ones; a changed one is both."""
        for name, (settings, _) in list(self._running.items()):
            if settings not in wanted:
                _LOGGER.info("modem %s: closing", name)
                await self._engine.remove_route(name)
                del self._running[name]
        for settings in wanted:
            if settings.name not in self._running:
                _LOGGER.info("modem %s: opening %s", settings.name, settings.port)
                route = GsmModemRoute(settings.name, self._supervisor(settings), clock=self._clock)
                self._running[settings.name] = (settings, route)
                await self._engine.add_route(route)

    def retry(self) -> None:
        """A person says: I have done something about it."""
        _LOGGER.info("modems that wait are tried now")
        for _, route in self._running.values():
            route.retry()

    def _supervisor(self, modem: ModemSettings) -> ModemSupervisor:
        may = modem.recovery
        return ModemSupervisor(
            modem.port,
            baudrate=modem.baudrate,
            pin=modem.pin,
            pin_attempts=self._notes.attempts(modem.port),
            imei=modem.imei,
            means=RecoveryMeans(
                may_reset=may.reset,
                may_rebind=may.rebind,
                power=PowerCommand(modem.name, may.power_command) if may.power_command else None,
            ),
        )


def missing_power_switches(modems: Sequence[ModemSettings]) -> list[str]:
    """What a person should mend before a modem has to be revived."""
    return [
        f"modem {modem.name} cannot be switched off and on: there is no program {command[0]}"
        for modem in modems
        if (command := modem.recovery.power_command) and not PowerCommand(modem.name, command).is_there
    ]
