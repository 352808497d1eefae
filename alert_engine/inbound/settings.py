"""Which commands there are, and what each needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.decisions.consent import CONSENT_WORDS, folded
from alert_engine.errors import ConfigError, ConfigReason

from .words import LANGUAGES, TIERS, WORDS, BuiltIn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert_engine.model import Keyword, Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSettings:
    """What people may write to the gateway.

    Raises:
        ConfigError: a word has two meanings, a tier is lower than its command needs, or a language is
            unknown.
    """

    keywords: tuple[Keyword, ...] = ()
    languages: tuple[str, ...] = LANGUAGES  # whose words are understood, from anybody
    tiers: Mapping[BuiltIn, Tier] = field(default_factory=dict)  # of built-in commands that need more proof
    own_numbers: tuple[str, ...] = ()  # E.164, of our own SIMs: never written to, never answered
    other_gateways: tuple[str, ...] = ()  # E.164: never answered
    answered_elsewhere: tuple[str, ...] = ()  # ids of people whose words that are no command get no help back

    def __post_init__(self) -> None:
        """Refuse what could be read in two ways."""
        if unknown := [language for language in self.languages if language not in LANGUAGES]:
            raise ConfigError(
                f"there are no words for {unknown[0]!r}: choose of {', '.join(LANGUAGES)}",
                path=("languages",),
            )
        for command, tier in self.tiers.items():
            if tier < TIERS[command]:
                raise ConfigError(
                    f"{command} needs tier {TIERS[command]} at least", path=("tiers", command.value)
                )
        taken = {folded(each.word) for each in CONSENT_WORDS} | set(self.built_in_words())
        for number, keyword in enumerate(self.keywords):
            for word in keyword.words:
                if folded(word) in taken:
                    raise ConfigError(
                        f"the word {word} has a meaning already: choose another for keyword {keyword.name}",
                        path=("keywords", number, "words"),
                        reason=ConfigReason.WORD_TAKEN,
                        values={"word": word, "name": keyword.name},
                    )
                taken.add(folded(word))
        self._check_names()

    def built_in_words(self) -> dict[str, BuiltIn]:
        """The words of the built-in commands in the languages that are understood."""
        return {
            word: command
            for command, by_language in WORDS.items()
            for language in self.languages
            for word in by_language[language]
        }

    def tier_of(self, command: BuiltIn) -> Tier:
        """What a built-in command needs."""
        return self.tiers.get(command, TIERS[command])

    def _check_names(self) -> None:
        names = [keyword.name for keyword in self.keywords]
        built_in = {command.value for command in BuiltIn}
        for number, name in enumerate(names):
            if not name or name in built_in or name in names[:number]:
                raise ConfigError(
                    f"keyword {name!r} needs a name that is no other's", path=("keywords", number, "name")
                )
