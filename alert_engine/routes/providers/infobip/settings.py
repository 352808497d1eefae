"""Which settings of an account at Infobip make sense."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from alert_engine.errors import ConfigError, not_one_of
from alert_engine.routes.providers.addresses import SenderKind, sender_kind

from .proofs import ALGORITHMS
from .sms import LANGUAGES, TRANSLITERATIONS

if TYPE_CHECKING:
    from .account import Infobip

_HOST = re.compile(r"https://([a-z0-9-]+\.)+infobip\.com/?", re.IGNORECASE)
_TEMPLATE = re.compile(r"[a-z0-9_]{1,512}")
_TEMPLATE_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_VOICE_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}")
_VISIBLE = re.compile(r"[\x21-\x7e]+")


def check(account: Infobip) -> None:
    """Raises ConfigError for the first that makes none."""
    _check_account(account)
    _check_sms(account)
    _check_numbers(account)
    _check_callbacks(account)


def _check_account(account: Infobip) -> None:
    if not _VISIBLE.fullmatch(account.api_key):
        raise ConfigError("api_key: is missing or has blanks: see the page API keys", path=("api_key",))
    if not _HOST.fullmatch(account.base_url):
        raise ConfigError(
            "base_url: must be the account's own, such as https://xxxxx.api.infobip.com", path=("base_url",)
        )
    if not (account.sms or account.whatsapp_sender or account.voice_sender):
        raise ConfigError("sms: must be on, or whatsapp_sender or voice_sender be set", path=("sms",))


def _check_sms(account: Infobip) -> None:
    try:
        sender_kind(account.sender)
    except ValueError as error:
        raise ConfigError(f"sender: {error}", path=("sender",)) from None
    _check_one_of(account.transliteration, ("", *TRANSLITERATIONS), "transliteration")
    _check_one_of(account.language, ("", *LANGUAGES), "language")
    if (account.single_shift or account.locking_shift) and not account.language:
        raise ConfigError("language: must be set with single_shift or locking_shift", path=("language",))
    if not 0 <= account.data_coding <= 255:
        raise ConfigError("data_coding: must be one octet, 0 to 255", path=("data_coding",))


def _check_numbers(account: Infobip) -> None:
    _check_number(account.whatsapp_sender, "whatsapp_sender")
    _check_number(account.voice_sender, "voice_sender")
    if account.whatsapp_template and not _TEMPLATE.fullmatch(account.whatsapp_template):
        raise ConfigError(
            "whatsapp_template: has lower-case letters, digits and _ only", path=("whatsapp_template",)
        )
    if not _TEMPLATE_LANGUAGE.fullmatch(account.whatsapp_template_language):
        text = "whatsapp_template_language: must be such as de or en_GB"
        raise ConfigError(text, path=("whatsapp_template_language",))
    if not _VOICE_LANGUAGE.fullmatch(account.voice_language):
        raise ConfigError("voice_language: must be such as de or en-gb", path=("voice_language",))


def _check_callbacks(account: Infobip) -> None:
    _check_one_of(account.hmac_algorithm, tuple(ALGORITHMS), "hmac_algorithm")
    if bool(account.hmac_header) != bool(account.hmac_key):
        raise ConfigError("hmac_key: goes together with hmac_header", path=("hmac_key",))
    if bool(account.callback_user) != bool(account.callback_password):
        raise ConfigError("callback_password: goes together with callback_user", path=("callback_password",))


def _check_number(number: str, name: str) -> None:
    try:
        is_well = sender_kind(number) in {SenderKind.ACCOUNT, SenderKind.INTERNATIONAL}
    except ValueError:
        is_well = False
    if not is_well:
        raise ConfigError(f"{name}: must be a number with + and country code", path=(name,))


def _check_one_of(value: str, allowed: tuple[str, ...], name: str) -> None:
    if value not in allowed:
        raise not_one_of(name, allowed)
