"""Adding and changing people, and what follows from it at once."""

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER, SubentryFlowContext
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from custom_components.alert_gateway.const import DOMAIN, SUBENTRY_PERSON

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

ANNA = {"name": "Anna", "phone": "0664 1234567", "can_acknowledge": True}
BEN = {"name": "Ben", "phone": "+49 170 1234567", "can_acknowledge": False}


async def add(hass: HomeAssistant, hub: MockConfigEntry, person: dict[str, Any]) -> Any:
    """Go through the form that adds a person."""
    flow = await hass.config_entries.subentries.async_init(
        (hub.entry_id, SUBENTRY_PERSON), context=SubentryFlowContext(source=SOURCE_USER)
    )
    assert flow["type"] is FlowResultType.FORM
    return await hass.config_entries.subentries.async_configure(flow["flow_id"], person)


async def change(hass: HomeAssistant, hub: MockConfigEntry, subentry_id: str, person: dict[str, Any]) -> Any:
    """Go through the form that changes a person."""
    context = SubentryFlowContext(source=SOURCE_RECONFIGURE, subentry_id=subentry_id)
    flow = await hass.config_entries.subentries.async_init((hub.entry_id, SUBENTRY_PERSON), context=context)
    assert flow["type"] is FlowResultType.FORM
    return await hass.config_entries.subentries.async_configure(flow["flow_id"], person)


def person_of(hub: MockConfigEntry, name: str) -> Any:
    """The subentry of a person."""
    return next(person for person in hub.subentries.values() if person.title == name)


async def test_a_national_number_becomes_one_that_can_be_dialled_from_everywhere(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    result = await add(hass, empty_hub, ANNA)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    anna = person_of(empty_hub, "Anna")
    assert dict(anna.data) == {**ANNA, "phone": "+436641234567"}
    assert anna.unique_id == "person:+436641234567"


async def test_a_new_person_has_a_notify_entity_and_is_known_to_the_engine_at_once(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    await add(hass, empty_hub, ANNA)
    await hass.async_block_till_done()

    assert hass.states.get("notify.anna") is not None
    assert [person.name for person in empty_hub.runtime_data.engine.people] == ["Anna"]


@pytest.mark.parametrize(
    ("person", "errors"),
    [
        ({**BEN, "name": " anna "}, {"name": "name_taken"}),
        ({**BEN, "name": "  "}, {"name": "name_missing"}),
        ({**BEN, "phone": "+43 664 1234567"}, {"phone": "phone_taken"}),
        ({**BEN, "phone": "Ben"}, {"phone": "phone_invalid"}),
        ({**BEN, "phone": "+12"}, {"phone": "phone_invalid"}),
        ({**BEN, "name": "Anna", "phone": ""}, {"name": "name_taken", "phone": "phone_invalid"}),
    ],
)
async def test_a_wrong_entry_is_told_at_its_field_and_can_be_corrected(
    hass: HomeAssistant, empty_hub: MockConfigEntry, person: dict[str, Any], errors: dict[str, str]
) -> None:
    await add(hass, empty_hub, ANNA)

    result = await add(hass, empty_hub, person)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    assert "+43" in result["description_placeholders"]["example_number"]

    result = await hass.config_entries.subentries.async_configure(result["flow_id"], BEN)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_changing_a_person_keeps_the_entity_and_renames_the_device(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    await add(hass, empty_hub, ANNA)
    await hass.async_block_till_done()
    anna = person_of(empty_hub, "Anna")

    result = await change(hass, empty_hub, anna.subentry_id, {**ANNA, "name": "Anna Maria", "phone": "+12"})
    assert result["errors"] == {"phone": "phone_invalid"}
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], {**ANNA, "name": "Anna Maria", "phone": "+43 699 7654321"}
    )
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert anna.unique_id == "person:+436997654321"
    state = hass.states.get("notify.anna")
    assert state is not None
    assert state.name == "Anna Maria"
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, anna.subentry_id), empty_hub.entry_id)
    assert device is not None
    assert device.name == "Anna Maria"
    assert [person.name for person in empty_hub.runtime_data.engine.people] == ["Anna Maria"]


async def test_a_removed_person_leaves_nothing_behind(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    await add(hass, empty_hub, ANNA)
    await add(hass, empty_hub, BEN)
    await hass.async_block_till_done()
    anna = person_of(empty_hub, "Anna")

    hass.config_entries.async_remove_subentry(empty_hub, anna.subentry_id)
    await hass.async_block_till_done()

    assert hass.states.get("notify.anna") is None
    assert er.async_get(hass).async_get("notify.anna") is None
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, anna.subentry_id), empty_hub.entry_id)
    assert device is None
    assert hass.states.get("notify.ben") is not None
    assert [person.name for person in empty_hub.runtime_data.engine.people] == ["Ben"]


async def test_somebody_who_was_removed_can_come_back(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    await add(hass, empty_hub, ANNA)
    hass.config_entries.async_remove_subentry(empty_hub, person_of(empty_hub, "Anna").subentry_id)
    await add(hass, empty_hub, ANNA)
    await hass.async_block_till_done()

    assert hass.states.get("notify.anna") is not None


async def test_the_modem_keeps_its_link_while_people_change(
    hass: HomeAssistant, empty_hub: MockConfigEntry, modem: MockConfigEntry
) -> None:
    runtime = modem.runtime_data

    await add(hass, empty_hub, ANNA)
    await hass.async_block_till_done()

    assert modem.runtime_data is runtime
    assert runtime.route in runtime.engine.routes()
