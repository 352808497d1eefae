"""The modems of the configuration as routes of the engine, also when the configuration changes."""

from __future__ import annotations

import logging
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.routes.gsm_calls import GsmCallRoute, name_of_calls
from alert_engine.routes.gsm_modem import GsmModemRoute
from alert_engine.routes.pin_notes import SALT_SIZE, PinNotes
from gsm_driver import ModemSupervisor, RecoveryMeans

from .power_command import PowerCommand

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from alert_engine.clock import Clock
    from alert_engine.config.modems import ModemSettings
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
        """Let go of the modems that are not wanted any more, take in the new ones; a changed one is both.

        Whether it calls, and how its credit is asked for, changes beside an open modem.
        """
        kept = {_link(settings) for settings in wanted}
        for name, (settings, _) in list(self._running.items()):
            if _link(settings) not in kept:
                _LOGGER.info("modem %s: closing", name)
                await self._let_go(settings)
        for settings in wanted:
            if settings.name in self._running:
                await self._adapt(settings)
            else:
                _LOGGER.info("modem %s: opening %s", settings.name, settings.port)
                await self._take_in(settings)

    def retry(self) -> None:
        """A person says: I have done something about it."""
        _LOGGER.info("modems that wait are tried now")
        for _, route in self._running.values():
            route.retry()

    async def _take_in(self, settings: ModemSettings) -> None:
        route = GsmModemRoute(
            settings.name, self._supervisor(settings), clock=self._clock, credit_code=settings.credit
        )
        self._running[settings.name] = (settings, route)
        await self._engine.add_route(route)
        await self._add_calls(settings, route)

    async def _add_calls(self, settings: ModemSettings, route: GsmModemRoute) -> None:
        if settings.calls:
            ring_for = settings.ring_for.total_seconds()
            await self._engine.add_route(GsmCallRoute(route, clock=self._clock, ring_for=ring_for))

    async def _adapt(self, settings: ModemSettings) -> None:
        """The same modem, open as it is."""
        before, route = self._running[settings.name]
        self._running[settings.name] = (settings, route)
        route.use_credit_code(settings.credit)
        if _calls(before) == _calls(settings):
            return
        if before.calls:
            await self._engine.remove_route(name_of_calls(settings.name))
        await self._add_calls(settings, route)

    async def _let_go(self, settings: ModemSettings) -> None:
        """Calls first: they are made by the modem of the other route."""
        if settings.calls:
            await self._engine.remove_route(name_of_calls(settings.name))
        await self._engine.remove_route(settings.name)
        del self._running[settings.name]

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


def _link(settings: ModemSettings) -> ModemSettings:
    """What a modem must be opened anew for, if it changes."""
    return replace(settings, calls=False, ring_for=timedelta(0), credit=None)


def _calls(settings: ModemSettings) -> tuple[bool, timedelta]:
    """What the route of its calls must be made anew for."""
    return settings.calls, settings.ring_for


def missing_power_switches(modems: Sequence[ModemSettings]) -> list[str]:
    """What a person should mend before a modem has to be revived."""
    return [
        f"modem {modem.name} cannot be switched off and on: there is no program {command[0]}"
        for modem in modems
        if (command := modem.recovery.power_command) and not PowerCommand(modem.name, command).is_there
    ]
