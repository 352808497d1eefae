"""Identities and chance, handed in."""

from __future__ import annotations

import secrets
import uuid
from typing import Protocol


class IdSource(Protocol):
    """Where identities and random choices come from."""

    def uid(self) -> str:
        """A new identity, never given before."""

    def draw(self, count: int) -> int:
        """A random number of ``range(count)`` that nobody can guess."""


class RandomIds:
    """The real source."""

    def uid(self) -> str:
        """A random UUID, 32 hex digits."""
        return uuid.uuid4().hex

    def draw(self, count: int) -> int:
        """From the system's entropy: codes are a weak secret."""
        return secrets.randbelow(count)
