"""From what was typed to a modem that answers: nobody else's port is opened, and siblings are tried."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from homeassistant.util.hass_dict import HassKey

from custom_components.alert_gateway.const import DOMAIN
from custom_components.alert_gateway.pin_memory import async_pin_attempts
from custom_components.alert_gateway.usb_modems import async_found_at

from .modem_form import PortAnswer, PortSettings, Refusal, ask_port
from .modem_ports import async_holder, async_other_ports

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

# What a port of a modem says that is not the one for commands.
_WRONG_PORT = frozenset({"not_a_modem", "no_answer"})

# A form that is sent twice, or a second dialog, waits for the first: it must find what became of its PIN.
_DATA_TURN: Final[HassKey[asyncio.Lock]] = HassKey(f"{DOMAIN}_asking")


async def async_ask_all(hass: HomeAssistant, port: PortSettings) -> tuple[PortSettings, PortAnswer] | Refusal:
    """Ask the port and, if no modem answers there, the others of the same device.

    Returns the port that answered; of several refusals that of the port which was named.
    """
    async with hass.data.setdefault(_DATA_TURN, asyncio.Lock()):
        return await _ask_one_after_the_other(hass, port)


async def _ask(hass: HomeAssistant, port: PortSettings) -> PortAnswer | Refusal:
    """Ask one port who is there, unless another integration or app is set up to use it."""
    if holder := await async_holder(hass, [port.device]):
        return Refusal(word="port_in_use_by", holder=holder)
    answer = await ask_port(port, await async_pin_attempts(hass, port.device))
    if isinstance(answer, Refusal) and answer.word == "port_in_use":
        return await _named(hass, port, answer)
    return answer


async def _ask_one_after_the_other(
    hass: HomeAssistant, port: PortSettings
) -> tuple[PortSettings, PortAnswer] | Refusal:
    first = await _ask(hass, port)
    if isinstance(first, PortAnswer):
        return port, first
    if first.word in _WRONG_PORT:
        for other in await async_other_ports(hass, port.device):
            beside = replace(port, device=other)
            answer = await _ask(hass, beside)
            if isinstance(answer, PortAnswer):
                return beside, answer
            if answer.word not in _WRONG_PORT:
                return answer
    return first


async def _named(hass: HomeAssistant, port: PortSettings, refusal: Refusal) -> Refusal:
    """Name the programs that have the port, where the system tells."""
    found = await async_found_at(hass, port.device)
    if found is None or not found.held_by:
        return refusal
    return Refusal(word="port_in_use_by", holder=", ".join(found.held_by))
