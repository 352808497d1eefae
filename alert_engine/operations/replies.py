"""Answers to inbound messages go back by the way they came; by SMS, where that way does not do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.fallback import LOOK_EVERY, watched
from alert_engine.decisions.routing import pick
from alert_engine.model import Address, Channel, MessageKind, MessageState, Priority

from .messages import Draft, write
from .route_facts import of

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.work import Work

# A reply that comes later than this puzzles more than it helps.
REPLY_LIFE = timedelta(minutes=30)

# Whoever wrote looks at the screen: what its way has not taken by then goes by SMS.
_PATIENCE = timedelta(seconds=60)

_BY_SMS = "answered by SMS: the way of the question did not take it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a message came."""

    channel: Channel = Channel.SMS
    route: str = ""


SMS = Way()


def reply(
    work: Work,
    address: str,
    recipient: str | None,
    text: str,
    way: Way = SMS,
    *,
    life: timedelta = REPLY_LIFE,
    exempt: bool = False,
) -> OutboxEntry:
    """Answer an inbound message. An SMS may be answered by any route: all write from a number.

    Other channels know a conversation by both ends, so another route would begin a new one.
    """
    draft = Draft(
        kind=MessageKind.REPLY,
        address=Address(channel=way.channel, value=address),
        recipient=recipient,
        text=text,
        priority=Priority.REPLY,
        expires_at=work.now + life,
        exempt=exempt,
    )
    if way.channel is Channel.SMS:
        return write(work, draft)
    others = tuple(route.name for route in work.routes if route.name != way.route)
    is_stopped = work.tx.consent.is_stopped(draft.address) and not exempt
    is_known = len(others) < len(work.routes)  # at a start it may be about to come
    if is_stopped or (is_known and not _is_carried(work, draft.address, others)):
        return write(work, replace(draft, address=Address(channel=Channel.SMS, value=address)))
    entry = write(work, replace(draft, preferred_route=way.route))
    after = watched(replace(entry, excluded=others), work.now, _PATIENCE)
    work.save(entry, after)
    return after


def look(work: Work, entry: OutboxEntry) -> None:
    """Look whether an answer got through by the way of its question."""
    message = entry.message
    if message.state is MessageState.FAILED or (
        message.state is MessageState.QUEUED and not _may_wait(work, entry)
    ):
        _by_sms(work, entry)
    elif message.state.is_final or entry.expired(work.now):
        work.save(entry, _unwatched(entry))
    else:
        # It was taken: only a report that it did not arrive is of interest, and that is looked at at once.
        is_taken = message.state is MessageState.ACCEPTED
        work.save(entry, replace(entry, proof_look_at=message.expires_at if is_taken else _soon(work)))


def _may_wait(work: Work, entry: OutboxEntry) -> bool:
    address = Address(channel=entry.message.channel, value=entry.message.address)
    is_patient = entry.proof_due_at is None or work.now < entry.proof_due_at
    return is_patient and _is_carried(work, address, entry.excluded)


def _is_carried(work: Work, address: Address, others: tuple[str, ...]) -> bool:
    """The route of the question could take it now."""
    barred = {*others, *work.tx.consent.stopped_routes(address.value)}
    return pick(address.channel, (), of(work), excluded=barred).route is not None


def _by_sms(work: Work, entry: OutboxEntry) -> None:
    message = entry.message
    if entry.expired(work.now) or entry.withdrawn:
        work.save(entry, _unwatched(entry))
        return
    if all(Channel.SMS not in route.channels for route in work.routes):
        is_over = message.state.is_final
        work.save(entry, _unwatched(entry) if is_over else replace(entry, proof_look_at=_soon(work)))
        return
    ended = _unwatched(entry)
    if message.state is MessageState.QUEUED:
        ended = ended.changed(state=MessageState.CANCELLED, reason=_BY_SMS)
    work.save(entry, ended)
    draft = Draft(
        kind=MessageKind.REPLY,
        address=Address(channel=Channel.SMS, value=message.address),
        recipient=message.recipient,
        text=message.text,
        priority=message.priority,
        expires_at=message.expires_at,
    )
    written = write(work, draft)
    work.tx.inbound.answer_instead(written.message.uid, message.uid)


def _unwatched(entry: OutboxEntry) -> OutboxEntry:
    return replace(entry, proof_look_at=None, proof_due_at=None)


def _soon(work: Work) -> datetime:
    return work.now + LOOK_EVERY
