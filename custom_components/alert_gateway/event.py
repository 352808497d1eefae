"""One event entity per modem for what arrives there."""

from typing import TYPE_CHECKING, Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback

from alert_engine.model import EngineEvent, InboundReceived, KeywordReceived

from .entity import RouteEntity
from .keywords import told_of

if TYPE_CHECKING:
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .entries import RouteEntry

PARALLEL_UPDATES = 0

RECEIVED = "received"  # any message that is no command of somebody we know
KEYWORD = "keyword"  # a command of somebody we know

INBOUND = EventEntityDescription(key="inbound", translation_key="inbound", event_types=[RECEIVED, KEYWORD])


async def async_setup_entry(
    _hass: HomeAssistant, entry: RouteEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the entity of this modem."""
    async_add_entities([InboundEventEntity(entry.runtime_data, INBOUND)])


class InboundEventEntity(RouteEntity, EventEntity):
    """Fires once per received message, after it was committed."""

    # Who wrote what is nobody's business in the history.
    _unrecorded_attributes = frozenset({"sender", "text", "arguments", "values"})

    _command: InboundReceived | None = None  # its values come next

    @override
    @callback
    def on_event(self, event: EngineEvent) -> None:
        """Fire for a message that came by this modem."""
        match event:
            case InboundReceived(route=self._route, keyword=None):
                self._fire(RECEIVED, event, {"arguments": [], "values": {}})
            case InboundReceived(route=self._route):
                self._command = event
            case KeywordReceived() if self._command is not None and event.id == self._command.id:
                self._fire(KEYWORD, self._command, told_of(event))
                self._command = None

    def _fire(self, kind: str, message: InboundReceived, words: dict[str, Any]) -> None:
        """Tell automations what they may want to know."""
        names = {person.id: person.name for person in self._engine.people}
        attributes = {
            "message_id": message.id,
            "person": None if message.person is None else names.get(message.person),
            "authorisation": message.authorisation,
            "keyword": message.keyword,
            "segments": message.segments,
            "sender": message.sender,
            "text": message.text,
        }
        self._trigger_event(kind, attributes | words)
        self.async_write_ha_state()
