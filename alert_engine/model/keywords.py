"""What people may command by a text: keywords with typed parameters, and how sure we must be who wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from string import Template
from typing import TYPE_CHECKING

from alert_engine.errors import ConfigError, ConfigReason

if TYPE_CHECKING:
    from collections.abc import Mapping

KeywordValue = str | int | float | bool

# A number that may have six digits could be taken for a PIN.
_LARGEST_BESIDE_A_PROOF = 99_999
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_LONGEST_TEXT = 140


class Tier(IntEnum):
    """How much proof a command needs. Each adds to the one above."""

    LISTED = 0  # the sender's full number is a person's
    CONCERNED = 1  # and the alarm was sent to this person, or the keyword is meant for this person
    PROVEN = 2  # and a PIN or a one-time code
    CONFIRMED = 3  # and a one-time code, or the answer to a challenge sent to the registered number


class ParameterKind(StrEnum):
    """What a parameter may be."""

    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"  # all words that are left; only the last parameter can be one
    ON_OFF = "on_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One word after a keyword, or several for a text.

    Raises:
        ConfigError: it could never be given.
    """

    name: str  # ``[a-z][a-z0-9_]{0,31}``: the name of its value in events and templates
    kind: ParameterKind
    minimum: float | None = None  # of a number, included
    maximum: float | None = None
    choices: tuple[str, ...] = ()  # of a choice, single words
    max_length: int = _LONGEST_TEXT  # of a text
    required: bool = True  # those that are not come last

    def __post_init__(self) -> None:
        """Refuse what nobody could write."""
        if not _NAME.fullmatch(self.name):
            text = "a parameter's name has lower case letters, digits and _"
            raise ConfigError(text, path=("name",), reason=ConfigReason.PARAMETER_NAME)
        if self.kind is ParameterKind.CHOICE and not self.choices:
            raise self._mistake("name the choices", "choices", ConfigReason.CHOICES_MISSING)
        if any(len(choice.split()) != 1 for choice in self.choices):
            text = "each choice is a single word"
            raise self._mistake(text, "choices", ConfigReason.CHOICE_WITH_BLANK)
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            text = "minimum is above maximum"
            raise self._mistake(text, "minimum", ConfigReason.MINIMUM_ABOVE_MAXIMUM)

    def _mistake(self, text: str, key: str, reason: ConfigReason) -> ConfigError:
        return ConfigError(f"{self.name}: {text}", path=(key,), reason=reason, values={"name": self.name})


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """A word that people may write, what follows it, and who may.

    Raises:
        ConfigError: it could never be written, or its answer asks for what is not there.
    """

    name: str  # in events and topics
    words: tuple[str, ...]  # any of them, upper and lower case alike
    parameters: tuple[Parameter, ...] = ()
    tier: Tier = Tier.PROVEN
    answer: str | None = None  # a template with ``${open}`` and other fields; None: "done"
    allowed: tuple[str, ...] = ()  # ids of persons; none: everybody who may command

    def __post_init__(self) -> None:
        """Refuse what nobody could write, or what could be read in two ways."""
        if not self.words or any(len(word.split()) != 1 for word in self.words):
            raise ConfigError(f"keyword {self.name}: it needs words without blanks", path=("words",))
        self._check_order()
        self._check_beside_a_proof()
        self._check_answer()

    def _check_order(self) -> None:
        names = [parameter.name for parameter in self.parameters]
        if len(set(names)) != len(names):
            raise self._mistake("two parameters have one name", "parameters", ConfigReason.PARAMETER_TWICE)
        if any(parameter.kind is ParameterKind.TEXT for parameter in self.parameters[:-1]):
            raise self._mistake("a text comes last", "parameters", ConfigReason.TEXT_LAST)
        required = [parameter.required for parameter in self.parameters]
        if required != sorted(required, reverse=True):
            text = "what may be left out comes last"
            raise self._mistake(text, "parameters", ConfigReason.OPTIONAL_LAST)

    def _check_beside_a_proof(self) -> None:
        if self.tier < Tier.PROVEN:
            return
        for parameter in self.parameters:
            limit = parameter.maximum
            is_number = parameter.kind is ParameterKind.NUMBER
            if is_number and (limit is None or limit > _LARGEST_BESIDE_A_PROOF):
                most = str(_LARGEST_BESIDE_A_PROOF)
                text = f"{parameter.name} needs a maximum of at most {most}, or it could be taken for a PIN"
                values = {"name": parameter.name, "most": most}
                raise self._mistake(text, "parameters", ConfigReason.MAXIMUM_MISSING, values)
            if any(choice.isdigit() for choice in parameter.choices):
                text = "a choice of digits could be taken for a PIN"
                raise self._mistake(text, "parameters", ConfigReason.CHOICE_OF_DIGITS)

    def _check_answer(self) -> None:
        template = Template(self.answer or "")
        known = {*ANSWER_FIELDS, *(parameter.name for parameter in self.parameters)}
        if not template.is_valid():
            raise self._mistake("write a dollar sign as $$", "answer", ConfigReason.DOLLAR)
        if unknown := sorted(set(template.get_identifiers()) - known):
            values = {"name": unknown[0], "known": ", ".join(sorted(known))}
            text = f"nothing is called {values['name']}; there are {values['known']}"
            raise self._mistake(text, "answer", ConfigReason.FIELD_UNKNOWN, values)

    def _mistake(
        self, text: str, key: str, reason: ConfigReason, values: Mapping[str, str] | None = None
    ) -> ConfigError:
        return ConfigError(f"keyword {self.name}: {text}", path=(key,), reason=reason, values=values)


# What a template may name beside the parameters of its keyword.
ANSWER_FIELDS = (
    "gateway",
    "highest",
    "in_doubt",
    "open",
    "person",
    "queue",
    "routes",
    "time",
    "unacknowledged",
)
