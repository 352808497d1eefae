"""What waits for the broker: order, bounds, and nothing newer lost to something older."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from alert_engine.intake.announcements import Fate, Publication
from alert_engine.intake.outgoing import OutgoingQueue

NOW = 1000.0


def event(number: int) -> Publication:
    return Publication(topic="event", payload=str(number).encode())


def state(topic: str, payload: bytes = b"x") -> Publication:
    return Publication(topic=topic, payload=payload, retain=True)


def watched(number: int, fates: list[tuple[int, Fate]], until: float | None = None) -> Publication:
    return replace(event(number), until=until, on_end=lambda fate: fates.append((number, fate)))


def drain(queue: OutgoingQueue) -> list[Publication]:
    taken = []
    while (publication := queue.take(NOW)) is not None:
        taken.append(publication)
    return taken


def test_events_keep_their_order_and_states_come_first() -> None:
    queue = OutgoingQueue()
    for publication in (event(1), state("a"), event(2), state("b")):
        queue.put(publication)
    assert drain(queue) == [state("a"), state("b"), event(1), event(2)]


def test_of_a_retained_topic_only_the_newest_waits() -> None:
    queue = OutgoingQueue()
    for publication in (state("a", b"1"), state("b"), state("a", b"2")):
        queue.put(publication)
    assert drain(queue) == [state("b"), state("a", b"2")]


def test_the_oldest_events_go_when_the_broker_is_away_too_long() -> None:
    queue = OutgoingQueue(limit=2)
    for number in range(5):
        queue.put(event(number))
    assert drain(queue) == [event(3), event(4)]
    assert queue.dropped == 3


def test_what_was_not_confirmed_goes_first_again() -> None:
    queue = OutgoingQueue()
    queue.put(event(1))
    queue.put(event(2))
    first = queue.take(NOW)
    assert first is not None
    queue.give_back(first)
    assert drain(queue) == [event(1), event(2)]


def test_what_comes_back_to_a_full_queue_is_the_oldest_and_dropped() -> None:
    queue = OutgoingQueue(limit=1)
    queue.put(event(1))
    first = queue.take(NOW)
    assert first is not None
    queue.put(event(2))
    queue.give_back(first)
    assert drain(queue) == [event(2)]
    assert queue.dropped == 1


def test_what_nobody_should_act_on_any_more_is_dropped_and_told() -> None:
    queue, fates = OutgoingQueue(), list[tuple[int, Fate]]()
    for number, until in enumerate((NOW - 1, NOW, NOW + 1, None)):
        queue.put(watched(number, fates, until))
    queue.drop_outdated(NOW - 0.5)
    assert fates == [(0, Fate.OUTDATED)]
    assert [each.payload for each in drain(queue)] == [b"2", b"3"]
    assert fates == [(0, Fate.OUTDATED), (1, Fate.OUTDATED)]
    assert (queue.outdated, queue.dropped) == (2, 0)


def test_what_becomes_of_each_is_told_once() -> None:
    queue, fates = OutgoingQueue(limit=2), list[tuple[int, Fate]]()
    for number in range(3):
        queue.put(watched(number, fates))
    first, second = queue.take(NOW), queue.take(NOW)
    assert first is not None
    assert second is not None
    queue.settle(first, Fate.UNHEARD)
    for number in (3, 4):
        queue.put(watched(number, fates))
    queue.give_back(second)
    assert fates == [(0, Fate.CROWDED_OUT), (1, Fate.UNHEARD), (2, Fate.CROWDED_OUT)]


def test_an_unconfirmed_state_never_replaces_a_newer_one() -> None:
    queue = OutgoingQueue()
    queue.put(state("a", b"old"))
    old = queue.take(NOW)
    assert old is not None
    queue.put(state("a", b"new"))
    queue.give_back(old)
    assert drain(queue) == [state("a", b"new")]


def test_a_new_connection_gets_every_state_again_but_no_confirmed_event() -> None:
    queue = OutgoingQueue()
    for publication in (state("a"), event(1)):
        queue.put(publication)
    for publication in drain(queue):
        queue.settle(publication, Fate.TAKEN)
    queue.repeat_retained()
    assert drain(queue) == [state("a")]


def test_an_emptied_topic_is_forgotten_once_the_broker_knows() -> None:
    queue = OutgoingQueue()
    queue.put(state("a"))
    queue.put(state("a", b""))
    queue.repeat_retained()
    (empty,) = drain(queue)
    assert empty.payload == b""
    queue.settle(empty, Fate.TAKEN)
    queue.repeat_retained()
    assert drain(queue) == []


class Broker(RuleBasedStateMachine):
    """However the line breaks, the broker ends with the newest state of each topic."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = OutgoingQueue(limit=3)
        self.newest: dict[str, bytes] = {}
        self.broker: dict[str, bytes] = {}
        self.under_way: list[Publication] = []
        self.number = 0

    @rule(topic=st.sampled_from("ab"), empty=st.booleans())
    def put_state(self, topic: str, *, empty: bool) -> None:
        self.number += 1
        payload = b"" if empty else str(self.number).encode()
        self.newest[topic] = payload
        self.queue.put(state(topic, payload))

    @rule()
    def put_event(self) -> None:
        self.queue.put(event(0))

    @rule()
    def send(self) -> None:
        publication = self.queue.take(NOW)
        if publication is not None:
            self.under_way.append(publication)

    @rule()
    def confirm(self) -> None:
        if self.under_way:
            publication = self.under_way.pop(0)
            self.broker[publication.topic] = publication.payload
            self.queue.settle(publication, Fate.TAKEN)

    @rule()
    def break_and_reconnect(self) -> None:
        for publication in reversed(self.under_way):
            self.queue.give_back(publication)
        self.under_way.clear()
        self.queue.repeat_retained()

    @invariant()
    def holds_nothing_unbounded(self) -> None:
        assert len(self.queue._events) <= 3

    def teardown(self) -> None:
        for publication in [*self.under_way, *drain(self.queue)]:
            self.broker[publication.topic] = publication.payload
        self.broker.pop("event", None)
        assert self.broker == self.newest


TestBroker = Broker.TestCase
