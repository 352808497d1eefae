"""What the commands of people leave behind: failed proofs, open challenges, answers, the switch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.decisions.authorisation import OpenChallenge
from alert_engine.decisions.replies import Answer, AnswerKind

from .columns import from_time, insert, to_optional_time, to_time

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCommand:
    """A command that waits for the answer to a challenge."""

    person: str
    text: str = field(repr=False)  # as it was written, without the proof
    challenge: OpenChallenge


class CommandTable:
    """Rows about senders of commands."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    # --- failed proofs --------------------------------------------------------------------------------

    def fail(self, sender: str, at: datetime) -> None:
        """Note a wrong proof."""
        insert(self._connection, "command_failure", {"sender": sender, "at": from_time(at)})

    def failures_of(self, sender: str, since: datetime) -> tuple[datetime, ...]:
        """When this sender failed, the oldest first."""
        rows = self._connection.execute(
            "SELECT at FROM command_failure WHERE sender = ? AND at > ? ORDER BY at",
            (sender, from_time(since)),
        )
        return tuple(to_time(row["at"]) for row in rows)

    def failures_of_all(self, since: datetime) -> int:
        """How often anybody failed."""
        (count,) = self._connection.execute(
            "SELECT count(*) FROM command_failure WHERE at > ?", (from_time(since),)
        ).fetchone()
        return int(count)

    # --- the switch -----------------------------------------------------------------------------------

    def switch_off(self, at: datetime) -> None:
        """No command that needs proof is taken any more."""
        insert(self._connection, "commands_off", {"since": from_time(at)}, verb="INSERT OR IGNORE")

    def switch_on(self) -> bool:
        """They are taken again, and the failures are forgotten; False if they always were."""
        self._connection.execute("DELETE FROM command_failure")
        return self._connection.execute("DELETE FROM commands_off").rowcount > 0

    def off_since(self) -> datetime | None:
        """Since when they are not taken."""
        (since,) = self._connection.execute("SELECT min(since) FROM commands_off").fetchone()
        return to_optional_time(since)

    # --- challenges -----------------------------------------------------------------------------------

    def challenge(self, sender: str, pending: PendingCommand) -> None:
        """Wait for the answer; an earlier question to this number is void."""
        values = {
            "sender": sender,
            "person": pending.person,
            "text": pending.text,
            "code": pending.challenge.code,
            "expires_at": from_time(pending.challenge.expires_at),
        }
        insert(self._connection, "challenge", values, verb="INSERT OR REPLACE")

    def pending(self, sender: str) -> PendingCommand | None:
        """What waits for this number."""
        row = self._connection.execute("SELECT * FROM challenge WHERE sender = ?", (sender,)).fetchone()
        if row is None:
            return None
        challenge = OpenChallenge(code=row["code"], expires_at=to_time(row["expires_at"]))
        return PendingCommand(person=row["person"], text=row["text"], challenge=challenge)

    def close_challenge(self, sender: str) -> None:
        """It was answered, right or wrong."""
        self._connection.execute("DELETE FROM challenge WHERE sender = ?", (sender,))

    # --- answers --------------------------------------------------------------------------------------

    def answered(self, address: str, answer: Answer) -> None:
        """Note that an answer was written."""
        values = {"address": address, "kind": answer.kind, "at": from_time(answer.at)}
        insert(self._connection, "answer", values)

    def answers(self, address: str, since: datetime) -> tuple[Answer, ...]:
        """The answers to this address after `since`."""
        rows = self._connection.execute(
            "SELECT kind, at FROM answer WHERE address = ? AND at > ? ORDER BY id",
            (address, from_time(since)),
        )
        return tuple(Answer(kind=AnswerKind(row["kind"]), at=to_time(row["at"])) for row in rows)

    def has_correspondence(self, address: str) -> bool:
        """Somebody wanted us to write to this address."""
        found = self._connection.execute(
            "SELECT 1 FROM message WHERE address = ? AND kind <> 'reply' LIMIT 1", (address,)
        )
        return found.fetchone() is not None

    def forget(self, before: datetime, limit: int) -> int:
        """Delete what is too old to matter, so many of each kind; how many at most of one kind."""
        return max(
            self._connection.execute(
                f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE at < ? LIMIT ?)",  # noqa: S608 - ours
                (from_time(before), limit),
            ).rowcount
            for table in ("command_failure", "answer")
        )
