"""The actions, with what they answer and how they refuse."""

from datetime import timedelta
from typing import Any

import pytest
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from alert_engine.model import Channel, Message, Priority
from custom_components.alert_gateway.const import DOMAIN
from tests.component.entries import ANNA, BEN

NUMBER = "+436769876543"


async def act(hass: HomeAssistant, action: str, context: Context | None = None, **data: Any) -> Any:
    """Call an action and return its response."""
    return await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True, context=context
    )


async def raise_freezer(hass: HomeAssistant, **more: Any) -> Any:
    """Raise an alarm."""
    data = {"key": "freezer", "title": "Freezer", "message": "Too warm", "severity": "high", **more}
    return await act(hass, "raise_alarm", **data)


async def queue(hub: MockConfigEntry) -> tuple[Message, ...]:
    """What the engine has to send."""
    messages: tuple[Message, ...] = await hub.runtime_data.engine.messages()
    return messages


def subentry_id(hub: MockConfigEntry, name: str) -> str:
    """The id of a person."""
    return str(next(key for key, person in hub.subentries.items() if person.title == name))


# --- send ---


@pytest.mark.parametrize(
    "entry", ["Anna", "anna", " ANNA ", "notify.anna", ANNA["phone"], 436641234567, "0664 1234567", "id"]
)
async def test_a_person_is_named_in_any_of_these_ways(
    hass: HomeAssistant, hub: MockConfigEntry, entry: str | int
) -> None:
    to = subentry_id(hub, "Anna") if entry == "id" else entry

    response = await act(hass, "send", to=to, message="Hello")

    (message,) = await queue(hub)
    assert message.address == ANNA["phone"]
    assert message.text == "Hello"
    (answer,) = response["messages"]
    assert answer["message_id"] == message.uid
    assert answer["segments"] == 0, "no modem has planned it yet"


