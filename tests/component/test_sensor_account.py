"""What an account at a provider shows, and its button."""

from typing import TYPE_CHECKING

import pytest
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er

from tests.component.entries import ANNA, hub_of, set_up
from tests.component.providers import BAD, TWILIO, account_of, good_answers, wired

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


async def press_until_refused(hass: HomeAssistant, entity_id: str) -> None:
    """The looks of the account itself take some of the good answers."""
    for _ in range(5):
        await hass.services.async_call("button", "press", {"entity_id": entity_id}, blocking=True)


@pytest.mark.usefixtures("socket_enabled")
async def test_an_account_that_works_and_one_that_does_not(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up(hass, hub_of(ANNA))
    async with wired(monkeypatch, *good_answers("twilio"), *good_answers("twilio"), BAD):
        account = await set_up(hass, account_of("twilio", TWILIO))
        registry = er.async_get(hass)
        found = {
            entry.unique_id.removeprefix(f"{account.entry_id}_"): entry
            for entry in er.async_entries_for_config_entry(registry, account.entry_id)
        }
        assert set(found) == {
            "budget_left",
            "connection",
            "credit",
            "inbound",
            "last_delivery",
            "outbound",
            "proof",
            "queue",
            "state",
            "test",
        }
        assert found["credit"].disabled_by is None, "this provider tells it"
        with pytest.raises(HomeAssistantError) as caught:
            await press_until_refused(hass, found["test"].entity_id)
        assert caught.value.translation_key == "check_failed"
        assert await hass.config_entries.async_unload(account.entry_id)
