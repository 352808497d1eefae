"""The topic tree: what a topic means, and which ones a stranger may name."""

from __future__ import annotations

import pytest

from alert_engine.intake.topics import (
    AlarmStateTopic,
    AlarmTopic,
    CommandTopic,
    CommandWord,
    HeartbeatTopic,
    LevelTopic,
    RouteStateTopic,
    SendTopic,
    Topics,
    UnknownTopic,
)

TOPICS = Topics("alert_gateway", "home")


@pytest.mark.parametrize(
    ("topic", "meaning"),
    [
        ("in/alarm/plc/tank_1", AlarmTopic("plc", "tank_1")),
        (f"in/alarm/{'s' * 64}/{'k' * 64}", AlarmTopic("s" * 64, "k" * 64)),
        ("in/state/plc/tank", LevelTopic("plc", "tank")),
        ("in/heartbeat/plc-1", HeartbeatTopic("mqtt", "plc-1")),
        ("in/heartbeat/plc/main", HeartbeatTopic("plc", "main")),
        ("in/send", SendTopic()),
        *((f"in/cmd/{word}", CommandTopic(word)) for word in CommandWord),
        ("out/route/stick/state", RouteStateTopic("stick")),
        ("out/alarm/0f3a/state", AlarmStateTopic("0f3a")),
    ],
)
def test_known_topics(topic: str, meaning: object) -> None:
    assert TOPICS.read(f"alert_gateway/home/{topic}") == meaning


@pytest.mark.parametrize(
    ("topic", "client", "hint"),
    [
        ("alert_gateway/home/in/alarm/PLC/tank", "PLC", "the source in the topic must be"),
        ("alert_gateway/home/in/alarm/plc/Tank 1", "plc", "the key in the topic must be"),
        (f"alert_gateway/home/in/alarm/plc/{'k' * 65}", "plc", "the key in the topic must be"),
        ("alert_gateway/home/in/alarm/plc/tank/level", "plc", "longer keys go into the JSON"),
        ("alert_gateway/home/in/alarm/plc", "plc", "publish to in/alarm/<source>/<key>"),
        ("alert_gateway/home/in/state/plc/Tank", "plc", "the key in the topic must be"),
        ("alert_gateway/home/in/state/plc", "plc", "publish to in/state/<source>/<key>"),
        ("alert_gateway/home/in/heartbeat/Plc", "mqtt", "the key in the topic must be"),
        ("alert_gateway/home/in/alarm/gateway/route_stick", "gateway", "only the gateway itself"),
        ("alert_gateway/home/in/state/gateway/route_stick", "gateway", "only the gateway itself"),
        ("alert_gateway/home/in/heartbeat/gateway/main", "gateway", "only the gateway itself"),
        ("alert_gateway/home/in/cmd/dance", "", "this gateway understands"),
        ("alert_gateway/home/in/cmd", "", "this gateway understands"),
        ("alert_gateway/other/in/alarm/plc/tank", "", "this gateway understands"),
        ("in/alarm/plc/tank", "", "this gateway understands"),
        ("", "", "this gateway understands"),
    ],
)
def test_what_is_no_topic_of_ours_says_what_would_be(topic: str, client: str, hint: str) -> None:
    meaning = TOPICS.read(topic)
    assert isinstance(meaning, UnknownTopic)
    assert meaning.client == client
    assert hint in meaning.reason


@pytest.mark.parametrize(
    ("topic", "allowed"),
    [
        ("alert_gateway/home/out/response/plc", True),
        ("alert_gateway/home/out/response/plc/cell-4/Seq.17", True),
        ("alert_gateway/home/out/response/", False),
        ("alert_gateway/home/out/response/a/b/c/d/e", False),
        ("alert_gateway/home/out/response/+", False),
        ("alert_gateway/home/out/response/#", False),
        ("alert_gateway/home/out/response/../../in/alarm/x/y", False),
        ("alert_gateway/home/out/response", False),
        ("alert_gateway/home/in/alarm/plc/tank", False),
        ("homeassistant/switch/garage/set", False),
        ("", False),
    ],
)
def test_answers_go_below_our_own_response_topic_only(topic: str, *, allowed: bool) -> None:
    assert TOPICS.may_answer_on(topic) is allowed


@pytest.mark.parametrize(
    ("client", "topic"),
    [("plc", "plc"), ("PLC.1", "PLC.1"), ("", "unknown"), ("a/b", "unknown"), ("+", "unknown")],
)
def test_a_client_without_a_usable_name_is_answered_on_unknown(client: str, topic: str) -> None:
    assert TOPICS.response(client) == f"alert_gateway/home/out/response/{topic}"


def test_a_keyword_cannot_break_out_of_its_level() -> None:
    assert TOPICS.keyword("A/#+") == "alert_gateway/home/out/keyword/A___"


@pytest.mark.parametrize(
    ("prefix", "gateway"),
    [("", "home"), ("/a", "home"), ("a/", "home"), ("a//b", "home"), ("a/#", "home"), ("a+", "home"),
     ("a\x00", "home"), ("a" * 129, "home"), ("a", ""), ("a", "Home"), ("a", "a/b"), ("a", "x" * 65)],
)  # fmt: skip
def test_names_that_would_break_the_tree_are_refused(prefix: str, gateway: str) -> None:
    with pytest.raises(ValueError, match=r"^(prefix|gateway): use"):
        Topics(prefix, gateway)


def test_a_prefix_may_have_levels() -> None:
    assert Topics("site/alerts", "home").status == "site/alerts/home/status"
