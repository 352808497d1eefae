"""Triggers of alarms: what is raised, taken and over, and each of it once."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util

from alert_engine.model import (
    AlarmAcknowledge,
    AlarmChanged,
    AlarmClear,
    AlarmRaise,
    AlarmShelve,
    AlarmUnshelve,
    MaintenanceEnd,
    MaintenanceStart,
    Severity,
)
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.news import SIGNAL_NEWS
from tests.component.automations import automation, heard_something

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

ALARM = """{"key": "{{ trigger.alarm.key }}", "severity": "{{ trigger.alarm.severity }}",
    "by": "{{ trigger.alarm.acknowledged_by }}"}"""


def alarm(key: str, severity: Severity = Severity.HIGH, source: str = "plc1", **more: Any) -> AlarmRaise:
    return AlarmRaise(source=source, key=key, severity=severity, title="Pump", **more)


async def test_an_alarm_of_these_and_at_least_so_severe(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    options = "{severity: high, source: 'plc?', key: ['pump/*', valve, 'tank[1]']}"
    heard = await automation(hass, f"- {{trigger: alert_gateway.alarm_raised, options: {options}}}", ALARM)
    engine = hub.runtime_data.engine
    for each in (
        alarm("pump/1", Severity.NORMAL),
        alarm("pump/2", source="other"),
        alarm("fan"),
        alarm("pump/3", is_test=True),
        alarm("pump/4"),
        alarm("valve", Severity.CRITICAL),
        alarm("tank1"),
        alarm("tank[1]"),
    ):
        await engine.raise_alarm(each)
    await hass.async_block_till_done()

    assert [event.data["key"] for event in heard] == ["pump/4", "valve", "tank[1]"]


async def test_an_alarm_that_becomes_as_severe_is_raised_then(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    heard = await automation(
        hass, "- {trigger: alert_gateway.alarm_raised, options: {severity: high}}", ALARM
    )
    engine = hub.runtime_data.engine
    for severity in (Severity.NORMAL, Severity.HIGH, Severity.HIGH, Severity.CRITICAL):
        await engine.raise_alarm(alarm("pump", severity))
    await hass.async_block_till_done()

    assert [event.data["severity"] for event in heard] == ["high"]

    for severity in (Severity.HIGH, Severity.CRITICAL):
        await engine.raise_alarm(alarm("valve", severity))
    await hass.async_block_till_done()
    assert [event.data["severity"] for event in heard] == ["high", "high"], "worse is not raised again"


async def test_an_alarm_that_nobody_is_told_of_is_raised_when_they_are(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    heard = await automation(hass, "- trigger: alert_gateway.alarm_raised", ALARM)
    engine = hub.runtime_data.engine
    await engine.start_maintenance(MaintenanceStart(by="test", source="plc1"))
    await engine.raise_alarm(alarm("pump"))
    await hass.async_block_till_done()
    assert heard == []

    await engine.end_maintenance(MaintenanceEnd(by="test", source="plc1"))
    assert (await heard_something(hass, heard))["key"] == "pump"


async def test_an_alarm_held_back_by_its_policy_is_raised_after_that(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    heard = await automation(hass, "- trigger: alert_gateway.alarm_raised", ALARM)
    engine = hub.runtime_data.engine
    await engine.raise_alarm(alarm("pump", hold=timedelta(minutes=1)))
    await engine.raise_alarm(alarm("valve", hold=timedelta(0)))
    await hass.async_block_till_done()
    assert [event.data["key"] for event in heard] == ["valve"]


@pytest.mark.parametrize("how", ["unshelved", "shelve_over"])
async def test_an_alarm_that_was_quiet_from_the_beginning_is_raised_when_it_is_loud(
    hass: HomeAssistant, hub: MockConfigEntry, how: str
) -> None:
    """Under maintenance first, then shelved: nobody was told before it is no longer shelved."""
    heard = await automation(hass, "- trigger: alert_gateway.alarm_raised", ALARM)
    engine = hub.runtime_data.engine
    await engine.start_maintenance(MaintenanceStart(by="test", source="plc1"))
    (pump,) = (await engine.raise_alarm(alarm("pump"))).alarms
    later = dt_util.utcnow() + timedelta(hours=1)
    await engine.shelve(AlarmShelve(by="test", alarm_id=pump.id, until=later))
    await engine.end_maintenance(MaintenanceEnd(by="test", source="plc1"))
    await hass.async_block_till_done()
    assert heard == []

    if how == "unshelved":
        await engine.unshelve(AlarmUnshelve(by="test", alarm_id=pump.id))
    else:  # nobody waits for the clock of the engine
        loud = replace(pump, suppressed_by=None)
        async_dispatcher_send(hass, SIGNAL_NEWS, AlarmChanged(alarm=loud, event=how, at=dt_util.utcnow()))
    assert (await heard_something(hass, heard))["key"] == "pump"
    await engine.shelve(AlarmShelve(by="test", alarm_id=pump.id, until=later))
    await engine.unshelve(AlarmUnshelve(by="test", alarm_id=pump.id))
    await hass.async_block_till_done()
    assert len(heard) == 1, "it was told already"


async def test_an_automation_that_comes_later_is_not_told_again(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    """As after each reload of automations: what was loud before is not raised by getting worse."""
    engine = hub.runtime_data.engine
    await engine.raise_alarm(alarm("pump", Severity.NORMAL))
    await engine.raise_alarm(alarm("taken", Severity.NORMAL))
    await engine.acknowledge(AlarmAcknowledge(by="test", all_open=True))
    await engine.raise_alarm(alarm("loud", Severity.NORMAL))
    heard = await automation(hass, "- trigger: alert_gateway.alarm_raised", ALARM)

    for key in ("loud", "taken"):
        await engine.raise_alarm(alarm(key, Severity.CRITICAL))
    await hass.async_block_till_done()
    assert [event.data["key"] for event in heard] == ["taken"]


async def test_an_alarm_that_gets_worse_while_home_assistant_starts_is_told_then(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    engine, news = hub.runtime_data.engine, hass.data[DATA_HOST].news
    await engine.raise_alarm(alarm("pump", Severity.NORMAL))
    news._is_open = False  # as it is from the beginning of a start
    await engine.raise_alarm(alarm("pump", Severity.HIGH))
    trigger = "- {trigger: alert_gateway.alarm_raised, options: {severity: high}}"
    heard = await automation(hass, trigger, ALARM)

    news._open()
    assert (await heard_something(hass, heard))["severity"] == "high"


async def test_who_took_it_and_when_it_is_over(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    engine = hub.runtime_data.engine
    anna = next(person.id for person in engine.people if person.name == "Anna")
    taken = await automation(hass, "- trigger: alert_gateway.alarm_acknowledged", ALARM)
    raised = await engine.raise_alarm(alarm("pump"))
    later = dt_util.utcnow() + timedelta(hours=1)
    await engine.shelve(AlarmShelve(by=anna, alarm_id=raised.alarms[0].id, until=later))
    await engine.acknowledge(AlarmAcknowledge(by=anna, all_open=True))

    assert await heard_something(hass, taken) == {"key": "pump", "severity": "high", "by": "Anna"}
    assert len(taken) == 1


@pytest.mark.parametrize("how", ["cleared", "closed"])
async def test_an_alarm_is_over(hass: HomeAssistant, hub: MockConfigEntry, how: str) -> None:
    engine = hub.runtime_data.engine
    heard = await automation(hass, "- trigger: alert_gateway.alarm_cleared", ALARM)
    raised = await engine.raise_alarm(alarm("pump"))
    if how == "cleared":
        await engine.clear(AlarmClear(source="plc1", key="pump"))
    else:
        await engine.close_alarm(raised.alarms[0].id, by="test")

    assert (await heard_something(hass, heard))["key"] == "pump"
    await hass.async_block_till_done()
    assert len(heard) == 1
