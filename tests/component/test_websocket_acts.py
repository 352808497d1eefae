"""What people do on the operator's page, and what stands in the journal then."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from alert_engine.model import AlarmRaise, Severity
from alert_engine.routes.base import InboundSms
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.host import DATA_HOST
from tests.component.panel_client import READERS, USERS, page_of, user_of

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from alert_engine.engine import AlertEngine
    from alert_engine.model import Alarm

pytestmark = pytest.mark.usefixtures("hub")

ANNA = "+436641234567"
ACTS: list[tuple[str, dict[str, Any]]] = [
    ("acknowledge", {"alarm_id": "x"}),
    ("acknowledge_all", {}),
    ("unacknowledge", {"alarm_id": "x"}),
    ("shelve", {"alarm_id": "x", "minutes": 30}),
    ("unshelve", {"alarm_id": "x"}),
    ("close", {"alarm_id": "x"}),
    ("reply", {"inbound": "x", "text": "Hello"}),
    ("send", {"person": "x", "text": "Hello"}),
    ("test_person", {"person": "x"}),
    ("cancel_message", {"uid": "x"}),
]


@pytest.fixture
def engine(hass: HomeAssistant) -> AlertEngine:
    """The engine behind the page."""
    return hass.data[DATA_HOST].engine


async def raised(engine: AlertEngine, key: str = "pump") -> Alarm:
    """An open alarm."""
    request = AlarmRaise(source="plc1", key=key, severity=Severity.HIGH, title="Water")
    return (await engine.raise_alarm(request)).alarms[0]


async def written(engine: AlertEngine, text: str, sender: str = ANNA) -> str:
    """A message that arrived; its id."""
    sms = InboundSms(
        sender=sender,
        sender_can_be_answered=True,
        text=text,
        received_at=datetime.now(UTC),
        service_centre_time=None,
        is_text=True,
    )
    await engine.inbound("modem_3809", sms)
    return (await engine.history.inbox(limit=1))[0].id


async def test_who_acknowledges_is_a_user_in_the_journal(
    hass: HomeAssistant, engine: AlertEngine, hass_ws_client: Any
) -> None:
    alarm = await raised(engine)
    page = await page_of(hass, hass_ws_client, await user_of(hass, USERS, "Marco"))

    answer = await page.ask("acknowledge", alarm_id=alarm.id)

    assert answer["verdict"] == "applied"
    assert answer["alarms"][0]["state"] == "acked"
    assert answer["alarms"][0]["acked_by"] == "Marco"
    taken = await engine.alarm(alarm.id)
    assert taken is not None
    assert taken.acked_by == "home_assistant:Marco"


async def test_an_alarm_goes_there_and_back(
    hass: HomeAssistant, engine: AlertEngine, hass_ws_client: Any
) -> None:
    alarm = await raised(engine)
    page = await page_of(hass, hass_ws_client)

    await page.ask("acknowledge", alarm_id=alarm.id)
    given_back = await page.ask("unacknowledge", alarm_id=alarm.id)
    assert given_back["alarms"][0]["state"] == "raised"

    shelved = await page.ask("shelve", alarm_id=alarm.id, minutes=30)
    until = dt_util.parse_datetime(shelved["alarms"][0]["shelved_until"])
    assert until is not None
    assert timedelta(minutes=29) < until - dt_util.utcnow() <= timedelta(minutes=30)
    unshelved = await page.ask("unshelve", alarm_id=alarm.id)
    assert unshelved["alarms"][0]["shelved_until"] is None

    closed = await page.ask("close", alarm_id=alarm.id)
    assert closed["alarms"][0]["state"] == "closed"
    assert await engine.open_alarms() == ()


async def test_all_alarms_are_taken_at_once_and_doing_so_again_is_no_mistake(
    hass: HomeAssistant, engine: AlertEngine, hass_ws_client: Any
) -> None:
    await raised(engine)
    await raised(engine, "fan")
    page = await page_of(hass, hass_ws_client)

    assert (await page.ask("acknowledge_all"))["count"] == 2
    assert (await page.ask("acknowledge_all"))["count"] == 0
    assert {alarm.state for alarm in await engine.open_alarms()} == {"acked"}


@pytest.mark.parametrize("act", ["acknowledge", "unacknowledge", "unshelve", "close"])
async def test_an_alarm_that_is_not_there_is_said_in_words(
    hass: HomeAssistant, hass_ws_client: Any, act: str
) -> None:
    page = await page_of(hass, hass_ws_client)
    error = await page.error(act, alarm_id="01NOTHERE")
    assert error["code"] == "invalid_request"
    assert error["translation_key"] == "alarm_not_found"
    assert error["message"]


@pytest.mark.parametrize("minutes", [0, 7 * 24 * 60 + 1, "30"])
async def test_nobody_shelves_for_longer_than_the_engine_takes(
    hass: HomeAssistant, engine: AlertEngine, hass_ws_client: Any, minutes: Any
) -> None:
    alarm = await raised(engine)
    page = await page_of(hass, hass_ws_client)
    assert (await page.error("shelve", alarm_id=alarm.id, minutes=minutes))["code"] == "invalid_format"


async def test_a_reply_goes_to_whoever_wrote_and_only_once(
    hass: HomeAssistant, engine: AlertEngine, hass_ws_client: Any
) -> None:
    inbound = await written(engine, "Is the pump on?", "+436769876543")
    page = await page_of(hass, hass_ws_client)

    first = await page.ask("reply", inbound=inbound, text="It is", request_id="0123456789")
    again = await page.ask("reply", inbound=inbound, text="It is", request_id="0123456789")

    assert first["verdict"] == "applied"
    assert again["verdict"] == "duplicate"
    replies = [message for message in await engine.messages() if message.text == "It is"]
    assert [message.address for message in replies] == ["+436769876543"]


async def test_a_person_who_never_wrote_is_written_to(
    hass: HomeAssistant, engine: AlertEngine, hass_ws_client: Any
) -> None:
    page = await page_of(hass, hass_ws_client)
    anna = engine.people[0]

    await page.ask("send", person=anna.id, text="Hello")
    (message,) = await engine.messages()
    assert (message.recipient, message.text) == (anna.id, "Hello")

    error = await page.error("send", person="+436769876543", text="Hello")
    assert error["translation_key"] == "person_not_found"


async def test_a_message_that_waits_is_taken_back(
    hass: HomeAssistant, engine: AlertEngine, hass_ws_client: Any
) -> None:
    page = await page_of(hass, hass_ws_client)
    sent = await page.ask("send", person=engine.people[0].id, text="Hello")
    (uid,) = sent["messages"]

    assert (await page.ask("cancel_message", uid=uid))["verdict"] == "applied"
    assert (await page.ask("cancel_message", uid=uid))["verdict"] == "unchanged"
    assert (await page.error("cancel_message", uid="gone"))["translation_key"] == "message_not_found"


async def test_a_person_is_tested(hass: HomeAssistant, engine: AlertEngine, hass_ws_client: Any) -> None:
    page = await page_of(hass, hass_ws_client)
    anna = engine.people[0]

    begun = await page.ask("test_person", person=anna.id)
    assert "sms" in begun["channels"]
    assert anna.id in (await page.ask("people"))["tests"]

    hass.config.language = "de"
    await async_get_translations(hass, "de", "common", {DOMAIN})
    error = await page.error("test_person", person=anna.id)
    assert error["translation_key"] == "invalid_request"
    assert error["translation_placeholders"]["reason"].startswith("ein Test dieser Person läuft schon")


@pytest.mark.parametrize(("act", "fields"), ACTS)
async def test_who_may_only_look_does_nothing(
    hass: HomeAssistant, hass_ws_client: Any, act: str, fields: dict[str, Any]
) -> None:
    page = await page_of(hass, hass_ws_client, await user_of(hass, READERS))
    assert (await page.error(act, **fields))["code"] == "unauthorized"


async def test_what_could_not_be_saved_is_not_said_to_be_done(
    hass: HomeAssistant, engine: AlertEngine, hass_ws_client: Any, broken_hub: Any
) -> None:
    page = await page_of(hass, hass_ws_client)
    error = await page.error("send", person=engine.people[0].id, text="Hello")
    assert (error["code"], error["translation_key"]) == ("failed", "not_committed")
    assert (await page.error("messages"))["translation_key"] == "journal_failed"
