"""Triggers, in automations as people write them: in YAML, and as the editor checks them."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CoreState
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.trigger import async_initialize_triggers, async_validate_trigger_config
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from alert_engine.inbound.settings import CommandSettings
from alert_engine.model import (
    Keyword,
    KeywordReceived,
    Parameter,
    ParameterKind,
    SendRequest,
    Tier,
)
from alert_engine.routes.base import Ring
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.keywords import KeywordDesk
from custom_components.alert_gateway.trigger import TRIGGERS
from tests.component.automations import HEARD, automation, heard_something
from tests.component.entries import ANNA, BEN, ROUTE
from tests.component.waiting import PATIENCE, until, until_state

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry
    from pytest_homeassistant_custom_component.typing import WebSocketGenerator

    from gsm_driver.simulator import Simulator

STRANGER = "+436809999999"
AFAR = "+998901234567"  # of a country whose numbers are not in the tables
CONNECTION = "binary_sensor.simulator_3809_connection"
GATE = Keyword(
    name="gate",
    words=("GATE",),
    parameters=(Parameter(name="open", kind=ParameterKind.ON_OFF),),
    tier=Tier.LISTED,
)


@pytest.fixture
def gate(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    """Everybody may open the gate."""
    host = hass.data[DATA_HOST]
    settings = host.engine._ledger.settings
    host.engine.update_settings(replace(settings, commands=CommandSettings(keywords=(GATE,))))


# --- texts ---


MESSAGE = """{
    "text": "{{ trigger.message.text }}", "person": "{{ trigger.message.person }}",
    "keyword": "{{ trigger.message.keyword }}", "open": "{{ trigger.message.parameters.open }}",
    "route": "{{ trigger.message.route }}"}"""


async def test_any_text(hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator) -> None:
    heard = await automation(hass, "- trigger: alert_gateway.sms_received", MESSAGE)
    simulator.network.deliver_sms(STRANGER, "Hello there")

    told = await heard_something(hass, heard)
    assert told == {
        "text": "Hello there",
        "person": None,
        "keyword": None,
        "open": "",
        "route": ROUTE,
    }


@pytest.mark.usefixtures("gate")
async def test_a_keyword_with_its_parameters(hass: HomeAssistant, simulator: Simulator) -> None:
    trigger = "- {trigger: alert_gateway.sms_received, options: {keyword: gate}}"
    heard = await automation(hass, trigger, MESSAGE)
    simulator.network.deliver_sms(ANNA["phone"], "On my way")
    simulator.network.deliver_sms(ANNA["phone"], "gate on")

    told = await heard_something(hass, heard)
    assert (told["person"], told["keyword"], told["open"]) == ("Anna", "gate", True)
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ("{person: notify.ben}", "Ben here"),
        ("{person: [ben]}", "Ben here"),
        ("{sender: 491701234567}", "Ben here"),
        ("{sender: ['0664 1234567']}", "ANNA here"),
        ("{sender: 998901234567}", "From afar"),
        ("{text: anna}", "ANNA here"),
        ("{person: Anna, text: ben}", "Anna and Ben"),
    ],
)
async def test_only_what_somebody_waits_for(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator, options: str, wanted: str
) -> None:
    trigger = f"- {{trigger: alert_gateway.sms_received, options: {options}}}"
    heard = await automation(hass, trigger, MESSAGE)
    for sender, text in (
        (STRANGER, "Nobody you know"),
        (AFAR, "From afar"),
        (BEN["phone"], "Ben here"),
        (ANNA["phone"], "ANNA here"),
        (ANNA["phone"], "Anna and Ben"),
    ):
        simulator.network.deliver_sms(sender, text)

    assert (await heard_something(hass, heard))["text"] == wanted


@pytest.mark.usefixtures("gate")
async def test_each_automation_hears_a_keyword_once(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    engine = hass.data[DATA_HOST].engine
    trigger = """- {trigger: alert_gateway.sms_received, options: {keyword: gate}}
            - {trigger: alert_gateway.sms_received, options: {person: Anna}}"""
    heard = await automation(hass, trigger, MESSAGE)
    simulator.network.deliver_sms(ANNA["phone"], "gate on")
    await heard_something(hass, heard, 2)

    async with asyncio.timeout(PATIENCE):
        while await engine._ledger.read(lambda tx: tx.waiting_keywords.oldest()):
            pass  # the note of it comes after the automations
    # Whoever serves again is handed what waits; nothing does any more.
    handed: list[str] = []
    leave = engine.keywords.serve(lambda event: handed.append(event.id))
    assert await engine.history.inbox(limit=1)
    leave()
    assert handed == []
    assert len(heard) == 2


async def test_a_keyword_that_comes_while_home_assistant_starts_waits_for_automations(
    hass: HomeAssistant, simulator: Simulator, modem: MockConfigEntry
) -> None:
    hass.set_state(CoreState.starting)
    news = hass.data[DATA_HOST].news
    news._is_open = False  # as it is from the beginning of a start
    simulator.network.deliver_sms(ANNA["phone"], "I am here")
    inbox = hass.data[DATA_HOST].engine.history.inbox
    await until_committed(hass, inbox)
    heard = await automation(hass, "- trigger: alert_gateway.sms_received", MESSAGE)
    assert heard == []

    news._open()
    assert (await heard_something(hass, heard))["text"] == "I am here"


async def until_committed(hass: HomeAssistant, inbox: Any) -> None:
    """Return when a text is in the journal."""
    told: list[object] = []
    engine = hass.data[DATA_HOST].engine
    await until(lambda: bool(told), lambda wake: engine.subscribe(lambda event: (told.append(event), wake())))
    assert await inbox(limit=1)


async def test_a_keyword_whose_look_up_was_cut_off_is_handed_over_later(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, told = hass.data[DATA_HOST].engine, list[str]()
    simulator.network.deliver_sms(ANNA["phone"], "gate on")
    await until_committed(hass, engine.history.inbox)
    (message,) = await engine.history.inbox(limit=1)
    event = KeywordReceived(
        id=message.id,
        keyword="gate",
        person=message.person,
        arguments=("on",),
        authorisation=message.authorisation,
        at=dt_util.utcnow(),
    )
    desk = KeywordDesk(hass, lambda inbound, _command: told.append(inbound.id))

    with monkeypatch.context() as slow_disk:
        slow_disk.setattr(type(engine.history), "inbound", lambda *_: asyncio.Event().wait())
        desk.hear(engine, event)
        desk.forget_tasks()
        await hass.async_block_till_done()
    assert told == []
    for _ in range(2):
        desk.hear(engine, event)
        await hass.async_block_till_done()
    assert told == [message.id]


async def test_reloads_do_not_matter(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    heard = await automation(hass, "- trigger: alert_gateway.sms_received", MESSAGE)
    for entry in hass.config_entries.async_entries("alert_gateway"):
        assert await hass.config_entries.async_reload(entry.entry_id)
    simulator.network.deliver_sms(ANNA["phone"], "Still there?")

    assert (await heard_something(hass, heard))["text"] == "Still there?"
    assert len(heard) == 1


async def test_a_call(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    heard = await automation(
        hass,
        "- {trigger: alert_gateway.call_received, options: {person: Anna}}",
        '{"person": "{{ trigger.call.person }}", "number": "{{ trigger.call.number }}"}',
    )
    engine = hass.data[DATA_HOST].engine
    await engine.rung(ROUTE, Ring(caller=STRANGER, at=dt_util.utcnow()))
    await engine.rung(ROUTE, Ring(caller=ANNA["phone"], at=dt_util.utcnow()))

    told = await heard_something(hass, heard)
    assert told["person"] == "Anna"
    assert ANNA["phone"] not in told["number"]
    assert len(heard) == 1


# --- messages and ways out ---


async def test_a_message_that_is_too_old(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    heard = await automation(
        hass,
        "- {trigger: alert_gateway.message_failed, options: {person: notify.anna}}",
        '{"person": "{{ trigger.message.person }}", "state": "{{ trigger.message.state }}"}',
    )
    engine = hub.runtime_data.engine
    people = {person.name: person.id for person in engine.people}
    soon = dt_util.utcnow() + timedelta(seconds=1)
    for name in ("Ben", "Anna"):
        await engine.send(SendRequest(to=(people[name],), text="Too late", expires_at=soon))

    assert await heard_something(hass, heard) == {"person": "Anna", "state": "expired"}
    assert len(heard) == 1


ROUTE_TOLD = '{"name": "{{ trigger.route.name }}", "reason": "{{ trigger.route.reason }}"}'


async def test_a_modem_fails_for_good_and_comes_back(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), modem.entry_id)
    failed = f"- {{trigger: alert_gateway.route_failed, options: {{device: {device.id}}}}}"
    heard = await automation(hass, failed, ROUTE_TOLD)
    simulator.unplug()
    await until_state(hass, CONNECTION, "off")
    assert heard == []

    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    told = await heard_something(hass, heard)
    assert told["name"] == ROUTE
    assert told["reason"]
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=90))
    await hass.async_block_till_done()
    assert len(heard) == 1


async def test_a_modem_that_is_back_in_time_has_not_failed(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    trigger = """- {trigger: alert_gateway.route_failed}
            - {trigger: alert_gateway.route_recovered}"""
    heard = await automation(hass, trigger, '{"what": "{{ trigger.description }}"}')
    simulator.unplug()
    await until_state(hass, CONNECTION, "off")
    simulator.plug_in()
    await until_state(hass, CONNECTION, "on")

    assert await heard_something(hass, heard) == {"what": "a way out works again"}
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    await hass.async_block_till_done()
    assert len(heard) == 1


async def test_whoever_left_waits_for_nothing(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    heard: list[Any] = []
    wanted = await async_validate_trigger_config(
        hass, cv.TRIGGER_SCHEMA([{"trigger": "alert_gateway.route_failed"}])
    )
    leave = await async_initialize_triggers(
        hass, wanted, lambda variables, _context: heard.append(variables), "test", "ours", logging.log
    )
    assert leave is not None
    simulator.unplug()
    await until_state(hass, CONNECTION, "off")
    leave()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    await hass.async_block_till_done()
    assert heard == []


# --- the editor ---


EXAMPLES: dict[str, dict[str, Any]] = {
    "alarm_acknowledged": {"severity": "high"},
    "alarm_cleared": {"key": ["pump/*"]},
    "alarm_raised": {"severity": "critical", "source": ["plc1"], "tests": True},
    "call_received": {"person": ["notify.anna"]},
    "message_failed": {"person": ["notify.anna"]},
    "route_failed": {"device": ["0123"], "for": {"seconds": 30}},
    "route_recovered": {},
    "sms_received": {"keyword": ["gate"], "sender": ["+436641234567"], "text": "x"},
}


@pytest.mark.parametrize("name", TRIGGERS)
async def test_it_can_wait_for_an_integration_that_is_not_set_up(hass: HomeAssistant, name: str) -> None:
    trigger = {"trigger": f"alert_gateway.{name}", "options": EXAMPLES[name]}
    config = {"automation": {"alias": "ours", "triggers": [trigger], "actions": [{"event": HEARD}]}}
    assert await async_setup_component(hass, "automation", config)
    await hass.async_block_till_done()
    assert hass.states.is_state("automation.ours", "on")


@pytest.mark.parametrize("name", TRIGGERS)
async def test_the_editor_takes_it_while_no_entry_is_loaded(
    hass: HomeAssistant, hub: MockConfigEntry, hass_ws_client: WebSocketGenerator, name: str
) -> None:
    assert await hass.config_entries.async_unload(hub.entry_id)
    assert hub.state is ConfigEntryState.NOT_LOADED
    client = await hass_ws_client(hass)
    trigger = {"trigger": f"alert_gateway.{name}", "options": EXAMPLES[name]}
    await client.send_json_auto_id({"type": "validate_config", "triggers": [trigger]})
    answer = await client.receive_json()
    assert answer["result"]["triggers"] == {"valid": True, "error": None}


async def test_the_editor_refuses_what_makes_no_sense(
    hass: HomeAssistant, hub: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    trigger = {"trigger": "alert_gateway.alarm_raised", "options": {"severity": "bad"}}
    await client.send_json_auto_id({"type": "validate_config", "triggers": [trigger]})
    assert not (await client.receive_json())["result"]["triggers"]["valid"]


async def test_the_editor_offers_all_with_their_fields(
    hass: HomeAssistant, hub: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "trigger_platforms/subscribe"})
    offered: dict[str, Any] = {}
    while "alert_gateway.sms_received" not in offered:
        offered |= (await client.receive_json()).get("event") or {}

    ours = {name: text for name, text in offered.items() if name.startswith("alert_gateway.")}
    assert set(ours) == {f"alert_gateway.{name}" for name in TRIGGERS}
    for name, kind in TRIGGERS.items():
        assert set(ours[f"alert_gateway.{name}"]["fields"]) == {str(key.schema) for key in kind.schema}
