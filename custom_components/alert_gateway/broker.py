"""The broker of Home Assistant's MQTT integration, for a connection of our own.

Only the entry's data is read: the MQTT integration need not run, and nothing of it is imported.
"""

from typing import TYPE_CHECKING, Any

import certifi
from homeassistant.const import CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.core import HomeAssistant, callback

from alert_engine.intake.settings import MqttSettings, TlsSettings

from .const import CONF_MQTT_PREFIX, DEFAULT_MQTT_PREFIX, PrivacyLevel
from .settings import gateway_name, privacy_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from homeassistant.config_entries import ConfigEntry

MQTT_DOMAIN = "mqtt"

# Keys and words of an MQTT entry (homeassistant/components/mqtt/const.py)
_BROKER = "broker"
_TRANSPORT = "transport"
_WEBSOCKETS = "websockets"
_CERTIFICATE = "certificate"  # "auto", or PEM
_CLIENT_CERT = "client_cert"  # PEM
_CLIENT_KEY = "client_key"  # PEM
_TLS_INSECURE = "tls_insecure"
_DEFAULT_PORT = 1883


@callback
def broker_data(hass: HomeAssistant) -> Mapping[str, Any] | None:
    """Return what the MQTT entry knows of its broker; None without one."""
    entries = hass.config_entries.async_entries(MQTT_DOMAIN, include_ignore=False, include_disabled=False)
    data = {**entries[0].data, **entries[0].options} if entries else {}
    return data if _BROKER in data else None


def uses_websockets(broker: Mapping[str, Any]) -> bool:
    """Home Assistant reaches this broker in a way that we cannot."""
    return bool(broker.get(_TRANSPORT) == _WEBSOCKETS)


def mqtt_settings(broker: Mapping[str, Any], hub: ConfigEntry, folder: Path) -> MqttSettings:
    """Return our place on that broker. Writes its certificates into `folder`: not for the event loop."""
    return MqttSettings(
        host=broker[_BROKER],
        port=broker.get(CONF_PORT, _DEFAULT_PORT),
        username=broker.get(CONF_USERNAME),
        password=broker.get(CONF_PASSWORD),
        tls=_tls_settings(broker, folder),
        gateway=gateway_name(hub),
        prefix=hub.options.get(CONF_MQTT_PREFIX, DEFAULT_MQTT_PREFIX),
        show_texts=privacy_of(hub) is PrivacyLevel.OPEN,
    )


def _tls_settings(broker: Mapping[str, Any], folder: Path) -> TlsSettings | None:
    """Return the TLS settings; None where the entry has no certificate to check the broker by."""
    authority = broker.get(_CERTIFICATE)
    if authority is None:
        return None
    return TlsSettings(
        ca_file=certifi.where() if authority == "auto" else _store(folder / "ca.pem", authority),
        certificate_file=_store(folder / "client.pem", broker.get(_CLIENT_CERT)),
        key_file=_store(folder / "client.key", broker.get(_CLIENT_KEY)),
        check_hostname=not broker.get(_TLS_INSECURE, False),
    )


def _store(file: Path, pem: str | None) -> str | None:
    """Write a certificate where only we can read it; a TLS library wants files."""
    if pem is None:
        file.unlink(missing_ok=True)
        return None
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(pem, encoding="utf-8")
    return str(file)