async def test_people_and_numbers_are_mixed_and_nobody_gets_it_twice(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    to = ["Ben", NUMBER, "notify.ben", int(NUMBER[1:])]

    response = await act(hass, "send", to=to, message="Hello")

    assert [answer["recipient"] for answer in response["messages"]] == [subentry_id(hub, "Ben").lower(), None]
    assert {message.address for message in await queue(hub)} == {BEN["phone"], NUMBER}


async def test_everything_that_can_be_said_about_a_message_reaches_the_engine(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    later = dt_util.now().replace(microsecond=0) + timedelta(hours=3)

    await act(
        hass,
        "send",
        to="Anna",
        message="It is at -5",
        title="Freezer",
        severity="critical",
        channel="sms",
        not_before=later.replace(tzinfo=None).isoformat(sep=" "),
        expires_in="02:00:00",
        plain=True,
        flash=True,
    )

    (message,) = await queue(hub)
    assert message.channel is Channel.SMS
    assert message.priority is Priority.CRITICAL
    assert message.text.startswith("Freezer")
    assert message.text.endswith("It is at -5")
    assert message.due_at == later
    assert message.expires_at == later + timedelta(hours=2)


@pytest.mark.parametrize("stranger", ["Carl", "notify.nobody", "notify.persistent_notification", "12", 7])
async def test_an_unknown_recipient_is_named_by_its_place(
    hass: HomeAssistant, hub: MockConfigEntry, stranger: str | int
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "send", to=["Anna", stranger], message="Hello")

    assert caught.value.translation_key == "invalid_request"
    placeholders = caught.value.translation_placeholders
    assert placeholders is not None
    assert placeholders["reason"].startswith("recipient 2 ")
    assert str(stranger) not in placeholders["reason"]
    assert await queue(hub) == ()


async def test_a_number_without_country_code_needs_a_country(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(hub, options={})
    await hass.async_block_till_done()

    with pytest.raises(ServiceValidationError):
        await act(hass, "send", to="0664 7654321", message="Hello")


async def test_a_message_without_text_is_refused_in_the_words_of_the_engine(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "send", to="Anna", message="")

    assert caught.value.translation_key == "invalid_request"
    assert caught.value.translation_placeholders is not None
    assert caught.value.translation_placeholders["reason"]


# --- alarms ---


async def test_an_alarm_is_raised_acknowledged_and_cleared(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    raised = await raise_freezer(hass, labels={"floor": "cellar", "shelf": 3})
    assert raised["verdict"] == "applied"
    assert len(raised["message_ids"]) == 2
    assert len(raised["code"]) == 4

    acknowledged = await act(hass, "acknowledge_alarm", alarm_id=raised["alarm_id"])
    assert acknowledged["verdict"] == "applied"
    assert acknowledged["alarms"] == [
        {
            "alarm_id": raised["alarm_id"],
            "code": raised["code"],
            "source": "home_assistant",
            "key": "freezer",
            "state": "acked",
            "shelved_until": None,
        }
    ]

    cleared = await act(hass, "clear_alarm", key="freezer", message="Cold again")
    assert cleared["verdict"] == "applied"
    assert cleared["alarms"][0]["state"] == "closed"


async def test_raising_the_same_key_again_is_the_same_alarm(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    first = await raise_freezer(hass)
    second = await raise_freezer(hass)
    other = await raise_freezer(hass, source="kitchen")

    assert second["alarm_id"] == first["alarm_id"]
    assert other["alarm_id"] != first["alarm_id"]
    assert len(await hub.runtime_data.engine.open_alarms()) == 2


@pytest.mark.parametrize("as_given", [str, int])
async def test_a_code_may_come_out_of_a_template_as_a_number(
    hass: HomeAssistant, hub: MockConfigEntry, as_given: type[str | int]
) -> None:
    code = (await raise_freezer(hass))["code"]

    response = await act(hass, "acknowledge_alarm", code=as_given(code))

    assert response["alarms"][0]["state"] == "acked"


async def test_all_open_alarms_are_acknowledged_by_the_user_who_called(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    user = MockUser(name="Paula").add_to_hass(hass)
    user.mock_policy({"entities": True})
    await raise_freezer(hass)
    await raise_freezer(hass, key="pump")

    response = await act(hass, "acknowledge_alarm", Context(user_id=user.id), all=True)

    assert {alarm["key"] for alarm in response["alarms"]} == {"freezer", "pump"}
    assert {alarm.acked_by for alarm in await hub.runtime_data.engine.open_alarms()} == {
        "home_assistant:Paula"
    }


async def test_acknowledging_all_when_nothing_is_open_is_no_mistake(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    assert (await act(hass, "acknowledge_alarm", all=True))["alarms"] == []


@pytest.mark.parametrize("name", [{"code": "0000"}, {"alarm_id": "no such alarm"}, {"code": 7}])
async def test_acknowledging_what_does_not_exist_is_a_mistake(
    hass: HomeAssistant, hub: MockConfigEntry, name: dict[str, Any]
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "acknowledge_alarm", **name)
    assert caught.value.translation_key == "alarm_not_found"


@pytest.mark.parametrize("names", [{}, {"code": "4711", "all": True}, {"code": "4711", "alarm_id": "x"}])
async def test_an_acknowledgement_names_exactly_one_thing(
    hass: HomeAssistant, hub: MockConfigEntry, names: dict[str, Any]
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "acknowledge_alarm", **names)
    assert caught.value.translation_key == "name_one_alarm"


async def test_clearing_what_is_not_raised_is_no_mistake(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    response = await act(hass, "clear_alarm", key="freezer")
    assert response["alarms"] == []
    assert response["verdict"] in {"unknown", "unchanged"}


@pytest.mark.parametrize("wrong", [{"key": ""}, {"source": ""}, {"key": "two\nlines"}, {"source": "gateway"}])
async def test_a_key_or_source_that_is_no_name_is_refused(
    hass: HomeAssistant, hub: MockConfigEntry, wrong: dict[str, str]
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await raise_freezer(hass, **wrong)
    assert caught.value.translation_key == "invalid_request"


# --- what is not committed ---


ACTIONS: list[tuple[str, dict[str, Any]]] = [
    ("send", {"to": "Anna", "message": "Hello"}),
    ("raise_alarm", {"key": "freezer"}),
    ("acknowledge_alarm", {"all": True}),
    ("clear_alarm", {"key": "freezer"}),
    ("reply", {"message_id": "unknown", "message": "Hello"}),
    ("call", {"to": "Anna"}),
    ("cancel_message", {"message_id": "unknown"}),
    ("shelve_alarm", {"all": True, "duration": 60}),
    ("unshelve_alarm", {"all": True}),
    ("test_person", {"person": "Anna"}),
]
LOOKS: list[tuple[str, dict[str, Any]]] = [
    ("get_messages", {}),
    ("get_messages", {"direction": "received"}),
    ("get_messages", {"message_id": "unknown"}),
    ("get_alarms", {}),
]
OF_MODEMS: list[tuple[str, dict[str, Any]]] = [
    ("send_ussd", {"ussd_code": "*100#"}),
    ("balance", {}),
    ("run_at_command", {"command": "AT+CSQ"}),
]


@pytest.mark.parametrize(("action", "data"), ACTIONS)
async def test_what_was_not_committed_is_an_error(
    hass: HomeAssistant, broken_hub: MockConfigEntry, action: str, data: dict[str, Any]
) -> None:
    with pytest.raises(HomeAssistantError) as caught:
        await act(hass, action, **data)
    assert not isinstance(caught.value, ServiceValidationError)
    assert caught.value.translation_key == "not_committed"


@pytest.mark.parametrize(("action", "data"), LOOKS)
async def test_what_cannot_be_read_is_an_error(
    hass: HomeAssistant, broken_hub: MockConfigEntry, action: str, data: dict[str, Any]
) -> None:
    with pytest.raises(HomeAssistantError) as caught:
        await act(hass, action, **data)
    assert caught.value.translation_key == "journal_failed"


@pytest.mark.parametrize(("action", "data"), [*ACTIONS, *LOOKS, *OF_MODEMS])
async def test_without_a_loaded_entry_there_is_nothing_to_act_on(
    hass: HomeAssistant, hub: MockConfigEntry, action: str, data: dict[str, Any]
) -> None:
    await hass.config_entries.async_unload(hub.entry_id)

    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, action, **data)
    assert caught.value.translation_key == "not_set_up"
