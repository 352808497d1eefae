"""The published schemas, and a look at every message that a test sends or receives over MQTT."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from alert_engine.intake.payloads import MAX_PAYLOAD, Delivery, Request, read_delivery
from alert_engine.intake.topics import Topics

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas" / "mqtt"

_OURS = re.compile(r"(?P<prefix>alert_gateway)/(?P<gateway>[a-z0-9_-]+)/(?P<rest>(?:in|out|info)\b.*)")
_BY_TOPIC = (
    (r"info", "info"),
    (r"in/alarm/[^/]+/[^/]+", "alarm-in"),
    (r"in/state/[^/]+/[^/]+", "state-in"),
    (r"in/heartbeat/[^/]+(/[^/]+)?", "heartbeat-in"),
    (r"in/send", "send-in"),
    (r"in/cmd/(?P<word>[^/]+)", "cmd-{word}"),
    (r"out/alarm/[^/]+/state", "alarm-state"),
    (r"out/alarm/[^/]+/event", "alarm-event"),
    (r"out/summary", "summary"),
    (r"out/send/[^/]+", "send-result"),
    (r"out/route/[^/]+/state", "route-state"),
    (r"out/inbound/[^/]+", "inbound"),
    (r"out/keyword/[^/]+", "keyword"),
    (r"out/call/[^/]+", "call"),
    (r"out/response/.+", "response"),
)


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8")))


def schema_of(rest: str) -> str | None:
    """The name of the schema of a topic below ``<prefix>/<gateway>/``."""
    for pattern, name in _BY_TOPIC:
        if found := re.fullmatch(pattern, rest):
            return name.format(**found.groupdict())
    return None


def check_heard(topic: str, payload: bytes) -> None:
    """What the gateway published is as its schema says."""
    ours = _OURS.fullmatch(topic)
    if ours is None or not payload or ours["rest"].startswith("in/"):
        return
    name = schema_of(ours["rest"])
    assert name is not None, f"no schema is published for {topic}"
    validator(name).validate(json.loads(payload))


def check_said(topic: str, payload: bytes) -> None:
    """What the gateway takes is as its schema says: nobody needs to guess what else is understood."""
    ours = _OURS.fullmatch(topic)
    if ours is None or not ours["rest"].startswith("in/") or len(payload) > MAX_PAYLOAD:
        return
    delivery = Delivery(topic=topic, payload=payload, size=len(payload))
    read = read_delivery(
        delivery, Topics(ours["prefix"], ours["gateway"]), now=datetime(2000, 1, 1, tzinfo=UTC)
    )
    data = _json_object(payload)
    if isinstance(read, Request) and data is not None:
        name = schema_of(ours["rest"])
        assert name is not None, f"no schema is published for {topic}"
        validator(name).validate(data)


def _json_object(payload: bytes) -> dict[str, Any] | None:
    if not payload.lstrip().startswith(b"{"):
        return None
    try:
        data = json.loads(payload)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None
