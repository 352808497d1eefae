"""The operator's page in the sidebar, and the files that the browser gets."""

import re
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components.frontend import DATA_PANELS
from homeassistant.const import EVENT_PANELS_UPDATED
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.alert_gateway.panel.registration import FILES, URL_PATH
from tests.component.entries import ANNA, hub_of, set_up

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry


@pytest.fixture
async def frontend(hass: HomeAssistant) -> None:
    """A Home Assistant with a sidebar; its web pages are a package that tests do not need."""
    assert await async_setup_component(hass, "http", {})
    hass.config.components.add("frontend")


def panel_of(hass: HomeAssistant) -> Any:
    """The page as the sidebar has it; None without one."""
    return hass.data.get(DATA_PANELS, {}).get(URL_PATH)


@pytest.mark.usefixtures("frontend")
async def test_the_page_is_in_the_sidebar_as_long_as_there_is_a_hub(hass: HomeAssistant) -> None:
    hub = await set_up(hass, hub_of(ANNA))
    panel = panel_of(hass)
    assert panel.sidebar_title == "Alert Gateway"
    assert panel.sidebar_icon == "mdi:bell-ring"
    assert panel.require_admin is False
    assert panel.config["_panel_custom"]["name"] == "alert-gateway-panel"

    assert await hass.config_entries.async_unload(hub.entry_id)
    assert panel_of(hass) is None
    assert await hass.config_entries.async_setup(hub.entry_id)
    assert panel_of(hass) is not None


@pytest.mark.usefixtures("frontend")
async def test_who_has_it_is_an_option_of_the_hub(hass: HomeAssistant) -> None:
    hub = await set_up(hass, hub_of(ANNA, options={"country": "AT", "panel": "admins"}))
    assert panel_of(hass).require_admin is True
    hass.config_entries.async_update_entry(hub, options={"country": "AT", "panel": "nobody"})
    await hass.async_block_till_done()
    assert panel_of(hass) is None
    hass.config_entries.async_update_entry(hub, options={"country": "AT", "panel": "everybody"})
    await hass.async_block_till_done()
    assert panel_of(hass).require_admin is False


@pytest.mark.usefixtures("frontend")
async def test_a_change_of_something_else_leaves_it_alone(hass: HomeAssistant) -> None:
    """Whoever has the page open would lose what they were writing."""
    hub = await set_up(hass, hub_of(ANNA))
    before, changes = panel_of(hass), async_capture_events(hass, EVENT_PANELS_UPDATED)
    hass.config_entries.async_update_entry(hub, options={"country": "DE"})
    await hass.async_block_till_done()
    assert panel_of(hass) is before
    assert changes == []


async def test_without_a_frontend_there_is_no_sidebar(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    assert panel_of(hass) is None


@pytest.mark.usefixtures("frontend")
async def test_browsers_get_the_files_and_keep_them(hass: HomeAssistant, hass_client_no_auth: Any) -> None:
    await set_up(hass, hub_of(ANNA))
    module = panel_of(hass).config["_panel_custom"]["module_url"]
    assert re.fullmatch(r"/alert_gateway_panel/[0-9a-f]{16}/alert-gateway-panel\.js", module)
    client = await hass_client_no_auth()
    folder = module.rpartition("/")[0]
    for file in FILES.rglob("*.js"):
        answer = await client.get(f"{folder}/{file.relative_to(FILES).as_posix()}")
        assert answer.status == 200
        assert "max-age" in answer.headers["Cache-Control"]
        assert answer.content_type == "text/javascript"
        assert await answer.read() == file.read_bytes()
