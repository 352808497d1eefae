"""Which delivery report settles which doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsm_driver.pdu.segmentation import plan_sms
from gsm_driver.submissions import (
    DOUBT_LASTS,
    KNOWN_REFERENCES,
    MAX_DOUBTS,
    Submission,
    Submissions,
    is_same_number,
)

if TYPE_CHECKING:
    from gsm_driver.models import LateAcceptance

ANNA, BERT = "+436601234567", "+436607654321"


class Story:
    """A caller who sends one text after the other; each step takes a second."""

    def __init__(self) -> None:
        self.submissions = Submissions()
        self.now = 0.0

    def begin(self, text: str = "x", number: str = ANNA, *, report: bool = True) -> Submission:
        (tpdu,) = plan_sms(number, text, report_requested=report).segments
        submission = Submission(tpdu=tpdu, segment=0)
        self.now += 1
        self.submissions.begin(submission, self.now)
        return submission

    def doubt(self, text: str = "x", number: str = ANNA, *, report: bool = True) -> Submission:
        """Sent, and no answer."""
        submission = self.begin(text, number, report=report)
        assert self.submissions.doubt(submission, is_answered=False) == ()
        return submission

    def accept(self, reference: int, text: str = "x", number: str = ANNA) -> None:
        assert self.submissions.accept(self.begin(text, number), reference) == ()

    def report(self, reference: int, number: str = ANNA, *, after: float = 1.0) -> list[tuple[str, int]]:
        """A report comes: whom it settles."""
        self.now += after
        return told(self.submissions.note_report(number, reference, self.now))


def told(settled: tuple[LateAcceptance, ...]) -> list[tuple[str, int]]:
    return [(late.recipient, late.message_reference) for late in settled]


@pytest.fixture
def story() -> Story:
    return Story()


# --- In doubt ---


def test_a_report_settles_the_doubt_once(story: Story) -> None:
    story.doubt()
    assert story.report(7) == [(ANNA, 7)]
    assert story.report(7) == []
    assert story.report(8) == []


def test_a_report_to_another_number_does_not(story: Story) -> None:
    story.doubt()
    assert story.report(7, BERT) == []


def test_the_report_of_an_accepted_one_does_not(story: Story) -> None:
    """Not when it comes twice, either (A7670E tells some things twice)."""
    story.accept(6)
    story.doubt("y")
    assert [story.report(6), story.report(6), story.report(7)] == [[], [], [(ANNA, 7)]]


def test_the_same_reference_to_another_number_is_another_report(story: Story) -> None:
    """TP-MRs come again after 256 messages, or after a restart."""
    story.accept(7, number=BERT)
    story.doubt()
    assert story.report(7) == [(ANNA, 7)]


def test_without_a_report_asked_for_none_fits(story: Story) -> None:
    story.doubt(report=False)
    assert not story.submissions.is_open
    assert story.report(7) == []


def test_a_doubt_does_not_last_for_ever(story: Story) -> None:
    story.doubt()
    assert story.report(7, after=DOUBT_LASTS) == []


def test_a_refusal_that_is_certain_leaves_no_doubt(story: Story) -> None:
    assert story.submissions.refuse(story.begin()) == ()
    assert story.report(7) == []


def test_a_refusal_that_is_not_certain_leaves_one(story: Story) -> None:
    """+CMS ERROR: 500 of a message that was sent; no +CMGS will follow it."""
    assert story.submissions.doubt(story.begin(), is_answered=True) == ()
    assert story.submissions.note_late(7) == ()
    assert story.report(7) == [(ANNA, 7)]


def test_what_never_left_leaves_none(story: Story) -> None:
    (tpdu,) = plan_sms(ANNA, "x", report_requested=True).segments
    assert story.submissions.doubt(Submission(tpdu=tpdu, segment=0), is_answered=False) == ()
    assert story.submissions.note_late(7) == ()
    assert story.report(7) == []


# --- Whose report is it? ---


def test_one_report_for_two_settles_none(story: Story) -> None:
    """To believe the wrong one would lose a message."""
    story.doubt("x")
    story.doubt("y")
    assert story.report(7) == []


def test_two_reports_for_two_settle_both(story: Story) -> None:
    story.doubt("x")
    story.doubt("y")
    assert [story.report(7), story.report(8)] == [[], [(ANNA, 7), (ANNA, 8)]]


def test_those_to_another_number_are_no_rivals(story: Story) -> None:
    story.doubt("x", BERT)
    story.doubt("y")
    assert story.report(7) == [(ANNA, 7)]
    assert story.report(8, BERT) == [(BERT, 8)]


def test_the_same_text_again_takes_the_place_of_its_doubt(story: Story) -> None:
    """The caller waited, and sends it once more: the first is nobody's question any more."""
    story.doubt()
    story.doubt()
    assert story.report(7) == [(ANNA, 7)]


def test_a_report_of_the_first_copy_does_not_settle_another_text(story: Story) -> None:
    """Nor does it settle the same text twice."""
    story.doubt("x")
    story.doubt("y")
    story.accept(9, "x")
    assert story.report(7) == []


def test_both_copies_of_a_text_settle_it_once(story: Story) -> None:
    story.doubt()
    story.doubt()
    assert [story.report(7), story.report(8)] == [[(ANNA, 7)], []]


