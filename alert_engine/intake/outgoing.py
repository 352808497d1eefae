"""What waits to be published. Pure and bounded: the broker may be away for days."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING

from .announcements import Fate

if TYPE_CHECKING:
    from .announcements import Publication

MAX_WAITING = 1000  # events kept while the broker is away; older ones are news to nobody


class OutgoingQueue:
    """Publications in order.

    Of a retained topic only the newest counts, and it is remembered for a broker that forgot it.
    Of the others, the oldest are dropped first, and each when its time is over. Times are monotonic seconds.
    """

    def __init__(self, limit: int = MAX_WAITING) -> None:
        self.dropped = 0  # there were too many
        self.outdated = 0  # their time was over
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
            self._crowd_out(self._events.popleft())
        self._events.append(publication)

    def take(self, now: float) -> Publication | None:
        """The next one to publish, states before events; None when nothing waits."""
        if self._states:
            return self._states.popitem(last=False)[1]
        while self._events:
            publication = self._events.popleft()
            if not _is_over(publication, now):
                return publication
            self._outdate(publication)
        return None

    def drop_outdated(self, now: float) -> None:
        """Drop and count what nobody should act on any more."""
        over = [publication for publication in self._events if _is_over(publication, now)]
        if over:
            self._events = deque(each for each in self._events if not _is_over(each, now))
        for publication in over:
            self._outdate(publication)

    def settle(self, publication: Publication, fate: Fate) -> None:
        """The broker answered; a topic that was emptied need not be remembered."""
        if not publication.payload and self._retained.get(publication.topic) is publication:
            del self._retained[publication.topic]
        publication.end(fate)

    def give_back(self, publication: Publication) -> None:
        """The line broke before the broker confirmed it: it goes first again."""
        if publication.retain:
            if self._retained.get(publication.topic) is publication:
                self._states[publication.topic] = publication
        elif len(self._events) < self._limit:
            self._events.appendleft(publication)
        else:
            self._crowd_out(publication)

    def repeat_retained(self) -> None:
        """Queue every remembered state again, for a broker that may have lost them."""
        self._states = OrderedDict(self._retained)

    def _crowd_out(self, publication: Publication) -> None:
        self.dropped += 1
        publication.end(Fate.CROWDED_OUT)

    def _outdate(self, publication: Publication) -> None:
        self.outdated += 1
        publication.end(Fate.OUTDATED)


def _is_over(publication: Publication, now: float) -> bool:
    return publication.until is not None and publication.until <= now
