"""Who is meant by the entries of "to" in the action `send`."""

from typing import TYPE_CHECKING

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alert_engine.model import Person


@callback
def resolve_recipients(
    hass: HomeAssistant, people: Iterable[Person], entries: Iterable[str | int]
) -> tuple[str, ...]:
    """Return a person id for each name, person id and notify entity; the engine reads the rest as numbers.

    Entries may be integers: Home Assistant's templates turn "+43…" into one.
    """
    ids = {person.name.casefold(): person.id for person in people}
    return tuple(_resolve(hass, ids, str(entry).strip()) for entry in entries)


def _resolve(hass: HomeAssistant, ids: dict[str, str], entry: str) -> str:
    """Return the person id, or the entry as it is."""
    return _person_of_entity(hass, entry) or ids.get(entry.casefold(), entry)


def _person_of_entity(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the id of the person that a notify entity of ours is for."""
    entry = er.async_get(hass).async_get(entity_id)
    if entry is None or entry.platform != DOMAIN or entry.domain != Platform.NOTIFY:
        return None
    return entry.unique_id
