"""Asks modems for their IMEI, to find one among several: gently, and each one once."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .discovery import probe
from .errors import LinkError
from .holders import holders_of
from .threads import in_own_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from .link import Link
    from .usb import UsbDevice

    Connect = Callable[[str, int], Awaitable[Link]]

_LOGGER = logging.getLogger(__name__)

# Seconds before one that did not answer is asked again; the last one repeats. It may be booting for a minute.
PAUSES = (5.0, 15.0, 60.0, 120.0, 600.0)


@dataclass(frozen=True, slots=True)
class _Answer:
    imei: str | None  # None: it did not answer
    asked: int  # times
    at: float  # of the last time, on the loop's clock


class RollCall:
    """Remembers who answered, for as long as the devices stay plugged in.

    Args:
        proc_root: where to see which ports are in use: those are left alone.
        connect: opens a line; None: `Link.open`.
    """

    def __init__(self, proc_root: Path, connect: Connect | None) -> None:
        self._proc_root = proc_root
        self._connect = connect
        self._answers: dict[tuple[str, str, int, str], _Answer] = {}

    def forget_absent(self, devices: Iterable[UsbDevice]) -> None:
        """Who is plugged in anew is asked anew."""
        present = {_key(device) for device in devices}
        self._answers = {key: answer for key, answer in self._answers.items() if key[:3] in present}

    async def imei_of(self, device: UsbDevice, port: str) -> str | None:
        """Whose port it is; None: not known by now. Only opened where neither known nor in use."""
        key = (*_key(device), port)
        now = asyncio.get_running_loop().time()
        before = self._answers.get(key, _Answer(None, 0, now))
        if before.imei is not None or not _is_due(before, now):
            return before.imei
        if await in_own_thread(self._is_held, device):
            return None
        imei = await self._ask(port)
        self._answers[key] = _Answer(imei, before.asked + 1, now)
        return imei

    def _is_held(self, device: UsbDevice) -> bool:
        """Somebody uses it: one port is enough, and another supervisor of this program is somebody, too."""
        return any(holders_of(port, self._proc_root, with_own=True) for port in device.ports)

    async def _ask(self, port: str) -> str | None:
        try:
            return (await probe(port, connect=self._connect)).imei
        except LinkError as err:
            _LOGGER.debug("looking for the modem at %s: %s", port, err)
            return None


def _key(device: UsbDevice) -> tuple[str, str, int]:
    return (device.place, device.id, device.number)


def _is_due(before: _Answer, now: float) -> bool:
    if not before.asked:
        return True
    return now >= before.at + PAUSES[min(before.asked, len(PAUSES)) - 1]
