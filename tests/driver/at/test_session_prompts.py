"""AT+CMGS and its prompt, in all the forms of section 5.2 of the quirks page."""

from __future__ import annotations

import pytest

from gsm_driver.at import commands
from gsm_driver.at.events import (
    AtEvent,
    Drained,
    EarlyOk,
    FinalResult,
    InformationResponse,
    Prompt,
    StrayPrompt,
)
from gsm_driver.at.exchange import InfoLine
from gsm_driver.at.session import AtSession
from gsm_driver.at.urc import Urc, UrcKind
from gsm_driver.errors import UsageError
from gsm_driver.models import SendPhase
from tests.driver.at.feeding import EVERY_WAY, UNINTERRUPTED, Feed

HEX = "0011000B916407281553F80000AA0AE8329BFD4697D9EC37"
SEND = commands.send_message(23, HEX)
CMEE, CMGF, *_ = commands.synchronisers()


def prompted() -> AtSession:
    """A session with an open prompt."""
    session = AtSession()
    session.start(SEND)
    assert session.receive_data(b"\r\n> ") == [Prompt()]
    return session


def submitted() -> AtSession:
    """A session whose PDU has left."""
    session = prompted()
    session.payload()
    return session


@UNINTERRUPTED
@pytest.mark.parametrize(
    "data",
    [
        b"\r\n> ",  # 3GPP TS 27.005 clause 3.5.1
        b"\r\n>",
        b"\r\n>\r\n",  # SIM7670G (gammu#1176)
        b"AT+CMGS=23\r\r\n> ",  # echo on
        b"AT+CMGS=23\r> ",
    ],
)
def test_prompts(feed: Feed, data: bytes) -> None:
    session = AtSession()
    assert session.start(SEND) == b"AT+CMGS=23\r"
    phases = [session.phase]
    assert feed(session, data) == [Prompt()]
    phases.append(session.phase)
    assert session.payload() == HEX.encode() + b"\x1a"
    phases.append(session.phase)
    assert phases == [SendPhase.BEFORE_PROMPT, SendPhase.AFTER_PROMPT, SendPhase.SUBMITTED]


@EVERY_WAY
@pytest.mark.parametrize(
    "data",
    [
        b"\r\n+CMGS: 17\r\n\r\nOK\r\n",
        b" \r\n+CMGS:17\r\n\r\nOK\r\n",
        HEX.encode() + b"\x1a\r\n+CMGS: 17\r\n\r\nOK\r\n",  # echo on
        b" " + HEX.encode() + b"\r\n+CMGS: 17\r\n\r\nOK\r\n",  # Ctrl-Z not echoed
    ],
)
def test_the_reference_comes(feed: Feed, data: bytes) -> None:
    session = submitted()
    information, final = feed(session, data)
    assert information == InformationResponse(InfoLine(prefix="+CMGS", value="17"))
    assert isinstance(final, FinalResult)
    assert final.code.is_success
    assert session.phase is SendPhase.BEFORE_PROMPT


@EVERY_WAY
def test_a_refusal_before_the_prompt(feed: Feed) -> None:
    session = AtSession()
    session.start(SEND)
    (final,) = feed(session, b"\r\n+CMS ERROR: 310\r\n")
    assert isinstance(final, FinalResult)


@EVERY_WAY
def test_a_refusal_at_the_open_prompt(feed: Feed) -> None:
    session = prompted()
    (final,) = feed(session, b"\r\n+CMS ERROR: 304\r\n")
    assert isinstance(final, FinalResult)
    with pytest.raises(UsageError, match="no open prompt"):
        session.payload()


@UNINTERRUPTED
def test_ok_right_after_the_prompt_is_not_the_end(feed: Feed) -> None:
    """Sierra MC7455: `>`, then OK before the PDU (Sierra forum 9324)."""
    session = AtSession()
    session.start(SEND)
    assert feed(session, b"\r\n> \r\nOK\r\n") == [Prompt(), EarlyOk()]
    session.payload()
    *_, final = feed(session, b"\r\n+CMGS: 17\r\n\r\nOK\r\n")
    assert isinstance(final, FinalResult)


@EVERY_WAY
def test_ok_without_a_reference_is_not_the_end(feed: Feed) -> None:
    session = submitted()
    assert feed(session, b"\r\nOK\r\n") == [EarlyOk()]
    assert session.pending is SEND


