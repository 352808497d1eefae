"""What the gateway publishes: exactly the schemas in docs/schemas, and nobody's number."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from alert_engine.intake.announcements import (
    CAPABILITIES as CAPS,
)
from alert_engine.intake.announcements import (
    OFFLINE,
    ONLINE,
    Announcer,
    Publication,
    Told,
    answer,
)
from alert_engine.intake.payloads import Reply
from alert_engine.intake.state_board import told
from alert_engine.intake.topics import Topics
from alert_engine.model import (
    Alarm,
    AlarmChanged,
    AlarmState,
    Authorisation,
    CallReceived,
    Channel,
    InboundReceived,
    KeywordReceived,
    Message,
    MessageKind,
    MessageState,
    Policy,
    Priority,
    Severity,
    Summary,
)
from alert_engine.phone.masking import mask_number
from alert_engine.routes.base import RouteHealth, RouteState

ANNOUNCER = Announcer(Topics("alert_gateway", "home"))
ROOT = "alert_gateway/home"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas" / "mqtt"

ALARM = Alarm(
    id="a1",
    source="plc",
    key="tank/3",
    code="4711",
    severity=Severity.CRITICAL,
    state=AlarmState.ACKED,
    title="Tank low",
    text="3 %",
    count=2,
    policy=Policy(name="critical", steps=()),
    step=1,
    next_due=None,
    raised_at=NOON,
    acked_at=NOON + timedelta(minutes=2, milliseconds=5),
    acked_by="anna",
)
INBOUND = InboundReceived(
    id="i1",
    route="stick",
    person="anna",
    sender="+436601234567",
    text="OK 4711",
    authorisation=Authorisation.CODE,
    keyword="OK",
    received_at=NOON,
    service_centre_time=None,
    segments=1,
)


def message(number: int, **changes: Any) -> Message:
    fields: dict[str, Any] = {
        "uid": f"m{number}",
        "kind": MessageKind.RAISE,
        "channel": Channel.SMS,
        "address": "+436601234567",
        "recipient": "anna",
        "alarm_id": "a1",
        "text": "x",
        "priority": Priority.CRITICAL,
        "state": MessageState.DELIVERED,
        "segments": 1,
        "attempts": 1,
        "in_doubt": False,
        "route": "stick",
        "created_at": NOON + timedelta(minutes=number),
        "due_at": NOON,
        "expires_at": None,
    }
    return Message(**{**fields, **changes})


def content(publication: Publication, schema: str) -> Any:
    """The JSON, checked against its schema."""
    data = json.loads(publication.payload)
    Draft202012Validator(json.loads((SCHEMAS / f"{schema}.json").read_text(encoding="utf-8"))).validate(data)
    return data


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_the_schemas_are_schemas(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == path.name


def test_alarm_state() -> None:
    publication = ANNOUNCER.alarm_state(ALARM, [Told(id="anna", channel="sms", state="delivered")])
    assert publication.topic == f"{ROOT}/out/alarm/a1/state"
    assert publication.retain
    assert content(publication, "alarm-state") == {
        "v": 1,
        "id": "a1",
        "key": "tank/3",
        "source": "plc",
        "code": "4711",
        "state": "acked",
        "severity": "critical",
        "title": "Tank low",
        "text": "3 %",
        "count": 2,
        "shelved_until": None,
        "suppressed_by": None,
        "acked_by": "anna",
        "step": 1,
        "next_due": None,
        "raised_at": "2026-11-21T12:00:00.000Z",
        "acked_at": "2026-11-21T12:02:00.005Z",
        "cleared_at": None,
        "closed_at": None,
        "test": False,
        "url": None,
        "labels": {},
        "recipients": [{"id": "anna", "channel": "sms", "state": "delivered"}],
    }


def test_an_alarm_that_is_gone_leaves_an_empty_topic() -> None:
    gone = ANNOUNCER.alarm_gone("a1")
    assert (gone.topic, gone.payload, gone.retain) == (f"{ROOT}/out/alarm/a1/state", b"", True)


def test_alarm_event() -> None:
    publication = ANNOUNCER.alarm_event(AlarmChanged(alarm=ALARM, event="acknowledged", at=NOON))
    assert publication.topic == f"{ROOT}/out/alarm/a1/event"
    assert not publication.retain
    data = content(publication, "alarm-event")
    assert (data["event"], data["by"], data["ts"]) == ("acknowledged", "anna", "2026-11-21T12:00:00.000Z")


def test_summary() -> None:
    summary = Summary(
        open=2,
        unacknowledged=1,
        highest=Severity.HIGH,
        oldest=NOON - timedelta(seconds=90),
        queue=3,
        in_doubt=1,
    )
    publication = ANNOUNCER.summary(summary, NOON)
    assert publication.topic == f"{ROOT}/out/summary"
    assert publication.retain
    assert content(publication, "summary") == {
        "v": 1,
        "open": 2,
        "unacked": 1,
        "highest": "high",
        "oldest_s": 90,
        "queue": 3,
        "in_doubt": 1,
        "overdue": 0,
    }


def test_a_quiet_summary_after_the_clock_was_put_back() -> None:
    quiet = Summary(open=0, unacknowledged=0, highest=None, oldest=None, queue=0, in_doubt=0)
    assert content(ANNOUNCER.summary(quiet, NOON), "summary")["oldest_s"] is None
    early = Summary(
        open=1, unacknowledged=1, highest=Severity.INFO, oldest=NOON + timedelta(hours=1), queue=0, in_doubt=0
    )
    assert content(ANNOUNCER.summary(early, NOON), "summary")["oldest_s"] == 0


def test_an_inbound_message_shows_neither_number_nor_text() -> None:
    publication = ANNOUNCER.inbound(INBOUND)
    assert publication.topic == f"{ROOT}/out/inbound/stick"
    assert not publication.retain
    assert content(publication, "inbound") == {
        "v": 1,
        "id": "i1",
        "route": "stick",
        "from_id": "anna",
        "from": "+43…567",
        "scts": None,
        "rx": "2026-11-21T12:00:00.000Z",
        "parts": 1,
        "auth": "code",
    }


def test_an_inbound_message_shows_both_where_the_settings_say_so() -> None:
    data = content(Announcer(Topics("a", "b"), show_texts=True).inbound(INBOUND), "inbound")
    assert (data["from"], data["text"]) == ("+436601234567", "OK 4711")


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+436601234567", "+43…567"),
        ("+4366012345", "+43…345"),
        ("+43660", "…"),
        ("06601234567", "…"),
        ("A1 Info", "…"),
        ("", "…"),
    ],
)
def test_masking(number: str, masked: str) -> None:
    assert mask_number(number) == masked


def test_keyword() -> None:
    received = KeywordReceived(
        id="i1",
        keyword="HEAT",
        person="anna",
        arguments=("21.5", "cellar", "ON", "till noon"),
        authorisation=Authorisation.PIN,
        at=NOON,
        values={"degrees": 21.5, "room": "cellar", "boost": True, "note": "till noon"},
    )
    publication = ANNOUNCER.keyword(received)
    assert publication.topic == f"{ROOT}/out/keyword/HEAT"
    assert content(publication, "keyword") == {
        "v": 1,
        "id": "i1",
        "from_id": "anna",
        "args": ["21.5", "cellar", "ON", "till noon"],
        "values": {"degrees": 21.5, "room": "cellar", "boost": True, "note": "till noon"},
        "auth": "pin",
        "ts": "2026-11-21T12:00:00.000Z",
    }


@pytest.mark.parametrize(("number", "shown"), [("+43…567", "+43…567"), ("", None)])
def test_a_call_shows_no_number(number: str, shown: str | None) -> None:
    received = CallReceived(route="stick", person=None, number=number, at=NOON)
    publication = ANNOUNCER.call(received)
    assert publication.topic == f"{ROOT}/out/call/stick"
    assert not publication.retain
    assert content(publication, "call") == {
        "v": 1,
        "route": "stick",
        "from_id": None,
        "from": shown,
        "ts": "2026-11-21T12:00:00.000Z",
    }


def test_route_state() -> None:
    health = RouteHealth(
        state=RouteState.OK, facts=(("operator", "A1"), ("signal_dbm", -71), ("imei", "0815"))
    )
    publication = ANNOUNCER.route_state("stick", health)
    assert publication.topic == f"{ROOT}/out/route/stick/state"
    assert publication.retain
    assert content(publication, "route-state") == {
        "v": 1,
        "state": "ok",
        "proof": None,
        "last_proof": None,
        "rssi": -71,
        "operator": "A1",
        "credit": None,
        "queue": None,
        "error": None,
    }


def test_a_failed_route_says_why() -> None:
    health = RouteHealth(state=RouteState.FAILED, reason="no modem")
    assert content(ANNOUNCER.route_state("stick", health), "route-state")["error"] == "no modem"


def test_info_and_status() -> None:
    info = ANNOUNCER.info("0.1.0", ["stick", "backup"])
    assert (info.topic, info.retain) == (f"{ROOT}/info", True)
    assert content(info, "info") == {
        "v": 1,
        "version": "0.1.0",
        "schema": 1,
        "routes": ["backup", "stick"],
        "caps": list(CAPS),
    }
    assert (ANNOUNCER.status(ONLINE).payload, ANNOUNCER.status(OFFLINE).payload) == (b"online", b"offline")
    assert ANNOUNCER.status(ONLINE).topic == f"{ROOT}/status"
    assert ANNOUNCER.status(ONLINE).retain


def test_answers() -> None:
    reply = Reply(topic=f"{ROOT}/out/response/plc", request_id="r1", correlation=b"\x01")
    good, bad = answer(reply, changed=True), answer(reply, changed=False, error="v: version 1")
    assert good.correlation == b"\x01"
    assert not good.retain
    assert content(good, "response") == {"v": 1, "request_id": "r1", "ok": True, "changed": True}
    assert content(bad, "response") == {
        "v": 1,
        "request_id": "r1",
        "ok": False,
        "changed": False,
        "error": "v: version 1",
    }


def test_nothing_that_is_published_shows_in_a_log() -> None:
    publication = Announcer(Topics("a", "b"), show_texts=True).inbound(INBOUND)
    assert "4711" not in repr(publication)


def test_recipients_are_the_newest_message_to_each() -> None:
    messages = [
        message(6, channel=Channel.CALL),
        message(5, kind=MessageKind.CLEAR, recipient="ben"),
        message(4, kind=MessageKind.REPLY),
        message(3, state=MessageState.QUEUED),
        message(2, recipient="ben", state=MessageState.ACCEPTED),
        message(1, state=MessageState.FAILED),
    ]
    assert told(messages) == (
        Told(id="anna", channel="sms", state="queued"),
        Told(id="ben", channel="sms", state="accepted"),
        Told(id="anna", channel="call", state="delivered"),
    )
