"""``mail:`` of the configuration: the server for devices that can only send mail."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import voluptuous as vol

from alert_engine.intake.mail import MailRules
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
from .shapes import a_number, a_text, error_at, one_of, required, section, several

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_PORT = 8925
DEFAULT_SIZE = 10 * 1024 * 1024  # octets: a camera's pictures come along, to be dropped
_SENDER = re.compile(r"[^@\s]*@[^@\s]+")
_MIN_PASSWORD = 8  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAuth:
    """One user name, and its passwords while they are changed."""

    username: str = field(repr=False)
    passwords: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """One SMTP server."""

    bind: str
    port: int  # 0: any that is free
    max_size: int  # octets of a mail
    rules: MailRules
    tls: ServerTls | None = None  # None: no STARTTLS
    auth: MailAuth | None = None  # None: nobody has to log in


def _sender(value: Any) -> str:
    """An address, or all of a domain: ``@example.org``."""
    if not isinstance(value, str) or not _SENDER.fullmatch(value):
        raise vol.Invalid("must be an address like nas@example.org, or @example.org for all of them")
    return value.lower()


_AUTH_KEYS: dict[Any, Any] = {required("username"): a_text, **SECRET_KEYS}
MAIL_KEYS = {
    vol.Optional("bind", default=LOOPBACK): an_address,
    vol.Optional("port", default=DEFAULT_PORT): a_number(0, 65535),
    required("allowed"): several(a_network, least=1),
    vol.Optional("senders", default=list): several(_sender),
    vol.Optional("recipients", default=list): several(a_text),
    vol.Optional("severity", default=Severity.NORMAL): one_of(Severity),
    vol.Optional("max_size", default=DEFAULT_SIZE): a_number(1024, 50 * 1024 * 1024),
    vol.Optional("tls"): a_tls,
    vol.Optional("auth"): section(_AUTH_KEYS),
}


def mail_settings(mail: Mapping[str, Any], folder: Path) -> MailSettings:
    """The settings of a checked section; files are relative to `folder`. Raises ConfigError."""
    if "auth" in mail and "tls" not in mail:
        raise error_at(("mail", "auth"), "needs tls: a password that everybody can read proves nothing")
    return MailSettings(
        bind=mail["bind"],
        port=mail["port"],
        max_size=mail["max_size"],
        tls=server_tls(mail.get("tls"), folder),
        auth=_auth(mail["auth"], folder) if "auth" in mail else None,
        rules=MailRules(
            allowed=tuple(mail["allowed"]),
            senders=tuple(mail["senders"]),
            recipients=tuple(mail["recipients"]),
            severity=mail["severity"],
        ),
    )


def _auth(given: Mapping[str, Any], folder: Path) -> MailAuth:
    path = ("mail", "auth")
    passwords = secrets_of(given, folder, path)
    if not all(len(password) >= _MIN_PASSWORD for password in passwords):
        raise error_at(path, f"a password must have at least {_MIN_PASSWORD} characters")
    return MailAuth(username=given["username"], passwords=passwords)
