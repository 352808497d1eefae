"""Received messages and delivery reports: read, put together, handed on, deleted once accepted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from typing import TYPE_CHECKING, TypeVar

from gsm_driver.at import commands
from gsm_driver.at.urc import DirectPdu, StoredNotice, UrcKind

from .bell import Bell
from .decoding import Decoder
from .deletion import Deletion
from .errors import LinkError, LinkLostError, ModemError, ModemTimeoutError
from .ledger import Acceptances, Ledger, Reading
from .levels import Levels
from .models import DeliveryReport, StorageSlot
from .startup import attempt
from .stored import read_contents

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from gsm_driver.at.stored_pdus import StoredPdu
    from gsm_driver.at.urc import Urc

    from .caretaker import Caretaker
    from .decoding import Collected, DecodedPdu
    from .events import EventQueue
    from .ledger import Deletable
    from .link import Link
    from .storage import MessageStorage
    from .stored import MemoryContents

T = TypeVar("T")

_LOGGER = logging.getLogger(__name__)

SWEEP_INTERVAL = 60.0  # seconds: an announcement that was lost delays its message by so much at most
RETRY_INTERVAL = 5.0  # seconds to the next sweep after one that failed: SIM busy, a memory in use
MAX_RETRIES = 3  # sweeps so soon after each other; what fails still then waits for the usual one
LIST_FROM = 3  # announcements waiting for one memory from which on one list is cheaper than reads
MAX_ANNOUNCED = 256  # announcements remembered; what is beyond is found by a sweep
MAX_DIRECT = 256  # PDUs that came by +CMT and +CDS and are not decoded yet
CALL_PATIENCE = 120.0  # seconds that reading lets a call be which it would end: ringing takes 30 to 60
CALL_LOOK = 1.0  # seconds between looks whether that call is over
# <stat> of received messages, unread and read (3GPP TS 27.005 clause 3.1); None: it could not be read.
RECEIVED = frozenset({0, 1, None})
LEAVE_TIMEOUT = 2.0  # seconds that letting go of the modem may take longer for the reports still to come


class Inbox:
    """What came in. `modem.inbox` is one of these.

    Args:
        link: the open line.
        storage: the message memories.
        events: where messages and reports are handed on.
        caretaker: told of silence and of messages that came unannounced; asked before each sweep.
        acceptances: what earlier lives of the modem had accepted.
        on_report: told of each delivery report before it is handed on.
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
        on_report: Callable[[DeliveryReport], None] = lambda _: None,
        acknowledges: bool = False,
        sweep_interval: float = SWEEP_INTERVAL,
    ) -> None:
        self._link = link
        self._storage = storage
        self._events = events
        self._caretaker = caretaker
        self._on_report = on_report
        self._acknowledges = acknowledges
        self._sweep_interval = sweep_interval
        self._ledger = Ledger(acceptances)
        self._levels = Levels(self._ledger, capacity=storage.capacity, tell=events.offer)
        self._deletion = Deletion(storage, self._ledger, self._levels, look_again=self._look_again)
        self._decoder = Decoder()
        self._announced: dict[StorageSlot, UrcKind] = {}  # in order, each once
        self._direct: deque[DirectPdu] = deque(maxlen=MAX_DIRECT)
        self._bell = Bell(asyncio.get_running_loop())
        self._is_called = False  # something is to be done, also if it came while the last was being done
        self._sweep_at = 0.0  # 0: as soon as possible
        self._let_be_until: float | None = None  # the call that the next command would end
        self._swept_before = False
        self._in_trouble = False  # something could not be read since the last sweep began
        self._retries = 0  # sweeps in a row that ended in trouble
        self._announces_again = False  # AT+CNMI is due at the next sweep

    @property
    def dead_slots(self) -> frozenset[StorageSlot]:
        """Slots that the modem would not empty. Their messages were accepted and are not handed on again."""
        return self._ledger.dead

    async def look(self) -> tuple[MemoryContents, ...]:
        """What lies in the memories at this moment; `decode_stored` reads it. Nothing is taken or deleted.

        Raises:
            LinkError: the line.
        """
        return await read_contents(self._storage)

    async def accept(self, event: Deletable) -> None:
        """The consumer has it safe: delete its PDUs from the modem.

        Do this once for each ReceivedSms and DeliveryReport, whatever its kind, as soon as it is stored. What
        was not accepted is handed on again by the next `Modem` on this port. An event of an earlier `Modem`
        changes nothing.

        Raises:
            LinkError: the modem is gone or silent. The message will come again.
        """
        await self._deletion.delete(self._ledger.accept(event), is_overdue=self._is_overdue)

    def request_sweep(self, *, announce_again: bool = False) -> None:
        """Look into all memories now: after a call, when a memory is full, when an announcement was lost.

        With `announce_again` the modem is told again to announce messages, whatever it says of its settings.
        """
        self._announces_again |= announce_again
        self._ledger.doubt()
        self._sweep_at = 0.0
        self._call()

    def announce(self, urc: Urc) -> None:
        """Take note of +CMTI, +CDSI, +CMT or +CDS."""
        match urc.parameters:
            case StoredNotice(memory=str(memory), index=int(index)) if memory and index >= 0:
                if len(self._announced) < MAX_ANNOUNCED:
                    slot = StorageSlot(memory=memory, index=index)
                    self._announced[slot] = urc.kind
                    self._ledger.doubt(slot)  # what was read there before may have gone
                    self._call()
                    return
            case DirectPdu(hex_pdu=hex_pdu) as direct if hex_pdu and len(self._direct) < MAX_DIRECT:
                self._direct.append(direct)
                self._call()
                return
            case _:
                pass
        self.request_sweep()  # "+CMTI: ,-1" was seen, and +CDS without its PDU

    async def leave(self) -> None:
        """The port will be let go: have the reports that are still to come stored, for the next `Modem`."""
        if self._link.lost.done() or not self._storage.keeps_reports:
            return
        with contextlib.suppress(ModemError, TimeoutError):
            async with asyncio.timeout(LEAVE_TIMEOUT):
                await self._caretaker.keep_reports()
                await self._take_direct()

    async def run(self) -> None:
        """Read what is announced and sweep on time, until the line is lost."""
        try:
            await self._run()
        finally:
            self._bell.close()

    def _call(self) -> None:
        """There is something to do, before the next sweep is due."""
        self._is_called = True
        self._bell.ring()

    async def _run(self) -> None:
        while True:
            try:
                if not self._lets_call_be():
                    await self._work()
            except LinkLostError:
                return
            except ModemTimeoutError as err:
                _LOGGER.debug("reading messages: %s", err)
                self._ledger.doubt()
                self._sweep_soon()
                await self._caretaker.check_alive()
            await self._rest()

    def _lets_call_be(self) -> bool:
        """Any command ends the call of a modem that keeps its answer to ATD (V.250 clause 5.6.1): wait."""
        now = asyncio.get_running_loop().time()
        if not self._link.holds_call or self._sweep_at <= 0:
            self._let_be_until = None
            return False
        if self._let_be_until is None:
            self._let_be_until = now + CALL_PATIENCE
        if now >= self._let_be_until:
            return False
        self._sweep_at = max(self._sweep_at, now + CALL_LOOK)
        return True

    async def _rest(self) -> None:
        """Wait until something is announced or a sweep is due."""
        if not self._is_called:
            await self._bell.wait(self._sweep_at)
        self._is_called = False

    async def _work(self) -> None:
        await self._take_direct()
        if asyncio.get_running_loop().time() >= self._sweep_at:
            await self._sweep()
        for memory in dict.fromkeys(slot.memory for slot in self._announced):
            await self._read_announced(memory)
        for collected in self._decoder.expire(asyncio.get_running_loop().time()):
            await self._hand_on(collected)

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
                kind = self._announced.pop(slot, None)
                await self._take_direct()
                await self._try(self._read_slot(slot, kind))

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

    async def _read_slot(self, slot: StorageSlot, announced: UrcKind | None) -> None:
        stored = await self._storage.read(slot)
        pdu = None if stored is None else self._decoder.decode(stored.hex_pdu, stored.length)
        if pdu is None or (announced is UrcKind.REPORT_STORED and not pdu.is_report):
            self._sweep_soon()  # EC25 announces reports at a wrong place
        if stored is not None and pdu is not None:
            await self._take_stored(slot, stored, pdu)
            self._note_level(slot.memory, self._ledger.occupied(slot.memory))

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
        surprises = news = 0
        for slot, (_, stored) in zip(present, listing.entries, strict=True):
            pdu = self._decoder.decode(stored.hex_pdu, stored.length)
            is_new = await self._try(self._take_stored(slot, stored, pdu)) or False
            news += is_new
            surprises += is_new and slot not in expected
        self._note_level(memory, len(present))
        now = asyncio.get_running_loop().time()
        self._levels.foresee(memory, len(present), len(present) - news, now)
        return surprises

    async def _take_stored(self, slot: StorageSlot, stored: StoredPdu, pdu: DecodedPdu) -> bool:
        """Take one stored PDU; True if it was new."""
        if stored.status not in RECEIVED or pdu.is_outgoing:
            return False  # a message that another program stored for sending
        reading = await self._take(slot, pdu)
        if reading is Reading.LEFT_OVER:
            await self._deletion.delete_left_over(slot)
        return reading is Reading.NEW

    async def _take(self, slot: StorageSlot | None, pdu: DecodedPdu) -> Reading:
        reading = self._ledger.note(slot, pdu.key)
        is_new = reading is Reading.NEW
        if is_new and slot is not None and pdu.content is None:
            self._ledger.doubt(slot)  # the line may have garbled it
        if is_new or (slot is None and pdu.is_report):  # a report told twice does no harm, one untold does
            for collected in self._decoder.collect(pdu, slot, asyncio.get_running_loop().time()):
                await self._hand_on(collected)
        return reading

    async def _hand_on(self, collected: Collected) -> None:
        event = collected.event
        self._ledger.hand_on(event, collected.keys)
        if isinstance(event, DeliveryReport):
            self._on_report(event)
        await self._events.put(event)

    def _note_level(self, memory: str, used: int) -> None:
        # A76xx stays deaf after it was full (LilyGo-Modem-Series#184).
        self._announces_again |= self._levels.note(memory, used)

    def _is_overdue(self) -> bool:
        """The memories should have been looked into by now: the consumer is behind, or something happened."""
        return asyncio.get_running_loop().time() > self._sweep_at

    def _look_again(self) -> None:
        self._sweep_soon()
        self._call()

    def _sweep_soon(self) -> None:
        """Something could not be read: look again in a moment, unless that did not help the last times."""
        self._in_trouble = True
        if self._retries < MAX_RETRIES:
            soon = asyncio.get_running_loop().time() + RETRY_INTERVAL
            self._sweep_at = min(self._sweep_at, soon)
