from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gsm_driver.errors import UsageError
from gsm_driver.pdu.address import Address
from gsm_driver.pdu.dcs import Alphabet, DataCodingScheme
from gsm_driver.pdu.reassembly import PendingSet, Reassembled, Reassembler
from gsm_driver.pdu.segmentation import plan_sms
from gsm_driver.pdu.timestamp import Timestamp
from gsm_driver.pdu.tpdu import SmsDeliver
from gsm_driver.pdu.user_data import Concatenation, UserData

if TYPE_CHECKING:
    from random import Random

ALICE, BOB = Address.parse("+436641"), Address.parse("+436642")
TIME = Timestamp(bytes.fromhex("62102030405080"))


def segment(
    number: int,
    total: int,
    *,
    text: str | None = None,
    sender: Address = ALICE,
    reference: int = 0,  # a legal one (gammu lost such messages)
    wide: bool = False,
) -> SmsDeliver:
    concatenation = Concatenation(reference=reference, total=total, sequence=number, wide=wide)
    data = UserData.from_text(f"<{number}>" if text is None else text, header=(concatenation,))
    return SmsDeliver(originating_address=sender, service_centre_time=TIME, user_data=data)


def received(
    text: str, *, sender: Address = ALICE, reference: int = 0, wide: bool = False
) -> list[SmsDeliver]:
    """A text as its segments arrive."""
    plan = plan_sms("0", text, concat_reference=reference, concat_16_bit=wide)
    return [
        SmsDeliver(
            originating_address=sender,
            service_centre_time=TIME,
            user_data=submit.user_data,
            data_coding_scheme=submit.data_coding_scheme,
        )
        for submit in plan.segments
    ]


def test_a_message_of_one_segment_comes_back_at_once() -> None:
    reassembler: Reassembler[str] = Reassembler()
    alone = SmsDeliver(
        originating_address=ALICE, service_centre_time=TIME, user_data=UserData.from_text("hello")
    )
    for deliver in (alone, segment(1, 1, text="hello")):
        message = reassembler.add(deliver, "slot 3", 0.0)
        assert message is not None
        assert (message.text, message.payloads, message.missing) == ("hello", ("slot 3",), 0)
        assert message.first is deliver
    assert reassembler.snapshot() == ()


@given(
    text=st.text(min_size=161, max_size=900),
    shuffle=st.randoms(use_true_random=False),
    wide=st.booleans(),
    again=st.lists(st.integers(min_value=0, max_value=20), max_size=5),
)
def test_any_text_comes_back_in_any_order_with_duplicates(
    text: str, shuffle: Random, again: list[int], *, wide: bool
) -> None:
    segments = received(text, wide=wide)
    arrivals = [*segments, *(segments[index % len(segments)] for index in again)]
    shuffle.shuffle(arrivals)
    last_new = max(arrivals.index(deliver) for deliver in segments)
    reassembler: Reassembler[int] = Reassembler()
    messages = [reassembler.add(deliver, slot, 0.0) for slot, deliver in enumerate(arrivals[: last_new + 1])]
    whole = messages.pop()
    assert messages == [None] * last_new
    assert whole is not None
    assert whole.text == text
    assert whole.missing == 0
    assert sorted(whole.payloads) == list(range(last_new + 1))
    assert reassembler.snapshot() == ()


def test_messages_do_not_mix() -> None:
    """Sender, reference, total and kind of reference each tell two messages apart."""
    reassembler: Reassembler[str] = Reassembler()
    first = [
        segment(1, 2, text="a"),
        segment(1, 2, text="b", sender=BOB),
        segment(1, 2, text="c", reference=1),
        segment(1, 3, text="d"),
        segment(1, 2, text="e", wide=True),
    ]
    for number, deliver in enumerate(first):
        assert reassembler.add(deliver, f"slot {number}", 0.0) is None
    assert len(reassembler.snapshot()) == 5
    message = reassembler.add(segment(2, 2, text="B", sender=BOB), "last", 0.0)
    assert message is not None
    assert message.text == "bB"
    assert message.payloads == ("slot 1", "last")


def test_a_slot_that_is_swept_twice_counts_once() -> None:
    reassembler: Reassembler[str] = Reassembler()
    for _ in range(3):
        assert reassembler.add(segment(1, 2), "slot 1", 0.0) is None
    assert reassembler.add(segment(1, 2), "slot 9", 0.0) is None  # the network delivered it twice
    message = reassembler.add(segment(2, 2), "slot 2", 0.0)
    assert message is not None
    assert message.payloads == ("slot 1", "slot 9", "slot 2")
    assert message.text == "<1><2>"


def test_a_reference_used_again_hands_on_the_old_set() -> None:
    """Some senders give each message the same reference."""
    reassembler: Reassembler[str] = Reassembler()
    reassembler.add(segment(1, 2, text="old"), "slot 1", 0.0)
    old = reassembler.add(segment(1, 2, text="new"), "slot 2", 1.0)
    assert old is not None
    assert (old.text, old.missing, old.payloads) == ("old[…]", 1, ("slot 1",))
    new = reassembler.add(segment(2, 2, text="er"), "slot 3", 2.0)
    assert new is not None
    assert new.text == "newer"


def test_partial_sets_are_handed_on_when_no_new_segment_came_for_long() -> None:
    reassembler: Reassembler[str] = Reassembler(expire_after=timedelta(seconds=60))
    reassembler.add(segment(2, 3), "slot 1", 100.0)
    reassembler.add(segment(1, 2, sender=BOB), "slot 2", 130.0)
    assert reassembler.expire(159.9) == ()
    reassembler.add(segment(2, 3), "slot 1", 159.0)  # a sweep is no news
    (expired,) = reassembler.expire(160.0)
    assert (expired.text, expired.missing, expired.payloads) == ("[…]<2>[…]", 2, ("slot 1",))
    assert expired.first == segment(2, 3)
    assert expired.segments == (None, segment(2, 3), None)
    reassembler.add(segment(2, 2, sender=BOB), "slot 3", 170.0)
    assert reassembler.expire(1000.0) == ()


