"""How much one address is sent: the first message at once, the rest in digests, always room for the worst.

Windows slide, and are counted from the journal: nothing else is kept, and a restart changes nothing. They
count every message to an address by a channel. What is critical may leave besides, by a reserve of its own.
What may not leave is held, never dropped. So an address never gets more than windows and reserve together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from alert_engine.model import Channel, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """At most so many in any such time."""

    span: timedelta
    most: int  # at least 1

    def room_at(self, sent: Sequence[datetime], now: datetime) -> datetime:
        """When one more may leave, if nothing else does; `now` at the earliest. `sent` is newest first."""
        return max(now, sent[self.most - 1] + self.span) if len(sent) >= self.most else now


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one address bears of one channel."""

    windows: tuple[Window, ...]  # of all messages
    reserve: tuple[Window, ...]  # of critical ones: by it they leave whatever `windows` say; empty: none do
    bundle: timedelta  # after a message: what comes within it leaves as one digest


_QUARTER, _HOUR, _LONG = timedelta(minutes=15), timedelta(hours=1), timedelta(hours=3)
_RESERVE = (Window(span=_QUARTER, most=3),)
_BUNDLE = timedelta(minutes=2)

_TEXTS = Limits(
    windows=(Window(span=_QUARTER, most=5), Window(span=_HOUR, most=11), Window(span=_LONG, most=21)),
    reserve=_RESERVE,
    bundle=_BUNDLE,
)
_CALLS = Limits(
    windows=(Window(span=_QUARTER, most=3), Window(span=_HOUR, most=7), Window(span=_LONG, most=15)),
    reserve=_RESERVE,
    bundle=_BUNDLE,
)
DEFAULT_LIMITS: Mapping[Channel, Limits] = MappingProxyType(
    {channel: _CALLS if channel is Channel.CALL else _TEXTS for channel in Channel}
)


class ThrottleReason(StrEnum):
    """Why now, or why later."""

    ROOM = "room"
    RESERVE = "reserve"  # critical, and only the reserve has room
    # Later:
    BUNDLE = "bundle"  # shortly after another message
    LIMIT = "limit"  # a window is full
    IN_LINE = "in_line"  # others are held that may leave now: it goes with them


@dataclass(frozen=True, slots=True, kw_only=True)
class SendNow:
    """It may leave."""

    reason: ThrottleReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """It waits, and leaves in a digest."""

    until: datetime  # when to ask again
    reason: ThrottleReason


def decide(
    sent_at: Sequence[datetime],
    critical_at: Sequence[datetime],
    *,
    others_held: bool,
    severity: Severity,
    now: datetime,
    limits: Limits,
) -> SendNow | Hold:
    """May a message of `severity` leave now?

    Args:
        sent_at: when messages left for this address by this channel, in any order; `longest(limits)` back is
            enough. What is later than `now` was sent before the clock was set back and does not count.
        critical_at: those of them that were critical, a digest with a critical alarm in it too.
        others_held: some are held for it, apart from what is asked about: not for a digest of all of them.
        severity: of the message; of a digest the highest in it.
        now: aware UTC.
        limits: of the channel.
    """
    sent = _newest_first(sent_at, now)
    bundled = max(now, sent[0] + limits.bundle) if sent else now
    room = max([bundled, *(window.room_at(sent, now) for window in limits.windows)])
    if room == now and not others_held:
        return SendNow(reason=ThrottleReason.ROOM)
    if severity is Severity.CRITICAL and limits.reserve:
        critical = _newest_first(critical_at, now)
        reserve = max(window.room_at(critical, now) for window in limits.reserve)
        if reserve == now:
            return SendNow(reason=ThrottleReason.RESERVE)
        room = min(room, reserve)
    if room == now:
        return Hold(until=now, reason=ThrottleReason.IN_LINE)
    reason = ThrottleReason.BUNDLE if room <= bundled else ThrottleReason.LIMIT
    return Hold(until=room, reason=reason)


def longest(limits: Limits) -> timedelta:
    """How far back `decide` looks."""
    spans = (window.span for window in (*limits.windows, *limits.reserve))
    return max([limits.bundle, *spans])


def _newest_first(moments: Iterable[datetime], now: datetime) -> list[datetime]:
    return sorted((moment for moment in moments if moment <= now), reverse=True)


class Budget(StrEnum):
    """What is left of what a route may send in a day."""

    OK = "ok"
    WARN = "warn"  # 80 % are used
    CRITICAL_ONLY = "critical_only"  # the last tenth is for critical messages
    EMPTY = "empty"

    def admits(self, severity: Severity) -> bool:
        """A message of this severity may use it."""
        if self is Budget.CRITICAL_ONLY:
            return severity is Severity.CRITICAL
        return self is not Budget.EMPTY


def budget_left(used_today: int, budget: int | None) -> Budget:
    """Where a route stands that sent so many segments or calls today; None is without limit."""
    if budget is None:
        return Budget.OK
    left = budget - used_today
    if left <= 0:
        return Budget.EMPTY
    if left <= -(-budget // 10):
        return Budget.CRITICAL_ONLY
    return Budget.WARN if used_today * 10 >= budget * 8 else Budget.OK
