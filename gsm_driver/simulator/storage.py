"""Message storages with numbered slots (3GPP TS 27.005 clause 2.2 and 3.2.2)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class StoredStatus(IntEnum):
    """<stat> in PDU mode (27.005 clause 3.1)."""

    RECEIVED_UNREAD = 0
    RECEIVED_READ = 1
    STORED_UNSENT = 2
    STORED_SENT = 3

    @property
    def text(self) -> str:
        """<stat> in text mode."""
        return ("REC UNREAD", "REC READ", "STO UNSENT", "STO SENT")[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """What lies in a slot."""

    status: StoredStatus
    service_centre: bytes = field(repr=False)  # address with its length octet, b"\0" if absent
    tpdu: bytes = field(repr=False)

    @property
    def hex_pdu(self) -> str:
        """Service centre address and TPDU as AT commands show them."""
        return (self.service_centre + self.tpdu).hex().upper()


class Storage:
    """One memory.

    Args:
        name: <mem>: "SM", "ME", "SR" …
        capacity: number of slots.
        first_index: 1 on most modems, 0 on Huawei.
    """

    def __init__(self, name: str, capacity: int, *, first_index: int = 1) -> None:
        self.name = name
        self.capacity = capacity
        self._first = first_index
        self._slots: dict[int, StoredMessage] = {}

    @property
    def used(self) -> int:
        """Taken slots."""
        return len(self._slots)

    @property
    def is_full(self) -> bool:
        """No slot is free."""
        return self.used >= self.capacity

    @property
    def indexes(self) -> range:
        """The valid indexes, taken or not."""
        return range(self._first, self._first + self.capacity)

    def add(self, message: StoredMessage) -> int | None:
        """Put a message into the lowest free slot; None if all are taken."""
        index = next((index for index in self.indexes if index not in self._slots), None)
        if index is not None:
            self._slots[index] = message
        return index

    def get(self, index: int) -> StoredMessage | None:
        """The message in a slot."""
        return self._slots.get(index)

    def mark(self, index: int, status: StoredStatus) -> None:
        """Change the status of a taken slot."""
        self._slots[index] = replace(self._slots[index], status=status)

    def remove(self, index: int) -> bool:
        """Free a slot; False if it was free."""
        return self._slots.pop(index, None) is not None

    def items(self) -> Iterator[tuple[int, StoredMessage]]:
        """Taken slots by index; may be changed meanwhile."""
        return iter(sorted(self._slots.items()))
