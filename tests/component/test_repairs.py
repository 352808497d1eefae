"""Issues come with what is wrong, go when it is mended, and a click mends what a click can."""

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import ConfigEntryDisabler, ConfigSubentry, ConfigSubentryData
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_capture_events, async_fire_time_changed

from alert_engine.model import AlarmClear, AlarmRaise, AlarmState, Severity
from alert_engine.routes.gsm_credit import CreditCode
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.document import recipient_id
from custom_components.alert_gateway.health_watch import HealthWatch
from custom_components.alert_gateway.repairs import async_create_fix_flow
from gsm_driver.simulator import UssdMenu, create_simulator
from tests.component.entries import ANNA, hub_of, modem_of, set_up
from tests.component.providers import PUBLIC, TWILIO, account_of, good_answers, wired
from tests.component.waiting import until_state

if TYPE_CHECKING:
    from homeassistant.components.repairs import RepairsFlow
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from alert_engine.engine import AlertEngine
    from gsm_driver.simulator import Simulator

CONNECTION = "binary_sensor.simulator_3809_connection"


def ids(registry: ir.IssueRegistry) -> set[str]:
    """What is shown of ours."""
    return {name for (domain, name), issue in registry.issues.items() if domain == DOMAIN and issue.active}


def keys(registry: ir.IssueRegistry) -> set[str]:
    """The same by what they say."""
    return {registry.issues[(DOMAIN, name)].translation_key or "" for name in ids(registry)}


async def wrong(engine: AlertEngine, key: str) -> None:
    """The engine finds something wrong with itself."""
    await engine.raise_alarm(
        AlarmRaise(source="gateway", key=key, severity=Severity.HIGH, title="A title", text="a reason")
    )


