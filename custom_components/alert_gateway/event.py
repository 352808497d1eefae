"""One event entity per modem for what arrives there."""

from typing import TYPE_CHECKING, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback

from alert_engine.model import Authorisation, EngineEvent, InboundReceived

from .entity import ModemEntity

if TYPE_CHECKING:
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .entries import ModemEntry

PARALLEL_UPDATES = 0

RECEIVED = "received"  # any message that is no command of somebody we know
KEYWORD = "keyword"  # a command of somebody we know

INBOUND = EventEntityDescription(key="inbound", translation_key="inbound", event_types=[RECEIVED, KEYWORD])


async def async_setup_entry(
    _hass: HomeAssistant, entry: ModemEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the entity of this modem."""
    async_add_entities([InboundEventEntity(entry.runtime_data, INBOUND)])


class InboundEventEntity(ModemEntity, EventEntity):
    """Fires once per received message, after it was committed."""

    # Who wrote what is nobody's business in the history.
    _unrecorded_attributes = frozenset({"sender", "text"})

    @override
    @callback
    def on_event(self, event: EngineEvent) -> None:
        """Fire for a message that came by this modem."""
        if not isinstance(event, InboundReceived) or event.route != self._route:
            return
        is_command = event.keyword is not None and event.authorisation is not Authorisation.NONE
        self._trigger_event(KEYWORD if is_command else RECEIVED, self._attributes(event))
        self.async_write_ha_state()

    def _attributes(self, event: InboundReceived) -> dict[str, str | int | None]:
        """Return what automations may want to know."""
        names = {person.id: person.name for person in self._engine.people}
        return {
            "message_id": event.id,
            "person": None if event.person is None else names.get(event.person),
            "authorisation": event.authorisation,
            "keyword": event.keyword,
            "segments": event.segments,
            "sender": event.sender,
            "text": event.text,
        }
