"""Other settings and other credentials of an account that is there, and what happens in between."""

from typing import TYPE_CHECKING, Any

import probatio as vol
import pytest
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType, InvalidData

from alert_engine.engine import AlertEngine
from alert_engine.model import RouteChanged, SendRequest
from custom_components.alert_gateway.flows.provider_form import account_identity
from custom_components.alert_gateway.host import DATA_HOST
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
    filled,
    finish,
    go_on,
    good_answers,
    read_on,
    wired,
)
from tests.component.waiting import until, until_state
from tests.engine.brokers import allow_sockets
from tests.engine.providers.stand_in import Answer
from tests.engine.smpp.house import a_centre

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.engine.smpp.house import WireCentre

GOOD = good_answers("twilio")


@pytest.fixture(autouse=True)
async def _hub(hass: HomeAssistant) -> None:
    await set_up(hass, hub_of(ANNA))


async def test_reconfigure_keeps_secrets_that_are_not_typed_and_shows_none(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    hass.config.external_url = PUBLIC
    async with wired(monkeypatch, *GOOD):
        entry = await set_up(hass, account_of("twilio", TWILIO))
        flow = await entry.start_reconfigure_flow(hass)
        assert flow["step_id"] == "twilio"
        shown = str({key: key.description for key in flow["data_schema"].schema})
        assert TWILIO["auth_token"] not in shown
        assert TWILIO["account_sid"] in shown

        values = filled("twilio", {**TWILIO, "caller": "+15005550006"})
        del values["auth_token"]
        result, steps = await finish(hass, await go_on(hass, flow, values))

        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
        assert steps == ["called"]
        assert entry.data["settings"] == {**TWILIO, "caller": "+15005550006"}
        assert entry.unique_id == account_identity("twilio", entry.data["settings"])
        assert entry.state is ConfigEntryState.LOADED


async def test_a_secret_that_is_not_wanted_any_more_can_be_removed(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {"user": "anna", "password": "geheim", "sender": "Alarm"}
    async with wired(monkeypatch, *good_answers("websms")):
        entry = await set_up(hass, account_of("websms", old))
        flow = await entry.start_reconfigure_flow(hass)
        values = filled("websms", {"token": "t" * 20, "sender": "Alarm"})
        values["advanced"]["forget"] = ["password"]
        await finish(hass, await go_on(hass, flow, values))
        assert entry.data["settings"] == {"token": "t" * 20, "sender": "Alarm"}


class OneAtATime(list[float]):
    """Log-ins at a message centre, and how many sessions there were at each."""

    def __init__(self, server: WireCentre) -> None:
        super().__init__()
        self._server = server
        self.sessions: list[int] = []

    def append(self, moment: float) -> None:
        """Another one."""
        self.sessions.append(sum(not each.is_closing() for each in self._server.writers))
        super().append(moment)


async def test_a_message_centre_is_let_go_of_while_it_is_tried(hass: HomeAssistant) -> None:
    allow_sockets()
    async with a_centre() as server:
        server.binds = log_ins = OneAtATime(server)
        entry = await set_up(hass, account_of("smpp", centre(server.port)))
        await until_state(hass, "binary_sensor.smpp_connection", "on")
        flow = await entry.start_reconfigure_flow(hass)
        values = filled("smpp", {**centre(server.port), "sender": "Alarm"})
        result, _ = await finish(hass, await go_on(hass, flow, values))
        assert result["reason"] == "reconfigure_successful"
        await until_state(hass, "binary_sensor.smpp_connection", "on")
        assert set(log_ins.sessions) == {1}
        assert len(log_ins) > 2
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_refused_look_asks_for_other_credentials_once(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(monkeypatch, BAD) as stand_in:
        entry = await set_up(hass, account_of("twilio", TWILIO))
        flow = await reauth_flow(hass)
        stand_in.answers = list(GOOD)
        assert flow["step_id"] == "twilio"

        form = await hass.config_entries.flow.async_configure(flow["flow_id"])
        assert {str(key) for key in form["data_schema"].schema} == {"auth_token"}
        assert form["errors"] == {"base": "account_refused"}
        assert form["description_placeholders"]["reason"], "it is said why"
        result, steps = await finish(hass, await go_on(hass, form, {"auth_token": "f" * 32}))

        assert (result["reason"], steps) == ("reauth_successful", [])
        assert entry.data["settings"] == {**TWILIO, "auth_token": "f" * 32}
        assert not hass.config_entries.flow.async_progress()


@pytest.mark.parametrize("kind", sorted(UNSEEN))
async def test_a_message_that_is_refused_asks_where_nobody_can_look(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    async with wired(monkeypatch, BAD):
        entry = await set_up(hass, account_of(kind, DESKS[kind].settings))
        assert not hass.config_entries.flow.async_progress()
        await hass.data[DATA_HOST].engine.send(SendRequest(to=(DESKS[kind].number,), text="Door open"))
        flow = await reauth_flow(hass)
        assert (flow["step_id"], flow["context"]["entry_id"]) == (kind, entry.entry_id)
        form = await hass.config_entries.flow.async_configure(flow["flow_id"])
        assert form["errors"] == {"base": "account_refused"}
        assert await hass.config_entries.async_unload(entry.entry_id)


async def reauth_flow(hass: HomeAssistant) -> Any:
    """The one question for other credentials, when it comes."""
    flows = hass.config_entries.flow
    await until(lambda: bool(flows.async_progress()), flows.async_subscribe_flow)
    await hass.async_block_till_done()
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    return flow


async def test_other_credentials_of_a_preset(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    account = {"preset": "seven", "settings": {"api_key": "old", "sender": "Alarm"}}
    async with wired(monkeypatch, BAD) as stand_in:
        entry = await set_up(hass, account_of("generic_http", account, route="seven"))
        flow = await reauth_flow(hass)
        stand_in.answers = [Answer(body="290.67")]
        assert flow["step_id"] == "generic_http_account"
        form = await hass.config_entries.flow.async_configure(flow["flow_id"])
        assert form["errors"] == {"base": "account_refused"}
        assert {str(key) for key in form["data_schema"].schema} == {"api_key"}
        await finish(hass, await go_on(hass, form, {"api_key": "new"}))
        assert entry.data["settings"] == {
            "preset": "seven",
            "settings": {"api_key": "new", "sender": "Alarm"},
        }


async def test_other_settings_of_a_preset(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    account = {
        "preset": "seven",
        "settings": {"api_key": "old", "sender": "Alarm"},
        "send": {"form": {"label": "x"}},
    }
    async with wired(monkeypatch, Answer(body="290.67")):
        entry = await set_up(hass, account_of("generic_http", account, route="seven"))
        flow = await entry.start_reconfigure_flow(hass)
        assert flow["step_id"] == "generic_http"
        flow = await go_on(hass, flow, {"preset": "seven", "advanced": {"expect_reports": True}})
        shown = {str(key): key.description for key in flow["data_schema"].schema}
        assert shown == {"api_key": None, "sender": {"suggested_value": "Alarm"}}
        result, _ = await finish(hass, await go_on(hass, flow, {"sender": "Haus"}))
        assert result["reason"] == "reconfigure_successful"
        assert entry.data["settings"] == {
            "preset": "seven",
            "expect_reports": True,
            "settings": {"api_key": "old", "sender": "Haus"},
        }


async def test_only_the_account_that_is_refused_is_asked_about(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(monkeypatch, *GOOD) as stand_in:
        good = await set_up(hass, account_of("twilio", TWILIO))
        await until_state(hass, "binary_sensor.twilio_connection", "on")
        stand_in.answers = [BAD]
        other = account_of("twilio", {**TWILIO, "caller": "+15005550006"}, route="twilio_2")
        await set_up(hass, other)
        flow = await reauth_flow(hass)
        assert flow["context"]["entry_id"] == other.entry_id
        for entry in (good, other):
            assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_refusal_during_the_start_is_not_missed(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_route = AlertEngine.add_route

    async def add_and_look(engine: AlertEngine, route: Any) -> None:
        """As on a machine that is busy with the start."""
        seen: list[Any] = []
        leave = engine.subscribe(seen.append)
        await add_route(engine, route)
        await until(
            lambda: any(isinstance(each, RouteChanged) and each.health.is_refused for each in seen),
            engine.subscribe,
        )
        leave()

    monkeypatch.setattr(AlertEngine, "add_route", add_and_look)
    async with wired(monkeypatch, BAD):
        entry = await set_up(hass, account_of("twilio", TWILIO))
        await reauth_flow(hass)
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_the_secrets_of_one_provider_are_not_given_to_another(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = {"preset": "seven", "settings": {"api_key": "of seven", "sender": "Alarm"}}
    async with wired(monkeypatch, Answer(body="290.67")) as stand_in:
        entry = await set_up(hass, account_of("generic_http", account, route="seven"))
        flow = await entry.start_reconfigure_flow(hass)
        flow = await go_on(hass, flow, {"preset": "clickatell", "advanced": {}})
        (key,) = [each for each in flow["data_schema"].schema if each == "api_key"]
        assert isinstance(key, vol.Required)
        stand_in.asked.clear()
        with pytest.raises(InvalidData):
            await go_on(hass, flow, {})
        assert not stand_in.asked


async def test_what_this_release_does_not_know_is_gone_after_reconfigure(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(monkeypatch, *GOOD):
        entry = account_of("twilio", {**TWILIO, "gone": 1})
        entry.add_to_hass(hass)
        assert not await hass.config_entries.async_setup(entry.entry_id)
        flow = await entry.start_reconfigure_flow(hass)
        result, _ = await finish(hass, await go_on(hass, flow, filled("twilio", TWILIO)))
        assert result["reason"] == "reconfigure_successful"
        assert entry.data["settings"] == TWILIO
        assert entry.state is ConfigEntryState.LOADED
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_two_people_who_add_accounts_at_once_get_two_routes(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    hass.config.external_url = PUBLIC
    others = {**TWILIO, "sender": "", "caller": "+15005550006"}
    async with wired(monkeypatch, *GOOD):
        flows = [await begin(hass, "provider", "twilio") for _ in range(2)]
        shown = [
            await go_on(hass, flow, filled("twilio", settings))
            for flow, settings in zip(flows, (TWILIO, others), strict=True)
        ]
        first, _ = await finish(hass, shown[0])
        again = await go_on(hass, (await read_on(hass, shown[1]))[0], {})
        assert again["step_id"] == "called", "the address is another one"
        assert again["description_placeholders"]["url"].split("/")[-2] == "twilio_2"
        second, _ = await finish(hass, again)
        assert [each["data"]["route"] for each in (first, second)] == ["twilio", "twilio_2"]
        assert second["data"]["callback_secret"] == again["description_placeholders"]["url"].split("/")[-1]
        for result in (first, second):
            assert await hass.config_entries.async_unload(result["result"].entry_id)


async def test_an_entry_may_go_while_its_form_is_open(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hass.config.external_url = PUBLIC
    async with wired(monkeypatch, *GOOD):
        entry = await set_up(hass, account_of("twilio", TWILIO))
        flow = await entry.start_reconfigure_flow(hass)
        flow = await go_on(hass, flow, filled("twilio", TWILIO))
        assert flow["step_id"] == "called"
        await hass.config_entries.async_remove(entry.entry_id)
        hass.config_entries.flow.async_abort(flow["flow_id"])
        await hass.async_block_till_done()
    assert "Error removing" not in caplog.text
