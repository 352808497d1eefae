"""What the outcome of an attempt makes of a message.

=========  ==============================================================================================
temporary  waits, longer each time, behind the others; after some refusals another route, if one is usable
recipient  failed: no other route will do better; another route, if only this one refuses the address
message    once more in plain characters, then another route, if one is usable; then failed
account    the route rests for all messages; this one stays in the queue
device     the same; while it says so, longer each time
memory     once more at once; then as temporary
=========  ==============================================================================================

A temporary refusal never fails a message by itself: it is tried until it expires. But a call rings only a few
times: its text waits in no phone, and the next step of the policy rings again. What was refused, yet not for
certain, waits a little longer: a delivery report may show that it was sent all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from alert_engine.model import Channel, MessageState
from alert_engine.routes.base import ErrorClass, Rejected

from .fallback import looked_at_soon

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from alert_engine.outbox.entry import OutboxEntry
    from alert_engine.settings import DeliveryRules

# How often a route may say that it cleaned up its storage before that counts as a temporary refusal.
_MEMORY_RETRIES = 2


class OutcomeReason(StrEnum):
    """Why a message is where it is."""

    ACCEPTED = "accepted"
    WAITS = "waits"  # temporary: later
    AT_ONCE = "at_once"  # storage was cleaned
    NEXT_ROUTE = "next_route"
    ROUTE_RESTS = "route_rests"
    SIMPLIFIED = "simplified"
    REFUSED = "refused"  # for good
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    IN_DOUBT = "in_doubt"
    RESEND = "resend"
    STILL_IN_DOUBT = "still_in_doubt"  # no route could resend it now
    NEVER_CONFIRMED = "never_confirmed"
    NOT_SENT = "not_sent"  # a crash or a fault came before anything left


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """The entry after a decision."""

    entry: OutboxEntry
    reason: OutcomeReason
    rest: timedelta | None = None  # so long the route is given nothing, unless its health changes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    """The no of a route, and how things stand."""

    route: str
    refused: Rejected
    now: datetime
    rules: DeliveryRules
    alternative: bool  # another route could take it now


def after_refusal(
    entry: OutboxEntry,
    route: str,
    refused: Rejected,
    now: datetime,
    rules: DeliveryRules,
    *,
    alternative: bool,
) -> Next:
    """A route did not take the message, so it says. `alternative`: another route could take it now."""
    no = _Refusal(route=route, refused=refused, now=now, rules=rules, alternative=alternative)
    after = _decided(entry, no)
    message = after.entry.message
    if refused.certain or message.state is not MessageState.QUEUED:
        return after
    due_at = max(message.due_at, now + rules.uncertain_wait)
    return replace(after, entry=after.entry.changed(in_doubt=True, due_at=due_at))


def _decided(entry: OutboxEntry, no: _Refusal) -> Next:
    refused, now, rules = no.refused, no.now, no.rules
    noted = entry.changed(reason=refused.reason, route=no.route)
    if (ended := end(noted, now, rules)) is not None:
        return ended
    match refused.error_class:
        case ErrorClass.RECIPIENT:
            others_may = refused.this_route_only or refused.opted_out
            return _refused(noted, no.route, now, alternative=no.alternative and others_may)
        case ErrorClass.MESSAGE if noted.plain or noted.simplified or noted.is_special:
            return _refused(noted, no.route, now, alternative=no.alternative)
        case ErrorClass.MESSAGE:
            return _simplified(noted, now)
        case ErrorClass.ACCOUNT:
            return _while_it_rests(noted, no, now, _longer(refused, rules.account_rest))
        case ErrorClass.DEVICE:
            return _out_of_order(noted, no)
        case ErrorClass.MEMORY if entry.refusals < _MEMORY_RETRIES:
            return _requeued(replace(noted, refusals=entry.refusals + 1), now, OutcomeReason.AT_ONCE)
        case ErrorClass.MEMORY | ErrorClass.TEMPORARY:
            return _temporarily_refused(noted, no)
        case _:
            assert_never(refused.error_class)


def not_carried(entry: OutboxEntry, route: str, refused: Rejected, now: datetime) -> OutboxEntry:
    """The route can never carry what the message is besides its text.

    It waits for one that can, until it expires: that may just be away, or be made anew by a reload.
    """
    excluded = tuple(sorted({*entry.excluded, route}))
    return replace(entry, excluded=excluded).changed(reason=refused.reason, due_at=now)


def end(entry: OutboxEntry, now: datetime, rules: DeliveryRules) -> Next | None:
    """The end of a message that must not be sent again; None if it may."""
    if entry.withdrawn:
        return Next(entry=entry.changed(state=MessageState.CANCELLED), reason=OutcomeReason.WITHDRAWN)
    if entry.expired(now):
        return Next(entry=entry.changed(state=MessageState.EXPIRED), reason=OutcomeReason.EXPIRED)
    if entry.message.attempts >= rules.max_attempts:
        return Next(entry=entry.changed(state=MessageState.FAILED), reason=OutcomeReason.TOO_MANY_ATTEMPTS)
    return None


def _refused(entry: OutboxEntry, route: str, now: datetime, *, alternative: bool) -> Next:
    """For good, by this route at least."""
    if not alternative:
        return Next(entry=entry.changed(state=MessageState.FAILED), reason=OutcomeReason.REFUSED)
    return _to_next_route(entry, route, now)


def _to_next_route(entry: OutboxEntry, route: str, now: datetime) -> Next:
    elsewhere = replace(entry, refusals=0, given_up=(*entry.given_up, route))
    return _requeued(elsewhere, now, OutcomeReason.NEXT_ROUTE)


def _simplified(entry: OutboxEntry, now: datetime) -> Next:
    plainer = replace(entry, plain=True, simplified=True, since_attempt=entry.message.attempts + 1)
    return _requeued(plainer, now, OutcomeReason.SIMPLIFIED)


def _out_of_order(entry: OutboxEntry, no: _Refusal) -> Next:
    """The route rests, and this message longer each time. One that may have left outlasts it, so it moves.

    One that answers by a code of its own may take the next message, so its first rests are short.
    One that cannot be reached lets each message wait for a connection, and their people by the next way.
    """
    refusals = entry.refusals + 1
    rest = no.rules.device_rest
    if no.refused.code:
        rest = min(rest, no.rules.retry_wait(refusals))
    rest = _longer(no.refused, rest)
    if no.alternative and not no.refused.certain:
        return replace(_to_next_route(entry, no.route, no.now), rest=rest)
    wait = no.rules.device_wait(refusals)
    due_at = no.now if no.alternative or wait <= rest else no.now + wait
    return _while_it_rests(replace(entry, refusals=refusals), no, due_at, rest)


def _while_it_rests(entry: OutboxEntry, no: _Refusal, due_at: datetime, rest: timedelta) -> Next:
    waits = entry if no.alternative else looked_at_soon(entry, no.now)
    return _requeued(waits, due_at, OutcomeReason.ROUTE_RESTS, rest=rest)


def _temporarily_refused(entry: OutboxEntry, no: _Refusal) -> Next:
    refusals = entry.refusals + 1
    is_last_ring = entry.message.channel is Channel.CALL and refusals >= no.rules.max_rings
    if no.alternative and (is_last_ring or refusals >= no.rules.retries_of(entry.message.priority)):
        return _to_next_route(entry, no.route, no.now)
    if is_last_ring:
        return Next(entry=entry.changed(state=MessageState.FAILED), reason=OutcomeReason.TOO_MANY_ATTEMPTS)
    due_at = no.now + _longer(no.refused, no.rules.retry_wait(refusals))
    return _requeued(replace(entry, refusals=refusals), due_at, OutcomeReason.WAITS)


def _requeued(
    entry: OutboxEntry, due_at: datetime, reason: OutcomeReason, *, rest: timedelta | None = None
) -> Next:
    return Next(entry=entry.changed(state=MessageState.QUEUED, due_at=due_at), reason=reason, rest=rest)


def _longer(refused: Rejected, wait: timedelta) -> timedelta:
    """What the other side asked for, where it asked for more patience than we have ourselves."""
    return max(wait, refused.retry_after or wait)
