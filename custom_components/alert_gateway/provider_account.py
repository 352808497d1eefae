"""From the data of a provider's entry to its account and its route."""

from typing import TYPE_CHECKING, Any, Final

from homeassistant.requirements import (
    RequirementsNotFound,
    async_clear_install_history,
    async_process_requirements,
)
from homeassistant.util.hass_dict import HassKey

from alert_engine.routes.making import make_route
from alert_engine.routes.provider_exchange import Exchange
from alert_engine.routes.providers.catalogue import make

from .const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiohttp
    from homeassistant.core import HomeAssistant

    from alert_engine.clock import Clock
    from alert_engine.config.providers import ProviderSettings
    from alert_engine.routes.making import AnyRoute

# What few need is fetched when it is needed: everything else works without internet.
LIBRARIES: Final[Mapping[str, str]] = {"smtp": "aiosmtplib>=5.1.3", "file_drop": "aioftp>=0.28.3"}

# Seconds. Each try is three attempts of a minute at most, while which Home Assistant fetches nothing else.
FETCH_AGAIN: Final = 900.0
_MISSES: Final[HassKey[dict[str, float]]] = HassKey(f"{DOMAIN}_misses")  # library -> when a try failed

_TRUSTED = "ca_file"  # of an account; its place is in the configuration folder


async def async_account(
    hass: HomeAssistant, kind: str, settings: Mapping[str, Any], *, is_asked: bool = False
) -> Any:
    """Return the account of these settings, as `catalogue.make` does.

    Args:
        hass: where it is.
        kind: one of `catalogue.TYPES`.
        settings: of the account.
        is_asked: a person waits for it.

    Raises:
        ConfigError: something makes no sense; its path is within the settings.
        RequirementsNotFound: a library that this type needs cannot be fetched.
    """
    if kind in LIBRARIES:
        await _fetch(hass, LIBRARIES[kind], is_asked=is_asked)
    whole = dict(settings)
    if whole.get(_TRUSTED):
        whole[_TRUSTED] = hass.config.path(whole[_TRUSTED])
    return await hass.async_add_executor_job(make, kind, whole)  # it imports, and reads files


async def _fetch(hass: HomeAssistant, library: str, *, is_asked: bool) -> None:
    """Have a library installed, if it is not there. Raises RequirementsNotFound.

    Home Assistant does not try again what it could not fetch once, until its next start. The internet may
    be back long before: then somebody asks, or it is time for another try.
    """
    misses, now = hass.data.setdefault(_MISSES, {}), hass.loop.time()
    if is_asked or now - misses.get(library, now) >= FETCH_AGAIN:
        async_clear_install_history(hass)
        misses.pop(library, None)
    try:
        await async_process_requirements(hass, DOMAIN, [library])
    except RequirementsNotFound:
        misses.setdefault(library, now)
        raise


async def async_route(settings: ProviderSettings, session: aiohttp.ClientSession, clock: Clock) -> AnyRoute:
    """Return the route of an account. Raises ConfigError."""
    return await make_route(settings, Exchange(session), clock)
