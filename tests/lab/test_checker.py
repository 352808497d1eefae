"""What the checker says of small cases that are easily seen through: each kind of harm is found."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from alert_engine.model import Address, AlarmRaise, Channel, MessageState, Person, Policy, Severity, Step
from lab.checker import Doubt, Findings, Piece, Promise, Written, check, read_journal
from lab.ledger import Ledger
from tests.engine.support import FakeRoute, telling
from tests.virtual_time import story

if TYPE_CHECKING:
    from pathlib import Path

ANNA = "+436641111111"
TEXT = "Pump off"


class TestChecker:
    """What it says of small cases that are easily seen through."""

    ANNA = "+436641111111"
    TEXT = "Pump off"
    MESSAGE = (ANNA, TEXT, "accepted")
    PROMISE = Promise(name="raise-1", words="Pump", numbers=(ANNA,))
    PIECE = Piece(number=ANNA, text=TEXT)
    DOUBT = Doubt(number=ANNA, text=TEXT, segment=1, point="ctrl_z")

    def written(self, *messages: tuple[str, str, str], **fields: Any) -> Written:
        return Written(messages=messages, inbound=Counter(), **fields)

    def test_as_it_should_be(self) -> None:
        assert check([self.PROMISE], self.written(self.MESSAGE), [self.PIECE]).is_clean

    def test_accepted_and_never_written_down(self) -> None:
        found = check([self.PROMISE], self.written(), [])
        assert found.lost == ("raise-1 did not reach +436641111111",)

    def test_excused(self) -> None:
        excused = Promise(name="raise-1", words="Pump", numbers=(self.ANNA,), excused=True)
        assert check([excused], self.written((self.ANNA, self.TEXT, "cancelled")), []).is_clean

    def test_taken_and_never_received(self) -> None:
        assert len(check([], self.written(self.MESSAGE), []).lost) == 1

    def test_a_segment_is_missing(self) -> None:
        half = Piece(number=self.ANNA, text="Pump", segment=1, segments=2, reference=7)
        assert len(check([], self.written(self.MESSAGE), [half]).lost) == 1

    def test_never_written_and_received(self) -> None:
        assert check([], self.written(), [self.PIECE]).unexpected == ("+436641111111: Pump off",)

    def test_the_same_text_was_written_twice(self) -> None:
        assert check([], self.written(self.MESSAGE, self.MESSAGE), [self.PIECE] * 2).is_clean

    @pytest.mark.parametrize(("copies", "doubts", "clean"), [(2, 1, True), (2, 0, False), (3, 1, False)])
    def test_a_doubt_allows_one_more(self, copies: int, doubts: int, *, clean: bool) -> None:
        found = check([], self.written(self.MESSAGE), [self.PIECE] * copies, [self.DOUBT] * doubts)
        assert found.is_clean == clean
        assert found.resent == Counter({"ctrl_z": doubts})

    def test_a_doubt_about_another_segment_allows_nothing(self) -> None:
        first = Piece(number=self.ANNA, text="Pump ", segment=1, segments=2, reference=7)
        second = Piece(number=self.ANNA, text="off", segment=2, segments=2, reference=7)
        doubt = Doubt(number=self.ANNA, text="off", segment=2, point="ctrl_z")
        assert check([], self.written(self.MESSAGE), [first, second, second], [doubt]).is_clean
        assert len(check([], self.written(self.MESSAGE), [first, first, second], [doubt]).duplicated) == 1

    def test_the_same_under_another_reference(self) -> None:
        pieces = [
            Piece(number=self.ANNA, text=text, segment=place, segments=2, reference=reference)
            for reference in (7, 8)
            for place, text in ((1, "Pump "), (2, "off"))
        ]
        assert len(check([], self.written(self.MESSAGE), pieces).duplicated) == 1

    def test_what_waits_for_ever(self) -> None:
        assert len(check([], self.written((self.ANNA, self.TEXT, "in_doubt")), []).unsettled) == 1

    def test_a_damaged_journal(self) -> None:
        assert check([], self.written(integrity="row 7 missing"), []).damage == ("row 7 missing",)


class TestTime:
    """What must come within a time."""

    def found(self, *pieces: Piece, **fields: Any) -> Findings:
        promise = Promise(name="raise-1", words="Pump", numbers=(ANNA,), at=100.0, within=20.0, **fields)
        return check([promise], None, pieces)

    def piece(self, at: float | None, **fields: Any) -> Piece:
        return Piece(number=ANNA, text=TEXT, at=at, **fields)

    @pytest.mark.parametrize(("at", "late"), [(119.9, 0), (120.0, 0), (120.1, 1)])
    def test_late(self, at: float, late: int) -> None:
        assert len(self.found(self.piece(at)).late) == late

    def test_what_never_came_is_lost_and_not_late(self) -> None:
        found = self.found()
        assert (len(found.lost), found.late) == (1, ())

    def test_the_first_copy_counts(self) -> None:
        assert self.found(self.piece(150.0), self.piece(110.0)).late == ()

    def test_a_message_is_there_when_its_last_segment_is(self) -> None:
        parts = [
            Piece(number=ANNA, text=text, segment=place, segments=2, reference=7, at=at)
            for place, text, at in ((2, "off", 105.0), (1, "Pump ", 130.0))
        ]
        assert self.found(*parts).late == ("raise-1 reached +436641111111 after 30.0 s, not 20 s",)

    def test_what_nobody_need_hear_of(self) -> None:
        assert self.found(self.piece(500.0), excused=True).late == ()

    def test_a_piece_without_time_says_nothing_of_it(self) -> None:
        assert self.found(self.piece(None)).is_clean


class TestWithoutJournal:
    """Where nobody can read one, promises say what may come."""

    PROMISE = Promise(name="raise-1", words="Pump", numbers=(ANNA,))

    def test_as_it_should_be(self) -> None:
        assert check([self.PROMISE], None, [Piece(number=ANNA, text=TEXT)]).is_clean

    def test_lost(self) -> None:
        assert len(check([self.PROMISE], None, []).lost) == 1

    def test_doubled(self) -> None:
        assert len(check([self.PROMISE], None, [Piece(number=ANNA, text=TEXT)] * 2).duplicated) == 1

    def test_unexpected(self) -> None:
        other = Piece(number=ANNA, text="Win a prize")
        assert check([self.PROMISE], None, [Piece(number=ANNA, text=TEXT), other]).unexpected == (
            "+436641111111: Win a prize",
        )

    def test_for_somebody_else(self) -> None:
        found = check([self.PROMISE], None, [Piece(number="+436642222222", text=TEXT)])
        assert (len(found.lost), len(found.unexpected)) == (1, 1)


class TestComplaints:
    """Alarms of the gateway about itself."""

    WRITTEN = Written(messages=(), inbound=Counter(), complaints=("route/stick: gone", "audit: 1 forgotten"))

    def test_all_of_them_are_told(self) -> None:
        assert len(check([], self.WRITTEN, []).complaints) == 2

    def test_those_that_the_fault_has_to_raise_are_not(self) -> None:
        assert check([], self.WRITTEN, [], foreseen=("route/*",)).complaints == ("audit: 1 forgotten",)


class TestCommands:
    """What people wrote, and what the gateway took."""

    ONE: ClassVar = Counter({(ANNA, "OK 1234"): 1})

    def test_lost(self) -> None:
        found = check([], Written(messages=(), inbound=Counter()), [], commands=self.ONE)
        assert found.commands_lost == ("+436641111111: OK 1234",)

    def test_taken_twice(self) -> None:
        found = check([], Written(messages=(), inbound=self.ONE + self.ONE), [], commands=self.ONE)
        assert found.commands_repeated == ("+436641111111: OK 1234",)

    def test_nobody_kept_them(self) -> None:
        assert check([], Written(messages=(), inbound=self.ONE), []).is_clean


class TestLedger:
    """The books of a run."""

    def test_what_a_stand_in_took(self) -> None:
        books = Ledger()
        books.accept("raise-1", "Pump", ANNA, "anna@example.org", at=1.0, within=5.0)
        books.receive(ANNA, TEXT, at=2.0)
        assert books.findings().lost == ("raise-1 did not reach anna@example.org",)
        books.receive("anna@example.org", TEXT, at=9.0)
        assert len(books.findings().late) == 1

    def test_excused(self) -> None:
        books = Ledger()
        books.accept("raise-1", "Pump", ANNA)
        books.excuse("raise-1")
        assert books.findings().is_clean

    def test_a_doubt(self) -> None:
        books = Ledger()
        books.accept("raise-1", "Pump", ANNA)
        books.receive(ANNA, TEXT)
        books.receive(ANNA, TEXT)
        assert not books.findings().is_clean
        books.doubt(ANNA, TEXT, point="ctrl_z")
        assert books.findings().resent == Counter({"ctrl_z": 1})
        assert books.findings().is_clean

    def test_what_a_network_lost_is_no_fault_of_the_journal_and_keeps_no_promise(self) -> None:
        written = Written(messages=((ANNA, TEXT, "accepted"),), inbound=Counter())
        lost = Counter({(ANNA, TEXT): 1})
        promise = Promise(name="raise-1", words="Pump", numbers=(ANNA,))
        assert check([], written, [], swallowed=lost).is_clean
        assert check([promise], written, [], swallowed=lost).lost == ("raise-1 did not reach +436641111111",)


@story
async def test_a_call_that_was_taken_is_no_text_that_a_phone_must_have(tmp_path: Path) -> None:
    called = Person(id="anna", name="Anna", addresses=(Address(channel=Channel.CALL, value=ANNA),))
    step = Step(after=timedelta(0), notify=(), channels=(Channel.CALL,))
    route = FakeRoute("calls", channels=frozenset({Channel.CALL}))
    policies = (Policy(name=Severity.CRITICAL, steps=(step,)),)
    async with telling(tmp_path, people=(called,), route=route, policies=policies) as told:
        await told.engine.raise_alarm(AlarmRaise(source="plc", key="pump", severity=Severity.CRITICAL))
        await told.until(10)
        assert [message.state for message in await told.engine.messages()] == [MessageState.ACCEPTED]
        assert read_journal(tmp_path / "journal.db").messages == ()
