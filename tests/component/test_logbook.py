"""What the logbook says, and what it does not."""

from typing import TYPE_CHECKING, Any

from homeassistant.const import EVENT_LOGBOOK_ENTRY
from homeassistant.core import Event
from pytest_homeassistant_custom_component.common import async_capture_events

from alert_engine.model import AlarmAcknowledge, AlarmClear, AlarmRaise
from custom_components.alert_gateway.keywords import EVENT_KEYWORD
from custom_components.alert_gateway.logbook import async_describe_events

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry


def description_of(hass: HomeAssistant, data: dict[str, Any]) -> dict[str, str]:
    """What the logbook says of a keyword."""
    described: dict[str, Callable[[Event], dict[str, str]]] = {}
    async_describe_events(hass, lambda _domain, name, describe: described.update({name: describe}))
    return described[EVENT_KEYWORD](Event(EVENT_KEYWORD, data))


async def test_a_keyword(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    data = {"keyword": "heat", "person": "Anna", "arguments": ["21.5"], "message_id": "1"}
    assert description_of(hass, data) == {
        "name": "Alert Gateway",
        "message": "Anna used the keyword heat",
    }
    assert description_of(hass, {**data, "person": None})["message"] == "somebody used the keyword heat"


async def test_an_alarm_is_raised_taken_and_over(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    hass.config.components.add("logbook")
    lines = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    engine = hub.runtime_data.engine
    anna = next(person.id for person in engine.people if person.name == "Anna")
    await engine.raise_alarm(AlarmRaise(source="plc1", key="pump", title="Secret", text="Call +43664"))
    await engine.acknowledge(AlarmAcknowledge(by=anna, all_open=True))
    await engine.clear(AlarmClear(source="plc1", key="pump"))

    assert [line.data["message"] for line in lines] == [
        "plc1/pump was raised",
        "plc1/pump was taken by Anna",
        "plc1/pump was cleared",
    ]
    assert {line.data["entity_id"] for line in lines} == {"event.alert_gateway_alarm"}
    assert "Secret" not in str(lines)


async def test_a_user_of_home_assistant_took_it(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    hass.config.components.add("logbook")
    lines = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    engine = hub.runtime_data.engine
    await engine.raise_alarm(AlarmRaise(source="plc1", key="pump"))
    await engine.acknowledge(AlarmAcknowledge(by="home_assistant:Paula", all_open=True))
    assert lines[-1].data["message"] == "plc1/pump was taken by Paula"


async def test_without_a_logbook_there_are_no_lines(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    lines = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    await hub.runtime_data.engine.raise_alarm(AlarmRaise(source="plc1", key="pump"))
    assert lines == []
