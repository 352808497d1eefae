"""Reading answers of providers: bounded, lenient where it does no harm, never repeating what they hold."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from alert_engine.routes.base import ErrorClass, Rejected, Unknown

if TYPE_CHECKING:
    from .exchange import ProviderResponse

MAX_DEPTH = 32  # of nested JSON: more is no answer of an SMS provider
_LONGEST_PAUSE = timedelta(hours=1)  # that a Retry-After may ask for
_MAX_CODE = 64  # characters of a code that is shown


def json_of(response: ProviderResponse) -> Any:
    """The body as JSON; None if it is none, was cut, or is nested too deeply."""
    return None if response.is_cut else json_in(response.body)


def json_in(body: bytes) -> Any:
    """Octets as JSON; None if they are none, or are nested too deeply."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return data if _depth_within(data, MAX_DEPTH) else None


def at(data: Any, *path: str | int) -> Any:
    """What is at a path into JSON; None where the path leads nowhere."""
    for step in path:
        if isinstance(step, int):
            data = data[step] if isinstance(data, list) and -len(data) <= step < len(data) else None
        else:
            data = data.get(step) if isinstance(data, dict) else None
    return data


def text_at(data: Any, *path: str | int) -> str:
    """A text or a number at a path, as a text; empty where there is none."""
    found = at(data, *path)
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    return str(found)


def items_at(data: Any, *path: str | int) -> tuple[Any, ...]:
    """The items of the list at a path; none where there is no list."""
    found = at(data, *path)
    return tuple(found) if isinstance(found, list) else ()


def moment_of(text: str) -> datetime | None:
    """A moment as RFC 3339, ISO 8601 or RFC 1123 write it; without a zone it is UTC; None: it is none."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = _in_utc(read(text.strip()))
        except (ValueError, TypeError, OverflowError):
            continue
        return found
    return None


def retry_after(response: ProviderResponse, now: datetime) -> timedelta | None:
    """How long the other side wants to be left alone (RFC 9110 section 10.2.3); None: it does not say."""
    given = (response.header("Retry-After") or "").strip()
    if given.isascii() and given.isdigit():
        wait = timedelta(seconds=min(int(given[:9]), _LONGEST_PAUSE.total_seconds()))
    elif (until := moment_of(given)) is not None:
        wait = until - now
    else:
        return None
    return min(max(wait, timedelta(0)), _LONGEST_PAUSE)


def refused_by_status(
    response: ProviderResponse, now: datetime, *, is_idempotent: bool = False
) -> Rejected | Unknown:
    """What a status that is no success means where the body names no code of the provider's own.

    A server's own error leaves open whether the message was taken, unless sending again cannot double it.
    """
    status = response.status
    code = f"HTTP {status}"
    wait = retry_after(response, now)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN}:
        refused = rejected(ErrorClass.ACCOUNT, "the provider does not accept the account", code)
        return replace(refused, bad_credentials=status == HTTPStatus.UNAUTHORIZED)
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.TOO_EARLY}:
        return rejected(ErrorClass.TEMPORARY, "the provider asks for a pause", code, wait)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return rejected(ErrorClass.TEMPORARY, "the provider is not available now", code, wait)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        if is_idempotent:
            return rejected(ErrorClass.TEMPORARY, "the provider has trouble of its own", code, wait)
        return Unknown(reason=f"the provider answered {code}, which leaves open whether it took the message")
    if status >= HTTPStatus.BAD_REQUEST:
        return rejected(ErrorClass.MESSAGE, "the provider refuses the request", code)
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        return rejected(
            ErrorClass.ACCOUNT, "the provider has moved: look at the address in the settings", code
        )
    return Unknown(reason="the provider answered with success, in words that cannot be read")


def rejected(error_class: ErrorClass, reason: str, code: str = "", wait: timedelta | None = None) -> Rejected:
    """A refusal; the provider's own code is cut to what can be one."""
    shown = "".join(each for each in code if each.isprintable())[:_MAX_CODE]
    return Rejected(error_class=error_class, reason=reason, code=shown, retry_after=wait)


def _in_utc(moment: datetime) -> datetime:
    """Raises OverflowError for the first and the last hours that there are."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _depth_within(data: Any, left: int) -> bool:
    if isinstance(data, dict):
        return left > 0 and all(_depth_within(each, left - 1) for each in data.values())
    if isinstance(data, list):
        return left > 0 and all(_depth_within(each, left - 1) for each in data)
    return True
