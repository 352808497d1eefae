"""Received messages and delivery reports: read, put together, handed on, deleted once accepted."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, TypeVar

from gsm_driver.at import commands
from gsm_driver.at.urc import DirectPdu, StoredNotice

from .decoding import Decoder
from .errors import CommandError, LinkError, LinkLostError, ModemError, ModemTimeoutError
from .ledger import Acceptances, Ledger, Reading
from .models import StorageSlot, StorageState
from .startup import attempt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from gsm_driver.at.responses import StoredPdu
    from gsm_driver.at.urc import Urc

    from .caretaker import Caretaker
    from .decoding import DecodedPdu
    from .events import EventQueue
    from .ledger import Deletable
    from .link import Link
    from .storage import MessageStorage

T = TypeVar("T")

_LOGGER = logging.getLogger(__name__)

SWEEP_INTERVAL = 60.0  # seconds: an announcement that was lost delays its message by so much at most
RETRY_INTERVAL = 5.0  # seconds to the next sweep after one that failed: SIM busy, a memory in use
MAX_RETRIES = 3  # sweeps so soon after each other; what fails still then waits for the usual one
DELETE_DELAYS = (0.0, 1.0, 2.0)  # seconds before each try: CMS 302 comes while a message is just arriving
LIST_FROM = 3  # announcements waiting for one memory from which on one list is cheaper than reads
MAX_ANNOUNCED = 256  # announcements remembered; what is beyond is found by a sweep
MAX_DIRECT = 256  # PDUs that came by +CMT and +CDS and are not decoded yet
NEARLY_FULL = 0.8  # of a memory's slots: from here on the consumer is warned
RECEIVED = frozenset({0, 1})  # <stat> of received messages, unread and read (3GPP TS 27.005 clause 3.1)


class Inbox:
    """What came in. `modem.inbox` is one of these.

    Args:
        link: the open line.
        storage: the message memories.
        events: where messages and reports are handed on.
        caretaker: told of silence and of messages that came unannounced; asked before each sweep.
        acceptances: what earlier lives of the modem had accepted.
        acknowledges: each +CMT and +CDS wants AT+CNMA (AT+CSMS=1).
        sweep_interval: seconds between looks into all memories.
    """

    def __init__(
        self,
        link: Link,
        storage: MessageStorage,
        events: EventQueue,
        *,
        caretaker: Caretaker,
        acceptances: Acceptances | None = None,
        acknowledges: bool = False,
        sweep_interval: float = SWEEP_INTERVAL,
    ) -> None:
        self._link = link
        self._storage = storage
        self._events = events
        self._caretaker = caretaker
        self._acknowledges = acknowledges
        self._sweep_interval = sweep_interval
        self._ledger = Ledger(acceptances)
        self._deleting = asyncio.Lock()  # from the look into the ledger to the note in it
        self._decoder = Decoder()
        self._announced: dict[StorageSlot, None] = {}  # in order, each once
        self._direct: deque[DirectPdu] = deque(maxlen=MAX_DIRECT)
        self._wake = asyncio.Event()
        self._sweep_at = 0.0
        self._swept_before = False
        self._in_trouble = False  # something could not be read since the last sweep began
        self._retries = 0  # sweeps in a row that ended in trouble
        self._announces_again = False  # AT+CNMI is due at the next sweep
        self._levels: dict[str, int] = {}  # used slots as last told, of memories that are nearly full

    @property
    def dead_slots(self) -> frozenset[StorageSlot]:
        """Slots that the modem would not empty. Their messages were accepted and are not handed on again."""
        return self._ledger.dead

    async def accept(self, event: Deletable) -> None:
        """The consumer has it safe: delete its PDUs from the modem.

        Do this once for each ReceivedSms and DeliveryReport, whatever its kind, as soon as it is stored. What
        was not accepted is handed on again by the next `Modem` on this port. An event of an earlier `Modem`
        changes nothing.

        Raises:
            LinkError: the modem is gone or silent. The message will come again.
        """
        for slot in self._ledger.accept(event):
            for delay in DELETE_DELAYS:
                await asyncio.sleep(delay)
                if await self._delete_accepted(slot):
                    break

    def request_sweep(self, *, announce_again: bool = False) -> None:
        """Look into all memories now: after a call, when a memory is full, when an announcement was lost.

        With `announce_again` the modem is told again to announce messages, whatever it says of its settings.
        """
        self._announces_again |= announce_again
        self._sweep_at = 0.0
        self._wake.set()

    def announce(self, urc: Urc) -> None:
        """Take note of +CMTI, +CDSI, +CMT or +CDS."""
        match urc.parameters:
            case StoredNotice(memory=str(memory), index=int(index)) if memory and index >= 0:
                if len(self._announced) < MAX_ANNOUNCED:
                    self._announced[StorageSlot(memory=memory, index=index)] = None
                    self._wake.set()
                    return
            case DirectPdu(hex_pdu=hex_pdu) as direct if hex_pdu and len(self._direct) < MAX_DIRECT:
                self._direct.append(direct)
                self._wake.set()
                return
            case _:
                pass
        self.request_sweep()  # "+CMTI: ,-1" was seen, and +CDS without its PDU

    async def run(self) -> None:
        """Read what is announced and sweep on time, until the line is lost."""
        while True:
            try:
                await self._work()
            except LinkLostError:
                return
            except ModemTimeoutError as err:
                _LOGGER.debug("reading messages: %s", err)
                self._sweep_soon()
                await self._caretaker.check_alive()
            await self._rest()

    async def _rest(self) -> None:
        """Wait until something is announced or a sweep is due."""
        try:
            async with asyncio.timeout_at(self._sweep_at):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _work(self) -> None:
        await self._take_direct()
        if asyncio.get_running_loop().time() >= self._sweep_at:
            await self._sweep()
        for memory in dict.fromkeys(slot.memory for slot in self._announced):
            await self._read_announced(memory)
        for event in self._decoder.expire(asyncio.get_running_loop().time()):
            await self._hand_on(event)

    async def _take_direct(self) -> None:
        """Take what came by +CMT and +CDS: before anything else, because the network waits for AT+CNMA."""
        while self._direct:
            direct = self._direct.popleft()
            await self._take(None, self._decoder.decode(direct.hex_pdu, direct.length))
            if self._acknowledges:
                await attempt(self._link, commands.acknowledge_message())

    async def _read_announced(self, memory: str) -> None:
        slots = [slot for slot in self._announced if slot.memory == memory]
        if len(slots) >= LIST_FROM and self._storage.can_list:
            for slot in slots:
                del self._announced[slot]
            await self._try(self._sweep_memory(memory, slots))
        else:
            for slot in slots:
                self._announced.pop(slot, None)
                await self._take_direct()
                await self._try(self._read_slot(slot))

    async def _try(self, reading: Awaitable[T]) -> T | None:
        """Read; what the modem refuses, the next sweep will find."""
        try:
            return await reading
        except LinkError:
            raise
        except ModemError as err:
            _LOGGER.debug("reading messages: %s", err)
            self._sweep_soon()
            return None

    async def _read_slot(self, slot: StorageSlot) -> None:
        stored = await self._storage.read(slot)
        if stored is None:
            self._sweep_soon()  # EC25 announces reports at a wrong place
        else:
            await self._take_stored(slot, stored)
            await self._tell_level(slot.memory, self._ledger.occupied(slot.memory))

    async def _sweep(self) -> None:
        """Look into all memories."""
        self._sweep_at = asyncio.get_running_loop().time() + self._sweep_interval
        self._in_trouble = False
        if self._swept_before:
            await self._caretaker.check_settings()
        surprises = 0
        for memory in self._storage.memories:
            await self._take_direct()
            surprises += await self._try(self._sweep_memory(memory, tuple(self._announced))) or 0
        if self._announces_again or (surprises and self._swept_before):
            self._announces_again = False
            await self._caretaker.announce_again()
        self._swept_before = True
        self._retries = self._retries + 1 if self._in_trouble else 0

    async def _sweep_memory(self, memory: str, expected: Iterable[StorageSlot]) -> int:
        """Read all of a memory; returns how many PDUs were new and not expected."""
        listing = await self._storage.list(memory)
        present = [StorageSlot(memory=memory, index=index) for index, _ in listing.entries]
        if listing.complete:
            self._ledger.retain(memory, present)
        else:
            self._sweep_soon()
        surprises = 0
        for slot, (_, stored) in zip(present, listing.entries, strict=True):
            was_new = await self._take_stored(slot, stored)
            surprises += was_new and slot not in expected
        await self._tell_level(memory, len(present))
        return surprises

    async def _take_stored(self, slot: StorageSlot, stored: StoredPdu) -> bool:
        """Take one stored PDU; True if it was new."""
        pdu = self._decoder.decode(stored.hex_pdu, stored.length)
        if stored.status not in RECEIVED or pdu.is_outgoing:
            return False  # a message that another program stored for sending
        reading = await self._take(slot, pdu)
        if reading is Reading.LEFT_OVER:
            await self._delete_again(slot, stored)
        return reading is Reading.NEW

    async def _take(self, slot: StorageSlot | None, pdu: DecodedPdu) -> Reading:
        reading = self._ledger.note(slot, pdu.key)
        is_new = reading is Reading.NEW
        if is_new or (slot is None and pdu.is_report):  # a report told twice does no harm, one untold does
            for event in self._decoder.collect(pdu, slot, asyncio.get_running_loop().time()):
                await self._hand_on(event)
        return reading

    async def _hand_on(self, event: Deletable) -> None:
        self._ledger.hand_on(event)
        await self._events.put(event)

    async def _delete_again(self, slot: StorageSlot, stored: StoredPdu) -> None:
        """Delete a PDU that was accepted before, unless the slot holds another one since it was listed."""
        async with self._deleting:
            if not self._ledger.may_delete(slot):
                return  # the acceptance itself just did
            present = await self._storage.read(slot)
            if present is not None and present.hex_pdu == stored.hex_pdu:
                await self._delete(slot)
            else:
                self._ledger.forget(slot)
                self._sweep_soon()

    async def _delete_accepted(self, slot: StorageSlot) -> bool:
        """Delete a slot once, unless it was used again meanwhile. False: it makes sense to try again."""
        async with self._deleting:
            return not self._ledger.may_delete(slot) or await self._delete(slot)

    async def _delete(self, slot: StorageSlot) -> bool:
        try:
            await self._storage.delete(slot)
        except CommandError as err:
            if not self._ledger.refuse(slot):
                return False
            _LOGGER.warning("a message in memory %s cannot be deleted: %s", slot.memory, err)
            self._events.offer(self._state(slot.memory, self._ledger.occupied(slot.memory)))
        else:
            self._ledger.forget(slot)
        return True

    async def _tell_level(self, memory: str, used: int) -> None:
        """Warn while a memory is nearly full; tell once when it no longer is."""
        capacity = self._storage.capacity(memory)
        if capacity is None:
            return
        nearly_full = used >= NEARLY_FULL * capacity
        if nearly_full and self._levels.get(memory) != used:
            self._levels[memory] = used
        elif nearly_full or self._levels.pop(memory, None) is None:
            return
        else:
            self._announces_again = True  # A76xx stays deaf after it was full (LilyGo-Modem-Series#184)
        self._events.offer(self._state(memory, used))

    def _state(self, memory: str, used: int) -> StorageState:
        dead = sum(slot.memory == memory for slot in self._ledger.dead)
        return StorageState(memory=memory, used=used, total=self._storage.capacity(memory) or 0, dead=dead)

    def _sweep_soon(self) -> None:
        """Something could not be read: look again in a moment, unless that did not help the last times."""
        self._in_trouble = True
        if self._retries < MAX_RETRIES:
            soon = asyncio.get_running_loop().time() + RETRY_INTERVAL
            self._sweep_at = min(self._sweep_at, soon)
