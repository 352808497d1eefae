"""How long what was is kept."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from .errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Delivery reports come up to three days later, and a SIM that cannot be emptied shows its messages again and
# again: what is forgotten before would be new once more.
_WEEK = timedelta(days=7)
# What nobody can look at after a holiday proves nothing.
_MONTH = timedelta(days=30)

LEAST: Mapping[str, timedelta] = MappingProxyType(
    {"alarms": _WEEK, "messages": _WEEK, "inbound": _WEEK, "audit": _MONTH}
)
MOST = timedelta(days=3650)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """From the day on which it was over.

    Raises:
        ConfigError: one is shorter than `LEAST` or longer than `MOST`.
    """

    alarms: timedelta = timedelta(days=90)  # with all messages about them
    messages: timedelta = timedelta(days=90)  # of no alarm: texts that somebody sent, answers, digests
    inbound: timedelta = timedelta(days=30)
    audit: timedelta = timedelta(days=400)  # who commanded what; names and ids, no texts

    def __post_init__(self) -> None:
        """Refuse what would break a promise, or last for ever."""
        for field in fields(self):
            least = LEAST[field.name]
            if not least <= getattr(self, field.name) <= MOST:
                raise ConfigError(
                    f"{field.name} must be {least.days} to {MOST.days} days", path=("retention", field.name)
                )
