"""How much and how hard it is sent: ``limits:``, ``budgets:``, ``templates:``, ``in_doubt_wait:``."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import voluptuous as vol

from alert_engine.decisions.throttle import DEFAULT_LIMITS, Limits, Window
from alert_engine.model import Channel
from alert_engine.settings import DeliveryRules

from .shapes import a_flag, a_name, a_number, a_text, by_word, section, several
from .times import a_duration, a_wait

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

_WINDOW = re.compile(r"([0-9]{1,5}) +in +(.+)")
_MAX_BUDGET = 1_000_000  # segments or calls a day: more than any modem manages
_LONGEST_PATTERN = 500  # characters of a template


def a_window(value: Any) -> Window:
    """How many in what time: ``5 in 15min``."""
    match = _WINDOW.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or not int(match[1]):
        raise vol.Invalid("must say how many in what time, like 5 in 15min")
    return Window(span=a_duration(match[2]), most=int(match[1]))


def _pattern(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= _LONGEST_PATTERN:
        raise vol.Invalid(f"must be a text of 1 to {_LONGEST_PATTERN} characters")
    return value


_LIMIT_KEYS = {
    vol.Optional("windows"): several(a_window, least=1),
    vol.Optional("reserve"): several(a_window),
    vol.Optional("bundle"): a_wait,
}
_DOUBT_KEYS = {vol.Optional("critical"): a_duration, vol.Optional("other"): a_duration}
SENDING_KEYS: dict[Any, Any] = {
    vol.Optional("limits", default=dict): by_word(Channel, section(_LIMIT_KEYS)),
    vol.Optional("budgets", default=dict): {a_name: a_number(1, _MAX_BUDGET)},
    vol.Optional("templates", default=dict): {a_text: {a_text: _pattern}},
    vol.Optional("transliterate", default=False): a_flag,
    vol.Optional("in_doubt_wait", default=dict): section(_DOUBT_KEYS),
}


def limits_of(given: Mapping[str, Mapping[str, Any]]) -> dict[Channel, Limits]:
    """How much one address bears of each channel: what is said, else what is built in."""
    said = {Channel(word): limits for word, limits in given.items()}
    return {
        channel: replace(built_in, **said.get(channel, {})) for channel, built_in in DEFAULT_LIMITS.items()
    }


def delivery_of(waits: Mapping[str, timedelta]) -> DeliveryRules:
    """How long a doubt waits."""
    rules = DeliveryRules()
    return replace(
        rules,
        doubt_wait_critical=waits.get("critical", rules.doubt_wait_critical),
        doubt_wait=waits.get("other", rules.doubt_wait),
    )
