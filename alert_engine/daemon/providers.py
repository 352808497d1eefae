"""The accounts at providers of the configuration as routes of the engine, also when it changes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from alert_engine.errors import ConfigError
from alert_engine.routes.making import make_route, open_session
from alert_engine.routes.provider_exchange import Exchange
from alert_engine.routes.provider_route import ProviderRoute
from alert_engine.routes.providers.provider import TakesCallbacks

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiohttp

    from alert_engine.clock import Clock
    from alert_engine.config.providers import ProviderSettings
    from alert_engine.engine import AlertEngine
    from alert_engine.routes.making import AnyRoute

    from .callbacks import Callbacks

_LOGGER = logging.getLogger("alert_gateway")


class Providers:
    """All accounts of one gateway, over one session.

    Args:
        engine: gets them as routes.
        callbacks: gets those that are called; None: no server listens.
        clock: all time.
    """

    def __init__(self, engine: AlertEngine, callbacks: Callbacks | None, clock: Clock) -> None:
        self._engine = engine
        self._callbacks = callbacks
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._running: dict[str, ProviderSettings] = {}
        self._routes: dict[str, AnyRoute] = {}

    async def use(self, wanted: Sequence[ProviderSettings]) -> None:
        """Let go of the accounts that are not wanted any more, take in the new ones; a changed one is both.

        Raises:
            ConfigError: one of them cannot be used; the others are.
        """
        for settings in tuple(self._running.values()):
            if settings not in wanted:
                _LOGGER.info("provider %s: closing", settings.name)
                await self._let_go(settings.name)
        failed: ConfigError | None = None
        for settings in wanted:
            if settings.name not in self._running:
                _LOGGER.info("provider %s: %s", settings.name, settings.type)
                try:
                    await self._take_in(settings)
                except ConfigError as err:
                    failed = failed or ConfigError(f"{settings.name}: {err}", path=err.path)
        if failed is not None:
            raise failed

    def retry(self) -> None:
        """A person says: I have done something about it. Accounts are looked at now."""
        for route in self._routes.values():
            route.retry()

    async def stop(self) -> None:
        """Let go of the session; the engine stopped the routes."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _take_in(self, settings: ProviderSettings) -> None:
        if self._session is None:
            self._session = open_session()
        route = await make_route(settings, Exchange(self._session), self._clock)
        await self._engine.add_route(route)
        self._running[settings.name] = settings
        self._routes[settings.name] = route
        # After it runs: a call that comes earlier could not be committed, and comes again.
        if self._callbacks is not None and isinstance(route, ProviderRoute) and _is_called(settings):
            self._callbacks.add(settings.name, route)

    async def _let_go(self, name: str) -> None:
        if self._callbacks is not None:
            self._callbacks.remove(name)
        del self._running[name], self._routes[name]
        await self._engine.remove_route(name)


def _is_called(settings: ProviderSettings) -> bool:
    return bool(settings.callback_url) and isinstance(settings.account, TakesCallbacks)
