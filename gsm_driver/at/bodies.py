"""A header line and what it promises: the PDU after +CMT and +CMGR, the rest of a quoted +CUSD text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum

from .fields import split_fields, to_int
from .urc import Body

MAX_CONTINUATION_LINES = 24  # of one quoted text: USSD has 182 characters

_HEX = re.compile(r"[0-9A-Fa-f]+")
_TEXT_MODE_STATUS = ('"REC', '"STO')  # <stat> of +CMGR and +CMGL in text mode


class Verdict(Enum):
    """What a header says of the next line."""

    LAST = "last"  # taken; the body is complete
    TAKEN = "taken"  # taken; more is to come
    REFUSED = "refused"  # not part of the body


def answer_body(value: str) -> Body:
    """What follows a +CMGR or +CMGL header: nothing (empty slot), one free line (text mode), or a PDU."""
    if any(status in value for status in _TEXT_MODE_STATUS):
        return Body.TEXT
    return Body.NONE if _announced_octets(value) == 0 else Body.HEX


def _announced_octets(value: str) -> int | None:
    return to_int(split_fields(value)[-1])


@dataclass(slots=True)
class OpenHeader:
    """A header whose body has not come yet."""

    prefix: str
    value: str
    expects: Body
    rejoins: bool = (
        False  # a PDU that a URC cut in two is put together: the final result code bounds the wait
    )
    _parts: list[str] = field(default_factory=list)

    @property
    def body(self) -> str | None:
        """What came; None if nothing did."""
        return "".join(self._parts) if self._parts else None

    def take(self, raw: str, line: str) -> Verdict:
        """Offer the next line: `raw` as it came, `line` without what surrounds it."""
        match self.expects:
            case Body.HEX:
                return self._take_hex(line)
            case Body.QUOTED:
                return self._take_quoted(raw)
            case _:
                self._parts.append(raw)
                return Verdict.LAST

    def _take_hex(self, line: str) -> Verdict:
        if not line:
            return Verdict.TAKEN
        if not _HEX.fullmatch(line):
            return Verdict.REFUSED
        self._parts.append(line)
        return Verdict.LAST if not self.rejoins or self._has_all_octets() else Verdict.TAKEN

    def _has_all_octets(self) -> bool:
        """Old phones leave the SMSC field out, so only the announced octets are sure to come."""
        announced = _announced_octets(self.value)
        return announced is None or sum(map(len, self._parts)) >= 2 * announced

    def _take_quoted(self, raw: str) -> Verdict:
        self.value = f"{self.value}\n{raw}"
        closed = self.value.count('"') % 2 == 0
        return Verdict.LAST if closed or self.value.count("\n") >= MAX_CONTINUATION_LINES else Verdict.TAKEN
