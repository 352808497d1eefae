"""The action and the event of the removed `sms` integration, for automations that were written for it.

Both are there while the hub has the option. The action is registered directly, not as a platform of `notify`:
so it comes and goes with the option, survives a reload of that integration, and depends on nothing of it.
"""

import re
from typing import TYPE_CHECKING, Any, Final

import probatio as vol
from homeassistant.const import (
    ATTR_DOMAIN,
    ATTR_SERVICE,
    CONF_NAME,
    EVENT_SERVICE_REGISTERED,
    EVENT_SERVICE_REMOVED,
)
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, Service, ServiceCall, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.service import async_set_service_schema
from homeassistant.util import slugify

from alert_engine.errors import InvalidRequestError, JournalError
from alert_engine.model import EngineEvent, InboundReceived, SendRequest
from custom_components.alert_gateway.const import (
    CONF_KIND,
    CONF_ROUTE,
    CONF_SMS_COMPATIBILITY,
    CONF_SMS_NOTIFY_NAME,
    DEFAULT_SMS_NOTIFY_NAME,
    DOMAIN,
    EntryKind,
)
from custom_components.alert_gateway.errors import request_reason
from custom_components.alert_gateway.recipients import resolve_recipients

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

    from alert_engine.engine import AlertEngine

EVENT_INCOMING_SMS: Final = "sms.incoming_sms"
ISSUE_NAME_TAKEN: Final = "legacy_name_taken"
NOTIFY_DOMAIN: Final = "notify"

ATTR_DATA = "data"
ATTR_MESSAGE = "message"
ATTR_TARGET = "target"
ATTR_TITLE = "title"
ATTR_UNICODE = "unicode"

_SERVICE_EVENTS = (EVENT_SERVICE_REGISTERED, EVENT_SERVICE_REMOVED)
_NUMBERS = re.compile(r"[+0-9 ()/.-]+(,[+0-9 ()/.-]+)+")

NOTIFY_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_MESSAGE): cv.string,
        vol.Optional(ATTR_TITLE): cv.string,  # was never sent
        vol.Optional(ATTR_TARGET): vol.All(cv.ensure_list, [cv.string]),
        vol.Optional(ATTR_DATA): vol.Maybe(
            vol.Schema({vol.Optional(ATTR_UNICODE): vol.Maybe(cv.boolean)}, extra=vol.ALLOW_EXTRA)
        ),
    }
)


@callback
def keep_compatibility(hass: HomeAssistant, hub: ConfigEntry, engine: AlertEngine) -> CALLBACK_TYPE:
    """Offer the old names as long as the hub has the option; the returned call ends that."""
    compatibility = _Compatibility(hass, hub, engine)
    compatibility.refresh()

    async def on_updated(_hass: HomeAssistant, _entry: ConfigEntry) -> None:
        compatibility.refresh()

    leave = hub.add_update_listener(on_updated)

    @callback
    def end() -> None:
        leave()
        compatibility.stop()

    return end


