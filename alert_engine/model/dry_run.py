"""What would happen if a person texted something."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .history import InboundMeaning
    from .keywords import KeywordValue, Tier
    from .words import Channel


class ProofState(StrEnum):
    """How it stands with the proof that a command needs."""

    NOT_NEEDED = "not_needed"
    GIVEN = "given"  # and taken for right: a dry run tells nobody whether it is
    MISSING = "missing"
    ASKED_FOR = "asked_for"  # a code would be texted back, and has to come back
    NOTHING_SET = "nothing_set"  # this person has neither a PIN nor an app


class DeedKind(StrEnum):
    """What kind of thing would be done."""

    ALARM = "alarm"  # an alarm would change
    KEYWORD = "keyword"  # a keyword would be handed to whoever acts on it
    MESSAGE = "message"  # somebody else would be written to
    OPTED_OUT = "opted_out"  # this number would get no messages any more
    OPTED_IN = "opted_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that would be done."""

    kind: DeedKind
    words: str = field(repr=False)  # in English, for people
    alarm_id: str | None = None  # ALARM
    code: str | None = None  # ALARM: of the alarm
    event: str | None = None  # ALARM: "acknowledged" … (`decisions.alarm_events.Reason`)
    person: str | None = None  # MESSAGE: whom it is for; None: a bare number
    channel: Channel | None = None  # MESSAGE
    text: str | None = field(default=None, repr=False)  # MESSAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What would happen. Nothing of it did."""

    person: str
    meaning: InboundMeaning
    command: str | None  # as in events; also where it is refused
    words: str = field(repr=False)  # as they were understood, without the proof
    arguments: tuple[str, ...] = field(repr=False)
    values: Mapping[str, KeywordValue] = field(repr=False)  # by the name of the parameter
    usage: str | None  # MISUSED: how to write it
    tier: Tier | None  # None: it is no command
    proof: ProofState
    refusal: str | None  # a word of `decisions.authorisation.Refusal`
    allowed: tuple[str, ...]  # ids of those who may give this command, proof given
    answer: str | None = field(repr=False)  # None: silence
    deeds: tuple[Deed, ...]
