"""From the hub entry and what it has to the settings of the engine, also when something does not fit."""

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import ConfigSubentryData
from pytest_homeassistant_custom_component.common import MockConfigEntry

from alert_engine.model import Channel, Severity
from custom_components.alert_gateway.const import DOMAIN, PrivacyLevel
from custom_components.alert_gateway.document import Item
from custom_components.alert_gateway.objections import objection_to, objection_to_options
from custom_components.alert_gateway.settings import hub_settings, privacy_of

if TYPE_CHECKING:
    from collections.abc import Mapping

ANNA_ID, BEN_ID, PLANT_ID = "anna", "ben", "plant"
ANNA = {"name": "Anna", "phone": "+436641234567", "can_acknowledge": True}
BEN = {"name": "Ben", "phone": "+491701234567"}


def subentry(kind: str, subentry_id: str, data: Mapping[str, Any]) -> ConfigSubentryData:
    """Something that the hub has."""
    title = str(data.get("name", subentry_id))
    made: dict[str, Any] = {
        "data": data,
        "subentry_id": subentry_id.upper(),
        "subentry_type": kind,
        "title": title,
        "unique_id": f"{kind}:{subentry_id}",
    }
    return ConfigSubentryData(**made)  # type: ignore[typeddict-item] # the id is taken at its making only


