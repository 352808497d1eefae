"""Which alarms an automation is about."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

import probatio as vol
from homeassistant.helpers import config_validation as cv

from alert_engine.model import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert_engine.model import Alarm

CONF_KEY: Final = "key"
CONF_SEVERITY: Final = "severity"
CONF_SOURCE: Final = "source"
CONF_TESTS: Final = "tests"

ALARM_OPTIONS: dict[vol.Marker, Any] = {
    vol.Optional(CONF_SEVERITY, default=Severity.INFO): vol.Coerce(Severity),
    vol.Optional(CONF_SOURCE, default=list): vol.All(cv.ensure_list, [cv.string]),
    vol.Optional(CONF_KEY, default=list): vol.All(cv.ensure_list, [cv.string]),
    vol.Optional(CONF_TESTS, default=False): cv.boolean,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFilter:
    """At least so severe, of one of these sources, with one of these keys; nothing named is any."""

    severity: Severity
    sources: tuple[str, ...]  # "*" stands for anything, "?" for one character
    keys: tuple[str, ...]  # the same
    tests: bool  # those too that only say that they are a test

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> AlarmFilter:
        """Return that of checked `ALARM_OPTIONS`."""
        return cls(
            severity=options[CONF_SEVERITY],
            sources=tuple(options[CONF_SOURCE]),
            keys=tuple(options[CONF_KEY]),
            tests=options[CONF_TESTS],
        )

    def takes(self, alarm: Alarm) -> bool:
        """The alarm is one of those."""
        return (
            alarm.severity.rank >= self.severity.rank
            and (self.tests or not alarm.is_test)
            and _is_like(alarm.source, self.sources)
            and _is_like(alarm.key, self.keys)
        )


def _is_like(name: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(name, each.replace("[", "[[]")) for each in patterns)
