"""What a received text asks for. Exact: what is not written here is no command.

=====================  ===========================================================
``OK``                 acknowledge the one open alarm that was sent to this number
``OK 4711``            acknowledge this alarm; ``OK4711`` too
``OK 4711, 4712``      acknowledge these, up to 10, parted by blanks or commas
=====================  ===========================================================

Upper and lower case are the same. Blanks around it and one full stop after it do not matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_CODES = 10

# Longer texts are no commands; it also bounds the work of the pattern.
_MAX_LENGTH = 160
_ACKNOWLEDGE = re.compile(
    r"OK(?:\s*(?P<codes>[0-9]{4,6}(?:[\s,]+[0-9]{4,6})*))?\s*\.?", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """``OK`` with the codes it names, in order, each once; none: whichever was sent."""

    codes: tuple[str, ...] = ()

    @property
    def keyword(self) -> str:
        """The word in events and topics."""
        return "OK"


def parse(text: str) -> Acknowledge | None:
    """The command in `text`, None if it is none."""
    if len(text) > _MAX_LENGTH:
        return None
    found = _ACKNOWLEDGE.fullmatch(text.strip())
    if found is None:
        return None
    codes = tuple(dict.fromkeys(re.findall("[0-9]+", found["codes"] or "")))
    return Acknowledge(codes=codes) if len(codes) <= MAX_CODES else None
