"""Calling the actions of this integration."""

from typing import TYPE_CHECKING, Any

from homeassistant.core import Context

from custom_components.alert_gateway.const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


async def act(hass: HomeAssistant, action: str, user_id: str | None = None, **data: Any) -> Any:
    """Call an action, and return its response; as an automation, or as a user."""
    return await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True, context=Context(user_id=user_id)
    )


async def do(hass: HomeAssistant, action: str, user_id: str | None = None, **data: Any) -> None:
    """Call an action that answers nothing."""
    await hass.services.async_call(DOMAIN, action, data, blocking=True, context=Context(user_id=user_id))
