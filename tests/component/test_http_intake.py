"""Alarms by HTTP: endpoints, their proofs, and what is answered when the gateway cannot write."""

import asyncio
import hashlib
import hmac
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import SOURCE_USER, ConfigSubentryData
from homeassistant.data_entry_flow import FlowResultType

from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.document import recipient_id
from custom_components.alert_gateway.host import DATA_HOST
from tests.component.cloud_hooks import REMOTE, with_cloud
from tests.component.entries import ANNA, BEN, hub_of, modem_of, set_up
from tests.engine.brokers import allow_sockets

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.issue_registry import IssueRegistry
    from pytest_homeassistant_custom_component.common import MockConfigEntry
    from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

    from gsm_driver.simulator import Simulator

TOKEN = "t0ken-t0ken-t0ken-t0ken"
PATH = "/api/alert_gateway/v1"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
TANK = {"key": "tank3", "severity": "high", "title": "Tank 3 low"}


def endpoint(name: str = "generic", **changes: Any) -> ConfigSubentryData:
    """An endpoint as its flow makes it."""
    data = {"name": name, "format": "generic", "auth": {"type": "bearer", "secret": TOKEN}, **changes}
    return ConfigSubentryData(data=data, subentry_type="endpoint", title=name, unique_id=f"endpoint:{name}")


def hub_with(*endpoints: ConfigSubentryData) -> MockConfigEntry:
    """The hub with Anna, Ben and these endpoints."""
    hub = hub_of(ANNA, BEN)
    people = [
        ConfigSubentryData(
            data=dict(each.data),
            subentry_type=each.subentry_type,
            title=each.title,
            unique_id=each.unique_id,
        )
        for each in hub.subentries.values()
    ]
    return type(hub)(
        domain=DOMAIN,
        title=hub.title,
        unique_id=hub.unique_id,
        data=dict(hub.data),
        options=dict(hub.options),
        subentries_data=[*people, *endpoints],
    )


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_sockets()


async def alarms(hass: HomeAssistant) -> list[Any]:
    """All that are open."""
    return list(await hass.data[DATA_HOST].engine.open_alarms())


