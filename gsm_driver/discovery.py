"""Which serial ports there are, and which modem is behind one. Only the port that is named is touched."""

from __future__ import annotations

import importlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import startup
from .link import Link
from .usb import real_port
from .usb_table import MODEM_VENDORS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Iterable

    from .models import ModemIdentity

# Names that survive a restart, made by udev: by what the device says of itself, and by where it is plugged.
BY_ID = Path("/dev/serial/by-id")
BY_PATH = Path("/dev/serial/by-path")


@dataclass(frozen=True, slots=True, kw_only=True)
class PortInfo:
    """One serial port, as the operating system describes it."""

    device: str  # /dev/ttyUSB2, COM3
    stable_name: str  # the same port under a name that survives a restart; `device` where there is none
    description: str
    vendor_id: int | None = None
    product_id: int | None = None
    serial_number: str | None = field(default=None, repr=False)
    interface: str | None = None

    @property
    def is_modem_vendor(self) -> bool:
        """Its USB vendor makes modems. A modem has several ports; the one for AT commands must be tried."""
        return self.vendor_id in MODEM_VENDORS


def list_ports(by_id: Path = BY_ID, by_path: Path = BY_PATH) -> tuple[PortInfo, ...]:
    """All serial ports, those of modem makers first. Opens none of them; blocks for a few file reads."""
    found = _ask_system()
    names = StableNames(by_id, by_path)
    twins = twins_of((port.device, _kind(port)) for port in found)
    ports = [_describe(port, names, is_twin=port.device in twins) for port in found]
    return tuple(sorted(ports, key=lambda port: (not port.is_modem_vendor, port.device)))


async def probe(
    url: str, *, baudrate: int = 115200, connect: Callable[[str, int], Awaitable[Link]] | None = None
) -> ModemIdentity:
    """Ask who is there. Changes no setting, needs no SIM.

    Raises:
        PortUnavailableError: the port cannot be opened.
        NotAModemError: what is there does not answer AT commands.
        LinkLostError, ModemTimeoutError: it went away, or fell silent.
    """
    link = await (connect(url, baudrate) if connect else Link.open(url, baudrate=baudrate))
    try:
        await startup.synchronise(link)
        return await startup.read_identity(link)
    finally:
        await link.close()


class StableNames:
    """From a device file to its name that lasts.

    Two sticks of a kind without serial numbers share one name by id, which leads to either of them: for such
    twins the name by path is used (quirks 5.10).
    """

    def __init__(self, by_id: Path, by_path: Path) -> None:
        self._by_id = _links(by_id)
        self._by_path = _links(by_path)

    def of(self, device: str, *, is_twin: bool) -> str:
        """The name; `device` itself where there is none."""
        real = real_port(device)
        by_path = self._by_path.get(real, device)
        return by_path if is_twin else self._by_id.get(real, by_path)


def twins_of(kinds: Iterable[tuple[str, Hashable]]) -> frozenset[str]:
    """Of names and what udev makes the name by id of: those that share it."""
    listed = list(kinds)
    count = Counter(kind for _, kind in listed)
    return frozenset(name for name, kind in listed if count[kind] > 1)


def _links(folder: Path) -> dict[str, str]:
    """From the device to the name in a folder. Several names may lead to one device; the first has it."""
    names: dict[str, str] = {}
    if folder.is_dir():
        for name in sorted(folder.iterdir()):
            names.setdefault(str(name.resolve()), str(name))
    return names


def _ask_system() -> list[Any]:
    """What pyserial lists, or serialx where only that is installed. Both read the system's tables only."""
    try:
        lister = importlib.import_module("serial.tools.list_ports").comports
    except ModuleNotFoundError:
        lister = importlib.import_module("serialx").list_serial_ports
    return list(lister())


def _kind(port: Any) -> Hashable:
    """What the name by id is made of: the device's strings and the interface (``1-1.4:1.2``)."""
    interface = (getattr(port, "location", None) or "").partition(":")[2]
    return (port.vid, port.pid, port.serial_number, interface) if interface else port.device


def _describe(port: Any, names: StableNames, *, is_twin: bool) -> PortInfo:
    interface = getattr(port, "interface", None) or getattr(port, "interface_description", None)
    product = port.product or "serial port"
    return PortInfo(
        device=port.device,
        stable_name=names.of(port.device, is_twin=is_twin),
        description=f"{product}, {interface}" if interface else product,
        vendor_id=port.vid,
        product_id=port.pid,
        serial_number=port.serial_number,
        interface=interface or None,
    )
