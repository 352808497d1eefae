"""Who may post: one way of proof per endpoint, with several secrets at once while they are changed.

Compared in constant time, every secret each time. No secret is part of a repr, an error or an answer.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from .http_request import HttpRequest

WINDOW = 300  # seconds that the clock of a client may be wrong, and that a signed request may be on its way
GRAFANA_HEADER = "X-Grafana-Alerting-Signature"
_MIN_SECRET = 16  # characters; shorter ones are guessed
_MIN_PASSWORD = 8  # characters
_MIN_PATH_SECRET = 43  # characters of base64url: 256 bits, because a path is all there is
_PATH_SECRET = re.compile(r"[A-Za-z0-9_-]+")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")  # the name of a header, RFC 9110 section 5.6.2
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class NotAuthenticatedError(Exception):
    """The proof is missing or wrong; the text is the answer for the client.

    Attributes:
        challenge: value of ``WWW-Authenticate``; empty if HTTP knows none for it.
    """

    def __init__(self, text: str, *, challenge: str = "") -> None:
        super().__init__(text)
        self.challenge = challenge


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A proof that can be used once: the same again is a repeat until `expires`."""

    signature: str = field(repr=False)
    expires: float  # seconds since 1970


@dataclass(frozen=True, slots=True, kw_only=True)
class HmacAuth:
    """HMAC-SHA256 (RFC 2104, FIPS 180-4) in hexadecimal over the body, or over ``timestamp:body``.

    Without a timestamp a recorded request can be sent again, and is told apart by its message ids only.

    Raises:
        ConfigError: a secret is too short, or a header has no possible name.
    """

    secrets: tuple[str, ...] = field(repr=False)
    header: str = "X-Signature"
    prefix: str = ""  # "sha256=" with many clients, nothing with Grafana
    timestamp_header: str | None = None  # seconds since 1970

    def __post_init__(self) -> None:
        """Refuse what proves nothing."""
        _check_secrets(self.secrets, _MIN_SECRET)
        for name in (self.header, self.timestamp_header):
            if name is not None and not _TOKEN.fullmatch(name):
                raise ConfigError("header: is no name of a header", path=("header",))

    def check(self, request: HttpRequest, now: datetime) -> Signed | None:
        """Return the proof if it can be used once only. Raises NotAuthenticatedError."""
        timestamp = None
        if self.timestamp_header is not None:
            timestamp = self._timestamp(request, self.timestamp_header, now)
        given = request.header(self.header) or ""
        if not given.startswith(self.prefix):
            raise NotAuthenticatedError(f"{self.header}: must begin with {self.prefix}")
        given = given.removeprefix(self.prefix).strip().lower()
        expected = (signature(secret.encode(), request.body, timestamp) for secret in self.secrets)
        if not _is_one_of(given, expected):
            raise NotAuthenticatedError(
                f"{self.header}: is missing or wrong; do both sides have the same secret?"
            )
        if timestamp is None:
            return None
        return Signed(signature=given, expires=int(timestamp) + WINDOW)

    @staticmethod
    def _timestamp(request: HttpRequest, header: str, now: datetime) -> str:
        given = request.header(header)
        if given is None or not _TIMESTAMP.fullmatch(given):
            raise NotAuthenticatedError(f"{header}: must be the seconds since 1970")
        if abs(now.timestamp() - int(given)) > WINDOW:
            raise NotAuthenticatedError(
                f"{header}: is more than {WINDOW} seconds from this gateway's time; are both clocks right?"
            )
        return given


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerAuth:
    """``Authorization: Bearer …`` (RFC 6750).

    Raises:
        ConfigError: a token is too short.
    """

    tokens: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what can be guessed."""
        _check_secrets(self.tokens, _MIN_SECRET)

    def check(self, request: HttpRequest, _now: datetime) -> None:
        """Raise NotAuthenticatedError unless one of the tokens is there."""
        scheme, _, token = (request.header("Authorization") or "").strip().partition(" ")
        if scheme.lower() != "bearer" or not _is_one_of(token.strip(), self.tokens):
            raise NotAuthenticatedError(
                "Authorization: the bearer token is missing or wrong",
                challenge='Bearer realm="alert_gateway"',
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicAuth:
    """``Authorization: Basic …`` (RFC 7617), in UTF-8.

    Raises:
        ConfigError: a password is too short, or the name holds a colon.
    """

    username: str = field(repr=False)
    passwords: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what can be guessed, or cannot be sent."""
        _check_secrets(self.passwords, _MIN_PASSWORD)
        if not self.username or ":" in self.username:
            raise ConfigError("username: is empty or holds a colon", path=("username",))

    def check(self, request: HttpRequest, _now: datetime) -> None:
        """Raise NotAuthenticatedError unless name and password are right."""
        given = basic_credentials(request.header("Authorization") or "")
        expected = (f"{self.username}:{password}" for password in self.passwords)
        if not _is_one_of(given or "", expected):
            raise NotAuthenticatedError(
                "Authorization: user name or password is missing or wrong",
                challenge='Basic realm="alert_gateway", charset="UTF-8"',
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class PathAuth:
    """A secret of 256 bits in the path, behind the endpoint's name: the last resort, as paths are logged.

    Raises:
        ConfigError: a secret is too short, or no part of a path.
    """

    secrets: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what can be guessed."""
        _check_secrets(self.secrets, _MIN_PATH_SECRET)
        if not all(_PATH_SECRET.fullmatch(secret) for secret in self.secrets):
            raise ConfigError("secrets: use A-Z, a-z, 0-9, _ and - only", path=("secrets",))

    def check_segment(self, segment: str) -> None:
        """Raise NotAuthenticatedError unless this part of the path is a secret."""
        if not _is_one_of(segment, self.secrets):
            raise NotAuthenticatedError(
                "the secret in the path is missing or wrong: copy the whole address again"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldAuth:
    """A secret in a field of the request: ``routing_key`` of PagerDuty's clients, ``token`` of small devices.

    In a query string it gets into the logs of servers and proxies.

    Raises:
        ConfigError: a secret is too short.
    """

    secrets: tuple[str, ...] = field(repr=False)
    name: str = "token"

    def __post_init__(self) -> None:
        """Refuse what can be guessed."""
        _check_secrets(self.secrets, _MIN_SECRET)

    def check_fields(self, fields: Mapping[str, object]) -> None:
        """Raise NotAuthenticatedError unless the field holds a secret."""
        given = fields.get(self.name)
        if not _is_one_of(given if isinstance(given, str) else "", self.secrets):
            raise NotAuthenticatedError(f"{self.name}: is missing or wrong")


Authentication = HmacAuth | BearerAuth | BasicAuth | PathAuth | FieldAuth


def grafana_hmac(*secrets: str, timestamp_header: str | None = None) -> HmacAuth:
    """What a contact point of Grafana signs with *HMAC Signature* and the header's default name."""
    return HmacAuth(secrets=secrets, header=GRAFANA_HEADER, timestamp_header=timestamp_header)


def signature(secret: bytes, body: bytes, timestamp: str | None = None) -> str:
    """HMAC-SHA256 in lower-case hexadecimal over ``timestamp:body``, or the body alone."""
    signed = body if timestamp is None else timestamp.encode() + b":" + body
    return hmac.new(secret, signed, hashlib.sha256).hexdigest()


def basic_credentials(header: str) -> str | None:
    """``name:password`` of a Basic ``Authorization`` header (RFC 7617 section 2); None if it is none."""
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def _is_one_of(given: str, secrets: Iterable[str]) -> bool:
    """Compare with each, in a time that tells neither which one matched nor how long it is."""
    digest = _digest(given)
    return any([hmac.compare_digest(digest, _digest(secret)) for secret in secrets])  # noqa: C419 - compare all


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _check_secrets(secrets: tuple[str, ...], shortest: int) -> None:
    if not secrets or any(len(secret) < shortest for secret in secrets):
        raise ConfigError(f"secrets: give at least one, each of at least {shortest} characters")
