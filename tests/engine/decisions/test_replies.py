"""When the gateway answers, and when it is silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_engine.decisions.replies import (
    CHALLENGES_PER_HOUR,
    MAX_PASSIVE,
    PER_HOUR,
    Answer,
    AnswerKind,
    Correspondent,
    ReplyReason,
    may_answer,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA = Correspondent(number="+436641111111", can_be_answered=True, is_known=True)


def before(kind: AnswerKind, *minutes: float) -> list[Answer]:
    return [Answer(kind=kind, at=NOW - timedelta(minutes=each)) for each in minutes]


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        (ANNA, ReplyReason.ANSWERED),
        (replace(ANNA, can_be_answered=False), ReplyReason.NO_NUMBER),
        (replace(ANNA, number="Anna"), ReplyReason.NO_NUMBER),
        (replace(ANNA, number=""), ReplyReason.NO_NUMBER),
        (replace(ANNA, number="662211"), ReplyReason.NO_NUMBER),
        (replace(ANNA, number="+662211"), ReplyReason.NO_NUMBER),
        (replace(ANNA, number="+436649999999"), ReplyReason.GATEWAY),
        (replace(ANNA, is_known=False), ReplyReason.UNKNOWN),
    ],
)
@pytest.mark.parametrize("kind", list(AnswerKind))
def test_to_whom(to: Correspondent, reason: ReplyReason, kind: AnswerKind) -> None:
    assert may_answer(kind, to, [], NOW, {"+436649999999"}) is reason


@pytest.mark.parametrize(
    ("kind", "history", "reason"),
    [
        (AnswerKind.PASSIVE, before(AnswerKind.PASSIVE, 4, 3, 2, 1), ReplyReason.ANSWERED),
        (AnswerKind.PASSIVE, before(AnswerKind.PASSIVE, 5, 4, 3, 2, 1), ReplyReason.TOO_MANY_PASSIVE),
        (
            AnswerKind.PASSIVE,
            before(AnswerKind.PASSIVE, 1439, 1000, 500, 2, 1),
            ReplyReason.TOO_MANY_PASSIVE,
        ),
        (AnswerKind.PASSIVE, before(AnswerKind.PASSIVE, 1440, 1000, 500, 2, 1), ReplyReason.ANSWERED),
        (AnswerKind.CHALLENGE, before(AnswerKind.PASSIVE, *range(1, 30)), ReplyReason.ANSWERED),
        (AnswerKind.CHALLENGE, before(AnswerKind.CHALLENGE, 60, 4, 3, 2, 1), ReplyReason.ANSWERED),
        (AnswerKind.CHALLENGE, before(AnswerKind.CHALLENGE, 5, 4, 3, 2, 1), ReplyReason.TOO_MANY_CHALLENGES),
        (AnswerKind.PASSIVE, before(AnswerKind.CHALLENGE, *range(1, 30)), ReplyReason.ANSWERED),
        (AnswerKind.HELP, before(AnswerKind.ERROR, 5, 4, 3, 2, 1), ReplyReason.TOO_MANY_PASSIVE),
        (AnswerKind.PASSIVE, before(AnswerKind.CONSENT, 5, 4, 3, 2, 1), ReplyReason.ANSWERED),
        (AnswerKind.ACTION, before(AnswerKind.PASSIVE, 5, 4, 3, 2, 1), ReplyReason.ANSWERED),
        (AnswerKind.ACTION, before(AnswerKind.ACTION, *range(1, 10)), ReplyReason.ANSWERED),
        (AnswerKind.ACTION, before(AnswerKind.ACTION, *range(1, 11)), ReplyReason.TOO_MANY),
        (AnswerKind.CONSENT, before(AnswerKind.ACTION, *range(1, 11)), ReplyReason.TOO_MANY),
        (AnswerKind.ACTION, before(AnswerKind.ACTION, *range(60, 80)), ReplyReason.ANSWERED),
        (AnswerKind.ERROR, before(AnswerKind.ERROR, 9), ReplyReason.ERROR_BEFORE),
        (AnswerKind.ERROR, before(AnswerKind.ERROR, 10), ReplyReason.ANSWERED),
        (AnswerKind.ERROR, before(AnswerKind.HELP, 1), ReplyReason.ANSWERED),
        (AnswerKind.HELP, before(AnswerKind.HELP, 23 * 60), ReplyReason.HELP_BEFORE),
        (AnswerKind.HELP, before(AnswerKind.HELP, 24 * 60), ReplyReason.ANSWERED),
    ],
)
def test_how_often(kind: AnswerKind, history: list[Answer], reason: ReplyReason) -> None:
    assert may_answer(kind, ANNA, history, NOW) is reason


@pytest.mark.parametrize("minutes", [0.5, 3])
def test_a_valid_command_begins_anew(minutes: float) -> None:
    known = replace(ANNA, last_action=NOW - timedelta(minutes=minutes))
    history = before(AnswerKind.PASSIVE, 5, 4, 3, 2, 1)
    assert may_answer(AnswerKind.PASSIVE, known, history, NOW) is ReplyReason.ANSWERED


def test_the_same_words_are_answered_once_unless_they_did_something() -> None:
    again = replace(ANNA, repeats=True)
    assert may_answer(AnswerKind.PASSIVE, again, [], NOW) is ReplyReason.REPEATED
    assert may_answer(AnswerKind.CHALLENGE, again, [], NOW) is ReplyReason.REPEATED
    assert may_answer(AnswerKind.ACTION, again, [], NOW) is ReplyReason.ANSWERED


@given(st.lists(st.tuples(st.sampled_from(list(AnswerKind)), st.integers(1, 600)), max_size=200))
def test_no_machine_gets_many_answers(asked: list[tuple[AnswerKind, int]]) -> None:
    history: list[Answer] = []
    now = NOW
    for kind, seconds in asked:
        now += timedelta(seconds=seconds)
        if may_answer(kind, ANNA, history, now) is ReplyReason.ANSWERED:
            history.append(Answer(kind=kind, at=now))
            last_hour = [answer.kind for answer in history if answer.at > now - timedelta(hours=1)]
            challenges = last_hour.count(AnswerKind.CHALLENGE)
            assert challenges <= CHALLENGES_PER_HOUR
            assert len(last_hour) - challenges <= PER_HOUR
            last_day = [answer.kind for answer in history if answer.at > now - timedelta(days=1)]
            passive = {AnswerKind.PASSIVE, AnswerKind.ERROR, AnswerKind.HELP}
            assert sum(each in passive for each in last_day) <= MAX_PASSIVE