async def flow_of(hass: HomeAssistant, issue_id: str) -> RepairsFlow:
    """The flow of an issue, as Home Assistant starts it."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    flow = await async_create_fix_flow(hass, issue_id, issue.data if issue else None)
    flow.hass, flow.handler, flow.context = hass, DOMAIN, {"issue_id": issue_id}
    flow.flow_id = "flow"
    return flow


async def click(hass: HomeAssistant, issue_id: str) -> Any:
    """A person reads what will be done, and agrees."""
    flow = await flow_of(hass, issue_id)
    shown = await flow.async_step_init()  # type: ignore[attr-defined]
    assert shown["type"] is FlowResultType.FORM
    return await flow.async_step_confirm({})  # type: ignore[attr-defined]


async def test_an_issue_lasts_as_long_as_its_alarm(
    hass: HomeAssistant, hub: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    engine = hub.runtime_data.engine
    changes = async_capture_events(hass, ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED)
    await wrong(engine, "mqtt/connection")
    await wrong(engine, "mqtt/connection")
    assert "alarm/mqtt/connection" in ids(issue_registry)
    assert len(changes) == 1, "a repeat is no news"

    assert await hass.config_entries.async_reload(hub.entry_id)
    assert "alarm/mqtt/connection" in ids(issue_registry)

    await hub.runtime_data.engine.clear(AlarmClear(source="gateway", key="mqtt/connection"))
    assert "alarm/mqtt/connection" not in ids(issue_registry)


async def test_what_is_over_and_not_acknowledged_needs_no_repair(
    hass: HomeAssistant, hub: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    engine = hub.runtime_data.engine
    await wrong(engine, "mqtt/connection")
    (alarm,) = await engine.open_alarms()
    watch = HealthWatch(hass, engine, settings=lambda: None, intake=lambda: None)
    watch._note(replace(alarm, state=AlarmState.CLEARED, cleared_at=alarm.raised_at))
    watch.refresh()
    assert watch._shown == {"no_route"}
    watch.stop()


async def test_nothing_is_shown_while_nobody_looks(
    hass: HomeAssistant, hub: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    await wrong(hub.runtime_data.engine, "mqtt/connection")
    assert await hass.config_entries.async_unload(hub.entry_id)
    assert ids(issue_registry) <= {"no_person"}


async def test_without_a_way_out(
    hass: HomeAssistant, hub: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    assert "no_route" in ids(issue_registry)


async def test_a_modem_that_is_disabled_is_no_way_out(
    hass: HomeAssistant, modem: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    by_user = ConfigEntryDisabler.USER
    assert await hass.config_entries.async_set_disabled_by(modem.entry_id, by_user)
    await hass.async_block_till_done()
    assert "no_route" in ids(issue_registry)
    assert await hass.config_entries.async_set_disabled_by(modem.entry_id, None)
    await hass.async_block_till_done()
    assert "no_route" not in ids(issue_registry)


async def test_a_modem_that_is_gone_is_an_issue_until_it_is_back(
    hass: HomeAssistant,
    modem: MockConfigEntry,
    simulator: Simulator,
    issue_registry: ir.IssueRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert "no_route" not in ids(issue_registry)
    simulator.unplug()
    await until_state(hass, CONNECTION, "off")
    await wrong(modem.runtime_data.engine, "route/modem_3809")
    assert {"route_failed", "no_way_out"} <= keys(issue_registry)
    (shown,) = (each for each in issue_registry.issues.values() if each.translation_key == "route_failed")
    assert shown.translation_placeholders is not None
    assert shown.translation_placeholders["route"] == modem.title

    simulator.plug_in()
    await until_state(hass, CONNECTION, "on")
    assert "no_way_out" not in ids(issue_registry)
    assert caplog.text.count("modem_3809 cannot send") == caplog.text.count("modem_3809 can send again") == 1


async def test_commands_are_taken_again_after_a_click(
    hass: HomeAssistant, hub: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    await wrong(hub.runtime_data.engine, "commands/off")
    assert "alarm/commands/off" in ids(issue_registry)
    assert (await click(hass, "alarm/commands/off"))["type"] is FlowResultType.CREATE_ENTRY
    assert "alarm/commands/off" not in ids(issue_registry)


async def test_what_somebody_has_seen_to_is_closed(
    hass: HomeAssistant, hub: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    await wrong(hub.runtime_data.engine, "mqtt/message")
    await wrong(hub.runtime_data.engine, "outbox")
    await click(hass, "alarm/mqtt/message")
    assert ids(issue_registry) >= {"alarm/outbox"}
    assert "alarm/mqtt/message" not in ids(issue_registry)


async def test_a_person_is_written_to_again(
    hass: HomeAssistant, hub: MockConfigEntry, modem: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    engine = hub.runtime_data.engine
    (anna, _) = engine.people
    await wrong(engine, f"person/{anna.id}/barred")
    (issue_id,) = (name for name in ids(issue_registry) if name.startswith("alarm/person/"))
    assert (await click(hass, issue_id))["type"] is FlowResultType.CREATE_ENTRY
    assert "person_barred" not in keys(issue_registry)


@pytest.mark.parametrize(
    "data",
    [
        {"alarm": "person/nobody/barred"},
        {"alarm": "outbox"},
        {"orphaned": "nobody"},
        {"modem": "no entry", "wants_pin": 0},
        {"modem": "no entry", "wants_pin": 1},
    ],
    ids=str,
)
@pytest.mark.parametrize("is_running", [True, False])
async def test_what_is_gone_meanwhile_is_said_to_be_gone(
    hass: HomeAssistant, hub: MockConfigEntry, data: dict[str, Any], *, is_running: bool
) -> None:
    if not is_running:
        assert await hass.config_entries.async_unload(hub.entry_id)
    flow = await async_create_fix_flow(hass, "an issue", data)
    flow.hass, flow.handler, flow.context = hass, DOMAIN, {"issue_id": "an issue"}
    result = await flow.async_step_confirm({})  # type: ignore[attr-defined]
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "gone")


async def test_a_click_that_cannot_be_written_down_says_so(
    hass: HomeAssistant, broken_hub: MockConfigEntry
) -> None:
    flow = await async_create_fix_flow(hass, "alarm/commands/off", {"alarm": "commands/off"})
    flow.hass, flow.handler, flow.context = hass, DOMAIN, {"issue_id": "alarm/commands/off"}
    result = await flow.async_step_confirm({})  # type: ignore[attr-defined]
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_committed")


async def test_a_name_that_is_gone_is_taken_out(
    hass: HomeAssistant, issue_registry: ir.IssueRegistry
) -> None:
    hub = await set_up(hass, hub_of(ANNA))
    (anna,) = (recipient_id(each) for each in hub.subentries.values())
    group = ConfigSubentry(
        data=MappingProxyType({"name": "Crew", "members": [anna, "gone"]}),
        subentry_type="group",
        title="Crew",
        unique_id="group:crew",
    )
    hass.config_entries.async_add_subentry(hub, group)
    await hass.async_block_till_done()
    issue_id = f"orphaned/{recipient_id(group)}"
    assert issue_id in ids(issue_registry)

    await click(hass, issue_id)
    await hass.async_block_till_done()

    assert issue_id not in ids(issue_registry)
    assert hub.subentries[group.subentry_id].data["members"] == [anna]


async def test_a_keyword_that_nobody_is_left_for_is_not_everybodys(
    hass: HomeAssistant, issue_registry: ir.IssueRegistry
) -> None:
    """No click mends that: somebody has to say who may use it."""
    hub = await set_up(hass, hub_of(ANNA))
    keyword = ConfigSubentry(
        data=MappingProxyType({"name": "door", "allowed": ["gone"]}),
        subentry_type="keyword",
        title="door",
        unique_id="keyword:door",
    )
    hass.config_entries.async_add_subentry(hub, keyword)
    await hass.async_block_till_done()
    assert "keyword_for_nobody" in keys(issue_registry)

    hass.config_entries.async_remove_subentry(hub, keyword.subentry_id)
    await hass.async_block_till_done()
    assert "keyword_for_nobody" not in keys(issue_registry)


async def test_what_is_ignored_stays_ignored_over_a_stop(
    hass: HomeAssistant, hub: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    ir.async_ignore_issue(hass, DOMAIN, "no_route", ignore=True)
    await hass.async_stop(force=True)
    kept = issue_registry.async_get_issue(DOMAIN, "no_route")
    assert kept is not None
    assert kept.dismissed_version


async def test_a_policy_for_nobody_is_an_issue_until_there_is_somebody(
    hass: HomeAssistant, hub: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    anna = recipient_id(next(iter(hub.subentries.values())))
    group = ConfigSubentry(
        data=MappingProxyType({"name": "Crew", "members": []}),
        subentry_type="group",
        title="Crew",
        unique_id="group:crew",
    )
    policy = ConfigSubentry(
        data=MappingProxyType({"name": "nights", "steps": [{"notify": [recipient_id(group)]}]}),
        subentry_type="policy",
        title="nights",
        unique_id="policy:nights",
    )
    for each in (group, policy):
        hass.config_entries.async_add_subentry(hub, each)
    await hass.async_block_till_done()
    assert "policy_empty" in keys(issue_registry)

    data = MappingProxyType({"name": "Crew", "members": [anna]})
    hass.config_entries.async_update_subentry(hub, hub.subentries[group.subentry_id], data=data)
    await hass.async_block_till_done()
    assert "policy_empty" not in keys(issue_registry)


async def test_a_clock_that_is_behind_is_an_issue_until_it_is_right(
    hass: HomeAssistant, hub: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    supervision = hub.runtime_data.engine._supervision
    for minutes, is_behind in ((6, True), (12, False)):
        supervision._is_clock_behind = is_behind
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=minutes))
        await hass.async_block_till_done()
        assert ("clock_behind" in keys(issue_registry)) is is_behind


async def test_a_broker_that_forgets_is_an_issue_until_it_keeps_something(
    hass: HomeAssistant, hub: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    intake: Any = SimpleNamespace(status=SimpleNamespace(forgot=True))
    watch = HealthWatch(hass, hub.runtime_data.engine, settings=lambda: None, intake=lambda: intake)
    await watch.start()
    assert "broker_forgets" in keys(issue_registry)
    intake.status.forgot = False
    watch.refresh()
    assert "broker_forgets" not in keys(issue_registry)
    watch.stop()


@pytest.mark.usefixtures("socket_enabled")
async def test_an_account_that_cannot_call_is_an_issue_until_it_can(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, issue_registry: ir.IssueRegistry
) -> None:
    await set_up(hass, hub_of(ANNA))
    async with wired(monkeypatch, *good_answers("twilio")):
        account = await set_up(hass, account_of("twilio", TWILIO))
        assert "public_url" in keys(issue_registry)
        await hass.config.async_update(external_url=PUBLIC)
        await hass.async_block_till_done()
        assert "public_url" not in keys(issue_registry)
        assert await hass.config_entries.async_unload(account.entry_id)


async def test_an_issue_that_a_click_did_not_mend_comes_back(
    hass: HomeAssistant, hub: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    """Home Assistant deletes what was clicked, whatever came of it."""
    await wrong(hub.runtime_data.engine, "mqtt/connection")
    ir.async_delete_issue(hass, DOMAIN, "alarm/mqtt/connection")
    await wrong(hub.runtime_data.engine, "outbox")
    assert {"alarm/mqtt/connection", "alarm/outbox"} <= ids(issue_registry)


async def test_faults_are_shown_where_nobody_wants_alarms_about_them(
    hass: HomeAssistant, issue_registry: ir.IssueRegistry
) -> None:
    watched = {"raises_alarms": False, "routes": {"modem_3809": {"least_credit": 100}}}
    await set_up(hass, hub_of(ANNA, options={"country": "AT", "supervision": watched}))
    create_simulator("modem0").network.add_ussd("*100#", UssdMenu(text="Your credit is 12.50 EUR"))
    modem = await set_up(hass, modem_of("simulator://modem0"))
    await until_state(hass, CONNECTION, "on")
    modem.runtime_data.messages.use_credit_code(CreditCode(code="*100#", currency="EUR"))
    engine = modem.runtime_data.engine
    await engine.ask_credit("modem_3809")
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=6))
    await hass.async_block_till_done()
    assert await engine.open_alarms() == ()
    assert "credit_low" in keys(issue_registry)


async def test_a_setting_that_does_not_fit_is_left_out_and_told(
    hass: HomeAssistant, issue_registry: ir.IssueRegistry
) -> None:
    hub = hub_of(ANNA)
    bad = ConfigSubentryData(
        data={"name": "Crew", "members": [], "colour": "red"},
        subentry_type="group",
        title="Crew",
        unique_id="group:crew",
    )
    hub.add_to_hass(hass)
    hass.config_entries.async_add_subentry(
        hub, ConfigSubentry(**{**bad, "data": MappingProxyType(bad["data"])})
    )
    assert await hass.config_entries.async_setup(hub.entry_id)
    await hass.async_block_till_done()
    (issue,) = (name for name in ids(issue_registry) if name.startswith("refused/"))
    shown = issue_registry.async_get_issue(DOMAIN, issue)
    assert shown is not None
    assert shown.translation_placeholders is not None
    assert shown.translation_placeholders["name"] == "Crew"


async def test_home_assistant_finds_the_flows(
    hass: HomeAssistant, hub: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    assert await async_setup_component(hass, "repairs", {})
    await wrong(hub.runtime_data.engine, "commands/off")
    manager = hass.data["repairs"]["flow_manager"]
    shown = await manager.async_init(DOMAIN, data={"issue_id": "alarm/commands/off"})
    assert shown["step_id"] == "confirm"
    result = await manager.async_configure(shown["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "alarm/commands/off" not in ids(issue_registry)


@pytest.mark.parametrize("issue_id", ["no_such_issue"])
async def test_an_issue_without_an_act_is_only_confirmed(hass: HomeAssistant, issue_id: str) -> None:
    flow = await flow_of(hass, issue_id)
    assert (await flow.async_step_confirm({}))["type"] is FlowResultType.CREATE_ENTRY  # type: ignore[attr-defined]
