"""The hub entry as plain data: the engine's part of gateway.yaml, and where in it each subentry stands.

The configuration of the daemon and that of Home Assistant are checked by the same code, so they know the same
keys, rules and complaints (``docs/configuration.md``).
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from homeassistant.const import CONF_COUNTRY

from .const import (
    SUBENTRY_GROUP,
    SUBENTRY_HEARTBEAT,
    SUBENTRY_KEYWORD,
    SUBENTRY_ON_CALL,
    SUBENTRY_PERSON,
    SUBENTRY_POLICY,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from homeassistant.config_entries import ConfigEntry, ConfigSubentry

# In the data of a person or a keyword: what only Home Assistant acts on (`people`, `alarm_panels`).
KEY_HOME_ASSISTANT = "home_assistant"

type Place = tuple[str | int, ...]

# Options of the hub that are keys of the document as they are.
OPTION_KEYS = (
    "budgets",
    "expiry",
    "in_doubt_wait",
    "limits",
    "quiet",
    "retention",
    "supervision",
    "templates",
    "transliterate",
)
OPTION_COMMANDS = "commands"  # all of it but the keywords
_COUNTRY = "default_country"

_NAMED = {SUBENTRY_PERSON: "people", SUBENTRY_GROUP: "groups", SUBENTRY_ON_CALL: "on_call"}
_KEY_NAME = "name"  # of a policy and of a keyword


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A subentry, stored or only filled in."""

    id: str  # what others name it by
    kind: str  # one of const.SUBENTRY_*
    title: str = field(repr=False)
    data: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The data, and which item stands where."""

    data: dict[str, Any] = field(repr=False)
    places: Mapping[Place, str]  # -> id of the item

    def owner_of(self, path: Place) -> tuple[str | None, Place]:
        """Return whose the place is, and the place within it; None for what no subentry says."""
        for length in range(len(path), 0, -1):
            if (owner := self.places.get(path[:length])) is not None:
                return owner, path[length:]
        return None, path


def option_of(path: Place) -> str | None:
    """Return the key of the option that says what stands there; None if none does."""
    first = path[0] if path else None
    if first == _COUNTRY:
        return CONF_COUNTRY
    return str(first) if first in {*OPTION_KEYS, OPTION_COMMANDS} else None


def recipient_id(subentry: ConfigSubentry) -> str:
    """Return what the engine calls a person, a group or a schedule: it stays when the name changes."""
    return subentry.subentry_id.lower()


def item_of(subentry: ConfigSubentry) -> Item:
    """Return a stored subentry as an item."""
    return Item(
        id=recipient_id(subentry),
        kind=subentry.subentry_type,
        title=subentry.title,
        data=subentry.data,
    )


def items_of(hub: ConfigEntry) -> tuple[Item, ...]:
    """Return everything that the hub has."""
    return tuple(item_of(subentry) for subentry in hub.subentries.values())


def document_of(gateway: str, options: Mapping[str, Any], items: Iterable[Item]) -> Document:
    """Put the parts together.

    Args:
        gateway: its name in topics.
        options: those of the hub.
        items: the subentries.
    """
    data: dict[str, Any] = {"gateway": gateway, "people": [], "groups": [], "on_call": []}
    data |= {"policies": {}, "heartbeats": []}
    data |= {key: options[key] for key in OPTION_KEYS if key in options}
    data["commands"] = {**options.get(OPTION_COMMANDS, {}), "keywords": []}
    if (country := options.get(CONF_COUNTRY)) is not None:
        data[_COUNTRY] = country
    places: dict[Place, str] = {}
    for item in items:
        if (place := _put(data, item)) is not None:
            places[place] = item.id
    return Document(data=data, places=places)


def _put(data: dict[str, Any], item: Item) -> Place | None:
    """Put an item in its place; None for a kind that the engine does not know of."""
    match item.kind:
        case kind if kind in _NAMED:
            own = {_KEY_NAME: item.title, **_engine_part(item), "id": item.id}
            return _append(data[_NAMED[kind]], own, (_NAMED[kind],))
        case kind if kind == SUBENTRY_POLICY:
            name = item.data[_KEY_NAME]
            data["policies"][name] = {key: value for key, value in item.data.items() if key != _KEY_NAME}
            return ("policies", name)
        case kind if kind == SUBENTRY_KEYWORD:
            return _append(data["commands"]["keywords"], _engine_part(item), ("commands", "keywords"))
        case kind if kind == SUBENTRY_HEARTBEAT:
            return _append(data["heartbeats"], dict(item.data), ("heartbeats",))
    return None


def _engine_part(item: Item) -> dict[str, Any]:
    """Return the data without what only Home Assistant acts on."""
    return {key: value for key, value in item.data.items() if key != KEY_HOME_ASSISTANT}


def _append(those: list[Any], one: Any, path: Place) -> Place:
    those.append(one)
    return (*path, len(those) - 1)
