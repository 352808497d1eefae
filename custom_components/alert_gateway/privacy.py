"""What entities and events say of received messages."""

from homeassistant.core import HomeAssistant, callback

from .const import PrivacyLevel
from .entries import hub_entry
from .settings import privacy_of


@callback
def shows_no_texts(hass: HomeAssistant) -> bool:
    """Numbers are masked, and what was written is left out."""
    return privacy_of(hub_entry(hass)) is PrivacyLevel.STRICT
