"""Alarm panels, armed and disarmed by a text."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_capture_events,
    async_mock_service,
)

from alert_engine.model import Authorisation, KeywordReceived
from custom_components.alert_gateway import alarm_panels
from custom_components.alert_gateway.alarm_panels import PanelAction, PanelOrder, objection_to_panel
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.host import DATA_HOST
from tests.component.entries import modem_of, person_of, set_up
from tests.component.waiting import until, until_state

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, ServiceCall

    from custom_components.alert_gateway.keywords import KeywordDesk
    from gsm_driver.simulator import Simulator

PANEL = "alarm_control_panel.house"
PIN = "735912"
PHONE = "+436641112223"


def person(user: str | None = None) -> ConfigSubentryData:
    """Paula, who reads German."""
    more = {} if user is None else {"home_assistant": {"user": user}}
    data = {"name": "Paula", "phone": PHONE, "can_command": True, "language": "de", **more}
    return person_of(data)


def keyword(name: str, action: str, tier: int, *, switch: bool = True) -> ConfigSubentryData:
    """A keyword for the panel, as its form stores it."""
    data = {
        "name": name,
        "words": [name.upper()],
        "tier": tier,
        "answer": "Die Anlage wird gefragt.",
        "parameters": [{"name": "on", "kind": "on_off"}] if switch else [],
        "home_assistant": {"alarm_panel": PANEL, "action": action},
    }
    return ConfigSubentryData(data=data, subentry_type="keyword", title=name, unique_id=f"keyword:{name}")


async def panel(hass: HomeAssistant, **more: Any) -> None:
    """A panel of Home Assistant itself."""
    config = {"platform": "manual", "name": "House", "code_arm_required": False, "arming_time": 0, **more}
    assert await async_setup_component(hass, "alarm_control_panel", {"alarm_control_panel": config})
    await hass.async_block_till_done()


@pytest.fixture
async def paula(hass: HomeAssistant) -> MockUser:
    """Paula as a user of Home Assistant."""
    return MockUser(name="Paula", is_owner=True).add_to_hass(hass)


@pytest.fixture
async def gateway(hass: HomeAssistant, simulator: Simulator, paula: MockUser) -> MockConfigEntry:
    """Paula may use three keywords for the panel, and has a PIN."""
    hub = MockConfigEntry(
        domain=DOMAIN,
        title="Home",
        unique_id="hub",
        data={"kind": "hub"},
        options={"country": "AT"},
        subentries_data=[
            person(paula.id),
            keyword("alarm", "arm_away", 2),
            keyword("night", "arm_night", 1, switch=False),
            keyword("quick", "arm_away", 1),
        ],
    )
    await set_up(hass, hub)
    await set_up(hass, modem_of("simulator://modem0"))
    await until_state(hass, "binary_sensor.simulator_3809_connection", "on")
    engine = hass.data[DATA_HOST].engine
    await engine.access.set_pin(engine.people[0].id, PIN, by="test")
    return hub


async def answers(simulator: Simulator, text: str, count: int = 2) -> list[str]:
    """What Paula reads after she wrote this: that it was heard, then what the panel said."""
    network = simulator.network
    phone = network.add_phone(PHONE)
    network.deliver_sms(PHONE, text)
    await until(lambda: len(phone.texts) >= count, network.listen)
    return list(phone.texts)


@pytest.mark.usefixtures("gateway")
async def test_armed_and_disarmed(hass: HomeAssistant, simulator: Simulator, paula: MockUser) -> None:
    await panel(hass)
    calls = async_capture_events(hass, EVENT_CALL_SERVICE)

    assert "House: scharf, abwesend." in await answers(simulator, f"ALARM ON {PIN}")
    assert hass.states.is_state(PANEL, "armed_away")
    assert "House: unscharf." in await answers(simulator, f"alarm off {PIN}", 4)
    assert hass.states.is_state(PANEL, "disarmed")
    assert [event.context.user_id for event in calls] == [paula.id, paula.id]


@pytest.mark.usefixtures("gateway")
async def test_a_keyword_without_on_and_off(hass: HomeAssistant, simulator: Simulator) -> None:
    await panel(hass)
    assert "House: scharf, Nacht." in await answers(simulator, "NIGHT")


@pytest.mark.usefixtures("gateway")
async def test_it_is_armed_when_everybody_has_left(hass: HomeAssistant, simulator: Simulator) -> None:
    await panel(hass, arming_time=1)
    told = await answers(simulator, "QUICK ON")
    assert told == ["Die Anlage wird gefragt.", "House: scharf, abwesend."]


@pytest.mark.usefixtures("gateway")
async def test_nothing_is_disarmed_without_proof(hass: HomeAssistant, simulator: Simulator) -> None:
    """Whatever the tier of the keyword is."""
    await panel(hass)
    await answers(simulator, "NIGHT")
    told = await answers(simulator, "QUICK OFF", 4)
    assert "braucht das Schlüsselwort eine PIN" in told[-1]
    assert hass.states.is_state(PANEL, "armed_night")


@pytest.mark.usefixtures("gateway")
async def test_a_panel_that_refuses(hass: HomeAssistant, simulator: Simulator) -> None:
    await panel(hass, code="4711", code_arm_required=True)
    told = await answers(simulator, "QUICK ON")
    assert told[-1].startswith("House: nicht ausgeführt. ")
    assert hass.states.is_state(PANEL, "disarmed")


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize("how", ["breaks", "hangs"])
async def test_a_panel_that_does_not_work_is_told_of(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    async def arm(_call: ServiceCall) -> None:
        if how == "breaks":
            raise KeyError("session")
        await asyncio.Event().wait()

    monkeypatch.setattr(alarm_panels, "OBEYING", 0.01)
    hass.states.async_set(PANEL, "disarmed", {"friendly_name": "House"})
    hass.services.async_register("alarm_control_panel", "alarm_arm_away", arm)

    assert (await answers(simulator, "QUICK ON"))[-1] == "House: keine Antwort. Zustand: unscharf."
    engine = hass.data[DATA_HOST].engine
    handed: list[KeywordReceived] = []
    leave = engine.keywords.serve(handed.append)
    assert await engine.history.inbox(limit=1)
    leave()
    assert handed == [], "it was taken"


@pytest.mark.usefixtures("gateway")
async def test_a_panel_with_a_default_code(hass: HomeAssistant, simulator: Simulator) -> None:
    await panel(hass, code="4711", code_arm_required=True, unique_id="house")
    options = {"default_code": "4711"}
    order = PanelOrder(entity_id=PANEL, action=PanelAction.ARM_AWAY)
    assert objection_to_panel(hass, order) == "panel_wants_code"

    er.async_get(hass).async_update_entity_options(PANEL, "alarm_control_panel", options)
    assert objection_to_panel(hass, order) is None
    assert "House: scharf, abwesend." in await answers(simulator, "QUICK ON")


@pytest.mark.usefixtures("gateway")
async def test_a_panel_that_finds_a_window_open(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarm_panels, "SETTLING", 0.01)
    hass.states.async_set("binary_sensor.bath", "on", {"friendly_name": "Bath window"})
    opened = {"open_sensors": {"binary_sensor.bath": "on"}, "friendly_name": "House"}
    hass.states.async_set(PANEL, "disarmed", opened)
    async_mock_service(hass, "alarm_control_panel", "alarm_arm_away")

    told = await answers(simulator, "QUICK ON")
    assert told[-1] == "House: nicht ausgeführt, Zustand weiterhin: unscharf. Offen: Bath window."


@pytest.mark.usefixtures("gateway")
async def test_a_panel_that_is_not_there(hass: HomeAssistant, simulator: Simulator) -> None:
    told = await answers(simulator, "QUICK ON")
    assert told[-1] == f"{PANEL}: nicht ausgeführt, nicht erreichbar."


async def test_what_is_late_is_not_done_and_not_taken(hass: HomeAssistant, gateway: MockConfigEntry) -> None:
    await panel(hass)
    engine = hass.data[DATA_HOST].engine
    event = KeywordReceived(
        id="late",
        keyword="quick",
        person=engine.people[0].id,
        arguments=("ON",),
        values={"on": True},
        authorisation=Authorisation.KNOWN,
        at=dt_util.utcnow() - timedelta(minutes=3),
    )
    order = alarm_panels.order_of(hass, event)
    assert order == PanelOrder(entity_id=PANEL, action=PanelAction.ARM_AWAY)
    asked: list[bool] = []
    answer = await alarm_panels.answer_of(hass, event, order, lambda: asked.append(True))
    assert answer is None
    assert asked == []
    assert hass.states.is_state(PANEL, "disarmed")


async def test_one_keyword_twice_is_done_once(
    hass: HomeAssistant, gateway: MockConfigEntry, simulator: Simulator
) -> None:
    await panel(hass)
    calls = async_capture_events(hass, EVENT_CALL_SERVICE)
    told: list[KeywordReceived] = []
    engine = hass.data[DATA_HOST].engine
    engine.subscribe(lambda event: told.append(event) if isinstance(event, KeywordReceived) else None)
    await answers(simulator, "QUICK ON")

    desk: KeywordDesk = hass.data[DATA_HOST].news._keywords
    desk.hear(engine, told[0])
    await hass.async_block_till_done()
    assert len(calls) == 1


@pytest.mark.usefixtures("gateway")
async def test_what_a_form_must_know(hass: HomeAssistant) -> None:
    order = PanelOrder(entity_id=PANEL, action=PanelAction.ARM_VACATION)
    assert objection_to_panel(hass, order) == "panel_missing"
    hass.states.async_set(PANEL, "disarmed", {"supported_features": 2, "code_format": None})
    assert objection_to_panel(hass, order) == "panel_cannot"
    away = PanelOrder(entity_id=PANEL, action=PanelAction.ARM_AWAY)
    assert objection_to_panel(hass, away) is None
    hass.states.async_set(
        PANEL,
        "disarmed",
        {"supported_features": 2, "code_format": "number", "code_arm_required": False},
    )
    assert objection_to_panel(hass, away) is None
    off = PanelOrder(entity_id=PANEL, action=PanelAction.DISARM)
    assert objection_to_panel(hass, off) == "panel_wants_code"
