"""Messages: the rows of the outbox."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from alert_engine.model import Channel, Message, MessageKind, MessageState, Priority
from alert_engine.outbox.entry import OutboxEntry
from alert_engine.routes.base import Media, MediaKind

from .columns import from_time, insert, to_optional_time, to_time, update
from .newest import newest_messages
from .next_messages import from_next_messages, to_next_messages

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator
    from datetime import datetime

_SELECT = "SELECT * FROM message"

# The concatenation reference of a message has 8 bits (3GPP TS 23.040 clause 9.2.3.24.1); 0 is left for
# "none".
_CONCAT_REFERENCES = 255

# A person may have this message: it was taken, or may have been.
_MAY_HAVE_ARRIVED = "(in_doubt OR state IN ('in_flight', 'accepted', 'delivered'))"
# It tells people of the raise of an alarm, alone or in a digest.
_TELLS = (
    "(alarm_id = ? AND kind = 'raise' "
    "OR uid IN (SELECT message_uid FROM digest WHERE digest.alarm_id = ? AND digest.kind = 'raise'))"
)
_UNDER_WAY = "state IN ('queued', 'in_flight', 'in_doubt')"

# It is looked at whatever its time is: nothing more will become of it. Once it was, it has no deadline.
_ENDED = "(state IN ('delivered', 'failed', 'expired', 'cancelled') AND proof_due_at IS NOT NULL)"


class MessageTable:
    """One row per message."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, entry: OutboxEntry) -> None:
        """Write a new message."""
        insert(self._connection, "message", _row(entry))

    def save(self, entry: OutboxEntry) -> None:
        """Write what changed."""
        update(self._connection, "message", _row(entry), {"uid": entry.message.uid})

    def get(self, uid: str) -> OutboxEntry:
        """The message with this uid. Raises KeyError if it was forgotten meanwhile."""
        row = self._connection.execute(f"{_SELECT} WHERE uid = ?", (uid,)).fetchone()
        if row is None:
            raise KeyError(uid)
        return _entry(row)

    def get_all(self, uids: Collection[str]) -> tuple[OutboxEntry, ...]:
        """Those of the messages that are still there, in the order in which they were written."""
        marks = ", ".join("?" * len(uids))
        return tuple(self._many(f"WHERE uid IN ({marks}) ORDER BY sequence", *uids))

    def queue(self, now: datetime, channels: Collection[Channel]) -> Iterator[OutboxEntry]:
        """What is due on these channels, in the order of service. Lazy: most want the first that fits."""
        marks = ", ".join("?" * len(channels))
        return self._many(
            # Named, or SQLite reads and sorts the whole queue to give the first of it.
            "INDEXED BY message_queue "
            f"WHERE state = 'queued' AND due_at <= ? AND channel IN ({marks}) "
            "ORDER BY priority, due_at, sequence",
            from_time(now),
            *channels,
        )

    def in_state(self, state: MessageState) -> Iterator[OutboxEntry]:
        """All messages in one state, the oldest first."""
        return self._many("WHERE state = ? ORDER BY sequence", state)

    def doubts_due(self, now: datetime, limit: int) -> Iterator[OutboxEntry]:
        """Messages whose wait for a report is over."""
        return self._many(
            "WHERE state = 'in_doubt' AND due_at <= ? ORDER BY priority, due_at, sequence LIMIT ?",
            from_time(now),
            limit,
        )

    def expired(self, now: datetime, limit: int) -> Iterator[OutboxEntry]:
        """Messages in the queue or in doubt that are too old to be useful."""
        return self._many(
            "INDEXED BY message_expiry "
            "WHERE state IN ('queued', 'in_doubt') AND expires_at <= ? ORDER BY expires_at LIMIT ?",
            from_time(now),
            limit,
        )

    def under_way(self, alarm_id: str) -> Iterator[OutboxEntry]:
        """Messages of an alarm that wait, or whose fate is open."""
        return self._many(f"WHERE alarm_id = ? AND {_UNDER_WAY} ORDER BY sequence", alarm_id)

    def under_way_to(self, address: str) -> Iterator[OutboxEntry]:
        """Messages to an address that wait, or whose fate is open."""
        return self._many(f"WHERE address = ? AND {_UNDER_WAY} ORDER BY sequence", address)

    def told(self, alarm_id: str) -> Iterator[OutboxEntry]:
        """The raise messages of an alarm, and digests with its raise, that somebody may have."""
        return self._many(f"WHERE {_TELLS} AND {_MAY_HAVE_ARRIVED} ORDER BY sequence", alarm_id, alarm_id)

    def raises(self, alarm_id: str, first_uid: str) -> Iterator[OutboxEntry]:
        """The messages from this one on that told people of a raise, digests too, whatever became of them."""
        return self._many(
            "WHERE (alarm_id = ? AND kind = 'raise' OR uid IN "
            "(SELECT message_uid FROM digest WHERE digest.alarm_id = ? AND digest.kind = 'raise')) "
            "AND sequence >= (SELECT sequence FROM message WHERE uid = ?) ORDER BY sequence",
            alarm_id,
            alarm_id,
            first_uid,
        )

    def raises_since(self, alarm_id: str, since: datetime) -> Iterator[OutboxEntry]:
        """Messages of this time that told people of a raise, without digests, whatever became of them."""
        return self._many(
            "WHERE alarm_id = ? AND kind = 'raise' AND created_at >= ? ORDER BY sequence",
            alarm_id,
            from_time(since),
        )

    def chain(self, first_uid: str) -> tuple[OutboxEntry, ...]:
        """A message and those that were told instead of it."""
        return tuple(self._many("WHERE uid = ? OR fallback_of = ? ORDER BY sequence", first_uid, first_uid))

    def proof_looks(self, now: datetime, limit: int) -> tuple[OutboxEntry, ...]:
        """Messages whose proof is to be looked at."""
        return tuple(
            self._many(
                "INDEXED BY message_proof "
                f"WHERE proof_look_at IS NOT NULL AND (proof_look_at <= ? OR {_ENDED}) LIMIT ?",
                from_time(now),
                limit,
            )
        )

    def awaiting_proof(self) -> tuple[OutboxEntry, ...]:
        """All that will be looked at."""
        return tuple(self._many("INDEXED BY message_proof WHERE proof_look_at IS NOT NULL"))

    def select(
        self, *, alarm_id: str | None, states: Collection[MessageState] | None, limit: int
    ) -> Iterator[OutboxEntry]:
        """Messages for people to look at, the newest first."""
        query, values = newest_messages(alarm_id=alarm_id, states=states, limit=limit)
        return self._many(f"WHERE sequence IN ({query}) ORDER BY sequence DESC", *values)

    def next_due(self, now: datetime) -> datetime | None:
        """When the next queued message comes due that is not due yet."""
        return self._moment(
            "SELECT min(due_at) FROM message WHERE state = 'queued' AND due_at > ?", from_time(now)
        )

    def next_deadline(self) -> datetime | None:
        """When the next doubt ends, the next message expires, or a proof is to be looked at."""
        return self._moment(
            "SELECT min(moment) FROM ("
            "SELECT min(due_at) AS moment FROM message WHERE state = 'in_doubt' UNION ALL "
            "SELECT min(expires_at) FROM message INDEXED BY message_expiry "
            "WHERE expires_at IS NOT NULL AND state IN ('queued', 'in_doubt') UNION ALL "
            "SELECT min(CASE WHEN state IN ('delivered', 'failed', 'expired', 'cancelled') "
            "AND proof_due_at IS NOT NULL THEN created_at ELSE proof_look_at END) "
            "FROM message INDEXED BY message_proof WHERE proof_look_at IS NOT NULL)"
        )

    def count(self, states: Collection[MessageState]) -> int:
        """How many messages are in these states."""
        marks = ", ".join("?" * len(states))
        (count,) = self._connection.execute(
            f"SELECT count(*) FROM message WHERE state IN ({marks})",  # noqa: S608 - marks are "?"
            tuple(states),
        ).fetchone()
        return int(count)

    def waiting_for(self, route: str, channels: Collection[str]) -> int:
        """How many messages wait that the route may carry by these channels, or has in hand or in doubt."""
        marks = ", ".join("?" * len(channels))
        (open_to_it,) = self._connection.execute(
            f"SELECT count(*) FROM message WHERE state = 'queued' AND channel IN ({marks}) "  # noqa: S608 - the same
            "AND coalesce(only_route, ?) = ? AND instr(excluded, ?) = 0",
            (*channels, route, route, json.dumps(route)),
        ).fetchone()
        (its_own,) = self._connection.execute(
            "SELECT count(*) FROM message WHERE state IN ('in_flight', 'in_doubt') AND route = ?", (route,)
        ).fetchone()
        return int(open_to_it + its_own)

    def count_by_priority(self, states: Collection[MessageState]) -> dict[Priority, int]:
        """The same by priority; each has a figure."""
        marks = ", ".join("?" * len(states))
        rows = self._connection.execute(
            f"SELECT priority, count(*) FROM message WHERE state IN ({marks}) GROUP BY priority",  # noqa: S608 - marks are "?"
            tuple(states),
        )
        return {**dict.fromkeys(Priority, 0), **{Priority(priority): count for priority, count in rows}}

    def forget(self, created_before: datetime, limit: int) -> int:
        """Delete old messages of no alarm, those of an alarm go with it; how many that were."""
        deleted = self._connection.execute(
            "DELETE FROM message WHERE uid IN (SELECT uid FROM message WHERE created_at < ? "
            "AND alarm_id IS NULL AND state NOT IN ('queued', 'in_flight', 'in_doubt') LIMIT ?)",
            (from_time(created_before), limit),
        )
        return deleted.rowcount

    def _moment(self, query: str, *values: object) -> datetime | None:
        (moment,) = self._connection.execute(query, values).fetchone()
        return to_optional_time(moment)

    def _many(self, where: str, *values: object) -> Iterator[OutboxEntry]:
        return (_entry(row) for row in self._connection.execute(f"{_SELECT} {where}", values))


