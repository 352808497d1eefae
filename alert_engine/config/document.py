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

from alert_engine.errors import ConfigError
from alert_engine.intake.settings import MqttSettings, TlsSettings
from alert_engine.intake.topics import Topics
from alert_engine.model import Address, Channel, Person, Policy, Step
from alert_engine.phone.canonical import canonical_phone
from alert_engine.phone.numbering import PLANS
from alert_engine.settings import BUILT_IN_POLICIES, DeliveryRules, EngineSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import tzinfo
    from pathlib import Path

_NAME = re.compile(r"[a-z0-9_-]{1,64}")
_IMEI = re.compile(r"[0-9]{15}")
_PIN = re.compile(r"[0-9]{4,8}")
_DURATION = re.compile(r"([0-9]{1,6}) *(s|min|h|d)")
_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}
_UNKNOWN_KEY = "is no known key"
_MAX_TEXT = 200  # characters of a name or a path
_MAX_REPEAT = 1000  # of a step; -1 is without end
_MAX_ARGUMENTS = 32  # of a command

_Path = tuple[str | int, ...]


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


def engine_settings_from(data: Mapping[str, Any], *, time_zone: tzinfo = UTC) -> EngineSettings:
    """The engine's part of a configuration.

    Keys: ``gateway``, ``people``, ``policies``, ``in_doubt_wait``, ``default_country``, ``time_zone``.

    Raises:
        ConfigError: with the path of what makes no sense.
    """
    return _engine(_checked(vol.Schema(_section(_ENGINE_KEYS)), data), time_zone)


def gateway_settings_from(
    data: Mapping[str, Any], *, folder: Path, time_zone: tzinfo = UTC
) -> GatewaySettings:
    """A whole configuration; relative paths in it are relative to `folder`.

    Raises:
        ConfigError: with the path of what makes no sense.
    """
    checked = _checked(vol.Schema(_section({**_ENGINE_KEYS, **_GATEWAY_KEYS})), data)
    modems = tuple(ModemSettings(**modem) for modem in checked["modems"])
    _refuse_twice("modems", "name", [modem.name for modem in modems])
    _refuse_twice("modems", "port", [modem.port for modem in modems])
    _refuse_twice("modems", "imei", [modem.imei for modem in modems])
    return GatewaySettings(
        engine=_engine(checked, time_zone),
        journal=folder / checked["journal"],
        mqtt=_mqtt(checked["mqtt"], checked["gateway"], folder) if "mqtt" in checked else None,
        modems=modems,
    )


