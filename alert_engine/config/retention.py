"""``retention:`` of the configuration: how long what was is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import voluptuous as vol

from alert_engine.retention import LEAST, MOST, Retention

from .shapes import section
from .times import a_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta


def _kept(least: timedelta) -> Callable[[Any], timedelta]:
    def how_long(value: Any) -> timedelta:
        found = a_duration(value)
        if not least <= found <= MOST:
            raise vol.Invalid(f"must be {least.days}d to {MOST.days}d")
        return found

    return how_long


_RETENTION_KEYS = {vol.Optional(name): _kept(least) for name, least in LEAST.items()}
RETENTION_KEYS: dict[Any, Any] = {vol.Optional("retention", default=dict): section(_RETENTION_KEYS)}


def retention_of(given: Mapping[str, timedelta]) -> Retention:
    """The settings of a checked section."""
    return Retention(**given)
