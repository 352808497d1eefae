"""What a config flow that was begun by a repair says, in words: its keys are not those of the repair."""

from typing import TYPE_CHECKING

from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigFlowResult
    from homeassistant.core import HomeAssistant


async def async_objection(hass: HomeAssistant, result: ConfigFlowResult) -> str:
    """Return why the flow showed its form again, or ended without doing anything."""
    if result["type"] is FlowResultType.ABORT:
        key = f"abort.{result['reason']}"
    else:
        key = f"error.{(result['errors'] or {})['base']}"
    texts = await async_get_translations(hass, hass.config.language, "config", {DOMAIN})
    placeholders = result["description_placeholders"] or {}
    return texts[f"component.{DOMAIN}.config.{key}"].format_map(placeholders)
