"""Accounts at providers that stand on the loopback interface, with the answers that they document."""

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
from homeassistant.config_entries import SOURCE_USER
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.alert_gateway import provider_account
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.flows.provider_form import account_form, account_identity
from tests.engine.providers import story_table as desks
from tests.engine.providers.stand_in import Answer, StandIn, a_provider, nobody
from tests.engine.routes import ftp_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    import pytest
    from homeassistant.core import HomeAssistant

SECRET = "0123456789abcdef0123456789abcdef"
PUBLIC = "https://ha.example.org"
BAD = Answer(status=401, body="{}")
TOKEN = Answer(body='{"access_token":"abc","token_type":"Bearer","expires_in":3600}')

TWILIO = desks.TwilioSms.settings
DESKS: Mapping[str, Any] = {
    desk.kind: desk
    for desk in (
        desks.TwilioSms,
        desks.TelesignSms,
        desks.InfobipSms,
        desks.OverAzure,
        desks.WebsmsSms,
        desks.MyLinkSms,
        desks.OverLinkCommon,
        desks.OverSpryng,
        desks.OverSpryngV1,
        desks.OverVibes,
        desks.OverVibesPlatform,
        desks.OverOpenvoip,
    )
}
# Nobody can look at these without sending.
UNSEEN = {"link_common", "vibes_platform", "openvoip"}


def good_answers(kind: str) -> tuple[Answer, ...]:
    """What a provider says to a look at an account that is well."""
    told = getattr(DESKS[kind], "other", None) or Answer(body="{}")
    return (TOKEN, told) if kind == "mylink" else (told,)


@asynccontextmanager
async def wired(monkeypatch: pytest.MonkeyPatch, *answers: Answer) -> AsyncIterator[StandIn]:
    """Send whatever goes to any provider to this machine."""
    async with a_provider(*answers) as (stand_in, exchange):
        monkeypatch.setattr(provider_account, "Exchange", lambda _session: exchange)
        yield stand_in


@asynccontextmanager
async def unreachable(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Send it to a port of this machine where nobody listens."""
    async with aiohttp.ClientSession() as session:
        way = nobody(session, StandIn())
        monkeypatch.setattr(provider_account, "Exchange", lambda _session: way)
        yield


def filled(kind: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """A form with these settings."""
    form = account_form(kind).form
    return {name: {} for name in form.sections} | form.values(settings)


async def begin(hass: HomeAssistant, menu: str, kind: str) -> Any:
    """Choose a type from the menus."""
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert flow["type"] is FlowResultType.MENU
    flow = await go_on(hass, flow, {"next_step_id": menu})
    assert kind in flow["menu_options"]
    return await go_on(hass, flow, {"next_step_id": kind})


async def go_on(hass: HomeAssistant, flow: Any, values: dict[str, Any]) -> Any:
    """Send a form."""
    return await hass.config_entries.flow.async_configure(flow["flow_id"], values)


async def finish(hass: HomeAssistant, flow: Any) -> tuple[Any, list[str]]:
    """Read what there is to know, to the end, without a test message; the steps that told something."""
    flow, steps = await read_on(hass, flow)
    while flow.get("step_id") == TRIAL:
        flow, more = await read_on(hass, await go_on(hass, flow, {}))
        steps += more
    await hass.async_block_till_done()
    return flow, steps


async def read_on(hass: HomeAssistant, flow: Any) -> tuple[Any, list[str]]:
    """Read what there is to know; the steps that told something."""
    steps = []
    while flow["type"] is FlowResultType.FORM and flow["step_id"] in TOLD:
        steps.append(flow["step_id"])
        flow = await go_on(hass, flow, {})
    return flow, steps


TRIAL = "account_trial"  # the form that offers a test message
TOLD = {"unseen", "called", "not_called", "not_answered"}


def account_of(kind: str, settings: Mapping[str, Any], *, route: str = "", **data: Any) -> MockConfigEntry:
    """An account as the flow makes it."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=kind.title(),
        unique_id=account_identity(kind, settings),
        data={
            "kind": "provider",
            "type": kind,
            "route": route or kind,
            "settings": dict(settings),
            "callback_secret": SECRET,
            **data,
        },
    )


def entry_of(hass: HomeAssistant, kind: str) -> Any:
    """The entry of this type."""
    entries = hass.config_entries.async_entries(DOMAIN)
    return next(entry for entry in entries if entry.data.get("type") == kind)


def mail(port: int, **changes: Any) -> dict[str, Any]:
    """A mail account on this machine."""
    return {"host": "127.0.0.1", "port": port, "sender": "alarm@example.org", "security": "none", **changes}


def drop(port: int, **changes: Any) -> dict[str, Any]:
    """A file drop on this machine."""
    account = {"host": "127.0.0.1", "port": port, "username": ftp_house.USER, "password": ftp_house.PASSWORD}
    return {**account, "security": "none", "content": "{number};{text}\n", **changes}


def centre(port: int) -> dict[str, Any]:
    """An account at a message centre on this machine."""
    return {"host": "127.0.0.1", "port": port, "system_id": "esme", "password": "secret", "tls": False}