class _Compatibility:
    """The action and the event, on or off."""

    def __init__(self, hass: HomeAssistant, hub: ConfigEntry, engine: AlertEngine) -> None:
        self._hass = hass
        self._hub = hub
        self._engine = engine
        self._action: str | None = None  # its name; None: it is off
        self._ends: list[CALLBACK_TYPE] = []

    @callback
    def refresh(self) -> None:
        """Do as the options say."""
        options = self._hub.options
        name = slugify(options.get(CONF_SMS_NOTIFY_NAME) or DEFAULT_SMS_NOTIFY_NAME)
        wanted = name if options.get(CONF_SMS_COMPATIBILITY, False) else None
        if wanted != self._action:
            self.stop()
        if wanted is not None and self._action is None:
            self._start(wanted)

    @callback
    def stop(self) -> None:
        """Take both away."""
        while self._ends:
            self._ends.pop()()
        if self._action is not None and self._is_ours(self._offered(self._action)):
            self._hass.services.async_remove(NOTIFY_DOMAIN, self._action)
        self._action = None
        ir.async_delete_issue(self._hass, DOMAIN, ISSUE_NAME_TAKEN)

    @callback
    def _start(self, name: str) -> None:
        self._action = name
        self._ends = [
            self._engine.subscribe(self._on_event),
            *(self._hass.bus.async_listen(each, self._on_service) for each in _SERVICE_EVENTS),
        ]
        self._offer(name)

    @callback
    def _on_service(self, event: Event[dict[str, Any]]) -> None:
        """Somebody else has taken the name, or has given it free."""
        name = event.data[ATTR_SERVICE]
        if event.data[ATTR_DOMAIN] == NOTIFY_DOMAIN and name == self._action:
            self._offer(name)

    @callback
    def _offer(self, name: str) -> None:
        """Offer the action; what somebody else offers by this name is left alone, and told."""
        offered = self._offered(name)
        if offered is None:
            self._hass.services.async_register(NOTIFY_DOMAIN, name, self._notify, schema=NOTIFY_SCHEMA)
            async_set_service_schema(self._hass, NOTIFY_DOMAIN, name, _description(name))
        elif self._is_ours(offered):
            ir.async_delete_issue(self._hass, DOMAIN, ISSUE_NAME_TAKEN)
        else:
            self._say_taken(name)

    def _offered(self, name: str) -> Service | None:
        return self._hass.services.async_services_for_domain(NOTIFY_DOMAIN).get(name)

    def _is_ours(self, service: Service | None) -> bool:
        return service is not None and service.job.target == self._notify

    def _say_taken(self, name: str) -> None:
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            ISSUE_NAME_TAKEN,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE_NAME_TAKEN,
            translation_placeholders={"action": f"{NOTIFY_DOMAIN}.{name}"},
        )

    # --- the event ---

    @callback
    def _on_event(self, event: EngineEvent) -> None:
        """Fire for each message that a modem received, whatever else it was."""
        if isinstance(event, InboundReceived) and event.route in self._modem_routes():
            self._hass.bus.async_fire(EVENT_INCOMING_SMS, legacy_event_data(event))

    def _modem_routes(self) -> set[str]:
        entries = self._hass.config_entries.async_entries(DOMAIN)
        return {entry.data[CONF_ROUTE] for entry in entries if entry.data.get(CONF_KIND) == EntryKind.MODEM}

    # --- the action ---

    async def _notify(self, call: ServiceCall) -> None:
        """Commit one message for each target; those that cannot be read do not keep it from the others."""
        targets = [each for target in call.data.get(ATTR_TARGET, ()) for each in _split(target)]
        if not targets:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="legacy_no_target")
        refusals = [refusal for target in targets if (refusal := await self._send(target, call.data))]
        if refusals:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="legacy_refused",
                translation_placeholders={
                    "refused": str(len(refusals)),
                    "all": str(len(targets)),
                    "reason": refusals[0],
                },
            )

    async def _send(self, target: str, data: dict[str, Any]) -> str | None:
        """Commit the message for one target; returns why it cannot be sent there."""
        may_be_unicode = (data.get(ATTR_DATA) or {}).get(ATTR_UNICODE, True)
        request = SendRequest(
            to=resolve_recipients(self._hass, self._engine.people, [target]),
            text=data[ATTR_MESSAGE],
            plain=not may_be_unicode,
        )
        try:
            await self._engine.send(request)
        except InvalidRequestError as error:
            return request_reason(self._hass, error)
        except JournalError as error:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_committed") from error
        return None


def legacy_event_data(event: InboundReceived) -> dict[str, str]:
    """Return what the old integration told of a message.

    Its date was the service centre's, in the centre's own zone, without saying so: "2025-11-30 18:05:09".
    """
    date = (event.service_centre_time or event.received_at).replace(tzinfo=None, microsecond=0)
    return {"phone": event.sender, "date": str(date), "text": event.text}


def _split(target: str) -> list[str]:
    """Several numbers in one text, as the gammu add-on takes them; names may have commas of their own."""
    return [each.strip() for each in target.split(",")] if _NUMBERS.fullmatch(target) else [target]


def _description(name: str) -> dict[str, Any]:
    """Return what the interface shows of the action, as for every action of `notify` of that kind."""
    text = {"text": {"multiline": True}}
    return {
        CONF_NAME: f"{NOTIFY_DOMAIN}.{name}",
        "description": "Sends an SMS as the removed sms integration did.",
        "fields": {
            ATTR_MESSAGE: {"required": True, "example": "Water in the cellar", "selector": text},
            ATTR_TARGET: {"required": True, "example": ["+436641234567"], "selector": {"object": {}}},
            ATTR_DATA: {"example": {ATTR_UNICODE: False}, "selector": {"object": {}}},
        },
    }
