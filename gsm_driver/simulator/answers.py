"""What a handler gives back, and how the modem writes it (ITU-T V.250 clause 5.7, 27.007 clause 9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The command is done."""

    lines: tuple[str, ...] = field(default=(), repr=False)  # information response
    final: str = "OK"
    then: Callable[[], None] | None = None  # called after the final result code of the line is written


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """The command wants a body; it comes up to Ctrl-Z. Escape ends it without a call."""

    on_body: Callable[[str], Answer | Pending] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pending:
    """The command goes on; `SimulatedModem.finish` or `SimulatedModem.refuse` will end it."""


Result = Answer | Prompt | Pending


class RefusalError(Exception):
    """The command ends with an error."""


class UnknownCommandError(RefusalError):
    """The modem has no such command, or not with these parameters: ERROR."""


class CmeRefusalError(RefusalError):
    """+CME ERROR (27.007 clause 9.2); its form depends on +CMEE."""

    def __init__(self, code: int) -> None:
        super().__init__(f"CME {code}")
        self.code = code


class CmsRefusalError(RefusalError):
    """+CMS ERROR (27.005 clause 3.2.5)."""

    def __init__(self, code: int) -> None:
        super().__init__(f"CMS {code}")
        self.code = code


_CME_WORDS = {
    3: "operation not allowed",
    4: "operation not supported",
    10: "SIM not inserted",
    11: "SIM PIN required",
    12: "SIM PUK required",
    13: "SIM failure",
    14: "SIM busy",
    16: "incorrect password",
    20: "memory full",
    21: "invalid index",
    30: "no network service",
    50: "Incorrect parameters",
    100: "unknown",
}

_CMS_WORDS = {
    1: "Unassigned (unallocated) number",
    8: "Operator determined barring",
    21: "Short message transfer rejected",
    27: "Destination out of service",
    38: "Network out of order",
    41: "Temporary failure",
    42: "Congestion",
    300: "ME failure",
    302: "operation not allowed",
    303: "operation not supported",
    304: "invalid PDU mode parameter",
    305: "invalid text mode parameter",
    310: "SIM not inserted",
    311: "SIM PIN required",
    313: "SIM failure",
    314: "SIM busy",
    316: "SIM PUK required",
    321: "invalid memory index",
    322: "memory full",
    330: "SMSC address unknown",
    331: "no network service",
    332: "network timeout",
    340: "no +CNMA acknowledgement expected",
    500: "unknown error",
}

_NUMERIC_RESULTS = {
    "OK": "0",
    "NO CARRIER": "3",
    "ERROR": "4",
    "BUSY": "7",
    "NO ANSWER": "8",
}  # V.250 table 1


def final_of(error: RefusalError, *, cmee: int, cms_in_words: bool, unknown: str) -> str:
    """The final result code of an error.

    Args:
        error: what the handler raised.
        cmee: the value of +CMEE: 0 ERROR, 1 numbers, 2 words.
        cms_in_words: this modem writes +CMS ERROR in words, too, when +CMEE is 2.
        unknown: what this modem says to a command it does not know.
    """
    if isinstance(error, CmsRefusalError):
        in_words = cmee == 2 and cms_in_words
        return f"+CMS ERROR: {_CMS_WORDS.get(error.code, error.code) if in_words else error.code}"
    if isinstance(error, CmeRefusalError):
        if cmee == 0:
            return "ERROR"
        return f"+CME ERROR: {_CME_WORDS.get(error.code, error.code) if cmee == 2 else error.code}"
    return unknown


def format_lines(lines: tuple[str, ...], *, verbose: bool) -> bytes:
    """An information response or unsolicited result code as V1 or V0 writes it."""
    if not lines:
        return b""
    text = "\r\n".join(lines)
    return (f"\r\n{text}\r\n" if verbose else f"{text}\r\n").encode("latin-1", "replace")


def format_final(final: str, *, verbose: bool, quiet: bool) -> bytes:
    """A final result code as V1 or V0 writes it; nothing with Q1, or if there is none."""
    if quiet or not final:
        return b""
    if verbose:
        return f"\r\n{final}\r\n".encode("latin-1", "replace")
    return f"{_NUMERIC_RESULTS.get(final, final)}\r".encode("latin-1", "replace")
