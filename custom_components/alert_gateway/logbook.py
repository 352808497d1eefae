"""What the logbook says of a text with a command: who gave which, never a number or a text."""

from typing import TYPE_CHECKING

from homeassistant.components.logbook import LOGBOOK_ENTRY_MESSAGE, LOGBOOK_ENTRY_NAME
from homeassistant.core import Event, HomeAssistant, callback

from .alarm_log import LOG_NAME
from .common_texts import cached_texts
from .const import DOMAIN
from .keywords import EVENT_KEYWORD

if TYPE_CHECKING:
    from collections.abc import Callable


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event], dict[str, str]]], None],
) -> None:
    """Describe the event of a keyword."""

    @callback
    def describe_keyword(event: Event) -> dict[str, str]:
        texts, data = cached_texts(hass), event.data
        person = data.get("person") or texts["log_somebody"]
        message = texts["log_keyword"].format(person=person, keyword=data.get("keyword", ""))
        return {LOGBOOK_ENTRY_NAME: LOG_NAME, LOGBOOK_ENTRY_MESSAGE: message}

    async_describe_event(DOMAIN, EVENT_KEYWORD, describe_keyword)
