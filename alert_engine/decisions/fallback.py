"""The transport's own clock: the same person by the next way, because it is not proven that they were told.

A raise to a person is proven by the standard of its policy: accepted, or delivered. Where it is not in time,
or fails for good, the person is told by another route of the same kind, else at their next address; nobody
has to wait for the escalation, which is about people and has a clock of its own. All that is written for one
raise to one person is a chain; each address gets one message of it by each route at most, so chains end.
A route that has not answered to one message of a chain carries the next only where no other route can.

What no route can carry is not waited for: its person is told by the next way within `LOOK_EVERY`.

A message that its route has not taken yet, while another route could, is only moved there: no copy is made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from alert_engine.model import Address, MessageState, Proof

from .routing import RoutingReason, has_alternative, pick

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from alert_engine.model import Person
    from alert_engine.outbox.entry import OutboxEntry

    from .routing import RouteView

# Between looks at what has not left: within 20 s the person is to be told by a way that works.
LOOK_EVERY = timedelta(seconds=15)
# Until a route rests that said no: its rest begins when that is on the disk.
_MOMENT = timedelta(seconds=1)

# A route that has taken so many and never reported on any gives no reports: what it takes counts as told.
# One report, ever, and it is expected to report on each again: an empty account or a jammer is silent, too.
SILENT_AFTER = 5

_NOT_LEFT = frozenset({MessageState.QUEUED, MessageState.IN_FLIGHT, MessageState.IN_DOUBT})
_DEAD = frozenset({MessageState.FAILED, MessageState.EXPIRED, MessageState.CANCELLED})


def is_proven(state: MessageState, proof: Proof, *, reports: bool) -> bool:
    """The person was told, by the standard `proof`. `reports`: the route that took it tells of deliveries."""
    if state is not MessageState.ACCEPTED:
        return state is MessageState.DELIVERED
    return proof is Proof.ACCEPTED or not reports


def watched(entry: OutboxEntry, begins: datetime, wait: timedelta) -> OutboxEntry:
    """The message with its times: from `begins` on it has `wait` to be proven."""
    due_at = begins + wait
    return replace(entry, proof_due_at=due_at, proof_look_at=min(due_at, begins + LOOK_EVERY))


def looked_at_soon(entry: OutboxEntry, now: datetime) -> OutboxEntry:
    """The message of a route that said no and rests: nobody waits for a look that was planned while it tried.

    The first look keeps its time: until then a route may come back.
    """
    if entry.proof_look_at is None or now < entry.message.created_at + LOOK_EVERY:
        return entry
    return replace(entry, proof_look_at=min(entry.proof_look_at, now + _MOMENT))


class FallbackReason(StrEnum):
    """What became of a look at a message that is not proven."""

    PROVEN = "proven"  # by this or another message
    WAITS = "waits"
    MOVED = "moved"  # to another route, as it is
    NEXT_WAY = "next_way"  # a message by another route or to another address
    NO_WAY_NOW = "no_way_now"  # there is another address, and nothing may carry a message there now
    EXHAUSTED = "exhausted"  # nothing is left to try


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One message by which a person was told of an alarm."""

    entry: OutboxEntry
    proven: bool
    routes: tuple[str, ...] = ()  # that were given it
    refused: bool = False  # for good: no route will do better with this address

    @property
    def address(self) -> Address:
        """Where it went."""
        return Address(channel=self.entry.message.channel, value=self.entry.message.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """What to do."""

    reason: FallbackReason
    look_at: datetime | None = None  # when to look again; None: not at this message
    address: Address | None = None  # with NEXT_WAY
    excluded: tuple[str, ...] = ()  # with NEXT_WAY: routes that must not carry it; with MOVED: to be given up
    avoided: tuple[str, ...] = ()  # with NEXT_WAY: routes that carry it only if no other can


def decide(
    tried: Tried,
    others: Sequence[Tried],
    person: Person | None,
    routes: Sequence[RouteView],
    now: datetime,
    *,
    full: Collection[Address] = (),
    stopped: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Fallback:
    """What follows from a look at `tried`.

    Args:
        tried: the message; it has a `proof_due_at`.
        others: what else was written to this person about the alarm since the chain began.
        person: whom it is for; None: not there any more.
        routes: all of them.
        now: aware UTC.
        full: addresses that bear no more for now.
        stopped: by address, the routes whose providers do not let us write there.
    """
    if tried.proven or any(other.proven for other in others):
        return Fallback(reason=FallbackReason.PROVEN)
    barred = {*tried.entry.excluded, *stopped.get(tried.address.value, ())}
    waits_until = _waits_until(tried.entry, barred, routes, now)
    if waits_until is not None:
        return Fallback(reason=FallbackReason.WAITS, look_at=waits_until)
    elsewhere = _elsewhere(tried, others, barred, routes, full)
    return elsewhere or _next_address(tried, others, person, routes, now, full=full, stopped=stopped)


def _waits_until(
    entry: OutboxEntry, barred: Collection[str], routes: Sequence[RouteView], now: datetime
) -> datetime | None:
    """When to look again; None: now is the time to do something."""
    message, due_at = entry.message, entry.proof_due_at
    if message.state in _DEAD or due_at is None or due_at <= now:
        return None
    if message.state is MessageState.QUEUED and _choice(entry, barred, routes) is None:
        return None
    return min(due_at, now + LOOK_EVERY) if message.state in _NOT_LEFT else due_at


def _elsewhere(
    tried: Tried,
    others: Sequence[Tried],
    barred: Collection[str],
    routes: Sequence[RouteView],
    full: Collection[Address],
) -> Fallback | None:
    """The same address by another route; not by those that are `barred` to it."""
    entry, channel = tried.entry, tried.entry.message.channel
    if tried.refused or entry.only_route is not None:
        return None
    if entry.message.state is MessageState.QUEUED and not entry.message.in_doubt:
        given = entry.message.route or _choice(entry, barred, routes)
        if given is None or not has_alternative(
            channel, given, entry.given_up, routes, excluded=barred, urgent=entry.is_urgent
        ):
            return None
        return Fallback(reason=FallbackReason.MOVED, excluded=(given,))
    if tried.address in full:
        return None
    given_to = {route for each in (tried, *others) if each.address == tried.address for route in each.routes}
    closed = {*given_to, *barred}
    if not closed or pick(channel, (), routes, excluded=closed, urgent=entry.is_urgent).route is None:
        return None
    excluded = tuple(sorted({*given_to, *entry.excluded}))
    return Fallback(reason=FallbackReason.NEXT_WAY, address=tried.address, excluded=excluded)


def _next_address(
    tried: Tried,
    others: Sequence[Tried],
    person: Person | None,
    routes: Sequence[RouteView],
    now: datetime,
    *,
    full: Collection[Address],
    stopped: Mapping[str, Collection[str]],
) -> Fallback:
    """The next one that had none, in the person's order from this one on."""
    chain = (tried, *others)
    had = {each.address for each in chain}
    mute = {route for each in chain if _is_unanswered(each.entry) for route in each.routes}
    is_hopeless = True
    for address in _in_order(person, tried.address):
        if address in had:
            continue
        barred = stopped.get(address.value, ())
        choice = pick(address.channel, (), routes, excluded=barred, urgent=tried.entry.is_urgent)
        if choice.route is not None and address not in full:
            avoided = tuple(sorted(mute))
            return Fallback(reason=FallbackReason.NEXT_WAY, address=address, avoided=avoided)
        is_hopeless = is_hopeless and choice.reason is RoutingReason.NO_ROUTE
    if is_hopeless:
        return Fallback(reason=FallbackReason.EXHAUSTED)
    return Fallback(reason=FallbackReason.NO_WAY_NOW, look_at=now + LOOK_EVERY)


def _is_unanswered(entry: OutboxEntry) -> bool:
    """Its route was given it and has not said what became of it: it may not answer to the next one either."""
    return entry.message.state in {MessageState.IN_FLIGHT, MessageState.IN_DOUBT} or entry.message.in_doubt


def _choice(entry: OutboxEntry, barred: Collection[str], routes: Sequence[RouteView]) -> str | None:
    """The route that would take it now."""
    return pick(entry.message.channel, entry.given_up, routes, excluded=barred, urgent=entry.is_urgent).route


def _in_order(person: Person | None, address: Address) -> tuple[Address, ...]:
    """The person's addresses, beginning after this one."""
    addresses = person.addresses if person else ()
    after = addresses.index(address) + 1 if address in addresses else 0
    return (*addresses[after:], *addresses[:after])
