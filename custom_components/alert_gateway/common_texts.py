"""Texts for people outside of forms: what goes out as a message, or into the logbook."""

from typing import TYPE_CHECKING

from homeassistant.helpers.translation import async_get_cached_translations, async_get_translations

from .const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

_CATEGORY = "common"
_PREFIX = f"component.{DOMAIN}.{_CATEGORY}."


async def async_texts(hass: HomeAssistant, language: str) -> dict[str, str]:
    """Return them by key; in English what has no translation."""
    return _without_prefix(await async_get_translations(hass, language, _CATEGORY, {DOMAIN}))


def cached_texts(hass: HomeAssistant) -> dict[str, str]:
    """Return those of the language of Home Assistant, which are at hand while the integration is set up."""
    return _without_prefix(async_get_cached_translations(hass, hass.config.language, _CATEGORY, DOMAIN))


def _without_prefix(texts: dict[str, str]) -> dict[str, str]:
    return {key.removeprefix(_PREFIX): text for key, text in texts.items()}
