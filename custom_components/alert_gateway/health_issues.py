"""Which repair issues there are to be, from how everything stands. Levels, not edges: asked at any time.

The engine says by alarms of its own what is wrong with it (``docs/supervision.md``). What a person can put
right of that is an issue here too, as long as the alarm is on. The rest comes from entries and routes.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from homeassistant.helpers.issue_registry import IssueSeverity

from alert_engine.decisions.supervision_alarms import ROUTE
from alert_engine.routes.base import RouteState
from alert_engine.routes.gsm_health import FOUND_NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from alert_engine.decisions.supervision_alarms import Fault
    from alert_engine.model import Alarm
    from alert_engine.routes.base import RouteHealth

_CRITICAL, _ERROR, _WARNING = IssueSeverity.CRITICAL, IssueSeverity.ERROR, IssueSeverity.WARNING

# In the data of an issue, for its fix flow (`repairs`).
DATA_ALARM: Final = "alarm"  # key of the alarm
DATA_ORPHANED: Final = "orphaned"  # id of the subentry that names somebody who is gone

GUIDE: Final = "https://github.com/alert-gateway/alert-gateway/blob/main/docs/home-assistant-health.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One issue as Home Assistant shows it."""

    key: str  # of its texts
    severity: IssueSeverity
    is_fixable: bool = False
    placeholders: Mapping[str, str] = field(default_factory=dict, repr=False)
    data: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def guide(self) -> str:
        """Where more is written about it."""
        return f"{GUIDE}#{self.key.replace('_', '-')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How everything stands."""

    alarms: Mapping[str, Alarm | Fault]  # what is wrong with the gateway itself, by key
    routes: Mapping[str, RouteHealth]
    titles: Mapping[str, str] = field(repr=False)  # of subentries by id, of entries by their route
    people: Mapping[str, str] = field(repr=False)  # name by id
    refused: Mapping[str, str] = field(repr=False)  # id of a subentry, or an option -> why it is left out
    orphaned: frozenset[str]  # ids of subentries that name somebody who is gone
    nobodys: frozenset[str] = frozenset()  # those of them that nobody is left for: keywords
    empty_policies: tuple[str, ...] = ()  # names of those that have a step for nobody
    deaf_routes: tuple[str, ...] = ()  # whose provider cannot call this Home Assistant, and would have to
    has_hub: bool = True
    has_ways: bool = True  # a modem or an account is set up
    broker_forgot: bool = False
    is_clock_behind: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """How the alarms of a key become issues."""

    key: str
    severity: IssueSeverity
    is_fixable: bool = False


# By the whole key of an alarm, or by what is before its first or second slash.
_FORMS: Mapping[str, _Form] = {
    "audit": _Form(key="defect", severity=_WARNING, is_fixable=True),
    "budget/": _Form(key="budget_ends", severity=_WARNING),
    "commands/off": _Form(key="commands_off", severity=_ERROR, is_fixable=True),
    "credit/": _Form(key="credit_low", severity=_WARNING),
    "journal/damaged": _Form(key="journal_damaged", severity=_ERROR, is_fixable=True),
    "journal/disk": _Form(key="journal_refuses", severity=_CRITICAL),
    "mqtt/connection": _Form(key="mqtt_unreachable", severity=_ERROR),
    "mqtt/message": _Form(key="defect", severity=_WARNING, is_fixable=True),
    "mqtt/take-over": _Form(key="mqtt_name_taken", severity=_ERROR),
    "outbox": _Form(key="defect", severity=_WARNING, is_fixable=True),
    "people/": _Form(key="people_trouble", severity=_ERROR),
    "rehearsal-overdue/": _Form(key="person_silent", severity=_WARNING),
    "route/": _Form(key="route_failed", severity=_ERROR),
    "route-weak/": _Form(key="route_weak", severity=_WARNING),
    "undelivered": _Form(key="nobody_told", severity=_ERROR),
    "undelivered/": _Form(key="nobody_told", severity=_ERROR),
}
_PERSON = "person/"
_OF_A_PERSON: Mapping[str, _Form] = {
    "opt-out": _Form(key="person_opted_out", severity=_WARNING),
    "barred": _Form(key="person_barred", severity=_WARNING, is_fixable=True),
}

# Instead of `route_failed` and `route_weak`, where the route itself knows better what to do.
_NO_2G = _Form(key="no_2g", severity=_ERROR)
_STORAGE_FULL = _Form(key="storage_full", severity=_WARNING)
_STORAGE_WORD = "memory"  # in the reason of a route whose message memory is nearly full (`gsm_health`)


