"""From the settings of an account to its route, and the session that routes over HTTP share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp

from alert_engine.ids import RandomIds

from .provider_route import ProviderRoute

if TYPE_CHECKING:
    from alert_engine.clock import Clock
    from alert_engine.config.providers import ProviderSettings

    from .handover import HandoverRoute
    from .provider_exchange import Exchange
    from .smpp.route import SmppRoute

    AnyRoute = ProviderRoute | HandoverRoute | SmppRoute


def open_session() -> aiohttp.ClientSession:
    """What all requests to providers go through: no proxy of the environment, no netrc, no cookies.

    Each has a connection of its own: one that was kept may just be closed by the other side, and whoever
    sends into it never learns whether the message arrived.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True),
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    )


async def make_route(settings: ProviderSettings, exchange: Exchange, clock: Clock) -> AnyRoute:
    """The route of one account.

    Raises:
        ConfigError: a library that its type needs is not installed.
    """
    name, account = settings.name, settings.account
    match settings.type:
        case "smtp":
            from .smtp.making import make_smtp_route  # noqa: PLC0415 - few have one

            return await asyncio.to_thread(make_smtp_route, name, account, clock=clock)
        case "file_drop":
            from .file_drop.making import make_file_drop_route  # noqa: PLC0415 - the same

            return await asyncio.to_thread(make_file_drop_route, name, account, clock=clock)
        case "smpp":
            from .smpp.route import SmppRoute  # noqa: PLC0415 - the same

            return SmppRoute(name, account, clock=clock, ids=RandomIds())
        case _:
            return ProviderRoute(
                name,
                account,
                exchange,
                clock=clock,
                ids=RandomIds(),
                callback_url=settings.callback_url,
            )
