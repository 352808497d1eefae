"""Loading, unloading and removing entries, and stopping Home Assistant."""

import fcntl
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from alert_engine.model import AlarmRaise, SendRequest
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.host import DATA_HOST
from gsm_driver.simulator import create_simulator
from tests.component.entries import ANNA, hub_of, modem_of, set_up
from tests.component.waiting import until, until_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homeassistant.core import HomeAssistant

    from alert_engine.engine import AlertEngine
    from gsm_driver.simulator import Simulator


async def test_one_engine_serves_all_entries_and_stops_with_the_last(
    hass: HomeAssistant, hub: MockConfigEntry, modem: MockConfigEntry
) -> None:
    host = hass.data[DATA_HOST]
    assert hub.runtime_data.engine is modem.runtime_data.engine is host.engine

    assert await hass.config_entries.async_unload(hub.entry_id)
    assert [person.name for person in host.engine.people] == ["Anna", "Ben"]
    assert await hass.config_entries.async_unload(modem.entry_id)
    assert hub.state is modem.state is ConfigEntryState.NOT_LOADED

    await set_up_again(hass, hub)
    assert host.engine.people


@contextmanager
def journal_in_other_hands(folder: Path) -> Iterator[None]:
    """Hold the lock of the journal, as another process would."""
    folder.mkdir()
    with (folder / "journal.db.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        yield


def exists(path: str) -> bool:
    """Something is there."""
    return Path(path).exists()


async def set_up_again(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Load an entry that was unloaded."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def test_a_modem_without_a_hub_makes_one(hass: HomeAssistant, simulator: Simulator) -> None:
    await set_up(hass, modem_of("simulator://modem0"))

    kinds = {entry.data["kind"]: entry.state for entry in hass.config_entries.async_entries(DOMAIN)}
    assert kinds == {"modem": ConfigEntryState.LOADED, "hub": ConfigEntryState.LOADED}
    assert not hass.config_entries.flow.async_progress()


async def test_a_modem_that_is_another_one_is_used_and_told(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await set_up(hass, modem_of("simulator://modem0", imei="490154203237518"))
    state = await until_state(hass, "binary_sensor.simulator_7518_connection", "on")
    assert "another modem than before" in state.attributes["reason"]


async def test_two_modems_make_one_hub(hass: HomeAssistant, simulator: Simulator) -> None:
    create_simulator("modem1")
    for entry in (modem_of("simulator://modem0"), modem_of("simulator://modem1", imei="356938030001111")):
        entry.add_to_hass(hass)

    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()

    kinds = sorted(entry.data["kind"] for entry in hass.config_entries.async_entries(DOMAIN))
    assert kinds == ["hub", "modem", "modem"]


async def test_reloading_keeps_what_is_open(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    await hub.runtime_data.engine.raise_alarm(AlarmRaise(source="test", key="pump", text="Dry"))
    await hub.runtime_data.engine.send(SendRequest(to=(ANNA["phone"],), text="Hello"))

    assert await hass.config_entries.async_reload(hub.entry_id)
    await hass.async_block_till_done()

    (alarm,) = await hub.runtime_data.engine.open_alarms()
    assert alarm.key == "pump"
    assert len(await hub.runtime_data.engine.messages()) == 3
    await until_state(hass, "binary_sensor.alert_gateway_open_alarms", "on")


async def test_what_waited_for_a_modem_is_sent_when_there_is_one(
    hass: HomeAssistant, hub: MockConfigEntry, simulator: Simulator
) -> None:
    await hub.runtime_data.engine.send(SendRequest(to=(ANNA["phone"],), text="Hello"))
    phone = simulator.network.add_phone(ANNA["phone"])

    await set_up(hass, modem_of("simulator://modem0"))

    await until(lambda: bool(phone.texts), simulator.network.listen)
    assert phone.texts == ["Hello"]


async def test_a_journal_in_other_hands_is_tried_again_later(hass: HomeAssistant) -> None:
    with journal_in_other_hands(Path(hass.config.path(DOMAIN))):
        entry = hub_of(ANNA)
        entry.add_to_hass(hass)
        assert not await hass.config_entries.async_setup(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert entry.error_reason_translation_key == "journal_failed"

    assert await hass.config_entries.async_reload(entry.entry_id)


async def test_a_journal_that_fails_at_the_start_is_tried_again_later(
    hass: HomeAssistant, broken_hub: MockConfigEntry
) -> None:
    assert not await hass.config_entries.async_reload(broken_hub.entry_id)
    assert broken_hub.state is ConfigEntryState.SETUP_RETRY
    assert broken_hub.error_reason_translation_key == "journal_failed"


async def test_without_room_for_certificates_people_are_still_told(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    block(hass.config.path(DOMAIN, "tls"))
    MockConfigEntry(domain="mqtt", data={"broker": "mqtt.example", "certificate": "PEM"}).add_to_hass(hass)
    hub = await set_up(hass, hub_of(ANNA))

    assert hub.state is ConfigEntryState.LOADED
    assert hass.data[DATA_HOST].intake is None
    assert "Alarms are not taken from MQTT: its certificates cannot be stored" in caplog.text


def block(path: str) -> None:
    """Put something else where a folder should be."""
    Path(path).parent.mkdir()
    Path(path).touch()


async def test_removing_the_last_entry_removes_the_journal(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    modem = await set_up(hass, modem_of("simulator://modem0"))

    await hass.config_entries.async_remove(hub.entry_id)
    assert hass.data[DATA_HOST].engine.people == ()
    assert exists(hass.config.path(DOMAIN, "journal.db"))

    await hass.config_entries.async_remove(modem.entry_id)
    assert not exists(hass.config.path(DOMAIN))


@pytest.mark.parametrize("was_set_up", ["loaded", "disabled"])
async def test_a_hub_that_was_alone_leaves_nothing_behind(hass: HomeAssistant, was_set_up: str) -> None:
    hub = hub_of(ANNA)
    if was_set_up == "loaded":
        await set_up(hass, hub)
    else:
        make_folder(hass.config.path(DOMAIN))
        hub.add_to_hass(hass)

    await hass.config_entries.async_remove(hub.entry_id)

    assert not exists(hass.config.path(DOMAIN))


def make_folder(path: str) -> None:
    """What an earlier start left."""
    Path(path).mkdir()


async def test_a_new_time_zone_is_that_of_the_texts(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    await hass.config.async_update(time_zone="Europe/Vienna")
    await hass.async_block_till_done()

    assert str(hub.runtime_data.engine._ledger.settings.time_zone) == "Europe/Vienna"


async def test_the_engine_stops_before_home_assistant_does(hass: HomeAssistant, hub: MockConfigEntry) -> None:
    running: list[AlertEngine | None] = []

    @callback
    def look(_: Event) -> None:
        try:
            running.append(hass.data[DATA_HOST].engine)
        except ServiceValidationError:
            running.append(None)

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, look)
    await hass.async_stop(force=True)

    assert running == [None]


async def test_an_entry_that_cannot_be_set_up_leaves_the_others_alone(
    hass: HomeAssistant, hub: MockConfigEntry, modem: MockConfigEntry
) -> None:
    twin = modem_of("simulator://twin", imei="123456780003809")  # its route has the same name
    twin.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(twin.entry_id)
    assert twin.state is ConfigEntryState.SETUP_ERROR
    assert hass.states.is_state("binary_sensor.simulator_3809_connection", "on")

    await hass.config_entries.async_unload(hub.entry_id)
    await hass.config_entries.async_unload(modem.entry_id)
    with pytest.raises(ServiceValidationError):
        hass.data[DATA_HOST].engine.routes()