def issues_of(now: Standing) -> dict[str, Issue]:
    """Return what there is to be, by the id of the issue."""
    return dict(_of_alarms(now)) | dict(_of_settings(now)) | dict(_of_ways(now))


def _id(kind: str, name: str) -> str:
    """An id that says nothing: Home Assistant puts it into diagnostics, and names may be those of people."""
    return f"{kind}/{sha256(name.encode()).hexdigest()[:12]}"


def _of_alarms(now: Standing) -> Iterator[tuple[str, Issue]]:
    """What is wrong with the gateway itself."""
    for key, alarm in now.alarms.items():
        if (form := _form_of(now, key)) is not None:
            name = f"alarm/{key}" if key in _FORMS else _id(f"alarm/{key.partition('/')[0]}", key)
            yield name, _of_alarm(now, key, alarm, form)


def _of_alarm(now: Standing, key: str, alarm: Alarm | Fault, form: _Form) -> Issue:
    reason = (alarm.text or alarm.title).rstrip(".")  # the texts end the sentence
    words = {"reason": reason, "title": alarm.title, "route": "", "person": ""}
    kind, _, name = key.partition("/")
    if kind == "person":
        name = name.rpartition("/")[0]
    words["route"] = now.titles.get(name, name)
    words["person"] = now.people.get(name, name)
    data = {DATA_ALARM: key} if form.is_fixable else {}
    return Issue(
        key=form.key, severity=form.severity, is_fixable=form.is_fixable, placeholders=words, data=data
    )


def _form_of(now: Standing, key: str) -> _Form | None:
    if key.startswith(_PERSON):
        return _OF_A_PERSON.get(key.rpartition("/")[2])
    kind, slash, name = key.partition("/")
    form = _FORMS.get(key) or _FORMS.get(f"{kind}{slash}")
    if form is None or name not in now.routes:
        return form
    health = now.routes[name]
    if form.key == "route_failed" and _may_have_no_network_left(dict(health.facts)):
        return _NO_2G
    if form.key == "route_weak" and _STORAGE_WORD in health.reason:
        return _STORAGE_FULL
    return form


def _may_have_no_network_left(facts: Mapping[str, object]) -> bool:
    """A modem of 2G that finds nothing. One that is registered failed for another reason."""
    return facts.get("networks") == "2G" and facts.get("registration") in FOUND_NOTHING


def _of_settings(now: Standing) -> Iterator[tuple[str, Issue]]:
    """What the hub holds and the engine cannot use."""
    for owner, reason in now.refused.items():
        words = {"name": now.titles.get(owner, owner), "reason": reason}
        yield f"refused/{owner}", Issue(key="setting_refused", severity=_ERROR, placeholders=words)
    for owner in now.orphaned - now.refused.keys():
        yield f"orphaned/{owner}", _of_orphan(now, owner)
    for name in now.empty_policies:
        issue = Issue(key="policy_empty", severity=_ERROR, placeholders={"policy": name})
        yield _id("policy", name), issue


def _of_orphan(now: Standing, owner: str) -> Issue:
    words = {"name": now.titles.get(owner, owner)}
    if owner in now.nobodys:
        return Issue(key="keyword_for_nobody", severity=_WARNING, placeholders=words)
    data = {DATA_ORPHANED: owner}
    return Issue(key="name_gone", severity=_WARNING, is_fixable=True, placeholders=words, data=data)


def _of_ways(now: Standing) -> Iterator[tuple[str, Issue]]:
    """What is wrong with the ways in and out, and with the clock."""
    if now.has_hub and not now.has_ways:
        yield "no_route", Issue(key="no_route", severity=_WARNING)
    if _no_way_is_left(now):
        yield "no_way_out", Issue(key="no_way_out", severity=_CRITICAL)
    for name in now.deaf_routes:
        words = {"route": now.titles.get(name, name)}
        yield _id("public_url", name), Issue(key="public_url", severity=_WARNING, placeholders=words)
    if now.broker_forgot:
        yield "broker_forgets", Issue(key="broker_forgets", severity=_WARNING)
    if now.is_clock_behind:
        yield "clock_behind", Issue(key="clock_behind", severity=_WARNING)


def _no_way_is_left(now: Standing) -> bool:
    """There are routes, and people hear that each has failed. Calls of a modem are told as its own."""
    own = [name for name, health in now.routes.items() if not health.companion_of]
    return bool(own) and all(
        f"{ROUTE}{name}" in now.alarms and now.routes[name].state is RouteState.FAILED for name in own
    )
