"""The offline validator: it is silent about what we ship, and complains about each thing that is wrong."""

from __future__ import annotations

import ast
import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from scripts.lib.validate import (
    hacs,
    icons,
    manifest,
    quality_code,
    quality_docs,
    quality_scale,
    services,
    translations,
)
from scripts.lib.validate.__main__ import CHECKS
from scripts.lib.validate.sources import Integration, load

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

SHIPPED = load()


def put(content: Any, path: str, value: Any) -> Any:
    """A copy with another value at a dotted path; None takes it away."""
    changed = copy.deepcopy(content)
    *above, last = path.split("/")
    place = changed
    for key in above:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return changed


def complaints(check: ModuleType, integration: Integration) -> str:
    """What a check says, line by line."""
    return "\n".join(check.faults(integration))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.rpartition(".")[2])
def test_what_we_ship_is_sound(check: ModuleType) -> None:
    assert complaints(check, SHIPPED) == ""


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("issue_tracker", None, "issue_tracker is missing"),
        ("codeowners", [], "codeowners must name"),
        ("config_flow", False, "config_flow and config_flow.py"),
        ("documentation", "http://example.org", "documentation must be an https"),
        ("domain", "other", "the domain must be the folder's name"),
        ("iot_class", "magic", "iot_class must be one of"),
        ("requirements", ["serialx==1.8"], "a fixed version breaks"),
        ("requirements", ["lib @ https://x"], "an address is installed again"),
        ("version", "one", "version must look like"),
        ("dependencies", ["no_such_thing"], "no_such_thing is no integration"),
        ("dependencies", [], "homeassistant.components.usb, which is in no dependency"),
        ("colour", "red", "colour is no key"),
        ("zeroconf", "x", "zeroconf is no key"),
        ("usb", [{"vid": "12d1"}], "must be four hexadecimal digits in capitals"),
        ("usb", [{"vid": "12D1", "description": "*GSM*"}], "must be in lower case"),
        ("usb", [{"vid": "12D1", "port": "x"}], "port is no key of a matcher"),
    ],
)
def test_a_manifest_that_is_wrong(path: str, value: Any, complaint: str) -> None:
    content = put(SHIPPED.manifest, path, value)
    assert complaint in complaints(manifest, replace(SHIPPED, manifest=content))


def test_the_keys_of_a_manifest_have_an_order() -> None:
    shuffled = dict(reversed(SHIPPED.manifest.items()))
    assert "by the alphabet" in complaints(manifest, replace(SHIPPED, manifest=shuffled))


@pytest.mark.parametrize(
    ("language", "path", "value", "complaint"),
    [
        ("de", "issues/no_2g/title", None, "issues.no_2g.title is missing"),
        ("it", "issues/no_2g/colour", "x", "is in no English text"),
        ("de", "issues/no_2g/title", "{way}", "has other placeholders"),
        ("en", "issues/no_2g/title", " x", "begins or ends with a blank"),
        ("en", "issues/no_2g/title", "<b>x</b>", "contains HTML"),
        ("en", "issues/no_2g/title", "see https://x", "contains an address"),
        ("en", "issues/no_2g/title", "'{route}'", "a placeholder in single quotes"),
        ("en", "issues/no_2g/description", None, "needs a description or a fix_flow"),
        ("en", "issues/no_2g/fix_flow", {"step": {"x": "y"}}, "needs a description or a fix_flow"),
        ("en", "sms", "x", "sms is no key of a translation"),
        ("en", "exceptions/journal_failed", None, "exceptions.journal_failed is missing"),
        ("en", "config/step/modem/data_description/x", "y", "describes no field"),
        ("en", "selector/Severity", {"options": {"x": "y"}}, "Severity is no key"),
    ],
)
def test_a_text_that_is_wrong(language: str, path: str, value: Any, complaint: str) -> None:
    texts = {**SHIPPED.translations, language: put(SHIPPED.translations[language], path, value)}
    assert complaint in complaints(translations, replace(SHIPPED, translations=texts))


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("entity/button/test", {"default": "check"}, "check is no icon"),
        ("entity/button/test", {}, "button.test has no default"),
        ("entity/button/gone", {"default": "mdi:x"}, "button.gone is no entity"),
        ("entity/button/test", {"default": "mdi:x", "state": {"on": "mdi:x"}}, "none of its own"),
    ],
)
def test_an_icon_that_is_wrong(path: str, value: Any, complaint: str) -> None:
    assert complaint in complaints(icons, replace(SHIPPED, icons=put(SHIPPED.icons, path, value)))


