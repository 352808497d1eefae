"""Accounts among the other ways out: their order, what is stored and does not fit, what is left behind."""

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import ConfigEntryState

from alert_engine.model import MessageState, SendRequest
from alert_engine.routes.providers.catalogue import make
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.provider_account import async_account
from custom_components.alert_gateway.public_url import losses_of, own_address
from custom_components.alert_gateway.route_order import preferred_routes
from tests.component.entries import ANNA, hub_of, modem_of, set_up
from tests.component.provider_calls import until_told
from tests.component.providers import DESKS, TWILIO, account_of, good_answers, unreachable, wired
from tests.engine.providers.stand_in import Answer

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from gsm_driver.simulator import Simulator

SEVEN: dict[str, Any] = {"preset": "seven", "settings": {"api_key": "k"}}


@pytest.mark.parametrize(
    ("wanted", "order"),
    [
        ([], ["modem_3809", "modem_3809_calls", "twilio", "seven"]),
        (["seven"], ["seven", "modem_3809", "modem_3809_calls", "twilio"]),
        (["twilio", "gone", "modem_3809"], ["twilio", "modem_3809", "modem_3809_calls", "seven"]),
    ],
)
def test_modems_come_first_unless_the_hub_says_otherwise(wanted: list[str], order: list[str]) -> None:
    hub = hub_of(ANNA, options={"route_order": wanted})
    entries = [
        account_of("twilio", TWILIO),
        hub,
        modem_of("simulator://modem0"),
        account_of("generic_http", SEVEN, route="seven"),
    ]
    found = preferred_routes(hub, entries)
    assert [name.replace("-", "_").replace(".", "_") for name in found] == order


async def test_a_modem_that_comes_later_is_preferred(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, simulator: Simulator
) -> None:
    hub = await set_up(hass, hub_of(ANNA))
    async with wired(monkeypatch, *good_answers("twilio")):
        account = await set_up(hass, account_of("twilio", TWILIO))
        await set_up(hass, modem_of("simulator://modem0"))
        engine = hass.data[DATA_HOST].engine
        assert next(iter(engine.routes())) == "modem_3809"

        hass.config_entries.async_update_entry(hub, options={**hub.options, "route_order": ["twilio"]})
        await hass.async_block_till_done()
        assert next(iter(engine.routes())) == "twilio"
        assert await hass.config_entries.async_unload(account.entry_id)


async def test_settings_that_do_not_fit_any_more_wait_for_a_person(hass: HomeAssistant) -> None:
    await set_up(hass, hub_of(ANNA))
    entry = account_of("twilio", {**TWILIO, "gone": 1})
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "account_settings_refused"
    assert (entry.error_reason_translation_placeholders or {})["field"] == "gone"


async def test_what_does_not_fit_any_more_is_told_in_the_language_of_the_house(hass: HomeAssistant) -> None:
    hass.config.language = "de"
    await set_up(hass, hub_of(ANNA))
    entry = account_of("twilio", {**TWILIO, "call_loop": 11})
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    told = entry.error_reason_translation_placeholders or {}
    assert told == {"field": "call_loop", "reason": "es ist eine Zahl von 1 bis 10"}


