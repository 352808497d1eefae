"""The nouns of the engine: source, alarm, policy, recipient, message, and what may be asked and told of them.

One word per thing; the table is in ``docs/architecture.md``. Everything here is a frozen value.
Numbers and texts are kept out of every repr. All times are aware UTC `datetime`; all durations `timedelta`.
"""

from __future__ import annotations

from .alarms import Alarm
from .events import (
    AlarmChanged,
    EngineEvent,
    InboundReceived,
    KeywordReceived,
    MessageChanged,
    RouteChanged,
    RouteRemoved,
    Summary,
)
from .messages import Message
from .people import Address, Group, GroupMode, OnCall, Person, Recipient, Substitution, WeeklyPeriod
from .policies import Policy, Step
from .requests import (
    AlarmAcknowledge,
    AlarmClear,
    AlarmRaise,
    AlarmResult,
    QueuedMessage,
    SendRequest,
    SendResult,
)
from .words import AlarmState, Authorisation, Channel, MessageKind, MessageState, Priority, Severity, Verdict

__all__ = [
    "Address",
    "Alarm",
    "AlarmAcknowledge",
    "AlarmChanged",
    "AlarmClear",
    "AlarmRaise",
    "AlarmResult",
    "AlarmState",
    "Authorisation",
    "Channel",
    "EngineEvent",
    "Group",
    "GroupMode",
    "InboundReceived",
    "KeywordReceived",
    "Message",
    "MessageChanged",
    "MessageKind",
    "MessageState",
    "OnCall",
    "Person",
    "Policy",
    "Priority",
    "QueuedMessage",
    "Recipient",
    "RouteChanged",
    "RouteRemoved",
    "SendRequest",
    "SendResult",
    "Severity",
    "Step",
    "Substitution",
    "Summary",
    "Verdict",
    "WeeklyPeriod",
]
