"""USB devices and their serial ports, as sysfs tells them. Nothing is opened here; Linux only."""

from __future__ import annotations

import asyncio
import errno
import os
from dataclasses import dataclass, field
from pathlib import Path

from .errors import PortUnavailableError
from .threads import in_own_thread

SYS_ROOT = Path("/sys")
REBIND_PAUSE = 2.0  # seconds unplugged: capacitors, and what watches the bus


@dataclass(frozen=True, slots=True, kw_only=True)
class UsbInterface:
    """One interface of a device, by its descriptor."""

    number: int
    interface_class: int
    subclass: int
    protocol: int
    ports: tuple[str, ...] = ()  # "/dev/ttyUSB2"; most have one or none


@dataclass(frozen=True, slots=True, kw_only=True)
class UsbDevice:
    """One device on the bus."""

    place: str  # "1-1.4": bus and sockets; stays the same while it is plugged into the same one
    vendor_id: int
    product_id: int
    manufacturer: str = ""
    product: str = ""
    serial_number: str = field(default="", repr=False)  # often the IMEI, as often the same for all of a kind
    number: int = 0  # on its bus: another one each time it is plugged in or starts again
    interfaces: tuple[UsbInterface, ...] = ()

    @property
    def ports(self) -> tuple[str, ...]:
        """Its serial ports, in the order of the interfaces."""
        return tuple(port for interface in self.interfaces for port in interface.ports)

    @property
    def id(self) -> str:
        """Vendor and product as lsusb writes them."""
        return f"{self.vendor_id:04x}:{self.product_id:04x}"

    def may_be(self, other: UsbDevice) -> bool:
        """It has the same numbers, as far as both have them: the same device, or a twin."""
        serial_numbers = {self.serial_number, other.serial_number} - {""}
        return self.id == other.id and len(serial_numbers) < 2

    def interface_of(self, port: str) -> UsbInterface | None:
        """The interface behind a port."""
        return next((interface for interface in self.interfaces if port in interface.ports), None)


def list_usb_devices(sys_root: Path = SYS_ROOT) -> tuple[UsbDevice, ...]:
    """All devices that are plugged in; none where there is no sysfs."""
    folder = sys_root / "bus" / "usb" / "devices"
    if not folder.is_dir():
        return ()
    names = sorted(entry.name for entry in folder.iterdir())
    devices = (_read_device(folder, name, names) for name in names if ":" not in name)
    return tuple(device for device in devices if device is not None)


def attached_device(port: str, sys_root: Path = SYS_ROOT) -> UsbDevice | None:
    """The device that a serial port belongs to; None for what is not on the bus, and for URLs."""
    real = real_port(port)
    return next((device for device in list_usb_devices(sys_root) if real in device.ports), None)


def real_port(port: str) -> str:
    """The port's own name where this one is a link (``/dev/serial/by-id/…``)."""
    return port if "://" in port else os.path.realpath(port)


def can_rebind(device: UsbDevice, sys_root: Path = SYS_ROOT) -> bool:
    """This program may do `rebind`: it has the right, and sysfs is not read-only as in a container."""
    return os.access(_switch(device, sys_root), os.W_OK)


async def rebind(device: UsbDevice, sys_root: Path = SYS_ROOT) -> None:
    """Have the kernel let go of a device and find it again, as if it had been unplugged. Power stays on.

    Raises:
        PortUnavailableError: no right to do so, or it is not on the bus any more.
    """
    switch = _switch(device, sys_root)
    try:
        await in_own_thread(switch.write_text, "0")
        try:
            await asyncio.sleep(REBIND_PAUSE)
        finally:
            switch.write_text("1")  # at once, also when this is cancelled: else the modem stays away
    except OSError as err:
        # A container has sysfs read-only.
        is_forbidden = err.errno in {errno.EACCES, errno.EPERM, errno.EROFS}
        reason = "this needs the right to write to sysfs, for example root's" if is_forbidden else str(err)
        raise PortUnavailableError(f"the modem cannot be unplugged in software: {reason}") from err


def _switch(device: UsbDevice, sys_root: Path) -> Path:
    return sys_root / "bus" / "usb" / "devices" / device.place / "authorized"


def _read_device(folder: Path, name: str, names: list[str]) -> UsbDevice | None:
    """None: a root hub in an odd state, or gone meanwhile."""
    vendor, product = _hex(folder / name / "idVendor"), _hex(folder / name / "idProduct")
    if vendor is None or product is None:
        return None
    interfaces = [_read_interface(folder / other) for other in names if other.startswith(f"{name}:")]
    return UsbDevice(
        place=name,
        vendor_id=vendor,
        product_id=product,
        manufacturer=_text(folder / name / "manufacturer"),
        product=_text(folder / name / "product"),
        serial_number=_text(folder / name / "serial"),
        number=_decimal(folder / name / "devnum"),
        interfaces=tuple(sorted(filter(None, interfaces), key=lambda interface: interface.number)),
    )


def _read_interface(folder: Path) -> UsbInterface | None:
    number = _hex(folder / "bInterfaceNumber")
    if number is None:
        return None
    return UsbInterface(
        number=number,
        interface_class=_hex(folder / "bInterfaceClass") or 0,
        subclass=_hex(folder / "bInterfaceSubClass") or 0,
        protocol=_hex(folder / "bInterfaceProtocol") or 0,
        ports=tuple(f"/dev/{tty}" for tty in _ttys(folder)),
    )


def _ttys(folder: Path) -> list[str]:
    """``ttyUSB2`` lies in the interface itself, ``ttyACM0`` in a folder ``tty`` of it."""
    own = [entry.name for entry in folder.glob("tty?*")]
    return sorted(own + [entry.name for entry in folder.glob("tty/tty*")])


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _decimal(file: Path) -> int:
    text = _text(file)
    return int(text) if text.isdecimal() else 0


def _hex(file: Path) -> int | None:
    try:
        return int(_text(file), 16)
    except ValueError:
        return None
