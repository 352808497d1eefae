"""Alarms by action: all that can be said of one, quiet for a while, and what became of it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from tests.component.acting import act
from tests.component.entries import ANNA

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser


async def raised(hass: HomeAssistant, **more: Any) -> Any:
    """Raise an alarm."""
    return await act(hass, "raise_alarm", **{"key": "freezer", "severity": "high", **more})


async def test_everything_that_can_be_said_of_an_alarm(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    await raised(hass, key="power")
    await raised(
        hass,
        title="Freezer",
        message="-5 °C",
        policy="critical",
        hold={"minutes": 5},
        ttl="01:00:00",
        parent="power",
        url="https://example.org/freezer",
        labels={"floor": "cellar", "shelf": 3},
    )

    _, alarm = await hub.runtime_data.engine.open_alarms()
    assert (alarm.policy.name, alarm.policy.hold) == ("critical", timedelta(minutes=5))
    assert (alarm.ttl, alarm.parent) == (timedelta(hours=1), "power")
    assert alarm.url == "https://example.org/freezer"
    assert alarm.labels == {"floor": "cellar", "shelf": "3"}


async def test_a_test_says_so(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    await raised(hass, is_test=True)
    (alarm,) = await hub.runtime_data.engine.open_alarms()
    assert alarm.is_test


async def test_the_same_request_again_is_answered(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    first, second = [await raised(hass, request_id="one") for _ in range(2)]
    assert (first["verdict"], second["verdict"]) == ("applied", "duplicate")
    cleared = [await act(hass, "clear_alarm", key="freezer", request_id="two") for _ in range(2)]
    assert [each["verdict"] for each in cleared] == ["applied", "duplicate"]


@pytest.mark.parametrize("how", ["duration", "until"])
async def test_quiet_for_a_while_and_loud_again(
    hass: HomeAssistant, hub: MockConfigEntry, hass_admin_user: MockUser, how: str
) -> None:
    alarm = await raised(hass)
    end = dt_util.now() + timedelta(hours=2)
    given = {"duration": {"hours": 2}} if how == "duration" else {"until": end.isoformat()}

    shelved = await act(hass, "shelve_alarm", hass_admin_user.id, code=int(alarm["code"]), **given)

    (answer,) = shelved["alarms"]
    until = dt_util.parse_datetime(answer["shelved_until"])
    assert until is not None
    assert abs(until - end) < timedelta(minutes=1)
    (kept,) = (await act(hass, "get_alarms", alarm_id=alarm["alarm_id"]))["alarms"]
    assert kept["shelved_by"] == hass_admin_user.name
    loud = await act(hass, "unshelve_alarm", all=True)
    assert loud["alarms"][0]["shelved_until"] is None


@pytest.mark.parametrize("ends", [{}, {"duration": 60, "until": "2030-01-01 00:00:00"}])
async def test_a_shelf_has_one_end(hass: HomeAssistant, hub: MockConfigEntry, ends: dict[str, Any]) -> None:
    await raised(hass)
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "shelve_alarm", all=True, **ends)
    assert caught.value.translation_key == "name_one_end"


@pytest.mark.parametrize("action", ["shelve_alarm", "unshelve_alarm"])
async def test_what_does_not_exist_is_not_shelved(
    hass: HomeAssistant, hub: MockConfigEntry, action: str
) -> None:
    more = {"duration": 60} if action == "shelve_alarm" else {}
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, action, code="4711", **more)
    assert caught.value.translation_key == "alarm_not_found"


async def test_nobody_shelves_for_a_month(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    await raised(hass)
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "shelve_alarm", all=True, duration={"days": 30})
    assert caught.value.translation_key == "invalid_request"


async def test_alarms_are_read_page_by_page_with_their_story(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    for key in ("one", "two", "three"):
        await raised(hass, key=key)
    await act(hass, "clear_alarm", key="two")

    first = await act(hass, "get_alarms", limit=2)
    last = await act(hass, "get_alarms", limit=2, before=first["next"])

    assert [alarm["key"] for alarm in first["alarms"]] == ["three", "two"]
    assert ([alarm["key"] for alarm in last["alarms"]], last["next"]) == (["one"], None)
    closed = await act(hass, "get_alarms", states=["closed"])
    (two,) = closed["alarms"]
    assert two["notes"][0]["event"] == "raised"
    assert two["closed_at"] is not None
    assert last["alarms"][0]["message_ids"]


async def test_an_alarm_that_is_not_kept(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "get_alarms", alarm_id="gone")
    assert caught.value.translation_key == "alarm_not_kept"


# --- test_person ---


@pytest.mark.parametrize("name", ["anna", "notify.anna"])
async def test_a_person_is_tested_once_at_a_time(
    hass: HomeAssistant, hub: MockConfigEntry, name: str
) -> None:
    begun = await act(hass, "test_person", person=name)

    assert begun["name"] == "Anna"
    messages = await hub.runtime_data.engine.messages()
    tests = {(test["channel"], test["message_id"]) for test in begun["tests"]}
    assert tests == {(message.channel, message.uid) for message in messages}
    assert {message.address for message in messages} == {ANNA["phone"]}
    with pytest.raises(ServiceValidationError, match="under way"):
        await act(hass, "test_person", person=name)


async def test_only_people_are_tested(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    with pytest.raises(ServiceValidationError, match="this person is not there"):
        await act(hass, "test_person", person="+436769876543")
