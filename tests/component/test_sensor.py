"""Figures of the hub and of ways out."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from alert_engine.model import RouteTraffic, SendRequest
from alert_engine.routes.base import ProofLevel, RouteHealth, RouteState
from alert_engine.supervision.figures import RouteFigures
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.coordinator import RouteReport
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.route_sensors import (
    CREDIT_SENSOR,
    FIGURES_SENSORS,
    MODEM_SENSORS,
    TECHNOLOGIES,
    CreditSensor,
    ModemSensor,
)
from gsm_driver.at.responses import TECHNOLOGIES as TECHNOLOGIES_OF_THE_DRIVER
from tests.component.entries import ANNA, IMEI, ROUTE, modem_of
from tests.component.waiting import until_state
from tests.engine.support import FakeRoute

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from gsm_driver.simulator import Simulator

PREFIX = "sensor.simulator_3809_"
MODEM = {each.key: each for each in MODEM_SENSORS}
FIGURES = {each.key: each for each in FIGURES_SENSORS}


@pytest.fixture
async def everything(hass: HomeAssistant, modem: MockConfigEntry) -> MockConfigEntry:
    """The modem with all its entities."""
    registry = er.async_get(hass)
    for entry in er.async_entries_for_config_entry(registry, modem.entry_id):
        registry.async_update_entity(entry.entity_id, disabled_by=None)
    await hass.config_entries.async_reload(modem.entry_id)
    await until_state(hass, "binary_sensor.simulator_3809_connection", "on")
    return modem


@pytest.mark.usefixtures("everything")
async def test_what_a_modem_tells(hass: HomeAssistant, simulator: Simulator) -> None:
    assert (await until_state(hass, f"{PREFIX}signal", "65")).attributes["unit_of_measurement"] == "%"
    await until_state(hass, f"{PREFIX}signal_strength", "-73")
    await until_state(hass, f"{PREFIX}registration", "home")
    await until_state(hass, f"{PREFIX}network_technology", "lte")
    await until_state(hass, f"{PREFIX}state", "ok")
    await until_state(hass, f"{PREFIX}proven", "allowed")
    assert hass.states.is_state(f"{PREFIX}message_memory_used", "unknown")

    simulator.unplug()
    state = await until_state(hass, f"{PREFIX}state", "failed")
    assert state.attributes["reason"]
    for gone in ("signal", "signal_strength", "registration", "network_technology", "operator"):
        assert hass.states.is_state(f"{PREFIX}{gone}", "unavailable")
    assert hass.states.is_state(f"{PREFIX}last_delivery", "unknown"), "the journal still knows"


async def test_a_delivery_is_remembered(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    simulator.network.add_phone(ANNA["phone"])
    engine = hass.data[DATA_HOST].engine
    anna = next(person.id for person in engine.people if person.name == "Anna")
    await engine.send(SendRequest(to=(anna,), text="Hello"))

    state = await until_state(hass, f"{PREFIX}last_delivery", lambda state: state.state != "unknown")
    assert dt_util.parse_datetime(state.state) is not None


async def test_what_waits_is_shown_by_each_way_that_may_carry_it(
    hass: HomeAssistant, modem: MockConfigEntry, simulator: Simulator
) -> None:
    await until_state(hass, f"{PREFIX}queue", "0")
    simulator.unplug()
    await until_state(hass, f"{PREFIX}state", "failed")
    for text in ("One", "Two"):
        await hass.data[DATA_HOST].engine.send(SendRequest(to=(ANNA["phone"],), text=text))
    state = await until_state(hass, f"{PREFIX}queue", "2")
    assert (state.attributes["unit_of_measurement"], state.attributes["state_class"]) == (
        "messages",
        "measurement",
    )
    await hass.data[DATA_HOST].engine.add_route(FakeRoute("other"))
    await until_state(hass, f"{PREFIX}queue", "0")
    await hass.data[DATA_HOST].engine.remove_route("other")


async def test_a_modem_without_a_network_says_so(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    """It has failed as a way out, and what it says of the network is what somebody wants to know."""
    facts = (("registration", "denied"), ("signal_dbm", -82), ("operator", None))
    denied = FakeRoute("denied", health=RouteHealth(state=RouteState.FAILED, facts=facts))
    gone = FakeRoute("gone", health=RouteHealth(state=RouteState.FAILED))
    engine = hass.data[DATA_HOST].engine
    for route in (denied, gone):
        await engine.add_route(route)
    there = ModemSensor(replace(modem.runtime_data, route="denied"), MODEM["registration"])
    assert (there.available, there.native_value) == (True, "denied")
    assert not ModemSensor(replace(modem.runtime_data, route="gone"), MODEM["registration"]).available
    for route in (denied, gone):
        await engine.remove_route(route.name)


async def test_a_journal_that_cannot_be_read_keeps_no_entity_away(
    hass: HomeAssistant, broken_hub: MockConfigEntry, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even those that show what was read before: nothing was."""
    modem = modem_of("simulator://modem0")
    registry = er.async_get(hass)
    modem.add_to_hass(hass)
    for key in ("credit", "budget_left", "proof"):
        registry.async_get_or_create("sensor", DOMAIN, f"{IMEI}_{key}", config_entry=modem, disabled_by=None)
    assert await hass.config_entries.async_setup(modem.entry_id)
    await hass.async_block_till_done()
    shown = {
        entry.unique_id.removeprefix(f"{IMEI}_"): hass.states.get(entry.entity_id)
        for entry in er.async_entries_for_config_entry(registry, modem.entry_id)
        if entry.disabled_by is None
    }
    assert {key for key, state in shown.items() if state is None} == set()
    assert "Error adding entity" not in caplog.text