def test_a_new_segment_makes_a_set_wait_longer() -> None:
    reassembler: Reassembler[str] = Reassembler(expire_after=timedelta(seconds=60))
    reassembler.add(segment(1, 3), "slot 1", 0.0)
    reassembler.add(segment(2, 3), "slot 2", 50.0)
    assert reassembler.expire(109.0) == ()
    assert len(reassembler.expire(110.0)) == 1


def test_at_the_bound_of_sets_the_oldest_is_handed_on() -> None:
    reassembler: Reassembler[str] = Reassembler(max_sets=2)
    reassembler.add(segment(1, 3, reference=1), "slot 1", 0.0)
    reassembler.add(segment(1, 3, reference=2), "slot 2", 1.0)
    reassembler.add(segment(2, 3, reference=1), "slot 3", 2.0)  # news for the first: the second is older now
    oldest = reassembler.add(segment(1, 3, reference=3), "slot 4", 3.0)
    assert oldest is not None
    assert oldest.payloads == ("slot 2",)
    assert [pending.reference for pending in reassembler.snapshot()] == [1, 3]


def test_at_the_bound_of_segments_the_oldest_is_handed_on() -> None:
    reassembler: Reassembler[str] = Reassembler(max_segments=2)
    reassembler.add(segment(1, 9, reference=1), "slot 1", 0.0)
    reassembler.add(segment(1, 9, reference=2), "slot 2", 1.0)
    oldest = reassembler.add(segment(2, 9, reference=2), "slot 3", 2.0)
    assert oldest is not None
    assert oldest.payloads == ("slot 1",)
    whole_set = reassembler.add(segment(2, 9, reference=2), "slot 4", 3.0)  # a duplicate counts too
    assert whole_set is not None
    assert whole_set.payloads == ("slot 2", "slot 3", "slot 4")
    assert reassembler.snapshot() == ()


@pytest.mark.parametrize(("max_sets", "max_segments"), [(0, 1), (1, 0)])
def test_there_must_be_room(max_sets: int, max_segments: int) -> None:
    with pytest.raises(UsageError):
        Reassembler(max_sets=max_sets, max_segments=max_segments)


def test_data_is_joined_and_a_text_has_none() -> None:
    reassembler: Reassembler[int] = Reassembler()
    parts = [
        replace(
            segment(number, 2),
            data_coding_scheme=DataCodingScheme.of(Alphabet.DATA),
            user_data=replace(
                segment(number, 2).user_data, alphabet=Alphabet.DATA, payload=bytes((number, 0xFF))
            ),
        )
        for number in (1, 2)
    ]
    assert reassembler.add(parts[1], 1, 0.0) is None
    message = reassembler.add(parts[0], 0, 0.0)
    assert message is not None
    assert (message.data, message.text) == (b"\x01\xff\x02\xff", "")
    reassembler.add(segment(1, 2), 0, 0.0)
    text = reassembler.add(segment(2, 2), 0, 0.0)
    assert text is not None
    assert text.data == b""


def test_the_snapshot_tells_what_waits_and_of_whom_nothing() -> None:
    reassembler: Reassembler[str] = Reassembler()
    reassembler.add(segment(3, 4, reference=7, wide=True), "slot 1", 1.5)
    reassembler.add(segment(1, 4, reference=7, wide=True), "slot 2", 2.5)
    (pending,) = reassembler.snapshot()
    assert pending == PendingSet(reference=7, wide=True, total=4, received=(1, 3), updated=2.5)
    assert "436641" not in repr(pending)


class Conservation(RuleBasedStateMachine):
    """Whatever arrives: each payload comes back exactly once, and the bounds hold."""

    def __init__(self) -> None:
        super().__init__()
        self.reassembler: Reassembler[int] = Reassembler(
            max_sets=3, max_segments=8, expire_after=timedelta(seconds=10)
        )
        self.now = 0.0
        self.given = 0
        self.returned: list[int] = []

    def take(self, message: Reassembled[int] | None) -> None:
        if message is not None:
            self.returned.extend(message.payloads)
            assert message.missing == sum(part is None for part in message.segments)
            assert message.first in message.segments

    @rule(
        number=st.integers(min_value=1, max_value=4),
        total=st.integers(min_value=1, max_value=4),
        reference=st.integers(min_value=0, max_value=3),
        text=st.sampled_from("ab"),
    )
    def arrive(self, number: int, total: int, reference: int, text: str) -> None:
        deliver = segment(min(number, total), total, reference=reference, text=text)
        message = self.reassembler.add(deliver, self.given, self.now)
        self.given += 1
        self.take(message)

    @rule(seconds=st.integers(min_value=0, max_value=15))
    def wait(self, seconds: int) -> None:
        self.now += seconds
        for message in self.reassembler.expire(self.now):
            assert message.missing
            self.take(message)

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        assert len(self.returned) == len(set(self.returned))
        waiting = self.reassembler.snapshot()
        assert len(waiting) <= 3
        assert sum(len(pending.received) for pending in waiting) <= 8
        assert all(len(pending.received) < pending.total for pending in waiting)
        assert [pending.updated for pending in waiting] == sorted(pending.updated for pending in waiting)

    def teardown(self) -> None:
        for message in self.reassembler.expire(self.now + 100):
            self.take(message)
        assert sorted(self.returned) == list(range(self.given))


TestConservation = Conservation.TestCase
