"""What the operator's page is shown: live, page by page, and with numbers masked."""

import gc
import weakref
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import ConfigSubentry
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser, async_fire_time_changed

from alert_engine.errors import InvalidRequestError
from alert_engine.model import (
    AlarmRaise,
    DryRun,
    InboundMeaning,
    ProofState,
    RouteError,
    RouteTraffic,
    SendRequest,
    Severity,
)
from alert_engine.routes.base import InboundSms, RouteHealth, RouteState
from alert_engine.routes.gsm_calls import name_of_calls
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.panel.command import in_words
from custom_components.alert_gateway.panel.live import CLOCK_LOOK, PUSH_PAUSE, LiveOverview
from custom_components.alert_gateway.panel.overview import MOST_ALARMS
from custom_components.alert_gateway.panel.shown_alarms import safe_url
from custom_components.alert_gateway.panel.shown_people import shown_dry_run
from custom_components.alert_gateway.panel.shown_routes import shown_traffic
from custom_components.alert_gateway.viewer import Lens, Viewer
from tests.component.entries import ANNA, BEN, hub_of, set_up
from tests.component.panel_client import READERS, USERS, page_of, user_of
from tests.component.waiting import until
from tests.engine.support import FakeRoute

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from alert_engine.engine import AlertEngine

STRANGER = "+436769876543"
ADMIN = Viewer(is_admin=True, may_act=True, by="home_assistant:Eva")
USER = Viewer(is_admin=False, may_act=True, by="home_assistant:Marco")


def engine_of(hass: HomeAssistant) -> AlertEngine:
    """The engine that runs now."""
    return hass.data[DATA_HOST].engine


async def raise_(hass: HomeAssistant, key: str, **fields: Any) -> str:
    """Raise an alarm; its id."""
    request = AlarmRaise(source="plc1", key=key, **fields)
    return (await engine_of(hass).raise_alarm(request)).alarms[0].id


async def write(hass: HomeAssistant, text: str, sender: str) -> None:
    """Let a message arrive."""
    sms = InboundSms(
        sender=sender,
        sender_can_be_answered=True,
        text=text,
        received_at=datetime.now(UTC),
        service_centre_time=None,
        is_text=True,
    )
    await engine_of(hass).inbound("modem_3809", sms)


