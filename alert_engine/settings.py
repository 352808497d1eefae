"""What the engine is told at start, and again whenever the configuration changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo
from types import MappingProxyType
from typing import TYPE_CHECKING

from alert_engine.decisions.directory import Directory
from alert_engine.decisions.throttle import DEFAULT_LIMITS, Limits
from alert_engine.errors import ConfigError
from alert_engine.inbound.settings import CommandSettings
from alert_engine.model import Channel, Group, OnCall, Person, Policy, Priority, Proof, Severity, Step
from alert_engine.retention import Retention
from alert_engine.supervision.settings import HeartbeatSettings, SupervisionSettings
from alert_engine.texts import check_templates

if TYPE_CHECKING:
    from collections.abc import Mapping

_AT_ONCE = timedelta(0)


def _now_and_again(
    severity: Severity,
    quick: timedelta,
    times: int,
    slow: timedelta,
    *more: Step,
    proven_within: timedelta,
) -> Policy:
    """Everybody at once, again in quick succession to wake somebody, then slowly until somebody takes it."""
    return Policy(
        name=severity,
        steps=(
            Step(after=_AT_ONCE, notify=(), repeat=times, every=quick),
            # Slow enough not to empty a prepaid SIM, and never silent.
            Step(after=times * quick + slow, notify=(), repeat=-1, every=slow),
            *more,
        ),
        proof=Proof.DELIVERED,
        fallback_after=proven_within,
    )


_CRITICAL_EVERY = timedelta(minutes=5)

# Whoever sleeps through a text wakes when the telephone rings; three times, as often as one address is called
# in a quarter of an hour. Who has no address for calls is not called, nor is anybody where no route calls.
_RING = Step(after=timedelta(minutes=1), notify=(), channels=(Channel.CALL,), repeat=2, every=_CRITICAL_EVERY)

# Without a delivery report for so long, the same person is told by the next way. Critical: after the phone
# has rung, and before people must hear that nobody was told (`operations.proof.OVERDUE_AFTER`).
_CRITICAL_PROVEN, _HIGH_PROVEN = timedelta(seconds=75), timedelta(minutes=2)
_NORMAL_TAKEN = timedelta(minutes=15)  # it is enough that the network or provider took it

# What a severity means where the configuration has no policy of its own for it. Everybody is told, by SMS.
BUILT_IN_POLICIES: tuple[Policy, ...] = (
    _now_and_again(
        Severity.CRITICAL, _CRITICAL_EVERY, 12, timedelta(minutes=30), _RING, proven_within=_CRITICAL_PROVEN
    ),
    _now_and_again(Severity.HIGH, timedelta(minutes=15), 4, timedelta(hours=1), proven_within=_HIGH_PROVEN),
    Policy(name=Severity.NORMAL, steps=(Step(after=_AT_ONCE, notify=()),), fallback_after=_NORMAL_TAKEN),
    # Nobody hurries for it: it waits for company.
    Policy(name=Severity.INFO, steps=(Step(after=_AT_ONCE, notify=()),), digest_within=timedelta(minutes=15)),
)

# How long a message of a severity is worth sending; after that it expires in the queue and in the network.
DEFAULT_EXPIRY: Mapping[Severity, timedelta] = MappingProxyType(
    {
        Severity.CRITICAL: timedelta(hours=24),
        Severity.HIGH: timedelta(hours=12),
        Severity.NORMAL: timedelta(hours=4),
        Severity.INFO: timedelta(hours=1),
    }
)


_FEW_COPIES = 2  # of a message, sent out of doubt


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRules:
    """How hard the outbox tries."""

    # Waits after temporary refusals, on one route; the last one repeats until the message expires.
    retry_waits: tuple[timedelta, ...] = tuple(timedelta(seconds=s) for s in (2, 5, 15, 30, 60, 120, 300))
    # So many temporary refusals, and another healthy route is tried instead, if there is one.
    retries_before_next_route: int = 4
    retries_before_next_route_critical: int = 2  # within 10 s, where waiting costs most
    # So many temporary refusals of a call in a row, busy ones above all, and it has failed on this route.
    max_rings: int = 3
    # How long a delivery report may clear a doubt before the message is sent again.
    doubt_wait_critical: timedelta = timedelta(seconds=15)
    doubt_wait: timedelta = timedelta(seconds=90)
    # How long one may show that what a route refused was sent all the same, before it is sent again.
    uncertain_wait: timedelta = timedelta(seconds=15)
    max_resends: int = 3  # copies sent out of doubt, per message
    # After two copies a doubt waits so many times as long: who answers nothing may be well in some minutes.
    # Not before: the second one is what another route waits for, where there is one.
    doubt_growth: int = 20
    # A route that refused as broken or barred rests until its health changes, at most this long; one that
    # answers by a code, after the first refusals of a message, only as long as the waits above.
    device_rest: timedelta = timedelta(seconds=10)
    device_patience: timedelta = timedelta(minutes=1)
    device_tries: int = 60  # with this patience
    account_rest: timedelta = timedelta(minutes=15)
    # Of any kind, per message: the end of every loop. More than the waits above fill a day with, which is how
    # long a critical message lives: what is refused for now is tried until it expires.
    max_attempts: int = 400

    def retry_wait(self, refusals: int) -> timedelta:
        """How long a message waits after so many temporary refusals, at least one."""
        return self.retry_waits[min(refusals, len(self.retry_waits)) - 1]

    def device_wait(self, refusals: int) -> timedelta:
        """How long it waits after so many times that the device itself said no: a minute at most for an hour.

        Then as rarely as any: one that says no all day must not use up the attempts.
        """
        wait = self.retry_wait(refusals)
        return wait if refusals > self.device_tries else min(wait, self.device_patience)

    def retries_of(self, priority: Priority) -> int:
        """How many temporary refusals on one route, before another one is tried."""
        if priority is Priority.CRITICAL:
            return self.retries_before_next_route_critical
        return self.retries_before_next_route

    def doubt_wait_of(self, priority: Priority, resends: int = 0) -> timedelta:
        """How long a message of this priority waits for its report, after so many copies out of doubt."""
        first = self.doubt_wait_critical if priority is Priority.CRITICAL else self.doubt_wait
        return first if resends < _FEW_COPIES else first * self.doubt_growth


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """Everything the engine needs to know from outside.

    Raises:
        ConfigError: two recipients or two policies share a name, or a template makes no sense.
    """

    gateway: str  # ``[a-z0-9_-]{1,64}``: the name in topics
    people: tuple[Person, ...] = ()
    groups: tuple[Group, ...] = ()
    on_calls: tuple[OnCall, ...] = ()
    policies: tuple[Policy, ...] = ()  # one called like a severity replaces the built-in of that severity
    default_country: str | None = None  # ISO 3166 code, "AT": what a number without country code belongs to
    time_zone: tzinfo = UTC  # of the times in texts
    expiry: Mapping[Severity, timedelta] = field(default_factory=lambda: DEFAULT_EXPIRY)
    delivery: DeliveryRules = DeliveryRules()
    limits: Mapping[Channel, Limits] = field(default_factory=lambda: DEFAULT_LIMITS)  # of one address
    budgets: Mapping[str, int] = field(default_factory=dict)  # by route: segments or calls in a day
    # language: name of a text: a pattern of the user's own, for that of `texts`
    templates: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    transliterate: bool = False  # letters that cost a second segment are written as their nearest plain ones
    heartbeats: tuple[HeartbeatSettings, ...] = ()
    supervision: SupervisionSettings = field(default_factory=SupervisionSettings)
    commands: CommandSettings = field(default_factory=CommandSettings)  # what people may write to the gateway
    retention: Retention = field(default_factory=Retention)  # how long what was is kept

    def __post_init__(self) -> None:
        """Refuse what nobody could tell apart."""
        for noun, names in (
            ("recipients", [each.id for each in self.directory.recipients]),
            ("policies", [policy.name for policy in self.policies]),
            ("heartbeats", [f"{each.source}/{each.key}" for each in self.heartbeats]),
        ):
            if len(set(names)) != len(names):
                raise ConfigError(f"two {noun} have the same name: give each its own", path=(noun,))
        check_templates(self.templates)

    @property
    def directory(self) -> Directory:
        """Everybody who can be named."""
        return Directory(people=self.people, groups=self.groups, on_calls=self.on_calls)

    @property
    def own_numbers(self) -> frozenset[str]:
        """E.164, of our own SIMs."""
        watched = (route.own_number for route in self.supervision.routes if route.own_number is not None)
        return frozenset((*self.commands.own_numbers, *watched))

    def person(self, person_id: str) -> Person | None:
        """The person with this id."""
        return next((person for person in self.people if person.id == person_id), None)

    def policy(self, name: str) -> Policy | None:
        """The policy with this name: a configured one, else a built-in."""
        return next((each for each in (*self.policies, *BUILT_IN_POLICIES) if each.name == name), None)

    def policy_for(self, severity: Severity, name: str | None = None) -> Policy:
        """The policy of an alarm: the named one if it exists, else the one of the severity."""
        named = self.policy(name) if name else None
        return named or next(each for each in (*self.policies, *BUILT_IN_POLICIES) if each.name == severity)
