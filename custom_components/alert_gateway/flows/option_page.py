"""What the pages of the hub's options have in common."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .choices import Choices
    from .form import Form


def _nothing(_filled: Mapping[str, Any]) -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page.

    Attributes:
        form: its fields.
        shown: from the options to the keys of its fields.
        stored: the options with what was filled in.
        mistakes: the frequent ones, by field.
    """

    form: Callable[[Choices], Form]
    shown: Callable[[Mapping[str, Any]], dict[str, Any]]
    stored: Callable[[Mapping[str, Any], dict[str, Any]], dict[str, Any]]
    mistakes: Callable[[Mapping[str, Any]], dict[str, str]] = _nothing


def replaced(options: Mapping[str, Any], keys: tuple[str, ...], filled: Mapping[str, Any]) -> dict[str, Any]:
    """The options with these keys as they were filled in, and without those that were left empty."""
    kept = {key: value for key, value in options.items() if key not in keys}
    return kept | {key: filled[key] for key in keys if key in filled}


def flat(*keys: str) -> Callable[[Mapping[str, Any], dict[str, Any]], dict[str, Any]]:
    """A page whose fields are options as they are."""
    return lambda options, filled: replaced(options, keys, filled)


def inner(options: Mapping[str, Any], key: str, inner: Mapping[str, Any]) -> dict[str, Any]:
    """The options with another mapping in one place, or without it when nothing is said there."""
    return replaced(options, (key,), {key: dict(inner)} if inner else {})


def mapping(value: Any) -> Mapping[str, Any]:
    """What is stored where a mapping belongs; nothing if it is none, so that it is filled in anew."""
    return value if isinstance(value, dict) else {}


def mistakes_in_rows(key: str, *columns: str) -> Callable[[Mapping[str, Any]], dict[str, str]]:
    """Refuse a table that says two things of one route, or whatever its rows are told apart by."""

    def mistakes(filled: Mapping[str, Any]) -> dict[str, str]:
        names = [tuple(row.get(column) for column in columns) for row in filled.get(key, ())]
        return {key: "route_twice"} if len(set(names)) != len(names) else {}

    return mistakes
