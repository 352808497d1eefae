"""Each keyword of somebody who may use it is an event of Home Assistant: any automation can wait for it."""

from typing import TYPE_CHECKING, Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from .const import DOMAIN

if TYPE_CHECKING:
    from alert_engine.engine import AlertEngine
    from alert_engine.model import KeywordReceived

EVENT_KEYWORD = f"{DOMAIN}_keyword"


@callback
def announce_keywords(hass: HomeAssistant, engine: AlertEngine) -> CALLBACK_TYPE:
    """Fire `EVENT_KEYWORD` for each; the returned call ends that.

    After a crash the same one may be fired again, with the same ``message_id``.
    """

    @callback
    def fire(event: KeywordReceived) -> None:
        names = {person.id: person.name for person in engine.people}
        who = {"person": names.get(event.person), "authorisation": event.authorisation.value}
        data = {"keyword": event.keyword, "message_id": event.id, **who, **told_of(event)}
        hass.bus.async_fire(EVENT_KEYWORD, data)
        engine.keywords.taken(event.id)

    return engine.keywords.serve(fire)


def told_of(event: KeywordReceived) -> dict[str, Any]:
    """What was written after the keyword: as words, and as values by the name of their parameter."""
    return {"arguments": list(event.arguments), "values": dict(event.values)}
