"""The time of the network, for a machine that has no other: NITZ as the modem announces it, and its clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsm_driver.at import commands
from gsm_driver.at.clock import parse_clock

from .errors import CommandError, ResponseError
from .models import NetworkTime
from .startup import attempt

if TYPE_CHECKING:
    from datetime import datetime

    from gsm_driver.at.urc import Urc

    from .link import Link
    from .profile import ModemProfile


class ModemClock:
    """What time it is. `modem.clock` is one of these."""

    def __init__(self, link: Link, profile: ModemProfile) -> None:
        self._link = link
        self._profile = profile
        self._latest: NetworkTime | None = None

    @property
    def latest(self) -> NetworkTime | None:
        """What the network announced last, as it was then; no I/O."""
        return self._latest

    async def prepare(self) -> None:
        """Have the time zone announced."""
        await attempt(self._link, commands.announce_time())

    async def time(self) -> datetime | None:
        """Date, time and zone by the modem's clock; None if it was never set, or the modem has none.

        Whether the network sets that clock is a setting of the modem (AT+CTZU), and of the network.

        Raises:
            LinkError: the line.
        """
        try:
            response = await self._link.execute(commands.query_clock(self._profile.clock_command))
            return parse_clock(response).time
        except (CommandError, ResponseError):
            return None

    def note(self, urc: Urc) -> None:
        """Take note of an announcement."""
        if isinstance(urc.parameters, NetworkTime):
            self._latest = urc.parameters
