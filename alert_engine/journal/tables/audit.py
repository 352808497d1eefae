"""The audit: who commanded what, as a chain in which nothing can be changed unseen.

Each entry holds the hash of the one before. Whoever can write the file can also write a new chain; keep the
newest hash elsewhere to see that, too. Entries hold names and ids, never numbers or texts of messages.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .columns import from_time, insert, to_time

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from datetime import datetime

GENESIS = "0" * 64  # what the first entry holds as the hash before it

# The newest of the entries that were too old to keep: it only says what the chain goes on from.
_ANCHOR = "anchor"
TRIMMED = "audit_trimmed"

_BEYOND = 2**63 - 1  # no entry has a greater number


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line."""

    seq: int
    at: datetime
    actor: str  # person id, "unknown", "gateway", or whoever uses the engine
    action: str
    object: str  # ids and names, parted by blanks
    prev_hash: str
    hash: str


class AuditTable:
    """Append and verify."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, at: datetime, actor: str, action: str, subject: str) -> None:
        """Append an entry."""
        row = self._connection.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        seq, prev_hash = (row["seq"] + 1, row["hash"]) if row is not None else (1, GENESIS)
        content = [seq, from_time(at), actor, action, subject, prev_hash]
        names = ("seq", "at", "actor", "action", "object", "prev_hash", "hash")
        insert(self._connection, "audit", dict(zip(names, [*content, _hash(content)], strict=True)))

    def newest(self, limit: int) -> tuple[AuditEntry, ...]:
        """The last entries, the newest first."""
        rows = self._connection.execute("SELECT * FROM audit ORDER BY seq DESC LIMIT ?", (limit,))
        return tuple(map(_entry, rows))

    def first_broken(self) -> int | None:
        """The number of the first entry that was changed, or that is missing; None: all is well."""
        expected, number, anchored = GENESIS, 0, ""
        for entry in self._all():
            if number == 0 and entry.action == _ANCHOR:
                expected, number, anchored = entry.hash, entry.seq, f"{entry.seq} {entry.hash}"
                continue
            number += 1
            content = [entry.seq, from_time(entry.at), entry.actor, entry.action, entry.object, expected]
            if (entry.seq, entry.prev_hash, entry.hash) != (number, expected, _hash(content)):
                return number
            expected = entry.hash
            if entry.action == TRIMMED and entry.object == anchored:
                anchored = ""
        # An anchor counts only if the chain itself says that it was set there.
        return int(anchored.split()[0]) if anchored else None

    def forget(self, before: datetime, limit: int, now: datetime) -> int:
        """Let old entries go, at most `limit`; how many that were. What is left still verifies.

        Only what comes before every entry that is kept: an entry of a boot without a clock looks old among
        new ones.
        """
        found = self._connection.execute(
            "SELECT seq, hash FROM audit WHERE at < :before "
            "AND seq < coalesce((SELECT min(seq) FROM audit WHERE at >= :before), :beyond) "
            "ORDER BY seq LIMIT :limit",
            {"before": from_time(before), "beyond": _BEYOND, "limit": limit + 1},
        ).fetchall()
        if len(found) < 2:
            return 0
        anchor = found[-1]
        self._connection.execute("DELETE FROM audit WHERE seq < ?", (anchor["seq"],))
        self._connection.execute(
            "UPDATE audit SET actor = '', action = ?, object = '' WHERE seq = ?", (_ANCHOR, anchor["seq"])
        )
        self.add(now, "gateway", TRIMMED, f"{anchor['seq']} {anchor['hash']}")
        return len(found) - 1

    def _all(self) -> Iterator[AuditEntry]:
        return map(_entry, self._connection.execute("SELECT * FROM audit ORDER BY seq"))


def _hash(content: list[object]) -> str:
    """SHA-256 over the entry as JSON without blanks: seq, at, actor, action, object, hash before."""
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def _entry(row: sqlite3.Row) -> AuditEntry:
    return AuditEntry(
        seq=row["seq"],
        at=to_time(row["at"]),
        actor=row["actor"],
        action=row["action"],
        object=row["object"],
        prev_hash=row["prev_hash"],
        hash=row["hash"],
    )
