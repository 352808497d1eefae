"""Adding and changing people, and what follows from it at once."""

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er

from alert_engine.model import Address, Channel, Severity
from custom_components.alert_gateway.document import recipient_id
from custom_components.alert_gateway.people import user_of
from tests.component.hub_forms import (
    ANNA,
    BEN,
    add,
    added,
    device_of,
    fill_in,
    open_again,
    open_person,
    sent_back,
    suggested,
)

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

NIGHT = {"days": ["Monday", "Friday"], "start": "22:00:00", "end": "06:30:00"}
WHATSAPP = {"channel": "WhatsApp", "value": "0664 1234567"}
LANDLINE = {"channel": "Call", "value": "+43 1 5550100"}
MAIL = {"channel": "Email", "value": "anna@example.org"}


async def test_a_national_number_becomes_one_that_can_be_dialled_from_everywhere(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna = await added(hass, empty_hub, "person", ANNA)

    assert anna.data["phone"] == "+436641234567"
    assert anna.unique_id == "person:+436641234567"
    assert anna.title == "Anna"


async def test_a_new_person_has_a_notify_entity_and_is_known_to_the_engine_at_once(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    await added(hass, empty_hub, "person", ANNA)

    assert hass.states.get("notify.anna") is not None
    (anna,) = empty_hub.runtime_data.engine.people
    assert (anna.name, anna.can_acknowledge, anna.can_command, anna.is_admin) == ("Anna", True, False, False)
    assert [each.channel for each in anna.addresses] == [Channel.SMS, Channel.CALL]


async def test_a_person_begins_with_the_language_of_home_assistant(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    hass.config.language = "it"
    flow = await hass.config_entries.subentries.async_init(
        (empty_hub.entry_id, "person"), context={"source": "user"}
    )

    assert suggested(flow)["language"] == "it"


async def test_everything_about_a_person_reaches_the_engine_and_comes_back_into_the_form(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    filled: dict[str, Any] = {
        **ANNA,
        "language": "de",
        "can_acknowledge": False,
        "ways": {"calls": False, "addresses": [WHATSAPP, LANDLINE, MAIL], "plain": True},
        "rights": {"can_command": True, "is_admin": True},
        "times": {
            "minimum_severity": "normal",
            "quiet": [NIGHT],
            "quiet_below": "high",
            "shifts": [{"start": "08:00:00", "end": "18:00:00"}],
            "time_zone": "America/Lima",
        },
    }
    subentry = await added(hass, empty_hub, "person", filled)

    (anna,) = empty_hub.runtime_data.engine.people
    assert anna.addresses == (
        Address(channel=Channel.SMS, value="+436641234567"),
        Address(channel=Channel.WHATSAPP, value="+436641234567"),
        Address(channel=Channel.CALL, value="+4315550100"),
        Address(channel=Channel.EMAIL, value="anna@example.org"),
    )
    assert (anna.language, anna.plain, anna.can_command, anna.is_admin) == ("de", True, True, True)
    assert not anna.can_acknowledge
    assert (anna.minimum_severity, anna.quiet_below) == (Severity.NORMAL, Severity.HIGH)
    assert subentry.data["quiet"] == ["22:00-06:30 mon,fri"]
    assert subentry.data["shifts"] == ["08:00-18:00"]
    assert str(anna.time_zone) == "America/Lima"

    form = await open_person(hass, empty_hub, subentry)
    shown = suggested(form)
    assert shown["phone"] == "+436641234567"
    assert shown["ways"]["calls"] is False
    assert shown["ways"]["addresses"] == [
        {**WHATSAPP, "value": "+436641234567"},
        {**LANDLINE, "value": "+4315550100"},
        MAIL,
    ]
    assert shown["times"]["quiet"] == [NIGHT]
    before = dict(subentry.data)
    result = await fill_in(hass, form, sent_back(form))
    assert result["reason"] == "reconfigure_successful"
    assert dict(empty_hub.subentries[subentry.subentry_id].data) == before


async def test_the_telephone_is_asked_for_calls_too_when_there_are_more_addresses(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    subentry = await added(hass, empty_hub, "person", {**ANNA, "ways": {"addresses": [MAIL]}})

    (anna,) = empty_hub.runtime_data.engine.people
    assert [each.channel for each in anna.addresses] == [Channel.SMS, Channel.CALL, Channel.EMAIL]
    shown = suggested(await open_person(hass, empty_hub, subentry))
    assert (shown["ways"]["calls"], shown["ways"]["addresses"]) == (True, [MAIL])


async def test_a_person_can_be_a_user_of_home_assistant(
    hass: HomeAssistant, empty_hub: MockConfigEntry, hass_admin_user: MockUser
) -> None:
    filled = {**ANNA, "rights": {"user": hass_admin_user.id}}

    subentry = await added(hass, empty_hub, "person", filled)

    assert subentry.data["home_assistant"] == {"user": hass_admin_user.id}
    form = await open_person(hass, empty_hub, subentry)
    assert suggested(form)["rights"]["user"] == hass_admin_user.id
    await fill_in(hass, form, sent_back(form))
    assert empty_hub.subentries[subentry.subentry_id].data == subentry.data


async def test_somebody_without_a_telephone_has_another_address(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    subentry = await added(hass, empty_hub, "person", {"name": "Mia", "ways": {"addresses": [MAIL]}})

    (mia,) = empty_hub.runtime_data.engine.people
    assert mia.addresses == (Address(channel=Channel.EMAIL, value="anna@example.org"),)
    assert "phone" not in suggested(await open_person(hass, empty_hub, subentry))


async def test_quiet_hours_for_everybody_count_for_whoever_has_none(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(empty_hub, options={"country": "AT", "quiet": ["22:00-06:00"]})
    await added(hass, empty_hub, "person", ANNA)
    own = {"start": "20:00:00", "end": "08:00:00"}
    await added(hass, empty_hub, "person", {**BEN, "times": {"quiet": [own]}})
    never = {"name": "Cleo", "phone": "+43 664 9999999", "times": {"never_quiet": True}}
    cleo = await added(hass, empty_hub, "person", never)

    quiet = {person.name: person.quiet for person in empty_hub.runtime_data.engine.people}
    assert [period.start.hour for period in quiet["Anna"]] == [22]
    assert [period.start.hour for period in quiet["Ben"]] == [20]
    assert quiet["Cleo"] == ()
    assert suggested(await open_person(hass, empty_hub, cleo))["times"]["never_quiet"] is True


@pytest.mark.parametrize(
    ("person", "errors"),
    [
        ({**BEN, "name": " anna "}, {"name": "name_taken"}),
        ({**BEN, "name": "  "}, {"name": "name_missing"}),
        ({**BEN, "phone": "+43 664 1234567"}, {"phone": "phone_taken"}),
        ({**BEN, "phone": "Ben"}, {"phone": "phone_invalid"}),
        ({**BEN, "phone": "+12"}, {"phone": "phone_invalid"}),
        ({"name": "Ben"}, {"phone": "phone_missing"}),
        ({"name": "Anna", "phone": ""}, {"name": "name_taken", "phone": "phone_missing"}),
        ({**BEN, "ways": {"addresses": [WHATSAPP]}}, {"ways": "phone_taken"}),
        ({**BEN, "ways": {"addresses": [{**LANDLINE, "value": "x"}]}}, {"ways": "phone_invalid"}),
    ],
)
async def test_a_wrong_entry_is_told_at_its_field_and_can_be_corrected(
    hass: HomeAssistant, empty_hub: MockConfigEntry, person: dict[str, Any], errors: dict[str, str]
) -> None:
    await added(hass, empty_hub, "person", ANNA)

    result = await add(hass, empty_hub, "person", person)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    assert "+43" in result["description_placeholders"]["example_number"]

    result = await fill_in(hass, result, BEN)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_the_name_of_a_group_is_no_name_for_a_person(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna = await added(hass, empty_hub, "person", ANNA)
    await added(hass, empty_hub, "group", {"name": "Plant", "members": [anna.subentry_id.lower()]})

    result = await add(hass, empty_hub, "person", {**BEN, "name": "plant"})

    assert result["errors"] == {"name": "name_taken"}


async def test_what_the_engine_refuses_is_told_in_its_words(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    twice = {**BEN, "ways": {"addresses": [{"channel": "SMS", "value": "+49 170 1234567"}]}}

    result = await add(hass, empty_hub, "person", twice)

    assert result["errors"] == {"ways": "refused"}
    assert result["description_placeholders"]["reason"] == "the same address is there twice"


async def test_changing_a_person_keeps_the_entity_and_renames_the_device(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna = await added(hass, empty_hub, "person", ANNA)

    form = await open_person(hass, empty_hub, anna)
    result = await fill_in(hass, form, {"name": "Anna Maria", "phone": "+12"})
    assert result["errors"] == {"phone": "phone_invalid"}
    result = await fill_in(hass, result, {"name": "Anna Maria", "phone": "+43 699 7654321"})

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert empty_hub.subentries[anna.subentry_id].unique_id == "person:+436997654321"
    state = hass.states.get("notify.anna")
    assert state is not None
    assert state.name == "Anna Maria"
    device = device_of(hass, empty_hub, anna)
    assert device is not None
    assert device.name == "Anna Maria"
    assert [person.name for person in empty_hub.runtime_data.engine.people] == ["Anna Maria"]


async def test_a_removed_person_leaves_nothing_behind(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna = await added(hass, empty_hub, "person", ANNA)
    await added(hass, empty_hub, "person", BEN)

    hass.config_entries.async_remove_subentry(empty_hub, anna.subentry_id)
    await hass.async_block_till_done()

    assert hass.states.get("notify.anna") is None
    assert er.async_get(hass).async_get("notify.anna") is None
    assert device_of(hass, empty_hub, anna) is None
    assert hass.states.get("notify.ben") is not None
    assert [person.name for person in empty_hub.runtime_data.engine.people] == ["Ben"]


async def test_somebody_who_was_removed_can_come_back(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna = await added(hass, empty_hub, "person", ANNA)
    hass.config_entries.async_remove_subentry(empty_hub, anna.subentry_id)
    await added(hass, empty_hub, "person", ANNA)

    assert hass.states.get("notify.anna") is not None


async def test_people_are_there_again_after_a_reload(hass: HomeAssistant, empty_hub: MockConfigEntry) -> None:
    await added(hass, empty_hub, "person", ANNA)

    assert await hass.config_entries.async_reload(empty_hub.entry_id)
    await hass.async_block_till_done()

    assert hass.states.get("notify.anna") is not None
    assert [person.name for person in empty_hub.runtime_data.engine.people] == ["Anna"]


async def test_changing_begins_with_a_menu(hass: HomeAssistant, empty_hub: MockConfigEntry) -> None:
    anna = await added(hass, empty_hub, "person", ANNA)

    menu = await open_again(hass, empty_hub, anna)

    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == ["person", "pin", "one_time_codes", "forget"]


async def test_the_modem_keeps_its_link_while_people_change(
    hass: HomeAssistant, empty_hub: MockConfigEntry, modem: MockConfigEntry
) -> None:
    runtime = modem.runtime_data

    await added(hass, empty_hub, "person", ANNA)

    assert modem.runtime_data is runtime
    assert runtime.route in runtime.engine.routes()


async def test_a_user_who_was_switched_off_is_nobodys(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    await hass.auth.async_create_user("Owner")  # the first one, whom nobody switches off
    user = await hass.auth.async_create_user("Anna")
    anna = await added(hass, empty_hub, "person", {**ANNA, "rights": {"user": user.id}})
    assert await user_of(hass, recipient_id(anna)) == user.id

    await hass.auth.async_update_user(user, is_active=False)

    assert await user_of(hass, recipient_id(anna)) is None
    assert await user_of(hass, "somebody else") is None
