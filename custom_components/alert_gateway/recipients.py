"""Who is meant by what people write where somebody is named."""

from typing import TYPE_CHECKING

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN, SUBENTRY_GROUP, SUBENTRY_ON_CALL, SUBENTRY_PERSON, SUBENTRY_POLICY
from .document import recipient_id
from .entries import hub_entry
from .references import RECIPIENTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homeassistant.config_entries import ConfigEntry, ConfigSubentry

    from alert_engine.model import Person


@callback
def resolve_recipients(
    hass: HomeAssistant, people: Iterable[Person], entries: Iterable[str | int]
) -> tuple[str, ...]:
    """Return ids of people, groups and schedules for names, ids and notify entities; the rest may be numbers.

    A policy stands for whom its first step tells. Entries may be integers: Home Assistant's templates turn
    "+43…" into one.
    """
    ids, hub = _ids(hass, people), hub_entry(hass)
    policies = {} if hub is None else _by_name(hub, SUBENTRY_POLICY)
    found: list[str] = []
    for entry in (str(entry).strip() for entry in entries):
        named = _of_entity(hass, entry) or ids.get(entry.casefold(), entry)
        policy = policies.get(named.casefold())
        found += [named] if policy is None or hub is None else _told_first(hub, policy)
    return tuple(dict.fromkeys(found))


@callback
def resolve_recipient(hass: HomeAssistant, people: Iterable[Person], entry: str | int) -> str:
    """Return the id for one name, id or notify entity, or the entry as it is."""
    written = str(entry).strip()
    return _of_entity(hass, written) or _ids(hass, people).get(written.casefold(), written)


def _ids(hass: HomeAssistant, people: Iterable[Person]) -> dict[str, str]:
    """Ids by all that people may write for them; people before groups of the same name."""
    hub, ids = hub_entry(hass), {}
    if hub is not None:
        groups = [_by_name(hub, kind) for kind in (SUBENTRY_ON_CALL, SUBENTRY_GROUP)]
        ids = {name: recipient_id(each) for named in groups for name, each in named.items()}
    return ids | {name.casefold(): person.id for person in people for name in (person.name, person.id)}


def _by_name(hub: ConfigEntry, kind: str) -> dict[str, ConfigSubentry]:
    """Everything of a kind, by its id, its title and the name that it has in the engine."""
    return {
        str(name).casefold(): subentry
        for subentry in hub.get_subentries_of_type(kind)
        for name in (subentry.data.get("name", ""), subentry.title, recipient_id(subentry))
    }


def _of_entity(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the id of whom a notify entity of ours is for."""
    entry = er.async_get(hass).async_get(entity_id)
    if entry is None or entry.platform != DOMAIN or entry.domain != Platform.NOTIFY:
        return None
    return entry.unique_id.lower()  # as `document.recipient_id`


def _told_first(hub: ConfigEntry, policy: ConfigSubentry) -> list[str]:
    """Whom the first step of a policy tells: everybody, if it names nobody who is there."""
    first = next(iter(policy.data.get("steps", ())), policy.data)
    there = {recipient_id(each) for kind in RECIPIENTS for each in hub.get_subentries_of_type(kind)}
    told = [each for each in first.get("notify", ()) if each in there]
    return told or [recipient_id(each) for each in hub.get_subentries_of_type(SUBENTRY_PERSON)]
