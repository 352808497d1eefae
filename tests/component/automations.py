"""Automations as people write them, and what they hear."""

from typing import TYPE_CHECKING, Any

from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
from pytest_homeassistant_custom_component.common import async_capture_events

from tests.component.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import Event, HomeAssistant

HEARD = "heard"


async def automation(hass: HomeAssistant, trigger: str, then: str = "{}") -> list[Event]:
    """Load an automation with this trigger; what it heard comes into the list."""
    yaml = f"""
        automation:
          alias: ours
          triggers:
            {trigger}
          actions:
            - event: {HEARD}
              event_data: {then}
    """
    heard = async_capture_events(hass, HEARD)
    assert await async_setup_component(hass, "automation", parse_yaml(yaml))
    await hass.async_block_till_done()
    assert hass.states.is_state("automation.ours", "on")
    return heard


async def heard_something(hass: HomeAssistant, heard: list[Event], count: int = 1) -> dict[str, Any]:
    """What the automation heard, once it was so many times."""
    await until(lambda: len(heard) >= count, lambda listener: hass.bus.async_listen(HEARD, listener))
    return dict(heard[-1].data)
