"""The books of the soak, on the disk: what grows with the days is no memory of the process that is measured.

The journal forgets what is old, and phones are emptied every hour; what the checker needs is copied before.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any

from lab.checker import Doubt, Findings, Piece, Promise, Written, check, pieces_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gsm_driver.simulator import SimulatedPhone

_TABLES = """
CREATE TABLE promise (name TEXT PRIMARY KEY, words TEXT, number TEXT, excused INTEGER DEFAULT 0);
CREATE TABLE piece (number TEXT, text TEXT, segment INTEGER, segments INTEGER, reference INTEGER, at REAL);
CREATE TABLE doubt (number TEXT, text TEXT, segment INTEGER, point TEXT);
CREATE TABLE command (sender TEXT, text TEXT);
CREATE TABLE message (uid TEXT PRIMARY KEY, number TEXT, text TEXT, state TEXT, channel TEXT);
CREATE TABLE digested (number TEXT, title TEXT, UNIQUE (number, title));
CREATE TABLE inbound (id TEXT PRIMARY KEY, sender TEXT, text TEXT);
CREATE TABLE complaint (id TEXT PRIMARY KEY, key TEXT, title TEXT);
"""
# A call that rang is heard, and no text comes of it; one that waits for ever is seen.
_MESSAGES = """
SELECT number, text, state FROM message WHERE channel <> 'call' OR state NOT IN ('accepted', 'delivered')
"""
_DIGESTED = """
SELECT address, alarm.title FROM digest JOIN message ON message.uid = message_uid
JOIN alarm ON alarm.id = digest.alarm_id WHERE message.state IN ('accepted', 'delivered')
"""
_COMPLAINTS = "SELECT id, key, title || ': ' || text FROM alarm WHERE source = 'gateway'"
_COPIED = (  # from the journal, into the books
    (
        "SELECT uid, address, text, state, channel FROM message",
        "INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?)",
    ),
    (_DIGESTED, "INSERT OR REPLACE INTO digested VALUES (?, ?)"),
    ("SELECT id, sender, text FROM inbound", "INSERT OR REPLACE INTO inbound VALUES (?, ?, ?)"),
    (_COMPLAINTS, "INSERT OR REPLACE INTO complaint VALUES (?, ?, ?)"),
)
_HEARD_OF = ("audit", "journal")  # of complaints: the others have good reasons here


class Books:
    """Promises, what came of them, and copies of what the journal will forget."""

    def __init__(self, file: Path) -> None:
        self._rows = sqlite3.connect(file, isolation_level=None)
        self._rows.execute("PRAGMA synchronous = OFF")  # they need not outlive the run
        self._rows.execute("PRAGMA journal_mode = MEMORY")
        self._rows.execute("PRAGMA cache_size = -256")  # KiB: else they would be in memory after all
        self._rows.executescript(_TABLES)

    def close(self) -> None:
        """Nothing more is written."""
        self._rows.close()

    def promise(self, name: str, words: str, number: str) -> None:
        """The gateway's broker has it."""
        self._rows.execute(
            "INSERT INTO promise (name, words, number) VALUES (?, ?, ?)", (name, words, number)
        )

    def excuse(self, name: str) -> None:
        """Nobody need hear of it any more."""
        self._rows.execute("UPDATE promise SET excused = 1 WHERE name = ?", (name,))

    def doubt(self, number: str, text: str, segment: int, point: str) -> None:
        """One more copy of this segment is no mistake."""
        self._rows.execute("INSERT INTO doubt VALUES (?, ?, ?, ?)", (number, text, segment, point))

    def command(self, sender: str, text: str) -> None:
        """Somebody wrote this to the gateway."""
        self._rows.execute("INSERT INTO command VALUES (?, ?)", (sender, text))

    def receive(self, number: str, text: str, at: float) -> None:
        """A phone got a whole message from a provider."""
        self._rows.execute("INSERT INTO piece VALUES (?, ?, 1, 1, 0, ?)", (number, text, at))

    def empty(self, phones: Iterable[SimulatedPhone]) -> None:
        """Take over what phones have, and let them forget it; but no message of which a part is missing."""
        for phone in phones:
            if phone.waiting_segments:
                continue
            for each in pieces_of((phone,)):
                row = (each.number, each.text, each.segment, each.segments, each.reference, each.at)
                self._rows.execute("INSERT INTO piece VALUES (?, ?, ?, ?, ?, ?)", row)
            for kept in (phone.raw, phone.inbox, phone.calls):
                kept.clear()
            phone._seen.clear()  # noqa: SLF001 - it only counts copies, which is the checker's business

    def copy(self, journal: Path) -> None:
        """Take over what the journal holds today."""
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as rows:
            self._rows.execute("BEGIN")
            for query, insert in _COPIED:
                self._rows.executemany(insert, rows.execute(query))
            self._rows.execute("COMMIT")

    @property
    def accepted(self) -> int:
        """Promises."""
        (count,) = self._rows.execute("SELECT count(*) FROM promise").fetchone()
        return int(count)

    def findings(self, journal: Path) -> Findings:
        """Let the checker compare everything with everything."""
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as rows:
            (integrity,) = rows.execute("PRAGMA integrity_check").fetchone()
            held = rows.execute("SELECT title FROM held JOIN alarm ON alarm.id = alarm_id").fetchall()
        return check(
            [
                Promise(name=name, words=words, numbers=(number,), excused=bool(excused))
                for name, words, number, excused in self._all("promise")
            ],
            Written(
                messages=tuple(self._rows.execute(_MESSAGES)),
                inbound=Counter(row[1:] for row in self._all("inbound")),
                digested=frozenset(self._all("digested")),
                held=tuple(title for (title,) in held),
                complaints=tuple(
                    f"{key}: {title}" for _, key, title in self._all("complaint") if key.startswith(_HEARD_OF)
                ),
                integrity=integrity,
            ),
            [
                Piece(number=number, text=text, segment=place, segments=places, reference=reference, at=at)
                for number, text, place, places, reference, at in self._all("piece")
            ],
            [
                Doubt(number=number, text=text, segment=segment, point=point)
                for number, text, segment, point in self._all("doubt")
            ],
            Counter(self._all("command")),
        )

    def _all(self, table: str) -> list[tuple[Any, ...]]:
        return self._rows.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - a name from this module
