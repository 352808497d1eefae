"""``commands:`` of the configuration: what people may write to the gateway, and keywords of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import voluptuous as vol

from alert_engine.errors import ConfigReason
from alert_engine.inbound.settings import CommandSettings
from alert_engine.inbound.words import LANGUAGES, BuiltIn
from alert_engine.model import Keyword, Parameter, ParameterKind, Tier

from .numbers import a_phone, all_e164
from .shapes import (
    a_flag,
    a_name,
    a_number,
    a_text,
    an_amount,
    by_word,
    error_at,
    one_of,
    placed,
    required,
    section,
    several,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .shapes import ConfigPath

_LONGEST_ANSWER = 480  # characters: about three segments
_LONGEST_TEXT = 140  # characters of a parameter


def _a_word(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise vol.Invalid("must be a word; put ON, OFF, YES, NO and digits in quotes")
    return value


def _tier(value: Any) -> Tier:
    return Tier(a_number(min(Tier), max(Tier))(value))


def _limit(value: Any) -> float:
    found = an_amount(value)
    return int(found) if found == found.to_integral_value() else float(found)


def _answer(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= _LONGEST_ANSWER:
        raise vol.Invalid(f"must be a text of 1 to {_LONGEST_ANSWER} characters")
    return value


_PARAMETER_KEYS = {
    required("name"): _a_word,
    required("kind"): one_of(ParameterKind),
    vol.Optional("minimum"): _limit,
    vol.Optional("maximum"): _limit,
    vol.Optional("choices"): several(_a_word),
    vol.Optional("max_length"): a_number(1, _LONGEST_TEXT),
    vol.Optional("required"): a_flag,
}
_KEYWORD_KEYS = {
    required("name"): a_name,
    required("words"): several(_a_word),
    vol.Optional("parameters", default=list): several(section(_PARAMETER_KEYS)),
    vol.Optional("tier"): _tier,
    vol.Optional("answer"): _answer,
    vol.Optional("allowed", default=list): several(a_name),
}
_COMMAND_KEYS = {
    vol.Optional("keywords", default=list): several(section(_KEYWORD_KEYS)),
    vol.Optional("languages", default=lambda: list(LANGUAGES)): several(a_text),
    vol.Optional("tiers", default=dict): by_word(BuiltIn, _tier),
    vol.Optional("own_numbers", default=list): several(a_phone),
    vol.Optional("other_gateways", default=list): several(a_phone),
}
COMMANDS_KEYS: dict[Any, Any] = {vol.Optional("commands", default=dict): section(_COMMAND_KEYS)}

_USED_BY: Mapping[str, frozenset[ParameterKind]] = {
    "minimum": frozenset({ParameterKind.NUMBER}),
    "maximum": frozenset({ParameterKind.NUMBER}),
    "choices": frozenset({ParameterKind.CHOICE}),
    "max_length": frozenset({ParameterKind.TEXT}),
}


def commands_of(given: Mapping[str, Any], country: str | None, people: Collection[str]) -> CommandSettings:
    """The settings of a checked section; `people` are the ids of those who may be named.

    Raises:
        ConfigError: a word has two meanings, or one of the numbers or people is none.
    """
    path: ConfigPath = ("commands",)
    keywords = tuple(
        _keyword(each, people, (*path, "keywords", index)) for index, each in enumerate(given["keywords"])
    )
    numbers = {key: all_e164(given[key], country, (*path, key)) for key in ("own_numbers", "other_gateways")}
    with placed(path):
        return CommandSettings(
            keywords=keywords,
            languages=given["languages"],
            tiers={BuiltIn(word): tier for word, tier in given["tiers"].items()},
            **numbers,
        )


def _keyword(given: Mapping[str, Any], people: Collection[str], path: ConfigPath) -> Keyword:
    for index, person in enumerate(given["allowed"]):
        if person not in people:
            there = ", ".join(sorted(people)) or "none"
            raise error_at((*path, "allowed", index), f"{person} is nobody; people are: {there}")
    parameters = tuple(
        _parameter(each, (*path, "parameters", index)) for index, each in enumerate(given["parameters"])
    )
    with placed(path):
        return Keyword(**{**given, "parameters": parameters})


def _parameter(given: Mapping[str, Any], path: ConfigPath) -> Parameter:
    for key, kinds in _USED_BY.items():
        if key in given and given["kind"] not in kinds:
            text = f"is of no use for a parameter of kind {given['kind']}"
            raise error_at((*path, key), text, ConfigReason.USELESS_HERE, key=key)
    with placed(path):
        return Parameter(**given)
