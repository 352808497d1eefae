"""The topic tree: ``<prefix>/<gateway>/…``. Names only; what the payloads mean is in `payloads`.

::

    status                          retained: online, offline
    info                            retained: version, schema, routes, what is understood
    in/alarm/<source>/<key>         ON, OFF or JSON: something happened
    in/state/<source>/<key>         retained: ON, OFF or JSON: how it is
    in/heartbeat/<key>              anything; also in/heartbeat/<source>/<key>
    in/send                         JSON: a text for people
    in/cmd/<word>                   JSON: ack, unack, shelve, unshelve, close, test, maintenance, call
    out/alarm/<id>/state            retained: the whole alarm; emptied an hour after it was closed
    out/alarm/<id>/event            one transition
    out/summary                     retained
    out/send/<request_id>           what became of one message of a send
    out/route/<route>/state         retained; emptied when the route is removed
    out/inbound/<route>             a received message
    out/keyword/<WORD>              an authorised keyword
    out/call/<route>                somebody rang
    out/response/<client>           answers
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from .reserved import objection_to

_NAME = re.compile(r"[a-z0-9_-]{1,64}")
# What a client may be called in `out/response/<client>`: what its topic or `by` said, if that is harmless.
_CLIENT = re.compile(r"[A-Za-z0-9_.:@-]{1,64}")
_RESPONSE_LEVELS = 4  # deep enough for any client's own order; a bound, since it comes from the wire
_WILDCARDS = re.compile(r"[+#\x00-\x1f]")

# The source of a heartbeat whose topic names none.
HEARTBEAT_SOURCE = "mqtt"


class CommandWord(StrEnum):
    """The last level of ``in/cmd/<word>``."""

    ACK = "ack"
    UNACK = "unack"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    CLOSE = "close"
    TEST = "test"
    MAINTENANCE = "maintenance"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class AlarmTopic:
    """``in/alarm/<source>/<key>``: an edge."""

    source: str
    key: str


@dataclass(frozen=True, slots=True)
class LevelTopic:
    """``in/state/<source>/<key>``: a level, retained by its source."""

    source: str
    key: str


@dataclass(frozen=True, slots=True)
class HeartbeatTopic:
    """``in/heartbeat/<key>`` or ``in/heartbeat/<source>/<key>``."""

    source: str
    key: str


@dataclass(frozen=True, slots=True)
class SendTopic:
    """``in/send``."""


@dataclass(frozen=True, slots=True)
class CommandTopic:
    """``in/cmd/<word>``."""

    word: CommandWord


@dataclass(frozen=True, slots=True)
class AlarmStateTopic:
    """``out/alarm/<id>/state``: our own, read back to learn what lies retained on the broker."""

    alarm_id: str


@dataclass(frozen=True, slots=True)
class RouteStateTopic:
    """``out/route/<route>/state``: our own, read back for the same reason."""

    route: str


@dataclass(frozen=True, slots=True)
class UnknownTopic:
    """A topic that means nothing here."""

    client: str  # who may have asked; "" if the topic does not say
    reason: str  # for people


TopicMeaning = (
    AlarmTopic
    | LevelTopic
    | HeartbeatTopic
    | SendTopic
    | CommandTopic
    | AlarmStateTopic
    | RouteStateTopic
    | UnknownTopic
)
_UNDERSTOOD = (
    "this gateway understands in/alarm/<source>/<key>, in/state/<source>/<key>, in/heartbeat/<key>, in/send "
    "and in/cmd/<" + "|".join(CommandWord) + ">"
)


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one gateway.

    Raises:
        ValueError: `prefix` or `gateway` cannot be part of a topic.
    """

    prefix: str
    gateway: str

    def __post_init__(self) -> None:
        """Refuse names that would break the tree."""
        if not _NAME.fullmatch(self.gateway):
            raise ValueError("gateway: use 1 to 64 of a-z, 0-9, _ and -")
        levels = self.prefix.split("/")
        if len(self.prefix) > 128 or not all(levels) or _WILDCARDS.search(self.prefix):
            raise ValueError("prefix: use words separated by single slashes, without + and #")

    @property
    def root(self) -> str:
        """``<prefix>/<gateway>``."""
        return f"{self.prefix}/{self.gateway}"

    @property
    def status(self) -> str:
        """Whether we are there; the Last Will is laid on it."""
        return f"{self.root}/status"

    @property
    def info(self) -> str:
        """What this gateway is."""
        return f"{self.root}/info"

    @property
    def summary(self) -> str:
        """All alarms in one line."""
        return f"{self.root}/out/summary"

    @property
    def commands(self) -> tuple[str, ...]:
        """The filters of what others tell us once."""
        return tuple(f"{self.root}/in/{what}" for what in ("alarm/#", "cmd/#", "heartbeat/#", "send"))

    @property
    def levels(self) -> str:
        """The filter of what others keep retained for us."""
        return f"{self.root}/in/state/#"

    @property
    def own_states(self) -> tuple[str, ...]:
        """The filters of our own retained states that come and go."""
        return (f"{self.root}/out/alarm/+/state", f"{self.root}/out/route/+/state")

    @property
    def retained(self) -> tuple[str, ...]:
        """The filters of everything that we leave retained."""
        return (self.status, self.info, self.summary, *self.own_states)

    def alarm_state(self, alarm_id: str) -> str:
        """The whole alarm, retained."""
        return f"{self.root}/out/alarm/{alarm_id}/state"

    def alarm_event(self, alarm_id: str) -> str:
        """One transition of an alarm."""
        return f"{self.root}/out/alarm/{alarm_id}/event"

    def route_state(self, route: str) -> str:
        """The health of a route, retained."""
        return f"{self.root}/out/route/{route}/state"

    def inbound(self, route: str) -> str:
        """A received message."""
        return f"{self.root}/out/inbound/{route}"

    def call(self, route: str) -> str:
        """Somebody rang."""
        return f"{self.root}/out/call/{route}"

    def keyword(self, word: str) -> str:
        """An authorised keyword."""
        return f"{self.root}/out/keyword/{_WILDCARDS.sub('_', word).replace('/', '_')}"

    def send_result(self, request_id: str) -> str:
        """What became of a send; `request_id` passed `can_be_level`."""
        return f"{self.root}/out/send/{request_id}"

    def response(self, client: str) -> str:
        """Where `client` is answered when it names no topic; ``unknown`` if it cannot be a level of one."""
        return f"{self.root}/out/response/{client if _CLIENT.fullmatch(client) else 'unknown'}"

    def may_answer_on(self, topic: str) -> bool:
        """Whether a requester may choose this topic: below our ``out/response`` only.

        Anywhere else, a message could make us publish where its sender may not.
        """
        own = f"{self.root}/out/response/"
        levels = topic.removeprefix(own).split("/")
        return (
            topic.startswith(own)
            and len(levels) <= _RESPONSE_LEVELS
            and all(_CLIENT.fullmatch(level) for level in levels)
        )

    def read(self, topic: str) -> TopicMeaning:
        """Say what a received topic means."""
        own = f"{self.root}/"
        match topic.removeprefix(own).split("/") if topic.startswith(own) else []:
            case ["in", *levels]:
                return _incoming(levels)
            case ["out", "alarm", alarm_id, "state"]:
                return AlarmStateTopic(alarm_id)
            case ["out", "route", route, "state"]:
                return RouteStateTopic(route)
            case _:
                return UnknownTopic("", _UNDERSTOOD)


