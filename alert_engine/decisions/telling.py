"""Whether news of an alarm leaves for an address now, or is held for a digest.

Three things hold it: the quiet hours of whoever it is for, a policy that tells in digests, and the limits of
the address (`throttle`). News of one alarm is one conversation: that it was taken, or is over, does not wait
because its raise has just left, but for room in the windows like everything else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.model import MessageKind, Severity

from .schedule import ends_at
from .throttle import decide

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from alert_engine.model import Alarm, Person

    from .throttle import Hold, Limits, SendNow

_AT_ONCE = timedelta(0)


class HoldReason(StrEnum):
    """Why news is held."""

    QUIET = "quiet"  # until the quiet hours end
    COMPANY = "company"  # its policy tells in digests: until others leave, or its time is up
    LIMIT = "limit"  # until the address bears more


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """News that left for an address by a channel."""

    at: datetime
    is_critical: bool
    alarm_id: str | None  # None: a digest
    is_test: bool = False


def gate(
    sent: Sequence[Sent],
    *,
    alarm_id: str | None,
    severity: Severity,
    others_held: bool,
    now: datetime,
    limits: Limits,
) -> SendNow | Hold:
    """May news of this alarm leave now; of several (`alarm_id` is None), a digest? See `throttle.decide`.

    `others_held`: something is held for the address that would leave as soon as there is room. No alarm waits
    to be told together with a test.
    """
    foreign = any(
        now - limits.bundle < each.at <= now and (alarm_id is None or each.alarm_id != alarm_id)
        for each in sent
        if not each.is_test
    )
    return decide(
        [each.at for each in sent],
        [each.at for each in sent if each.is_critical],
        others_held=others_held,
        severity=severity,
        now=now,
        limits=limits if foreign else replace(limits, bundle=_AT_ONCE),
    )


def quiet_until(
    person: Person,
    alarm: Alarm,
    kind: MessageKind,
    now: datetime,
    default_zone: tzinfo,
    *,
    told_at: datetime | None = None,
) -> datetime | None:
    """When the quiet hours end that hold this news; None: nothing is quiet about it.

    That something is over is never told in quiet hours, nor any other news of what they hold: unless the
    raise, `told_at`, woke the person in these very hours. Tests are told at any time: somebody asked for it.
    """
    zone = person.time_zone or default_zone
    end = ends_at(person.quiet, now, zone)
    if end == now or alarm.is_test:
        return None
    if kind is not MessageKind.CLEAR and alarm.severity.rank >= person.quiet_below.rank:
        return None
    woken = kind is not MessageKind.RAISE and told_at is not None
    if woken and told_at is not None and ends_at(person.quiet, told_at, zone) == end:
        return None
    return end


def weight(alarm: Alarm, kind: MessageKind) -> Severity:
    """How much news weighs at the gate: only a raise can be critical."""
    return alarm.severity if kind is MessageKind.RAISE else Severity.INFO
