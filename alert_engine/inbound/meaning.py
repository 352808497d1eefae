"""What an inbound message was taken for, in one word for people who look back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alert_engine.decisions.authorisation import Challenged, Refused
from alert_engine.decisions.consent import Consent
from alert_engine.model import InboundMeaning

if TYPE_CHECKING:
    from alert_engine.decisions.consent import ConsentWord

    from .commanding import Case
    from .letter import Letter

_WISHES = {Consent.STOP: InboundMeaning.STOP, Consent.START: InboundMeaning.START}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The word, and of a refused command why."""

    kind: InboundMeaning
    refusal: str = ""


def meaning_of(letter: Letter, word: ConsentWord | None, case: Case | None) -> Meaning:
    """`word` is the one about consent that it is; `case` what was decided about a person's text."""
    if not letter.is_plain:
        return Meaning(kind=InboundMeaning.DATA)
    if word is not None and word.meaning in _WISHES:
        return Meaning(kind=_WISHES[word.meaning])
    if case is None or (case.decision is None and case.reading.misuse is None):
        return Meaning(kind=InboundMeaning.TEXT)
    if case.decision is None:
        return Meaning(kind=InboundMeaning.MISUSED)
    if isinstance(case.decision, Refused):
        return Meaning(kind=InboundMeaning.REFUSED, refusal=case.decision.reason)
    is_asked = isinstance(case.decision, Challenged)
    return Meaning(kind=InboundMeaning.CHALLENGED if is_asked else InboundMeaning.COMMAND)