async def test_an_alarm_is_committed_before_it_is_answered(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    await set_up(hass, hub_with(endpoint()))
    client = await hass_client_no_auth()
    answer = await client.post(f"{PATH}/generic", json=TANK, headers=BEARER)
    assert answer.status == HTTPStatus.ACCEPTED
    (alarm,) = await alarms(hass)
    assert (alarm.key, alarm.source) == ("tank3", "generic")


@pytest.mark.parametrize(
    ("name", "headers", "status"),
    [
        ("generic", {}, HTTPStatus.UNAUTHORIZED),
        ("generic", {"Authorization": "Bearer wrong-wrong-wrong-wrong"}, HTTPStatus.UNAUTHORIZED),
        ("nobody", BEARER, HTTPStatus.NOT_FOUND),
        ("", BEARER, HTTPStatus.NOT_FOUND),
    ],
)
async def test_who_is_not_known_is_refused(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    name: str,
    headers: dict[str, str],
    status: HTTPStatus,
) -> None:
    await set_up(hass, hub_with(endpoint()))
    client = await hass_client_no_auth()
    answer = await client.post(f"{PATH}/{name}", json=TANK, headers=headers)
    assert answer.status == status
    assert TOKEN not in await answer.text()
    assert not await alarms(hass)


async def test_a_body_that_is_too_large_is_refused(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    await set_up(hass, hub_with(endpoint()))
    client = await hass_client_no_auth()
    body = json.dumps({**TANK, "text": "x" * 70_000})
    answer = await client.post(
        f"{PATH}/generic", data=body, headers={**BEARER, "Content-Type": "application/json"}
    )
    assert answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


async def test_a_query_will_do_where_the_format_says_so(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    auth = {"type": "field", "secret": TOKEN}
    await set_up(hass, hub_with(endpoint(auth=auth, severity="critical")))
    client = await hass_client_no_auth()
    answer = await client.get(f"{PATH}/generic", params={"key": "door", "token": TOKEN})
    assert answer.status == HTTPStatus.ACCEPTED
    (alarm,) = await alarms(hass)
    assert alarm.severity == "critical"


async def test_signed_bodies_are_checked_octet_by_octet(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    auth = {"type": "hmac", "secret": TOKEN, "header": "X-Signature"}
    await set_up(hass, hub_with(endpoint(auth=auth)))
    client = await hass_client_no_auth()
    body = b'{"key":  "tank3"}'
    sign = hmac.new(TOKEN.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Signature": sign, "Content-Type": "application/json"}
    answer = await client.post(f"{PATH}/generic", data=body, headers=headers)
    assert answer.status == HTTPStatus.ACCEPTED
    answer = await client.post(f"{PATH}/generic", data=body + b" ", headers=headers)
    assert answer.status == HTTPStatus.UNAUTHORIZED


async def test_clients_name_people_as_home_assistant_shows_them(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, modem_alone: MockConfigEntry
) -> None:
    client = await hass_client_no_auth()
    answer = await client.post(f"{PATH}/texts", json={"to": "anna", "text": "Door open"}, headers=BEARER)
    assert answer.status == HTTPStatus.ACCEPTED, await answer.text()
    answer = await client.post(f"{PATH}/texts", json={"to": "Ben", "text": "Door open"}, headers=BEARER)
    assert answer.status == HTTPStatus.FORBIDDEN


@pytest.fixture
async def modem_alone(hass: HomeAssistant, simulator: Any) -> MockConfigEntry:
    """A hub whose endpoint takes texts, and a modem that carries them."""
    await set_up(hass, hub_with(endpoint("texts", format="send", recipients=["anna"])))
    return await set_up(hass, modem_of("simulator://modem0"))


async def test_while_nothing_is_loaded_clients_are_asked_to_come_again(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    hub = await set_up(hass, hub_with(endpoint()))
    client = await hass_client_no_auth()
    assert await hass.config_entries.async_unload(hub.entry_id)
    answer = await client.post(f"{PATH}/generic", json=TANK, headers=BEARER)
    assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.headers["Retry-After"]

    assert await hass.config_entries.async_setup(hub.entry_id)
    answer = await client.post(f"{PATH}/generic", json=TANK, headers=BEARER)
    assert answer.status == HTTPStatus.ACCEPTED


async def test_endpoints_answer_while_the_hub_is_away_and_a_modem_is_there(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, simulator: Simulator
) -> None:
    hub = await set_up(hass, hub_with(endpoint()))
    await set_up(hass, modem_of("simulator://modem0"))
    client = await hass_client_no_auth()
    assert await hass.config_entries.async_unload(hub.entry_id)
    answer = await client.post(f"{PATH}/generic", json=TANK, headers=BEARER)
    assert answer.status == HTTPStatus.ACCEPTED
    assert len(await alarms(hass)) == 1


async def test_what_cannot_be_written_down_is_not_taken(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, broken_journal: MockConfigEntry
) -> None:
    client = await hass_client_no_auth()
    answer = await client.post(f"{PATH}/generic", json=TANK, headers=BEARER)
    assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE


@pytest.fixture
async def hub(hass: HomeAssistant) -> MockConfigEntry:
    """The hub that `broken_hub` breaks has an endpoint here."""
    return await set_up(hass, hub_with(endpoint()))


@pytest.fixture
async def broken_journal(broken_hub: MockConfigEntry) -> MockConfigEntry:
    """It takes nothing any more."""
    return broken_hub


async def test_a_burst_is_taken_or_asked_to_come_again(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    await set_up(hass, hub_with(endpoint()))
    client = await hass_client_no_auth()
    posts = [
        client.post(f"{PATH}/generic", json={**TANK, "key": f"tank{each}"}, headers=BEARER)
        for each in range(200)
    ]
    statuses = [answer.status for answer in await asyncio.gather(*posts)]
    assert set(statuses) <= {HTTPStatus.ACCEPTED, HTTPStatus.SERVICE_UNAVAILABLE}
    assert len(await alarms(hass)) == statuses.count(HTTPStatus.ACCEPTED) >= 50


async def test_an_endpoint_that_does_not_fit_any_more_does_not_stop_the_others(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, issue_registry: IssueRegistry
) -> None:
    hub = await set_up(hass, hub_with(endpoint("old", format="gone"), endpoint()))
    client = await hass_client_no_auth()
    answer = await client.post(f"{PATH}/generic", json=TANK, headers=BEARER)
    assert answer.status == HTTPStatus.ACCEPTED
    (old,) = hub.get_subentries_of_type("endpoint")[:1]
    issue = issue_registry.async_get_issue(DOMAIN, f"refused/{recipient_id(old)}")
    assert issue is not None
    assert (issue.translation_placeholders or {})["name"] == "old"

    hass.config_entries.async_remove_subentry(hub, old.subentry_id)
    await hass.async_block_till_done()
    assert issue_registry.async_get_issue(DOMAIN, issue.issue_id) is None


# --- its form ---


async def begin(hass: HomeAssistant, hub: MockConfigEntry) -> Any:
    """Add an endpoint."""
    return await hass.config_entries.subentries.async_init(
        (hub.entry_id, "endpoint"), context={"source": SOURCE_USER}
    )


async def go_on(hass: HomeAssistant, flow: Any, values: dict[str, Any]) -> Any:
    """Send a form."""
    return await hass.config_entries.subentries.async_configure(flow["flow_id"], values)


def filled(**changes: Any) -> dict[str, Any]:
    """The form of an endpoint."""
    return {"name": "zabbix", "format": "generic", "proof": "bearer", "severity": "normal", **changes}


async def test_the_secret_is_made_and_shown_once(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, hub: MockConfigEntry
) -> None:
    hass.config.external_url = "https://ha.example.org"
    flow = await go_on(hass, await begin(hass, hub), filled())
    shown = flow["description_placeholders"]
    assert flow["step_id"] == "address"
    assert "https://ha.example.org/api/alert_gateway/v1/zabbix" in shown["addresses"]
    assert len(shown["secret"]) == 43
    assert shown["example"].startswith("curl --fail -H 'Authorization: Bearer ")
    result = await go_on(hass, flow, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()

    client = await hass_client_no_auth()
    bearer = {"Authorization": f"Bearer {shown['secret']}"}
    answer = await client.post(f"{PATH}/zabbix", json=TANK, headers=bearer)
    assert answer.status == HTTPStatus.ACCEPTED


async def test_the_address_of_the_cloud_is_shown_too(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, hub: MockConfigEntry
) -> None:
    hooks = with_cloud(hass, monkeypatch)
    hass.config.internal_url = "http://192.168.1.7:8123"
    for is_connected, first in ((True, REMOTE), (False, hass.config.internal_url)):
        hooks.is_connected = is_connected
        flow = await go_on(hass, await begin(hass, hub), filled())
        addresses = flow["description_placeholders"]["addresses"]
        assert addresses.startswith(f"- `{first}/api/alert_gateway/v1/zabbix`")
        assert hass.config.internal_url in addresses


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"name": "generic"}, {"name": "endpoint_taken"}),
        ({"name": "With Blanks"}, {"name": "refused"}),
        ({"name": "gateway"}, {"name": "refused"}),
        ({"advanced": {"allowed": ["not a network"]}}, {"advanced": "refused"}),
        ({"proof": "hmac", "advanced": {"header": "no header"}}, {"advanced": "refused"}),
        ({"advanced": {"recipients": ["Anna"]}}, {"advanced": "refused"}),
    ],
)
async def test_mistakes_are_shown_at_their_fields(
    hass: HomeAssistant, hub: MockConfigEntry, changes: dict[str, Any], errors: dict[str, str]
) -> None:
    flow = await go_on(hass, await begin(hass, hub), filled(**changes))
    assert (flow["step_id"], flow["errors"]) == ("user", errors)


@pytest.mark.parametrize(
    ("proof", "example"),
    [
        ("basic", "curl --fail -u alert_gateway:"),
        ("path", "curl --fail -d key=test -d title=Test "),
        ("field", "curl --fail -d token="),
        ("hmac", "X-Signature: HMAC-SHA256(body)"),
    ],
)
async def test_each_proof_has_an_example(
    hass: HomeAssistant, hub: MockConfigEntry, proof: str, example: str
) -> None:
    flow = await go_on(hass, await begin(hass, hub), filled(proof=proof))
    shown = flow["description_placeholders"]
    assert shown["example"].startswith(example)
    assert (shown["secret"] in shown["example"]) == (proof != "hmac")
    assert (await go_on(hass, flow, {}))["type"] is FlowResultType.CREATE_ENTRY


async def test_an_endpoint_keeps_its_secret_unless_another_is_wanted(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    (subentry,) = hub.get_subentries_of_type("endpoint")
    for is_renewed, step in ((False, "known"), (True, "address")):
        flow = await hub.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
        flow = await go_on(hass, flow, filled(name="generic", new_secret=is_renewed, severity="high"))
        assert flow["step_id"] == step
        result = await go_on(hass, flow, {})
        assert result["reason"] == "reconfigure_successful"
        stored = hub.subentries[subentry.subentry_id].data
        assert stored["severity"] == "high"
        assert (stored["auth"]["secret"] == TOKEN) is not is_renewed
