"""Does what the ladder decided, as far as a port must be closed for it: rungs SIBLING to POWER."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import ModemError, PortUnavailableError
from .ladder import MILD, SETTLE_LOOK
from .link import Link
from .models import RecoveryRung
from .startup import knock, restart
from .threads import in_own_thread
from .usb import SYS_ROOT, attached_device, can_rebind, list_usb_devices, real_port, rebind
from .usb_table import at_ports

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from .profile import ModemProfile
    from .usb import UsbDevice

    Connect = Callable[[str, int], Awaitable[Link]]

_LOGGER = logging.getLogger(__name__)

HOOK_TIMEOUT = 120.0  # seconds for the caller's power switch: off, a pause, on


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryMeans:
    """What may be done for a modem that does not answer. The mild rungs need no leave."""

    may_reset: bool = True  # restart it by AT+CFUN=1,1 or the family's command
    may_rebind: bool = False  # unplug it in software, where this program may write to /sys; often root's
    may_use_siblings: bool = True  # say AT to another AT port of the same USB device
    power: Callable[[], Awaitable[None]] | None = None  # takes its power away and gives it back


class Rescuer:
    """Uses the means on one modem while its port is closed.

    Args:
        means: what the caller allows.
        baudrate: of a serial port.
        sys_root: where sysfs is.
        connect: opens a line, given url and baudrate; None: `Link.open`.
    """

    def __init__(
        self,
        means: RecoveryMeans,
        *,
        baudrate: int = 115200,
        sys_root: Path = SYS_ROOT,
        connect: Connect | None = None,
    ) -> None:
        self._means = means
        self._baudrate = baudrate
        self._sys_root = sys_root
        self._connect = connect or _connect
        self._device: UsbDevice | None = None  # where the modem was when it worked

    async def remember(self, url: str) -> None:
        """The modem works, at this port: note where it is on the bus, for when it does not any more."""
        is_device = "://" not in url
        self._device = await in_own_thread(attached_device, url, self._sys_root) if is_device else None

    def allowed(self, url: str, profile: ModemProfile) -> frozenset[RecoveryRung]:
        """Which rungs can be used at all."""
        device, means = self._device, self._means
        rungs = set(MILD)
        if means.may_use_siblings and device is not None and _siblings(device, url):
            rungs.add(RecoveryRung.SIBLING)
        if means.may_reset and profile.reset_command:
            rungs.add(RecoveryRung.RESET)
        if means.may_rebind and device is not None and can_rebind(device, self._sys_root):
            rungs.add(RecoveryRung.REBIND)
        if means.power is not None:
            rungs.add(RecoveryRung.POWER)
        return frozenset(rungs)

    async def perform(self, rung: RecoveryRung, url: str, profile: ModemProfile) -> None:
        """Do it. What fails is logged and never raised: whether it helped, the next try to open will show."""
        try:
            match rung:
                case RecoveryRung.SIBLING:
                    await self._knock_at_siblings(url)
                case RecoveryRung.RESET:
                    await self._reset(url, profile)
                case RecoveryRung.REBIND:
                    await self._rebind()
                case RecoveryRung.POWER:
                    await self._switch_power()
        except (ModemError, TimeoutError) as err:
            _LOGGER.info("recovery, %s: %s", rung.name.lower(), err)
        except Exception:
            _LOGGER.exception("recovery, %s", rung.name.lower())  # the caller's hook
        if rung >= RecoveryRung.RESET:
            await asyncio.sleep(SETTLE_LOOK)

    async def _present(self) -> UsbDevice | None:
        """The device as the bus has it now; None: it was not seen on the bus.

        Raises:
            PortUnavailableError: what is in its place is something else.
        """
        known = self._device
        if known is None:
            return None
        devices = await in_own_thread(list_usb_devices, self._sys_root)
        present = next((device for device in devices if device.place == known.place), None)
        if present is None or not present.may_be(known):
            raise PortUnavailableError("the modem is not where it was on the bus, so nothing is done there")
        return present

    async def _knock_at_siblings(self, url: str) -> None:
        device = await self._present()
        for port in _siblings(device, url) if device is not None else ():
            with contextlib.suppress(ModemError):
                link = await self._connect(port, self._baudrate)
                try:
                    await knock(link)
                finally:
                    await link.close()

    async def _reset(self, url: str, profile: ModemProfile) -> None:
        device = await self._present()
        if device is not None and real_port(url) not in device.ports:
            raise PortUnavailableError("the modem is not where it was: its port is another device's")
        link = await self._connect(url, self._baudrate)
        try:
            link.leave_prompt()
            await restart(link, profile)
        finally:  # before it is gone: else it comes back under another name (gammu#198)
            await link.close()

    async def _rebind(self) -> None:
        device = await self._present()
        if device is not None:
            await rebind(device, self._sys_root)

    async def _switch_power(self) -> None:
        if self._means.power is not None:
            async with asyncio.timeout(HOOK_TIMEOUT):
                await self._means.power()


def _siblings(device: UsbDevice, url: str) -> tuple[str, ...]:
    """Other ports of the same device that are known to speak AT."""
    return tuple(port for port in at_ports(device) if port != real_port(url))


async def _connect(url: str, baudrate: int) -> Link:
    return await Link.open(url, baudrate=baudrate)
