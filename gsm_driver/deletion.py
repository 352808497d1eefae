"""Empties slots whose PDUs were accepted, and no others."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from .decoding import Decoder
from .errors import CommandError, ErrorClass, ModemTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .ledger import Ledger
    from .levels import Levels
    from .models import StorageSlot
    from .storage import MessageStorage

_LOGGER = logging.getLogger(__name__)

DELETE_DELAYS = (0.0, 1.0, 2.0)  # seconds before each try: CMS 302 comes while a message is just arriving


class Deletion:
    """Deletes by index, which is only right while the slot holds what was read there.

    Where that is certain, a deletion is one turn. Where it is not, the slot is read first: after silence, a
    lost announcement, a call; when another announcement names the slot; when its PDU could not be read, as
    noise on the line may have made it so; and when a look into all memories is overdue.

    Args:
        storage: the message memories.
        ledger: knows what was accepted.
        levels: told of slots that died or came back to life.
        look_again: called when a slot did not hold what was expected, or was not emptied.
    """

    def __init__(
        self,
        storage: MessageStorage,
        ledger: Ledger,
        levels: Levels,
        *,
        look_again: Callable[[], None],
    ) -> None:
        self._storage = storage
        self._ledger = ledger
        self._levels = levels
        self._look_again = look_again
        self._lock = asyncio.Lock()  # from the look into the ledger to the note in it

    async def delete(self, slots: Iterable[StorageSlot], *, is_overdue: Callable[[], bool]) -> None:
        """Delete what was just accepted. What is refused, the next sweep tries again.

        Raises:
            LinkError: the modem is gone or silent.
        """
        for slot in slots:
            for delay in DELETE_DELAYS:
                await asyncio.sleep(delay)
                if await self._is_done_with(slot, verify=is_overdue() or not self._ledger.is_sure(slot)):
                    break
            else:
                self._look_again()

    async def delete_left_over(self, slot: StorageSlot) -> None:
        """Delete what was accepted before and was listed a while ago.

        Raises:
            LinkError: the modem is gone or silent.
        """
        if not await self._is_done_with(slot, verify=True):
            self._look_again()

    async def _is_done_with(self, slot: StorageSlot, *, verify: bool) -> bool:
        """Delete a slot once, unless it was used again meanwhile. False: it makes sense to try again."""
        async with self._lock:
            if not self._ledger.may_delete(slot):
                return True  # somebody else just did, or it holds another message
            try:
                if verify and not await self._still_holds(slot):
                    if self._ledger.may_delete(slot):
                        self._ledger.forget(slot)
                    self._look_again()
                    return True
                await self._storage.delete(slot)
            except CommandError as err:
                self._note_refusal(slot, err)
                return slot in self._ledger.dead
            except ModemTimeoutError:
                self._ledger.doubt()
                raise
            self._note_emptied(slot)
            return True

    async def _still_holds(self, slot: StorageSlot) -> bool:
        """It holds what was accepted, also when the inbox has read something else there meanwhile."""
        present = await self._storage.read(slot)
        if present is None:
            return False
        key = Decoder.decode(present.hex_pdu, present.length).key
        return self._ledger.holds(slot, key) and self._ledger.may_delete(slot)

    def _note_refusal(self, slot: StorageSlot, err: CommandError) -> None:
        if self._ledger.refuse(slot, is_temporary=err.error_class is ErrorClass.TEMPORARY):
            _LOGGER.warning("a message in memory %s cannot be deleted: %s", slot.memory, err)
            self._levels.tell(slot.memory)

    def _note_emptied(self, slot: StorageSlot) -> None:
        was_dead = slot in self._ledger.dead
        self._ledger.forget(slot)
        if was_dead:
            self._levels.tell(slot.memory)
