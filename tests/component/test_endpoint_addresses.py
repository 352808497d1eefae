"""The addresses that are shown of an endpoint, what is wrong with them, and those that the cloud gives."""

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components import webhook
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.util.aiohttp import MockRequest

from tests.component.cloud_hooks import HOOK, REMOTE, Hooks, with_cloud
from tests.component.entries import set_up
from tests.component.test_http_intake import (
    BEARER,
    PATH,
    TANK,
    TOKEN,
    alarms,
    begin,
    endpoint,
    filled,
    go_on,
    hub_with,
)

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from tests.component.outside import Outside

INTERNAL = "http://192.168.1.7:8123"
PUBLIC = "https://ha.example.org"
WEBHOOK = "0123456789abcdef" * 4
HOOKED = {"webhook_id": WEBHOOK, "cloud_address": HOOK}


@pytest.fixture
async def hub(hass: HomeAssistant) -> MockConfigEntry:
    return await set_up(hass, hub_with(endpoint()))


@pytest.fixture
def hooks(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Hooks:
    return with_cloud(hass, monkeypatch)


def post(body: dict[str, Any], headers: dict[str, str] | None = None, **changes: Any) -> MockRequest:
    """What the cloud hands in: no path, and nobody's address."""
    return MockRequest(
        content=json.dumps(body).encode(),
        mock_source="cloud",
        method="POST",
        headers={"Content-Type": "application/json", **(BEARER if headers is None else headers)},
        **changes,
    )


def urls_of(flow: Any) -> list[str]:
    """What is shown."""
    return [line[3:-1] for line in flow["description_placeholders"]["addresses"].splitlines()]


# --- one's own ---


@pytest.mark.parametrize(
    ("entered", "shown", "trouble"),
    [
        ((PUBLIC, INTERNAL), [PUBLIC, INTERNAL], None),
        ((None, INTERNAL), [INTERNAL], "public_url_missing"),
        (("http://ha.example.org", INTERNAL), ["http://ha.example.org", INTERNAL], "public_url_plain"),
        (("https://ha.lan", INTERNAL), ["https://ha.lan", INTERNAL], "public_url_private"),
        (("https://10.1.2.3", None), ["https://10.1.2.3"], "public_url_private"),
        ((None, None), [""], "address_unknown"),
    ],
)
async def test_what_is_wrong_with_an_address_is_said_where_it_is_shown(
    hass: HomeAssistant,
    hub: MockConfigEntry,
    entered: tuple[str | None, str | None],
    shown: list[str],
    trouble: str | None,
) -> None:
    hass.config.external_url, hass.config.internal_url = entered
    hass.config.api = None  # nor does the server know where it listens
    flow = await go_on(hass, await begin(hass, hub), filled())
    assert urls_of(flow) == [f"{each}{PATH}/zabbix" for each in shown], "none is made up"
    assert flow["errors"] == ({} if trouble is None else {"base": trouble})
    assert (await go_on(hass, flow, {}))["type"] is FlowResultType.CREATE_ENTRY


async def test_it_is_said_again_where_the_secret_is_not(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    hass.config.external_url = "http://ha.example.org"
    (subentry,) = hub.get_subentries_of_type("endpoint")
    flow = await hub.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    flow = await go_on(hass, flow, filled(name="generic", new_secret=False))
    assert (flow["step_id"], flow["errors"]) == ("known", {"base": "public_url_plain"})


async def test_an_address_that_does_not_seem_to_lead_here_is_a_doubt_and_no_refusal(
    hass: HomeAssistant, hub: MockConfigEntry, outside: Outside
) -> None:
    hass.config.external_url = PUBLIC
    outside.failure = TimeoutError()
    flow = await go_on(hass, await begin(hass, hub), filled(proof="path"))
    assert flow["errors"] == {"base": "public_url_no_answer"}
    assert outside.asked == [f"{PUBLIC}{PATH}/zabbix"], "once, and without the secret"
    assert (await go_on(hass, flow, {}))["type"] is FlowResultType.CREATE_ENTRY


# --- the cloud's ---


@pytest.mark.parametrize("has_remote", [True, False])
async def test_the_cloud_gives_an_endpoint_an_address_with_and_without_remote_access(
    hass: HomeAssistant, hub: MockConfigEntry, hooks: Hooks, *, has_remote: bool
) -> None:
    hooks.has_remote, hass.config.internal_url = has_remote, INTERNAL
    flow = await go_on(hass, await begin(hass, hub), filled())
    assert flow["errors"] == {}
    remote = [f"{REMOTE}{PATH}/zabbix"] if has_remote else []
    assert urls_of(flow) == [*remote, HOOK, f"{INTERNAL}{PATH}/zabbix"]
    assert flow["description_placeholders"]["example"].endswith(urls_of(flow)[0])
    (webhook_id,) = hooks.given
    bearer = {"Authorization": f"Bearer {flow['description_placeholders']['secret']}"}
    early = await webhook.async_handle_webhook(hass, webhook_id, post(TANK, bearer))
    assert early.status == HTTPStatus.NOT_FOUND, "there is no endpoint yet, and that is no success"

    await go_on(hass, flow, {})
    await hass.async_block_till_done()
    answer = await webhook.async_handle_webhook(hass, webhook_id, post(TANK, bearer))
    assert answer.status == HTTPStatus.ACCEPTED
    (alarm,) = await alarms(hass)
    assert (alarm.key, alarm.source) == ("tank3", "zabbix")
    assert not hooks.deleted


async def test_ones_own_address_comes_before_that_of_the_cloud(
    hass: HomeAssistant, hub: MockConfigEntry, hooks: Hooks
) -> None:
    hooks.has_remote, hass.config.external_url = False, PUBLIC
    hass.config.api = None
    flow = await go_on(hass, await begin(hass, hub), filled())
    assert urls_of(flow) == [f"{PUBLIC}{PATH}/zabbix", HOOK]
    hass.config.external_url = "http://ha.example.org"
    flow = await go_on(hass, await begin(hass, hub), filled(name="other"))
    assert urls_of(flow) == [HOOK, f"http://ha.example.org{PATH}/other"]
    assert flow["errors"] == {"base": "public_url_plain"}


async def test_a_cloud_that_is_away_is_asked_again_later(
    hass: HomeAssistant, hub: MockConfigEntry, hooks: Hooks
) -> None:
    hooks.is_connected, hass.config.internal_url = False, INTERNAL
    flow = await go_on(hass, await begin(hass, hub), filled())
    assert flow["errors"] == {"base": "public_url_cloud_away"}
    assert urls_of(flow) == [f"{INTERNAL}{PATH}/zabbix"]
    await go_on(hass, flow, {})

    hooks.is_connected = True
    subentry = hub.get_subentries_of_type("endpoint")[1]
    flow = await hub.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    flow = await go_on(hass, flow, filled(new_secret=False))
    assert HOOK in urls_of(flow)
    await go_on(hass, flow, {})
    assert hub.subentries[subentry.subentry_id].data["webhook_id"] == hooks.given[0]
    assert hub.subentries[subentry.subentry_id].data["cloud_address"] == HOOK


@pytest.mark.parametrize(
    "changes",
    [{"cloud": False}, {"proof": "path"}, {"advanced": {"allowed": ["192.0.2.0/24"]}}],
)
async def test_what_is_not_wanted_or_would_not_get_through_is_not_made(
    hass: HomeAssistant, hub: MockConfigEntry, hooks: Hooks, changes: dict[str, Any]
) -> None:
    flow = await go_on(hass, await begin(hass, hub), filled(**changes))
    assert HOOK not in urls_of(flow)
    result = await go_on(hass, flow, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "webhook_id" not in result["data"]
    assert not hooks.given


async def test_without_a_cloud_none_is_offered(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    flow = await begin(hass, hub)
    assert "cloud" not in {str(key) for key in flow["data_schema"].schema}


async def test_an_endpoint_that_was_not_made_gives_its_address_back(
    hass: HomeAssistant, hub: MockConfigEntry, hooks: Hooks
) -> None:
    flow = await go_on(hass, await begin(hass, hub), filled())
    hass.config_entries.subentries.async_abort(flow["flow_id"])
    await hass.async_block_till_done()
    assert hooks.deleted == hooks.given
    assert hooks.given[0] not in hass.data["webhook"]


# --- while there is one ---


@pytest.fixture
async def hooked(hass: HomeAssistant, hooks: Hooks) -> MockConfigEntry:
    """The hub with an endpoint that has an address of the cloud."""
    return await set_up(hass, hub_with(endpoint(**HOOKED)))


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (TANK, None, HTTPStatus.ACCEPTED),
        (TANK, {}, HTTPStatus.UNAUTHORIZED),
        (TANK, {"Authorization": "Bearer wrong-wrong-wrong-wrong"}, HTTPStatus.UNAUTHORIZED),
        ({"title": "no key"}, None, HTTPStatus.BAD_REQUEST),
        ({**TANK, "text": "x" * 70_000}, None, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    ],
)
async def test_the_cloud_is_answered_as_everybody_else(
    hass: HomeAssistant,
    hooked: MockConfigEntry,
    body: dict[str, Any],
    headers: dict[str, str] | None,
    status: HTTPStatus,
) -> None:
    answer = await webhook.async_handle_webhook(hass, WEBHOOK, post(body, headers))
    assert answer.status == status
    assert len(await alarms(hass)) == (status is HTTPStatus.ACCEPTED)


async def test_a_secret_in_a_query_comes_through_the_cloud(hass: HomeAssistant, hooks: Hooks) -> None:
    await set_up(hass, hub_with(endpoint(auth={"type": "field", "secret": TOKEN}, **HOOKED)))
    request = MockRequest(content=b"", mock_source="cloud", query_string=f"key=door&token={TOKEN}")
    answer = await webhook.async_handle_webhook(hass, WEBHOOK, request)
    assert answer.status == HTTPStatus.ACCEPTED


async def test_the_cloud_is_asked_to_come_again_while_nothing_is_loaded(
    hass: HomeAssistant, hooked: MockConfigEntry
) -> None:
    assert await hass.config_entries.async_unload(hooked.entry_id)
    answer = await webhook.async_handle_webhook(hass, WEBHOOK, post(TANK))
    assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE


async def test_another_name_and_another_secret_keep_the_address(
    hass: HomeAssistant, hooked: MockConfigEntry, hooks: Hooks
) -> None:
    (subentry,) = hooked.get_subentries_of_type("endpoint")
    flow = await hooked.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    flow = await go_on(hass, flow, filled(name="tanks", new_secret=True))
    secret = flow["description_placeholders"]["secret"]
    await go_on(hass, flow, {})
    await hass.async_block_till_done()
    old = await webhook.async_handle_webhook(hass, WEBHOOK, post(TANK))
    assert old.status == HTTPStatus.UNAUTHORIZED
    answer = await webhook.async_handle_webhook(
        hass, WEBHOOK, post(TANK, {"Authorization": f"Bearer {secret}"})
    )
    assert answer.status == HTTPStatus.ACCEPTED
    (alarm,) = await alarms(hass)
    assert alarm.source == "tanks"
    assert not hooks.deleted


async def test_an_address_is_given_back_when_it_is_not_wanted_any_more(
    hass: HomeAssistant, hooked: MockConfigEntry, hooks: Hooks
) -> None:
    (subentry,) = hooked.get_subentries_of_type("endpoint")
    flow = await hooked.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    flow = await go_on(hass, flow, filled(name="generic", new_secret=False, cloud=False))
    assert HOOK not in urls_of(flow)
    assert not hooks.deleted, "nothing is stored yet"
    await go_on(hass, flow, {})
    await hass.async_block_till_done()
    assert hooks.deleted == [WEBHOOK]
    assert WEBHOOK not in hass.data["webhook"]


@pytest.mark.parametrize("is_loaded", [True, False])
async def test_an_address_is_given_back_with_its_endpoint(
    hass: HomeAssistant, hooked: MockConfigEntry, hooks: Hooks, *, is_loaded: bool
) -> None:
    if not is_loaded:
        await hass.config_entries.async_unload(hooked.entry_id)
    (subentry,) = hooked.get_subentries_of_type("endpoint")
    hass.config_entries.async_remove_subentry(hooked, subentry.subentry_id)
    await hass.async_block_till_done()
    assert hooks.deleted == [WEBHOOK]
    assert WEBHOOK not in hass.data["webhook"]


async def test_all_addresses_are_given_back_with_the_hub(
    hass: HomeAssistant, hooked: MockConfigEntry, hooks: Hooks
) -> None:
    await hass.config_entries.async_remove(hooked.entry_id)
    await hass.async_block_till_done()
    assert hooks.deleted == [WEBHOOK]
    assert WEBHOOK not in hass.data["webhook"]


async def test_a_cloud_that_goes_changes_nothing_that_is_stored(
    hass: HomeAssistant, hooked: MockConfigEntry, hooks: Hooks
) -> None:
    hass.config.components.remove("cloud")
    (subentry,) = hooked.get_subentries_of_type("endpoint")
    flow = await hooked.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    await go_on(hass, await go_on(hass, flow, filled(name="generic", new_secret=False)), {})
    stored = hooked.subentries[subentry.subentry_id].data
    assert {key: stored[key] for key in HOOKED} == HOOKED
    assert not hooks.deleted