@EVERY_WAY
def test_a_message_notice_during_a_send_is_no_part_of_it(feed: Feed) -> None:
    """python-gsmmodem returned +CMTI as part of the answer: a received message was lost."""
    session = submitted()
    notice, _, final = feed(session, b'\r\n+CMTI: "SM",3\r\n+CMGS: 17\r\n\r\nOK\r\n')
    assert isinstance(notice, Urc)
    assert notice.kind is UrcKind.MESSAGE_STORED
    assert isinstance(final, FinalResult)


def test_a_prompt_that_was_open_before_is_not_this_command_s() -> None:
    session = AtSession()
    session.receive_data(b"\r\n> ")
    session.start(SEND)
    assert session.receive_data(b"") == []
    assert session.receive_data(b"\r\n> ") == [Prompt()]


def test_no_prompt_is_seen_where_none_is_due() -> None:
    session = AtSession()
    session.start(commands.query_model())
    assert session.receive_data(b"\r\n> x") == []


def test_the_payload_needs_a_prompt() -> None:
    session = AtSession()
    with pytest.raises(UsageError, match="no open prompt"):
        session.payload()
    session.start(SEND)
    with pytest.raises(UsageError, match="no open prompt"):
        session.payload()


def test_a_payload_is_one_line() -> None:
    with pytest.raises(UsageError, match="one line of ASCII"):
        AtSession().start(commands.send_message(23, "00\x1a\rATD112;"))


def test_each_command_has_one_prompt_and_one_early_ok() -> None:
    """A modem that answers everything with a prompt, or floods with OK, fills no queue."""
    session = AtSession()
    session.start(SEND)
    assert session.receive_data(b"\r\n> \r\n> \r\nOK\r\n\r\nOK\r\n") == [
        Prompt(),
        Urc(kind=UrcKind.UNKNOWN, prefix="", value=">"),
        EarlyOk(),
    ]
    session.payload()
    assert session.receive_data(b"\r\nOK\r\n\r\nOK\r\n") == [EarlyOk()]
    session.cancel()
    session.start(CMEE)
    assert session.receive_data(b"\r\n>\r\n>\r\n>\r\n")[0] == StrayPrompt()
    assert [type(event) for event in session.receive_data(b"\r\n>\r\n")] == [Urc]


@UNINTERRUPTED
def test_a_prompt_after_cnma_is_told_apart(feed: Feed) -> None:
    """SIM800C answers AT+CNMA with a prompt (chan_quectel at_response.c:1778)."""
    session = AtSession()
    session.start(commands.acknowledge_message())
    assert feed(session, b"\r\n> ") == [StrayPrompt()]
    with pytest.raises(UsageError, match="no open prompt"):
        session.payload()
    (final,) = feed(session, b"\r\nOK\r\n")
    assert isinstance(final, FinalResult)


# --- Giving up ---


def test_cancelled_before_the_prompt() -> None:
    session = AtSession()
    session.start(SEND)
    assert session.cancel() == b"\x1b"
    assert session.pending is None
    assert session.given_up == SEND
    assert session.receive_data(b"\r\n> ") == [StrayPrompt()]  # it came late
    assert session.receive_data(b"\r\nOK\r\n") == [Drained()]
    assert session.given_up is None


def test_cancelled_at_the_prompt() -> None:
    session = prompted()
    assert session.cancel() == b"\x1b"
    assert session.receive_data(b"\r\nOK\r\n") == [Drained()]


def test_cancelled_after_ctrl_z() -> None:
    """ESC would do nothing; the reference that comes late is still told."""
    session = submitted()
    assert session.cancel() == b""
    late, drained = session.receive_data(b"\r\n+CMGS: 17\r\n\r\nOK\r\n")
    assert late == Urc(kind=UrcKind.LATE_ANSWER, prefix="+CMGS", value="17")
    assert drained == Drained()


def test_a_late_answer_to_any_command_is_told() -> None:
    session = AtSession()
    session.start(commands.query_storage())
    session.cancel()
    late, drained = session.receive_data(b'\r\n+CPMS: "SM",0,10\r\n\r\nOK\r\n')
    assert late == Urc(kind=UrcKind.LATE_ANSWER, prefix="+CPMS", value='"SM",0,10')
    assert drained == Drained()


def test_a_reference_that_nobody_waits_for_is_told_as_late() -> None:
    """Also when the line was synchronised meanwhile."""
    (late,) = AtSession().receive_data(b"\r\n+CMGS: 17\r\n")
    assert late == Urc(kind=UrcKind.LATE_ANSWER, prefix="+CMGS", value="17")


