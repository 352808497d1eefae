"""Addresses whose owners want no messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.model import Address, Channel

from .columns import from_time, insert, to_time

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """One address that said STOP."""

    address: str = field(repr=False)
    channels: frozenset[Channel]  # by which nothing may be sent there
    since: datetime  # the first of them
    word: str
    language: str
    person: str = ""  # whose address it is, as far as somebody has been told


class ConsentTable:
    """One row per address and channel for which somebody said STOP and not START since.

    Besides, one per address and route whose provider does not let us write there: other routes may.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    # --- what people say to the gateway ---------------------------------------------------------------

    def stop(self, opt_out: OptOut) -> bool:
        """Note it; False if all of it was noted before."""
        before = self._connection.total_changes
        for channel in sorted(opt_out.channels):
            values = {
                "address": opt_out.address,
                "channel": channel,
                "since": from_time(opt_out.since),
                "word": opt_out.word,
                "language": opt_out.language,
                "person": opt_out.person,
            }
            insert(self._connection, "consent", values, verb="INSERT OR IGNORE")
        return self._connection.total_changes > before

    def belongs(self, address: str, person: str) -> None:
        """It turned out to be this person's."""
        self._connection.execute("UPDATE consent SET person = ? WHERE address = ?", (person, address))

    def start(self, address: str, channels: Collection[Channel]) -> bool:
        """Undo it for these channels; False if there is nothing to undo."""
        before = self._connection.total_changes
        self._connection.executemany(
            "DELETE FROM consent WHERE address = ? AND channel = ?",
            [(address, channel) for channel in sorted(channels)],
        )
        return self._connection.total_changes > before

    def is_stopped(self, address: Address) -> bool:
        """This address wants no messages by its channel."""
        found = self._connection.execute(
            "SELECT 1 FROM consent WHERE address = ? AND channel = ?", (address.value, address.channel)
        )
        return found.fetchone() is not None

    def all(self) -> tuple[OptOut, ...]:
        """Everybody who said STOP, the first first."""
        rows = self._connection.execute(
            "SELECT address, group_concat(channel) AS channels, min(since) AS since, word, language, person "
            "FROM consent GROUP BY address ORDER BY since, address"
        )
        return tuple(
            OptOut(
                address=row["address"],
                channels=frozenset(Channel(each) for each in row["channels"].split(",")),
                since=to_time(row["since"]),
                word=row["word"],
                language=row["language"],
                person=row["person"],
            )
            for row in rows
        )

    def addresses(self) -> frozenset[Address]:
        """The same, as addresses."""
        rows = self._connection.execute("SELECT address, channel FROM consent")
        return frozenset(Address(channel=Channel(row["channel"]), value=row["address"]) for row in rows)

    # --- what people said to a provider ---------------------------------------------------------------

    def stop_route(self, address: str, route: str, since: datetime) -> bool:
        """The provider of this route does not let us write there; False if that was known."""
        before = self._connection.total_changes
        values = {"address": address, "route": route, "since": from_time(since)}
        insert(self._connection, "route_opt_out", values, verb="INSERT OR IGNORE")
        return self._connection.total_changes > before

    def start_route(self, address: str, route: str, *, sent_at: datetime | None = None) -> bool:
        """It does again; False if it always did.

        With `sent_at`, a message that was taken then arrived: it says nothing if it is older than the mark.
        """
        until = from_time(sent_at) or "9999"  # sorts after every moment
        deleted = self._connection.execute(
            "DELETE FROM route_opt_out WHERE address = ? AND route = ? AND since < ?", (address, route, until)
        )
        return deleted.rowcount > 0

    def start_routes(self, address: str) -> int:
        """All of them do again; how many did not."""
        return self._connection.execute("DELETE FROM route_opt_out WHERE address = ?", (address,)).rowcount

    def stopped_routes(self, address: str) -> frozenset[str]:
        """The routes whose providers do not let us write to this address."""
        rows = self._connection.execute("SELECT route FROM route_opt_out WHERE address = ?", (address,))
        return frozenset(row["route"] for row in rows)

    def all_stopped_routes(self) -> Mapping[str, frozenset[str]]:
        """The same of all addresses that have any."""
        found: dict[str, set[str]] = {}
        for row in self._connection.execute("SELECT address, route FROM route_opt_out"):
            found.setdefault(row["address"], set()).add(row["route"])
        return {address: frozenset(routes) for address, routes in found.items()}
