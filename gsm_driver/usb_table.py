"""Which USB device is which modem, in which mode, and which of its interfaces speaks AT: data.

A device that is not here but has the vendor number of a modem maker may still be one: its ports must be
tried. To add one: a row with its source.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .usb import UsbDevice, UsbInterface

# USB vendors that make cellular modems (USB-IF vendor list). Some make other things, too.
MODEM_VENDORS: Mapping[int, str] = {
    0x05C6: "Qualcomm",
    0x1199: "Sierra Wireless",
    0x12D1: "Huawei",
    0x1546: "u-blox",
    0x19D2: "ZTE",
    0x1BC7: "Telit",
    0x1BBB: "TCL, Alcatel",
    0x1E0E: "SIMCom",
    0x1E2D: "Cinterion, Thales",
    0x2C7C: "Quectel",
    0x2CB7: "Fibocom",
    0x3566: "Brovi",
}


class UsbMode(StrEnum):
    """What a modem's USB device is at the moment."""

    MODEM = "modem"  # it has serial ports
    NETWORK = "network"  # HiLink: a network card with a router in it, and no serial port
    STORAGE = "storage"  # a CD-ROM with drivers for Windows
    BOOT = "boot"  # it waits for new firmware


ADVICE: Mapping[UsbMode, str] = {
    UsbMode.MODEM: "",
    UsbMode.NETWORK: (
        "it is in HiLink mode: a network card, without a port for AT commands. Set it to stick mode"
        " (AT^SETPORT in its manual; some models need other firmware), or use a stick that has it"
    ),
    UsbMode.STORAGE: (
        "it is in storage mode, as sticks for Windows start. Install usb-modeswitch, then unplug it and plug"
        " it in again"
    ),
    UsbMode.BOOT: (
        "it is in boot mode and waits for firmware: take it off its power for ten seconds; if that does not"
        " help, its firmware must be written again with the maker's program"
    ),
}
"""What to do about a mode, for people; empty where nothing is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUsb:
    """One USB device that is a modem, or would be one in another mode."""

    name: str
    mode: UsbMode = UsbMode.MODEM
    interfaces: tuple[int, ...] = ()  # that speak AT, the best first; empty: by descriptor, or by trying
    source: str = ""


_MM = "ModemManager port types"
_QUIRKS = "field reports"
_SWITCH = "usb_modeswitch"

KNOWN_USB: Mapping[tuple[int, int], KnownUsb] = {
    (0x2C7C, 0x0121): KnownUsb(name="Quectel EC21", interfaces=(2, 3), source=_MM),
    (0x2C7C, 0x0125): KnownUsb(
        name="Quectel EC25, EG25", interfaces=(2, 3), source="PavelVe/home-assistant-addons#45"
    ),
    (0x2C7C, 0x0191): KnownUsb(name="Quectel EG91", interfaces=(2, 3), source=_MM),
    (0x2C7C, 0x0195): KnownUsb(name="Quectel EG95", interfaces=(2, 3), source=_MM),
    (0x2C7C, 0x0296): KnownUsb(name="Quectel BG96", interfaces=(2, 3), source=_MM),
    (0x2C7C, 0x0306): KnownUsb(name="Quectel EG06, EP06, EM06", interfaces=(2, 3), source=_MM),
    (0x2C7C, 0x0512): KnownUsb(name="Quectel EG12", interfaces=(2, 3), source=_MM),
    (0x2C7C, 0x0800): KnownUsb(name="Quectel RM500Q", interfaces=(2, 3), source=_MM),
    (0x2C7C, 0x0801): KnownUsb(name="Quectel RM520N", interfaces=(2, 3), source="Quectel USB driver guide"),
    (0x05C6, 0x9215): KnownUsb(name="Quectel EC20", interfaces=(2, 3), source="Quectel USB driver guide"),
    (0x1E0E, 0x9001): KnownUsb(name="SIMCom SIM7000, SIM7100, SIM7600", interfaces=(2, 3), source=_MM),
    (0x1E0E, 0x9011): KnownUsb(
        name="SIMCom A7670, A7672, SIM7600 (RNDIS)",
        interfaces=(4, 5),
        source="espressif/idf-extra-components#284",
    ),
    (0x1E0E, 0x9205): KnownUsb(name="SIMCom SIM7070, SIM7080, SIM7090", interfaces=(2,), source=_MM),
    (0x1E0E, 0x9206): KnownUsb(name="SIMCom SIM7070, SIM7080, SIM7090", interfaces=(2,), source=_MM),
    (0x1199, 0x9071): KnownUsb(
        name="Sierra Wireless MC7455, EM7455", interfaces=(3,), source="OpenWrt forum, thread 198043"
    ),
    (0x1199, 0x9070): KnownUsb(
        name="Sierra Wireless MC7455, EM7455", mode=UsbMode.BOOT, source="OpenWrt forum, thread 198043"
    ),
    # Three ports that look alike: 2 is the one that announces, 0 the one for dialling.
    (0x12D1, 0x1001): KnownUsb(
        name="Huawei E1550, E169, E173, E303",
        interfaces=(2, 0),
        source="wdoekes/asterisk-chan-dongle, dongle.conf",
    ),
    (0x12D1, 0x1442): KnownUsb(name="Huawei E3372 in stick mode", source=_QUIRKS),
    (0x12D1, 0x1506): KnownUsb(name="Huawei E3372 in stick mode", source="bg111/asterisk-chan-dongle#279"),
    (0x12D1, 0x155E): KnownUsb(name="Brovi E3372-325", source="gammu/gammu#908"),
    (0x3566, 0x2001): KnownUsb(name="Brovi E3372-325", source="gammu/gammu#908"),
    (0x12D1, 0x14DB): KnownUsb(name="Huawei E353, E3131", mode=UsbMode.NETWORK, source=_SWITCH),
    (0x12D1, 0x14DC): KnownUsb(
        name="Huawei E3372h, E303", mode=UsbMode.NETWORK, source="bg111/asterisk-chan-dongle#279"
    ),
    (0x12D1, 0x1446): KnownUsb(name="Huawei stick", mode=UsbMode.STORAGE, source=_SWITCH),
    (0x12D1, 0x14FE): KnownUsb(name="Huawei stick", mode=UsbMode.STORAGE, source=_SWITCH),
    (0x12D1, 0x157D): KnownUsb(name="Huawei stick", mode=UsbMode.STORAGE, source=_SWITCH),
    (0x12D1, 0x1F01): KnownUsb(name="Huawei stick", mode=UsbMode.STORAGE, source=_SWITCH),
    (0x19D2, 0x0016): KnownUsb(name="ZTE stick", interfaces=(2, 1), source=_MM),
    (0x19D2, 0x0031): KnownUsb(name="ZTE stick", interfaces=(3, 1), source=_MM),
    (0x19D2, 0x0117): KnownUsb(name="ZTE stick", interfaces=(2, 1), source=_MM),
    (0x19D2, 0x2000): KnownUsb(name="ZTE stick", mode=UsbMode.STORAGE, source=_SWITCH),
    (0x1BC7, 0x0021): KnownUsb(name="Telit HE910, UE910, UL865", interfaces=(0, 6), source=_MM),
    (0x1BC7, 0x1031): KnownUsb(name="Telit LE910C1-EUX", interfaces=(1, 2), source=_MM),
    (0x1BC7, 0x1040): KnownUsb(name="Telit LE922, LM9x0", interfaces=(4, 5), source=_MM),
    (0x1BC7, 0x1050): KnownUsb(name="Telit FN980", interfaces=(4, 5), source=_MM),
    (0x1BC7, 0x1060): KnownUsb(name="Telit LN920", interfaces=(4, 5), source=_MM),
    (0x1BC7, 0x1201): KnownUsb(name="Telit LE910C1", interfaces=(4, 5), source=_MM),
    (0x1546, 0x1010): KnownUsb(name="u-blox TOBY-L4", interfaces=(6,), source=_MM),
    (0x1546, 0x1102): KnownUsb(name="u-blox LISA-U2, SARA-U2", interfaces=(0, 2, 4), source=_MM),
    (0x1546, 0x1104): KnownUsb(name="u-blox LISA-U2, SARA-U2", interfaces=(0,), source=_MM),
    (0x1546, 0x1107): KnownUsb(name="u-blox TOBY-R2", interfaces=(0, 2, 4), source=_MM),
    (0x1546, 0x110A): KnownUsb(name="u-blox LARA-R2", interfaces=(0, 2, 4), source=_MM),
    (0x1E2D, 0x005B): KnownUsb(name="Cinterion PLS62", interfaces=(0, 2), source=_MM),
    (0x1E2D, 0x0061): KnownUsb(name="Cinterion PLS8", interfaces=(0, 2), source=_MM),
    (0x1E2D, 0x006F): KnownUsb(name="Cinterion PLS83", interfaces=(0, 2), source=_MM),
    (0x05C6, 0x9008): KnownUsb(name="Qualcomm device", mode=UsbMode.BOOT, source="Linux qcserial"),
}

_OTHER_THINGS = frozenset((0x1546, product) for product in range(0x01A4, 0x01AA))  # u-blox GNSS receivers

_HUAWEI = 0x12D1
_HUAWEI_AT, _HUAWEI_DIAL = frozenset({0x02, 0x12}), frozenset({0x01, 0x10})  # protocols of its own classes
_VENDOR_SPECIFIC, _COMMUNICATIONS, _MASS_STORAGE = 0xFF, 0x02, 0x08
_ABSTRACT_CONTROL, _V250 = 0x02, 0x01  # USB CDC 1.2 table 4 and PSTN 1.2 table 1: a modem that speaks AT


def known_usb(device: UsbDevice) -> KnownUsb | None:
    """The row for a device."""
    return KNOWN_USB.get((device.vendor_id, device.product_id))


def is_modem(device: UsbDevice) -> bool:
    """It is a modem as far as its numbers tell; a maker of modems may make other things, without ports."""
    if (device.vendor_id, device.product_id) in _OTHER_THINGS:
        return False
    return known_usb(device) is not None or (device.vendor_id in MODEM_VENDORS and bool(device.ports))


def mode_of(device: UsbDevice) -> UsbMode:
    """What the device is at the moment."""
    known = known_usb(device)
    if known is not None:
        # Brovi sticks keep their number in storage mode.
        only_storage = not device.ports and _has_storage(device)
        return UsbMode.STORAGE if known.mode is UsbMode.MODEM and only_storage else known.mode
    return UsbMode.MODEM


def at_ports(device: UsbDevice) -> tuple[str, ...]:
    """The ports that speak AT as far as table and descriptors tell, the best first."""
    known = known_usb(device)
    if known is not None and known.interfaces:
        by_number = {interface.number: interface for interface in device.interfaces}
        chosen = [by_number[number] for number in known.interfaces if number in by_number]
    else:
        ranked = [(_rank(device, interface), interface) for interface in device.interfaces]
        chosen = [interface for rank, interface in sorted(ranked, key=lambda pair: pair[0]) if rank < _NO_AT]
    return tuple(port for interface in chosen for port in interface.ports)


_NO_AT = 9


def _rank(device: UsbDevice, interface: UsbInterface) -> int:
    """How sure the descriptor makes it that this interface speaks AT; low is better."""
    kind = (interface.interface_class, interface.subclass, interface.protocol)
    if device.vendor_id == _HUAWEI and interface.interface_class == _VENDOR_SPECIFIC:
        if interface.protocol in _HUAWEI_AT:
            return 0
        return 1 if interface.protocol in _HUAWEI_DIAL else _NO_AT
    return 0 if kind == (_COMMUNICATIONS, _ABSTRACT_CONTROL, _V250) else _NO_AT


def _has_storage(device: UsbDevice) -> bool:
    return any(interface.interface_class == _MASS_STORAGE for interface in device.interfaces)
