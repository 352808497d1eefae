"""One command and its answer, as values. A repr shows names only: parameters may be numbers or texts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

PLAIN_TIMEOUT = 5.0  # seconds: the modem itself answers; slow SIM800 firmware was seen at 3 s
PROMPT_TIMEOUT = 10.0  # seconds: ">" needs no network; ModemManager waits as long

ANY_LINE = ""  # among `AtCommand.prefixes`: lines without a prefix belong to the answer (AT+CGMI, AT+CGSN …)

CTRL_Z = "\x1a"
ESCAPE = "\x1b"

_NAME = re.compile(r"AT(?:[+^*#$%!&@_][A-Z_]+|[DSX]|&[A-Z]|[A-Z]\d?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtCommand:
    """One command line and the grammar of its answer."""

    text: str = field(repr=False)  # without the closing CR
    prefixes: tuple[str, ...] = ()  # of its information responses, upper case: "+CREG"
    timeout: float = PLAIN_TIMEOUT  # seconds to the final result code; after a payload counted from Ctrl-Z
    prompt_timeout: float = PROMPT_TIMEOUT  # seconds to the prompt; with a payload only
    body: bool = False  # a PDU line follows each information response (+CMGR, +CMGL)
    payload: str | None = field(default=None, repr=False)  # written at the prompt; Ctrl-Z is added
    may_prompt: bool = False  # a prompt may come though none is due: it is left with ESC (SIM800C on +CNMA)
    final_optional: bool = False  # some firmware ends with the information response and sends no final
    synchronises: bool = False  # what comes before its own answer belongs to older commands
    call_finals: bool = False  # NO CARRIER, BUSY … end this command; for all others they are URCs
    secret: bool = True  # the parameters may hold a number, a PIN or a text: logs show the name only

    @property
    def name(self) -> str:
        """The command without its parameters: ``AT+CMGS``, ``ATD``, ``AT``."""
        match = _NAME.match(self.text)
        return match.group().upper() if match else "AT"

    @property
    def redacted(self) -> str:
        """The command line as a log may show it."""
        if not self.secret or self.text.upper() == self.name:
            return self.text
        return f"{self.name}…"

    def __repr__(self) -> str:
        """Only the name."""
        return f"<{self.name}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoLine:
    """One information response: ``+CMGR: 0,,23`` and, for some commands, the PDU line after it."""

    prefix: str  # upper case, "+CMGR"; empty for a line without prefix
    value: str = field(repr=False)
    body: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """All that a command brought."""

    command: str  # the name, ``AT+CMGR``
    lines: tuple[InfoLine, ...] = ()
    final: str = "OK"  # as sent; empty where the firmware sends none after the information response
    truncated: bool = False  # more lines came than are kept

    def values(self, prefix: str) -> tuple[str, ...]:
        """The values of all lines with this prefix."""
        return tuple(line.value for line in self.lines if line.prefix == prefix)
