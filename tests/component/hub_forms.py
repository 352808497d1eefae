"""Going through the forms of what the hub has."""

from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER, SubentryFlowContext
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr

from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.document import recipient_id

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigSubentry
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

ANNA = {"name": "Anna", "phone": "0664 1234567"}
BEN = {"name": "Ben", "phone": "+49 170 1234567"}


async def begin(hass: HomeAssistant, hub: MockConfigEntry, kind: str) -> Any:
    """Open the form that adds one."""
    context = SubentryFlowContext(source=SOURCE_USER)
    flow = await hass.config_entries.subentries.async_init((hub.entry_id, kind), context=context)
    assert flow["type"] is FlowResultType.FORM
    return flow


async def fill_in(hass: HomeAssistant, flow: Any, *pages: dict[str, Any]) -> Any:
    """Fill in the pages of a flow, one after the other, as far as they are accepted."""
    for page in pages:
        flow = await hass.config_entries.subentries.async_configure(flow["flow_id"], page)
    await hass.async_block_till_done()
    return flow


async def add(hass: HomeAssistant, hub: MockConfigEntry, kind: str, *pages: dict[str, Any]) -> Any:
    """Go through the forms that add one."""
    return await fill_in(hass, await begin(hass, hub, kind), *pages)


async def added(
    hass: HomeAssistant, hub: MockConfigEntry, kind: str, *pages: dict[str, Any]
) -> ConfigSubentry:
    """Add one, and return it."""
    before = set(hub.subentries)
    result = await add(hass, hub, kind, *pages)
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    (new,) = set(hub.subentries) - before
    return hub.subentries[new]


async def open_again(hass: HomeAssistant, hub: MockConfigEntry, subentry: ConfigSubentry) -> Any:
    """Open the form that changes one."""
    context = SubentryFlowContext(source=SOURCE_RECONFIGURE, subentry_id=subentry.subentry_id)
    handler = (hub.entry_id, subentry.subentry_type)
    return await hass.config_entries.subentries.async_init(handler, context=context)


async def open_person(
    hass: HomeAssistant, hub: MockConfigEntry, person: ConfigSubentry, page: str = "person"
) -> Any:
    """Open a page of the menu of a person."""
    menu = await open_again(hass, hub, person)
    assert menu["type"] is FlowResultType.MENU
    return await fill_in(hass, menu, {"next_step_id": page})


async def add_people(hass: HomeAssistant, hub: MockConfigEntry) -> tuple[str, str]:
    """Add Anna and Ben; return their ids."""
    anna = await added(hass, hub, "person", ANNA)
    ben = await added(hass, hub, "person", BEN)
    return recipient_id(anna), recipient_id(ben)


def suggested(form: Any) -> dict[str, Any]:
    """What a form shows, sections as dictionaries."""
    return _suggested(form["data_schema"])


def _suggested(schema: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for marker, value in schema.schema.items():
        if hasattr(value, "options"):
            shown[str(marker.schema)] = _suggested(value.schema)
        elif "suggested_value" in (marker.description or {}):
            shown[str(marker.schema)] = marker.description["suggested_value"]
    return shown


def sent_back(form: Any) -> dict[str, Any]:
    """What the frontend sends when somebody changes nothing: what is shown, and no empty section."""
    return {key: value for key, value in suggested(form).items() if value != {}}


def device_of(hass: HomeAssistant, hub: MockConfigEntry, subentry: ConfigSubentry) -> dr.DeviceEntry | None:
    """The device of one."""
    identifier = (DOMAIN, subentry.subentry_id)
    return dr.async_get(hass).async_get_device_by_identifier(identifier, hub.entry_id)
