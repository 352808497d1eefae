"""What waits to be published. Pure and bounded: the broker may be away for days."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .announcements import Publication

MAX_WAITING = 1000  # events kept while the broker is away; older ones are news to nobody


class OutgoingQueue:
    """Publications in order.

    Of a retained topic only the newest counts, and it is remembered for a broker that forgot it.
    Of the others, the oldest are dropped first.
    """

    def __init__(self, limit: int = MAX_WAITING) -> None:
        self.dropped = 0
        self._limit = limit
        self._events: deque[Publication] = deque()
        self._states: OrderedDict[str, Publication] = OrderedDict()  # newest per topic, waiting
        self._retained: dict[str, Publication] = {}  # newest per topic, ever

    def put(self, publication: Publication) -> None:
        """Add one; over the limit the oldest event is dropped and counted."""
        if publication.retain:
            self._states[publication.topic] = publication
            self._states.move_to_end(publication.topic)
            self._retained[publication.topic] = publication
            return
        if len(self._events) >= self._limit:
            self._events.popleft()
            self.dropped += 1
        self._events.append(publication)

    def take(self) -> Publication | None:
        """The next one to publish, states before events; None when nothing waits."""
        if self._states:
            return self._states.popitem(last=False)[1]
        return self._events.popleft() if self._events else None

    def confirmed(self, publication: Publication) -> None:
        """The broker has it; a topic that was emptied need not be remembered."""
        if not publication.payload and self._retained.get(publication.topic) is publication:
            del self._retained[publication.topic]

    def give_back(self, publication: Publication) -> None:
        """The line broke before the broker confirmed it: it goes first again."""
        if publication.retain:
            if self._retained.get(publication.topic) is publication:
                self._states[publication.topic] = publication
        elif len(self._events) < self._limit:
            self._events.appendleft(publication)
        else:
            self.dropped += 1

    def repeat_retained(self) -> None:
        """Queue every remembered state again, for a broker that may have lost them."""
        self._states = OrderedDict(self._retained)
