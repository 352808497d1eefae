"""Puts the page into the sidebar, and takes it out again."""

import hashlib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from homeassistant.components import frontend, panel_custom
from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from custom_components.alert_gateway.const import CONF_PANEL, DOMAIN

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

URL_PATH: Final = "alert-gateway"
ELEMENT: Final = "alert-gateway-panel"
TITLE: Final = "Alert Gateway"
ICON: Final = "mdi:bell-ring"
FILES: Final = Path(__file__).parent / "frontend"

# Where the files are served; they cannot be taken back, so this is done once.
_DATA_ADDRESS: Final[HassKey[str]] = HassKey(f"{DOMAIN}_panel_address")
# For whom the page is in the sidebar now.
_DATA_SHOWN: Final[HassKey[PanelFor]] = HassKey(f"{DOMAIN}_panel_shown")
_FRONTEND: Final = "frontend"


class PanelFor(StrEnum):
    """Who has the page in the sidebar; an option of the hub."""

    EVERYBODY = "everybody"
    ADMINS = "admins"
    NOBODY = "nobody"


async def async_show_panel(hass: HomeAssistant, hub: ConfigEntry) -> None:
    """Show the page to whom the hub says; a Home Assistant without a frontend has no sidebar.

    Where that did not change nothing is done: a page that is taken out and put in again is drawn anew, and
    whoever has it open loses what they were writing.
    """
    shown_for = PanelFor(hub.options.get(CONF_PANEL, PanelFor.EVERYBODY))
    if _FRONTEND not in hass.config.components or hass.data.get(_DATA_SHOWN) is shown_for:
        return
    async_hide_panel(hass)
    if shown_for is PanelFor.NOBODY:
        return
    await panel_custom.async_register_panel(
        hass,
        URL_PATH,
        ELEMENT,
        sidebar_title=TITLE,
        sidebar_icon=ICON,
        module_url=f"{await _address(hass)}/{ELEMENT}.js",
        require_admin=shown_for is PanelFor.ADMINS,
    )
    hass.data[_DATA_SHOWN] = shown_for


@callback
def async_hide_panel(hass: HomeAssistant) -> None:
    """Take the page out of the sidebar, if it is there."""
    hass.data.pop(_DATA_SHOWN, None)
    frontend.async_remove_panel(hass, URL_PATH, warn_if_unknown=False)


async def _address(hass: HomeAssistant) -> str:
    """Serve the files, and return where. Browsers keep them: other files have another address."""
    if (address := hass.data.get(_DATA_ADDRESS)) is None:
        digest = await hass.async_add_executor_job(_digest)
        address = f"/{DOMAIN}_panel/{digest}"
        await hass.http.async_register_static_paths(
            [StaticPathConfig(address, str(FILES), cache_headers=True)]
        )
        hass.data[_DATA_ADDRESS] = address
    return address


def _digest() -> str:
    """Return a name for exactly these files."""
    found = hashlib.sha256()
    for file in sorted(FILES.rglob("*.js")):
        found.update(file.relative_to(FILES).as_posix().encode() + b"\0" + file.read_bytes())
    return found.hexdigest()[:16]
