"""The notify entity of a person."""

from typing import TYPE_CHECKING

import pytest
from homeassistant.components.notify import DOMAIN as NOTIFY
from homeassistant.exceptions import HomeAssistantError

from tests.component.entries import ANNA

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry


async def notify(hass: HomeAssistant, **data: str) -> None:
    """Call notify.send_message."""
    await hass.services.async_call(NOTIFY, "send_message", data, blocking=True)


async def test_a_message_is_committed_although_there_is_no_modem(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    await notify(hass, entity_id="notify.anna", message="Come home")

    (message,) = await hub.runtime_data.engine.messages()
    assert (message.address, message.text) == (ANNA["phone"], "Come home")
    state = hass.states.get("notify.anna")
    assert state is not None
    assert state.state not in {"unknown", "unavailable"}


async def test_the_title_is_put_before_the_text(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    await notify(hass, entity_id="notify.anna", title="Freezer", message="Too warm")

    (message,) = await hub.runtime_data.engine.messages()
    assert message.text.startswith("Freezer")
    assert message.text.endswith("Too warm")


async def test_a_message_that_could_not_be_committed_is_an_error(
    hass: HomeAssistant, broken_hub: MockConfigEntry
) -> None:
    with pytest.raises(HomeAssistantError) as caught:
        await notify(hass, entity_id="notify.anna", message="Come home")
    assert caught.value.translation_key == "not_committed"
