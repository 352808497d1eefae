"""Finds one modem again after it was plugged in elsewhere or came back under another name."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from .discovery import probe
from .errors import LinkError, PortUnavailableError
from .usb import SYS_ROOT, UsbDevice, list_usb_devices, real_port
from .usb_table import ADVICE, UsbMode, at_ports, is_modem, mode_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from .link import Link

    Connect = Callable[[str, int], Awaitable[Link]]

_LOGGER = logging.getLogger(__name__)


class ModemFinder:
    """Knows one modem by its place on the bus, its USB numbers and its IMEI.

    Give `find` to a `ModemSupervisor` as its `find_port`.

    Attributes:
        imei: asked for where several modems of its kind are there, or one in another socket. Empty: the modem
            is known by place and kind alone.

    Args:
        url: where it is now, or was last. For what is no device file, `find` has nothing to say.
        imei: see above.
        sys_root: where sysfs is.
        connect: opens a line for asking; None: `Link.open`.
    """

    def __init__(
        self, url: str, *, imei: str = "", sys_root: Path = SYS_ROOT, connect: Connect | None = None
    ) -> None:
        self._url = url
        self.imei = imei
        self._sys_root = sys_root
        self._connect = connect
        self._device: UsbDevice | None = None  # as it was when it was seen last
        self._interface = 0

    async def find(self) -> str | None:
        """The port to open; None: no other than the one known.

        Raises:
            PortUnavailableError: the modem is there, but not as a modem: in words, with what to do.
        """
        if "://" in self._url:
            return None
        devices = await asyncio.to_thread(list_usb_devices, self._sys_root)
        mine = real_port(self._url)
        here = next((device for device in devices if mine in device.ports), None)
        if here is not None and (self._device is None or self._is_where_it_was(here, mine)):
            self._remember(here, mine)
            return self._url
        port = await self._search(devices)
        if port is None:
            self._complain(devices)
        return self._url if port == mine else port

    async def _search(self, devices: Sequence[UsbDevice]) -> str | None:
        """The modem among those of its kind: the only one, the one in its place, or the one with its IMEI."""
        if self._device is None:  # it was not seen since we run: only its IMEI can tell it
            others = [device for device in devices if is_modem(device) and self.imei]
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
        if self.imei and (len(ports) > 1 or not in_place):
            return await self._ask(ports)  # a twin in another socket must not be taken for it
        chosen = in_place or [(device, port) for port, device in ports.items() if len(ports) == 1]
        return next((found for found in chosen if found[1]), None)

    def _is_where_it_was(self, device: UsbDevice, port: str) -> bool:
        """In its place, and the name leads to the same interface; else it may be that for NMEA by now."""
        interface = device.interface_of(port)
        is_same = interface is not None and interface.number == self._interface
        return is_same and self._is_in_place(device)

    def _is_in_place(self, device: UsbDevice) -> bool:
        """It is where the modem was, and looks like it."""
        known = self._device
        return known is not None and device.place == known.place and self._is_same_kind(device)

    def _is_same_kind(self, device: UsbDevice) -> bool:
        known = self._device
        if known is None or device.id != known.id:
            return False
        return not (device.serial_number and known.serial_number) or (
            device.serial_number == known.serial_number
        )

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
            if not port:
                continue
            try:
                identity = await probe(port, connect=self._connect)
            except LinkError as err:
                _LOGGER.debug("looking for the modem at %s: %s", port, err)
                continue
            if identity.imei == self.imei:
                return device, port
        return None

    def _complain(self, devices: Sequence[UsbDevice]) -> None:
        """E173 comes back from a restart as storage (gammu#687): say so, instead of "does not exist"."""
        place = self._device.place if self._device is not None else ""
        for device in devices:
            if device.place == place and is_modem(device) and mode_of(device) is not UsbMode.MODEM:
                raise PortUnavailableError(f"the modem has no port any more: {ADVICE[mode_of(device)]}")
