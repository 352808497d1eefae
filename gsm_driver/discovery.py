"""Which serial ports there are, and which modem is behind one. Only the port that is named is touched."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import startup
from .link import Link

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .models import ModemIdentity

BY_ID = Path("/dev/serial/by-id")  # names that survive a restart, made by udev

# USB vendors that make cellular modems (USB-IF vendor list). It only sorts: some make other things, too.
MODEM_VENDORS = frozenset(
    {
        0x05C6,  # Qualcomm
        0x1199,  # Sierra Wireless
        0x12D1,  # Huawei
        0x1546,  # u-blox
        0x19D2,  # ZTE
        0x1BC7,  # Telit
        0x1BBB,  # TCL, Alcatel
        0x1E0E,  # SIMCom
        0x1E2D,  # Cinterion, Thales
        0x2C7C,  # Quectel
        0x2CB7,  # Fibocom
        0x3566,  # Brovi
    }
)


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


def list_ports(by_id: Path = BY_ID) -> tuple[PortInfo, ...]:
    """All serial ports, those of modem makers first. Opens none of them; blocks for a few file reads."""
    names = _stable_names(by_id)
    ports = [_describe(port, names) for port in _ask_system()]
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


def _ask_system() -> list[Any]:
    """What pyserial lists, or serialx where only that is installed. Both read the system's tables only."""
    try:
        lister = importlib.import_module("serial.tools.list_ports").comports
    except ModuleNotFoundError:
        lister = importlib.import_module("serialx").list_serial_ports
    return list(lister())


def _describe(port: Any, names: dict[str, str]) -> PortInfo:
    interface = getattr(port, "interface", None) or getattr(port, "interface_description", None)
    product = port.product or "serial port"
    return PortInfo(
        device=port.device,
        stable_name=names.get(str(Path(port.device).resolve()), port.device),
        description=f"{product}, {interface}" if interface else product,
        vendor_id=port.vid,
        product_id=port.pid,
        serial_number=port.serial_number,
        interface=interface or None,
    )


def _stable_names(by_id: Path) -> dict[str, str]:
    """From the device to its name in /dev/serial/by-id. Two equal modems may share one; the first has it."""
    names: dict[str, str] = {}
    if by_id.is_dir():
        for name in sorted(by_id.iterdir()):
            names.setdefault(str(name.resolve()), str(name))
    return names
