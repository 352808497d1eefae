"""``modems:`` of the configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import voluptuous as vol

from alert_engine.decisions.credit import ANY_AMOUNT
from alert_engine.routes.gsm_calls import LONGEST_RING, RING_FOR, SHORTEST_RING, name_of_calls
from alert_engine.routes.gsm_credit import CreditCode
from alert_engine.supervision.settings import check_pattern

from .shapes import (
    a_flag,
    a_name,
    a_number,
    a_text,
    error_at,
    placed,
    refuse_twice,
    required,
    section,
    several,
)
from .times import a_duration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .shapes import ConfigPath

_IMEI = re.compile(r"[0-9]{15}")
_PIN = re.compile(r"[0-9]{4,8}")
_CODE = re.compile(r"[*#0-9]{2,40}")
_MAX_ARGUMENTS = 32  # of a command
_LONGEST_CURRENCY = 8  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverySettings:
    """What may be done for a modem that does not answer."""

    reset: bool = True  # restart it by a command
    rebind: bool = True  # unplug it in software, where this program has the right
    power_command: tuple[str, ...] = field(
        default=(), repr=False
    )  # program and arguments; may hold a password


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemSettings:
    """One GSM modem."""

    name: str  # of its route: ``[a-z0-9_-]{1,64}``
    port: str  # a path, better one of /dev/serial/by-id, or a URL
    baudrate: int = 115200
    pin: str | None = field(default=None, repr=False)
    imei: str = field(
        default="", repr=False
    )  # by which it is found at another port; empty: by place and kind
    calls: bool = True  # it may also call people, where the modem can
    ring_for: timedelta = timedelta(seconds=RING_FOR)  # then it hangs up
    credit: CreditCode | None = None  # how its network tells what is left; None: it is not asked
    recovery: RecoverySettings = RecoverySettings()


def _pin(value: Any) -> str:
    if not isinstance(value, str) or not _PIN.fullmatch(value):
        raise vol.Invalid('must be 4 to 8 digits in quotes, like "0000"; without them YAML drops zeros')
    return value


def _imei(value: Any) -> str:
    if not isinstance(value, str) or not _IMEI.fullmatch(value):
        raise vol.Invalid("must be the 15 digits on the modem's label, in quotes")
    return value


def _command(value: Any) -> tuple[str, ...]:
    is_list = isinstance(value, list) and 1 <= len(value) <= _MAX_ARGUMENTS
    if not is_list or not all(isinstance(part, str) and part for part in value):
        raise vol.Invalid('must be a list of a program and its arguments, like [uhubctl, -a, cycle, -p, "2"]')
    return tuple(value)


def _code(value: Any) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise vol.Invalid('must be what people dial for it, in quotes, like "*100#"')
    return value


def _currency(value: Any) -> str:
    if len(a_text(value)) > _LONGEST_CURRENCY:
        raise vol.Invalid(f"must have at most {_LONGEST_CURRENCY} characters, like EUR")
    return a_text(value)


def _ring_for(value: Any) -> timedelta:
    duration = a_duration(value)
    if not SHORTEST_RING <= duration.total_seconds() <= LONGEST_RING:
        raise vol.Invalid("must be 5 s to 90 s: networks end a call that nobody answers after about 60 s")
    return duration


def _recovery(value: Any) -> RecoverySettings:
    return RecoverySettings(**vol.Schema(section(_RECOVERY_KEYS))(value))


_RECOVERY_KEYS = {
    vol.Optional("reset"): a_flag,
    vol.Optional("rebind"): a_flag,
    vol.Optional("power_command"): _command,
}
_CREDIT_KEYS = {
    required("code"): _code,
    vol.Optional("pattern", default=ANY_AMOUNT): a_text,
    vol.Optional("currency"): _currency,
}
_MODEM_KEYS = {
    required("name"): a_name,
    required("port"): a_text,
    vol.Optional("baudrate", default=115200): a_number(1200, 4_000_000),
    vol.Optional("pin"): _pin,
    vol.Optional("imei"): _imei,
    vol.Optional("calls", default=True): a_flag,
    vol.Optional("ring_for"): _ring_for,
    vol.Optional("credit"): section(_CREDIT_KEYS),
    vol.Optional("recovery"): _recovery,
}
MODEMS_KEYS: dict[Any, Any] = {vol.Optional("modems", default=list): several(section(_MODEM_KEYS))}


def modem_settings(given: Sequence[Mapping[str, Any]]) -> tuple[ModemSettings, ...]:
    """All modems of a checked section. Raises ConfigError."""
    modems = tuple(_modem(modem, ("modems", index)) for index, modem in enumerate(given))
    refuse_twice("modems", "name", [modem.name for modem in modems])
    calls = {name_of_calls(modem.name) for modem in modems if modem.calls}
    for index, modem in enumerate(modems):
        if modem.name in calls:
            raise error_at(("modems", index, "name"), "is what the calls of another modem are called")
    refuse_twice("modems", "port", [modem.port for modem in modems])
    refuse_twice("modems", "imei", [modem.imei for modem in modems])
    return modems


def routes_of(modems: Sequence[ModemSettings]) -> frozenset[str]:
    """The names of all routes that these modems are."""
    calls = {name_of_calls(modem.name) for modem in modems if modem.calls}
    return frozenset({modem.name for modem in modems} | calls)


def _modem(given: Mapping[str, Any], path: ConfigPath) -> ModemSettings:
    if "credit" not in given:
        return ModemSettings(**given)
    with placed((*path, "credit")):
        check_pattern(given["credit"]["pattern"])
    return ModemSettings(**{**given, "credit": CreditCode(**given["credit"])})
