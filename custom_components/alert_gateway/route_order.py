"""Which way out is preferred."""

from typing import TYPE_CHECKING

from alert_engine.routes.gsm_calls import name_of_calls

from .const import CONF_KIND, CONF_ROUTE, CONF_ROUTE_ORDER, EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from homeassistant.config_entries import ConfigEntry


def preferred_routes(hub: ConfigEntry | None, entries: Iterable[ConfigEntry]) -> list[str]:
    """Return the names of all routes, the preferred one first.

    As the hub's option says; what it does not name comes after: modems, then providers, as they were added.
    """
    ways = [entry for entry in entries if entry.data.get(CONF_ROUTE)]
    wanted = [] if hub is None else list(hub.options.get(CONF_ROUTE_ORDER, ()))

    def rank(entry: ConfigEntry) -> tuple[int, bool]:
        name = entry.data[CONF_ROUTE]
        place = wanted.index(name) if name in wanted else len(wanted)
        return place, entry.data[CONF_KIND] != EntryKind.MODEM

    return [name for entry in sorted(ways, key=rank) for name in _names(entry)]


def _names(entry: ConfigEntry) -> Iterator[str]:
    yield entry.data[CONF_ROUTE]
    if entry.data[CONF_KIND] == EntryKind.MODEM:
        yield name_of_calls(entry.data[CONF_ROUTE])
