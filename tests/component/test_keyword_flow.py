"""Keywords and heartbeats in the UI."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.data_entry_flow import FlowResultType

from alert_engine.model import Keyword, Parameter, ParameterKind, Severity, Tier
from custom_components.alert_gateway.flows.keyword import example_of
from tests.component.hub_forms import add, add_people, added, fill_in, open_again, sent_back, suggested

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

DEGREES = {"name": "degrees", "kind": "Number", "minimum": 5, "maximum": 30.5}
ROOM = {"name": "room", "kind": "Choice", "choices": ["hall", "office"], "required": False}
HEATING: dict[str, Any] = {
    "name": "Turn up the heat",
    "words": ["HEAT", "Heizung"],
    "tier": "2",
    "answer": "Heating to ${degrees}",
    "parameters_section": {"parameters": [DEGREES, ROOM]},
}
PLC: dict[str, Any] = {"source": "plc", "key": "alive", "period": {"minutes": 5}}


async def test_a_keyword_says_everything_that_was_filled_in(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna, _ = await add_people(hass, empty_hub)

    example = await add(hass, empty_hub, "keyword", {**HEATING, "allowed": [anna]})
    assert example["step_id"] == "example"
    assert example["description_placeholders"] == {"example": "HEAT 5 hall 123456"}
    result = await fill_in(hass, example, {})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Turn up the heat"
    (keyword,) = hass.data["alert_gateway"].settings.engine.commands.keywords
    assert keyword == Keyword(
        name="turn_up_the_heat",
        words=("HEAT", "Heizung"),
        tier=Tier.PROVEN,
        answer="Heating to ${degrees}",
        allowed=(anna,),
        parameters=(
            Parameter(name="degrees", kind=ParameterKind.NUMBER, minimum=5, maximum=30.5),
            Parameter(name="room", kind=ParameterKind.CHOICE, choices=("hall", "office"), required=False),
        ),
    )


async def test_what_is_stored_comes_back_into_the_form(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    subentry = await added(hass, empty_hub, "keyword", HEATING, {})
    before = dict(subentry.data)

    form = await open_again(hass, empty_hub, subentry)
    shown = suggested(form)
    assert shown["parameters_section"]["parameters"] == [DEGREES, ROOM]
    assert (shown["tier"], "name" in shown) == ("2", False)
    result = await fill_in(hass, form, sent_back(form), {})

    assert result["reason"] == "reconfigure_successful"
    changed = empty_hub.subentries[subentry.subentry_id]
    assert (dict(changed.data), changed.title) == (before, "Turn up the heat")


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"name": " "}, {"name": "name_missing"}),
        ({"name": "turn up the HEAT!"}, {"name": "name_taken"}),
        ({"words": []}, {"words": "words_missing"}),
        ({"words": ["TWO WORDS"]}, {"words": "word_with_blank"}),
        ({"words": ["heizung"]}, {"words": "word_taken"}),
        ({"words": ["GATE", "gate"]}, {"words": "word_taken"}),
        ({"words": ["ok"]}, {"words": "word_taken"}),
        ({"words": ["Hilfe"]}, {"words": "word_taken"}),
        ({"words": ["aiuto"]}, {"words": "word_taken"}),
        ({"words": ["Stop"]}, {"words": "word_taken"}),
        (
            {"parameters_section": {"parameters": [{**ROOM, "choices": []}]}},
            {"parameters_section": "refused"},
        ),
        ({"answer": "${nothing}"}, {"answer": "refused"}),
    ],
)
async def test_a_keyword_that_could_be_misread_is_refused_at_its_field(
    hass: HomeAssistant, empty_hub: MockConfigEntry, changed: dict[str, Any], errors: dict[str, str]
) -> None:
    await added(hass, empty_hub, "keyword", HEATING, {})
    right = {"name": "Gate", "words": ["GATE"], "tier": "1"}

    result = await add(hass, empty_hub, "keyword", right | changed)
    assert result["errors"] == errors
    result = await fill_in(hass, result, right, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_words_of_a_language_that_is_not_understood_are_free(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    options = {"country": "AT", "commands": {"languages": ["de"]}}
    hass.config_entries.async_update_entry(empty_hub, options=options)

    await added(hass, empty_hub, "keyword", {"name": "Guests", "words": ["CHI"], "tier": "1"}, {})

    assert hass.data["alert_gateway"].settings.refused == {}


async def test_a_keyword_arms_a_panel_that_can_be_armed(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    hass.states.async_set("alarm_control_panel.home", "disarmed", {"supported_features": 2})
    arm: dict[str, Any] = {"name": "Arm", "words": ["ARM"], "tier": "1"}
    panel = {"alarm_panel": "alarm_control_panel.home", "action": "arm_away"}

    subentry = await added(hass, empty_hub, "keyword", {**arm, "panel_section": panel}, {})

    assert subentry.data["home_assistant"] == panel
    assert hass.data["alert_gateway"].settings.refused == {}
    form = await open_again(hass, empty_hub, subentry)
    assert suggested(form)["panel_section"] == panel
    await fill_in(hass, form, sent_back(form), {})
    assert empty_hub.subentries[subentry.subentry_id].data == subentry.data


ON_OR_OFF = {"parameters_section": {"parameters": [{"name": "on", "kind": "On or off"}]}}


@pytest.mark.parametrize(
    ("panel", "changed", "errors"),
    [
        ({"alarm_panel": "alarm_control_panel.gone"}, {}, {"panel_section": "panel_missing"}),
        ({"action": "arm_night"}, {}, {"panel_section": "panel_cannot"}),
        ({}, ON_OR_OFF, {"panel_section": "panel_wants_code"}),
        ({"action": "disarm"}, {"tier": "1"}, {"tier": "disarming_needs_proof"}),
        ({}, {"tier": "1", **ON_OR_OFF}, {"tier": "disarming_needs_proof"}),
    ],
)
async def test_a_panel_that_could_not_do_it_is_refused(
    hass: HomeAssistant, empty_hub: MockConfigEntry, panel: Any, changed: Any, errors: Any
) -> None:
    attributes = {"supported_features": 2, "code_format": "number", "code_arm_required": False}
    hass.states.async_set("alarm_control_panel.home", "disarmed", attributes)
    order = {"alarm_panel": "alarm_control_panel.home", "action": "arm_away", **panel}
    filled = {"name": "Arm", "words": ["ARM"], "tier": "2", "panel_section": order, **changed}

    result = await add(hass, empty_hub, "keyword", filled)

    assert result["errors"] == errors


@pytest.mark.parametrize(
    ("parameters", "tier", "example"),
    [
        ([], 0, "GATE"),
        ([], 3, "GATE 123456"),
        ([{"name": "n", "kind": "number"}], 1, "GATE 1"),
        ([{"name": "n", "kind": "number", "maximum": 9}], 1, "GATE 9"),
        ([{"name": "o", "kind": "on_off"}], 1, "GATE ON"),
        ([{"name": "t", "kind": "text"}], 1, "GATE …"),
    ],
)
def test_the_example_is_what_somebody_could_write(
    parameters: list[dict[str, Any]], tier: int, example: str
) -> None:
    assert example_of({"words": ["gate"], "tier": tier, "parameters": parameters}) == example


async def test_a_heartbeat_is_waited_for_as_it_was_filled_in(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    alarm = {"severity": "critical", "title": "The controller is silent"}
    filled = {**PLC, "grace": {"seconds": 0}, "alarm": alarm}

    subentry = await added(hass, empty_hub, "heartbeat", filled)

    assert (subentry.title, subentry.unique_id) == ("The controller is silent", "heartbeat:plc/alive")
    (known,) = hass.data["alert_gateway"].settings.engine.heartbeats
    assert (known.period, known.grace) == (timedelta(minutes=5), timedelta(0))
    assert known.severity is Severity.CRITICAL
    form = await open_again(hass, empty_hub, subentry)
    result = await fill_in(hass, form, sent_back(form) | {"period": {"days": 1}})
    assert result["reason"] == "reconfigure_successful"
    assert empty_hub.subentries[subentry.subentry_id].data["period"] == "1d"


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"source": " "}, {"source": "name_missing"}),
        ({"key": "alive"}, {"key": "heartbeat_taken"}),
        ({"period": {"minutes": 0}}, {"period": "period_missing"}),
        ({"source": "gateway"}, {"source": "refused"}),
        ({"period": {"days": 40}}, {"period": "refused"}),
    ],
)
async def test_a_heartbeat_that_makes_no_sense_is_refused_at_its_field(
    hass: HomeAssistant, empty_hub: MockConfigEntry, changed: dict[str, Any], errors: dict[str, str]
) -> None:
    await added(hass, empty_hub, "heartbeat", PLC)
    right = {**PLC, "key": "door"}

    result = await add(hass, empty_hub, "heartbeat", right | changed)
    assert result["errors"] == errors
    result = await fill_in(hass, result, right)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_removed_keywords_and_heartbeats_are_gone_at_once(
    hass: HomeAssistant, empty_hub: MockConfigEntry, modem: MockConfigEntry
) -> None:
    runtime = modem.runtime_data
    keyword = await added(hass, empty_hub, "keyword", HEATING, {})
    heartbeat = await added(hass, empty_hub, "heartbeat", PLC)

    for subentry in (keyword, heartbeat):
        hass.config_entries.async_remove_subentry(empty_hub, subentry.subentry_id)
    await hass.async_block_till_done()

    engine = hass.data["alert_gateway"].settings.engine
    assert (engine.commands.keywords, engine.heartbeats) == ((), ())
    assert modem.runtime_data is runtime, "no modem lost its link"
