"""Every form of the hub says what it asks for, in each language."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import probatio
import pytest
from homeassistant.helpers import config_validation as cv

from alert_engine.errors import ConfigReason, RequestReason
from custom_components.alert_gateway import const
from custom_components.alert_gateway.flows.choices import Choices
from custom_components.alert_gateway.flows.group import group_form
from custom_components.alert_gateway.flows.heartbeat import heartbeat_form
from custom_components.alert_gateway.flows.keyword import keyword_form
from custom_components.alert_gateway.flows.on_call import on_call_form
from custom_components.alert_gateway.flows.option_pages import PAGES
from custom_components.alert_gateway.flows.person import person_form
from custom_components.alert_gateway.flows.policy import policy_form, policy_name_form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custom_components.alert_gateway.flows.form import Form

FOLDER = Path(const.__file__).parent / "translations"
LANGUAGES = ("en", "de", "it")
TEXTS: dict[str, dict[str, Any]] = {
    language: json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8")) for language in LANGUAGES
}
_NAMES = {"1": "One"}
CHOICES = Choices(
    labels={
        key: {word: word for word in TEXTS["en"]["selector"][key]["options"]}
        for key in ("weekday", "channel", "severity", "parameter_kind", "group_mode")
    },
    recipients=_NAMES,
    people=_NAMES,
    policies=_NAMES,
    routes=_NAMES,
    ways_out=_NAMES,
    users=_NAMES,
)


def _forms() -> Iterator[tuple[str, Form]]:
    """Every form, by the path of its texts."""
    person, keyword = person_form(CHOICES), keyword_form(CHOICES)
    yield "config_subentries.person.step.user", person
    yield "config_subentries.person.step.person", person
    for kind, form in (
        ("group", group_form(CHOICES)),
        ("on_call", on_call_form(CHOICES)),
        ("heartbeat", heartbeat_form(CHOICES)),
    ):
        yield f"config_subentries.{kind}.step.user", form
        yield f"config_subentries.{kind}.step.reconfigure", form
    yield "config_subentries.keyword.step.user", keyword
    yield "config_subentries.keyword.step.reconfigure", keyword_form(CHOICES, is_new=False)
    yield "config_subentries.policy.step.user", policy_name_form(CHOICES)
    yield "config_subentries.policy.step.policy", policy_form(CHOICES)
    yield "config_subentries.policy.step.reconfigure", policy_form(CHOICES)
    for page in PAGES:
        yield f"options.step.{page}", PAGES[page].form(CHOICES)


FORMS = dict(_forms())


def text_at(language: str, path: str) -> Any:
    """What stands at a dotted path."""
    found: Any = TEXTS[language]
    for key in path.split("."):
        found = found[key]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_a_name_and_a_description(language: str) -> None:
    for path, form in FORMS.items():
        texts = text_at(language, path)
        at_first_sight = {field.key for field in form.fields if not field.section}
        assert texts["title"], path
        assert set(texts["data"]) == set(texts["data_description"]) == at_first_sight, path
        assert set(texts.get("sections", {})) == set(form.sections), path
        for name in form.sections:
            section = texts["sections"][name]
            keys = {field.key for field in form.fields if field.section == name}
            assert section["name"], path
            assert set(section["data"]) == set(section["data_description"]) == keys, path


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_choice_and_column_has_a_text(language: str) -> None:
    texts = TEXTS[language]["selector"]
    for config in (field.selector.config for form in FORMS.values() for field in form.fields):
        if (key := config.get("translation_key")) is None:
            continue
        if "fields" in config:
            assert set(texts[key]["fields"]) == set(config["fields"]), key
            assert all(column["name"] for column in texts[key]["fields"].values()), key
        else:
            assert set(texts[key]["options"]) >= set(config["options"]), key


def test_a_section_is_not_called_like_a_field() -> None:
    """An error is shown at one of both."""
    for form in FORMS.values():
        assert not set(form.sections) & {field.key for field in form.fields}


@pytest.mark.parametrize("language", LANGUAGES)
def test_menus_offer_what_has_a_page(language: str) -> None:
    options = TEXTS[language]["options"]["step"]
    assert set(options["init"]["menu_options"]) == set(PAGES) <= set(options)
    steps = TEXTS[language]["config_subentries"]["person"]["step"]
    assert set(steps["reconfigure"]["menu_options"]) <= set(steps)


def test_labels_inside_objects_differ() -> None:
    """A form tells words apart by them."""
    for texts in TEXTS.values():
        for key in CHOICES.labels:
            labels = texts["selector"][key]["options"].values()
            assert len(set(labels)) == len(labels), key


@pytest.mark.parametrize("path", FORMS)
def test_the_frontend_can_be_told_of_a_form(path: str) -> None:
    told = probatio.to_field_list(FORMS[path].schema(), custom_serializer=cv.custom_serializer)

    assert json.loads(json.dumps(told))
    folded = {each["name"]: each["expanded"] for each in told if each.get("type") == "expandable"}
    assert folded == dict.fromkeys(FORMS[path].sections, False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_people_get_wrong_often_has_a_text_that_quotes_what_it_is_about(language: str) -> None:
    texts, english = TEXTS[language]["common"], TEXTS["en"]["common"]
    known = {f"reason_{reason}" for reason in ConfigReason} | {"reason_unreadable"}
    known |= {f"request_{reason}" for reason in RequestReason}

    assert {key for key in texts if key.startswith(("reason_", "request_"))} == known
    for key in known:
        assert not texts[key].endswith("."), "it stands in the middle of a sentence"
        assert set(re.findall(r"{(\w+)}", texts[key])) == set(re.findall(r"{(\w+)}", english[key])), key
