"""What a received text asks for. Exact: what is not written here is no command. ``docs/commands.md``.

==============================  ==================================================================
``OK``                          take the one open alarm that was sent to this number
``OK 4711``  ``OK 4711, 4712``  take these, up to 10; ``OK4711`` too
``OK ALL``                      take all that were sent to this number
``SNOOZE`` ``SNOOZE 4711 30``   be quiet about it for so many minutes; 30 unless said, 480 at most
``STATUS`` ``STATUS 4711``      how many are open; what of this one
``WHO`` ``WHO 4711``            who took which
``HELP``                        what can be written
``TEST``                        send everybody a test
a keyword of the configuration  with its parameters
==============================  ==================================================================

Upper and lower case are the same. Blanks around it and one full stop after it do not matter. Where a command
needs proof, the last word is that if it is 6 to 12 digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from alert_engine.decisions.consent import CONSENT_WORDS, Consent, folded
from alert_engine.model import Keyword, Tier

from .parameters import read_parameters, usage
from .settings import CommandSettings
from .words import ALL, BuiltIn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert_engine.model import KeywordValue

MAX_CODES = 10
DEFAULT_SNOOZE = 30  # minutes
MAX_SNOOZE = 480

# Longer texts are no commands; it also bounds the work of the patterns.
_MAX_LENGTH = 160
_CODE = re.compile(r"[0-9]{4,6}", re.ASCII)
_CODES = re.compile(r"[0-9]{4,6}(?:[\s,]+[0-9]{4,6})*", re.ASCII)
_GLUED = re.compile(r"(?P<word>[A-Z]+)(?P<codes>[0-9][0-9,]*)", re.ASCII)
_MINUTES = re.compile(r"[0-9]{1,3}", re.ASCII)
_PROOF = re.compile(r"[0-9]{6,12}", re.ASCII)
_HIDDEN = "######"

DEFAULT = CommandSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class _BuiltInCommand:
    """What all built-in commands have."""

    built_in: BuiltIn
    codes: tuple[str, ...] = ()  # the alarms that it names; none: whichever was sent

    @property
    def keyword(self) -> str:
        """The word in events and topics."""
        return self.built_in

    @property
    def arguments(self) -> tuple[str, ...]:
        """What follows the word, for events and topics."""
        return self.codes

    @property
    def values(self) -> Mapping[str, KeywordValue]:
        """Only keywords of the configuration have parameters with names."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge(_BuiltInCommand):
    """``OK`` with the codes it names, in order, each once."""

    built_in: BuiltIn = BuiltIn.ACKNOWLEDGE
    everything: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Snooze(_BuiltInCommand):
    """Be quiet about one alarm."""

    built_in: BuiltIn = BuiltIn.SNOOZE
    minutes: int = DEFAULT_SNOOZE


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(_BuiltInCommand):
    """``STATUS``, ``WHO``, ``HELP``; or ``TEST``, which asks everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A keyword of the configuration, with its values."""

    definition: Keyword
    arguments: tuple[str, ...] = field(default=(), repr=False)
    values: Mapping[str, KeywordValue] = field(default_factory=dict, repr=False)

    @property
    def keyword(self) -> str:
        """The word in events and topics."""
        return self.definition.name

    @property
    def codes(self) -> tuple[str, ...]:
        """It names no alarm."""
        return ()


