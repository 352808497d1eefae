"""The status ids and groups of Infobip, the same for all of its channels.

Source: the maker's page of response status and error codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from alert_engine.routes.base import ReportStatus
from alert_engine.routes.providers.meaning import elsewhere, fix, later, nowhere, unfit
from alert_engine.routes.providers.reading import text_at

if TYPE_CHECKING:
    from alert_engine.routes.base import Rejected
    from alert_engine.routes.providers.meaning import Meaning


class Group(IntEnum):
    """``status.groupId``. The name of 1 may also read ACCEPTED."""

    PENDING = 1
    UNDELIVERABLE = 2
    DELIVERED = 3
    EXPIRED = 4
    REJECTED = 5


DELIVERED_TO_OPERATOR = 2  # of group 3, and yet not delivered
DUPLICATE = 23  # its `messageId` was taken before: this message is under way already

_TAKEN = {Group.PENDING, Group.DELIVERED}
_FAILED = {Group.UNDELIVERABLE, Group.EXPIRED, Group.REJECTED}
_MAX_DIGITS = 9  # of an id: more is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One ``status`` object."""

    id: int | None
    group: int | None

    @property
    def code(self) -> str:
        """As it is shown."""
        return "" if self.id is None else str(self.id)

    @property
    def is_taken(self) -> bool:
        """Infobip has the message, from this attempt or an earlier one."""
        return self.id == DUPLICATE or self.group in _TAKEN

    @property
    def is_about_a_repeat(self) -> bool:
        """It says nothing of the message itself: only that it was handed in twice."""
        return self.id == DUPLICATE

    @property
    def opted_out(self) -> bool:
        """The person or a register wants no messages."""
        return self.id is not None and self.id in REFUSALS and REFUSALS[self.id].opted_out

    def refusal(self) -> Rejected | None:
        """What it means for sending where it is not taken; None: it says nothing."""
        meaning = REFUSALS.get(self.id or 0) or _REFUSED_GROUPS.get(self.group or 0)
        return None if meaning is None else meaning.refusal(self.code)

    def report(self) -> ReportStatus | None:
        """What it means for a message under way; None: nothing."""
        if self.is_about_a_repeat:
            return None
        if self.id == DELIVERED_TO_OPERATOR or self.group == Group.PENDING:
            return ReportStatus.PENDING
        if self.group == Group.DELIVERED:
            return ReportStatus.DELIVERED
        return ReportStatus.FAILED if self.group in _FAILED else None


def status_in(data: Any, name: str = "status") -> Status:
    """The status of one message or report."""
    return Status(id=number_in(data, name, "id"), group=number_in(data, name, "groupId"))


def number_in(data: Any, *path: str | int) -> int | None:
    """A count or an id at a path; None where there is none."""
    text = text_at(data, *path)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else None


_ONLY_HERE = elsewhere("Infobip cannot reach this network")
_NUMBER = nowhere("Infobip does not take this number: has it the country code?")
_NOT_DELIVERED = elsewhere("the message cannot be delivered")
_TOO_LATE = later("the message ran out of time at Infobip")

# ``error.id`` of a report: whoever has the number had the operator block the sender.
OPTED_OUT = frozenset({573})

# What is not taken, and what became of messages that had been. Some are of calls only.
REFUSALS: dict[int, Meaning] = {
    4: elsewhere("the operator refused the message"),
    6: _ONLY_HERE,
    8: _NUMBER,
    9: _NOT_DELIVERED,
    10: elsewhere("the number is on a list of those who want no messages", opted_out=True),
    11: fix("Infobip does not know the sender of this account"),
    12: fix("the credit at Infobip is used up: top it up"),
    13: fix("the sender is not allowed: register it at Infobip"),
    14: elsewhere("the number is on the block list of the account", opted_out=True),
    15: _TOO_LATE,
    17: fix("the prepaid package at Infobip has ended: renew it"),
    18: elsewhere("a trial account sends to verified numbers only"),
    19: _ONLY_HERE,
    20: later("Infobip holds back so many equal messages"),
    21: later("Infobip has trouble of its own"),
    24: unfit("Infobip does not take the header of the data"),
    25: unfit("the message is too long for Infobip"),
    29: later("nobody told Infobip what became of the message"),
    31: elsewhere("the message was not sent"),
    51: _NUMBER,
    52: _NUMBER,
    53: unfit("Infobip cannot read the sound"),
    54: fix("Infobip does not speak this language: look at voice_language"),
    55: unfit("Infobip finds nothing to say"),
    56: fix("Infobip does not accept the callback address: look at callback_url"),
    83: fix("the account may not look for voice mailboxes: turn detect_machines off, or have it enabled"),
    87: elsewhere("the fraud filter of Infobip stopped the message"),
    91: unfit("Infobip cannot read the text aloud"),
    96: elsewhere("nobody answered the call"),
    97: elsewhere("the number was busy"),
    98: elsewhere("the call was cancelled before it got through"),
    99: elsewhere("the call was declined"),
    100: later("Infobip does not take the message now"),
}

# An id that is new: by its group, and another route may do better.
_REFUSED_GROUPS: dict[int, Meaning] = {
    Group.UNDELIVERABLE: _NOT_DELIVERED,
    Group.EXPIRED: _TOO_LATE,
    Group.REJECTED: elsewhere("Infobip refuses the message"),
}
