"""Is a callback Twilio's? Source: twilio.com/docs/usage/webhooks/webhooks-security.

``base64(hmac(secret, url + each sorted name and value))``. The URL is the one that Twilio called, so it comes
from the settings: a proxy may have changed the one that arrives.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from alert_engine.routes.providers.callbacks import check_size, octets_of, unreadable
from alert_engine.routes.providers.provider import CallbackRefusedError
from alert_engine.routes.providers.reading import json_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from alert_engine.intake.http_request import HttpRequest

FORM = "application/x-www-form-urlencoded"
_SIGNATURE = "X-Twilio-Signature"
_SETTINGS = "X-Twilio-Webhooks-Signature-Settings"  # sent when a shared key signs instead of the token
_DIGESTS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_PORT = re.compile(r":[0-9]+$")
_DEFAULT_PORTS = {"https": 443, "http": 80}
_MAX_FIELDS = 500  # of a form: Twilio's have some thirty

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What Twilio signs with."""

    auth_token: str = field(repr=False)
    shared_key: str = field(default="", repr=False)


def checked_fields(request: HttpRequest, callback_url: str, secrets: Secrets) -> Mapping[str, str]:
    """What a callback tells: the fields of its form, its query or its JSON body.

    Args:
        request: as it arrived.
        callback_url: where Twilio was told to call, without a query.
        secrets: of the account.

    Raises:
        CallbackRefusedError: it is not signed by Twilio, or makes no sense.
    """
    check_size(request)
    if not callback_url:
        raise CallbackRefusedError(
            HTTPStatus.FORBIDDEN, "its signature cannot be checked: no public address is set"
        )
    query = _pairs(octets_of(request.query))
    form = _pairs(request.body) if request.media_type == FORM else []
    if request.media_type != FORM and request.body:
        _check_hash(request.body, dict(query).get("bodySHA256", ""))
    url = callback_url.partition("?")[0] + (f"?{request.query}" if request.query else "")
    _check(request, url, form, secrets)
    if form or not request.body:
        return dict(form or query)
    return _json_fields(request.body)


def signature(secret: str, url: str, form: Iterable[tuple[str, str]], digest: str = "sha1") -> str:
    """The signature of a call to `url`; a field that comes twice counts once for each of its values."""
    signed = url + "".join(name + value for name, value in sorted(set(form)))
    mac = hmac.new(secret.encode(), octets_of(signed), digest)
    return base64.b64encode(mac.digest()).decode("ascii")


def _check(request: HttpRequest, url: str, form: Pairs, secrets: Secrets) -> None:
    """Twilio signs with the default port or without it, and does not say which."""
    settings = request.header(_SETTINGS)
    secret = secrets.auth_token if settings is None else secrets.shared_key
    digest = _DIGESTS.get(_algorithm(settings or ""))
    given = octets_of((request.header(_SIGNATURE) or "").strip())
    wanted = [signature(secret, each, form, digest).encode() for each in _spellings(url)] if digest else []
    # All are compared, so that the time tells nothing.
    matches = [hmac.compare_digest(given, each) for each in wanted]
    if not secret or True not in matches:
        raise CallbackRefusedError(
            HTTPStatus.FORBIDDEN,
            "its signature is missing or wrong: auth_token and the public address must be as Twilio has them",
        )


def _algorithm(settings: str) -> str:
    parts = dict(part.strip().partition("=")[::2] for part in settings.split(","))
    return parts.get("algorithm", "HMAC_SHA1").strip().upper()


def _spellings(url: str) -> Iterator[str]:
    """Without a port, and with the one given or the default."""
    parts = urlsplit(url)
    bare = _PORT.sub("", parts.netloc)
    default = _DEFAULT_PORTS.get(parts.scheme, 443)
    yield urlunsplit(parts._replace(netloc=bare))
    yield urlunsplit(parts._replace(netloc=parts.netloc if bare != parts.netloc else f"{bare}:{default}"))


def _check_hash(body: bytes, given: str) -> None:
    """A body that is no form is signed by its hash in the query."""
    if not hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), octets_of(given.lower())):
        raise CallbackRefusedError(HTTPStatus.FORBIDDEN, "the hash of its body is missing or wrong")


def _pairs(encoded: bytes) -> Pairs:
    """Empty values count in the signature, so they are kept."""
    try:
        text = encoded.decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise unreadable() from None


def _json_fields(body: bytes) -> Mapping[str, str]:
    data = json_in(body)
    if not isinstance(data, dict):
        raise unreadable()
    return {name: value for name, value in data.items() if isinstance(value, str)}
