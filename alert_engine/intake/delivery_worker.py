"""Hands deliveries to one consumer, in order, and acknowledges what it took."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING

from alert_engine.errors import JournalError

from .mqtt_trouble import BrokerError, Trouble

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from alert_engine.clock import Clock

    from .mqtt_connection import BrokerConnection, Incoming
    from .payloads import Delivery

_LOGGER = logging.getLogger(__name__)

# Deliveries of either kind: a broker that heeds our Receive Maximum sends 20 before the first PUBACK. MQTT
# 3.1.1 has no such thing, and mosquitto 2.0.11 forgets it after the first: then nothing is read until half
# are done. Those without PUBACK (QoS 0) are counted for themselves: they must not take the others' place.
MAX_WAITING = 200
READ_AGAIN = MAX_WAITING // 2
FIRST_WAIT = 1.0  # seconds after the journal refused; doubles
LONGEST_WAIT = 30.0  # seconds; a disk that has room again is used within half a minute
SETTLE_TIMEOUT = 5.0  # seconds that `stop` gives the delivery in hand; a commit takes milliseconds


class DeliveryWorker:
    """One consumer for all deliveries.

    Args:
        receive: returns when the delivery is settled; `JournalError` means: offer the same one again, later.
        clock: for waiting.
        first_wait: seconds before the first repeat.
        give_up: told what met a mistake of ours; when it returns, the delivery is settled.
        most_stuck: so many unacknowledged ones on one connection, and the broker sends no more.
    """

    def __init__(
        self,
        receive: Callable[[Delivery], Awaitable[None]],
        *,
        clock: Clock,
        first_wait: float = FIRST_WAIT,
        give_up: Callable[[Delivery], Awaitable[None]] | None = None,
        most_stuck: int = MAX_WAITING,
    ) -> None:
        self.overflowed = 0  # deliveries without PUBACK not taken because too many waited
        self.stuck = 0  # deliveries that met a mistake of ours: kept by the broker, never acknowledged
        self.given_up = 0  # deliveries that met a mistake of ours, which people were told
        self._receive = receive
        self._clock = clock
        self._first_wait = first_wait
        self._give_up = give_up
        self._most_stuck = most_stuck
        self._stuck_on: tuple[BrokerConnection | None, int] = (None, 0)
        self._waiting: asyncio.Queue[Incoming] = asyncio.Queue()
        self._in_line: Counter[bool] = Counter()  # how many wait that get a PUBACK, and that get none
        self._idle = asyncio.Event()
        self._unread: BrokerConnection | None = None  # its line is full, here
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work."""
        self._stopping = False
        self._task = asyncio.get_running_loop().create_task(self._run(), name="mqtt deliveries")

    async def stop(self) -> None:
        """Settle the delivery in hand; the others were not acknowledged and stay on the broker."""
        self._stopping = True
        self._read_again()  # whatever is said meanwhile is heard
        if self._task is not None:
            await self._clock.wait(self._idle, self._clock.monotonic() + SETTLE_TIMEOUT)
            self._task.cancel()
            await asyncio.wait([self._task])

    def put(self, incoming: Incoming) -> None:
        """Take one more; at the limit the broker has to wait with what gets a PUBACK, the rest is dropped."""
        gets_puback = incoming.packet_id is not None
        if gets_puback and self._stopping:
            return  # the broker keeps it
        if not gets_puback and self._in_line[False] >= MAX_WAITING:
            self.overflowed += 1
            return
        self._in_line[gets_puback] += 1
        self._waiting.put_nowait(incoming)
        if self._in_line[True] >= MAX_WAITING and gets_puback:
            incoming.connection.pause_reading()
            self._unread = incoming.connection

    def _read_again(self) -> None:
        if self._unread is not None:
            self._unread.resume_reading()
            self._unread = None

    async def _run(self) -> None:
        while not self._stopping:
            self._idle.set()
            incoming = await self._waiting.get()
            self._in_line[incoming.packet_id is not None] -= 1
            if self._in_line[True] <= READ_AGAIN:
                self._read_again()
            try:
                if await self._settle(incoming) and incoming.packet_id is not None:
                    incoming.connection.acknowledge(incoming.packet_id)
            except Exception:
                # One message must not end the intake; the broker keeps it for a better release.
                _LOGGER.exception("A message could not be handled and was left on the broker")
                self._count_stuck(incoming)
        self._idle.set()

    def _count_stuck(self, incoming: Incoming) -> None:
        """When the broker would send no more, begin anew with it: it sends all of them again."""
        self.stuck += 1
        if incoming.packet_id is None:
            return
        connection, count = self._stuck_on
        count = count + 1 if connection is incoming.connection else 1
        self._stuck_on = (incoming.connection, count)
        if count >= self._most_stuck:
            text = f"{count} messages could not be handled, and the broker sends no more: see the log"
            incoming.connection.abort(BrokerError(Trouble.DEAF, text))

    async def _settle(self, incoming: Incoming) -> bool:
        """Offer it until it is taken; False if the broker will send it again on a newer connection."""
        wait = self._first_wait
        refused = False
        while not (incoming.connection.superseded and incoming.packet_id is not None):
            self._idle.clear()
            try:
                await self._offer(incoming.delivery)
            except JournalError as err:
                if not refused:
                    _LOGGER.warning("Alarms wait on the broker, the journal takes none: %s", err)
                refused = True
            else:
                if refused:
                    _LOGGER.info("The journal takes alarms again")
                return True
            self._idle.set()
            await self._clock.sleep_until(self._clock.monotonic() + wait)
            wait = min(2 * wait, LONGEST_WAIT)
        return False

    async def _offer(self, delivery: Delivery) -> None:
        try:
            await self._receive(delivery)
        except JournalError:
            raise
        except Exception:
            if self._give_up is None:
                raise
            _LOGGER.exception("A message could not be handled and was given up")
            await self._give_up(delivery)
            self.given_up += 1
