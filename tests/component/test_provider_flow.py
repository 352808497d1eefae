"""Setting up an account at every type of provider, and every way in which it is refused."""

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.util import package as pkg_util

from alert_engine.routes.providers.catalogue import TYPES, settings_of
from alert_engine.routes.providers.generic_http.presets import preset_names
from custom_components.alert_gateway import provider_account
from custom_components.alert_gateway.flows.generic_form import settings_form
from custom_components.alert_gateway.flows.provider_fields import (
    CLOUD_TYPES,
    FIRST,
    IDENTITY,
    OWN_WORDS,
    PROTOCOL_TYPES,
    TITLES,
    WORDS,
)
from custom_components.alert_gateway.flows.provider_form import account_form, account_identity
from tests.component.entries import ANNA, hub_of, set_up
from tests.component.providers import (
    BAD,
    DESKS,
    PUBLIC,
    TWILIO,
    UNSEEN,
    account_of,
    begin,
    centre,
    drop,
    entry_of,
    filled,
    finish,
    go_on,
    good_answers,
    mail,
    unreachable,
    wired,
)
from tests.component.waiting import until_state
from tests.engine.brokers import allow_sockets
from tests.engine.providers.stand_in import Answer
from tests.engine.routes import ftp_house, mail_house
from tests.engine.smpp.house import a_centre

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homeassistant.core import HomeAssistant

    from alert_engine.routes.providers.catalogue import Setting
    from tests.component.outside import Outside

GOOD = good_answers("twilio")
FORMED = [kind for kind in (*CLOUD_TYPES, *PROTOCOL_TYPES) if kind != "generic_http"]


@pytest.fixture(autouse=True)
async def _hub(hass: HomeAssistant) -> None:
    await set_up(hass, hub_of(ANNA))


# --- the table of presentation ---


def test_every_type_is_in_one_menu() -> None:
    assert sorted((*CLOUD_TYPES, *PROTOCOL_TYPES)) == sorted(TYPES) == sorted(TITLES) == sorted(IDENTITY)


def test_the_table_names_settings_that_exist() -> None:
    known = {(kind, each.name) for kind in TYPES for each in settings_of(kind)}
    named = {(kind, name) for kind, names in FIRST.items() for name in names} | set(WORDS) | set(OWN_WORDS)
    identity = {(kind, name) for kind, names in IDENTITY.items() for name in names if kind != "generic_http"}
    assert named | identity <= known


def test_every_secret_is_masked() -> None:
    forms = [(account_form(kind).form, _secrets(settings_of(kind))) for kind in FORMED]
    for preset in preset_names():
        form = settings_form({"preset": preset}, {})
        forms.append((form.form, form.secrets))
    for form, secrets in forms:
        shown = {each.key for each in form.fields if each.selector.config.get("type") == "password"}
        assert shown == secrets


def _secrets(settings: Iterable[Setting]) -> frozenset[str]:
    return frozenset(each.name for each in settings if each.secret)


# --- a new account ---


