"""PINs: what is one, and its hash.

Hashing takes a twentieth of a second by intention: never on the event loop, never in the journal's thread.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from alert_engine.errors import InvalidRequestError, RequestReason
from alert_engine.journal.tables.secrets import PinHash

if TYPE_CHECKING:
    from collections.abc import Callable

SALT_BYTES = 16
SHORTEST, LONGEST = 6, 12

# RFC 7914 clause 2: 16 MiB and some 50 ms on a small computer. Kept with each hash, so they may grow.
_N, _R, _P = 2**14, 8, 1
_MAX_MEMORY = 64 * 1024 * 1024
_ROWS = ("0123456789", "9876543210")


def check_pin(pin: str) -> None:
    """Refuse what is no PIN, or the first that everybody would guess. Raises InvalidRequestError."""
    if not (pin.isascii() and pin.isdecimal() and SHORTEST <= len(pin) <= LONGEST):
        raise InvalidRequestError(
            f"pin: it has {SHORTEST} to {LONGEST} digits and nothing else",
            RequestReason.PIN_LENGTH,
            {"least": str(SHORTEST), "most": str(LONGEST)},
        )
    if len(set(pin)) < 3 or any(pin in row * 2 for row in _ROWS):
        text = "pin: it is too easy to guess: no row, not the same digit again and again"
        raise InvalidRequestError(text, RequestReason.PIN_GUESSABLE)


def hash_pin(pin: str, draw: Callable[[int], int]) -> PinHash:
    """A new hash; `draw` gives a random number of ``range(n)`` that nobody can guess."""
    salt = bytes(draw(256) for _ in range(SALT_BYTES))
    return PinHash(salt=salt, hash=_scrypt(pin, salt, _N, _R, _P), n=_N, r=_R, p=_P)


def matches(pin: str, known: PinHash) -> bool:
    """It is the PIN. Compared in constant time."""
    return hmac.compare_digest(_scrypt(pin, known.salt, known.n, known.r, known.p), known.hash)


def _scrypt(pin: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MAX_MEMORY, dklen=32)
