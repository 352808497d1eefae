"""What is posted where: the endpoints, and the format that each speaks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from alert_engine.errors import ConfigError, ConfigReason
from alert_engine.model import Severity

from .formats import alertmanager, generic, icinga, pagerduty, simple_send, uptime_kuma, zabbix
from .reserved import objection_to

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .formats.reading import Reading, Submission
    from .http_auth import Authentication
    from .http_limits import Network

_NAME = re.compile(r"[a-z0-9_-]{1,64}")


class FormatName(StrEnum):
    """What a client speaks."""

    ALERTMANAGER = "alertmanager"  # and Grafana
    PAGERDUTY = "pagerduty"
    UPTIME_KUMA = "uptime_kuma"
    ZABBIX = "zabbix"
    ICINGA = "icinga"  # and Nagios
    GENERIC = "generic"
    SEND = "send"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One place to post to: ``<prefix>/<name>``.

    Raises:
        ConfigError: the name cannot be part of a path.
    """

    name: str  # ``[a-z0-9_-]{1,64}``; the source of its alarms
    format: FormatName
    auth: Authentication
    allowed: tuple[Network, ...] = ()  # addresses that may post; none: any
    severity: Severity = Severity.NORMAL  # of what brings none
    recipients: tuple[
        str, ...
    ] = ()  # of `SEND`: whom it may write to, as the client names them; none: anybody

    def __post_init__(self) -> None:
        """Refuse what nobody could post to."""
        if not _NAME.fullmatch(self.name):
            text = "name: use 1 to 64 of a-z, 0-9, _ and -"
            raise ConfigError(text, path=("name",), reason=ConfigReason.NAME_SIGNS)
        if (objection := objection_to(self.name)) is not None:
            raise ConfigError(
                f"name: {objection}",
                path=("name",),
                reason=ConfigReason.SOURCE_RESERVED,
                values={"source": self.name},
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How a format is read and answered."""

    read: Callable[[Submission], Reading]
    forms: bool = False  # forms will do, beside JSON
    queries: bool = False  # GET with a query string will do
    tails: frozenset[str] = frozenset({""})  # what may stand behind the endpoint
    accepted: Callable[[Reading], Mapping[str, Any]] | None = None  # instead of our own answer
    refused: Callable[[str], Mapping[str, Any]] | None = None

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that it takes."""
        return ("GET", "POST") if self.queries else ("POST", "PUT")


FORMATS: Mapping[FormatName, Format] = {
    FormatName.ALERTMANAGER: Format(read=alertmanager.read),
    FormatName.PAGERDUTY: Format(
        read=pagerduty.read,
        tails=pagerduty.TAILS,
        accepted=pagerduty.accepted,
        refused=pagerduty.refused,
    ),
    FormatName.UPTIME_KUMA: Format(read=uptime_kuma.read),
    FormatName.ZABBIX: Format(read=zabbix.read),
    FormatName.ICINGA: Format(read=icinga.read, forms=True),
    FormatName.GENERIC: Format(read=generic.read, forms=True, queries=True),
    FormatName.SEND: Format(read=simple_send.read, forms=True, queries=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An endpoint, and what the path says behind its name."""

    endpoint: Endpoint
    rest: tuple[str, ...] = field(repr=False)  # may hold a secret


class Directory:
    """Finds the endpoint of a path.

    Raises:
        ConfigError: two endpoints share a name.
    """

    def __init__(self, endpoints: tuple[Endpoint, ...], prefix: str) -> None:
        self._prefix = "/" + prefix.strip("/") + "/" if prefix.strip("/") else "/"
        self._endpoints = {endpoint.name: endpoint for endpoint in endpoints}
        if len(self._endpoints) != len(endpoints):
            raise ConfigError("two endpoints have the same name: give each its own", path=("endpoints",))

    def find(self, path: str) -> Place | None:
        """The endpoint that a path means; a slash at the end does not count."""
        if not path.startswith(self._prefix):
            return None
        name, *rest = path.removeprefix(self._prefix).removesuffix("/").split("/")
        endpoint = self._endpoints.get(name)
        return None if endpoint is None else Place(endpoint=endpoint, rest=tuple(rest))