def test_a_payload_may_be_written_in_pieces() -> None:
    session = prompted()
    assert session.payload(10) == HEX[10:].encode() + b"\x1a"
    assert session.phase is SendPhase.SUBMITTED


@pytest.mark.parametrize("received", [b"", b"\r\n> "])
def test_only_a_payload_that_was_written_is_asked_for(received: bytes) -> None:
    session = AtSession()
    with pytest.raises(UsageError, match="no payload"):
        session.probe()
    session.start(SEND)
    session.receive_data(received)
    with pytest.raises(UsageError, match="no payload"):
        session.probe()


def test_cancelling_nothing() -> None:
    session = AtSession()
    assert session.cancel() == b""
    assert session.given_up is None


def test_the_echo_of_a_cancelled_command_is_dropped() -> None:
    session = AtSession()
    session.start(SEND)
    session.cancel()
    assert session.receive_data(b"AT+CMGS=23\r\r\nOK\r\n") == [Drained()]


def test_a_half_read_answer_is_dropped_with_its_command() -> None:
    session = AtSession()
    session.start(commands.read_message(1))
    session.receive_data(b"\r\n+CMGR: 0,,29\r\n")
    session.cancel()
    body, drained = session.receive_data(b"07911326\r\n\r\nOK\r\n")
    assert body == Urc(kind=UrcKind.UNKNOWN, prefix="", value="07911326")
    assert drained == Drained()


def test_the_next_command_waits_for_the_line_to_be_clean() -> None:
    session = AtSession()
    session.start(commands.query_signal())
    session.cancel()
    with pytest.raises(UsageError, match="until the line is synchronised"):
        session.start(commands.query_registration())
    session.declare_clean()
    assert session.start(commands.query_registration()) == b"AT+CREG?\r"


@pytest.mark.parametrize(
    "late",
    [
        b"",
        b"\r\nOK\r\n",
        b"\r\nERROR\r\n",
        b"\r\n+CMGS: 17\r\n\r\nOK\r\n",
        b"\r\n+CMS ERROR: 500\r\n",
        b"\r\nOK\r\n\r\nOK\r\n",
    ],
)
def test_late_answers_never_answer_the_next_command(late: bytes) -> None:
    session = submitted()
    session.cancel()
    assert session.start(CMEE) == b"AT+CMEE?\r"
    events = session.receive_data(late + b"\r\n+CMEE: 1\r\n\r\nOK\r\n")
    results = [event for event in events if isinstance(event, FinalResult)]
    assert [result.response.command for result in results] == ["AT+CMEE"]
    assert session.given_up is None
    session.start(commands.query_signal())
    assert session.receive_data(b"") == []


def test_an_unanswered_query_does_not_clean_the_line() -> None:
    """Each query has its own prefix, so the late answer to one is not that of the next."""
    session = submitted()
    session.cancel()
    session.start(CMEE)
    assert session.cancel() == b""
    session.start(CMGF)
    late_answer = b"\r\n+CMEE: 1\r\n\r\nOK\r\n"
    assert not [event for event in session.receive_data(late_answer) if isinstance(event, FinalResult)]
    assert session.given_up == SEND
    (_, final) = session.receive_data(b"\r\n+CMGF: 0\r\n\r\nOK\r\n")
    assert isinstance(final, FinalResult)
    assert session.given_up is None


def test_a_refused_query_is_refused_on_a_clean_line_only() -> None:
    session = AtSession()
    session.start(CMEE)
    assert [type(event) for event in session.receive_data(b"\r\nERROR\r\n")] == [FinalResult]
    session.start(CMEE)
    session.cancel()
    session.start(CMGF)
    assert session.receive_data(b"\r\nERROR\r\n") == []


def test_ok_alone_never_answers_a_query() -> None:
    """An earlier program may have died in the middle of a command: its answer comes first."""
    session = AtSession()
    session.start(CMEE)
    assert session.receive_data(b"\r\nOK\r\n") == []
    assert session.pending == CMEE


def test_a_bare_at_is_answered_by_ok_only_and_proves_nothing() -> None:
    session = AtSession()
    session.start(commands.attention())
    session.cancel()
    session.start(commands.attention())
    final: list[AtEvent] = session.receive_data(b"\r\nERROR\r\n\r\nOK\r\n")
    assert [type(event) for event in final] == [FinalResult]
    assert session.given_up == commands.attention()


def test_a_prompt_that_opens_during_a_query_is_left() -> None:
    session = AtSession()
    session.start(SEND)
    session.cancel()
    session.start(CMEE)
    assert session.receive_data(b"\r\n> ") == [StrayPrompt()]
