"""Restarts, reloads, removals and stops while something is in hand: nothing is lost, nothing comes twice."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir

from alert_engine.model import AlarmRaise, MessageState, SendRequest, Severity
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.host import DATA_HOST
from tests.component.entries import ANNA, hub_of, modem_of, set_up
from tests.component.providers import TWILIO, account_of, wired
from tests.component.waiting import until, until_state
from tests.engine.providers import test_twilio
from tests.engine.providers.stand_in import StandIn

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from gsm_driver.simulator import Simulator

ALARMS = "binary_sensor.alert_gateway_open_alarms"


async def set_up_again(hass: HomeAssistant, *entries: MockConfigEntry) -> None:
    """Load entries that were unloaded."""
    for entry in entries:
        assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Errors, and warnings of calls that block the loop."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelname in {"ERROR", "CRITICAL"} or "blocking call" in record.getMessage()
    ]


async def test_a_stop_in_the_middle_of_an_escalation(
    hass: HomeAssistant,
    modem: MockConfigEntry,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Home Assistant stops as it does; a new start goes on with the alarm, and nobody hears of it again."""
    anna = simulator.network.add_phone(ANNA["phone"])
    (hub,) = [entry for entry in hass.config_entries.async_entries(DOMAIN) if entry.unique_id == "hub"]
    engine = modem.runtime_data.engine
    raised = await engine.raise_alarm(
        AlarmRaise(source="plc", key="pump", text="Dry", severity=Severity.CRITICAL)
    )
    await until(lambda: bool(anna.texts), simulator.network.listen)
    await hass.data[DATA_HOST].shut_down()
    for entry in (modem, hub):
        assert await hass.config_entries.async_unload(entry.entry_id)

    await set_up_again(hass, hub, modem)
    engine = modem.runtime_data.engine
    alarm = await engine.alarm(raised.alarms[0].id)
    assert alarm is not None
    assert alarm.next_due is not None, "its next step is to come"
    simulator.network.deliver_sms(ANNA["phone"], "OK")
    await until_state(hass, ALARMS, lambda state: state.attributes["unacknowledged"] == 0)
    assert len([text for text in anna.texts if "Dry" in text]) == 1
    assert complaints(caplog) == []


@pytest.mark.parametrize("kind", ["hub", "modem"])
async def test_a_reload_while_a_message_is_in_hand(
    hass: HomeAssistant,
    modem: MockConfigEntry,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    kind: str,
) -> None:
    anna = simulator.network.add_phone(ANNA["phone"])
    engine = modem.runtime_data.engine
    texts = [f"Message {number}" for number in range(6)]
    for text in texts:
        await engine.send(SendRequest(to=(ANNA["phone"],), text=text))
    await until(lambda: bool(anna.texts), simulator.network.listen)

    (entry,) = [entry for entry in hass.config_entries.async_entries(DOMAIN) if entry.data["kind"] == kind]
    assert await hass.config_entries.async_reload(entry.entry_id)

    await until(lambda: len(anna.texts) >= len(texts), simulator.network.listen)
    await hass.async_block_till_done()
    assert sorted(anna.texts) == texts
    assert complaints(caplog) == []


