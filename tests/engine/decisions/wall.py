"""What the tests of schedules share: zones whose clocks jump in different ways, and when they do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

MINUTE = timedelta(minutes=1)

VIENNA = ZoneInfo("Europe/Vienna")

ZONES = tuple(
    ZoneInfo(name)
    for name in (
        "Europe/Vienna",
        "America/New_York",
        "Australia/Lord_Howe",  # jumps by half an hour
        "Asia/Kathmandu",  # five and three quarters, never jumps
        "America/St_Johns",  # jumped at a minute past midnight until 2011
        "America/Sao_Paulo",  # skipped midnight until 2018
        "Pacific/Apia",  # skipped 30 December 2011
        "UTC",
    )
)

zones = st.sampled_from(ZONES)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)).map(  # noqa: DTZ001 - hypothesis wants naive bounds
    lambda naive: naive.replace(microsecond=0, tzinfo=UTC)
)


def utc(text: str) -> datetime:
    """A moment as ISO 8601; what has no offset is UTC."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def shown(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def jumps(zone: ZoneInfo, year: int) -> list[datetime]:
    """The hours of `year` at whose end the clock has another offset than at their start."""
    hours = [datetime(year, 1, 1, tzinfo=UTC) + number * timedelta(hours=1) for number in range(366 * 24)]
    offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
    return [hours[at] for at in range(len(hours) - 1) if offsets[at] != offsets[at + 1]]


# Every jump of a year with old rules, and of a year with new ones.
JUMPS = tuple((zone, jump) for zone in ZONES for year in (2011, 2026) for jump in jumps(zone, year))
