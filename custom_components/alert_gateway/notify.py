"""A notify entity for everybody who can be told, and for each policy.

They put messages into the queue, so they are available even without a modem.
"""

import hashlib
from typing import TYPE_CHECKING, Final, override

from homeassistant.components.notify import NotifyEntity, NotifyEntityFeature
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from alert_engine.model import AlarmRaise, SendRequest, Severity
from alert_engine.settings import DEFAULT_EXPIRY

from .const import (
    SIGNAL_PEOPLE_CHANGED,
    SUBENTRY_GROUP,
    SUBENTRY_ON_CALL,
    SUBENTRY_PERSON,
    SUBENTRY_POLICY,
)
from .document import recipient_id
from .entity import person_device
from .errors import translated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigSubentry
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from alert_engine.engine import AlertEngine

    from .entries import HubEntry

PARALLEL_UPDATES = 0

SOURCE: Final = "home_assistant"  # of alarms that a policy's entity raises
# Whoever uses a policy of their own wants somebody to come.
_SEVERITY_OF_OWN_POLICY: Final = Severity.HIGH
_KEY_DIGITS: Final = 16  # hexadecimal digits of the words' hash: enough to tell open alarms apart


async def async_setup_entry(
    hass: HomeAssistant, entry: HubEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add everybody, and from now on everybody who is added later."""
    known: set[str] = set()

    @callback
    def add_new_ones() -> None:
        """Add those who are new, and rename those who are not."""
        told = {
            each.subentry_id: each for each in entry.subentries.values() if each.subentry_type in _ENTITIES
        }
        for subentry_id, each in told.items():
            if subentry_id in known:
                _rename(hass, entry, each)
            else:
                entity = _ENTITIES[each.subentry_type](hass, entry, each)
                async_add_entities([entity], config_subentry_id=subentry_id)
        known.clear()
        known.update(told)

    add_new_ones()
    entry.async_on_unload(async_dispatcher_connect(hass, SIGNAL_PEOPLE_CHANGED, add_new_ones))


@callback
def _rename(hass: HomeAssistant, entry: HubEntry, subentry: ConfigSubentry) -> None:
    """Give the device the name of today."""
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        config_subentry_id=subentry.subentry_id,
        **person_device(hass, entry, subentry),
    )


class HubNotifyEntity(NotifyEntity):
    """What all of them have in common."""

    _attr_has_entity_name = True
    _attr_name = None
    _attr_should_poll = False
    _attr_supported_features = NotifyEntityFeature.TITLE

    def __init__(self, hass: HomeAssistant, entry: HubEntry, subentry: ConfigSubentry) -> None:
        self._engine: AlertEngine = entry.runtime_data.engine
        self._attr_unique_id = subentry.subentry_id
        self._attr_translation_key = subentry.subentry_type
        self._attr_device_info = person_device(hass, entry, subentry)


class RecipientNotifyEntity(HubNotifyEntity):
    """Sends to one person, to a group, or to whoever is on call."""

    def __init__(self, hass: HomeAssistant, entry: HubEntry, subentry: ConfigSubentry) -> None:
        super().__init__(hass, entry, subentry)
        self._recipient = recipient_id(subentry)

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Return when the message is committed; raise if it is not."""
        request = SendRequest(to=(self._recipient,), text=message, title=title or "")
        await translated(self._engine.send(request))


class PolicyNotifyEntity(HubNotifyEntity):
    """Raises an alarm, which is told as the policy says until somebody takes it.

    The same words while it is open are the same alarm. Nothing says that it is over, so it ends by itself
    when a message of its severity would expire.
    """

    def __init__(self, hass: HomeAssistant, entry: HubEntry, subentry: ConfigSubentry) -> None:
        super().__init__(hass, entry, subentry)
        # Of one that nobody can read alarms are told as their severity is.
        self._policy = str(subentry.data.get("name", ""))

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Return when the alarm is committed; raise if it is not."""
        words = hashlib.sha256(f"{title}\n{message}".encode()).hexdigest()[:_KEY_DIGITS]
        is_of_severity = self._policy in set(Severity)
        severity = Severity(self._policy) if is_of_severity else _SEVERITY_OF_OWN_POLICY
        request = AlarmRaise(
            source=SOURCE,
            key=f"{self._policy}/{words}",
            severity=severity,
            title=title or message,
            text=message if title else "",
            policy=self._policy,
            ttl=DEFAULT_EXPIRY[severity],
        )
        await translated(self._engine.raise_alarm(request))


_ENTITIES: Mapping[str, type[HubNotifyEntity]] = {
    SUBENTRY_PERSON: RecipientNotifyEntity,
    SUBENTRY_GROUP: RecipientNotifyEntity,
    SUBENTRY_ON_CALL: RecipientNotifyEntity,
    SUBENTRY_POLICY: PolicyNotifyEntity,
}