def _row(entry: OutboxEntry) -> dict[str, Any]:
    message = entry.message
    return {
        "uid": message.uid,
        "kind": message.kind,
        "channel": message.channel,
        "address": message.address,
        "recipient": message.recipient,
        "alarm_id": message.alarm_id,
        "text": message.text,
        "priority": message.priority,
        "state": message.state,
        "segments": message.segments,
        "attempts": message.attempts,
        "in_doubt": message.in_doubt,
        "route": message.route,
        "created_at": from_time(message.created_at),
        "due_at": from_time(message.due_at),
        "expires_at": from_time(message.expires_at),
        "reason": message.reason,
        "plain": entry.plain,
        "flash": entry.flash,
        "simplified": entry.simplified,
        "withdrawn": entry.withdrawn,
        "since_attempt": entry.since_attempt,
        "refusals": entry.refusals,
        "resends": entry.resends,
        "given_up": json.dumps(entry.given_up),
        "only_route": entry.only_route,
        "preferred_route": entry.preferred_route,
        "excluded": json.dumps(entry.excluded),
        "fallback_of": entry.fallback_of,
        "proof_due_at": from_time(entry.proof_due_at),
        "proof_look_at": from_time(entry.proof_look_at),
        "read_at": from_time(message.read_at),
        "follow_ups": from_next_messages(entry.follow_ups),
        "media": _from_media(entry.media),
        "data": entry.data,
    }


