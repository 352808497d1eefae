"""The settings of the hub."""

from datetime import time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.data_entry_flow import FlowResultType

from alert_engine.model import Severity
from alert_engine.supervision.settings import CreditRequest
from custom_components.alert_gateway.const import PrivacyLevel
from custom_components.alert_gateway.entries import hub_entry
from custom_components.alert_gateway.flows.option_pages import PAGES
from custom_components.alert_gateway.settings import privacy_of
from tests.component.entries import modem_of
from tests.component.hub_forms import add_people, added, sent_back, suggested
from tests.component.option_forms import engine_settings, open_page, send, store

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

ROUTE = "modem_3809"
CREDIT = {"credit_number": "6700", "credit_text": "GUTHABEN", "credit_pattern": "([0-9]+)"}


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_that_is_sent_off_as_it_is_shown_is_accepted(
    hass: HomeAssistant, empty_hub: MockConfigEntry, page: str
) -> None:
    form = await open_page(hass, empty_hub, page)
    assert form["type"] is FlowResultType.FORM

    result = await send(hass, form, sent_back(form))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert hass.data["alert_gateway"].settings.refused == {}


async def test_settings_are_taken_over_without_a_reload(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    runtime = empty_hub.runtime_data

    await store(hass, empty_hub, "mqtt", {"mqtt": False, "mqtt_prefix": "site/alarms"})

    assert dict(empty_hub.options) == {"country": "AT", "mqtt": False, "mqtt_prefix": "site/alarms"}
    assert empty_hub.runtime_data is runtime


async def test_country_languages_and_numbers(hass: HomeAssistant, empty_hub: MockConfigEntry) -> None:
    filled = {
        "country": "DE",
        "languages": ["de", "it"],
        "own_numbers": ["+43 664 5550101"],
        "other_gateways": ["0170 7654321"],
        "transliterate": True,
    }

    await store(hass, empty_hub, "general", filled)

    settings = engine_settings(hass)
    assert (settings.default_country, settings.transliterate) == ("DE", True)
    assert settings.commands.languages == ("de", "it")
    assert settings.own_numbers == {"+436645550101"}
    assert settings.commands.other_gateways == ("+491707654321",)


async def test_quiet_hours_for_everybody_and_expiry(hass: HomeAssistant, empty_hub: MockConfigEntry) -> None:
    await add_people(hass, empty_hub)
    night = {"start": "22:00:00", "end": "06:00:00"}

    doubt = {"doubt_critical": {"seconds": 40}, "doubt_other": {"minutes": 3}}
    filled = {"quiet": [night], "expiry": {"normal": {"hours": 2}}, "in_doubt_wait": doubt}
    await store(hass, empty_hub, "times", filled)

    settings = engine_settings(hass)
    assert [len(person.quiet) for person in settings.people] == [1, 1]
    assert settings.expiry[Severity.NORMAL] == timedelta(hours=2)
    assert settings.expiry[Severity.CRITICAL] == timedelta(hours=24)
    waits = settings.delivery.doubt_wait_critical, settings.delivery.doubt_wait
    assert waits == (timedelta(seconds=40), timedelta(minutes=3))


async def test_order_and_budgets_of_the_ways_out_there_are(
    hass: HomeAssistant, empty_hub: MockConfigEntry, modem: MockConfigEntry
) -> None:
    budgets = [{"route": modem.title, "budget": 200}, {"route": f"{modem.title} (Call)", "budget": 40}]

    await store(hass, empty_hub, "routes", {"route_order": [ROUTE], "budgets": budgets})

    assert engine_settings(hass).budgets == {ROUTE: 200, f"{ROUTE}-calls": 40}
    assert empty_hub.options["route_order"] == [ROUTE]
    assert suggested(await open_page(hass, empty_hub, "routes"))["budgets"] == budgets


async def test_supervision_of_routes_and_its_policy(
    hass: HomeAssistant, empty_hub: MockConfigEntry, modem: MockConfigEntry
) -> None:
    await added(hass, empty_hub, "policy", {"name": "quietly"}, {})
    watched = {
        "route": modem.title,
        "own_number": "+43 664 5550101",
        "loopback_every": {"hours": 12},
        "least_credit": 2.5,
        "credit_every": {"days": 2},
        "credit_number": "6700",
        "credit_text": "GUTHABEN",
        "credit_pattern": "([0-9]+,[0-9]{2}) EUR",
    }

    await store(
        hass,
        empty_hub,
        "supervision",
        {"raises_alarms": False, "policy": "quietly", "routes": [watched]},
    )

    said = engine_settings(hass).supervision
    assert (said.raises_alarms, said.policy) == (False, "quietly")
    (route,) = said.routes
    assert (route.route, route.own_number) == (ROUTE, "+436645550101")
    assert (route.loopback_every, route.least_credit) == (timedelta(hours=12), Decimal("2.5"))
    assert route.credit_every == timedelta(days=2)
    assert route.credit_request == CreditRequest(
        number="6700", text="GUTHABEN", pattern="([0-9]+,[0-9]{2}) EUR"
    )


async def test_the_weekly_test_is_switched_on_and_off(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna, _ = await add_people(hass, empty_hub)
    filled = {"rehearsals": True, "day": "wed", "at": "17:30:00", "people": [anna]}
    filled["overdue_after"] = {"days": 15}

    await store(hass, empty_hub, "rehearsals", filled)
    said = engine_settings(hass).supervision.rehearsals
    assert said is not None
    assert (said.day, said.at, said.people) == (2, time(17, 30), (anna,))
    assert said.overdue_after == timedelta(days=15)

    await store(hass, empty_hub, "rehearsals", {"rehearsals": False})
    assert engine_settings(hass).supervision.rehearsals is None


async def test_who_is_removed_is_not_tested_any_more(hass: HomeAssistant, empty_hub: MockConfigEntry) -> None:
    anna, ben = await add_people(hass, empty_hub)
    filled = {"rehearsals": True, "day": "wed", "at": "17:30:00", "people": [anna, ben]}
    await store(hass, empty_hub, "rehearsals", filled)

    hass.config_entries.async_remove_subentry(empty_hub, anna.upper())
    await hass.async_block_till_done()

    said = engine_settings(hass).supervision.rehearsals
    assert said is not None
    assert said.people == (ben,)
    assert hass.data["alert_gateway"].settings.refused == {}


async def test_retention_in_days(hass: HomeAssistant, empty_hub: MockConfigEntry) -> None:
    await store(hass, empty_hub, "retention", {"alarms": 30, "messages": 7, "inbound": 7, "audit": 100})

    retention = engine_settings(hass).retention
    assert (retention.alarms, retention.audit) == (timedelta(days=30), timedelta(days=100))


async def test_privacy_assist_and_compatibility_are_there_for_others_to_read(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    anna, _ = await add_people(hass, empty_hub)
    assert privacy_of(empty_hub) is PrivacyLevel.NORMAL

    await store(hass, empty_hub, "privacy", {"privacy": "strict", "panel": "admins"})
    await store(hass, empty_hub, "assist", {"assist": True, "assist_people": [anna]})
    await store(
        hass, empty_hub, "compatibility", {"sms_compatibility": False, "sms_notify_name": "sms_person"}
    )

    assert privacy_of(empty_hub) is PrivacyLevel.STRICT
    assert dict(empty_hub.options) == {
        "country": "AT",
        "privacy": "strict",
        "panel": "admins",
        "assist": True,
        "assist_people": [anna],
        "sms_compatibility": False,
        "sms_notify_name": "sms_person",
    }


@pytest.mark.parametrize(
    ("page", "filled", "errors"),
    [
        *(
            ("mqtt", {"mqtt": True, "mqtt_prefix": prefix}, {"mqtt_prefix": "prefix_invalid"})
            for prefix in ("a/+/b", "#", "/a", "a/", "a//b", "")
        ),
        ("general", {"own_numbers": ["7"]}, {"own_numbers": "refused"}),
        (
            "supervision",
            {"routes": [{"route": "x", "loopback_every": {"minutes": 5}}]},
            {"routes": "refused"},
        ),
        *(
            ("supervision", {"routes": [{"route": "x", **wrong}]}, {"routes": word})
            for wrong, word in (
                ({"credit_every": {"minutes": 5}}, "refused"),
                ({"credit_number": "6700"}, "credit_request_incomplete"),
                ({**CREDIT, "credit_number": "call us"}, "credit_number_invalid"),
                ({**CREDIT, "credit_pattern": "EUR"}, "refused"),
            )
        ),
        ("supervision", {"ping": {"ping_url": "watchdog.example"}}, {"ping": "ping_url_invalid"}),
        ("assist", {"assist": True}, {"assist_people": "assist_nobody"}),
        ("compatibility", {"sms_notify_name": "Two words"}, {"sms_notify_name": "action_name_invalid"}),
    ],
)
async def test_what_makes_no_sense_is_refused_at_its_field(
    hass: HomeAssistant, modem: MockConfigEntry, page: str, filled: dict[str, Any], errors: dict[str, str]
) -> None:
    hub = hub_entry(hass)
    assert hub is not None
    before = dict(hub.options)
    for row in filled.get("routes", ()):
        row["route"] = modem.title
    form = await open_page(hass, hub, page)

    result = await send(hass, form, filled)

    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    assert dict(hub.options) == before


async def test_a_language_whose_words_a_keyword_has_is_refused(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    await store(hass, empty_hub, "general", {"country": "AT", "languages": ["de"]})
    await added(hass, empty_hub, "keyword", {"name": "Guests", "words": ["CHI"], "tier": "1"}, {})

    form = await open_page(hass, empty_hub, "general")
    result = await send(hass, form, {"country": "AT", "languages": ["de", "it"]})

    assert result["errors"] == {"base": "refused"}
    assert "CHI" in result["description_placeholders"]["reason"]


async def test_an_option_of_another_page_that_does_not_fit_hinders_nobody(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    options = {"country": "AQ", "retention": {"alarms": "1d"}}
    hass.config_entries.async_update_entry(empty_hub, options=options)
    await hass.async_block_till_done()
    assert set(hass.data["alert_gateway"].settings.refused) == {"country", "retention"}

    await store(hass, empty_hub, "times", {"quiet": [{"start": "22:00:00", "end": "06:00:00"}]})

    assert set(hass.data["alert_gateway"].settings.refused) == {"country", "retention"}


async def test_a_modem_has_no_people(modem: MockConfigEntry, empty_hub: MockConfigEntry) -> None:
    assert modem.supported_subentry_types == {}
    assert empty_hub.supports_options
    kinds = {"person", "group", "on_call", "policy", "keyword", "heartbeat"}
    assert set(empty_hub.supported_subentry_types) >= kinds


async def test_what_was_said_of_a_modem_that_is_gone_does_not_stand_in_the_way(
    hass: HomeAssistant, empty_hub: MockConfigEntry, modem: MockConfigEntry
) -> None:
    budgets = [{"route": modem.title, "budget": 200}]
    await store(hass, empty_hub, "routes", {"budgets": budgets})
    await store(
        hass, empty_hub, "supervision", {"routes": [{"route": modem.title, "loopback_every": {"hours": 12}}]}
    )
    await hass.config_entries.async_remove(modem.entry_id)

    for page, key in (("routes", "budgets"), ("supervision", "routes")):
        form = await open_page(hass, empty_hub, page)
        assert suggested(form)[key] == []
        assert (await send(hass, form, sent_back(form)))["type"] is FlowResultType.CREATE_ENTRY
    assert "budgets" not in empty_hub.options


async def test_two_ways_of_one_name_are_told_apart(
    hass: HomeAssistant, empty_hub: MockConfigEntry, modem: MockConfigEntry
) -> None:
    other = modem_of("simulator://modem1", imei="356938035643817")
    other.add_to_hass(hass)
    hass.config_entries.async_update_entry(other, title=modem.title)
    second = f"{modem.title} (modem_3817)"

    budgets = [{"route": modem.title, "budget": 5}, {"route": second, "budget": 7}]
    await store(hass, empty_hub, "routes", {"budgets": budgets})

    assert empty_hub.options["budgets"] == {ROUTE: 5, "modem_3817": 7}


@pytest.mark.parametrize(("page", "key"), [("routes", "budgets"), ("supervision", "routes")])
async def test_one_way_is_not_said_two_things_of(
    hass: HomeAssistant, empty_hub: MockConfigEntry, modem: MockConfigEntry, page: str, key: str
) -> None:
    form = await open_page(hass, empty_hub, page)
    amount = {"budget": 5} if key == "budgets" else {}
    row = {"route": modem.title, **amount}

    result = await send(hass, form, {key: [row, row]})

    assert result["errors"] == {key: "route_twice"}


@pytest.mark.parametrize(
    ("page", "key", "value"),
    [
        ("routes", "budgets", []),
        ("general", "commands", 5),
        ("supervision", "supervision", {"routes": 5}),
        ("supervision", "supervision", {"routes": {"x": 5}}),
        ("supervision", "supervision", {"ping": "https://watchdog.example/"}),
        ("limits", "limits", {"sms": 5}),
        ("limits", "limits", {"call": {"windows": 5}}),
        ("commands", "commands", {"tiers": ["OK"]}),
        ("commands", "commands", {"tiers": {"OK": 9}}),
        ("texts", "templates", {"de": 5}),
        ("rehearsals", "supervision", {"rehearsals": 5}),
        ("times", "expiry", 5),
        ("times", "quiet", ["late"]),
        ("times", "in_doubt_wait", {"other": "a while"}),
        ("retention", "retention", {"alarms": "for ever"}),
    ],
)
async def test_a_page_can_put_right_what_nobody_can_read(
    hass: HomeAssistant, empty_hub: MockConfigEntry, page: str, key: str, value: Any
) -> None:
    hass.config_entries.async_update_entry(empty_hub, options={"country": "AT", key: value})
    await hass.async_block_till_done()
    assert set(hass.data["alert_gateway"].settings.refused) == {key}

    form = await open_page(hass, empty_hub, page)
    result = await send(hass, form, sent_back(form))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert hass.data["alert_gateway"].settings.refused == {}


async def test_why_an_option_does_not_fit_is_told_in_the_language_of_home_assistant(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    hass.config.language = "de"

    result = await send(hass, await open_page(hass, empty_hub, "general"), {"own_numbers": ["7"]})

    assert result["description_placeholders"]["reason"].startswith("das ist keine Nummer")