def can_be_level(name: str) -> bool:
    """Whether a stranger's word may be one level of a topic that we publish on."""
    return _CLIENT.fullmatch(name) is not None


def _incoming(levels: list[str]) -> TopicMeaning:
    match levels:
        case ["alarm", source, key]:
            return _named(source, key) or AlarmTopic(source, key)
        case ["state", source, key]:
            return _named(source, key) or LevelTopic(source, key)
        case ["alarm" | "state" as kind, source, *_]:
            hint = f"publish to in/{kind}/<source>/<key>; longer keys go into the JSON"
            return UnknownTopic(source, hint)
        case ["heartbeat", key]:
            return _named(HEARTBEAT_SOURCE, key) or HeartbeatTopic(HEARTBEAT_SOURCE, key)
        case ["heartbeat", source, key]:
            return _named(source, key) or HeartbeatTopic(source, key)
        case ["send"]:
            return SendTopic()
        case ["cmd", word] if word in CommandWord.__members__.values():
            return CommandTopic(CommandWord(word))
        case _:
            return UnknownTopic("", _UNDERSTOOD)


def _named(source: str, key: str) -> UnknownTopic | None:
    """What is wrong with these names; None: nothing."""
    for what, name in (("source", source), ("key", key)):
        if not _NAME.fullmatch(name):
            return UnknownTopic(source, f"the {what} in the topic must be 1 to 64 of a-z, 0-9, _ and -")
    objection = objection_to(source)
    return None if objection is None else UnknownTopic(source, objection)
