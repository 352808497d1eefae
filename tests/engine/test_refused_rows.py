"""What the journal will never take holds up no route: one message fails, people hear, the rest goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from alert_engine.errors import JournalError, JournalRefusalError
from alert_engine.model import MessageState, SendRequest
from alert_engine.supervision.settings import SupervisionSettings
from tests.engine.support import ANNA, BERT, FakeRoute, Step, Story, inline_journal, number_of, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

    from alert_engine.journal.transaction import Transaction

S = MessageState


def refuse(directory: Path, condition: str) -> None:
    """From now on the journal contradicts whoever writes such a message."""
    with closing(sqlite3.connect(directory / "journal.db")) as connection:
        connection.execute(
            f"CREATE TRIGGER refusal BEFORE UPDATE ON message WHEN {condition} "
            "BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        connection.commit()


async def send(told: Story, text: str) -> str:
    result = await told.engine.send(SendRequest(to=("anna",), text=text))
    return result.messages[0].uid


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        # It left, and how that ended cannot be written.
        ("NEW.state = 'accepted' AND NEW.text = 'bad'", ["bad", "good"]),
        # It cannot even be claimed.
        ("NEW.state = 'in_flight' AND NEW.text = 'bad'", ["good"]),
    ],
)
@story
async def test_one_message_fails_and_the_route_goes_on(
    tmp_path: Path, condition: str, left: list[str]
) -> None:
    async with telling(tmp_path, supervision=SupervisionSettings()) as told:
        refuse(tmp_path, condition)
        bad, good = await send(told, "bad"), await send(told, "good")
        await told.until(5)
        assert [each.text for each in told.route.left if not each.text.startswith("HIGH")] == left
        message = await told.message(bad)
        assert (message.state, message.reason) == (
            S.FAILED,
            "the gateway could not write down what became of it",
        )
        assert (await told.message(good)).state is S.ACCEPTED
        (alarm,) = await told.engine.open_alarms()
        assert (alarm.source, alarm.key, alarm.title) == ("gateway", "outbox", "a message was given up")
        await told.until(4000)
        assert await told.engine.open_alarms() == ()


@story
async def test_a_route_that_fails_on_it_as_well(tmp_path: Path) -> None:
    broken = FakeRoute(script=[Step(outcome=RuntimeError("defect"))])
    async with telling(tmp_path, people=(ANNA, BERT), route=broken) as told:
        refuse(tmp_path, "OLD.state = 'in_flight' AND NEW.state = 'queued'")
        bad = await send(told, "bad")
        await told.engine.send(SendRequest(to=("bert",), text="good"))
        await told.until(20)
        assert told.route.texts == [(number_of(BERT), "good")]
        assert (await told.message(bad)).state is S.FAILED
        assert await told.engine.open_alarms() == ()  # nobody wants alarms about the gateway here


@story
async def test_whoever_asks_hears_that_it_is_of_no_use_to_ask_again(tmp_path: Path) -> None:
    journal = inline_journal(tmp_path / "journal.db")
    await journal.open()

    def wrong(statement: str) -> object:
        def operation(tx: Transaction) -> None:
            tx.messages._connection.execute(statement)

        return operation

    try:
        for statement in ("SELECT * FROM nothing", "INSERT INTO note VALUES (NULL, NULL)"):
            with pytest.raises(JournalRefusalError) as refused:
                await journal.write(wrong(statement))  # type: ignore[arg-type]  # what it returns is not used
            assert isinstance(refused.value, JournalError)
            assert isinstance(refused.value.__cause__, sqlite3.Error)
    finally:
        await journal.close()
