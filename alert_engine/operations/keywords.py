"""A keyword waits in the journal until somebody has it: a crash after "Done" loses none."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.supervision_alarms import SOURCE
from alert_engine.journal.tables.waiting_keywords import WaitingKeyword

from .replies import SMS, Way, reply

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.journal.transaction import Transaction
    from alert_engine.model import KeywordReceived
    from alert_engine.work import Work

# A gate that opens later than this opens for somebody else.
LIFE = timedelta(minutes=5)


def hand_over(work: Work, event: KeywordReceived, *, sender: str, words: str) -> None:
    """Announce it, and keep it until it is taken. `words` are what was written, without the proof."""
    work.tx.waiting_keywords.add(WaitingKeyword(event=event, sender=sender, words=words))
    work.announce(event)


def waiting(tx: Transaction, now: datetime) -> tuple[KeywordReceived, ...]:
    """Those that nobody has taken and that are still good, the oldest first."""
    return tuple(each.event for each in tx.waiting_keywords.between(now - LIFE, now + LIFE))


def announce_again(work: Work) -> None:
    """Tell after a restart what somebody may not have heard before it."""
    for event in waiting(work.tx, work.now):
        work.announce(event)


def next_end(tx: Transaction) -> datetime | None:
    """When the oldest one is too old."""
    oldest = tx.waiting_keywords.oldest()
    return None if oldest is None else oldest + LIFE


def give_up_overdue(work: Work, limit: int) -> int:
    """Drop what nobody took in time, and tell whoever wrote it; how many those were."""
    overdue = work.tx.waiting_keywords.outside(work.now - LIFE, work.now + LIFE, limit)
    for each in overdue:
        event = each.event
        work.tx.waiting_keywords.remove(event.id)
        work.tx.audit.add(work.now, SOURCE, "keyword_not_taken", f"{event.id} {event.keyword}")
        speaker = work.speaker(work.settings.person(event.person))
        text = speaker.letters(speaker.texts.not_done.format(command=each.words))
        came = work.tx.inbound.way_of(event.id)
        way = SMS if came is None else Way(channel=came[0], route=came[1])
        entry = reply(work, each.sender, event.person, text, way)
        work.tx.inbound.answer(event.id, entry.message.uid)
    return len(overdue)
