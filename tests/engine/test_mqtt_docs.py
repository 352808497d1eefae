"""Every example of docs/mqtt.md does what the page says: it is read as the gateway reads it."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alert_engine.intake.payloads import Delivery, Request, read_delivery
from alert_engine.intake.topics import CommandWord, Topics, UnknownTopic
from alert_engine.model import AlarmClear, AlarmRaise

from .mqtt_schemas import check_said

PAGE = (Path(__file__).parents[2] / "docs" / "mqtt.md").read_text(encoding="utf-8")
TOPICS = Topics("alert_gateway", "home")
EXAMPLES = [line for line in PAGE.splitlines() if line.startswith("mosquitto_pub -h")]
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize("line", EXAMPLES)
def test_what_mosquitto_pub_publishes_is_understood(line: str) -> None:
    words = shlex.split(line)
    topic, payload = words[words.index("-t") + 1], words[words.index("-m") + 1].encode()
    read = read_delivery(Delivery(topic=topic, payload=payload, size=len(payload)), TOPICS, now=NOW)
    assert isinstance(read, Request), read
    check_said(topic, payload)
    assert ("-r" in words) is ("/in/state/" in topic)


def test_each_command_has_an_example() -> None:
    assert set(re.findall(r"-t \S+/in/cmd/(\w+)", PAGE)) == set(CommandWord)


def test_the_rule_of_tasmota_says_on_and_off() -> None:
    said = re.findall(r"Publish2 (\S+) (\S+)", PAGE)
    asks = []
    for topic, payload in said:
        delivery = Delivery(topic=topic, payload=payload.encode(), size=len(payload), retained=True)
        read = read_delivery(delivery, TOPICS, now=NOW)
        assert isinstance(read, Request)
        asks.append(type(read.ask))
    assert asks == [AlarmRaise, AlarmClear]


@pytest.mark.parametrize(
    "topic", sorted(set(re.findall(r"alert_gateway/home/in/(?:state|alarm)/\w+/\w+", PAGE)))
)
def test_the_topics_of_the_devices_exist(topic: str) -> None:
    assert not isinstance(TOPICS.read(topic), UnknownTopic)
