"""``heartbeats:`` and ``supervision:`` of the configuration: what is watched."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import voluptuous as vol

from alert_engine.model import Severity
from alert_engine.supervision.settings import (
    CreditRequest,
    HeartbeatSettings,
    RehearsalSettings,
    RouteSupervision,
    SupervisionSettings,
)

from .numbers import a_phone, e164
from .servers import lines_of
from .shapes import a_flag, a_name, a_text, an_amount, error_at, one_of, placed, required, section, several
from .times import a_duration, a_time, a_wait, a_weekday

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from .shapes import ConfigPath

_URL = re.compile(r"https?://[^\s/]+(/\S*)?")
_SHORT_NUMBER = re.compile(r"\+?[0-9]{3,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PingSettings:
    """The dead man's switch outside: who is told that all is well. Whoever knows the address can say so."""

    url: str = field(repr=False)


def a_url(value: Any) -> str:
    """Where a request is sent."""
    if not isinstance(value, str) or not _URL.fullmatch(value):
        raise vol.Invalid("must be an address like https://example.org/ping/…")
    return value


def a_short_number(value: Any) -> str:
    """As people dial it: what a network calls itself has no country."""
    text = value if isinstance(value, str) else ""
    if not _SHORT_NUMBER.fullmatch(text):
        raise vol.Invalid('must be the digits that people write to, in quotes, like "6700"')
    return text


_HEARTBEAT_KEYS = {
    required("source"): a_text,
    required("key"): a_text,
    required("period"): a_duration,
    vol.Optional("grace"): a_wait,
    vol.Optional("severity"): one_of(Severity),
    vol.Optional("title"): a_text,
    vol.Optional("policy"): a_name,
}
_CREDIT_KEYS = {required("number"): a_short_number, required("text"): a_text, required("pattern"): a_text}
_ROUTE_KEYS = {
    vol.Optional("own_number"): a_phone,
    vol.Optional("loopback_every"): a_duration,
    vol.Optional("least_credit"): an_amount,
    vol.Optional("credit_every"): a_duration,
    vol.Optional("credit_request"): section(_CREDIT_KEYS),
}
_REHEARSAL_KEYS = {
    required("at"): a_time,
    vol.Optional("day"): a_weekday,
    vol.Optional("people", default=list): several(a_name),
    vol.Optional("overdue_after"): a_duration,
}
_PING_KEYS = {
    vol.Optional("url"): a_url,
    vol.Optional("url_file"): a_text,
    vol.Optional("every"): a_duration,
}
_SUPERVISION_KEYS = {
    vol.Optional("raises_alarms"): a_flag,
    vol.Optional("policy"): a_name,
    vol.Optional("routes", default=dict): {a_name: section(_ROUTE_KEYS)},
    vol.Optional("rehearsals"): section(_REHEARSAL_KEYS),
    vol.Optional("ping"): section(_PING_KEYS),
}
SUPERVISION_KEYS: dict[Any, Any] = {
    vol.Optional("heartbeats", default=list): several(section(_HEARTBEAT_KEYS)),
    vol.Optional("supervision", default=dict): section(_SUPERVISION_KEYS),
}


def heartbeats_of(
    given: Sequence[Mapping[str, Any]], policies: Collection[str]
) -> tuple[HeartbeatSettings, ...]:
    """All heartbeats of a checked section; `policies` are the names that there are. Raises ConfigError."""
    seen: dict[tuple[str, str], int] = {}
    found = []
    for index, each in enumerate(given):
        path: ConfigPath = ("heartbeats", index)
        first = seen.setdefault((each["source"], each["key"]), index)
        if first != index:
            raise error_at((*path, "key"), f"source and key are the same as those of heartbeats[{first}]")
        _check_policy(each, policies, path)
        with placed(path):
            found.append(HeartbeatSettings(**each))
    return tuple(found)


def supervision_of(
    given: Mapping[str, Any], country: str | None, *, policies: Collection[str], people: Collection[str]
) -> SupervisionSettings:
    """The settings of a checked section. Raises ConfigError."""
    path: ConfigPath = ("supervision",)
    _check_policy(given, policies, path)
    said = {key: given[key] for key in ("raises_alarms", "policy") if key in given}
    if "every" in given.get("ping", {}):
        said["ping_every"] = given["ping"]["every"]
    return SupervisionSettings(
        routes=tuple(
            _route(name, route, country, (*path, "routes", name)) for name, route in given["routes"].items()
        ),
        rehearsals=_rehearsals(given["rehearsals"], people) if "rehearsals" in given else None,
        **said,
    )


def ping_of(given: Mapping[str, Any], folder: Path) -> PingSettings | None:
    """Whom to tell; files are relative to `folder`. Raises ConfigError."""
    if "ping" not in given:
        return None
    path: ConfigPath = ("supervision", "ping")
    ping = given["ping"]
    if ("url" in ping) == ("url_file" in ping):
        raise error_at(path, "give it a url or a url_file, one of both")
    if "url" in ping:
        return PingSettings(url=ping["url"])
    url = lines_of(folder / ping["url_file"], (*path, "url_file"))[0]
    try:
        return PingSettings(url=a_url(url))
    except vol.Invalid as err:
        raise error_at((*path, "url_file"), err.msg) from None


def _check_policy(given: Mapping[str, Any], policies: Collection[str], path: ConfigPath) -> None:
    if "policy" in given and given["policy"] not in policies:
        there = ", ".join(sorted(policies))
        raise error_at((*path, "policy"), f"there is no such policy; there are: {there}")


def _route(name: str, given: Mapping[str, Any], country: str | None, path: ConfigPath) -> RouteSupervision:
    said = dict(given)
    if "own_number" in given:
        said["own_number"] = e164(given["own_number"], country, (*path, "own_number"))
    if "credit_request" in given:
        with placed((*path, "credit_request")):
            said["credit_request"] = CreditRequest(**given["credit_request"])
    with placed(path):
        return RouteSupervision(route=name, **said)


def _rehearsals(given: Mapping[str, Any], people: Collection[str]) -> RehearsalSettings:
    for index, person in enumerate(given["people"]):
        if person not in people:
            there = ", ".join(sorted(people)) or "none"
            path = ("supervision", "rehearsals", "people", index)
            raise error_at(path, f"{person} is nobody; people are: {there}")
    return RehearsalSettings(**given)
