"""What may be asked of the engine, and its answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .words import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .alarms import Alarm
    from .words import Channel, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRaise:
    """A source says: it is on."""

    source: str
    key: str
    severity: Severity = Severity.NORMAL
    title: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    message_id: str | None = None  # the source's own id: a repeat within 24 h is answered, not applied
    source_time: datetime | None = None
    policy: str | None = None  # name; default: the one of the severity
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmClear:
    """A source says: it is over."""

    source: str
    key: str
    message_id: str | None = None
    source_time: datetime | None = None
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmAcknowledge:
    """Somebody takes it. Exactly one of `alarm_id`, `code`, `all_open` names what."""

    by: str  # person id, or who else ("mqtt:plc", "home_assistant:<user>")
    alarm_id: str | None = None
    code: str | None = None
    all_open: bool = False
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """A text for persons or numbers, without an alarm."""

    to: tuple[str, ...] = field(repr=False)  # person ids or E.164 numbers
    text: str = field(repr=False)
    title: str = field(default="", repr=False)  # put before the text
    severity: Severity = Severity.NORMAL
    channel: Channel | None = None  # None: each person's first address
    not_before: datetime | None = None
    expires_at: datetime | None = None
    plain: bool = False
    flash: bool = False
    request_id: str | None = None  # idempotency key, 24 h


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmResult:
    """The answer to a raise, clear or acknowledge."""

    verdict: Verdict
    alarms: tuple[Alarm, ...]
    message_uids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMessage:
    """One committed message of a send."""

    uid: str
    recipient: str | None
    segments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """The answer to a send. It is committed; the route comes later."""

    verdict: Verdict
    messages: tuple[QueuedMessage, ...]
