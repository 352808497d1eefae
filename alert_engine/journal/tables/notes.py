"""What an intake keeps over a restart for itself: short lists of words by name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence


class NoteTable:
    """One row per name."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> tuple[str, ...]:
        """What was written under this name; nothing if nothing was."""
        row = self._connection.execute("SELECT words FROM note WHERE name = ?", (name,)).fetchone()
        return () if row is None else tuple(json.loads(row["words"]))

    def put(self, name: str, words: Sequence[str]) -> None:
        """Write these instead."""
        self._connection.execute(
            "INSERT OR REPLACE INTO note (name, words) VALUES (?, ?)", (name, json.dumps(list(words)))
        )
