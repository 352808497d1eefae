"""Shapes of configuration values: validators that complain for people, and never repeat a value."""

from __future__ import annotations

import re
from contextlib import contextmanager
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import voluptuous as vol

from alert_engine.errors import ConfigError, ConfigReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

ConfigPath = tuple[str | int, ...]
Word = TypeVar("Word", bound=StrEnum)

_NAME = re.compile(r"[a-z0-9_-]{1,64}")
_AMOUNT = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)
_UNKNOWN_KEY = "is no known key"
_MAX_TEXT = 200  # characters of a name or a path


class Misfit(vol.Invalid):
    """What a shape refuses, with a reason that a shell can say in its language."""

    def __init__(self, text: str, reason: ConfigReason, **values: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.values = values


def describe_path(path: ConfigPath) -> str:
    """``people[0].phone``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def section(keys: Mapping[Any, Any]) -> dict[Any, Any]:
    """A mapping with these keys and no other."""
    known = ", ".join(str(key) for key in keys)

    def unknown(_value: Any) -> None:
        raise vol.Invalid(f"{_UNKNOWN_KEY}; known here are: {known}")

    return {**keys, vol.Extra: unknown}


def required(key: str) -> vol.Required:
    """A key that must be there."""
    return vol.Required(key, msg="is missing")


def a_name(value: Any) -> str:
    """An identifier of ours."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise Misfit("use 1 to 64 of a-z, 0-9, _ and -", ConfigReason.NAME_SIGNS)
    return value


def a_text(value: Any) -> str:
    """One line that people or the system read."""
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= _MAX_TEXT:
        raise vol.Invalid(f"must be a text of 1 to {_MAX_TEXT} characters")
    return value.strip()


def a_flag(value: Any) -> bool:
    """True or false, and nothing that only looks like it."""
    if not isinstance(value, bool):
        raise vol.Invalid("must be true or false")
    return value


def a_number(low: int, high: int) -> Callable[[Any], int]:
    """A whole number within bounds."""

    def number(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            text = f"must be a whole number from {low} to {high}"
            raise Misfit(text, ConfigReason.SETTING_RANGE, least=str(low), most=str(high))
        return value

    return number


def a_secret(value: Any) -> str:
    """A text of any kind that is not shown."""
    if not isinstance(value, str):
        raise vol.Invalid("must be a text; put it in quotes")
    return value


def an_amount(value: Any) -> Decimal:
    """Money, or a limit of a number: digits with a point."""
    if isinstance(value, bool) or not _AMOUNT.fullmatch(str(value)):
        raise vol.Invalid("must be a number like 5 or 2.5")
    return Decimal(str(value))


def fits(shape: Callable[[Any], object], value: Any) -> bool:
    """Whether a value has this shape."""
    try:
        shape(value)
    except vol.Invalid:
        return False
    return True


def several(shape: Any, *, least: int = 0) -> Callable[[Any], tuple[Any, ...]]:
    """A list of such values, in order."""
    schema = vol.Schema([shape])

    def values(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise vol.Invalid("must be a list, like [a, b]")
        if len(value) < least:
            raise vol.Invalid("name at least one")
        return tuple(schema(value))

    return values


def by_word(words: type[Word], value: Any) -> dict[Any, Any]:
    """A mapping with some of these words as keys."""
    return section({vol.Optional(word.value): value for word in words})


def one_of(words: type[Word]) -> Callable[[Any], Word]:
    """One of these words."""

    def word(value: Any) -> Word:
        if not isinstance(value, str) or value not in set(words):
            raise vol.Invalid(f"must be one of {', '.join(words)}")
        return words(value)

    return word


def checked_data(schema: vol.Schema, data: Any) -> dict[str, Any]:
    """The data in this shape. Raises ConfigError."""
    if not isinstance(data, dict):
        raise ConfigError("the configuration must be a mapping: key, colon, value")
    try:
        checked: dict[str, Any] = schema(data)
    except vol.MultipleInvalid as err:
        # A misspelt key is unknown and makes another one missing: the unknown one is what a person can see.
        first = next((one for one in err.errors if _UNKNOWN_KEY in one.error_message), err.errors[0])
        path: ConfigPath = tuple(step if isinstance(step, int) else str(step) for step in first.path)
        if isinstance(first, Misfit):
            raise error_at(path, first.error_message, first.reason, **first.values) from None
        raise error_at(path, first.error_message) from None
    return checked


def refuse_twice(part: str, key: str, values: Iterable[str], *, path: ConfigPath | None = None) -> None:
    """Raise ConfigError if two items of a list say the same; empty values do not count.

    `path` is where the list is, if it is not a key of the whole.
    """
    seen: dict[str, int] = {}
    for index, value in enumerate(values):
        if value and value in seen:
            raise error_at((*(path or (part,)), index, key), f"is the same as {part}[{seen[value]}].{key}")
        seen[value] = index


@contextmanager
def placed(path: ConfigPath) -> Iterator[None]:
    """What settings themselves refuse, with the place that their part has in the whole."""
    try:
        yield
    except ConfigError as err:
        raise error_at((*path, *err.path), str(err), err.reason, **err.values) from None


def error_at(
    path: ConfigPath, problem: str, reason: ConfigReason | None = None, **values: str
) -> ConfigError:
    """An error that names its place, and what a text about its reason may quote."""
    place = describe_path(path)
    text = f"{place}: {problem}" if place else problem
    return ConfigError(text, path=path, reason=reason, values=values)
