"""What of a hub fits together: the rest is left out, with the reason."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from homeassistant.util import dt as dt_util

from alert_engine.config.engine import engine_settings_from
from alert_engine.errors import ConfigError

from .const import DEFAULT_GATEWAY
from .document import OPTION_COMMANDS, OPTION_KEYS, document_of, option_of
from .reasons import reason_of, unreadable
from .references import options_without_the_gone, without_the_gone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from alert_engine.settings import EngineSettings

    from .document import Document, Item
    from .reasons import Texts


# Options that are mappings.
_MAPPINGS = {*OPTION_KEYS, OPTION_COMMANDS} - {"quiet", "transliterate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """What of a hub the engine understands."""

    engine: EngineSettings
    options: Mapping[str, Any]
    items: tuple[Item, ...]
    refused: Mapping[str, str]  # id of an item, or key of an option -> why it is left out


def check(document: Document) -> EngineSettings:
    """Return the settings that a document says.

    Raises:
        ConfigError: something makes no sense; its path is a place in the document.
    """
    return engine_settings_from(document.data, dt_util.get_default_time_zone())


def is_readable(item: Item) -> bool:
    """It can be looked at: nobody wrote something else into the storage by hand."""
    try:
        without_the_gone((item,))
        document = document_of(DEFAULT_GATEWAY, {}, (item,))
    except AttributeError, KeyError, TypeError, ValueError:
        return False
    return all(isinstance(step, str | int) for place in document.places for step in place)


def fitting_of(gateway: str, options: Mapping[str, Any], items: Iterable[Item], texts: Texts) -> Fitting:
    """Leave out what does not fit, one after the other, until all that is left does."""
    stored = tuple(items)
    names = {item.id: item.title for item in stored}
    left = tuple(item for item in stored if is_readable(item))
    known = readable_options(options)
    unread = {*names, *options} - {item.id for item in left} - known.keys()
    refused = dict.fromkeys(unread, unreadable(texts))
    while True:
        left, _ = without_the_gone(left)
        known = options_without_the_gone(known, left)
        document = document_of(gateway, known, left)
        try:
            engine = check(document)
        except ConfigError as error:
            owner, _ = document.owner_of(error.path)
            key = owner or option_of(error.path)
            if key is None or key in refused:
                raise
            refused[key] = reason_of(error, names, texts)
            known.pop(key, None)
            left = tuple(item for item in left if item.id != owner)
        else:
            return Fitting(engine=engine, options=known, items=left, refused=refused)


def readable_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return those that can be looked at."""
    return {key: value for key, value in options.items() if _is_readable_option(key, value)}


def _is_readable_option(key: str, value: Any) -> bool:
    if key in _MAPPINGS and not isinstance(value, dict):
        return False
    if key == "supervision" and not isinstance(value.get("routes", {}), dict):
        return False
    try:
        options_without_the_gone({key: value}, ())
    except AttributeError, KeyError, TypeError, ValueError:
        return False
    return True
