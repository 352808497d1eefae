"""Lines of a modem as a log may show them: the grammar stays, numbers and texts go."""

from __future__ import annotations

import re

from .result_codes import parse_final
from .splitter import Splitter
from .urc import find_rule, split_prefix

# Information that names nobody: memories, modes, states, the words of error texts.
_OPEN_PREFIXES = frozenset(
    {"+CPIN", "+CPMS", "+CNMI", "+CMTI", "+CDSI", "+CSQ", "+CMEE", "+CMGF", "+CFUN", "+CSMS", "+QIND"}
)
_LONG_CODE = re.compile(r"[0-9A-Fa-f]{4,}")  # numbers, IMEI, cells, PDUs
_QUOTED = re.compile(r'"[^"]*"?')
_WORDS = re.compile(r"[^\W\d_]{2,}")


def redact(line: str) -> str:
    """One line without its end. Unknown words become their length."""
    if parse_final(line, in_call=True) is not None:
        return line
    prefix, value = split_prefix(line)
    if prefix in _OPEN_PREFIXES:
        return line
    if not value:
        return line if find_rule(prefix, line) is not None else f"<{len(line)} characters>"
    masked = _QUOTED.sub('"…"', value)
    masked = _LONG_CODE.sub("…", masked)
    return f"{prefix}: {_WORDS.sub('…', masked)}"


class RedactedLines:
    """Cuts what a modem sends into lines that a log may show."""

    def __init__(self) -> None:
        self._splitter = Splitter()

    def feed(self, data: bytes) -> list[str]:
        """The lines that these bytes complete."""
        self._splitter.feed(data)
        lines = []
        while (token := self._splitter.next_token(prompt_due=True)) is not None:
            if not isinstance(token, str):
                lines.append(f"<{token.value}>")
            elif token.strip():
                lines.append(redact(token.strip()))
        return lines
