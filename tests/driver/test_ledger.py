"""What the inbox may delete, and what it hands on."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gsm_driver.ledger import FAILURES_TO_DEATH, REMEMBERED, Acceptances, Ledger, Reading
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
    ledger.hand_on(event)
    assert ledger.note(slot(2), "a") is Reading.KNOWN
    assert ledger.note(slot(3, "ME"), "a") is Reading.KNOWN
    assert ledger.accept(event) == (slot(3, "ME"), slot(2), slot(3))


def test_a_copy_that_comes_after_the_acceptance_is_left_over(ledger: Ledger) -> None:
    event = report(1, slot(1))
    ledger.note(slot(1), "a")
    ledger.hand_on(event)
    ledger.accept(event)
    ledger.forget(slot(1))
    assert ledger.note(slot(2), "a") is Reading.LEFT_OVER


def test_what_an_earlier_life_accepted_is_left_over() -> None:
    acceptances = Acceptances()
    first, second = Ledger(acceptances), Ledger(acceptances)
    event = report(1, slot(1))
    first.note(slot(1), "a")
    first.note(slot(2), "b")
    first.hand_on(event)
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
    ledger.hand_on(event)
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
    ledger.hand_on(old)
    assert ledger.note(slot(1), "b") is Reading.NEW
    ledger.hand_on(new)
    assert ledger.accept(old) == ()
    assert ledger.accept(new) == (slot(1),)


def test_an_event_of_another_life_deletes_nothing(ledger: Ledger) -> None:
    ledger.note(slot(1), "a")
    ledger.hand_on(report(2, slot(1)))
    assert ledger.accept(report(1, slot(1))) == ()
    assert ledger.accept(report(1, slot(9))) == ()


def test_a_slot_that_another_program_emptied_is_forgotten(ledger: Ledger) -> None:
    ledger.note(slot(1), "a")
    ledger.note(slot(2), "b")
    ledger.note(slot(1, "ME"), "c")
    ledger.retain("SM", [slot(2)])
    assert (ledger.occupied("SM"), ledger.occupied("ME")) == (1, 1)
    ledger.hand_on(report(1, slot(1)))  # its last segment came meanwhile
    assert ledger.accept(report(1, slot(1))) == ()


def test_a_slot_dies_after_three_failures_and_is_left_alone(ledger: Ledger) -> None:
    event = report(1, slot(1))
    ledger.note(slot(1), "a")
    ledger.hand_on(event)
    ledger.accept(event)
    assert [ledger.refuse(slot(1)) for _ in range(FAILURES_TO_DEATH)] == [False, False, True]
    assert ledger.dead == {slot(1)}
    assert ledger.note(slot(1), "a") is Reading.KNOWN
    ledger.forget(slot(1))
    assert ledger.dead == frozenset()


def test_what_came_directly_is_a_repeat_from_then_on(ledger: Ledger) -> None:
    assert ledger.note(None, "a") is Reading.NEW
    assert ledger.note(None, "a") is Reading.LEFT_OVER
    assert ledger.note(slot(1), "a") is Reading.LEFT_OVER


def test_memory_of_accepted_ones_is_bounded_and_that_of_waiting_ones_kept(ledger: Ledger) -> None:
    ledger.note(slot(1), "waiting")
    for number in range(REMEMBERED + 10):
        ledger.note(None, number)
    assert ledger.note(None, 0) is Reading.NEW  # too long ago
    assert ledger.note(None, REMEMBERED) is Reading.LEFT_OVER
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
            self.ledger.hand_on(self.handed_on[message])
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
