"""What the inbox may delete, and what it hands on."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gsm_driver.ledger import LONGEST_REST, REMEMBERED, Acceptances, Ledger, Reading
from gsm_driver.models import DeliveryReport, DeliveryStatus, StorageSlot


def slot(index: int, memory: str = "SM") -> StorageSlot:
    return StorageSlot(memory=memory, index=index)


def report(reference: int, *slots: StorageSlot) -> DeliveryReport:
    return DeliveryReport(
        message_reference=reference,
        recipient="+43660000001",
        status=DeliveryStatus.DELIVERED,
        tp_status=0,
        service_centre_time=None,
        discharge_time=None,
        slots=slots,
    )


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def test_a_slot_is_new_once(ledger: Ledger) -> None:
    assert ledger.note(slot(1), "a") is Reading.NEW
    assert ledger.note(slot(1), "a") is Reading.KNOWN


def test_accepting_gives_the_slots_and_their_copies(ledger: Ledger) -> None:
    event = report(1, slot(3))
    ledger.note(slot(3), "a")
    ledger.hand_on(event, ["a"])
    assert ledger.note(slot(2), "a") is Reading.KNOWN
    assert ledger.note(slot(3, "ME"), "a") is Reading.KNOWN
    assert ledger.accept(event) == (slot(3, "ME"), slot(2), slot(3))


def test_a_copy_that_comes_after_the_acceptance_is_left_over(ledger: Ledger) -> None:
    event = report(1, slot(1))
    ledger.note(slot(1), "a")
    ledger.hand_on(event, ["a"])
    ledger.accept(event)
    ledger.forget(slot(1))
    assert ledger.note(slot(2), "a") is Reading.LEFT_OVER


def test_what_an_earlier_life_accepted_is_left_over() -> None:
    acceptances = Acceptances()
    first, second = Ledger(acceptances), Ledger(acceptances)
    event = report(1, slot(1))
    first.note(slot(1), "a")
    first.note(slot(2), "b")
    first.hand_on(event, ["a"])
    first.accept(event)
    assert second.note(slot(1), "a") is Reading.LEFT_OVER
    assert second.note(slot(2), "b") is Reading.NEW
    assert second.note(None, "a") is Reading.LEFT_OVER  # the network repeats it directly
    assert Ledger().note(slot(1), "a") is Reading.NEW


def test_acceptances_are_bounded() -> None:
    acceptances = Acceptances()
    for key in range(REMEMBERED + 1):
        acceptances.add(key)
    assert 0 not in acceptances
    assert REMEMBERED in acceptances


def test_only_what_lies_there_and_was_accepted_may_be_deleted(ledger: Ledger) -> None:
    event = report(1, slot(1))
    ledger.note(slot(1), "a")
    ledger.hand_on(event, ["a"])
    assert not ledger.may_delete(slot(1))
    ledger.accept(event)
    assert ledger.may_delete(slot(1))
    ledger.note(slot(1), "b")  # deleted, and used again
    assert not ledger.may_delete(slot(1))
    ledger.forget(slot(1))
    assert not ledger.may_delete(slot(1))


def test_a_slot_that_was_used_again_is_not_deleted_for_the_old_event(ledger: Ledger) -> None:
    old, new = report(1, slot(1)), report(2, slot(1))
    ledger.note(slot(1), "a")
    ledger.hand_on(old, ["a"])
    assert ledger.note(slot(1), "b") is Reading.NEW
    ledger.hand_on(new, ["b"])
    assert ledger.accept(old) == ()
    assert ledger.accept(new) == (slot(1),)


def test_an_event_of_another_life_deletes_nothing(ledger: Ledger) -> None:
    ledger.note(slot(1), "a")
    ledger.hand_on(report(2, slot(1)), ["a"])
    assert ledger.accept(report(1, slot(1))) == ()
    assert ledger.accept(report(1, slot(9))) == ()


def test_a_message_that_another_program_moved_is_deleted_where_it_lies(ledger: Ledger) -> None:
    event = report(1, slot(3))
    ledger.note(slot(3), "a")
    ledger.hand_on(event, ["a"])
    ledger.retain("SM", [slot(2)])
    assert ledger.note(slot(2), "a") is Reading.KNOWN
    assert ledger.accept(event) == (slot(2),)


def test_what_was_handed_on_long_ago_is_found_by_its_slots(ledger: Ledger) -> None:
    for number in range(REMEMBERED + 1):
        ledger.note(slot(number), number)
        ledger.hand_on(report(number, slot(number)), [number])
    assert ledger.accept(report(0, slot(0))) == (slot(0),)
    assert ledger.accept(report(1, slot(0))) == ()
    assert ledger.accept(report(1, slot(1))) == (slot(1),)


def test_a_slot_that_another_program_emptied_is_forgotten(ledger: Ledger) -> None:
    ledger.note(slot(1), "a")
    ledger.note(slot(2), "b")
    ledger.note(slot(1, "ME"), "c")
    ledger.retain("SM", [slot(2)])
    assert (ledger.occupied("SM"), ledger.occupied("ME")) == (1, 1)
    ledger.hand_on(report(1, slot(1)), ["a"])  # its last segment came meanwhile
    assert ledger.accept(report(1, slot(1))) == ()


def accepted_in(ledger: Ledger, where: StorageSlot, key: str) -> None:
    event = report(1, where)
    ledger.note(where, key)
    ledger.hand_on(event, [key])
    ledger.accept(event)


def test_a_slot_dies_after_three_refusals(ledger: Ledger) -> None:
    accepted_in(ledger, slot(1), "a")
    assert [ledger.refuse(slot(1)) for _ in range(4)] == [False, False, True, False]
    assert ledger.dead == {slot(1)}
    ledger.forget(slot(1))
    assert ledger.dead == frozenset()


def test_a_slot_that_was_refused_at_a_bad_moment_lives_longer(ledger: Ledger) -> None:
    accepted_in(ledger, slot(1), "a")
    refusals = [ledger.refuse(slot(1), is_temporary=True) for _ in range(12)]
    assert refusals == [False] * 11 + [True]


def test_a_dead_slot_is_tried_again_ever_more_rarely(ledger: Ledger) -> None:
    accepted_in(ledger, slot(1), "a")
    while slot(1) not in ledger.dead:
        ledger.refuse(slot(1))
    tries = []
    for reading in range(1, 400):
        if ledger.note(slot(1), "a") is Reading.LEFT_OVER:
            tries.append(reading)
            ledger.refuse(slot(1))
    pauses = [later - earlier for earlier, later in zip([0, *tries], tries, strict=False)]
    assert pauses == [2, 4, 8, 16, 32, *[LONGEST_REST] * 5]


def test_what_came_directly_waits_to_be_accepted_like_the_rest(ledger: Ledger) -> None:
    event = report(1)
    assert ledger.note(None, "a") is Reading.NEW
    ledger.hand_on(event, ["a"])
    assert ledger.note(None, "a") is Reading.KNOWN
    assert ledger.note(slot(1), "a") is Reading.KNOWN
    assert not ledger.may_delete(slot(1))
    assert ledger.accept(event) == (slot(1),)
    assert ledger.may_delete(slot(1))
    assert ledger.accept(event) == ()
    assert ledger.note(slot(2), "a") is Reading.LEFT_OVER


@pytest.mark.parametrize("first", [0, 1])
def test_what_was_stored_and_came_directly_too_goes_with_either_event(ledger: Ledger, first: int) -> None:
    events = [report(1, slot(1)), report(1)]
    ledger.note(slot(1), "a")
    ledger.hand_on(events[0], ["a"])
    ledger.note(None, "a")
    ledger.hand_on(events[1], ["a"])
    assert ledger.accept(events[first]) == (slot(1),)


def test_what_came_directly_was_accepted_for_all_lives() -> None:
    acceptances = Acceptances()
    ledger = Ledger(acceptances)
    ledger.note(None, "a")
    ledger.hand_on(report(1), ["a"])
    ledger.accept(report(1))
    assert Ledger(acceptances).note(None, "a") is Reading.LEFT_OVER


def test_events_without_a_slot_are_bounded(ledger: Ledger) -> None:
    ledger.hand_on(report(-1), ["never noted"])
    for number in range(REMEMBERED + 1):
        ledger.note(None, number % 2)
        ledger.hand_on(report(number), [number % 2])
    ledger.accept(report(0))
    assert ledger.note(None, 0) is Reading.KNOWN  # forgotten
    ledger.accept(report(1))
    assert ledger.note(None, 1) is Reading.LEFT_OVER


def test_doubt_lasts_until_the_slot_is_read(ledger: Ledger) -> None:
    for index in (1, 2, 3):
        ledger.note(slot(index), index)
    assert ledger.is_sure(slot(1))
    ledger.doubt(slot(1), slot(9))
    assert [ledger.is_sure(slot(index)) for index in (1, 2, 3, 9)] == [False, True, True, True]
    ledger.note(slot(1), 1)
    assert ledger.is_sure(slot(1))
    ledger.doubt()
    assert not any(ledger.is_sure(slot(index)) for index in (1, 2, 3))
    ledger.forget(slot(1))
    ledger.retain("SM", [slot(2)])
    ledger.note(slot(2), "another")
    assert all(ledger.is_sure(slot(index)) for index in (1, 2, 3))


def test_what_a_slot_holds_is_what_was_read_last(ledger: Ledger) -> None:
    ledger.note(slot(1), "a")
    assert ledger.holds(slot(1), "a")
    assert not ledger.holds(slot(1), "b")
    assert not ledger.holds(slot(2), "a")
    ledger.note(slot(1), "b")
    assert ledger.holds(slot(1), "b")


def test_memory_of_accepted_ones_is_bounded_and_that_of_waiting_ones_kept(ledger: Ledger) -> None:
    ledger.note(slot(1), "waiting")
    for number in range(REMEMBERED + 10):
        ledger.note(None, number)
    assert ledger.note(None, 0) is Reading.NEW  # too long ago
    assert ledger.note(None, REMEMBERED) is Reading.KNOWN
    assert ledger.note(slot(1), "waiting") is Reading.KNOWN


class LedgerMachine(RuleBasedStateMachine):
    """A SIM of four slots, a network that fills it, repeats included, and a consumer who takes its time."""

    slots = st.sampled_from([slot(index) for index in range(1, 5)])

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.memory: dict[StorageSlot, int] = {}
        self.messages = 0
        self.handed_on: dict[int, DeliveryReport] = {}
        self.accepted: set[int] = set()
        self.read: set[int] = set()

    @rule(where=slots, repeat=st.booleans())
    def arrive(self, where: StorageSlot, *, repeat: bool) -> None:
        if where not in self.memory:
            self.messages += not (repeat and self.messages)
            self.memory[where] = self.messages

    @rule(where=slots)
    def read_one(self, where: StorageSlot) -> None:
        if (message := self.memory.get(where)) is None:
            return
        reading = self.ledger.note(where, message)
        assert (reading is Reading.NEW) == (message not in self.read)
        assert (reading is Reading.LEFT_OVER) == (message in self.accepted)
        self.read.add(message)
        if reading is Reading.NEW:
            self.handed_on[message] = report(message, where)
            self.ledger.hand_on(self.handed_on[message], [message])
        if reading is Reading.LEFT_OVER:
            del self.memory[where]
            self.ledger.forget(where)

    @precondition(lambda self: self.handed_on)
    @rule(data=st.data())
    def accept(self, data: st.DataObject) -> None:
        message = data.draw(st.sampled_from(sorted(self.handed_on)))
        for where in self.ledger.accept(self.handed_on.pop(message)):
            assert self.memory.pop(where) == message  # only its own slots, and each was taken
            self.ledger.forget(where)
        self.accepted.add(message)

    @rule(where=slots)
    def sweep_without(self, where: StorageSlot) -> None:
        """Another program deletes a message that nobody was given yet."""
        if (message := self.memory.get(where)) is not None and message not in self.read:
            del self.memory[where]
            self.ledger.retain("SM", list(self.memory))

    @invariant()
    def nothing_waiting_is_lost(self) -> None:
        assert set(self.handed_on) <= set(self.memory.values())


TestLedgerMachine = LedgerMachine.TestCase
