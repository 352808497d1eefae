"""Finds one modem again after it was plugged in elsewhere or came back under another name.

What is opened is the modem, or what the user named; never what took its name while it was away.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .errors import PortUnavailableError
from .holders import PROC_ROOT
from .roll_call import RollCall
from .threads import in_own_thread
from .usb import SYS_ROOT, UsbDevice, list_usb_devices, real_port
from .usb_table import ADVICE, UsbMode, at_ports, is_modem, known_usb, mode_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from .link import Link

    Connect = Callable[[str, int], Awaitable[Link]]

REPLUG_INTERVAL = 5.0  # seconds between looks at the bus, which cost a few file reads


class ModemFinder:
    """Knows one modem by its place on the bus, its USB numbers and its IMEI.

    A `ModemSupervisor` makes its own; give it one of yours as its `finder`.

    Attributes:
        imei: asked for where several modems of its kind are there, or one in another socket. Empty: the modem
            is known by place and kind alone.

    Args:
        url: where it is now, or was last. For what is no device file, `find` has nothing to say.
        imei: see above.
        sys_root: where sysfs is.
        proc_root: where to see which ports other programs use: those are never asked.
        connect: opens a line for asking; None: `Link.open`.
    """

    def __init__(
        self,
        url: str,
        *,
        imei: str = "",
        sys_root: Path = SYS_ROOT,
        proc_root: Path = PROC_ROOT,
        connect: Connect | None = None,
    ) -> None:
        self._url = url
        self.imei = imei
        self._sys_root = sys_root
        self._roll_call = RollCall(proc_root, connect)
        self._device: UsbDevice | None = None  # as it was when it was seen last
        self._interface = 0

    async def find(self) -> str | None:
        """The port to open; None: it was never seen on the bus, so nothing speaks against the one named.

        Raises:
            PortUnavailableError: the modem was there, and is not now, or not as a modem: in words, with what
                to do.
        """
        if "://" in self._url:
            return None
        devices = await self._devices()
        mine = real_port(self._url)
        here = next((device for device in devices if mine in device.ports), None)
        if here is not None and (self._device is None or self._is_where_it_was(here, mine)):
            self._remember(here, mine)
            return self._url
        port = await self._search(devices)
        if port is None and here is not None and self._may_follow(here, mine):
            self._remember(here, mine)
            return self._url
        if port is None and self._device is not None:
            raise PortUnavailableError(_complaint(self._device, devices, here))
        return self._url if port == mine else port

    async def wait_plugged_anew(self) -> None:
        """Return when the modem, or what has its name, was plugged in or out. Opens no port."""
        before = await self.plugging()
        while True:
            await asyncio.sleep(REPLUG_INTERVAL)
            if await self.plugging() != before:
                return

    async def plugging(self) -> frozenset[tuple[str, str, int]]:
        """How the modem, and whatever has its name, is plugged in: another value each time that changes."""
        if "://" in self._url:
            return frozenset()
        known, mine = self._device, real_port(self._url)
        return frozenset(
            (device.place, device.id, device.number)
            for device in await self._devices()
            if mine in device.ports or (known is not None and device.may_be(known))
        )

    async def _devices(self) -> Sequence[UsbDevice]:
        return await in_own_thread(list_usb_devices, self._sys_root)

    async def _search(self, devices: Sequence[UsbDevice]) -> str | None:
        """The modem among those of its kind: the only one, the one in its place, or the one with its IMEI."""
        self._roll_call.forget_absent(devices)
        if self._device is None:  # it was not seen since we run: only its IMEI can tell it
            others = [device for device in devices if self.imei and self._may_be_asked(device)]
            found = await self._ask({self._port_of(device): device for device in others})
        else:
            found = await self._choose([device for device in devices if self._is_same_kind(device)])
        if found is None:
            return None
        device, port = found
        self._remember(device, port)
        return port

    async def _choose(self, devices: Sequence[UsbDevice]) -> tuple[UsbDevice, str] | None:
        ports = {self._port_of(device): device for device in devices}
        in_place = [(device, port) for port, device in ports.items() if self._is_in_place(device)]
        moved = {port: device for port, device in ports.items() if self._may_be_asked(device)}
        if self.imei and (len(moved) > 1 or not in_place):
            # A twin in another socket must not be taken for it.
            return await self._ask(moved) or await self._still_nameless(in_place)
        chosen = in_place or [(device, port) for port, device in moved.items() if len(moved) == 1]
        return next((found for found in chosen if found[1]), None)

    async def _still_nameless(
        self, candidates: Sequence[tuple[UsbDevice, str]]
    ) -> tuple[UsbDevice, str] | None:
        """The one in its place, if nobody knows better: a modem that hangs tells no IMEI."""
        for device, port in candidates:
            if port and not await self._roll_call.imei_of(device, port):
                return device, port
        return None

    def _is_where_it_was(self, device: UsbDevice, port: str) -> bool:
        """In its place, and the name leads to the same interface; else it may be that for NMEA by now."""
        return self._is_same_interface(device, port) and self._is_in_place(device)

    def _is_same_interface(self, device: UsbDevice, port: str) -> bool:
        interface = device.interface_of(port)
        return interface is not None and interface.number == self._interface

    def _is_in_place(self, device: UsbDevice) -> bool:
        """It is where the modem was, and looks like it."""
        known = self._device
        return known is not None and device.place == known.place and self._is_same_kind(device)

    def _is_same_kind(self, device: UsbDevice) -> bool:
        known = self._device
        if known is None or not device.may_be(known):
            return False
        # The numbers of a bridge say nothing of what is behind it: a modem, a Zigbee stick, a heating.
        return is_modem(device) or device.product == known.product

    def _may_follow(self, device: UsbDevice, port: str) -> bool:
        """What has the name now may be used instead, or is it: a modem in its socket, a name that lasts."""
        known = self._device
        if known is not None and device.place == known.place and known_usb(device) is not None:
            return mode_of(device) is UsbMode.MODEM and port in (at_ports(device) or device.ports)
        is_lasting_name = self._url != port  # udev made it of what the device says of itself
        is_bridge = not is_modem(device)
        return (
            is_bridge
            and is_lasting_name
            and self._is_same_kind(device)
            and self._is_same_interface(device, port)
        )

    def _may_be_asked(self, device: UsbDevice) -> bool:
        """It is a modem for certain: its numbers are known, or a maker of modems gave them to this one."""
        is_known = known_usb(device) is not None and mode_of(device) is UsbMode.MODEM
        return is_known or (is_modem(device) and self._is_same_kind(device))

    def _remember(self, device: UsbDevice, port: str) -> None:
        interface = device.interface_of(port)
        if interface is not None:
            self._device, self._interface = device, interface.number

    def _port_of(self, device: UsbDevice) -> str:
        """The port at the same interface as before; else the one that speaks AT; empty: it has none."""
        if self._device is None:
            return next(iter((*at_ports(device), *device.ports)), "")
        same = [port for item in device.interfaces if item.number == self._interface for port in item.ports]
        return next(iter((*same, *at_ports(device))), "")

    async def _ask(self, ports: Mapping[str, UsbDevice]) -> tuple[UsbDevice, str] | None:
        for port, device in ports.items():
            if port and await self._roll_call.imei_of(device, port) == self.imei:
                return device, port
        return None


def _complaint(known: UsbDevice, devices: Sequence[UsbDevice], here: UsbDevice | None) -> str:
    """Why there is no port to open: what became of the modem, and who has its name."""
    for device in devices:  # E173 comes back from a restart as storage (gammu#687)
        if device.place == known.place and is_modem(device) and mode_of(device) is not UsbMode.MODEM:
            return f"the modem has no port any more: {ADVICE[mode_of(device)]}"
    if any(device.place == known.place and device.may_be(known) and not device.ports for device in devices):
        return "the modem has no serial port: it is still starting, or the kernel lacks its driver (option)"
    if here is None:
        return "the modem is not there any more"
    name = f"{here.id} {here.product}".strip()
    return (
        f"the modem is not there any more, and its port name leads to another device ({name}), which is left"
        " alone; if that is your modem, put it back into its socket or choose its port again"
    )
