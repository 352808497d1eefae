"""What people prove themselves with: PINs as salted hashes, keys of one-time codes.

The journal is readable by its owner only. Nothing of this table leaves the engine, but the key once, when it
is made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .columns import insert, update

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True, slots=True, kw_only=True)
class PinHash:
    """A PIN by scrypt (RFC 7914), with what it was made with."""

    salt: bytes = field(repr=False)
    hash: bytes = field(repr=False)
    n: int
    r: int
    p: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Those of one person."""

    person: str
    pin: PinHash | None = field(default=None, repr=False)
    totp_key: bytes | None = field(default=None, repr=False)
    totp_counter: int = -1  # of the newest one-time code that was taken


class SecretTable:
    """One row per person who has any."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def of(self, person: str) -> Secrets:
        """The secrets of this person; empty if there are none."""
        row = self._connection.execute("SELECT * FROM secret WHERE person = ?", (person,)).fetchone()
        if row is None:
            return Secrets(person=person)
        pin = None
        if row["pin_hash"] is not None:
            pin = PinHash(
                salt=row["pin_salt"],
                hash=row["pin_hash"],
                n=row["pin_n"],
                r=row["pin_r"],
                p=row["pin_p"],
            )
        return Secrets(person=person, pin=pin, totp_key=row["totp_key"], totp_counter=row["totp_counter"])

    def set_pin(self, person: str, pin: PinHash) -> None:
        """Replace the PIN."""
        values = {"pin_salt": pin.salt, "pin_hash": pin.hash, "pin_n": pin.n, "pin_r": pin.r, "pin_p": pin.p}
        self._save(person, values)

    def set_totp(self, person: str, key: bytes) -> None:
        """Replace the key of the one-time codes."""
        self._save(person, {"totp_key": key, "totp_counter": -1})

    def use_totp(self, person: str, counter: int) -> None:
        """A one-time code was taken: neither it nor an earlier one is taken again."""
        self._save(person, {"totp_counter": counter})

    def clear(self, person: str) -> bool:
        """Forget all of this person; False if there was nothing."""
        deleted = self._connection.execute("DELETE FROM secret WHERE person = ?", (person,))
        return deleted.rowcount > 0

    def _save(self, person: str, values: dict[str, object]) -> None:
        insert(self._connection, "secret", {"person": person}, verb="INSERT OR IGNORE")
        update(self._connection, "secret", values, {"person": person})