def describe_path(path: _Path) -> str:
    """``people[0].phone``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


# --- the shape: validators that complain for people, and never repeat a value ------------------------------


def _section(keys: Mapping[Any, Any]) -> dict[Any, Any]:
    """A mapping with these keys and no other."""
    known = ", ".join(str(key) for key in keys)

    def unknown(_value: Any) -> None:
        raise vol.Invalid(f"{_UNKNOWN_KEY}; known here are: {known}")

    return {**keys, vol.Extra: unknown}


def _required(key: str) -> vol.Required:
    return vol.Required(key, msg="is missing")


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise vol.Invalid("use 1 to 64 of a-z, 0-9, _ and -")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= _MAX_TEXT:
        raise vol.Invalid(f"must be a text of 1 to {_MAX_TEXT} characters")
    return value.strip()


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise vol.Invalid("must be true or false")
    return value


def _number(low: int, high: int) -> Callable[[Any], int]:
    def number(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise vol.Invalid(f"must be a whole number from {low} to {high}")
        return value

    return number


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
    return RecoverySettings(**vol.Schema(_section(_RECOVERY_KEYS))(value))


def _secret(value: Any) -> str:
    if not isinstance(value, str):
        raise vol.Invalid("must be a text; put it in quotes")
    return value


def _duration(value: Any) -> timedelta:
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or not int(match[1]):
        raise vol.Invalid("must be a time like 15s, 5min or 1h")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


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
        value = {} if _flag(value) else None
    checked: dict[str, Any] | None = vol.Maybe(vol.Schema(_section(_TLS_KEYS)))(value)
    return checked


_TLS_KEYS = {
    vol.Optional("ca_file"): _text,
    vol.Optional("certificate_file"): _text,
    vol.Optional("key_file"): _text,
    vol.Optional("check_hostname", default=True): _flag,
}
_MQTT_KEYS = {
    _required("host"): _text,
    vol.Optional("port"): _number(1, 65535),
    vol.Optional("username"): _text,
    vol.Optional("password"): _secret,
    vol.Optional("prefix", default="alert_gateway"): _text,
    vol.Optional("tls", default=False): _tls,
    vol.Optional("show_texts", default=False): _flag,
}
_RECOVERY_KEYS = {
    vol.Optional("reset"): _flag,
    vol.Optional("rebind"): _flag,
    vol.Optional("power_command"): _command,
}
_MODEM_KEYS = {
    _required("name"): _name,
    _required("port"): _text,
    vol.Optional("baudrate", default=115200): _number(1200, 4_000_000),
    vol.Optional("pin"): _pin,
    vol.Optional("imei"): _imei,
    vol.Optional("recovery"): _recovery,
}
_PERSON_KEYS = {
    _required("id"): _name,
    _required("name"): _text,
    _required("phone"): _phone,
    vol.Optional("can_acknowledge", default=True): _flag,
}
_POLICY_KEYS = {
    vol.Optional("notify", default=list): [_name],
    vol.Optional("repeat"): _number(-1, _MAX_REPEAT),
    vol.Optional("every"): _duration,
    vol.Optional("latch", default=False): _flag,
}
_DOUBT_KEYS = {vol.Optional("critical"): _duration, vol.Optional("other"): _duration}
_ENGINE_KEYS = {
    _required("gateway"): _name,
    vol.Optional("people", default=list): [_section(_PERSON_KEYS)],
    vol.Optional("policies", default=dict): {_name: _section(_POLICY_KEYS)},
    vol.Optional("in_doubt_wait", default=dict): _section(_DOUBT_KEYS),
    vol.Optional("default_country"): _country,
    vol.Optional("time_zone"): _zone,
}
_GATEWAY_KEYS = {
    _required("journal"): _text,
    vol.Optional("mqtt"): _section(_MQTT_KEYS),
    vol.Optional("modems", default=list): [_section(_MODEM_KEYS)],
}


def _checked(schema: vol.Schema, data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ConfigError("the configuration must be a mapping: key, colon, value")
    try:
        checked: dict[str, Any] = schema(data)
    except vol.MultipleInvalid as err:
        # A misspelt key is unknown and makes another one missing: the unknown one is what a person can see.
        first = next((one for one in err.errors if _UNKNOWN_KEY in one.error_message), err.errors[0])
        path: _Path = tuple(step if isinstance(step, int) else str(step) for step in first.path)
        raise _error(path, first.error_message) from None
    return checked


# --- the sense: one part with another ---------------------------------------------------------------------


def _engine(checked: Mapping[str, Any], time_zone: tzinfo) -> EngineSettings:
    country = checked.get("default_country")
    people = tuple(_person(index, person, country) for index, person in enumerate(checked["people"]))
    _refuse_twice("people", "id", [person.id for person in people])
    _refuse_twice("people", "phone", [person.addresses[0].value for person in people])
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
        raise _error(("people", index, "phone"), str(err)) from None
    return Person(
        id=person["id"],
        name=person["name"],
        addresses=(Address(channel=Channel.SMS, value=number),),
        can_acknowledge=person["can_acknowledge"],
    )


def _policy(name: str, policy: Mapping[str, Any], known: set[str]) -> Policy:
    path: _Path = ("policies", name)
    for index, person in enumerate(policy["notify"]):
        if person not in known:
            people = ", ".join(sorted(known)) or "none"
            raise _error((*path, "notify", index), f"{person} is nobody; people are: {people}")
    if policy.get("repeat") and "every" not in policy:
        raise _error((*path, "every"), "is missing: how long between two repeats?")
    if "every" in policy and not policy.get("repeat"):
        raise _error((*path, "every"), "is of no use without repeat: how many times again? -1 is without end")
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
        raise _error(("mqtt", "prefix"), str(err).removeprefix("prefix: ")) from None
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


def _refuse_twice(section: str, key: str, values: Iterable[str]) -> None:
    seen: dict[str, int] = {}
    for index, value in enumerate(values):
        if value and value in seen:
            raise _error((section, index, key), f"is the same as {section}[{seen[value]}].{key}")
        seen[value] = index


def _error(path: _Path, problem: str) -> ConfigError:
    place = describe_path(path)
    return ConfigError(f"{place}: {problem}" if place else problem, path=path)
