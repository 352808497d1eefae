"""The audit: nothing in it can be changed or taken out unseen, also after what is old was let go."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.journal.schema import MIGRATIONS
from alert_engine.journal.tables.audit import GENESIS, TRIMMED, AuditTable

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def table(entries: int = 0) -> tuple[AuditTable, sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    for script in MIGRATIONS:
        connection.executescript(script)
    audit = AuditTable(connection)
    for number in range(entries):
        audit.add(NOON + number * DAY, "anna", "commanded", f"message-{number} OK")
    return audit, connection


def test_each_entry_holds_the_hash_of_the_one_before() -> None:
    audit, _ = table(3)
    third, second, first = audit.newest(10)
    assert (first.seq, first.prev_hash) == (1, GENESIS)
    assert (second.prev_hash, third.prev_hash) == (first.hash, second.hash)
    assert (third.actor, third.action, third.object) == ("anna", "commanded", "message-2 OK")
    assert third.at == NOON + 2 * DAY
    assert audit.newest(1) == (third,)
    assert audit.first_broken() is None


def test_the_hash_is_of_all_there_is_to_say() -> None:
    audit, _ = table()
    audit.add(NOON, "Änne", "commanded", 'a "b" \\')
    (entry,) = audit.newest(1)
    # SHA-256 of [1,"2026-03-01T12:00:00.000000+00:00","\u00c4nne","commanded","a \"b\" \\","000…"] in ASCII
    assert entry.hash == "b6d51bd27339e5124e518a816099a69406057b5eb7dc8e041096ca0f4ecbdf3a"


@pytest.mark.parametrize("column", ["at", "actor", "action", "object", "prev_hash", "hash"])
@pytest.mark.parametrize("seq", [1, 2, 4])
def test_a_change_is_seen(column: str, seq: int) -> None:
    audit, connection = table(4)
    value = "2026-03-01T12:00:00.000001+00:00" if column == "at" else "forged"
    connection.execute(f"UPDATE audit SET {column} = ? WHERE seq = ?", (value, seq))
    assert audit.first_broken() == seq


@pytest.mark.parametrize(("seq", "broken"), [(1, 1), (2, 2), (3, 3)])
def test_a_gap_is_seen(seq: int, broken: int) -> None:
    audit, connection = table(4)
    connection.execute("DELETE FROM audit WHERE seq = ?", (seq,))
    assert audit.first_broken() == broken


def test_what_is_old_goes_and_the_rest_still_verifies() -> None:
    audit, _ = table(10)
    now = NOON + 10 * DAY
    assert audit.forget(NOON + 5 * DAY, 500, now) == 4  # the fifth stays as the anchor
    assert audit.first_broken() is None
    anchor = audit.newest(100)[-1]
    assert (anchor.seq, anchor.actor, anchor.action, anchor.object) == (5, "", "anchor", "")
    assert audit.newest(1)[0].action == TRIMMED
    assert audit.forget(NOON + 5 * DAY, 500, now) == 0
    assert audit.forget(NOON + 8 * DAY, 500, now + DAY) == 3
    assert audit.first_broken() is None


def test_entries_of_a_boot_without_a_clock_take_nothing_along() -> None:
    audit, _ = table(3)
    for _ in range(2):
        audit.add(datetime(1970, 1, 1, tzinfo=UTC), "anna", "commanded", "message OK")
    audit.add(NOON + 3 * DAY, "anna", "commanded", "message OK")
    assert audit.forget(NOON - DAY, 500, NOON + 4 * DAY) == 0
    assert len(audit.newest(100)) == 6
    assert audit.forget(NOON + 3 * DAY, 500, NOON + 4 * DAY) == 4  # the last old one is the anchor
    assert audit.first_broken() is None


def test_it_goes_in_batches() -> None:
    audit, _ = table(10)
    assert [audit.forget(NOON + 9 * DAY, 3, NOON + 10 * DAY) for _ in range(4)] == [3, 3, 2, 0]
    assert audit.first_broken() is None


def test_a_false_anchor_is_seen() -> None:
    audit, connection = table(10)
    connection.execute("DELETE FROM audit WHERE seq < 4")
    connection.execute("UPDATE audit SET action = 'anchor', actor = '', object = '' WHERE seq = 4")
    assert audit.first_broken() == 4


def test_a_changed_anchor_is_seen() -> None:
    audit, connection = table(10)
    audit.forget(NOON + 5 * DAY, 500, NOON + 10 * DAY)
    connection.execute("UPDATE audit SET hash = ? WHERE seq = 5", ("f" * 64,))
    assert audit.first_broken() == 6


@given(
    texts=st.lists(st.text(st.characters(codec="utf-8"), max_size=20), min_size=1, max_size=12),
    victim=st.integers(0, 11),
    forged=st.text(st.characters(codec="utf-8"), max_size=20),
)
def test_any_change_is_seen(texts: list[str], victim: int, forged: str) -> None:
    audit, connection = table()
    for text in texts:
        audit.add(NOON, "anna", "commanded", text)
    assert audit.first_broken() is None
    seq = victim % len(texts) + 1
    connection.execute("UPDATE audit SET object = ? WHERE seq = ?", (forged, seq))
    assert audit.first_broken() == (None if forged == texts[seq - 1] else seq)
