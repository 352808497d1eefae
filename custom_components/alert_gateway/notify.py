"""One notify entity per person. It puts messages into the queue, so it is available even without a modem."""

from typing import TYPE_CHECKING, override

from homeassistant.components.notify import NotifyEntity, NotifyEntityFeature
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from alert_engine.model import SendRequest

from .const import SIGNAL_PEOPLE_CHANGED, SUBENTRY_PERSON
from .entity import person_device
from .errors import translated

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigSubentry
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from alert_engine.engine import AlertEngine

    from .entries import HubEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: HubEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add everybody, and from now on everybody who is added later."""
    known: set[str] = set()

    @callback
    def add_new_people() -> None:
        """Add the people who are new, and rename those who are not."""
        people = {person.subentry_id: person for person in entry.get_subentries_of_type(SUBENTRY_PERSON)}
        for subentry_id, person in people.items():
            if subentry_id in known:
                _rename(hass, entry, person)
            else:
                async_add_entities([PersonNotifyEntity(hass, entry, person)], config_subentry_id=subentry_id)
        known.clear()
        known.update(people)

    add_new_people()
    entry.async_on_unload(async_dispatcher_connect(hass, SIGNAL_PEOPLE_CHANGED, add_new_people))


@callback
def _rename(hass: HomeAssistant, entry: HubEntry, person: ConfigSubentry) -> None:
    """Give the device of a person the name of today."""
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        config_subentry_id=person.subentry_id,
        **person_device(hass, entry, person),
    )


class PersonNotifyEntity(NotifyEntity):
    """Sends to one person."""

    _attr_has_entity_name = True
    _attr_name = None
    _attr_should_poll = False
    _attr_supported_features = NotifyEntityFeature.TITLE
    _attr_translation_key = "person"

    def __init__(self, hass: HomeAssistant, entry: HubEntry, person: ConfigSubentry) -> None:
        self._engine: AlertEngine = entry.runtime_data.engine
        self._person_id = person.subentry_id
        self._attr_unique_id = person.subentry_id
        self._attr_device_info = person_device(hass, entry, person)

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Return when the message is committed; raise if it is not."""
        request = SendRequest(to=(self._person_id,), text=message, title=title or "")
        await translated(self._engine.send(request))
