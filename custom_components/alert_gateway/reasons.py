"""Why something that somebody filled in or stored does not fit, in the language of Home Assistant.

The engine has its own words, in English. What people get wrong often has a text here too.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from alert_engine.config.shapes import describe_path

if TYPE_CHECKING:
    from alert_engine.errors import ConfigError, InvalidRequestError, RouteServiceError

type Texts = Mapping[str, str]  # `common_texts`, by key

_STEM = "reason_"
_REQUEST_STEM = "request_"
_ROUTE_STEM = "not_done_"
_UNREADABLE = "is written in a way that this release does not know"


def reason_of(error: ConfigError, names: Mapping[str, str], texts: Texts) -> str:
    """Say it without its place in a file that nobody sees, and with names instead of ids.

    Args:
        error: what is wrong.
        names: of subentries, by their ids.
        texts: those of the language; what is missing is said as the engine says it.
    """
    said = texts.get(f"{_STEM}{error.reason}") if error.reason is not None else None
    if said is not None:
        said = said.format_map(error.values)
    else:
        said = str(error).removeprefix(f"{describe_path(error.path)}: ")
    for item_id, name in names.items():
        said = said.replace(item_id, name)
    return said


def request_reason_of(error: InvalidRequestError, texts: Texts, fields: Mapping[str, str]) -> str:
    """Say why a request makes no sense; the engine says it where no text does.

    Args:
        error: what is wrong.
        texts: those of the language.
        fields: by their names in the engine, where people know them by others.
    """
    said = texts.get(f"{_REQUEST_STEM}{error.reason}") if error.reason is not None else None
    if said is None:
        field, colon, rest = str(error).partition(": ")
        return f"{fields.get(field, field)}{colon}{rest}"
    values = {key: fields.get(text, text) if key == "field" else text for key, text in error.values.items()}
    return said.format_map(values)


def route_reason_of(error: RouteServiceError, texts: Texts) -> str:
    """Say why a modem or an account did not do it; what its other side said stays as it was said."""
    said = texts.get(f"{_ROUTE_STEM}{error.reason}")
    return str(error) if said is None else said.format_map(error.values)


def unreadable(texts: Texts) -> str:
    """Say that it was written by hand, or by who knows what."""
    return texts.get(f"{_STEM}unreadable", _UNREADABLE)
