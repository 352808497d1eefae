"""What happens, as event entities: alarms of the hub; messages, calls and their fate at each way out."""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from alert_engine.decisions.alarm_events import Reason
from alert_engine.model import AlarmChanged, CallReceived, EngineEvent, MessageChanged, MessageState
from alert_engine.phone.masking import mask_number

from .alarm_log import log_alarm
from .const import HUB_UNIQUE_ID
from .entity import HUB_DEVICE
from .entries import AlertGatewayConfigEntry, HubRuntime, ModemRuntime
from .keywords import told_of
from .news import SIGNAL_INBOUND, SIGNAL_NEWS
from .once import Once
from .people import shown_name
from .privacy import shows_no_texts
from .shown_facts import alarm_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from alert_engine.engine import AlertEngine
    from alert_engine.model import Alarm

    from .entries import RouteRuntime
    from .news import Inbound

PARALLEL_UPDATES = 0

RECEIVED = "received"  # any message that is no command of somebody we know; any call
KEYWORD = "keyword"  # a command of somebody we know
DELIVERED, FAILED = "delivered", "failed"

# What people are told of an alarm, by what became of it. The rest is between the engine and its journal.
ALARM_EVENTS: Mapping[str, str] = {
    Reason.RAISED: "raised",
    Reason.HOLD_OVER: "raised",
    Reason.REOPENED: "raised",
    Reason.SEVERITY_ROSE: "worsened",
    Reason.STEP: "escalated",
    Reason.ACKNOWLEDGED: "acknowledged",
    Reason.UNACKNOWLEDGED: "unacknowledged",
    Reason.SHELVED: "shelved",
    Reason.UNSHELVED: "unshelved",
    Reason.SHELVE_OVER: "unshelved",
    Reason.CLEARED: "cleared",
    Reason.LAPSED: "cleared",
    Reason.CLOSED: "closed",
}
_FATES: Mapping[MessageState, str] = {
    MessageState.DELIVERED: DELIVERED,
    MessageState.FAILED: FAILED,
    MessageState.EXPIRED: FAILED,
}

