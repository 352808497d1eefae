"""The whole configuration, from plain data to frozen settings, with complaints that say where and what to do.

Each topic has a module of its own with its keys and what becomes of them; here they are joined. The daemon
reads a file: `daemon.file`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

import voluptuous as vol

from .checks import refuse_unknown_routes
from .engine import ENGINE_KEYS, engine_settings
from .http import HTTP_KEYS, HttpSettings, http_settings
from .mail import MAIL_KEYS, MailSettings, mail_settings
from .modems import MODEMS_KEYS, ModemSettings, modem_settings, routes_of
from .mqtt import MQTT_KEYS, mqtt_settings
from .providers import PROVIDERS_KEYS, ProviderSettings, provider_routes, provider_settings
from .shapes import a_text, checked_data, required, section
from .supervision import PingSettings, ping_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo
    from pathlib import Path

    from alert_engine.intake.settings import MqttSettings
    from alert_engine.settings import EngineSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """Everything in gateway.yaml."""

    engine: EngineSettings
    journal: Path
    mqtt: MqttSettings | None = None
    modems: tuple[ModemSettings, ...] = ()
    providers: tuple[ProviderSettings, ...] = ()
    http: HttpSettings | None = None  # None: no server
    mail: MailSettings | None = None  # None: no server
    ping: PingSettings | None = None  # None: nobody outside is told that all is well


_KEYS: dict[Any, Any] = {
    **ENGINE_KEYS,
    required("journal"): a_text,
    **MODEMS_KEYS,
    **PROVIDERS_KEYS,
    vol.Optional("mqtt"): section(MQTT_KEYS),
    vol.Optional("http"): section(HTTP_KEYS),
    vol.Optional("mail"): section(MAIL_KEYS),
}


def gateway_settings_from(
    data: Mapping[str, Any], *, folder: Path, time_zone: tzinfo = UTC
) -> GatewaySettings:
    """A whole configuration; relative paths in it are relative to `folder`.

    Raises:
        ConfigError: with the path of what makes no sense.
    """
    checked = checked_data(vol.Schema(section(_KEYS)), data)
    modems = modem_settings(checked["modems"])
    providers = provider_settings(
        checked["providers"], folder, taken=routes_of(modems), can_listen="http" in checked
    )
    routes = routes_of(modems) | provider_routes(providers)
    refuse_unknown_routes(checked["budgets"], routes, ("budgets",))
    refuse_unknown_routes(checked["supervision"]["routes"], routes, ("supervision", "routes"))
    return GatewaySettings(
        engine=engine_settings(checked, time_zone),
        journal=folder / checked["journal"],
        mqtt=mqtt_settings(checked["mqtt"], checked["gateway"], folder) if "mqtt" in checked else None,
        modems=modems,
        providers=providers,
        http=http_settings(checked["http"], folder) if "http" in checked else None,
        mail=mail_settings(checked["mail"], folder) if "mail" in checked else None,
        ping=ping_of(checked["supervision"], folder),
    )
