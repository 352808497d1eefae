"""A backup of the configuration folder while alarms go on, and a Home Assistant that starts on the copy."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from homeassistant.components.backup.const import EXCLUDE_FROM_BACKUP

from alert_engine.model import AlarmRaise, MessageState, SendRequest, Severity
from custom_components.alert_gateway import backup
from custom_components.alert_gateway.backup import async_post_backup, async_pre_backup
from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.host import DATA_HOST
from tests.component.entries import ANNA, modem_of, set_up
from tests.component.waiting import until

if TYPE_CHECKING:
    import pytest
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from gsm_driver.simulator import Simulator


def copy_as_home_assistant_does(source: str, target: Path) -> None:
    """The folder without what backups leave out: patterns of whole paths, as manager.py has them."""

    def left_out(folder: str, names: list[str]) -> set[str]:
        inside = Path(folder).relative_to(source)
        return {
            name for name in names if any((inside / name).full_match(each) for each in EXCLUDE_FROM_BACKUP)
        }

    shutil.copytree(Path(source) / DOMAIN, target / DOMAIN, ignore=left_out)


async def test_what_a_copy_waits_to_say_is_not_said_again(
    hass: HomeAssistant, hub: MockConfigEntry, simulator: Simulator, tmp_path: Path
) -> None:
    engine, restored = hub.runtime_data.engine, tmp_path / "restored"
    phone = simulator.network.add_phone(ANNA["phone"])
    await engine.raise_alarm(AlarmRaise(source="plc", key="pump", text="Dry", severity=Severity.HIGH))
    await engine.send(SendRequest(to=(ANNA["phone"],), text="Lunch is ready"))
    await async_pre_backup(hass)
    await engine.send(SendRequest(to=(ANNA["phone"],), text="During the backup"))
    await hass.async_add_executor_job(copy_as_home_assistant_does, hass.config.config_dir, restored)
    await async_post_backup(hass)
    modem = await set_up(hass, modem_of("simulator://modem0"))
    await until(lambda: len(phone.texts) == 3, simulator.network.listen)

    for entry in (modem, hub):
        assert await hass.config_entries.async_unload(entry.entry_id)
    hass.config.config_dir = str(restored)
    hass.data[DATA_HOST]._folder = restored / DOMAIN
    for entry in (hub, modem):
        assert await hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: len(phone.texts) == 4, simulator.network.listen)

    assert "restored, 1 open" in phone.texts[-1]
    assert phone.texts.count("Lunch is ready") == phone.texts.count("During the backup") == 1
    messages = await hub.runtime_data.engine.messages()
    assert {each.state for each in messages if each.text == "Lunch is ready"} == {MessageState.EXPIRED}


async def test_without_a_running_engine_there_is_nothing_to_hold(
    hass: HomeAssistant, hub: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(hub.entry_id)
    await async_pre_backup(hass)
    await async_post_backup(hass)


async def test_a_broken_journal_keeps_nobody_from_a_backup(
    hass: HomeAssistant, broken_hub: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    await async_pre_backup(hass)
    await async_post_backup(hass)
    assert "The journal is copied while it changes" in caplog.text
    assert "The end of the backup is noted at the next start" in caplog.text


async def test_a_disk_that_takes_too_long_keeps_nobody_from_a_backup(
    hass: HomeAssistant,
    hub: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(backup, "PATIENCE", 0)
    async with hass.data[DATA_HOST]._lock:
        await async_pre_backup(hass)
        await async_post_backup(hass)
    assert caplog.text.count("the disk is slow") == 2