async def test_two_entries_of_one_route_do_not_get_in_each_others_way(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up(hass, hub_of(ANNA))
    async with wired(monkeypatch, *good_answers("twilio")):
        first = await set_up(hass, account_of("twilio", TWILIO))
        second = account_of("twilio", {**TWILIO, "caller": "+15005550006"})
        second.add_to_hass(hass)
        assert not await hass.config_entries.async_setup(second.entry_id)
        assert second.state is ConfigEntryState.SETUP_ERROR
        assert second.error_reason_translation_key == "route_taken"
        assert await hass.config_entries.async_reload(first.entry_id)
        assert await hass.config_entries.async_unload(first.entry_id)


async def test_what_a_removed_account_had_in_hand_goes_another_way(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, simulator: Simulator
) -> None:
    await set_up(hass, hub_of(ANNA))
    async with unreachable(monkeypatch):
        entry = await set_up(hass, account_of("twilio", TWILIO))
        engine = hass.data[DATA_HOST].engine
        sent = await engine.send(SendRequest(to=(engine.people[0].id,), text="Door open"))
        (message,) = sent.messages
        await hass.config_entries.async_remove(entry.entry_id)
        assert list(engine.routes()) == []
        await set_up(hass, modem_of("simulator://modem0"))
        await until_told(hass, message.uid, MessageState.ACCEPTED)


async def test_a_provider_that_cannot_be_reached_is_no_failure_of_its_entry(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up(hass, hub_of(ANNA))
    async with unreachable(monkeypatch):
        entry = await set_up(hass, account_of("twilio", TWILIO))
        assert entry.state is ConfigEntryState.LOADED
        assert not hass.config_entries.flow.async_progress()
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_the_file_of_an_authority_stands_in_the_configuration_folder(hass: HomeAssistant) -> None:
    await set_up(hass, hub_of(ANNA))
    settings = {"host": "127.0.0.1", "sender": "alarm@example.org", "ca_file": "house.pem"}
    entry = await set_up(hass, account_of("smtp", settings))
    assert entry.data["settings"]["ca_file"] == "house.pem"
    assert entry.state is ConfigEntryState.LOADED
    assert await hass.config_entries.async_unload(entry.entry_id)
    account = await async_account(hass, "smtp", settings)
    assert account.ca_file == hass.config.path("house.pem")


async def test_the_session_to_providers_ends_with_the_last_entry(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = await set_up(hass, hub_of(ANNA))
    async with wired(monkeypatch, *good_answers("twilio")):
        entry = await set_up(hass, account_of("twilio", TWILIO))
        session = hass.data[DATA_HOST].http.session
        assert await hass.config_entries.async_unload(entry.entry_id)
        assert not session.closed
        assert await hass.config_entries.async_unload(hub.entry_id)
        assert session.closed


async def test_credit_is_told_only_where_the_provider_tells_it(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up(hass, hub_of(ANNA))
    async with wired(monkeypatch, Answer(body="290.67")):
        seven = await set_up(hass, account_of("generic_http", SEVEN, route="seven"))
        openvoip = await set_up(hass, account_of("openvoip", {"secret": "s3cret", "caller_group": "42"}))
        assert seven.runtime_data.tells_credit
        assert not openvoip.runtime_data.tells_credit
        assert not openvoip.runtime_data.losses
        for entry in (seven, openvoip):
            assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("kind", "settings", "reports", "answers"),
    [
        ("twilio", TWILIO, "", True),
        ("websms", DESKS["websms"].settings, "sms", True),
        ("infobip", DESKS["infobip"].settings, "", False),
        ("infobip", {**DESKS["infobip"].settings, "whatsapp_sender": "+441134960000"}, "whatsapp", True),
        ("generic_http", SEVEN, "", True),
        ("generic_http", {**SEVEN, "expect_reports": True}, "sms", True),
        ("openvoip", DESKS["openvoip"].settings, "", False),
        ("vibes_platform", DESKS["vibes_platform"].settings, "", False),
    ],
)
def test_what_only_calls_tell(kind: str, settings: dict[str, Any], reports: str, *, answers: bool) -> None:
    losses = losses_of(make(kind, settings))
    assert (",".join(sorted(losses.reports)), losses.answers) == (reports, answers)
    assert bool(losses) == (bool(reports) or answers)


@pytest.mark.parametrize(
    ("url", "trouble"),
    [
        ("https://ha.example.org", None),
        ("https://203.0.113.7", "public_url_private"),  # of documents: routed nowhere
        ("https://8.8.8.8", None),
        ("https://house", "public_url_private"),
        ("https://house.lan", "public_url_private"),
    ],
)
async def test_what_is_a_public_address(hass: HomeAssistant, url: str, trouble: str | None) -> None:
    hass.config.external_url = url
    assert own_address(hass)[1] == trouble
