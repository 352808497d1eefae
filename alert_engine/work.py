"""One operation of the engine at work: what it may read and write, and what it announces after the commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alert_engine.model import Channel, MessageChanged

from .texts import DEFAULT_LANGUAGE, Speaker, texts_for

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.decisions.routing import RouteView
    from alert_engine.model import EngineEvent, Person

    from .ids import IdSource
    from .journal.transaction import Transaction
    from .outbox.entry import OutboxEntry
    from .settings import EngineSettings
    from .texts import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Given to each operation. It lives as long as the transaction."""

    tx: Transaction
    now: datetime
    settings: EngineSettings
    ids: IdSource
    routes: tuple[RouteView, ...]  # as they stood when the operation was asked for
    events: list[EngineEvent] = field(default_factory=list)
    expected: list[datetime] = field(default_factory=list)  # what comes due, and no event tells of

    def expect(self, moment: datetime | None) -> None:
        """Let whoever waits for deadlines look again: this one is new, and there may be no event."""
        if moment is not None:
            self.expected.append(moment)

    def announce(self, event: EngineEvent) -> None:
        """Tell listeners after the commit, in this order."""
        self.events.append(event)

    def write(self, entry: OutboxEntry) -> None:
        """Put a new message into the outbox."""
        self.tx.messages.add(entry)
        self.announce(MessageChanged(message=entry.message, at=self.now))

    def save(self, before: OutboxEntry, after: OutboxEntry) -> None:
        """Write what changed of a message, and announce a new state."""
        if after == before:
            return
        self.tx.messages.save(after)
        if after.message.state is not before.message.state:
            self.announce(MessageChanged(message=after.message, at=self.now))

    def speaker(self, person: Person | None, *, channel: Channel = Channel.SMS) -> Speaker:
        """Who talks to this person, on this channel."""
        return Speaker(
            texts=self.texts(person.language if person else DEFAULT_LANGUAGE),
            now=self.now,
            time_zone=(person.time_zone if person else None) or self.settings.time_zone,
            channel=channel,
            plain=person is not None and person.plain,
            transliterate=self.settings.transliterate,
        )

    def texts(self, language: str) -> Texts:
        """The texts of a language, the user's own first."""
        return texts_for(language, self.settings.templates)

    def name_of(self, by: str | None) -> str:
        """How to call whoever acted: a person's name, else what follows the colon in "mqtt:plc"."""
        person = self.settings.person(by) if by else None
        return person.name if person else (by or "").rpartition(":")[2]
