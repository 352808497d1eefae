"""From the hub entry to the settings of the engine."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from homeassistant.util import dt as dt_util
from homeassistant.util import slugify

from alert_engine.config.supervision import PingSettings
from alert_engine.settings import EngineSettings

from .const import (
    CONF_ASSIST,
    CONF_ASSIST_PEOPLE,
    CONF_MQTT,
    CONF_PRIVACY,
    DEFAULT_GATEWAY,
    DEFAULT_PRIVACY,
    PrivacyLevel,
)
from .document import items_of
from .fitting import fitting_of, is_readable
from .references import without_the_gone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigEntry

    from .reasons import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSettings:
    """What the engine is told, and what could not be told."""

    engine: EngineSettings
    refused: Mapping[str, str]  # id of a subentry, or key of an option -> why it is left out
    orphaned: frozenset[str]  # ids of subentries that name somebody who is gone
    nobodys: frozenset[str] = frozenset()  # those of them that nobody is left for: keywords
    ping: PingSettings | None = None  # the dead man's switch outside; None: nobody is told that all is well


def hub_settings(hub: ConfigEntry | None, texts: Texts | None = None) -> HubSettings:
    """Return the settings of a hub; without a hub there are no people.

    What does not fit, because another release stored it or what it needs is gone, is left out: the others are
    told all the same. `texts` say why, in the language of Home Assistant. For a hundred people this takes too
    long for the event loop.
    """
    if hub is None:
        bare = EngineSettings(gateway=DEFAULT_GATEWAY, time_zone=dt_util.get_default_time_zone())
        return HubSettings(engine=bare, refused={}, orphaned=frozenset())
    items = items_of(hub)
    kept, orphaned = without_the_gone(item for item in items if is_readable(item))
    found = fitting_of(gateway_name(hub), hub.options, items, texts or {})
    return HubSettings(
        engine=_without_help_for(assisted_people(hub.options), found.engine),
        refused=found.refused,
        orphaned=orphaned,
        nobodys=orphaned - {item.id for item in kept},
        ping=_ping_of(found.options),
    )


def _ping_of(options: Mapping[str, Any]) -> PingSettings | None:
    """Whom to tell that all is well; the options fit."""
    url = options.get("supervision", {}).get("ping", {}).get("url")
    return None if url is None else PingSettings(url=url)


def assisted_people(options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of those whom Assist answers."""
    people = options.get(CONF_ASSIST_PEOPLE)
    return tuple(people) if options.get(CONF_ASSIST, False) and isinstance(people, list | tuple) else ()


def _without_help_for(people: tuple[str, ...], engine: EngineSettings) -> EngineSettings:
    """Whom Assist answers need not hear that they were not understood."""
    return replace(engine, commands=replace(engine.commands, answered_elsewhere=people))


def gateway_name(hub: ConfigEntry) -> str:
    """Return the name in MQTT topics: the title of the hub in plain letters."""
    return slugify(hub.title)[:64] if any(char.isalnum() for char in hub.title) else DEFAULT_GATEWAY


def wants_mqtt(hub: ConfigEntry) -> bool:
    """Alarms are taken from MQTT, where there is a broker."""
    return bool(hub.options.get(CONF_MQTT, True))


def privacy_of(hub: ConfigEntry | None) -> PrivacyLevel:
    """What is shown of received messages: as little as possible if this release does not know the word."""
    word = DEFAULT_PRIVACY if hub is None else hub.options.get(CONF_PRIVACY, DEFAULT_PRIVACY)
    return PrivacyLevel(word) if word in set(PrivacyLevel) else PrivacyLevel.STRICT
