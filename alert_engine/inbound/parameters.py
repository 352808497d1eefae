"""Typed parameters of keywords: from words to values, and how to write them right."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.decisions.consent import folded
from alert_engine.model import ParameterKind

from .words import OFF, ON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alert_engine.model import Keyword, KeywordValue, Parameter

# People write a comma where their language does.
_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,9})(?:[.,](?P<part>[0-9]{1,6}))?", re.ASCII)
_ON_OFF: dict[str, bool] = {
    word: value for words, value in ((ON, True), (OFF, False)) for all_of in words.values() for word in all_of
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What was given."""

    by_name: dict[str, KeywordValue] = field(repr=False)


def read_parameters(keyword: Keyword, words: Sequence[str]) -> Values | None:
    """The values in `words`; None if they do not fit exactly."""
    left = list(words)
    values: dict[str, KeywordValue] = {}
    for parameter in keyword.parameters:
        if not left:
            if parameter.required:
                return None
            break
        taken = left if parameter.kind is ParameterKind.TEXT else left[:1]
        left = left[len(taken) :]
        value = _value(parameter, " ".join(taken))
        if value is None:
            return None
        values[parameter.name] = value
    return None if left else Values(by_name=values)


def usage(keyword: Keyword, word: str) -> str:
    """How to write it: ``HEAT 5..30 (ON/OFF)``; what is in round brackets may be left out."""
    parts = [
        shown if parameter.required else f"({shown})"
        for parameter in keyword.parameters
        for shown in (_shown(parameter),)
    ]
    return " ".join([word, *parts])


def _value(parameter: Parameter, text: str) -> KeywordValue | None:
    match parameter.kind:
        case ParameterKind.NUMBER:
            return _number(parameter, text)
        case ParameterKind.CHOICE:
            return next((each for each in parameter.choices if folded(each) == folded(text)), None)
        case ParameterKind.ON_OFF:
            return _ON_OFF.get(folded(text))
        case _:
            return text if len(text) <= parameter.max_length else None


def _number(parameter: Parameter, text: str) -> int | float | None:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    whole = f"{found['sign']}{found['whole']}"
    value = int(whole) if found["part"] is None else float(f"{whole}.{found['part']}")
    too_small = parameter.minimum is not None and value < parameter.minimum
    too_large = parameter.maximum is not None and value > parameter.maximum
    return None if too_small or too_large else value


def _shown(parameter: Parameter) -> str:
    match parameter.kind:
        case ParameterKind.NUMBER:
            low, high = (_figure(limit) for limit in (parameter.minimum, parameter.maximum))
            return f"{low}..{high}" if low or high else parameter.name
        case ParameterKind.CHOICE:
            return "/".join(parameter.choices)
        case ParameterKind.ON_OFF:
            return "ON/OFF"
        case _:
            return f"{parameter.name}..."


def _figure(limit: float | None) -> str:
    return "" if limit is None else f"{limit:g}"
