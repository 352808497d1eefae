"""A look at an account before it is set up; nothing is sent."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from homeassistant.requirements import RequirementsNotFound

from alert_engine.clock import SystemClock
from alert_engine.config.providers import ProviderSettings
from alert_engine.errors import ConfigError
from alert_engine.routes.base import ErrorClass, Rejected
from alert_engine.routes.making import open_session
from alert_engine.routes.provider_route import ProviderRoute
from alert_engine.routes.providers.provider import ChecksAccess
from custom_components.alert_gateway.common_texts import async_texts
from custom_components.alert_gateway.provider_account import async_account, async_route
from custom_components.alert_gateway.reasons import reason_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant

    from alert_engine.model import Channel

_NAME: Final = "trial"  # of a route that nobody sees

# What a person does differently.
_WORDS: Final[Mapping[ErrorClass, str]] = {
    ErrorClass.ACCOUNT: "account_refused",
    ErrorClass.DEVICE: "provider_unreachable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """An account that makes sense, and was looked at if there is a way to."""

    account: Any = field(repr=False)
    is_looked_at: bool
    channels: frozenset[Channel]  # what it carries


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRefusal:
    """Why an account cannot be used: a key under "error" in the translations, and its placeholder."""

    word: str
    reason: str
    place: tuple[str | int, ...] = ()  # within the settings; empty: it is about the whole


async def async_try(hass: HomeAssistant, kind: str, settings: Mapping[str, Any]) -> Tried | AccountRefusal:
    """Make the account and look at it."""
    try:
        account = await async_account(hass, kind, settings, is_asked=True)
        return await _look(kind, account)
    except RequirementsNotFound as error:
        return AccountRefusal(word="library_missing", reason=", ".join(error.requirements))
    except ConfigError as error:
        reason = reason_of(error, {}, await async_texts(hass, hass.config.language))
        return AccountRefusal(word="setting_refused", reason=reason, place=error.path)


async def _look(kind: str, account: Any) -> Tried | AccountRefusal:
    trial = ProviderSettings(name=_NAME, type=kind, account=account)
    async with open_session() as session:
        route = await async_route(trial, session, SystemClock())
        refused = await route.check()
    if refused is not None:
        return AccountRefusal(word=_WORDS.get(refused.error_class, "look_failed"), reason=_words(refused))
    is_looked_at = not isinstance(route, ProviderRoute) or isinstance(account, ChecksAccess)
    return Tried(account=account, is_looked_at=is_looked_at, channels=route.channels)


def _words(refused: Rejected) -> str:
    return f"{refused.reason} ({refused.code})" if refused.code else refused.reason
