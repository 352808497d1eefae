"""Unsolicited result codes: at any moment, with and without a line after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gsm_driver.at import commands
from gsm_driver.at.bodies import MAX_CONTINUATION_LINES
from gsm_driver.at.events import AtEvent, FinalResult, InformationResponse
from gsm_driver.at.session import AtSession
from gsm_driver.at.urc import DirectPdu, StoredNotice, Urc, UrcKind, UssdNotice
from tests.driver.at.feeding import EVERY_WAY, UNINTERRUPTED, Feed

if TYPE_CHECKING:
    from gsm_driver.at.exchange import AtCommand

HEX = "07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07"
REPORT = "0006230C91646007654321622010100000806220101020008000"


def kinds(events: list[AtEvent]) -> list[UrcKind]:
    return [event.kind for event in events if isinstance(event, Urc)]


@EVERY_WAY
@pytest.mark.parametrize(
    ("data", "kind", "body"),
    [
        (f"\r\n+CMT: ,29\r\n{HEX}\r\n", UrcKind.MESSAGE_DIRECT, HEX),
        (f'\r\n+CMT: "Anna, B.",29\r\n{HEX}\r\n', UrcKind.MESSAGE_DIRECT, HEX),
        (f"\r\n+CMT: 29\r\n{HEX}\r\n", UrcKind.MESSAGE_DIRECT, HEX),
        (f"\r\n+CMT: ,29\r\n \r\n{HEX} \r\n", UrcKind.MESSAGE_DIRECT, HEX),
        (f"\r\n+CDS: 25\r\n{REPORT}\r\n", UrcKind.REPORT_DIRECT, REPORT),
        (f"+CDS:25\r{REPORT}\r", UrcKind.REPORT_DIRECT, REPORT),  # gammu smsd-incoming-cds.c
        (f"\r\n+CBM: 88\r\n{HEX}\r\n", UrcKind.BROADCAST, HEX),
    ],
)
def test_a_pdu_follows(feed: Feed, data: str, kind: UrcKind, body: str) -> None:
    (urc,) = feed(AtSession(), data.encode())
    assert isinstance(urc, Urc)
    assert (urc.kind, urc.body) == (kind, body)
    assert isinstance(urc.parameters, DirectPdu)
    assert urc.parameters.hex_pdu == body


def test_a_pause_does_not_split_a_urc() -> None:
    """python-gsmmodem ended a notification when no bytes were waiting: the report was lost."""
    session = AtSession()
    assert session.receive_data(b"\r\n+CDS: 25\r\n") == []
    assert kinds(session.receive_data(REPORT.encode() + b"\r\n")) == [UrcKind.REPORT_DIRECT]


def test_urcs_that_come_together_stay_two() -> None:
    session = AtSession()
    first, second = session.receive_data(b'\r\n+CMTI: "SM",1\r\n\r\n+CMTI: "SM",2\r\n')
    assert isinstance(first, Urc)
    assert isinstance(second, Urc)
    assert first.parameters == StoredNotice(memory="SM", index=1)
    assert second.parameters == StoredNotice(memory="SM", index=2)


@EVERY_WAY
def test_a_message_between_a_header_and_its_pdu(feed: Feed) -> None:
    session = AtSession()
    session.start(commands.read_message(1))
    data = f"\r\n+CMGR: 0,,26\r\n+CMT: ,29\r\n{HEX}\r\n{REPORT}\r\n\r\nOK\r\n"
    urc, information, final = feed(session, data.encode())
    assert isinstance(urc, Urc)
    assert urc.body == HEX
    assert isinstance(information, InformationResponse)
    assert information.line.body == REPORT
    assert isinstance(final, FinalResult)


@EVERY_WAY
def test_a_report_in_the_middle_of_a_list(feed: Feed) -> None:
    session = AtSession()
    session.start(commands.list_messages())
    data = f"\r\n+CMGL: 1,1,,29\r\n{HEX}\r\n+CDS: 26\r\n{REPORT}\r\n+CMGL: 2,1,,29\r\n{HEX}\r\nOK\r\n"
    events = feed(session, data.encode())
    assert kinds(events) == [UrcKind.REPORT_DIRECT]
    assert [event.line.body for event in events if isinstance(event, InformationResponse)] == [HEX, HEX]


@UNINTERRUPTED
def test_the_answer_is_not_taken_for_a_pdu_that_did_not_come(feed: Feed) -> None:
    session = AtSession()
    session.start(commands.query_signal())
    urc, information, final = feed(session, b"\r\n+CMT: ,29\r\n+CSQ: 18,99\r\nOK\r\n")
    assert isinstance(urc, Urc)
    assert urc.parameters == DirectPdu(length=29, hex_pdu="")
    assert isinstance(information, InformationResponse)
    assert isinstance(final, FinalResult)


@UNINTERRUPTED
def test_a_second_header_ends_the_first(feed: Feed) -> None:
    events = feed(AtSession(), f"\r\n+CMT: ,29\r\n+CMT: ,29\r\n{HEX}\r\n".encode())
    assert [event.body for event in events if isinstance(event, Urc)] == [None, HEX]


@UNINTERRUPTED
def test_a_text_mode_message_may_say_ok(feed: Feed) -> None:
    session = AtSession()
    session.start(commands.query_signal())
    data = b'\r\n+CMT: "+43660",,"26/01/01,10:00:00+04"\r\nOK\r\n\r\n+CSQ: 18,99\r\nOK\r\n'
    urc, *_ = feed(session, data)
    assert isinstance(urc, Urc)
    assert urc.body == "OK"


@UNINTERRUPTED
def test_a_text_mode_report_has_no_second_line(feed: Feed) -> None:
    data = b'\r\n+CDS: 6,35,"+43660",145,"26/01/01,10:00:00+04","26/01/01,10:00:02+04",0\r\nRING\r\n'
    assert kinds(feed(AtSession(), data)) == [UrcKind.REPORT_DIRECT, UrcKind.RING]


@UNINTERRUPTED
def test_a_text_mode_broadcast(feed: Feed) -> None:
    (urc,) = feed(AtSession(), b"\r\n+CBM: 1,2,3,1,1\r\nRING\r\n")
    assert isinstance(urc, Urc)
    assert urc.body == "RING"


# --- Quoted texts over several lines ---


@UNINTERRUPTED
@pytest.mark.parametrize("pending", [None, commands.start_ussd("*100#")])
def test_a_ussd_menu(feed: Feed, pending: AtCommand | None) -> None:
    """Line ends inside of the quotes (babca test_modem.py)."""
    session = AtSession()
    if pending is not None:
        session.start(pending)
    (urc,) = feed(session, b'\r\n+CUSD: 1,"Menu\r\n1 Balance\r\n2 Top up",15\r\n')
    assert isinstance(urc, Urc)
    assert urc.parameters == UssdNotice(status=1, text="Menu\n1 Balance\n2 Top up", data_coding_scheme=15)
    assert urc.body is None


def test_a_ussd_menu_keeps_its_blanks_and_8_bit_characters() -> None:
    (urc,) = AtSession().receive_data(b'\r\n+CUSD: 0,"Guthaben\r\n  \xe4ndern",15\r\n')
    assert isinstance(urc, Urc)
    assert isinstance(urc.parameters, UssdNotice)
    assert urc.parameters.text == "Guthaben\n  \u00e4ndern"


def test_ok_inside_a_text_that_nobody_asked_for() -> None:
    (urc,) = AtSession().receive_data(b'\r\n+CUSD: 1,"1 Yes\r\nOK\r\nRING",15\r\n')
    assert isinstance(urc, Urc)
    assert isinstance(urc.parameters, UssdNotice)
    assert urc.parameters.text == "1 Yes\nOK\nRING"


def test_a_lost_quote_does_not_swallow_the_final_result_code() -> None:
    session = AtSession()
    session.start(commands.start_ussd("*100#"))
    urc, final = session.receive_data(b'\r\n+CUSD: 0,"Balance 5 EUR\r\nOK\r\n')
    assert isinstance(urc, Urc)
    assert urc.parameters == UssdNotice(status=0, text="Balance 5 EUR", data_coding_scheme=None)
    assert isinstance(final, FinalResult)


def test_noise_inside_a_text_is_part_of_it() -> None:
    (urc,) = AtSession().receive_data(b'\r\n+CUSD: 0,"a\r\n\x01\r\nb",15\r\n')
    assert isinstance(urc, Urc)
    assert urc.parameters == UssdNotice(status=0, text="a\n\x01\nb", data_coding_scheme=15)


def test_a_lost_quote_does_not_swallow_a_message() -> None:
    events = AtSession().receive_data(b'\r\n+CUSD: 0,"Balance\r\n+CMTI: "SM",1\r\n')
    assert kinds(events) == [UrcKind.USSD, UrcKind.MESSAGE_STORED]


def test_a_text_without_end_is_ended() -> None:
    session = AtSession()
    events = session.receive_data(b'\r\n+CUSD: 0,"Balance\r\n' + b"more\r\n" * (MAX_CONTINUATION_LINES + 1))
    assert kinds(events) == [UrcKind.USSD, UrcKind.UNKNOWN]


# --- The same prefix as an answer ---

ANSWER_OR_URC = [
    # command, line, whether it answers the command
    (commands.query_registration(), "+CREG: 2,1", True),
    (commands.query_registration(), "+CREG: 0,6", True),
    (commands.query_registration(), "+CREG: 2,1,4CA,81DE445", True),
    (commands.query_registration(), '+CREG: 2,1,"0B,"0100701",7', True),
    (commands.query_registration(), "+CREG:", True),
    (commands.query_registration(), "+CREG: 1", False),
    (commands.query_registration(), '+CREG: 1,"5E25","605F",2', False),
    (commands.query_registration(), "+CREG: 5,4CA,81DE445", False),
    (commands.query_registration("+CEREG"), "+CREG: 2,1", False),
    (commands.query_registration("+CEREG"), '+CEREG: 2,1,"5E25","605F",7', True),
    (commands.query_pin(), "+CPIN: READY", True),
    (commands.enter_pin("0000"), "+CPIN: READY", False),
    (commands.query_functionality(), "+CFUN: 1", True),
    (commands.attention(), "+CFUN: 1", False),
    (commands.query_signal(), "+CSQ: 18,99", True),
    (commands.attention(), "+CSQ: 18,99", False),
    (commands.list_calls(), '+CLCC: 1,1,4,0,0,"+43660",145', True),
    (commands.attention(), '+CLCC: 1,1,4,0,0,"+43660",145', False),
    (commands.custom("AT+CLIP?", "+CLIP"), "+CLIP: 1,1", True),
    (commands.custom("AT+CLIP?", "+CLIP"), '+CLIP: "+43660",145', False),
    (commands.custom("AT+CMTI?", "+CMTI"), '+CMTI: "SM",3', False),
    (commands.custom("AT+CNSMOD?", "+CNSMOD"), "+CNSMOD: 0,8", True),
    (commands.custom("AT+CNSMOD?", "+CNSMOD"), "+CNSMOD: 8", False),
    (commands.custom("AT^HCSQ?", "^HCSQ"), '^HCSQ: "LTE",40', True),
]


@EVERY_WAY
@pytest.mark.parametrize(("command", "line", "answers"), ANSWER_OR_URC)
def test_answer_or_urc(feed: Feed, command: AtCommand, line: str, *, answers: bool) -> None:
    session = AtSession()
    session.start(command)
    (event,) = feed(session, f"\r\n{line}\r\n".encode())
    assert isinstance(event, InformationResponse if answers else Urc)


# --- Outside of commands ---


@UNINTERRUPTED
@pytest.mark.parametrize("line", ["OK", "ERROR", "+CME ERROR: 515", "hello", "+XNEWS: 1", "AT+CSQ"])
def test_unknown_lines_are_kept(feed: Feed, line: str) -> None:
    """A Wavecom Q2406B says OK when it is switched on (Sierra forum 155)."""
    assert feed(AtSession(), f"\r\n{line}\r\n".encode()) == [Urc(kind=UrcKind.UNKNOWN, prefix="", value=line)]


def test_a_flood_is_only_a_flood() -> None:
    """ZTE sends +ZUSIMR:2 every few seconds until it crashes others (gammu#170)."""
    session = AtSession()
    session.start(commands.query_signal())
    events = session.receive_data(b"\r\n+ZUSIMR:2\r\n" * 1_000 + b"\r\n+CSQ: 18,99\r\n\r\nOK\r\n")
    assert set(kinds(events)) == {UrcKind.OTHER}
    assert isinstance(events[-1], FinalResult)
