"""Who calls: the proofs that providers have to offer, compared in constant time."""

from __future__ import annotations

import base64
import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from alert_engine.intake.http_request import HttpAnswer

from .provider import CallbackRefusedError

if TYPE_CHECKING:
    from alert_engine.intake.http_request import HttpRequest

    from .provider import Moment

MAX_CALLBACK = 65_536  # octets of a body: the longest batch of reports is a few thousand


def check_secret_path(request: HttpRequest, moment: Moment) -> None:
    """The path ends as that of our own callback address does, whose last part is a long secret.

    What stands before it may differ: proxies add and remove prefixes.

    Raises:
        CallbackRefusedError: it does not, or there is no such address.
    """
    wanted = urlsplit(moment.callback_url).path.rsplit("/", 1)[-1]
    given = request.path.rsplit("/", 1)[-1]
    if not wanted or not hmac.compare_digest(octets_of(given), octets_of(wanted)):
        raise CallbackRefusedError(
            HTTPStatus.FORBIDDEN, "its path does not end with the secret of this route"
        )


def check_basic(request: HttpRequest, user: str, password: str) -> None:
    """HTTP Basic (RFC 7617), where `user` is set at all. Raises CallbackRefusedError."""
    if not user:
        return
    scheme, _, given = (request.header("Authorization") or "").partition(" ")
    try:
        credentials = base64.b64decode(given.strip(), validate=True) if scheme.lower() == "basic" else b""
    except ValueError:  # no Base64, or not even ASCII
        credentials = b""
    if not hmac.compare_digest(credentials, f"{user}:{password}".encode()):
        raise CallbackRefusedError(HTTPStatus.UNAUTHORIZED, "its user name or password is not ours")


def check_signature(given: str | None, wanted: str) -> None:
    """A signature over the call, in whatever letters. Raises CallbackRefusedError."""
    if not hmac.compare_digest(octets_of((given or "").strip()), octets_of(wanted)):
        raise CallbackRefusedError(HTTPStatus.FORBIDDEN, "its signature is missing or wrong")


def check_size(request: HttpRequest) -> None:
    """The body is not longer than a provider's could be. Raises CallbackRefusedError."""
    if len(request.body) > MAX_CALLBACK:
        raise CallbackRefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "its body is too long")


def unreadable() -> CallbackRefusedError:
    """It is the provider's, and makes no sense: saying so once more would not help."""
    return CallbackRefusedError(HTTPStatus.BAD_REQUEST, "its body is not what the provider documents")


def plain_answer(body: str = "", content_type: str = "text/plain") -> HttpAnswer:
    """200."""
    return HttpAnswer(status=HTTPStatus.OK, headers={"Content-Type": content_type}, body=body.encode())


def octets_of(text: str) -> bytes:
    """Of whatever somebody sent us; a server makes half characters of octets that are no UTF-8."""
    return text.encode("utf-8", "surrogatepass")
