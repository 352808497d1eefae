"""The notify entities of people, groups, schedules and policies."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from homeassistant.components.notify import DOMAIN as NOTIFY
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from alert_engine.model import Severity
from custom_components.alert_gateway.document import recipient_id
from custom_components.alert_gateway.recipients import resolve_recipient, resolve_recipients
from tests.component.entries import ANNA, BEN
from tests.component.hub_forms import add_people, added

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

NIGHT = {"name": "Night", "begins": "2026-01-05", "handover": "08:00:00"}


async def notify(hass: HomeAssistant, **data: str) -> None:
    """Call notify.send_message."""
    await hass.services.async_call(NOTIFY, "send_message", data, blocking=True)


async def test_a_message_is_committed_although_there_is_no_modem(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    await notify(hass, entity_id="notify.anna", message="Come home")

    (message,) = await hub.runtime_data.engine.messages()
    assert (message.address, message.text) == (ANNA["phone"], "Come home")
    state = hass.states.get("notify.anna")
    assert state is not None
    assert state.state not in {"unknown", "unavailable"}


async def test_the_title_is_put_before_the_text(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    await notify(hass, entity_id="notify.anna", title="Freezer", message="Too warm")

    (message,) = await hub.runtime_data.engine.messages()
    assert message.text.startswith("Freezer")
    assert message.text.endswith("Too warm")


async def test_a_message_that_could_not_be_committed_is_an_error(
    hass: HomeAssistant, broken_hub: MockConfigEntry
) -> None:
    with pytest.raises(HomeAssistantError) as caught:
        await notify(hass, entity_id="notify.anna", message="Come home")
    assert caught.value.translation_key == "not_committed"


async def test_a_group_and_a_schedule_stand_for_their_people(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna, ben = await add_people(hass, empty_hub)
    await added(hass, empty_hub, "group", {"name": "Plant", "members": [anna, ben]})
    await added(hass, empty_hub, "on_call", {**NIGHT, "rotation": [ben]})

    await notify(hass, entity_id="notify.plant", message="To all")
    sent = await empty_hub.runtime_data.engine.messages()
    assert {message.address for message in sent} == {ANNA["phone"], BEN["phone"]}

    await notify(hass, entity_id="notify.night", message="To whoever is on call")
    newest = [message for message in await empty_hub.runtime_data.engine.messages() if message not in sent]
    assert [message.address for message in newest] == [BEN["phone"]]


async def test_a_policy_raises_an_alarm_that_is_told_by_it_and_ends_by_itself(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    _, ben = await add_people(hass, empty_hub)
    await added(hass, empty_hub, "policy", {"name": "Door"}, {"notify": [ben]})

    await notify(hass, entity_id="notify.door", title="Door open", message="At the back")
    await notify(hass, entity_id="notify.door", title="Door open", message="At the back")

    engine = empty_hub.runtime_data.engine
    (alarm,) = await engine.open_alarms()
    assert (alarm.source, alarm.title, alarm.text) == ("home_assistant", "Door open", "At the back")
    assert (alarm.policy.name, alarm.severity) == ("door", Severity.HIGH)
    assert alarm.ttl == timedelta(hours=12)
    assert {message.address for message in await engine.messages(alarm_id=alarm.id)} == {BEN["phone"]}


async def test_the_policy_of_a_severity_raises_alarms_of_it(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    await add_people(hass, empty_hub)
    await added(hass, empty_hub, "policy", {"name": "critical"}, {})

    await notify(hass, entity_id="notify.critical", message="Water in the cellar")
    await notify(hass, entity_id="notify.critical", message="Smoke in the kitchen")

    alarms = await empty_hub.runtime_data.engine.open_alarms()
    assert [alarm.title for alarm in alarms] == ["Water in the cellar", "Smoke in the kitchen"]
    assert {alarm.severity for alarm in alarms} == {Severity.CRITICAL}


async def test_an_alarm_of_a_policy_that_could_not_be_committed_is_an_error(
    hass: HomeAssistant, broken_hub: MockConfigEntry
) -> None:
    await added(hass, broken_hub, "policy", {"name": "Door"}, {})

    with pytest.raises(HomeAssistantError) as caught:
        await notify(hass, entity_id="notify.door", message="Open")
    assert caught.value.translation_key == "not_committed"


async def test_everybody_can_be_named_in_several_ways(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna, ben = await add_people(hass, empty_hub)
    plant = await added(hass, empty_hub, "group", {"name": "Plant", "members": [anna]})
    night = await added(hass, empty_hub, "on_call", {**NIGHT, "rotation": [ben]})
    people = empty_hub.runtime_data.engine.people

    named: list[str | int] = ["notify.anna", " ANNA ", anna, "plant", "notify.night", 436641112233, "0664 5"]

    ids = (anna, recipient_id(plant), recipient_id(night), "436641112233", "0664 5")
    assert resolve_recipients(hass, people, named) == ids
    assert resolve_recipient(hass, people, "notify.plant") == recipient_id(plant)
    assert resolve_recipient(hass, people, "nobody") == "nobody"


async def test_a_policy_in_a_list_stands_for_whom_its_first_step_tells(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna, ben = await add_people(hass, empty_hub)
    steps = {"steps": [{"after": {"minutes": 0}, "notify": ["Ben"]}, {"after": {"minutes": 5}}]}
    await added(hass, empty_hub, "policy", {"name": "Door"}, {"ladder": steps})
    await added(hass, empty_hub, "policy", {"name": "Gate"}, {"notify": [anna]})
    await added(hass, empty_hub, "policy", {"name": "critical"}, {})
    people = empty_hub.runtime_data.engine.people

    assert resolve_recipients(hass, people, ["door"]) == (ben,)
    assert resolve_recipients(hass, people, ["notify.gate", "Door"]) == (anna, ben)
    assert resolve_recipients(hass, people, ["Critical"]) == (anna, ben), "a step that names nobody tells all"

    hass.config_entries.async_remove_subentry(empty_hub, anna.upper())
    await hass.async_block_till_done()
    assert resolve_recipients(hass, people, ["gate"]) == (ben,)


def test_without_a_hub_only_numbers_are_known(hass: HomeAssistant) -> None:
    assert resolve_recipients(hass, (), ["+436641112233"]) == ("+436641112233",)


@pytest.mark.parametrize(
    ("language", "message", "reason"),
    [
        ("en", "", "the message is empty"),
        ("de", "", "die Nachricht ist leer"),
        ("de", "a" * 1601, "die Nachricht ist mit Titel länger als 1600 Zeichen"),
    ],
)
async def test_why_a_message_is_refused_is_told_in_the_language_of_home_assistant(
    hass: HomeAssistant, hub: MockConfigEntry, language: str, message: str, reason: str
) -> None:
    await hass.config.async_update(language=language)
    await hass.async_block_till_done()

    with pytest.raises(ServiceValidationError) as caught:
        await notify(hass, entity_id="notify.anna", message=message)

    assert caught.value.translation_placeholders == {"reason": reason}
