"""Words by which people say that they want no messages, or want them again.

The words are those that carriers and providers act upon by themselves; that is why none of them is ever a
command. Exactly one word, whatever its case, with blanks around it at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from alert_engine.model import Address, Channel, Group, OnCall, Person

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from alert_engine.model import Policy

    from .directory import Directory
    from .routing import RouteView

# All that goes to a phone; whoever says something about consent by SMS means all of it.
_OF_A_PHONE = frozenset({Channel.SMS, Channel.CALL, Channel.WHATSAPP})


class Consent(StrEnum):
    """What somebody says."""

    STOP = "stop"
    START = "start"
    HELP = "help"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWord:
    """A word, and the language in which to answer."""

    meaning: Consent
    word: str
    language: str


# English first: a word of several languages is answered in the first of them.
_WORDS: tuple[tuple[Consent, str, str], ...] = (
    (Consent.STOP, "en", "STOP STOPALL UNSUBSCRIBE UNSUB CANCEL END QUIT REVOKE OPTOUT OPT-OUT"),
    (Consent.STOP, "de", "HALT STOPP ABMELDEN"),
    (Consent.STOP, "it", "FERMA ANNULLA"),
    (Consent.STOP, "fr", "ARRET ARRÊT"),
    (Consent.STOP, "es", "DETENER"),
    (Consent.STOP, "pt", "PARAR"),
    (Consent.START, "en", "START YES UNSTOP"),
    (Consent.HELP, "en", "HELP INFO"),
    (Consent.HELP, "de", "HILFE"),
    (Consent.HELP, "it", "AIUTO"),
    (Consent.HELP, "fr", "AIDE"),
    (Consent.HELP, "es", "AYUDA"),
    (Consent.HELP, "nl", "HULP"),
    (Consent.HELP, "pt", "AJUDA"),
)

CONSENT_WORDS: tuple[ConsentWord, ...] = tuple(
    ConsentWord(meaning=meaning, word=word, language=language)
    for meaning, language, words in _WORDS
    for word in words.split()
)

_LONGEST = max(len(each.word) for each in CONSENT_WORDS)


def consent_of(text: str) -> ConsentWord | None:
    """What the text says about consent; None if it is about something else."""
    word = text.strip()
    if len(word) > _LONGEST:
        return None
    return next((each for each in CONSENT_WORDS if each.word in {word, folded(word)}), None)


def folded(text: str) -> str:
    """In upper case, as far as that can be undone: no letter becomes another one that looks like it.

    The Kelvin sign is no K, the dotless i no I, and a sharp s stays one letter.
    """
    return "".join(each.upper() if each.upper().lower() == each else each for each in text)


def channels_meant(said_by: Channel) -> frozenset[Channel]:
    """What STOP or START is about: by SMS, all that goes to the phone; by another channel, that one."""
    return _OF_A_PHONE if said_by is Channel.SMS else frozenset({said_by})


def closed_addresses(
    stopped: Mapping[str, Collection[str]], routes: Iterable[RouteView]
) -> frozenset[Address]:
    """Where none of the `routes` may write, because their providers were told to stop.

    `stopped` has the routes of an address that may not. A channel that no route carries is not closed: a
    message for it waits for a route.
    """
    carriers: dict[Channel, set[str]] = {}
    for route in routes:
        for channel in route.channels:
            carriers.setdefault(channel, set()).add(route.name)
    return frozenset(
        Address(channel=channel, value=address)
        for address, barred in stopped.items()
        for channel, names in carriers.items()
        if names.issubset(barred)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """Who is left of a policy after somebody opted out."""

    policy: str
    people: int


def fewest_left(
    person: Person, policies: Iterable[Policy], directory: Directory, opted_out: Collection[Address]
) -> Remaining | None:
    """The policy of this person that has the fewest recipients left; None if none tells this person.

    `opted_out` are the addresses that have said STOP. Who may be meant some day counts: all of a group, and
    everybody who is ever on call.
    """
    left: list[Remaining] = []
    for policy in policies:
        ids = {each for step in policy.steps for each in _behind(step.notify, directory)}
        if person.id in ids:
            meant = [each for each in directory.people if each.id in ids]
            open_to_us = [each for each in meant if any(a not in opted_out for a in each.addresses)]
            left.append(Remaining(policy=policy.name, people=len(open_to_us)))
    return min(left, key=lambda each: each.people, default=None)


def _behind(names: Iterable[str], directory: Directory) -> set[str]:
    """The ids of all persons whom these names may ever stand for; of everybody where that is nobody."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        match directory.recipient(name):
            case Person():
                found.add(name)
            case Group(members=members):
                waiting.extend(members)
            case OnCall() as duty:
                waiting.extend((*duty.rotation, *(each.person for each in duty.substitutions)))
                waiting.extend(() if duty.fallback is None else (duty.fallback,))
    return found or {person.id for person in directory.people}
