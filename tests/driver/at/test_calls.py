"""What modems say of calls: each line as a modem wrote it, with who saw it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.at import calls
from gsm_driver.at.calls import (
    CallChange,
    CallerId,
    Tone,
    dialable,
    parse_end_cause,
)
from gsm_driver.at.commands import dial_voice, synchronisers
from gsm_driver.at.events import Drained
from gsm_driver.at.exchange import InfoLine, Response
from gsm_driver.at.session import AtSession
from gsm_driver.at.urc import URCS, Urc, UrcKind, make_urc
from gsm_driver.models import CallState

ACTIVE, HELD, DIALLING, ALERTING = CallState.ACTIVE, CallState.HELD, CallState.DIALLING, CallState.ALERTING
INCOMING, WAITING, ENDED = CallState.INCOMING, CallState.WAITING, CallState.ENDED


def one(line: str) -> Urc:
    (urc,) = AtSession().receive_data(f"\r\n{line}\r\n".encode("latin-1"))
    assert isinstance(urc, Urc)
    return urc


CHANGES: list[tuple[str, CallChange | None]] = [
    # 27.007 clause 7.18 as URC: SIM800, SIM7600 after AT+CLCC=1; 6 is "disconnected"
    (
        '+CLCC: 1,0,2,0,0,"0660",129',
        CallChange(state=DIALLING, index=1, is_incoming=False, number="0660"),
    ),
    (
        '+CLCC: 3,0,3,0,0,"43660",145,""',
        CallChange(state=ALERTING, index=3, is_incoming=False, number="+43660"),
    ),
    ("+CLCC: 4,1,6,0,0", CallChange(state=ENDED, index=4, is_incoming=True)),
    ("+CLCC: 2,0,0,1,0", None),  # a data call
    ("+CLCC: 2,0,9,0,0", None),
    ("+CLCC:", None),
    ('^SLCC: 1,1,4,0,0,0,"0660",129', CallChange(state=INCOMING, index=1, is_incoming=True, number="0660")),
    ("^SLCC:", None),  # the end of the list
    # Quectel EC25 (mpmc/asterisk-chan-quectel): 3 is connected, 7 alerting
    (
        "^DSCI: 4,1,3,0,43660,145",
        CallChange(state=ACTIVE, index=4, is_incoming=True, number="+43660"),
    ),
    ("^DSCI: 3,0,6,0,0660,129", CallChange(state=ENDED, index=3, is_incoming=False, number="0660")),
    ("^DSCI: 3,0,7,0,,129", CallChange(state=ALERTING, index=3, is_incoming=False)),
    ("^DSCI: 3,0,9,0,0660,129", None),
    ("^DSCI: 3,0,2,1,0660,129", None),  # data
    # ZTE: as +CLCC, with the cause
    ("^DSCI: 1,0,3,0,0", CallChange(state=ALERTING, index=1, is_incoming=False)),
    ('^DSCI: 1,0,2,0,0,"0660",129', CallChange(state=DIALLING, index=1, is_incoming=False, number="0660")),
    (
        '^DSCI: 1,0,6,0,0,"0660",129,,16,3',
        CallChange(state=ENDED, index=1, is_incoming=False, cause=16),
    ),
    ("^DSCI: 1,0,9,0,0", None),
    # u-blox: 7 is connected
    ("+UCALLSTAT: 1,4", CallChange(state=INCOMING, index=1)),
    ("+UCALLSTAT: 1,7", CallChange(state=ACTIVE, index=1)),
    ("+UCALLSTAT: 1,6,1", CallChange(state=ENDED, index=1)),
    ("+UCALLSTAT: 1,", None),
    # Telit and Ericsson (phonesim): 5 and 6 the other way round
    ("#ECAM: 0,2,1,,,", CallChange(state=ALERTING)),
    ("#ECAM: 0,6,1,,,", CallChange(state=INCOMING)),
    ("#ECAM: 0,7,1,,,", CallChange(state=ENDED, cause=17)),
    ('#ECAM: 0,1,1,,,"0660",129', CallChange(state=DIALLING, number="0660")),
    ("#ECAM: 0,x", None),
    ('*ECAV: 1,6,0,,,"0664123",129', CallChange(state=ALERTING, index=1, number="0664123")),
    ('*ECAV: 1,5,0,,,"1234567",129', CallChange(state=INCOMING, index=1, number="1234567")),
    ("*ECAV: 1,0,0", CallChange(state=ENDED, index=1)),
    # Huawei
    ("^ORIG:1,0", CallChange(state=DIALLING, index=1, is_incoming=False)),
    ("^CONF:1", CallChange(state=ALERTING, index=1, is_incoming=False)),
    ("^CONN:1,0", CallChange(state=ACTIVE, index=1)),
    ("^CEND:1,9,104,16", CallChange(state=ENDED, index=1, cause=16)),
    ("^CEND:1,0,25", CallChange(state=ENDED, index=1)),
    ("^CCIN:1", None),
    # SIM900 after AT+MORING=1; SIM7600, also without the blank (A7672)
    ("MO RING", CallChange(state=ALERTING, is_incoming=False)),
    ("MO CONNECTED", CallChange(state=ACTIVE)),
    ("VOICE CALL: BEGIN", None),  # A7672 says it while it rings
    ("VOICE CALL: END: 000012", CallChange(state=ENDED)),
    ("VOICE CALL:END:000058", CallChange(state=ENDED)),
    ("MISSED_CALL: 10:01AM 0660", CallChange(state=ENDED, is_incoming=True)),
    ('+COLP: "0660",161', None),
    # ZTE
    ("RINGBACK", CallChange(state=ALERTING, is_incoming=False)),
    ("ANSWER", CallChange(state=ACTIVE)),
    ("VOICE CONNECT", CallChange(state=ACTIVE)),
    ("VOICE NO CARRIER : 17", CallChange(state=ENDED, cause=17)),
    ("VOICE NO CARRIER: 19", CallChange(state=ENDED, cause=19)),
    ("VOICE NO CARRIER", CallChange(state=ENDED)),
    ("HANGUP: 1", CallChange(state=ENDED)),
    ("+ZCEND: 1", CallChange(state=ENDED)),
    # V.250
    ("NO CARRIER", CallChange(state=ENDED)),
    ("BUSY", CallChange(state=ENDED, cause=17)),
    ("NO ANSWER", CallChange(state=ENDED, cause=19)),
    ("NO DIALTONE", CallChange(state=ENDED, cause=38)),
    ("NO DIAL TONE", CallChange(state=ENDED, cause=38)),
]


@pytest.mark.parametrize(("line", "change"), CHANGES, ids=[line for line, _ in CHANGES])
def test_a_state_in_every_dialect(line: str, change: CallChange | None) -> None:
    urc = one(line)
    assert urc.parameters == change
    assert urc.kind in {UrcKind.CALL_STATE, UrcKind.CALL_ENDED}


TONES: list[tuple[str, Tone | None]] = [
    ("+QTONEDET: 49", Tone(digit="1")),  # Quectel: the ASCII code
    ("+QTONEDET: 35", Tone(digit="#")),
    ("+DTMF: 5", Tone(digit="5")),  # SIM800
    ("+RXDTMF: *", Tone(digit="*")),  # SIM7600
    ("^DDTMF: 0", Tone(digit="0")),  # Huawei
    ("+UUDTMFD: A", Tone(digit="A")),  # u-blox
    ("#DTMFEV: 5,1", Tone(digit="5")),  # Telit: pressed
    ("#DTMFEV: 5,0", None),  # let go
    ("#DTMFEV: 5", Tone(digit="5")),
]


@pytest.mark.parametrize(("line", "tone"), TONES, ids=[line for line, _ in TONES])
def test_a_tone_in_every_dialect(line: str, tone: Tone | None) -> None:
    urc = one(line)
    assert (urc.kind, urc.parameters) == (UrcKind.TONE, tone)


@pytest.mark.parametrize(
    ("number", "kind", "dialled"),
    [
        ("+436601234567", 145, "+436601234567"),
        ("436601234567", 145, "+436601234567"),  # some leave the "+" to the type
        ("06601234567", 129, "06601234567"),
        ("6601234567", 161, "6601234567"),  # national
        ("06601234567", None, "06601234567"),
        ("", 145, ""),
        ("A1 Info", 145, "A1 Info"),
    ],
)
def test_a_number_is_told_by_its_type(number: str, kind: int | None, dialled: str) -> None:
    assert dialable(number, kind) == dialled
    assert CallerId(number=number, address_type=kind).dialable == dialled


CAUSES = [
    ("17, CM_USER_BUSY", 17),
    ('"16 Normal call clearing"', 16),
    ("0,0,5,16,normal call clearing", 16),
    ("User alerting, no answer", 19),
    ("No user responding", 18),
    ("Call rejected", 21),
    ("Unassigned (unallocated) number", 1),
    ("17", 17),
    ("8,21", 21),
    ("17,19", None),  # which of them?
    ('"0 Unknown"', None),
    ("No cause information available", None),
    ("EXTENDED ERROR STRING", None),  # phonesim
    ("0,NONE", None),
]


@pytest.mark.parametrize(("text", "cause"), CAUSES, ids=[text for text, _ in CAUSES])
def test_the_cause_of_an_end_is_read_out_of_free_text(text: str, cause: int | None) -> None:
    response = Response(command="AT+CEER", lines=(InfoLine(prefix="+CEER", value=text),))
    assert parse_end_cause(response) == cause


def test_no_cause_is_none() -> None:
    assert parse_end_cause(Response(command="AT+CEER")) is None


CALL_URCS = [
    prefix
    for prefix, rule in URCS.items()
    if rule.kind in {UrcKind.CALL_STATE, UrcKind.CALL_ENDED, UrcKind.TONE, UrcKind.CALLER_ID}
]


@given(
    prefix=st.sampled_from(CALL_URCS),
    value=st.text(alphabet='0123456789,"+ *#:END', max_size=40) | st.text(),
)
def test_no_value_makes_them_fail(prefix: str, value: str) -> None:
    parameters = make_urc(prefix, value).parameters
    assert parameters is None or isinstance(parameters, CallChange | Tone | CallerId)


def test_no_number_is_in_a_repr() -> None:
    assert "43660" not in repr(one('+CLCC: 1,0,2,0,0,"+43660",145').parameters)


@pytest.mark.parametrize("word", calls.END_CAUSES)
def test_the_end_of_a_call_is_told_though_its_dialling_was_given_up(word: str) -> None:
    """A modem that answers ATD at the end only: the line was given to a message, the call still rings."""
    session = AtSession()
    session.start(dial_voice("0660"))
    session.cancel()
    drained, urc = session.receive_data(f"\r\n{word}\r\n".encode())
    assert drained == Drained()
    assert isinstance(urc, Urc)
    assert (urc.kind, urc.prefix) == (UrcKind.CALL_ENDED, word)
    assert session.given_up is None


def test_a_late_ok_to_a_dialling_that_was_given_up_says_nothing() -> None:
    session = AtSession()
    session.start(dial_voice("0660"))
    session.cancel()
    assert session.receive_data(b"\r\nOK\r\n") == [Drained()]


def test_the_end_of_a_call_is_told_while_the_line_is_being_cleaned() -> None:
    session = AtSession()
    session.start(dial_voice("0660"))
    session.cancel()
    session.start(synchronisers()[0])
    (urc,) = session.receive_data(b"\r\nBUSY\r\n")
    assert isinstance(urc, Urc)
    assert urc.kind is UrcKind.CALL_ENDED