def _entry(row: sqlite3.Row) -> OutboxEntry:
    return OutboxEntry(
        message=_message(row),
        concat_reference=row["sequence"] % _CONCAT_REFERENCES + 1,
        plain=bool(row["plain"]),
        flash=bool(row["flash"]),
        simplified=bool(row["simplified"]),
        withdrawn=bool(row["withdrawn"]),
        since_attempt=row["since_attempt"],
        refusals=row["refusals"],
        resends=row["resends"],
        given_up=tuple(json.loads(row["given_up"])),
        only_route=row["only_route"],
        preferred_route=row["preferred_route"],
        excluded=tuple(json.loads(row["excluded"])),
        fallback_of=row["fallback_of"],
        proof_due_at=to_optional_time(row["proof_due_at"]),
        proof_look_at=to_optional_time(row["proof_look_at"]),
        follow_ups=to_next_messages(row["follow_ups"]),
        media=_to_media(row["media"]),
        data=row["data"],
    )


def _from_media(media: Media | None) -> str | None:
    if media is None:
        return None
    return json.dumps({"kind": media.kind, "url": media.url, "file_name": media.file_name})


def _to_media(column: str | None) -> Media | None:
    if column is None:
        return None
    fields = json.loads(column)
    return Media(kind=MediaKind(fields["kind"]), url=fields["url"], file_name=fields["file_name"])


def _message(row: sqlite3.Row) -> Message:
    return Message(
        uid=row["uid"],
        kind=MessageKind(row["kind"]),
        channel=Channel(row["channel"]),
        address=row["address"],
        recipient=row["recipient"],
        alarm_id=row["alarm_id"],
        text=row["text"],
        priority=Priority(row["priority"]),
        state=MessageState(row["state"]),
        segments=row["segments"],
        attempts=row["attempts"],
        in_doubt=bool(row["in_doubt"]),
        route=row["route"],
        created_at=to_time(row["created_at"]),
        due_at=to_time(row["due_at"]),
        expires_at=to_optional_time(row["expires_at"]),
        reason=row["reason"],
        read_at=to_optional_time(row["read_at"]),
    )
