"""Addresses whose owners want no messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.model import Address, Channel

from .columns import from_time, insert, to_time

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

# A STOP by SMS is honoured for all that goes to a phone.
_OF_A_PHONE = (Channel.SMS, Channel.CALL, Channel.WHATSAPP)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """One address that said STOP."""

    address: str = field(repr=False)
    since: datetime
    word: str
    language: str
    person: str = ""  # whose address it is, as far as somebody has been told


class ConsentTable:
    """One row per address that said STOP and not START since."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def stop(self, opt_out: OptOut) -> bool:
        """Note it; False if it was noted before."""
        if self.is_stopped(opt_out.address):
            return False
        values = {
            "address": opt_out.address,
            "since": from_time(opt_out.since),
            "word": opt_out.word,
            "language": opt_out.language,
            "person": opt_out.person,
        }
        insert(self._connection, "consent", values)
        return True

    def belongs(self, address: str, person: str) -> None:
        """It turned out to be this person's."""
        self._connection.execute("UPDATE consent SET person = ? WHERE address = ?", (person, address))

    def start(self, address: str) -> bool:
        """Undo it, also at the routes whose providers knew of it; False if there is nothing to undo."""
        self._connection.execute("DELETE FROM route_opt_out WHERE address = ?", (address,))
        deleted = self._connection.execute("DELETE FROM consent WHERE address = ?", (address,))
        return deleted.rowcount > 0

    def stop_route(self, address: str, route: str, since: datetime) -> None:
        """The provider of this route does not let us write to the address: other routes may."""
        self._connection.execute(
            "INSERT OR IGNORE INTO route_opt_out (address, route, since) VALUES (?, ?, ?)",
            (address, route, from_time(since)),
        )

    def start_route(self, address: str, route: str) -> None:
        """It took a message for it after all."""
        self._connection.execute(
            "DELETE FROM route_opt_out WHERE address = ? AND route = ?", (address, route)
        )

    def stopped_routes(self, address: str) -> frozenset[str]:
        """The routes whose providers do not let us write to this address."""
        rows = self._connection.execute("SELECT route FROM route_opt_out WHERE address = ?", (address,))
        return frozenset(row["route"] for row in rows)

    def is_stopped(self, address: str) -> bool:
        """This address wants no messages."""
        found = self._connection.execute("SELECT 1 FROM consent WHERE address = ?", (address,))
        return found.fetchone() is not None

    def all(self) -> tuple[OptOut, ...]:
        """Everybody who said STOP, the first first."""
        rows = self._connection.execute("SELECT * FROM consent ORDER BY since, address")
        return tuple(
            OptOut(
                address=row["address"],
                since=to_time(row["since"]),
                word=row["word"],
                language=row["language"],
                person=row["person"],
            )
            for row in rows
        )

    def addresses(self) -> frozenset[Address]:
        """The same, as addresses of each channel that goes to a phone."""
        return frozenset(
            Address(channel=channel, value=each.address) for each in self.all() for channel in _OF_A_PHONE
        )
