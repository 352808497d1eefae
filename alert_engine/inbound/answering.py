"""Answers to inbound messages: one place, so that no way leads around the limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.decisions.replies import (
    DAY,
    Answer,
    AnswerKind,
    Correspondent,
    ReplyReason,
    may_answer,
)
from alert_engine.model import MessageState
from alert_engine.operations.replies import REPLY_LIFE, Way, reply

if TYPE_CHECKING:
    from datetime import timedelta

    from alert_engine.work import Work

    from .letter import Letter


def answer(
    work: Work,
    letter: Letter,
    kind: AnswerKind,
    text: str,
    *,
    repeats: bool = False,
    life: timedelta = REPLY_LIFE,
) -> bool:
    """Write it, if the limits allow; False if they do not, or if the number wants no messages.

    What STOP and START bring about is written also to whoever wants no messages.
    """
    to = Correspondent(
        number=letter.sender,
        can_be_answered=letter.message.sender_can_be_answered,
        is_known=letter.person is not None or work.tx.commands.has_correspondence(letter.sender),
        repeats=repeats,
        last_action=work.tx.inbound.last_effective(letter.sender),
    )
    history = work.tx.commands.answers(letter.sender, work.now - DAY)
    gateways = work.settings.own_numbers.union(work.settings.commands.other_gateways)
    reason = may_answer(kind, to, history, work.now, gateways)
    if reason is not ReplyReason.ANSWERED:
        return False
    work.tx.commands.answered(letter.sender, Answer(kind=kind, at=work.now))
    recipient = letter.person.id if letter.person is not None else None
    written = work.speaker(letter.person).letters(text)
    way = Way(channel=letter.channel, route=letter.route)
    entry = reply(work, letter.sender, recipient, written, way, life=life, exempt=kind is AnswerKind.CONSENT)
    work.tx.inbound.answer(letter.id, entry.message.uid)
    return entry.message.state is not MessageState.CANCELLED
