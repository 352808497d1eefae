"""docs/asyncapi.yaml is AsyncAPI 3.0, and tells exactly the topics and schemas that there are."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from alert_engine.intake.topics import Topics, UnknownTopic
from tests.engine.mqtt_schemas import SCHEMAS, schema_of

ROOT = Path(__file__).parents[1]
DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text(encoding="utf-8"))
OFFICIAL = json.loads((ROOT / "tests/vectors/asyncapi/3.0.0.json").read_text(encoding="utf-8"))
CHANNELS: dict[str, Any] = DOCUMENT["channels"]
OWN = "{prefix}/{gateway}/"


def _rest(channel: str) -> str:
    """The address below our root, with names in the place of parameters."""
    address: str = CHANNELS[channel]["address"]
    assert address.startswith(OWN)
    return re.sub(r"\{\w+\}", "x", address.removeprefix(OWN))


def _schemas(channel: str) -> list[str]:
    messages = [DOCUMENT["components"]["messages"][name] for name in CHANNELS[channel]["messages"]]
    payloads = [message["payload"] for message in messages]
    return [payload["schema"]["$ref"] for payload in payloads if "schema" in payload]


def test_it_is_what_the_official_schema_wants() -> None:
    assert [error.message for error in Draft7Validator(OFFICIAL).iter_errors(DOCUMENT)] == []


@pytest.mark.parametrize("part", ["info", "asyncapi"])
def test_the_official_schema_would_see_a_mistake(part: str) -> None:
    broken = deepcopy(DOCUMENT)
    del broken[part]
    assert not Draft7Validator(OFFICIAL).is_valid(broken)


def test_every_reference_leads_somewhere() -> None:
    for reference in re.findall(
        r"\$ref: '?(#?[^'\n]+)'?", (ROOT / "docs/asyncapi.yaml").read_text(encoding="utf-8")
    ):
        if reference.startswith("./"):
            assert (ROOT / "docs" / reference).is_file(), reference
            continue
        place: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            assert step in place, reference
            place = place[step]


@pytest.mark.parametrize("channel", CHANNELS)
def test_each_channel_is_a_topic_with_its_schema(channel: str) -> None:
    rest = _rest(channel)
    expected = schema_of(rest)
    assert _schemas(channel) == ([] if expected is None else [f"./schemas/mqtt/{expected}.json"])
    if rest.startswith("in/"):
        assert not isinstance(Topics("a", "b").read(f"a/b/{rest}"), UnknownTopic)
        assert DOCUMENT["operations"][channel]["action"] == "receive"
    else:
        assert DOCUMENT["operations"][channel]["action"] == "send"


def test_every_schema_is_used() -> None:
    used = {reference.rsplit("/", 1)[-1] for channel in CHANNELS for reference in _schemas(channel)}
    assert used == {path.name for path in SCHEMAS.glob("*.json")}


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_the_title_of_a_schema_is_its_topic(path: Path) -> None:
    for topic in json.loads(path.read_text(encoding="utf-8"))["title"].split(" or "):
        assert schema_of(re.sub(r"<[^>]+>", "x", topic)) == path.stem
