"""The configuration, from plain data to frozen settings, with complaints that say where and what to do.

`engine_settings_from` is for hosts that hold their settings as data. The daemon reads a file: `daemon.file`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import voluptuous as vol

from alert_engine.intake.settings import MqttSettings, TlsSettings
from alert_engine.intake.topics import Topics
from alert_engine.model import Address, Channel, Person, Policy, Step
from alert_engine.phone.canonical import canonical_phone
from alert_engine.phone.numbering import PLANS
from alert_engine.settings import BUILT_IN_POLICIES, DeliveryRules, EngineSettings

from .http import HTTP_KEYS, HttpSettings, http_settings
from .mail import MAIL_KEYS, MailSettings, mail_settings
from .shapes import (
    ConfigPath,
    a_duration,
    a_flag,
    a_name,
    a_number,
    a_secret,
    a_text,
    checked_data,
    error_at,
    refuse_twice,
    required,
    section,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo
    from pathlib import Path

_IMEI = re.compile(r"[0-9]{15}")
_PIN = re.compile(r"[0-9]{4,8}")
_MAX_REPEAT = 1000  # of a step; -1 is without end
_MAX_ARGUMENTS = 32  # of a command


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
    recovery: RecoverySettings = RecoverySettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """Everything in gateway.yaml."""

    engine: EngineSettings
    journal: Path
    mqtt: MqttSettings | None = None
    modems: tuple[ModemSettings, ...] = ()
    http: HttpSettings | None = None  # None: no server
    mail: MailSettings | None = None  # None: no server


def engine_settings_from(data: Mapping[str, Any], *, time_zone: tzinfo = UTC) -> EngineSettings:
    """The engine's part of a configuration.

    Keys: ``gateway``, ``people``, ``policies``, ``in_doubt_wait``, ``default_country``, ``time_zone``.

    Raises:
        ConfigError: with the path of what makes no sense.
    """
    return _engine(checked_data(vol.Schema(section(_ENGINE_KEYS)), data), time_zone)


def gateway_settings_from(
    data: Mapping[str, Any], *, folder: Path, time_zone: tzinfo = UTC
) -> GatewaySettings:
    """A whole configuration; relative paths in it are relative to `folder`.

    Raises:
        ConfigError: with the path of what makes no sense.
    """
    checked = checked_data(vol.Schema(section({**_ENGINE_KEYS, **_GATEWAY_KEYS})), data)
    modems = tuple(ModemSettings(**modem) for modem in checked["modems"])
    refuse_twice("modems", "name", [modem.name for modem in modems])
    refuse_twice("modems", "port", [modem.port for modem in modems])
    refuse_twice("modems", "imei", [modem.imei for modem in modems])
    return GatewaySettings(
        engine=_engine(checked, time_zone),
        journal=folder / checked["journal"],
        mqtt=_mqtt(checked["mqtt"], checked["gateway"], folder) if "mqtt" in checked else None,
        modems=modems,
        http=http_settings(checked["http"], folder) if "http" in checked else None,
        mail=mail_settings(checked["mail"], folder) if "mail" in checked else None,
    )


# --- the shape: validators that complain for people, and never repeat a value ------------------------------


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


def _recovery(value: Any) -> RecoverySettings:
    return RecoverySettings(**vol.Schema(section(_RECOVERY_KEYS))(value))


def _phone(value: Any) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise vol.Invalid('must be a phone number in quotes, like "+43…"')
    return value


def _country(value: Any) -> str:
    """Two letters of ISO 3166, or the calling code where only one country has it."""
    if isinstance(value, bool):
        raise vol.Invalid('put it in quotes, like "NO"; without them YAML reads no')
    wanted = str(value).strip().removeprefix("+").upper()
    matches = [country for country, plan in PLANS.items() if wanted in {country, plan.calling_code}]
    if len(matches) != 1:
        raise vol.Invalid('must be the two letters of a country, like "AT"')
    return matches[0]


def _zone(value: Any) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, TypeError, OSError):
        raise vol.Invalid("must be a time zone like Europe/Vienna") from None


def _tls(value: Any) -> dict[str, Any] | None:
    """True is TLS with the usual authorities; a mapping says more."""
    if not isinstance(value, dict):
        value = {} if a_flag(value) else None
    checked: dict[str, Any] | None = vol.Maybe(vol.Schema(section(_TLS_KEYS)))(value)
    return checked


_TLS_KEYS = {
    vol.Optional("ca_file"): a_text,
    vol.Optional("certificate_file"): a_text,
    vol.Optional("key_file"): a_text,
    vol.Optional("check_hostname", default=True): a_flag,
}
_MQTT_KEYS = {
    required("host"): a_text,
    vol.Optional("port"): a_number(1, 65535),
    vol.Optional("username"): a_text,
    vol.Optional("password"): a_secret,
    vol.Optional("prefix", default="alert_gateway"): a_text,
    vol.Optional("tls", default=False): _tls,
    vol.Optional("show_texts", default=False): a_flag,
}
_RECOVERY_KEYS = {
    vol.Optional("reset"): a_flag,
    vol.Optional("rebind"): a_flag,
    vol.Optional("power_command"): _command,
}
_MODEM_KEYS = {
    required("name"): a_name,
    required("port"): a_text,
    vol.Optional("baudrate", default=115200): a_number(1200, 4_000_000),
    vol.Optional("pin"): _pin,
    vol.Optional("imei"): _imei,
    vol.Optional("recovery"): _recovery,
}
_PERSON_KEYS = {
    required("id"): a_name,
    required("name"): a_text,
    required("phone"): _phone,
    vol.Optional("can_acknowledge", default=True): a_flag,
}
_POLICY_KEYS = {
    vol.Optional("notify", default=list): [a_name],
    vol.Optional("repeat"): a_number(-1, _MAX_REPEAT),
    vol.Optional("every"): a_duration,
    vol.Optional("latch", default=False): a_flag,
}
_DOUBT_KEYS = {vol.Optional("critical"): a_duration, vol.Optional("other"): a_duration}
_ENGINE_KEYS = {
    required("gateway"): a_name,
    vol.Optional("people", default=list): [section(_PERSON_KEYS)],
    vol.Optional("policies", default=dict): {a_name: section(_POLICY_KEYS)},
    vol.Optional("in_doubt_wait", default=dict): section(_DOUBT_KEYS),
    vol.Optional("default_country"): _country,
    vol.Optional("time_zone"): _zone,
}
_GATEWAY_KEYS = {
    required("journal"): a_text,
    vol.Optional("mqtt"): section(_MQTT_KEYS),
    vol.Optional("http"): section(HTTP_KEYS),
    vol.Optional("mail"): section(MAIL_KEYS),
    vol.Optional("modems", default=list): [section(_MODEM_KEYS)],
}


# --- the sense: one part with another ---------------------------------------------------------------------


def _engine(checked: Mapping[str, Any], time_zone: tzinfo) -> EngineSettings:
    country = checked.get("default_country")
    people = tuple(_person(index, person, country) for index, person in enumerate(checked["people"]))
    refuse_twice("people", "id", [person.id for person in people])
    refuse_twice("people", "phone", [person.addresses[0].value for person in people])
    known = {person.id for person in people}
    waits = checked["in_doubt_wait"]
    rules = DeliveryRules()
    return EngineSettings(
        gateway=checked["gateway"],
        people=people,
        policies=tuple(_policy(name, policy, known) for name, policy in checked["policies"].items()),
        default_country=country,
        time_zone=checked.get("time_zone", time_zone),
        delivery=DeliveryRules(
            doubt_wait_critical=waits.get("critical", rules.doubt_wait_critical),
            doubt_wait=waits.get("other", rules.doubt_wait),
        ),
    )


def _person(index: int, person: Mapping[str, Any], country: str | None) -> Person:
    try:
        number = canonical_phone(person["phone"], default_country=country)
    except ValueError as err:
        raise error_at(("people", index, "phone"), str(err)) from None
    return Person(
        id=person["id"],
        name=person["name"],
        addresses=(Address(channel=Channel.SMS, value=number),),
        can_acknowledge=person["can_acknowledge"],
    )


def _policy(name: str, policy: Mapping[str, Any], known: set[str]) -> Policy:
    path: ConfigPath = ("policies", name)
    for index, person in enumerate(policy["notify"]):
        if person not in known:
            people = ", ".join(sorted(known)) or "none"
            raise error_at((*path, "notify", index), f"{person} is nobody; people are: {people}")
    if policy.get("repeat") and "every" not in policy:
        raise error_at((*path, "every"), "is missing: how long between two repeats?")
    if "every" in policy and not policy.get("repeat"):
        raise error_at(
            (*path, "every"), "is of no use without repeat: how many times again? -1 is without end"
        )
    return Policy(name=name, steps=_steps(name, policy), latch=policy["latch"])


def _steps(name: str, policy: Mapping[str, Any]) -> tuple[Step, ...]:
    """What is said of repeats, else those of the severity: who is told is no word about how often."""
    notify = tuple(policy["notify"])
    built_in = next((each for each in BUILT_IN_POLICIES if each.name == name), None)
    if "repeat" not in policy and built_in is not None:
        return tuple(replace(step, notify=notify) for step in built_in.steps)
    repeat = policy.get("repeat", 0)
    return (Step(after=timedelta(0), notify=notify, repeat=repeat, every=policy.get("every")),)


def _mqtt(mqtt: Mapping[str, Any], gateway: str, folder: Path) -> MqttSettings:
    try:
        Topics(mqtt["prefix"], gateway)
    except ValueError as err:
        raise error_at(("mqtt", "prefix"), str(err).removeprefix("prefix: ")) from None
    tls = _tls_settings(mqtt["tls"], folder)
    given = {key: value for key, value in mqtt.items() if key not in {"tls", "port"}}
    return MqttSettings(
        gateway=gateway, tls=tls, port=mqtt.get("port", 1883 if tls is None else 8883), **given
    )


def _tls_settings(tls: Mapping[str, Any] | None, folder: Path) -> TlsSettings | None:
    if tls is None:
        return None
    files = {key: str(folder / value) for key, value in tls.items() if key != "check_hostname"}
    return TlsSettings(check_hostname=tls["check_hostname"], **files)
