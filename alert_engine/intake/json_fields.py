"""JSON from strangers: bounded, and every complaint names the field."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

_MAX_DEPTH = 20
_MAX_LABELS = 50
_MAX_LABEL_NAME = 64
_MAX_LABEL_VALUE = 500
_LONGEST = 366 * 24 * 3600  # seconds
_HUGE = 1e15  # what JSON calls a number and no clock or counter reaches
_SURROGATES = re.compile("[\ud800-\udfff]")
_JSON_MARKS = re.compile(r"\\.|[\"\[{\]}]", re.DOTALL)

_EnumT = TypeVar("_EnumT", bound=StrEnum)


class RefusalReason(StrEnum):
    """Why something that was published is not used."""

    RETAINED = "retained"  # an old edge that the broker kept: nobody says it now
    EXPIRED = "expired"  # its sender's time limit has passed
    STALE = "stale"  # older than what its source told before
    TOPIC = "topic"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    VERSION = "version"
    FIELD = "field"
    UNSUPPORTED = "unsupported"  # understood, but this release does not do it
    REFUSED = "refused"  # well formed, and the engine said no


class RefusedError(ValueError):
    """A payload that cannot be used; its text is the answer for its sender."""

    def __init__(self, reason: RefusalReason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


def decode_text(payload: bytes) -> str:
    """Decode UTF-8.

    Raises:
        RefusedError: other bytes.
    """
    try:
        return payload.decode()
    except UnicodeDecodeError as err:
        raise RefusedError(
            RefusalReason.NOT_UTF8, f"the payload is not UTF-8: octet {err.start + 1} fits no character"
        ) from None


def decode_object(text: str) -> dict[str, Any]:
    """Decode one JSON object (RFC 8259), at most 20 levels deep.

    Raises:
        RefusedError: anything else.
    """
    if _depth(text) > _MAX_DEPTH:
        raise RefusedError(RefusalReason.TOO_DEEP, f"the JSON is nested deeper than {_MAX_DEPTH} levels")
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as err:
        place = f"line {err.lineno} column {err.colno}"
        raise RefusedError(RefusalReason.NOT_JSON, f"this is no JSON: {err.msg} at {place}") from None
    except ValueError as err:  # a number with thousands of digits, NaN
        raise RefusedError(RefusalReason.NOT_JSON, "this is no JSON: a number that no number is") from err
    if not isinstance(value, dict):
        raise RefusedError(RefusalReason.NOT_JSON, "send a JSON object: {…}")
    return value


class Fields:
    """Takes known fields out of a JSON object; what nobody took are labels.

    A field that is absent or null is None. Each method raises `RefusedError` for a value that cannot be used.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = dict(data)

    def check_version(self) -> None:
        """Take ``v``; only 1 is known, and 1 is meant where it is missing."""
        version = self._data.pop("v", 1)
        if isinstance(version, bool) or version != 1:
            raise RefusedError(RefusalReason.VERSION, "v: this gateway understands version 1")

    def text(self, name: str, limit: int) -> str | None:
        """Take a text; what is longer than `limit` characters is cut."""
        value = self._data.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, str):
            raise _field(name, "must be a text")
        return cut(clean(value), limit)

    def name(self, name: str, limit: int = 128) -> str | None:
        """Take an identifier: a text of at most `limit` characters, never cut, or an integer."""
        value = self._data.pop(name, None)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not 1 <= len(value) <= limit or not value.isprintable():
            raise _field(name, f"must be 1 to {limit} printable characters")
        return value

    def names(self, name: str, limit: int = 128) -> list[str] | None:
        """Take a list of identifiers, or one alone."""
        value = self._data.pop(name, None)
        if value is None:
            return None
        values = value if isinstance(value, list) else [value]
        if not all(
            isinstance(each, str) and 1 <= len(each) <= limit and each.isprintable() for each in values
        ):
            raise _field(name, f"must be a list of texts of 1 to {limit} printable characters")
        return values

    def choice(self, name: str, choices: type[_EnumT]) -> _EnumT | None:
        """Take one of the words of an enum."""
        value = self._data.pop(name, None)
        if value is None:
            return None
        try:
            return choices(value)
        except ValueError:
            raise _field(name, "must be one of " + ", ".join(choices)) from None

    def flag(self, name: str) -> bool:
        """Take true or false; false where it is missing."""
        value = self._data.pop(name, None)
        if not (value is None or isinstance(value, bool)):
            raise _field(name, "must be true or false")
        return bool(value)

    def time(self, name: str) -> datetime | None:
        """Take an RFC 3339 time with its zone, or seconds since 1970; gives aware UTC."""
        value = self._data.pop(name, None)
        if value is None:
            return None
        wanted = "must be a time with its zone, like 2026-11-21T14:07:00Z, or seconds since 1970"
        try:
            if isinstance(value, str):
                moment = datetime.fromisoformat(value)
            else:
                moment = datetime.fromtimestamp(_seconds(value), UTC)
            if moment.tzinfo is None:
                raise _field(name, wanted)
            return moment.astimezone(UTC)
        except (ValueError, OverflowError, OSError, TypeError):
            raise _field(name, wanted) from None

    def object(self, name: str) -> dict[str, Any] | None:
        """Take an object."""
        value = self._data.pop(name, None)
        if not (value is None or isinstance(value, dict)):
            raise _field(name, "must be an object")
        return value

    def objects(self, name: str) -> list[dict[str, Any]] | None:
        """Take a list of objects."""
        value = self._data.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise _field(name, "must be a list of objects")
        return value

    def number(self, name: str) -> float | None:
        """Take a finite number."""
        value = self._data.pop(name, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < _HUGE:
            raise _field(name, "must be a number")
        return value

    def duration(self, name: str) -> timedelta | None:
        """Take a duration in seconds, at most a year."""
        value = self.number(name)
        if value is None:
            return None
        if not 0 <= value <= _LONGEST:
            raise _field(name, f"must be 0 to {_LONGEST} seconds")
        return timedelta(seconds=value)

    def labels(self) -> dict[str, str]:
        """Take ``labels`` and everything that nobody took, as texts; at most 50, long values are cut."""
        given = self._data.pop("labels", None)
        if not (given is None or isinstance(given, dict)):
            raise _field("labels", "must be an object")
        found = {**self._data, **(given or {})}
        return {
            cut(clean(name), _MAX_LABEL_NAME): cut(_label(value), _MAX_LABEL_VALUE)
            for name, value in list(found.items())[:_MAX_LABELS]
            if name
        }


def clean(text: str) -> str:
    """Replace what no database and no phone takes: lone surrogates, NUL."""
    return _SURROGATES.sub("\ufffd", text).replace("\x00", "")


def cut(text: str, limit: int) -> str:
    """Shorten to `limit` characters; the last one shows that something is missing."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _label(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return clean(text)


def _depth(text: str) -> int:
    """How deep the brackets outside strings are nested, found before any parser recurses."""
    depth = deepest = 0
    in_string = False
    for match in _JSON_MARKS.finditer(text):
        mark = match.group()
        if mark == '"':
            in_string = not in_string
        elif in_string:
            continue
        elif mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in "]}":
            depth -= 1
    return deepest


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _field(name: str, wanted: str) -> RefusedError:
    return RefusedError(RefusalReason.FIELD, f"{name}: {wanted}")
