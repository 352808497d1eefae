"""From how everything stands to repair issues: the table, without a running Home Assistant."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from homeassistant.helpers.issue_registry import IssueSeverity

from alert_engine.decisions import supervision_alarms
from alert_engine.model import Alarm, AlarmState, Policy, Severity, Step
from alert_engine.routes.base import RouteHealth, RouteState
from alert_engine.routes.gsm_health import FOUND_NOTHING, HealthJudge, Reading
from custom_components.alert_gateway import health_issues
from custom_components.alert_gateway.health_issues import Issue, Standing, issues_of
from gsm_driver import ModemIdentity, Registration, RegistrationStatus, Signal, StorageState
from scripts.lib.environment import ROOT
from scripts.lib.validate.translations import texts_of
from tests.component.texts import LANGUAGES, TEXTS

FAILED = RouteHealth(state=RouteState.FAILED, reason="no network")
CALLS = RouteHealth(state=RouteState.FAILED, companion_of="modem_1")
WELL = Standing(
    alarms={},
    routes={"modem_1": RouteHealth(state=RouteState.OK), "modem_2": RouteHealth(state=RouteState.OK)},
    titles={"modem_1": "Huawei (…1111)", "01ab": "Nights"},
    people={"anna": "Anna"},
    refused={},
    orphaned=frozenset(),
)


def alarm_of(key: str, **changes: Any) -> Alarm:
    """An alarm of the gateway itself that is on."""
    alarm = Alarm(
        id=key,
        code="1234",
        source="gateway",
        key=key,
        severity=Severity.HIGH,
        title="a title",
        text="a reason",
        state=AlarmState.RAISED,
        count=1,
        policy=Policy(name="once", steps=(Step(after=timedelta(0), notify=()),)),
        step=0,
        next_due=None,
        raised_at=datetime(2026, 3, 1, tzinfo=UTC),
    )
    return replace(alarm, **changes)


def only(*keys: str, **changes: Any) -> Issue:
    """The one issue that there is."""
    (issue,) = issues(*keys, **changes).values()
    return issue


def issues(*keys: str, **changes: Any) -> dict[str, Issue]:
    """What there is to be while these alarms are on."""
    return issues_of(replace(WELL, alarms={key: alarm_of(key) for key in keys}, **changes))


def test_all_is_well() -> None:
    assert issues() == {}


@pytest.mark.parametrize(
    ("key", "issue"),
    [
        ("route/modem_1", "route_failed"),
        ("route-weak/modem_1", "route_weak"),
        ("credit/modem_1", "credit_low"),
        ("budget/modem_1", "budget_ends"),
        ("rehearsal-overdue/anna", "person_silent"),
        ("person/anna/opt-out", "person_opted_out"),
        ("person/anna/barred", "person_barred"),
        ("people/nights", "people_trouble"),
        ("undelivered", "nobody_told"),
        ("undelivered/1234", "nobody_told"),
        ("commands/off", "commands_off"),
        ("journal/disk", "journal_refuses"),
        ("journal/damaged", "journal_damaged"),
        ("mqtt/connection", "mqtt_unreachable"),
        ("mqtt/take-over", "mqtt_name_taken"),
        ("mqtt/message", "defect"),
        ("audit", "defect"),
        ("outbox", "defect"),
    ],
)
def test_an_alarm_that_a_person_can_end_is_an_issue(key: str, issue: str) -> None:
    found = only(key)
    assert found.key == issue
    assert found.is_fixable == ("fix_flow" in TEXTS["issues"][issue])
    assert found.data == ({"alarm": key} if found.is_fixable else {})


@pytest.mark.parametrize(
    "key", ["journal/restored", "rehearsal/anna", "test/1", "outside/ping", "person/anna"]
)
def test_what_only_tells_is_none(key: str) -> None:
    assert issues(key) == {}


def test_every_alarm_of_the_supervision_is_thought_of() -> None:
    told_only = {supervision_alarms.PING}
    for key in {
        supervision_alarms.UNDELIVERED,
        supervision_alarms.AUDIT,
        supervision_alarms.DISK,
    } - told_only:
        assert issues(key)
    for prefix in supervision_alarms._OURS:
        assert issues(f"{prefix}modem_1")


def test_names_are_those_that_people_gave() -> None:
    assert only("route/modem_1").placeholders["route"] == "Huawei (…1111)"
    assert only("person/anna/barred").placeholders["person"] == "Anna"
    assert only("credit/gone").placeholders["route"] == "gone"


@pytest.mark.parametrize(
    ("keys", "changes"),
    [
        (("route/annas_stick",), {}),
        (("credit/annas_stick", "budget/annas_stick", "route-weak/annas_stick"), {}),
        (("people/annas_crew", "undelivered/annas_code"), {}),
        ((), {"empty_policies": ("annas nights",)}),
        ((), {"deaf_routes": ("annas_stick",)}),
    ],
)
def test_the_id_of_an_issue_tells_nothing(keys: tuple[str, ...], changes: dict[str, Any]) -> None:
    """Home Assistant puts the ids of all issues into diagnostics."""
    found = issues(*keys, **changes)
    assert len(found) == len(keys or changes)
    assert [name for name in found if "anna" in name] == []
    assert found.keys() == issues(*keys, **changes).keys(), "what is ignored stays ignored over a restart"


def test_a_fault_is_an_issue_where_nobody_wants_alarms_about_it() -> None:
    fault = supervision_alarms.Fault(severity=Severity.HIGH, title="a title", text="a reason")
    found = issues_of(replace(WELL, alarms={"credit/modem_1": fault}))
    (issue,) = found.values()
    assert (issue.key, issue.placeholders["reason"]) == ("credit_low", "a reason")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reason_ends_its_sentence_once(language: str) -> None:
    """Some alarms end theirs with a full stop, and some do not."""
    told = issues_of(replace(WELL, alarms={"audit": alarm_of("audit", text="It was done.")}))
    (issue,) = told.values()
    assert issue.placeholders["reason"] == "It was done"
    texts = texts_of(LANGUAGES[language]["issues"])
    open_ended = [path for path, text in texts.items() if re.search(r"\{reason\}(?!\.)", text)]
    assert open_ended == ["legacy_sms.fix_flow.error.refused"], "that is a sentence of its own"


def test_a_modem_of_2g_without_network_may_have_no_network_left() -> None:
    for status in RegistrationStatus:
        facts = (("networks", "2G"), ("registration", status.value))
        routes = {**WELL.routes, "modem_1": replace(FAILED, facts=facts)}
        expected = "no_2g" if status in FOUND_NOTHING else "route_failed"
        assert only("route/modem_1", routes=routes).key == expected, status
    assert {RegistrationStatus.HOME, RegistrationStatus.DATA_ONLY}.isdisjoint(FOUND_NOTHING)


def test_a_full_memory_says_what_to_delete() -> None:
    weak = RouteHealth(state=RouteState.DEGRADED, reason="the message memory SM is nearly full: delete")
    routes = {**WELL.routes, "modem_1": weak}
    assert only("route-weak/modem_1", routes=routes).key == "storage_full"


def test_the_words_about_a_full_memory_are_those_of_the_route() -> None:
    """The route says it in words only."""
    reading = Reading(
        identity=ModemIdentity(manufacturer="", model="", firmware="", imei=""),
        registration=Registration(status=RegistrationStatus.HOME),
        signal=Signal(dbm=-70, bit_error_rate=None),
        has_service_centre=True,
        storage=StorageState(memory="SM", used=19, total=20),
    )
    weak = HealthJudge().read(reading, 0.0)
    routes = {**WELL.routes, "modem_1": weak}
    assert only("route-weak/modem_1", routes=routes).key == "storage_full"


def test_no_way_out_is_worse_than_one_that_failed() -> None:
    routes = {"modem_1": FAILED, "modem_1_calls": CALLS, "modem_2": FAILED}
    assert "no_way_out" not in issues("route/modem_1", routes=routes)
    both = issues("route/modem_1", "route/modem_2", routes=routes)
    assert both["no_way_out"].severity is IssueSeverity.CRITICAL
    routes = {**routes, "modem_2": RouteHealth(state=RouteState.OK)}
    assert "no_way_out" not in issues("route/modem_1", "route/modem_2", routes=routes)


@pytest.mark.parametrize(
    ("changes", "name", "key"),
    [
        ({"refused": {"01ab": "why"}}, "refused/01ab", "setting_refused"),
        ({"refused": {"budgets": "why"}}, "refused/budgets", "setting_refused"),
        ({"orphaned": frozenset({"01ab"})}, "orphaned/01ab", "name_gone"),
        (
            {"orphaned": frozenset({"01ab"}), "nobodys": frozenset({"01ab"})},
            "orphaned/01ab",
            "keyword_for_nobody",
        ),
        ({"empty_policies": ("nights",)}, None, "policy_empty"),
        ({"has_ways": False}, "no_route", "no_route"),
        ({"deaf_routes": ("modem_1",)}, None, "public_url"),
        ({"broker_forgot": True}, "broker_forgets", "broker_forgets"),
        ({"is_clock_behind": True}, "clock_behind", "clock_behind"),
    ],
)
def test_what_entries_and_routes_say(changes: dict[str, Any], name: str | None, key: str) -> None:
    ((found, issue),) = issues(**changes).items()
    assert (issue.key, issue.is_fixable) == (key, "fix_flow" in TEXTS["issues"][key])
    assert name in {None, found}


def headings() -> set[str]:
    """The anchors of the guide."""
    lines = (ROOT / "docs" / "home-assistant-health.md").read_text(encoding="utf-8").splitlines()
    return {line[4:].lower().replace(" ", "-") for line in lines if line.startswith("### ")}


# What has a page of its own, or a place for several.
ELSEWHERE = {
    **dict.fromkeys(("legacy_sms", "legacy_name_taken"), None),
    **dict.fromkeys(("newer_entry", "journal_closed"), "it-cannot-start"),
    **dict.fromkeys(
        ("pin_required", "pin_rejected", "pin_last_try", "puk_required", "sim_failed"), "the-sim-card"
    ),
}


def test_every_issue_has_its_place_in_the_guide() -> None:
    places = {
        ELSEWHERE.get(key, Issue(key=key, severity=IssueSeverity.ERROR).guide.rpartition("#")[2])
        for key in TEXTS["issues"]
    }
    assert places - headings() == {None}
    keys = {form.key for form in (*health_issues._FORMS.values(), *health_issues._OF_A_PERSON.values())}
    assert keys <= set(TEXTS["issues"])


def test_what_is_left_out_is_not_told_twice() -> None:
    assert set(issues(refused={"01ab": "why"}, orphaned=frozenset({"01ab"}))) == {"refused/01ab"}


def test_without_a_hub_nothing_is_missing() -> None:
    assert issues(has_hub=False, has_ways=False) == {}
