"""The settings of the hub about messages: how much one person gets, proof for commands, own texts."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from homeassistant.data_entry_flow import FlowResultType

from alert_engine.decisions.throttle import DEFAULT_LIMITS, Window
from alert_engine.inbound.words import BuiltIn
from alert_engine.model import Channel, Tier
from custom_components.alert_gateway.host import DATA_HOST
from tests.component.hub_forms import suggested
from tests.component.option_forms import engine_settings, open_page, send, store
from tests.engine.brokers import DEADLINE, allow_sockets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

QUARTER = timedelta(minutes=15)


def limit(channel: str = "SMS", **changes: Any) -> dict[str, Any]:
    """A row of the limits."""
    return {"channel": channel, "windows": ["100 in 15min"], "reserve": ["3 in 15min"], **changes}


async def test_the_limits_of_a_channel_are_shown_and_set(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    rows = suggested(await open_page(hass, empty_hub, "limits"))["limits"]
    assert [row["channel"] for row in rows] == ["SMS", "Call", "WhatsApp", "Push", "Email"]
    assert rows[1]["windows"] == ["3 in 15min", "7 in 1h", "15 in 3h"]
    assert rows[1]["bundle"] == {"days": 0, "hours": 0, "minutes": 2, "seconds": 0}
    rows[0] |= {"windows": [" 100 in 15min ", "200 in 1d"], "reserve": [], "bundle": {"seconds": 0}}
    rows[1] |= {"windows": ["1 in 1h"]}

    await store(hass, empty_hub, "limits", {"limits": rows})

    sms, call = (engine_settings(hass).limits[channel] for channel in (Channel.SMS, Channel.CALL))
    assert sms.windows == (Window(span=QUARTER, most=100), Window(span=timedelta(days=1), most=200))
    assert (sms.reserve, sms.bundle) == ((), timedelta(0))
    assert call.windows == (Window(span=timedelta(hours=1), most=1),)
    assert call.reserve == DEFAULT_LIMITS[Channel.CALL].reserve


async def test_limits_as_they_are_built_in_are_not_stored(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    await store(hass, empty_hub, "limits", {"limits": [limit(reserve=["9 in 1h"])]})
    stored = {"sms": {"windows": ["100 in 15min"], "reserve": ["9 in 1h"]}}
    assert empty_hub.options["limits"] == stored

    await store(hass, empty_hub, "limits", {"limits": []})

    assert "limits" not in empty_hub.options
    assert engine_settings(hass).limits == DEFAULT_LIMITS


@pytest.mark.parametrize(
    ("row", "word"),
    [
        *(
            ({"windows": [line]}, "window_invalid")
            for line in ("often", "0 in 1h", "5 in 0min", "5 in 1 week")
        ),
        ({"windows": []}, "window_invalid"),
        ({"windows": ["5 in 1h"], "reserve": ["some"]}, "window_invalid"),
    ],
)
async def test_a_limit_that_is_none_is_refused(
    hass: HomeAssistant, empty_hub: MockConfigEntry, row: dict[str, Any], word: str
) -> None:
    result = await send(hass, await open_page(hass, empty_hub, "limits"), {"limits": [limit(**row)]})

    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"limits": word}
    assert "limits" not in empty_hub.options


async def test_a_channel_has_one_row(hass: HomeAssistant, empty_hub: MockConfigEntry) -> None:
    form = await open_page(hass, empty_hub, "limits")

    result = await send(hass, form, {"limits": [limit(), limit()]})

    assert result["errors"] == {"limits": "route_twice"}


async def test_commands_may_need_more_proof(hass: HomeAssistant, empty_hub: MockConfigEntry) -> None:
    await store(hass, empty_hub, "general", {"country": "AT", "languages": ["de"]})

    await store(hass, empty_hub, "commands", {"ok": "2", "status": "1"})

    commands = engine_settings(hass).commands
    assert empty_hub.options["commands"]["tiers"] == {"OK": 2, "STATUS": 1}
    assert commands.tier_of(BuiltIn.ACKNOWLEDGE) is Tier.PROVEN
    assert commands.tier_of(BuiltIn.WHO) is Tier.CONCERNED
    assert commands.languages == ("de",), "the other page keeps what it says"


async def test_less_proof_than_a_command_needs_cannot_be_chosen(
    hass: HomeAssistant, empty_hub: MockConfigEntry
) -> None:
    fields = (await open_page(hass, empty_hub, "commands"))["data_schema"].schema

    offered = {str(marker.schema): field.config["options"] for marker, field in fields.items()}

    assert offered["status"] == ["0", "1", "2", "3"]
    assert offered["ok"] == ["1", "2", "3"]
    assert offered["test"] == ["2", "3"]


async def test_texts_of_ones_own(hass: HomeAssistant, empty_hub: MockConfigEntry) -> None:
    rows = [
        {"language": "de", "name": "raised", "text": "ALARM! {severity}: {words}"},
        {"language": "de", "name": "severity_critical", "text": "LEBENSGEFAHR"},
        {"language": "fr", "name": "nobody", "text": "personne"},
    ]

    await store(hass, empty_hub, "texts", {"templates": rows})

    texts = {"raised": "ALARM! {severity}: {words}", "severity_critical": "LEBENSGEFAHR"}
    assert engine_settings(hass).templates == {"de": texts, "fr": {"nobody": "personne"}}
    await store(hass, empty_hub, "texts", {"templates": []})
    assert engine_settings(hass).templates == {}


@pytest.mark.parametrize(
    ("rows", "word", "reason"),
    [
        ([{"language": "de", "name": "raised", "text": "Alarm {colour}"}], "refused", "colour"),
        ([{"language": "de", "name": "raised", "text": "Alarm"}], "refused", "words"),
        ([{"language": "german", "name": "nobody", "text": "keiner"}], "refused", "language"),
        ([{"language": "de", "name": "nobody", "text": ""}], "text_missing", ""),
        ([{"language": "de", "name": "nobody", "text": "keiner"}] * 2, "route_twice", ""),
    ],
)
async def test_a_text_that_makes_no_sense_is_refused(
    hass: HomeAssistant, empty_hub: MockConfigEntry, rows: list[dict[str, str]], word: str, reason: str
) -> None:
    result = await send(hass, await open_page(hass, empty_hub, "texts"), {"templates": rows})

    assert result["errors"] == {"templates": word}
    assert reason in result["description_placeholders"]["reason"]
    assert "templates" not in empty_hub.options


@pytest.fixture
async def heard() -> AsyncIterator[tuple[str, asyncio.Queue[str]]]:
    """A service outside, and the paths that it is called by."""
    calls: asyncio.Queue[str] = asyncio.Queue()

    async def answer(request: web.Request) -> web.Response:
        calls.put_nowait(request.path)
        return web.Response()

    allow_sockets()
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", calls
    await runner.cleanup()


def make_content(hass: HomeAssistant) -> None:
    """As if the auditor had found nothing already: else the watch hears nothing for a minute."""
    supervision = hass.data[DATA_HOST].engine._supervision
    supervision._auditor.last_round = supervision._clock.monotonic()


async def test_a_watch_outside_is_told_where_the_settings_say(
    hass: HomeAssistant, empty_hub: MockConfigEntry, heard: tuple[str, asyncio.Queue[str]]
) -> None:
    url, calls = heard
    make_content(hass)
    ping = {"ping_url": f"{url}/first", "ping_every": {"seconds": 1}}
    await store(hass, empty_hub, "supervision", {"ping": ping})

    assert await asyncio.wait_for(calls.get(), DEADLINE) == "/first"

    await store(hass, empty_hub, "supervision", {"ping": {**ping, "ping_url": f"{url}/second"}})
    while await asyncio.wait_for(calls.get(), DEADLINE) != "/second":
        pass
    assert hass.data[DATA_HOST].engine.supervision().last_ping is not None

    await store(hass, empty_hub, "supervision", {"ping": {}})

    assert "ping" not in empty_hub.options["supervision"]
    assert hass.data[DATA_HOST].engine.supervision().last_ping is None


async def test_the_watch_outside_is_told_after_a_restart(
    hass: HomeAssistant, empty_hub: MockConfigEntry, heard: tuple[str, asyncio.Queue[str]]
) -> None:
    url, calls = heard
    await hass.config_entries.async_unload(empty_hub.entry_id)
    options = {"supervision": {"ping": {"url": f"{url}/again", "every": "1s"}}}
    hass.config_entries.async_update_entry(empty_hub, options=options)

    await hass.config_entries.async_setup(empty_hub.entry_id)
    make_content(hass)

    assert await asyncio.wait_for(calls.get(), DEADLINE) == "/again"
