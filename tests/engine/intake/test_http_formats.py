"""What each client sends, read as requests: recorded bodies, and what is odd about each client."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest

from alert_engine.intake.formats.reading import key_of, severity_of, time_of
from alert_engine.model import (
    AlarmClear,
    AlarmRaise,
    Channel,
    Heartbeat,
    KeyAcknowledge,
    SendRequest,
    Severity,
)
from alert_engine.routes.base import Media, MediaKind
from tests.engine.intake.http_support import FORM, VECTORS, asked, notes, refusal, vector


def form(name: str, **fields: str) -> tuple[Any, ...]:
    return asked(name, urlencode(fields), headers=FORM)


def query(name: str, text: str, **changes: Any) -> tuple[Any, ...]:
    return asked(name, method="GET", query=text, **changes)


def one(asks: tuple[Any, ...]) -> Any:
    (ask,) = asks
    return ask


def test_every_vector_names_its_source() -> None:
    for file in VECTORS.glob("*.json"):
        assert json.loads(file.read_text(encoding="utf-8"))["source"].startswith("https://"), file.name


class TestAlertmanager:
    def test_a_recorded_notification(self) -> None:
        assert one(asked("alertmanager", vector("alertmanager_firing"))) == AlarmRaise(
            source="alertmanager",
            key="1a30ba71cca2921f",
            severity=Severity.CRITICAL,
            title="BlackBox Probe Failure: https://server.example.org",
            text="Instance https://server.example.org has been down for over 5m. Job: http_checks",
            message_id="1a30ba71cca2921f!2023-02-06T13:08:45.828Z!firing",
            began_at=datetime(2023, 2, 6, 13, 8, 45, 828000, tzinfo=UTC),
            labels={
                "alertname": "ProbeFailure",
                "instance": "https://server.example.org",
                "job": "http_checks",
                "monitor": "master",
                "severity": "critical",
                "receiver": "sms",
                "generatorURL": "http://prometheus.example.org:9090/graph?g0.expr=probe_success+%3D%3D+0"
                "\\u0026g0.tab=1",
                "fingerprint": "1a30ba71cca2921f",
            },
        )

    def test_grafana_each_alert_is_an_alarm(self) -> None:
        firing, resolved = asked("alertmanager", vector("grafana_mixed"))
        assert (firing.key, firing.severity, firing.title, firing.text) == (
            "c6eadffa33fcdf37",
            Severity.NORMAL,
            "Tank 3 is at 4 %",
            "Below 5 % for 2 minutes",
        )
        assert firing.began_at == datetime(2026, 10, 12, 7, 51, 3, 157076, tzinfo=UTC)
        assert firing.labels["values"] == '{"B":4.23943737541908,"C":1}'
        assert firing.labels["runbook_url"] == "https://example.org/runbook/3"
        assert "dashboardURL" not in firing.labels
        assert resolved == AlarmClear(
            source="alertmanager",
            key="bc97ff14869b13e3",
            message_id="bc97ff14869b13e3!2026-10-12T09:56:03.157076+02:00!resolved",
            source_time=datetime(2026, 10, 12, 7, 56, 3, 157076, tzinfo=UTC),
        )

    def test_a_repeat_has_the_same_message_id(self) -> None:
        body = vector("alertmanager_firing")
        assert asked("alertmanager", body) == asked("alertmanager", body)

    def test_left_out_alerts_are_told(self) -> None:
        body = {**vector("alertmanager_firing"), "truncatedAlerts": 12}
        assert one(asked("alertmanager", body)).labels["truncated_alerts"] == "12"
        assert "max_alerts" in one(notes("alertmanager", body))

    @pytest.mark.parametrize(
        ("label", "severity"),
        [
            ("critical", Severity.CRITICAL),
            ("page", Severity.CRITICAL),
            ("Error", Severity.HIGH),
            ("warning", Severity.NORMAL),
            ("info", Severity.INFO),
            ("p4", Severity.NORMAL),
            (None, Severity.NORMAL),
        ],
    )
    def test_severity_comes_from_the_label(self, label: str | None, severity: Severity) -> None:
        labels = {"alertname": "x"} if label is None else {"alertname": "x", "severity": label}
        body = {"alerts": [{"status": "firing", "labels": labels, "fingerprint": "f"}]}
        assert one(asked("alertmanager", body)).severity is severity

    def test_without_fingerprint_the_labels_are_the_key(self) -> None:
        def key(**labels: str) -> str:
            alert = {"labels": labels}
            found: str = one(asked("alertmanager", {"status": "firing", "alerts": [alert]})).key
            return found

        assert key(a="1", b="2") == key(b="2", a="1")
        assert key(a="1", b="2") != key(a="12", b="")

    def test_an_unreadable_time_loses_no_alarm(self) -> None:
        alert = {"status": "firing", "fingerprint": "f", "startsAt": "yesterday", "labels": {"labels": "odd"}}
        ask = one(asked("alertmanager", {"alerts": [alert]}))
        assert (ask.began_at, ask.labels["labels"]) == (None, "odd")

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ({}, "alerts: is missing"),
            ({"alerts": []}, "alerts: is missing"),
            ({"alerts": ["x"]}, "alerts: must be a list of objects"),
            ({"alerts": [{"status": "firing"}]}, "neither a fingerprint nor labels"),
            ({"alerts": [{"fingerprint": "f"}]}, "must be firing or resolved"),
        ],
    )
    def test_what_is_no_notification(self, body: dict[str, Any], reason: str) -> None:
        assert reason in refusal("alertmanager", body)


class TestPagerDuty:
    def test_a_documented_trigger(self) -> None:
        ask = one(asked("pagerduty/v2/enqueue", vector("pagerduty_trigger")))
        assert (ask.source, ask.key, ask.severity, ask.title, ask.text) == (
            "pagerduty",
            "samplekeyhere",
            Severity.INFO,
            "Example alert on host1.example.com",
            "",
        )
        assert ask.source_time == datetime(2015, 7, 17, 8, 42, 58, 315000, tzinfo=UTC)
        assert ask.labels == {
            "ping time": "1500ms",
            "load avg": "0.75",
            "source": "monitoringtool:cloudvendor:central-region-dc-01:852559987:cluster/api-stats-prod-003",
            "component": "postgres",
            "group": "prod-datapipe",
            "class": "deploy",
            "links": '[{"href":"https://example.com/","text":"Link text"}]',
            "client": "Sample Monitoring Service",
            "client_url": "https://monitoring.example.com",
        }

    def test_acknowledge_and_resolve(self) -> None:
        assert one(asked("pagerduty", vector("pagerduty_acknowledge"))) == KeyAcknowledge(
            source="pagerduty", key="dedupkeyhere", by="http:pagerduty", message_id=None
        )
        assert one(asked("pagerduty", vector("pagerduty_resolve"))) == AlarmClear(
            source="pagerduty", key="dedupkeyhere"
        )

    def test_what_uptime_kuma_sends_to_pagerduty(self) -> None:
        ask = one(asked("pagerduty", vector("pagerduty_from_uptime_kuma")))
        assert (ask.key, ask.severity) == ("Uptime Kuma/7", Severity.NORMAL)
        assert "routing_key" not in ask.labels

    @pytest.mark.parametrize(
        ("word", "severity"),
        [("critical", "critical"), ("error", "high"), ("warning", "normal"), ("info", "info")],
    )
    def test_severities(self, word: str, severity: str) -> None:
        payload = {"summary": "s", "source": "h", "severity": word}
        body = {"event_action": "trigger", "dedup_key": "k", "payload": payload}
        assert one(asked("pagerduty", body)).severity == severity

    def test_without_a_key_the_same_problem_is_one_alarm(self) -> None:
        def key(**payload: Any) -> str:
            found: str = one(asked("pagerduty", {"event_action": "trigger", "payload": payload})).key
            return found

        first = key(summary="s", source="h", timestamp="2026-01-01T00:00:00Z")
        assert first == key(summary="s", source="h", timestamp="2026-01-02T00:00:00Z")
        assert first != key(summary="s", source="i")

    def test_a_long_summary_is_also_the_text(self) -> None:
        body = {"event_action": "trigger", "dedup_key": "k", "payload": {"summary": "x" * 300}}
        ask = one(asked("pagerduty", body))
        assert (len(ask.title), len(ask.text)) == (200, 300)

    def test_details_that_are_no_object_are_kept(self) -> None:
        payload = {"summary": "s", "custom_details": "all of it"}
        body = {"event_action": "trigger", "dedup_key": "k", "payload": payload}
        assert one(asked("pagerduty", body)).labels == {"custom_details": "all of it"}

    @pytest.mark.parametrize("tail", ["v2/change/enqueue", "change/enqueue"])
    def test_change_events_are_refused_politely(self, tail: str) -> None:
        assert "no alarms" in refusal(f"pagerduty/{tail}", vector("pagerduty_change"))

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ({}, "event_action: is missing"),
            ({"event_action": "page"}, "event_action: must be one of trigger, acknowledge, resolve"),
            ({"event_action": "resolve"}, "dedup_key: is missing"),
            ({"event_action": "trigger", "payload": {}}, "payload.summary: is missing"),
            ({"event_action": "trigger", "payload": []}, "payload: must be an object"),
        ],
    )
    def test_what_is_no_event(self, body: dict[str, Any], reason: str) -> None:
        assert reason in refusal("pagerduty", body)


class TestUptimeKuma:
    def test_down(self) -> None:
        body = vector("uptime_kuma_down")
        ask = one(asked("uptime_kuma", body))
        assert (ask.key, ask.severity, ask.title) == ("10", Severity.HIGH, "Testing is down")
        assert ask.text.startswith("PING 10.13.13.13")
        assert ask.message_id == "10!0!2022-01-21 14:06:38"
        assert ask.source_time == datetime(2022, 1, 21, 14, 6, 38, tzinfo=UTC)
        assert ask.labels == {
            "name": "Testing",
            "type": "ping",
            "hostname": "10.13.13.13",
            "url": "https://host.example/path",
            "duration": "0",
        }

    def test_the_secrets_of_a_monitor_are_not_kept(self) -> None:
        ask = one(asked("uptime_kuma", vector("uptime_kuma_down")))
        assert "hunter2" not in str(dict(ask.labels))

    def test_up_again(self) -> None:
        ask = one(asked("uptime_kuma", vector("uptime_kuma_up")))
        assert ask == AlarmClear(
            source="uptime_kuma",
            key="10",
            message_id="10!1!2022-01-21 14:09:38",
            source_time=datetime(2022, 1, 21, 14, 9, 38, tzinfo=UTC),
            text="200 - OK",
        )

    def test_times_are_utc_whatever_zone_it_shows(self) -> None:
        ask = one(asked("uptime_kuma", vector("uptime_kuma_child_down")))
        assert ask.source_time == datetime(2023, 9, 16, 10, 41, 24, 905000, tzinfo=UTC)

    @pytest.mark.parametrize(("status", "word"), [(2, "pending"), (3, "maintenance")])
    def test_neither_up_nor_down_changes_nothing(self, status: int, word: str) -> None:
        body = {"heartbeat": {"monitorID": 1, "status": status}, "monitor": None, "msg": "x"}
        assert asked("uptime_kuma", body) == ()
        assert word in one(notes("uptime_kuma", body))

    def test_the_test_button_tells_nobody(self) -> None:
        assert asked("uptime_kuma", vector("uptime_kuma_test")) == ()
        assert "nobody was told" in one(notes("uptime_kuma", vector("uptime_kuma_test")))

    def test_a_notice_without_heartbeat_is_an_alarm(self) -> None:
        def notice(days: int) -> AlarmRaise:
            text = f"[Shop][https://x.example] Server certificate expires in {days} days"
            ask = one(asked("uptime_kuma", {"heartbeat": None, "monitor": None, "msg": text}))
            assert isinstance(ask, AlarmRaise)
            return ask

        assert notice(14).title.endswith("in 14 days")
        assert notice(14).key == notice(7).key
        assert notice(14).message_id != notice(7).message_id

    def test_a_monitor_without_name_and_with_a_broken_address(self) -> None:
        body = {"heartbeat": {"monitorID": 1, "status": 0}, "monitor": {"url": "http://[::1"}, "msg": "down"}
        ask = one(asked("uptime_kuma", body))
        assert (ask.title, ask.text, ask.labels, ask.message_id) == ("Monitor 1 is down", "down", {}, None)

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ({}, "both are missing"),
            ({"heartbeat": {"status": 0}}, "monitorID: is missing"),
            ({"heartbeat": {"monitorID": 1}}, "status: is missing"),
            ({"heartbeat": {"monitorID": 1, "status": 9}}, "heartbeat.status: must be"),
            ({"heartbeat": {"monitorID": 1, "status": "up"}}, "heartbeat.status: must be"),
        ],
    )
    def test_what_is_no_notification(self, body: dict[str, Any], reason: str) -> None:
        assert reason in refusal("uptime_kuma", body)


class TestZabbix:
    def test_a_problem(self) -> None:
        assert one(asked("zabbix", vector("zabbix_problem"))) == AlarmRaise(
            source="zabbix",
            key="4711",
            severity=Severity.HIGH,
            title="Problem: Free disk space is less than 5%",
            text="Problem started at 14:07:00",
            message_id="4711!problem",
            labels={
                "event_id": "4711",
                "event_name": "Free disk space is less than 5%",
                "event_tags": "scope:capacity",
                "host": "db1",
                "host_ip": "192.0.2.7",
                "trigger_id": "23456",
            },
        )

    def test_a_recovery_names_the_problem(self) -> None:
        assert one(asked("zabbix", vector("zabbix_recovery"))) == AlarmClear(
            source="zabbix",
            key="4711",
            message_id="4711!recovery",
            text="Resolved in 5m: Free disk space is less than 5%",
        )

    def test_an_update_raises_the_severity_and_acknowledges(self) -> None:
        worse, taken = asked("zabbix", vector("zabbix_acknowledged"))
        assert (worse.severity, worse.message_id) == (Severity.CRITICAL, "4711!severity!critical")
        assert taken == KeyAcknowledge(source="zabbix", key="4711", by="zabbix:Anna Berger", message_id=None)

    @pytest.mark.parametrize("action", ["commented", "unacknowledged"])
    def test_an_update_that_changes_nothing(self, action: str) -> None:
        body = {**vector("zabbix_problem"), "event_update": "1", "event_update_action": action}
        assert asked("zabbix", body) == ()
        assert "nothing changes" in one(notes("zabbix", body))

    @pytest.mark.parametrize(
        ("number", "severity"),
        [("5", "critical"), ("4", "high"), ("3", "normal"), ("2", "normal"), ("1", "info"), ("0", "info")],
    )
    def test_severities(self, number: str, severity: str) -> None:
        assert one(asked("zabbix", {**vector("zabbix_problem"), "severity": number})).severity == severity

    def test_macros_that_were_not_expanded_count_as_absent(self) -> None:
        body = {**vector("zabbix_problem"), "severity": "{EVENT.NSEVERITY}", "host_ip": "*UNKNOWN*"}
        ask = one(asked("zabbix", body))
        assert ask.severity is Severity.NORMAL
        assert "host_ip" not in ask.labels

    def test_discovery_is_no_problem(self) -> None:
        assert asked("zabbix", {**vector("zabbix_problem"), "event_source": "1"}) == ()

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"event_id": None}, "event_id: is missing"),
            ({"event_value": "2"}, "event_value: must be 1"),
            ({"severity": "6"}, "severity: must be 0 to 5"),
        ],
    )
    def test_what_is_none_of_our_media_type(self, change: dict[str, Any], reason: str) -> None:
        assert reason in refusal("zabbix", {**vector("zabbix_problem"), **change})


class TestIcinga:
    BASE: ClassVar = {
        "type": "PROBLEM",
        "host": "db1",
        "service": "disk",
        "state": "CRITICAL",
        "time": "1792742400",
    }

    def test_a_problem_of_a_service(self) -> None:
        ask = one(form("icinga", **self.BASE, output="DISK CRITICAL - 2%", author="", comment="", extra="x"))
        assert ask == AlarmRaise(
            source="icinga",
            key="db1!disk",
            severity=Severity.HIGH,
            title="disk on db1 CRITICAL",
            text="DISK CRITICAL - 2%",
            message_id="db1!disk!PROBLEM!CRITICAL!2026-10-23T08:00:00+00:00",
            source_time=datetime(2026, 10, 23, 8, 0, tzinfo=UTC),
            labels={"host": "db1", "service": "disk", "state": "CRITICAL", "extra": "x"},
        )

    @pytest.mark.parametrize(
        ("state", "severity"),
        [
            ("DOWN", "critical"),
            ("CRITICAL", "high"),
            ("WARNING", "normal"),
            ("UNKNOWN", "normal"),
            ("UNREACHABLE", "normal"),
        ],
    )
    def test_severities(self, state: str, severity: str) -> None:
        assert one(form("icinga", type="PROBLEM", host="db1", state=state)).severity == severity

    def test_a_host_is_its_own_key(self) -> None:
        ask = one(asked("icinga", {"type": "RECOVERY", "host": "db1", "state": "UP"}))
        assert ask == AlarmClear(source="icinga", key="db1")

    def test_an_acknowledgement_names_who(self) -> None:
        ask = one(form("icinga", **{**self.BASE, "type": "ACKNOWLEDGEMENT"}, author="anna", comment="on it"))
        assert (ask.key, ask.by) == ("db1!disk", "icinga:anna")

    @pytest.mark.parametrize("end", ["FLAPPINGSTOP", "FLAPPINGEND", "FLAPPINGDISABLED"])
    def test_flapping_is_an_alarm_of_its_own(self, end: str) -> None:
        begins = one(form("icinga", **{**self.BASE, "type": "FLAPPINGSTART"}))
        ends = one(form("icinga", **{**self.BASE, "type": end}))
        assert (begins.key, begins.title, begins.severity) == (
            "db1!disk!flapping",
            "disk on db1 flapping",
            Severity.NORMAL,
        )
        assert isinstance(ends, AlarmClear)
        assert ends.key == begins.key

    @pytest.mark.parametrize(
        "kind", ["DOWNTIMESTART", "DOWNTIMEEND", "DOWNTIMECANCELLED", "downtime_removed"]
    )
    def test_downtime_changes_nothing(self, kind: str) -> None:
        assert form("icinga", **{**self.BASE, "type": kind}) == ()

    def test_a_custom_notification_counts_while_something_is_wrong(self) -> None:
        ask = one(form("icinga", **{**self.BASE, "type": "CUSTOM"}, output="full", comment="look!"))
        assert ask.text == "full (look!)"
        assert form("icinga", **{**self.BASE, "type": "CUSTOM", "state": "OK"}) == ()

    @pytest.mark.parametrize("time", ["", "now", "99999999999999"])
    def test_an_unreadable_time_loses_no_alarm(self, time: str) -> None:
        assert one(form("icinga", **{**self.BASE, "time": time})).message_id is None

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ({}, "type: is missing"),
            ({"type": "PROBLEM"}, "host: is missing"),
            ({"type": "X", "host": "h"}, "type:"),
        ],
    )
    def test_what_is_none_of_our_command(self, body: dict[str, Any], reason: str) -> None:
        assert reason in refusal("icinga", body)


class TestGeneric:
    def test_a_full_raise(self) -> None:
        body = {
            "v": 1,
            "event": "raise",
            "key": "tank/3",
            "id": 17,
            "ts": 1792742400,
            "severity": "critical",
            "title": "Tank low",
            "text": "Level 3 %",
            "source": "generic",
            "policy": "night",
            "labels": {"site": "A"},
            "url": "http://x",
            "hold": 0,
            "ttl": 90.5,
            "parent": "power",
            "floor": 3,
        }
        assert one(asked("generic", body)) == AlarmRaise(
            source="generic",
            key="tank/3",
            severity=Severity.CRITICAL,
            title="Tank low",
            text="Level 3 %",
            message_id="raise:17",
            source_time=datetime(2026, 10, 23, 8, 0, tzinfo=UTC),
            policy="night",
            hold=timedelta(0),
            ttl=timedelta(seconds=90.5),
            parent="power",
            url="http://x",
            labels={"site": "A", "floor": "3"},
        )

    @pytest.mark.parametrize("flag", ["true", "1", "YES"])
    def test_a_test_takes_the_real_path(self, flag: str) -> None:
        assert one(asked("generic", {"key": "k", "test": True})).is_test
        assert one(query("generic", f"key=k&test={flag}")).is_test

    def test_a_query_string_has_all_of_it(self) -> None:
        text = "key=k&hold=10&ttl=60&parent=power&url=http%3A%2F%2Fx%2F1"
        assert one(query("generic", text)) == AlarmRaise(
            source="generic",
            key="k",
            hold=timedelta(seconds=10),
            ttl=timedelta(minutes=1),
            parent="power",
            url="http://x/1",
        )

    def test_a_query_string_says_the_same(self) -> None:
        text = (
            "key=tank/3&severity=critical&title=Tank%20low&text=Level+3+%25&ts=1792742400&id=17&v=1&test=0&x="
        )
        assert one(query("generic", text)) == AlarmRaise(
            source="generic",
            key="tank/3",
            severity=Severity.CRITICAL,
            title="Tank low",
            text="Level 3 %",
            message_id="raise:17",
            source_time=datetime(2026, 10, 23, 8, 0, tzinfo=UTC),
        )

    def test_a_form_says_the_same(self) -> None:
        assert form("generic", key="k", event="clear", text="dry") == (
            AlarmClear(source="generic", key="k", text="dry"),
        )

    def test_a_post_without_body_has_a_query(self) -> None:
        assert asked("generic", query="key=k") == (AlarmRaise(source="generic", key="k"),)

    def test_what_is_in_the_body_counts(self) -> None:
        ask = one(asked("generic", {"key": "body"}, query="key=query&title=t"))
        assert (ask.key, ask.title) == ("body", "t")

    def test_an_acknowledgement(self) -> None:
        assert one(
            asked("generic", {"event": "ack", "key": "k", "id": "a", "by": "door\n"})
        ) == KeyAcknowledge(source="generic", key="k", by="generic:door", message_id="ack:a")

    def test_a_heartbeat(self) -> None:
        assert one(query("generic", "event=heartbeat&key=backup&period=3600&grace=7.5")) == Heartbeat(
            source="generic", key="backup", period=timedelta(hours=1), grace=timedelta(seconds=7.5)
        )
        assert one(asked("generic", {"event": "heartbeat", "key": "b"})) == Heartbeat(
            source="generic", key="b"
        )

    def test_latin_1_is_read(self) -> None:
        assert one(query("generic", "key=k&title=%DCberlauf")).title == "Überlauf"
        assert one(asked("generic", b"key=k&title=\xdcberlauf", headers=FORM)).title == "Überlauf"

    def test_labels_in_a_form(self) -> None:
        assert one(query("generic", "key=k&labels=x")).labels == {"labels": "x"}

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ({}, "key: is missing"),
            ({"key": "k", "event": "on"}, "event: must be one of raise, update, clear, ack, heartbeat"),
            ({"key": "k", "severity": "urgent"}, "severity: must be one of"),
            ({"key": "k", "source": "other"}, "source: must be the name of the endpoint"),
            ({"key": "k", "v": 2}, "v: this gateway understands version 1"),
            ({"key": "k", "test": "yes"}, "test: must be true or false"),
            ({"key": "k", "ttl": -1}, "ttl: must be 0 to"),
            ({"key": "k", "hold": "long"}, "hold: must be a number"),
            ({"key": "k", "url": "x" * 2001}, "url: must be 1 to 2000"),
            ({"key": "k", "ts": "today"}, "ts: must be a time"),
            ({"key": "k", "event": "heartbeat", "period": -1}, "period: must be 0 to"),
            ({"key": "k", "event": "heartbeat", "grace": "long"}, "grace: must be a number"),
        ],
    )
    def test_what_is_no_alarm(self, body: dict[str, Any], reason: str) -> None:
        assert reason in refusal("generic", body)

    @pytest.mark.parametrize(
        "text", ["key=k&ts=soon", "key=k&ts=inf", "key=k&test=perhaps", "key=k&ttl=soon"]
    )
    def test_a_query_string_is_no_laxer(self, text: str) -> None:
        assert refusal("generic", method="GET", query=text)


class TestSend:
    def test_a_query_string(self) -> None:
        assert one(
            query("send", "to=anna,%2B436641234567&text=Hello%20there&severity=high&id=7")
        ) == SendRequest(
            to=("anna", "+436641234567"), text="Hello there", severity=Severity.HIGH, request_id="send:7"
        )

    def test_a_plus_that_became_a_blank_comes_back(self) -> None:
        assert one(query("send", "to=+436641234567&text=x")).to == ("+436641234567",)
        assert one(query("send", "to=anna,+43664 1234567&text=x")).to == ("anna", "+43664 1234567")
        assert one(query("send", "to=+anna&text=x")).to == ("anna",)

    def test_names_may_be_repeated(self) -> None:
        assert one(query("send", "to=anna&to=bert&to=anna&text=x")).to == ("anna", "bert")

    def test_a_form_and_json(self) -> None:
        assert one(form("send", to="anna", text="x", channel="call", title="T")) == SendRequest(
            to=("anna",), text="x", title="T", channel=Channel.CALL
        )
        assert one(asked("send", {"to": ["anna", " 43 "], "text": "x"})).to == ("anna", "43")

    def test_something_to_look_at_or_octets_need_no_text(self) -> None:
        media = {"kind": "document", "url": "https://plc.example.org/log.pdf", "file_name": "log.pdf"}
        assert one(asked("send", {"to": "anna", "media": media})) == SendRequest(
            to=("anna",),
            text="",
            media=Media(kind=MediaKind.DOCUMENT, url="https://plc.example.org/log.pdf", file_name="log.pdf"),
        )
        octets = SendRequest(to=("anna",), text="", data=b"\xfb\xff")
        assert one(asked("send", {"to": "anna", "data": "+/8="})) == octets
        assert one(query("send", "to=anna&data=%2B/8=")) == octets

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ({"to": "anna", "media": "https://x"}, "media: must be an object"),
            ({"to": "anna", "data": " /8="}, "data: must be Base64; in an address a + in it is written %2B"),
            ({"text": "x"}, "to: name 1 to 100"),
            ({"to": 5, "text": "x"}, "to: name 1 to 100"),
            ({"to": " , ", "text": "x"}, "to: name 1 to 100"),
            ({"to": "x" * 129, "text": "x"}, "to: name 1 to 100"),
            ({"to": "anna"}, "text: is missing"),
            ({"to": "anna", "text": ""}, "text: is missing"),
            ({"to": "anna", "text": "x", "channel": "fax"}, "channel: must be one of"),
        ],
    )
    def test_what_is_no_message(self, body: dict[str, Any], reason: str) -> None:
        assert reason in refusal("send", body)


class TestReading:
    def test_a_key_that_does_not_fit_is_told_apart(self) -> None:
        long, longer = key_of("x" * 201), key_of("x" * 202)
        assert len(long) == len(longer) == 200
        assert long != longer
        assert key_of("a\nb").startswith("a_b#")
        assert key_of("").startswith("#")

    def test_words_for_severity(self) -> None:
        assert severity_of(" Disaster ", Severity.INFO) is Severity.CRITICAL
        assert severity_of(None, Severity.INFO) is Severity.INFO

    @pytest.mark.parametrize(
        "value", [None, 5, "", "2026-01-01", "2026-01-01T00:00:00", "0001-01-01T00:00:00+02:00"]
    )
    def test_no_time(self, value: Any) -> None:
        assert time_of(value) is None
