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
# Refused deletions weigh so much; from DEATH on the slot is left alone (mdd-sim-gateway#85): after three that
# are meant so, or after twelve that were not the moment for it: SIM busy, a message just arriving.
WEIGHT = 4
WEIGHT_OF_TEMPORARY = 1
DEATH = 12
LONGEST_REST = 64  # sweeps at most between two tries with a dead slot: about an hour


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


@dataclass(slots=True, eq=False)
class _Trouble:
    """A slot that could not be emptied."""

    weight: int = 0
    pause: int = 1  # readings between two tries, once it is dead …
    rest: int = 0  # … of which so many are left

    @property
    def is_dead(self) -> bool:
        return self.weight >= DEATH


class Ledger:
    """One entry per PDU, however many copies of it lie in the storages."""

    def __init__(self, acceptances: Acceptances | None = None) -> None:
        self._acceptances = acceptances or Acceptances()
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._by_slot: dict[StorageSlot, _Entry] = {}
        self._handed_on: OrderedDict[Deletable, list[_Entry]] = OrderedDict()
        self._unsure: set[StorageSlot] = set()
        self._troubles: dict[StorageSlot, _Trouble] = {}

    @property
    def dead(self) -> frozenset[StorageSlot]:
        """Slots that cannot be emptied."""
        return frozenset(slot for slot, trouble in self._troubles.items() if trouble.is_dead)

    def occupied(self, memory: str) -> int:
        """How many slots of a memory are known to be taken."""
        return sum(slot.memory == memory for slot in self._by_slot)

    def note(self, slot: StorageSlot | None, key: Hashable) -> Reading:
        """Enter what was read. `key` is equal for copies of one PDU; `slot` is None if it came directly."""
        known = self._entries.get(key)
        entry = known or _Entry(key=key, accepted=key in self._acceptances)
        self._entries[key] = entry
        if slot is not None:
            if self._by_slot.get(slot) is not known:
                self.forget(slot)  # the slot was emptied and used again
            self._unsure.discard(slot)
            entry.slots.add(slot)
            self._by_slot[slot] = entry
        self._trim()
        if entry.accepted:
            return Reading.KNOWN if self._rests(slot) else Reading.LEFT_OVER
        return Reading.NEW if known is None else Reading.KNOWN

    def hand_on(self, event: Deletable, keys: Iterable[Hashable]) -> None:
        """Remember which event carries which PDUs, by the keys they were noted with."""
        entries = [entry for key in keys if (entry := self._entries.get(key)) is not None]
        for entry in entries:
            entry.event = entry.event or event
        self._handed_on[event] = entries
        if len(self._handed_on) > REMEMBERED:
            self._handed_on.popitem(last=False)

    def accept(self, event: Deletable) -> tuple[StorageSlot, ...]:
        """The slots to delete for an event, copies included; not those that hold something else by now."""
        mine = self._handed_on.pop(event, None)
        if mine is None:  # so long ago that only its slots still lead there, or never
            stored = [entry for slot in event.slots if (entry := self._by_slot.get(slot))]
            mine = [entry for entry in stored if entry.event == event]
        for entry in mine:
            entry.accepted = True
            self._acceptances.add(entry.key)
        self._trim()
        return tuple(slot for entry in dict.fromkeys(mine) for slot in sorted(entry.slots, key=_order))

    def doubt(self, *slots: StorageSlot) -> None:
        """Something happened after which these slots, or with none given all, may hold something else."""
        self._unsure.update(slot for slot in slots or self._by_slot if slot in self._by_slot)

    def is_sure(self, slot: StorageSlot) -> bool:
        """Nothing speaks against it that the slot still holds what was read there."""
        return slot not in self._unsure

    def holds(self, slot: StorageSlot, key: Hashable) -> bool:
        """This is what was read there."""
        entry = self._by_slot.get(slot)
        return entry is not None and entry.key == key

    def may_delete(self, slot: StorageSlot) -> bool:
        """What lies in the slot, as far as known, was accepted. Not so once it was deleted, or used again."""
        entry = self._by_slot.get(slot)
        return entry is not None and entry.accepted

    def forget(self, slot: StorageSlot) -> None:
        """The slot is empty."""
        self._troubles.pop(slot, None)
        self._unsure.discard(slot)
        if (entry := self._by_slot.pop(slot, None)) is not None:
            entry.slots.discard(slot)

    def refuse(self, slot: StorageSlot, *, is_temporary: bool = False) -> bool:
        """The slot could not be emptied. True: so it died; it is tried again ever more rarely."""
        trouble = self._troubles.setdefault(slot, _Trouble())
        was_dead = trouble.is_dead
        trouble.weight += WEIGHT_OF_TEMPORARY if is_temporary else WEIGHT
        if trouble.is_dead:
            trouble.rest = trouble.pause = min(2 * trouble.pause, LONGEST_REST)
        return trouble.is_dead and not was_dead

    def retain(self, memory: str, present: Iterable[StorageSlot]) -> None:
        """Forget the slots of a memory that a complete list of it did not name."""
        kept = frozenset(present)
        for slot in [slot for slot in self._by_slot if slot.memory == memory and slot not in kept]:
            self.forget(slot)

    def _rests(self, slot: StorageSlot | None) -> bool:
        """It is dead, and its next try is not due at this reading."""
        trouble = None if slot is None else self._troubles.get(slot)
        if trouble is None or not trouble.is_dead:
            return False
        trouble.rest -= 1
        return trouble.rest > 0

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
