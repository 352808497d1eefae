"""Commands and their answers. Where a row names no source, it is the form of the standard."""

from __future__ import annotations

import pytest

from gsm_driver.at import commands
from gsm_driver.at.events import FinalResult, InformationResponse, LineTooLong
from gsm_driver.at.exchange import AtCommand, InfoLine, Response
from gsm_driver.at.session import MAX_INFORMATION_LINES, AtSession
from gsm_driver.at.splitter import MAX_LINE
from gsm_driver.at.urc import Urc, UrcKind
from gsm_driver.errors import UsageError
from tests.driver.at.feeding import EVERY_WAY, UNINTERRUPTED, Feed, whole

HEX = "07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07"
LENGTH = 29


def answer(feed: Feed, command: AtCommand, data: bytes) -> FinalResult:
    """The one result of a command that is answered by these bytes."""
    session = AtSession()
    session.start(command)
    results = [event for event in feed(session, data) if isinstance(event, FinalResult)]
    assert len(results) == 1
    assert session.pending is None
    return results[0]


def lines(*values: str, prefix: str, body: str | None = None) -> tuple[InfoLine, ...]:
    return tuple(InfoLine(prefix=prefix, value=value, body=body) for value in values)


ANSWERS = [
    # what, command, bytes, information responses
    ("plain", commands.attention(), b"\r\nOK\r\n", ()),
    ("with value", commands.query_signal(), b"\r\n+CSQ: 18,99\r\n\r\nOK\r\n", lines("18,99", prefix="+CSQ")),
    (
        "lower case (Sierra)",
        commands.query_signal(),
        b"\r\n+csq: 18,99\r\n\r\nok\r\n",
        lines("18,99", prefix="+CSQ"),
    ),
    ("no blank", commands.query_signal(), b"\r\n+CSQ:18,99\r\nOK\r\n", lines("18,99", prefix="+CSQ")),
    (
        "echo on",
        commands.query_signal(),
        b"AT+CSQ\r\r\n+CSQ: 18,99\r\n\r\nOK\r\n",
        lines("18,99", prefix="+CSQ"),
    ),
    (
        "echo twice (gammu at-dispatch.c:75)",
        commands.query_signal(),
        b"AT+CSQ\r\nAT+CSQ\r\n+CSQ: 18,99\r\n\r\nOK\r\n",
        lines("18,99", prefix="+CSQ"),
    ),
    ("only line feeds", commands.query_signal(), b"+CSQ: 18,99\nOK\n", lines("18,99", prefix="+CSQ")),
    (
        "CR doubled (Huawei E1752)",
        commands.query_signal(),
        b"\r\r\n+CSQ: 18,99\r\r\n\r\r\nOK\r\r\n",
        lines("18,99", prefix="+CSQ"),
    ),
    (
        "noise of a UART around the lines",
        commands.query_signal(),
        b"\x00\xff\xfe\x80\r\n\xf8+CSQ: 18,99\x02\r\n\xff\r\n\x1aOK\x9c\r\n",
        lines("18,99", prefix="+CSQ"),
    ),
    (
        "lines without prefix",
        commands.query_manufacturer(),
        b"\r\n WAVECOM MODEM\r\n\r\nOK\r\n",
        lines("WAVECOM MODEM", prefix=""),
    ),
    (
        "lines with a colon that is no prefix",
        commands.query_firmware(),
        b"\r\nRevision: 11.126.16\r\n\r\nOK\r\n",
        lines("Revision: 11.126.16", prefix=""),
    ),
    (
        "a message",
        commands.read_message(1),
        f"\r\n+CMGR: 0,,{LENGTH}\r\n{HEX}\r\n\r\nOK\r\n".encode(),
        lines(f"0,,{LENGTH}", prefix="+CMGR", body=HEX),
    ),
    (
        "an empty slot",
        commands.read_message(1),
        b"\r\n+CMGR: 0,,0\r\n\r\n\r\nOK\r\n",
        lines("0,,0", prefix="+CMGR"),
    ),
    ("no slot", commands.read_message(1), b"\r\nOK\r\n", ()),
    (
        "a list",
        commands.list_messages(),
        f"\r\n+CMGL: 0,1,,{LENGTH}\r\n{HEX}\r\n+CMGL: 7,1,,{LENGTH}\r\n{HEX}\r\n\r\nOK\r\n".encode(),
        lines(f"0,1,,{LENGTH}", f"7,1,,{LENGTH}", prefix="+CMGL", body=HEX),
    ),
    (
        "an announced PDU that does not come",
        commands.list_messages(),
        f"\r\n+CMGL: 0,1,,29\r\n+CMGL: 7,1,,29\r\n{HEX}\r\n\r\nOK\r\n".encode(),
        (InfoLine(prefix="+CMGL", value="0,1,,29"), InfoLine(prefix="+CMGL", value="7,1,,29", body=HEX)),
    ),
    (
        "a PDU shorter than announced",
        commands.read_message(1),
        b"\r\n+CMGR: 0,,29\r\n0791\r\n\r\nOK\r\n",
        lines("0,,29", prefix="+CMGR", body="0791"),
    ),
    (
        "a header without length",
        commands.read_message(1),
        b"\r\n+CMGR: 0,,\r\n0791\r\n\r\nOK\r\n",
        lines("0,,", prefix="+CMGR", body="0791"),
    ),
]


