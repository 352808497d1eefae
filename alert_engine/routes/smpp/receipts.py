"""Delivery receipts (clause 5.2.12, Appendix B), and which of our messages one is about.

The time in a receipt has no zone, so it is not used. The id is the trap: some message centres answer a
submission in hexadecimal digits and write decimal ones into the receipt, or the other way round.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from alert_engine.routes.base import ReportStatus
from alert_engine.routes.providers.addresses import international

from .codes import Tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .pdu import ShortMessage

_KIND: Final = 0x3C  # the bits of esm_class that say what it is
_RECEIPT: Final = 0x04
_INTERMEDIATE: Final = 0x20
_ID = re.compile(r"\bid:\s*(\S+)", re.IGNORECASE)
_STATE = re.compile(r"\bstat:\s*([A-Za-z]+)", re.IGNORECASE)
_ERROR = re.compile(r"\berr:\s*(\w+)", re.IGNORECASE)
_TEXT = re.compile(r"\btext:", re.IGNORECASE)  # what follows is the beginning of our message
_LONGEST_NUMBER: Final = 20  # digits: 64 bits

_BY_NUMBER = {  # message_state (clause 5.2.28)
    1: ReportStatus.PENDING,
    2: ReportStatus.DELIVERED,
    3: ReportStatus.FAILED,
    4: ReportStatus.FAILED,
    5: ReportStatus.FAILED,
    6: ReportStatus.PENDING,
    7: ReportStatus.PENDING,  # "unknown": it may have arrived, and that may be told later
    8: ReportStatus.FAILED,
}
_NAMES = {1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 8: "REJECTD"}
_BY_NAME = {name: _BY_NUMBER[number] for number, name in _NAMES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a message."""

    message_id: str  # as the message centre writes it here
    status: ReportStatus
    code: str  # state and the provider's own error, for example "UNDELIV 084"
    # Of both ends, E.164 where they are that: first our recipient; some message centres swap them.
    addresses: tuple[str, ...] = field(repr=False)


def read_receipt(message: ShortMessage) -> Receipt | None:
    """The receipt in a deliver_sm; None: it is a message, or does not say of which message it tells."""
    told = message.parameter(Tag.RECEIPTED_MESSAGE_ID)
    if message.esm_class & _KIND not in {_RECEIPT, _INTERMEDIATE} and told is None:
        return None
    text = _TEXT.split(message.octets.decode("latin-1"), maxsplit=1)[0]
    message_id = _found(_ID, text) or (told or b"").partition(b"\0")[0].decode("latin-1").strip()
    if not message_id:
        return None
    state = message.parameter(Tag.MESSAGE_STATE)
    name = _found(_STATE, text).upper()[:7] or _NAMES.get(state[0] if state else 0, "UNKNOWN")
    ends = (message.source.digits, message.destination.digits)
    return Receipt(
        message_id=message_id,
        status=_BY_NAME.get(name, ReportStatus.PENDING),
        code=" ".join(part for part in (name, _found(_ERROR, text)[:8]) if part),
        addresses=tuple(international(end) for end in ends),
    )


def is_receipt(message: ShortMessage) -> bool:
    """It is no message of a person, whatever it says."""
    return message.esm_class & _KIND != 0 or message.parameter(Tag.RECEIPTED_MESSAGE_ID) is not None


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group(1) if found else ""


class References:
    """The ids that submissions were answered with, and the recipients of those; bounded.

    Args:
        spelling: the setting ``message_ids``.
        most: how many are kept.
    """

    def __init__(self, spelling: str, most: int = 10_000) -> None:
        self._spelling = spelling
        self._most = most
        self._addresses: OrderedDict[str, tuple[str, str]] = OrderedDict()

    def remember(self, reference: str, address: str) -> None:
        """A submission to this address was answered with this id."""
        self._addresses[_plain(reference)] = (reference, address)
        self._addresses.move_to_end(_plain(reference))
        if len(self._addresses) > self._most:
            self._addresses.popitem(last=False)

    def find(self, receipt: Receipt) -> tuple[str, str] | None:
        """(reference as it was answered, recipient) of the message that a receipt is about."""
        spellings = self._spellings(receipt.message_id)
        found = [self._addresses[spelling] for spelling in spellings if spelling in self._addresses]
        # "10" may be another message's sixteen: the number tells. Without a number, the likeliest.
        fitting = [known for known in found if known[1] in receipt.addresses]
        return next(iter(fitting or found), None)

    def among(self, receipt: Receipt, references: Iterable[str]) -> str | None:
        """The reference that a receipt is about, of those told before this program was started."""
        awaited = {_plain(reference): reference for reference in references}
        for spelling in self._spellings(receipt.message_id):
            if spelling in awaited:
                return awaited[spelling]
        return None

    def _spellings(self, message_id: str) -> tuple[str, ...]:
        """How the answer may have written the id of a receipt; the likeliest first."""
        plain = _plain(message_id)
        as_hex = f"{int(plain):x}" if _is_decimal(plain) else plain
        as_decimal = str(int(plain, 16)) if _is_hex(plain) else plain
        match self._spelling:
            case "same":
                return (plain,)
            case "hex":
                return (as_hex,)
            case "decimal":
                return (as_decimal,)
            case _:
                return (plain, as_hex, as_decimal)


def _plain(reference: str) -> str:
    """Without what message centres add and leave out: leading zeros and the case of letters."""
    return reference.strip().casefold().lstrip("0") or "0"


def _is_decimal(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER


def _is_hex(text: str) -> bool:
    return len(text) <= _LONGEST_NUMBER and re.fullmatch(r"[0-9a-f]+", text) is not None
