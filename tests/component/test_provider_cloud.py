"""Accounts that are called through Home Assistant Cloud."""

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from homeassistant.components import webhook

from alert_engine.engine import AlertEngine
from alert_engine.model import MessageState
from custom_components.alert_gateway import cloudhook
from custom_components.alert_gateway.host import DATA_HOST
from custom_components.alert_gateway.public_url import AddressTrouble
from tests.component.cloud_hooks import HOOK, Hooks, cloud_call, connected, with_cloud
from tests.component.entries import ANNA, hub_of, set_up
from tests.component.provider_calls import DELIVERED, GOOD, URL, inbound, send, twilio
from tests.component.providers import SECRET, TWILIO, account_of, begin, filled, finish, go_on, wired
from tests.engine.brokers import allow_sockets

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.component.outside import Outside


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_sockets()


@pytest.fixture
def hooks(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Hooks:
    return with_cloud(hass, monkeypatch)


async def test_the_cloud_gives_an_address_and_hands_calls_in(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, hooks: Hooks
) -> None:
    async with twilio(hass, monkeypatch, public=None) as entry:
        assert entry.runtime_data.callback.url == HOOK
        assert entry.data["cloud_address"] == HOOK
        uid = await send(hass)
        answer = await webhook.async_handle_webhook(hass, SECRET, cloud_call(DELIVERED))
        assert answer.status == HTTPStatus.OK
        message = await hass.data[DATA_HOST].engine.history.message(uid)
        assert message is not None
        assert message.state is MessageState.DELIVERED

        forged = cloud_call(DELIVERED)
        forged.headers["X-Twilio-Signature"] = "AAAA"
        answer = await webhook.async_handle_webhook(hass, SECRET, forged)
        assert answer.status == HTTPStatus.FORBIDDEN
        await hass.config_entries.async_remove(entry.entry_id)
        assert hooks.deleted == [SECRET]
        assert SECRET not in hass.data["webhook"]


async def test_the_cloud_is_asked_to_call_again_while_the_account_is_not_loaded(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, hooks: Hooks
) -> None:
    async with twilio(hass, monkeypatch, public=None) as entry:
        assert await hass.config_entries.async_unload(entry.entry_id)
        answer = await webhook.async_handle_webhook(hass, SECRET, cloud_call(inbound()))
        assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert hooks.given


async def test_the_cloud_is_asked_to_call_again_for_an_account_that_never_got_loaded(
    hass: HomeAssistant, hooks: Hooks
) -> None:
    account_of("twilio", {**TWILIO, "gone": 1}).add_to_hass(hass)
    await set_up(hass, hub_of(ANNA))
    assert not hooks.given
    answer = await webhook.async_handle_webhook(hass, SECRET, cloud_call(inbound()))
    assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE


async def test_a_known_address_holds_while_the_cloud_is_away(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, hooks: Hooks
) -> None:
    hooks.is_connected = False
    await set_up(hass, hub_of(ANNA))
    async with wired(monkeypatch, *GOOD):
        entry = await set_up(hass, account_of("twilio", TWILIO))
        assert entry.runtime_data.callback.trouble is AddressTrouble.CLOUD_AWAY

        hooks.is_connected = True
        connected(hass)
        await hass.async_block_till_done()
        assert entry.runtime_data.callback.url == HOOK

        hooks.is_connected = False
        assert await hass.config_entries.async_reload(entry.entry_id)
        assert entry.runtime_data.callback.url == HOOK


async def test_an_account_that_was_not_made_gives_its_address_back(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, hooks: Hooks, outside: Outside
) -> None:
    await set_up(hass, hub_of(ANNA))
    async with wired(monkeypatch, *GOOD):
        flow = await begin(hass, "provider", "twilio")
        flow = await go_on(hass, flow, filled("twilio", TWILIO))
        assert flow["description_placeholders"] == {"url": HOOK}
        assert not outside.asked, "the cloud gives addresses only while it reaches us"
        hass.config_entries.flow.async_abort(flow["flow_id"])
        await hass.async_block_till_done()
        assert hooks.deleted == hooks.given

        flow = await begin(hass, "provider", "twilio")
        result, _ = await finish(hass, await go_on(hass, flow, filled("twilio", TWILIO)))
        assert result["data"]["cloud_address"] == HOOK
        assert len(hooks.deleted) == 1


async def test_accounts_that_are_made_at_once_get_one_address_each(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, hooks: Hooks
) -> None:
    await set_up(hass, hub_of(ANNA))
    others = {**TWILIO, "sender": "", "caller": "+15005550006"}
    async with wired(monkeypatch, *GOOD):
        flows = [await begin(hass, "provider", "twilio") for _ in range(2)]
        shown = [
            await go_on(hass, flow, filled("twilio", settings))
            for flow, settings in zip(flows, (TWILIO, others), strict=True)
        ]
        for flow in shown:
            result, _ = await finish(hass, flow)
            assert result["data"]["callback_secret"] in hooks.given
        assert len(set(hooks.given)) == 2
        assert not hooks.deleted


async def test_an_address_of_ones_own_comes_first(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, hooks: Hooks
) -> None:
    async with twilio(hass, monkeypatch) as entry:
        assert entry.runtime_data.callback.url == URL
        assert not hooks.given


async def test_without_a_cloud_nothing_is_asked_of_it(hass: HomeAssistant) -> None:
    assert not cloudhook.has_cloud(hass)
    assert await cloudhook.async_cloud_address(hass, SECRET) == ""
    assert cloudhook.listen_to_cloud(hass, lambda: None) is None
    await cloudhook.async_forget_address(hass, SECRET)


async def test_a_cloud_that_fails_in_another_way_gives_no_address_either(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, hooks: Hooks
) -> None:
    hooks.failure = aiohttp.ClientPayloadError("hello")
    async with twilio(hass, monkeypatch, public=None) as entry:
        assert entry.runtime_data.callback.trouble is AddressTrouble.CLOUD_AWAY
        assert await hass.config_entries.async_remove(entry.entry_id)


async def test_a_cloud_that_connects_during_the_start_is_not_missed(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, hooks: Hooks
) -> None:
    hooks.is_connected = False
    add_route = AlertEngine.add_route

    async def add_and_connect(engine: AlertEngine, route: Any) -> None:
        await add_route(engine, route)
        hooks.is_connected = True
        connected(hass)

    monkeypatch.setattr(AlertEngine, "add_route", add_and_connect)
    async with twilio(hass, monkeypatch, public=None) as entry:
        await hass.async_block_till_done()
        assert entry.runtime_data.callback.url == HOOK


async def test_nobody_waits_for_a_cloud_that_takes_its_time(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, hooks: Hooks
) -> None:
    async with twilio(hass, monkeypatch, public=None) as entry:
        hooks.wait_for = asyncio.Event()
        connected(hass)
        assert await hass.config_entries.async_unload(entry.entry_id)
        assert hooks.was_left