class SlowProvider:
    """Takes messages when it is told to: until then they are in hand."""

    def __init__(self) -> None:
        self.asked, self.answers = asyncio.Event(), asyncio.Event()
        self.texts: list[str] = []

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request."""
        if request.method != "POST":
            return web.json_response({"status": "active"})
        self.texts.append((await request.post())["Body"])  # type: ignore[arg-type]
        self.asked.set()
        await self.answers.wait()
        taken = test_twilio.taken(f"SM{len(self.texts):032x}")
        return web.Response(status=taken.status, body=taken.body, content_type="application/json")


@pytest.mark.parametrize("act", ["async_reload", "async_unload"])
async def test_an_account_goes_while_its_provider_has_a_message_in_hand(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    socket_enabled: None,
    act: str,
) -> None:
    """What it took is known to be taken, and what waited leaves when the account is back."""
    hub = await set_up(hass, hub_of(ANNA))
    engine = hub.runtime_data.engine
    provider = SlowProvider()
    monkeypatch.setattr(StandIn, "handle", provider.handle)
    async with wired(monkeypatch):
        account = await set_up(hass, account_of("twilio", TWILIO))
        for text in ("First", "Second"):
            await engine.send(SendRequest(to=(ANNA["phone"],), text=text))
        await provider.asked.wait()
        going = hass.async_create_task(getattr(hass.config_entries, act)(account.entry_id))
        hass.loop.call_soon(provider.answers.set)
        assert await going
        if act == "async_unload":
            states = {message.text: message.state for message in await engine.messages()}
            assert states == {"First": MessageState.ACCEPTED, "Second": MessageState.QUEUED}
            assert await hass.config_entries.async_setup(account.entry_id)
        await until(lambda: len(provider.texts) == 2, engine.subscribe)
        assert await hass.config_entries.async_unload(account.entry_id)
    assert provider.texts == ["First", "Second"]
    assert complaints(caplog) == []


async def test_a_stop_with_a_send_in_flight(
    hass: HomeAssistant,
    modem: MockConfigEntry,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    anna = simulator.network.add_phone(ANNA["phone"])
    engine = modem.runtime_data.engine
    texts = [f"Message {number}" for number in range(4)]
    for text in texts:
        await engine.send(SendRequest(to=(ANNA["phone"],), text=text))
    await until(lambda: bool(anna.texts), simulator.network.listen)

    await hass.async_stop(force=True)

    with closing(sqlite3.connect(hass.config.path(DOMAIN, "journal.db"))) as journal:
        states = dict(journal.execute("SELECT text, state FROM message"))
    done = {text for text, state in states.items() if state in {"accepted", "delivered"}}
    assert done == set(anna.texts), "what left is known to have left, and nothing else"
    assert set(states) == set(texts)
    assert MessageState.IN_FLIGHT.value not in states.values()
    assert complaints(caplog) == []


async def test_removing_the_modem_while_a_message_waits(
    hass: HomeAssistant, hub: MockConfigEntry, modem: MockConfigEntry, simulator: Simulator
) -> None:
    """It waits for another way out."""
    simulator.unplug()
    await until_state(hass, "binary_sensor.simulator_3809_connection", "off")
    await hub.runtime_data.engine.send(SendRequest(to=(ANNA["phone"],), text="Hello"))

    await hass.config_entries.async_remove(modem.entry_id)
    await hass.async_block_till_done()

    devices = dr.async_entries_for_config_entry(dr.async_get(hass), modem.entry_id)
    assert devices == []
    assert hub.runtime_data.engine.routes() == {}
    (message,) = await hub.runtime_data.engine.messages()
    assert message.state is MessageState.QUEUED


async def test_removing_everything_leaves_no_file_and_no_issue(
    hass: HomeAssistant, hub: MockConfigEntry, modem: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    for entry in (hub, modem):
        await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()

    assert not Path(hass.config.path(DOMAIN)).exists()  # noqa: ASYNC240 - a test has time
    assert [
        issue for issue in issue_registry.issues.values() if issue.domain == DOMAIN and issue.active
    ] == []


# --- newer releases ---


@pytest.mark.parametrize("entry", [hub_of(ANNA), modem_of("simulator://modem0")], ids=["hub", "modem"])
async def test_an_entry_of_a_newer_release_is_left_alone(
    hass: HomeAssistant, issue_registry: ir.IssueRegistry, entry: MockConfigEntry
) -> None:
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, version=2)
    known: dict[str, Any] = dict(entry.data)

    assert not await hass.config_entries.async_setup(entry.entry_id)

    assert entry.state is ConfigEntryState.MIGRATION_ERROR
    assert entry.data == known
    assert issue_registry.async_get_issue(DOMAIN, f"newer_entry_{entry.entry_id}") is not None
    await hass.config_entries.async_remove(entry.entry_id)
    assert issue_registry.async_get_issue(DOMAIN, f"newer_entry_{entry.entry_id}") is None


async def test_an_entry_of_a_newer_minor_release_is_used(hass: HomeAssistant) -> None:
    entry = hub_of(ANNA)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, minor_version=7)
    assert await hass.config_entries.async_setup(entry.entry_id)


async def test_a_journal_of_a_newer_release_is_kept_as_it_is(
    hass: HomeAssistant, hub: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    assert await hass.config_entries.async_unload(hub.entry_id)
    file = Path(hass.config.path(DOMAIN, "journal.db"))
    with closing(sqlite3.connect(file)) as journal:
        (known,) = journal.execute("PRAGMA user_version").fetchone()
        journal.execute("PRAGMA user_version = 9999")
    before = file.read_bytes()  # noqa: ASYNC240 - a test has time

    assert not await hass.config_entries.async_setup(hub.entry_id)

    assert hub.state is ConfigEntryState.SETUP_RETRY
    issue = issue_registry.async_get_issue(DOMAIN, "journal_closed")
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert "newer release" in issue.translation_placeholders["reason"]
    assert file.read_bytes() == before  # noqa: ASYNC240 - a test has time

    with closing(sqlite3.connect(file)) as journal:
        journal.execute(f"PRAGMA user_version = {known}")
    assert await hass.config_entries.async_reload(hub.entry_id)
    assert issue_registry.async_get_issue(DOMAIN, "journal_closed") is None


async def test_loading_again_and_again_leaves_nothing_behind(hass: HomeAssistant) -> None:
    """Lingering tasks and timers fail the test by themselves."""
    hub = await set_up(hass, hub_of(ANNA))
    for _ in range(3):
        assert await hass.config_entries.async_reload(hub.entry_id)
    assert await hass.config_entries.async_unload(hub.entry_id)