@EVERY_WAY
@pytest.mark.parametrize(
    ("command", "data", "expected"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS]
)
def test_answers(feed: Feed, command: AtCommand, data: bytes, expected: tuple[InfoLine, ...]) -> None:
    result = answer(feed, command, data)
    assert result.code.is_success
    assert result.response == Response(command=command.name, lines=expected, final=result.code.line)


@EVERY_WAY
@pytest.mark.parametrize(
    ("final", "code"),
    [
        (b"ERROR", "ERROR"),
        (b"+CME ERROR: 515", "+CME ERROR: 515"),
        (b"+CMS ERROR: SIM busy", "+CMS ERROR: SIM busy"),  # AT+CMEE=2
        (b"COMMAND NOT SUPPORT", "COMMAND NOT SUPPORT"),  # Huawei E1752
        (b"MODEM ERROR", "MODEM ERROR"),
        (b"TOO MANY PARAMETERS", "TOO MANY PARAMETERS"),
        (b"ERROR+CNUM:", "ERROR+CNUM:"),  # chan_quectel at_response.c:61
        (b"NA", "NA"),
    ],
)
def test_refusals(feed: Feed, final: bytes, code: str) -> None:
    result = answer(feed, commands.query_own_numbers(), b"\r\n" + final + b"\r\n")
    assert not result.code.is_success
    assert result.response.final == code


@EVERY_WAY
def test_ok_is_a_final_only_as_a_whole_line(feed: Feed) -> None:
    """`OK` as substring, as in python-gsmmodem and Kannel, would end the answer early."""
    data = b"\r\nOK-Modem\r\nNOK\r\nOK, on my way\r\n\r\nOK\r\n"
    result = answer(feed, commands.query_model(), data)
    assert [line.value for line in result.response.lines] == ["OK-Modem", "NOK", "OK, on my way"]


@UNINTERRUPTED
def test_a_text_mode_body_is_never_scanned(feed: Feed) -> None:
    """A modem that fell back to text mode: the message says OK, and is no final result code."""
    data = b'\r\n+CMGR: "REC UNREAD","+43660","","26/01/01,10:00:00+04"\r\nOK\r\n\r\nOK\r\n'
    (line,) = answer(feed, commands.read_message(1), data).response.lines
    assert line.body == "OK"


@UNINTERRUPTED
def test_a_text_mode_body_may_look_like_a_urc(feed: Feed) -> None:
    data = b'\r\n+CMGL: 3,"REC READ","+43660",,"26/01/01,10:00:00+04"\r\n+CMTI: "SM",1\r\n\r\nOK\r\n'
    (line,) = answer(feed, commands.list_messages(), data).response.lines
    assert line.body == '+CMTI: "SM",1'


