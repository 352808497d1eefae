"""The words with few values: severities, states, channels, kinds."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Severity(StrEnum):
    """How bad it is. `rank` grows with the severity."""

    INFO = "info"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info to 3 for critical."""
        return ("info", "normal", "high", "critical").index(self.value)


class AlarmState(StrEnum):
    """The states of an alarm (ISA-18.2 words in ``docs/architecture.md``)."""

    PENDING = "pending"  # hold-on delay runs: nothing sent yet
    RAISED = "raised"  # nobody has taken it
    ACKED = "acked"  # somebody has taken it, the cause is still there
    CLEARED = "cleared"  # latching policies only: the cause is gone, nobody has taken it
    CLOSED = "closed"  # over

    @property
    def is_open(self) -> bool:
        """The episode is not over."""
        return self is not AlarmState.CLOSED


class Channel(StrEnum):
    """The kind of message."""

    SMS = "sms"
    CALL = "call"
    WHATSAPP = "whatsapp"
    PUSH = "push"
    EMAIL = "email"


class Until(StrEnum):
    """What ends the steps of a policy."""

    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"  # they go on although somebody took it


class Proof(StrEnum):
    """What shows that a person was told."""

    ACCEPTED = "accepted"  # the network or provider took the message
    DELIVERED = "delivered"  # a delivery report says so


class AcknowledgeBy(StrEnum):
    """Who must take an alarm before it counts as taken."""

    ANY = "any"
    ALL = "all"  # everybody who was told and may acknowledge


class Priority(IntEnum):
    """The order in which the outbox serves; lower goes first."""

    CRITICAL = 0
    REPLY = 1
    HIGH = 2
    NORMAL = 3


class MessageKind(StrEnum):
    """Why a message was written."""

    RAISE = "raise"
    UPDATE = "update"
    CLEAR = "clear"
    REPLY = "reply"
    DIRECT = "direct"
    TEST = "test"


class MessageState(StrEnum):
    """The states of a message. Only forward, except that a retry returns it to QUEUED."""

    QUEUED = "queued"
    IN_FLIGHT = "in_flight"  # committed before the route is touched
    IN_DOUBT = "in_doubt"  # it may have been taken; waiting for a report until `due_at`
    ACCEPTED = "accepted"  # the network or provider took it
    DELIVERED = "delivered"  # final: a delivery report says so
    FAILED = "failed"  # final: rejected for good, or given up
    EXPIRED = "expired"  # final: too old to be useful, never sent late
    CANCELLED = "cancelled"  # final: no longer needed (acknowledged, cleared, withdrawn)

    @property
    def is_final(self) -> bool:
        """Nothing more will happen to it."""
        return self in {
            MessageState.DELIVERED,
            MessageState.FAILED,
            MessageState.EXPIRED,
            MessageState.CANCELLED,
        }


class FollowUpOn(StrEnum):
    """What must become known of a message before the next one is written."""

    DELIVERED = "delivered"
    READ = "read"  # where the channel tells
    FAILED = "failed"  # or expired


class Verdict(StrEnum):
    """What became of something that was handed in. Every verdict but REJECTED is committed."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"  # seen before: answered the same, nothing changed
    STALE = "stale"  # older than what is known, or expired
    UNCHANGED = "unchanged"  # nothing to do: clear of a closed alarm, second acknowledge …
    UNKNOWN = "unknown"  # names nothing that exists
    REJECTED = "rejected"  # malformed; not kept


class Authorisation(StrEnum):
    """How sure we are who wrote."""

    NONE = "none"  # nobody we know, or a sender that can never command
    KNOWN = "known"  # the sender's number is a person's
    CODE = "code"  # known, and named an open alarm by its code
    PIN = "pin"  # known, and wrote the person's PIN
    TOTP = "totp"  # known, and wrote the one-time code of the moment
    CHALLENGE = "challenge"  # known, and wrote back what was texted to the number
