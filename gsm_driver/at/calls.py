"""What modems say of calls unasked: state, end, caller and tones, each vendor in its own words.

States are those of +CLCC (27.007 clause 7.18), causes those of 24.008 clause 10.5.4.11. A parser returns None
for a line that says nothing new, or nothing that makes sense.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gsm_driver.models import CallState

from .fields import split_fields, to_int

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .exchange import Response

CAUSE_BUSY = 17
CAUSE_NO_RESPONSE = 18
CAUSE_NO_ANSWER = 19
CAUSE_REJECTED = 21
CAUSE_OUT_OF_ORDER = 38  # network out of order; also "no dial tone"

MAX_CAUSE = 127

# Whole lines that end a call, and why; None: the modem does not say.
END_CAUSES: Mapping[str, int | None] = {
    "NO CARRIER": None,
    "BUSY": CAUSE_BUSY,
    "NO ANSWER": CAUSE_NO_ANSWER,
    "NO DIALTONE": CAUSE_OUT_OF_ORDER,
    "NO DIAL TONE": CAUSE_OUT_OF_ORDER,
}

_INTERNATIONAL = 1  # type of number, bits 5 to 7 of the type of address (24.008 clause 10.5.4.7)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallChange:
    """A call is in another state."""

    state: CallState
    index: int | None = None  # <id> of +CLCC; not always 1
    is_incoming: bool | None = None  # None: the modem does not say
    number: str = field(default="", repr=False)
    cause: int | None = None  # of an end


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerId:
    """+CLIP, +CCWA."""

    number: str = field(repr=False)  # empty when withheld
    address_type: int | None  # 145 international, 129 unknown

    @property
    def dialable(self) -> str:
        """The number with "+" where its type says international (some modems leave that out)."""
        return dialable(self.number, self.address_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """One received DTMF digit."""

    digit: str = field(repr=False)


def dialable(number: str, address_type: int | None) -> str:
    """A number with its type of number written as "+"."""
    kind = None if address_type is None else (address_type >> 4) & 0x07
    return f"+{number}" if kind == _INTERNATIONAL and number.isdigit() else number


def parse_caller_id(value: str, _body: str | None = None) -> CallerId:
    """`"+436601234567",145,…`."""
    number, *rest = split_fields(value)
    return CallerId(number=number, address_type=to_int(rest[0]) if rest else None)


# --- Tones ---


def parse_tone(value: str, _body: str | None = None) -> Tone:
    """A digit; Quectel sends its ASCII code (`+QTONEDET: 49` is "1")."""
    digit = split_fields(value)[0]
    code = to_int(digit)
    return Tone(digit=chr(code) if code is not None and 35 <= code <= 68 else digit)


def parse_pressed_tone(value: str, body: str | None = None) -> Tone | None:
    """Telit's `#DTMFEV: 5,1`; the second parameter is 0 when the key is let go."""
    return None if split_fields(value)[1:2] == ["0"] else parse_tone(value, body)


# --- States ---


def _state(code: str, states: Mapping[int, CallState]) -> CallState | None:
    number = to_int(code)
    return None if number is None else states.get(number)


_CLCC = {int(state): state for state in CallState}  # SIMCom announces 6, "disconnected", too


def _padded(value: str, count: int) -> list[str]:
    """The parameters, empty ones added up to `count`."""
    fields = split_fields(value)
    return fields + [""] * (count - len(fields))


def parse_listed_call(value: str, _body: str | None = None) -> CallChange | None:
    """+CLCC as URC (SIMCom after AT+CLCC=1): `1,0,3,0,0,"0660",129`; voice calls only."""
    return _listed_call(_padded(value, 7))


def parse_slcc(value: str, _body: str | None = None) -> CallChange | None:
    """^SLCC of Cinterion: +CLCC with one more parameter before the number."""
    fields = _padded(value, 8)
    return _listed_call(fields[:5] + fields[6:])


def _listed_call(fields: list[str]) -> CallChange | None:
    index, direction, status, mode, _, number, kind = fields[:7]
    state = _state(status, _CLCC)
    if state is None or mode not in {"0", ""}:
        return None
    return CallChange(
        state=state,
        index=to_int(index),
        is_incoming=direction == "1",
        number=dialable(number, to_int(kind)),
    )


_DSCI = {  # Quectel's numbers, as of EC20 to EG25
    1: CallState.HELD,
    2: CallState.DIALLING,
    3: CallState.ACTIVE,
    4: CallState.INCOMING,
    5: CallState.WAITING,
    6: CallState.ENDED,
    7: CallState.ALERTING,
}


def parse_dsci(value: str, body: str | None = None) -> CallChange | None:
    """^DSCI: Quectel's `4,1,3,0,+43660,145`, or ZTE's `1,0,6,0,0,"0660",129,,16,3`.

    ZTE's has the form and the numbers of +CLCC, with the cause as ninth; its fifth parameter is 0 or 1.
    """
    fields = _padded(value, 9)
    if fields[4] not in {"0", "1"}:
        state = _state(fields[2], _DSCI)
        if state is None or fields[3] != "0":
            return None
        return CallChange(
            state=state,
            index=to_int(fields[0]),
            is_incoming=fields[1] == "1",
            number=dialable(fields[4], to_int(fields[5])),
        )
    listed = parse_listed_call(value, body)
    if listed is None or listed.state is not CallState.ENDED:
        return listed
    return CallChange(
        state=CallState.ENDED, index=listed.index, is_incoming=listed.is_incoming, cause=_cause(fields[8])
    )


