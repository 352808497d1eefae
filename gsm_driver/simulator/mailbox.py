"""What waits at the SMSC for one modem. One message at a time is under way, as in a real network."""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from .air import Delivery
    from .phone import SimulatedPhone
    from .scheduler import Scheduler, Timer


class Handover(Enum):
    """What the modem says to a message."""

    TAKEN = "taken"
    MEMORY_FULL = "memory full"
    UNREACHABLE = "unreachable"  # switched off, not registered, or it did not acknowledge in time


class Subscriber(Protocol):
    """A modem, as the network sees it."""

    @property
    def number(self) -> str:
        """MSISDN with "+"."""

    def deliver(self, delivery: Delivery, answer: Callable[[Handover], None]) -> None:
        """Offer one message; `answer` is called once, at once or later."""

    def ring(self, phone: SimulatedPhone, *, hides_number: bool, give_up_after: float) -> bool:
        """Offer a call; False: it cannot be put through."""


class Mailbox:
    """Keeps messages until the modem took them."""

    def __init__(
        self,
        subscriber: Subscriber,
        scheduler: Scheduler,
        *,
        retry_after: Callable[[], float],
        on_answer: Callable[[Delivery, Handover], None],
    ) -> None:
        self.subscriber = subscriber
        self._scheduler = scheduler
        self._retry_after = retry_after
        self._on_answer = on_answer
        self._queue: deque[Delivery] = deque()
        self._under_way = False
        self._resume: Timer | None = None  # when the next message is offered, or the same one again

    @property
    def waiting(self) -> int:
        """How many messages wait."""
        return len(self._queue)

    def put(self, delivery: Delivery) -> None:
        """Add a message; it goes out at once unless another one is under way or waits for a retry."""
        self._queue.append(delivery)
        if self._resume is None:
            self._offer()

    def try_again(self) -> None:
        """The modem may take messages again: registered, or memory freed."""
        if self._resume is not None:
            self._resume.cancel()
            self._offer()

    def _offer(self) -> None:
        self._resume = None
        if self._queue and not self._under_way:
            self._under_way = True
            self.subscriber.deliver(self._queue[0], self._answered)

    def _answered(self, handover: Handover) -> None:
        self._under_way = False
        delivery = self._queue[0]
        delay = self._retry_after()
        if handover is Handover.TAKEN:
            self._queue.popleft()
            delay = 0.0
        self._resume = self._scheduler.call_later(delay, self._offer)
        self._on_answer(delivery, handover)
