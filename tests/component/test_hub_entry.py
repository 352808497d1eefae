"""The entry of the hub, and what the list of all integrations asks of any entry."""

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_USER
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.alert_gateway.const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


async def test_a_country_without_telephones_is_not_suggested(hass: HomeAssistant) -> None:
    hass.config.country = "AQ"

    form = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    form = await hass.config_entries.flow.async_configure(form["flow_id"], {"next_step_id": "hub"})
    result = await hass.config_entries.flow.async_configure(form["flow_id"], {})

    assert result["options"] == {}


async def reconfigured(hass: HomeAssistant, hub: MockConfigEntry, filled: dict[str, Any]) -> Any:
    """Change what the hub was made with."""
    form = await hub.start_reconfigure_flow(hass)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "reconfigure_hub")
    result = await hass.config_entries.flow.async_configure(form["flow_id"], filled)
    await hass.async_block_till_done()
    return result


async def test_the_country_of_the_hub_can_be_changed_and_nothing_else_changes(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    runtime = hub.runtime_data
    hass.config_entries.async_update_entry(hub, options={**hub.options, "mqtt": False})

    result = await reconfigured(hass, hub, {"country": "DE"})

    assert result["reason"] == "reconfigure_successful"
    assert dict(hub.options) == {"country": "DE", "mqtt": False}
    assert hass.data["alert_gateway"].settings.engine.default_country == "DE"
    assert hub.runtime_data is runtime


async def test_a_country_that_a_number_needs_stays(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    options = {"country": "AT", "commands": {"own_numbers": ["0664 5550101"]}}
    hass.config_entries.async_update_entry(hub, options=options)

    result = await reconfigured(hass, hub, {})

    assert result["errors"] == {"country": "refused"}
    assert "country code" in result["description_placeholders"]["reason"]
    assert dict(hub.options) == options

    hass.config.language = "de"
    result = await reconfigured(hass, hub, {})
    assert "keine Nummer" in result["description_placeholders"]["reason"]


@pytest.mark.parametrize("data", [{}, {"kind": "of a newer release"}])
async def test_an_entry_that_is_ignored_or_unknown_is_listed(
    hass: HomeAssistant, hub: MockConfigEntry, data: dict[str, str]
) -> None:
    """The list of all integrations asks each entry what it can do."""
    entry = MockConfigEntry(domain=DOMAIN, source=SOURCE_IGNORE, unique_id="other", data=data)
    entry.add_to_hass(hass)

    assert entry.as_json_fragment
    assert not entry.supports_options
    assert entry.supported_subentry_types == {}
