"""The fields of a request: a JSON object, a form (``x-www-form-urlencoded``) or a query string. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from .json_fields import RefusalReason, RefusedError, decode_object, decode_text

if TYPE_CHECKING:
    from .http_request import HttpRequest

FORM = "application/x-www-form-urlencoded"
_MAX_FIELDS = 100  # of a form or a query string


class UnsupportedMediaError(Exception):
    """The body is of a kind that this endpoint does not read; the text says which it does."""


def is_json(media_type: str) -> bool:
    """JSON under any of its names (RFC 6839 section 3.1)."""
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )


def body_fields(request: HttpRequest, *, forms: bool) -> tuple[dict[str, Any], bool]:
    """The fields of the body, and whether all of them are texts.

    Args:
        request: with a body of a bounded size.
        forms: whether a form will do.

    Raises:
        UnsupportedMediaError: it is something else.
        RefusedError: it is not what it says it is.
    """
    media_type = request.media_type
    if forms and media_type == FORM:
        return form_fields(request.body.decode("latin-1")), True
    if media_type and not is_json(media_type):
        also = f" or {FORM}" if forms else ""
        raise UnsupportedMediaError(f"Content-Type: send application/json{also}")
    return decode_object(decode_text(request.body)), False


def query_fields(query: str) -> dict[str, Any]:
    """The fields of a query string. Raises RefusedError."""
    return form_fields(query.encode("utf-8", "surrogatepass").decode("latin-1"))


def form_fields(octets: str) -> dict[str, Any]:
    """The fields of a form whose octets are given as Latin-1. What is there twice gets a comma between.

    Raises:
        RefusedError: there are too many.
    """
    try:
        pairs = parse_qsl(octets, keep_blank_values=True, max_num_fields=_MAX_FIELDS, encoding="latin-1")
    except ValueError:
        raise RefusedError(RefusalReason.FIELD, f"more than {_MAX_FIELDS} fields: send fewer") from None
    fields: dict[str, Any] = {}
    for name, value in pairs:
        known, text = _text(name), _text(value)
        fields[known] = f"{fields[known]},{text}" if known in fields else text
    return fields


def _text(octets: str) -> str:
    """UTF-8, or Latin-1 from devices that know nothing else: a wrong letter is better than no alarm."""
    try:
        return octets.encode("latin-1").decode()
    except UnicodeDecodeError:
        return octets
