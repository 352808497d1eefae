"""Groups and on-call schedules in the UI."""

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.data_entry_flow import FlowResultType

from alert_engine.model import GroupMode
from custom_components.alert_gateway.document import recipient_id
from tests.component.hub_forms import (
    add,
    add_people,
    added,
    begin,
    device_of,
    fill_in,
    open_again,
    sent_back,
    suggested,
)

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

NIGHT = {"name": "Night duty", "begins": "2026-01-05", "handover": "08:00:00", "turn": 7}


async def test_a_group_is_known_to_the_engine_and_has_a_notify_entity_and_a_device(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna, ben = await add_people(hass, empty_hub)

    group = await added(
        hass, empty_hub, "group", {"name": " The plant ", "members": [ben, anna], "mode": "rotate"}
    )

    (known,) = (await empty_hub.runtime_data.engine.roster.on_call()).names
    assert known.name == "The plant"
    assert group.data == {"name": "The plant", "members": [ben, anna], "mode": GroupMode.ROTATE}
    assert hass.states.get("notify.the_plant") is not None
    device = device_of(hass, empty_hub, group)
    assert device is not None
    assert device.via_device_id is not None


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"name": " "}, {"name": "name_missing"}),
        ({"name": "anna"}, {"name": "name_taken"}),
        ({"members": []}, {"members": "members_missing"}),
    ],
)
async def test_a_group_that_makes_no_sense_is_refused_at_its_field(
    hass: HomeAssistant, empty_hub: MockConfigEntry, changed: dict[str, Any], errors: dict[str, str]
) -> None:
    anna, _ = await add_people(hass, empty_hub)
    right = {"name": "Plant", "members": [anna]}

    result = await add(hass, empty_hub, "group", right | changed)
    assert result["errors"] == errors
    result = await fill_in(hass, result, right)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_group_cannot_be_in_itself_by_way_of_another(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna, _ = await add_people(hass, empty_hub)
    inner = await added(hass, empty_hub, "group", {"name": "Inner", "members": [anna]})
    outer = await added(hass, empty_hub, "group", {"name": "Outer", "members": [recipient_id(inner)]})

    form = await open_again(hass, empty_hub, inner)
    result = await fill_in(hass, form, {"name": "Inner", "members": [recipient_id(outer)], "mode": "all"})

    assert list(result["errors"].values()) == ["refused"]
    reason = result["description_placeholders"]["reason"]
    assert "Inner" in reason
    assert recipient_id(inner) not in reason


async def test_a_changed_group_keeps_its_entity(hass: HomeAssistant, empty_hub: MockConfigEntry) -> None:
    anna, ben = await add_people(hass, empty_hub)
    group = await added(hass, empty_hub, "group", {"name": "Plant", "members": [anna]})

    form = await open_again(hass, empty_hub, group)
    assert suggested(form) == {"name": "Plant", "members": [anna], "mode": "all"}
    result = await fill_in(hass, form, {"name": "Factory", "members": [anna, ben], "mode": "first"})

    assert result["reason"] == "reconfigure_successful"
    state = hass.states.get("notify.plant")
    assert state is not None
    assert state.name == "Factory"


async def test_somebody_who_is_gone_is_not_shown_in_the_group_any_more(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna, ben = await add_people(hass, empty_hub)
    group = await added(hass, empty_hub, "group", {"name": "Plant", "members": [anna, ben]})
    hass.config_entries.async_remove_subentry(empty_hub, anna.upper())
    await hass.async_block_till_done()

    form = await open_again(hass, empty_hub, group)
    assert suggested(form)["members"] == [ben]
    result = await fill_in(hass, form, sent_back(form))

    assert result["reason"] == "reconfigure_successful"
    assert empty_hub.subentries[group.subentry_id].data["members"] == [ben]


async def test_a_removed_group_leaves_nothing_behind(hass: HomeAssistant, empty_hub: MockConfigEntry) -> None:
    anna, _ = await add_people(hass, empty_hub)
    group = await added(hass, empty_hub, "group", {"name": "Plant", "members": [anna]})

    hass.config_entries.async_remove_subentry(empty_hub, group.subentry_id)
    await hass.async_block_till_done()

    assert hass.states.get("notify.plant") is None
    assert device_of(hass, empty_hub, group) is None


async def test_an_on_call_schedule_keeps_everything_that_was_filled_in(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna, ben = await add_people(hass, empty_hub)
    plant = await added(hass, empty_hub, "group", {"name": "Plant", "members": [anna, ben]})
    hours = {"days": ["Saturday", "Sunday"], "start": "18:00:00", "end": "08:00:00"}
    christmas = {"person": "Ben", "from": "2026-12-24 08:00:00", "to": "2026-12-27 08:00:00"}

    subentry = await added(
        hass,
        empty_hub,
        "on_call",
        {
            **NIGHT,
            "rotation": [ben, anna],
            "hours_section": {"hours": [hours], "fallback": recipient_id(plant), "time_zone": "Asia/Tokyo"},
            "substitutions_section": {"substitutions": [christmas]},
        },
    )

    assert subentry.data == {
        "name": "Night duty",
        "rotation": [ben, anna],
        "begins": "2026-01-05",
        "handover": "08:00",
        "turn": "7d",
        "hours": ["18:00-08:00 sat,sun"],
        "fallback": recipient_id(plant),
        "time_zone": "Asia/Tokyo",
        "substitutions": [{**christmas, "person": ben}],
    }
    assert hass.states.get("notify.night_duty") is not None
    form = await open_again(hass, empty_hub, subentry)
    assert suggested(form)["hours_section"]["hours"] == [hours]
    assert suggested(form)["substitutions_section"]["substitutions"] == [christmas]
    result = await fill_in(hass, form, sent_back(form))
    assert result["reason"] == "reconfigure_successful"
    assert empty_hub.subentries[subentry.subentry_id].data == subentry.data


async def test_a_new_schedule_begins_today(hass: HomeAssistant, empty_hub: MockConfigEntry) -> None:
    form = await begin(hass, empty_hub, "on_call")

    assert set(suggested(form)) >= {"begins"}


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"name": "ANNA"}, {"name": "name_taken"}),
        ({"rotation": []}, {"rotation": "rotation_missing"}),
        (
            {
                "substitutions_section": {
                    "substitutions": [
                        {"person": "Ben", "from": "2026-12-27 08:00:00", "to": "2026-12-24 08:00:00"}
                    ]
                }
            },
            {"substitutions_section": "refused"},
        ),
    ],
)
async def test_a_schedule_that_makes_no_sense_is_refused_at_its_field(
    hass: HomeAssistant, empty_hub: MockConfigEntry, changed: dict[str, Any], errors: dict[str, str]
) -> None:
    anna, _ = await add_people(hass, empty_hub)
    right = {**NIGHT, "rotation": [anna]}

    result = await add(hass, empty_hub, "on_call", right | changed)
    assert result["errors"] == errors
    result = await fill_in(hass, result, right)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_the_modem_keeps_its_link_while_groups_change(
    hass: HomeAssistant, empty_hub: MockConfigEntry, modem: MockConfigEntry
) -> None:
    runtime = modem.runtime_data
    anna, _ = await add_people(hass, empty_hub)

    await added(hass, empty_hub, "group", {"name": "Plant", "members": [anna]})
    await added(hass, empty_hub, "on_call", {**NIGHT, "rotation": [anna]})

    assert modem.runtime_data is runtime
    assert runtime.route in runtime.engine.routes()