def pause_over(hass: HomeAssistant) -> None:
    """Let the pause between two snapshots pass."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=2 * PUSH_PAUSE))


# --- live ---


@pytest.mark.usefixtures("hub")
async def test_the_page_begins_with_a_snapshot(hass: HomeAssistant, hass_ws_client: Any) -> None:
    await raise_(hass, "pump", title="Water")
    page = await page_of(hass, hass_ws_client)
    shown = await page.follow()
    assert shown["state"] == "running"
    assert shown["user"] == {"is_admin": True, "may_act": True}
    assert [alarm["title"] for alarm in shown["alarms"]] == ["Water"]
    assert (shown["open"], shown["unacknowledged"]) == (1, 1)
    assert [person["name"] for person in shown["roster"]["people"]] == ["Anna", "Ben"]
    assert shown["routes"] == []


@pytest.mark.usefixtures("hub")
async def test_many_changes_at_once_are_one_push(hass: HomeAssistant, hass_ws_client: Any) -> None:
    page = await page_of(hass, hass_ws_client)
    first = await page.follow()
    await engine_of(hass).raise_alarms([AlarmRaise(source="plc1", key=f"pump{n}") for n in range(20)])
    pause_over(hass)
    second = await page.overview()
    assert (first["open"], second["open"]) == (0, 20)
    assert second["changes"]["alarms"] > first["changes"]["alarms"]


async def test_people_and_groups_that_change_are_pushed(
    hass: HomeAssistant, hub: MockConfigEntry, hass_ws_client: Any
) -> None:
    anna = engine_of(hass).people[0].id
    page = await page_of(hass, hass_ws_client)
    assert (await page.follow())["roster"]["names"] == []
    group = ConfigSubentry(
        data=MappingProxyType({"name": "House", "members": [anna]}),
        subentry_type="group",
        title="House",
        unique_id="group:house",
    )
    hass.config_entries.async_add_subentry(hub, group)
    await hass.async_block_till_done()
    pause_over(hass)
    (house,) = (await page.overview())["roster"]["names"]
    assert (house["name"], house["kind"], house["reached"]) == ("House", "group", [anna])


@pytest.mark.usefixtures("hub")
async def test_a_message_that_arrives_is_a_reason_to_look_again(
    hass: HomeAssistant, hass_ws_client: Any
) -> None:
    page = await page_of(hass, hass_ws_client)
    before = (await page.follow())["changes"]
    MockConfigEntry(domain="other").add_to_hass(hass)  # nobody's business here
    await write(hass, "Hello", STRANGER)
    pause_over(hass)
    after = (await page.overview())["changes"]
    assert after["inbound"] > before["inbound"]
    assert after["alarms"] == before["alarms"]


@pytest.mark.usefixtures("hub")
async def test_what_did_not_change_is_not_pushed(hass: HomeAssistant, hass_ws_client: Any) -> None:
    page = await page_of(hass, hass_ws_client)
    await page.follow()
    async_fire_time_changed(hass, dt_util.utcnow() + CLOCK_LOOK)
    await hass.async_block_till_done(wait_background_tasks=True)
    await page.ask("inbox")  # its answer is the next thing that comes


async def test_it_goes_on_after_a_reload_and_a_restart_of_the_engine(
    hass: HomeAssistant, hub: MockConfigEntry, hass_ws_client: Any
) -> None:
    page = await page_of(hass, hass_ws_client)
    await page.follow()
    before = engine_of(hass)

    assert await hass.config_entries.async_unload(hub.entry_id)
    pause_over(hass)
    assert (await page.overview()) == {"state": "stopped"}
    assert (await page.error("inbox"))["translation_key"] == "not_set_up"

    assert await hass.config_entries.async_setup(hub.entry_id)
    await hass.async_block_till_done()
    assert engine_of(hass) is not before
    pause_over(hass)
    assert (await page.overview())["state"] == "running"
    await raise_(hass, "pump")
    pause_over(hass)
    assert (await page.overview())["open"] == 1


@pytest.mark.usefixtures("hub")
async def test_whoever_comes_back_sees_that_anything_may_have_changed(
    hass: HomeAssistant, hass_ws_client: Any
) -> None:
    """A page that was cut off asks again, although as much has changed as when it asked last."""
    page = await page_of(hass, hass_ws_client)
    before, after = (await page.follow())["changes"], (await page.follow())["changes"]
    assert not before.items() & after.items()


@pytest.mark.usefixtures("hub")
async def test_a_route_that_changes_is_a_reason_to_look_again(
    hass: HomeAssistant, hass_ws_client: Any
) -> None:
    page = await page_of(hass, hass_ws_client)
    stick = FakeRoute("stick")
    await engine_of(hass).add_route(stick)
    before = (await page.follow())["changes"]
    await stick.become(RouteHealth(state=RouteState.OK, facts=(("signal_dbm", -71),)))
    pause_over(hass)
    after = (await page.overview())["changes"]
    assert after["routes"] > before["routes"]
    assert after["messages"] == before["messages"]


@pytest.mark.usefixtures("hub")
async def test_what_changes_without_a_word_is_seen_within_a_minute(
    hass: HomeAssistant, hass_ws_client: Any
) -> None:
    page = await page_of(hass, hass_ws_client)
    assert (await page.follow())["routes"] == []
    await engine_of(hass).add_route(FakeRoute("stick"))  # nothing is told of it
    async_fire_time_changed(hass, dt_util.utcnow() + CLOCK_LOOK)
    assert [route["name"] for route in (await page.overview())["routes"]] == ["stick"]


@pytest.mark.usefixtures("hub")
async def test_who_may_look_no_more_is_shown_nothing_more(hass: HomeAssistant, hass_ws_client: Any) -> None:
    user = await user_of(hass, USERS)
    page = await page_of(hass, hass_ws_client, user)
    await page.follow()
    await hass.auth.async_update_user(user, group_ids=[])
    await raise_(hass, "pump")
    pause_over(hass)
    assert (await page.overview()) == {"state": "forbidden"}


@pytest.mark.usefixtures("hub")
async def test_a_page_that_is_left_while_it_is_drawn_gets_nothing(hass: HomeAssistant) -> None:
    sent: list[Any] = []
    live = LiveOverview(hass, await user_of(hass, USERS), sent.append)
    live.start()
    live.stop()  # the journal has not answered yet
    await hass.async_block_till_done(wait_background_tasks=True)
    assert sent == []


@pytest.mark.usefixtures("hub")
async def test_nobody_holds_on_to_a_page_that_was_left(hass: HomeAssistant) -> None:
    """Neither the engine, nor a timer, nor a signal: pages come and go for months."""
    sent: list[Any] = []
    live = LiveOverview(hass, await user_of(hass, USERS), sent.append)
    live.start()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(sent) == 1
    live.stop()
    left = weakref.ref(live)
    del live
    gc.collect()
    assert left() is None


@pytest.mark.usefixtures("broken_hub")
async def test_a_broken_journal_is_said(hass: HomeAssistant, hass_ws_client: Any) -> None:
    page = await page_of(hass, hass_ws_client)
    shown = await page.follow()
    assert shown["state"] == "failed"
    assert shown["reason"]


@pytest.mark.usefixtures("hub")
async def test_nothing_is_left_of_a_page_that_was_left(hass: HomeAssistant, hass_ws_client: Any) -> None:
    page = await page_of(hass, hass_ws_client)
    await page.follow()
    await page.client.send_json_auto_id({"type": "unsubscribe_events", "subscription": page.overviews})
    assert (await page.client.receive_json())["success"]
    await raise_(hass, "pump")
    pause_over(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    await page.ask("inbox")  # nothing was pushed before its answer


@pytest.mark.usefixtures("hub")
async def test_the_worst_comes_first_and_no_more_than_people_read(
    hass: HomeAssistant, hass_ws_client: Any
) -> None:
    engine = engine_of(hass)
    low = await raise_(hass, "a", severity=Severity.INFO)
    critical = await raise_(hass, "b", severity=Severity.CRITICAL)
    for number in range(MOST_ALARMS):
        await raise_(hass, f"fan{number}", severity=Severity.NORMAL)
    page = await page_of(hass, hass_ws_client)
    shown = await page.follow()
    assert shown["open"] == MOST_ALARMS + 2
    assert shown["alarms"][0]["id"] == critical
    assert len(shown["alarms"]) == MOST_ALARMS
    assert low not in {alarm["id"] for alarm in shown["alarms"]}
    assert len(await engine.open_alarms()) == MOST_ALARMS + 2

    rest = await page.ask("open_alarms")
    assert (rest["count"], rest["more"]) == (MOST_ALARMS + 2, False)
    assert rest["items"][:MOST_ALARMS] == shown["alarms"]
    assert rest["items"][-1]["id"] == low


@pytest.mark.usefixtures("hub")
async def test_a_test_comes_after_what_nobody_has_taken(hass: HomeAssistant, hass_ws_client: Any) -> None:
    page = await page_of(hass, hass_ws_client)
    await page.ask("test_person", person=engine_of(hass).people[0].id)
    low = await raise_(hass, "a", severity=Severity.INFO)
    shown = await page.follow()
    assert [(alarm["id"] == low, alarm["is_test"]) for alarm in shown["alarms"]] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.usefixtures("hub")
async def test_open_alarms_are_found_by_words(hass: HomeAssistant, hass_ws_client: Any) -> None:
    await raise_(hass, "pump", title="Water in the cellar", labels={"room": "K 12"})
    await raise_(hass, "fan", title="Water in the attic", text=f"Call {STRANGER}")
    page = await page_of(hass, hass_ws_client)
    for words, keys in (
        ("WATER", {"pump", "fan"}),
        ("cellar water", {"pump"}),
        ("k 12", {"pump"}),
        (STRANGER, {"fan"}),
        ("fire", set()),
    ):
        found = await page.ask("open_alarms", find=words)
        assert {alarm["key"] for alarm in found["items"]} == keys
    one = await page.ask("open_alarms", find="water", limit=1)
    assert (len(one["items"]), one["count"], one["more"]) == (1, 2, True)


@pytest.mark.usefixtures("hub")
async def test_nobody_finds_a_number_digit_by_digit(hass: HomeAssistant, hass_ws_client: Any) -> None:
    await raise_(hass, "fan", title=f"Call {STRANGER}")
    page = await page_of(hass, hass_ws_client, await user_of(hass, USERS))
    assert (await page.ask("open_alarms", find=STRANGER[:7]))["items"] == []
    assert (await page.ask("open_alarms", find="call"))["count"] == 1


# --- questions ---


@pytest.mark.usefixtures("hub")
async def test_messages_come_in_pages(hass: HomeAssistant, hass_ws_client: Any) -> None:
    engine = engine_of(hass)
    for number in range(5):
        await engine.send(SendRequest(to=(STRANGER,), text=f"Text {number}"))
    page = await page_of(hass, hass_ws_client)
    found: list[str] = []
    before: dict[str, str] = {}
    for more in (True, True, False):
        answer = await page.ask("messages", limit=2, **before)
        assert answer["more"] is more
        found += [message["text"] for message in answer["items"]]
        before = {"before": answer["items"][-1]["uid"]}
    assert found == [f"Text {number}" for number in (4, 3, 2, 1, 0)]
    assert (await page.error("messages", before="gone"))["translation_key"] == "invalid_request"


@pytest.mark.usefixtures("modem")
async def test_a_message_has_its_attempts_and_a_route_its_figures(
    hass: HomeAssistant, simulator: Any, hass_ws_client: Any
) -> None:
    page = await page_of(hass, hass_ws_client)
    engine = engine_of(hass)
    sent = await page.ask("send", person=engine.people[0].id, text="Hello")
    (uid,) = sent["messages"]
    await until_attempted(engine, uid)

    (attempt,) = (await page.ask("attempts", uid=uid))["items"]
    assert (attempt["number"], attempt["route"]) == (1, "modem_3809")
    assert attempt["began_at"]

    routes = {route["name"]: route for route in (await page.ask("routes"))["items"]}
    modem = routes["modem_3809"]
    assert modem["title"] == "Simulator (…3809)"
    assert modem["state"] == "ok"
    assert modem["facts"]["signal_dbm"] < 0
    assert "imei" not in modem["facts"]
    assert modem["signal"]
    assert modem["traffic"]["waiting"] == 0
    moments = [point["at"] for point in modem["signal"]]
    assert all(one < other for one, other in pairwise(moments))
    assert routes[name_of_calls("modem_3809")]["companion_of"] == "modem_3809"


async def until_attempted(engine: AlertEngine, uid: str) -> None:
    """Wait until a message was tried and what came of it is known."""
    attempts: list[Any] = []

    def note(event: Any) -> None:
        message = getattr(event, "message", None)
        if message is not None and message.uid == uid and message.state in {"accepted", "delivered"}:
            attempts.append(message)

    stop = engine.subscribe(note)
    try:
        await until(lambda: bool(attempts), engine.subscribe)
    finally:
        stop()


@pytest.mark.usefixtures("hub")
async def test_a_conversation_is_of_a_person_or_of_whoever_wrote(
    hass: HomeAssistant, hass_ws_client: Any
) -> None:
    engine = engine_of(hass)
    anna = engine.people[0].id
    await write(hass, "STATUS", ANNA["phone"])
    await write(hass, "Who is this?", STRANGER)
    page = await page_of(hass, hass_ws_client)

    (stranger, of_anna) = (await page.ask("inbox"))["items"]
    assert (of_anna["person"], of_anna["name"], of_anna["meaning"]) == (anna, "Anna", "command")
    assert (stranger["person"], stranger["address"]) == (None, STRANGER)

    with_anna = (await page.ask("conversation", person=anna))["items"]
    assert with_anna[-1]["inbound"]["text"] == "STATUS"
    with_stranger = await page.ask("conversation", inbound=stranger["id"])
    assert [each["inbound"]["text"] for each in with_stranger["items"] if each["inbound"]] == ["Who is this?"]
    assert with_stranger["whose"] == stranger

    assert (await page.error("conversation", inbound="gone"))["translation_key"] == "message_not_found"
    assert (await page.error("conversation"))["translation_key"] == "invalid_request"


@pytest.mark.usefixtures("hub")
async def test_each_who_wrote_is_there_with_their_newest_message(
    hass: HomeAssistant, hass_ws_client: Any
) -> None:
    twin = f"{STRANGER[:5]}00{STRANGER[7:]}"  # looks alike when it is masked
    for sender, text in (
        (ANNA["phone"], "STATUS"),
        (STRANGER, "Who is this?"),
        (twin, "Hello"),
        (STRANGER, "?"),
    ):
        await write(hass, text, sender)
    page = await page_of(hass, hass_ws_client, await user_of(hass, USERS))
    found = (await page.ask("senders"))["items"]
    assert [(each["name"], each["text"]) for each in found] == [
        (None, "?"),
        (None, "Hello"),
        ("Anna", "STATUS"),
    ]
    assert found[0]["address"] == found[1]["address"]
    assert found[0]["alias"] != found[1]["alias"]
    inbox = (await page.ask("inbox"))["items"]
    assert [each["alias"] == found[0]["alias"] for each in inbox] == [True, False, True, False]


@pytest.mark.usefixtures("hub")
async def test_an_alarm_has_its_story(hass: HomeAssistant, hass_ws_client: Any) -> None:
    alarm = await raise_(hass, "pump", title="Water", severity=Severity.HIGH)
    page = await page_of(hass, hass_ws_client)
    await page.ask("acknowledge", alarm_id=alarm)

    (story,) = (await page.ask("alarms", alarm_id=alarm))["items"]
    assert [note["event"] for note in story["notes"]][:1] == ["raised"]
    assert "acknowledged" in {note["event"] for note in story["notes"]}
    assert {message["name"] for message in story["messages"]} == {"Anna", "Ben"}

    assert (await page.ask("alarms", states=["closed"]))["items"] == []
    assert [each["id"] for each in (await page.ask("alarms"))["items"]] == [alarm]
    assert (await page.error("alarms", alarm_id="gone"))["translation_key"] == "alarm_not_found"


@pytest.mark.usefixtures("hub")
async def test_what_a_text_would_do_is_told_and_not_done(hass: HomeAssistant, hass_ws_client: Any) -> None:
    engine = engine_of(hass)
    anna = engine.people[0].id
    alarm_id = await raise_(hass, "pump", title="Water", severity=Severity.HIGH)
    alarm = await engine.alarm(alarm_id)
    assert alarm is not None
    page = await page_of(hass, hass_ws_client)

    run = await page.ask("dry_run", person=anna, text=f"OK {alarm.code}")

    assert run["meaning"] == "command"
    assert run["answer"]
    assert ("alarm", alarm.code) in {(deed["kind"], deed["code"]) for deed in run["deeds"]}
    unchanged = await engine.alarm(alarm_id)
    assert unchanged is not None
    assert unchanged.acked_at is None
    assert (await page.error("dry_run", person="gone", text="OK"))["code"] == "invalid_request"


async def test_who_would_be_told_depends_on_the_severity(hass: HomeAssistant, hass_ws_client: Any) -> None:
    await set_up(hass, hub_of(ANNA, {**BEN, "minimum_severity": "high"}))
    page = await page_of(hass, hass_ws_client)
    for severity, reached in (("normal", [True, False]), ("high", [True, True])):
        shown = await page.ask("people", severity=severity)
        assert shown["severity"] == severity
        assert [person["reached"] for person in shown["people"]] == reached
    assert (await page.ask("people"))["severity"] == "high"
    assert shown["tests"] == {}
    assert (await page.error("people", severity="loud"))["code"] == "invalid_format"


# --- who sees what ---


@pytest.mark.usefixtures("hub")
async def test_numbers_are_masked_for_whoever_is_no_admin(hass: HomeAssistant, hass_ws_client: Any) -> None:
    engine = engine_of(hass)
    await raise_(
        hass,
        f"call/{STRANGER}",
        title=f"Call {STRANGER}",
        severity=Severity.HIGH,
        labels={"tel": STRANGER, STRANGER: "on duty"},
        url=f"https://pbx.example.org/?caller=%2B{STRANGER[1:]}",
    )
    await write(hass, f"My new number is {STRANGER}", STRANGER)
    await engine.send(SendRequest(to=(STRANGER,), text="Hello"))
    entry = MockConfigEntry(domain=DOMAIN, title=f"SIM {STRANGER}", data={"kind": "modem", "route": "stick"})
    entry.add_to_hass(hass)
    barred = RouteHealth(state=RouteState.FAILED, reason=f"{STRANGER} is barred")
    await engine.add_route(FakeRoute("stick", health=barred))
    page = await page_of(hass, hass_ws_client, await user_of(hass, USERS))
    shown = [
        await page.follow(),
        *[await page.ask(each) for each in ("open_alarms", "alarms", "messages", "inbox", "senders")],
        *[await page.ask(each) for each in ("people", "routes")],
        await page.ask("conversation", person=engine.people[0].id),
        await page.ask("conversation", inbound=(await page.ask("inbox"))["items"][0]["id"]),
        await page.ask("dry_run", person=engine.people[0].id, text=f"hello {STRANGER}"),
        await page.error("dry_run", person=STRANGER, text="OK"),
        await page.error("test_person", person=STRANGER),
    ]
    words = str(shown)
    for number in (STRANGER, ANNA["phone"]):
        assert number[4:-3] not in words
    for masked in ("call/+43…543", "SIM +43…543", "+43…543 is barred"):
        assert masked in words


@pytest.mark.usefixtures("hub")
async def test_an_admin_sees_numbers_whole(hass: HomeAssistant, hass_ws_client: Any) -> None:
    await write(hass, "Hello", STRANGER)
    page = await page_of(hass, hass_ws_client)
    assert (await page.ask("inbox"))["items"][0]["address"] == STRANGER


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Call +43 676 987-65 43 now", "Call +43…543 now"),
        ("00436769876543", "+43…543"),
        ("+5 °C, 2026-11-22 08:20, code 4711", "+5 °C, 2026-11-22 08:20, code 4711"),
        ("counter 100000000000000", "counter 100000000000000"),
        ("", ""),
    ],
)
def test_only_numbers_are_masked_in_texts(text: str, shown: str) -> None:
    assert Lens(viewer=USER, names={}).text(text) == shown
    assert Lens(viewer=ADMIN, names={}).text(text) == text


async def test_why_something_cannot_be_done_is_masked_too() -> None:
    async def refused() -> dict[str, Any]:
        raise InvalidRequestError(f"no way to {STRANGER}")

    with pytest.raises(ServiceValidationError) as error:
        await in_words(refused(), Lens(viewer=USER, names={}), is_act=True)
    assert error.value.translation_placeholders == {"reason": "no way to +43…543"}


def test_what_a_route_says_is_masked_too() -> None:
    error = RouteError(at=dt_util.utcnow(), error_class="recipient", code=STRANGER, reason=f"no {STRANGER}")
    traffic = RouteTraffic(
        route="sms",
        since=dt_util.utcnow(),
        left=0,
        accepted=0,
        failed=1,
        received=0,
        last_delivery=None,
        last_error=error,
    )
    shown = shown_traffic(traffic, Lens(viewer=USER, names={}))
    assert (shown["last_error"]["code"], shown["last_error"]["reason"]) == ("+43…543", "no +43…543")


def test_what_stands_for_a_parameter_of_a_keyword_is_masked_too() -> None:
    run = DryRun(
        person="anna",
        meaning=InboundMeaning.COMMAND,
        command="call",
        words="",
        arguments=(),
        values={"whom": STRANGER, "minutes": 5},
        usage=None,
        tier=None,
        proof=ProofState.NOT_NEEDED,
        refusal=None,
        allowed=(),
        answer=None,
        deeds=(),
    )
    assert shown_dry_run(run, Lens(viewer=USER, names={}))["values"] == {"whom": "+43…543", "minutes": "5"}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://plant.example.org/a?tel=%2B436769876543", None),
        ("https://plant.example.org/a?tel=+436769876543", None),
        ("https://plant.example.org/a?code=4711", "https://plant.example.org/a?code=4711"),
        (None, None),
    ],
)
def test_a_link_with_a_number_is_for_admins(url: str | None, shown: str | None) -> None:
    assert Lens(viewer=USER, names={}).url(url) == shown
    assert Lens(viewer=ADMIN, names={}).url(url) == url


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("messages", {"states": ["queued"] * 40_000}),
        ("alarms", {"states": ["raised"] * 40_000}),
        ("messages", {"before": "x" * 65}),
        ("open_alarms", {"find": "x" * 101}),
        ("open_alarms", {"limit": 1001}),
        ("inbox", {"limit": 0}),
        ("dry_run", {"person": "x", "text": "x" * 1601}),
    ],
)
async def test_a_question_is_bounded(
    hass: HomeAssistant, hass_ws_client: Any, what: str, fields: dict[str, Any]
) -> None:
    page = await page_of(hass, hass_ws_client)
    assert (await page.error(what, **fields))["code"] == "invalid_format"


@pytest.mark.parametrize(
    ("by", "who"),
    [
        ("anna1", "Anna"),
        ("home_assistant:Eva", "Eva"),
        ("home_assistant", "home_assistant"),
        ("mqtt:plc", "mqtt:plc"),
        (STRANGER, "+43…543"),
        (None, None),
    ],
)
def test_whoever_did_it_has_a_name(by: str | None, who: str | None) -> None:
    assert Lens(viewer=USER, names={"anna1": "Anna"}).who(by) == who


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://plant.example.org/a", True),
        ("http://10.0.0.1/", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        ("http://[::1", False),
        (None, False),
    ],
)
def test_only_web_pages_are_linked(url: str | None, shown: bool) -> None:  # noqa: FBT001 - a table
    assert safe_url(url) == (url if shown else None)


@pytest.mark.usefixtures("hub")
async def test_who_may_not_see_everything_sees_nothing(hass: HomeAssistant, hass_ws_client: Any) -> None:
    stranger = MockUser(name="Nobody", groups=[]).add_to_hass(hass)
    page = await page_of(hass, hass_ws_client, stranger)
    assert (await page.error("subscribe"))["code"] == "unauthorized"
    assert (await page.error("inbox"))["code"] == "unauthorized"


@pytest.mark.usefixtures("hub")
async def test_who_may_only_look_is_told_so(hass: HomeAssistant, hass_ws_client: Any) -> None:
    page = await page_of(hass, hass_ws_client, await user_of(hass, READERS))
    assert (await page.follow())["user"] == {"is_admin": False, "may_act": False}
    await page.ask("inbox")