_UCALLSTAT = {**_CLCC, 7: CallState.ACTIVE}  # u-blox: 6 disconnected, 7 connected


def parse_ucallstat(value: str, _body: str | None = None) -> CallChange | None:
    """+UCALLSTAT of u-blox: `1,4`. It is all that some firmwares say of an incoming call."""
    index, status = _padded(value, 2)[:2]
    state = _state(status, _UCALLSTAT)
    return None if state is None else CallChange(state=state, index=to_int(index))


_ECAM = {  # Telit
    0: CallState.ENDED,
    1: CallState.DIALLING,
    2: CallState.ALERTING,
    3: CallState.ACTIVE,
    4: CallState.HELD,
    5: CallState.WAITING,
    6: CallState.INCOMING,
    7: CallState.ENDED,  # busy
}
_ECAV = _ECAM | {2: CallState.DIALLING, 5: CallState.INCOMING, 6: CallState.ALERTING}  # Ericsson
_STATUS_BUSY = "7"


def _parse_ericsson(value: str, states: Mapping[int, CallState], *, with_index: bool) -> CallChange | None:
    index, status, _, _, _, number, kind = _padded(value, 7)[:7]
    state = _state(status, states)
    if state is None:
        return None
    return CallChange(
        state=state,
        index=to_int(index) if with_index else None,
        number=dialable(number, to_int(kind)),
        cause=CAUSE_BUSY if status == _STATUS_BUSY else None,
    )


def parse_ecam(value: str, _body: str | None = None) -> CallChange | None:
    """#ECAM of Telit: `0,3,1,,,`. Its call number is not always that of +CLCC, and is left."""
    return _parse_ericsson(value, _ECAM, with_index=False)


def parse_ecav(value: str, _body: str | None = None) -> CallChange | None:
    """*ECAV of Ericsson and phonesim: `1,6,0,,,"0660",129`."""
    return _parse_ericsson(value, _ECAV, with_index=True)


def state_parser(
    state: CallState, *, is_incoming: bool | None = None
) -> Callable[[str, str | None], CallChange]:
    """For words and URCs that mean one state: `^CONN:1,0`, `MO CONNECTED`. A number is the call's."""

    def parse(value: str, _body: str | None = None) -> CallChange:
        return CallChange(state=state, index=to_int(split_fields(value)[0]), is_incoming=is_incoming)

    return parse


# --- Ends ---


def _cause(text: str) -> int | None:
    cause = to_int(text)
    return cause if cause is not None and 0 < cause <= MAX_CAUSE else None


def end_parser(word: str) -> Callable[[str, str | None], CallChange]:
    """For `BUSY`, `NO CARRIER` …, also with a cause after it: `VOICE NO CARRIER : 17` (ZTE)."""

    def parse(value: str, _body: str | None = None) -> CallChange:
        return CallChange(state=CallState.ENDED, cause=_cause(value) or END_CAUSES.get(word))

    return parse


def parse_cend(value: str, _body: str | None = None) -> CallChange:
    """^CEND of Huawei: <id>,<seconds>,<end status>[,<cause>]."""
    fields = _padded(value, 4)
    return CallChange(state=CallState.ENDED, index=to_int(fields[0]), cause=_cause(fields[3]))


def parse_voice_call(value: str, _body: str | None = None) -> CallChange | None:
    """`VOICE CALL: END: 000012` of SIMCom, also without the blank.

    BEGIN says nothing: A7672 says it as soon as the far end rings.
    """
    return CallChange(state=CallState.ENDED) if value.upper().startswith("END") else None


def parse_end(_value: str, _body: str | None = None) -> CallChange:
    """`HANGUP: 1`, `+ZCEND: …` of ZTE: whatever follows."""
    return CallChange(state=CallState.ENDED)


def parse_missed_call(_value: str, _body: str | None = None) -> CallChange:
    """`MISSED_CALL: 10:01AM 0660` of SIMCom."""
    return CallChange(state=CallState.ENDED, is_incoming=True)


_CAUSE_NUMBER = re.compile(r"\d{1,3}")
_CAUSE_WORDS: Mapping[str, int] = {  # as 24.008 annex H has them, and what firmwares make of them
    "busy": CAUSE_BUSY,
    "no user responding": CAUSE_NO_RESPONSE,
    "no answer": CAUSE_NO_ANSWER,
    "alerting": CAUSE_NO_ANSWER,
    "reject": CAUSE_REJECTED,
    "unassigned": 1,
    "unallocated": 1,
    "normal call clearing": 16,
}


def parse_end_cause(response: Response) -> int | None:
    """+CEER (27.007 clause 6.10): free text by the standard. None: nothing that is known.

    `17, CM_USER_BUSY` · `"16 Normal call clearing"` · `0,0,5,16,normal call clearing` · `No cause`.
    Words come first: what a bare number means is the vendor's choice, so that only the causes which say who
    did not want the call are believed.
    """
    text = " ".join(response.values("+CEER")).lower()
    for words, cause in _CAUSE_WORDS.items():
        if words in text:
            return cause
    believed = {CAUSE_BUSY, CAUSE_NO_RESPONSE, CAUSE_NO_ANSWER, CAUSE_REJECTED}
    numbers = {int(number) for number in _CAUSE_NUMBER.findall(text)} & believed
    return numbers.pop() if len(numbers) == 1 else None
