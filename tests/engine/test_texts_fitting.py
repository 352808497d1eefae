"""Texts fit their channel, in the letters that are really sent, and nothing is cut where it would show."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alert_engine.model import AcknowledgeBy, AlarmState, Channel, Policy, Severity
from alert_engine.texts import ENGLISH, LANGUAGES, MAX_SEGMENTS, Speaker, segments_of
from alert_engine.texts.fitting import TOO_MANY_SEGMENTS, Medium, cut, one_line, units
from alert_engine.texts.signs import without_pictures
from gsm_driver import Alphabet, AlphabetChoice, count_segments
from tests.engine.support import EPOCH
from tests.engine.test_texts_languages import VIENNA, alarm, said

FLAG, FAMILY, THUMB = "🇦🇹", "👩‍👩‍👧", "👍🏽"


def speaker(**changes: Any) -> Speaker:
    given_fields: dict[str, Any] = {"texts": ENGLISH, "now": EPOCH, "time_zone": VIENNA}
    return Speaker(**(given_fields | changes))


@pytest.mark.parametrize(
    ("text", "plain", "segments"),
    [
        ("", False, 1),
        ("x" * 160, False, 1),
        ("x" * 161, False, 2),
        ("ж" * 70, False, 1),
        ("ж" * 71, False, 2),
        ("ж" * 71, True, 1),
        ("€" * 80, False, 1),
        ("€" * 81, False, 2),
        ("€" * 54, True, 2),
        ("x" * 153 * 255, False, 255),
        ("x" * 100_000, False, TOO_MANY_SEGMENTS),
        ("\ud800", False, 1),
    ],
)
def test_segments(text: str, *, plain: bool, segments: int) -> None:
    assert segments_of(text, plain=plain) == segments


@pytest.mark.parametrize(
    ("line", "room", "short"),
    [
        ("", 0, ""),
        ("abc", 3, "abc"),
        ("abcd", 3, ""),
        ("abcde", 4, "a..."),
        ("ab cdef", 6, "ab..."),
        ("e\u0301" * 9, 10, "e\u0301e\u0301e\u0301..."),
        ("e\u0301" * 9, 4, ""),
        ("😀😀😀", 6, "😀😀😀"),
        ("😀😀😀😀", 6, "😀..."),
        (FLAG * 3, 11, f"{FLAG * 2}..."),
        (FLAG * 3, 10, f"{FLAG}..."),
        (f"a{FAMILY}bcdefg", 11, "a..."),
        (f"a{FAMILY}bcdefg", 12, f"a{FAMILY}..."),
        (f"{THUMB}{THUMB}", 7, f"{THUMB}..."),
        ("\u0301" * 50, 20, ""),
    ],
)
def test_cut(line: str, room: int, short: str) -> None:
    assert cut(line, room) == short


LETTERS = st.text(max_size=80) | st.text(
    st.sampled_from(f"ab €жé\u0301\u200d\n\x00{FLAG}{FAMILY}{THUMB}你😀{{}}"), max_size=500
)


@given(line=LETTERS, room=st.integers(0, 120))
def test_a_cut_is_a_beginning_that_fits_and_parts_nothing(line: str, room: int) -> None:
    short = cut(line, room)
    assert units(short) <= room
    assert units(short) == len(short.encode("utf-16-le", "surrogatepass")) // 2
    if short == line:
        return
    head = short.removesuffix("...")
    assert line.startswith(head)
    rest = line[len(head) :].lstrip() if head else ""
    assert not rest or head.endswith(" ") or not unicodedata.category(line[len(head)]).startswith("M")


@given(line=LETTERS, room=st.integers(0, 120))
def test_more_room_gives_no_shorter_text(line: str, room: int) -> None:
    assert units(cut(line, room)) <= units(cut(line, room + 1))


def test_nothing_turns_the_code_round_or_hides_it() -> None:
    text = speaker().raised(alarm(text="a\u202eb\x1bc\x85d\ud83d"), may_acknowledge=True)
    assert text == "CRITICAL Pumpe: a b c d? Reply OK 4711"


@given(LETTERS)
def test_one_line_shows_what_it_has(text: str) -> None:
    line = one_line(text)
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in line)
    assert line == one_line(line)


@settings(deadline=None)  # forty texts each
@given(
    title=LETTERS,
    text=LETTERS | st.integers(0, 3000).map("wж ".__mul__),
    key=st.text(min_size=1, max_size=100),
    severity=st.sampled_from(Severity),
    count=st.integers(1, 10**9),
    by_all=st.booleans(),
    is_test=st.booleans(),
    language=st.sampled_from(sorted(LANGUAGES)),
    letters=st.sampled_from([{}, {"plain": True}, {"transliterate": True}]),
    channel=st.sampled_from(Channel),
)
@example(
    title="ж" * 99,
    text="",
    key="k",
    severity=Severity.CRITICAL,
    count=10**9,
    by_all=True,
    is_test=True,
    language="de",
    letters={},
    channel=Channel.SMS,
)
def test_a_text_fits_and_holds_the_code_whatever_the_source_says(
    *,
    title: str,
    text: str,
    key: str,
    severity: Severity,
    count: int,
    by_all: bool,
    is_test: bool,
    language: str,
    letters: dict[str, bool],
    channel: Channel,
) -> None:
    to = speaker(texts=LANGUAGES[language], channel=channel, **letters)
    policy = Policy(name="p", steps=(), acknowledge_by=AcknowledgeBy.ALL if by_all else AcknowledgeBy.ANY)
    told = alarm(
        title=title, text=text, key=key, severity=severity, count=count, policy=policy, is_test=is_test
    )
    for said_of_it in (*said(to, told).values(), to.cleared(told, text), to.taken(told, title)):
        assert "4711" in said_of_it
        if channel in {Channel.SMS, Channel.CALL}:
            assert segments_of(said_of_it, plain=to.plain and channel is Channel.SMS) <= MAX_SEGMENTS
        else:
            assert units(said_of_it) <= 3000


@pytest.mark.parametrize("plain", [True, False])
def test_the_way_to_answer_outlives_the_cut(*, plain: bool) -> None:
    for filling in ("w", "ж", "😀 x", "€", "e\u0301"):
        text = speaker(plain=plain).raised(alarm(text=filling * 2000, is_test=True), may_acknowledge=True)
        assert text.startswith("TEST CRITICAL Pumpe: ")
        assert text.endswith("... Reply OK 4711")
        assert segments_of(text, plain=plain) == MAX_SEGMENTS


def test_a_text_is_cut_as_its_own_letters_want_it() -> None:
    gsm, ucs2 = (speaker().raised(alarm(text=c * 2000), may_acknowledge=True) for c in ("w", "ж"))
    assert len(gsm) == 3 * 153
    assert len(ucs2) == 3 * 67


def test_elsewhere_a_text_is_whole() -> None:
    told = alarm(title="T" * 100, text="ж" * 1000)
    text = speaker(channel=Channel.EMAIL).raised(told, may_acknowledge=False)
    assert text == f"CRITICAL {'T' * 100}: {'ж' * 1000}. Code 4711"


def test_elsewhere_a_text_ends_too() -> None:
    text = speaker(channel=Channel.PUSH).raised(alarm(text="w" * 9000), may_acknowledge=True)
    assert len(text) == 3000
    assert text.endswith("... Reply OK 4711")


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        (" Łódź" * 16, "Lodz" + " Lodz" * 15),  # two segments become one
        ("Łódź", "Łódź"),  # nothing to save
        ("ä" * 200, "ä" * 200),  # GSM 7 bit has it
        ("ж" * 100, "ж" * 100),  # no look-alike: the text is worth its segments
        ("ж? " * 40, "ж? " * 40),
        (f"{'w' * 80} 🔥🔥", f"{'w' * 80} (fire)"),
        (f"{'w' * 80} „…“", f'{"w" * 80} "..."'),
    ],
)
def test_look_alikes_where_they_save_a_segment(text: str, simple: str) -> None:
    medium = Medium(transliterate=True)
    assert medium.letters(text) == simple
    assert medium.letters(simple) == simple
    assert Medium().letters(text) == text
    assert Medium(channel=Channel.PUSH, transliterate=True, plain=True).letters(text) == text


@given(LETTERS)
def test_look_alikes_never_cost_more(text: str) -> None:
    medium = Medium(transliterate=True)
    simple = medium.letters(text)
    assert segments_of(simple, plain=False) <= segments_of(text, plain=False)
    if simple != text:
        assert count_segments(simple).alphabet is Alphabet.GSM7


@given(LETTERS)
def test_a_panel_gets_only_what_it_shows(text: str) -> None:
    medium = Medium(plain=True)
    simple = medium.letters(text)
    assert count_segments(simple, alphabet=AlphabetChoice.GSM7_BASIC).alphabet is Alphabet.GSM7


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Keller", "Keller"),
        ("all well", "all well"),
        ("Žluťoučký 你 €", "Žluťoučký 你 €"),
        ("🔥 Keller", "(fire) Keller"),
        ("🔥🔥🔥Keller", "(fire) Keller"),
        ("🔴 Pumpe", "(red) Pumpe"),
        ("🟢 Pumpe", "(green) Pumpe"),
        ("✅ fertig", "OK fertig"),
        ("⚠️ Tür", "(!) Tür"),
        ("Strom ⚡", "Strom (power)"),
        (f"{THUMB} gut", "(thumbs up) gut"),
        ("1️⃣", "1"),
        (f"{FLAG} Wien", "Wien"),
        ("21 °C ©", "21 °C ©"),
        ("🎉", "(party popper)"),
        ("\U0001fffd", "\U0001fffd"),
        ("", ""),
    ],
)
def test_pictures_in_words(text: str, words: str) -> None:
    assert without_pictures(text) == words


def test_several_answers_are_whole_or_left_out() -> None:
    answers = [f"471{number} {'w' * 95}" for number in range(6)]
    to = speaker()
    assert to.together(answers[:4]) == ". ".join(answers[:4])
    assert to.together(answers) == f"{'. '.join(answers[:4])}. ..."
    assert to.together(["ж" * 200, "w"]) == "ж" * 200
    assert to.together(["w"]) == "w"


def test_words_of_others_are_cut_and_keep_their_lines() -> None:
    assert speaker().own("one\ntwo") == "one\ntwo"
    assert speaker().own("ж" * 500) == f"{'ж' * 198}..."


def test_a_name_of_any_length_is_cut() -> None:
    text = speaker().taken(alarm(acked_at=EPOCH), "Anna " * 20)
    assert text == "4711 taken by Anna Anna Anna Anna Anna An... 15:07: Pumpe"


def test_what_is_over_says_since_when() -> None:
    closed = alarm(state=AlarmState.CLOSED, closed_at=EPOCH - timedelta(days=365))
    assert speaker().state(closed, "") == "4711 is over since 01 Mar 15:07: Pumpe"
