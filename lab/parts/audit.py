"""Looks at journals and phones that say more than the checker does: states in between, and copies."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from gsm_driver.simulator import SimulatedPhone


def is_settled(journal: Path) -> bool:
    """No message waits, is under way or in doubt, and nothing is held."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as rows:
        query = "SELECT count(*) FROM message WHERE state IN ('queued', 'in_flight', 'in_doubt')"
        (waiting,) = rows.execute(query).fetchone()
        (held,) = rows.execute("SELECT count(*) FROM held").fetchone()
    return not waiting and not held


def segment_states(journal: Path) -> list[tuple[str, str]]:
    """Of each segment in the journal: the state of its message, and its own."""
    query = "SELECT message.state, segment.state FROM segment JOIN message ON uid = message_uid"
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as rows:
        return rows.execute(f"{query} ORDER BY attempt, segment").fetchall()


def copies(phone: SimulatedPhone, words: str) -> int:
    """How often the phone got a message with these words."""
    return sum(words in text for text in phone.texts)


def copies_of_segments(phone: SimulatedPhone) -> Counter[tuple[int, int]]:
    """How often the phone got each segment of long messages: (concatenation reference, place from 1)."""
    found = (one.submit.user_data.concatenation for one in phone.raw)
    return Counter((part.reference, part.sequence) for part in found if part is not None)


def episodes(journal: Path) -> dict[str, list[str]]:
    """The states of all episodes of each key that is not the gateway's own, the oldest first."""
    found: dict[str, list[str]] = {}
    query = "SELECT key, state FROM alarm WHERE source <> 'gateway' ORDER BY raised_at, rowid"
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as rows:
        for key, state in rows.execute(query):
            found.setdefault(key, []).append(state)
    return found