ALARM = EventEntityDescription(
    key="alarm", translation_key="alarm", event_types=list(dict.fromkeys(ALARM_EVENTS.values()))
)
INBOUND = EventEntityDescription(key="inbound", translation_key="inbound", event_types=[RECEIVED, KEYWORD])
CALL = EventEntityDescription(key="call", translation_key="call", event_types=[RECEIVED])
OUTBOUND = EventEntityDescription(
    key="outbound",
    translation_key="outbound",
    event_types=[DELIVERED, FAILED],
    entity_category=EntityCategory.DIAGNOSTIC,
    entity_registry_enabled_default=False,
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: AlertGatewayConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the entities of the hub or of a way out."""
    runtime = entry.runtime_data
    if isinstance(runtime, HubRuntime):
        async_add_entities([AlarmEventEntity(runtime.engine, ALARM, HUB_UNIQUE_ID)])
        return
    async_add_entities([InboundEventEntity(runtime, INBOUND), OutboundEventEntity(runtime, OUTBOUND)])
    if isinstance(runtime, ModemRuntime):
        async_add_entities([CallEventEntity(runtime, CALL)])


class _OurEventEntity(EventEntity):
    """Fires for what is told; it outlives no reload, the news do."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, engine: AlertEngine, description: EventEntityDescription, owner: str) -> None:
        self.entity_description = description
        self._attr_unique_id = f"{owner}_{description.key}"
        self._engine = engine

    @override
    async def async_added_to_hass(self) -> None:
        """Hear of it."""
        await super().async_added_to_hass()
        self.async_on_remove(self._listen())

    @abstractmethod
    @callback
    def _listen(self) -> CALLBACK_TYPE:
        """Hear of it; the returned call ends that."""

    def _fire(self, kind: str, attributes: dict[str, Any]) -> None:
        self._trigger_event(kind, attributes)
        self.async_write_ha_state()

    def _name_of(self, person: str | None) -> str | None:
        return shown_name(self._engine.people, person)


class _NewsEventEntity(_OurEventEntity):
    """Fires for something that the engine tells."""

    @override
    @callback
    def _listen(self) -> CALLBACK_TYPE:
        return async_dispatcher_connect(self.hass, SIGNAL_NEWS, self._on_news)

    @abstractmethod
    @callback
    def _on_news(self, event: EngineEvent) -> None:
        """Fire, if that is it."""


class AlarmEventEntity(_NewsEventEntity):
    """Fires for what people hear of an alarm."""

    _attr_device_info = HUB_DEVICE
    # The code takes an alarm over; the words are the source's.
    _unrecorded_attributes = frozenset({"code", "title", "text"})

    @override
    @callback
    def _on_news(self, event: EngineEvent) -> None:
        if isinstance(event, AlarmChanged) and (kind := ALARM_EVENTS.get(event.event)) is not None:
            self._fire(kind, self._attributes(event.alarm))
            log_alarm(self.hass, self.entity_id, kind, event, self._engine.people)

    def _attributes(self, alarm: Alarm) -> dict[str, Any]:
        return {
            "alarm_id": alarm.id,
            **alarm_names(alarm),
            "title": alarm.title,
            "text": alarm.text,
            "acknowledged_by": self._name_of(alarm.acked_by),
        }


class _RouteEventEntity(_OurEventEntity):
    """Fires for what happens at one way out."""

    def __init__(self, runtime: RouteRuntime, description: EventEntityDescription) -> None:
        super().__init__(runtime.engine, description, runtime.identity)
        self._attr_device_info = runtime.device
        self._route = runtime.route


class InboundEventEntity(_RouteEventEntity):
    """Fires once per received message, after it was committed."""

    # Who wrote what is nobody's business in the history.
    _unrecorded_attributes = frozenset({"sender", "text", "arguments", "values"})

    @override
    @callback
    def _listen(self) -> CALLBACK_TYPE:
        return async_dispatcher_connect(self.hass, SIGNAL_INBOUND, self._on_inbound)

    @callback
    def _on_inbound(self, inbound: Inbound) -> None:
        """Tell automations what they may want to know."""
        message, command = inbound.message, inbound.command
        if message.route != self._route:
            return
        is_strict = shows_no_texts(self.hass)
        attributes = {
            "message_id": message.id,
            "person": self._name_of(message.person),
            "authorisation": message.authorisation,
            "keyword": None if command is None else command.keyword,
            "segments": message.segments,
            "sender": mask_number(message.sender) if is_strict else message.sender,
            "text": None if is_strict else message.text,
            **told_of(self.hass, command),
        }
        self._fire(RECEIVED if command is None else KEYWORD, attributes)


class CallEventEntity(_RouteEventEntity, _NewsEventEntity):
    """Fires when somebody rings the modem, which takes no calls."""

    _unrecorded_attributes = frozenset({"number"})

    @override
    @callback
    def _on_news(self, event: EngineEvent) -> None:
        if isinstance(event, CallReceived) and event.route == self._route:
            self._fire(RECEIVED, {"person": self._name_of(event.person), "number": event.number})


class OutboundEventEntity(_RouteEventEntity, _NewsEventEntity):
    """Fires when it is known what became of a message."""

    def __init__(self, runtime: RouteRuntime, description: EventEntityDescription) -> None:
        super().__init__(runtime, description)
        self._once = Once()  # a change of something else tells the fate of a message again

    @override
    @callback
    def _on_news(self, event: EngineEvent) -> None:
        if not isinstance(event, MessageChanged) or event.message.route != self._route:
            return
        message, fate = event.message, _FATES.get(event.message.state)
        if fate is None or not self._once.is_new(f"{message.uid} {fate}"):
            return
        attributes = {
            "message_id": message.uid,
            "person": self._name_of(message.recipient),
            "channel": message.channel.value,
            "kind": message.kind.value,
            "alarm_id": message.alarm_id,
            "attempts": message.attempts,
            "reason": message.reason,
        }
        self._fire(fate, attributes)
