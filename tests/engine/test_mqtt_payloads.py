"""What others publish, as requests or named refusals: tables of real bytes."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from alert_engine.intake.json_fields import RefusalReason
from alert_engine.intake.payloads import MAX_PAYLOAD, Delivery, Refusal, Reply, Request, read_delivery
from alert_engine.intake.topics import Topics
from alert_engine.model import (
    AlarmAcknowledge,
    AlarmClear,
    AlarmRaise,
    Channel,
    FollowUp,
    FollowUpOn,
    KeyAcknowledge,
    SendRequest,
    Severity,
)
from alert_engine.routes.base import Media, MediaKind

TOPICS = Topics("alert_gateway", "home")
NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
ALARM = "alert_gateway/home/in/alarm/plc/tank"
ACK = "alert_gateway/home/in/cmd/ack"
RESPONSE = "alert_gateway/home/out/response"


def read(payload: bytes | str | dict[str, Any], topic: str = ALARM, **properties: Any) -> Request | Refusal:
    if isinstance(payload, dict):
        payload = json.dumps(payload)
    if isinstance(payload, str):
        payload = payload.encode()
    delivery = Delivery(topic=topic, payload=payload, size=len(payload), **properties)
    return read_delivery(delivery, TOPICS, now=NOW)


def asked(*arguments: Any, **properties: Any) -> object:
    result = read(*arguments, **properties)
    assert isinstance(result, Request), result
    return result.ask


def refused(*arguments: Any, **properties: Any) -> Refusal:
    result = read(*arguments, **properties)
    assert isinstance(result, Refusal), result
    return result


def schema(name: str) -> Draft202012Validator:
    path = Path(__file__).parents[2] / "docs" / "schemas" / "mqtt" / f"{name}.json"
    return Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


class TestAlarms:
    @pytest.mark.parametrize("payload", [b"ON", b"on", b" ON\r\n"])
    def test_on_raises(self, payload: bytes) -> None:
        assert asked(payload) == AlarmRaise(source="plc", key="tank")

    @pytest.mark.parametrize("payload", [b"OFF", b"off\n"])
    def test_off_clears(self, payload: bytes) -> None:
        assert asked(payload) == AlarmClear(source="plc", key="tank")

    def test_a_full_raise(self) -> None:
        payload = {
            "v": 1,
            "event": "raise",
            "key": "tank/3/level",
            "id": "e-17",
            "ts": "2026-11-21T14:59:30+01:00",
            "severity": "critical",
            "title": "Tank low",
            "text": "Level 3 %",
            "source": "plc",
            "policy": "night",
            "labels": {"hall": "B", "cell": 4},
            "url": "https://plc.example/3",
            "parent": "power",
            "hold": 0,
            "ttl": 600,
            "tags": ["a", {"b": None}],
        }
        assert schema("alarm-in").is_valid(payload)
        assert asked(payload) == AlarmRaise(
            source="plc",
            key="tank/3/level",
            severity=Severity.CRITICAL,
            title="Tank low",
            text="Level 3 %",
            message_id="raise:e-17",
            source_time=datetime(2026, 11, 21, 13, 59, 30, tzinfo=UTC),
            policy="night",
            url="https://plc.example/3",
            parent="power",
            hold=timedelta(0),
            ttl=timedelta(minutes=10),
            labels={
                "tags": '["a",{"b":null}]',
                "hall": "B",
                "cell": "4",
            },
        )

    def test_the_shortest_json_is_a_raise(self) -> None:
        assert schema("alarm-in").is_valid({})
        assert asked({}) == AlarmRaise(source="plc", key="tank")

    def test_an_update_is_a_raise_of_its_own(self) -> None:
        ask = asked({"event": "update", "id": 7, "severity": "high"})
        assert ask == AlarmRaise(
            source="plc", key="tank", severity=Severity.HIGH, message_id="update:7", labels={}
        )

    def test_a_clear_with_the_id_of_its_raise_is_no_repeat(self) -> None:
        payload = {"v": 1, "event": "clear", "id": "e-17", "ts": 1795269600, "text": "full again"}
        assert schema("alarm-in").is_valid(payload)
        assert asked(payload) == AlarmClear(
            source="plc",
            key="tank",
            message_id="clear:e-17",
            source_time=datetime.fromtimestamp(1795269600, UTC),
            text="full again",
        )

    def test_a_source_takes_its_own_alarm(self) -> None:
        assert asked({"event": "ack", "id": "b1"}) == KeyAcknowledge(
            source="plc", key="tank", by="mqtt:plc", message_id="ack:b1"
        )

    def test_long_texts_are_cut_and_not_refused(self) -> None:
        ask = asked({"title": "T" * 500, "text": "x" * 9000, "labels": {"l" * 99: "y" * 9000}})
        assert isinstance(ask, AlarmRaise)
        assert (len(ask.title), len(ask.text)) == (200, 2000)
        assert ask.title.endswith("…")
        assert [(len(name), len(value)) for name, value in ask.labels.items()] == [(64, 500)]

    def test_at_most_fifty_labels_are_kept(self) -> None:
        ask = asked({f"field{number}": number for number in range(80)})
        assert isinstance(ask, AlarmRaise)
        assert len(ask.labels) == 50

    def test_what_no_database_takes_is_replaced(self) -> None:
        ask = asked(rb'{"title": "a\ud800b\u0000c \ud83d\udca7", "": 1}')
        assert isinstance(ask, AlarmRaise)
        assert ask.title == "a\ufffdbc 💧"
        assert ask.labels == {}


class TestRefusals:
    @pytest.mark.parametrize(
        ("payload", "reason", "text"),
        [
            (b"", RefusalReason.NOT_JSON, "empty payload: send ON, OFF or a JSON object"),
            (b"1", RefusalReason.NOT_JSON, "send a JSON object"),
            (b'["ON"]', RefusalReason.NOT_JSON, "send a JSON object"),
            (b"{", RefusalReason.NOT_JSON, "line 1 column 2"),
            (b'{"title": "x",}', RefusalReason.NOT_JSON, "line 1 column 1"),
            (b'{"count": NaN}', RefusalReason.NOT_JSON, "a number"),
            (b'{"count": ' + b"9" * 5000 + b"}", RefusalReason.NOT_JSON, "a number"),
            (b"\xff\xfeO\x00N\x00", RefusalReason.NOT_UTF8, "octet 1"),
            ('{"title": "Tür"}'.encode("latin-1"), RefusalReason.NOT_UTF8, "octet 13"),
            (b'{"a":' * 21 + b"1" + b"}" * 21, RefusalReason.TOO_DEEP, "20 levels"),
            (b"[" * 60_000, RefusalReason.TOO_DEEP, "20 levels"),
            (b'{"v": 2}', RefusalReason.VERSION, "version 1"),
            (b'{"v": true}', RefusalReason.VERSION, "version 1"),
            (b'{"v": "1"}', RefusalReason.VERSION, "version 1"),
            (b'{"v": null}', RefusalReason.VERSION, "version 1"),
            (b'{"event": "alarm"}', RefusalReason.FIELD, "event: must be one of raise, update, clear, ack"),
            (b'{"event": []}', RefusalReason.FIELD, "event: must be one of"),
            (b'{"severity": "bad"}', RefusalReason.FIELD, "severity: must be one of info, normal"),
            (b'{"title": 7}', RefusalReason.FIELD, "title: must be a text"),
            (b'{"ts": "yesterday"}', RefusalReason.FIELD, "ts: must be a time with its zone"),
            (b'{"ts": "2026-11-21T14:00:00"}', RefusalReason.FIELD, "ts: must be a time with its zone"),
            (b'{"ts": true}', RefusalReason.FIELD, "ts: must be a time with its zone"),
            (b'{"ts": 1e300}', RefusalReason.FIELD, "ts: must be a time with its zone"),
            (b'{"ts": "0001-01-01T00:00:00+23:00"}', RefusalReason.FIELD, "ts: must be a time"),
            (b'{"id": ""}', RefusalReason.FIELD, "id: must be 1 to 128 printable characters"),
            (b'{"id": "a\\nb"}', RefusalReason.FIELD, "id: must be"),
            (b'{"id": true}', RefusalReason.FIELD, "id: must be"),
            (b'{"labels": []}', RefusalReason.FIELD, "labels: must be an object"),
            (b'{"source": "other"}', RefusalReason.FIELD, "source: must be the source in the topic"),
            (b'{"test": 1}', RefusalReason.FIELD, "test: must be true or false"),
            (b'{"ttl": -1}', RefusalReason.FIELD, "ttl: must be 0 to 31622400 seconds"),
            (b'{"hold": "5 min"}', RefusalReason.FIELD, "hold: must be a number"),
            (b'{"url": ""}', RefusalReason.FIELD, "url: must be 1 to 2000 printable characters"),
            (b'{"reply_to": 1}', RefusalReason.FIELD, "reply_to: must be a text"),
        ],
    )
    def test_each_mistake_has_a_name_and_one_answer(
        self, payload: bytes, reason: RefusalReason, text: str
    ) -> None:
        refusal = refused(payload)
        assert refusal.reason is reason
        assert text in refusal.text
        assert refusal.reply is not None
        assert refusal.reply.topic == f"{RESPONSE}/plc"

    def test_large_payloads_are_refused_unread(self) -> None:
        delivery = Delivery(topic=ALARM, payload=b"", size=MAX_PAYLOAD + 1)
        refusal = read_delivery(delivery, TOPICS, now=NOW)
        assert isinstance(refusal, Refusal)
        assert refusal.reason is RefusalReason.TOO_LARGE
        assert refusal.text == "the payload has 65537 octets; at most 65536 are read"

    def test_the_largest_payload_is_read(self) -> None:
        frame = len(b'{"text":""}')
        assert isinstance(asked(b'{"text":"' + b"x" * (MAX_PAYLOAD - frame) + b'"}'), AlarmRaise)

    def test_quotes_without_end_cost_no_time(self) -> None:
        assert refused(b'{"a": "' + b'\\"' * 32_000).reason is RefusalReason.NOT_JSON

    def test_a_retained_message_is_ignored_without_an_answer(self) -> None:
        refusal = refused(b"ON", retained=True)
        assert refusal.reason is RefusalReason.RETAINED
        assert refusal.reply is None

    @pytest.mark.parametrize(
        "topic",
        [f"{RESPONSE}/x", "alert_gateway/home/out/alarm/1/state", "alert_gateway/home/out/route/a/state"],
    )
    def test_our_own_topics_are_no_way_in(self, topic: str) -> None:
        assert refused(b"ON", topic).reason is RefusalReason.TOPIC

    @given(st.binary(max_size=300))
    def test_any_bytes_give_a_request_or_a_refusal(self, payload: bytes) -> None:
        assert isinstance(read(payload), Request | Refusal)

    @given(
        st.dictionaries(
            st.sampled_from(["v", "event", "id", "ts", "severity", "title", "labels", "key", "test", "by"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
                lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
            ),
        ),
        st.sampled_from([ALARM, ACK]),
    )
    def test_any_json_gives_a_request_or_a_refusal(self, payload: dict[str, Any], topic: str) -> None:
        assert isinstance(read(payload, topic), Request | Refusal)


class TestAcknowledge:
    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("alarm", "0f3a", {"alarm_id": "0f3a"}),
            ("code", "0471", {"code": "0471"}),
            ("code", 4711, {"code": "4711"}),
            ("all", True, {"all_open": True}),
        ],
    )
    def test_names_the_alarm(self, name: str, value: Any, expected: dict[str, Any]) -> None:
        payload = {"v": 1, "request_id": "r1", "by": "anna", name: value}
        assert schema("cmd-ack").is_valid(payload)
        assert asked(payload, ACK) == AlarmAcknowledge(by="mqtt:anna", message_id="r1", **expected)

    @pytest.mark.parametrize(
        ("payload", "reason", "text"),
        [
            ({"by": "anna", "code": "4711"}, RefusalReason.FIELD, "request_id: is missing"),
            ({"request_id": "r1", "code": "4711"}, RefusalReason.FIELD, "by: is missing"),
            ({"request_id": "r1", "by": "anna"}, RefusalReason.FIELD, "exactly one of"),
            ({"request_id": "r1", "by": "anna", "all": False}, RefusalReason.FIELD, "exactly one of"),
            (
                {"request_id": "r1", "by": "anna", "all": True, "code": "1"},
                RefusalReason.FIELD,
                "exactly one of",
            ),
            (
                {"request_id": "r1", "by": "anna", "code": "4711", "expires": "2026-11-21T14:00:00Z"},
                RefusalReason.EXPIRED,
                "expires: this time has passed",
            ),
            (
                {"v": 3, "request_id": "r1", "by": "anna", "code": "4711"},
                RefusalReason.VERSION,
                "version 1",
            ),
        ],
    )
    def test_mistakes(self, payload: dict[str, Any], reason: RefusalReason, text: str) -> None:
        refusal = refused(payload, ACK)
        assert refusal.reason is reason
        assert text in refusal.text

    def test_a_command_in_time_is_done(self) -> None:
        payload = {"request_id": "r1", "by": "anna", "all": True, "expires": "2026-11-21T14:00:01Z"}
        assert isinstance(asked(payload, ACK), AlarmAcknowledge)


class TestReplies:
    COMMAND: dict[str, Any] = {"request_id": "r1", "by": "anna", "all": True}  # noqa: RUF012 - never changed

    def reply(self, payload: dict[str, Any], topic: str, **properties: Any) -> Reply:
        result = read(payload, topic, **properties)
        assert result.reply is not None
        return result.reply

    def test_the_response_topic_of_mqtt_5_comes_first(self) -> None:
        reply = self.reply(
            {**self.COMMAND, "reply_to": f"{RESPONSE}/b"},
            ACK,
            response_topic=f"{RESPONSE}/a/1",
            correlation=b"\x00c",
        )
        assert reply == Reply(topic=f"{RESPONSE}/a/1", request_id="r1", correlation=b"\x00c")

    def test_reply_to_is_for_clients_of_3_1_1(self) -> None:
        assert self.reply({**self.COMMAND, "reply_to": f"{RESPONSE}/b"}, ACK).topic == f"{RESPONSE}/b"

    @pytest.mark.parametrize("wish", ["lights/garage/set", f"{RESPONSE}/#", "alert_gateway/home/in/cmd/ack"])
    def test_a_topic_elsewhere_is_never_published_to(self, wish: str) -> None:
        reply = self.reply({**self.COMMAND, "reply_to": wish}, ACK, response_topic=wish)
        assert reply.topic == f"{RESPONSE}/anna"

    def test_a_command_is_always_answered(self) -> None:
        assert self.reply(self.COMMAND, ACK).on_success

    def test_an_alarm_is_answered_if_its_source_asks(self) -> None:
        assert not self.reply({"id": "e1"}, ALARM).on_success
        assert self.reply({"id": "e1"}, ALARM, response_topic=f"{RESPONSE}/plc/x").on_success

    def test_a_refusal_names_the_request_it_refuses(self) -> None:
        assert self.reply({"id": "e1", "severity": "bad"}, ALARM).request_id == "e1"


def test_a_message_expires_with_its_mqtt_5_interval() -> None:
    delivery = Delivery(topic=ALARM, payload=b"ON", size=2, expires_in=30, received_at=1000.0)
    assert not delivery.is_expired(1029.9)
    assert delivery.is_expired(1030.0)
    assert not Delivery(topic=ALARM, payload=b"ON", size=2, received_at=0.0).is_expired(1e9)


class TestSends:
    SEND = "alert_gateway/home/in/send"
    SHORTEST: dict[str, Any] = {"request_id": "r1", "to": "anna", "text": "x"}  # noqa: RUF012 - nobody changes it

    def test_what_follows_is_part_of_it(self) -> None:
        payload = {
            **self.SHORTEST,
            "plain": True,
            "flash": True,
            "follow_ups": [
                {"on": "delivered", "text": "Please answer"},
                {"on": "failed", "text": "Anna was not reached", "to": ["bert"], "channel": "call"},
            ],
        }
        assert schema("send-in").is_valid(payload)
        assert asked(payload, self.SEND) == SendRequest(
            to=("anna",),
            text="x",
            request_id="mqtt:r1",
            plain=True,
            flash=True,
            follow_ups=(
                FollowUp(on=FollowUpOn.DELIVERED, text="Please answer"),
                FollowUp(
                    on=FollowUpOn.FAILED, text="Anna was not reached", to=("bert",), channel=Channel.CALL
                ),
            ),
        )

    def test_something_to_look_at(self) -> None:
        media = {"kind": "image", "url": "https://cam.example.org/1.jpg"}
        payload = {**self.SHORTEST, "media": media}
        assert schema("send-in").is_valid(payload)
        shown = Media(kind=MediaKind.IMAGE, url=media["url"])
        assert asked(payload, self.SEND).media == shown
        named = {**self.SHORTEST, "media": {**media, "file_name": "gate.jpg"}}
        assert schema("send-in").is_valid(named)
        assert asked(named, self.SEND).media == replace(shown, file_name="gate.jpg")

    def test_octets_in_the_place_of_a_text(self) -> None:
        for octets in (b"\n\x01\x1b\xff", bytes(range(140)), b"\xfb\xff\xbf"):
            payload = {"request_id": "r1", "to": "anna", "data": base64.b64encode(octets).decode()}
            assert schema("send-in").is_valid(payload)
            wanted = SendRequest(to=("anna",), text="", request_id="mqtt:r1", data=octets)
            assert asked(payload, self.SEND) == wanted

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"media": "https://cam.example.org"}, "media: must be an object"),
            ({"media": {}}, "media: kind: is missing"),
            ({"media": {"kind": "image"}}, "media: url: is missing"),
            ({"media": {"kind": "smell", "url": "https://x"}}, "media: kind: must be one of image, video"),
            ({"media": {"kind": "image", "url": ["https://x"]}}, "media: url: must be 1 to 2000"),
            ({"media": {"kind": "image", "url": "https://x", "file_name": "x" * 241}}, "media: file_name:"),
            ({"data": [1, 2]}, "data: must be 1 to 188"),
            ({"data": "x" * 192}, "data: must be 1 to 188"),
            ({"data": "CgEb_w=="}, "data: must be Base64"),
            ({"data": "CgEb/w"}, "data: must be Base64"),
            ({"data": "Cg Eb/w=="}, "data: must be Base64"),
            ({"data": "é" * 4}, "data: must be Base64"),
        ],
    )
    def test_what_is_neither(self, fields: dict[str, Any], reason: str) -> None:
        payload = {**self.SHORTEST, **fields}
        assert not schema("send-in").is_valid(payload)
        refusal = refused(payload, self.SEND)
        assert refusal.reason is RefusalReason.FIELD
        assert refusal.text.startswith(reason)

    @pytest.mark.parametrize(
        ("follow_ups", "reason"),
        [
            ("later", "follow_ups: must be a list of objects"),
            ([{"text": "x"}], "follow_ups: on: is missing"),
            ([{"on": "sent", "text": "x"}], "follow_ups: on: must be one of delivered, read, failed"),
            ([{"on": "read", "text": 1}], "follow_ups: text: must be a text"),
            ([{"on": "read", "to": [1]}], "follow_ups: to: must be a list"),
        ],
    )
    def test_what_cannot_follow(self, follow_ups: Any, reason: str) -> None:
        refusal = refused({**self.SHORTEST, "follow_ups": follow_ups}, self.SEND)
        assert refusal.reason is RefusalReason.FIELD
        assert refusal.text.startswith(reason)
