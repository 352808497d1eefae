"""What Home Assistant does around a backup: the journal can be copied at any moment in between."""

import asyncio
import logging
from typing import TYPE_CHECKING

from alert_engine.errors import JournalError

from .host import DATA_HOST

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

# Seconds for a commit and for bringing the log into its file. A disk that takes longer is no reason to have
# no backup: a copy that is torn is mended when it is put back.
PATIENCE = 15.0

_LOGGER = logging.getLogger(__name__)


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Have the journal's file stand still. Alarms are taken and sent all the while."""
    try:
        async with asyncio.timeout(PATIENCE):
            await hass.data[DATA_HOST].begin_backup()
    except (JournalError, TimeoutError) as error:
        _LOGGER.warning("The journal is copied while it changes: %s", str(error) or "the disk is slow")


async def async_post_backup(hass: HomeAssistant) -> None:
    """Let it go on as before."""
    try:
        async with asyncio.timeout(PATIENCE):
            await hass.data[DATA_HOST].end_backup()
    except (JournalError, TimeoutError) as error:
        _LOGGER.warning(
            "The end of the backup is noted at the next start: %s", str(error) or "the disk is slow"
        )
