"""Policies in the UI."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.data_entry_flow import FlowResultType

from alert_engine.model import AcknowledgeBy, Channel, Policy, Proof, Step
from tests.component.hub_forms import (
    add,
    add_people,
    added,
    fill_in,
    open_again,
    sent_back,
    suggested,
)

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

FULL: dict[str, Any] = {
    "ladder": {
        "steps": [
            {"after": {"minutes": 0}, "notify": ["Anna"]},
            {
                "after": {"minutes": 2},
                "notify": ["Ben", "Anna"],
                "channels": ["Call"],
                "repeat": 2,
                "every": {"minutes": 1, "seconds": 30},
            },
        ],
        "rounds": 3,
        "round_every": {"minutes": 20},
        "until": "cleared",
    },
    "proof_section": {"proof": "delivered", "fallback_after": {"seconds": 45}, "acknowledge_by": "all"},
    "life": {
        "hold": {"seconds": 30},
        "remind_every": {"hours": 1},
        "latch": True,
        "reopen_within": {"seconds": 0},
    },
}


def policy_of(hass: HomeAssistant, hub: MockConfigEntry, name: str) -> Policy:
    """What the engine knows under this name."""
    settings = hass.data["alert_gateway"].settings
    policy = settings.engine.policy(name)
    assert policy is not None
    return policy


async def test_a_policy_says_everything_that_was_filled_in(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna, ben = await add_people(hass, empty_hub)

    subentry = await added(hass, empty_hub, "policy", {"name": "Door at night"}, FULL)

    assert (subentry.title, subentry.unique_id) == ("Door at night", "policy:door_at_night")
    policy = policy_of(hass, empty_hub, "door_at_night")
    assert policy.steps == (
        Step(after=timedelta(0), notify=(anna,)),
        Step(
            after=timedelta(minutes=2),
            notify=(ben, anna),
            channels=(Channel.CALL,),
            repeat=2,
            every=timedelta(seconds=90),
        ),
    )
    assert (policy.rounds, policy.round_every) == (3, timedelta(minutes=20))
    assert (policy.proof, policy.fallback_after) == (Proof.DELIVERED, timedelta(seconds=45))
    assert policy.acknowledge_by is AcknowledgeBy.ALL
    assert (policy.hold, policy.remind_every) == (timedelta(seconds=30), timedelta(hours=1))
    assert (policy.latch, policy.reopen_within) == (True, timedelta(0))
    assert hass.states.get("notify.door_at_night") is not None


async def test_what_is_stored_comes_back_into_the_form(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    await add_people(hass, empty_hub)
    subentry = await added(hass, empty_hub, "policy", {"name": "door"}, FULL)
    before = dict(subentry.data)

    form = await open_again(hass, empty_hub, subentry)
    shown = suggested(form)
    assert shown["ladder"]["steps"][1]["notify"] == ["Ben", "Anna"]
    assert shown["ladder"]["steps"][1]["every"] == {"days": 0, "hours": 0, "minutes": 1, "seconds": 30}
    result = await fill_in(hass, form, sent_back(form))

    assert result["reason"] == "reconfigure_successful"
    assert dict(empty_hub.subentries[subentry.subentry_id].data) == before


async def test_a_severity_keeps_its_built_in_steps_and_proof(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna, _ = await add_people(hass, empty_hub)

    form = await add(hass, empty_hub, "policy", {"name": "critical"})
    assert form["step_id"] == "policy"
    shown = suggested(form)
    assert shown["proof_section"]["proof"] == "delivered"
    assert shown["proof_section"]["fallback_after"] == {"days": 0, "hours": 0, "minutes": 1, "seconds": 15}
    result = await fill_in(hass, form, {**sent_back(form), "notify": [anna]})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Critical"
    policy = policy_of(hass, empty_hub, "critical")
    assert len(policy.steps) == 3
    assert {step.notify for step in policy.steps} == {(anna,)}
    assert policy.proof is Proof.DELIVERED


async def test_the_title_of_a_severity_is_in_the_language_of_home_assistant(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    hass.config.language = "de"

    subentry = await added(hass, empty_hub, "policy", {"name": "critical"}, {})

    assert (subentry.title, subentry.data["name"]) == ("Kritisch", "critical")


@pytest.mark.parametrize(
    ("name", "word"), [(" ", "name_missing"), ("Anna", "name_taken"), ("Door!", "name_taken")]
)
async def test_a_name_that_is_none_or_taken_is_refused(
    hass: HomeAssistant, empty_hub: MockConfigEntry, name: str, word: str
) -> None:
    await add_people(hass, empty_hub)
    await added(hass, empty_hub, "policy", {"name": "door"}, {})

    result = await add(hass, empty_hub, "policy", {"name": name})
    assert result["errors"] == {"name": word}
    result = await fill_in(hass, result, {"name": "gate"}, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_severity_that_has_a_policy_is_not_offered_again(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    await added(hass, empty_hub, "policy", {"name": "high"}, {})

    result = await add(hass, empty_hub, "policy", {"name": "high"})

    assert result["errors"] == {"name": "name_taken"}
    (selector,) = result["data_schema"].schema.values()
    assert selector.config["options"] == ["Critical", "Normal", "Info"]


@pytest.mark.parametrize(
    ("filled", "errors", "reason"),
    [
        (
            {"channels": ["sms"], "ladder": {"steps": [{"after": {"minutes": 1}}]}},
            {"ladder": "told_twice"},
            "",
        ),
        ({"ladder": {"rounds": 2}}, {"ladder": "refused"}, "enter how long it takes until the next time"),
        (
            {"ladder": {"steps": [{"after": {"minutes": 1}, "repeat": 2}]}},
            {"ladder": "refused"},
            "enter how long it takes until the next time",
        ),
    ],
)
async def test_what_makes_no_sense_is_told_at_its_section(
    hass: HomeAssistant,
    empty_hub: MockConfigEntry,
    filled: dict[str, Any],
    errors: dict[str, str],
    reason: str,
) -> None:
    result = await add(hass, empty_hub, "policy", {"name": "door"}, filled)

    assert result["errors"] == errors
    assert result["description_placeholders"]["reason"] == reason
    result = await fill_in(hass, result, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_policy_cannot_be_renamed_but_changed(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    subentry = await added(hass, empty_hub, "policy", {"name": "Door"}, {})

    form = await open_again(hass, empty_hub, subentry)
    assert "name" not in {str(marker.schema) for marker in form["data_schema"].schema}
    result = await fill_in(hass, form, {"life": {"hold": {"minutes": 5}}})

    assert result["reason"] == "reconfigure_successful"
    assert policy_of(hass, empty_hub, "door").hold == timedelta(minutes=5)
    assert hass.states.get("notify.door") is not None


async def test_a_heartbeat_whose_policy_was_removed_has_that_of_its_severity(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    policy = await added(hass, empty_hub, "policy", {"name": "Door"}, {})
    alive = {"source": "plc", "key": "alive", "period": {"minutes": 5}, "alarm": {"policy": "door"}}
    heartbeat = await added(hass, empty_hub, "heartbeat", alive)
    assert heartbeat.data["policy"] == "door"

    hass.config_entries.async_remove_subentry(empty_hub, policy.subentry_id)
    await hass.async_block_till_done()

    settings = hass.data["alert_gateway"].settings
    assert settings.engine.heartbeats[0].policy is None
    assert settings.orphaned == {heartbeat.subentry_id.lower()}
    assert settings.refused == {}


async def test_a_severity_that_is_typed_is_that_severity(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    hass.config.language = "de"

    subentry = await added(hass, empty_hub, "policy", {"name": "kritisch"}, {})

    assert (subentry.title, subentry.data["name"]) == ("Kritisch", "critical")
