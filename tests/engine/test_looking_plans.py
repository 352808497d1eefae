"""Questions that people, raises and routes ask of a large journal: each reads an index, and no more of it
than it gives. SQLite's own plan is looked at, so that nothing has to be timed.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from alert_engine.errors import InvalidRequestError
from alert_engine.journal.opening import migrate
from alert_engine.journal.schema import MIGRATIONS
from alert_engine.journal.transaction import Transaction
from alert_engine.model import Address, AlarmState, Channel, MessageState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ADDRESS = Address(channel=Channel.SMS, value="+436641111111")
FAILED = (MessageState.FAILED, MessageState.EXPIRED)
_READS_ALL = re.compile(r"SCAN (message|alarm|inbound|attempt|segment)(?! USING INDEX alarm_open)")
# Their order is that of the whole table, of which the first few rows are read.
IN_ORDER = {"messages": "SCAN message", "alarms": "alarm_raised", "who wrote": "inbound_who"}


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """An empty journal in memory."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as opened:
        opened.row_factory = sqlite3.Row
        migrate(opened, MIGRATIONS)
        yield opened


def plans(connection: sqlite3.Connection, ask: Callable[[Transaction], Any]) -> list[str]:
    """How SQLite answers each statement of a question."""
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    try:
        ask(Transaction(connection))
    finally:
        connection.set_trace_callback(None)
    return [row["detail"] for query in asked for row in connection.execute(f"EXPLAIN QUERY PLAN {query}")]


def messages(tx: Transaction, **wanted: Any) -> Any:
    nothing = dict.fromkeys(("alarm_id", "recipient", "address", "states", "since", "before"))
    return tx.history.messages(**{**nothing, "limit": 50, **wanted})


def conversation(tx: Transaction, **whose: Any) -> Any:
    return tx.history.conversation(**{"person": None, "address": None, "before": None, "limit": 50, **whose})


def alarms(tx: Transaction, **wanted: Any) -> Any:
    return tx.history.alarms(**{"states": None, "since": None, "before": None, "limit": 50, **wanted})


QUESTIONS: dict[str, Callable[[Transaction], Any]] = {
    "messages": messages,
    "messages in states": lambda tx: messages(tx, states=FAILED),
    "messages of a person": lambda tx: messages(tx, recipient="anna"),
    "messages of a person in states": lambda tx: messages(tx, recipient="anna", states=FAILED),
    "conversation with a person": lambda tx: conversation(tx, person="anna"),
    "conversation with a number": lambda tx: conversation(tx, address=ADDRESS.value),
    "alarms": alarms,
    "alarms in states": lambda tx: alarms(tx, states=(AlarmState.RAISED, AlarmState.CLOSED)),
    "who wrote": lambda tx: tx.history.senders(50),
    "figures of a route": lambda tx: tx.history.traffic("stick", NOW, tx.attempts.left_since("stick", NOW)),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_page_is_read_in_the_order_of_an_index(connection: sqlite3.Connection, name: str) -> None:
    found = plans(connection, QUESTIONS[name])
    assert found
    read = [each for each in found if _READS_ALL.search(each)]
    assert [each for each in read if IN_ORDER.get(name, "-") not in each] == []


@pytest.mark.parametrize("name", [name for name in QUESTIONS if name.startswith(("messages of a", "conv"))])
def test_nothing_is_sorted_but_the_page(connection: sqlite3.Connection, name: str) -> None:
    """The last sort is of what was found by index: at most a page of each part."""
    found = plans(connection, QUESTIONS[name])
    assert sum("TEMP B-TREE" in each for each in found) <= 2


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda tx: messages(tx, alarm_id="a", states=FAILED), "message_alarm (alarm_id=?)"),
        (lambda tx: tuple(tx.messages.select(alarm_id="a", states=FAILED, limit=5)), "message_alarm"),
        (lambda tx: tx.told.is_told("a", ADDRESS.value, "anna"), "message_alarm (alarm_id=? AND kind=?)"),
        (lambda tx: tx.alarms.all_open(), "alarm_open_key"),
        (lambda tx: tx.alarms.groups_open(), "alarm_open_key"),
        (lambda tx: tx.alarms.sent_to(ADDRESS.value), "message_alarm (alarm_id=? AND kind=?)"),
        (lambda tx: tx.alarms.sent_to(ADDRESS.value, NOW), "message_alarm (alarm_id=? AND kind=?)"),
        (lambda tx: tx.digests.sent(ADDRESS, NOW, NOW), "kind=? AND created_at>?"),
        (lambda tx: tuple(tx.messages.under_way_to(ADDRESS.value)), "message_waiting (address=?)"),
        (lambda tx: tx.held.any_in_line(ADDRESS), "INDEX held_in_line (channel=? AND address=?)"),
        (lambda tx: tx.overdue.next_due(), "SEARCH alarm USING INDEX sqlite_autoindex_alarm_1 (id=?)"),
        (lambda tx: tx.attempts.left_since("stick", NOW), "COVERING INDEX segment_left"),
    ],
)
def test_what_is_asked_for_each_raise_and_text_does_not_grow_with_the_history(
    connection: sqlite3.Connection, ask: Callable[[Transaction], Any], index: str
) -> None:
    found = plans(connection, ask)
    assert any(index in each for each in found), found
    assert [each for each in found if _READS_ALL.search(each)] == []


def test_a_question_for_no_state_has_no_answer(connection: sqlite3.Connection) -> None:
    assert messages(Transaction(connection), states=()) == ()
    assert alarms(Transaction(connection), states=()) == ()


@pytest.mark.parametrize(
    "ask", [messages, alarms, lambda tx, **where: conversation(tx, person="anna", **where)]
)
def test_a_place_that_is_gone_is_told(connection: sqlite3.Connection, ask: Callable[..., Any]) -> None:
    with pytest.raises(InvalidRequestError, match="begin anew"):
        ask(Transaction(connection), before="gone")
