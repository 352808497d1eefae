"""A new configuration for a gateway that runs: SIGHUP."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from alert_engine.errors import ConfigError, EngineError
from alert_engine.mistakes import place_of
from alert_engine.routes.gsm_calls import name_of_calls

if TYPE_CHECKING:
    from collections.abc import Callable

    from alert_engine.config.document import GatewaySettings
    from alert_engine.engine import AlertEngine
    from alert_engine.supervision.ping import Ping

    from .http_server import HttpServer
    from .mail_server import MailServer
    from .modems import Modems
    from .providers import Providers

_LOGGER = logging.getLogger("alert_gateway")


class Configuration:
    """What the gateway runs with, and how it gets another.

    Args:
        settings: those of the start.
        engine: gets people and policies.
        modems: gets modems.
        providers: gets accounts; None: the packages for them are not installed.
        http: gets endpoints.
        mail: gets rules.
        ping: gets its address.
        warn: tells a person what is odd in new settings.
    """

    def __init__(
        self,
        settings: GatewaySettings,
        *,
        engine: AlertEngine,
        modems: Modems,
        providers: Providers | None,
        http: HttpServer | None,
        mail: MailServer | None,
        ping: Ping | None,
        warn: Callable[[GatewaySettings], None],
    ) -> None:
        self._started_with = settings
        self._engine = engine
        self._modems = modems
        self._providers = providers
        self._http = http
        self._mail = mail
        self._ping = ping
        self._warn = warn

    async def reload(self, load: Callable[[], GatewaySettings]) -> bool:
        """Read again and use what is there; False: it makes no sense, and everything stays as it was."""
        try:
            wanted = load()
        except ConfigError as err:
            _LOGGER.error("the configuration stays as it was: %s", err)  # noqa: TRY400 - the text says it all
            return False
        except Exception as err:  # noqa: BLE001 - the next reading must find somebody who does it
            place = place_of(err)  # and not its text, which may quote a secret
            _LOGGER.error("the configuration stays as it was: a mistake of ours, %s", place)  # noqa: TRY400 - the same
            return False
        for part in needs_restart(self._started_with, wanted):
            _LOGGER.warning("%s: the change is used after a restart", part)
        self._warn(wanted)
        self._engine.update_settings(replace(wanted.engine, gateway=self._started_with.engine.gateway))
        if self._http is not None and wanted.http is not None and not self._http.use(wanted.http):
            _LOGGER.warning("http: a new address or certificate is used after a restart")
        if self._mail is not None and wanted.mail is not None and not self._mail.use(wanted.mail):
            _LOGGER.warning("mail: everything but its rules is used after a restart")
        if self._ping is not None and wanted.ping is not None:
            self._ping.use(wanted.ping)
        await self._use_routes(wanted)
        _LOGGER.info("the configuration was read again")
        return True

    async def _use_routes(self, wanted: GatewaySettings) -> None:
        """What cannot be used does not keep the others out. The order of the file is that of the routes."""
        try:
            await self._take_in(wanted)
        finally:
            self._engine.arrange_routes(order_of(wanted))

    async def _take_in(self, wanted: GatewaySettings) -> None:
        try:
            await self._modems.use(wanted.modems)
        except EngineError as err:
            _LOGGER.error("modems: %s", err)  # noqa: TRY400 - the text says it all
        if self._providers is None:
            if wanted.providers:
                _LOGGER.error("providers: the package aiohttp is missing: install alert-gateway[daemon]")
            return
        try:
            await self._providers.use(wanted.providers)
        except EngineError as err:
            _LOGGER.error("providers: %s", err)  # noqa: TRY400 - the text says it all


def order_of(settings: GatewaySettings) -> tuple[str, ...]:
    """The names of all routes of a configuration, the preferred ones first."""
    modems = (name for each in settings.modems for name in (each.name, name_of_calls(each.name)))
    return (*modems, *(each.name for each in settings.providers))


def needs_restart(old: GatewaySettings, new: GatewaySettings) -> list[str]:
    """The parts that a gateway cannot change while it runs."""
    changed = {
        "gateway": old.engine.gateway != new.engine.gateway,
        "journal": old.journal != new.journal,
        "mqtt": old.mqtt != new.mqtt,
        "http": (old.http is None) != (new.http is None),
        "mail": (old.mail is None) != (new.mail is None),
        "supervision.ping": (old.ping is None) != (new.ping is None),
    }
    return [part for part, is_changed in changed.items() if is_changed]
