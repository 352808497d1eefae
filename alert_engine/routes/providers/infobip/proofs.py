"""Who calls: what Infobip can prove a call with."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from alert_engine.routes.providers.callbacks import (
    check_basic,
    check_secret_path,
    check_signature,
    check_size,
)

if TYPE_CHECKING:
    from alert_engine.intake.http_request import HttpRequest
    from alert_engine.routes.providers.provider import Moment

    from .account import Infobip

ALGORITHMS = {
    "HMAC_MD5": "md5",
    "HMAC_SHA_1": "sha1",
    "HMAC_SHA_224": "sha224",
    "HMAC_SHA_256": "sha256",
    "HMAC_SHA_384": "sha384",
    "HMAC_SHA_512": "sha512",
}


def check(account: Infobip, request: HttpRequest, moment: Moment) -> None:
    """The secret path always, name and password or a signature where they are set.

    Raises:
        CallbackRefusedError: one of them is not right, or the body is too long.
    """
    check_size(request)
    check_secret_path(request, moment)
    check_basic(request, account.callback_user, account.callback_password)
    if account.hmac_header:
        digest = signature(account, request.body)
        given = _bare(request.header(account.hmac_header) or "")
        # In hex or in base64: the sources do not say which.
        is_hex = len(given) == len(digest) * 2
        check_signature(given.lower() if is_hex else given, digest.hex() if is_hex else _base64(digest))


def signature(account: Infobip, body: bytes) -> bytes:
    """HMAC (RFC 2104) over the body as it came."""
    name = ALGORITHMS[account.hmac_algorithm]
    return hmac.digest(account.hmac_key.encode(), body, getattr(hashlib, name))


def _bare(given: str) -> str:
    """Without a prefix such as ``sha256=``."""
    prefix, sign, rest = given.strip().partition("=")
    return rest if sign and prefix.lower() in ALGORITHMS.values() else given.strip()


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")
