"""Messages and calls by action: answers to what came in, taking back, and looking at what was."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import probatio as vol
import pytest
from homeassistant.core import Context, ServiceCall
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.util import dt as dt_util

from alert_engine.model import Channel, MessageState, SendAttempt
from custom_components.alert_gateway.actions.answers import way_of
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.services import ACTIONS
from custom_components.alert_gateway.viewer import Lens, Viewer
from tests.component.acting import act
from tests.component.entries import ANNA, BEN
from tests.component.waiting import until

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

    from gsm_driver.simulator import Simulator

STRANGER = "+436769876543"


async def written_by(hass: HomeAssistant, simulator: Simulator, number: str, text: str) -> str:
    """Let somebody write; the id of the message."""
    engine = hass.data[DATA_HOST].engine
    known = {message.id for message in await engine.history.inbox()}
    heard: list[Any] = []
    simulator.network.deliver_sms(number, text)
    leave = engine.subscribe(heard.append)
    try:
        await until(lambda: any(getattr(event, "text", None) == text for event in heard), engine.subscribe)
    finally:
        leave()
    (new,) = (message for message in await engine.history.inbox() if message.id not in known)
    return new.id


# --- reply ---


async def test_a_reply_goes_to_whoever_wrote(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    phone = simulator.network.add_phone(STRANGER)
    message_id = await written_by(hass, simulator, STRANGER, "Is it closed?")

    response = await act(hass, "reply", message_id=message_id, message="It is.", title="Garage")

    await until(lambda: bool(phone.texts), simulator.network.listen)
    assert "Garage" in phone.texts[0]
    assert phone.texts[0].endswith("It is.")
    (answer,) = response["messages"]
    assert answer["segments"] == 1
    (kept,) = (await act(hass, "get_messages", message_id=message_id))["messages"]
    assert kept["answered_by"] == [answer["message_id"]]


async def test_a_reply_needs_its_question(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    with pytest.raises(ServiceValidationError, match="no inbound message with this ID"):
        await act(hass, "reply", message_id="gone", message="It is.")


# --- send, call ---


async def test_the_same_request_again_sends_nothing_again(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    calls = [act(hass, "send", to="Anna", message="Hello", request_id="one") for _ in range(20)]
    responses = await asyncio.gather(*calls)

    assert sorted(response["verdict"] for response in responses) == ["applied", *["duplicate"] * 19]
    assert len({response["messages"][0]["message_id"] for response in responses}) == 1
    assert len(await hub.runtime_data.engine.messages()) == 1


async def test_many_calls_at_once_are_all_kept(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    calls = [act(hass, "send", to=["Anna", "Ben"], message=str(number)) for number in range(50)]
    await asyncio.gather(*calls)
    assert len(await hub.runtime_data.engine.messages(limit=500)) == 100


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": [True]},
        {"to": []},
        {"to": [["Anna"]]},
        {"to": "Anna", "severity": "dreadful"},
        {"to": "Anna", "channel": "pigeon"},
        {"to": "Anna", "proof": "sworn"},
        {"to": "Anna", "expires_in": {"days": 10**12}},
    ],
)
async def test_what_cannot_be_meant_is_refused(
    hass: HomeAssistant, hub: MockConfigEntry, wrong: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid):
        await act(hass, "send", message="Hello", **wrong)


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("send", {"to": "Anna", "message": "Hello", "expires_in": {"days": 9_000_000}}),
        ("send", {"to": "Anna", "message": "Hello", "not_before": "0001-01-01 00:00:00+14:00"}),
        ("reply", {"message_id": "one", "message": "Hello", "expires_in": {"days": 9_000_000}}),
        ("shelve_alarm", {"all": True, "duration": {"days": 9_000_000}}),
        ("get_messages", {"since": "9999-12-31 23:59:59-12:00"}),
    ],
)
async def test_what_no_calendar_has_is_refused_by_its_field(
    hass: HomeAssistant, hub: MockConfigEntry, action: str, data: dict[str, Any]
) -> None:
    field = list(data)[-1]
    with pytest.raises(ServiceValidationError, match=f" {field} ") as caught:
        await act(hass, action, **data)
    assert caught.value.translation_key == "invalid_request"


async def test_a_number_out_of_a_template_has_lost_its_plus(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    response = await act(hass, "send", to=int(ANNA["phone"][1:]), message=42)
    (message,) = await hub.runtime_data.engine.messages()
    assert (message.address, message.text) == (ANNA["phone"], "42")
    assert response["messages"][0]["name"] == "Anna"


async def test_a_delivery_that_is_to_be_proven_is_watched(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    await act(hass, "send", to="Anna", message="Hello", proof="delivered")
    with pytest.raises(ServiceValidationError, match="proof"):
        await act(
            hass,
            "send",
            to="Anna",
            message="Look",
            proof="delivered",
            media_url="https://example.org/door.jpg",
        )


async def test_media_needs_a_way_out_that_carries_it(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    with pytest.raises(ServiceValidationError, match="could carry media"):
        await act(hass, "send", to="Anna", message="Look", media_url="https://example.org/door.jpg")


async def test_a_call_rings(hass: HomeAssistant, modem: MockConfigEntry, hub: MockConfigEntry) -> None:
    response = await act(hass, "call", to=[STRANGER], expires_in={"minutes": 5})

    (message,) = await hub.runtime_data.engine.messages()
    assert response["messages"][0]["message_id"] == message.uid
    assert (message.channel, message.address) == (Channel.CALL, STRANGER)
    assert message.text == hass.config.location_name
    assert message.expires_at is not None
    assert message.expires_at - message.created_at <= timedelta(minutes=5, seconds=1)


# --- cancel_message ---


async def test_what_waits_is_taken_back_and_only_once(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    (sent,) = (await act(hass, "send", to="Anna", message="Hello"))["messages"]

    first = await act(hass, "cancel_message", message_id=sent["message_id"])
    second = await act(hass, "cancel_message", message_id=sent["message_id"])

    assert (first["cancelled"], second["cancelled"]) == (True, False)
    (message,) = await hub.runtime_data.engine.messages()
    assert message.state is MessageState.CANCELLED


@pytest.mark.parametrize("action", ["cancel_message", "get_messages"])
async def test_a_message_that_is_not_there(hass: HomeAssistant, hub: MockConfigEntry, action: str) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, action, message_id="gone")
    assert caught.value.translation_key == "message_not_found"


# --- get_messages ---


async def test_a_conversation_is_read_page_by_page(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    anna = simulator.network.add_phone(ANNA["phone"])
    await act(hass, "send", to="Anna", message="Hello")
    await until(lambda: bool(anna.texts), simulator.network.listen)
    await written_by(hass, simulator, ANNA["phone"], "Good morning to all of you")

    pages, before = [], None
    while not pages or before is not None:
        page = await act(hass, "get_messages", person="notify.anna", direction="both", before=before, limit=1)
        before = page["next"]
        pages += page["messages"]

    texts = [message["text"] for message in pages]
    assert texts.index("Good morning to all of you") < texts.index("Hello")
    assert {message["direction"] for message in pages} == {"sent", "received"}
    by_number = await act(hass, "get_messages", person=ANNA["phone"], direction="received")
    assert [message["name"] for message in by_number["messages"]] == ["Anna"]


async def test_a_message_is_answered_with_its_way(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    engine = hass.data[DATA_HOST].engine
    (sent,) = (await act(hass, "send", to="Anna", message="Hello"))["messages"]
    events: list[Any] = []
    engine.subscribe(events.append)
    await until(
        lambda: any(
            getattr(getattr(event, "message", None), "state", None) is MessageState.DELIVERED
            for event in events
        ),
        engine.subscribe,
    )

    (message,) = (await act(hass, "get_messages", message_id=sent["message_id"]))["messages"]

    assert (message["state"], message["attempts"]) == ("delivered", 1)
    (attempt,) = message["way"]
    assert attempt["route"] == modem.runtime_data.route
    assert [segment["report"] for segment in attempt["segments"]] == ["delivered"]


async def test_messages_are_chosen_by_person_state_and_time(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    await act(hass, "send", to=["Anna", "Ben"], message="Hello")
    (other,) = (await act(hass, "send", to=STRANGER, message="Hello"))["messages"]
    await act(hass, "cancel_message", message_id=other["message_id"])

    async def found(**chosen: Any) -> list[str]:
        page = await act(hass, "get_messages", **chosen)
        return [message["address"] for message in page["messages"]]

    assert await found(person="Ben") == [BEN["phone"]]
    assert await found(person=STRANGER) == [STRANGER]
    assert await found(states=["cancelled"]) == [STRANGER]
    assert await found(states="queued", limit=1) == [BEN["phone"]]
    assert await found(since=(dt_util.now() + timedelta(hours=1)).isoformat()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"direction": "received", "states": ["failed"]},
        {"direction": "both"},
        {"direction": "both", "person": "Anna", "alarm_id": "x"},
        {"person": "Nobody we know"},
        {"before": "gone"},
    ],
)
async def test_a_choice_that_cannot_be_made_is_refused_in_words(
    hass: HomeAssistant, hub: MockConfigEntry, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "get_messages", **wrong)
    assert caught.value.translation_key == "invalid_request"


# --- who may ---


async def test_whoever_is_no_administrator_sees_numbers_in_part(
    hass: HomeAssistant, hub: MockConfigEntry, hass_admin_user: MockUser, hass_read_only_user: MockUser
) -> None:
    await act(hass, "send", to="Anna", message=f"Call {BEN['phone']}")

    async def seen(user: MockUser) -> dict[str, Any]:
        (message,) = (await act(hass, "get_messages", user.id))["messages"]
        return dict(message)

    assert (await seen(hass_admin_user))["address"] == ANNA["phone"]
    masked = await seen(hass_read_only_user)
    assert ANNA["phone"] not in str(masked)
    assert BEN["phone"] not in str(masked)


async def test_numbers_hide_nowhere_from_the_mask(
    hass: HomeAssistant, hub: MockConfigEntry, hass_read_only_user: MockUser
) -> None:
    number = ANNA["phone"]
    about = {"key": "door", "url": f"https://example.org/?to={number}", "labels": {"by": number}}
    await act(hass, "raise_alarm", title=f"Call {number}", message=number, **about)
    assert number not in str(await act(hass, "get_alarms", hass_read_only_user.id))

    now = dt_util.utcnow()
    attempt = SendAttempt(
        number=1,
        route="modem",
        began_at=now,
        ended_at=now,
        outcome="refused",
        error_class="",
        code="21",
        reason=f"{number} is not reachable",
        segments=(),
    )
    guest = Lens(viewer=Viewer(is_admin=False, may_act=False, by="guest"), names={})
    assert number not in str(way_of([attempt], guest))


@pytest.mark.parametrize("action", [action.name for action in ACTIONS if not action.name.startswith("get_")])
async def test_whoever_may_only_look_does_nothing(
    hass: HomeAssistant,
    hub: MockConfigEntry,
    hass_read_only_user: MockUser,
    action: str,
) -> None:
    handler = next(each for each in ACTIONS if each.name == action)
    # Who calls is looked at before what is asked.
    call = ServiceCall(hass, DOMAIN, action, {}, Context(user_id=hass_read_only_user.id))
    with pytest.raises(Unauthorized):
        await handler.handle(call)
    assert await hub.runtime_data.engine.messages() == ()


async def test_a_user_who_is_gone_does_nothing(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    with pytest.raises(UnknownUser):
        await act(hass, "send", "gone", to="Anna", message="Hello")


# --- start and stop ---


async def test_while_it_stops_a_call_is_done_or_refused_in_words(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    calls = [act(hass, "send", to="Anna", message=str(number)) for number in range(10)]
    looks = [act(hass, "get_messages") for _ in range(10)]
    *results, unloaded = await asyncio.gather(
        *calls, *looks, hass.config_entries.async_unload(hub.entry_id), return_exceptions=True
    )

    assert unloaded is True
    assert all(isinstance(result, dict | HomeAssistantError) for result in results)
    accepted = sum(isinstance(result, dict) for result in results[:10])
    assert await hass.config_entries.async_setup(hub.entry_id)
    assert len(await hub.runtime_data.engine.messages()) == accepted
