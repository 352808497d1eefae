"""What people may command by a text: keywords with typed parameters, and how sure we must be who wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from string import Template

from alert_engine.errors import ConfigError

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
            raise ConfigError("a parameter's name has lower case letters, digits and _", path=("name",))
        if self.kind is ParameterKind.CHOICE and not self.choices:
            raise ConfigError(f"{self.name}: name the choices", path=("choices",))
        if any(len(choice.split()) != 1 for choice in self.choices):
            raise ConfigError(f"{self.name}: each choice is a single word", path=("choices",))
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ConfigError(f"{self.name}: minimum is above maximum", path=("minimum",))


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
            raise ConfigError(f"keyword {self.name}: two parameters have one name", path=("parameters",))
        if any(parameter.kind is ParameterKind.TEXT for parameter in self.parameters[:-1]):
            raise ConfigError(f"keyword {self.name}: a text comes last", path=("parameters",))
        required = [parameter.required for parameter in self.parameters]
        if required != sorted(required, reverse=True):
            raise ConfigError(f"keyword {self.name}: what may be left out comes last", path=("parameters",))

    def _check_beside_a_proof(self) -> None:
        if self.tier < Tier.PROVEN:
            return
        for parameter in self.parameters:
            limit = parameter.maximum
            is_number = parameter.kind is ParameterKind.NUMBER
            if is_number and (limit is None or limit > _LARGEST_BESIDE_A_PROOF):
                raise ConfigError(
                    f"keyword {self.name}: {parameter.name} needs a maximum of at most "
                    f"{_LARGEST_BESIDE_A_PROOF}, or it could be taken for a PIN",
                    path=("parameters",),
                )
            if any(choice.isdigit() for choice in parameter.choices):
                raise ConfigError(
                    f"keyword {self.name}: a choice of digits could be taken for a PIN", path=("parameters",)
                )

    def _check_answer(self) -> None:
        template = Template(self.answer or "")
        known = {*ANSWER_FIELDS, *(parameter.name for parameter in self.parameters)}
        if not template.is_valid():
            raise ConfigError(f"keyword {self.name}: write a dollar sign as $$", path=("answer",))
        if unknown := sorted(set(template.get_identifiers()) - known):
            raise ConfigError(
                f"keyword {self.name}: nothing is called {unknown[0]}; there are {', '.join(sorted(known))}",
                path=("answer",),
            )


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
