"""The dead man's switch outside: a request that says all is well. Its address is a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from alert_engine.config.supervision import PingSettings

PING_LIMIT = 10.0  # seconds: a slow one is as good as none, and the next one comes soon

_HEADERS = {"User-Agent": "alert-gateway"}  # which release of which library it is concerns nobody


class PingError(Exception):
    """The other side did not take it; without its address."""


class Ping:
    """Says that all is well, each time it is called.

    Args:
        settings: whom to tell; `use` replaces them.
        limit: seconds for one.
    """

    def __init__(self, settings: PingSettings, *, limit: float = PING_LIMIT) -> None:
        self._settings = settings
        self._limit = aiohttp.ClientTimeout(total=limit)

    def use(self, settings: PingSettings) -> None:
        """Tell these from now on."""
        self._settings = settings

    async def __call__(self) -> None:
        """Say so.

        Raises:
            PingError: nobody was told.
        """
        try:
            async with (
                aiohttp.ClientSession(timeout=self._limit, headers=_HEADERS) as session,
                session.get(self._settings.url, allow_redirects=False) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as err:
            raise PingError(type(err).__name__) from None
        if not 200 <= status < 300:
            raise PingError(f"it answered {status}")
