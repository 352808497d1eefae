"""Every field of every account has a name and a hint, in each language; and so has an endpoint."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.helpers.selector import SelectSelector

from alert_engine.config.http import ProofKind
from alert_engine.intake.http_endpoints import FormatName
from alert_engine.routes.providers.catalogue import settings_of
from alert_engine.routes.providers.generic_http.making import specs_of
from alert_engine.routes.providers.generic_http.presets import preset_names
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.flows import endpoint, generic_form
from custom_components.alert_gateway.flows.provider_fields import CLOUD_TYPES, PROTOCOL_TYPES
from custom_components.alert_gateway.flows.provider_form import account_form
from custom_components.alert_gateway.public_url import AddressTrouble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_components.alert_gateway.flows.form import Form

FOLDER = Path(endpoint.__file__).parents[1] / "translations"
LANGUAGES = ("de", "en", "it")
TEXTS: Mapping[str, Any] = {
    language: json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8")) for language in LANGUAGES
}
FORMED = [kind for kind in (*CLOUD_TYPES, *PROTOCOL_TYPES) if kind != "generic_http"]


def check(form: Form, step: Mapping[str, Any]) -> None:
    """Each field has its texts where it is shown."""
    for field in form.fields:
        place = step["sections"][field.section] if field.section else step
        assert place["data"][field.key], field.key
        assert place["data_description"][field.key], field.key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", FORMED)
def test_the_form_of_an_account(language: str, kind: str) -> None:
    step = TEXTS[language]["config"]["step"][kind]
    secrets = {each.name: "x" for each in settings_of(kind) if each.secret}
    check(account_form(kind).form, step)
    check(account_form(kind, secrets).form, step)
    check(account_form(kind, secrets, secrets_only=True).form, step)
    shown = {each.name for each in settings_of(kind)} | {"forget"}
    advanced = step.get("sections", {}).get("advanced", {"data": {}})
    assert set(step["data"]) | set(advanced["data"]) <= shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_forms_of_any_provider(language: str) -> None:
    steps = TEXTS[language]["config"]["step"]
    check(generic_form.recipe_form(), steps["generic_http"])
    asked = {name for preset in preset_names() for name in specs_of({"preset": preset})}
    account = steps["generic_http_account"]
    assert set(account["data"]) == set(account["data_description"]) == asked


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_menus_and_what_is_told_at_the_end(language: str) -> None:
    config = TEXTS[language]["config"]
    assert set(config["step"]["provider"]["menu_options"]) == set(CLOUD_TYPES)
    assert set(config["step"]["protocol"]["menu_options"]) == set(PROTOCOL_TYPES)
    assert "{url}" in config["step"]["called"]["description"]
    assert "{channels}" in config["step"]["not_called"]["description"]
    assert all(config["error"][trouble] for trouble in AddressTrouble)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_that_can_be_chosen(language: str) -> None:
    texts = TEXTS[language]["selector"]
    for kind in FORMED:
        secrets = {each.name: "x" for each in settings_of(kind) if each.secret}
        for field in account_form(kind, secrets).form.fields:
            key = field.selector.config.get("translation_key")
            if isinstance(field.selector, SelectSelector) and key:
                assert set(field.selector.config["options"]) <= set(texts[key]["options"])
    assert set(texts["endpoint_format"]["options"]) == set(FormatName)
    assert set(texts["endpoint_proof"]["options"]) == set(ProofKind)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_of_an_endpoint(language: str) -> None:
    texts = TEXTS[language]["config_subentries"]["endpoint"]
    check(endpoint.endpoint_form(is_there=False), texts["step"]["user"])
    check(endpoint.endpoint_form(is_there=True), texts["step"]["reconfigure"])
    for part in ("{addresses}", "{secret}", "{example}"):
        assert part in texts["step"]["address"]["description"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_says_sie(language: str) -> None:
    """German speaks to the reader as Home Assistant does; the others have other words."""
    steps = TEXTS[language]["config"]["step"]
    text = json.dumps({kind: steps[kind] for kind in FORMED}, ensure_ascii=False)
    assert language != "de" or " Sie " not in text.replace(". Sie ", ". ")


def test_the_manifest_names_what_is_used() -> None:
    manifest = json.loads((FOLDER.parent / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["domain"] == DOMAIN
    assert {"http", "webhook"} <= set(manifest["dependencies"])
