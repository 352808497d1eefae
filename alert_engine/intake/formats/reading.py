"""What all formats share: a request's fields in, asks out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from alert_engine.intake.json_fields import Fields, RefusalReason, RefusedError, clean, cut
from alert_engine.model import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from alert_engine.model import Ask


MAX_TITLE = 200  # characters; a title is one line
MAX_TEXT = 2000  # characters: 13 SMS; longer texts are cut
MAX_KEY = 200  # characters
MAX_URL = 2000  # characters
_MAX_ID = 250  # characters of a message id; the engine takes 256
_MAX_BY = 64  # characters of who acknowledged
_DIGEST = 32  # hexadecimal digits: 128 bits tell any two keys apart

# The words that monitoring systems use for how bad it is; anything else is as bad as the endpoint says.
_SEVERITIES: Mapping[str, Severity] = {
    "critical": Severity.CRITICAL,
    "emergency": Severity.CRITICAL,
    "disaster": Severity.CRITICAL,
    "fatal": Severity.CRITICAL,
    "page": Severity.CRITICAL,
    "high": Severity.HIGH,
    "error": Severity.HIGH,
    "major": Severity.HIGH,
    "normal": Severity.NORMAL,
    "warning": Severity.NORMAL,
    "warn": Severity.NORMAL,
    "average": Severity.NORMAL,
    "minor": Severity.NORMAL,
    "info": Severity.INFO,
    "information": Severity.INFO,
    "informational": Severity.INFO,
    "none": Severity.INFO,
    "debug": Severity.INFO,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One request, authenticated and decoded; not understood yet."""

    source: str  # the endpoint's name
    fields: Mapping[str, Any] = field(repr=False)  # without what proved who sent it
    texts_only: bool = False  # from a form or a query string, which know no numbers
    tail: str = ""  # the path behind the endpoint, without slashes at its ends
    severity: Severity = Severity.NORMAL  # of what brings none


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a request asks for."""

    asks: tuple[Ask, ...] = ()
    notes: tuple[str, ...] = ()  # what was understood and is not used, and why; never holds what was sent
    key: str = field(default="", repr=False)  # the one key, for clients that are told it


def severity_of(word: str | None, default: Severity) -> Severity:
    """The severity that a monitoring system means."""
    return default if word is None else _SEVERITIES.get(word.strip().lower(), default)


def key_of(*parts: str, limit: int = MAX_KEY) -> str:
    """One key from parts: as it is where that fits, else shortened and told apart by a digest."""
    key = "!".join(parts)
    if 1 <= len(key) <= limit and key.isprintable():
        return key
    readable = "".join(letter if letter.isprintable() else "_" for letter in key)
    return f"{readable[: limit - _DIGEST - 1]}#{digest_of(*parts)}"


def digest_of(*parts: str) -> str:
    """128 bits in hexadecimal that stand for these texts."""
    digest = hashlib.sha256()
    for part in parts:
        octets = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(octets) + octets)
    return digest.hexdigest()[:_DIGEST]


def id_of(*parts: str) -> str:
    """A message id that the engine takes, from parts of any length."""
    return key_of(*parts, limit=_MAX_ID)


def by_of(source: str, who: str | None) -> str:
    """Who acknowledged: the source, and whom it names."""
    printable = "".join(letter for letter in who or "" if letter.isprintable()).strip()
    return cut(f"{source}:{printable}" if printable else f"http:{source}", _MAX_BY)


def text_of(value: Any, limit: int) -> str:
    """A text for people: what is no text is none, and what is too long is cut."""
    return cut(clean(value).strip(), limit) if isinstance(value, str) else ""


def labels_of(*given: Mapping[str, Any], without: Collection[str] = ()) -> dict[str, str]:
    """Labels as texts; of two with one name the later counts, and only so many are kept."""
    found = {name: value for mapping in given for name, value in mapping.items()}
    kept = {name: value for name, value in found.items() if name not in without and value not in (None, "")}
    return Fields({"labels": kept}).labels()


def time_of(value: Any, *, naive_is_utc: bool = False) -> datetime | None:
    """A time in RFC 3339 or nearly so, as aware UTC; None for what cannot be read.

    The clock of a source is a help, not a condition: no alarm is lost for a time that nobody understands.
    """
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None and not naive_is_utc:
            return None
        return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def required(fields: Fields, name: str, limit: int = 128) -> str:
    """Take an identifier that must be there.

    Raises:
        RefusedError: it is missing, or cannot be an identifier.
    """
    value = fields.name(name, limit)
    if value is None:
        raise RefusedError(RefusalReason.FIELD, f"{name}: is missing")
    return value
