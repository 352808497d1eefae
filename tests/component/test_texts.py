"""Every text that the code asks for exists, and no text is left over."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from homeassistant.helpers.selector import validate_selector

from custom_components.alert_gateway import (
    binary_sensor,
    button,
    event,
    hub_sensors,
    route_sensors,
    services,
)
from custom_components.alert_gateway.config_flow import AlertGatewayFlow
from custom_components.alert_gateway.const import EntryKind
from custom_components.alert_gateway.flows.hub import HUB_SCHEMA
from custom_components.alert_gateway.flows.modem_form import MODEM_SCHEMA, SECTION_ADVANCED
from tests.component.texts import LANGUAGES, TEXTS

FOLDER = Path(services.__file__).parent
# In the tree the folder holds nothing but the integration; the release puts the libraries inside.
SOURCES = {
    str(path.relative_to(FOLDER)): ast.parse(path.read_text(encoding="utf-8"))
    for path in FOLDER.rglob("*.py")
}

ICONS: dict[str, Any] = json.loads((FOLDER / "icons.json").read_text(encoding="utf-8"))
ACTIONS: dict[str, Any] = yaml.safe_load((FOLDER / "services.yaml").read_text(encoding="utf-8"))
SCHEMAS = {action.name: action.schema for action in services.ACTIONS}


def fields(schema: Any) -> set[str]:
    """The names of the fields of a schema."""
    return {str(marker.schema) for marker in schema.schema}


def constants(tree: ast.AST) -> set[str]:
    """Every literal text in the code."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def keywords(name: str) -> set[str]:
    """The literal texts given as this keyword argument anywhere in the code."""
    return {
        value.value
        for tree in SOURCES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == name
        for value in ast.walk(node.value)
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def leaves(value: Any, path: str = "") -> list[tuple[str, str]]:
    """All texts with their paths."""
    if isinstance(value, str):
        return [(path, value)]
    return [leaf for key, inner in value.items() for leaf in leaves(inner, f"{path}.{key}")]


NAMED = frozenset().union(*(constants(tree) for tree in SOURCES.values()))


def used(key: str) -> bool:
    """The code names this key."""
    return key in NAMED


@pytest.mark.parametrize(
    ("form", "schema"),
    [
        (TEXTS["config"]["step"]["hub"], HUB_SCHEMA),
    ],
)
def test_every_field_of_a_form_has_a_name_and_a_description(form: dict[str, Any], schema: Any) -> None:
    assert set(form["data"]) == fields(schema)
    assert set(form["data_description"]) >= fields(schema) - {"name"}
    assert set(form["data_description"]) <= set(form["data"])


@pytest.mark.parametrize("step", ["modem", "reconfigure"])
def test_the_modem_form_has_names_and_descriptions_in_its_section_too(step: str) -> None:
    form = TEXTS["config"]["step"][step]
    section = form["sections"][SECTION_ADVANCED]
    advanced = next(value for key, value in MODEM_SCHEMA.schema.items() if key == SECTION_ADVANCED)
    assert set(form["data"]) | {SECTION_ADVANCED} == fields(MODEM_SCHEMA)
    assert set(section["data"]) == set(section["data_description"]) == fields(advanced.schema)


def test_the_menu_offers_what_has_a_step() -> None:
    offered = TEXTS["config"]["step"]["user"]["menu_options"]
    assert {kind.value for kind in EntryKind} <= set(offered)
    assert [step for step in offered if not hasattr(AlertGatewayFlow, f"async_step_{step}")] == []


@pytest.mark.parametrize(
    "keys",
    [
        TEXTS["config"]["error"],
        TEXTS["options"]["error"],
        *(kind["error"] for kind in TEXTS["config_subentries"].values()),
        TEXTS["exceptions"],
        TEXTS["issues"],
    ],
)
def test_no_text_is_left_over(keys: dict[str, Any]) -> None:
    assert [key for key in keys if not used(key)] == []


def test_every_translation_key_in_the_code_has_its_text() -> None:
    entities = {key for platform in TEXTS["entity"].values() for key in platform}
    known = entities | set(TEXTS["exceptions"]) | set(TEXTS["issues"]) | set(TEXTS["selector"])
    keys = keywords("translation_key")
    assert keys - known == set()


def entities() -> dict[str, list[Any]]:
    """What describes the entities of each platform, but for those of people, groups and policies."""
    return {
        "binary_sensor": [binary_sensor.OPEN_ALARMS, binary_sensor.UNACKNOWLEDGED, binary_sensor.CONNECTION],
        "button": [button.ACKNOWLEDGE_ALL, button.REHEARSAL, button.TEST],
        "event": [event.ALARM, event.CALL, event.INBOUND, event.OUTBOUND],
        "sensor": [
            *hub_sensors.SUMMARY_SENSORS,
            hub_sensors.MQTT_SENSOR,
            hub_sensors.ON_CALL_SENSOR,
            *route_sensors.MODEM_SENSORS,
            *route_sensors.FIGURES_SENSORS,
            route_sensors.STATE_SENSOR,
            route_sensors.CREDIT_SENSOR,
        ],
    }


@pytest.mark.parametrize("platform", entities())
def test_the_entities_have_names_and_icons(platform: str) -> None:
    texts, icons = TEXTS["entity"][platform], ICONS["entity"][platform]
    described = {each.translation_key: each for each in entities()[platform]}
    assert set(texts) == set(described)
    for name, description in described.items():
        # A device class brings its own icon.
        assert name in icons or description.device_class is not None
        if options := getattr(description, "options", None):
            assert set(texts[name]["state"]) == set(options)


@pytest.mark.parametrize("description", entities()["event"], ids=lambda each: each.key)
def test_the_event_types_have_names(description: Any) -> None:
    attributes = TEXTS["entity"]["event"][description.translation_key]["state_attributes"]
    assert set(attributes["event_type"]["state"]) == set(description.event_types)


@pytest.mark.parametrize("action", SCHEMAS)
def test_every_action_is_described_with_all_its_fields(action: str) -> None:
    described, texts = ACTIONS[action]["fields"], TEXTS["services"][action]
    assert set(described) == set(texts["fields"]) == fields(SCHEMAS[action])
    assert ICONS["services"][action]["service"].startswith("mdi:")
    assert texts["name"]
    assert texts["description"]
    for field, text in texts["fields"].items():
        assert text["name"]
        assert text["description"], field
        assert "example" in described[field], "every field shows an example"
        validate_selector(described[field]["selector"])


def test_there_is_no_action_without_code() -> None:
    assert set(ACTIONS) == set(TEXTS["services"]) == set(ICONS["services"]) == set(SCHEMAS)


def test_required_fields_of_actions_are_marked() -> None:
    for action, schema in SCHEMAS.items():
        required = {str(marker.schema) for marker in schema.schema if type(marker).__name__ == "Required"}
        marked = {name for name, field in ACTIONS[action]["fields"].items() if field.get("required")}
        assert marked == required


def test_the_options_of_selectors_have_names() -> None:
    for action in ACTIONS.values():
        for field in action["fields"].values():
            if (select := field["selector"].get("select")) is not None:
                assert set(TEXTS["selector"][select["translation_key"]]["options"]) == set(select["options"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_texts_keep_the_rules_of_home_assistant(language: str) -> None:
    """One test for all of them: there are thousands."""
    texts = leaves(LANGUAGES[language])
    assert [path for path, text in texts if text != text.strip()] == []
    assert [path for path, text in texts if "://" in text] == [], "addresses go into placeholders"
    assert [path for path, text in texts if re.search(r"<[a-z/]", text)] == [], "no HTML"
    assert [path for path, text in texts if re.search(r"'\{\w+\}'", text)] == [], "a placeholder in quotes"
    assert [path for path, text in texts if not text] == []