def hub(*subentries: ConfigSubentryData, **options: Any) -> MockConfigEntry:
    """The hub with these."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Home",
        unique_id="hub",
        data={"kind": "hub"},
        options={"country": "AT", **options},
        subentries_data=subentries,
    )


def person(subentry_id: str, data: Mapping[str, Any]) -> ConfigSubentryData:
    return subentry("person", subentry_id, data)


def test_without_a_hub_nobody_is_told() -> None:
    assert hub_settings(None).engine.people == ()


def test_each_kind_of_subentry_becomes_what_it_is_in_gateway_yaml() -> None:
    entry = hub(
        person(ANNA_ID, {**ANNA, "language": "de", "quiet": ["22:00-06:30 mon-fri"]}),
        person(BEN_ID, BEN),
        subentry("group", PLANT_ID, {"name": "Plant", "members": [ANNA_ID, BEN_ID], "mode": "rotate"}),
        subentry(
            "on_call",
            "night",
            {
                "name": "Night",
                "rotation": [ANNA_ID, BEN_ID],
                "begins": "2026-01-05",
                "handover": "08:00",
                "fallback": PLANT_ID,
            },
        ),
        subentry("policy", "p", {"name": "critical", "steps": [{"notify": ["night"], "channels": ["call"]}]}),
        subentry("keyword", "k", {"name": "gate", "words": ["GATE"], "tier": 2, "allowed": [ANNA_ID]}),
        subentry("heartbeat", "h", {"source": "plc", "key": "alive", "period": "5min", "severity": "high"}),
        budgets={"stick": 200},
        commands={"languages": ["de"]},
    )

    settings = hub_settings(entry)

    engine = settings.engine
    assert (settings.refused, settings.orphaned) == ({}, frozenset())
    assert [each.id for each in engine.people] == [ANNA_ID, BEN_ID]
    assert engine.people[0].language == "de"
    assert engine.groups[0].members == (ANNA_ID, BEN_ID)
    assert engine.on_calls[0].fallback == PLANT_ID
    assert engine.policies[0].steps[0].notify == ("night",)
    assert engine.policies[0].steps[0].channels == (Channel.CALL,)
    assert engine.commands.keywords[0].name == "gate"
    assert engine.commands.languages == ("de",)
    assert engine.heartbeats[0].severity is Severity.HIGH
    assert engine.budgets == {"stick": 200}


def test_who_named_somebody_who_is_gone_goes_on_with_the_others() -> None:
    entry = hub(
        person(ANNA_ID, ANNA),
        subentry("group", PLANT_ID, {"name": "Plant", "members": [ANNA_ID, BEN_ID]}),
        subentry("policy", "p", {"name": "high", "steps": [{"notify": [ANNA_ID]}, {"notify": [BEN_ID]}]}),
        subentry("policy", "q", {"name": "low", "notify": [BEN_ID]}),
        subentry("keyword", "k", {"name": "gate", "words": ["GATE"], "allowed": [BEN_ID, ANNA_ID]}),
        subentry(
            "on_call",
            "night",
            {
                "name": "Night",
                "rotation": [BEN_ID, ANNA_ID],
                "begins": "2026-01-05",
                "handover": "08:00",
                "fallback": BEN_ID,
                "substitutions": [{"person": BEN_ID, "from": "2026-12-24 08:00", "to": "2026-12-27 08:00"}],
            },
        ),
    )

    settings = hub_settings(entry)

    engine = settings.engine
    assert settings.refused == {}
    assert settings.orphaned == {PLANT_ID, "p", "q", "k", "night"}
    assert engine.groups[0].members == (ANNA_ID,)
    assert [step.notify for step in engine.policies[0].steps] == [(ANNA_ID,), ()], "() is everybody"
    assert engine.policies[1].steps[0].notify == (), "everybody rather than nobody"
    assert engine.commands.keywords[0].allowed == (ANNA_ID,)
    assert engine.on_calls[0].rotation == (ANNA_ID,)
    assert (engine.on_calls[0].fallback, engine.on_calls[0].substitutions) == (None, ())


def test_a_keyword_whose_only_people_are_gone_is_nobodys() -> None:
    """An empty list would mean everybody who may command."""
    entry = hub(
        person(ANNA_ID, ANNA),
        subentry("keyword", "k", {"name": "gate", "words": ["GATE"], "allowed": [BEN_ID]}),
    )

    settings = hub_settings(entry)

    assert settings.engine.commands.keywords == ()
    assert settings.orphaned == settings.nobodys == {"k"}


@pytest.mark.parametrize(
    ("bad", "key"),
    [
        (subentry("policy", "p", {"name": "high", "steps": []}), "p"),
        (subentry("policy", "p", {"name": "high", "novelty": 1}), "p"),
        (subentry("heartbeat", "h", {"source": "a", "key": "b", "period": "soon"}), "h"),
        (subentry("person", "x", {"name": "X", "phone": "12"}), "x"),
        (subentry("group", "g", {"name": "G", "members": ["g"]}), "g"),
        (subentry("keyword", "k", {"name": "gate", "words": ["OK"]}), "k"),
        (subentry("policy", "p", {"name": "Not a name!", "channels": ["sms"]}), "p"),
        (subentry("policy", "p", {"name": 5}), "p"),
        (subentry("policy", "p", {"channels": ["sms"]}), "p"),
        (subentry("policy", "p", {"name": ["high"]}), "p"),
        (subentry("policy", "p", {"name": "high", "steps": 5}), "p"),
        (subentry("policy", "p", {"name": "high", "notify": [{}]}), "p"),
        (subentry("group", "g", {"name": "G", "members": None}), "g"),
        (subentry("on_call", "o", {"name": "O", "substitutions": [{}]}), "o"),
        (subentry("heartbeat", "h", {"source": "a", "key": "b", "policy": []}), "h"),
        (subentry("keyword", "k", {}), "k"),
        (subentry("person", "x", {}), "x"),
    ],
)
def test_what_does_not_fit_is_left_out_and_the_others_are_told(bad: ConfigSubentryData, key: str) -> None:
    settings = hub_settings(hub(person(ANNA_ID, ANNA), bad))

    assert set(settings.refused) == {key}
    assert [each.id for each in settings.engine.people] == [ANNA_ID]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("budgets", {"stick": -1}),
        ("budgets", []),
        ("supervision", 5),
        ("supervision", {"rehearsals": 5}),
        ("supervision", {"rehearsals": {"at": "10:00", "people": 5}}),
        ("supervision", {"policy": []}),
        ("commands", 5),
        ("commands", {"languages": 5}),
        ("quiet", 5),
        ("country", 5),
        ("expiry", {"high": 4}),
    ],
)
def test_an_option_that_does_not_fit_is_left_out(key: str, value: Any) -> None:
    settings = hub_settings(hub(person(ANNA_ID, ANNA), **{key: value}))

    assert set(settings.refused) == {key}
    assert [each.id for each in settings.engine.people] == [ANNA_ID]


def test_a_list_of_people_for_assist_that_is_none_is_nobody() -> None:
    settings = hub_settings(hub(person(ANNA_ID, ANNA), assist=True, assist_people=5))

    assert settings.engine.commands.answered_elsewhere == ()


def test_a_privacy_that_nobody_knows_shows_little() -> None:
    assert privacy_of(hub(privacy="novel")) is PrivacyLevel.STRICT
    assert privacy_of(hub()) is privacy_of(None) is PrivacyLevel.NORMAL


GERMAN = {"reason_cycle": "im Kreis: {way}", "reason_unreadable": "unlesbar"}


def test_what_people_get_wrong_often_is_told_in_their_language_and_the_rest_by_the_engine() -> None:
    entry = hub(
        person(ANNA_ID, ANNA),
        subentry("group", "01j1", {"name": "Inner", "members": ["01j2"]}),
        subentry("group", "01j2", {"name": "Outer", "members": ["01j1"]}),
        subentry("policy", "p", {"name": "high", "notify": 5}),
        subentry("heartbeat", "h", {"source": "a", "key": "b", "period": "soon"}),
    )

    settings = hub_settings(entry, GERMAN)

    (cycle,) = settings.refused.keys() - {"p", "h"}
    assert settings.refused[cycle] in {"im Kreis: Inner > Outer > Inner", "im Kreis: Outer > Inner > Outer"}
    assert settings.refused["p"] == "unlesbar"
    assert settings.refused["h"].startswith("must be a time like")


def test_a_country_that_a_number_needs_cannot_be_taken_away() -> None:
    entry = hub(commands={"own_numbers": ["0664 5550101"]})

    objection = objection_to_options(entry, {"commands": {"own_numbers": ["0664 5550101"]}})

    assert objection is not None
    assert objection.path[:2] == ("commands", "own_numbers")


def test_a_hundred_people_that_do_not_fit_keep_the_others() -> None:
    many = [person(f"p{number}", {"name": f"P{number}", "phone": "12"}) for number in range(100)]

    settings = hub_settings(hub(*many, person(ANNA_ID, ANNA)))

    assert len(settings.refused) == len(many)
    assert [each.id for each in settings.engine.people] == [ANNA_ID]


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"name": "Cleo", "phone": "+436649999999"}, None),
        ({"name": "Cleo", "phone": "+43"}, ("phone",)),
        ({"name": "Cleo", "phone": "+436641234567"}, ("phone",)),
        ({"name": "Cleo", "phone": "+436649999999", "quiet": ["late"]}, ("quiet",)),
    ],
)
def test_a_form_hears_which_field_is_wrong(data: dict[str, Any], path: tuple[str, ...] | None) -> None:
    item = Item(id="cleo", kind="person", title=data["name"], data=data)

    objection = objection_to(hub(person(ANNA_ID, ANNA)), item)

    assert (None if objection is None else objection.path[:1]) == path


def test_a_changed_item_is_not_compared_with_what_it_was() -> None:
    entry = hub(person(ANNA_ID, ANNA))

    assert objection_to(entry, Item(id=ANNA_ID, kind="person", title="Anna", data=ANNA)) is None


def test_a_country_without_telephones_is_left_out_and_stops_nothing() -> None:
    settings = hub_settings(hub(person(ANNA_ID, ANNA), country="AQ"))

    assert set(settings.refused) == {"country"}
    assert [each.id for each in settings.engine.people] == [ANNA_ID]


def test_quiet_hours_for_everybody_that_do_not_fit_cost_nobody_their_place() -> None:
    settings = hub_settings(hub(person(ANNA_ID, ANNA), quiet=["late"]))

    assert set(settings.refused) == {"quiet"}
    assert [each.id for each in settings.engine.people] == [ANNA_ID]


def test_options_forget_who_is_gone() -> None:
    entry = hub(
        person(ANNA_ID, ANNA),
        supervision={
            "policy": "gone",
            "rehearsals": {"at": "10:00", "people": [ANNA_ID, BEN_ID]},
        },
    )

    settings = hub_settings(entry)

    assert settings.refused == {}
    assert settings.engine.supervision.policy is None
    rehearsals = settings.engine.supervision.rehearsals
    assert rehearsals is not None
    assert rehearsals.people == (ANNA_ID,)


def test_what_does_not_fit_is_no_reason_to_refuse_something_else() -> None:
    entry = hub(
        person(ANNA_ID, ANNA), subentry("policy", "p", {"name": "high", "novelty": 1}), quiet=["late"]
    )
    item = Item(id="cleo", kind="person", title="Cleo", data={"name": "Cleo", "phone": "+436649999999"})

    assert objection_to(entry, item) is None
    assert objection_to_options(entry, {**entry.options, "budgets": {"stick": 5}}) is None
    assert objection_to_options(entry, {**entry.options, "quiet": ["later"]}) is not None


def test_an_objection_names_people_and_not_their_ids() -> None:
    entry = hub(
        person(ANNA_ID, ANNA),
        subentry("group", "01j1", {"name": "Inner", "members": [ANNA_ID]}),
        subentry("group", "01j2", {"name": "Outer", "members": ["01j1"]}),
    )
    item = Item(id="01j1", kind="group", title="Inner", data={"name": "Inner", "members": ["01j2"]})

    objection = objection_to(entry, item)

    assert objection is not None
    assert "Inner" in str(objection)
    assert "01j" not in str(objection)


def test_an_objection_to_options_says_where() -> None:
    objection = objection_to_options(hub(person(ANNA_ID, ANNA)), {"retention": {"alarms": "1d"}})

    assert objection is not None
    assert objection.path == ("retention", "alarms")
    assert str(objection).startswith("must be")