@pytest.mark.parametrize(
    ("before", "between", "first", "second"),
    [(5, 7, 6, 8), (254, 0, 255, 1), (255, 1, 0, 2)],
)
def test_the_order_of_the_references_tells_two_doubts_apart(
    story: Story, before: int, between: int, first: int, second: int
) -> None:
    """3GPP TS 23.040 clause 9.2.3.6: counted up by one, 0 follows 255."""
    story.accept(before, "a")
    story.doubt("x")
    story.accept(between, "b")
    story.doubt("y")
    assert story.report(second) == [(ANNA, second)]
    assert story.report(first) == [(ANNA, first)]


def test_a_modem_that_counts_in_no_order_is_believed_where_only_one_fits(story: Story) -> None:
    story.accept(5, "a")
    story.doubt("x")
    story.accept(5, "b")
    assert story.report(200) == [(ANNA, 200)]


def test_a_pending_one_is_waited_for(story: Story) -> None:
    """The report may be its own, which came before its +CMGS, or that of the one in doubt."""
    story.doubt("x")
    pending = story.begin("y")
    assert story.report(7) == []
    assert story.submissions.is_reported
    assert told(story.submissions.accept(pending, 8)) == [(ANNA, 7)]


def test_a_report_before_its_own_reference_is_its_own(story: Story) -> None:
    story.doubt("x")
    pending = story.begin("y")
    assert story.report(8) == []
    assert story.submissions.accept(pending, 8) == ()
    assert not story.submissions.awaits_reports
    assert story.report(7) == [(ANNA, 7)]


def test_a_pending_one_that_is_refused_leaves_the_report_to_the_other(story: Story) -> None:
    story.doubt("x")
    pending = story.begin("y")
    assert story.report(7) == []
    assert told(story.submissions.refuse(pending)) == [(ANNA, 7)]


def test_a_report_that_came_first_settles_the_doubt_at_once(story: Story) -> None:
    pending = story.begin()
    assert story.report(7) == []
    assert told(story.submissions.doubt(pending, is_answered=False)) == [(ANNA, 7)]


def test_nothing_hurries_while_reports_are_known(story: Story) -> None:
    story.accept(6)
    story.begin("y")
    assert story.submissions.awaits_reports
    assert story.report(6) == []
    assert not story.submissions.is_reported
    assert not story.submissions.awaits_reports


# --- A late +CMGS ---


def test_a_late_reference_settles_the_doubt_and_its_report_says_nothing_new(story: Story) -> None:
    story.doubt()
    assert told(story.submissions.note_late(7)) == [(ANNA, 7)]
    assert story.submissions.note_late(7) == ()
    assert story.report(7) == []


def test_a_late_reference_says_nothing_new_after_the_report(story: Story) -> None:
    story.doubt()
    assert story.report(7) == [(ANNA, 7)]
    assert story.submissions.note_late(7) == ()


def test_a_late_reference_of_one_that_wanted_no_report_counts(story: Story) -> None:
    story.doubt(report=False)
    assert told(story.submissions.note_late(7)) == [(ANNA, 7)]


def test_after_the_next_acceptance_a_late_reference_is_not_believed(story: Story) -> None:
    story.doubt("x")
    story.accept(8, "y")
    assert story.submissions.note_late(7) == ()


# --- Bounds ---


def test_doubts_are_bounded(story: Story) -> None:
    for number in range(MAX_DOUBTS + 1):
        story.doubt(f"text {number}", f"+4366000{number:05}")
    assert story.report(1, "+436600000000") == []
    assert story.report(2, "+436600000001") == [("+436600000001", 2)]


def test_a_reference_that_is_used_again_is_no_old_one(story: Story) -> None:
    """A modem counts to 255 and begins again: the oldest references are forgotten in time."""
    for reference in range(KNOWN_REFERENCES + 1):
        story.accept(reference, f"text {reference}")
    story.doubt()
    assert story.report(0) == [(ANNA, 0)]


# --- Numbers ---


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+436601234567", "+436601234567", True),
        ("06601234567", "+436601234567", True),
        ("00436601234567", "+436601234567", True),
        ("+436601234567", "+436601234568", False),
        ("1234567", "+436601234567", True),
        ("4567", "+436601234567", False),
        ("4567", "4567", True),
        ("", "+436601234567", False),
    ],
)
def test_a_number_has_several_spellings(one: str, other: str, *, same: bool) -> None:
    assert is_same_number(one, other) is same
    assert is_same_number(other, one) is same


# --- Whatever happens ---

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["accept", "doubt", "refuse", "again", "report"]), st.integers(0, 5), st.booleans()
    ),
    max_size=40,
)


@given(STEPS)
def test_nothing_is_settled_that_was_not_taken(steps: list[tuple[str, int, bool]]) -> None:
    """What is in doubt was taken or not; reports of what was taken come or not, at any time, in any order."""
    story = Story()
    taken: dict[int, str] = {}  # TP-MR to text
    doubted: list[str] = []
    settled: list[str] = []
    for reference, (step, which, is_taken) in enumerate(steps):
        if step == "report":
            for due in sorted(taken)[which : which + 1]:
                story.now += 1
                late = story.submissions.note_report(ANNA, due, story.now)
                settled += [f"text {acceptance.segment}" for acceptance in late]
            continue
        text = doubted[which % len(doubted)] if step == "again" and doubted else f"text {reference}"
        submission = story.begin(text)
        submission.segment = int(text.removeprefix("text "))
        if step == "refuse":
            late = story.submissions.refuse(submission)
        elif step == "accept":
            taken[reference] = text
            late = story.submissions.accept(submission, reference)
        else:
            taken |= {reference: text} if is_taken else {}
            doubted.append(text)
            late = story.submissions.doubt(submission, is_answered=which % 2 == 0)
        settled += [f"text {acceptance.segment}" for acceptance in late]
    assert set(settled) <= set(taken.values())
