"""The modems of this machine, with all their ports: by descriptor, and, when asked, by a gentle probe.

Zigbee and Z-Wave sticks, GPS receivers and nameless USB-serial bridges are never probed: bytes that they do
not expect disturb them (home-assistant/operating-system#474). A port that the user names is always probed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .discovery import BY_ID, BY_PATH, StableNames, list_ports, probe, twins_of
from .errors import LinkError
from .holders import PROC_ROOT, holders_of
from .usb import SYS_ROOT, UsbDevice, UsbInterface, list_usb_devices, real_port
from .usb_table import ADVICE, UsbMode, at_ports, is_modem, known_usb, mode_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from pathlib import Path

    from .link import Link
    from .models import ModemIdentity

    Connect = Callable[[str, int], Awaitable[Link]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundModem:
    """One modem. Ports have the names that last."""

    name: str  # for people
    mode: UsbMode = UsbMode.MODEM
    usb_id: str = ""  # "12d1:1506"; empty: not on USB
    ports: tuple[str, ...] = ()  # all of its serial ports
    at_ports: tuple[str, ...] = ()  # those that speak AT, the best first; empty: not known, try them
    held_by: tuple[str, ...] = ()  # other programs that have one of its ports open
    port: str = ""  # the one to open: it answered, or is the best guess; empty: none
    identity: ModemIdentity | None = None  # where it was asked and answered
    problem: str = ""  # what is wrong and what to do, for people; empty: nothing that is known

    @property
    def is_usable(self) -> bool:
        """It is a modem at the moment, and has a port that nobody else uses."""
        return self.mode is UsbMode.MODEM and bool(self.ports) and not self.held_by


def list_modems(
    *,
    sys_root: Path = SYS_ROOT,
    proc_root: Path = PROC_ROOT,
    by_id: Path = BY_ID,
    by_path: Path = BY_PATH,
) -> tuple[FoundModem, ...]:
    """The modems on USB, one per device, by their descriptors alone. Opens nothing; blocks for file reads."""
    devices = [device for device in _usb_devices(sys_root) if is_modem(device)]
    names = StableNames(by_id, by_path)
    kinds = [(device.place, (device.id, device.serial_number)) for device in devices]
    twins = twins_of(kinds)
    return tuple(
        _describe(device, names, is_twin=device.place in twins, proc_root=proc_root) for device in devices
    )


async def identify_modems(
    modems: Sequence[FoundModem],
    *,
    named: Iterable[str] = (),
    baudrate: int = 115200,
    connect: Connect | None = None,
) -> tuple[FoundModem, ...]:
    """Ask each of them who it is, at one port after the other until one answers; one entry per IMEI.

    Args:
        modems: of `list_modems`.
        named: further ports that the user names, on USB or not; they are opened and asked as they are.
        baudrate: of the named ones that are real serial ports.
        connect: opens a line; None: `Link.open`.
    """
    listed = {real_port(port) for modem in modems for port in modem.ports}
    others = [FoundModem(name=port, ports=(port,)) for port in named if real_port(port) not in listed]
    asked = [await _ask(modem, baudrate, connect) for modem in (*modems, *others)]
    unique: dict[str, FoundModem] = {}
    for modem in asked:
        key = modem.identity.imei if modem.identity is not None else ""
        if key and key in unique:  # two devices of one modem: its ports belong together
            first = unique[key]
            unique[key] = replace(first, ports=tuple(dict.fromkeys((*first.ports, *modem.ports))))
        else:
            unique[key or f"{modem.usb_id} {modem.ports} {len(unique)}"] = modem
    return tuple(unique.values())


async def _ask(modem: FoundModem, baudrate: int, connect: Connect | None) -> FoundModem:
    if not modem.is_usable:
        return modem
    problem = ""
    for port in modem.at_ports or modem.ports:
        try:
            identity = await probe(port, baudrate=baudrate, connect=connect)
        except LinkError as err:
            problem = problem or str(err)
            continue
        name = f"{identity.manufacturer} {identity.model}".strip() or modem.name
        return replace(modem, port=port, identity=identity, name=name)
    return replace(modem, problem=problem)


def _describe(device: UsbDevice, names: StableNames, *, is_twin: bool, proc_root: Path) -> FoundModem:
    mode = mode_of(device)
    held_by = tuple(sorted({name for port in device.ports for name in holders_of(port, proc_root)}))
    best = tuple(names.of(port, is_twin=is_twin) for port in at_ports(device))
    ports = tuple(names.of(port, is_twin=is_twin) for port in device.ports)
    return FoundModem(
        name=_name(device),
        mode=mode,
        usb_id=device.id,
        ports=ports,
        at_ports=best,
        held_by=held_by,
        port=(best or ports[:1] or ("",))[0],
        problem=_problem(device, mode, held_by),
    )


def _name(device: UsbDevice) -> str:
    known = known_usb(device)
    own = f"{device.manufacturer} {device.product}".strip()
    return known.name if known is not None else own or f"USB device {device.id}"


def _problem(device: UsbDevice, mode: UsbMode, held_by: tuple[str, ...]) -> str:
    if mode is not UsbMode.MODEM:
        return ADVICE[mode]
    if held_by:
        return f"in use by {', '.join(held_by)}: end it, or tell it to leave this modem alone"
    if not device.ports:
        return "it has no serial port: the kernel has no driver for it (option), or it is still starting"
    return ""


def _usb_devices(sys_root: Path) -> Sequence[UsbDevice]:
    """From sysfs; elsewhere from the list of ports, where the numbers of the interfaces are not known."""
    devices = list_usb_devices(sys_root)
    if devices or sys_root.is_dir():
        return devices
    groups: dict[tuple[int, int, str], list[str]] = {}
    for port in list_ports():
        if port.vendor_id is not None and port.product_id is not None:
            key = (port.vendor_id, port.product_id, port.serial_number or "")
            groups.setdefault(key, []).append(port.device)
    return [
        UsbDevice(
            place=f"{vendor:04x}:{product:04x} {serial}",
            vendor_id=vendor,
            product_id=product,
            serial_number=serial,
            interfaces=(
                UsbInterface(number=-1, interface_class=0xFF, subclass=0, protocol=0, ports=tuple(ports)),
            ),
        )
        for (vendor, product, serial), ports in groups.items()
    ]
