"""Which settings of an account at websms make sense."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from alert_engine.errors import ConfigError
from alert_engine.routes.providers.addresses import sender_kind

if TYPE_CHECKING:
    from .account import Websms

_BASE = re.compile(r"https://api\.(linkmobility\.eu/rest|websms\.com/(rest|json))/?")
_CHANNEL = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_CATEGORIES = ("", "informational", "advertisement")
_SIMPLE = ("", "get", "post")


def check(account: Websms) -> None:
    """Raises ConfigError for the first that makes none."""
    _check_credentials(account)
    if not _BASE.fullmatch(account.base_url):
        raise ConfigError(
            "base_url: must be https://api.linkmobility.eu/rest, https://api.websms.com/rest"
            " or https://api.websms.com/json",
            path=("base_url",),
        )
    if not (account.sms or account.calls or account.whatsapp_channel):
        raise ConfigError("sms: must be on, or calls, or whatsapp_channel be set", path=("sms",))
    _check_sending(account)


def _check_credentials(account: Websms) -> None:
    if bool(account.token) == bool(account.user):
        raise ConfigError("token: set it, or user and password", path=("token",))
    if account.token and not _TOKEN.fullmatch(account.token):
        raise ConfigError("token: has blanks or other characters that none has", path=("token",))
    if bool(account.user) != bool(account.password):
        raise ConfigError("password: goes together with user", path=("password",))
    if ":" in account.user:
        raise ConfigError("user: has no colon (RFC 7617)", path=("user",))


def _check_sending(account: Websms) -> None:
    try:
        sender_kind(account.sender)
    except ValueError as error:
        raise ConfigError(f"sender: {error}", path=("sender",)) from None
    if account.simple_http not in _SIMPLE:
        raise ConfigError("simple_http: must be get, post or empty", path=("simple_http",))
    if account.max_sms < 0:
        raise ConfigError("max_sms: must be 0 (no limit) or more", path=("max_sms",))
    if not 0 <= account.priority <= 9:
        raise ConfigError("priority: must be from 1 to 9, or 0 for none", path=("priority",))
    if account.content_category not in _CATEGORIES:
        raise ConfigError(
            "content_category: must be informational, advertisement or empty", path=("content_category",)
        )
    if account.whatsapp_channel and not _CHANNEL.fullmatch(account.whatsapp_channel):
        raise ConfigError(
            "whatsapp_channel: must be the UUID of the channel, as the portal shows it",
            path=("whatsapp_channel",),
        )
