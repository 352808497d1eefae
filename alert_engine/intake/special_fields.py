"""``media`` and ``data`` of a send: what is shown with a text, and what goes in its place. Pure."""

from __future__ import annotations

import base64
import binascii

from alert_engine.request_checks import MAX_DATA, MAX_FILE_NAME, MAX_URL
from alert_engine.routes.base import Media, MediaKind

from .json_fields import Fields, RefusalReason, RefusedError

_LONGEST = 4 * -(-MAX_DATA // 3)  # characters of Base64


def read_media(fields: Fields) -> Media | None:
    """Take ``media``: an object with ``kind``, ``url`` and ``file_name``.

    Raises:
        RefusedError: the text says which field and why.
    """
    data = fields.object("media")
    if data is None:
        return None
    try:
        return _media(Fields(data))
    except RefusedError as err:
        raise RefusedError(err.reason, f"media: {err}") from None


def read_data(fields: Fields) -> bytes | None:
    """Take ``data``: octets in Base64 (RFC 4648 section 4). Raises RefusedError."""
    given = fields.name("data", _LONGEST)
    if given is None:
        return None
    try:
        return base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        raise RefusedError(
            RefusalReason.FIELD, "data: must be Base64; in an address a + in it is written %2B"
        ) from None


def _media(fields: Fields) -> Media:
    kind, url = fields.choice("kind", MediaKind), fields.name("url", MAX_URL)
    if kind is None or url is None:
        missing = "kind" if kind is None else "url"
        raise RefusedError(RefusalReason.FIELD, f"{missing}: is missing")
    file_name = fields.name("file_name", MAX_FILE_NAME) or ""
    return Media(kind=kind, url=url, file_name=file_name)