@pytest.mark.parametrize(
    ("changed", "path", "complaint"),
    [
        ("icons", "services/send", "services.send has no icon"),
        ("icons", "triggers/sms_received", "triggers.sms_received has no icon"),
        ("texts", "services/send/name", "services.send has no name"),
        ("texts", "services/send/fields/message/description", "services.send.message has no description"),
        ("parts", "services/send", "services.send has texts, but is in no YAML"),
    ],
)
def test_an_action_that_is_not_whole(changed: str, path: str, complaint: str) -> None:
    match changed:
        case "icons":
            other = replace(SHIPPED, icons=put(SHIPPED.icons, path, None))
        case "texts":
            english = put(SHIPPED.english, path, None)
            other = replace(SHIPPED, translations={**SHIPPED.translations, "en": english})
        case _:
            other = replace(SHIPPED, automation_parts=put(dict(SHIPPED.automation_parts), path, None))
    assert complaint in complaints(services, other)


def test_a_selector_that_there_is_not() -> None:
    parts = put(dict(SHIPPED.automation_parts), "services/send/fields/message/selector", {"magic": None})
    assert "the selector is refused" in complaints(services, replace(SHIPPED, automation_parts=parts))


def scale(tmp_path: Path, **rules: Any) -> Integration:
    """The integration with other judgements, in a folder with nothing else; None takes one away."""
    file = SHIPPED.folder / "quality_scale.yaml"
    judged = yaml.safe_load(file.read_text(encoding="utf-8"))["rules"]
    for name, state in rules.items():
        judged[name.replace("_", "-")] = state
    kept = {name: state for name, state in judged.items() if state is not None}
    (tmp_path / "quality_scale.yaml").write_text(yaml.safe_dump({"rules": kept}), encoding="utf-8")
    return replace(SHIPPED, folder=tmp_path)


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ({"brands": None}, "brands is not judged"),
        ({"colour": "done"}, "colour is no rule"),
        ({"brands": "perhaps"}, "the status must be one of"),
        ({"brands": "exempt"}, "exempt needs a comment"),
    ],
)
def test_a_judgement_that_is_wrong(tmp_path: Path, rules: dict[str, Any], complaint: str) -> None:
    assert complaint in complaints(quality_scale, scale(tmp_path, **rules))


def test_what_is_done_of_the_docs_is_in_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality_docs, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    for name in quality_docs.OTHER_PAGES:
        (tmp_path / name).write_text("# Nothing\n", encoding="utf-8")
    said = complaints(quality_docs, SHIPPED)
    assert "docs-troubleshooting is done, but no heading" in said
    assert "the action send is in no page" in said


@pytest.mark.parametrize(
    ("path", "source", "complaint"),
    [
        ("diagnostics.py", "", "diagnostics is done"),
        ("repairs.py", "", "repair-issues is done"),
        ("sensor.py", "X = 1", "sensor.py has no PARALLEL_UPDATES"),
        ("__init__.py", "async def async_setup_entry(): pass", "config-entry-unloading is done"),
        (
            "__init__.py",
            "async def async_setup_entry(hass, entry):\n    async_register_actions(hass)",
            "action-setup is done, but async_setup_entry calls async_register_actions",
        ),
    ],
)
def test_what_is_done_is_in_the_code(path: str, source: str, complaint: str) -> None:
    modules = {**SHIPPED.modules, path: ast.parse(source)}
    assert complaint in complaints(quality_code, replace(SHIPPED, modules=modules))


def test_what_is_shipped_beside_the_code(tmp_path: Path) -> None:
    said = complaints(quality_code, scale(tmp_path))
    assert "strict-typing is done, but there is no py.typed" in said
    assert "brands is done, but there is no brand/icon.png" in said


def test_what_hacs_wants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hacs, "ROOT", tmp_path)
    (tmp_path / "hacs.json").write_text('{"zip_release": true, "colour": "red"}', encoding="utf-8")
    said = complaints(hacs, scale(tmp_path))
    for complaint in ("colour is no key", "name is missing", "needs filename", "README.md is missing"):
        assert complaint in said
