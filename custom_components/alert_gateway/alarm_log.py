"""Lines of the logbook about alarms: what became of which, and by whom; no text, no number."""

from typing import TYPE_CHECKING, Final

from homeassistant.const import ATTR_DOMAIN, ATTR_ENTITY_ID, ATTR_NAME, EVENT_LOGBOOK_ENTRY
from homeassistant.core import HomeAssistant, callback

from .common_texts import cached_texts
from .const import DOMAIN
from .people import shown_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alert_engine.model import AlarmChanged, Person

LOG_NAME: Final = "Alert Gateway"

_LOGBOOK = "logbook"
_ATTR_MESSAGE = "message"


@callback
def log_alarm(
    hass: HomeAssistant, entity_id: str, kind: str, event: AlarmChanged, people: Iterable[Person]
) -> None:
    """Write a line, where there is a logbook. `kind` is one of the types of the alarm's event entity."""
    if _LOGBOOK not in hass.config.components:
        return
    alarm, texts = event.alarm, cached_texts(hass)
    by = shown_name(people, alarm.acked_by) if kind == "acknowledged" else None
    message = texts[f"log_alarm_{kind}"].format(
        alarm=f"{alarm.source}/{alarm.key}", person=by or texts["log_somebody"]
    )
    line = {ATTR_NAME: LOG_NAME, _ATTR_MESSAGE: message, ATTR_DOMAIN: DOMAIN, ATTR_ENTITY_ID: entity_id}
    hass.bus.async_fire(EVENT_LOGBOOK_ENTRY, line)
