"""Empties what an earlier name of this gateway left retained on the broker.

The journal keeps under which topics we published. After the prefix or the gateway's name was changed, what
lies under the old ones is looked at once, and emptied, unless another gateway lives there by now.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from alert_engine.errors import EngineError

from .announcements import ONLINE, Publication
from .mqtt_connection import Subscription
from .topics import Topics

if TYPE_CHECKING:
    from alert_engine.clock import Clock
    from alert_engine.engine import AlertEngine

    from .mqtt_session import MqttSession
    from .payloads import Delivery

_LOGGER = logging.getLogger(__name__)

NOTES = "mqtt_roots"  # in the journal: roots with something of ours, the present one last
LOOK = 10.0  # seconds until the broker has sent what lies there; it takes less than one
_MAX_ROOTS = 10


class OldRoots:
    """What an earlier name left.

    Args:
        engine: whose journal keeps the roots.
        root: the present one.
        session: with the broker; not started yet.
        clock: for waiting.
    """

    def __init__(self, engine: AlertEngine, root: str, session: MqttSession, *, clock: Clock) -> None:
        self._engine = engine
        self._root = root
        self._session = session
        self._clock = clock
        self._found: dict[str, set[str]] = {}  # old root to its retained topics
        self._inhabited: set[str] = set()
        self._online = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Note the present root; if it was another before, read back what lies there."""
        try:
            known = await self._engine.notes.read(NOTES)
            old = tuple(root for root in known if root != self._root)[-_MAX_ROOTS:]
            await self._engine.notes.write(NOTES, (*old, self._root))
        except EngineError as err:
            _LOGGER.warning("The topics of earlier names cannot be looked after: %s", err)
            return
        if not old:
            return
        self._found = {root: set() for root in old}
        self._task = asyncio.get_running_loop().create_task(self._sweep(), name="mqtt old topics")
        self._session.also_subscribe([Subscription.reading(topic) for topic in self._filters()])

    async def stop(self) -> None:
        """What was not done is done after the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def online(self) -> None:
        """The broker sends now what it has."""
        self._online.set()

    def takes(self, delivery: Delivery) -> bool:
        """Whether this is our own word of an earlier name; then it is noted.

        What others say there is none of that: whoever still publishes to an old name is to be told so.
        """
        root = next((root for root in self._found if delivery.topic.startswith(f"{root}/")), None)
        if root is None or delivery.topic.startswith(f"{root}/in/"):
            return False
        if delivery.topic == _topics_of(root).status and delivery.payload == ONLINE:
            self._inhabited.add(root)
        if delivery.retained and delivery.size:
            self._found[root].add(delivery.topic)
        return True

    def _filters(self) -> tuple[str, ...]:
        return tuple(topic for root in self._found for topic in _topics_of(root).retained)

    async def _sweep(self) -> None:
        await self._online.wait()
        await self._clock.sleep_until(self._clock.monotonic() + LOOK)
        for root, topics in self._found.items():
            if root in self._inhabited:
                _LOGGER.warning("Another gateway lives under %s now: nothing is emptied there", root)
                continue
            for topic in sorted(topics):
                self._session.publish(Publication(topic=topic, payload=b"", retain=True))
            _LOGGER.info("%d retained topics of an earlier name were emptied under %s", len(topics), root)
        self._session.drop_subscriptions(self._filters())
        try:
            await self._engine.notes.write(NOTES, (self._root,))
        except EngineError as err:
            _LOGGER.warning("Earlier topics are looked at again after the next start: %s", err)


def _topics_of(root: str) -> Topics:
    prefix, _, gateway = root.rpartition("/")
    return Topics(prefix, gateway)
