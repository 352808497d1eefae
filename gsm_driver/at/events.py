"""What an `AtSession` reports. URCs are events too: see `Urc`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .urc import Urc

if TYPE_CHECKING:
    from .exchange import InfoLine, Response
    from .result_codes import FinalCode


@dataclass(frozen=True, slots=True)
class Prompt:
    """The modem waits for the payload: write `AtSession.payload()`."""


@dataclass(frozen=True, slots=True)
class StrayPrompt:
    """A prompt that nobody wants: write `ESCAPE`."""


@dataclass(frozen=True, slots=True)
class InformationResponse:
    """A line of the pending command's answer is complete."""

    line: InfoLine


@dataclass(frozen=True, slots=True)
class EarlyOk:
    """OK to a payload, without the reference. That may come later, or never (Sierra MC7455)."""


@dataclass(frozen=True, slots=True)
class Idle:
    """The modem answered the probe, and not the payload: what it said of that is lost."""


@dataclass(frozen=True, slots=True)
class FinalResult:
    """The pending command is over."""

    code: FinalCode
    response: Response


@dataclass(frozen=True, slots=True)
class Drained:
    """The final result code of the command that was given up came: the line is clean again."""


@dataclass(frozen=True, slots=True)
class LineTooLong:
    """A line beyond all bounds was dropped."""


AtEvent = (
    Prompt | StrayPrompt | InformationResponse | EarlyOk | Idle | FinalResult | Drained | LineTooLong | Urc
)
