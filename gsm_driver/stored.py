"""What lies in a modem's message memories at this moment, for people who look; nothing is taken or changed.

The inbox is for programs: it hands on each message once and deletes what was accepted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .decoding import Decoder
from .errors import CommandError
from .models import StorageSlot
from .startup import SimPatience
from .storage import MessageStorage

if TYPE_CHECKING:
    from gsm_driver.at.stored_pdus import StoredPdu

    from .decoding import Collected
    from .link import Link
    from .models import DeliveryReport, ReceivedSms
    from .profile import ModemProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryContents:
    """One memory."""

    memory: str
    used: int
    total: int | None  # None: the modem does not say
    stored: tuple[tuple[StorageSlot, StoredPdu], ...] = ()
    complete: bool = True  # False: more lies there than could be read


async def read_memories(link: Link, profile: ModemProfile) -> tuple[MemoryContents, ...]:
    """All memories in which something for us may lie. The SIM must be usable and PDU mode set.

    Raises:
        LinkError: the line.
    """
    storage = MessageStorage(link, lists_messages=profile.lists_messages)
    await storage.prepare(SimPatience(link))
    return await read_contents(storage)


async def read_contents(storage: MessageStorage) -> tuple[MemoryContents, ...]:
    """The same of a storage that is in use."""
    return tuple([await _read_memory(storage, memory) for memory in storage.memories])


def decode_stored(memories: tuple[MemoryContents, ...]) -> tuple[ReceivedSms | DeliveryReport, ...]:
    """The messages and reports in them, put together; what waits for segments is told as it is."""
    decoder = Decoder()
    found: list[Collected] = []
    for contents in memories:
        for slot, stored in contents.stored:
            pdu = decoder.decode(stored.hex_pdu, stored.length)
            if not pdu.is_outgoing:
                found += decoder.collect(pdu, slot, 0.0)
    return tuple(collected.event for collected in (*found, *decoder.expire(math.inf)))


async def _read_memory(storage: MessageStorage, memory: str) -> MemoryContents:
    try:
        listing = await storage.list(memory)
    except CommandError:
        return MemoryContents(memory=memory, used=0, total=storage.capacity(memory), complete=False)
    stored = tuple((StorageSlot(memory=memory, index=index), pdu) for index, pdu in listing.entries)
    return MemoryContents(
        memory=memory,
        used=len(stored),
        total=storage.capacity(memory),
        stored=stored,
        complete=listing.complete,
    )