async def test_the_state_follows_the_supervision(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    """A modem that says that all is well, and whose messages do not arrive."""
    figures = modem.runtime_data.figures
    fault = RouteFigures(
        state=RouteState.FAILED, proof=ProofLevel.ALLOWED, last_proof=None, reason="lost", is_fault=True
    )
    figures.async_set_updated_data(report(fault))
    state = hass.states.get(f"{PREFIX}state")
    assert state is not None
    assert (state.state, state.attributes["reason"]) == ("failed", "lost")


async def test_figures_are_looked_at_now_and_then(hass: HomeAssistant, modem: MockConfigEntry) -> None:
    figures = modem.runtime_data.figures
    figures.async_set_updated_data(report(None))
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=62))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert figures.data.figures is not None


def report(figures: RouteFigures | None) -> RouteReport:
    """A report on a way out."""
    traffic = RouteTraffic(
        route=ROUTE,
        since=dt_util.utcnow(),
        left=0,
        accepted=0,
        failed=0,
        received=0,
        last_delivery=None,
        last_error=None,
    )
    return RouteReport(traffic=traffic, figures=figures)


@pytest.mark.parametrize(
    ("key", "facts", "value"),
    [
        ("signal_percent", {"signal_dbm": -113}, 0),
        ("signal_percent", {"signal_dbm": -51}, 100),
        ("signal_percent", {"signal_dbm": -40}, 100),
        ("signal_percent", {"signal_dbm": -130}, 0),
        ("signal_percent", {"signal_dbm": None}, None),
        ("storage", {"storage": "SM 3/20"}, 15),
        ("storage", {"storage": "SM 3/None"}, None),
        ("storage", {"storage": "SM 0/0"}, None),
        ("storage", {"storage": None}, None),
        ("registration", {"registration": "denied"}, "denied"),
        ("registration", {"registration": "unknown"}, None),
        ("registration", {}, None),
        ("technology", {"technology": "UTRAN"}, "umts"),
        ("technology", {"technology": None}, None),
        ("technology", {}, None),
    ],
)
def test_a_fact_becomes_a_value(key: str, facts: dict[str, Any], value: int | str | None) -> None:
    assert MODEM[key].value(facts) == value


def test_every_technology_of_the_driver_has_a_word() -> None:
    assert set(TECHNOLOGIES_OF_THE_DRIVER.values()) == set(TECHNOLOGIES)


def test_what_is_not_known_yet() -> None:
    assert FIGURES["proof"].value(report(None)) is None
    assert FIGURES["budget_left"].value(report(None)) is None


@pytest.mark.parametrize(
    ("currency", "device_class", "unit"),
    [("EUR", "monetary", "EUR"), ("€", None, "€"), ("", None, None)],
)
async def test_credit_is_money_where_it_has_a_currency(
    hass: HomeAssistant, modem: MockConfigEntry, currency: str, device_class: str | None, unit: str | None
) -> None:
    runtime = modem.runtime_data
    credit = CreditSensor(runtime, CREDIT_SENSOR, is_shown=True)
    figures = RouteFigures(
        state=RouteState.OK,
        proof=None,
        last_proof=None,
        reason="",
        is_fault=False,
        credit=Decimal("12.34"),
        currency=currency,
        credit_at=dt_util.utcnow(),
        budget_left=7,
    )
    runtime.figures.data = report(figures)
    assert credit.native_value == Decimal("12.34")
    assert (credit.device_class, credit.native_unit_of_measurement) == (device_class, unit)
    assert credit.extra_state_attributes["asked_at"] == figures.credit_at
    assert FIGURES["budget_left"].value(runtime.figures.data) == 7

    runtime.figures.data = report(None)
    assert credit.native_value is credit.native_unit_of_measurement is None
    assert credit.extra_state_attributes["asked_at"] is None


async def test_the_hub_without_a_broker_and_without_schedules(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    assert hass.states.is_state("sensor.alert_gateway_mqtt", "off")
    assert hass.states.is_state("sensor.alert_gateway_on_call", "nobody")
    entry = er.async_get(hass).async_get("sensor.alert_gateway_messages_in_doubt")
    assert entry is not None
    assert entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION
