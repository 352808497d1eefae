"""An inbound message in hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from alert_engine.texts import DEFAULT_LANGUAGE, Texts, texts_for

from .recogniser import canonical_sender, recognise

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.model import Channel, Person
    from alert_engine.routes.base import InboundSms
    from alert_engine.settings import EngineSettings

# A message that was under way for so long, or lay on a SIM that cannot be emptied, may name a code that is
# another alarm's by now.
OLD = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message, and who wrote it."""

    route: str
    message: InboundSms
    sender: str = field(repr=False)  # E.164 where it is a number
    person: Person | None
    phrases: Texts  # in the language of whoever wrote it
    id: str = ""  # under which it is kept, once that is decided

    @property
    def channel(self) -> Channel:
        """By which it came, and its answer goes."""
        return self.message.channel

    @property
    def may_command(self) -> bool:
        """It is a whole, plain text of today, from a person's number."""
        return self.person is not None and self.is_plain and not self._is_old

    @property
    def is_plain(self) -> bool:
        """It is a whole, plain text: not flash, not data, not WAP push, no segment missing."""
        return self.message.is_text and not self.message.missing_segments

    @property
    def written_at(self) -> datetime:
        """When the network took it; where no network says so, when it arrived."""
        return self.message.service_centre_time or self.message.received_at

    @property
    def _is_old(self) -> bool:
        return self.message.received_at - self.written_at > OLD


def open_letter(settings: EngineSettings, route: str, message: InboundSms) -> Letter:
    """See who wrote."""
    sender = canonical_sender(message, settings.default_country)
    person = recognise(message, sender, settings.people)
    phrases = texts_for(person.language if person is not None else DEFAULT_LANGUAGE, settings.templates)
    return Letter(route=route, message=message, sender=sender, person=person, phrases=phrases)
