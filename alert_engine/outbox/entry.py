"""A message as the outbox sees it: the public `Message`, what its attempts left behind, their segments."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from alert_engine.model import Priority

if TYPE_CHECKING:
    from datetime import datetime

    from alert_engine.model import Address, FollowUpOn, Message
    from alert_engine.routes.base import Media, ReportStatus, SegmentState


@dataclass(frozen=True, slots=True, kw_only=True)
class NextMessage:
    """What is written once something is known of the message before it."""

    on: FollowUpOn
    text: str = field(repr=False)
    address: Address = field(repr=False)
    recipient: str | None  # person id; None for a bare number


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """One row of the outbox."""

    message: Message
    concat_reference: int = 0  # 1 to 255, the same for every attempt
    plain: bool = False
    flash: bool = False
    simplified: bool = False  # forced plain after a route refused the text
    withdrawn: bool = False  # no longer needed: not to be sent again, whatever a route says
    since_attempt: int = 1  # the first attempt with the text and the split as they are now
    refusals: int = 0  # temporary ones in a row
    resends: int = 0  # copies sent out of doubt
    given_up: tuple[str, ...] = ()  # routes that will not be tried again for it
    only_route: str | None = None  # it is about this route, and no other may carry it
    preferred_route: str | None = None  # before all others that are as well: it answers what came by this one
    # Routes that must not carry it: this address got the same by them, or it answers what came by another, or
    # they cannot carry what it has besides its text.
    excluded: tuple[str, ...] = ()
    fallback_of: str | None = None  # uid of the message that began it all, if this one is told instead
    proof_due_at: datetime | None = None  # unproven until then, its person is told by the next way
    proof_look_at: datetime | None = None  # when that is looked at next; None: not any more
    follow_ups: tuple[NextMessage, ...] = ()  # not written yet
    media: Media | None = None
    data: bytes | None = field(default=None, repr=False)

    def changed(self, **fields: Any) -> OutboxEntry:
        """With other values in its `message`."""
        return replace(self, message=replace(self.message, **fields))

    @property
    def chain(self) -> str:
        """The uid of the first message of this chain of fallbacks."""
        return self.fallback_of or self.message.uid

    @property
    def is_special(self) -> bool:
        """It is more than a text: not every route of its channel carries it."""
        return self.media is not None or self.data is not None

    @property
    def is_urgent(self) -> bool:
        """It may use what is kept for the worst."""
        return self.message.priority is Priority.CRITICAL

    def expired(self, now: datetime) -> bool:
        """It is too old to be useful."""
        return self.message.expires_at is not None and self.message.expires_at <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment in one attempt."""

    message_uid: str
    attempt: int  # from 1
    segment: int  # from 0
    route: str
    address: str = field(repr=False)
    state: SegmentState
    reference: str  # what its delivery report will name; empty until ACCEPTED
    report: ReportStatus | None  # the newest
    changed_at: datetime  # of `state`
    reported_at: datetime | None = None  # of `report`
