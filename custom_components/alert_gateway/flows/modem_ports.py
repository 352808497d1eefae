"""Which ports belong to one modem, who else uses them, and which modem has none. Nothing is opened here."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeassistant.components import usb
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_DEVICE
from homeassistant.core import HomeAssistant, callback

from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.entries import loaded_modems
from custom_components.alert_gateway.usb_modems import async_found_at, async_plugged_in
from gsm_driver import SupervisorState, UsbMode

from .modem_form import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from homeassistant.helpers.service_info.usb import UsbServiceInfo

    from custom_components.alert_gateway.entries import ModemEntry

# In these states the modem of an entry has its port open, or is about to open it.
_HOLDING = frozenset({SupervisorState.CONNECTING, SupervisorState.CONNECTED})

# What is plugged in, and is no modem until a person does something: the words for it.
_MODE_WORDS = {UsbMode.NETWORK: "hilink", UsbMode.STORAGE: "storage_mode", UsbMode.BOOT: "boot_mode"}


@dataclass(frozen=True, slots=True, kw_only=True)
class UsbModem:
    """A device on USB that is a modem, or may be one."""

    key: str  # the same for all of its ports
    name: str
    ports: tuple[str, ...]  # those to ask, the best first
    all_ports: tuple[str, ...]  # under each of their names
    is_certain: bool  # a modem by its numbers; else a bridge, which is asked only when a person says so
    is_usable: bool = True  # False: it waits for firmware, say, and its port is dead
    holders: tuple[str, ...] = ()  # programs that have one of its ports open


async def async_modem_of(hass: HomeAssistant, port: UsbServiceInfo) -> UsbModem:
    """Return the device that a discovered port belongs to, with all of its ports."""
    found = await async_found_at(hass, port.device)
    if found is not None:
        return UsbModem(
            key=f"usb:{found.ports[0]}",
            name=found.name,
            ports=found.at_ports or found.ports,
            all_ports=(*found.ports, *await _names_of(hass, found.ports)),
            is_certain=True,
            is_usable=found.mode is UsbMode.MODEM,
            holders=found.held_by,
        )
    name = port.description or port.device
    ports = (port.device,)
    return UsbModem(key=f"usb:{port.device}", name=name, ports=ports, all_ports=ports, is_certain=False)


async def async_other_ports(hass: HomeAssistant, device: str) -> tuple[str, ...]:
    """Return the other ports of the same modem that may speak AT, the best first."""
    found = await async_found_at(hass, device)
    if found is None:
        return ()
    real = await hass.async_add_executor_job(_real, (device, *found.ports))
    return tuple(port for port in found.at_ports or found.ports if real[port] != real[device])


async def async_portless(hass: HomeAssistant) -> Refusal | None:
    """Say that a modem is plugged in which has no port in its present mode; None if there is none."""
    for found in await async_plugged_in(hass):
        if (word := _MODE_WORDS.get(found.mode)) is not None:
            return Refusal(word=word, modem=found.name)
    return None


async def async_holder(hass: HomeAssistant, ports: Collection[str]) -> str:
    """Name the other integrations and apps that are set up to use one of these ports; empty: none is."""
    if usb.DOMAIN not in hass.config.components:
        return ""
    scanned = await usb.async_scan_serial_ports(hass)
    consumers = await usb.async_get_serial_port_consumers(hass, scanned)
    real = await hass.async_add_executor_job(_real, (*ports, *consumers))
    wanted = {real[port] for port in ports}
    holders = (
        consumer.title
        for device, those in consumers.items()
        if real[device] in wanted
        for consumer in those
        if consumer.active and consumer.domain != DOMAIN
    )
    return ", ".join(dict.fromkeys(holders))


async def async_entry_at(hass: HomeAssistant, ports: Collection[str]) -> ModemEntry | None:
    """Return the loaded modem entry that has one of these ports open."""
    held = {
        entry.runtime_data.supervisor.port: entry
        for entry in loaded_modems(hass)
        if entry.runtime_data.supervisor.state in _HOLDING
    }
    real = await hass.async_add_executor_job(_real, (*ports, *held))
    wanted = {real[port] for port in ports}
    return next((entry for port, entry in held.items() if real[port] in wanted), None)


async def _names_of(hass: HomeAssistant, ports: Collection[str]) -> list[str]:
    """Return the names under which Home Assistant knows these ports."""
    scanned = [other.device for other in await usb.async_scan_serial_ports(hass)]
    real = await hass.async_add_executor_job(_real, (*ports, *scanned))
    wanted = {real[port] for port in ports}
    return [device for device in scanned if real[device] in wanted]


async def async_is_known_at(hass: HomeAssistant, ports: Collection[str]) -> bool:
    """A modem that keeps its IMEI to itself, so that it is known by its port, is set up at one of these."""
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    nameless = [
        entry.data[CONF_DEVICE]
        for entry in entries
        if CONF_DEVICE in entry.data and not str(entry.unique_id).isdecimal()
    ]
    real = await hass.async_add_executor_job(_real, (*ports, *nameless))
    return not {real[port] for port in ports}.isdisjoint(real[port] for port in nameless)


@callback
def is_connected(entry: ConfigEntry) -> bool:
    """The modem of the entry answers at this moment."""
    return entry.state is ConfigEntryState.LOADED and entry.runtime_data.supervisor.modem is not None


def _real(ports: Iterable[str]) -> dict[str, str]:
    """Return the device file behind each port, whose name may be a link; an address is its own."""
    return {port: port if "://" in port else os.path.realpath(port) for port in ports}
