"""A modem that was plugged in: one flow for all of its ports, and nobody else's device is disturbed."""

from typing import TYPE_CHECKING, Any, override

import probatio as vol
from homeassistant.const import CONF_PIN
from homeassistant.helpers.service_info.usb import UsbServiceInfo

from custom_components.alert_gateway.const import DEFAULT_BAUDRATE
from custom_components.alert_gateway.entries import loaded_modems
from gsm_driver import LinkError, ModemIdentity, probe

from .modem import ModemSteps
from .modem_form import PIN_SCHEMA, PortSettings, Refusal, modem_name
from .modem_ports import (
    UsbModem,
    async_entry_at,
    async_holder,
    async_is_known_at,
    async_modem_of,
    is_connected,
)
from .modem_search import async_ask_all

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homeassistant.config_entries import ConfigFlowResult

CONFIRM_SCHEMA = vol.Schema({})
_ABOUT_THE_PIN = frozenset({"pin_required", "pin_rejected", "pin_format", "pin_not_tried"})


class DiscoverySteps(ModemSteps):
    """The steps of a flow that begins with a USB device."""

    _device = ""
    _name = ""

    @override
    async def async_step_usb(self, discovery_info: UsbServiceInfo) -> ConfigFlowResult:
        """See whose port it is. Home Assistant comes with each port of a modem, in any order."""
        modem = await async_modem_of(self.hass, discovery_info)
        if not modem.is_usable:
            return self.async_abort(reason="no_modem_now", description_placeholders={"modem": modem.name})
        await self.async_set_unique_id(modem.key)  # the first one goes on for all
        if self._is_asked_about(modem):
            return self.async_abort(reason="already_in_progress")
        if await async_entry_at(self.hass, modem.all_ports):
            return self.async_abort(reason="already_configured")
        holder = ", ".join(modem.holders) or await async_holder(self.hass, modem.all_ports)
        if holder:
            return self.async_abort(reason="port_in_use_by", description_placeholders={"holder": holder})
        self._device, self._name = discovery_info.device, modem.name
        if modem.is_certain:
            return await self._look(modem)
        return self._offer()

    async def async_step_usb_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Take the modem in; ask for the PIN if its SIM does."""
        if user_input is None:
            return self._show_modem_form(
                "usb_confirm", {}, schema=CONFIRM_SCHEMA, name=self._name, device=self._device
            )
        port = PortSettings(
            device=self._device, baudrate=DEFAULT_BAUDRATE, pin=user_input.get(CONF_PIN, "").strip() or None
        )
        found = await async_ask_all(self.hass, port)
        if not isinstance(found, Refusal):
            return await self._welcome(*found)
        asks_for_pin = found.word in _ABOUT_THE_PIN
        return self._show_modem_form(
            "usb_confirm",
            {},
            found,
            schema=PIN_SCHEMA if asks_for_pin else CONFIRM_SCHEMA,
            name=self._name,
            device=self._device,
        )

    async def _look(self, modem: UsbModem) -> ConfigFlowResult:
        """Ask a device that is a modem for certain who it is."""
        found = await _first_answer(modem.ports)
        if found is None:
            # It may still be starting, so it is offered all the same; unless it may be one that we wait for.
            missing = [entry for entry in loaded_modems(self.hass) if not is_connected(entry)]
            return self.async_abort(reason="already_configured") if missing else self._offer()
        self._device, identity = found
        if not identity.imei and await async_is_known_at(self.hass, modem.all_ports):
            return self.async_abort(reason="already_configured")
        known = await self.async_set_unique_id(identity.imei or self._device)
        self._abort_if_set_up(known, self._device)
        self._name = modem_name(identity)
        return self._offer()

    def _offer(self) -> ConfigFlowResult:
        self.context["title_placeholders"] = {"name": self._name}
        self._set_confirm_only()
        return self._show_modem_form(
            "usb_confirm", {}, schema=CONFIRM_SCHEMA, name=self._name, device=self._device
        )

    def _is_asked_about(self, modem: UsbModem) -> bool:
        """Another flow offers this modem already: it has the IMEI as unique id by now."""
        others = self.hass.config_entries.flow.async_progress_by_init_data_type(
            UsbServiceInfo, lambda info: info.device in modem.all_ports
        )
        return any(flow["handler"] == self.handler and flow["flow_id"] != self.flow_id for flow in others)


async def _first_answer(ports: Iterable[str]) -> tuple[str, ModemIdentity] | None:
    """Ask one port after the other, gently: no setting is changed, no PIN is entered."""
    for port in ports:
        try:
            return port, await probe(port)
        except LinkError:
            continue
    return None