@pytest.mark.parametrize("kind", CLOUD_TYPES)
async def test_an_account_is_looked_at_and_made(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    hass.config.external_url = PUBLIC
    settings = DESKS[kind].settings
    form = filled(kind, settings)
    flow = await begin(hass, "provider", kind)
    if kind not in UNSEEN:
        async with unreachable(monkeypatch):
            flow = await go_on(hass, flow, form)
            assert (flow["step_id"], flow["errors"]) == (kind, {"base": "provider_unreachable"})
        async with wired(monkeypatch, BAD):
            flow = await go_on(hass, flow, form)
            assert (flow["step_id"], flow["errors"]) == (kind, {"base": "account_refused"})
            assert no_secret_is_in(flow, kind)

    async with wired(monkeypatch, *good_answers(kind)) as stand_in:
        result, steps = await finish(hass, await go_on(hass, flow, form))
        assert result["type"] is FlowResultType.CREATE_ENTRY, result.get("errors")
        assert ("unseen" in steps) == (kind in UNSEEN)
        assert bool(stand_in.asked) == (kind not in UNSEEN)
        entry = entry_of(hass, kind)
        assert entry.state is ConfigEntryState.LOADED
        assert entry.data["settings"] == settings
        assert (entry.title, entry.data["route"]) == (TITLES[kind], kind)
        assert await hass.config_entries.async_unload(entry.entry_id)


def no_secret_is_in(flow: Any, kind: str) -> bool:
    """Words about a refusal repeat nothing."""
    reason = flow["description_placeholders"]["reason"]
    known = [DESKS[kind].settings.get(each.name) for each in settings_of(kind) if each.secret]
    return bool(reason) and not any(value in reason for value in known if value)


async def test_a_mistake_is_shown_at_its_field_and_in_its_section(hass: HomeAssistant) -> None:
    flow = await begin(hass, "provider", "twilio")
    result = await go_on(hass, flow, filled("twilio", {**TWILIO, "account_sid": "AC1"}))
    assert result["errors"] == {"account_sid": "setting_refused"}
    assert result["description_placeholders"]["field"] == "account_sid"

    result = await go_on(hass, result, filled("twilio", {**TWILIO, "call_loop": 11}))
    assert result["errors"] == {"advanced": "setting_refused"}
    reason = "it is a number from 1 to 10"
    assert result["description_placeholders"] == {"field": "call_loop", "reason": reason}


async def test_a_mistake_is_told_in_the_language_of_the_house(hass: HomeAssistant) -> None:
    hass.config.language = "it"
    flow = await begin(hass, "provider", "twilio")
    result = await go_on(hass, flow, filled("twilio", {**TWILIO, "call_loop": 11}))
    assert result["description_placeholders"]["reason"] == "è un numero da 1 a 10"


async def test_what_is_as_it_would_be_anyway_is_not_stored() -> None:
    form = account_form("twilio")
    typed = filled("twilio", {**TWILIO, "call_loop": 3, "caller": " +15005550006 ", "smart_encoding": False})
    assert form.read(typed) == {**TWILIO, "caller": "+15005550006"}


async def test_one_account_is_not_added_twice_but_with_other_senders(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(monkeypatch, *GOOD):
        await set_up(hass, account_of("twilio", TWILIO))
        flow = await begin(hass, "provider", "twilio")
        again = {**TWILIO, "auth_token": "f" * 32}
        result = await go_on(hass, flow, filled("twilio", again))
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "account_exists")

        flow = await begin(hass, "provider", "twilio")
        calls = {**again, "sender": "", "caller": "+15005550006"}
        result, _ = await finish(hass, await go_on(hass, flow, filled("twilio", calls)))
        assert result["title"] == "Twilio 2"
        assert result["data"]["route"] == "twilio_2"


def test_the_identity_tells_nothing_of_the_account() -> None:
    identity = account_identity(
        "infobip", {"api_key": "very-secret", "base_url": "https://a.api.infobip.com"}
    )
    assert len(identity) == 64
    assert identity != account_identity(
        "infobip", {"api_key": "other", "base_url": "https://a.api.infobip.com"}
    )


# --- the ways that many providers have ---


async def make_over(hass: HomeAssistant, kind: str, settings: dict[str, Any]) -> Any:
    """Fill in the form of a protocol."""
    flow = await begin(hass, "protocol", kind)
    return (await finish(hass, await go_on(hass, flow, filled(kind, settings))))[0]


async def test_mail_good_refused_and_unreachable(hass: HomeAssistant) -> None:
    async with mail_house.scripted() as server:
        result = await make_over(hass, "smtp", mail(server.port))
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert await hass.config_entries.async_unload(entry_of(hass, "smtp").entry_id)
    async with mail_house.scripted(greeting="554 5.7.1 not you") as server:
        result = await make_over(hass, "smtp", mail(server.port))
        assert result["errors"] == {"base": "account_refused"}
    result = await make_over(hass, "smtp", mail(1))
    assert result["errors"] == {"base": "provider_unreachable"}


async def test_ftp_good_refused_and_unreachable(hass: HomeAssistant) -> None:
    async with ftp_house.scripted_ftp() as server:
        result = await make_over(hass, "file_drop", drop(server.port))
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert result["data"]["settings"]["content"] == "{number};{text}\n"
        assert await hass.config_entries.async_unload(entry_of(hass, "file_drop").entry_id)
    async with ftp_house.scripted_ftp({"PASS": "530 no"}) as server:
        result = await make_over(hass, "file_drop", drop(server.port))
        assert result["errors"] == {"base": "account_refused"}
    result = await make_over(hass, "file_drop", drop(1))
    assert result["errors"] == {"base": "provider_unreachable"}


async def test_smpp_good_refused_and_unreachable(hass: HomeAssistant) -> None:
    allow_sockets()
    async with a_centre() as server:
        result = await make_over(hass, "smpp", centre(server.port))
        assert result["type"] is FlowResultType.CREATE_ENTRY
        await until_state(hass, "binary_sensor.smpp_connection", "on")
        assert await hass.config_entries.async_unload(entry_of(hass, "smpp").entry_id)
    async with a_centre(bind_status=0x0E) as server:
        result = await make_over(hass, "smpp", centre(server.port))
        assert result["errors"] == {"base": "account_refused"}
    result = await make_over(hass, "smpp", centre(1))
    assert result["errors"] == {"base": "provider_unreachable"}


class Packages:
    """Where Home Assistant's packages come from."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_there = False
        self.asked: list[str] = []
        monkeypatch.setattr(pkg_util, "is_installed", lambda _requirement: False)
        monkeypatch.setattr(pkg_util, "install_package", self.install)

    def install(self, requirement: str, **_kwargs: Any) -> bool:
        """Fetch one."""
        self.asked.append(requirement)
        return self.is_there


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> Packages:
    return Packages(monkeypatch)


@pytest.mark.parametrize(("kind", "settings"), [("smtp", mail(1)), ("file_drop", drop(1))])
async def test_a_library_that_cannot_be_fetched_is_said_plainly_and_asked_for_again(
    hass: HomeAssistant, packages: Packages, kind: str, settings: dict[str, Any]
) -> None:
    allow_sockets()
    flow = await begin(hass, "protocol", kind)
    flow = await go_on(hass, flow, filled(kind, settings))
    assert flow["errors"] == {"base": "library_missing"}
    assert flow["description_placeholders"]["reason"].startswith("aio")

    packages.is_there = True
    flow = await go_on(hass, flow, filled(kind, settings))
    assert flow["errors"] == {"base": "provider_unreachable"}, "by now it can be looked at"


async def test_an_account_without_its_library_tries_now_and_then(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, packages: Packages
) -> None:
    entry = account_of("smtp", mail(25))
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "library_missing"

    packages.asked.clear()
    assert not await hass.config_entries.async_reload(entry.entry_id)
    assert not packages.asked, "each try is long, and in the way of others"

    monkeypatch.setattr(provider_account, "FETCH_AGAIN", 0.0)
    packages.is_there = True
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert packages.asked
    assert await hass.config_entries.async_unload(entry.entry_id)


# --- any provider with an HTTP API ---


async def test_a_preset_asks_for_what_it_needs(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    async with wired(monkeypatch, Answer(body="290.67")):
        flow = await begin(hass, "protocol", "generic_http")
        flow = await go_on(hass, flow, {"preset": "seven"})
        assert flow["step_id"] == "generic_http_account"
        assert {str(key) for key in flow["data_schema"].schema} == {"api_key", "sender"}
        result, steps = await finish(hass, await go_on(hass, flow, {"api_key": "k", "sender": "Alarm"}))

    assert result["title"] == "seven.io"
    assert result["data"]["settings"] == {"preset": "seven", "settings": {"api_key": "k", "sender": "Alarm"}}
    assert steps == ["not_answered"]  # its reports are not waited for, so only answers are lost


RECIPE = {
    "account": {"token": {"secret": True, "required": True, "means": "the token"}},
    "send": {
        "url": "https://api.example.org/send",
        "auth": {"bearer": "{token}"},
        "json": {"to": "{number}"},
    },
    "answer": {"reference": {"path": "id"}},
}


async def test_a_recipe_of_ones_own(hass: HomeAssistant) -> None:
    flow = await begin(hass, "protocol", "generic_http")
    flow = await go_on(hass, flow, {"advanced": {"recipe": RECIPE}})
    assert flow["step_id"] == "generic_http_account"
    result, steps = await finish(hass, await go_on(hass, flow, {"token": "t0ken"}))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert steps == ["unseen"]
    assert result["data"]["settings"] == {**RECIPE, "settings": {"token": "t0ken"}}


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({}, {"preset": "recipe_missing"}),
        ({"advanced": {"recipe": {"send": {}, "what": 1}}}, {"advanced": "recipe_refused"}),
        ({"preset": "seven", "advanced": {"recipe": ["send"]}}, {"advanced": "recipe_refused"}),
        ({"preset": "seven", "advanced": {"recipe": "send"}}, {"advanced": "recipe_refused"}),
    ],
)
async def test_a_recipe_that_makes_no_sense(
    hass: HomeAssistant, values: dict[str, Any], errors: dict[str, str]
) -> None:
    flow = await begin(hass, "protocol", "generic_http")
    flow = await go_on(hass, flow, values)
    assert (flow["step_id"], flow["errors"]) == ("generic_http", errors)


async def test_a_recipe_with_a_mistake_further_down_is_refused_in_words(hass: HomeAssistant) -> None:
    flow = await begin(hass, "protocol", "generic_http")
    recipe = {**RECIPE, "send": {**RECIPE["send"], "url": "http://api.example.org/send"}}
    flow = await go_on(hass, flow, {"advanced": {"recipe": recipe}})
    flow = await go_on(hass, flow, {"token": "t0ken"})
    assert flow["errors"] == {"base": "setting_refused"}
    assert "https" in flow["description_placeholders"]["reason"]


# --- the public address ---


@pytest.mark.parametrize(
    ("url", "step", "errors"),
    [
        (PUBLIC, "called", {}),
        (None, "not_answered", {"base": "public_url_missing"}),
        ("http://ha.example.org", "not_answered", {"base": "public_url_plain"}),
        ("https://192.168.1.7:8123", "not_answered", {"base": "public_url_private"}),
        ("https://homeassistant.local", "not_answered", {"base": "public_url_private"}),
    ],
)
async def test_the_address_is_shown_and_checked(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, url: str | None, step: str, errors: dict[str, str]
) -> None:
    hass.config.external_url = url
    async with wired(monkeypatch, *GOOD):
        flow = await begin(hass, "provider", "twilio")
        flow = await go_on(hass, flow, filled("twilio", TWILIO))
        assert (flow["step_id"], flow["errors"] or {}) == (step, errors)
        result, _ = await finish(hass, flow)
    if not errors:
        secret = result["data"]["callback_secret"]
        assert (
            flow["description_placeholders"]["url"] == f"{PUBLIC}/api/alert_gateway/callback/twilio/{secret}"
        )


async def test_an_address_that_does_not_seem_to_lead_here_is_a_doubt_and_no_refusal(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, outside: Outside
) -> None:
    hass.config.external_url = PUBLIC
    outside.headers = {}
    async with wired(monkeypatch, *GOOD):
        flow = await begin(hass, "provider", "twilio")
        flow = await go_on(hass, flow, filled("twilio", TWILIO))
        assert (flow["step_id"], flow["errors"]) == ("called", {"base": "public_url_other_answer"})
        result, _ = await finish(hass, flow)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (asked,) = outside.asked
    assert asked.startswith(f"{PUBLIC}/api/alert_gateway/callback/twilio/")
    assert result["data"]["callback_secret"] not in asked, "nobody knows who answers there"


async def test_it_is_said_whose_reports_are_lost(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(monkeypatch, *good_answers("websms")):
        flow = await begin(hass, "provider", "websms")
        flow = await go_on(hass, flow, filled("websms", DESKS["websms"].settings))
        assert flow["step_id"] == "not_called"
        assert flow["description_placeholders"]["channels"] == "sms"
