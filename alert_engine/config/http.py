"""``http:`` of the configuration: where the server listens, and its endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import voluptuous as vol

from alert_engine.errors import ConfigError
from alert_engine.intake.http_auth import BasicAuth, BearerAuth, FieldAuth, HmacAuth, PathAuth
from alert_engine.intake.http_endpoints import Endpoint, FormatName
from alert_engine.model import Severity

from .servers import (
    LOOPBACK,
    SECRET_KEYS,
    ServerTls,
    a_network,
    a_tls,
    an_address,
    secrets_of,
    server_tls,
)
from .shapes import (
    ConfigPath,
    a_name,
    a_number,
    a_text,
    checked_data,
    error_at,
    one_of,
    refuse_twice,
    required,
    section,
    several,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert_engine.intake.http_auth import Authentication
    from alert_engine.intake.http_limits import Network

DEFAULT_PORT = 8927


class ProofKind(StrEnum):
    """How a client proves who it is."""

    BEARER = "bearer"
    BASIC = "basic"
    HMAC = "hmac"
    PATH = "path"
    FIELD = "field"


# Which further keys each kind of proof has.
MORE_KEYS: Mapping[ProofKind, frozenset[str]] = {
    ProofKind.BEARER: frozenset(),
    ProofKind.BASIC: frozenset({"username"}),
    ProofKind.HMAC: frozenset({"header", "prefix", "timestamp_header"}),
    ProofKind.PATH: frozenset(),
    ProofKind.FIELD: frozenset({"field"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """One HTTP server."""

    bind: str = LOOPBACK
    port: int = DEFAULT_PORT  # 0: any that is free
    tls: ServerTls | None = None  # None: plain HTTP
    trusted_proxies: tuple[Network, ...] = ()  # whose X-Forwarded-For is believed
    endpoints: tuple[Endpoint, ...] = ()


_AUTH_KEYS: dict[Any, Any] = {
    required("type"): one_of(ProofKind),
    **SECRET_KEYS,
    vol.Optional("username"): a_text,
    vol.Optional("header"): a_text,
    vol.Optional("prefix"): a_text,
    vol.Optional("timestamp_header"): a_text,
    vol.Optional("field"): a_text,
}
_ENDPOINT_KEYS = {
    required("name"): a_name,
    required("format"): one_of(FormatName),
    required("auth"): section(_AUTH_KEYS),
    vol.Optional("allowed", default=list): several(a_network),
    vol.Optional("severity", default=Severity.NORMAL): one_of(Severity),
    vol.Optional("recipients", default=list): several(a_text),
}
_ENDPOINT_SCHEMA = vol.Schema(section(_ENDPOINT_KEYS))
HTTP_KEYS = {
    vol.Optional("bind", default=LOOPBACK): an_address,
    vol.Optional("port", default=DEFAULT_PORT): a_number(0, 65535),
    vol.Optional("tls"): a_tls,
    vol.Optional("trusted_proxies", default=list): several(a_network),
    vol.Optional("endpoints", default=list): several(section(_ENDPOINT_KEYS)),
}


def http_settings(http: Mapping[str, Any], folder: Path) -> HttpSettings:
    """The settings of a checked section; files are relative to `folder`. Raises ConfigError."""
    path: ConfigPath = ("http", "endpoints")
    refuse_twice("http.endpoints", "name", [each["name"] for each in http["endpoints"]], path=path)
    return HttpSettings(
        bind=http["bind"],
        port=http["port"],
        tls=server_tls(http.get("tls"), folder),
        trusted_proxies=tuple(http["trusted_proxies"]),
        endpoints=tuple(
            _endpoint(each, folder, (*path, index)) for index, each in enumerate(http["endpoints"])
        ),
    )


def endpoint_from(data: Mapping[str, Any]) -> Endpoint:
    """One endpoint of plain data, for a shell without a file: its secret is written in it.

    Raises:
        ConfigError: with the path, within the endpoint, of what makes no sense.
    """
    checked = checked_data(_ENDPOINT_SCHEMA, data)
    if "secret_file" in checked["auth"]:
        raise error_at(("auth", "secret_file"), "is only for a gateway with a configuration file")
    return _endpoint(checked, Path(), ())


def _endpoint(given: Mapping[str, Any], folder: Path, path: ConfigPath) -> Endpoint:
    if given["recipients"] and given["format"] is not FormatName.SEND:
        raise error_at((*path, "recipients"), f"are for the format {FormatName.SEND} only")
    return Endpoint(
        name=given["name"],
        format=given["format"],
        auth=_auth(given["auth"], folder, (*path, "auth")),
        allowed=tuple(given["allowed"]),
        severity=given["severity"],
        recipients=tuple(given["recipients"]),
    )


def _auth(given: Mapping[str, Any], folder: Path, path: ConfigPath) -> Authentication:
    kind: ProofKind = given["type"]
    given_more = set(given) - {"type", "secret", "secret_file"}
    for key in sorted(given_more - MORE_KEYS[kind]):
        raise error_at((*path, key), f"is of no use with type {kind}")
    secrets = secrets_of(given, folder, path)
    more = {key: given[key] for key in given_more}
    try:
        return _proof(kind, secrets, more)
    except ConfigError as err:
        raise error_at((*path, *err.path), str(err)) from None


def _proof(kind: ProofKind, secrets: tuple[str, ...], more: Mapping[str, str]) -> Authentication:
    match kind:
        case ProofKind.BEARER:
            return BearerAuth(tokens=secrets)
        case ProofKind.BASIC:
            return BasicAuth(username=more.get("username", ""), passwords=secrets)
        case ProofKind.HMAC:
            return HmacAuth(secrets=secrets, **more)
        case ProofKind.PATH:
            return PathAuth(secrets=secrets)
        case ProofKind.FIELD:
            return FieldAuth(secrets=secrets, name=more.get("field", "token"))
