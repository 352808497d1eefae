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
_ID = re.compile(r"\bid:\s*(?!sub:)(\S+)", re.IGNORECASE)
_STATE = re.compile(r"\bstat:\s*([A-Za-z]+)", re.IGNORECASE)
_ERROR = re.compile(r"\berr:\s*(\w+)", re.IGNORECASE)
_TEXT = re.compile(r"\btext:", re.IGNORECASE)  # what follows is the beginning of our message
_LONGEST_NUMBER: Final = 20  # digits: 64 bits
_LONGEST_ID: Final = 64  # characters (clause 5.2.23)

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

    message_id: str  # as the message centre writes it into the text; without one there as the next
    exact_id: str = ""  # receipted_message_id: as the answer had it, by the standard
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
    exact_id = (told or b"").partition(b"\0")[0].decode("latin-1").strip()[:_LONGEST_ID]
    message_id = _found(_ID, text)[:_LONGEST_ID] or exact_id
    if not message_id:
        return None
    name = _state_name(_found(_STATE, text).upper()[:7], message.parameter(Tag.MESSAGE_STATE))
    ends = (message.source.digits, message.destination.digits)
    return Receipt(
        message_id=message_id,
        exact_id=exact_id,
        status=_BY_NAME.get(name, ReportStatus.PENDING),
        code=" ".join(part for part in (name, _found(_ERROR, text)[:8]) if part),
        addresses=tuple(international(end) for end in ends),
    )


def _state_name(written: str, told: bytes | None) -> str:
    """The one in the text, if it is one of the standard's; else the one of the optional parameter."""
    if written in _BY_NAME:
        return written
    return _NAMES.get(told[0] if told else 0, written or "UNKNOWN")


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

    def knows(self, receipt: Receipt) -> bool:
        """It is about a submission of this life, and no other spelling of its id can be meant."""
        return self.find(receipt) == self._addresses.get(self._candidates(receipt)[0], ())

    def find(self, receipt: Receipt, awaited: Iterable[str] = ()) -> tuple[str, str] | None:
        """(reference as it was answered, recipient) of the message that a receipt is about.

        Args:
            receipt: what came.
            awaited: references of an earlier life of this program; nobody knows their recipients here.
        """
        earlier = {_plain(reference): (reference, "") for reference in awaited}
        known = (self._addresses.get(each) or earlier.get(each) for each in self._candidates(receipt))
        found = [each for each in known if each is not None]
        # "10" may be another message's sixteen: the number tells. Without a number, the likeliest.
        fitting = [each for each in found if each[1] in {"", *receipt.addresses}]
        return next(iter(fitting or found), None)

    def _candidates(self, receipt: Receipt) -> tuple[str, ...]:
        """How the answer may have written the id of a receipt; the likeliest first."""
        exact = (_plain(receipt.exact_id),) if receipt.exact_id else ()
        return tuple(dict.fromkeys((*exact, *self._spellings(receipt.message_id))))

    def _spellings(self, message_id: str) -> tuple[str, ...]:
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
