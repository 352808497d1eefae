"""What is watched, how closely, and what it may cost."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.decisions.supervision_alarms import SOURCE
from alert_engine.errors import ConfigError, ConfigReason
from alert_engine.model import Severity

if TYPE_CHECKING:
    from datetime import time
    from decimal import Decimal

_LONGEST_PATTERN = 200  # characters of a regular expression: it runs on what a stranger may have written
_LONGEST_BETWEEN_LOOPBACKS = timedelta(hours=25)  # VdS 2311: a radio path is tested at least so often
_LONGEST = timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatSettings:
    """A sign of life that must come again and again, or an alarm is raised.

    Raises:
        ConfigError: the times make no sense, or nobody may be this source.
    """

    source: str
    key: str
    period: timedelta  # from one to the next
    grace: timedelta = timedelta(minutes=1)  # how late one may be
    severity: Severity = Severity.HIGH
    title: str = ""  # of the alarm; empty: the key
    policy: str | None = None  # name; None: that of the severity

    def __post_init__(self) -> None:
        """Refuse what could never be kept."""
        if self.source == SOURCE:
            raise ConfigError(
                f"heartbeat {self.key}: {SOURCE} is the source of the gateway's own alarms",
                path=("source",),
                reason=ConfigReason.SOURCE_RESERVED,
                values={"source": SOURCE},
            )
        if not timedelta(seconds=1) <= self.period <= _LONGEST:
            text = f"heartbeat {self.key}: a period is 1 s to 31 days"
            raise ConfigError(text, path=("period",), reason=ConfigReason.PERIOD_LENGTH)
        if not timedelta(0) <= self.grace <= _LONGEST:
            text = f"heartbeat {self.key}: grace is 0 s to 31 days"
            raise ConfigError(text, path=("grace",), reason=ConfigReason.GRACE_LENGTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditRequest:
    """Credit that the network tells by SMS: a keyword to a short number, and the answer from there.

    Raises:
        ConfigError: the pattern is none, or has no group for the amount.
    """

    number: str = field(repr=False)
    text: str
    pattern: str  # its first group, or the one called ``amount``, is the amount

    def __post_init__(self) -> None:
        """Refuse what would find nothing."""
        check_pattern(self.pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSupervision:
    """What is watched of one route beyond what it tells of itself.

    Raises:
        ConfigError: the times make no sense.
    """

    route: str
    own_number: str | None = field(default=None, repr=False)  # E.164; None: no SMS to itself
    loopback_every: timedelta = timedelta(hours=6)
    least_credit: Decimal | None = None  # less is an alarm; None: credit is only shown
    credit_every: timedelta = timedelta(hours=24)
    credit_request: CreditRequest | None = None  # None: the route is asked, if it can tell

    def __post_init__(self) -> None:
        """Refuse what would cost a fortune or prove nothing."""
        if not timedelta(hours=1) <= self.loopback_every <= _LONGEST_BETWEEN_LOOPBACKS:
            raise ConfigError(
                f"route {self.route}: an SMS to itself is sent every 1 to 25 hours",
                path=("loopback_every",),
                reason=ConfigReason.LOOPBACK_INTERVAL,
            )
        if not timedelta(hours=1) <= self.credit_every <= _LONGEST:
            raise ConfigError(
                f"route {self.route}: credit is asked for every 1 hour to 31 days",
                path=("credit_every",),
                reason=ConfigReason.CREDIT_INTERVAL,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalSettings:
    """The weekly test of the whole way to each person: a text that says TEST, and their answer.

    Raises:
        ConfigError: there is no such day.
    """

    at: time  # naive: wall clock of the gateway
    day: int = 0  # 0 is Monday
    people: tuple[str, ...] = ()  # ids; none: everybody
    # Without an answer for so long the person is as good as not there: one missed week, and a day.
    overdue_after: timedelta = timedelta(days=8)

    def __post_init__(self) -> None:
        """Refuse a day that never comes."""
        if not 0 <= self.day <= 6:
            raise ConfigError("rehearsals: the day is 0 (Monday) to 6 (Sunday)", path=("day",))


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionSettings:
    """What the engine watches of itself and of its routes."""

    raises_alarms: bool = True  # what is wrong is an alarm of source ``gateway``; else it is only shown
    policy: str | None = None  # name, of those alarms; None: that of the severity
    routes: tuple[RouteSupervision, ...] = ()
    rehearsals: RehearsalSettings | None = None
    ping_every: timedelta = timedelta(minutes=5)  # the dead man's switch outside, if there is one

    def of_route(self, name: str) -> RouteSupervision:
        """What is said of this route, or nothing special."""
        return next((each for each in self.routes if each.route == name), RouteSupervision(route=name))


def check_pattern(pattern: str) -> None:
    """A regular expression that finds an amount. Raises ConfigError."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        text = f"pattern: it is no regular expression: {error}"
        raise ConfigError(text, path=("pattern",), reason=ConfigReason.PATTERN) from None
    if not compiled.groups or len(pattern) > _LONGEST_PATTERN:
        raise ConfigError(
            f"pattern: it needs a group for the amount, and at most {_LONGEST_PATTERN} characters",
            path=("pattern",),
            reason=ConfigReason.PATTERN,
        )
