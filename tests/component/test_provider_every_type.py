"""Other credentials and other settings of an account of every type, when they are refused and when not."""

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType

from alert_engine.routes.providers.catalogue import settings_of
from custom_components.alert_gateway.flows.provider_fields import CLOUD_TYPES, PROTOCOL_TYPES
from tests.component.entries import ANNA, hub_of, set_up
from tests.component.providers import (
    BAD,
    DESKS,
    UNSEEN,
    account_of,
    centre,
    drop,
    filled,
    finish,
    go_on,
    good_answers,
    mail,
    wired,
)
from tests.component.waiting import until
from tests.engine.brokers import allow_sockets
from tests.engine.routes import ftp_house, mail_house
from tests.engine.smpp.house import a_centre

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from homeassistant.core import HomeAssistant

# A recipe has forms of its own: tests/component/test_provider_changes.py
FORMED = [kind for kind in (*CLOUD_TYPES, *PROTOCOL_TYPES) if kind != "generic_http"]

# Something that can be changed without other credentials.
OTHERWISE: dict[str, dict[str, Any]] = {
    "twilio": {"caller": "+15005550006"},
    "telesign": {"sender_id": "Haus"},
    "infobip": {"sender": "Haus"},
    "azure": {"tag": "Haus"},
    "websms": {"sender": "Haus"},
    "mylink": {"sender": "+4799999998"},
    "link_common": {"callback_answer": "OK"},
    "spryng": {"sender": "Haus"},
    "spryng_v1": {"sender": "Haus"},
    "vibes": {"source": "98766"},
    "vibes_platform": {"event_type": "fire"},
    "openvoip": {"sender": "Haus"},
    "smpp": {"sender": "Haus"},
    "smtp": {"sender_name": "Haus"},
    "file_drop": {"directory": "in"},
}


@dataclass(frozen=True, kw_only=True)
class House:
    """The other side of an account, which does as the test says."""

    settings: dict[str, Any]
    refuse: Callable[[], None]
    accept: Callable[[], None]


@asynccontextmanager
async def a_house(kind: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """One of this type, which accepts everything so far."""
    allow_sockets()
    if kind == "smtp":
        hello = "250-here\r\n250 AUTH PLAIN"
        async with mail_house.scripted(EHLO=hello, AUTH="235 in") as server:
            answers = dict(server.answers)
            server.answers = answers
            yield House(
                settings=mail(server.port, username="gateway", password="geheim"),
                refuse=lambda: answers.update(AUTH="535 5.7.8 no"),
                accept=lambda: answers.update(AUTH="235 in"),
            )
    elif kind == "file_drop":
        async with ftp_house.scripted_ftp() as ftp:
            table = dict(ftp.tables[0])
            ftp.tables = [table]
            yield House(
                settings=drop(ftp.port),
                refuse=lambda: table.update(PASS="530 no"),
                accept=lambda: table.update(PASS="230 in"),
            )
    elif kind == "smpp":
        async with a_centre() as wire:
            yield House(
                settings=centre(wire.port),
                refuse=lambda: setattr(wire, "bind_status", 0x0E),
                accept=lambda: setattr(wire, "bind_status", 0),
            )
    else:
        good = good_answers(kind)
        async with wired(monkeypatch, *good) as stand_in:
            yield House(
                settings=dict(DESKS[kind].settings),
                refuse=lambda: setattr(stand_in, "answers", [BAD]),
                accept=lambda: setattr(stand_in, "answers", list(good)),
            )


@pytest.fixture(autouse=True)
async def _hub(hass: HomeAssistant) -> None:
    await set_up(hass, hub_of(ANNA))


def secrets_of(kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    """What the account has that no form shows."""
    return {
        each.name: settings[each.name]
        for each in settings_of(kind)
        if each.secret and settings.get(each.name)
    }


@pytest.mark.parametrize("kind", [kind for kind in FORMED if kind not in UNSEEN])
async def test_a_refused_look_asks_for_the_secrets_and_for_nothing_else(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    async with a_house(kind, monkeypatch) as house:
        house.refuse()
        entry = await set_up(hass, account_of(kind, house.settings))
        flows = hass.config_entries.flow
        await until(lambda: bool(flows.async_progress()), flows.async_subscribe_flow)
        await hass.async_block_till_done()
        (flow,) = flows.async_progress()
        assert (flow["context"]["source"], flow["step_id"]) == (SOURCE_REAUTH, kind)
        form = await flows.async_configure(flow["flow_id"])
        secrets = secrets_of(kind, house.settings)
        assert {str(key) for key in form["data_schema"].schema} == set(secrets)
        assert form["errors"] == {"base": "account_refused"}

        form = await go_on(hass, form, secrets)
        assert (form["type"], form["errors"]) == (FlowResultType.FORM, {"base": "account_refused"})
        house.accept()
        result, steps = await finish(hass, await go_on(hass, form, secrets))
        assert (result["reason"], steps) == ("reauth_successful", [])
        assert entry.data["settings"] == house.settings
        assert entry.state is ConfigEntryState.LOADED
        assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("kind", FORMED)
async def test_other_settings_keep_the_secrets_and_what_is_refused_is_not_stored(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    async with a_house(kind, monkeypatch) as house:
        old, new = house.settings, {**house.settings, **OTHERWISE[kind]}
        assert old != new
        entry = await set_up(hass, account_of(kind, old))
        secrets = secrets_of(kind, house.settings)
        flow = await entry.start_reconfigure_flow(hass)
        assert flow["step_id"] == kind
        shown = str({key: key.description for key in flow["data_schema"].schema})
        assert not any(str(value) in shown for value in secrets.values())

        values = {key: value for key, value in filled(kind, new).items() if key not in secrets}
        if kind not in UNSEEN:
            house.refuse()
            flow = await go_on(hass, flow, values)
            assert (flow["step_id"], flow["errors"]) == (kind, {"base": "account_refused"})
            assert entry.data["settings"] == old
            house.accept()
        result, _ = await finish(hass, await go_on(hass, flow, values))
        assert result["reason"] == "reconfigure_successful"
        assert entry.data["settings"] == new
        assert entry.state is ConfigEntryState.LOADED
        assert await hass.config_entries.async_unload(entry.entry_id)
