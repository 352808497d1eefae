"""The form that asks for a modem's port, and what the port answered."""

import errno
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import probatio as vol
from homeassistant.const import CONF_DEVICE, CONF_MODEL, CONF_PIN
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    SerialPortSelector,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from custom_components.alert_gateway.const import (
    CONF_BAUDRATE,
    CONF_FIRMWARE,
    CONF_MANUFACTURER,
    DEFAULT_BAUDRATE,
)
from gsm_driver import (
    LinkLostError,
    Modem,
    ModemError,
    ModemIdentity,
    ModemTimeoutError,
    NotAModemError,
    PinRejectedError,
    PinRequiredError,
    PortUnavailableError,
    PukRequiredError,
    SimError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert_engine.routes.pin_notes import PinNotes

SECTION_ADVANCED = "advanced"
EXAMPLE_SOCKET = "socket://192.0.2.10:2000"

_BAUD_RATES = ("9600", "19200", "38400", "57600", "115200", "230400", "460800", "921600")
_PIN_LENGTHS = range(4, 9)  # digits of a SIM PIN (3GPP TS 31.101 clause 9.5.1)

MODEM_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_DEVICE): SerialPortSelector(),
        vol.Required(SECTION_ADVANCED): section(
            vol.Schema(
                {
                    vol.Optional(CONF_PIN): TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD)),
                    vol.Optional(CONF_BAUDRATE, default=str(DEFAULT_BAUDRATE)): SelectSelector(
                        SelectSelectorConfig(options=list(_BAUD_RATES), mode=SelectSelectorMode.DROPDOWN)
                    ),
                }
            ),
            {"collapsed": True},
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortSettings:
    """What was typed about a port."""

    device: str  # a path or a URL
    baudrate: int
    pin: str | None = field(repr=False)

    @classmethod
    def from_form(cls, form: Mapping[str, Any], *, present_pin: str | None = None) -> PortSettings:
        """Read the filled-in form; an empty PIN keeps the present one."""
        advanced = form[SECTION_ADVANCED]
        return cls(
            device=form[CONF_DEVICE].strip(),
            baudrate=int(advanced[CONF_BAUDRATE]),
            pin=advanced.get(CONF_PIN, "").strip() or present_pin,
        )

    def as_data(self) -> dict[str, Any]:
        """The part of a modem entry's data that says where it is."""
        return {CONF_DEVICE: self.device, CONF_BAUDRATE: self.baudrate, CONF_PIN: self.pin}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a port cannot be used: a key under "error" in the translations, and its placeholder."""

    word: str
    reason: str = ""


# What a person does differently, one word per class. The order matters: the first match wins.
_WORDS: tuple[tuple[type[ModemError], str], ...] = (
    (NotAModemError, "not_a_modem"),
    (ModemTimeoutError, "no_answer"),
    (LinkLostError, "link_lost"),
    (PinRequiredError, "pin_required"),
    (PinRejectedError, "pin_rejected"),
    (PukRequiredError, "puk_required"),
    (SimError, "sim_failed"),
    (PortUnavailableError, "port_unavailable"),
)
_PORT_WORDS = {
    errno.ENOENT: "port_missing",
    errno.ENODEV: "port_missing",
    errno.ENXIO: "port_missing",
    errno.EBUSY: "port_in_use",
    errno.EAGAIN: "port_in_use",
    errno.EACCES: "port_no_rights",
    errno.EPERM: "port_no_rights",
}


def refusal_of(error: ModemError) -> Refusal:
    """Say in one word why the port cannot be used."""
    cause = error.__cause__
    if isinstance(error, PortUnavailableError) and isinstance(cause, OSError) and cause.errno in _PORT_WORDS:
        return Refusal(word=_PORT_WORDS[cause.errno])
    for kind, word in _WORDS:
        if isinstance(error, kind):
            return Refusal(word=word, reason=str(error))
    return Refusal(word="modem_failed", reason=str(error))


async def ask_port(port: PortSettings, notes: PinNotes) -> ModemIdentity | Refusal:
    """Open the port and the SIM, ask who is there and close it again. Nothing is sent.

    A PIN that the SIM refused before, as `notes` say, is not entered again.
    """
    if port.pin is not None and not (port.pin.isdecimal() and len(port.pin) in _PIN_LENGTHS):
        return Refusal(word="pin_format")
    modem = Modem(port.device, baudrate=port.baudrate, pin=port.pin, pin_attempts=notes.attempts(port.device))
    try:
        async with modem:
            return modem.identity
    except PinRequiredError as error:
        return Refusal(word="pin_required" if port.pin is None else "pin_not_tried", reason=str(error))
    except ModemError as error:
        return refusal_of(error)


def modem_name(identity: ModemIdentity) -> str:
    """Name a modem for people: maker, model, and the end of the IMEI to tell two of a kind apart."""
    name = f"{identity.manufacturer} {identity.model}".strip() or "GSM modem"
    return f"{name} (…{identity.imei_tail})" if identity.imei_tail else name


def identity_data(identity: ModemIdentity) -> dict[str, str]:
    """The part of a modem entry's data that says who it is."""
    return {
        CONF_MANUFACTURER: identity.manufacturer,
        CONF_MODEL: identity.model,
        CONF_FIRMWARE: identity.firmware,
    }
