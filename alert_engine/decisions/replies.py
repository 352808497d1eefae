"""Whether to answer at all: two machines that answer each other empty a prepaid SIM in a night.

Our texts carry no mark by which another gateway could know them: it would be the first thing that people
read, and a mark that nobody sees (a blank, a rare letter) is lost at the first provider. The limits do
without.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PER_HOUR = 10  # answers of all kinds to one number, but challenges

# Answers within a day to one number that never gives a valid command: a machine does not.
MAX_PASSIVE = 5

# Challenges have a budget of their own: somebody who forges a number and uses up its other answers must not
# keep its owner from commanding.
CHALLENGES_PER_HOUR = 5
BETWEEN_ERRORS = timedelta(minutes=10)
BETWEEN_HELPS = DAY  # for texts that are nothing we know
REPEATED = timedelta(seconds=60)  # the same words again, by then, are one message
_SHORTEST_NUMBER = 7  # digits; shorter ones are services, which read no answer


class AnswerKind(StrEnum):
    """What an answer is about."""

    ACTION = "action"  # a valid command: only a person gives one
    PASSIVE = "passive"  # a command that changed nothing, a call for help
    CHALLENGE = "challenge"  # a code that its owner has to send back
    ERROR = "error"  # what was wrong with it
    HELP = "help"  # what could be written, to somebody who wrote something else
    CONSENT = "consent"  # that STOP or START was understood, once each time it changes something


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer that was written to a number."""

    kind: AnswerKind
    at: datetime


class ReplyReason(StrEnum):
    """Why, or why not."""

    ANSWERED = "answered"
    NO_NUMBER = "no_number"  # letters, a short code, or withheld
    GATEWAY = "gateway"  # our own number, or another gateway's
    UNKNOWN = "unknown"  # nobody we know, and nobody we ever wrote to
    REPEATED = "repeated"
    TOO_MANY_PASSIVE = "too_many_passive"
    TOO_MANY = "too_many"  # in this hour
    TOO_MANY_CHALLENGES = "too_many_challenges"  # in this hour
    ERROR_BEFORE = "error_before"
    HELP_BEFORE = "help_before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondent:
    """Whom an answer would go to."""

    number: str
    can_be_answered: bool  # so the route says
    is_known: bool  # a person, or a number that we wrote to
    repeats: bool = False  # said the same within a minute
    last_action: datetime | None = None  # the newest valid command


def may_answer(
    kind: AnswerKind,
    to: Correspondent,
    history: Sequence[Answer],
    now: datetime,
    gateways: Collection[str] = (),
) -> ReplyReason:
    """Decide. `history` are the answers to this number of the last day, or more."""
    if (against := unanswerable(to.number, gateways, can_be_answered=to.can_be_answered)) is not None:
        return against
    if not to.is_known:
        return ReplyReason.UNKNOWN
    if kind is AnswerKind.CHALLENGE:
        return _challenged(to, history, now)
    others = [answer for answer in history if answer.kind is not AnswerKind.CHALLENGE]
    if sum(answer.at > now - HOUR for answer in others) >= PER_HOUR:
        return ReplyReason.TOO_MANY
    if kind in {AnswerKind.ACTION, AnswerKind.CONSENT}:
        return ReplyReason.ANSWERED
    if to.repeats:
        return ReplyReason.REPEATED
    if _passive_since(others, to.last_action, now) >= MAX_PASSIVE:
        return ReplyReason.TOO_MANY_PASSIVE
    return _limited(kind, others, now)


def _challenged(to: Correspondent, history: Sequence[Answer], now: datetime) -> ReplyReason:
    if to.repeats:
        return ReplyReason.REPEATED
    recent = sum(answer.kind is AnswerKind.CHALLENGE and answer.at > now - HOUR for answer in history)
    return ReplyReason.TOO_MANY_CHALLENGES if recent >= CHALLENGES_PER_HOUR else ReplyReason.ANSWERED


def _passive_since(history: Sequence[Answer], last_action: datetime | None, now: datetime) -> int:
    since = now - DAY if last_action is None else max(last_action, now - DAY)
    passive = {AnswerKind.PASSIVE, AnswerKind.ERROR, AnswerKind.HELP}
    return sum(each.kind in passive and each.at > since for each in history)


def _limited(kind: AnswerKind, history: Sequence[Answer], now: datetime) -> ReplyReason:
    if kind is AnswerKind.ERROR and _newer(history, kind, now - BETWEEN_ERRORS):
        return ReplyReason.ERROR_BEFORE
    if kind is AnswerKind.HELP and _newer(history, kind, now - BETWEEN_HELPS):
        return ReplyReason.HELP_BEFORE
    return ReplyReason.ANSWERED


def _newer(history: Sequence[Answer], kind: AnswerKind, than: datetime) -> bool:
    return any(answer.kind is kind and answer.at > than for answer in history)


def unanswerable(
    number: str, gateways: Collection[str], *, can_be_answered: bool = True
) -> ReplyReason | None:
    """Why nobody there would read an answer, not even a person's; None: somebody may."""
    digits = number.removeprefix("+")
    if not can_be_answered or not digits.isdecimal() or len(digits) < _SHORTEST_NUMBER:
        return ReplyReason.NO_NUMBER
    return ReplyReason.GATEWAY if number in gateways else None
