"""Keywords that were granted, and that nobody has acted on yet as far as we know."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.model import Authorisation, KeywordReceived

from .columns import from_time, insert, to_optional_time, to_time

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingKeyword:
    """One of them, and whom to tell if nobody ever does."""

    event: KeywordReceived
    sender: str = field(repr=False)
    words: str = field(repr=False)  # as it was written, without the proof


class WaitingKeywordTable:
    """One row per keyword, until it is taken."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, waiting: WaitingKeyword) -> None:
        """Write one."""
        event = waiting.event
        values = {
            "id": event.id,
            "keyword": event.keyword,
            "person": event.person,
            "arguments": json.dumps(event.arguments),
            "named": json.dumps(dict(event.values)),
            "authorisation": event.authorisation,
            "at": from_time(event.at),
            "sender": waiting.sender,
            "words": waiting.words,
        }
        insert(self._connection, "waiting_keyword", values)

    def between(self, since: datetime, until: datetime) -> tuple[WaitingKeyword, ...]:
        """Those of this span, the oldest first."""
        return self._many("WHERE at > ? AND at <= ? ORDER BY at, id", from_time(since), from_time(until))

    def outside(self, since: datetime, until: datetime, limit: int) -> tuple[WaitingKeyword, ...]:
        """Those that are older, or of a clock that was ahead."""
        return self._many(
            "WHERE at <= ? OR at > ? ORDER BY at, id LIMIT ?", from_time(since), from_time(until), limit
        )

    def oldest(self) -> datetime | None:
        """When the oldest was granted."""
        (at,) = self._connection.execute("SELECT min(at) FROM waiting_keyword").fetchone()
        return to_optional_time(at)

    def waits(self, keyword_id: str) -> bool:
        """Nobody has taken it."""
        found = self._connection.execute("SELECT 1 FROM waiting_keyword WHERE id = ?", (keyword_id,))
        return found.fetchone() is not None

    def remove(self, keyword_id: str) -> None:
        """Somebody has it, or nobody ever will."""
        self._connection.execute("DELETE FROM waiting_keyword WHERE id = ?", (keyword_id,))

    def _many(self, where: str, *values: object) -> tuple[WaitingKeyword, ...]:
        rows = self._connection.execute(f"SELECT * FROM waiting_keyword {where}", values)  # noqa: S608 - all ours
        return tuple(map(_waiting, rows))


def _waiting(row: sqlite3.Row) -> WaitingKeyword:
    event = KeywordReceived(
        id=row["id"],
        keyword=row["keyword"],
        person=row["person"],
        arguments=tuple(json.loads(row["arguments"])),
        authorisation=Authorisation(row["authorisation"]),
        at=to_time(row["at"]),
        values=json.loads(row["named"]),
    )
    return WaitingKeyword(event=event, sender=row["sender"], words=row["words"])
