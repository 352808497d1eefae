"""Lines of a modem as a log may show them: the grammar stays, numbers and texts go.

Nothing is shown because it looks harmless, only what a table has: a modem may put a number or a text
anywhere, and a line of a message may look like an answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .result_codes import FinalCode, FinalKind, find_words, parse_final
from .splitter import Splitter
from .urc import URCS, split_prefix

if TYPE_CHECKING:
    from collections.abc import Mapping

_MASK = "…"
_CODE = re.compile(r"[0-9]{1,3}")  # of +CME ERROR and +CMS ERROR; a longer one might be a PIN

# A field: up to the next comma that is not in quotes. A quote that is not closed goes on to the end.
_FIELD = re.compile(r',((?:"[^"]*(?:"|$)|[^,"])*)')
_DIGIT = re.compile(r"[0-9]{1,2}")  # states, modes
_NUMBER = re.compile(r"-?[0-9]{1,3}")  # indexes, lengths, levels: too short for a PIN
_RANGE = re.compile(r"\(*[0-9]{1,3}(?:-[0-9]{1,3})?\)*")
_MEMORY = re.compile(r'\(*"[A-Z]{2}(?:_[A-Z])?"\)*|\(*[0-9]{1,3}\)*')
_SIM_STATE = re.compile(
    r"READY|SIM P[IU][NK]2?|PH-(?:SIM|FSIM|NET|NETSUB|SP|CORP) P[IU][NK]|(?:SIM )?NOT (?:READY|INSERTED)"
)
_EVENT = re.compile(r'SMS DONE|PB DONE|"SMSFULL"|"CSQ"|"ACT"', re.IGNORECASE)


class _Shown(NamedTuple):
    """What a log may show of a value: of its first fields, those that look so."""

    first: int
    field: re.Pattern[str]


# By the prefix of a URC or of an information response.
_SHOWN: Mapping[str, _Shown] = {
    **dict.fromkeys(("+CREG", "+CGREG", "+CEREG"), _Shown(5, _DIGIT)),  # not area and cell
    **dict.fromkeys(("+CMEE", "+CMGF", "+CFUN", "+CSMS", "+CNMI", "+CPBS"), _Shown(32, _RANGE)),
    "+CPMS": _Shown(48, _MEMORY),
    **dict.fromkeys(("+CMTI", "+CDSI"), _Shown(2, _MEMORY)),
    **dict.fromkeys(("+CMGL", "+CMGR"), _Shown(4, _NUMBER)),
    **dict.fromkeys(("+CMT", "+CBM"), _Shown(2, _NUMBER)),
    **dict.fromkeys(("+CDS", "+CMGS", "+CUSD"), _Shown(1, _NUMBER)),
    **dict.fromkeys(("+CSQ", "^RSSI", "^RSSILVL", "^CSNR"), _Shown(2, _NUMBER)),
    "+CESQ": _Shown(9, _NUMBER),
    **dict.fromkeys(("^MODE", "^SRVST", "^SIMST", "+QUSIM", "#QSS", "+CNSMOD", "+WIND"), _Shown(2, _DIGIT)),
    "+CLCC": _Shown(5, _DIGIT),
    "^DSCI": _Shown(4, _DIGIT),
    **dict.fromkeys(("^ORIG", "^CONF", "^CONN", "^CEND", "VOICE NO CARRIER"), _Shown(4, _NUMBER)),
    "+COPS": _Shown(2, _DIGIT),  # not the name
    "+CPIN": _Shown(1, _SIM_STATE),
    **dict.fromkeys(("+CPINR", "+SPIC", "^SPIC", "^CPIN", "+QPINC", "+ZPINPUK", "#PCT"), _Shown(6, _DIGIT)),
    "+QIND": _Shown(1, _EVENT),
}
# Of these a log shows that they came.
_NAMED = frozenset(
    {
        *("+CGMI", "+CGMM", "+CGMR", "+CGSN", "+CIMI", "+CNUM", "+CSCA", "+CSCS", "+CEER", "+CCLK", "+QLTS"),
        *("+CCID", "+ICCID", "^ICCID", "+QCCID", "+ZGETICCID", "!ICCID", "#CCID", "^SCID"),
    }
)


def redact(line: str) -> str:
    """One line without its end. What no table has becomes its length."""
    final = parse_final(line, in_call=True)
    if final is not None:
        return _redact_final(final)
    prefix, value = split_prefix(line)
    if prefix not in URCS and prefix not in _SHOWN and prefix not in _NAMED:
        return f"<{len(line)} characters>"
    if not value:
        return prefix
    return f"{prefix}: {_redact_value(value, _SHOWN.get(prefix))}"


def _redact_final(final: FinalCode) -> str:
    """A code that is no PIN, or words of the standard."""
    if final.kind not in {FinalKind.CME, FinalKind.CMS}:
        return final.line
    detail = final.detail
    if not _CODE.fullmatch(detail):
        found = find_words(final)
        detail = _MASK if found is None else found[1]
    return f"+{final.kind.upper()} ERROR: {detail}"


def _redact_value(value: str, shown: _Shown | None) -> str:
    fields = (text.strip() for text in _FIELD.findall(f",{value}"))
    return ",".join(_redact_field(text, at, shown) for at, text in enumerate(fields))


def _redact_field(text: str, position: int, shown: _Shown | None) -> str:
    if not text or (shown is not None and position < shown.first and shown.field.fullmatch(text)):
        return text
    return f'"{_MASK}"' if text.startswith('"') else _MASK


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
