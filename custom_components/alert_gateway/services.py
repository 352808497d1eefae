"""Registers the actions. Each stays with its topic in `actions`."""

from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant, callback

from .actions import alarms, lookups, messages, modems, people
from .const import DOMAIN

if TYPE_CHECKING:
    from .actions.action import Action

ACTIONS: tuple[Action, ...] = (
    *messages.ACTIONS,
    *alarms.ACTIONS,
    *people.ACTIONS,
    *lookups.ACTIONS,
    *modems.ACTIONS,
)


@callback
def async_register_actions(hass: HomeAssistant) -> None:
    """Register the actions, once and for all entries: without a loaded one they say so."""
    for action in ACTIONS:
        hass.services.async_register(
            DOMAIN, action.name, action.handle, schema=action.schema, supports_response=action.response
        )
