"""People of the hub, as Home Assistant knows them: their users, and the names that options may give them."""

from typing import TYPE_CHECKING

from homeassistant.const import Platform
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .const import AUDIT_BY, DOMAIN, SUBENTRY_PERSON
from .document import KEY_HOME_ASSISTANT, recipient_id
from .entries import hub_entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alert_engine.model import Person

# In the data of a person subentry: ``{"home_assistant": {"user": <id of a user>}}``.
KEY_USER = "user"


async def user_of(hass: HomeAssistant, person: str) -> str | None:
    """Return the id of the active user that a person is; None for one that is none."""
    hub = hub_entry(hass)
    subentries = () if hub is None else hub.get_subentries_of_type(SUBENTRY_PERSON)
    data = next((dict(each.data) for each in subentries if recipient_id(each) == person), {})
    user_id = data.get(KEY_HOME_ASSISTANT, {}).get(KEY_USER)
    user = await hass.auth.async_get_user(user_id) if user_id else None
    return user.id if user is not None and user.is_active else None


async def name_of_caller(hass: HomeAssistant, context: Context | None) -> str:
    """Name who acts, for the journal: the user if a person does it, else Home Assistant."""
    user_id = context.user_id if context is not None else None
    user = await hass.auth.async_get_user(user_id) if user_id else None
    return f"{AUDIT_BY}:{user.name}" if user is not None and user.name else AUDIT_BY


@callback
def shown_name(people: Iterable[Person], by: str | None) -> str | None:
    """Return the name of a person, or of a user; who else it was as the journal has it."""
    if by is None:
        return None
    names = {person.id: person.name for person in people}
    return names.get(by) or by.removeprefix(f"{AUDIT_BY}:")


@callback
def is_named(
    hass: HomeAssistant, person: str | None, entries: Iterable[str], people: Iterable[Person]
) -> bool:
    """A person is among these ids, names and notify entities."""
    if person is None:
        return False
    names = {each.name.casefold() for each in people if each.id == person}
    return any(
        entry == person or entry.casefold() in names or _is_notify_entity_of(hass, entry, person)
        for entry in entries
    )


@callback
def _is_notify_entity_of(hass: HomeAssistant, entity_id: str, person: str) -> bool:
    entry = er.async_get(hass).async_get(entity_id)
    return (
        entry is not None
        and entry.platform == DOMAIN
        and entry.domain == Platform.NOTIFY
        and entry.unique_id.lower() == person
    )
