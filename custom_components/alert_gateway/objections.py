"""What speaks against something that is filled in: the whole document is checked with it."""

from typing import TYPE_CHECKING, Any

from alert_engine.errors import ConfigError

from .common_texts import async_texts
from .document import document_of, items_of, option_of
from .fitting import check, fitting_of
from .reasons import reason_of
from .references import options_without_the_gone, without_the_gone
from .settings import gateway_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from .document import Item
    from .reasons import Texts


async def async_objection_to(hass: HomeAssistant, hub: ConfigEntry, item: Item) -> ConfigError | None:
    """Return what `objection_to` says, in the language of Home Assistant. With many people it takes long."""
    texts = await async_texts(hass, hass.config.language)
    return await hass.async_add_executor_job(objection_to, hub, item, texts)


async def async_objection_to_options(
    hass: HomeAssistant, hub: ConfigEntry, options: Mapping[str, Any]
) -> ConfigError | None:
    """Return what `objection_to_options` says, in the language of Home Assistant."""
    texts = await async_texts(hass, hass.config.language)
    return await hass.async_add_executor_job(objection_to_options, hub, options, texts)


def objection_to(hub: ConfigEntry, item: Item, texts: Texts | None = None) -> ConfigError | None:
    """Return what speaks against an item beside those that the hub has; its path is within the item.

    An empty path means that it does not go together with another one.
    """
    sound = fitting_of(gateway_name(hub), hub.options, items_of(hub), {})
    left_out = {item.id, *sound.refused}
    others = (other for other in items_of(hub) if other.id not in left_out)
    items, _ = without_the_gone((*others, item))
    document = document_of(gateway_name(hub), sound.options, items)
    try:
        check(document)
    except ConfigError as error:
        owner, path = document.owner_of(error.path)
        reason = reason_of(error, {each.id: each.title for each in items}, texts or {})
        return ConfigError(reason, path=path if owner == item.id else ())
    return None


def objection_to_options(
    hub: ConfigEntry, options: Mapping[str, Any], texts: Texts | None = None
) -> ConfigError | None:
    """Return what speaks against new options; its path is a place in them, empty if it is elsewhere.

    What did not fit before and stays as it was is no reason to refuse the rest.
    """
    sound = fitting_of(gateway_name(hub), hub.options, items_of(hub), {})
    bad = {key for key in sound.refused if key in options and options[key] == hub.options.get(key)}
    judged = {key: value for key, value in options.items() if key not in bad}
    document = document_of(gateway_name(hub), options_without_the_gone(judged, sound.items), sound.items)
    try:
        check(document)
    except ConfigError as error:
        key = option_of(error.path)
        reason = reason_of(error, {each.id: each.title for each in sound.items}, texts or {})
        return ConfigError(reason, path=(key, *error.path[1:]) if key else ())
    return None
