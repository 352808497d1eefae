"""Quiet hours, shifts, and who is on call.

A `WeeklyPeriod` is one stretch of time, whatever the clock does meanwhile: it lasts from the first moment at
which the clock shows its start or more, to the moment from which on the clock shows no less than its end. A
start that the clock skips is the first moment after the jump, and an hour that is shown twice is within both
times. A period that is skipped as a whole does not take place.

Turns hand over at a time of day. The turn in which the clock jumps lasts as much less or more, and no moment
is in two turns or in none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from .wall_clock import first_moment, last_moment, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from alert_engine.model import OnCall, Substitution, WeeklyPeriod

_DAY = timedelta(days=1)

# A stretch that ends at all is shorter than a week, or a day more where the clock jumps over its gap.
LONGEST_STRETCH = timedelta(days=8)

# A period of today may have begun yesterday, and the clock may jump over a midnight.
_AROUND_NOW = range(-2, 2)
_AROUND_A_WEEK = range(-10, 10)

# How far `next_duty` looks.
_LOOK_AHEAD = timedelta(days=366)


class DutyReason(StrEnum):
    """Why this person, or why nobody."""

    TURN = "turn"
    SUBSTITUTION = "substitution"  # somebody stands in
    # Nobody:
    OUT_OF_HOURS = "out_of_hours"
    NOT_BEGUN = "not_begun"  # before the first turn
    EMPTY_ROTATION = "empty_rotation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Who is on call, and for how long that has been and will be so."""

    person: str | None
    since: datetime | None  # UTC, included; None: as far back as anybody could ask
    until: datetime | None  # UTC, excluded; None: without end
    reason: DutyReason


class _Stretch(NamedTuple):
    start: datetime
    end: datetime  # excluded


def is_within(periods: Sequence[WeeklyPeriod], now: datetime, zone: tzinfo) -> bool:
    """`now` is in one of `periods`."""
    return any(each.start <= now < each.end for each in _stretches(periods, now, zone, _AROUND_NOW))


def ends_at(periods: Sequence[WeeklyPeriod], now: datetime, zone: tzinfo) -> datetime:
    """When the stretch without a gap that `now` is in ends; `now` if it is in none. UTC.

    At most `LONGEST_STRETCH` after `now`: periods that fill the whole week have no end.
    """
    for each in _stretches(periods, now, zone, _AROUND_A_WEEK):
        if each.start <= now < each.end:
            return min(each.end, now + LONGEST_STRETCH)
    return now


def next_change(periods: Sequence[WeeklyPeriod], now: datetime, zone: tzinfo) -> datetime | None:
    """When one of `periods` begins or ends next; None: not within a week. UTC."""
    stretches = _stretches(periods, now, zone, _AROUND_A_WEEK)
    moments = (moment for each in stretches for moment in (each.start, each.end))
    return min((moment for moment in moments if now < moment < now + LONGEST_STRETCH), default=None)


def on_call(schedule: OnCall, now: datetime, zone: tzinfo) -> Duty:
    """Who is on call now; `zone` is the gateway's.

    Out of `hours` it is nobody. Of several substitutions at once the one that is last in the list counts: it
    was entered last. A turn is at least one day.
    """
    there = schedule.time_zone or zone
    duty = _substituted(_turn(schedule, now, there), schedule.substitutions, now)
    return _in_hours(duty, schedule.hours, now, there) if schedule.hours else duty


def next_duty(schedule: OnCall, now: datetime, zone: tzinfo) -> Duty | None:
    """The next duty of another person than now; None when there is none within a year."""
    current = duty = on_call(schedule, now, zone)
    while duty.until is not None and duty.until - now < _LOOK_AHEAD:
        duty = on_call(schedule, duty.until, zone)
        if duty.person not in {None, current.person}:
            return duty
    return None


def _stretches(periods: Iterable[WeeklyPeriod], now: datetime, zone: tzinfo, days: range) -> list[_Stretch]:
    """What `periods` cover when they start on these days, counted from today: in order, with gaps between."""
    midnight = shown(now, zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    dates = [midnight + number * _DAY for number in days]
    single = (_stretch(each, date, zone) for each in periods for date in dates if date.weekday() in each.days)
    found: list[_Stretch] = []
    for start, end in sorted(each for each in single if each.start < each.end):
        if found and start <= found[-1].end:
            found[-1] = _Stretch(found[-1].start, max(found[-1].end, end))
        else:
            found.append(_Stretch(start, end))
    return found


def _stretch(period: WeeklyPeriod, date: datetime, zone: tzinfo) -> _Stretch:
    last_date = date if period.end > period.start else date + _DAY
    start = datetime.combine(date, period.start)
    return _Stretch(first_moment(start, zone), last_moment(datetime.combine(last_date, period.end), zone))


def _turn(schedule: OnCall, now: datetime, zone: tzinfo) -> Duty:
    """The rotation's answer."""
    if not schedule.rotation:
        return Duty(person=None, since=None, until=None, reason=DutyReason.EMPTY_ROTATION)
    first = datetime.combine(schedule.begins, schedule.handover)
    length = max(schedule.turn.days, 1) * _DAY
    number = (shown(now, zone) - first) // length
    # The clock may have gone back since the handover, and show less.
    while (handover := first_moment(first + (number + 1) * length, zone)) <= now:
        number += 1
    if number < 0:
        begins = first_moment(first, zone)
        return Duty(person=None, since=None, until=begins, reason=DutyReason.NOT_BEGUN)
    return Duty(
        person=schedule.rotation[number % len(schedule.rotation)],
        since=first_moment(first + number * length, zone),
        until=handover,
        reason=DutyReason.TURN,
    )


def _substituted(duty: Duty, substitutions: Sequence[Substitution], now: datetime) -> Duty:
    """The duty, or the last substitution that holds now, cut where a stronger one begins or ended."""
    stronger: list[_Stretch] = []
    for each in reversed(substitutions):
        stretch = _Stretch(each.start.astimezone(UTC), each.end.astimezone(UTC))
        if stretch.start <= now < stretch.end:
            stands_in = Duty(
                person=each.person, since=stretch.start, until=stretch.end, reason=DutyReason.SUBSTITUTION
            )
            return _between(stands_in, stronger, now)
        if stretch.start < stretch.end:
            stronger.append(stretch)
    return _between(duty, stronger, now)


def _in_hours(duty: Duty, hours: Sequence[WeeklyPeriod], now: datetime, zone: tzinfo) -> Duty:
    """The duty within `hours`, nobody's out of them."""
    stretches = _stretches(hours, now, zone, _AROUND_A_WEEK)
    current = next((each for each in stretches if each.start <= now < each.end), None)
    if current is None:
        nobody = Duty(person=None, since=None, until=None, reason=DutyReason.OUT_OF_HOURS)
        return _between(nobody, stretches, now)
    return replace(
        duty,
        since=_latest(duty.since, current.start if now - current.start < LONGEST_STRETCH else None),
        until=_earliest(duty.until, current.end if current.end - now < LONGEST_STRETCH else None),
    )


def _between(duty: Duty, others: Sequence[_Stretch], now: datetime) -> Duty:
    """The duty, not before the end of the `others` that are over, nor after the start of those to come."""
    return replace(
        duty,
        since=_latest(duty.since, *(each.end for each in others if each.end <= now)),
        until=_earliest(duty.until, *(each.start for each in others if each.start > now)),
    )


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