@EVERY_WAY
def test_a_pdu_cut_in_two_by_a_urc_is_put_together(feed: Feed) -> None:
    """^RSSI inside of +CMGR (babca/python-gsmmodem#47), here inside of the PDU itself."""
    session = AtSession()
    session.start(commands.read_message(1))
    data = f"\r\n+CMGR: 0,,{LENGTH}\r\n{HEX[:20]}\r\n^HCSQ: 1\r\n{HEX[20:]}\r\n\r\nOK\r\n"
    events = feed(session, data.encode())
    (line,) = [event.line for event in events if isinstance(event, InformationResponse)]
    assert line.body == HEX
    assert [event.prefix for event in events if isinstance(event, Urc)] == ["^HCSQ"]


@UNINTERRUPTED
def test_an_answer_ends_with_the_call_for_a_dialling_command_only(feed: Feed) -> None:
    for final in (b"NO CARRIER", b"BUSY", b"NO ANSWER", b"NO DIALTONE"):
        data = b"\r\n" + final + b"\r\n"
        assert not answer(feed, commands.dial_voice("+436601234567"), data).code.is_success
        session = AtSession()
        session.start(commands.query_signal())
        (urc,) = feed(session, data)
        assert isinstance(urc, Urc)
        assert urc.kind is UrcKind.CALL_ENDED
        assert session.pending is not None
    assert answer(feed, commands.answer_call(), b"\r\nCONNECT\r\n").code.is_success


@UNINTERRUPTED
def test_an_unknown_line_does_not_join_an_answer_that_has_a_prefix(feed: Feed) -> None:
    session = AtSession()
    session.start(commands.query_signal())
    unknown, information, final = feed(session, b"\r\nhello\r\n+CSQ: 18,99\r\nOK\r\n")
    assert unknown == Urc(kind=UrcKind.UNKNOWN, prefix="", value="hello")
    assert isinstance(information, InformationResponse)
    assert isinstance(final, FinalResult)


@UNINTERRUPTED
def test_an_unknown_urc_does_not_join_an_answer_without_prefix(feed: Feed) -> None:
    session = AtSession()
    session.start(commands.query_model())
    unknown, *_ = feed(session, b"\r\n+XNEWS: 1\r\nEC25\r\nOK\r\n")
    assert unknown == Urc(kind=UrcKind.UNKNOWN, prefix="", value="+XNEWS: 1")


def test_answers_are_bounded() -> None:
    session = AtSession()
    session.start(commands.list_messages())
    data = b"+CMGL: 1,1,,0\r\n" * (MAX_INFORMATION_LINES + 5) + b"OK\r\n"
    *_, final = session.receive_data(data)
    assert isinstance(final, FinalResult)
    assert len(final.response.lines) == MAX_INFORMATION_LINES
    assert final.response.truncated


def test_an_endless_line_is_told() -> None:
    session = AtSession()
    assert session.receive_data(b"x" * (MAX_LINE + 1)) == [LineTooLong()]


def test_one_command_at_a_time() -> None:
    session = AtSession()
    assert session.start(commands.query_signal()) == b"AT+CSQ\r"
    with pytest.raises(UsageError, match=r"AT\+CREG must wait until AT\+CSQ is answered"):
        session.start(commands.query_registration())
    whole(session, b"\r\nERROR\r\n")
    assert session.start(commands.query_registration()) == b"AT+CREG?\r"


@pytest.mark.parametrize("text", ["AT+CPIN=1\rATD112;", "AT\n", "AT\x1a", "AT+CSCA=\u20ac"])
def test_a_command_is_one_line_of_ascii(text: str) -> None:
    """Nothing that comes from outside can smuggle in a second command."""
    with pytest.raises(UsageError, match="one line of ASCII"):
        AtSession().start(commands.custom(text))


def test_the_answer_so_far_can_be_collected() -> None:
    """Wavecom and Sierra SL8084T send +CPIN: READY and no OK."""
    session = AtSession()
    with pytest.raises(UsageError, match="no command is pending"):
        session.collected("")
    session.start(commands.query_pin())
    session.receive_data(b"\r\n+CPIN: READY\r\n")
    assert session.collected("") == Response(
        command="AT+CPIN", lines=lines("READY", prefix="+CPIN"), final=""
    )


def test_values_of_a_response() -> None:
    response = Response(command="AT+CNUM", lines=lines("a", "b", prefix="+CNUM") + lines("c", prefix=""))
    assert response.values("+CNUM") == ("a", "b")
