"""PINs and one-time codes: set, shown once, forgotten; never kept in the entry."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from homeassistant.data_entry_flow import FlowResultType

from tests.component.hub_forms import ANNA, added, fill_in, open_person

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

PIN = "735914"


async def actions_of(hub: MockConfigEntry) -> list[str]:
    """What the audit says was done, the newest first."""
    return [entry.action for entry in await hub.runtime_data.engine.access.audit()]


def qr_code(form: Any) -> str:
    """What the code in a form says."""
    (selector,) = form["data_schema"].schema.values()
    return str(selector.config["data"])


async def test_a_pin_goes_to_the_engine_and_nowhere_else(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna = await added(hass, empty_hub, "person", ANNA)

    form = await open_person(hass, empty_hub, anna, "pin")
    result = await fill_in(hass, form, {"pin": PIN, "pin_again": PIN})

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "pin_set"
    assert await actions_of(empty_hub) == ["pin_set"]
    assert PIN not in json.dumps(empty_hub.as_dict(), default=str)


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"pin": PIN, "pin_again": "735915"}, {"pin_again": "pins_differ"}),
        ({"pin": "123456", "pin_again": "123456"}, {"pin": "pin_refused"}),
        ({"pin": "12", "pin_again": "12"}, {"pin": "pin_refused"}),
    ],
)
async def test_a_pin_that_is_none_is_asked_for_again_and_not_shown(
    hass: HomeAssistant, empty_hub: MockConfigEntry, typed: dict[str, str], errors: dict[str, str]
) -> None:
    anna = await added(hass, empty_hub, "person", ANNA)
    form = await open_person(hass, empty_hub, anna, "pin")

    result = await fill_in(hass, form, typed)
    assert result["errors"] == errors
    assert all(marker.description is None for marker in result["data_schema"].schema)

    result = await fill_in(hass, result, {"pin": PIN, "pin_again": PIN})
    assert result["reason"] == "pin_set"


async def test_the_key_for_one_time_codes_is_shown_once_as_a_qr_code_and_as_a_text(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna = await added(hass, empty_hub, "person", ANNA)

    question = await open_person(hass, empty_hub, anna, "one_time_codes")
    assert await actions_of(empty_hub) == []
    form = await fill_in(hass, question, {})

    assert form["step_id"] == "key"
    uri = qr_code(form)
    assert uri.startswith("otpauth://totp/")
    (secret,) = parse_qs(urlsplit(uri).query)["secret"]
    assert form["description_placeholders"] == {"person": "Anna", "key": secret}
    result = await fill_in(hass, form, {})
    assert result["reason"] == "one_time_codes_set"
    assert await actions_of(empty_hub) == ["totp_set"]
    assert secret not in json.dumps(empty_hub.as_dict(), default=str)


async def test_pin_and_key_can_be_forgotten(hass: HomeAssistant, empty_hub: MockConfigEntry) -> None:
    anna = await added(hass, empty_hub, "person", ANNA)

    result = await fill_in(hass, await open_person(hass, empty_hub, anna, "forget"), {})

    assert result["reason"] == "proof_forgotten"
    assert await actions_of(empty_hub) == ["secrets_cleared"]


async def test_who_is_removed_leaves_no_pin_behind(hass: HomeAssistant, empty_hub: MockConfigEntry) -> None:
    anna = await added(hass, empty_hub, "person", ANNA)

    hass.config_entries.async_remove_subentry(empty_hub, anna.subentry_id)
    await hass.async_block_till_done()

    assert await actions_of(empty_hub) == ["secrets_cleared"]


PAGES = [("pin", {"pin": PIN, "pin_again": PIN}), ("one_time_codes", {}), ("forget", {})]


@pytest.mark.parametrize(("page", "typed"), PAGES)
async def test_without_a_loaded_hub_nothing_can_be_set(
    hass: HomeAssistant, empty_hub: MockConfigEntry, page: str, typed: dict[str, str]
) -> None:
    anna = await added(hass, empty_hub, "person", ANNA)
    await hass.config_entries.async_unload(empty_hub.entry_id)

    result = await fill_in(hass, await open_person(hass, empty_hub, anna, page), typed)

    assert result["errors"] == {"base": "not_loaded"}


@pytest.mark.parametrize(("page", "typed"), PAGES)
async def test_what_could_not_be_saved_says_so(
    hass: HomeAssistant, broken_hub: MockConfigEntry, page: str, typed: dict[str, str]
) -> None:
    anna = next(each for each in broken_hub.subentries.values() if each.title == "Anna")

    result = await fill_in(hass, await open_person(hass, broken_hub, anna, page), typed)

    assert result["errors"] == {"base": "not_saved"}


async def test_somebody_whom_the_engine_does_not_know_cannot_have_a_pin(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna = await added(hass, empty_hub, "person", ANNA)
    hass.config_entries.async_update_subentry(empty_hub, anna, data={"name": "Anna", "phone": "12"})
    await hass.async_block_till_done()

    form = await open_person(hass, empty_hub, empty_hub.subentries[anna.subentry_id], "pin")
    result = await fill_in(hass, form, {"pin": PIN, "pin_again": PIN})

    assert result["errors"] == {"base": "person_left_out"}


async def test_whoever_goes_with_the_hub_leaves_no_pin_behind(
    hass: HomeAssistant, empty_hub: MockConfigEntry, modem: MockConfigEntry
) -> None:
    anna = await added(hass, empty_hub, "person", ANNA)
    await fill_in(hass, await open_person(hass, empty_hub, anna, "pin"), {"pin": PIN, "pin_again": PIN})

    await hass.config_entries.async_remove(empty_hub.entry_id)
    await hass.async_block_till_done()

    assert await actions_of(modem) == ["secrets_cleared", "pin_set"]
