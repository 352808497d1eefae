"""The checker: what was accepted against what the phone received.

It knows nothing of how the gateway works: it reads what the broker confirmed, the rows of the journal, and
every segment that reached the phone.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gsm_driver.simulator import SimulatedPhone


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a run did with its alarms."""

    lost: tuple[str, ...]  # accepted by broker or journal, and never whole on the phone
    unexplained: tuple[str, ...]  # on the phone, and nobody wrote them
    unsettled: tuple[str, ...]  # messages that the journal holds as neither accepted nor delivered
    integrity: str  # SQLite's own verdict about the journal


def audit(journal: Path, raised: Iterable[str], phone: SimulatedPhone) -> Findings:
    """Compare; `raised` are the titles of the raises that the broker confirmed."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as rows:
        written = dict(rows.execute("SELECT text, state FROM message").fetchall())
        (integrity,) = rows.execute("PRAGMA integrity_check").fetchone()
    received = phone.texts
    return Findings(
        lost=(
            *(title for title in raised if not any(title in text for text in received)),
            *(text for text in written if text not in received),
        ),
        unexplained=tuple(text for text in received if text not in written),
        unsettled=tuple(text for text, state in written.items() if state not in {"accepted", "delivered"}),
        integrity=integrity,
    )


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
