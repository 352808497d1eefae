"""``mqtt:`` of the configuration: the broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import voluptuous as vol

from alert_engine.intake.settings import MqttSettings, TlsSettings
from alert_engine.intake.topics import Topics

from .shapes import a_flag, a_number, a_secret, a_text, error_at, required, section

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PLAIN_PORT, TLS_PORT = 1883, 8883


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
MQTT_KEYS = {
    required("host"): a_text,
    vol.Optional("port"): a_number(1, 65535),
    vol.Optional("username"): a_text,
    vol.Optional("password"): a_secret,
    vol.Optional("prefix", default="alert_gateway"): a_text,
    vol.Optional("tls", default=False): _tls,
    vol.Optional("show_texts", default=False): a_flag,
}


def mqtt_settings(mqtt: Mapping[str, Any], gateway: str, folder: Path) -> MqttSettings:
    """The settings of a checked section; files are relative to `folder`. Raises ConfigError."""
    try:
        Topics(mqtt["prefix"], gateway)
    except ValueError as err:
        raise error_at(("mqtt", "prefix"), str(err).removeprefix("prefix: ")) from None
    tls = _tls_settings(mqtt["tls"], folder)
    given = {key: value for key, value in mqtt.items() if key not in {"tls", "port"}}
    port = mqtt.get("port", PLAIN_PORT if tls is None else TLS_PORT)
    return MqttSettings(gateway=gateway, tls=tls, port=port, **given)


def _tls_settings(tls: Mapping[str, Any] | None, folder: Path) -> TlsSettings | None:
    if tls is None:
        return None
    files = {key: str(folder / value) for key, value in tls.items() if key != "check_hostname"}
    return TlsSettings(check_hostname=tls["check_hostname"], **files)
