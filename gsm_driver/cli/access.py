"""How a command reaches its modem, with a PIN that is not risked."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from gsm_driver.errors import UsageError
from gsm_driver.introduction import introduce, spare_last_tries
from gsm_driver.link import Link
from gsm_driver.modem import Modem
from gsm_driver.sim import check_pin

from .options import check_port

if TYPE_CHECKING:
    from gsm_driver.traced_line import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where the modem is, and what opens its SIM.

    Raises:
        UsageError: no port, or no PIN that a SIM could have.
    """

    port: str
    baudrate: int
    pin: str | None = field(default=None, repr=False)
    last_tries: bool = False  # the PIN may cost one of the last tries

    def __post_init__(self) -> None:
        """Check, before anything is opened."""
        check_port(self.port)
        try:
            check_pin(self.pin)
        except UsageError as err:
            raise UsageError(f"--pin, or GSM_DRIVER_PIN: {err}; nothing was entered") from None

    def modem(self, trace: Trace | None = None) -> Modem:
        """A modem to open. Opening raises PinRequiredError where the PIN would cost one of the last tries."""
        connect = partial(self._connect, trace)
        return Modem(self.port, baudrate=self.baudrate, pin=self.pin, connect=connect)

    async def _connect(self, trace: Trace | None, url: str, baudrate: int) -> Link:
        link = await Link.open(url, baudrate=baudrate, trace=trace)
        if self.pin is None or self.last_tries:
            return link
        try:
            await spare_last_tries((await introduce(link)).sim)
        except BaseException:
            await link.close()
            raise
        return link
