"""Any bytes, cut in any way, in any state: the same events, no exception, bounded memory."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gsm_driver.at import commands
from gsm_driver.at.events import AtEvent, Drained, FinalResult, Prompt
from gsm_driver.at.session import AtSession
from gsm_driver.at.splitter import MAX_LINE
from gsm_driver.at.urc import Urc, UrcKind
from gsm_driver.models import SendPhase

if TYPE_CHECKING:
    from gsm_driver.at.exchange import AtCommand

COMMANDS: list[AtCommand | None] = [
    None,
    commands.attention(),
    commands.query_signal(),
    commands.query_model(),
    commands.query_registration(),
    commands.read_message(1),
    commands.list_messages(),
    commands.send_message(2, "0000"),
    commands.acknowledge_message(),
    commands.dial_voice("0660"),
    commands.synchronisers()[0],
]
PIECES = [
    *(b"\r\n", b"\r", b"\n", b" ", b"\x00", b"\xff", b"\x1a", b"\x1b", b"> ", b">", b"OK", b"ERROR", b"RING"),
    *(
        b"+CSQ: 18,99",
        b'+CMTI: "SM",3',
        b"+CMT: ,2",
        b"+CDS: 2",
        b"0791",
        b"AABB",
        b"+CMGR: 0,,2",
        b"+CMGL: 1,1,,4",
    ),
    *(b'+CUSD: 1,"a', b'b",15', b"+CREG: 2,1", b"+CREG: 1", b"+CMGS: 17", b"+CMS ERROR: 500", b"NO CARRIER"),
    *(b"^RSSI: 17", b"AT+CSQ", b"+CMEE: 1", b"hello", b'+CMGR: "REC READ","1",,"2"', b"\xc3\xa4"),
]
TRAFFIC = st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=30).map(b"".join)


def play(command: AtCommand | None, chunks: list[bytes]) -> list[AtEvent]:
    """All events of a session that starts a command and then receives these bytes."""
    session = AtSession()
    if command is not None:
        session.start(command)
    return [event for chunk in chunks for event in session.receive_data(chunk)]


@pytest.mark.parametrize("command", COMMANDS, ids=repr)
@given(data=TRAFFIC, cuts=st.lists(st.integers(0, 400), max_size=10))
@settings(max_examples=100)
def test_events_do_not_depend_on_the_cuts(command: AtCommand | None, data: bytes, cuts: list[int]) -> None:
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    chunks = [data[low:high] for low, high in itertools.pairwise(edges)]
    expected = play(command, [data])
    assert play(command, chunks) == expected
    assert play(command, [data[at : at + 1] for at in range(len(data))]) == expected


@pytest.mark.parametrize("command", COMMANDS, ids=repr)
@pytest.mark.parametrize(
    "filling", [b"\xaa", b"\x00", b"\r\n", b"> ", b'"', b"(", b"+A:", b"0A", b" \t", b"OK\r\n"]
)
def test_100_kb_of_rubbish(command: AtCommand | None, filling: bytes) -> None:
    """Nothing is kept but one line, and the next URC is read."""
    session = AtSession()
    if command is not None:
        session.start(command)
    for _ in range(100):
        session.receive_data((filling * 1_000)[:1_000])
    assert len(session._splitter._buffer) <= MAX_LINE
    session.receive_data(b"\r\n")
    events = session.receive_data(b'\r\n+CMTI: "SM",3\r\n')
    assert [event.kind for event in events if isinstance(event, Urc)][-1:] == [UrcKind.MESSAGE_STORED]


class Dialogue(RuleBasedStateMachine):
    """A caller that obeys the contract, and a modem that says anything."""

    def __init__(self) -> None:
        super().__init__()
        self.session = AtSession()
        self.started = 0
        self.ended = 0

    @precondition(lambda self: self.session.pending is None and self.session.given_up is None)
    @rule(command=st.sampled_from(COMMANDS[1:]))
    def start(self, command: AtCommand) -> None:
        assert self.session.start(command).endswith(b"\r")
        self.started += 1

    @precondition(lambda self: self.session.pending is None and self.session.given_up is not None)
    @rule(query=st.sampled_from(commands.synchronisers()))
    def synchronise(self, query: AtCommand) -> None:
        self.session.start(replace(query, timeout=1.0))
        self.started += 1

    @rule(data=TRAFFIC)
    def receive(self, data: bytes) -> None:
        before = self.session.phase
        for event in self.session.receive_data(data):
            match event:
                case FinalResult():
                    self.ended += 1
                case Prompt():
                    assert before is SendPhase.BEFORE_PROMPT
                case Drained():
                    assert self.session.given_up is None

    @precondition(lambda self: self.session.phase is SendPhase.AFTER_PROMPT)
    @rule()
    def submit(self) -> None:
        assert self.session.payload() == b"0000\x1a"

    @rule()
    def cancel(self) -> None:
        self.ended += self.session.pending is not None
        assert self.session.cancel() in {b"", b"\x1b"}

    @invariant()
    def every_command_ends_once(self) -> None:
        assert self.started - self.ended == (self.session.pending is not None)


TestDialogue = Dialogue.TestCase
