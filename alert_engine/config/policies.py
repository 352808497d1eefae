"""``policies:`` and ``expiry:`` of the configuration: what a severity means."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import voluptuous as vol

from alert_engine.errors import ConfigReason
from alert_engine.model import AcknowledgeBy, Channel, Policy, Proof, Severity, Step, Until
from alert_engine.settings import BUILT_IN_POLICIES, DEFAULT_EXPIRY

from .shapes import a_flag, a_name, a_number, by_word, error_at, one_of, section, several
from .times import a_duration, a_wait

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .shapes import ConfigPath

_MAX_REPEAT = 1000  # of a step or of rounds; -1 is without end
_AT_ONCE = timedelta(0)

_WHO_AND_HOW_OFTEN: dict[Any, Any] = {
    vol.Optional("notify"): several(a_name),
    vol.Optional("channels"): several(one_of(Channel)),
    vol.Optional("repeat"): a_number(-1, _MAX_REPEAT),
    vol.Optional("every"): a_duration,
}
_STEP_KEYS = {vol.Optional("after", default="0s"): a_wait, **_WHO_AND_HOW_OFTEN}
_REST_KEYS: dict[Any, Any] = {
    vol.Optional("latch"): a_flag,
    vol.Optional("hold"): a_duration,
    vol.Optional("rounds"): a_number(-1, _MAX_REPEAT),
    vol.Optional("round_every"): a_duration,
    vol.Optional("until"): one_of(Until),
    vol.Optional("proof"): one_of(Proof),
    vol.Optional("fallback_after"): a_duration,
    vol.Optional("acknowledge_by"): one_of(AcknowledgeBy),
    vol.Optional("remind_every"): a_duration,
    vol.Optional("reopen_within"): a_wait,
}
_POLICY_KEYS = {
    vol.Optional("steps"): several(section(_STEP_KEYS), least=1),
    **_WHO_AND_HOW_OFTEN,
    **_REST_KEYS,
}
POLICIES_KEYS: dict[Any, Any] = {
    vol.Optional("policies", default=dict): {a_name: section(_POLICY_KEYS)},
    vol.Optional("expiry", default=dict): by_word(Severity, a_duration),
}


def expiry_of(given: Mapping[str, timedelta]) -> dict[Severity, timedelta]:
    """How long each severity is worth sending: what is said, else what is built in."""
    return {**DEFAULT_EXPIRY, **{Severity(word): value for word, value in given.items()}}


def policies_of(given: Mapping[str, Mapping[str, Any]], known: Collection[str]) -> tuple[Policy, ...]:
    """All policies of a checked section; `known` are the recipients.

    Raises:
        ConfigError: one of them names nobody, or says one thing without the other.
    """
    return tuple(_policy(name, policy, known) for name, policy in given.items())


def _policy(name: str, given: Mapping[str, Any], known: Collection[str]) -> Policy:
    path: ConfigPath = ("policies", name)
    both = sorted(key for key in ("notify", "channels", "repeat", "every") if key in given)
    if "steps" in given and both:
        raise error_at((*path, both[0]), "belongs into the steps, where there are some")
    _check_pair(given, "rounds", "round_every", path)
    _check_who_and_how_often(given, known, path)
    for index, step in enumerate(given.get("steps", ())):
        _check_who_and_how_often(step, known, (*path, "steps", index))
    rest = {str(key): given[key] for key in _REST_KEYS if key in given}
    return Policy(name=name, steps=_steps(name, given), **rest)


def _steps(name: str, given: Mapping[str, Any]) -> tuple[Step, ...]:
    """Its own, else those of the severity: who is told is no word about how often."""
    if "steps" in given:
        return tuple(Step(**{"notify": (), **step}) for step in given["steps"])
    told = {key: given[key] for key in ("notify", "channels") if key in given}
    built_in = next((each for each in BUILT_IN_POLICIES if each.name == name), None)
    if "repeat" not in given and built_in is not None:
        return tuple(replace(step, **told) for step in built_in.steps)
    often = {key: given[key] for key in ("repeat", "every") if key in given}
    return (Step(**{"after": _AT_ONCE, "notify": (), **told, **often}),)


def _check_who_and_how_often(given: Mapping[str, Any], known: Collection[str], path: ConfigPath) -> None:
    for index, recipient in enumerate(given.get("notify", ())):
        if recipient not in known:
            there = ", ".join(sorted(known)) or "none"
            raise error_at((*path, "notify", index), f"{recipient} is nobody; recipients are: {there}")
    _check_pair(given, "repeat", "every", path)


def _check_pair(given: Mapping[str, Any], times: str, every: str, path: ConfigPath) -> None:
    """How many times again, and how long between: neither says anything alone."""
    if given.get(times) and every not in given:
        text = "is missing: how long until the next one?"
        raise error_at((*path, every), text, ConfigReason.EVERY_MISSING)
    if every in given and not given.get(times):
        text = f"is of no use without {times}: how many times again? -1 is without end"
        raise error_at((*path, every), text, ConfigReason.TIMES_MISSING)