Command = Acknowledge | Snooze | Question | Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Misuse:
    """A command's word, and what follows does not fit."""

    command: Command  # without what follows
    usage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text was understood as: a command, a wrong one, or neither."""

    command: Command | None
    misuse: Misuse | None = None
    tier: Tier = Tier.LISTED
    proof: str = field(default="", repr=False)
    words: str = field(default="", repr=False)  # the command as it was written, without the proof
    shown: str = field(repr=False)  # the text, with the proof hidden


def parse(text: str, settings: CommandSettings = DEFAULT) -> Command | None:
    """The command in `text`, None if it is none."""
    return read(text, settings).command


def read(text: str, settings: CommandSettings, *, with_proof: bool = True) -> Reading:
    """Understand a text as a command; without `with_proof`, its last word is a parameter, whatever it is."""
    words = _words(text)
    if not words:
        return Reading(command=None, shown=text)
    head, entry = folded(words[0]), _vocabulary(settings).get(folded(words[0]))
    if entry is None:
        return Reading(command=None, shown=text)
    tier = entry.tier if isinstance(entry, Keyword) else settings.tier_of(entry)
    may_prove = with_proof and tier >= Tier.PROVEN and len(words) > 1
    proof = words.pop() if may_prove and _PROOF.fullmatch(words[-1]) else ""
    _end_without_period(words)
    found = _use(entry, head, words[1:]) if isinstance(entry, Keyword) else _built_in(entry, words[1:])
    if isinstance(found, Question) and found.codes:
        tier = max(tier, Tier.CONCERNED)
    return Reading(
        command=None if isinstance(found, Misuse) else found,
        misuse=found if isinstance(found, Misuse) else None,
        tier=tier,
        proof=proof,
        words=" ".join(words),
        shown=_hide(text) if proof else text,
    )


def hide_proof(text: str) -> str:
    """The text without what may be a proof at its end: a command was misspelt."""
    words = _words(text)
    return _hide(text) if words and _PROOF.fullmatch(words[-1]) else text


def bare_digits(text: str) -> str | None:
    """The text, if it is nothing but 4 to 12 digits: the answer to a challenge."""
    given = text.strip().removesuffix(".")
    return given if re.fullmatch(r"[0-9]{4,12}", given, re.ASCII) else None


def _hide(text: str) -> str:
    start, _, end = text.rpartition(_words(text)[-1])
    return f"{start}{_HIDDEN}{end}"


def _words(text: str) -> list[str]:
    """Its words; a code that is glued to the first one is parted from it."""
    if len(text) > _MAX_LENGTH:
        return []
    words = text.split()
    _end_without_period(words)
    if words and (glued := _GLUED.fullmatch(folded(words[0]))):
        words[:1] = [words[0][: glued.end("word")], glued["codes"]]
    return words


def _end_without_period(words: list[str]) -> None:
    """So that what is left reads the same when it is read once more."""
    while words:
        words[-1] = words[-1].rstrip(".")
        if words[-1]:
            return
        words.pop()


@lru_cache(maxsize=4)
def _vocabulary_of(
    languages: tuple[str, ...], keywords: tuple[Keyword, ...]
) -> Mapping[str, BuiltIn | Keyword]:
    words: dict[str, BuiltIn | Keyword] = {
        each.word: BuiltIn.HELP for each in CONSENT_WORDS if each.meaning is Consent.HELP
    }
    words |= CommandSettings(languages=languages).built_in_words()
    return words | {folded(word): keyword for keyword in keywords for word in keyword.words}


def _vocabulary(settings: CommandSettings) -> Mapping[str, BuiltIn | Keyword]:
    return _vocabulary_of(settings.languages, settings.keywords)


def _built_in(command: BuiltIn, arguments: list[str]) -> Command | Misuse | None:
    match command:
        case BuiltIn.ACKNOWLEDGE:
            return _acknowledge(arguments)
        case BuiltIn.SNOOZE:
            return _snooze(arguments)
        case BuiltIn.STATUS | BuiltIn.WHO:
            return _question(command, arguments)
        case _:
            return None if arguments else Question(built_in=command)


def _acknowledge(arguments: list[str]) -> Acknowledge | None:
    if not arguments:
        return Acknowledge()
    rest = " ".join(arguments)
    if folded(rest) in _EVERYTHING:
        return Acknowledge(everything=True)
    if _CODES.fullmatch(rest) is None:
        return None
    codes = tuple(dict.fromkeys(_CODE.findall(rest)))
    return Acknowledge(codes=codes) if len(codes) <= MAX_CODES else None


def _snooze(arguments: list[str]) -> Snooze | Misuse:
    code = arguments.pop(0) if arguments and _CODE.fullmatch(arguments[0]) else None
    minutes = arguments.pop(0) if arguments and _MINUTES.fullmatch(arguments[0]) else str(DEFAULT_SNOOZE)
    if arguments or not 0 < int(minutes) <= MAX_SNOOZE:
        return Misuse(command=Snooze(), usage=f"SNOOZE 4711 1..{MAX_SNOOZE}")
    return Snooze(codes=() if code is None else (code,), minutes=int(minutes))


def _question(command: BuiltIn, arguments: list[str]) -> Question | None:
    if not arguments:
        return Question(built_in=command)
    if len(arguments) > 1 or _CODE.fullmatch(arguments[0]) is None:
        return None
    return Question(built_in=command, codes=(arguments[0],))


def _use(definition: Keyword, word: str, arguments: list[str]) -> Use | Misuse:
    values = read_parameters(definition, arguments)
    if values is None:
        return Misuse(command=Use(definition=definition), usage=usage(definition, word))
    return Use(definition=definition, arguments=tuple(arguments), values=values.by_name)


_EVERYTHING = frozenset(word for words in ALL.values() for word in words)
