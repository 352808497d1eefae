from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.at.splitter import MAX_LINE, Mark, Splitter, Token


def tokens_of(*chunks: bytes, prompt_due: bool = False) -> list[Token]:
    splitter = Splitter()
    tokens: list[Token] = []
    for chunk in chunks:
        splitter.feed(chunk)
        while (token := splitter.next_token(prompt_due=prompt_due)) is not None:
            tokens.append(token)
    return tokens


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"\r\nOK\r\n", ["OK"]),
        (b"OK\r", ["OK"]),  # ATV0 style, and old phones after +CDS (gammu smsd-incoming-cds.c)
        (b"OK\n", ["OK"]),
        (b"+CLAC\r\r\n&C\r\r\n", ["+CLAC", "&C"]),  # Huawei E1752 doubles the CR
        (b"AT\r\r\nOK\r\n", ["AT", "OK"]),  # echo
        (b"\r\n\r\n\r\n", []),
        (b"O", []),
        (b"\r\n WAVECOM MODEM\r\n", [" WAVECOM MODEM"]),
        (b"\x00\x00\r\nRD\xffY\r\n", ["RDY"]),  # a UART that comes up
        (b'+COPS: 0,0,"\xd6sterreich"\r\n', ['+COPS: 0,0,"\u00d6sterreich"']),  # no byte is lost
        (b"> AT\r\n", ["> AT"]),  # no prompt was due
    ],
)
def test_lines(data: bytes, lines: list[str]) -> None:
    assert tokens_of(data) == lines
    assert tokens_of(*(data[at : at + 1] for at in range(len(data)))) == lines


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n> ",  # 3GPP TS 27.005 clause 3.5.1
        b"\r\n>",  # without the blank
        b"\r\n>\r\n",  # SIM7670G (gammu#1176)
        b">",
        b"\r> ",
    ],
)
def test_prompts(data: bytes) -> None:
    assert tokens_of(data, prompt_due=True) == [Mark.PROMPT]
    assert tokens_of(*(data[at : at + 1] for at in range(len(data))), prompt_due=True) == [Mark.PROMPT]


def test_a_prompt_is_seen_only_at_the_start_of_a_line() -> None:
    assert tokens_of(b'+CUSD: 0,"a > b"\r\n', prompt_due=True) == ['+CUSD: 0,"a > b"']


def test_a_prompt_is_reported_before_its_line_ends() -> None:
    splitter = Splitter()
    splitter.feed(b"\r\n>")
    assert splitter.next_token(prompt_due=True) is Mark.PROMPT
    splitter.feed(b" 0011000B\x1a\r\n")
    assert splitter.next_token(prompt_due=False) == " 0011000B\x1a"


def test_an_old_prompt_can_be_forgotten() -> None:
    splitter = Splitter()
    splitter.feed(b"\r\n> ")
    assert splitter.next_token(prompt_due=False) is None
    splitter.forget_prompt()
    assert splitter.next_token(prompt_due=True) is None


def test_only_a_prompt_is_forgotten() -> None:
    splitter = Splitter()
    splitter.feed(b"+CSQ: 1")
    splitter.forget_prompt()
    splitter.feed(b"8,99\r\n")
    assert splitter.next_token(prompt_due=True) == "+CSQ: 18,99"


@pytest.mark.parametrize("cut", [1, 100, MAX_LINE, 1_000_000])
def test_an_endless_line_is_told_once_and_the_next_line_is_read(cut: int) -> None:
    data = b"x" * (3 * MAX_LINE) + b"\r\nOK\r\n"
    chunks = [data[at : at + cut] for at in range(0, len(data), cut)]
    assert tokens_of(*chunks) == [Mark.LINE_TOO_LONG, "OK"]


def test_a_line_of_the_greatest_length_is_kept() -> None:
    assert tokens_of(b"x" * MAX_LINE + b"\r\n") == ["x" * MAX_LINE]
    assert tokens_of(b"x" * (MAX_LINE + 1) + b"\r\n") == [Mark.LINE_TOO_LONG]


def test_a_prompt_sign_inside_an_endless_line_is_no_prompt() -> None:
    splitter = Splitter()
    splitter.feed(b"x" * (MAX_LINE + 1))
    assert splitter.next_token(prompt_due=True) is Mark.LINE_TOO_LONG
    splitter.feed(b">")
    assert splitter.next_token(prompt_due=True) is None
    splitter.feed(b">\r\n>")
    assert splitter.next_token(prompt_due=True) is Mark.PROMPT


@pytest.mark.parametrize("rubbish", [b"\xaa", b"\x00", b"\xff", b"AT", b"> ", b"\r"])
def test_100_kb_of_rubbish_leave_little_behind(rubbish: bytes) -> None:
    splitter = Splitter()
    for _ in range(100):
        splitter.feed((rubbish * 1_000)[:1_000])
        while splitter.next_token(prompt_due=False) is not None:
            pass
        assert len(splitter._buffer) <= MAX_LINE


@given(data=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300)), prompt_due=st.booleans())
def test_tokens_do_not_depend_on_the_cuts(data: bytes, cuts: list[int], *, prompt_due: bool) -> None:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    chunks = [data[low:high] for low, high in itertools.pairwise(edges)]
    assert tokens_of(*chunks, prompt_due=prompt_due) == tokens_of(data, prompt_due=prompt_due)


@given(
    data=st.lists(st.sampled_from([b"\r", b"\n", b">", b" ", b"OK", b"\x00", b"x" * MAX_LINE])).map(b"".join)
)
def test_tokens_do_not_depend_on_the_cuts_of_likely_bytes(data: bytes) -> None:
    single = [data[at : at + 1] for at in range(len(data))]
    assert tokens_of(*single, prompt_due=True) == tokens_of(data, prompt_due=True)