async def test_a_stand_in_who_is_gone_does_not_keep_the_form_from_being_sent(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna, ben = await add_people(hass, empty_hub)
    stand_ins = {
        "substitutions": [{"person": "Ben", "from": "2026-12-24 08:00:00", "to": "2026-12-27 08:00:00"}]
    }
    filled = {"name": "Night", "rotation": [anna], "begins": "2026-01-05", "handover": "08:00:00"}
    night = await added(hass, empty_hub, "on_call", {**filled, "substitutions_section": stand_ins})

    hass.config_entries.async_remove_subentry(empty_hub, ben.upper())
    await hass.async_block_till_done()
    form = await open_again(hass, empty_hub, night)
    result = await fill_in(hass, form, sent_back(form))

    assert result["reason"] == "reconfigure_successful"
    assert "substitutions" not in empty_hub.subentries[night.subentry_id].data


async def test_why_something_is_refused_is_told_in_the_language_of_home_assistant(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna, _ = await add_people(hass, empty_hub)
    inner = await added(hass, empty_hub, "group", {"name": "Inner", "members": [anna]})
    outer = await added(hass, empty_hub, "group", {"name": "Outer", "members": [recipient_id(inner)]})
    hass.config.language = "de"

    form = await open_again(hass, empty_hub, inner)
    result = await fill_in(hass, form, {**sent_back(form), "members": [recipient_id(outer)]})

    assert list(result["errors"].values()) == ["refused"]
    reason = result["description_placeholders"]["reason"]
    assert reason.endswith("nichts kann sich selbst enthalten, also nimm eines davon heraus")
    assert "Inner > Outer" in reason or "Outer > Inner" in reason
