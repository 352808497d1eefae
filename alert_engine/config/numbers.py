"""Shapes of phone numbers, and the country they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import voluptuous as vol

from alert_engine.errors import ConfigReason
from alert_engine.phone.canonical import canonical_phone
from alert_engine.phone.numbering import PLANS

from .shapes import error_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .shapes import ConfigPath


def a_phone(value: Any) -> str | int:
    """A number in any writing; what it is shows with the country."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise vol.Invalid('must be a phone number in quotes, like "+43…"')
    return value


def a_country(value: Any) -> str:
    """Two letters of ISO 3166, or the calling code where only one country has it."""
    if isinstance(value, bool):
        raise vol.Invalid('put it in quotes, like "NO"; without them YAML reads no')
    wanted = str(value).strip().removeprefix("+").upper()
    matches = [country for country, plan in PLANS.items() if wanted in {country, plan.calling_code}]
    if len(matches) != 1:
        raise vol.Invalid('must be the two letters of a country, like "AT"')
    return matches[0]


def e164(number: str | int, country: str | None, path: ConfigPath) -> str:
    """The number in full. Raises ConfigError."""
    try:
        return canonical_phone(number, default_country=country)
    except ValueError as err:
        raise error_at(path, str(err), ConfigReason.NUMBER_UNREADABLE) from None


def all_e164(numbers: Sequence[str | int], country: str | None, path: ConfigPath) -> tuple[str, ...]:
    """All of a list. Raises ConfigError."""
    return tuple(e164(number, country, (*path, index)) for index, number in enumerate(numbers))
