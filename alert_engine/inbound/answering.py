"""Answers to inbound messages: one place, so that no way leads around the limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alert_engine.decisions.replies import (
    BETWEEN_HELPS,
    Answer,
    AnswerKind,
    Correspondent,
    ReplyReason,
    may_answer,
)
from alert_engine.operations.messages import REPLY_LIFE, reply

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
    """Write it, if the limits allow; False if they do not.

    What STOP and START bring about is written also to whoever wants no messages.
    """
    last_action = work.tx.inbound.last_effective(letter.sender)
    to = Correspondent(
        number=letter.sender,
        can_be_answered=letter.message.sender_can_be_answered,
        is_known=letter.person is not None or work.tx.commands.has_correspondence(letter.sender),
        repeats=repeats,
        last_action=last_action,
    )
    since = None if last_action is None else min(last_action, work.now - BETWEEN_HELPS)
    history = work.tx.commands.answers(letter.sender, since)
    gateways = work.settings.own_numbers.union(work.settings.commands.other_gateways)
    reason = may_answer(kind, to, history, work.now, gateways)
    if reason is not ReplyReason.ANSWERED:
        return False
    work.tx.commands.answered(letter.sender, Answer(kind=kind, at=work.now))
    recipient = letter.person.id if letter.person is not None else None
    reply(work, letter.sender, recipient, text, life=life, exempt=kind is AnswerKind.CONSENT)
    return True
