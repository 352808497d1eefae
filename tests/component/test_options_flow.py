"""The settings of the hub."""

from typing import TYPE_CHECKING

import pytest
from homeassistant.data_entry_flow import FlowResultType

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry


async def test_the_settings_are_shown_and_taken_over_without_a_reload(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    runtime = empty_hub.runtime_data
    flow = await hass.config_entries.options.async_init(empty_hub.entry_id)
    assert flow["type"] is FlowResultType.FORM
    assert flow["step_id"] == "init"

    options = {"country": "DE", "mqtt": False, "mqtt_prefix": "site/alarms"}
    result = await hass.config_entries.options.async_configure(flow["flow_id"], options)
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert dict(empty_hub.options) == options
    assert empty_hub.runtime_data is runtime


@pytest.mark.parametrize("prefix", ["a/+/b", "#", "/a", "a/", "a//b", ""])
async def test_a_prefix_that_is_no_topic_is_refused(
    hass: HomeAssistant, empty_hub: MockConfigEntry, prefix: str
) -> None:
    flow = await hass.config_entries.options.async_init(empty_hub.entry_id)

    result = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"country": "AT", "mqtt": True, "mqtt_prefix": prefix}
    )

    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"mqtt_prefix": "prefix_invalid"}


async def test_a_modem_has_no_options_and_no_people(
    modem: MockConfigEntry, empty_hub: MockConfigEntry
) -> None:
    assert not modem.supports_options
    assert modem.supported_subentry_types == {}
    assert empty_hub.supports_options
    assert set(empty_hub.supported_subentry_types) == {"person"}
