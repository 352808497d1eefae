"""The answers to AT+CMGR and AT+CMGL in PDU mode (3GPP TS 27.005 clauses 3.4.2 and 3.4.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .fields import split_fields, to_int

if TYPE_CHECKING:
    from .exchange import Response


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPdu:
    """+CMGR, or one entry of +CMGL. What of its header makes no sense is None."""

    index: int | None  # None from +CMGR, too
    status: int | None  # 0 unread, 1 read, 2 unsent, 3 sent; words for it say that the modem is in text mode
    length: int | None  # octets without the SMSC field, as announced
    hex_pdu: str = field(repr=False)

    @property
    def is_well_listed(self) -> bool:
        """All of its +CMGL header makes sense."""
        return None not in {self.index, self.status, self.length}


def parse_stored_message(response: Response) -> StoredPdu | None:
    """+CMGR; None: the slot is empty (OK alone, or a length of 0)."""
    for line in response.lines:
        if line.prefix == "+CMGR":
            message = _stored_pdu(None, split_fields(line.value), line.body)
            return message if message.hex_pdu else None
    return None


def parse_stored_messages(response: Response) -> tuple[StoredPdu, ...]:
    """+CMGL. Empty slots are left out; an entry that makes no sense is not, and hides none of the others."""
    messages = []
    for line in response.lines:
        if line.prefix == "+CMGL":
            index, *fields = split_fields(line.value)
            messages.append(_stored_pdu(to_int(index), fields, line.body))
    return tuple(message for message in messages if message.hex_pdu or not message.is_well_listed)


def _stored_pdu(index: int | None, fields: list[str], body: str | None) -> StoredPdu:
    """<stat>,[<alpha>],<length>."""
    return StoredPdu(
        index=index,
        status=to_int(fields[0]) if fields else None,
        length=to_int(fields[-1]) if len(fields) > 1 else None,
        hex_pdu=body or "",
    )
