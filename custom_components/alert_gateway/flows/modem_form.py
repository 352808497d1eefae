"""The form that asks for a modem's port, and what the port answered."""

import errno
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import probatio as vol
from homeassistant.const import CONF_DEVICE, CONF_MODEL, CONF_PIN
from homeassistant.data_entry_flow import section
from homeassistant.exceptions import HomeAssistantError
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
    CommandError,
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
    RegistrationStatus,
    ResponseError,
    SimError,
    SimNotReadyError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsm_driver import PinAttempts

SECTION_ADVANCED = "advanced"
EXAMPLE_SOCKET = "socket://192.0.2.10:2000"

# As serial lines have them, and as the removed `sms` integration let people choose.
BAUD_RATES = (
    *(50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 28800, 38400, 57600, 76800),
    *(115200, 230400, 460800, 921600),
)
PIN_FIELD = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
_PIN_LENGTHS = range(4, 9)  # digits of a SIM PIN (3GPP TS 31.101 clause 9.5.1)

PIN_SCHEMA = vol.Schema({vol.Required(CONF_PIN): PIN_FIELD})
MODEM_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_DEVICE): SerialPortSelector(),
        vol.Required(SECTION_ADVANCED): section(
            vol.Schema(
                {
                    vol.Optional(CONF_PIN): PIN_FIELD,
                    vol.Optional(CONF_BAUDRATE, default=str(DEFAULT_BAUDRATE)): SelectSelector(
                        SelectSelectorConfig(
                            options=[str(rate) for rate in BAUD_RATES], mode=SelectSelectorMode.DROPDOWN
                        )
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
class PortAnswer:
    """Who answered at a port, and how it stands with the network."""

    identity: ModemIdentity
    standing: RegistrationStatus | None  # None: the modem does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a port cannot be used: a key under "error" in the translations, and its placeholders."""

    word: str
    reason: str = ""
    holder: str = ""  # who has the port
    modem: str = ""  # what is plugged in


# What a person does differently, one word per class. The order matters: the first match wins.
_WORDS: tuple[tuple[type[ModemError], str], ...] = (
    (NotAModemError, "not_a_modem"),
    (ModemTimeoutError, "no_answer"),
    (LinkLostError, "link_lost"),
    (PinRequiredError, "pin_required"),
    (PinRejectedError, "pin_rejected"),
    (PukRequiredError, "puk_required"),
    (SimNotReadyError, "no_sim"),
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


async def ask_port(port: PortSettings, attempts: PinAttempts) -> PortAnswer | Refusal:
    """Open the port and the SIM, ask who is there and close it again. Nothing is sent.

    A PIN that the SIM refused before, as `attempts` say, is not entered again.
    """
    if port.pin is not None and not (port.pin.isdecimal() and len(port.pin) in _PIN_LENGTHS):
        return Refusal(word="pin_format")
    modem = Modem(port.device, baudrate=port.baudrate, pin=port.pin, pin_attempts=attempts)
    try:
        async with modem:
            return PortAnswer(identity=modem.identity, standing=await _standing(modem))
    except PinRequiredError as error:
        return Refusal(word=_pin_word(port, error))
    except ModemError as error:
        return refusal_of(error)
    except HomeAssistantError as error:  # of the serial ports that another integration lends
        return Refusal(word="port_unavailable", reason=str(error))


def _pin_word(port: PortSettings, error: PinRequiredError) -> str:
    """Say why no PIN was entered."""
    if error.is_last_try:
        return "pin_last_try"
    return "pin_required" if port.pin is None else "pin_not_tried"


async def _standing(modem: Modem) -> RegistrationStatus | None:
    """Return how the modem stands in all domains of the network."""
    try:
        return (await modem.network.registration(complete=True)).status
    except CommandError, ResponseError:
        return None


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
