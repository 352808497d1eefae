"""What the inbox has read, what it waits to be accepted, and what it may delete. Pure: no modem, no clock."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from .models import DeliveryReport, ReceivedSms, StorageSlot

    Deletable = ReceivedSms | DeliveryReport

REMEMBERED = 1024  # PDUs kept to recognise a repeat: far more than a storage holds
FAILURES_TO_DEATH = 3  # deletions that failed before a slot is left alone (mdd-sim-gateway#85)


class Reading(StrEnum):
    """What to do with a PDU that was just read."""

    NEW = "new"  # hand it on
    KNOWN = "known"  # this very slot was read before, or its twin was: it goes when that is accepted
    LEFT_OVER = "left_over"  # its content was accepted before: delete it


class Acceptances:
    """What the consumer has safe. Keep one for all lives of a modem: nothing that is in it comes again.

    A line may be lost between acceptance and deletion, when some segments of a long message are gone already.
    """

    def __init__(self) -> None:
        self._keys: OrderedDict[Hashable, None] = OrderedDict()

    def add(self, key: Hashable) -> None:
        """A PDU was accepted."""
        self._keys[key] = None
        if len(self._keys) > REMEMBERED:
            self._keys.popitem(last=False)

    def __contains__(self, key: Hashable) -> bool:
        """This PDU was accepted, now or in an earlier life."""
        return key in self._keys


@dataclass(slots=True, eq=False)
class _Entry:
    key: Hashable
    slots: set[StorageSlot] = field(default_factory=set)
    event: Deletable | None = None
    accepted: bool = False


class Ledger:
    """One entry per PDU, however many copies of it lie in the storages."""

    def __init__(self, acceptances: Acceptances | None = None) -> None:
        self._acceptances = acceptances or Acceptances()
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._by_slot: dict[StorageSlot, _Entry] = {}
        self._failures: dict[StorageSlot, int] = {}
        self._dead: set[StorageSlot] = set()

    @property
    def dead(self) -> frozenset[StorageSlot]:
        """Slots that cannot be emptied."""
        return frozenset(self._dead)

    def occupied(self, memory: str) -> int:
        """How many slots of a memory are known to be taken."""
        return sum(slot.memory == memory for slot in self._by_slot)

    def note(self, slot: StorageSlot | None, key: Hashable) -> Reading:
        """Enter what was read. `key` is equal for copies of one PDU; `slot` is None if it came directly."""
        entry = self._entries.get(key)
        if slot is not None and self._by_slot.get(slot) is not entry:
            self.forget(slot)  # the slot was emptied and used again
        if entry is None:
            entry = self._enter(slot, key)
            return Reading.LEFT_OVER if slot is not None and entry.accepted else Reading.NEW
        if slot is not None:
            entry.slots.add(slot)
            self._by_slot[slot] = entry
        return Reading.LEFT_OVER if entry.accepted and slot not in self._dead else Reading.KNOWN

    def hand_on(self, event: Deletable) -> None:
        """Remember which event carries the PDUs of its slots."""
        for slot in event.slots:
            if (entry := self._by_slot.get(slot)) is not None:  # else another program emptied it
                entry.event = event

    def accept(self, event: Deletable) -> tuple[StorageSlot, ...]:
        """The slots to delete for an event, copies included; not those that hold something else by now."""
        entries = {id(entry): entry for slot in event.slots if (entry := self._by_slot.get(slot))}
        mine = [entry for entry in entries.values() if entry.event == event]
        for entry in mine:
            entry.accepted = True
            self._acceptances.add(entry.key)
        self._trim()
        return tuple(slot for entry in mine for slot in sorted(entry.slots, key=_order))

    def may_delete(self, slot: StorageSlot) -> bool:
        """What lies in the slot, as far as known, was accepted. Not so once it was deleted, or used again."""
        entry = self._by_slot.get(slot)
        return entry is not None and entry.accepted

    def forget(self, slot: StorageSlot) -> None:
        """The slot is empty."""
        self._failures.pop(slot, None)
        self._dead.discard(slot)
        if (entry := self._by_slot.pop(slot, None)) is not None:
            entry.slots.discard(slot)

    def refuse(self, slot: StorageSlot) -> bool:
        """The slot could not be emptied. True: it is dead; leave it alone."""
        self._failures[slot] = self._failures.get(slot, 0) + 1
        if self._failures[slot] >= FAILURES_TO_DEATH:
            self._dead.add(slot)
        return slot in self._dead

    def retain(self, memory: str, present: Iterable[StorageSlot]) -> None:
        """Forget the slots of a memory that a complete list of it did not name."""
        kept = frozenset(present)
        for slot in [slot for slot in self._by_slot if slot.memory == memory and slot not in kept]:
            self.forget(slot)

    def _enter(self, slot: StorageSlot | None, key: Hashable) -> _Entry:
        is_accepted = slot is None or key in self._acceptances  # nothing of a direct one is left to delete
        entry = _Entry(key=key, accepted=is_accepted)
        self._entries[key] = entry
        if slot is not None:
            entry.slots.add(slot)
            self._by_slot[slot] = entry
        self._trim()
        return entry

    def _trim(self) -> None:
        """Drop the oldest entries of which nothing lies in the modem."""
        surplus = len(self._entries) - REMEMBERED
        if surplus <= 0:
            return
        idle = [key for key, entry in self._entries.items() if not entry.slots]
        for key in idle[:surplus]:
            del self._entries[key]


def _order(slot: StorageSlot) -> tuple[str, int]:
    return slot.memory, slot.index
